"""Where an environment file lies in another revision, which may have it under another name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from reconciler.manifest.files import Shelf
from reconciler.manifest.load import digest
from reconciler.manifest.recognise import HEAD, TENANT
from reconciler.manifest.tree import Tree, Whole
from reconciler.model import Findings

MOST = 1_000  # files looked at for one that was renamed
Name = tuple[str, str, str]  # tenant, instance, owner


class Pair(NamedTuple):
    """An environment file in two revisions; None where one of them has no such file.

    path: as it was asked for, in the repository.
    """

    path: str
    base: str | None
    head: str | None


def paired(paths: Sequence[str], base: Whole, head: Whole) -> list[Pair]:
    """Find each file in both revisions, each pair once; a file is told by its path, else by what it says."""
    pairs = dict[tuple[str | None, str | None] | str, Pair]()
    for path in paths:
        there, here = (path if tree.exists(Path(path)) else None for tree in (base, head))
        if here and not there:
            there = _elsewhere(path, head, base)
        elif there and not here:
            here = _elsewhere(path, base, head)
        pairs.setdefault((there, here) if there or here else path, Pair(path, there, here))
    return list(pairs.values())


def found_in(then: Whole, path: str, tree: Tree) -> str | None:
    """Where an environment file of a tree lies in a revision; None if it isn't there."""
    place = then.shown(tree.absolute(Path(path)))
    return place if then.exists(Path(place)) else _elsewhere(path, tree, then)


def differs(path: str, tree: Tree, then: Whole) -> bool:
    """Whether a file of an environment, an included one too, isn't what it was; or can't be read."""
    place = then.shown(tree.absolute(Path(path)))
    now, was = digest(path, tree), digest(place, then)
    return now is None or now != was


def _elsewhere(path: str, known: Tree, other: Whole) -> str | None:
    """The file of the same tenant, instance and owner that the first tree doesn't have."""
    name, top = _name(path, known), other.top
    files = (each for each in sorted(other.entries) if each.endswith((".yaml", ".yml")))
    new = (each for each in files if not known.exists(top / each))
    return next((each for each in _environments(new, other) if name and _name(each, other) == name), None)


def _environments(paths: Iterable[str], tree: Tree) -> Iterator[str]:
    for path in islice(paths, MOST):
        if TENANT.search(tree.beginning(Path(path), HEAD)):
            yield path


def _name(path: str, tree: Tree) -> Name | None:
    block = Shelf(tree).open(Path(path), path, Findings())[1]
    if block is None:
        return None
    tenant, instance, owner = (str(block.find(key) or "") for key in ("tenant", "instance", "owner"))
    return (tenant, instance, owner or instance) if tenant and instance else None
