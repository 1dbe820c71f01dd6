"""Each field of each object that the service shows, made odd in every answer: nothing is made twice, nothing
that is ours is left out in silence, what landed is told, and the next run with sound answers converges."""

from __future__ import annotations

import copy
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from reconciler.apply.journal import read_runs
from tests.conftest import Workspace
from tests.support.altering import USER, AlteringService, altering
from tests.support.cli import IMPATIENT, Result

BEFORE = """horizon: 3 weeks
users:
  johndoe:
    email: john@example.org
    phone: +15552009845
    timezone: America/Los_Angeles
    attributes: {npi: "0123456789"}
workHours:
  johndoe:
    - {from: 2026-12-01, to: 2027-03-31, days: {mon-thu: 09:00-18:00}}
    - {override: Winter break, from: 2026-12-24, to: 2026-12-26, days: off}
events:
  standup:
    title: Stand-up
    host: johndoe
    starts: 2026-12-01T09:00
    duration: 30m
    repeat: {every: week, on: [tue], count: 2}
    location: Room 1
    remarks: Bring tea
"""
AFTER = (
    BEFORE.replace("0123456789", "9876543210").replace("-18:00", "-17:00").replace("Room 1", "Room 2")
    + "  review: {title: Review, host: johndoe, starts: 2026-12-02T09:00, duration: 1h}\n"
)
LEFT_OUT = object()
VALUES = {"null": None, "number": 3, "text": "odd", "list": [3], "object": {"odd": 1},
          "megabyte": "x" * 2**20, "left out": LEFT_OUT}  # fmt: skip
# What the program reads of an object, so that a value of another kind has to be told of.
READ = {
    "user": {"username", "id", "email", "phone", "timezone", "credentials", "locale", "userState"},
    "hours": {"psmId", "details", "workHoursId", "name", "type", "ruleType", "startDateTime", "endDateTime",
              "daysInfo", "day", "startTime", "endTime"},
    "event": {"id", "externalId", "eventTitle", "eventDescription", "startDateTime", "endDateTime", "hostId",
              "allDayEvent", "eventType", "eventStatus", "eventMode", "eventColor", "timezone",
              "additionalInfo", "location", "remarks", "participants", "participantId", "participantRole",
              "participationStatus", "attended", "createdBy", "updatedBy"},
}  # fmt: skip
PARTICIPANT = {"id", "participantId", "participantRole", "participationStatus", "attended"}
LISTS = {"details", "daysInfo", "participants"}
Path_ = tuple[str | int, ...]
STRANGER, PATIENT = ("00000000-0000-4000-a000-00000000000" + digit for digit in "12")


class Case(NamedTuple):
    """kind, name: of the object; path: of the field in it; value: by name."""

    kind: str
    name: str
    path: Path_
    value: str

    @property
    def is_ours(self) -> bool:
        return self.name in ("johndoe", "mine", "DEFAULT", "OVERRIDE", "envelope")

    @property
    def field(self) -> str:
        return next((str(step) for step in reversed(self.path) if isinstance(step, str)), "")

    @property
    def is_told_of(self) -> bool:
        """Whether nobody who knows what the service shows there can read this value."""
        read = PARTICIPANT if len(self.path) > 2 and self.path[0] == "participants" else READ[self.kind]
        if self.path[0] == "customUserAttributes" or self.field not in read:
            return False
        if (self.field, self.value) == ("day", "number"):
            return False
        is_item = isinstance(self.path[-1], int)
        shape = (
            "object"
            if is_item or self.field == "additionalInfo"
            else "list"
            if self.field in LISTS
            else "text"
        )
        return self.value in {"number", "list", "object"} - {shape}


def begun(service: AlteringService, workspace: Workspace) -> Any:
    """A clinic as declared, beside people and events of others; gives its state."""
    workspace.write(BEFORE)
    service.users["stranger"] = {"id": STRANGER, "username": "stranger", "email": "s@example.org", **USER}
    workspace.apply()
    for event in service.events.values():  # the first creation left its mark here, too
        event["additionalInfo"]["remarks"] = "Bring tea"
    for name, mark in (("marked", "elsewhere/rounds@2026-12-03"), ("plain", None)):
        service.events[name] = _event_of_others(service, name, mark)
    return service.state()


