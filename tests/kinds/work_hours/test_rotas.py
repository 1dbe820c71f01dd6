"""Invented rotas against an independent reading, date by date, of what the service then holds.

Nights, whole days, rotations, overrides with and without nights; in both profiles, in five zones, before both
changes of the clocks. An override that states a weekday beats the usual row on that date.
"""

from __future__ import annotations

import random
from datetime import date, timedelta
from typing import NamedTuple

import pytest

from tests.conftest import Simulate, Workspace
from tests.support import rota

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
ZONES = ("America/Los_Angeles", "Australia/Lord_Howe", "Asia/Kolkata", "America/Santiago", "Europe/Berlin")
PEOPLE = 25
FREELY = ("--allow", "updatePercent=100")
Week = dict[int, list[tuple[int, int]]]


class Layer(NamedTuple):
    """A period, or an override, as it is drawn; weeks in turn from a Monday."""

    start: date
    end: date | None
    weeks: list[Week]
    phase: date
    name: str = ""

    def says(self, day: date) -> list[tuple[int, int]] | None:
        if day < self.start or (self.end and day > self.end):
            return None
        week = self.weeks[(day - self.phase).days // 7 % len(self.weeks)]
        return week.get(day.isoweekday(), None if self.name else [])

    def written(self) -> str:
        to = f", to: {self.end}" if self.end else ""
        weeks = [_written(week) for week in self.weeks]
        if self.name:
            return f"{{override: {self.name}, from: {self.start}{to}, days: {weeks[0]}}}"
        turning = f"rotation: {{starts: {self.phase}, weeks: [{', '.join(weeks)}]}}"
        return f"{{from: {self.start}{to}, {turning if len(weeks) > 1 else f'days: {weeks[0]}'}}}"


def _written(week: Week) -> str:
    if not any(week.values()) and len(week) == 7:
        return "off"
    hours = (f"[{', '.join(map(_clocks, spans))}]" if spans else "off" for spans in week.values())
    return f"{{{', '.join(f'{DAYS[day - 1]}: {said}' for day, said in zip(week, hours, strict=True))}}}"


def _clocks(span: tuple[int, int]) -> str:
    start, end = span
    end = end if end <= 1440 else end - 1440
    return f"{start // 60:02}:{start % 60:02}-{end // 60:02}:{end % 60:02}"


def a_week(chosen: random.Random) -> Week:
    """Nights end by six, and nothing but a whole day begins before seven; that follows no night."""
    week: Week = {}
    for day in range(1, 8):
        kind = chosen.choice(("none", "off", "day", "split", "night", "night", "long", "whole"))
        late = max((end for _, end in week.get(day - 1, ())), default=0)
        spans = {
            "none": None,
            "off": [],
            "day": [(540, 1020)],
            "split": [(480, 720), (780, chosen.choice((1020, 1440)))],
            "night": [(chosen.choice((1200, 1320)), 1440 + chosen.choice((120, 360)))],
            "long": [(420, 840), (1320, 1440 + 330)],
            "whole": [(0, 1440)] if late <= 1440 and day > 1 else [(420, 1440)],
        }[kind]
        if spans is not None:
            week[day] = spans
    return week or {1: [(540, 1020)]}


def a_rota(chosen: random.Random, first: date) -> list[Layer]:
    monday = first - timedelta(days=first.weekday())
    layers, start = [], first + timedelta(days=chosen.randrange(4))
    for place in range(chosen.randrange(1, 4)):
        open_end = place == 2 or chosen.random() < 0.3
        end = None if open_end else start + timedelta(days=chosen.randrange(5, 40))
        phase = monday + timedelta(weeks=chosen.randrange(-3, 3))
        layers.append(Layer(start, end, [a_week(chosen) for _ in range(chosen.choice((1, 1, 2, 3)))], phase))
        if end is None:
            break
        start = end + timedelta(days=chosen.choice((1, 1, 1, 4)))
    for number in range(chosen.randrange(4)):
        begin = first + timedelta(days=chosen.randrange(60))
        length = chosen.choice((0, 0, 1, 2, 6, 13, 30))
        off: Week = {day: [] for day in range(1, 8)}
        days = off if chosen.random() < 0.4 else a_week(chosen)
        end = begin + timedelta(days=length)
        reached = {(begin + timedelta(days=step)).isoweekday() for step in range(length + 1)}
        if reached & days.keys() and begin not in {layer.start for layer in layers if layer.name}:
            layers.append(Layer(begin, end, [days], monday, f"no {number}"))
    return layers


def shifts(layers: list[Layer], day: date) -> list[tuple[int, int]]:
    """Of the last layer that names the date: overrides after the usual hours, by their beginning."""
    found: list[tuple[int, int]] = []
    for layer in sorted(layers, key=lambda layer: (bool(layer.name), layer.start)):
        said = layer.says(day)
        found = said if said is not None else found
    return found


def wanted(layers: list[Layer], day: date) -> set[int]:
    own = {minute for start, end in shifts(layers, day) for minute in range(start, min(end, 1440))}
    before = shifts(layers, day - timedelta(days=1))
    return own | {minute for _, end in before if end > 1440 for minute in range(end - 1440)}


@pytest.mark.both
@pytest.mark.parametrize(("seed", "now"), [(1, "2026-10-20T12:00:00Z"), (2, "2027-03-09T12:00:00Z")])
def test_the_service_holds_the_hours_of_every_date(
    seed: int, now: str, profile: str, simulate_service: Simulate, workspace: Workspace
) -> None:
    chosen, first = random.Random(seed), date.fromisoformat(now[:10]) + timedelta(days=3)
    rotas = {f"p{number}": a_rota(chosen, first) for number in range(PEOPLE)}
    service = simulate_service(profile=profile, now=now)
    workspace.now = now
    workspace.at(service).write(_manifest(rotas))
    # A service that shows no kind of row takes no overrides at first: the next plan cuts them in.
    workspace.apply(*FREELY, code=3 if profile == "reference" else 0)
    workspace.apply(*FREELY)
    workspace.settled()
    for name, rows in service.hours(*rotas).items():
        for day in rota.days(first, first + timedelta(days=100)):
            assert rota.on(rows, day) == wanted(rotas[name], day), (name, day, _manifest({name: rotas[name]}))


def test_an_edit_leads_from_one_rota_to_another(simulate_service: Simulate, workspace: Workspace) -> None:
    chosen, first = random.Random(3), date(2026, 12, 1)
    before, after = ({f"p{n}": a_rota(chosen, first) for n in range(PEOPLE)} for _ in range(2))
    overrides = {name: [layer for layer in layers if layer.name] for name, layers in before.items()}
    after = {
        name: [layer for layer in layers if not layer.name] + overrides[name]
        for name, layers in after.items()
    }
    service = simulate_service()
    for rotas in (before, after):
        workspace.at(service).write(
            "prune: true\nlimits: {updatePercent: 100, deletes: 999, deletePercent: 100}\n" + _manifest(rotas)
        )
        workspace.apply()
        workspace.settled()
    for name, rows in service.hours(*after).items():
        for day in rota.days(first, first + timedelta(days=100)):
            assert rota.on(rows, day) == wanted(after[name], day), (name, day)


def _manifest(rotas: dict[str, list[Layer]]) -> str:
    users = [
        f"  {name}: {{email: {name}@example.org, timezone: {ZONES[place % len(ZONES)]}}}\n"
        for place, name in enumerate(rotas)
    ]
    hours = [
        f"  {name}:\n" + "".join(f"    - {layer.written()}\n" for layer in layers)
        for name, layers in rotas.items()
    ]
    return "hoursAhead: 16 weeks\nusers:\n" + "".join(users) + "workHours:\n" + "".join(hours)
