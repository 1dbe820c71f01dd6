"""What people did in Welkin, as lines of manifests: written by `export --update`, shown by `drift`."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from difflib import unified_diff
from typing import TYPE_CHECKING

from reconciler.errors import Exit, UsageError
from reconciler.errors.escape import json_text, page

if TYPE_CHECKING:
    from reconciler.export.update import Rewritten, Updated
    from reconciler.pipeline import Settings
    from reconciler.plan.selection import Selection


def updated(path: str, settings: Settings, selection: Selection) -> Updated:
    """Read the service and edit the manifests in memory. Raises: ManifestError; ApiError; PlanError."""
    from reconciler.commands.options import JOURNAL_FILE
    from reconciler.export.update import Update
    from reconciler.pipeline import connect, draft, expand, load
    from reconciler.pipeline.ahead import past_of

    (wishes,) = expand([*load(path)], settings.now)
    with connect(wishes.environment, settings, os.environ) as service:
        drafted = draft(wishes, service, selection)
        past = past_of(drafted, JOURNAL_FILE)
        return Update(path, wishes.context, drafted.live, service.api_url, selection, past).made()


def accepted(path: str, settings: Settings, users: Sequence[str], format: str, alone: bool) -> int:
    """Write the files; say which, and what no manifest can say.

    alone: no flag was given that is for something else. Raises: UsageError.
    """
    from reconciler.commands.output import say, show
    from reconciler.errors.output_file import rewrite_file
    from reconciler.plan.selection import Selection

    if not alone:
        raise UsageError("--update edits the files that are there: leave --all, --users and --out")
    found = updated(path, settings, Selection(users=tuple(users)))
    for file in found.files:
        rewrite_file(file.path, file.data.decode(), file.before)
    lines = [f"{file.shown}: {_count(file)}" for file in found.files] or ["Nothing to accept."]
    if format == "json":
        files = [{"path": file.shown, "lines": _changed(file)} for file in found.files]
        left = [{"key": str(each.about), "reason": each.reason} for each in found.left]
        show(json_text({"format": "welkin-reconcile/update/1", "files": files, "left": left}))
    else:
        show(page(lines))
        say(*left_lines(found))
    return Exit.REFUSED if found.left else Exit.OK


def show_lines(paths: Sequence[str], settings: Settings, selection: Selection) -> int:
    """The lines that updates would write, environment by environment; one that fails stops no other."""
    from reconciler.commands.output import report_error, say, show
    from reconciler.errors import Interrupted, ReconcileError

    code = Exit.OK
    for path in dict.fromkeys(paths):
        try:
            found = updated(path, settings, selection)
        except Interrupted:
            raise
        except ReconcileError as error:
            report_error(error, as_json=False)
            code = Exit.ERROR
            continue
        lines = list(diff_lines(found))
        show(*([page(lines)] if lines else []))
        say(*left_lines(found))
        if code is Exit.OK and (lines or found.left):
            code = Exit.PENDING
    return code


def left_lines(found: Updated) -> list[str]:
    """What an update leaves, a line for each meeting or person and each reason."""
    alike: dict[tuple[str, str, bool], list[str]] = {}
    for each in found.left:
        subject = str(each.about).partition("@")[0]
        alike.setdefault((subject, each.reason, each.ahead), []).append(str(each.about))
    return [
        f"{'left alone' if ahead else 'not in the manifests'}: {_several(keys)}: {reason}"
        for (_, reason, ahead), keys in alike.items()
    ]


def _several(keys: Sequence[str]) -> str:
    return keys[0] if len(keys) == 1 else f"{keys[0]} and {len(keys) - 1} more of it"


def diff_lines(found: Updated) -> Iterator[str]:
    """The lines that an update would write, file by file, beside those that stand there."""
    for file in found.files:
        yield file.shown
        yield from _hunks(file)


def _hunks(file: Rewritten) -> list[str]:
    before, after = (data.decode().splitlines() for data in (file.before, file.data))
    return list(unified_diff(before, after, lineterm="", n=1))[2:]


def _changed(file: Rewritten) -> int:
    return sum(line.startswith("+") for line in _hunks(file)) or len(_hunks(file))


def _count(file: Rewritten) -> str:
    lines = _hunks(file)
    new, old = (sum(line.startswith(sign) for line in lines) for sign in "+-")
    return f"{new} lines for {old}" if new != 1 else f"1 line for {old}"