def _event_of_others(service: AlteringService, name: str, mark: str | None) -> dict[str, Any]:
    mine = next(iter(service.events.values()))
    host = mine["participants"][0] | {"participantId": STRANGER, "id": f"{name}-1"}
    patient = host | {"participantId": PATIENT, "participantRole": "patient", "id": f"{name}-2"}
    when = {"startDateTime": "2026-12-03T09:00:00.000Z", "endDateTime": "2026-12-03T10:00:00.000Z"}
    what = {"eventTitle": f"Rounds {name}", "additionalInfo": {"location": "Ward", "remarks": "Early"}}
    whose = {"id": name, "externalId": mark, "hostId": STRANGER, "participants": [host, patient]}
    return mine | when | what | whose


def targets(service: AlteringService) -> Iterator[tuple[str, str, Any, Callable[[Any], bool]]]:
    """Kind and name of each object, the object, and what tells it among all that an answer holds."""
    for name, user in service.users.items():
        yield "user", name, user, lambda each, name=name: each.get("username") == name
    psm = service.users["johndoe"]["id"]
    for row in service.hours.values():
        shown = {key: value for key, value in row.items() if key != "psmId"}
        yield (
            "hours",
            row["ruleType"],
            shown,
            lambda each, id=row["workHoursId"]: each.get("workHoursId") == id,
        )
    entry = {"psmId": psm, "details": []}
    yield "hours", "envelope", entry, lambda each: each.get("psmId") == psm and "details" in each
    mine = next(event["id"] for event in service.events.values() if event["eventTitle"] == "Stand-up")
    for id, name in ((mine, "mine"), ("marked", "marked"), ("plain", "plain")):
        yield "event", name, service.events[id], lambda each, id=id: each.get("id") == id and "hostId" in each


def paths(value: Any, above: Path_ = ()) -> Iterator[Path_]:
    """The way to each field inside an object, those of a list's first item for all."""
    inside = (
        value.items() if isinstance(value, dict) else enumerate(value[:1]) if isinstance(value, list) else ()
    )
    for step, below in inside:
        yield (*above, step)
        yield from paths(below, (*above, step))


def cases(service: AlteringService) -> list[Case]:
    """All, in an order that a seed gives."""
    found = [
        Case(kind, name, path, value)
        for kind, name, fields, _ in targets(service)
        for path in paths(fields)
        for value in VALUES
        if not (value == "left out" and isinstance(path[-1], int))
    ]
    random.Random(9).shuffle(found)
    return found


def altered(body: Any, case: Case, is_it: Callable[[Any], bool]) -> Any:
    """An answer in which the object of the case, wherever it stands, shows the odd value."""
    if isinstance(body, list):
        return [altered(item, case, is_it) for item in body]
    if not isinstance(body, dict):
        return body
    if is_it(body):
        _put(body, case.path, copy.deepcopy(VALUES[case.value]) if case.value != "left out" else LEFT_OUT)
        return body
    return {name: altered(item, case, is_it) for name, item in body.items()}


def _put(holder: Any, path: Path_, value: Any) -> None:
    for step in path[:-1]:
        holder = holder[step]
    if value is LEFT_OUT:
        del holder[path[-1]]
    else:
        holder[path[-1]] = value


