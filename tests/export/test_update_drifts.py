"""Random drifts by hand, accepted: only lines of what drifted differ, the plan is empty, twice is once."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from difflib import SequenceMatcher

import pytest

from tests.conftest import Simulate, Workspace
from tests.export.drifting import SWAPPING, deeds, manifests

AT_ONCE = 70
SHARED = ("roster", "swaps", "closures")  # what more than one person is said in
Entry = tuple[str, str]


def accepted(
    seed: int, workspace: Workspace, simulate_service: Simulate, wall: bool = False, **profile: str
) -> None:
    draw = random.Random(seed)
    files = manifests(draw, wall)
    (workspace.folder / "staff").mkdir()
    for name, text in files.items():
        (workspace.folder / name).write_text(text)
    service = simulate_service(**profile)
    workspace.at(service).run("apply", "--auto-approve")
    workspace.apply()
    workspace.settled()  # a service that keeps no overrides has shown so by now
    done = deeds(draw, service, AT_ONCE)
    assert workspace.run("drift", "--as-yaml").code == 2
    update = workspace.run("export", "--update")
    assert update.code == 0, (done, update)
    now = {name: (workspace.folder / name).read_text() for name in files}
    drifted = {(deed.section, deed.name) for deed in done}
    hours = {name for section, name in drifted if section == "workHours"}
    drifted |= {("workHours", name) for pair in SWAPPING if hours & {*pair} for name in pair if wall}
    for name, text in files.items():
        for entry, line in touched(text, now[name]):
            assert entry in drifted or "closing" in line or entry[0] in SHARED, (done, entry, line)
            assert not line.lstrip().startswith("#"), line
    workspace.settled()
    again = workspace.run("export", "--update")
    assert (again.code, again.stdout) == (0, "Nothing to accept.\n")
    assert now == {name: (workspace.folder / name).read_text() for name in files}


def touched(before: str, after: str) -> Iterator[tuple[Entry, str]]:
    """The lines that are no more as they were, each with the entry it belonged to."""
    lines, entries = before.splitlines(), list[Entry]()
    section = name = ""
    for line in lines:
        if found := re.match(r"(\w+):", line):
            section, name = found[1], ""
        elif found := re.match(r"  ([\w-]+):", line):
            name = found[1]
        entries.append((section, name))
    for tag, begin, end, _, _ in SequenceMatcher(
        None, lines, after.splitlines(), autojunk=False
    ).get_opcodes():
        if tag != "equal":
            yield from ((entries[number], lines[number]) for number in range(begin, end))


SEEDS = [pytest.param(seed, marks=[] if seed < 3 else [pytest.mark.slow]) for seed in range(15)]


@pytest.mark.parametrize("seed", SEEDS)
def test_a_thousand_random_drifts(seed: int, workspace: Workspace, simulate_service: Simulate) -> None:
    accepted(seed, workspace, simulate_service)


@pytest.mark.parametrize("seed", [50, pytest.param(51, marks=pytest.mark.slow)])
def test_the_same_of_a_service_as_the_reference_has_it(
    seed: int, workspace: Workspace, simulate_service: Simulate
) -> None:
    accepted(seed, workspace, simulate_service, profile="reference")


@pytest.mark.parametrize("profile", ["live", "reference"])
@pytest.mark.parametrize("seed", [70, pytest.param(71, marks=pytest.mark.slow)])
def test_of_all_that_hangs_on_the_wall(
    seed: int, profile: str, workspace: Workspace, simulate_service: Simulate
) -> None:
    accepted(seed, workspace, simulate_service, wall=True, profile=profile)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(100, 230))
def test_nine_thousand_more(seed: int, workspace: Workspace, simulate_service: Simulate) -> None:
    profile = "reference" if seed % 4 == 3 else "live"
    accepted(seed, workspace, simulate_service, wall=bool(seed % 2), profile=profile)
