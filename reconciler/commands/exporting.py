"""What `export` and `init --from-live` have in common: reading with a bar, and what is said of the files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from reconciler.commands.lastline import LAST_LINE, may_move
from reconciler.commands.output import say, show
from reconciler.commands.session import connected
from reconciler.errors import ManifestError
from reconciler.errors.escape import json_text, page
from reconciler.export.manifests import Listen, Manifests
from reconciler.model import Environment
from reconciler.pipeline import Settings, load
from reconciler.pipeline.exporting import export

FORMAT = "welkin-reconcile/export/1"
WORDS = {"users": "users", "workHours": "with hours", "leave": "with leave", "events": "meetings and series"}
READ_FIRST = "titles, locations and remarks were written by people: read them before you commit"


class Export(NamedTuple):
    """What was read, and the calls it took."""

    manifests: Manifests
    reads: int
    writes: int

    @property
    def left_out(self) -> list[str]:
        return [line for lines in self.manifests.left_out.values() for line in lines]


def names_in(users: str | None) -> tuple[str, ...] | None:
    """The users named by a flag; None: everybody."""
    names = tuple(dict.fromkeys(filter(None, (users or "").replace(" ", "").split(","))))
    return names or None


def environment_at(path: str) -> Environment:
    """The environment of a file. Raises: ManifestError."""
    (loaded,) = load(path)
    if loaded.environment is None or loaded.findings.errors:
        raise ManifestError(loaded.findings.errors)
    return loaded.environment


def read_live(environment: Environment, settings: Settings, users: tuple[str, ...] | None) -> Export:
    """Read what there is, of everybody if no users are named. Raises: ManifestError, ApiError, UsageError."""
    with connected(environment, settings) as service, _watching() as listen:
        manifests = export(environment, service, users, listen)
        return Export(manifests, service.client.reads, service.client.writes)


def tell_in_json(made: Export, files: Mapping[str, str], written: bool) -> None:
    """Say what the files are, and what they don't hold."""
    data = {"format": FORMAT, "files": dict(files), "leftOut": made.left_out, "written": written}
    show(json_text(data))


def tell_files(made: Export, files: Mapping[str, str], folder: Path) -> None:
    """Say where what was written."""
    entries = made.manifests.entries
    counts = {section: sum(entry.section == section for entry in entries) for section in WORDS}
    said = ", ".join(f"{counts[section]} {words}" for section, words in WORDS.items() if counts[section])
    lines = [f"  {path}  {text.count(chr(10))} lines" for path, text in files.items()]
    show(page([f"Written in {folder}: {said or 'nobody'}", *lines]))


def tell_the_rest(made: Export) -> None:
    """Say what a reader of the files has to know, and what the reading took."""
    has_texts = any(entry.section == "events" for entry in made.manifests.entries)
    left = made.left_out
    say(
        *([f"left out: {'; '.join(left)}"] if left else []),
        *([READ_FIRST] if has_texts else []),
        f"{made.reads} reads, {made.writes} writes",
    )


@contextmanager
def _watching() -> Iterator[Listen]:
    """A bar of how far the search for series is, on a terminal."""
    if not may_move():
        yield lambda done, of: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with LAST_LINE.held(), Progress(*columns, console=Console(stderr=True), transient=True) as bars:
        task = bars.add_task("looking for series", total=None)
        yield lambda done, of: bars.update(task, completed=done, total=of)
