"""Invented environments of few people and series, and how one is edited into another: for tests of pairs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from hypothesis import strategies as st

JSON = dict[str, Any]
Draw = st.DrawFn
PEOPLE = ("ana", "ben", "cleo", "dov")
SERIES = ("huddle", "rounds", "review")
FIRST = date(2026, 11, 23)  # a Monday, the day before the tests' present
ZONES = ("America/Los_Angeles", "Europe/Berlin", "Pacific/Auckland")
WEEKS = (
    {"mon-fri": "09:00-17:00"},
    {"mon-thu": ["08:00-12:00", "13:00-17:00"], "fri": "08:00-12:00"},
    {"mon": "22:00-06:00", "wed": "22:00-06:00", "sat-sun": "10:00-14:00"},
    {"tue": "07:30-15:30"},
)


def day(draw: Draw, first: int, last: int) -> date:
    return FIRST + timedelta(days=draw(st.integers(first, last)))


@st.composite
def users(draw: Draw) -> JSON:
    fields = {
        "timezone": st.sampled_from(ZONES),
        "locale": st.sampled_from(("en-US", "de-DE")),
        "credentials": st.sampled_from(("RN", "PT")),
        "firstName": st.sampled_from(("Ana", "Bo")),
        "phone": st.just("+15552009845"),
        "attributes": st.sampled_from(({"npi": "1"}, {"npi": "2", "unit": "B"})),
    }
    return draw(st.fixed_dictionaries({}, optional=fields))


@st.composite
def hours(draw: Draw) -> list[JSON]:
    """Usual weeks or rotations one after the other, and overrides."""
    entries: list[JSON] = []
    start = day(draw, -20, 20)
    for _ in range(draw(st.integers(0, 3))):
        end = start + timedelta(days=draw(st.integers(0, 60)))
        entry: JSON = {"from": str(start), "to": str(end)}
        if draw(st.booleans()):
            weeks = draw(st.lists(st.sampled_from(WEEKS), min_size=1, max_size=3))
            entry["rotation"] = {"weeks": weeks, "starts": str(day(draw, -40, 40))}
        else:
            entry["days"] = draw(st.sampled_from(WEEKS))
        entries.append(entry)
        start = end + timedelta(days=draw(st.integers(1, 10)))
    if entries and draw(st.booleans()):
        del entries[-1]["to"]
    for number in draw(st.lists(st.integers(0, 10), max_size=2, unique=True)):
        begin = FIRST + timedelta(days=1 + number * 7)
        end = begin + timedelta(days=draw(st.integers(0, 6)))
        week = draw(st.sampled_from(("off", "10:00-12:00"))) if entries else "10:00-12:00"
        days = {f"{begin:%a}".lower(): week} if draw(st.booleans()) else week
        days = days if isinstance(days, dict) else {"mon-sun": week}
        entries.append({"override": f"Change {number}", "from": str(begin), "to": str(end), "days": days})
    return entries


@st.composite
def series(draw: Draw) -> JSON:
    """A single event, or a weekly, daily or monthly one with exceptions and changes."""
    starts = day(draw, -15, 30)
    spec: JSON = {
        "title": draw(st.sampled_from(("Huddle", "Ward round", "Review"))),
        "host": draw(st.sampled_from(PEOPLE)),
        "starts": f"{starts}T{draw(st.sampled_from(('09:00', '12:30', '23:30')))}",
        "duration": draw(st.sampled_from(("30m", "45m", "2h"))),
    }
    optional = {
        "mode": st.sampled_from(("VIDEO", "CALL")),
        "location": st.sampled_from(("Room 1", "Room 2")),
        "remarks": st.just("Bring a mask"),
        "color": st.sampled_from(("blue", "red")),
        "timezone": st.sampled_from(ZONES),
        "participants": st.lists(st.sampled_from(PEOPLE), max_size=3, unique=True).map(
            lambda names: [{"user": name} for name in names]
        ),
    }
    spec |= draw(st.fixed_dictionaries({}, optional=optional))
    step = draw(st.sampled_from((0, 1, 7, 14)))
    if step:
        spec["repeat"] = {1: {"every": "day"}, 7: {"every": "week"}, 14: "FREQ=WEEKLY;INTERVAL=2"}[step]
        if step < 14 and draw(st.booleans()):
            spec["repeat"]["until"] = str(starts + timedelta(days=draw(st.integers(30, 120))))
        ahead = [starts + timedelta(days=step * number) for number in range(6)]
        ahead = [each for each in ahead if each > FIRST + timedelta(days=2)][:4]
        if ahead and draw(st.booleans()):
            spec["except"] = [str(ahead[0])]
        if len(ahead) > 1 and draw(st.booleans()):
            changes = ("cancelled", {"starts": "10:15"}, {"title": "Huddle, but long", "duration": "3h"})
            spec["change"] = {str(ahead[1]): draw(st.sampled_from(changes))}
        if draw(st.booleans()):
            spec["holidays"] = draw(st.sampled_from((["US-CA"], ["closures"])))
    return spec


@st.composite
def leaves(draw: Draw) -> list[str]:
    begins = day(draw, -3, 40)
    return [f"{begins}..{begins + timedelta(days=draw(st.integers(0, 9)))}"]


@st.composite
def environments(draw: Draw) -> JSON:
    return {
        "prune": draw(st.booleans()),
        "horizon": draw(st.sampled_from(("4 weeks", "8 weeks"))),
        "hoursAhead": draw(st.sampled_from(("8 weeks", "20 weeks"))),
        "calendars": {"closures": [str(day(draw, 1, 40))]},
        # Whoever hosts has to be there; who has gone is another matter.
        "users": {name: draw(users()) | {"email": f"{name}@example.org"} for name in PEOPLE},
        "workHours": draw(st.dictionaries(st.sampled_from(PEOPLE), hours(), max_size=3)),
        "leave": draw(st.dictionaries(st.sampled_from(PEOPLE), leaves(), max_size=2)),
        "events": draw(st.dictionaries(st.sampled_from(SERIES), series(), max_size=3)),
    }


@st.composite
def pairs(draw: Draw) -> tuple[JSON, JSON]:
    """An environment and what somebody has made of it: entries edited, gone, new; series renamed; leavers."""
    base, other = draw(environments()), draw(environments())
    head: JSON = {name: draw(st.sampled_from((base[name], other[name]))) for name in base}
    for section in ("users", "workHours", "leave", "events"):
        names = sorted({*base[section], *other[section]})
        sides = {name: draw(st.sampled_from((base, base, other)))[section].get(name) for name in names}
        head[section] = {name: entry for name, entry in sides.items() if entry is not None}
    if "huddle" in head["events"] and draw(st.booleans()):
        head["events"]["stand-up"] = head["events"].pop("huddle")
        if draw(st.booleans()):
            head["renamed"] = {"event/huddle": "event/stand-up"}
    change = draw(st.sampled_from(("leaver", "gone", "", "")))
    if change == "leaver":
        leaver = draw(st.sampled_from(PEOPLE))
        head["users"][leaver] = {"ensure": "absent", "email": f"{leaver}@example.org"}
    if change == "gone":  # the block is gone, the person stays
        gone = draw(st.sampled_from(PEOPLE))
        for section in ("users", "workHours", "leave"):
            head[section].pop(gone, None)
    return base, head


def text_of(environment: Mapping[str, Any]) -> str:
    """As a manifest: JSON is YAML, a line for each entry."""
    lines = []
    for name, value in environment.items():
        if isinstance(value, dict) and value:
            lines.append(f"{name}:")
            lines += [f"  {json.dumps(key)}: {json.dumps(entry)}" for key, entry in value.items()]
        else:
            lines.append(f"{name}: {json.dumps(value)}")
    return "\n".join(lines) + "\n"
