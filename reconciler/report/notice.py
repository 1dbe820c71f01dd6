"""What a webhook is told of drift: one text for people, and the same as data. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from reconciler.errors.escape import visible
from reconciler.kinds import subject_of
from reconciler.model import Action, Change, Plan
from reconciler.routes import stamp

FORMAT = "welkin-reconcile/drift-notice/1"
MOST_KEYS, FEW = 50, 5
# Chats take these for links and mentions.
_PLAIN = str.maketrans({"<": "‹", ">": "›"})


class Checked(NamedTuple):
    """An environment that was checked for drift: its plan, or why it could not be.

    place: tenant and instance, as far as they are known.
    """

    path: str
    place: tuple[str, str] | None
    plan: Plan | None
    error: str = ""

    @property
    def drifted(self) -> list[Change]:
        changes = self.plan.changes if self.plan else ()
        return [change for change in changes if change.action is not Action.NOOP and not change.accepted]

    @property
    def status(self) -> str:
        if self.plan is None:
            return "error"
        return "drifted" if self.drifted else "inSync"


def notice_of(checked: Sequence[Checked], now: datetime) -> Mapping[str, object] | None:
    """The message; None where everything is in sync."""
    told = [line for each in checked for line in _said(each)]
    if not told:
        return None
    return {
        "text": "\n".join(told),
        "format": FORMAT,
        "checkedAt": stamp(now),
        "environments": [_data(each) for each in checked],
    }


def _data(each: Checked) -> dict[str, object]:
    tenant, instance = each.place or (None, None)
    keys = dict.fromkeys(str(change.key) for change in each.drifted)
    return {
        "tenant": tenant,
        "instance": instance,
        "path": each.path,
        "status": each.status,
        "changes": len(each.drifted),
        "keys": list(keys)[:MOST_KEYS],
        "error": None if each.plan else each.error,
    }


def _said(each: Checked) -> Iterator[str]:
    name = "/".join(each.place) if each.place else each.path
    if each.plan is None:
        first, *others = each.error.split("\n")
        rest = f" (and {len(others)} more)" if others else ""
        yield visible(f"{name}: could not be checked: {first}{rest}").translate(_PLAIN)
    elif each.drifted:
        about = dict.fromkeys(f"{c.key.kind}/{subject_of(c.key)}" for c in each.drifted)
        more = f" and {len(about) - FEW} more" if len(about) > FEW else ""
        number = len(each.drifted)
        changes = f"{number} change{'s' * (number != 1)} made in Welkin"
        yield visible(f"{name}: {changes}: {', '.join(list(about)[:FEW])}{more}").translate(_PLAIN)
