"""Meetings from .ics: what is taken happens when other programs have it happen, the rest is named."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import icalendar
import pytest
import recurring_ical_events

from reconciler.model import Findings
from reconciler.pipeline import expand, load
from tests.conftest import HEAD
from tests.export.others.conftest import Import

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
UNTIL = NOW + timedelta(weeks=8)


def event(*lines: str, uid: str = "1", title: str = "Huddle", start: str = "20261201T090000") -> str:
    given = {line.partition(":")[0].partition(";")[0] for line in lines}
    usual = {
        "SUMMARY": f"SUMMARY:{title}",
        "ORGANIZER": "ORGANIZER:mailto:ann.lee@example.org",
        "DTSTART": f"DTSTART;TZID=America/Los_Angeles:{start}",
        "DURATION": "DURATION:PT30M",
    }
    if "DTEND" in given:
        del usual["DURATION"]
    own = [line for name, line in usual.items() if name not in given]
    return "\r\n".join(["BEGIN:VEVENT", f"UID:{uid}", *own, *filter(None, lines), "END:VEVENT", ""])


def calendar(*events: str) -> str:
    return "\r\n".join(
        ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//x//EN", "".join(events) + "END:VCALENDAR", ""]
    )


def test_a_series_with_all_that_is_otherwise(bring: Import) -> None:
    done = bring({"a.ics": calendar(
        event("ATTENDEE;CN=\"Roe, Bob\";PARTSTAT=ACCEPTED:MAILTO:bob@example.org",
              "ATTENDEE:mailto:ANN.LEE@example.org",
              "RRULE:FREQ=WEEKLY;BYDAY=TU,TH;UNTIL=20270401T065959Z",
              "EXDATE;TZID=America/Los_Angeles:20261224T090000,20261231T090000",
              "RDATE:20261230T190000Z", "LOCATION:Room 14\r\n 08\\, left",
              "DESCRIPTION:About Jane Roe", title="Stand-up\\, $(daily)"),
        event("RECURRENCE-ID;TZID=America/Los_Angeles:20270105T090000",
              "DTSTART;TZID=America/Los_Angeles:20270105T100000", "DURATION:PT1H30M",
              "ATTENDEE:mailto:bob@example.org", "ATTENDEE:mailto:cat@example.org", title="New year"),
        event("RECURRENCE-ID:20270107T170000Z", "STATUS:CANCELLED", start="20270107T090000"),
        event("RECURRENCE-ID:20270112T170000Z", "ATTENDEE:mailto:bob@example.org", start="20270113T090000",
              title="Stand-up\\, $(daily)"),
        event("RECURRENCE-ID:20270114T170000Z", "ORGANIZER:mailto:bob@example.org", start="20270114T090000",
              title="Stand-up\\, $(daily)"),
    )})  # fmt: skip
    assert (done.code, done.stderr) == (0, "0 periods and 1 event taken\n")
    assert done.stdout == (
        "events:\n"
        "  stand-up-daily:\n"
        "    title: Stand-up, $$(daily)\n"
        "    host: ann\n"
        "    starts: 2026-12-01T09:00\n"
        "    duration: 30m\n"
        "    repeat: {every: week, on: [tue, thu], until: 2027-03-31}\n"
        "    except: [2026-12-24, 2026-12-31]\n"
        "    also: [2026-12-30T11:00]\n"
        "    change:\n"
        "      2027-01-05: {starts: 10:00, duration: 1h30m, title: New year, "
        "participants: [bob, cat]}\n"
        "      2027-01-07: cancelled\n"
        "      2027-01-12: {starts: 2027-01-13T09:00}\n"
        "      2027-01-14: {host: bob}\n"
        "    participants: [bob]\n"
        "    location: Room 1408, left\n"
    )


def test_one_zone_by_both_of_its_names(bring: Import) -> None:
    done = bring({"a.ics": calendar(
        event("DTSTART;TZID=Eastern Standard Time:20261201T090000", "RRULE:FREQ=DAILY;COUNT=4",
              "EXDATE;TZID=America/New_York:20261202T090000",
              "RDATE;TZID=Eastern Standard Time:20261210T090000"),
        event("RECURRENCE-ID;TZID=Eastern Standard Time:20261203T090000",
              "DTSTART;TZID=Eastern Standard Time:20261203T100000"),
    )})  # fmt: skip
    assert (done.code, done.stderr) == (0, "0 periods and 1 event taken\n")
    for part in ("timezone: America/New_York", "except: [2026-12-02]", "also: [2026-12-10T09:00]",
                 "change: {2026-12-03: {starts: 10:00}}"):  # fmt: skip
        assert part in done.stdout, done


@pytest.mark.parametrize(
    ("lines", "shown"),
    [
        (("DTSTART;VALUE=DATE:20270201",), ["starts: 2027-02-01", "allDay: true", "duration: 30m"]),
        (("DTSTART:20270201T170000Z",), ["starts: 2027-02-01T09:00", "duration: 30m"]),
        (("DTSTART:20270201T090000",), ["starts: 2027-02-01T09:00", "duration: 30m"]),
        (("DTSTART;TZID=US/Pacific:20270201T090000",), ["starts: 2027-02-01T09:00", "duration: 30m"]),
        (("DTSTART;TZID=Europe/Berlin:20270201T090000",), ["duration: 30m", "timezone: Europe/Berlin"]),
        (("DTSTART;TZID=W. Europe Standard Time:20270201T090000",), ["timezone: Europe/Berlin"]),
        (("DTSTART;TZID=Pacific Standard Time:20270201T090000",), ["starts: 2027-02-01T09:00"]),
        (('DTSTART;TZID="(UTC-05:00) Eastern Time (US & Canada)":20270201T090000',),
         ["starts: 2027-02-01T09:00", "timezone: America/New_York"]),
        (("DTSTART:20270201T170000Z", "RRULE:FREQ=DAILY;COUNT=3"), ["T17:00", "timezone: UTC", "count: 3"]),
        (("DTSTART:20271107T093000Z",), ["starts: 2027-11-07T01:30", "fold: second"]),
        (("DTEND;TZID=America/Denver:20261201T113000",), ["duration: 1h30m"]),
        (("DURATION:P1DT2H",), ["duration: 1d2h"]),
        (("RRULE:FREQ=MONTHLY;BYDAY=2WE",), ["repeat: {every: month, on: wed, position: 2}"]),
        (("RRULE:FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,TU,WE",), ["{every: week, interval: 2, on: mon-wed}"]),
        (("RRULE:FREQ=MONTHLY;BYMONTHDAY=-1;COUNT=9",), ["{every: month, monthDays: -1, count: 9}"]),
        (("RRULE:FREQ=YEARLY;BYWEEKNO=20",), ["repeat: FREQ=YEARLY;BYWEEKNO=20"]),
        (("RRULE:FREQ=WEEKLY;BYDAY=MO",), ["also: [2026-12-01T09:00]"]),
    ],
)  # fmt: skip
def test_times_and_rules_as_a_person_would_write_them(
    bring: Import, lines: tuple[str, ...], shown: list[str]
) -> None:
    whole = lines[0].startswith("DTSTART;VALUE")
    done = bring({"a.ics": calendar(event(*lines, *(["DURATION:P1D"] if whole else [])))})
    assert done.code == 0, done
    for part in [part for part in shown if not (whole and part == "duration: 30m")]:
        assert part in done.stdout, done
    assert ("timezone" in done.stdout) == any("timezone" in part for part in shown)


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        (("ORGANIZER:mailto:jane.roe@example.org",), "its organizer is no user"),
        (("ATTENDEE:mailto:jane.roe@example.org",), "somebody who attends it is no user"),
        (("ATTENDEE:urn:uuid:1",), "somebody who attends it is no user"),
        (("CLASS:PRIVATE",), "private or confidential"),
        (("CLASS:CONFIDENTIAL",), "private or confidential"),
        (("CLASS:X-SECRET",), "private or confidential"),
        (("STATUS:CANCELLED",), "it is cancelled"),
        (("RRULE:FREQ=HOURLY",), "finer than a day"),
        (("RRULE:FREQ=SECONDLY;COUNT=5",), "finer than a day"),
        (("RRULE:Jane Roe",), "its rule can't be taken"),
        (("RRULE:FREQ=DAILY;UNTIL=20200101",), "its rule can't be taken: "),
        (("RRULE:FREQ=DAILY", "RRULE:FREQ=WEEKLY"), "by several rules"),
        (("DTSTART;TZID=Middle Earth Standard Time:20261201T090000",), "the time zone of DTSTART is no IANA"),
        (("DTSTART;TZID=Eastern:20261201T090000",), "the time zone of DTSTART is no IANA"),
        (("DTSTART:tomorrow",), "DTSTART is no date or time"),
        (("DTSTART:20260230T090000",), "DTSTART is no date or time of the calendar"),
        (("DTSTART:02020101T090000",), "the year of DTSTART"),
        (("DTSTART:20261201T090030",), "DTSTART has seconds"),
        (("DTEND;TZID=America/Los_Angeles:20261201T090000",), "it doesn't end after it starts"),
        (("DTEND;VALUE=DATE:20261202",), "DTEND is not as DTSTART is"),
        (("DURATION:PT0S",), "DURATION is no length of time"),
        (("DURATION:-PT5M",), "DURATION is no length of time"),
        (("DURATION:PT90S",), "DURATION is finer"),
        (("SUMMARY:",), "it has no title"),
        (("Jane Roe",), "this line of it can't be read"),
        (("RDATE;VALUE=PERIOD:20261202T090000Z/PT1H",), "RDATE lists periods"),
    ],
)  # fmt: skip
def test_what_cannot_be_taken_is_named_by_line_and_uid_and_nothing_of_it_is_told(
    bring: Import, lines: tuple[str, ...], reason: str
) -> None:
    secret = () if lines[0].startswith("SUMMARY") else ("SUMMARY:Jane Roe's talk",)
    text = calendar(event(*lines, *secret, uid="one"), event(uid="two"))
    done = bring({"a.ics": text}, "--format", "json")
    assert done.code == 3, done
    assert done.data["taken"] == {"periods": 0, "events": 1}
    (skipped,) = done.data["skipped"]
    assert (skipped["file"], skipped["uid"]) == ("a.ics", "one")
    assert reason in skipped["reason"]
    assert 4 <= skipped["line"] <= 11
    assert "roe" not in (done.stdout + done.stderr).lower()


def test_a_date_that_cannot_be_taken_is_left_out_of_its_series(bring: Import) -> None:
    done = bring({"a.ics": calendar(
        event("RRULE:FREQ=DAILY;COUNT=9"),
        event("RECURRENCE-ID:20261203T170000Z", "ATTENDEE:mailto:jane.roe@example.org", title="Jane"),
        event("RECURRENCE-ID:20261204T170000Z", "CLASS:PRIVATE"),
        event("RECURRENCE-ID:20261224T170000Z", title="Never"),
        event("RECURRENCE-ID;RANGE=THISANDFUTURE:20261205T170000Z", title="From here on"),
    )})  # fmt: skip
    assert done.code == 3
    assert "except: [2026-12-03, 2026-12-04]\n" in done.stdout and "change" not in done.stdout
    assert [line.partition(": ")[2] for line in done.stderr.splitlines()[:-1]] == [
        "somebody who attends it is no user whom the environment declares, and may be a patient",
        "it is private or confidential (CLASS)",
        "its series gives no such date",
        "it changes all dates from one on: write that with `from`",
    ]


def test_of_two_versions_the_later_is_taken(bring: Import) -> None:
    text = calendar(event("SEQUENCE:2", title="New"), event("SEQUENCE:1", title="Old"))
    done = bring({"a.ics": text})
    assert done.code == 3 and "title: New" in done.stdout and "Old" not in done.stdout
    assert "a later version of this event is in the file" in done.stderr


def test_who_hosts_events_without_an_organizer(bring: Import) -> None:
    text = calendar(event("ORGANIZER;X=1:").replace("ORGANIZER;X=1:\r\n", ""))
    assert "--host names who is to host" in bring({"a.ics": text}).stderr
    done = bring({"a.ics": text}, "--host", "BOB@example.org")
    assert done.code == 0 and "host: bob" in done.stdout
    done = bring({"a.ics": text}, "--host", "dan")
    assert done.code == 1 and "no user whom env.yaml declares" in done.stderr


def test_rooms_are_no_people(bring: Import) -> None:
    done = bring({"a.ics": calendar(event("ATTENDEE;CUTYPE=ROOM:mailto:room@example.org"))})
    assert done.code == 0 and "a room or resource that attends is not taken" in done.stderr


def some_events(draw: random.Random) -> Iterator[str]:
    """Series as programs write them: rules, exceptions, further dates, moved and cancelled ones."""
    for number in range(8):
        start = datetime(2026, 11, 25) + timedelta(days=draw.randrange(14), hours=draw.randrange(6, 20))
        zone = draw.choice(("America/Los_Angeles", "America/New_York", "Europe/Berlin"))
        days = ",".join(sorted({draw.choice(("MO", "TU", "WE", "TH", "FR")) for _ in range(2)}))
        rule = draw.choice((
            f"FREQ=DAILY;COUNT={draw.randint(2, 30)}", f"FREQ=WEEKLY;BYDAY={days}",
            f"FREQ=WEEKLY;INTERVAL=2;BYDAY={days};UNTIL=20270110T235959Z", "FREQ=MONTHLY;BYDAY=2WE",
            "FREQ=MONTHLY;BYMONTHDAY=-1,1",
            f"FREQ=DAILY;INTERVAL=3;UNTIL={start + timedelta(days=20):%Y%m%d}",
        ))  # fmt: skip
        head = f"DTSTART;TZID={zone}:{start:%Y%m%dT%H%M%S}"
        given = [
            found.start
            for found in recurring_ical_events.of(
                icalendar.Calendar.from_ical(calendar(event(head, f"RRULE:{rule}", uid="x")))
            ).between(NOW, UNTIL)
        ]
        lines, others = [], []
        for at in draw.sample(given, min(len(given), 3)):
            name = f"{at.astimezone(UTC):%Y%m%dT%H%M%SZ}"
            kind = draw.choice(("except", "move", "cancel", "keep"))
            if kind == "except":
                lines.append(f"EXDATE:{name}")
            elif kind == "move":
                there = (at + timedelta(hours=draw.choice((1, 2, 24)))).astimezone(UTC)
                moved = (f"DTSTART:{there:%Y%m%dT%H%M%SZ}", "DURATION:PT45M")
                others.append(event(f"RECURRENCE-ID:{name}", *moved, uid=str(number), title=f"T{number}"))
            elif kind == "cancel":
                others.append(event(f"RECURRENCE-ID:{name}", "STATUS:CANCELLED", f"DTSTART:{name}",
                                    uid=str(number), title=f"T{number}"))  # fmt: skip
        if draw.random() < 0.3:
            also = datetime.combine(date(2026, 12, draw.randint(1, 28)), time(21, 5))
            lines.append(f"RDATE;TZID={zone}:{also:%Y%m%dT%H%M%S}")
        yield event(head, f"RRULE:{rule}", *lines, uid=str(number), title=f"T{number}")
        yield from others


@pytest.mark.parametrize("seed", range(12))
def test_what_is_taken_takes_place_when_another_reader_of_calendars_has_it(
    bring: Import, tmp_path: Path, seed: int
) -> None:
    text = calendar(*some_events(random.Random(seed)))
    done = bring({"a.ics": text}, "--to", str(tmp_path / "taken.yaml"))
    assert done.code == 0, done
    (tmp_path / "env.yaml").write_text(
        HEAD + "include: [taken.yaml]\n" + (tmp_path / "env.yaml").read_text()[len(HEAD) :]
    )
    (loaded,) = load(str(tmp_path / "env.yaml"))
    (wishes,) = expand([loaded], NOW)
    assert isinstance(loaded.findings, Findings) and not loaded.findings.errors
    found = {
        (each.fields["eventTitle"], each.fields["startDateTime"], each.fields["endDateTime"])
        for each in wishes.desired
        if each.key.kind == "event" and not getattr(each, "cancelled", False)
        and each.fields["startDateTime"] < stamp(UNTIL)
    }  # fmt: skip
    expected = {
        (str(each["SUMMARY"]), stamp(each.start), stamp(each.end))
        for each in recurring_ical_events.of(icalendar.Calendar.from_ical(text)).between(NOW, UNTIL)
        if each.get("STATUS") != "CANCELLED"
    }
    assert found == expected


def stamp(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%S}.000Z"
