"""`welkin-reconcile calendar`: weeks as data; the file for calendar programs, read by a library."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
import recurring_ical_events
from icalendar import Calendar

from tests.conftest import Workspace
from tests.support.cli import run

TEXT = """calendars: {{clinic: [2027-01-14]}}
users:
  johndoe: {{email: john@example.org, timezone: {zone}}}
  janedoe: {{email: jane@example.org}}
workHours:
  johndoe:
    - {{from: 2026-12-01, days: {{mon-thu: 09:00-18:00, fri: [09:00-12:00, 12:30-17:00]}}}}
    - {{override: Closed, from: 2026-12-24, to: 2026-12-25, days: off}}
leave: {{johndoe: [2027-01-20..2027-01-22]}}
events:
  round:
    title: A round with a rather long title that would not fit into the width of a screen
    host: johndoe
    starts: 2026-10-01T{clock}
    duration: 30m
    repeat: {{every: week, on: [tue, thu, sun], until: 2027-11-30}}
    holidays: clinic
    except: [2026-12-24]
    also: [2026-12-30T11:00]
    change: {{2027-01-05: {{starts: 10:00, title: Late}}, 2027-01-07: cancelled}}
    participants: [{{user: janedoe}}]
  inventory: {{title: Inventory, host: janedoe, starts: 2026-12-31, allDay: true, repeat: {{every: year}}}}
  night:
    {{title: Night, host: johndoe, starts: 2026-10-01T22:00, ends: 06:00, repeat: {{every: month, on: sat}}}}
  drill: {{title: Drill, host: janedoe, starts: 2026-12-09T15:00, duration: 1h}}
