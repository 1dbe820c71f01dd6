"""Against servers that share no code with the embedded Welkin: the reference and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.conftest import Workspace
from tests.support.fakes import ReferenceServer, serving

STAFF = """horizon: 6 weeks
users:
  johndoe: {email: john@example.org, phone: +15552009845, timezone: America/Los_Angeles, credentials: MD}
  janedoe: {email: jane@example.org}
workHours:
  johndoe:
    - {from: 2026-12-01, to: 2027-03-31, days: {mon-thu: 09:00-18:00, fri: [09:00-12:00, 12:30-17:00]}}
  janedoe:
    - {from: 2026-11-30, days: {wed: 22:00-06:00}}
"""
SERIES = """events:
  standup:
    title: Stand-up
    host: johndoe
    starts: 2026-11-30T09:00
    duration: 30m
    repeat: {every: week, on: mon-fri}
    participants: [{user: janedoe}]
    remarks: Bring tea
    color: green
"""
OVERRIDES = """    - {override: Winter break, from: 2026-12-24, to: 2026-12-26, days: off}
    - {override: Saturday duty, from: 2027-01-02, to: 2027-01-02, days: {sat: 09:00-13:00}}
"""
EVENTS = 26  # weekdays from 30 November to 4 January
VARIANTS = {
    "plain": {},
    "no-list-405": {"user_list": 405},
    "psmIds-ignored": {"psm_ids": "ignore"},
    "patch-404": {"patch_events": 404},
    "unknown-keys-400": {"extra_keys": "refuse"},
    "all-at-once": {"user_list": 405, "psm_ids": "ignore", "patch_events": 404, "extra_keys": "refuse"},
}


@contextmanager
def reference(workspace: Workspace, **switches: object) -> Iterator[ReferenceServer]:
    server = ReferenceServer(**switches)  # type: ignore[arg-type]
    with serving(server, server) as url:
        workspace.url = url
        yield server


@pytest.mark.parametrize("switches", VARIANTS.values(), ids=VARIANTS.keys())
def test_a_service_that_knows_only_the_reference_converges(
    workspace: Workspace, switches: dict[str, object]
) -> None:
    workspace.write(STAFF + SERIES)
    with reference(workspace, **switches) as server:
        workspace.apply()
        assert len(server.users) == 2
        assert len(server.hours) == 2
        assert len(server.events) == EVENTS
        assert sorted(set(server.landed())) == ["POST events", "POST users", "POST work-hours"]
        assert len(server.landed()) == 2 + 2 + EVENTS, "one write an object"
        workspace.settled()


@pytest.mark.parametrize("switches", VARIANTS.values(), ids=VARIANTS.keys())
def test_there_too_a_moved_series_is_one_write_an_occurrence(
    workspace: Workspace, switches: dict[str, object]
) -> None:
    workspace.write(STAFF + SERIES)
    with reference(workspace, **switches) as server:
        workspace.apply()
        ids, before = set(server.events), len(server.landed())
        workspace.write(STAFF + SERIES.replace("T09:00", "T10:00"))
        workspace.apply()
        assert server.landed()[before:] == ["PUT events"] * EVENTS
        assert set(server.events) == ids
        starts = {event["startDateTime"][11:16] for event in server.events.values()}
        assert starts == {"18:00"}
        assert all(event["additionalInfo"]["remarks"].startswith("Bring tea\n[staffing/standup@")
                   for event in server.events.values())  # fmt: skip
        workspace.settled()


def test_the_mark_in_the_remarks_never_shows_as_a_difference(workspace: Workspace) -> None:
    workspace.write(STAFF + SERIES)
    with reference(workspace):
        workspace.apply()
        tea = "{title: Tea, host: johndoe, starts: 2026-12-01T15:00, duration: 30m, remarks: Bring tea}"
        workspace.write(f"{STAFF}{SERIES.replace('Bring tea', 'Bring coffee')}  tea: {tea}\n")
        plan = [change for change in workspace.plan().plan if change["action"] == "update"]
        assert {field["path"] for change in plan for field in change["diff"]} == {"additionalInfo.remarks"}
        assert plan[0]["diff"][0] == {
            "path": "additionalInfo.remarks",
            "before": "Bring tea",
            "after": "Bring coffee",
        }
        workspace.apply()
        workspace.settled()


def test_users_without_ids_are_managed_and_their_hours_blocked_with_the_advice(workspace: Workspace) -> None:
    workspace.write(STAFF + SERIES)
    with reference(workspace, user_ids=False) as server:
        first = workspace.apply(code=3)
        assert len(server.users) == 2
        assert not server.hours
        assert not server.events
        assert "write `id:`" in first.stdout
        again = workspace.run("plan", "--detailed-exitcode")
        assert again.code == 2
        assert "write `id:` (a UUID)" in again.stdout


def test_an_id_in_the_manifest_stands_in_for_the_one_the_service_does_not_tell(workspace: Workspace) -> None:
    text = STAFF + SERIES
    for name in ("johndoe", "janedoe"):
        text = text.replace(f"  {name}: {{email", f"  {name}: {{id: {ReferenceServer.id_of(name)}, email")
    workspace.write(text)
    with reference(workspace, user_ids=False) as server:
        server.users = {
            name: {"username": name, "email": f"{name[:4]}@example.org", "id": server.id_of(name)}
            for name in ("johndoe", "janedoe")
        }
        workspace.apply()
        assert len(server.events) == EVENTS
        workspace.settled()


def test_a_cleared_phone_is_a_whole_put_where_null_is_refused(workspace: Workspace) -> None:
    workspace.write(STAFF)
    with reference(workspace) as server:
        workspace.apply()
        workspace.write(STAFF.replace("phone: +15552009845", "clear: [phone]"))
        before = len(server.landed())
        workspace.apply()
        assert server.landed()[before:] == ["PUT users"]
        assert "phone" not in server.users["johndoe"]
        assert server.users["johndoe"]["credentials"] == "MD"
        workspace.settled()


def test_overrides_are_refused_first_then_cut_into_the_usual_hours(workspace: Workspace) -> None:
    text = STAFF.replace("  janedoe:\n    - {from", OVERRIDES + "  janedoe:\n    - {from")
    workspace.write(text)
    with reference(workspace) as server:
        first = workspace.apply(code=3)
        assert "overrides" in first.stdout
        workspace.apply()
        workspace.settled()
        rows = sorted(
            (row["startDateTime"][:10], row["endDateTime"][:10])
            for row in server.hours.values()
            if row["psmId"] == server.id_of("johndoe")
        )
        assert rows == [
            ("2026-12-01", "2026-12-23"),
            ("2026-12-27", "2027-01-02"),  # its one Saturday is that of the duty
            ("2027-01-03", "2027-03-31"),
        ]


def test_a_series_taken_out_is_deleted_and_a_user_too(workspace: Workspace) -> None:
    workspace.write("prune: true\n" + STAFF + SERIES)
    with reference(workspace) as server:
        workspace.apply()
        workspace.write("prune: true\n" + STAFF)
        refused = workspace.apply(code=3)
        assert "--allow deletes=1" in refused.stderr
        assert len(server.events) == EVENTS
        workspace.apply("--allow", "deletes=1")
        assert not server.events
        workspace.settled()


@pytest.mark.parametrize("extra_keys", ["drop", "refuse"])
def test_an_override_alone_is_refused_there_too(workspace: Workspace, extra_keys: str) -> None:
    workspace.write(
        "users:\n  johndoe: {email: john@example.org}\n"
        "workHours:\n  johndoe: [{override: Special, from: 2026-12-21, to: 2026-12-24, days: off}]\n"
    )
    with reference(workspace, extra_keys=extra_keys) as server:
        first = workspace.run("apply", "--auto-approve")
        assert first.code == 3, first
        assert "keeps no overrides" in first.stdout
        assert not server.hours  # above all not as usual hours, which it would then stand for
