"""What TAB offers: names from the manifests at hand, schemas, rules, runs. Silent, whatever is wrong."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path

import click
from click.shell_completion import CompletionItem, get_completion_class

Source = Callable[[click.Context], Iterable[tuple[str, str]]]  # candidates, each with a word about it


def complete(cli: click.Command, asked: str) -> None:
    """Answer a shell: what may stand where its cursor is. asked: as in `zsh_complete`."""
    from reconciler.commands.output import show
    from reconciler.errors.escape import page

    kind = get_completion_class(asked.partition("_")[0])
    if kind:
        show(page(kind(cli, {}, "", "").complete().split("\n")))


def completing(command: click.Command) -> None:
    """Have a command's parameters completed by what there is."""
    for param in command.params:
        if param.name in _FILES:
            param.shell_complete = _files  # type: ignore[method-assign]
        source = _SOURCES.get((str(command.name), str(param.name))) or _SOURCES.get(("", str(param.name)))
        if source:
            param.shell_complete = partial(_fitting, source)  # type: ignore[method-assign]


def _files(ctx: click.Context, incomplete: str) -> list[CompletionItem]:
    return [CompletionItem(incomplete, type="file")]


def _fitting(source: Source, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
    from reconciler.errors import ReconcileError

    found: list[tuple[str, str]] = []
    with suppress(ReconcileError, OSError, ValueError):
        found = sorted(source(ctx))
    return [CompletionItem(name, help=word) for name, word in found if name.startswith(incomplete)]


def _entries(sections: Sequence[str], ctx: click.Context) -> Iterable[tuple[str, str]]:
    from reconciler.pipeline import load

    environments = [each.environment for each in load(*_manifests(ctx)) if each.environment]
    return {(each.name, "") for one in environments for each in one.under(*sections)}


def _keys(ctx: click.Context) -> Iterable[tuple[str, str]]:
    from datetime import UTC, datetime

    from reconciler.kinds import subject_of
    from reconciler.pipeline import expand, load

    now = ctx.params.get("now") or datetime.now(UTC)
    for wishes in expand(load(*_manifests(ctx)), now):
        keys = {wish.key for wish in wishes.desired}
        yield from {(f"{key.kind}/{subject_of(key) or key.name}", "") for key in keys}


def _manifests(ctx: click.Context) -> list[str]:
    """The environment files named so far; where there are none, those of env/."""
    given = ctx.params.get("environments") or ctx.params.get("path") or ()
    named = [given] if isinstance(given, str) else list(given)
    return [os.fspath(each) for each in named or sorted(Path().glob("env/*.yaml"))]


def _schemas(ctx: click.Context) -> Iterable[tuple[str, str]]:
    from reconciler.manifest import schema_names

    return ((name, "") for name in schema_names())


def _explained(ctx: click.Context) -> Iterable[tuple[str, str]]:
    from reconciler.manifest.keys import key_paths, lessons

    yield from ((path, "") for path in key_paths())
    yield from ((id, lesson.cause) for id, lesson in lessons().items())


def _runs(ctx: click.Context) -> Iterable[tuple[str, str]]:
    from reconciler.apply.journal import read_runs
    from reconciler.commands.options import JOURNAL_FILE

    journal = ctx.params.get("journal") or JOURNAL_FILE
    for run in read_runs(journal):
        yield str(run["id"]), f"{run['started']} {run['tenant']}/{run['instance']} {run['outcome'] or ''}"


_FILES = frozenset({"environments", "path"})
_SOURCES: Mapping[tuple[str, str], Source] = {
    ("", "users"): partial(_entries, ("users", "workHours")),
    ("", "teams"): partial(_entries, ("teams",)),
    ("", "targets"): _keys,
    ("", "excludes"): _keys,
    ("schema", "name"): _schemas,
    ("explain", "what"): _explained,
    ("history", "run"): _runs,
}