"""
ZONES = ("America/Los_Angeles", "Australia/Lord_Howe", "Asia/Kolkata", "America/Santiago", "Europe/Berlin")


@pytest.fixture
def written(workspace: Workspace) -> Workspace:
    workspace.write(TEXT.format(zone="America/Los_Angeles", clock="09:00"))
    return workspace


def calendar(workspace: Workspace, *args: str) -> str:
    done = run("calendar", "env.yaml", *args, "--now", workspace.now, cwd=workspace.folder)
    assert done.code == 0, done
    return done.stdout


def test_a_shift_lasts_whenever_the_clock_shows_it(workspace: Workspace) -> None:
    """On 1 November the hour from one to two comes twice here, on 14 March that from two is none."""
    workspace.write(
        "users: {ana: {email: a@example.org}, ben: {email: b@example.org}}\nworkHours:\n"
        "  ana: [{from: 2026-10-01, days: {sat: 22:00-01:30}}]\n"
        "  ben: [{from: 2026-10-01, days: {sun: [01:30-02:30, 02:45-06:00]}}]\n"
    )

    def shifts(week: str, user: str, place: int) -> list[str]:
        data = json.loads(calendar(workspace, "--week", week, "--format", "json", "--user", user))
        found = data["people"][0]["days"][place]["shifts"]
        return [f"{each['starts'][11:16]}{each['starts'][-6:]} {each['ends'][11:16]}" for each in found]

    assert shifts("2026-10-26", "ana", 5) == ["22:00-07:00 01:30", "01:00-08:00 01:30"]
    assert shifts("2026-10-26", "ben", 6) == ["01:30-07:00 01:00", "01:30-08:00 02:30", "02:45-08:00 06:00"]
    assert shifts("2027-03-08", "ben", 6) == ["01:30-08:00 03:00", "03:00-07:00 06:00"]


@pytest.mark.parametrize(
    ("zone", "monday"), [("Pacific/Kiritimati", "2026-11-30"), ("America/Denver", "2026-11-23")]
)
def test_the_present_week_is_that_of_the_environments_zone(
    workspace: Workspace, zone: str, monday: str
) -> None:
    workspace.write(
        f"tenant: gh\ninstance: i\ntimezone: {zone}\nusers: {{ana: {{email: a@example.org}}}}\n", head=""
    )
    done = run(
        "calendar", "env.yaml", "--format", "json", "--now", "2026-11-29T12:00:00Z", cwd=workspace.folder
    )
    assert done.data["week"] == monday


def test_a_week_can_be_one_persons(written: Workspace) -> None:
    text = calendar(written, "--week", "2026-12-09", "--user", "janedoe")
    assert "\njohndoe\n" not in text
    assert "\njanedoe\n  Mon 7 Dec   –\n" in text, "nobody says when she works"
    assert "  Wed 9 Dec   –\n                15:00-16:00  Drill · janedoe\n" in text


def test_an_unknown_person_is_an_error_with_the_nearest(written: Workspace) -> None:
    done = run("calendar", "env.yaml", "--user", "janedo", cwd=written.folder)
    assert (done.code, "did you mean `janedoe`?" in done.stderr) == (1, True)


def test_a_week_as_data(written: Workspace) -> None:
    done = run("calendar", "env.yaml", "--week", "2026-12-24", "--format", "json", cwd=written.folder)
    (jane, john) = done.data["people"]
    assert (done.data["week"], jane["user"], jane["days"][0]["hours"]) == ("2026-12-21", "janedoe", None)
    assert john["days"][4]["hours"] == []


def spans(event: Any) -> tuple[datetime, datetime]:
    """Start and end as instants; of whole days as midnights without a zone."""
    start, end = event.start, event.end
    if isinstance(start, datetime):
        return start.astimezone(UTC), end.astimezone(UTC)
    return tuple(datetime(day.year, day.month, day.day, tzinfo=UTC) for day in (start, end))  # type: ignore[return-value]


@pytest.mark.parametrize("clock", ["09:00", "02:30", "23:30"])
@pytest.mark.parametrize("zone", ZONES)
def test_the_file_read_by_a_library_has_our_own_occurrences(
    zone: str, clock: str, workspace: Workspace
) -> None:
    workspace.write("horizon: 60 weeks\n" + TEXT.format(zone=zone, clock=clock))
    from reconciler.kinds.event.occurrence import Occurrence
    from reconciler.pipeline import expand, load

    now = datetime(2026, 11, 24, 12, tzinfo=UTC)
    ((_, desired),) = expand(load(str(workspace.folder / "env.yaml")), now)
    ours = sorted(
        (str(wish.fields["eventTitle"]), wish.start)
        for wish in desired
        if isinstance(wish, Occurrence) and not wish.fields.get("allDayEvent") and not wish.cancelled
        if now <= wish.start < datetime(2027, 12, 1, tzinfo=UTC)
    )
    file = Calendar.from_ical(calendar(workspace, "--format", "ics"))
    found = recurring_ical_events.of(file).between(now, datetime(2027, 12, 1, tzinfo=UTC))
    theirs = sorted(
        (str(event["SUMMARY"]), spans(event)[0])
        for event in found
        if isinstance(event.start, datetime) and event.get("STATUS") != "CANCELLED"
        if spans(event)[0] >= now
    )
    assert theirs == ours


def test_whole_days_are_dates_and_rules_stay_rules(written: Workspace) -> None:
    text = calendar(written, "--format", "ics")
    assert "DTSTART;VALUE=DATE:20270120" in text
    assert "DTEND;VALUE=DATE:20270123" in text
    assert "RRULE:FREQ=YEARLY" in text
    assert text.count("RRULE:FREQ=WEEKLY") == 1
    assert "RECURRENCE-ID;TZID=America/Los_Angeles:20270105T090000" in text


def test_a_file_can_be_one_persons_and_has_no_patients(written: Workspace) -> None:
    file = Calendar.from_ical(calendar(written, "--format", "ics", "--user", "janedoe"))
    titles = {str(event["SUMMARY"]) for event in file.walk("VEVENT")}
    assert {"Drill", "Inventory"} <= titles
    assert not titles & {"Night", "Leave"}


def test_the_same_moment_gives_the_same_file(written: Workspace) -> None:
    assert calendar(written, "--format", "ics") == calendar(written, "--format", "ics")
