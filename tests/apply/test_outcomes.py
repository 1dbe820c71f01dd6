"""Outcomes stand by a change's place in the plan: two changes may be of one key, and be alike in all."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, cast

import pytest

from reconciler.apply.journal import Run
from reconciler.apply.outcomes import Outcomes
from reconciler.model import Action, Change, Key, Outcome, Plan, Request, Status, Window

NOW = datetime(2026, 11, 24, tzinfo=UTC)
TWIN = Change(Key("event", "talk@2026-12-01"), Action.DELETE, Request("DELETE", "/gh/sb/calendar/events/1"))
BLOCKED = Change(Key("user", "jdoe"), Action.BLOCKED, reason="deactivate in Admin")
IDLE = Change(Key("user", "ann"), Action.NOOP)


class Notes:
    """A journal's part of a run that remembers what it was told."""

    def __init__(self) -> None:
        self.said: list[tuple[Any, ...]] = []

    def settle(self, outcome: Outcome) -> None:
        self.said.append((outcome.change.key, outcome.status))

    def confirm(self, changes: Iterable[Change], seen: str) -> None:
        self.said.append((*(change.key for change in changes), seen))


def outcomes_of(*changes: Change) -> tuple[Outcomes, Notes, list[Outcome]]:
    plan = Plan(NOW, "gh", "sb", "", None, "o", "UTC", "", "", Window(NOW, NOW), changes)
    notes, heard = Notes(), list[Outcome]()
    return Outcomes(plan, cast(Run, notes), heard.append), notes, heard


def test_twins_have_an_outcome_each() -> None:
    outcomes, _, _ = outcomes_of(TWIN, IDLE, TWIN)
    first, second = outcomes.pending
    outcomes.settle(second, Status.FAILED, "gone")
    assert outcomes.of(first) is None
    outcomes.settle(first, Status.DONE)
    assert [outcome.status for outcome in outcomes.report().outcomes] == [Status.DONE, Status.FAILED]
    assert outcomes.done(outcomes.pending) == [first]


def test_the_last_word_counts_and_all_are_heard() -> None:
    outcomes, notes, heard = outcomes_of(TWIN)
    (turn,) = outcomes.pending
    outcomes.settle(turn, Status.DONE)
    outcomes.settle(turn, Status.UNCONVERGED, "accepted, but still there")
    outcomes.confirm([turn], "not as wished")
    outcomes.confirm([], "as wished")
    assert [outcome.status for outcome in heard] == [Status.DONE, Status.UNCONVERGED]
    assert notes.said == [(TWIN.key, "done"), (TWIN.key, "not converged"), (TWIN.key, "not as wished")]
    assert [outcome.status for outcome in outcomes.report().outcomes] == [Status.UNCONVERGED]


def test_unanswered_writes_count_in_a_row() -> None:
    outcomes, _, _ = outcomes_of(TWIN, TWIN, TWIN)
    for turn in outcomes.pending[:2]:
        outcomes.settle(turn, Status.UNKNOWN)
    assert outcomes.unanswered == 2
    outcomes.settle(outcomes.pending[2], Status.DONE)
    assert outcomes.unanswered == 0


def test_a_run_that_breaks_off_says_what_is_known_and_bothers_no_listener() -> None:
    outcomes, notes, heard = outcomes_of(TWIN, TWIN, TWIN, BLOCKED, IDLE)
    sent, seen, unsent = outcomes.pending
    outcomes.settle(sent, Status.DONE)
    outcomes.settle(seen, Status.DONE)
    outcomes.confirm([seen], "as wished")
    outcomes.break_off()
    assert [outcome.status for outcome in outcomes.report().outcomes] == [
        Status.UNCONVERGED,
        Status.DONE,
        Status.SKIPPED,
    ]
    assert len(heard) == 2 and len(notes.said) == 5
    assert outcomes.of(unsent) is Status.SKIPPED


@pytest.mark.parametrize(
    ("status", "is_lost"),
    [(Status.DONE, False), (Status.ALREADY, False), (Status.DROPPED, False), (Status.SKIPPED, True),
     (Status.UNKNOWN, True), (Status.BLOCKED, True)],
)  # fmt: skip
def test_what_has_not_ended_as_planned_is_lost(status: Status, is_lost: bool) -> None:
    outcomes, _, _ = outcomes_of(TWIN)
    outcomes.settle(outcomes.pending[0], status)
    assert bool(list(outcomes.lost())) is is_lost
