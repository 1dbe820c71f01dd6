"""Our expansion of 3,400 random rules against two libraries it shares no code with, and against the standard.

The libraries are rrule-temporal (JavaScript, zones by ICU) and KCalendarCore (C++, zones by Qt): neither
descends from dateutil, which we use, nor one from the other. What they gave is kept in peers/rules.tsv, which
peers/generate.py and the recorders beside it make anew; the oracle reads the RFC literally, day by day.

Of a start that doesn't exist RFC 5545 3.3.10 says two things: instances with a "nonexistent local time" "MUST
be ignored"; and, more closely, its time "is interpreted in the same manner as an explicit DATE-TIME value",
for which 3.3.5 is "using the UTC offset before the gap". We do the second, both libraries in their own zones
the first. So each was recorded twice: expanded on the wall clock and read as 3.3.5 says, by Temporal's
reference implementation and by Abseil; and expanded in its own zones, which is compared here save for gaps.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, time, timedelta
from functools import cache, cached_property
from hashlib import sha256
from pathlib import Path
from zoneinfo import ZoneInfo

from reconciler.dates.recurrence import occurrences
from reconciler.dates.rules import FREQUENCIES, ORDER, rule_of
from reconciler.dates.zones import gap_or_fold, wall_to_instant
from tests.support import oracle

RULES = Path(__file__).parent / "peers" / "rules.tsv"
MOST = 100_000
GROUPS = {
    "north": ("Europe/Berlin", "Europe/London", "America/New_York", "America/Los_Angeles"),
    "south": ("Australia/Sydney", "Pacific/Auckland", "America/Santiago"),
    "half an hour or three quarters off": ("Asia/Kathmandu", "America/St_Johns", "Australia/Adelaide"),
    "clocks moved by other than an hour": ("Australia/Lord_Howe", "Antarctica/Troll", "Pacific/Chatham"),
    "winter time as the exception": ("Europe/Dublin", "Africa/Casablanca"),
    "clocks moved at midnight": ("America/Havana", "Africa/Cairo", "Asia/Beirut", "America/Asuncion"),
    "summer time given up": ("America/Sao_Paulo", "Asia/Tehran", "Europe/Moscow"),
    "offset changed for good": ("America/Caracas", "Asia/Pyongyang"),
    "never moved": ("Asia/Kolkata",),
}


# How many rules may be in each of the classes of exceptions.
EARLY, PLACED = 4, 15


class Case:
    def __init__(self, line: str) -> None:
        self.rule, name, start, last, *digests = line.split("\t")
        self.zone = ZoneInfo(name)
        self.start = datetime.strptime(start, "%Y%m%dT%H%M%S")
        self.end = datetime.combine(datetime.strptime(last, "%Y%m%d"), time(12))
        self.parts = dict(part.split("=") for part in self.rule.split(";"))
        self.read_as_we_do, self.in_own_zones = digests[::2], digests[1::2]

    @cached_property
    def walls(self) -> list[datetime]:
        return self.expanded(self.rule, self.start)

    @cached_property
    def digest(self) -> str:
        return digest(self.instants(self.walls))

    @cached_property
    def hits(self) -> set[str | None]:
        return {gap_or_fold(wall, self.zone) for wall in self.walls}

    def expanded(self, rule: str, start: datetime) -> list[datetime]:
        return occurrences(rule_of(rule), start, self.zone, start, self.end, MOST)

    def instants(self, walls: Sequence[datetime]) -> list[datetime]:
        return sorted({wall_to_instant(wall, self.zone) for wall in walls})

    def without_gaps(self) -> str:
        """The digest if what falls into a gap is ignored and not counted."""
        endless = ";".join(part for part in self.rule.split(";") if not part.startswith("COUNT="))
        walls = self.expanded(endless, self.start) if "COUNT" in self.parts else self.walls
        kept = [wall for wall in walls if gap_or_fold(wall, self.zone) != "gap"]
        return digest(self.instants(kept[: int(self.parts.get("COUNT", MOST))]))


@cache
def cases() -> tuple[Case, ...]:
    return tuple(Case(line) for line in RULES.read_text(encoding="utf-8").splitlines())


@cache
def agreed() -> tuple[Case, ...]:
    """The rules on which both libraries and we give the same instants."""
    return tuple(case for case in cases() if {*case.read_as_we_do} == {case.digest})


def digest(found: Sequence[datetime]) -> str:
    return sha256(" ".join(f"{moment:%Y%m%dT%H%M%SZ}" for moment in found).encode()).hexdigest()[:8]


def starts_in_a_week_of_the_year_before(case: Case) -> bool:
    """Both libraries look at no week of the year before the start's, and so lose a 1 January in its week 53.
    By 3.3.10 "week number one of the calendar year is the first week that contains at least four (4) days in
    that calendar year", and "the DTSTART property value always counts as the first occurrence"."""
    return "BYWEEKNO" in case.parts and case.start.isocalendar().year < case.start.year


