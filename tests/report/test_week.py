"""Words of a week lose no hour and add none: read back, they are the same minutes."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.dates.grammar import days_of
from reconciler.dates.week import week_text
from tests.conftest import Workspace
from tests.stories.test_calendar import calendar
from tests.support import rota
from tests.support.examples import examples

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
CLOCKS = (0, 1, 6 * 60, 7 * 60, 12 * 60, 22 * 60, 1439, 1440)
START = date(2026, 12, 7)


@st.composite
def days(draw: st.DrawFn) -> str:
    """The hours of one day as a plan has them: apart, none over midnight."""
    cuts = sorted(draw(st.sets(st.sampled_from(CLOCKS), max_size=6)))
    spans = list(zip(cuts[::2], cuts[1::2], strict=False))
    return ", ".join(f"{clock(start)}-{clock(end)}" for start, end in spans) or "off"


def clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


def read(text: str) -> set[tuple[int, int]]:
    """(weekday, minute) of all that the words say; a night runs into the day after."""
    if text == "off":
        return set()
    found: set[tuple[int, int]] = set()
    for part in text.split("; "):
        names, said = re.fullmatch(r"([a-z, -]+?) ((?:off|[0-9]).*)", part).groups()  # type: ignore[union-attr]
        for day in days_of(names):
            for start, end in spans(said, day):
                wanted = range(start, end)
                assert not found & {((day - 1 + m // 1440) % 7, m % 1440) for m in wanted}, "told twice"
                found |= {((day - 1 + minute // 1440) % 7, minute % 1440) for minute in wanted}
    return found


def spans(said: str, day: int) -> Iterator[tuple[int, int]]:
    for each in said.split(", ") if said != "off" else ():
        start, following, end = re.fullmatch(r"(\S{5})(?:[-–]| – (\w{3}) )(\S{5})", each).groups()  # type: ignore[union-attr]
        begin, over = (int(text[:2]) * 60 + int(text[3:]) for text in (start, end))
        if following:
            assert following.lower() == DAYS[day % 7]
        yield begin, over + 1440 * bool(following or over <= begin)


@examples(500)
@given(
    st.dictionaries(st.sampled_from(DAYS), days(), min_size=1),
    st.integers(0, 6),
    st.integers(0, 9) | st.none(),
)
def test_a_plan_says_every_minute_of_a_row_once(week: dict[str, str], first: int, length: int | None) -> None:
    start = START + timedelta(days=first)
    end = None if length is None else str(start + timedelta(days=length))
    meant = {
        (DAYS.index(day), minute)
        for day, hours in week.items()
        if hours != "off"
        for minute in rota.said(hours)
    }
    assert read(week_text(week, str(start), end)) == meant


def test_a_row_of_seven_days_joins_nothing_around_its_ends() -> None:
    week = {"mon": "00:00-06:00", "sun": "22:00-24:00"}
    assert week_text(week, "2026-12-07", "2026-12-13") == "mon 00:00-06:00; sun 22:00-24:00"
    assert week_text(week, "2026-12-07", "2026-12-14") == "sun 22:00-06:00"


@pytest.mark.parametrize("odd", [{"mon": "nine to five"}, {"any": "09:00-17:00"}])
def test_what_no_plan_of_ours_says_is_told_as_it_stands(odd: dict[str, str]) -> None:
    assert week_text(odd, "2026-12-07", None) == " ".join(*odd.items())


ROTAS = (
    "mon-thu: 22:00-06:00",
    "mon-sun: 00:00-24:00",
    "mon: 07:00-24:00, tue: 00:00-07:00",
    "mon: 07:00-24:00, tue: [00:00-05:00, 20:00-24:00], wed: [00:00-06:00, 22:00-06:00]",
    "fri: 22:00-24:00, sat: 00:00-24:00, sun: [00:00-07:00, 12:00-24:00]",
    "sat: 20:00-24:00, sun: [00:00-04:00, 22:00-06:00]",
)


@pytest.mark.parametrize("week", ROTAS)
def test_the_calendar_says_every_minute_of_its_shifts_once(week: str, workspace: Workspace) -> None:
    workspace.write(
        "users: {ana: {email: ana@example.org}}\n"
        f"workHours: {{ana: [{{from: 2026-12-01, days: {{{week}}}}}]}}\n"
    )
    text = calendar(workspace, "--week", "2026-12-07", "--user", "ana")
    told = dict(re.findall(r"  (\w{3}) \d+ Dec +(.*)", text))
    (ana,) = json.loads(calendar(workspace, "--week", "2026-12-07", "--format", "json"))["people"]
    meant = {
        (place + (end > 1440 and minute >= 1440), minute % 1440)
        for place, day in enumerate(ana["days"])
        for start, end in (_span(*span) for span in day["hours"])
        for minute in range(start, end)
    }
    shown = {
        (place + minute // 1440, minute % 1440)
        for place, name in enumerate(DAYS)
        for start, end in spans(told[name.capitalize()], place + 1)
        for minute in range(start, end)
    }
    assert shown == meant


def _span(start: str, end: str) -> tuple[int, int]:
    """As the data has it: an end that is not after the start lies on the day after."""
    begin, over = (int(text[:2]) * 60 + int(text[3:]) for text in (start, end))
    return begin, over if over > begin else over + 1440
