"""Overrides that others made in Welkin survive all that is applied, byte for byte."""

from __future__ import annotations

import json
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.kinds.work_hours.test_layers import FREELY, NOWS, Hospital, hospital, near
from tests.support import rota
from tests.support.layers import DAY, JSON, Reading, dates
from tests.support.staffs import text_of
from tests.support.wards import PEOPLE, edits, wards

HOURS = ((None, None), ("10:00:00", "12:00:00"), ("00:00:00", "23:59:59"))
CONFLICT = "an override made in Welkin states"


@st.composite
def foreign(draw: st.DrawFn, first: date) -> tuple[str, JSON]:
    """A person, and an override of some weekdays for some dates."""
    start = first + timedelta(days=draw(st.integers(0, 40)))
    end = start + timedelta(days=draw(st.sampled_from((0, 0, 0, 1, 3, 6, 9))))
    named = {start.isoweekday(), *draw(st.sets(st.integers(1, 7), max_size=3))}
    infos = [
        {"day": day, "startTime": begin, "endTime": until}
        for day in sorted(named)
        for begin, until in [draw(st.sampled_from(HOURS))]
    ]
    bounds = {"startDateTime": f"{start}T00:00:00.000Z", "endDateTime": f"{end}T23:59:59.999Z"}
    row = {"name": draw(st.sampled_from((None, "By hand"))), "ruleType": "OVERRIDE", "daysInfo": infos}
    return draw(st.sampled_from(PEOPLE)), row | bounds


def apart(made: list[tuple[str, JSON]]) -> list[tuple[str, JSON]]:
    """Those that don't begin on one date of one person: which of two is meant nobody could say."""
    return list({(user, row["startDateTime"]): (user, row) for user, row in made}.values())


def states(row: JSON, day: date) -> bool:
    first, last = (row[key][:10] for key in ("startDateTime", "endDateTime"))
    return first <= str(day) <= last and any(info["day"] == day.isoweekday() for info in row["daysInfo"])


class Hand:
    """What somebody has made in Welkin, and whether it is still there."""

    def __init__(self, there: Hospital, made: list[tuple[str, JSON]]) -> None:
        self.there, ids = there, set[str]()
        for user, row in made:
            body = row | {"psmId": there.service.id_of(user)}
            answer = there.service.send("POST", "/gh/sb-demo/calendar/work-hours", body)
            ids |= {each["workHoursId"] for each in answer.json()["details"]}
        self.rows = {
            user: [row for row in rows if row["workHoursId"] in ids] for user, rows in there.rows().items()
        }

    def survives(self, manifest: JSON) -> None:
        """All is as it was, but for a row on whose first date the manifest states something itself."""
        reading, found = Reading(manifest), self.there.rows()
        for user, rows in self.rows.items():
            now = {row["workHoursId"]: row for row in found[user]}
            for row in rows:
                first = date.fromisoformat(row["startDateTime"][:10])
                if not reading.stated(user, first):
                    assert json.dumps(now[row["workHoursId"]]) == json.dumps(row), (user, row)


def blocked(there: Hospital, manifest: JSON, rows: dict[str, list[JSON]]) -> set[str]:
    """Those of whom somebody else's override states a date that the manifest states as well."""
    reading = Reading(manifest)
    days = list(dates(there.today, there.today + 120 * DAY))
    return {
        user
        for user in PEOPLE
        for day in days
        if reading.stated(user, day) and any(states(row, day) for row in rows[user])
    }


def held(there: Hospital, hand: Hand, manifest: JSON, prune: str) -> None:
    reading, busy = Reading(manifest), blocked(there, manifest, hand.rows)
    there.workspace.write(FREELY.replace("prune: true", prune) + text_of(manifest))
    done = there.workspace.run("apply", "--auto-approve")
    assert done.code in ((0, 3) if busy else (0,)), done
    assert (CONFLICT in done.stdout) == (done.code == 3), done
    hand.survives(manifest)
    there.service.forget()
    assert there.workspace.run("apply", "--auto-approve").code == done.code
    assert there.service.writes() == []
    for user, rows in there.rows().items():
        if user in busy:
            continue
        for day in dates(there.today + DAY, there.today + 54 * DAY):
            if any(states(row, day) for row in hand.rows[user]):
                continue
            if reading.has_usual(user) or reading.stated(user, day):
                assert rota.on(rows, day) == reading.worked(user, day), (user, day)


def beside(data: st.DataObject, now: str) -> None:
    first = near(now)
    manifest = data.draw(wards(first), "manifest")
    made = data.draw(st.lists(foreign(first), min_size=1, max_size=6).map(apart), "made")
    with hospital(now) as there:
        there.take(manifest)
        hand = Hand(there, made)
        held(there, hand, manifest, "prune: true")
        edited = data.draw(edits(manifest, first), "edited")
        held(there, hand, edited, "prune: true")


@settings(max_examples=4)
@given(st.data(), st.sampled_from(NOWS))
def test_what_others_made_survives(data: st.DataObject, now: str) -> None:
    beside(data, now)


@pytest.mark.slow
@settings(max_examples=200)
@given(st.data(), st.sampled_from(NOWS))
def test_much_more_that_others_made_survives(data: st.DataObject, now: str) -> None:
    beside(data, now)
