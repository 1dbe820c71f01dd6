"""An environment file to an Environment: read, included, checked, merged."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from datetime import timedelta
from functools import cache
from itertools import count
from pathlib import Path
from typing import cast

from reconciler.dates.grammar import Spans, date_of, duration_of
from reconciler.dates.hours import NO_SHIFTS, Shifts, shift_of
from reconciler.errors.mistakes import Mistake
from reconciler.manifest.files import ManifestFile, Shelf, collect, digest_of
from reconciler.manifest.recognise import no_environment, stranger
from reconciler.manifest.schema import check, schema_text
from reconciler.manifest.siblings import Claims, check_siblings
from reconciler.manifest.slips import warn_of_slips
from reconciler.manifest.tree import Tree, WorkingTree
from reconciler.model import (
    Acceptance,
    Block,
    Environment,
    Findings,
    Items,
    Limits,
    Manifest,
    Node,
    Source,
    Text,
)
from reconciler.model.spec import AcceptSpec, EnvironmentSpec, Hours

HORIZON = timedelta(weeks=8)
HOURS_AHEAD = timedelta(weeks=26)
IN_PARTS = ("roster",)  # sections of which an entry may stand in several files
_OWNER = re.compile(r"[a-z0-9-]{1,30}")


def load_environment(
    path: str,
    findings: Findings,
    claims: Claims | None = None,
    tree: Tree | None = None,
    alone: bool = False,
) -> Environment | None:
    """Read an environment file with all it includes.

    Args:
        path: as the user typed it, or as it lies in the tree; so it is shown.
        findings: takes every problem of every file, at its place.
        claims: shared by those that are loaded together.
        tree: where files are read; the working tree if None.
        alone: without a look at the environment files beside it.
    Returns: only what is sound, so that expansion can find its problems, too; None if the environment's own
        keys are not. With an error among the findings the result is good for nothing else.
    """
    before = len(findings.errors)
    shelf = Shelf(tree or WorkingTree())
    files = [] if _is_something_else(path, shelf, findings) else collect(Path(path), path, shelf, findings)
    if not files:
        return None
    shifts = _shifts(files)
    _check_files(files, shifts, findings)
    manifests = list(_manifests(files, findings))
    warn_of_slips(manifests, findings)
    _check_demo_data(files, findings)
    _check_owner(files[0].tree, findings)
    if not alone:
        check_siblings(Path(path), files, shelf, claims or Claims(), findings)
    broken = {(problem.path, problem.line, problem.column) for problem in findings.errors[before:]}
    if not _usable(files[0].tree, broken):
        return None
    sound = tuple(m for m in manifests if not broken or broken.isdisjoint(places_of(m.spec, m.source)))
    return environment_of(files[0], sound, _digest(path, files, shelf.tree), shifts)


def digest(path: str, tree: Tree) -> str | None:
    """The digest of an environment file and of all that it includes; None where it can't be read."""
    files = collect(Path(path), path, Shelf(tree), Findings())
    return _digest(path, files, tree) if files else None


def _digest(path: str, files: list[ManifestFile], tree: Tree) -> str:
    return digest_of(files, tree.root(tree.absolute(Path(path))))


def _is_something_else(path: str, shelf: Shelf, findings: Findings) -> bool:
    """Whether somebody named a plan, a manifest, or whatever is no environment file; with an error then."""
    said = stranger(Path(path), shelf.tree)
    tree = None if said else shelf.open(Path(path), path, findings)[1]
    if tree is not None:
        said = no_environment(Path(path), tree, _environment_keys(), shelf.tree)
    if said:
        findings.error(Source(path, 1), said, Mistake.NO_ENVIRONMENT)
    return bool(said)


def _usable(environment: Block, broken: set[tuple[str, int, int]]) -> bool:
    """Whether what an environment itself says is there and sound, its sections aside."""
    if not {"tenant", "instance", "timezone"} <= set(environment):
        return False
    own = ((key, value) for key, value in environment.items() if key not in sections())
    return not broken or all(broken.isdisjoint(places_of(value, key.source)) for key, value in own)


def places_of(node: Node, source: Source) -> Iterator[tuple[str, int, int]]:
    """Every place at which a problem of this node can be reported."""
    yield source.path, source.line, source.column
    yield node.source.path, node.source.line, node.source.column
    for key, value in node.items() if isinstance(node, Block) else ():
        yield from places_of(value, key.source)
    for item in node if isinstance(node, Items) else ():
        yield from places_of(item, item.source)


def _shifts(files: list[ManifestFile]) -> Shifts:
    """The shifts that have names, in whichever file; an unsound one has no hours."""
    found: dict[str, Spans] = {}
    for name, hours, _ in _entries(files, "shifts"):
        try:
            found.setdefault(name, shift_of(cast(Hours, hours)))
        except (ValueError, TypeError):
            found.setdefault(name, ())
    return found


def _check_files(files: list[ManifestFile], shifts: Shifts, findings: Findings) -> None:
    environment, *included = files
    check("environment", environment.tree, findings, shifts)
    for file in included:
        check("manifest", _without_environment_keys(file.tree, findings), findings, shifts)


