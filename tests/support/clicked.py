"""A tenant that people have clicked together: users, hours and meetings, none of them ours.

Dates are laid out by loops over days, apart from the program's own recurrences.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from tests.support.service import Service

JSON = dict[str, Any]
DAY = timedelta(days=1)
ZONES = ("America/New_York", "America/Denver")
TITLES = ("Huddle", "Ward round", "Supervision", "Team week", "Case conference", "Journal club", "Handover")
SHIFTS = {
    "E": [("06:00", "14:00")],
    "L": [("13:30", "21:30")],
    "D": [("08:00", "12:00"), ("13:00", "17:00")],
    ".": [],
}
NIGHT = [("22:00", "23:59:59")], [("00:00", "06:00")]
ROTATIONS = (
    ["EEEEE..", "LLLLL.."],
    ["DDDD...", "..DDDDD", "DD..DDD"],
    ["NNNN...", "EE..EE.", ".LLLL.."],
)
CYCLES = ("EELLNN....", "DDDD....")


class Clicked:
    """What is made, and how many lines a block-style list of it has."""

    def __init__(self, service: Service, seed: int, now: datetime, live: bool) -> None:
        self.service, self.random, self.today, self.live = service, random.Random(seed), now.date(), live
        self.ids: dict[str, str] = {}
        self.zones: dict[str, str] = {}
        self.lines = 0
        self.starts = 0

    def fill(self, users: int, events: int) -> None:
        names = [f"user{number:03}" for number in range(users)]
        self.zones = {name: self.random.choice(ZONES) for name in names}
        with ThreadPoolExecutor(4) as pool:
            self.ids = dict(zip(names, pool.map(self._user, names), strict=True))
            rows = [row for name in names for row in self.hours(name)]
            meetings: list[JSON] = []
            while len(meetings) < events:
                meetings += self.series(self.random.choice(names))
            list(pool.map(self._send_row, rows))
            list(pool.map(self._send_event, meetings[:events]))

    def _user(self, name: str) -> str:
        state = {"userState": "ACTIVE"} if self.live else {}
        return self.service.user(name, timezone=self.zones[name], firstName=name.title(), **state)

    def hours(self, name: str) -> Iterator[JSON]:
        choice = self.random.random()
        start = self.today - DAY * self.random.randint(0, 400)
        monday = self.today - DAY * self.today.weekday() + 7 * DAY
        if choice < 0.1:
            return
        if choice < 0.45:
            yield self.row(name, start, None, self.week())
        elif choice < 0.6:  # two periods, the second one open
            border, week = self.today + DAY * self.random.randint(5, 90), self.week()
            same = self.random.random() < 0.4
            yield self.row(name, start, border - DAY, week)
            yield self.row(name, border, None, week if same else self.week())
        elif choice < 0.7:  # nights
            days = self.random.sample(range(1, 8), 3)
            week: dict[int, list[tuple[str, str]]] = {}
            for day in days:
                week.setdefault(day, []).extend(NIGHT[0])
                week.setdefault(day % 7 + 1, []).extend(NIGHT[1])
            yield self.row(name, start, None, week)
        elif choice < 0.9:
            weeks = self.random.choice(ROTATIONS)
            yield from self.turns(name, "".join(weeks), monday, self.random.randrange(len(weeks)) * 7)
        else:
            cycle = self.random.choice(CYCLES)
            yield from self.turns(name, cycle, monday, self.random.randrange(len(cycle)))
        if self.live and self.random.random() < 0.3 and choice < 0.6:
            day = self.today + DAY * self.random.randint(3, 60)
            free = (
                {day.isoweekday(): []}
                if self.random.random() < 0.5
                else {day.isoweekday(): [("10:00", "12:00")]}
            )
            named = self.random.choice(("Dentist", "Training", None))
            yield self.row(name, day, day, free) | {
                "ruleType": "OVERRIDE",
                "type": "WORKING_HOURS",
                "name": named,
            }

    def week(self) -> dict[int, list[tuple[str, str]]]:
        shift = self.random.choice(("E", "L", "D"))
        return dict.fromkeys(range(1, self.random.randint(4, 7)), SHIFTS[shift])

    def turns(self, name: str, words: str, monday: date, phase: int) -> Iterator[JSON]:
        """A row for each week, of 20 weeks."""

        def hours(day: date) -> list[tuple[str, str]]:
            word, before = (words[((each - monday).days + phase) % len(words)] for each in (day, day - DAY))
            first = day > monday and before == "N"
            own = NIGHT[0] if word == "N" else SHIFTS[word]
            return [*(NIGHT[1] if first else []), *own]

        for place in range(20):
            start = monday + 7 * DAY * place
            days = [start + DAY * step for step in range(7)]
            yield self.row(name, start, days[-1], {day.isoweekday(): hours(day) for day in days})

    def row(self, name: str, start: date, end: date | None, week: dict[int, list[tuple[str, str]]]) -> JSON:
        spans = [
            (day, *span) for day, spans in sorted(week.items()) for span in sorted(spans) or [(None, None)]
        ]
        infos = [
            {"day": day, "startTime": begin, "endTime": over and (over if len(over) == 8 else f"{over}:00")}
            for day, begin, over in spans
            if begin or end == start
        ]
        for info in infos:
            info["startTime"] = info["startTime"] and f"{info['startTime']}:00"
        last = end or start.replace(year=start.year + 50, day=min(start.day, 28))
        self.lines += 3 + len(infos)
        return {
            "psmId": name, "startDateTime": f"{start}T00:00:00.000Z", "endDateTime": f"{last}T23:59:59.999Z",
            "daysInfo": infos,
        }  # fmt: skip

    def series(self, host: str) -> list[JSON]:
        """One series or one-off, with holes and moved dates."""
        rule = self.random.choice(("weekly", "weekly", "biweekly", "monthly", "daily", "once"))
        first = self.today + DAY * self.random.randint(1, 30)
        span = self.random.randint(60, 300)
        gives = self.rule(rule)
        days = [day for day in (first + DAY * step for step in range(span)) if gives(day, first)]
        exceptions = self.random.randint(0, 3) if len(days) > 8 else 0
        zone = ZoneInfo(self.random.choice(ZONES) if self.random.random() < 0.2 else self.zones[host])
        clock = time(self.random.randint(7, 17), self.random.choice((0, 15, 30)))
        length = timedelta(minutes=self.random.choice((15, 30, 45, 60, 90)))
        walls = {day: datetime.combine(day, clock) for day in days}
        for day in self.random.sample(days[1:-1], exceptions) if exceptions else ():
            if self.random.random() < 0.5:
                del walls[day]
            else:
                walls[day] += timedelta(hours=self.random.choice((1, 2, 24)))
        others = self.random.sample(sorted(self.ids), min(self.random.randint(0, 3), len(self.ids)))
        said = {"eventTitle": self.random.choice(TITLES), "eventType": "APPOINTMENT",
                "eventStatus": "SCHEDULED", "eventColor": "green",
                "eventMode": self.random.choice(("VIDEO", "IN-PERSON"))}  # fmt: skip
        if self.random.random() < 0.5:
            said["additionalInfo"] = {"location": f"Room {self.random.randint(1, 9)}"}
        people = [host, *(name for name in others if name != host)]
        return [self.event(people, wall, zone, length, said) for wall in walls.values()]

    def rule(self, name: str) -> Callable[[date, date], bool]:
        weekdays = self.random.sample(range(5), self.random.randint(1, 3))
        nth = self.random.randint(1, 4)

        def gives(day: date, first: date) -> bool:
            weeks = (day - first + DAY * first.weekday()).days // 7
            if name == "once":
                return day == first
            if name == "daily":
                return day.weekday() < 5
            if name == "monthly":
                return day.weekday() == weekdays[0] and (day.day - 1) // 7 + 1 == nth
            return day.weekday() in weekdays and (name == "weekly" or weeks % 2 == 0)

        return gives

    def event(self, people: list[str], wall: datetime, zone: ZoneInfo, length: timedelta, said: JSON) -> JSON:
        start = wall.replace(tzinfo=zone).astimezone(UTC)
        self.lines += 7 + len(people)
        return said | {
            "hostId": people[0], "startDateTime": _stamp(start), "endDateTime": _stamp(start + length),
            "participants": people,
        }  # fmt: skip

    def _send_row(self, row: JSON) -> None:
        body = row | {"psmId": self.ids[row["psmId"]]}
        self.service.send("POST", "/gh/sb-demo/calendar/work-hours", body)

    def _send_event(self, event: JSON) -> None:
        people = [
            {"participantId": self.ids[name], "participantRole": "psm"} for name in event["participants"]
        ]
        body = event | {"hostId": self.ids[event["hostId"]], "participants": people}
        if not self.live:
            del body["eventColor"]
        self.service.send("POST", "/gh/sb-demo/calendar/events", body)


def _stamp(instant: datetime) -> str:
    return f"{instant:%Y-%m-%dT%H:%M:%S}.000Z"
