"""How long things last when the clocks change: on the calendar, on the wall, and exactly."""

from __future__ import annotations

import json
import random
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import recurring_ical_events
from icalendar import Calendar as File

from reconciler.kinds.event.occurrence import Occurrence
from reconciler.report.ics import ics_of
from tests.conftest import Workspace
from tests.kinds.conftest import Trial
from tests.stories.test_calendar import ZONES, calendar, spans
from tests.support import oracle
from tests.support.calendar import Calendar

DAY = timedelta(days=1)
NOW = datetime(2026, 9, 1, 12, tzinfo=UTC)


def planned(workspace: Workspace, now: str) -> dict[str, tuple[str, str]]:
    """Each event's start and end, by key; without the seconds."""
    workspace.now = now
    changes = [change["after"] | {"key": change["key"]} for change in workspace.plan().plan]
    return {
        each["key"].removeprefix("event/"): (each["startDateTime"][:16], each["endDateTime"][:16])
        for each in changes
        if "startDateTime" in each
    }


def test_days_and_weeks_are_lengths_on_the_calendar(trial: Trial) -> None:
    found = planned(trial("03"), "2027-10-20T12:00:00Z")
    assert found["oncall-ana@2027-10-31"] == ("2027-10-31T14:00", "2027-11-07T15:00")
    assert found["oncall-ben@2027-11-07"] == ("2027-11-07T15:00", "2027-11-14T15:00")
    assert found["duty-day@2027-10-30"] == ("2027-10-30T07:00", "2027-10-31T08:00")
    assert found["duty-day@2027-10-31"] == ("2027-10-31T08:00", "2027-11-01T08:00")


def test_the_file_for_calendar_programs_says_the_same(trial: Trial) -> None:
    text = calendar(trial("03"), "--format", "ics")
    assert text.count("DURATION:P7D") == 2
    found = recurring_ical_events.of(File.from_ical(text)).at(date(2027, 11, 7))
    assert sorted(spans(event) for event in found) == [
        (datetime(2027, 10, 31, 14, tzinfo=UTC), datetime(2027, 11, 7, 15, tzinfo=UTC)),
        (datetime(2027, 11, 7, 15, tzinfo=UTC), datetime(2027, 11, 14, 15, tzinfo=UTC)),
    ]


def test_an_end_on_the_wall_holds_after_a_start_that_a_gap_moved(trial: Trial) -> None:
    found = planned(trial("05"), "2026-11-25T12:00:00Z")
    assert found["early@2027-03-14"] == ("2027-03-14T10:00", "2027-03-14T15:00")
    assert found["earlier@2027-03-14"] == ("2027-03-14T09:00", "2027-03-14T15:00")
    assert found["early@2027-03-13"] == ("2027-03-13T10:00", "2027-03-13T16:00")


@pytest.mark.parametrize(
    ("starts", "ends", "length_m"), [("02:15", "02:45", 30), ("02:30", "03:15", 45), ("02:30", "03:45", 15)]
)
def test_an_end_that_the_moved_start_has_passed_keeps_the_length(
    starts: str, ends: str, length_m: int, workspace: Workspace
) -> None:
    workspace.write(
        "users: {ana: {email: ana@example.org}}\n"
        f"events: {{night: {{title: Night, host: ana, starts: 2027-03-13T{starts}, ends: '{ends}', "
        "repeat: {every: day, count: 3}}}\n"
    )
    text = calendar(workspace, "--format", "json", "--week", "2027-03-14")
    (entry,) = [event for person in json.loads(text)["people"] for event in person["days"][-1]["events"]]
    start, end = (datetime.fromisoformat(entry[name]) for name in ("starts", "ends"))
    assert end - start == timedelta(minutes=length_m)


def test_a_changed_occurrence_has_a_length_on_the_calendar_too(workspace: Workspace) -> None:
    workspace.write(
        "users: {ana: {email: ana@example.org}}\n"
        "events: {duty: {title: Duty, host: ana, starts: 2026-10-24T09:00, duration: 2h, "
        "repeat: {every: week}, change: {2026-10-31: {duration: 1 day}, 2026-11-07: {duration: 24h}}}}\n"
    )
    text = calendar(workspace, "--format", "json", "--week", "2026-11-01")
    assert '"ends": "2026-11-01T09:00:00-08:00"' in text


