"""Plans as files: private, the same bytes for the same input, applied as reviewed or refused as stale."""

from __future__ import annotations

import io
import json
import stat
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from tests.conftest import HEAD, Workspace
from tests.support.cli import run
from tests.support.service import Service

SCHEMAS = Path(__file__).parents[2] / "schemas"
STAFF = """horizon: 3 weeks
users:
  johndoe: {email: john@example.org, timezone: America/Los_Angeles, credentials: MD}
  janedoe: {email: jane@example.org}
workHours:
  johndoe: [{from: 2026-12-01, to: 2027-03-31, days: {mon-thu: 09:00-18:00}}]
events:
  standup:
    title: Stand-up
    host: johndoe
    starts: 2026-11-30T09:00
    duration: 30m
    repeat: {every: week, on: [tue, thu]}
    participants: [{user: janedoe}]
"""


@pytest.fixture
def clinic(workspace: Workspace, service: Service) -> Workspace:
    workspace.at(service).write(STAFF)
    return workspace


def saved(workspace: Workspace, name: str = "plan.json") -> Any:
    done = workspace.run("plan", "--out", name)
    assert done.code == 0, done
    return json.loads((workspace.folder / name).read_text())


def apply(workspace: Workspace, *args: str, name: str = "plan.json", code: int = 0) -> str:
    done = workspace.run("apply", name, *args)
    assert done.code == code, done
    return done.stdout + done.stderr


def test_a_saved_plan_is_private_and_fits_its_schema(clinic: Workspace) -> None:
    plan = saved(clinic)
    path = clinic.folder / "plan.json"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    schema = json.loads((SCHEMAS / "plan.schema.json").read_text())
    Draft202012Validator.check_schema(schema)
    Draft202012Validator(schema).validate(plan)
    assert [file.name for file in clinic.folder.glob(".plan*")] == []


def test_every_kind_of_change_fits_the_schema(clinic: Workspace, service: Service) -> None:
    clinic.apply()
    service.set_state("johndoe", "ACTIVE")
    changed = STAFF.replace("john@", "doe@").replace("MD", "NP").replace("[tue, thu]", "[tue]")
    extra = STAFF.split("standup:\n")[1].replace("Stand-up", "Extra")
    clinic.write("prune: true\n" + changed.replace("mon-thu", "mon-wed") + "  extra:\n" + extra)
    schema = json.loads((SCHEMAS / "plan.schema.json").read_text())
    plan = clinic.plan("--show-unchanged").data
    assert {change["action"] for change in plan["changes"]} >= {
        "create",
        "update",
        "delete",
        "blocked",
        "noop",
    }
    Draft202012Validator(schema).validate(plan)


def test_same_inputs_and_now_are_the_same_bytes(clinic: Workspace) -> None:
    saved(clinic, "one.json")
    saved(clinic, "two.json")
    assert (clinic.folder / "one.json").read_bytes() == (clinic.folder / "two.json").read_bytes()


def test_the_order_of_keys_in_answers_changes_no_byte(clinic: Workspace, service: Service) -> None:
    clinic.apply()
    clinic.write(STAFF.replace("T09:00", "T10:00").replace("MD", "NP"))
    saved(clinic, "one.json")
    service.fault("shuffle:GET:/")
    saved(clinic, "two.json")
    assert (clinic.folder / "one.json").read_bytes() == (clinic.folder / "two.json").read_bytes()


def test_the_output_of_format_json_is_the_saved_plan(clinic: Workspace) -> None:
    plan = saved(clinic)
    assert clinic.plan().data == plan
    assert plan["createdAt"] == clinic.now.replace("Z", ".000Z")


def test_a_saved_plan_is_applied_without_a_question_and_twice_is_once(
    clinic: Workspace, service: Service
) -> None:
    saved(clinic)
    service.forget()
    said = apply(clinic)
    assert "Apply complete! Resources: 7 added, 0 changed, 0 destroyed." in said
    assert len(service.writes()) == 7
    service.forget()
    said = apply(clinic)
    assert service.writes() == []
    assert "Already as wished:" in said
    assert "0 writes" in said
    clinic.settled()


