"""Edits of saved plans and undo files, 200 in a whole run: a file is data, not orders.

Whatever is changed in one: nothing is written outside of its tenant and instance, to an object other than the
key names, by a request other than kind, action, id and `after` give, or beyond its own limits. Judged by what
the service was asked to do, apart from how the program checks it.
"""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Callable
from typing import Any

import pytest

from tests.conftest import Workspace
from tests.support.examples import tries
from tests.support.service import JSON, Call, Service

pytestmark = pytest.mark.usefixtures("impatient")

SEED, EDITS = 20261124, tries(200)
STAFF = """prune: true
horizon: 3 weeks
limits: {deletes: 2, deletePercent: 100, updatePercent: 100, from: 1}
users:
  johndoe: {email: john@example.org, timezone: America/Los_Angeles, credentials: MD}
  janedoe: {email: jane@example.org, credentials: RN}
workHours:
  johndoe: [{from: 2026-12-01, to: 2027-03-31, days: {mon-thu: 09:00-18:00}}]
  janedoe: [{from: 2026-12-01, to: 2027-03-31, days: {fri: 09:00-18:00}}]
events:
  standup:
    {title: Stand-up, host: johndoe, starts: 2026-12-01T09:00, duration: 30m, repeat: {every: week, count: 3},
     participants: [{user: janedoe}]}
  board: {title: Board, host: johndoe, starts: 2026-12-03T10:00, duration: 1h}
  board-2: {title: Board 2, host: janedoe, starts: 2026-12-04T10:00, duration: 1h}
"""
NEXT = (
    STAFF.replace("credentials: MD", "credentials: NP")
    .replace("mon-thu: 09:00-18:00", "mon-wed: 08:00-12:00")
    .replace("T09:00", "T11:00")
    .replace("  board-2: {title: Board 2, host: janedoe, starts: 2026-12-04T10:00, duration: 1h}\n", "")
    + "  review: {title: Review, host: janedoe, starts: 2026-12-07T10:00, duration: 1h}\n"
    + "  round: {title: Round, host: johndoe, starts: 2026-12-09T10:00, duration: 30m}\n"
)


@pytest.fixture
def clinic(workspace: Workspace, service: Service) -> Workspace:
    """A clinic beside others: foreign events, another user, a patient, another instance."""
    workspace.at(service).write(STAFF)
    workspace.apply()
    workspace.write(NEXT)
    service.user("stranger", credentials="X")
    foreign = {"eventTitle": "Foreign", "externalId": "else/x@2026-12-08"}
    service.event("stranger", "2026-12-08T18:00:00.000Z", "2026-12-08T19:00:00.000Z", **foreign)
    service.event("johndoe", "2026-12-09T18:00:00.000Z", "2026-12-09T18:30:00.000Z", eventTitle="Round")
    service.patient("P-1001")
    host = service.id_of("johndoe")
    elsewhere = {
        "startDateTime": "2026-12-08T18:00:00.000Z",
        "endDateTime": "2026-12-08T19:00:00.000Z",
        "hostId": host,
        "participants": [{"participantId": host, "participantRole": "psm"}],
    }
    service.send("POST", "/gh/sb-other/calendar/events", elsewhere)
    assert workspace.run("plan", "--adopt", "--out", "plan.json").code == 0
    return workspace


def ids_of(service: Service) -> list[str]:
    """Ids of all sorts of things, ours and others'."""
    found = [service.id_of(name) for name in ("johndoe", "janedoe", "stranger")]
    found += [event["id"] for event in service.events()]
    rows = service.hours("johndoe", "janedoe").values()
    found += [row["workHoursId"] for each in rows for row in each]
    elsewhere = service.send(
        "GET",
        "/gh/sb-other/calendar/events",
        **{"from": "2026-01-01T00:00:00.000Z", "to": "2027-12-31T00:00:00.000Z"},
    ).json()
    return [*found, *(event["id"] for event in elsewhere["content"]), "P-1001"]


Edit = Callable[[JSON, random.Random, list[str]], None]


def _change(plan: JSON, lot: random.Random) -> JSON:
    found: JSON = lot.choice(plan["changes"])
    return found


def another_id(plan: JSON, lot: random.Random, ids: list[str]) -> None:
    """One id for another, in all of the file or in one change, its path and body alike."""
    change = _change(plan, lot)
    old, new = change["id"] or "none", lot.choice(ids)
    text = json.dumps(change).replace(old, new)
    change.clear()
    change.update(json.loads(text))


def another_id_and_digest(plan: JSON, lot: random.Random, ids: list[str]) -> None:
    """What another change is about, under this one's key."""
    change, other = _change(plan, lot), _change(plan, lot)
    change |= {name: copy.deepcopy(other[name]) for name in ("id", "liveDigest", "request")}


