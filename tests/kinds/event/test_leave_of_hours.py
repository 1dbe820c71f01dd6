"""Leave for a part of the day, with a title and a reason: entered, moved, cut short, told, beside nights."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import icalendar
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reconciler.dates.absence import absence_of
from tests.conftest import HEAD, Workspace
from tests.support.service import JSON, Service

USERS = "prune: true\nusers: {ann: {email: ann@example.org, timezone: America/New_York}}\n"
NIGHTS = "workHours: {ann: [{from: 2026-12-01, days: {mon-sun: 22:00-06:00}}]}\n"


def leave(*entries: str) -> str:
    return f"leave: {{ann: [{', '.join(entries)}]}}\n"


def applied(workspace: Workspace, service: Service, *entries: str) -> list[str]:
    """What applying writes to events; planning again finds nothing to do."""
    workspace.at(service).write(USERS + leave(*entries))
    service.forget()
    workspace.apply()
    workspace.settled()
    return [call.method for call in service.writes() if "/events" in call.path]


def there(service: Service) -> list[tuple[str, str, str]]:
    """Title, start and end of what is not cancelled, by the clock of New York."""
    return [
        (event["eventTitle"], *(clock(event[name]) for name in ("startDateTime", "endDateTime")))
        for event in service.events()
        if event["eventStatus"] != "CANCELLED"
    ]


def clock(text: str) -> str:
    return f"{datetime.fromisoformat(text).astimezone(ZoneInfo('America/New_York')):%m-%d %H:%M}"


def keys(workspace: Workspace) -> list[str]:
    return [change["key"] for change in workspace.plan().plan if change["kind"] == "event"]


def warned(workspace: Workspace, text: str) -> list[str]:
    workspace.write(text)
    done = workspace.run("validate")
    assert done.code == 0, done
    return [line for line in done.stderr.splitlines() if "cuts the night" in line]


@pytest.mark.both
def test_hours_of_each_date_are_an_event_each_and_settle(
    workspace: Workspace, service: Service, profile: str
) -> None:
    entries = (
        "{on: [2027-02-11, 2027-02-15..2027-02-16], between: 13:00-17:00, title: Dentist}",
        "{from: 2027-02-20, to: 2027-02-21, title: Away}",
        "{on: 2027-02-11, between: 22:00-06:00, reason: Concert}",
        "2027-03-01..2027-03-02",
    )
    workspace.at(service).write(USERS + leave(*entries))
    assert keys(workspace) == [
        f"event/leave-ann@2027-{day}" for day in ("02-11", "02-11T22:00", "02-15", "02-16", "02-20", "03-01")
    ]
    assert applied(workspace, service, *entries) == ["POST"] * 6
    assert there(service) == [
        ("Dentist", "02-11 13:00", "02-11 17:00"),
        ("Leave", "02-11 22:00", "02-12 06:00"),
        ("Dentist", "02-15 13:00", "02-15 17:00"),
        ("Dentist", "02-16 13:00", "02-16 17:00"),
        ("Away", "02-20 00:00", "02-21 23:59"),
        ("Leave", "03-01 00:00", "03-02 23:59"),
    ]
    events = service.events()
    assert {event["eventType"] for event in events} == {"LEAVE"}
    assert "Concert" not in str(events)
    if profile == "live":
        assert [event["allDayEvent"] for event in events] == [False] * 4 + [True] * 2


def test_what_stands_first_that_day_has_the_plain_name_whatever_the_order(workspace: Workspace) -> None:
    morning, noon = "{on: 2027-02-11, between: 08:00-10:00}", "{on: 2027-02-11, between: 13:00-15:00}"
    for entries in ((morning, noon), (noon, morning)):
        workspace.write(USERS + leave(*entries))
        done = workspace.run("calendar", "--format", "ics")
        events = icalendar.Calendar.from_ical(done.stdout).walk("VEVENT")
        found = {str(event["uid"]): event["dtstart"].dt.hour for event in events}
        assert found == {"staffing/leave-ann@2027-02-11": 8, "staffing/leave-ann@2027-02-11T13:00": 13}


def test_a_calendar_file_has_hours_and_days_as_they_are(workspace: Workspace) -> None:
    workspace.write(USERS + leave("{on: 2027-02-11, between: 22:00-06:00, title: Night off}", "2027-03-01"))
    done = workspace.run("calendar", "--format", "ics")
    events = icalendar.Calendar.from_ical(done.stdout).walk("VEVENT")
    night, day = sorted(events, key=lambda event: str(event["dtstart"].dt))
    assert (str(night["summary"]), night["dtstart"].dt.hour, night["dtend"].dt.hour) == ("Night off", 22, 6)
    assert (day["dtstart"].dt, day["dtend"].dt) == (date(2027, 3, 1), date(2027, 3, 2))


def test_edits_are_one_write_each_and_answers_stay(workspace: Workspace, service: Service) -> None:
    applied(workspace, service, "{on: 2027-02-11, between: 13:00-17:00}")
    (was,) = service.events()
    later = "{on: 2027-02-12, between: 14:00-18:00, title: Dentist}"
    assert applied(workspace, service, later) == ["PATCH"]
    assert there(service) == [("Dentist", "02-12 14:00", "02-12 18:00")]
    assert service.events()[0]["id"] == was["id"]
    assert applied(workspace, service, "2027-02-12") == ["PATCH"]
    assert service.events()[0]["allDayEvent"] is True
    assert applied(workspace, service, "{on: 2027-02-12, between: 06:00-24:00}") == ["PATCH"]
    assert service.events()[0]["allDayEvent"] is False
    assert applied(workspace, service, "2027-12-24", "{on: 2027-02-12, between: 06:00-24:00}") == ["POST"]
    assert applied(workspace, service, "2027-12-24") == ["DELETE"]


def now(workspace: Workspace, service: Service, instant: str) -> None:
    service.at(instant)
    workspace.now = instant


def test_hours_that_have_begun_are_entered_changed_and_kept_as_days_are(
    workspace: Workspace, service: Service
) -> None:
    now(workspace, service, "2027-02-11T19:00:00Z")  # 14:00 in New York
    assert applied(workspace, service, "{on: 2027-02-11, between: 13:00-17:00}") == ["POST"]
    assert applied(workspace, service, "{on: 2027-02-11, between: 13:00-15:30}") == ["PATCH"]
    assert applied(workspace, service, "{on: 2027-02-11, between: 12:00-16:00}") == ["PATCH"]
    assert there(service) == [("Leave", "02-11 13:00", "02-11 16:00")]
    assert applied(workspace, service, "2027-03-01") == ["POST"]
    assert there(service)[0] == ("Leave", "02-11 13:00", "02-11 16:00")
    said = workspace.run("plan").stdout
    assert "leave-ann@2027-02-11 has begun and stays until 2027-02-11 16:00" in said
    assert "declare it as {on: 2027-02-11, between: 13:00-TIME}" in said
    now(workspace, service, "2027-02-11T22:00:00Z")
    assert applied(workspace, service, "{on: 2027-02-11, between: 08:00-10:00}", "2027-03-01") == []


def test_a_day_that_has_begun_becomes_hours_still_to_come(workspace: Workspace, service: Service) -> None:
    now(workspace, service, "2027-02-11T15:00:00Z")  # 10:00
    applied(workspace, service, "2027-02-11")
    assert applied(workspace, service, "{on: 2027-02-11, between: 13:00-17:00}") == ["PATCH"]
    assert there(service) == [("Leave", "02-11 13:00", "02-11 17:00")]


def test_drift_of_hours_is_seen_and_put_right(workspace: Workspace, service: Service) -> None:
    applied(workspace, service, "{on: 2027-02-11, between: 13:00-17:00}")
    (event,) = service.events()
    moved = {"startDateTime": "2027-02-11T20:00:00.000Z", "endDateTime": "2027-02-11T23:00:00.000Z"}
    service.change_event(event, **moved)
    done = workspace.run("drift")
    assert done.code == 2
    assert "on leave Thu 11 Feb 2027 12:00-15:00 → Thu 11 Feb 2027 10:00-14:00" in done.stdout
    workspace.apply()
    assert there(service) == [("Leave", "02-11 13:00", "02-11 17:00")]


def test_it_is_told_with_its_hours_and_its_own_title(workspace: Workspace, service: Service) -> None:
    entry = "{on: 2027-02-11, between: 16:00-18:00, title: Dentist}"
    workspace.at(service).write(USERS + leave(entry))
    assert "event/leave-ann  on leave Thu 11 Feb 2027 13:00-15:00 (“Dentist”)" in workspace.run("plan").stdout
    applied(workspace, service, entry, "{from: 2027-03-01, to: 2027-03-02, title: Away}")
    workspace.write(USERS + leave("2027-12-24"))
    told = workspace.run("plan").stdout
    assert "Leave of 1 person changes." in told
    assert "on leave Mon 1 Mar – Tue 2 Mar 2027 (“Away”) → Fri 24 Dec 2027" in told
    assert "no leave Thu 11 Feb 2027 13:00-15:00 (“Dentist”)" in told


def test_who_leaves_works_no_leave_after_the_last_day_and_keeps_the_night_of_it_whole(
    workspace: Workspace, service: Service
) -> None:
    entries = ("{on: 2027-02-10..2027-02-12, between: 22:00-06:00}",)
    applied(workspace, service, *entries)
    gone = USERS.replace("New_York", "New_York, ensure: departed, lastDay: 2027-02-11")
    workspace.write(gone + leave(*entries))
    workspace.apply("--allow", "deletes=9", "--allow", "deletePercent=100")
    assert there(service) == [
        ("Leave", "02-10 22:00", "02-11 06:00"),
        ("Leave", "02-11 22:00", "02-12 06:00"),
    ]


def test_an_appointment_in_its_hours_is_stranded_and_one_beside_it_is_not(
    workspace: Workspace, service: Service
) -> None:
    base = USERS + "workHours: {ann: [{from: 2026-12-01, days: {mon-fri: 09:00-17:00}}]}\n"
    workspace.at(service).write(base)
    workspace.apply()
    patient = {"participantId": service.patient("P-1"), "participantRole": "patient"}
    ids = [
        service.event("ann", f"2027-01-14T{hour}:00:00.000Z", f"2027-01-14T{hour}:30:00.000Z",
                      eventTitle="Visit", participants=[patient])["id"]
        for hour in (15, 19)
    ]  # fmt: skip
    workspace.write(base + leave("{on: 2027-01-14, between: 13:00-17:00}"))
    impact = workspace.plan().data["impact"]
    assert [(lost["eventId"], lost["reasons"]) for lost in impact["stranded"]] == [(ids[1], ["leave"])]
    (person,) = impact["hours"]["people"]
    sides = [(week["before"], week["after"]) for week in person["weeks"]]
    assert [each for each in sides if each[0] != each[1]] == [(40, 36)]


def test_the_calendar_shows_it_and_nobody_is_on_duty_then(workspace: Workspace) -> None:
    base = USERS + "workHours: {ann: [{from: 2026-12-01, days: {mon-fri: 09:00-17:00}}]}\n"
    workspace.write(base + leave("{on: 2027-02-11, between: 13:00-17:00}", "2027-02-12"))
    workspace.now = "2027-02-11T17:00:00Z"
    done = workspace.run("calendar")
    assert re.search(r"ann +9-17 +9-17 +9-17 +9-17\* +leave", done.stdout)
    assert "* leave thu 13:00-17:00: ann" in done.stdout


@pytest.mark.parametrize(
    ("entries", "place", "said"),
    [
        (
            ("2027-02-08..2027-02-12", "{on: 2027-02-11, between: 13:00-17:00}"),
            "8:44",
            "`2027-02-11 13:00-17:00` overlaps another leave: leave one of the two out, or write other hours",
        ),
        (
            ("{on: 2027-02-11, between: 13:00-17:00}", "{on: 2027-02-11, between: 16:00-18:00}"),
            "8:60",
            "`2027-02-11 16:00-18:00` overlaps another leave",
        ),
        (
            ("{on: 2027-02-11, between: 22:00-06:00}", "2027-02-12"),
            "8:55",
            "`2027-02-12` overlaps another leave: leave one of the two out, or write other hours",
        ),
        (
            ("{from: 2027-02-08, to: 2027-02-12}", "{on: [2027-03-01, 2027-02-12]}"),
            "8:69",
            "`2027-02-12` overlaps another leave: write one range",
        ),
        (
            ("{on: 2027-02-11, between: 09:00-10:00}", "{on: 2027-02-11, between: 09:00-14:00}"),
            "8:60",
            "`2027-02-11 09:00-14:00` overlaps another leave",
        ),
    ],
)
def test_what_overlaps_in_time_is_an_error(
    workspace: Workspace, entries: tuple[str, ...], place: str, said: str
) -> None:
    workspace.write(USERS + leave(*entries))
    done = workspace.run("validate")
    assert (done.code, f"env.yaml:{place}: {said}" in done.stderr) == (1, True), done
    assert len(done.stderr.splitlines()) == 1, done


def test_hours_that_touch_are_two_leaves(workspace: Workspace) -> None:
    workspace.write(
        USERS
        + leave(
            "{on: 2027-02-11, between: 08:00-12:00}",
            "{on: 2027-02-11, between: 12:00-24:00}",
            "2027-02-12",
            "{on: 2027-02-13, between: 00:00-06:00}",
        )
    )
    assert workspace.run("validate").code == 0


# Nights.


def test_a_night_that_a_leave_cuts_is_named_with_what_to_write(workspace: Workspace) -> None:
    (begins, ends) = warned(workspace, USERS + NIGHTS + leave("2027-02-11"))
    assert "env.yaml:9:" in begins
    assert (
        "this leave cuts the night of 2027-02-10, 22:00-06:00, at midnight: "
        "to have it worked to its end, write `{on: 2027-02-11, between: 06:00-24:00}`"
    ) in begins
    assert (
        "this leave cuts the night of 2027-02-11, 22:00-06:00, at midnight: to be off for all of it, add "
        "`{on: 2027-02-12, between: 00:00-06:00}`"
    ) in ends


@pytest.mark.parametrize("last", ["2027-02-11", "2027-02-12", "2027-02-20"])
@pytest.mark.parametrize("form", ["{first}..{last}", "{{from: {first}, to: {last}, title: Away}}"])
def test_what_the_warnings_say_to_write_is_taken_and_leaves_none(
    workspace: Workspace, last: str, form: str
) -> None:
    said = warned(workspace, USERS + NIGHTS + leave(form.format(first="2027-02-11", last=last)))
    written = [entry for line in said for entry in re.findall("`([^`]*)`", line)]
    assert warned(workspace, USERS + NIGHTS + leave(*written)) == []


@pytest.mark.parametrize(
    "entries",
    [
        ("{on: 2027-02-10, between: 22:00-24:00}", "2027-02-11", "{on: 2027-02-12, between: 00:00-06:00}"),
        ("{on: 2027-02-11, between: 06:00-24:00}",),
        ("{on: 2027-02-11, between: 13:00-17:00}",),
        ("{on: 2026-11-10}",),
    ],
)
def test_a_night_that_is_off_as_a_whole_or_worked_as_a_whole_is_not_cut(
    workspace: Workspace, entries: tuple[str, ...]
) -> None:
    assert warned(workspace, USERS + NIGHTS + leave(*entries)) == []


def test_an_override_that_takes_the_night_away_leaves_nothing_to_cut(workspace: Workspace) -> None:
    off = "{override: Off, from: 2027-02-10, to: 2027-02-11, days: off}"
    nights = NIGHTS.replace("}}]}", f"}}}}, {off}]}}")
    assert warned(workspace, USERS + nights + leave("2027-02-11")) == []


# What it may be.


@pytest.mark.parametrize(
    ("entry", "column", "said"),
    [
        (
            "2027-02-11T12:00..16:00",
            0,
            "`2027-02-11T12:00..16:00`: leave for a part of the day is written "
            "{on: 2027-02-11, between: 12:00-16:00}",
        ),
        ("2027-02-11 12:00-16:00", 0, "is written {on: 2027-02-11, between: 12:00-16:00}"),
        ("2027-02-11T22:00..2027-02-12T06:00", 0, "is written {on: 2027-02-11, between: 22:00-06:00}"),
        (
            "2027-02-11T12:00..2027-02-14T16:00",
            0,
            "is written {on: 2027-02-11, between: 12:00-24:00}, 2027-02-12..2027-02-13, "
            "{on: 2027-02-14, between: 00:00-16:00}",
        ),
        ("2027-02-11T12:00", 0, "is written {on: 2027-02-11, between: 12:00-24:00}"),
        ("2027-02-31T12:00..16:00", 0, "`2027-02-31T12:00` is not a date"),
        ("2027-02-11T16:00..16:00", 0, "`2027-02-11T16:00` is not a date"),
        ("{between: 13:00-17:00}", -1, "one of `on`, `from` is missing"),
        ("{from: 2027-02-11}", -1, "`to` is missing"),
        ("{to: 2027-02-11, title: A}", -1, "`from` is missing"),
        ("{on: 2027-02-11, from: 2027-02-11, to: 2027-02-12}", -1, "`on`, `from` exclude each other"),
        ("{from: 2027-02-12, to: 2027-02-11}", 23, "`to` (2027-02-11) is before `from` (2027-02-12)"),
        ("{on: 2027-02-11, betwen: 13:00-17:00}", 17, "unknown key `betwen`; did you mean `between`?"),
        ("{on: 2027-02-11, sickness: Flu}", 17, "unknown key `sickness`; leave is {on: 2027-02-11}, or"),
        ("{on: 2027-02-11, between: 1-5}", 26, "`1-5` is not a range of hours: write 13:00-17:00"),
        ("{on: 2027-02-11, between: [13:00-17:00]}", 26, "expected text, found a list"),
        ("{on: 2027-02-11, title: ''}", 24, "an empty text"),
        ("{on: 2027-02-11, title: [A]}", 24, "expected text, found a list"),
        ("{on: []}", 5, "an empty list"),
        ("{on: [2027-02-11, 2027-02-11]}", 18, "`2027-02-11` stands here twice"),
        ("{on: {2027-02-11: A}}", 5, "expected text or a list, found a mapping"),
        ("{from: soon, to: 2027-02-12}", 7, "`soon` is not a date: write year-month-day"),
        ("{from: 2027-02-11, to: 2027-02-31}", 23, "`2027-02-31` is no day of the calendar"),
        ("{from: [2027-02-11], to: 2027-02-12}", 7, "expected text, found a list"),
        ("{from: 2027-02-11, to: {a: b}}", 23, "expected text, found a mapping"),
        ("{on: 2027-02-11, reason: [A]}", 25, "expected text, found a list"),
        ("{on: soon}", 5, "`soon` is not a date or range"),
        ("[2027-02-11]", 0, "expected text or a mapping (`key: value`), found a list"),
    ],
)
def test_what_is_no_leave_is_told_at_its_place(
    workspace: Workspace, entry: str, column: int, said: str
) -> None:
    workspace.write(USERS + leave(entry))
    done = workspace.run("validate")
    line = (HEAD + USERS).count("\n") + 1
    place = f"env.yaml:{line}:{15 + column if column >= 0 else 15}: "
    found = [text for text in done.stderr.splitlines() if text.startswith(place)]
    assert (done.code, any(said in text for text in found)) == (1, True), done


@given(
    first=st.dates(date(2027, 1, 1), date(2027, 12, 20)),
    length=st.integers(0, 5),
    clocks=st.tuples(st.integers(0, 95), st.integers(0, 95)).filter(lambda pair: pair[0] != pair[1]),
    form=st.sampled_from(("{d}T{a}..{b}", "{d} {a}-{b}", "{d}T{a}..{e}T{b}", "{d} {a} to {e} {b}")),
)
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_is_said_to_be_written_is_taken(
    workspace: Workspace, first: date, length: int, clocks: tuple[int, int], form: str
) -> None:
    a, b = (f"{quarter // 4:02}:{quarter % 4 * 15:02}" for quarter in clocks)
    text = form.format(d=first, e=first + timedelta(days=length), a=a, b=b)
    with pytest.raises(ValueError, match=r"is not a date|is written|ends before") as refused:
        absence_of(text)
    _, found, written = str(refused.value).partition(" is written ")
    assert found or (length == 0 and clocks[0] > clocks[1] and "{e}" in form)
    if found:
        workspace.write(USERS + leave(written))
        assert workspace.run("validate").code == 0


@pytest.mark.parametrize(
    ("day", "between", "utc"),
    [
        ("2027-03-14", "01:00-04:00", ("06:00", "08:00")),  # an hour less
        ("2027-03-14", "02:30-04:00", ("07:00", "08:00")),  # the clock is put forward from two to three
        ("2027-03-14", "01:00-02:30", ("06:00", "07:00")),
        ("2027-11-07", "00:00-01:30", ("04:00", "06:30")),  # an hour is shown twice
        ("2027-11-07", "01:30-04:00", ("05:30", "09:00")),
    ],
)
def test_over_a_change_of_clocks_it_is_whenever_the_clock_shows_it(
    workspace: Workspace, service: Service, day: str, between: str, utc: tuple[str, str]
) -> None:
    applied(workspace, service, f"{{on: {day}, between: {between}}}")
    (event,) = service.events()
    assert tuple(times(event)) == utc


def times(event: JSON) -> list[str]:
    return [event[name][11:16] for name in ("startDateTime", "endDateTime")]


def test_hours_that_no_clock_shows_are_an_error(workspace: Workspace) -> None:
    workspace.write(USERS + leave("{on: 2027-03-14, between: 02:00-03:00}"))
    done = workspace.run("validate")
    assert done.code == 1
    assert "2027-03-14 has no 02:00-03:00 in America/New_York" in done.stderr


def test_a_single_mapping_needs_no_list(workspace: Workspace) -> None:
    workspace.write(USERS + "leave: {ann: {on: 2027-02-11, between: 13:00-17:00}}\n")
    assert workspace.run("validate").code == 0


Entry = tuple[str, int, int, tuple[int, int] | None]  # form, first day, last day, hours in quarters


@st.composite
def entries(draw: st.DrawFn) -> list[Entry]:
    """Leaves from a Friday on around a change of clocks, apart from each other by days."""
    found, day = list[Entry](), 0
    for _ in range(draw(st.integers(1, 4))):
        first = day + draw(st.integers(0, 2))
        last = first + draw(st.integers(0, 2))
        hours = draw(st.none() | st.tuples(st.integers(0, 95), st.integers(1, 90)))
        found.append((draw(st.sampled_from(("text", "on", "from"))), first, last, hours))
        day = last + 2
    return found


def as_written(entry: Entry, first: date) -> str:
    form, begin, end, hours = entry
    a, b = (first + timedelta(days=step) for step in (begin, end))
    between = ""
    if hours:
        quarters = hours[0], sum(hours) % 96
        between = ", between: {}-{}".format(*(f"{each // 4:02}:{each % 4 * 15:02}" for each in quarters))
    if form == "from":
        return f"{{from: {a}, to: {b}{between}}}"
    return f"{a}..{b}" if form == "text" and not hours else f"{{on: {a}..{b}{between}}}"


def is_away(wall: datetime, written: list[Entry], first: date) -> bool:
    """Whether a clock that shows this is within a leave: date by date, each hour of the clock by itself."""
    for _, begin, end, hours in written:
        for step in range(begin, end + 1):
            start, length = hours or (0, 96)
            begins = datetime.combine(first + timedelta(days=step), datetime.min.time()) + start * QUARTER
            if begins <= wall < begins + length * QUARTER:
                return True
    return False


QUARTER, HOUR = timedelta(minutes=15), timedelta(hours=1)


@given(
    written=entries(),
    zone=st.sampled_from(("America/New_York", "Europe/Berlin", "Asia/Kolkata", "Australia/Lord_Howe")),
    first=st.sampled_from((date(2027, 3, 12), date(2027, 3, 26), date(2027, 4, 2), date(2027, 10, 29))),
)
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_leave_is_whenever_the_clock_of_the_person_says_so(
    workspace: Workspace, written: list[Entry], zone: str, first: date
) -> None:
    texts = [as_written(each, first) for each in written]
    workspace.write(USERS.replace("America/New_York", zone) + leave(*texts))
    done = workspace.run("calendar", "--format", "ics")
    if "are put forward" in done.stderr:
        return  # a clock that never shows these hours
    assert done.code == 0, done
    there = ZoneInfo(zone)
    spans = [
        tuple(instant_of(event[name].dt, there) for name in ("dtstart", "dtend"))
        for event in icalendar.Calendar.from_ical(done.stdout).walk("VEVENT")
    ]
    instant = datetime.combine(first, datetime.min.time(), UTC) - timedelta(days=2)
    for step in range(24 * 96):
        moment = instant + step * QUARTER
        told = any(start <= moment < end for start, end in spans)
        wall = moment.astimezone(there).replace(tzinfo=None)
        twice = moment.astimezone(there).utcoffset() != (moment + 2 * HOUR).astimezone(there).utcoffset()
        # One event has one beginning and one end: where an hour comes twice, all that lies between.
        assert told == is_away(wall, written, first) or (told and twice), (moment, wall, texts)


def instant_of(when: date | datetime, zone: ZoneInfo) -> datetime:
    moment = when if isinstance(when, datetime) else datetime.combine(when, datetime.min.time(), zone)
    return moment.astimezone(UTC)