def test_a_plan_of_updates_applied_twice_is_once(clinic: Workspace, service: Service) -> None:
    clinic.apply()
    clinic.write(STAFF.replace("T09:00", "T10:00").replace("MD", "NP").replace("mon-thu", "mon-wed"))
    saved(clinic)
    apply(clinic)
    service.forget()
    apply(clinic)
    assert service.writes() == []
    clinic.settled()


def test_a_plan_with_deletions_applied_twice_is_once(clinic: Workspace, service: Service) -> None:
    clinic.apply()
    clinic.write(STAFF.replace("[tue, thu]", "[tue]"))
    saved(clinic)
    apply(clinic)
    service.forget()
    apply(clinic)
    assert service.writes() == []


def test_a_stale_plan_is_refused_before_any_write_and_says_what_changed(
    clinic: Workspace, service: Service
) -> None:
    clinic.apply()
    clinic.write(STAFF.replace("T09:00", "T10:00").replace("MD", "NP"))
    saved(clinic)
    moved = {"startDateTime": "2026-12-01T20:00:00.000Z", "endDateTime": "2026-12-01T20:30:00.000Z"}
    service.change_event(service.events()[0], **moved)
    service.forget()
    done = clinic.run("apply", "plan.json")
    assert done.code == 1
    assert "Saved plan is stale" in done.stderr
    assert "event/standup@2026-12-01" in done.stderr
    assert "2026-12-01T20:00" in done.stderr
    assert "user/johndoe" not in done.stderr, "nothing happened to the user"
    assert service.writes() == []


def test_somebody_created_the_object_since(clinic: Workspace, service: Service) -> None:
    saved(clinic)
    service.user("johndoe", email="someone@example.org")
    service.forget()
    done = clinic.run("apply", "plan.json")
    assert (done.code, service.writes()) == (1, [])
    assert "user/johndoe" in done.stderr


def test_an_answer_to_an_invitation_since_then_is_not_lost(clinic: Workspace, service: Service) -> None:
    clinic.apply()
    clinic.write(STAFF.replace("[{user: janedoe}]", "[]"))
    saved(clinic)
    service.answer(service.events()[0], "janedoe", "Yes")
    service.forget()
    done = clinic.run("apply", "plan.json")
    assert (done.code, service.writes()) == (1, []), "the body of the plan holds the old answers"


def test_what_is_past_by_now_is_dropped_and_listed(clinic: Workspace, service: Service) -> None:
    clinic.write(
        STAFF.replace(
            "workHours:\n  johndoe: [{from: 2026-12-01", "workHours:\n  johndoe: [{from: 2026-12-07"
        )
    )
    saved(clinic)
    clinic.now = "2026-12-02T12:00:00Z"
    service.at(clinic.now)
    said = apply(clinic)
    assert "Past by now, dropped:" in said
    assert "event/standup@2026-12-01" in said
    assert {event["startDateTime"] >= clinic.now for event in service.events()} == {True}


def test_a_saved_plan_for_a_tampered_tenant_is_refused(clinic: Workspace, service: Service) -> None:
    plan = saved(clinic)
    plan["changes"][0]["request"]["path"] = "/other/admin/users"
    (clinic.folder / "plan.json").write_text(json.dumps(plan))
    service.forget()
    done = clinic.run("apply", "plan.json")
    assert (done.code, service.writes()) == (1, [])


ODD_PLANS: dict[str, Any] = {
    "other-version": lambda plan: plan | {"format": "welkin-reconcile/plan/9"},
    "changes-text": lambda plan: plan | {"changes": "none"},
    "no-action": lambda plan: plan | {"changes": [{"key": "user/x"}]},
    "unknown-action": lambda plan: plan | {"changes": [plan["changes"][0] | {"action": "explode"}]},
    "unknown-kind": lambda plan: plan | {"changes": [plan["changes"][0] | {"key": "ward/x"}]},
    "method-number": lambda plan: plan | {"changes": [_with(plan, method=7)]},
    "query-list": lambda plan: plan | {"changes": [_with(plan, query=["a"])]},
    "path-dots": lambda plan: plan | {"changes": [_with(plan, path="/gh/../x/admin/users")]},
    "created-yesterday": lambda plan: plan | {"createdAt": "yesterday"},
    "created-naive": lambda plan: plan | {"createdAt": "2026-11-24T12:00:00"},
    "zone": lambda plan: plan | {"environment": plan["environment"] | {"timezone": "Mars/Olympus"}},
    "brakes": lambda plan: plan | {"brakes": [{"limit": 1}]},
    "source": lambda plan: plan | {"changes": [plan["changes"][0] | {"source": {"path": 1}}]},
    "body-ref": lambda plan: plan | {"changes": [_with(plan, body={"username": {"ref": "user/nobody"}})]},
}