def another_path(plan: JSON, lot: random.Random, ids: list[str]) -> None:
    change = _change(plan, lot)
    if change["request"]:
        change["request"]["path"] = lot.choice([
            "/other/admin/users", "/gh/sb-other/calendar/events", "/gh/admin/users/stranger",
            f"/gh/sb-demo/calendar/events/{lot.choice(ids)}", f"/gh/sb-demo/patients/{lot.choice(ids)}",
            f"/gh/sb-other/calendar/events/{lot.choice(ids)}", "/gh/sb-demo/../sb-other/calendar/events",
            "/gh/admin/api_clients/X", change["request"]["path"] + "/invitation-response",
        ])  # fmt: skip


def another_method(plan: JSON, lot: random.Random, ids: list[str]) -> None:
    change = _change(plan, lot)
    if change["request"]:
        change["request"]["method"] = lot.choice(["POST", "PATCH", "PUT", "DELETE"])


def another_body(plan: JSON, lot: random.Random, ids: list[str]) -> None:
    change = _change(plan, lot)
    if change["request"]:
        body = change["request"]["body"] or {}
        name = lot.choice([*body, "eventStatus", "hostId", "psmId", "email", "externalId", "participants"])
        value = lot.choice(
            ["X", None, lot.choice(ids), "2026-12-30T09:00:00.000Z", [], {"ref": "user/stranger"}, 7]
        )
        change["request"]["body"] = body | {name: value}


def another_after(plan: JSON, lot: random.Random, ids: list[str]) -> None:
    change = _change(plan, lot)
    for side in lot.sample(["before", "after"], lot.choice([1, 2])):
        if change[side]:
            name = lot.choice(list(change[side]))
            change[side][name] = lot.choice(["X", None, [], {}, "user/stranger", "2027-01-01", 7, True])


def another_key(plan: JSON, lot: random.Random, ids: list[str]) -> None:
    change = _change(plan, lot)
    keys = [each["key"] for each in plan["changes"]]
    change["key"] = lot.choice([*keys, "user/stranger", "event/foreign@2026-12-08", "patient/P-1001",
                                "workHours/stranger@2026-12-01"])  # fmt: skip
    change["kind"] = lot.choice([change["kind"], change["key"].partition("/")[0]])


def another_action(plan: JSON, lot: random.Random, ids: list[str]) -> None:
    change = _change(plan, lot)
    change["action"] = lot.choice(["create", "update", "delete", "adopt", "retire", "blocked", "noop"])


def deletion(plan: JSON, lot: random.Random, ids: list[str]) -> None:
    """A whole change of its own: something goes, under some key."""
    id = lot.choice(ids)
    model = next((each for each in plan["changes"] if each["action"] == "delete"), _change(plan, lot))
    key = lot.choice(["event/standup@2026-12-01", "event/board@2026-12-03", "event/foreign@2026-12-08"])
    path = f"/gh/sb-demo/calendar/events/{id}"
    plan["changes"].append(copy.deepcopy(model) | {
        "key": key, "kind": "event", "action": "delete", "id": id, "after": None, "diff": [],
        "request": {"method": "DELETE", "path": path, "query": {}, "body": None},
    })  # fmt: skip


def twice(plan: JSON, lot: random.Random, ids: list[str]) -> None:
    plan["changes"].insert(0, copy.deepcopy(_change(plan, lot)))


def another_place(plan: JSON, lot: random.Random, ids: list[str]) -> None:
    name = lot.choice(["tenant", "instance", "owner"])
    plan["environment"][name] = {"tenant": "other", "instance": "sb-other", "owner": "else"}[name]


def no_brakes(plan: JSON, lot: random.Random, ids: list[str]) -> None:
    plan["brakes"] = []
    plan["summary"]["delete"] = 0


def without(plan: JSON, lot: random.Random, ids: list[str]) -> None:
    place = lot.choice([plan, _change(plan, lot), plan["environment"]])
    del place[lot.choice(list(place))]


def any_value(plan: JSON, lot: random.Random, ids: list[str]) -> None:
    """Some leaf anywhere, something else."""
    place: Any = plan
    while True:
        name = lot.choice(list(place) if isinstance(place, dict) else range(len(place)))
        inner = place[name]
        if not isinstance(inner, (dict, list)) or not inner or lot.random() < 0.1:
            place[name] = lot.choice(
                [None, 7, "x", [], {}, True, -1, "\ud7ff\n\x1b[2J", 1e300, [[]], "a" * 5000]
            )
            return
        place = inner


EDITORS: list[Edit] = [
    another_id, another_id_and_digest, another_path, another_method, another_body, another_after, another_key,
    another_action, deletion, twice, another_place, no_brakes, without, any_value,
]  # fmt: skip


def check(call: Call, edited: JSON, before: JSON) -> None:
    """Whether a write is one that some change of the edited file stands for, on the object its key names."""
    place = edited["environment"]
    roots = (f"/{place['tenant']}/admin/users", f"/{place['tenant']}/{place['instance']}/")
    assert call.path.startswith(roots), call
    assert any(_is_of(call, change, place, before) for change in edited["changes"]), call


