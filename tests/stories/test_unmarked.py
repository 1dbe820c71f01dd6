"""`unmarked: match`: events that nobody has marked count as declared, until they are adopted one by one."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest
import yaml

from tests.support.cli import Result, run
from tests.support.service import Service

pytestmark = pytest.mark.both

JSON = dict[str, Any]
NOW = "2026-11-24T12:00:00Z"
HEAD: JSON = {
    "tenant": "gh", "instance": "sb-demo", "owner": "staffing", "timezone": "America/Los_Angeles",
    "unmarked": "match", "api": {"client": "STAFFING"},
    "users": {name: {"email": f"{name}@example.org"} for name in ("ann", "bob")},
}  # fmt: skip
HUDDLE: JSON = {
    "title": "Huddle", "type": "APPOINTMENT", "mode": "VIDEO", "host": "ann", "starts": "2026-12-01T09:00",
    "duration": "30m", "participants": [{"user": "bob"}], "location": "Room 1", "remarks": "Bring a mask",
    "color": "green", "repeat": {"every": "week", "on": "tue", "until": "2026-12-22"},
}  # fmt: skip
EDITS: dict[str, JSON] = {
    "title": {"title": "Team huddle"},
    "type": {"type": "GROUP_THERAPY"},
    "mode": {"mode": "CALL"},
    "host": {"host": "bob"},
    "host elsewhere": {"host": "bob", "timezone": "Pacific/Auckland"},
    "time": {"starts": "2026-12-01T10:00"},
    "weekday": {"starts": "2026-12-03T09:00", "repeat": {"every": "week", "on": "thu"}},
    "one date": {"change": {"2026-12-08": {"starts": "2026-12-09T09:00"}}},
    "length": {"duration": "45m"},
    "people": {"participants": []},
    "location": {"location": "Room 2"},
    "remarks": {"remarks": "No mask"},
    "color": {"color": "blue"},
    "zone": {"timezone": "America/New_York"},
    "rule": {"repeat": {"every": "day", "until": "2026-12-22"}},
    "more": {"also": ["2026-12-11T09:00"]},
}  # fmt: skip


@pytest.fixture
def service(service: Service, profile: str) -> Service:
    for name in ("ann", "bob"):
        service.user(name, **({"userState": "ACTIVE"} if profile == "live" else {}))
    for day in ("01", "08", "15", "22"):
        service.event(
            "ann", f"2026-12-{day}T17:00:00.000Z", f"2026-12-{day}T17:30:00.000Z",
            eventTitle="Huddle", eventType="APPOINTMENT", eventMode="VIDEO", eventStatus="SCHEDULED",
            additionalInfo={"location": "Room 1", "remarks": "Bring a mask"},
            participants=[{"participantId": service.id_of("bob"), "participantRole": "psm"}],
            **({"eventColor": "green"} if profile == "live" else {}),
        )  # fmt: skip
    service.forget()
    return service


def with_edit(edit: JSON) -> JSON:
    return {**deepcopy(HEAD), "events": {"huddle": {**deepcopy(HUDDLE), **edit}}}


def reconcile(service: Service, command: str, manifest: JSON, *flags: str) -> Result:
    path = service.record.parent / "env.yaml"
    path.write_text(yaml.safe_dump(manifest, sort_keys=False), encoding="utf-8")
    args = (command, "env.yaml", "--api-url", service.url, "--now", NOW, "--format", "json", *flags)
    return run(*args, cwd=path.parent)


def kinds(result: Result) -> list[tuple[str, str]]:
    return [(change["action"], change["reason"]) for change in result.plan]


def test_what_equals_a_declared_one_counts_as_it(service: Service) -> None:
    result = reconcile(service, "plan", with_edit({}), "--detailed-exitcode")
    assert (result.code, result.plan) == (0, []), result
    assert not service.writes()


def test_without_the_key_it_is_blocked_as_ever(service: Service) -> None:
    manifest = with_edit({}) | {"unmarked": "block"}
    assert (
        kinds(reconcile(service, "plan", manifest))
        == [("blocked", "exists unowned, --adopt takes it over")] * 4
    )


def test_adopting_writes_marks_and_nothing_else(service: Service) -> None:
    before = service.events()
    adopted = reconcile(service, "apply", with_edit({}), "--adopt", "--auto-approve")
    assert adopted.code == 0, adopted
    writes = service.writes()
    assert len(writes) == 4
    if writes[0].method == "PATCH":
        assert all(write.body.keys() == {"externalId"} for write in writes)
    told = ("updatedAt", "updatedBy", "externalId", "externalIdUpdatedAt")
    for was, now in zip(before, service.events(), strict=True):
        mark = f"staffing/huddle@{now['startDateTime'][:10]}"
        if "externalId" in was:
            assert now["externalId"] == mark
        else:
            assert now["additionalInfo"]["remarks"] == f"Bring a mask\n[{mark}]"
            now["additionalInfo"]["remarks"] = "Bring a mask"
        assert {k: v for k, v in now.items() if k not in told} == {
            k: v for k, v in was.items() if k not in told
        }
    assert reconcile(service, "plan", with_edit({})).plan == []


def test_what_lies_beyond_the_horizon_is_adopted_as_well(service: Service) -> None:
    manifest = with_edit({}) | {"horizon": "2 weeks"}
    assert [change["action"] for change in reconcile(service, "plan", manifest, "--adopt").plan] == [
        "adopt"
    ] * 4
    far = {"starts": "2027-09-07T09:00", "repeat": {"every": "week", "on": "tue"}}
    for day in ("07", "14", "21"):
        service.event(
            "ann",
            f"2027-09-{day}T16:00:00.000Z",
            f"2027-09-{day}T16:30:00.000Z",
            eventTitle="Far",
            eventStatus="SCHEDULED",
        )
    manifest["events"]["far"] = {"title": "Far", "host": "ann", "duration": "30m", **far}
    assert reconcile(service, "plan", manifest).plan == []
    adopted = reconcile(service, "plan", manifest, "--adopt", "--target", "event/far")
    assert [change["action"] for change in adopted.plan] == ["adopt"] * 3


def test_one_meeting_is_adopted_and_the_others_later(service: Service) -> None:
    target = ("--target", "event/huddle@2026-12-08")
    assert reconcile(service, "apply", with_edit({}), "--adopt", "--auto-approve", *target).code == 0
    assert len(service.writes()) == 1
    assert reconcile(service, "plan", with_edit({})).plan == []
    rest = reconcile(service, "plan", with_edit({}), "--adopt", "--user", "ann")
    assert [change["action"] for change in rest.plan] == ["adopt"] * 3


def test_nothing_is_adopted_as_something_else_and_what_is_advised_then_works(service: Service) -> None:
    renamed = with_edit({"title": "Team huddle"})
    blocked = reconcile(service, "plan", renamed, "--adopt")
    assert set(kinds(blocked)) == {
        ("blocked", "exists unowned, otherwise than here: take the edit back, --adopt, then edit")
    }
    assert reconcile(service, "apply", with_edit({}), "--adopt", "--auto-approve").code == 0
    assert [change["action"] for change in reconcile(service, "plan", renamed).plan] == ["update"] * 4


@pytest.mark.parametrize("edit", EDITS.values(), ids=EDITS)
def test_no_edit_before_adopting_doubles_a_meeting(service: Service, edit: JSON) -> None:
    result = reconcile(service, "plan", with_edit(edit))
    assert result.data["summary"]["requests"].get("POST", 0) == 0, result.stdout
    assert set(kinds(result)) <= {("blocked", "exists unowned, --adopt first")}, kinds(result)


def test_a_meeting_that_is_nobody_s_double_is_created(service: Service) -> None:
    manifest = with_edit({})
    manifest["events"]["review"] = {
        "title": "Review", "host": "ann", "starts": "2026-12-08T13:00", "duration": "1h",
    }  # fmt: skip
    assert [change["action"] for change in reconcile(service, "plan", manifest).plan] == ["create"]


def test_once_it_is_ours_it_is_edited_as_any_other(service: Service) -> None:
    assert reconcile(service, "apply", with_edit({}), "--adopt", "--auto-approve").code == 0
    edited = reconcile(service, "plan", with_edit({"title": "Team huddle", "also": ["2026-12-11T09:00"]}))
    assert sorted(change["action"] for change in edited.plan) == ["create", *["update"] * 4]