def test_where_two_libraries_agree_we_give_the_same_instants() -> None:
    wrong = [
        case
        for case in cases()
        if case.read_as_we_do[0] == case.read_as_we_do[1] and case.digest != case.read_as_we_do[0]
    ]
    early = [case for case in wrong if starts_in_a_week_of_the_year_before(case)]
    assert [case.rule for case in wrong if case not in early] == []
    assert len(early) <= EARLY


def test_two_libraries_and_we_give_the_same_instants_of_2900_rules() -> None:
    assert len(agreed()) >= 2900


def test_in_their_own_zones_the_libraries_differ_from_us_in_gaps_alone() -> None:
    agree = [case for case in cases() if case.in_own_zones[0] == case.in_own_zones[1]]
    assert len(agree) >= 2400
    other = [case for case in agree if case.digest != case.in_own_zones[0]]
    wrong = [case for case in other if case.without_gaps() != case.in_own_zones[0]]
    # BYSETPOS counts on where one of a set is ignored for falling into a gap.
    placed = [case for case in wrong if "BYSETPOS" in case.parts]
    left = [case for case in wrong if case not in placed]
    assert [case.rule for case in left if not starts_in_a_week_of_the_year_before(case)] == []
    assert len(placed) <= PLACED


def test_every_rule_gives_the_instants_that_the_standard_says() -> None:
    wrong = [
        case
        for case in cases()
        if digest(oracle.instants(case.rule, case.start, case.end, case.zone)) != case.digest
    ]
    assert [case.rule for case in wrong] == []


def test_a_start_that_its_rule_does_not_give_is_no_occurrence() -> None:
    for case in cases()[::9]:
        start, end = case.start - timedelta(days=10, hours=1), case.start + timedelta(days=400)
        rule = ";".join(part for part in case.rule.split(";") if not part.startswith("UNTIL="))
        found = [wall for wall in case.expanded(rule, start) if wall <= end]
        assert found == oracle.occurrences(rule, start, min(end, case.end)), (case.rule, start)


def test_every_kind_of_zone_has_rules_on_which_all_agree() -> None:
    count = Counter(case.zone.key for case in agreed())
    assert {zone: count[zone] for zones in GROUPS.values() for zone in zones if count[zone] < 60} == {}
    assert count.keys() == {zone for zones in GROUPS.values() for zone in zones}


def test_hundreds_of_rules_on_which_all_agree_hit_a_gap_or_an_overlap() -> None:
    assert sum("gap" in case.hits for case in agreed()) >= 400
    assert sum("overlap" in case.hits for case in agreed()) >= 350


def test_all_parts_of_a_rule_are_among_those_on_which_all_agree() -> None:
    count = Counter(part for case in agreed() for part in (*case.parts, case.parts["FREQ"]))
    assert {part: number for part, number in count.items() if number < 40} == {}
    assert count.keys() >= {*FREQUENCIES.values(), *ORDER} - {"BYSECOND"}


def test_a_window_far_from_the_start_shows_the_same_occurrences() -> None:
    for case in cases()[::6]:
        rule, middle = rule_of(case.rule), case.start + (case.end - case.start) / 2
        found = occurrences(rule, case.start, case.zone, middle, case.end, MOST)
        assert found == [wall for wall in case.walls if wall >= middle], case.rule
