"""Several environments on one machine: tenant by tenant, users once, and no failure stops another."""

from __future__ import annotations

import json
import socket
from collections import Counter
from pathlib import Path
from threading import Barrier, Lock
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from reconciler.client.transport import Transport
from reconciler.manifest import schema_text
from tests.conftest import Simulate
from tests.support.cli import IMPATIENT, Result, environment, run
from tests.support.service import Call, Service

NOW = "2026-11-24T12:00:00Z"
TENANTS = ("north", "south", "east", "west")
STAFF = """
users:
  {tenant}-ann: {{email: ann@{tenant}.example}}
  {tenant}-bob: {{email: bob@{tenant}.example}}
"""
CLINIC = """
tenant: {tenant}
instance: {instance}
timezone: America/Los_Angeles
api: {{client: TESTS}}
include: [../staff/{tenant}.yaml]
workHours:
  {tenant}-ann: [{{from: 2026-12-01, days: {{mon-fri: 09:00-17:00}}}}]
events:
  huddle: {{title: Huddle, type: APPOINTMENT, mode: VIDEO, host: {tenant}-bob, starts: 2026-12-01T09:00,
           duration: 30m, repeat: {{every: week}}}}
"""


class Clinics:
    """A checkout of many environments, and the commands run in it."""

    def __init__(self, folder: Path, service: Service) -> None:
        self.folder, self.service = folder, service
        (folder / "env").mkdir()
        (folder / "staff").mkdir()
        self.env = environment(WELKIN_API_URL=service.url, XDG_STATE_HOME=str(folder / "state"))

    def add(self, tenant: str, *instances: str) -> list[str]:
        """Environments of one tenant, which share its people."""
        (self.folder / "staff" / f"{tenant}.yaml").write_text(STAFF.format(tenant=tenant), encoding="utf-8")
        return [
            self.write(f"env/{name}.yaml", CLINIC.format(tenant=tenant, instance=name)) for name in instances
        ]

    def write(self, path: str, text: str) -> str:
        (self.folder / path).write_text(text, encoding="utf-8")
        return path

    def run(self, command: str, *args: str) -> Result:
        self.service.forget()
        return run(command, *args, "--now", NOW, cwd=self.folder, env=self.env, patience=IMPATIENT)

    def calls(self) -> list[Call]:
        return [call for call in self.service.calls() if "/BY-HAND" not in call.path]


@pytest.fixture
def clinics(tmp_path: Path, service: Service) -> Clinics:
    return Clinics(tmp_path, service)


def closed_port() -> int:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        return int(unused.getsockname()[1])


def test_fifty_environments_in_five_tenants(clinics: Clinics) -> None:
    """One tenant's service refuses connections, three environments are broken: the other 46 are planned."""
    paths = [path for t in TENANTS for path in clinics.add(t, *(f"{t}-{n}" for n in range(12)))][:46]
    broken = [
        clinics.write(
            "env/x-slip.yaml", CLINIC.format(tenant="slip", instance="slip").replace("09:00-17", "9-17")
        ),
        clinics.write("env/x-key.yaml", "tenant: key\ninstance: key\ntimezon: UTC\n"),
        clinics.write("env/x-yaml.yaml", "tenant: [\n"),
    ]
    (clinics.folder / "staff" / "slip.yaml").write_text(STAFF.format(tenant="slip"), encoding="utf-8")
    (away,) = clinics.add("away", "away")
    clinics.env["WELKIN_API_URL_AWAY"] = f"http://127.0.0.1:{closed_port()}"

    given = [*paths[:20], broken[0], away, *paths[20:], *broken[1:]]
    done = clinics.run("plan", *given, "--format", "json")
    assert done.code == 1
    data = done.data
    assert data["format"] == "welkin-reconcile/plans/1"
    planned = [plan["environment"]["instance"] for plan in data["plans"]]
    assert planned == [Path(path).stem for path in paths]
    assert [failure["path"] for failure in data["failures"]] == [broken[0], away, *broken[1:]]
    assert data["failures"][0]["error"].startswith(f"{broken[0]}:")
    assert "connection refused" in data["failures"][1]["error"]
    Draft202012Validator(json.loads(schema_text("plan"))).validate(data)

    asked = Counter((call.route, call.path.split("/")[1]) for call in clinics.calls())
    assert {place: count for place, count in asked.items() if "events" not in place[0]} == {
        **{("POST api_clients", tenant): 1 for tenant in TENANTS},
        **{("GET users", tenant): 3 for tenant in TENANTS},  # the list, and each of two who aren't there
    }
    assert not [call for call in clinics.calls() if call.is_write]
    for tenant in TENANTS:
        own = [plan for plan in data["plans"] if plan["environment"]["tenant"] == tenant]
        users = [[c["key"] for c in plan["changes"] if c["kind"] == "user"] for plan in own]
        assert users == [[f"user/{tenant}-ann", f"user/{tenant}-bob"], *([] for _ in own[1:])]
        for plan in own:
            keys = {change["key"] for change in plan["changes"]}
            assert all(key in keys for change in plan["changes"] for key in change["after_keys"])


