"""What an export took in, edited field by field before it is ours, and adopted a group at a time."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from copy import deepcopy
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.conftest import HEAD
from tests.support.cli import Result, run
from tests.support.service import Call, Service, simulated

JSON = dict[str, Any]
ROOT = Path(__file__).parents[2]
NOW = "2026-11-24T12:00:00Z"
TOLD = ("updatedAt", "updatedBy", "externalId", "externalIdUpdatedAt")  # what a mark changes of an event
# By field of the schema: what somebody makes of a meeting. Its dates are TUESDAY and the three weeks after.
EDITS: dict[str, JSON] = {
    "title": {"title": "Otherwise"},
    "type": {"type": "GROUP_THERAPY"},
    "mode": {"mode": "CALL"},
    "host": {"host": "bob"},
    "hosts": {"host": None, "hosts": ["bob", "cat"]},
    "turn": {"host": None, "hosts": ["bob", "cat"], "turn": "week"},
    "starts": {"starts": "2026-12-02T11:00"},
    "ends": {"duration": None, "ends": "11:00"},
    "duration": {"duration": "45m"},
    "allDay": {"allDay": "true", "starts": "2026-12-01", "duration": None},
    "timezone": {"timezone": "Asia/Tokyo"},
    "repeat": {"repeat": {"every": "day", "until": "2026-12-22"}},
    "except": {"except": ["2026-12-08"]},
    "also": {"also": ["2026-12-11T09:00"]},
    "change": {"change": {"2026-12-08": {"starts": "2026-12-10T09:00"}}},
    "from": {"from": {"2026-12-09": {"repeat": {"every": "week", "on": "fri"}}}},
    "holidays": {"holidays": "US-CA"},
    "gap": {"gap": "skip"},
    "fold": {"fold": "second"},
    "restore": {"restore": "true"},
    "drift": {"drift": "keep"},
    "participants": {"participants": [{"user": "cat"}]},
    "location": {"location": "Elsewhere"},
    "remarks": {"remarks": "Otherwise"},
    "color": {"color": "blue"},
    "clear": {"location": None, "clear": ["location"]},
    "reason": {"reason": "A new room"},
} | {
    f"change-{key}": {"change": {"2026-12-08": edit}}
    for key, edit in {
        "starts": {"starts": "11:00"},
        "ends": {"starts": "11:00", "ends": "12:00"},
        "duration": {"duration": "2h"},
        "title": {"title": "Once otherwise"},
        "host": {"host": "bob"},
        "mode": {"mode": "CALL"},
        "participants": {"participants": []},
        "location": {"location": "Elsewhere"},
        "remarks": {"remarks": "Once otherwise"},
        "reason": {"reason": "A fair", "starts": "12:00"},
    }.items()
} | {
    f"from-{key}": {"from": {"2026-12-09": edit}}
    for key, edit in {
        "title": {"title": "From now on otherwise"},
        "type": {"type": "GROUP_THERAPY"},
        "mode": {"mode": "CALL"},
        "host": {"host": "bob"},
        "hosts": {"hosts": ["bob", "cat"]},
        "turn": {"hosts": ["bob", "cat"], "turn": "week"},
        "starts": {"starts": "11:00"},
        "ends": {"ends": "11:00"},
        "duration": {"duration": "2h"},
        "timezone": {"timezone": "Asia/Tokyo"},
        "repeat": {"repeat": {"every": "week", "on": "wed"}},
        "participants": {"participants": []},
        "location": {"location": "Elsewhere"},
        "remarks": {"remarks": "From now on otherwise"},
        "color": {"color": "blue"},
        "clear": {"clear": ["location"]},
        "reason": {"reason": "A fair", "starts": "12:00"},
    }.items()
}  # fmt: skip
LEAVES: dict[str, Any] = {
    "longer": "2027-01-11..2027-01-20",
    "shorter": "2027-01-11..2027-01-12",
    "other-dates": "2027-02-01..2027-02-05",
    "in-two": ["2027-01-11..2027-01-12", "2027-01-14..2027-01-15"],
    "titled": {"on": "2027-01-11..2027-01-15", "title": "Otherwise"},
    "by-the-hour": {"on": "2027-01-11", "between": "13:00-17:00"},
    "with-reason": {"from": "2027-01-11", "to": "2027-01-15", "reason": "Ski week"},
}


class Tenant:
    """Clicked together, exported, and never applied."""

    def __init__(self, folder: Path, service: Service, profile: str) -> None:
        self.folder, self.service, self.live = folder, service, profile == "live"
        self.names = list[str]()
        self.bob, _ = map(self._user, ("bob", "cat"))

    def _user(self, name: str) -> str:
        state = {"userState": "ACTIVE"} if self.live else {}
        self.service.user(name, timezone="America/Los_Angeles", **state)
        self.names.append(name)
        return self.service.id_of(name)

    def host(self, name: str, title: str = "") -> None:
        """Somebody with a meeting on four Tuesdays, or with a leave."""
        self._user(name)
        if not title:
            self._event(name, "2027-01-11T08:00:00.000Z", "2027-01-16T07:59:59.999Z", "Leave", "LEAVE",
                        allDayEvent=True)  # fmt: skip
            return
        people = [{"participantId": self.bob, "participantRole": "psm"}]
        for week in range(4):
            day = date(2026, 12, 1) + timedelta(weeks=week)
            self._event(name, f"{day}T17:00:00.000Z", f"{day}T17:30:00.000Z", title, "APPOINTMENT",
                        eventMode="VIDEO", additionalInfo={"location": "Room 1", "remarks": "Bring a mask"},
                        participants=people)  # fmt: skip

    def _event(self, host: str, start: str, end: str, title: str, type: str, **fields: Any) -> None:
        said = {"eventTitle": title, "eventType": type, "eventStatus": "SCHEDULED", **fields}
        colour = {"eventColor": "grey" if type == "LEAVE" else "green"} if self.live else {}
        self.service.event(host, start, end, **said, **colour)

    def exported(self) -> JSON:
        (self.folder / "env.yaml").write_text(HEAD, encoding="utf-8")
        whom = ("--all",) if self.live else ("--users", ",".join(self.names))
        done = self.run("export", *whom)
        assert done.code == 0, done
        manifest: JSON = yaml.load(done.stdout, yaml.BaseLoader)
        return manifest

    def write(self, manifest: JSON) -> None:
        text = yaml.safe_dump(manifest, sort_keys=False, default_style='"')
        (self.folder / "env.yaml").write_text(text, encoding="utf-8")

    def run(self, command: str, *flags: str) -> Result:
        return run(command, "env.yaml", *flags, "--api-url", self.service.url, "--now", NOW, cwd=self.folder)

    def plan(self, *flags: str) -> Result:
        return self.run("plan", "--format", "json", *flags)

    def seen(self) -> dict[str, JSON]:
        """All events by id, without their marks."""
        found = {}
        for event in self.service.events():
            info = dict(event.get("additionalInfo") or {})
            info["remarks"] = (info.get("remarks") or "").partition("[staffing")[0].rstrip("\n")
            event["additionalInfo"] = {key: text for key, text in info.items() if text} or None
            found[event["id"]] = {key: value for key, value in event.items() if key not in TOLD}
        return found


@pytest.fixture(params=["live", "reference"])
def tenant(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Tenant]:
    with simulated(tmp_path, now=NOW, profile=request.param) as service:
        yield Tenant(tmp_path, service, request.param)


def test_every_field_has_an_edit() -> None:
    definitions = json.loads((ROOT / "schemas/events.schema.json").read_text())["$defs"]
    assert {*definitions["event"]["properties"]} <= {*EDITS}
    for place in ("change", "from"):
        assert {f"{place}-{key}" for key in definitions[place]["properties"]} <= {*EDITS}


def test_no_edit_of_any_field_before_adopting_makes_a_second_event(tenant: Tenant) -> None:
    """Each of its own person, so that nothing but itself keeps a meeting from being made twice."""
    names = {f"h{number:02}": field for number, field in enumerate(EDITS)}
    for name, field in names.items():
        tenant.host(name, f"Meeting {field}")
    leaves = {f"l{number}": how for number, how in enumerate(LEAVES)}
    for name in leaves:
        tenant.host(name)
    manifest = tenant.exported()
    tenant.write(manifest)
    plan = tenant.plan("--detailed-exitcode")
    assert (plan.code, plan.plan) == (0, []), plan
    entries = {spec["host"]: spec for spec in manifest["events"].values()}
    for name, field in names.items():
        entries[name].update(deepcopy(EDITS[field]))
        for key in [key for key, value in entries[name].items() if value is None]:
            del entries[name][key]
    manifest["leave"].update({name: LEAVES[how] for name, how in leaves.items()})
    tenant.write(manifest)
    assert posted(tenant.plan()) == set()
    more = {"event/meeting-also", "event/meeting-repeat", "event/leave-l3"}  # beside those that are adopted
    assert {key.partition("@")[0] for key in posted(tenant.plan("--adopt"))} == more


def posted(plan: Result) -> set[str]:
    assert plan.code == 0 and plan.data["summary"]["requests"].get("DELETE", 0) == 0, plan
    return {each["key"] for each in plan.plan if (each["request"] or {}).get("method") == "POST"}


def test_a_tenant_is_adopted_a_group_at_a_time(tenant: Tenant) -> None:
    for name in ("ann", "dov", "eve", "fay"):
        tenant.host(name, f"Round of {name}")
    tenant.host("gus")
    before, manifest = tenant.seen(), tenant.exported()
    manifest["teams"] = {
        "floor": ["ann", {"user": "dov", "from": "2026-01-01"}, {"user": "eve", "from": "2027-01-04"}]
    }
    tenant.write(manifest)
    groups = {
        ("--team", "floor"): {"round-of-ann": 4, "round-of-dov": 4},
        ("--target", "event/round-of-eve@2026-12-08"): {"round-of-eve": 1},
        ("--target", "event/round-of-eve"): {"round-of-eve": 3},
        ("--user", "fay", "--user", "gus"): {"round-of-fay": 4, "leave-gus": 1},
    }
    for flags, series in groups.items():
        tenant.service.forget()
        assert tenant.run("apply", "--adopt", "--auto-approve", *flags).code == 0
        writes = tenant.service.writes()
        assert Counter(series_in(write) for write in writes) == series
        if tenant.live:
            assert all(write.body.keys() == {"externalId"} for write in writes)
        assert tenant.seen() == before
        plan = tenant.plan("--detailed-exitcode")
        assert (plan.code, plan.plan) == (0, []), plan
    assert tenant.plan("--adopt", "--detailed-exitcode").code == 0
    for spec in manifest["events"].values():
        spec["title"] += ", revised"
    tenant.write(manifest)
    assert [each["action"] for each in tenant.plan().plan] == ["update"] * 16


def series_in(write: Call) -> str:
    """The series that the mark of a write names; it stands in the remarks where nothing else keeps it."""
    body: JSON = write.body
    mark = body.get("externalId") or body["additionalInfo"]["remarks"].rpartition("[")[2]
    return str(mark).removeprefix("staffing/").partition("@")[0]
