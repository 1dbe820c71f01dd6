"""Series edited from a date on, at random, on a calendar in memory: what it costs, and whose answers stay."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal

from hypothesis import assume, given
from hypothesis import strategies as st

from reconciler.kinds.event.fields import instant
from reconciler.kinds.event.marks import mark_of
from reconciler.kinds.event.occurrence import Occurrence
from tests.kinds.event.test_stretches import CLOCKS, NOW, dates, hosts, manifest, series, sound, who
from tests.support import oracle
from tests.support.calendar import PEOPLE, Calendar
from tests.support.examples import examples

Marks = Literal["externalId", "remarks"]
marks = st.sampled_from(("externalId", "remarks"))
HORIZON = timedelta(weeks=5)
USERNAMES = {id: name for name, id in PEOPLE.items()}


def to_come(calendar: Calendar, now: datetime) -> Iterator[dict[str, Any]]:
    return (event for event in calendar.events.values() if instant(event["startDateTime"]) >= now)


def answered(calendar: Calendar) -> None:
    """Whoever is invited answers, each in words of their own."""
    for event in calendar.events.values():
        for each in event["participants"]:
            each["participationStatus"] = f"{event['id']} {each['participantId']}"


def check_answers(calendar: Calendar) -> None:
    """Who has answered did so to the same meeting."""
    for event in calendar.events.values():
        for each in event["participants"]:
            said = each.get("participationStatus")
            assert said in (None, f"{event['id']} {each['participantId']}")


def check_hosts(calendar: Calendar, text: str, now: datetime) -> None:
    """Each that is to come has the host whose turn it is, who alone takes part: nobody else is declared.

    What an edit would put into the past stays as it is.
    """
    _, desired = calendar.wishes(text, now)
    wishes = {wish.start: wish for wish in desired if isinstance(wish, Occurrence)}
    past = {wish.occurrence for wish in wishes.values() if wish.start < now}
    for event in to_come(calendar, now):
        start, mark = instant(event["startDateTime"]), mark_of(event)
        if start not in wishes and mark and mark.occurrence in past:
            continue
        wish = wishes[start]
        assert USERNAMES[event["hostId"]] == wish.fields["hostId"].key.name
        assert [each["participantId"] for each in event["participants"]] == [event["hostId"]]


@examples(200)
@given(before=series(), after=series(), kept=st.sets(st.sampled_from(("starts", "repeat", "title", "from"))),
       kind=marks, by_overlap=st.booleans(), later=st.integers(0, 400))  # fmt: skip
def test_any_edit_comes_to_its_end_and_keeps_answers(
    before: dict[str, Any], after: dict[str, Any], kept: set[str], kind: Marks, by_overlap: bool, later: int
) -> None:
    after |= {name: before[name] for name in kept & before.keys()} | {"timezone": before["timezone"]}
    after |= {"except": [], "change": {}}
    now = NOW + timedelta(hours=later)
    with TemporaryDirectory() as folder:
        calendar = Calendar(Path(folder), kind, by_overlap)
        one, other = manifest(before), manifest(after)
        if min([*after["from"], "9"]) <= str(after["starts"].date()):
            return
        if not (sound(calendar, one, NOW) and sound(calendar, other, now)):
            return
        calendar.apply(one, NOW)
        check_hosts(calendar, one, NOW)
        answered(calendar)
        calendar.apply(other, now)
        assert not calendar.apply(other, now), "planning again finds nothing to do"
        check_answers(calendar)
        check_hosts(calendar, other, now)


weekly = st.integers(1, 3).flatmap(
    lambda number: st.tuples(
        *[st.sets(st.sampled_from(oracle.CODES), min_size=number, max_size=number) for _ in range(2)]
    )
)


@examples(200)
@given(days=weekly, clocks=st.tuples(*[st.sampled_from(CLOCKS)] * 2), interval=st.integers(1, 2),
       split=dates(1, 40), kind=marks, by_overlap=st.booleans(), turns=hosts)  # fmt: skip
def test_a_split_costs_a_change_for_each_date_after_it_and_nothing_else(
    days: tuple[set[str], set[str]],
    clocks: tuple[Any, Any],
    interval: int,
    split: date,
    kind: Marks,
    by_overlap: bool,
    turns: list[str],
) -> None:
    before, after = (f"FREQ=WEEKLY;INTERVAL={interval};BYDAY={','.join(sorted(each))}" for each in days)
    said = {
        "title": "Round", "starts": datetime.combine(NOW.date() - timedelta(days=30), clocks[0]),
        "duration": timedelta(minutes=30), "repeat": before, **who(turns),
    }  # fmt: skip
    entry = {"repeat": after, "starts": clocks[1]}
    with TemporaryDirectory() as folder:
        calendar = Calendar(Path(folder), kind, by_overlap)
        one, other = manifest(said), manifest(said | {"from": {str(split): entry}})
        if not (sound(calendar, one, NOW) and sound(calendar, other, NOW)):
            return
        calendar.apply(one, NOW)
        answered(calendar)
        there = {event["id"]: dict(event) for event in calendar.events.values()}
        changes = calendar.apply(other, NOW)
        assert not calendar.apply(other, NOW)
        assume(len(list(to_come(calendar, NOW))) == len(there))
        assert {str(change.action) for change in changes} <= {"update"}
        assert calendar.events.keys() == there.keys()
        # Only what the split is about: dates after it.
        for change in changes:
            assert change.key.name.partition("@")[2] >= str(split)
        check_answers(calendar)
