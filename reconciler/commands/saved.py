"""Plans in files, as commands take them: of `plan --out`, or what undoes a run."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from reconciler.model import Plan

LARGEST_PLAN = 256 << 20  # bytes; one of 10,000 changes has 20 MB

# Reports and schemas are no plans either: the manifest reader says what they are.
_OTHERS = re.compile(r'\s*\{\s*"(?:\$schema"|format"\s*:\s*"welkin-reconcile/(?!plan))')


def plans_in(path: str) -> list[Plan]:
    """The plans in a file, if it holds some: JSON with a `format`, which no manifest has.

    Raises: PlanError: it is none that planning makes.
    """
    from reconciler.errors.named_file import Unfit, read_file
    from reconciler.kinds import load_kinds
    from reconciler.plan.savedplan import from_json
    from reconciler.plan.soundness import sound

    try:
        text = read_file(Path(path), LARGEST_PLAN).data.decode()
    except (Unfit, UnicodeDecodeError):
        return []  # the manifest reader says it better
    if not text.lstrip().startswith("{") or '"format"' not in text or _OTHERS.match(text):
        return []
    kinds = load_kinds()
    return [sound(plan, kinds, path) for plan in from_json(text, path)]