def _with(plan: Any, **fields: Any) -> Any:
    first = plan["changes"][0]
    return first | {"request": first["request"] | fields}


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("spoil", ODD_PLANS.values(), ids=ODD_PLANS.keys())
def test_a_spoilt_plan_is_a_clear_error(clinic: Workspace, spoil: Any) -> None:
    plan = saved(clinic)
    (clinic.folder / "plan.json").write_text(json.dumps(spoil(plan)))
    done = clinic.run("apply", "plan.json")
    assert "Traceback" not in done.stderr


def test_a_saved_plan_takes_no_selection(clinic: Workspace) -> None:
    saved(clinic)
    done = clinic.run("apply", "plan.json", "--user", "johndoe")
    assert (done.code, done.stdout) == (1, "")


def test_the_brakes_hold_for_saved_plans_too(clinic: Workspace, service: Service) -> None:
    clinic.apply()
    clinic.write("prune: true\nusers:\n  johndoe: {email: john@example.org}\n")
    saved(clinic)
    service.forget()
    assert "--allow deletes=1" in apply(clinic, code=3)
    assert service.writes() == []
    apply(clinic, "--allow", "deletes=1")
    assert service.events() == []


def test_a_plan_for_the_embedded_welkin_says_so(workspace: Workspace) -> None:
    workspace.write(STAFF)
    assert workspace.run("plan", "--simulator", "--out", "plan.json").code == 0
    plan = json.loads((workspace.folder / "plan.json").read_text())
    assert plan["environment"]["apiUrl"] == "simulator"
    assert workspace.run("apply", "plan.json").code == 1
    assert workspace.run("apply", "plan.json", "--simulator").code == 0
    done = workspace.run("plan", "--simulator", "--detailed-exitcode")
    assert (done.code, "No changes." in done.stdout) == (0, True), done


def test_several_environments_are_one_document(clinic: Workspace) -> None:
    other = HEAD.replace("owner: staffing", "owner: other").replace("instance: sb-demo", "instance: sb-other")
    clinic.write(STAFF, name="other.yaml", head=other)
    flags = ("--api-url", clinic.url, "--now", clinic.now, "--format", "json")
    done = run("plan", "env.yaml", "other.yaml", *flags, cwd=clinic.folder)
    assert done.code == 0, done
    assert done.data["format"] == "welkin-reconcile/plans/1"
    assert [plan["environment"]["instance"] for plan in done.data["plans"]] == ["sb-demo", "sb-other"]


def edited(clinic: Workspace, edit: Any, *args: str, code: int) -> Any:
    """Apply the plan after an edit of its file."""
    plan = saved(clinic)
    edit(plan)
    (clinic.folder / "plan.json").write_text(json.dumps(plan))
    done = clinic.run("apply", "plan.json", *args)
    assert done.code == code, done
    assert "internal error" not in done.stderr
    return done


@pytest.mark.parametrize("name", ["limits", "owned"])
def test_a_file_of_an_older_version_is_refused(clinic: Workspace, service: Service, name: str) -> None:
    service.forget()
    done = edited(clinic, lambda plan: plan.pop(name), code=1)
    assert f"no `{name}`; plan again" in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert service.writes() == []


def test_a_denied_plan_stays_denied(clinic: Workspace, service: Service) -> None:
    violation = {"policy": "cover", "outcome": "denied", "message": "nobody is on duty"}
    service.forget()
    done = edited(clinic, lambda plan: plan["violations"].append(violation), code=3)
    assert "denied: nobody is on duty" in done.stderr
    assert service.writes() == []
    violation["outcome"] = "excepted"
    edited(clinic, lambda plan: plan["violations"].append(violation), code=0)


