"""What becomes of a run's end besides its row: what its environment is at, who is told, what is counted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import NamedTuple

from reconciler.fleet.outbox import Event, News, event_of, put
from reconciler.fleet.outlooks import gaps_of, keep_outlook, note_made
from reconciler.fleet.places import Look, Place, note
from reconciler.fleet.runs import Begun, Ending, end
from reconciler.fleet.shape import Fleet
from reconciler.fleet.store import Transaction, one
from reconciler.fleet.tally import Counter, count
from reconciler.model.impact import Outlook, Violation
from reconciler.staffing.outlook import carried_out

SOON = timedelta(days=14)  # a gap later than that may still be filled by itself


class Seen(NamedTuple):
    """What a run saw. ahead: how the weeks to come are staffed; None: it didn't look, or not to the end.

    answers: how many calls were answered, by status. applied: whether what was open has been carried out.
    """

    ahead: Outlook | None = None
    answers: Mapping[int, int] = {}
    applied: bool = False


def report(
    within: Transaction, fleet: Fleet, begun: Begun, place: Place, ending: Ending, look: Look, seen: Seen
) -> bool:
    """Say what came of a run, if it is still its worker's to say; whether it was."""
    if not end(within, begun, ending):
        return False
    before = one(within.rows("SELECT state FROM welkin.environment WHERE name = :name", name=place.name))
    note(within, begun, look)
    count(within, Counter.RUNS, (begun.kind, ending.state))
    for status, number in sorted(seen.answers.items()):
        count(within, Counter.REQUESTS, (place.tenant or "", str(status)), number)
    if before and look.state and (event := event_of(before["state"], look.state)):
        put(within, fleet, News(event, place.tenant, place.name, _words(event, look)))
    if seen.ahead:
        _look_ahead(within, fleet, begun, place, seen.ahead, seen.applied)
    return True


def _words(event: Event, look: Look) -> str:
    if event is Event.DRIFTED:
        return f"{look.changes} change{'s' * (look.changes != 1)} made in Welkin"
    return look.message or ""


def _look_ahead(
    within: Transaction, fleet: Fleet, begun: Begun, place: Place, ahead: Outlook, applied: bool
) -> None:
    known = gaps_of(within, place.name)
    for gap in _new(ahead["gaps"], known or ()) if known is not None else ahead["gaps"]:
        if _is_soon(gap, ahead):
            put(within, fleet, News(Event.GAP, place.tenant, place.name, gap["message"]))
    if applied:
        note_made(within, place.name, begun.id, begun.revision, ahead["changed"])
        ahead = carried_out(ahead)
    keep_outlook(within, place.name, ahead)


def _new(gaps: Sequence[Violation], known: Sequence[Violation]) -> Iterator[Violation]:
    """Gaps of dates that had none of the same policy, as far as was looked before."""
    told = {(gap["message"].partition(":")[0], gap["date"]) for gap in known}
    return (gap for gap in gaps if (gap["message"].partition(":")[0], gap["date"]) not in told)


def _is_soon(gap: Violation, ahead: Outlook) -> bool:
    first = date.fromisoformat(ahead["coverage"]["dates"][0]["date"])
    return gap["date"] is not None and date.fromisoformat(gap["date"]) < first + SOON
