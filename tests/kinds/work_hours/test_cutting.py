"""Hours on a service that, when a row is written, ends the row that covers its start."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from hypothesis import given

from reconciler.kinds.work_hours.matching import Match, Row, Step, match_rows
from reconciler.kinds.work_hours.periods import DAY, Period
from reconciler.kinds.work_hours.person import in_order
from tests.conftest import Workspace
from tests.kinds.work_hours.test_periods import timelines
from tests.support.examples import examples
from tests.support.service import Service
from tests.support.weeks import ALL_DATES, TODAY, worked


def goal_of(match: Match, wished: Sequence[Row], live: Sequence[Row]) -> Period:
    """The row that a step writes."""
    want = None if match.wished is None else wished[match.wished].period
    have = None if match.live is None else live[match.live].period
    if want is None:
        assert have
        return have._replace(end=TODAY - DAY) if match.step is Step.END else have._replace(week={})
    if have and match.step is Step.REPLACE:
        return want._replace(start=have.start)
    return want._replace(start=max(want.start, TODAY))


def carried_out(matches: Sequence[Match], wished: Sequence[Row], live: Sequence[Row]) -> list[Period]:
    """What such a service holds after the writes, in their order."""
    rows = dict(enumerate(row.period for row in live))
    for match in matches:
        if match.step is Step.KEEP:
            continue
        place = len(rows) if match.live is None else match.live
        goal = goal_of(match, wished, live)
        rows = {other: cut(row, goal.start) if other != place else row for other, row in rows.items()}
        rows[place] = goal
    return list(rows.values())


def cut(row: Period, start: date) -> Period:
    return row._replace(end=start - DAY) if row.start < start and row.covers(start) else row


@examples(400)
@given(timelines())
def test_the_same_hours_hold_where_writing_a_row_cuts_its_neighbours(
    rows: tuple[list[Row], list[Row]],
) -> None:
    wished, live = rows
    matches = in_order(match_rows(wished, live, TODAY, prune=True), wished, live)
    to_come = [day for day in ALL_DATES if day >= TODAY]
    got = worked(carried_out(matches, wished, live), to_come)
    assert got == worked([row.period for row in wished], to_come)


def test_an_emptied_row_whose_dates_the_service_cuts_is_as_wished(
    workspace: Workspace, service: Service
) -> None:
    users = "prune: true\nlimits: {updatePercent: 100}\nusers: {johndoe: {email: john@example.org}}\n"
    weeks = [("2027-01-04", "2027-01-10", "mon"), ("2027-01-11", "2027-01-17", "tue")]
    weeks.append(("2027-01-18", "2027-01-24", "wed"))
    rows = ", ".join(f"{{from: {a}, to: {b}, days: {{{day}: 09:00-17:00}}}}" for a, b, day in weeks)
    workspace.at(service).write(f"{users}workHours: {{johndoe: [{rows}]}}\n")
    workspace.apply()
    one = "{from: 2027-01-20, to: 2027-01-26, days: {fri: 09:00-17:00}}"
    workspace.write(f"{users}workHours: {{johndoe: [{one}]}}\n")
    workspace.apply()
    workspace.settled()