def test_text_tells_of_each_and_ends_with_a_table(clinics: Clinics) -> None:
    paths = clinics.add("north", "uptown", "downtown")
    slip = clinics.write("env/slip.yaml", "tenant: key\ninstance: key\ntimezon: UTC\n")
    done = clinics.run("plan", *paths, slip)
    assert done.code == 1
    assert f"Failed (1):\n  {slip}:" in done.stdout
    table = done.stdout.rstrip().split("\n")[-4:]
    assert [line.split() for line in table] == [
        ["Environment", "State", "People", "Changes", "Stranded"],
        [paths[0], "changes", "2", "10", "0"],  # two people, one row of hours, Tuesdays until 12 January
        [paths[1], "changes", "2", "8", "0"],
        [slip, "failed", "–", "–", "–"],
    ]
    markdown = clinics.run("plan", *paths, slip, "--format", "markdown")
    assert markdown.code == 1
    assert (
        markdown.stdout.split("\n")[0] == f"<!-- welkin-reconcile: north/uptown, north/downtown, {slip} -->"
    )
    assert "**1 environment could not be planned**" in markdown.stdout and f"`{slip}`" in markdown.stdout
    page = clinics.run("plan", *paths, slip, "--format", "html")
    assert "1 environment could not be planned" in page.stdout and f"<code>{slip}</code>" in page.stdout


def test_several_given_are_several_also_when_one_or_none_is_left(clinics: Clinics) -> None:
    (path,) = clinics.add("north", "uptown")
    slip = clinics.write("env/slip.yaml", "tenant: [\n")
    one = clinics.run("plan", path, slip, "--format", "json").data
    assert (one["format"], len(one["plans"]), len(one["failures"])) == ("welkin-reconcile/plans/1", 1, 1)
    none = clinics.run("plan", slip, "env/nowhere.yaml", "--format", "json").data
    assert (none["plans"], [each["path"] for each in none["failures"]]) == ([], [slip, "env/nowhere.yaml"])


def test_users_are_planned_in_the_first_that_could_be_planned(clinics: Clinics) -> None:
    paths = clinics.add("north", "uptown", "downtown", "midtown")
    clinics.write(paths[0], CLINIC.format(tenant="north", instance="uptown").replace("09:00-17", "9-17"))
    data = clinics.run("plan", *paths, "--format", "json").data
    users = [sum(change["kind"] == "user" for change in plan["changes"]) for plan in data["plans"]]
    assert users == [2, 0]


def test_what_one_declares_and_others_do_not_is_planned_where_it_is_declared(clinics: Clinics) -> None:
    paths = clinics.add("north", "uptown", "downtown")
    with (clinics.folder / paths[1]).open("a") as file:
        file.write("users:\n  carla: {email: carla@north.example}\n")
    data = clinics.run("plan", *paths, "--format", "json").data
    users = [[c["key"] for c in plan["changes"] if c["kind"] == "user"] for plan in data["plans"]]
    assert users == [["user/north-ann", "user/north-bob"], ["user/carla"]]


def test_clients_and_secrets_are_those_of_the_tenant(clinics: Clinics) -> None:
    """Two clients of one tenant have a token each; the wrong secret of one tenant is its own trouble."""
    paths = clinics.add("north-west", "uptown", "downtown")
    text = CLINIC.format(tenant="north-west", instance="downtown")
    clinics.write(paths[1], text.replace("client: TESTS", "client: OTHERS"))
    clinics.env["WELKIN_SECRET_NORTH_WEST"] = clinics.env["WELKIN_SECRET"]
    clinics.env["WELKIN_SECRET"] = "wrong"
    (south,) = clinics.add("south", "south")
    done = clinics.run("plan", *paths, south, "--format", "json")
    assert [failure["path"] for failure in done.data["failures"]] == [south]
    assert "$WELKIN_SECRET_SOUTH" in done.data["failures"][0]["error"]
    tokens = Counter(call.path for call in clinics.calls() if "api_clients" in call.path)
    assert tokens == {
        "/north-west/admin/api_clients/TESTS": 1,
        "/north-west/admin/api_clients/OTHERS": 1,
        "/south/admin/api_clients/TESTS": 1,
    }
    clinics.env["WELKIN_CLIENT"] = "OTHERS"
    clinics.run("plan", *paths, "--format", "json")
    assert {call.path for call in clinics.calls() if "api_clients" in call.path} == {
        "/north-west/admin/api_clients/OTHERS"
    }


def test_a_service_without_a_list_of_users_is_asked_for_each_once(
    tmp_path: Path, simulate_service: Simulate
) -> None:
    clinics = Clinics(tmp_path, simulate_service(profile="reference"))
    paths = clinics.add("north", *(f"clinic-{number}" for number in range(6)))
    done = clinics.run("plan", *paths, "--format", "json")
    assert (done.code, len(done.data["plans"])) == (0, 6)
    assert sum(call.route == "GET users" for call in clinics.calls()) == 3  # a probe for the list, and two


def test_the_embedded_service_takes_several(clinics: Clinics) -> None:
    paths = [*clinics.add("north", "uptown", "downtown"), *clinics.add("south", "harbour")]
    text = CLINIC.format(tenant="south", instance="harbour").replace("Los_Angeles", "New_York")
    clinics.write(paths[2], text)
    clinics.env = environment(XDG_STATE_HOME=str(clinics.folder / "state"))
    done = clinics.run("plan", *paths, "--simulator", "--format", "json")
    assert (done.code, len(done.data["plans"]), done.data["failures"]) == (0, 3, [])


def test_tenants_wait_for_no_other(clinics: Clinics, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first request of each waits until one of every other is on its way, too."""
    meeting, lock, met, sent = Barrier(len(TENANTS), timeout=60), Lock(), set[str](), Transport._answer

    def answer(self: Transport, prepared: Any, timeouts: Any) -> Any:
        tenant = prepared.path_url.split("/")[1]
        with lock:
            is_first = tenant not in met
            met.add(tenant)
        if is_first:
            meeting.wait()
        return sent(self, prepared, timeouts)

    monkeypatch.setattr(Transport, "_answer", answer)
    paths = [path for tenant in TENANTS for path in clinics.add(tenant, f"{tenant}-1", f"{tenant}-2")]
    assert clinics.run("plan", *paths, "--format", "json").code == 0
    assert met == {*TENANTS} and not meeting.broken