class Trial:
    """One case after the other at one service; what is wrong is collected."""

    def __init__(self, service: AlteringService, workspace: Workspace) -> None:
        self.service, self.workspace = service, workspace
        self.start = begun(service, workspace)
        self.wrong: list[str] = []

    def run(self, case: Case, manifest: str, after_first_write: bool) -> None:
        self.service.restore(self.start)
        is_it = next(found[3] for found in targets(self.service) if found[:2] == case[:2])
        self.workspace.write(manifest)
        mine = self._objects_of(case)
        self.service.alter = lambda body: altered(body, case, is_it)
        self.service.alter_after = 1 if after_first_write else 0
        for path in self.workspace.folder.glob("undo*"):
            path.unlink()
        done = self.workspace.run(
            "apply", "--auto-approve", "--undo-file", "undo.json", "--allow", "updatePercent=100"
        )
        said = done.stdout + done.stderr
        self._check(case, "an odd end", done.code in (0, 1, 3))
        self._check_landed(case, done)
        if after_first_write:
            self._check(case, "not told", done.code == 1 if "can't be read" in said else True)
        else:
            self._check_told(case, done)
            if case.is_ours and "can't be read" in said:
                self._check(case, "written though unread", mine == self._objects_of(case))
        self._check_healed(case, manifest)

    def _check(self, case: Case, what: str, holds: bool) -> None:
        if not holds:
            self.wrong.append(f"{what}: {case.kind} {case.name} {case.path} {case.value}")

    def _check_told(self, case: Case, done: Result) -> None:
        """What is ours and odd is said, what is others' is counted, and stops nothing."""
        said = done.stdout + done.stderr
        if case.is_told_of:
            self._check(case, "dropped in silence", "can't be read" in said or done.code == 1)
        if not case.is_ours:
            self._check(case, "stopped by others", done.code == 0 and "blocked" not in said)

    def _check_landed(self, case: Case, done: Result) -> None:
        """Every object that was written to is named, and the journal knows of it."""
        for asked in self.service.writes if done.code else ():
            words = {"users": "user/johndoe", "work-hours": "workHours/johndoe", "events": "event/"}
            name = next(words[word] for word in asked.path.split("/") if word in words)
            self._check(case, f"not listed: {name}", name in done.stdout.partition("\nPlan: ")[2])
        if self.service.writes:
            outcome = read_runs(self.workspace.folder / ".welkin-reconcile" / "journal.db")[0]["outcome"]
            self._check(
                case, f"journal {outcome}", outcome == ("complete" if done.code in (0, 3) else "incomplete")
            )

    def _check_healed(self, case: Case, manifest: str) -> None:
        """With sound answers again all is there, once."""
        self._check_once(case)
        self.service.alter = None
        again = self.workspace.run("apply", "--auto-approve", "--allow", "updatePercent=100")
        self._check(case, f"not healed: exit {again.code}", again.code == 0)
        self._check_once(case)
        there = sum(self.service.identities().values())
        self._check(case, f"{there} objects", there == (9 if manifest == AFTER else 8))

    def _check_once(self, case: Case) -> None:
        twice = [name for name, count in self.service.identities().items() if count > 1]
        self._check(case, f"twice: {twice}", not twice)

    def _objects_of(self, case: Case) -> Any:
        """All that belongs to the person or series of a case of ours."""
        users, hours, events, _ = self.service.state()
        if case.kind == "event":
            return [event for event in events.values() if event["eventTitle"] == "Stand-up"]
        return hours if case.kind == "hours" else (users["johndoe"], hours)


@pytest.fixture
def trial(tmp_path: Path) -> Iterator[Trial]:
    with altering() as (service, url):
        workspace = Workspace(tmp_path, IMPATIENT)
        workspace.url = url
        yield Trial(service, workspace)


PARTS = 20
NUMBERS = [pytest.param(number, marks=[] if number == 0 else [pytest.mark.slow]) for number in range(PARTS)]
SITUATIONS = {"converged": (BEFORE, False), "changing": (AFTER, False), "read back": (AFTER, True)}


@pytest.mark.parametrize("number", NUMBERS)
@pytest.mark.parametrize("situation", SITUATIONS)
def test_an_odd_field_makes_nothing_twice_and_is_said(trial: Trial, situation: str, number: int) -> None:
    for case in cases(trial.service)[number::PARTS]:
        trial.run(case, *SITUATIONS[situation])
    assert not trial.wrong, "\n".join([f"{len(trial.wrong)} wrong", *trial.wrong[:40]])


def test_there_are_enough_cases(trial: Trial) -> None:
    assert len(cases(trial.service)) * len(SITUATIONS) >= 3000
