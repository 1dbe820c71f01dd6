"""Invented manifests of hours over all layers of the language, as plain data; nothing in them is refused."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from hypothesis import strategies as st

from tests.support.layers import DAY, WEEKDAYS, Reading, dates
from tests.support.words import (
    JSON,
    SHIFTS,
    Draw,
    apart,
    cells,
    clash,
    inline,
    one_or_more,
    rotations,
    rows,
    text,
    week,
)

PEOPLE = ("ann", "bob", "cat", "dov")
# Both changes of the clocks, by an hour and by half of one, at two, at three and at midnight; and none.
ZONES = (
    "America/Los_Angeles", "Europe/Berlin", "Pacific/Auckland", "Australia/Lord_Howe", "America/Santiago",
    "Asia/Kolkata", "America/St_Johns",
)  # fmt: skip


def source(draw: Draw, near: date, manifest: JSON) -> JSON:
    """Where the hours of a period come from."""
    kind = draw(st.sampled_from(("days", "days", "template", "inline", "named", "named")))
    if kind == "days":
        return {"days": week(draw, draw(rows(7, single=False)))}
    if kind == "template":
        return {"template": draw(st.sampled_from(sorted(manifest["templates"])))}
    if kind == "inline":
        return {"rotation": inline(draw, near)}
    name = draw(st.sampled_from(sorted(manifest["rotations"])))
    if not draw(st.booleans()):
        return {"rotation": name}
    return {"rotation": name, "offset": f"{draw(st.integers(2, 9))} {name}"}


def periods(draw: Draw, near: date, manifest: JSON) -> list[JSON]:
    """Some, one after the other, with and without dates between; the last perhaps open."""
    found: list[JSON] = []
    start = near + timedelta(days=draw(st.integers(-20, 12)))
    for _ in range(draw(st.integers(1, 3))):
        end = start + timedelta(days=draw(st.integers(0, 30)))
        found.append({"from": str(start), "to": str(end), **source(draw, near, manifest)})
        start = end + timedelta(days=draw(st.sampled_from((1, 1, 1, 2, 9))))
    if draw(st.booleans()):
        del found[-1]["to"]
    return found


def stretches(draw: Draw, near: date, most: int = 3, length: int = 20) -> list[tuple[date, date]]:
    """Some stretches of dates, ascending, with a date between them at least."""
    found: list[tuple[date, date]] = []
    start = near + timedelta(days=draw(st.integers(0, 35)))
    for _ in range(draw(st.integers(1, most))):
        lengths = [days for days in (0, 0, 0, 1, 2, 5, 6, 7, 13, 20) if days <= length]
        end = start + timedelta(days=draw(st.sampled_from(lengths)))
        found.append((start, end))
        start = end + timedelta(days=draw(st.integers(2, 9)))
    return found


def when(draw: Draw, spans: list[tuple[date, date]]) -> JSON:
    """The dates of an entry as they may be written."""
    if len(spans) == 1 and draw(st.booleans()):
        return {"from": str(spans[0][0]), "to": str(spans[0][1])}
    said = [str(first) if first == last else f"{first}..{last}" for first, last in spans]
    return {"on": said[0] if len(said) == 1 and draw(st.booleans()) else said}


def overrides(draw: Draw, near: date, night: bool) -> list[JSON]:
    """Some that begin on different dates and may lie over each other."""
    found: list[JSON] = []
    begun: set[date] = set()
    for number in range(draw(st.integers(0, 3))):
        spans = stretches(draw, near)
        if not begun.isdisjoint(first for first, _ in spans):
            continue
        begun |= {first for first, _ in spans}
        entry = {"override": f"no {number}", **when(draw, spans)}
        if draw(st.booleans()):
            cell = draw(cells(night))
            entry["hours"] = "off" if not cell or clash(cell, cell) else one_or_more(cell)
        else:
            entry["days"] = special(draw, spans, night)
        found.append(entry)
    return found


def special(draw: Draw, spans: list[tuple[date, date]], night: bool) -> Any:
    """The hours of an override by day: all, or some of which at least one lies in its dates."""
    row = apart(draw(st.lists(cells(night), min_size=7, max_size=7)))
    if not any(row) or draw(st.integers(0, 3)) == 0:
        return "off"
    reached = {day.isoweekday() for first, last in spans for day in dates(first, last)}
    one = draw(st.sampled_from(sorted(reached)))
    named = sorted({one, *draw(st.sets(st.integers(1, 7)))})
    return {WEEKDAYS[place - 1]: one_or_more(row[place - 1]) if row[place - 1] else "off" for place in named}


def hours(draw: Draw, near: date, manifest: JSON, alone: bool) -> list[JSON]:
    kinds = ("periods", "periods", "periods", "none", *(("overrides",) if alone else ()))
    kind = draw(st.sampled_from(kinds))
    usual = periods(draw, near, manifest) if kind == "periods" else []
    return usual + (overrides(draw, near, night=kind == "periods") if kind != "none" else [])


def roster(draw: Draw, near: date, people: Sequence[str]) -> JSON:
    """Sheets one after the other, of ISO weeks and from dates on."""
    found: JSON = {}
    start = near + timedelta(days=draw(st.integers(0, 10)))
    for _ in range(draw(st.integers(0, 3)) if people else 0):
        weeks = 1
        if draw(st.booleans()):
            start += (7 - start.weekday()) % 7 * DAY
            year, number, _ = start.isocalendar()
            label = f"{year}-W{number:02}"
        else:
            label, weeks = str(start), draw(st.integers(1, 2))
        named = draw(st.lists(st.sampled_from(people), min_size=1, unique=True))
        found[label] = {name: text(draw, draw(rows(7 * weeks, endless=False))) for name in named}
        start += (7 * weeks + draw(st.sampled_from((0, 0, 3)))) * DAY
    return found


def swaps(draw: Draw, near: date, people: Sequence[str], users: JSON) -> list[JSON]:
    """Some of two people in one zone, neither of whom swaps twice on a date."""
    pairs = [
        [one, other]
        for one in people
        for other in people
        if one != other and users[one]["timezone"] == users[other]["timezone"]
    ]
    found: list[JSON] = []
    taken: set[tuple[str, date]] = set()
    for _ in range(draw(st.integers(0, 3)) if pairs else 0):
        pair, spans = draw(st.sampled_from(pairs)), stretches(draw, near, most=2, length=7)
        own = {(name, day) for name in pair for first, last in spans for day in dates(first, last)}
        if taken.isdisjoint(own):
            taken |= own
            found.append({**when(draw, spans), "between": pair})
    return found


def closures(draw: Draw, near: date) -> list[JSON]:
    found: list[JSON] = []
    for number in range(draw(st.integers(0, 2))):
        entry = {"holidays": draw(st.sampled_from(("public", ["public", "own"])))}
        if draw(st.integers(0, 2)):
            entry = when(draw, stretches(draw, near, most=2))
        if draw(st.booleans()):
            entry["name"] = f"Closed {number}"
        for key in ("for", "except"):
            if draw(st.integers(0, 2)) == 0:
                entry[key] = draw(st.lists(somebody(near), min_size=1, max_size=2))
        found.append(entry)
    return found


def somebody(near: date) -> st.SearchStrategy[Any]:
    """A person, or a person or a team for a time."""
    moments = st.integers(0, 40).map(lambda step: str(near + step * DAY))
    bounds = st.one_of(
        st.just({}),
        st.fixed_dictionaries({"from": moments}),
        st.fixed_dictionaries({"until": moments}),
    )
    whom = st.one_of(
        st.fixed_dictionaries({"user": st.sampled_from(PEOPLE)}),
        st.fixed_dictionaries({"team": st.sampled_from(("office", "all"))}),
    )
    return st.sampled_from(PEOPLE) | st.builds(lambda one, other: one | other, whom, bounds)


def calendars(near: date) -> JSON:
    public = [str(near + days * DAY) for days in (4, 5, 19, 33)]
    return {"public": public, "own": {f"{near + 9 * DAY}..{near + 12 * DAY}": "Retreat"}}


@st.composite
def wards(draw: Draw, near: date, alone: bool = True) -> JSON:
    """A manifest of a few people from some days before a date to some weeks after it.

    alone: whether somebody may have overrides alone, which a service without them can't hold.
    """
    zones = draw(st.lists(st.sampled_from(ZONES), min_size=1, max_size=2, unique=True))
    manifest: JSON = {
        "hoursAhead": "8 weeks",
        "shifts": SHIFTS,
        "rotations": {name: draw(rotations(near, name == "weeks")) for name in ("weeks", "days")},
        "users": {
            name: {"email": f"{name}@example.org", "timezone": draw(st.sampled_from(zones))}
            for name in PEOPLE
        },
    }
    manifest["templates"] = {
        "clinic": {"days": week(draw, draw(rows(7, single=False)))},
        "turns": {"rotation": inline(draw, near)},
    }
    manifest["workHours"] = {name: hours(draw, near, manifest, alone) for name in PEOPLE}
    # A service that holds no hours at all doesn't show that it keeps no overrides.
    manifest["users"]["eve"] = {"email": "eve@example.org"}
    manifest["workHours"]["eve"] = [{"from": str(near), "days": {"mon-fri": "E"}}]
    usual = [name for name in PEOPLE if Reading(manifest).has_usual(name)]
    members = draw(st.lists(somebody(near).filter(lambda each: "team" not in each), max_size=3))
    manifest["teams"] = {"office": members, "all": [draw(st.sampled_from(PEOPLE)), {"team": "office"}]}
    manifest["calendars"] = calendars(near)
    manifest["roster"] = roster(draw, near, usual)
    manifest["closures"] = closures(draw, near)
    manifest["swaps"] = swaps(draw, near, usual, manifest["users"])
    return manifest


@st.composite
def edits(draw: Draw, before: JSON, near: date, alone: bool = True) -> JSON:
    """What somebody has made of a manifest: facts of another one in place of some, some taken away."""
    other = draw(wards(near, alone))
    after = {**before}
    if draw(st.integers(0, 3)) == 0:
        last = near + draw(st.integers(0, 40)) * DAY
        leaver = before["users"]["dov"] | {"ensure": "departed", "lastDay": str(last)}
        after["users"] = before["users"] | {"dov": leaver}
    for section in ("rotations", "templates", "workHours", "teams"):
        names = before[section]
        after[section] = {
            name: draw(st.sampled_from((before, before, other)))[section][name] for name in names
        }
    for name in draw(st.lists(st.sampled_from(PEOPLE), max_size=2)):
        entries = after["workHours"][name]
        kept = [entry for entry in entries if "override" not in entry or draw(st.booleans())]
        after["workHours"][name] = kept
    for section in ("closures", "swaps"):
        after[section] = [entry for entry in before[section] if draw(st.booleans())]
    for section in ("roster", "closures"):
        if draw(st.integers(0, 2)) == 0:
            after[section] = other[section]
    usual = [name for name in PEOPLE if Reading(after).has_usual(name)]
    after["roster"] = {
        label: {name: row for name, row in sheet.items() if name in usual}
        for label, sheet in after["roster"].items()
    }
    after["swaps"] = [swap for swap in after["swaps"] if set(swap["between"]) <= set(usual)]
    return after
