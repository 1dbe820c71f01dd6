"""Each layer around each border of hours, by two readings: where these begin and end, the last day of one who
leaves, and the end of what is written of rotations."""

from __future__ import annotations

from datetime import date
from itertools import product
from typing import NamedTuple

import pytest

from tests.conftest import Workspace
from tests.support import rota
from tests.support.layers import DAY, JSON, Reading, dates
from tests.support.service import Service
from tests.support.staffs import text_of

pytestmark = pytest.mark.both

SUNDAY = date(2026, 12, 20)  # the last date that is written of rotations at first
LAYERS = ("closure", "roster", "off", "E", "N", "swap")  # overrides by the word that they say
BORDERS = ("from", "to", "lastDay", "hoursAhead")
FREELY = "prune: true\nlimits: {updatePercent: 100, deletes: 999, deletePercent: 100}\n"
HEAD: JSON = {
    "hoursAhead": "3 weeks",
    "shifts": {"E": "06:00-14:00", "N": "22:00-06:00"},
    "rotations": {"nights": {"starts": "2026-11-30", "weeks": ["N N N N N N N", "E E N N . N N"]}},
}


class Case(NamedTuple):
    """A layer on a date that lies so many days behind a border."""

    border: str
    layer: str
    apart: int


CASES = [Case(*each) for each in product(BORDERS, LAYERS, (-1, 0, 1))]


def manifest(leaving: bool) -> JSON:
    """One person for each case, with a partner to swap with; those who leave don't yet, at first."""
    made: JSON = HEAD | {"users": {}, "workHours": {}, "roster": {}, "closures": [], "swaps": []}
    for number, case in enumerate(CASES):
        name, partner = f"a{number}", f"b{number}"
        border = SUNDAY if case.border == "hoursAhead" else date(2026, 12, 9)
        made["users"] |= {each: {"email": f"{each}@example.org"} for each in (name, partner)}
        if leaving and case.border == "lastDay":
            made["users"][name] |= {"ensure": "departed", "lastDay": str(border)}
        usual = {"from": str(border if case.border == "from" else date(2026, 11, 30)), "rotation": "nights"}
        if case.border == "to":
            usual["to"] = str(border)
        made["workHours"] |= {name: [usual], partner: [{"from": "2026-11-30", "days": "off"}]}
        lay(made, name, partner, case.layer, border + case.apart * DAY)
    return made


def lay(made: JSON, name: str, partner: str, layer: str, day: date) -> None:
    if layer == "closure":
        made["closures"].append({"on": str(day), "for": [name]})
    elif layer == "roster":
        made["roster"].setdefault(str(day), {})[name] = "E N . N . . N"
    elif layer == "swap":
        made["swaps"].append({"on": str(day), "between": [name, partner]})
    else:
        made["workHours"][name].append({"override": "X", "on": str(day), "hours": layer})


def agrees(service: Service, said: JSON, first: date, last: date) -> None:
    reading, held = Reading(said), service.hours(*said["users"])
    for user, day in product(said["users"], dates(first, last)):
        assert rota.on(held.get(user, []), day) == reading.worked(user, day), (user, whose(user), day)


def whose(user: str) -> Case:
    return CASES[int(user[1:])]


def take(workspace: Workspace, said: JSON) -> None:
    workspace.write(FREELY + text_of(said))
    workspace.run("apply", "--auto-approve")  # a service without overrides shows only now that it has none
    workspace.apply()
    workspace.settled()


def test_each_layer_around_each_border(workspace: Workspace, service: Service) -> None:
    workspace.at(service)
    for leaving in (False, True):
        take(workspace, manifest(leaving))
        agrees(service, manifest(leaving), date(2026, 11, 30), SUNDAY)
    for day in ("2026-12-01", "2026-12-08"):
        workspace.now = f"{day}T12:00:00Z"
        service.at(workspace.now)
        workspace.run("apply", "--auto-approve")
        workspace.settled()
    agrees(service, manifest(leaving=True), date(2026, 12, 8), SUNDAY + 7 * DAY)
