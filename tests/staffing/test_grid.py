"""The week that a page shows of everybody who works differently."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from reconciler.model.impact import RotaWeek
from tests.support.staffed import Clinic, Side, Someone, row

NOW = datetime(2027, 3, 3, 20, tzinfo=UTC)  # a Wednesday in Los Angeles, too
ZONE = "America/Los_Angeles"
DAY = {"mon": ["09:00-17:00"], "wed": ["09:00-17:00"], "fri": ["09:00-17:00"]}
NIGHT = {"mon": ["00:00-06:00"], "sun": ["22:00-24:00"]}
OFF, ON, BY_NIGHT = [], [[540, 1020]], [[1320, 1800]]


def week(before: Side, after: Side) -> RotaWeek:
    (found,) = Clinic(NOW, {"ana": Someone(before, after)}).effect().weeks
    return found


def side(start: str, hours: dict[str, list[str]], end: str | None = None) -> Side:
    return Side(ZONE, [row(start, end, hours, id="a")])


def test_a_night_stands_whole_on_the_day_on_which_it_begins() -> None:
    found = week(
        side("2027-01-04", DAY), side("2027-01-04", {**DAY, "sun": ["22:00-24:00"], "mon": ["00:00-06:00"]})
    )
    assert found["before"][6] == OFF
    assert found["after"][6] == BY_NIGHT
    assert found["after"][0] == found["before"][0]  # its morning is over


@pytest.mark.parametrize("last", [28, 29])
def test_a_sunday_night_that_is_cut_belongs_to_its_week(last: int) -> None:
    """Ended with the Sunday, the night loses its morning, which is the Monday's."""
    before, after = side("2027-01-04", NIGHT), side("2027-01-04", NIGHT, f"2027-03-{last}")
    found = week(before, after)
    sunday = date(2027, 3, 28) if last == 28 else date(2027, 4, 4)
    assert date.fromisoformat(found["monday"]) == sunday - timedelta(days=6)
    assert found["before"] == [OFF] * 6 + [BY_NIGHT]
    assert found["after"] == [OFF] * 6 + ([[[1320, 1440]]] if last == 28 else [OFF])


def test_what_is_over_stays_as_it_was() -> None:
    later = {day: ["10:00-18:00"] for day in DAY}
    found = week(side("2027-03-01", DAY), side("2027-03-01", later))
    assert found["monday"] == "2027-03-01"
    assert found["before"] == [ON, OFF, ON, OFF, ON, OFF, OFF]
    assert found["after"] == [ON, OFF, [[600, 1080]], OFF, [[600, 1080]], OFF, OFF]


def test_an_hour_that_the_clocks_skip_is_not_told_twice() -> None:
    """On 14 March from 02:00 to 03:00 nobody works; the night is told by the clock all the same."""
    nights = {"sat": ["22:00-24:00"], "sun": ["00:00-06:00"]}
    found = week(side("2027-01-04", {}, "2027-01-05"), side("2027-03-08", nights))
    assert found["monday"] == "2027-03-08"
    assert found["after"][5] == BY_NIGHT
    assert found["after"][6] == OFF