def test_brakes_are_computed_from_the_files_own_limits(clinic: Workspace, service: Service) -> None:
    clinic.apply()
    more = "".join(
        STAFF.split("events:\n")[1].replace("standup:", f"standup-{number}:") for number in range(4)
    )
    clinic.write("prune: true\nlimits: {deletes: 2}\n" + STAFF + more)
    clinic.apply()
    clinic.write("prune: true\nlimits: {deletes: 2}\n" + STAFF)
    service.forget()
    assert "--allow deletes=4" in edited(clinic, lambda plan: plan["brakes"].clear(), code=3).stderr
    assert service.writes() == []
    edited(clinic, lambda plan: plan["limits"].update(deletes=4), code=0)  # another valid plan


def test_one_date_less_of_the_only_series_is_no_end_of_all(clinic: Workspace, service: Service) -> None:
    clinic.write("prune: true\n" + STAFF)
    clinic.apply()
    clinic.write("prune: true\n" + STAFF.replace("host: johndoe", "host: johndoe\n    except: [2026-12-03]"))
    plan = saved(clinic)
    assert (plan["brakes"], plan["kept"]) == ([], {"event": ["standup"]})
    apply(clinic)


@pytest.mark.parametrize("action", ["noop", "blocked"])
def test_what_is_idle_has_no_request(clinic: Workspace, service: Service, action: str) -> None:
    service.forget()
    done = edited(clinic, lambda plan: plan["changes"][0].update(action=action, reason="x"), code=1)
    assert "has no request" in done.stderr
    assert service.writes() == []


def test_a_change_stands_once(clinic: Workspace, service: Service) -> None:
    service.forget()
    done = edited(clinic, lambda plan: plan["changes"].append(plan["changes"][0]), code=1)
    assert "user/" in done.stderr and "twice" in done.stderr
    assert service.writes() == []


def test_an_object_stands_once(clinic: Workspace, service: Service) -> None:
    """One row under two keys: the second write would move what the first has just written."""

    def edit(plan: Any) -> None:
        (change,) = [each for each in plan["changes"] if each["kind"] == "workHours"]
        other = json.loads(json.dumps(change))
        other["key"], other["after"]["startDate"] = "workHours/johndoe@2027-01-01", "2027-01-01"
        other["request"]["body"]["startDateTime"] = "2027-01-01T00:00:00.000Z"
        moved = {"path": "startDate", "before": "2026-12-01", "after": "2027-01-01"}
        other["diff"] = [moved, *other["diff"]]
        plan["changes"].append(other)

    clinic.apply()
    clinic.write(STAFF.replace("mon-thu", "mon-wed"))
    service.forget()
    assert "another change is about the same object" in edited(clinic, edit, code=1).stderr
    assert service.writes() == []


def test_what_hours_were_is_not_for_a_file_to_say(clinic: Workspace, service: Service) -> None:
    """The old row is put back if the one after a cut can't be written."""

    def edit(plan: Any) -> None:
        (change,) = [each for each in plan["changes"] if each["kind"] == "workHours"]
        change["before"]["days"]["fri"] = "00:00-24:00"
        change["diff"].append({"path": "days.fri", "before": "00:00-24:00", "after": None})

    clinic.apply()
    clinic.write(STAFF.replace("mon-thu", "mon-wed"))
    service.forget()
    assert "its `before` is not what its `liveDigest`" in edited(clinic, edit, code=1).stderr
    assert service.writes() == []


FAR = ("0001-01-01T00:00:00.000Z", "9999-12-31T23:59:59.999Z")


