"""People who leave: what the manifests still say of them holds no more (DESIGN 5). Pure.

Who is declared `absent` has left: hours and leave are wished away, and so is what the person hosts; in what
others host the person takes no part. What of it is live goes as anything else does, and without `prune`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from reconciler.kinds import Context
from reconciler.kinds.event.occurrence import Occurrence
from reconciler.kinds.work_hours.shifts import SHIFTS, DayCalendar
from reconciler.model import Desired, Key


def without_leavers(desired: Iterable[Desired], context: Context) -> list[Desired]:
    """The wishes as they are once everybody has gone who is to go."""
    if not context.leaving:
        return list(desired)
    stay = [wish for wish in desired if wish.key.kind != "workHours" or wish.key.name not in context.leaving]
    return [*(_without(wish, context.leaving) for wish in stay), *_no_hours(context)]


def _no_hours(context: Context) -> Iterator[Desired]:
    """The wish that a leaver have no hours, whether or not there is an entry that says some."""
    for user in context.environment.of_kind("user"):
        if user.name in context.leaving:
            calendar = DayCalendar(usual=())
            yield Desired(Key("workHours", user.name), {SHIFTS: calendar}, user.source, absent=True)


def _without(wish: Desired, leaving: frozenset[str]) -> Desired:
    if not isinstance(wish, Occurrence):
        return wish
    if wish.fields["hostId"].key.name in leaving:
        return replace(wish, absent=True)
    people = wish.fields.get("participants", ())
    staying = tuple(ref for ref in people if ref.key.kind != "user" or ref.key.name not in leaving)
    same = len(staying) == len(people)
    return wish if same else replace(wish, fields={**wish.fields, "participants": staying})
