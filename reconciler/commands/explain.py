"""`welkin-reconcile explain`: what a manifest's key means, or how a kind of problem comes about."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from reconciler.commands.options import FORMAT

if TYPE_CHECKING:
    from reconciler.manifest.keys import Explained, Lesson


@click.command("explain")
@click.argument("what", metavar="PATH|RULE")
@FORMAT
def command(what: str, format: str) -> None:
    """Say what a key of manifests means (`workHours.rotation`), or what a problem's id does (`WR012`)."""
    from reconciler.commands.output import show
    from reconciler.errors.escape import json_text, page

    id = what.upper()
    if id.startswith("WR") and id[2:].isdecimal():
        lesson = _lesson(id)
        data, lines = {"rule": id, **lesson._asdict()}, _lesson_lines(id, lesson)
    else:
        found = _key(what)
        data, lines = found._asdict(), _key_lines(found)
    if format == "json":
        show(json_text({"format": "welkin-reconcile/explanation/1", **data}))
    else:
        show(page(lines), wrap=True)


def _lesson(id: str) -> Lesson:
    """Raises: UsageError: there is none of this id."""
    from reconciler.errors import UsageError
    from reconciler.manifest.keys import lessons

    known = lessons()
    if id not in known:
        raise UsageError(f"no rule is called `{id}`: there are {min(known)} to {max(known)}")
    return known[id]


def _lesson_lines(id: str, lesson: Lesson) -> list[str]:
    return [
        f"{id}: {lesson.cause}", "", "wrong", *_indented(lesson.wrong), "", "right", *_indented(lesson.right),
    ]  # fmt: skip


def _key(path: str) -> Explained:
    """Raises: UsageError: no manifest has this key."""
    from reconciler.errors import UsageError
    from reconciler.errors.nearest import did_you_mean
    from reconciler.manifest.keys import explained, key_paths

    found = explained(path)
    if found is None:
        hint = did_you_mean(path, key_paths(), "`welkin-reconcile explain events` begins at a section")
        raise UsageError(f"no manifest has a key `{path}`{hint}")
    return found


def _key_lines(found: Explained) -> list[str]:
    from reconciler.manifest import dump

    lines = [found.path, f"  {found.meaning}", "", f"type     {found.type}", f"default  {found.default}"]
    lines += [f"keys     {', '.join(found.below)}"] if found.below else []
    if found.example is not None:
        key = found.path.rpartition(".")[2].removesuffix("[]")
        lines += ["example", *_indented(dump({key: found.example}))]
    return lines


def _indented(text: str) -> list[str]:
    return [f"  {line}" for line in text.split("\n")]
