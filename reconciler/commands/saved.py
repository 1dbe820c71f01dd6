"""Plans in files, as commands take them: of `plan --out`, or what undoes a run."""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from reconciler.model import Plan

LARGEST_PLAN = 256 << 20  # bytes; one of 10,000 changes has 20 MB

# Reports and schemas are no plans either: the manifest reader says what they are.
_OTHERS = re.compile(r'\s*\{\s*"(?:\$schema"|format"\s*:\s*"welkin-reconcile/(?!plan))')


_DIFF = re.compile(r'\s*\{\s*"format"\s*:\s*"welkin-reconcile/diffs?/')


def plans_in(path: str) -> list[Plan]:
    """The plans in a file, if it holds some: JSON with a `format`, which no manifest has.

    Raises: PlanError: it is none that planning makes.
    """
    from reconciler.kinds import load_kinds
    from reconciler.plan.savedplan import from_json
    from reconciler.plan.soundness import sound

    text = _text(path)
    if not text.lstrip().startswith("{") or '"format"' not in text or _OTHERS.match(text):
        return []
    kinds = load_kinds()
    return [sound(plan, kinds, path) for plan in from_json(text, path)]


def approved_in(path: Path | None, now: datetime) -> list[Plan]:
    """What a file approves: the plans in it, or what a report of `diff` shows.

    Raises: UsageError: it holds neither, and is no approval. PlanError.
    """
    from reconciler.errors import UsageError
    from reconciler.plan.savedplan import diffs_from_json

    if path is None:
        return []
    text = _text(str(path))
    plans = diffs_from_json(text, str(path), now) if _DIFF.match(text) else plans_in(str(path))
    if not plans:
        how = "`plan ENV --out FILE` or `diff BASE..HEAD ENV --format json`"
        raise UsageError(f"--approved {path}: not a saved plan, nor a report of `diff`: make one with {how}")
    return plans


def _text(path: str) -> str:
    """What stands in a file; nothing where it can't be read: the manifest reader says it better."""
    from reconciler.errors.named_file import Unfit, read_file

    try:
        return read_file(Path(path), LARGEST_PLAN).data.decode()
    except (Unfit, UnicodeDecodeError):
        return ""
