"""Invented lists of people and teams at a daily meeting: who is there, and what an edit of them costs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Literal

import pytest
from hypothesis import HealthCheck, given, settings

from tests.kinds.test_people import DATES, FIRST, Plain, literally, pages
from tests.support.calendar import NAMES, PEOPLE, Calendar

NOW = datetime(2026, 12, 28, 12, tzinfo=UTC)
MOVED, THERE = FIRST + timedelta(days=4), FIRST + timedelta(days=11)
RULE = f"""
    title: Handover
    host: johndoe
    timezone: Europe/Berlin
    starts: {FIRST}T00:30
    duration: 30m
    repeat: {{every: day, count: {len(DATES)}}}
    change: {{{MOVED}: {{starts: {THERE}T12:00}}}}
"""


def said(people: Plain, teams: Mapping[str, Plain]) -> str:
    event = f"events:\n  handover:{RULE}    participants: {json.dumps(people)}\n"
    return f"teams: {json.dumps(teams)}\n{event}"


def wanted(people: Plain, teams: Mapping[str, Plain]) -> dict[str, set[str]]:
    """Who is to be there, by the date that the rule gives."""
    days = {day: THERE if day == MOVED else day for day in DATES}
    return {str(ruled): {"johndoe", *literally(people, teams, day)} for ruled, day in days.items()}


def there(calendar: Calendar) -> dict[str, set[str]]:
    names = {id: name for name, id in PEOPLE.items()}
    assert {*names.values()} == {*NAMES}
    berlin = timedelta(hours=1)
    found = {}
    for event in calendar.events.values():
        start = datetime.fromisoformat(event["startDateTime"]) + berlin
        day: date = MOVED if start.hour == 12 else start.date()
        found[str(day)] = {names[each["participantId"]] for each in event["participants"]}
    return found


@pytest.mark.parametrize("marks", ["externalId", "remarks"])
@settings(max_examples=25, suppress_health_check=[*HealthCheck])
@given(pages(), pages())
def test_each_occurrence_has_its_own_people_and_an_edit_costs_those_that_change(
    tmp_path: Path,
    marks: Literal["externalId", "remarks"],
    before: tuple[Plain, dict[str, Plain]],
    after: tuple[Plain, dict[str, Plain]],
) -> None:
    calendar = Calendar(tmp_path, marks, by_overlap=True)
    calendar.apply(said(*before), NOW)
    assert there(calendar) == wanted(*before)
    assert not calendar.apply(said(*before), NOW)
    sent = calendar.apply(said(*after), NOW)
    assert there(calendar) == wanted(*after)
    assert not calendar.apply(said(*after), NOW)
    differing = {day for day, people in wanted(*after).items() if people != wanted(*before)[day]}
    assert sorted(change.key.name for change in sent) == sorted(f"handover@{day}" for day in differing)
    assert {change.request.method for change in sent if change.request} <= {"PATCH"}