LENGTHS = ("1 day", "2 days", "1 week", "24h", "48h", "30m", "1 day 2h", "ends", "ends-later")


def lengthened(start: datetime, kind: str) -> tuple[str, timedelta, timedelta]:
    """A length as it is written, and what of it lies on the wall and what is exact."""
    if kind == "ends":
        return f"ends: {start + timedelta(hours=8):%H:%M}", timedelta(hours=8), timedelta(0)
    if kind == "ends-later":
        return "", timedelta(days=2, hours=15), timedelta(0)
    units = {"day": DAY, "days": DAY, "week": 7 * DAY}
    words = kind.split(" ")
    on_wall = int(words[0]) * units[words[1]] if len(words) > 1 else timedelta(0)
    clock = words[-1] if words[-1][-1] in "hm" else ""
    exact = (
        timedelta(**{"hours" if clock[-1] == "h" else "minutes": int(clock[:-1])}) if clock else timedelta(0)
    )
    return f"duration: {kind}", on_wall, exact


def expected(
    wall: datetime, on_wall: timedelta, exact: timedelta, zone: ZoneInfo
) -> tuple[datetime, datetime]:
    start = oracle.instant(wall, zone)
    end = oracle.instant(wall + on_wall, zone) if on_wall else start
    if on_wall and end <= start:
        end = start + on_wall
    return start, end + exact


@pytest.mark.parametrize("kind", LENGTHS)
@pytest.mark.parametrize("zone", ZONES)
def test_every_length_over_both_changes_of_the_clocks_in_plan_and_file(
    zone: str, kind: str, tmp_path: Any
) -> None:
    """Starts at odd hours, each day from September to April, and every second one against our own reading."""
    chosen = random.Random(f"{zone}{kind}")
    where = ZoneInfo(zone)
    for _ in range(3):
        first = datetime(2026, 9, 20, chosen.randrange(24), chosen.choice((0, 15, 30)))
        said, on_wall, exact = lengthened(first, kind)
        said = said or f"ends: {first + on_wall:%Y-%m-%dT%H:%M}"
        text = (
            f"horizon: 34 weeks\nevents: {{duty: {{title: Duty, host: johndoe, timezone: {zone}, "
            f"starts: {first:%Y-%m-%dT%H:%M}, {said}, repeat: {{every: day, count: 210}}}}}}\n"
        )
        context, desired = Calendar(tmp_path, "externalId", by_overlap=True).wishes(text, NOW)
        ours = {
            (wish.start, datetime.fromisoformat(wish.fields["endDateTime"]))
            for wish in desired
            if isinstance(wish, Occurrence)
        }
        walls = [first + DAY * step for step in range(210)]
        assert ours == {expected(wall, on_wall, exact, where) for wall in walls}
        file = File.from_ical(str(ics_of(context)))
        theirs = recurring_ical_events.of(file).between(NOW, NOW + timedelta(days=400))
        assert {spans(event) for event in theirs} == ours


def test_two_readings_of_one_time_are_read_as_the_start_is(tmp_path: Any) -> None:
    """Turns that change at an hour that comes twice leave no hour between them, whichever is meant."""
    turn = "title: Turn, host: johndoe, duration: 1 day, timezone: America/Los_Angeles, repeat: {every: day}"
    for fold in ("first", "second"):
        text = (
            f"events: {{turn: {{{turn}, starts: 2026-10-25T01:30{', fold: second' * (fold == 'second')}}}}}\n"
        )
        _, desired = Calendar(tmp_path, "externalId", by_overlap=True).wishes(
            "horizon: 12 weeks\n" + text, NOW
        )
        found = [wish for wish in desired if isinstance(wish, Occurrence)]
        ends = [datetime.fromisoformat(wish.fields["endDateTime"]) for wish in found]
        assert ends[:-1] == [wish.start for wish in found[1:]]
