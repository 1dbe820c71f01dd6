"""Series that change from a date on, and hosts in turn: against a reading of them date by date."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from zoneinfo import ZoneInfo

import recurring_ical_events
from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar as Ical

from reconciler.kinds.event.occurrence import Occurrence
from reconciler.report.ics import ics_of
from tests.support import oracle
from tests.support.calendar import NAMES, Calendar
from tests.support.examples import examples
from tests.support.series import held

NOW = datetime(2026, 10, 10, 12, tzinfo=UTC)  # before clocks are put back, and half a year before forward
ZONES = ("America/Los_Angeles", "Europe/Berlin", "Australia/Lord_Howe", "Pacific/Chatham")
CLOCKS = (time(0, 30), time(2, 30), time(9), time(16, 45), time(23, 30))

weekdays = st.sets(st.sampled_from(oracle.CODES), min_size=1, max_size=3).map(lambda days: ",".join(days))
rules = st.one_of(
    st.builds("FREQ=WEEKLY;BYDAY={};INTERVAL={}".format, weekdays, st.integers(1, 3)),
    st.builds("FREQ=DAILY;INTERVAL={}".format, st.integers(1, 9)),
    st.builds("FREQ=MONTHLY;BYMONTHDAY={}".format, st.integers(1, 31)),
    st.builds("FREQ=MONTHLY;BYDAY={}{}".format, st.sampled_from((1, 2, -1)), st.sampled_from(oracle.CODES)),
)
people = st.sampled_from(NAMES)
hosts = st.lists(people, min_size=1, max_size=4)


def dates(first: int, last: int) -> st.SearchStrategy[date]:
    return st.integers(first, last).map(lambda days: (NOW + timedelta(days=days)).date())


ends = st.one_of(
    st.just(""),
    st.integers(1, 60).map("COUNT={}".format),
    dates(-60, 120).map("UNTIL={:%Y%m%d}".format),
)
keys: dict[str, st.SearchStrategy[Any]] = {
    "title": st.sampled_from(("Round", "Board")),
    "timezone": st.sampled_from(ZONES),
    "duration": st.sampled_from((timedelta(minutes=30), timedelta(hours=8))),
}
entries = st.fixed_dictionaries(
    {},
    optional=keys
    | {
        "starts": st.sampled_from(CLOCKS),
        "repeat": st.builds(lambda rule, end: f"{rule};{end}".strip(";"), rules, ends),
        "who": st.one_of(people, hosts),
    },
)
changes = st.one_of(
    st.just("cancelled"),
    st.fixed_dictionaries(
        {"title": st.just("Otherwise")},
        optional={"starts": st.sampled_from(CLOCKS), "host": people, "duration": keys["duration"]},
    ),
)


@st.composite
def series(draw: st.DrawFn, long_ago: int = 90) -> dict[str, Any]:
    """A series that started some time ago, in the words of `tests.support.series`."""
    said = draw(st.fixed_dictionaries(keys))
    start = draw(dates(-long_ago, 30))
    said["starts"] = datetime.combine(start, draw(st.sampled_from(CLOCKS)))
    if draw(st.integers(0, 5)):  # else it takes place once
        said["repeat"] = f"{draw(rules)};{draw(ends)}".strip(";")
    said |= who(draw(st.one_of(people, hosts)))
    if "hosts" in said and draw(st.booleans()):
        said["turn"] = "week"
    days = draw(st.sets(st.integers(1, long_ago + 60), max_size=4))
    said["from"] = {}
    for day in sorted(days):
        entry = draw(entries)
        entry |= who(entry.pop("who")) if "who" in entry else {}
        if entry:
            said["from"][str(start + timedelta(days=day))] = entry
    given = [each.name for each in held(said, datetime(2027, 5, 1))]
    picked = st.sets(st.sampled_from(given), max_size=3) if given else st.just(set[str]())
    said["except"] = sorted(draw(picked))
    said["change"] = {day: draw(changes) for day in sorted(draw(picked))}
    return said


def who(said: str | list[str]) -> dict[str, Any]:
    return {"host": said} if isinstance(said, str) else {"hosts": said}


def written(value: Any) -> str:
    """A value as a manifest has it."""
    match value:
        case dict():
            return f"{{{', '.join(f'{key}: {written(each)}' for key, each in value.items())}}}"
        case list():
            return f"[{', '.join(map(written, value))}]"
        case datetime():
            return f"{value:%Y-%m-%dT%H:%M}"
        case time():
            return f"{value:%H:%M}"
        case timedelta():
            return f"{value // timedelta(minutes=1)}m"
        case _:
            return f'"{value}"' if "=" in value else value


closures = st.lists(
    st.tuples(dates(-10, 200), st.integers(0, 20), st.sets(people, max_size=3)), min_size=1, max_size=4
)


def manifest(said: dict[str, Any], horizon: int = 5, **more: str) -> str:
    kept = {key: value for key, value in said.items() if value or key not in ("from", "change", "except")}
    return f"horizon: {horizon} weeks\nprune: true\nevents:\n  round: {written(kept | more)}\n"


def sound(calendar: Calendar, text: str, now: datetime) -> bool:
    """Whether a random manifest means anything: a rule never comes, a change lies in a gap of the clocks."""
    try:
        calendar.wishes(text, now)
    except AssertionError as error:
        assert any(each in str(error) for each in ("never gives", "is before the first", "does not exist"))
        return False
    return True


def expected(
    said: dict[str, Any], until: datetime, *closed: Callable[[date, str], bool]
) -> dict[str, tuple[datetime, timedelta, str, str]]:
    """What the reading says: by name, when it starts, how long it takes, its title and its host."""
    found = {}
    for each in held(said, until, *closed):
        start = oracle.instant(each.wall, ZoneInfo(each.says["timezone"]))
        found[each.name] = start, each.says["duration"], each.says["title"], each.host
    return found


def read(calendar: Calendar, text: str, now: datetime) -> dict[str, tuple[datetime, timedelta, str, str]]:
    """What we make of the same."""
    _, desired = calendar.wishes(text, now)
    found = {}
    for wish in desired:
        if isinstance(wish, Occurrence) and not wish.cancelled:
            lasts = datetime.fromisoformat(wish.fields["endDateTime"]) - wish.start
            host = wish.fields["hostId"].key.name
            found[wish.occurrence] = wish.start, lasts, wish.fields["eventTitle"], host
    return found


@examples(400)
@given(said=series(), later=st.integers(0, 190))
def test_a_series_is_what_its_words_say_date_by_date(said: dict[str, Any], later: int) -> None:
    now = NOW + timedelta(days=later)
    begin, end = now - timedelta(days=6), now + timedelta(weeks=5)
    with TemporaryDirectory() as folder:
        calendar = Calendar(Path(folder), "externalId", True)
        if not sound(calendar, manifest(said), now):
            return
        ours = read(calendar, manifest(said), now)
    theirs = expected(said, end.replace(tzinfo=None) + timedelta(days=2))
    seen = {name: each for name, each in ours.items() if begin <= each[0] < end}
    assert seen == {name: each for name, each in theirs.items() if begin <= each[0] < end}


@examples(200)
@given(said=series(), later=st.integers(0, 190), closures=closures)
def test_no_date_is_held_that_is_closed_for_its_host(
    said: dict[str, Any], later: int, closures: list[tuple[date, int, set[str]]]
) -> None:
    now = NOW + timedelta(days=later)
    begin, end = now - timedelta(days=6), now + timedelta(weeks=5)

    def is_closed(day: date, host: str) -> bool:
        once = "repeat" not in said and day == said["starts"].date()
        return not once and any(
            0 <= (day - first).days <= days and host in whom for first, days, whom in closures
        )

    lines = [
        f"{{on: {first}..{first + timedelta(days=days)}, for: {written(sorted(whom))}}}"
        for first, days, whom in closures
        if whom
    ]
    with TemporaryDirectory() as folder:
        calendar = Calendar(Path(folder), "externalId", True)
        text = f"closures: [{', '.join(lines)}]\n" + manifest(said)
        if not sound(calendar, text, now):
            return
        ours = read(calendar, text, now)
    theirs = expected(said, end.replace(tzinfo=None) + timedelta(days=2), is_closed)
    seen = {name: each for name, each in ours.items() if begin <= each[0] < end}
    assert seen == {name: each for name, each in theirs.items() if begin <= each[0] < end}


@examples(100)
@given(said=series())
def test_a_calendar_file_has_every_stretch_by_its_own_rule(said: dict[str, Any]) -> None:
    """Read by a library, it is what the words say, from before the present on."""
    begin, end = NOW - timedelta(days=60), NOW + timedelta(days=200)
    with TemporaryDirectory() as folder:
        calendar, text = Calendar(Path(folder), "externalId", True), manifest(said)
        if not sound(calendar, text, NOW):
            return
        context, _ = calendar.wishes(text, NOW)
        file = Ical.from_ical(str(ics_of(context)))
    if context.findings.errors:  # a change into a gap, further off than a plan looks
        return
    theirs = sorted(
        (start, length, title, host)
        for start, length, title, host in expected(
            said, end.replace(tzinfo=None) + timedelta(days=2)
        ).values()
        if begin <= start < end
    )
    ours = sorted(
        (
            event.start.astimezone(UTC),
            event.end.astimezone(UTC) - event.start.astimezone(UTC),
            str(event["SUMMARY"]),
            str(event["DESCRIPTION"]).removeprefix("Host: "),
        )
        for event in recurring_ical_events.of(file).between(begin, end)
        if event.get("STATUS") != "CANCELLED" and event.start.astimezone(UTC) >= begin
    )
    assert ours == theirs