def _is_of(call: Call, change: JSON, place: JSON, before: JSON) -> bool:
    """Built from kind, action, id and after, and of the object that was there under that key."""
    routes = {"user": "/admin/users", "workHours": "/calendar/work-hours", "event": "/calendar/events"}
    if not change["request"] or routes.get(change["kind"], "none") not in call.path:
        return False
    name, after = change["key"].partition("/")[2], change["after"] or {}
    match change["kind"]:
        case "user":
            return _is_of_user(call, name, after)
        case "workHours":
            return _is_of_hours(call, name, change["id"], after, before)
        case "event":
            return _is_of_event(call, f"{place['owner']}/{name}", change, after, before)
    return False


def _is_of_user(call: Call, name: str, after: JSON) -> bool:
    body = call.body or {}
    named = call.path.rpartition("/")[2] == name if call.method != "POST" else body.get("username") == name
    return named and bool(body.items() <= {**after, "username": name}.items())


def _is_of_hours(call: Call, name: str, id: str | None, after: JSON, before: JSON) -> bool:
    person = name.rpartition("@")[0].removesuffix("/override")
    row = call.path.rpartition("/")[2]
    own = call.method == "POST" or (row == id and before["rows"].get(id) == person)
    whose = call.body["psmId"] == before["people"][person]
    return whose and own and call.body["startDateTime"][:10] == after["startDate"]


def _is_of_event(call: Call, mark: str, change: JSON, after: JSON, before: JSON) -> bool:
    id, body = change["id"], call.body or {}
    same = ("eventTitle", "startDateTime", "endDateTime", "externalId")
    if not all(body[key] == after.get(key) for key in same if key in body):
        return False
    if call.method == "POST":
        return bool(body["externalId"] == mark)
    live = before["events"].get(id) or {}
    marks = {mark, (change["before"] or {}).get("externalId")}
    adopted = change["action"] == "adopt" and live.get("eventTitle") == after["eventTitle"]
    return call.path.rpartition("/")[2] == id and (adopted or live.get("externalId", "") in marks - {None})


def seen(service: Service) -> JSON:
    """What is there, for `check`."""
    people = {name: service.id_of(name) for name in ("johndoe", "janedoe", "stranger")}
    rows = {row["workHoursId"]: name for name, each in service.hours(*people).items() for row in each}
    return {"people": people, "rows": rows, "events": {event["id"]: event for event in service.events()}}


def removed(calls: list[Call], before: JSON) -> set[str]:
    """The series that lost something."""
    gone = (before["events"][c.path.rpartition("/")[2]] for c in calls if c.method == "DELETE")
    return {event["externalId"].partition("@")[0] for event in gone}


def try_edits(
    workspace: Workspace, service: Service, name: str, edits: range, reset: Callable[[], None]
) -> tuple[int, int]:
    """Apply that many edited files; returns how many were refused, and how many wrote anything."""
    original = json.loads((workspace.folder / name).read_text())
    ids = ids_of(service)
    refused = wrote = 0
    for number in edits:
        lot = random.Random(SEED + number)
        edited = copy.deepcopy(original)
        EDITORS[number % len(EDITORS)](edited, lot, ids)
        (workspace.folder / "edited.json").write_text(json.dumps(edited))
        before = seen(service)
        service.forget()
        done = workspace.run("apply", "edited.json", "--journal", f"journal-{number}.db")
        calls = service.writes()
        assert "Traceback" not in done.stderr, done
        refused += done.code in (1, 3) and not calls
        wrote += bool(calls)
        if calls:
            for call in calls:
                check(call, edited, before)
            assert len({(c.method, c.path, json.dumps(c.body)) for c in calls}) == len(calls), "nothing twice"
            assert len(removed(calls, before)) <= edited["limits"]["deletes"]
            reset()
            original = json.loads((workspace.folder / name).read_text())
            ids = ids_of(service)
    return refused, wrote


def test_edits_of_a_plan(clinic: Workspace, service: Service) -> None:
    def reset() -> None:
        clinic.write(STAFF)
        clinic.apply("--allow", "deletes=9")
        for event in service.events():
            if event["eventTitle"] == "Round" and event["externalId"]:
                service.change_event(event, externalId=None)
        clinic.write(NEXT)
        assert clinic.run("plan", "--adopt", "--out", "plan.json").code == 0

    refused, wrote = try_edits(clinic, service, "plan.json", range(EDITS * 3 // 4), reset)
    assert refused > EDITS // 2 and wrote, (refused, wrote)


def test_edits_of_an_undo_file(clinic: Workspace, service: Service) -> None:
    def reset() -> None:
        clinic.write(STAFF)
        clinic.apply("--allow", "deletes=9")
        clinic.write(NEXT)
        clinic.apply("--undo-file", "undo.json", "--exclude", "event/round*")

    reset()
    refused, wrote = try_edits(clinic, service, "undo.json", range(EDITS * 3 // 4, EDITS), reset)
    assert refused > EDITS // 8 and wrote, (refused, wrote)