@pytest.mark.parametrize("far", FAR)
@pytest.mark.parametrize("old", ["2026-11-24T12:00:00.000Z", "2026-12-01T17:00:00.000Z", "2027-03-31"])
def test_no_date_leads_beyond_the_calendar(clinic: Workspace, service: Service, old: str, far: str) -> None:
    clinic.apply()
    clinic.write("prune: true\n" + STAFF.replace("tue, thu", "thu").replace("mon-thu", "mon-wed"))
    text = json.dumps(saved(clinic)).replace(old, far[: len(old)])
    assert far[: len(old)] in text
    (clinic.folder / "far.json").write_text(text)
    service.forget()
    assert "plan again" in apply(clinic, name="far.json", code=1)
    assert "plan again" in clinic.run("apply", "env.yaml", "--approved", "far.json").stderr
    assert service.writes() == []


def test_hours_before_a_change_are_hours(clinic: Workspace, service: Service) -> None:
    clinic.apply()
    clinic.write(STAFF.replace("09:00-18:00", "10:00-18:00"))
    (clinic.folder / "odd.json").write_text(json.dumps(saved(clinic)).replace("09:00-18:00", "25 hours"))
    service.forget()
    assert "not the hours of a day" in apply(clinic, name="odd.json", code=1)
    assert "not the hours of a day" in clinic.run("apply", "env.yaml", "--approved", "odd.json").stderr
    assert service.writes() == []


def test_the_row_of_somebody_else_is_not_written(clinic: Workspace, service: Service) -> None:
    clinic.write(
        STAFF.replace("events:", "  janedoe: [{from: 2026-12-01, days: {fri: 09:00-10:00}}]\nevents:")
    )
    clinic.apply()
    clinic.write(STAFF.replace("mon-thu", "mon-wed"))
    (other,) = service.hours("janedoe")["janedoe"]

    def edit(plan: Any) -> None:
        (change,) = (each for each in plan["changes"] if each["kind"] == "workHours")
        text = json.dumps(change).replace(change["id"], other["workHoursId"])
        change.update(json.loads(text))

    service.forget()
    done = edited(clinic, edit, code=1)
    assert "workHours/johndoe@2026-12-01: the object of its id is another one" in done.stderr
    assert service.writes() == []


def test_hours_of_somebody_else_are_not_made(clinic: Workspace, service: Service) -> None:
    clinic.apply("--target", "user/*")
    stranger = service.user("stranger")

    def edit(plan: Any) -> None:
        (change,) = (each for each in plan["changes"] if each["kind"] == "workHours")
        change["request"]["body"]["psmId"] = stranger

    service.forget()
    done = edited(clinic, edit, code=1)
    assert "user/johndoe" in done.stderr and service.writes() == []


def test_an_event_of_somebody_else_is_not_deleted(clinic: Workspace, service: Service) -> None:
    clinic.apply()
    clinic.write(STAFF.replace("[tue, thu]", "[tue]"))
    start, end = "2026-12-03T20:00:00.000Z", "2026-12-03T20:30:00.000Z"
    foreign = service.event("johndoe", start, end, eventTitle="Foreign")

    def edit(plan: Any) -> None:
        change = next(each for each in plan["changes"] if each["action"] == "delete")
        change["request"]["path"] = change["request"]["path"].replace(change["id"], foreign["id"])
        change["id"] = foreign["id"]

    service.forget()
    edited(clinic, edit, code=1)
    assert service.writes() == []


def test_on_a_terminal_a_file_is_shown_and_asked_about(
    clinic: Workspace, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    saved(clinic)
    service.forget()
    for answer, code in (("no\n", 1), ("yes\n", 0)):
        done = clinic.run("apply", "plan.json", stdin=Terminal(answer))
        assert done.code == code, done
        assert "user/johndoe" in done.stderr and "Only `yes` will do" in done.stderr
        assert bool(service.writes()) == (code == 0)


def test_a_question_that_gets_no_answer_is_a_no(clinic: Workspace, service: Service) -> None:
    """Ctrl-D, Ctrl-C: the error stands on a line of its own behind the question."""
    saved(clinic)
    service.forget()
    done = clinic.run("apply", "plan.json", stdin=Terminal(""))
    assert done.code == 130, done
    assert done.stderr.splitlines()[-1] == "error: not approved, nothing was written"
    assert service.writes() == []


class Terminal(io.StringIO):
    """Somebody at the keyboard."""

    def isatty(self) -> bool:
        return True
