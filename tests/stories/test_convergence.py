"""Wishes that follow one another at random: each is applied, and planning again finds nothing to do."""

from __future__ import annotations

import itertools
from datetime import date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.conftest import HEAD, NOW, Workspace
from tests.support.cli import IMPATIENT
from tests.support.service import simulated

ALLOWED = ("--allow", "deletes=99", "--allow", "deletePercent=100", "--allow", "updatePercent=100")
USERS = """horizon: 3 weeks
users:
  johndoe: {email: john@example.org, timezone: America/Los_Angeles}
  janedoe: {email: jane@example.org, timezone: Europe/Berlin}
"""
people = st.sampled_from(["johndoe", "janedoe"])
days = st.sampled_from(
    [
        "{mon-thu: 09:00-18:00}",
        "{fri: [09:00-12:00, 12:30-17:00]}",
        "{mon-wed: 22:00-06:00}",
        "{sat-mon: 10:00-24:00}",
    ]
)
dates = st.integers(0, 40).map(lambda step: date(2026, 11, 10) + timedelta(days=step))
repeats = st.sampled_from(
    [
        "{every: week, on: [tue, thu]}",
        "{every: week, on: wed}",
        "{every: day, interval: 3}",
        "{every: month, on: fri, position: 1}",
    ]
)


@st.composite
def hours(draw: st.DrawFn) -> str:
    """A person's entries, one after the other; the last may be open."""
    bounds = sorted(draw(st.sets(dates, max_size=6)))
    pairs = list(zip(bounds[::2], bounds[1::2], strict=False))
    entries = [f"{{from: {start}, to: {end}, days: {draw(days)}}}" for start, end in pairs]
    if pairs and draw(st.booleans()):
        entries[-1] = entries[-1].replace(f", to: {pairs[-1][1]}", "")
    special = draw(st.dictionaries(dates, st.integers(0, 3), max_size=2))
    for start, length in special.items():
        rest = draw(st.sampled_from(["off", "{mon-sun: 10:00-12:00}"]))
        end = start + timedelta(days=length)
        entries.append(f"{{override: Special, from: {start}, to: {end}, days: {rest}}}")
    return f"[{', '.join(entries)}]"


@st.composite
def series(draw: st.DrawFn) -> str:
    """One entry of `events:`, without its name."""
    start, hour = draw(dates), draw(st.sampled_from(["09:00", "02:30", "23:30"]))
    text = f"title: {draw(st.sampled_from(['Talk', 'Round']))}, host: {draw(people)}, starts: {start}T{hour}"
    text += f", duration: {draw(st.sampled_from(['30m', '1h', '2h']))}"
    if draw(st.booleans()):
        text += f", repeat: {draw(repeats)}"
    if draw(st.booleans()):
        text += f", participants: [{{user: {draw(people)}}}]"
    if "repeat" in text and draw(st.booleans()):
        text += f", except: [{draw(dates)}, {draw(dates)}]"
    if draw(st.booleans()):
        text += f", also: [{draw(dates)}T15:00]"
    if draw(st.booleans()):
        text += f", location: {draw(st.sampled_from(['Room 1', 'Room 2']))}"
    return f"{{{text}}}"


@st.composite
def wishes(draw: st.DrawFn) -> str:
    text = f"prune: {draw(st.sampled_from(['true', 'false']))}\n{USERS}"
    rows = draw(st.dictionaries(people, hours(), max_size=2))
    if rows:
        text += "workHours:\n" + "".join(f"  {name}: {row}\n" for name, row in rows.items())
    found = draw(st.dictionaries(st.sampled_from(["one", "two"]), series(), max_size=2))
    if found:
        text += "events:\n" + "".join(f"  {name}: {spec}\n" for name, spec in found.items())
    return text


def sequences() -> st.SearchStrategy[list[tuple[str, int]]]:
    """Two to four wishes, each with the days that passed before it."""
    return st.lists(st.tuples(wishes(), st.integers(0, 10)), min_size=2, max_size=4)


@settings(max_examples=12, suppress_health_check=[*HealthCheck])
@given(steps=sequences())
def test_every_wish_is_reached_from_the_one_before(steps: list[tuple[str, int]]) -> None:
    reached("live", steps)


@settings(max_examples=12, suppress_health_check=[*HealthCheck])
@given(steps=sequences())
def test_so_it_is_where_only_the_reference_is_known(steps: list[tuple[str, int]]) -> None:
    reached("reference", steps)


def reached(profile: str, steps: list[tuple[str, int]]) -> None:
    """Apply wish after wish; what somebody else's event blocks may stay."""
    with TemporaryDirectory() as folder, simulated(Path(folder), now=NOW, profile=profile) as service:
        workspace = Workspace(Path(folder), IMPATIENT).at(service)
        passed = itertools.accumulate(gap for _, gap in steps)
        for (text, _), day in zip(steps, passed, strict=True):
            now = datetime.fromisoformat(NOW) + timedelta(days=day)
            workspace.now = f"{now:%Y-%m-%dT%H:%M:%SZ}"
            service.at(workspace.now)
            workspace.write(text, head=HEAD)
            done = workspace.run("apply", "--auto-approve", *ALLOWED)
            if done.code == 3 and "keeps no overrides" in done.stdout:
                done = workspace.run("apply", "--auto-approve", *ALLOWED)  # now cut into the usual hours
                if done.code == 3 and "keeps no overrides" in done.stdout:
                    return  # no usual hours to cut it into: refused for good
            assert done.code == 0 or (done.code == 3 and "exists unowned" in done.stdout), done
            again = workspace.run("plan", "--detailed-exitcode")
            assert again.code == 0 or "exists unowned" in again.stdout, again
