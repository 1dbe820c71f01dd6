"""How many rows hours take: not many more than the fewest that say the same, found by trying."""

from __future__ import annotations

from collections import Counter
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.kinds.work_hours.test_layers import NOWS, SERVICES, Hospital, hospital, near
from tests.support import fewest
from tests.support.layers import DAY, JSON, Reading, Statement, dates
from tests.support.wards import wards

SPANS = (1, 2, 5, 7, 8, 14, 21)


def of_rule(rows: list[JSON], rule: str) -> list[tuple[date, date]]:
    """First and last date of each row; one that was emptied, as none can be deleted, is none."""
    bounds = [
        [date.fromisoformat((row[key] or "9999-12-31")[:10]) for key in ("startDateTime", "endDateTime")]
        for row in rows
        if (row.get("ruleType") or "DEFAULT") == rule and row["daysInfo"]
    ]
    return [(first, last) for first, last in bounds]


def few(there: Hospital, reading: Reading) -> None:
    days = list(dates(there.today + DAY, there.today + 54 * DAY))
    for user, rows in there.rows().items():
        if reading.has_usual(user):
            few_usual(there, reading, user, days, of_rule(rows, "DEFAULT"))
        few_special(reading, user, days, rows)


def few_usual(
    there: Hospital, reading: Reading, user: str, days: list[date], rows: list[tuple[date, date]]
) -> None:
    """At most twice the fewest and two on any span; without overrides two more for each statement."""
    said = reading.usual if there.overrides else reading.worked
    worked = [(day, frozenset(said(user, day))) for day in days]
    stated = {day: None if there.overrides else reading.stated(user, day) for day in days}
    for length in SPANS:
        for place in range(0, len(days) - length + 1, 1 if length < 14 else 5):
            span = worked[place : place + length]
            first, last = span[0][0], span[-1][0]
            touched = [row for row in rows if row[0] <= last and row[1] >= first]
            statements = {stated[day] for day, _ in span if stated[day]}
            most = 2 * fewest.usual(span) + 2 + 2 * len(statements)
            assert len(touched) <= most, (user, first, last, touched)


def few_special(reading: Reading, user: str, days: list[date], rows: list[JSON]) -> None:
    """At most the fewest and one for each statement."""
    found = dict[str, dict[Statement, dict[date, fewest.Hours]]]()
    for day in dates(days[0], days[-1] + 60 * DAY):
        by = reading.stated(user, day)
        if by:
            statements = found.setdefault(reading.name(user, by), {})
            statements.setdefault(by, {})[day] = frozenset(reading.worked(user, day))
    names = Counter(row["name"] for row in rows if row.get("ruleType") == "OVERRIDE")
    assert names.keys() <= found.keys(), (user, names)
    for name, statements in found.items():
        if all(max(stated) - min(stated) < 21 * DAY for stated in statements.values()):
            spare = names[name] - len(statements)
            said = [(str(by), sorted(map(str, stated))) for by, stated in statements.items()]
            assert fewest.special(statements.values(), spare) >= spare, (user, name, said, rows)


@settings(max_examples=5)
@given(st.data(), st.sampled_from(NOWS), st.sampled_from(SERVICES))
def test_rows_are_few(data: st.DataObject, now: str, options: JSON) -> None:
    few_of(data, now, options)


@pytest.mark.slow
@settings(max_examples=200)
@given(st.data(), st.sampled_from(NOWS), st.sampled_from(SERVICES))
def test_rows_of_many_more_are_few(data: st.DataObject, now: str, options: JSON) -> None:
    few_of(data, now, options)


def few_of(data: st.DataObject, now: str, options: JSON) -> None:
    manifest = data.draw(wards(near(now), options.get("profile") != "reference"), "manifest")
    with hospital(now, **options) as there:
        there.take(manifest)
        few(there, Reading(manifest))
