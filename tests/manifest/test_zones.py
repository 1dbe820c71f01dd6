"""Zones: which names are valid, which mean the same, and what happens where clocks change."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from reconciler.dates.zones import gap_or_fold, same_zone, wall_to_instant, zone_of
from reconciler.dates.zones.advice import WELL_KNOWN, WINDOWS, advice_for
from reconciler.dates.zones.names import names
from tests.manifest.conftest import Load

TRIAL = Path(__file__).parents[1] / "stories" / "trial"

LA = zone_of("America/Los_Angeles")


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("america/los_angeles", "America/Los_Angeles"),
        ("Los Angeles", "America/Los_Angeles"),
        ("US/Pacifc", "US/Pacific"),
        ("America/LosAngeles", "America/Los_Angeles"),
        ("Europe/Berlim", "Europe/Berlin"),
        ("europe/brelin", "Europe/Berlin"),
        ("Berln", "Europe/Berlin"),
        ("new york", "America/New_York"),
    ],
)
def test_an_unknown_zone_names_the_nearest(name: str, meant: str) -> None:
    with pytest.raises(ValueError, match=f"`{name}` is not a time zone: did you mean `{meant}`"):
        zone_of(name)


@pytest.mark.parametrize("name", ["", "/etc/passwd", "../UTC", "America", "PST8PD\0", "zzzzzzzz"])
def test_what_is_no_zone_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="is not a time zone"):
        zone_of(name)


# What no spelling may decide. The zones named are those whose clocks show it, the best known first.
BY_MEANING = [
    ("CST", "`America/Chicago`, `Asia/Shanghai`, "),
    ("pst", "`America/Los_Angeles`"),
    ("PDT", "`America/Los_Angeles`"),
    ("BST", "`Europe/London`"),
    ("IST", "`Asia/Kolkata`, `Europe/Dublin` or `Asia/Jerusalem`"),
    ("ChST", "`Pacific/Guam`"),
    ("JST", "`Asia/Tokyo`"),
    ("Z", "write UTC"),
    ("GMT+2", "`Etc/GMT-2`"),
    ("UTC-5", "`Etc/GMT+5`"),
    ("UTC-5", "`America/New_York`"),
    ("+02:00", "`Africa/Johannesburg`"),
    ("utc +2", "`Etc/GMT-2`"),
    ("+05:30", "`Asia/Kolkata`"),
    ("GMT-0330", "`America/St_Johns`"),
    ("+00:00", "write UTC"),
    ("Pacific Standard Time", "`America/Los_Angeles`"),
    ("pacific daylight time", "`America/Los_Angeles`"),
    ("W. Europe Standard Time", "`Europe/Berlin`"),
    ("GMT Standard Time", "`Europe/London`"),
    ("Central Standard Time (Mexico)", "`America/Mexico_City`"),
    ("Eastern Time", "`America/New_York`"),
]
NO_IDEA = (
    "America/Buffalo",
    "Buffalo",
    "Mars/Olympus",
    "UTC+20",
    "Etc/GMT+15",
    "Lunar Standard Time",
    "XYZT",
    "B5",
)


@pytest.mark.parametrize(("name", "meant"), BY_MEANING)
def test_what_says_a_time_gets_the_zones_that_show_it(name: str, meant: str) -> None:
    with pytest.raises(ValueError, match=f"^`{re.escape(name)}` is not a time zone: ") as refused:
        zone_of(name)
    assert meant in str(refused.value)
    named = re.findall(r"`([^`]+)`", str(refused.value))[1:]
    assert len(named) <= 5
    assert len({zone_of(zone) for zone in named}) == len(named), "each of them is accepted"


@pytest.mark.parametrize("name", NO_IDEA)
def test_no_zone_is_named_for_its_spelling_alone(name: str) -> None:
    with pytest.raises(ValueError, match=r": write it as in America/Los_Angeles$"):
        zone_of(name)


@pytest.mark.parametrize("zone", [*WELL_KNOWN, *WINDOWS.values()])
def test_the_tables_name_zones_that_are(zone: str) -> None:
    assert zone_of(zone)


@given(st.sampled_from(sorted(names())), st.text("abcdefgh_/+-0159", max_size=3), st.integers(0, 40))
def test_a_spelling_offered_is_at_most_two_letters_away(zone: str, typed: str, at: int) -> None:
    text = zone[:at] + typed + zone[at + 1 :]
    assume(text not in names())
    advice = advice_for(text)
    offered = re.fullmatch(r"did you mean `(.+)`\?", advice)
    if offered and "/" in text:
        assert distance(text.casefold(), offered[1].casefold()) <= 2


@cache
def distance(a: str, b: str) -> int:
    """Letters to change, put in or leave out (a swap of two counts as one), the plain way."""
    if not a or not b:
        return len(a) + len(b)
    ways = [distance(a[1:], b) + 1, distance(a, b[1:]) + 1, distance(a[1:], b[1:]) + (a[0] != b[0])]
    if len(a) > 1 and a[:2] == b[1::-1]:
        ways.append(distance(a[2:], b[2:]) + 1)
    return min(ways)


HEAD = "tenant: gh\ninstance: zones\nowner: zones\n"
PLACES = {
    "environment": HEAD + "timezone: GMT+2\n",
    "user": HEAD + "timezone: UTC\nusers: {ana: {email: ana@example.org, timezone: GMT+2}}\n",
    "event": HEAD
    + "timezone: UTC\nevents: {x: {title: T, host: ana, starts: 2027-01-04T09:00, duration: 30m,"
    " timezone: GMT+2}}\n",
    "trial": (TRIAL / "12-zone-advice-points-the-other-way/manifest.yaml").read_text(encoding="utf-8"),
}


@pytest.mark.parametrize("text", PLACES.values(), ids=PLACES.keys())
def test_the_advice_stands_at_the_zones_place(load: Load, text: str) -> None:
    _, problems = load({"env/x.yaml": text})
    (problem,) = problems
    assert re.match(r"env/x\.yaml:\d+:\d+: `GMT\+2` is not a time zone: .*`Etc/GMT-2`", problem)


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
