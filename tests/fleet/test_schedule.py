"""When environments are due: against slots written down by walking minute by minute over the clocks."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.dates.zones.names import names
from reconciler.fleet.names import environment_name, run_id, slot_of_asking, slot_of_merge, slot_of_time
from reconciler.fleet.schedule import daily_slot, drift_slot, is_due

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
# Zones whose clocks change by an hour, by half of one, at midnight, by a whole date, and never.
ZONES = ["America/Los_Angeles", "Europe/Berlin", "Australia/Lord_Howe", "America/Santiago", "Africa/Cairo"]
ZONES += ["Pacific/Apia", "Asia/Kathmandu", "UTC"]
INSTANTS = st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC))
LENGTHS = st.integers(1, 60 * 24 * 14).map(lambda minutes: minutes * MINUTE)


def walked(at: int, timezone: str, start: datetime, end: datetime) -> set[datetime]:
    """For each date between two instants the first minute at which its clock shows the time, if it does."""
    zone, found, now = ZoneInfo(timezone), dict[date, datetime](), start
    while now < end:
        local = now.astimezone(zone)
        if local.hour * 60 + local.minute == at:
            found.setdefault(local.date(), now)
        now += MINUTE
    return {*found.values()}


@pytest.mark.parametrize("timezone", ["America/Los_Angeles", "Europe/Berlin", "Australia/Lord_Howe"])
@pytest.mark.parametrize("at", [0, 120, 150, 23 * 60 + 59])
@pytest.mark.parametrize("month", [3, 4, 10, 11])
def test_a_time_of_day_comes_once_on_each_date_over_every_change_of_clocks(
    timezone: str, at: int, month: int
) -> None:
    """Nightly runs over a whole month, asked each quarter of an hour as a worker would."""
    start = datetime(2026, month, 1, tzinfo=ZoneInfo(timezone)).astimezone(UTC)
    end = start + 29 * DAY
    runs, last, now = list[datetime](), start - MINUTE, start
    while now < end:
        slot = daily_slot(at, timezone, now)
        if is_due(slot, last, start):
            runs.append(slot)
            last = slot
        now += 15 * MINUTE
    dates = [run.astimezone(ZoneInfo(timezone)).date() for run in runs]
    assert len(dates) == len(set(dates)) >= 28
    assert all(later - earlier == DAY for earlier, later in pairwise(dates))
    shown = {run for run in runs if _shows(run, timezone, at)}
    assert len(shown) >= len(runs) - 1  # but for the one date whose clock leaves it out
    assert shown == {slot for slot in walked(at, timezone, start, end) if slot <= runs[-1]}


def _shows(instant: datetime, timezone: str, at: int) -> bool:
    local = instant.astimezone(ZoneInfo(timezone))
    return local.hour * 60 + local.minute == at


def test_a_time_that_is_left_out_is_read_by_the_offset_before_and_one_that_comes_twice_is_the_first() -> None:
    zone = "America/Los_Angeles"
    assert daily_slot(150, zone, datetime(2027, 3, 14, 20, tzinfo=UTC)) == datetime(
        2027, 3, 14, 10, 30, tzinfo=UTC
    )  # 02:30 doesn't exist: 03:30
    twice = datetime(2026, 11, 1, 8, 30, tzinfo=UTC)  # 01:30 for the first time
    assert daily_slot(90, zone, twice + HOUR) == daily_slot(90, zone, twice + 20 * HOUR) == twice


@given(INSTANTS, st.integers(0, 1439), st.sampled_from(ZONES))
def test_the_latest_slot_of_a_day_has_begun_and_is_no_older_than_a_day(
    now: datetime, at: int, timezone: str
) -> None:
    slot = daily_slot(at, timezone, now)
    assert slot <= now
    assert now - slot <= 2 * DAY + HOUR  # Apia has once left out a whole date
    assert daily_slot(at, timezone, slot) == slot  # the same one however late somebody asks
    assert daily_slot(at, timezone, now) == slot


@given(INSTANTS, st.sampled_from(sorted(names())))
def test_every_zone_has_slots(now: datetime, timezone: str) -> None:
    assert now - 2 * DAY < daily_slot(120, timezone, now) <= now


@given(st.text(min_size=1), LENGTHS, INSTANTS, st.integers(0, 10**7))
def test_slots_of_an_interval_are_that_far_apart_whenever_they_are_asked_for(
    name: str, every: timedelta, now: datetime, later: int
) -> None:
    slot = drift_slot(name, every, now)
    assert slot <= now < slot + every
    assert drift_slot(name, every, slot) == slot
    other = drift_slot(name, every, now + timedelta(seconds=later))
    assert (other - slot) % every == timedelta(0)


@given(INSTANTS, LENGTHS, st.integers(1, 30))
def test_whoever_was_down_owes_one_run(now: datetime, every: timedelta, missed: int) -> None:
    last = drift_slot("clinics/env/north", every, now)
    back = last + missed * every
    slot = drift_slot("clinics/env/north", every, back)
    assert is_due(slot, last, now)
    assert not is_due(drift_slot("clinics/env/north", every, slot + every - timedelta(seconds=1)), slot, now)


def test_three_hours_down_over_a_change_of_clocks_is_one_run_of_each_schedule() -> None:
    down, zone = datetime(2027, 3, 14, 8, 30, tzinfo=UTC), "America/Los_Angeles"  # 00:30, before the gap
    back = down + 3 * HOUR
    last, night = drift_slot("a/b", HOUR, down), daily_slot(120, zone, down)
    late, now_night = drift_slot("a/b", HOUR, back), daily_slot(120, zone, back)
    assert is_due(late, last, down) and not is_due(drift_slot("a/b", HOUR, back), late, down)
    assert is_due(now_night, night, down) and now_night == datetime(2027, 3, 14, 10, tzinfo=UTC)


def test_environments_are_spread_over_the_hour_evenly_and_stay_where_they_are() -> None:
    now = datetime(2026, 12, 1, tzinfo=UTC)
    known = [environment_name("clinics", f"env/clinic-{number}.yaml") for number in range(6000)]
    minutes = {name: (drift_slot(name, HOUR, now) - now) % HOUR // MINUTE for name in known}
    found = Counter(minutes.values())
    assert set(found) == set(range(60))
    assert 60 <= min(found.values()) <= max(found.values()) <= 140  # 100 on average
    again = now + 1000 * HOUR
    assert all((drift_slot(name, HOUR, again) - again) % HOUR // MINUTE == minutes[name] for name in known)


def test_what_is_new_waits_for_its_own_slot() -> None:
    now = datetime(2026, 12, 1, 12, tzinfo=UTC)
    slot = drift_slot("clinics/env/new", HOUR, now)
    assert not is_due(slot, None, now)
    assert is_due(drift_slot("clinics/env/new", HOUR, now + HOUR), None, now)


def test_names() -> None:
    assert environment_name("clinics", "env/north.yaml") == "clinics/env/north"
    assert environment_name("clinics", "env/north.yml") == "clinics/env/north"
    at = slot_of_time(datetime(2026, 12, 1, 2, tzinfo=ZoneInfo("America/Los_Angeles")))
    assert at == "2026-12-01T10:00:00Z"
    ids = {
        run_id(environment, kind, slot)
        for environment in ("a/b", "a/bd")
        for kind in ("drift", "apply", "only-new")
        for slot in (at, slot_of_merge("f" * 40), slot_of_asking(1), slot_of_asking(2))
    }
    assert len(ids) == 24
    assert all(len(each) == 16 and int(each, 16) >= 0 for each in ids)
    assert run_id("a/b", "drift", at) == run_id("a/b", "drift", at)
