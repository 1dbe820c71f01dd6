"""What a file is that somebody named in place of an environment file, and which command takes it."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from reconciler.manifest.files import Shelf, collect
from reconciler.manifest.tree import Tree
from reconciler.model import Block, Findings

HEAD = 65_536  # bytes that tell what a file is
MOST = 200  # files looked at for one that includes a manifest
NEEDED = "`tenant`, `instance` and `timezone`"
_OURS = re.compile(rb'\s*\{\s*"format"\s*:\s*"welkin-reconcile/(\w+)/')
TENANT = re.compile(rb"^[\"']?tenant[\"']?\s*:", re.MULTILINE)
_REPORTS = {b"apply": "apply", b"history": "history", b"problems": "validate", b"error": "an error"}


def stranger(path: Path, tree: Tree) -> str | None:
    """Say what a file is that surely holds no manifest; None for all others, unreadable ones included."""
    head = tree.beginning(path, HEAD)
    ours = _OURS.match(head)
    if ours and ours[1] in (b"plan", b"plans"):
        return f"this is a saved plan: `welkin-reconcile apply {path}` carries it out"
    if ours:
        return f"this is JSON that {_REPORTS.get(ours[1], 'this program')} printed, and no manifest"
    if re.match(rb'\s*\{\s*"\$schema"', head):
        return "this is a JSON Schema or a report that follows one, and no manifest"
    if head.startswith(b"BEGIN:VCALENDAR"):
        return "this is a calendar, for calendar programs: `welkin-reconcile calendar --format ics` writes it"
    if head.startswith(b"SQLite format 3\0"):
        return f"this is a database: `welkin-reconcile history --journal {path}` reads it if it is a journal"
    return None


def no_environment(path: Path, block: Block, own: frozenset[str], tree: Tree) -> str | None:
    """Say what a readable file is that has none of the keys which only environment files have (`own`)."""
    if not own.isdisjoint(block):
        return None
    if not block:
        return f"this file is empty: an environment file says {NEEDED}"
    found = [tree.shown(each) for each in _including(tree.absolute(path), tree)]
    if not found:
        return f"this is a manifest, and no environment file: name the one that includes it, with {NEEDED}"
    return f"this is a manifest that {found[0]} includes: name that one"


def _including(path: Path, tree: Tree) -> Iterator[Path]:
    """The environment files nearby that include a manifest."""
    real = tree.real(path)
    for candidate in islice(_nearby(path.parent, tree), MOST):
        if TENANT.search(tree.beginning(candidate, HEAD)):
            included = collect(candidate, str(candidate), Shelf(tree), Findings())[1:]
            if any(tree.real(file.path) == real for file in included):
                yield candidate


def _nearby(folder: Path, tree: Tree) -> Iterator[Path]:
    """YAML files beside a folder's files, in the folders beside it, and above it."""
    for pattern in ("*.y*ml", "../*.y*ml", "../*/*.y*ml"):
        for path in sorted(tree.glob(folder, pattern)):
            if tree.is_file(path) and not path.name.startswith("."):
                yield Path(os.path.normpath(path))
