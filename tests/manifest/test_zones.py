"""Zones: which names are valid, which mean the same, and what happens where clocks change."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from reconciler.zones import gap_or_fold, same_zone, wall_to_instant, zone_of

LA = zone_of("America/Los_Angeles")


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("america/los_angeles", "America/Los_Angeles"),
        ("Los Angeles", "America/Los_Angeles"),
        ("US/Pacifc", "US/Pacific"),
        ("America/LosAngeles", "America/Los_Angeles"),
    ],
)
def test_an_unknown_zone_names_the_nearest(name: str, meant: str) -> None:
    with pytest.raises(ValueError, match=f"`{name}` is not a time zone: did you mean `{meant}`"):
        zone_of(name)


@pytest.mark.parametrize("name", ["", "/etc/passwd", "../UTC", "America", "PST8PD\0", "zzzzzzzz"])
def test_what_is_no_zone_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="is not a time zone"):
        zone_of(name)


def test_zones_are_compared_by_their_rules() -> None:
    assert same_zone("US/Pacific", "America/Los_Angeles")
    assert same_zone("UTC", "Etc/UTC")
    assert not same_zone("America/Los_Angeles", "America/Phoenix")
    assert same_zone("Nowhere/Land", "Nowhere/Land")
    assert not same_zone("Nowhere/Land", "UTC")
    assert not same_zone("Nowhere/Land", "Nowhere/Else")


@pytest.mark.parametrize(
    ("naive", "kind", "instant"),
    [
        (datetime(2027, 3, 14, 1, 30), None, datetime(2027, 3, 14, 9, 30, tzinfo=UTC)),
        (datetime(2027, 3, 14, 2, 30), "gap", datetime(2027, 3, 14, 10, 30, tzinfo=UTC)),
        (datetime(2027, 11, 7, 1, 30), "overlap", datetime(2027, 11, 7, 8, 30, tzinfo=UTC)),
    ],
)
def test_gap_takes_the_offset_before_and_overlap_the_first(
    naive: datetime, kind: str | None, instant: datetime
) -> None:
    assert gap_or_fold(naive, LA) == kind
    assert wall_to_instant(naive, LA) == instant


def test_a_time_in_a_gap_shows_as_one_that_exists() -> None:
    assert wall_to_instant(datetime(2027, 3, 14, 2, 30), LA).astimezone(LA).hour == 3
