"""What goes whole or not at all: of a swap both halves. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from reconciler.model import Action, Change, Ground, Key


def torn(changes: Iterable[Change], goes: Callable[[Change], bool]) -> dict[str, Key]:
    """What would go in part alone, with the first of its changes that doesn't."""
    found = dict[str, Key]()
    for change in changes:
        stands = change.action is Action.NOOP and change.ground is not Ground.PROTECTED
        for name in change.bound if not stands and not goes(change) else ():
            found.setdefault(name, change.key)
    return found


def whole(changes: Sequence[Change]) -> Sequence[Change]:
    """Block what would go without its other half; that may be a half of something else again."""
    while parts := torn(changes, lambda change: change.request is not None):
        left = [_left_out(change, parts) for change in changes]
        if left == changes:
            break
        changes = left
    return changes


def _left_out(change: Change, parts: dict[str, Key]) -> Change:
    other = next((parts[name] for name in sorted(change.bound) if name in parts), None)
    if other is None or change.request is None:
        return change
    return change.blocked(f"a swap goes whole or not at all, and {other} stays")
