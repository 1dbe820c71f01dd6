"""Who is on a list of people on which date, against a reading of the manifest date by date."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from itertools import pairwise
from typing import Any, cast

from hypothesis import given
from hypothesis import strategies as st

from reconciler.kinds import Listed, teams_of
from reconciler.kinds._people import stays_in
from reconciler.model import Findings, Source, Text
from reconciler.model.spec import PeopleSpec

FIRST = date(2027, 1, 1)
DATES = [FIRST + timedelta(days=each) for each in range(14)]
Plain = list[str | dict[str, str]]


def read(node: Any) -> Any:
    """As the reader gives it: all scalars are texts with a place."""
    if isinstance(node, dict):
        return {key: read(value) for key, value in node.items()}
    return [read(each) for each in node] if isinstance(node, list) else Text(node, Source("a.yaml", 1))


def listed(people: Plain, teams: Mapping[str, Plain]) -> Listed:
    findings = Findings()
    known = teams_of(cast(Mapping[str, PeopleSpec], read(dict(teams))), findings)
    found = Listed(stays_in(cast(PeopleSpec, read(people)), known))
    assert not findings.errors
    return found


def literally(people: Plain, teams: Mapping[str, Plain], day: date) -> Iterator[str]:
    """Whom a list names on one date, as somebody with the page before them would say it."""
    for each in people:
        if isinstance(each, str):
            yield each
        elif each.get("from", "0") <= str(day) <= each.get("until", "9"):
            yield from literally(teams[each["team"]], teams, day) if "team" in each else [each["user"]]


@st.composite
def said(draw: st.DrawFn, teams: int) -> Plain:
    """A list that names people and the first so many teams."""
    people: Plain = []
    for _ in range(draw(st.integers(0, 4))):
        name = draw(st.sampled_from("abcde"))
        somebody = {"user": name}
        if teams and draw(st.booleans()):
            somebody = {"team": f"t{draw(st.integers(0, teams - 1))}"}
        dates = sorted(map(str, draw(st.lists(st.sampled_from(DATES), min_size=2, max_size=2))))
        for key, day in zip(("from", "until"), dates, strict=True):
            if draw(st.booleans()):
                somebody[key] = day
        people.append(name if somebody == {"user": name} and draw(st.booleans()) else somebody)
    return people


@st.composite
def pages(draw: st.DrawFn) -> tuple[Plain, dict[str, Plain]]:
    number = draw(st.integers(0, 4))
    teams = {f"t{each}": draw(said(each)) for each in range(number)}
    order = draw(st.permutations(list(teams)))
    return draw(said(number)), {name: teams[name] for name in order}


@given(pages())
def test_a_list_is_read_for_each_date_by_itself(page: tuple[Plain, dict[str, Plain]]) -> None:
    people, teams = page
    found = listed(people, teams)
    days = [
        FIRST - timedelta(days=400),
        *DATES,
        DATES[-1] + timedelta(days=1),
        DATES[-1] + timedelta(days=400),
    ]
    wanted = [{*literally(people, teams, day)} for day in days]
    assert [{*found.on(day)} for day in days] == wanted
    assert all(len({*found.on(day)}) == len(found.on(day)) for day in days)
    changes = [day for was, day in pairwise(days) if {*found.on(was)} != {*found.on(day)}]
    assert changes == found.changes
    for first in DATES[::3]:
        there = [literally(people, teams, day) for day in DATES if first <= day <= first + timedelta(days=4)]
        assert {*found.during(first, first + timedelta(days=4))} == {
            name for names in there for name in names
        }


def test_dates_within_dates_are_those_that_both_have() -> None:
    teams: dict[str, Plain] = {"w": [{"user": "cat", "from": "2027-01-03", "until": "2027-01-10"}]}
    found = listed([{"team": "w", "from": "2027-01-05", "until": "2027-01-31"}], teams)
    assert found.changes == [date(2027, 1, 5), date(2027, 1, 11)]
    assert [found.on(date(2027, 1, day)) for day in (4, 5, 10, 11)] == [(), ("cat",), ("cat",), ()]


def test_who_is_named_twice_is_there_once_and_a_list_without_dates_never_changes() -> None:
    found = listed(["bob", {"team": "w"}, "ann", "bob"], {"w": ["ann", "bob", "cat"]})
    assert (found.changes, found.on(FIRST), found.ever) == ([], ("bob", "ann", "cat"), ("bob", "ann", "cat"))


def test_nobody_is_on_an_empty_list() -> None:
    found = listed([{"team": "w"}], {"w": []})
    assert (found.changes, found.on(FIRST), found.ever) == ([], (), ())
