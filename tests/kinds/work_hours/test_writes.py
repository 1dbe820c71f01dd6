"""What an edit writes: the rows that hold what was edited, and no others."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from functools import partial
from itertools import pairwise

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.kinds.work_hours.test_layers import NOWS, Hospital, hospital, near
from tests.support import fewest
from tests.support.layers import DAY, JSON, NONE, Reading, dates, first_date, stretches
from tests.support.wards import PEOPLE, wards
from tests.support.words import clash

Bounds = tuple[date, date]
Edit = Callable[[st.DataObject, str], None]


def bounds(row: JSON) -> Bounds:
    first, last = ((row[key] or "9999-12-31")[:10] for key in ("startDateTime", "endDateTime"))
    return date.fromisoformat(first), date.fromisoformat(last)


def said(row: JSON) -> object:
    """What a row says: its dates, its name and its hours."""
    infos = sorted((info["day"], info["startTime"], info["endTime"]) for info in row["daysInfo"])
    return bounds(row), row.get("ruleType"), row.get("name"), infos


def writes(there: Hospital, manifest: JSON) -> dict[str, int]:
    """How many rows of each person an edit writes."""
    ids = {there.service.id_of(user): user for user in (*PEOPLE, "eve")}
    there.service.forget()
    there.take(manifest)
    written = [ids[call.body["psmId"]] for call in there.service.writes()]
    return {user: written.count(user) for user in PEOPLE}


def is_clear(reading: Reading, user: str, days: Iterable[date]) -> bool:
    return reading.has_usual(user) and not any(reading.said(user, day).by for day in days)


def swapped(data: st.DataObject, now: str) -> None:
    """A swap on a date without other statements near is a write a person, and so is taking it back."""
    manifest = data.draw(wards(near(now)), "manifest")
    reading, first = Reading(manifest), near(now)
    day = first + data.draw(st.integers(1, 40), "day") * DAY
    around = list(dates(day - 2 * DAY, day + 2 * DAY))
    free = [user for user in PEOPLE if is_clear(reading, user, around)]
    zones = [reading.zone(user) for user in free]
    pairs = [
        [one, other]
        for place, one in enumerate(free)
        for other in free[place + 1 :]
        if reading.zone(one) == reading.zone(other)
    ]
    assume(pairs and zones)
    pair = data.draw(st.sampled_from(pairs), "pair")
    with hospital(now) as there:
        there.take(manifest)
        swap = {"on": str(day), "between": pair}
        edited = manifest | {"swaps": [*manifest["swaps"], swap]}
        assert writes(there, edited) == {user: int(user in pair) for user in PEOPLE}
        there.agrees(edited)
        assert writes(there, manifest) == {user: int(user in pair) for user in PEOPLE}
        there.agrees(manifest)


def closed(data: st.DataObject, now: str) -> None:
    """A closure is a write a person, or up to three beside a night if it is longer than six days."""
    manifest = data.draw(wards(near(now)), "manifest")
    first = near(now) + data.draw(st.integers(1, 30), "first") * DAY
    last = first + data.draw(st.integers(0, 16), "days") * DAY
    reading, around = Reading(manifest), list(dates(first - 2 * DAY, last + 3 * DAY))
    free = [user for user in PEOPLE if is_clear(reading, user, around)]
    sheets = {user for user in free if any(reading.sheet(user, day) is not None for day in around)}
    free = [user for user in free if user not in sheets]
    assume(free)
    user = data.draw(st.sampled_from(free), "user")
    closure = {"on": f"{first}..{last}", "name": "Works", "for": [user]}
    edited = manifest | {"closures": [*manifest["closures"], closure]}
    after = Reading(edited)
    stated = {
        day: frozenset(after.worked(user, day)) for day in dates(first, last + DAY) if after.stated(user, day)
    }
    weekly = {frozenset(reading.worked(user, day) ^ {day.isoweekday() + 9000}) for day in around}
    with hospital(now) as there:
        there.take(manifest)
        number = writes(there, edited)[user]
        there.agrees(edited)
        assert fewest.special([stated], number - 1) >= number - 1
        assert bool(number) == bool(stated)
        if len(weekly) <= 7:  # one week all along
            assert number <= (1 if (last - first).days < 6 else 3)


def edited_shift(data: st.DataObject, now: str) -> None:
    """Other hours under a name are a write for each row that holds it, and two for one that runs."""
    manifest = data.draw(wards(near(now)), "manifest")
    name, hours = data.draw(
        st.sampled_from((("N", "22:10-05:50"), ("E", "06:10-13:50"), ("A", "07:00-06:50")))
    )
    edited = manifest | {"shifts": manifest["shifts"] | {name: hours}}
    before, after = Reading(manifest), Reading(edited)
    with hospital(now) as there:
        there.take(manifest)
        least = most = dict.fromkeys(PEOPLE, 0)
        for user, rows in there.rows().items():
            for row in rows:
                first, last = bounds(row)
                differ = [
                    day
                    for day in dates(max(first, there.today), min(last, there.today + 100 * DAY))
                    if any(info["day"] == day.isoweekday() for info in row["daysInfo"])
                    and said_by(before, row, user, day) != said_by(after, row, user, day)
                ]
                least = least | {user: least[user] + bool(differ)}
                most = most | {user: most[user] + bool(differ) * (2 if first <= there.today else 1)}
        found = writes(there, edited)
        there.agrees(edited)
        for user in PEOPLE:
            assert least[user] <= found[user] <= most[user], (user, least, found, most)


def said_by(reading: Reading, row: JSON, user: str, day: date) -> set[int]:
    return reading.usual(user, day) if row["ruleType"] == "DEFAULT" else reading.worked(user, day)


def one_date(data: st.DataObject, now: str, **options: str) -> None:
    """Changing a date touches the rows that hold it and the date after, and their neighbours."""
    manifest = data.draw(wards(near(now), alone=False), "manifest")
    day, edited = changed(data, manifest, near(now))
    with hospital(now, **options) as there:
        there.take(manifest)
        before = there.rows()
        there.take(edited)
        there.agrees(edited)
        after = there.rows()
    for user in PEOPLE:
        had, have = ({row["workHoursId"]: said(row) for row in rows[user]} for rows in (before, after))
        touched = {id for id in have if had.get(id) != have[id]}
        allowed = near_to(before[user], after[user], day)
        assert touched <= allowed, (user, day, [(had.get(id), have[id]) for id in touched - allowed])


def changed(data: st.DataObject, manifest: JSON, first: date) -> tuple[date, JSON]:
    """A date, and the manifest with another word on a sheet for it, or an override of its own."""
    sheets = manifest["roster"]
    cells = [
        (label, user, place)
        for label, sheet in sheets.items()
        for user, row in sheet.items()
        for place in range(len(row.split()))
    ]
    if cells and data.draw(st.booleans(), "roster"):
        label, user, place = data.draw(st.sampled_from(cells), "word")
        words = sheets[label][user].split()
        words[place] = "D" if Reading(manifest).hours(words[place]) == NONE else "."
        assume(all(not clash([one], [other]) for one, other in pairwise(words)))
        edited = sheets | {label: sheets[label] | {user: " ".join(words)}}
        return first_date(label) + place * DAY, manifest | {"roster": edited}
    usual = [user for user in PEOPLE if manifest["workHours"][user] and Reading(manifest).has_usual(user)]
    assume(usual)
    user, day = data.draw(st.sampled_from(usual), "user"), first + data.draw(st.integers(1, 40), "day") * DAY
    entries = manifest["workHours"][user]
    begun = {begin for entry in entries if "override" in entry for begin, _ in stretches(entry)}
    assume(day not in begun)
    hours = data.draw(st.sampled_from(("off", "D", "N", "W", ["E", "n"])), "hours")
    special = {"override": "Other", "on": str(day), "hours": hours}
    return day, manifest | {"workHours": manifest["workHours"] | {user: [*entries, special]}}


def near_to(before: list[JSON], after: list[JSON], day: date) -> set[str]:
    """The rows that hold a date or the one after, what these were made of or fell into, and those beside."""
    held = [bounds(row) for row in (*before, *after) if meet(bounds(row), (day, day + DAY))]
    found: set[str] = set()
    for rows in (before, after):
        for rule in ("DEFAULT", "OVERRIDE"):
            timeline = sorted((row for row in rows if row.get("ruleType", "DEFAULT") == rule), key=bounds)
            for place, row in enumerate(timeline):
                if any(meet(bounds(row), each) for each in held):
                    found |= {each["workHoursId"] for each in timeline[max(place - 1, 0) : place + 2]}
    return found


def meet(one: Bounds, other: Bounds) -> bool:
    return one[0] <= other[1] and other[0] <= one[1]


EDITS = (swapped, closed, edited_shift, one_date, partial(one_date, profile="reference"))


@settings(max_examples=5)
@given(st.data(), st.sampled_from(NOWS), st.sampled_from(EDITS))
def test_an_edit_writes_what_it_touches(data: st.DataObject, now: str, edit: Edit) -> None:
    edit(data, now)


@pytest.mark.slow
@settings(max_examples=300)
@given(st.data(), st.sampled_from(NOWS), st.sampled_from(EDITS))
def test_many_more_edits_write_what_they_touch(data: st.DataObject, now: str, edit: Edit) -> None:
    edit(data, now)
