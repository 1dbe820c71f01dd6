"""What `import` took and what it left out, in words and as JSON."""

from __future__ import annotations

from reconciler.errors.escape import Printable, json_text
from reconciler.export.others.taken import Taken


def lines_of(taken: Taken) -> list[str]:
    """One line for each warning, then for each thing left out."""
    warned = [f"warning: {line}" for line in taken.warnings]
    return [*warned, *(f"{each.place.file}:{each.place.line}: {each.reason}" for each in taken.in_order())]


def counts_line(taken: Taken, path: str | None) -> str:
    """What was taken, into which file."""
    periods, events, skipped = len(taken.periods), len(taken.meetings), len(taken.skipped)
    said = f"{periods} period{'s' * (periods != 1)} and {events} event{'s' * (events != 1)} taken"
    left = f", {skipped} left out" if skipped else ""
    return f"{path + ': ' if path else ''}{said}{left}"


def import_data(taken: Taken) -> Printable:
    skipped = [
        {"file": each.place.file, "line": each.place.line, "uid": each.place.uid, "reason": each.reason}
        for each in taken.in_order()
    ]
    counts = {"periods": len(taken.periods), "events": len(taken.meetings)}
    data = {"format": "welkin-reconcile/import/1", "taken": counts}
    return json_text(data | {"warnings": taken.warnings, "skipped": skipped})
