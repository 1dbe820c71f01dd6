"""Every answer of the embedded Welkin is what the description says, on a walk through all routes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from reconciler.simulator import Options, start
from tests.contract.conftest import Contract

SPAN = {"from": "2026-12-01T00:00:00.000Z", "to": "2026-12-31T23:59:59.999Z"}
NOBODY = "00000000-0000-4000-8000-000000000000"


class Walk:
    """One client walking through the routes; every answer is held against the description."""

    def __init__(self, url: str, contract: Contract) -> None:
        self.url, self.contract = url, contract
        self.session = requests.Session()
        self.session.trust_env = False
        self.seen: dict[str, set[int]] = {}
        self.problems: list[str] = []
        token = self.send("POST", "/gh/admin/api_clients/WALK", {"secret": "simulator"})["token"]
        self.session.headers["Authorization"] = f"Bearer {token}"

    def send(self, method: str, path: str, body: Any = None, **query: str) -> Any:
        answer = self.session.request(method, self.url + path, json=body, params=query, timeout=60)
        value = answer.json() if answer.content else None
        name = self.contract.operation(method, path)
        assert name, f"{method} {path} is not described"
        self.seen.setdefault(name, set()).add(answer.status_code)
        found = self.contract.of_answer(name, answer.status_code, value)
        self.problems += [f"{method} {path} {answer.status_code} {text}" for text in found]
        return value


@pytest.fixture(params=["live", "reference"])
def walk(request: pytest.FixtureRequest, contract: Contract) -> Iterator[Walk]:
    with start(Options(profile=request.param)) as running:
        walking = Walk(running.url, contract)
        yield walking
        walking.session.close()


def users(walk: Walk) -> str:
    body = {
        "username": "johndoe",
        "email": "john@example.org",
        "timezone": "US/Pacific",
        "phone": "+15552009801",
    }
    id = walk.send("POST", "/gh/admin/users", body)["id"]
    walk.send("POST", "/gh/admin/users", body)
    walk.send("POST", "/gh/admin/users", {})
    walk.send("GET", "/gh/admin/users")
    walk.send("GET", "/gh/admin/users", sort="nonsense,asc")
    walk.send("GET", "/gh/sb-demo/users")
    walk.send("GET", "/gh/admin/users/johndoe")
    walk.send("GET", f"/gh/admin/users/{id}", type="ID")
    walk.send("GET", "/gh/admin/users/nobody")
    walk.send("PATCH", "/gh/admin/users/johndoe", {"credentials": "MD"})
    walk.send("PUT", "/gh/admin/users/johndoe", body)
    return str(id)


def hours(walk: Walk, user: str) -> None:
    path = "/gh/sb-demo/calendar/work-hours"
    days = [{"day": 1, "startTime": "09:00:00", "endTime": "17:00:00"}]
    body = {"psmId": user, "startDateTime": SPAN["from"], "endDateTime": SPAN["to"], "daysInfo": days}
    walk.send("POST", path, body)
    off = [{"day": 2, "startTime": None, "endTime": None}]
    walk.send(
        "POST",
        path,
        {**body, "endDateTime": None, "type": "AVAILABILITY", "ruleType": "OVERRIDE", "daysInfo": off},
    )
    walk.send("POST", path, {})
    (found,) = walk.send("GET", path, **{"psm-ids": user}, **SPAN)
    walk.send("GET", path, psmIds=user, **SPAN)
    walk.send("PUT", f"{path}/{found['details'][0]['workHoursId']}", body)
    walk.send("PUT", f"{path}/{NOBODY}", body)


def events(walk: Walk, user: str, patient: str) -> None:
    path = "/gh/sb-demo/calendar/events"
    people = [
        {"participantId": user, "participantRole": "psm"},
        {"participantId": patient, "participantRole": "patient"},
    ]
    times = {"startDateTime": "2036-12-02T09:00:00.000Z", "endDateTime": "2036-12-02T10:00:00.000Z"}
    body = {**times, "hostId": user, "participants": people}
    made = walk.send("POST", path, body)
    full = {"eventTitle": "Visit", "eventType": "APPOINTMENT", "eventStatus": "SCHEDULED"}
    full |= {"eventMode": "IN-PERSON", "additionalInfo": {"location": "Room 1"}, "eventDescription": ""}
    walk.send("PUT", f"{path}/{made['id']}", {**body, **full})
    walk.send("PATCH", f"{path}/{made['id']}", {"eventTitle": None})
    walk.send("POST", path, {**body, "hostId": NOBODY})
    walk.send("GET", f"{path}/{made['id']}")
    walk.send("GET", f"{path}/{NOBODY}")
    walk.send(
        "PUT",
        f"{path}/{made['id']}/invitation-response",
        {"participantId": user, "participationStatus": "Yes"},
    )
    past = {"startDateTime": "2026-12-02T09:00:00.000Z", "endDateTime": "2026-12-02T10:00:00.000Z"}
    walk.send("POST", path, {**body, **full, **past})
    walk.send("GET", path, **SPAN)
    walk.send("GET", path)
    for name in ("psm-schedules", "available-psm-schedules", "full-psm-schedules", "psm-event-summary"):
        walk.send("GET", f"/gh/sb-demo/calendar/{name}", psmIds=f"{user},{NOBODY}", **SPAN)
    walk.send("DELETE", f"{path}/{made['id']}")


def patients(walk: Walk) -> str:
    path = "/gh/sb-demo/patients"
    body = {"firstName": "Ada", "lastName": "Invented", "birthDate": "2012-3-12T00:00:00.000Z"}
    walk.send("POST", path, {})
    id = walk.send("POST", path, body)["id"]
    walk.send("GET", path)
    walk.send("POST", "/gh/sb-demo/by-filter/patients", {})
    walk.send("GET", f"{path}/{id}")
    walk.send("GET", f"{path}/{NOBODY}")
    walk.send("PATCH", f"{path}/{id}", {"city": "Oakland", "birthDate": None})
    return str(id)


def records(walk: Walk, patient: str) -> None:
    path = f"/gh/sb-demo/patients/{patient}/cdts/vitals"
    made = walk.send("POST", path, {"blood_sugar": "200"})
    walk.send("POST", path, {"blood_sugar": "high"})
    walk.send("GET", path)
    walk.send("GET", path, fields="systolic", size="1")
    walk.send("GET", f"{path}/{made['id']}")
    walk.send("GET", f"{path}/{NOBODY}")
    walk.send("PATCH", f"{path}/{made['id']}", {"systolic": 120})
    rows = [{"id": made["id"], "jsonBody": {"systolic": 121}}, {"id": NOBODY, "jsonBody": {}}]
    walk.send("PATCH", path, {"rows": rows})
    walk.send("GET", "/gh/sb-demo/formations/current/cdts")
    walk.send("GET", "/gh/sb-demo/formations/current/cdts/vitals")
    walk.send("DELETE", f"{path}/{made['id']}")


def everywhere(walk: Walk) -> None:
    patient, user = patients(walk), users(walk)
    hours(walk, user)
    events(walk, user, patient)
    records(walk, patient)
    for audit in ("data", "security", "webhook"):
        walk.send("GET", f"/gh/admin/audit-{audit}", size="3")
    walk.send("DELETE", f"/gh/sb-demo/patients/{patient}")
    walk.send("DELETE", "/gh/admin/users/johndoe")


def test_every_answer_is_as_described(walk: Walk, contract: Contract) -> None:
    everywhere(walk)
    assert walk.problems == []
    assert walk.seen.keys() == contract.operations.keys()


@pytest.mark.parametrize("walk", ["live"], indirect=True)
def test_live_every_route_succeeds_but_what_no_api_client_may_do(walk: Walk, contract: Contract) -> None:
    everywhere(walk)
    succeeded = {name for name, statuses in walk.seen.items() if min(statuses) < 300}
    assert succeeded == contract.operations.keys() - {"delete_user", "delete_patient"}


def test_the_simulator_serves_the_description_and_a_page_without_network_assets(contract: Contract) -> None:
    with start(Options()) as running:
        session = requests.Session()
        session.trust_env = False
        assert session.get(f"{running.url}/openapi.json", timeout=60).json() == json.loads(
            json.dumps(contract.document)
        )
        page = session.get(f"{running.url}/docs", timeout=60)
        session.close()
    assert page.headers["content-type"] == "text/html"
    assert all(f"<code>{path}</code>" in page.text for path in contract.document["paths"])
    assert "http://" not in page.text and "https://" not in page.text


def test_every_route_of_the_simulator_is_described(contract: Contract) -> None:
    from reconciler.simulator.app import ROUTES

    described = {(method, path) for method, path, _ in contract.operations.values()}
    own = ("/_simulator", "/openapi.json", "/docs")
    served = {
        (route.method, route.path.replace("/cdt/", "/cdts/"))
        for route in ROUTES
        if not route.path.startswith(own)
    }
    assert served == described


def test_the_wheel_carries_the_description() -> None:
    import tomllib

    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())
    included = project["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"]
    assert included == {"schemas": "reconciler/schemas"}
