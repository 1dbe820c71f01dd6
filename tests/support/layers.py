"""The hours language read date by date and layer by layer: slow, and apart from our own reckoning.

A manifest is plain data, as written: its words are taken apart here again. What this shares with the program
is the text of the language alone. A date has the shifts of the last layer that names it: periods, closures,
sheets of a roster, overrides, swaps; a shift is (first minute of the date, minute that it no longer holds),
which may lie on the next date.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any, NamedTuple

from tests.support import minutes

JSON = dict[str, Any]
DAY = timedelta(days=1)
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
FREE = (".", "-", "off")
Shifts = frozenset[tuple[int, int]]
NONE: Shifts = frozenset()
WHOLE = (0, 1440)
Stretch = tuple[date, date]


class Statement(NamedTuple):
    """What an override, a swap or a stretch of closed dates says: its kind, and which of its kind."""

    kind: str
    number: int
    stretch: int = 0


class Said(NamedTuple):
    """The shifts that a date begins with, and the statement beyond usual hours and rosters that says so."""

    shifts: Shifts
    by: Statement | None = None


class Reading:
    """Asks a manifest of single dates."""

    def __init__(self, manifest: JSON) -> None:
        self.manifest = manifest

    def _section(self, name: str) -> Any:
        return self.manifest.get(name, {})

    def zone(self, user: str) -> str:
        return str(self._section("users")[user].get("timezone", "America/Los_Angeles"))

    # What a date says

    def worked(self, user: str, day: date) -> set[int]:
        """The minutes that the clock shows on a date at work, the end of the night before included."""
        return _united(self.shifts(user, day), self.shifts(user, day - DAY))

    def usual(self, user: str, day: date) -> set[int]:
        """The same of periods and rosters alone."""
        return _united(*(self._without_statements(user, each) for each in (day, day - DAY)))

    def stated(self, user: str, day: date) -> Statement | None:
        """The statement whose row has to say what this date has."""
        own = self.said(user, day).by
        differs = self.has_usual(user) and self.worked(user, day) != self.usual(user, day)
        if own and (differs or own.kind != "closure"):
            return own
        return self.said(user, day - DAY).by if differs else None

    def name(self, user: str, by: Statement) -> str:
        """What the rows of a statement are called."""
        if by.kind == "override":
            return str(self._section("workHours")[user][by.number]["override"])
        if by.kind == "swap":
            (other,) = (each for each in self.manifest["swaps"][by.number]["between"] if each != user)
            return f"Swap with {other}"
        closure = self.manifest["closures"][by.number]
        return str(closure.get("name") or self._closed(closure)[by.stretch][1] or "Closed")

    def shifts(self, user: str, day: date) -> Shifts:
        return self.said(user, day).shifts

    def instants(self, user: str, day: date) -> set[int]:
        """The minutes since 1970 at which the clock shows the shifts that a calendar has on a date."""
        begun = self._joined(user, day)
        wall = {
            (day + DAY * (minute // 1440), minute % 1440)
            for start, end in begun
            for minute in range(start, end)
        }
        first = minutes.midnight(self.zone(user), day)
        shown = minutes.walls(self.zone(user), first, first + 3 * 86_400)
        return {first // 60 + place for place, each in enumerate(shown) if each in wall}

    def _joined(self, user: str, day: date) -> Shifts:
        """The shifts of a date, with what goes on at midnight and without what goes on from the date before.

        Hours written in two pieces are shown as the one duty that they are; whole days are always their own.
        """
        own, before, after = (self.shifts(user, day + step * DAY) for step in (0, -1, 1))
        late = {end for start, end in before if (start, end) != WHOLE}
        early = {start: end for start, end in after if (start, end) != WHOLE}
        return frozenset(
            (start, 1440 + early[0] if (start, end) != WHOLE and end == 1440 and 0 in early else end)
            for start, end in own
            if (start, end) == WHOLE or start > 0 or 1440 not in late
        )

    # The layers, from the last to the first

    def said(self, user: str, day: date) -> Said:
        for number, swap in enumerate(self.manifest.get("swaps", ())):
            if user in swap["between"] and _within(swap, day):
                (other,) = (each for each in swap["between"] if each != user)
                shifts = self._until_last_day(user, day, self._by_four(other, day).shifts)
                return Said(shifts, Statement("swap", number))
        return self._by_four(user, day)

    def _by_four(self, user: str, day: date) -> Said:
        shifts, by = self._override(user, day) or self._by_three(user, day)
        return Said(self._until_last_day(user, day, shifts), by)

    def _by_three(self, user: str, day: date) -> Said:
        sheet = self.sheet(user, day)
        if sheet is not None:
            return Said(sheet)
        closure = self.closure(user, day)
        return Said(NONE, closure) if closure and self.has_usual(user) else Said(self.period(user, day))

    def _without_statements(self, user: str, day: date) -> Shifts:
        sheet = self.sheet(user, day)
        return self._until_last_day(user, day, self.period(user, day) if sheet is None else sheet)

    def _until_last_day(self, user: str, day: date, shifts: Shifts) -> Shifts:
        last = self._section("users").get(user, {}).get("lastDay", "9999")
        return shifts if str(day) <= last else NONE

    def _override(self, user: str, day: date) -> Said | None:
        found: list[tuple[date, Said]] = []
        for number, entry in enumerate(self._section("workHours").get(user, ())):
            if "override" not in entry:
                continue
            begun = [first for first, last in stretches(entry) if first <= day <= last]
            hours = self._special(entry).get(day.isoweekday())
            if begun and hours is not None:
                found.append((max(begun), Said(hours, Statement("override", number))))
        return max(found, key=lambda each: each[0])[1] if found else None

    def _special(self, entry: JSON) -> dict[int, Shifts]:
        """The hours of an override, of the weekdays that it names."""
        if "days" in entry:
            return self.week(entry["days"])
        return dict.fromkeys(range(1, 8), self.hours(entry["hours"]))

    def sheet(self, user: str, day: date) -> Shifts | None:
        """What a roster says of a date, if any of its sheets names it for the person."""
        for label, rows in self._section("roster").items():
            words = rows.get(user, "").split()
            place = (day - first_date(label)).days
            if 0 <= place < len(words):
                return self.hours(words[place])
        return None

    def closure(self, user: str, day: date) -> Statement | None:
        """The first closure in the files that closes the date for the person."""
        for number, closure in enumerate(self.manifest.get("closures", ())):
            who = "for" not in closure or self.among(user, closure["for"], day)
            if not who or self.among(user, closure.get("except", ()), day):
                continue
            for place, ((first, last), _) in enumerate(self._closed(closure)):
                if first <= day <= last:
                    return Statement("closure", number, place)
        return None

    def _closed(self, closure: JSON) -> list[tuple[Stretch, str]]:
        """The stretches of a closure, and what a calendar calls each."""
        if "holidays" not in closure:
            return [(stretch, "") for stretch in stretches(closure)]
        named = closure["holidays"]
        lists = [self._section("calendars")[name] for name in ([named] if isinstance(named, str) else named)]
        return [
            (_range(text), each[text] if isinstance(each, dict) else "") for each in lists for text in each
        ]

    def has_usual(self, user: str) -> bool:
        """Whether somebody has usual hours, be they none; with overrides alone nobody knows them."""
        entries = self._section("workHours").get(user)
        return entries is not None and (not entries or any("override" not in entry for entry in entries))

    def period(self, user: str, day: date) -> Shifts:
        """What the periods of `workHours` give."""
        for entry in self._section("workHours").get(user, ()):
            if "override" not in entry and entry["from"] <= str(day) <= entry.get("to", "9999"):
                source = self._section("templates")[entry["template"]] if "template" in entry else entry
                if "days" in source:
                    return self.week(source["days"]).get(day.isoweekday(), NONE)
                return self._turn(source["rotation"], entry.get("offset", "0 days"), day)
        return NONE

    def _turn(self, rotation: Any, offset: str, day: date) -> Shifts:
        spec = rotation if isinstance(rotation, dict) else self._section("rotations")[rotation]
        number, unit = offset.split()
        first = date.fromisoformat(spec["starts"]) + int(number) * (7 if unit.startswith("week") else 1) * DAY
        if "cycle" in spec:
            words = spec["cycle"].split()
            return self.hours(words[(day - first).days % len(words)])
        place = (day - (first - first.weekday() * DAY)).days // 7 % len(spec["weeks"])
        return self.week(spec["weeks"][place]).get(day.isoweekday(), NONE)

    # Its words

    def week(self, said: Any) -> dict[int, Shifts]:
        """The shifts of the weekdays that a week names; a row and `off` name all."""
        if said == "off":
            return dict.fromkeys(range(1, 8), NONE)
        if isinstance(said, str):
            return {place: self.hours(word) for place, word in enumerate(said.split(), 1)}
        ranges = sorted(said.items(), key=lambda item: "-" not in item[0])  # a single day beats a range
        return {day: self.hours(hours) for days, hours in ranges for day in _weekdays(days)}

    def hours(self, said: str | list[str]) -> Shifts:
        """The shifts that a word, a range or a list of both stands for."""
        if isinstance(said, list):
            return frozenset(shift for each in said for shift in self.hours(each))
        if said in FREE:
            return NONE
        if said in self._section("shifts"):
            return self.hours(self._section("shifts")[said])
        start, end = (_minute(clock) for clock in said.replace("–", "-").split("-"))
        return frozenset({(start, end if end > start else end + 1440)})

    def among(self, user: str, people: Any, day: date) -> bool:
        """Whether a list of people names somebody on a date."""
        return any(self._is(user, each, day) for each in people)

    def _is(self, user: str, each: str | JSON, day: date) -> bool:
        if isinstance(each, str):
            return each == user
        if not each.get("from", "0") <= str(day) <= each.get("until", "9999"):
            return False
        return each.get("user") == user or (
            "team" in each and self.among(user, self._section("teams")[each["team"]], day)
        )


def stretches(entry: JSON) -> list[Stretch]:
    """`on` (a date, a range, a list of both) or `from` and `to`."""
    if "on" not in entry:
        return [(date.fromisoformat(entry["from"]), date.fromisoformat(entry["to"]))]
    items = entry["on"] if isinstance(entry["on"], list) else [entry["on"]]
    return [_range(item) for item in items]


def dates(first: date, last: date) -> Iterator[date]:
    return (first + DAY * step for step in range((last - first).days + 1))


def _within(entry: JSON, day: date) -> bool:
    return any(first <= day <= last for first, last in stretches(entry))


def _range(text: str) -> Stretch:
    first, _, last = text.partition("..")
    return date.fromisoformat(first), date.fromisoformat(last or first)


def first_date(label: str) -> date:
    if "W" not in label:
        return date.fromisoformat(label)
    year, week = label.split("-W")
    fourth = date(int(year), 1, 4)  # in the first week by ISO 8601
    return fourth + (7 * (int(week) - 1) - fourth.weekday()) * DAY


def _weekdays(text: str) -> list[int]:
    first, _, last = text.partition("-")
    begin, end = WEEKDAYS.index(first), WEEKDAYS.index(last or first)
    return [(begin + step) % 7 + 1 for step in range((end - begin) % 7 + 1)]


def _minute(clock: str) -> int:
    hour, minute = clock.split(":")
    return int(hour) * 60 + int(minute)


def _united(own: Shifts, before: Shifts) -> set[int]:
    """The minutes of a date of its own shifts, and of those of the date before."""
    today = {minute for start, end in own for minute in range(start, min(end, 1440))}
    return today | {minute for start, end in before for minute in range(max(start - 1440, 0), end - 1440)}
