"""Random series, edited at random and watched by a moving clock, on a calendar in memory."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.kinds.event.fields import instant
from reconciler.kinds.event.marks import Mark, mark_of
from reconciler.kinds.event.occurrence import Occurrence
from reconciler.model import Change
from tests.support.calendar import Calendar, moved
from tests.support.examples import examples

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
ZONES = ("America/Los_Angeles", "Europe/Berlin", "Australia/Lord_Howe", "Asia/Kolkata", "Pacific/Chatham")
CLOCKS = ("00:30", "02:30", "09:00", "16:45", "23:30")

dates = st.integers(0, 60).map(lambda days: f"{(NOW + timedelta(days=days)).date()}")
repeats = st.one_of(
    st.builds(
        lambda on, interval: f"{{every: week, on: [{', '.join(sorted(on))}], interval: {interval}%s}}",
        st.sets(st.sampled_from(DAYS), min_size=1, max_size=4),
        st.integers(1, 3),
    ),
    st.builds(lambda interval: f"{{every: day, interval: {interval}%s}}", st.integers(1, 9)),
    st.builds(lambda day: f"{{every: month, monthDays: {day}%s}}", st.integers(1, 31)),
    st.builds(
        lambda day, place: f"{{every: month, on: {day}, position: {place}%s}}",
        st.sampled_from(DAYS),
        st.sampled_from((1, 2, -1)),
    ),
    st.just('"FREQ=DAILY;BYHOUR=8,13%s"'),
)
ends = st.one_of(
    st.just(""),
    st.integers(1, 40).map(lambda times: f", count: {times}"),
    dates.map(lambda day: f", until: {day}"),
)


def _ended(repeat: str, end: str) -> str:
    if repeat.startswith('"'):
        end = end.replace(", ", ";").replace(": ", "=").replace("-", "").upper()
    return repeat % end


specs = st.fixed_dictionaries(
    {
        "starts": st.builds(lambda day, clock: f"{day}T{clock}", dates, st.sampled_from(CLOCKS)),
        "repeat": st.builds(_ended, repeats, ends),
        "duration": st.sampled_from(("30m", "8h")),
        "title": st.sampled_from(("Round", "Board")),
        "timezone": st.sampled_from(ZONES),
    },
    optional={
        "except": st.lists(dates, max_size=4, unique=True).map(lambda found: f"[{', '.join(found)}]"),
        "also": st.lists(
            st.builds(lambda day, clock: f"{day}T{clock}", dates, st.sampled_from(CLOCKS)), max_size=3
        ).map(lambda found: f"[{', '.join(found)}]"),
        "participants": st.just("[{user: janedoe}]"),
        "gap": st.just("skip"),
        "fold": st.just("second"),
    },
)
marks = st.sampled_from(("externalId", "remarks"))


def manifest(spec: dict[str, str], horizon: int = 5, **more: str) -> str:
    keys = {"host": "johndoe"} | spec | more
    return f"horizon: {horizon} weeks\nprune: true\nevents:\n  round: " + (
        "{" + ", ".join(f"{key}: {value}" for key, value in keys.items()) + "}\n"
    )


def sound(calendar: Calendar, text: str, now: datetime) -> bool:
    """Whether a random manifest means anything: some rules end before they start, or fall into a gap."""
    try:
        calendar.wishes(text, now)
    except AssertionError:
        return False
    return True


def due(calendar: Calendar, text: str, now: datetime, horizon: int = 5) -> Counter[datetime]:
    """The starts that a manifest wants to be there, but for dates whose meeting has been already."""
    _, desired = calendar.wishes(text, now)
    been = {mark_of(event) for event in calendar.events.values() if _start(event) < now}
    found = [
        wish
        for wish in desired
        if isinstance(wish, Occurrence) and Mark("staffing", "round", wish.occurrence) not in been
    ]
    end = now + timedelta(weeks=horizon)
    return Counter(wish.start for wish in found if wish.start >= now and (wish.once or wish.start < end))


def to_come(calendar: Calendar, now: datetime) -> Counter[datetime]:
    return Counter(start for start in map(_start, calendar.events.values()) if start >= now)


@examples(300)
@given(before=specs, after=specs, kept=st.sets(st.sampled_from(("starts", "repeat", "title", "timezone"))),
       kind=marks, by_overlap=st.booleans(), later=st.integers(0, 400))  # fmt: skip
def test_any_edit_of_a_series_comes_to_its_end_with_the_fewest_writes(
    before: dict[str, str],
    after: dict[str, str],
    kept: set[str],
    kind: Literal["externalId", "remarks"],
    by_overlap: bool,
    later: int,
) -> None:
    after = after | {name: before[name] for name in kept}
    with TemporaryDirectory() as folder:
        calendar = Calendar(Path(folder), kind, by_overlap)
        one, other, now = manifest(before), manifest(after), NOW + timedelta(hours=later)
        if not (sound(calendar, one, NOW) and sound(calendar, other, now)):
            return
        calendar.apply(one, NOW)
        assert to_come(calendar, NOW) == due(calendar, one, NOW)
        for event in calendar.events.values():
            event["participants"][0]["participationStatus"] = event["id"]
        changes = calendar.apply(other, now)
        assert not due(calendar, other, now) - to_come(calendar, now)
        assert not calendar.apply(other, now), "planning again finds nothing to do"
        _check_answers(calendar)
        _check_no_waste(changes, calendar, other, now)


def _check_answers(calendar: Calendar) -> None:
    """Who answered has answered the same meeting still."""
    for event in calendar.events.values():
        answer = event["participants"][0].get("participationStatus")
        assert answer in (None, event["id"])


def _check_no_waste(changes: list[Change], calendar: Calendar, text: str, now: datetime) -> None:
    """Nothing is created where something that is deleted lies within a period of the rule."""
    _, desired = calendar.wishes(text, now)
    reach = min((wish.reach for wish in desired if isinstance(wish, Occurrence)), default=timedelta(0))
    created = [_start(change.after) for change in changes if change.action == "create"]
    deleted = [_start(change.before) for change in changes if change.action == "delete"]
    assert not [1 for one in created for other in deleted if abs(one - other) < reach]


def _start(fields: Any) -> datetime:
    return instant(fields["startDateTime"])


steps = st.lists(st.integers(1, 500), min_size=1, max_size=6)


@examples(300)
@given(spec=specs, hours=steps, horizon=st.integers(1, 6), kind=marks, by_overlap=st.booleans(),
       hand=st.lists(st.tuples(st.integers(0, 30), st.integers(-180, 180)), max_size=3))  # fmt: skip
def test_a_moving_clock_makes_no_event_flicker(
    spec: dict[str, str],
    hours: list[int],
    horizon: int,
    kind: Literal["externalId", "remarks"],
    by_overlap: bool,
    hand: list[tuple[int, int]],
) -> None:
    """Every event is made once and never again touched, whatever people do and wherever the edges lie."""
    with TemporaryDirectory() as folder:
        calendar, now = Calendar(Path(folder), kind, by_overlap), NOW
        text = manifest(spec, horizon, drift="keep")
        if not sound(calendar, text, now):
            return
        made = set[str]()
        for step in (0, *hours):
            now += timedelta(hours=step)
            if not sound(calendar, text, now):  # a gap comes into sight only now
                return
            changes = calendar.apply(text, now)
            assert {change.action for change in changes} <= {"create"}
            keys = [str(change.key) for change in changes]
            assert made.isdisjoint(keys)
            made |= set(keys)
            assert not calendar.apply(text, now)
            for place, by in hand:
                _meddle(calendar, now, place, timedelta(hours=by))


def _meddle(calendar: Calendar, now: datetime, place: int, by: timedelta) -> None:
    """Somebody cancels an event that is to come, or puts it up to a week before or after its date, though not
    into the past; each by another minute, as an edit of the series moves all of them alike."""
    coming = [event for event in calendar.events.values() if _start(event) >= now]
    if place < len(coming):
        event = coming[place]
        own = timedelta(minutes=1 + list(calendar.events).index(event["id"]))
        start = calendar.made[event["id"]] + by + own
        if not by:
            calendar.by_hand(event["id"], eventStatus="CANCELLED")
        elif start >= now:
            calendar.by_hand(event["id"], **moved(event, start - _start(event)))


@pytest.mark.parametrize("by", [timedelta(weeks=-3), timedelta(weeks=11)])
def test_what_people_put_far_off_is_not_made_again(by: timedelta, tmp_path: Path) -> None:
    """The third of five meetings is held three weeks sooner, or put off to where nobody looks otherwise."""
    for kind in ("externalId", "remarks"):
        calendar = Calendar(tmp_path, kind, True)  # type: ignore[arg-type]
        spec = {"title": "Round", "starts": "2026-12-15T09:00", "duration": "30m", "drift": "keep"}
        text = manifest(spec, 8, repeat="{every: week, on: tue, count: 5}")
        calendar.apply(text, NOW)
        third = list(calendar.events.values())[2]
        calendar.by_hand(third["id"], **moved(third, by))
        later = NOW + timedelta(days=24)
        assert not [c for c in calendar.apply(text, later) if c.action == "create"]


def test_marks_are_kept_where_the_calendar_keeps_them(tmp_path: Path) -> None:
    text = manifest({"starts": "2026-12-01T09:00", "duration": "30m", "title": "Round"})
    for kind in ("externalId", "remarks"):
        calendar = Calendar(tmp_path, kind, True)  # type: ignore[arg-type]
        calendar.apply(text, NOW)
        (event,) = calendar.events.values()
        assert str(mark_of(event)) == "staffing/round@2026-12-01"
        assert bool(event.get("externalId")) == (kind == "externalId")
