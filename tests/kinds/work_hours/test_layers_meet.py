"""Each layer beside each other: on one date and on neighbouring ones, with nights between; by two readings.

What is meant is read here day by day from the same facts as the manifests are written of; what holds is read
from the rows of the service.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import product
from typing import NamedTuple

import pytest

from tests.conftest import Workspace
from tests.support import rota
from tests.support.service import Service

DAY, FIRST = timedelta(days=1), date(2026, 12, 7)
CLOCK = {"N": (1320, 1800), "E": (360, 840), ".": None}
USUAL = "NNNNNNN"
LAYERS = ("closure", "roster", "override", "swap")


class Case(NamedTuple):
    """Two layers, so many dates apart, and the word that each gives its date."""

    one: str
    other: str
    apart: int
    words: tuple[str, str]


def cases() -> Iterator[Case]:
    for one, other, apart in product(LAYERS, LAYERS, (0, 1)):
        if (one, apart) == (other, 0):
            continue
        for words in product(".EN", ".EN"):
            if all(
                word == "." for word, layer in zip(words, (one, other), strict=True) if layer == "closure"
            ):
                yield Case(one, other, apart, words)


class Meant:
    """One person's dates as the layers give them, with the manifests that say so."""

    def __init__(self, number: int, case: Case) -> None:
        self.name, self.partner = f"a{number}", f"b{number}"
        self.said = {FIRST + DAY * step: USUAL[step % 7] for step in range(21)}
        self.partners: dict[date, str] = {}
        self.given: dict[date, str] = {}
        self.items: list[str] = []
        self.closures: list[str] = []
        self.swaps: list[str] = []
        self.sheet: dict[date, str] = {}
        day = FIRST + DAY * 2
        named = [(LAYERS.index(case.one), day, case.words[0])]
        named.append((LAYERS.index(case.other), day + DAY * case.apart, case.words[1]))
        if 1 in (layer for layer, _, _ in named):  # a sheet names its whole week
            week = {FIRST + DAY * step: "." for step in range(7)}
            self.sheet = week | {each: word for layer, each, word in named if layer == 1}
        for layer, each, word in sorted(named):
            getattr(self, f"_{LAYERS[layer]}")(each, word)

    def _closure(self, day: date, word: str) -> None:
        self.closures.append(f"{{on: {day}, for: [{self.name}]}}")
        self.said[day] = "."

    def _roster(self, day: date, word: str) -> None:
        self.said |= self.sheet

    def _override(self, day: date, word: str) -> None:
        hours = {"N": "22:00-06:00", "E": "06:00-14:00", ".": "off"}[word]
        self.items.append(f"{{override: X{day.day}, on: {day}, hours: {hours}}}")
        self.said[day] = word

    def _swap(self, day: date, word: str) -> None:
        self.swaps.append(f"{{on: {day}, between: [{self.name}, {self.partner}]}}")
        self.partners[day], self.given[day] = word, self.said[day]
        self.said[day] = word


def minutes(words: dict[date, str], day: date) -> set[int]:
    found = set[int]()
    for each, shift in ((day, 0), (day - DAY, 1440)):
        span = CLOCK[words.get(each, ".")]
        found |= {minute - shift for minute in range(*span) if 0 <= minute - shift < 1440} if span else set()
    return found


def written(people: list[Meant]) -> str:
    users = "".join(
        f"  {each}: {{email: {each}@example.org}}\n" for one in people for each in (one.name, one.partner)
    )
    hours = ""
    for one in people:
        row = f"{{from: {FIRST}, to: {FIRST + DAY * 20}, days: {' '.join(USUAL)}}}"
        hours += f"  {one.name}: [{', '.join([row, *one.items])}]\n"
        theirs = (
            f"{{override: Y{day.day}, on: {day}, hours: {'22:00-06:00' if word == 'N' else '06:00-14:00'}}}"
            for day, word in one.partners.items()
            if word != "."
        )
        off = f"{{from: {FIRST}, days: off}}"
        hours += f"  {one.partner}: [{', '.join([off, *theirs])}]\n"
    rows = "".join(f"    {one.name}: {' '.join(one.sheet.values())}\n" for one in people if one.sheet)
    closures = ", ".join(text for one in people for text in one.closures)
    swaps = ", ".join(text for one in people for text in one.swaps)
    head = (
        "shifts: {E: 06:00-14:00, N: 22:00-06:00}\n"
        f"limits: {{updatePercent: 100, deletes: 500, deletePercent: 100}}\nusers:\n{users}"
    )
    return f"{head}workHours:\n{hours}roster:\n  2026-W50:\n{rows}closures: [{closures}]\nswaps: [{swaps}]\n"


@pytest.mark.both
def test_what_two_layers_give(profile: str, service: Service, workspace: Workspace) -> None:
    people = [Meant(number, case) for number, case in enumerate(cases())]
    workspace.at(service).write(written(people))
    workspace.run("apply", "--auto-approve")  # a service without overrides shows only now that it has none
    workspace.apply()
    workspace.settled()
    held = service.hours(*(each for one in people for each in (one.name, one.partner)))
    for one, case in zip(people, cases(), strict=True):
        gave = {**dict.fromkeys(one.said, "."), **one.given}
        for day in rota.days(FIRST, FIRST + DAY * 21):
            assert rota.on(held[one.name], day) == minutes(one.said, day), (case, day)
            assert rota.on(held.get(one.partner, []), day) == minutes(gave, day), (case, day)
    if profile == "live":
        for name, rows in held.items():
            stated = [
                day
                for row in rows
                if row["ruleType"] == "OVERRIDE"
                for day in rota.days(
                    *(date.fromisoformat(row[end][:10]) for end in ("startDateTime", "endDateTime"))
                )
                if any(info["day"] == day.isoweekday() for info in row["daysInfo"])
            ]
            assert len(stated) == len(set(stated)), name