def _without_environment_keys(tree: Block, findings: Findings) -> Block:
    """Report what belongs in an environment file, so that it isn't reported as unknown."""
    manifest = Block(tree.source)
    for key, value in tree.items():
        if key in _environment_keys():
            findings.error(
                key.source,
                f"`{key}` belongs in the environment file, not in a file it includes",
                Mistake.WRONG_FILE,
            )
        else:
            manifest[key] = value
    return manifest


@cache
def _environment_keys() -> frozenset[str]:
    known, shared = (json.loads(schema_text(name))["properties"] for name in ("environment", "manifest"))
    return frozenset(known) - frozenset(shared)


@cache
def sections() -> tuple[str, ...]:
    """The sections that a manifest file may hold, in the order in which they are read."""
    return tuple(name for name in json.loads(schema_text("manifest"))["properties"] if name != "include")


@cache
def is_list(section: str) -> bool:
    """Whether the entries of a section have no names."""
    return bool(json.loads(schema_text(section))["type"] == "array")


def _manifests(files: list[ManifestFile], findings: Findings) -> Iterator[Manifest]:
    """One Manifest per entry, in the order of sections, files, entries; an entry twice is an error."""
    for section in sections():
        seen: dict[str, Source] = {}
        for name, spec, source in _entries(files, section):
            if name in seen and section not in IN_PARTS:
                first = seen[name]
                message = f"`{name}` is declared twice under `{section}`: first in"
                findings.error(
                    source, f"{message} {first.path}:{first.line}:{first.column}", Mistake.STANDS_TWICE
                )
            else:
                seen[name] = source
                yield Manifest(section, name, spec, source)


def _entries(files: list[ManifestFile], section: str) -> Iterator[tuple[str, Node, Source]]:
    """Entries of a section by name; those of a list have running numbers over all files."""
    numbers = count(1)
    for file in files:
        entries = file.tree.find(section)
        if isinstance(entries, Block) and not is_list(section):
            for key, spec in entries.items():
                yield str(key), spec, key.source
        elif isinstance(entries, Items) and is_list(section):
            for spec in entries:
                yield str(next(numbers)), spec, spec.source


def _check_demo_data(files: list[ManifestFile], findings: Findings) -> None:
    if files[0].tree.find("demoData") == "true":
        return
    for file in files:
        for key in file.tree:
            if key in ("patients", "records"):
                findings.error(
                    key.source,
                    f"`{key}`: patient data doesn't belong in Git, where everyone who clones can read it for "
                    "ever; only a sandbox of invented patients may say `demoData: true` in its environment",
                    Mistake.PATIENT_DATA,
                )


def _check_owner(environment: Block, findings: Findings) -> None:
    instance = environment.find("instance")
    if "owner" not in environment and isinstance(instance, Text) and not _OWNER.fullmatch(instance):
        message = "the instance's name can't be the mark of our events: write `owner:`, small letters, digits"
        findings.error(instance.source, f"{message} and hyphens, at most 30", Mistake.OWNER)


def environment_of(
    file: ManifestFile, manifests: tuple[Manifest, ...], digest: str, shifts: Shifts = NO_SHIFTS
) -> Environment:
    """What a sound environment file says of itself, with all that it includes."""
    tree = cast(EnvironmentSpec, file.tree)  # as its schema has found
    api = tree.get("api", {})
    return Environment(
        source=Source(file.shown, 1),
        tenant=str(tree["tenant"]),
        instance=str(tree["instance"]),
        client=_optional(api.get("client")),
        api_url=_optional(api.get("url")),
        owner=str(tree.get("owner", tree["instance"])),
        timezone=str(tree["timezone"]),
        horizon=duration_of(tree["horizon"]) if "horizon" in tree else HORIZON,
        hours_ahead=duration_of(tree["hoursAhead"]) if "hoursAhead" in tree else HOURS_AHEAD,
        limits=_limits(tree.get("limits", {})),
        protect=tuple(map(str, tree.get("protect", ()))),
        accept=tuple(map(_acceptance, tree.get("accept", ()))),
        prune=tree.get("prune") == "true",
        renamed={str(old): str(new) for old, new in tree.get("renamed", {}).items()},
        manifests=manifests,
        digest=digest,
        shifts=shifts,
        match_unmarked=tree.get("unmarked") == "match",
    )


def _acceptance(entry: AcceptSpec) -> Acceptance:
    until = date_of(entry["until"])
    return Acceptance(str(entry["key"]), str(entry["reason"]), until, entry["key"].source)


def _optional(text: str | None) -> str | None:
    return None if text is None else str(text)


def _limits(limits: Mapping[str, str]) -> Limits:
    fields = {
        "deletes": "deletes",
        "deletePercent": "delete_percent",
        "updatePercent": "update_percent",
        "from": "least",
    }
    return Limits(**{fields[key]: int(value) for key, value in limits.items()})
