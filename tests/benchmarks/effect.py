"""Prints the CPU seconds of the staffing effect, as plain data: 1,000 people, 10,000 events, 26 weeks.

People live in three zones, one in ten changes hours, one in twenty goes on leave. How many rows each has is
the first argument: one, or one a week as rotations have, nearly all different.
"""

from __future__ import annotations

import gc
import sys
import time
from datetime import UTC, date, datetime, timedelta

from reconciler.staffing.data import impact_data, violation_data
from reconciler.staffing.review import effect
from tests.support.staffed import DAYS, JSON, Clinic, Side, Someone, event, row

NOW, MONDAY = datetime(2027, 3, 1, 12, tzinfo=UTC), date(2027, 3, 1)
ZONES = ("America/Los_Angeles", "America/New_York", "Europe/Berlin")
DAY, HOUR = 86_400, 3600
POLICIES = (
    {"maxWeeklyHours": "60", "users": "all"},
    {"minRest": "3h", "users": "all"},
    {"cover": "50", "of": "all", "days": "mon-fri", "between": "09:00-15:00"},
)


def main(rows: int) -> None:
    clinic = Clinic(NOW, {}, policies=list(POLICIES), horizon=timedelta(weeks=26))
    for number in range(1000):
        clinic.people[f"p{number:04}"] = _someone(number, rows)
        clinic.events += [_visit(number, turn) for turn in range(10)]
    context = clinic.context()
    plan, live = clinic.plan(context), clinic.snapshot()
    gc.set_threshold(100_000, 50, 50)  # as the command line does
    started = time.process_time()
    found = effect(plan, live, context)
    data = impact_data(found.impact), [violation_data(each) for each in found.violations]
    took = time.process_time() - started
    assert len(data[0]["coverage"]["dates"]) == 183
    assert len(data[0]["hours"]["people"]) > 100
    print(took)


def _someone(number: int, rows: int) -> Someone:
    had = (
        [_row(number, week) for week in range(rows)]
        if rows > 1
        else [_row(number, 0) | {"endDateTime": None}]
    )
    before = Side(ZONES[number % 3], had)
    later = [_shorter(each) if place == min(5, rows - 1) else each for place, each in enumerate(had)]
    leave = [(int(NOW.timestamp()) + 35 * DAY, int(NOW.timestamp()) + 40 * DAY)]
    after = Side(before.zone or "", later if number % 10 == 0 else had, leave if number % 20 == 3 else [])
    return Someone(before, after, ("RN", "MD", None)[number % 3])


def _row(number: int, week: int) -> JSON:
    turn = (number * 7 + week * 3) % 40
    hours = f"{6 + turn % 4:02}:{number % 4 * 15:02}-{13 + turn % 5:02}:{week % 4 * 15:02}"
    first = MONDAY + timedelta(weeks=week)
    days = {day: [hours] for day in DAYS[turn % 3 : turn % 3 + 5]}
    return row(str(first), str(first + timedelta(days=6)), days, id=f"{number}-{week}")


def _shorter(each: JSON) -> JSON:
    return each | {"daysInfo": [{**info, "endTime": "12:00:00"} for info in each["daysInfo"]]}


def _visit(number: int, turn: int) -> JSON:
    start = int(NOW.timestamp()) + DAY * (1 + number * turn % 180) + HOUR * (turn % 9)
    patients = ["patient"] if turn % 3 == 0 else []
    return event(f"e{number}-{turn}", f"p{number:04}", start, start + HOUR // 2, patients)


main(int(sys.argv[1]))
