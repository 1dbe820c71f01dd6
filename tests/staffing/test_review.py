"""The front door, with plans as the pipeline makes them: what it foretells is what the service then holds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from reconciler import pipeline
from reconciler.pipeline import Planned, Settings, Wishes
from reconciler.staffing.clashes import Trouble
from reconciler.staffing.data import impact_data, violation_data
from reconciler.staffing.review import Effect, effect, to_read
from tests.conftest import NOW, Workspace
from tests.support import minutes
from tests.support.cli import SECRET
from tests.support.service import JSON, Service

pytestmark = pytest.mark.both

ENVIRON = {"WELKIN_SECRET": SECRET}
ZONES = {"johndoe": "America/Los_Angeles", "janedoe": "Europe/Berlin"}
JANE = "{email: d@example.org, timezone: Europe/Berlin, credentials: MD}"
PEOPLE = """
horizon: 8 weeks
prune: true
users:
  johndoe: {email: j@example.org, timezone: America/Los_Angeles, credentials: RN}
  janedoe: {email: d@example.org, timezone: Europe/Berlin, credentials: MD}
"""
BEFORE = (
    PEOPLE
    + """workHours:
  johndoe:
    - {from: 2026-11-02, days: {mon-fri: 09:00-17:00, sat: 22:00-06:00}}
  janedoe:
    - {from: 2026-11-02, to: 2027-01-10, days: {mon-thu: [08:00-12:00, 13:00-18:00]}}
leave: {janedoe: [2026-12-07..2026-12-09]}
events:
  standup: {title: Stand-up, host: johndoe, starts: 2026-11-30T09:00, duration: 30m, repeat: {every: week},
            participants: [{user: janedoe}]}
"""
)
AFTER = (
    PEOPLE
    + """workHours:
  johndoe:
    - {from: 2026-11-02, to: 2026-12-13, days: {mon-fri: 09:00-17:00, sat: 22:00-06:00}}
    - {from: 2026-12-14, to: 2027-01-17, days: {mon-wed: 10:00-16:00, sun: 20:00-04:00}}
    - {override: Winter break, from: 2026-12-24, to: 2026-12-26, days: off}
  janedoe:
    - {from: 2026-11-02, to: 2027-01-10, days: {mon-thu: [08:00-12:00, 13:00-18:00]}}
leave: {janedoe: [2026-12-09..2026-12-10], johndoe: [2026-12-01]}
events:
  standup: {title: Stand-up, host: johndoe, starts: 2026-11-30T09:00, duration: 30m, repeat: {every: week},
            participants: [{user: janedoe}]}
policies:
  - {maxWeeklyHours: 30, users: all}
  - {cover: 1, of: all, days: mon-fri, between: 09:00-17:00, severity: warn}
  - {noOverlap: true, users: all}
"""
)
Clinic = Callable[[str], tuple[Wishes, Planned, Effect]]


@pytest.fixture
def planned(workspace: Workspace, service: Service) -> Clinic:
    """Write a manifest, plan it as commands do, and look at the effect."""

    def plan(text: str) -> tuple[Wishes, Planned, Effect]:
        workspace.at(service).write(text)
        now = datetime.fromisoformat(workspace.now)
        (wishes,) = pipeline.expand(pipeline.load(str(workspace.folder / "env.yaml")), now)
        settings = Settings(now, api_url=service.url)
        with pipeline.connect(wishes.environment, settings, ENVIRON) as connected:
            made = pipeline.plan(wishes, connected)
        assert made.live
        return wishes, made, effect(made.plan, made.live, wishes.context)

    return plan


def held(service: Service, name: str) -> minutes.Side:
    """What the service holds of a person."""
    id = service.id_of(name)
    leaves = [
        (_epoch(event["startDateTime"]), _epoch(event["endDateTime"].replace("59.999Z", "59.000Z")) + 1)
        for event in service.events()
        if event["eventType"] == "LEAVE" and event["hostId"] == id and event["eventStatus"] != "CANCELLED"
    ]
    return minutes.Side(ZONES[name], service.hours(name).get(name, []), leaves)


def _epoch(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp())


def _patient(service: Service) -> str:
    body = {"firstName": "Ada", "lastName": "Invented"}
    return str(service.send("POST", "/gh/sb-demo/patients", body).json()["id"])


def visit(service: Service, patient: str, host: str, start: str) -> JSON:
    """An appointment that somebody books in Welkin."""
    begins = datetime.fromisoformat(start)
    attends = {"participantId": patient, "participantRole": "patient"}
    stamps = [f"{at:%Y-%m-%dT%H:%M:%S}.000Z" for at in (begins, begins + timedelta(hours=1))]
    return service.event(host, *stamps, eventStatus="SCHEDULED", participants=[attends])


def test_what_a_plan_is_said_to_do_is_what_the_service_then_holds(
    planned: Clinic, workspace: Workspace, service: Service
) -> None:
    planned(BEFORE)
    workspace.apply()
    patient = _patient(service)
    lost = [
        visit(service, patient, "johndoe", "2026-12-01T18:00:00Z"),  # on leave then
        visit(service, patient, "johndoe", "2026-12-17T18:00:00Z"),  # a Thursday, off from 14 December on
        visit(service, patient, "johndoe", "2026-12-14T17:30:00Z"),  # from 09:30, on duty from 10:00 on
        visit(service, patient, "janedoe", "2026-12-10T09:00:00Z"),
    ]
    visit(service, patient, "johndoe", "2026-12-15T18:00:00Z")  # a Tuesday, still on duty
    before = {name: held(service, name) for name in ZONES}
    _, _, found = planned(AFTER)
    workspace.write(AFTER.partition("policies:")[0])  # which deny it
    workspace.apply("--allow", "updatePercent=100", "--allow", "deletePercent=100")
    after = {name: held(service, name) for name in ZONES}

    told = impact_data(found.impact)
    assert (told["lookedFrom"], told["lookedUntil"]) == ("2026-11-24", "2027-05-25")
    _hours_and_coverage(told, before, after)
    assert [(each["eventId"], each["reasons"]) for each in told["stranded"]] == [
        (lost[0]["id"], ["leave"]), (lost[3]["id"], ["leave"]),
        (lost[2]["id"], ["hours"]), (lost[1]["id"], ["hours"]),
    ]  # fmt: skip
    assert told["stranded"][0]["changes"] == ["event/leave-johndoe@2026-12-01"]
    assert all(each["patients"] == [patient] for each in told["stranded"])
    assert all(len(each["suggestions"]) == 3 for each in told["stranded"])


def _hours_and_coverage(told: JSON, before: dict[str, minutes.Side], after: dict[str, minutes.Side]) -> None:
    """Held against single minutes, over the first ten weeks."""
    mondays = [date(2026, 11, 23) + timedelta(days=7 * week) for week in range(9)]
    begin, end = (int(datetime(*day, tzinfo=UTC).timestamp()) for day in ((2026, 11, 20), (2027, 1, 28)))
    sides = [
        {name: minutes.on_duty(held, begin, end) for name, held in each.items()} for each in (before, after)
    ]
    people = {each["user"]: each for each in told["hours"]["people"]}
    assert {name: each["credentials"] for name, each in people.items()} == {"janedoe": "MD", "johndoe": "RN"}
    for name, each in people.items():
        was, will = (minutes.weekly(ZONES[name], side[name], mondays, begin, end) for side in sides)
        assert [(week["before"], week["after"]) for week in each["weeks"][:9]] == [
            *zip(was, will, strict=True)
        ]
    for name, side in zip(("before", "after"), sides, strict=True):
        dates = minutes.coverage([*side.values()], "America/Los_Angeles", begin, end)
        for covered in told["coverage"]["dates"][:60]:
            assert covered[name] == dates[date.fromisoformat(covered["date"])]


def test_policies_and_warnings_of_a_plan_name_their_places(
    planned: Clinic, workspace: Workspace, service: Service
) -> None:
    planned(BEFORE)
    workspace.apply()
    _, made, found = planned(AFTER)
    lines = [str(violation) for violation in found.violations]
    place = "env.yaml:"
    assert any(
        line.endswith("existing: maxWeeklyHours 30: janedoe 36 h in the week of 2026-11-23 (36 h before)")
        for line in lines
    )
    assert not [v for v in found.violations if v.outcome == "denied" and v.policy == "maxWeeklyHours"]
    warned = [violation for violation in found.violations if violation.outcome == "warned"]
    assert {violation.policy for violation in warned} == {"cover"}
    assert all(place in str(violation) for violation in found.violations)
    assert {key for v in warned for key in v.changes} <= {str(change.key) for change in made.plan.pending}
    first = found.conflicts[0]
    assert first.source and Path(first.source.path).name == "env.yaml"
    assert (first.series, first.user, first.trouble) == ("event/standup", "johndoe", Trouble.OFF_DUTY)
    assert [*map(str, first.dates[:4])] == ["2026-12-14", "2026-12-21", "2026-12-28", "2027-01-04"]
    keys = {"policy", "source", "severity", "outcome", "user", "date", "start", "end", "limit", "before",
            "after", "exception", "changes", "message"}  # fmt: skip
    assert all(set(violation_data(violation)) == keys for violation in found.violations)


def test_every_policy_is_judged_as_manifests_write_it(planned: Clinic, workspace: Workspace) -> None:
    planned(BEFORE)
    workspace.apply()
    _, _, found = planned(
        AFTER.replace("2026-12-09..2026-12-10", "2026-12-07, 2026-12-14")
        + """  - {maxShiftHours: 7, users: {credentials: [RN, MD]}, severity: warn}
  - {minRest: 14 hours, users: [johndoe], except: [{until: 2027-12-31, reason: Asked for}]}
  - {notice: 4 weeks, users: all}
  - {cover: 3, of: {credentials: RN}, days: sat, between: 23:00-01:00, timezone: Europe/Berlin}
  - {noOverlap: true, users: [janedoe]}
  - {maxStranded: 0}
"""
    )
    outcomes: dict[str, set[str]] = {}
    for violation in found.violations:
        outcomes.setdefault(violation.policy, set()).add(violation.outcome.value)
    assert outcomes == {
        "maxWeeklyHours": {"existing"},
        "cover": {"existing", "warned"},
        "maxShiftHours": {"existing", "warned"},
        "minRest": {"excepted"},
        "notice": {"denied"},
        "noOverlap": {"existing", "denied"},
    }


def test_with_nothing_to_do_all_is_as_before(planned: Clinic, workspace: Workspace) -> None:
    planned(BEFORE)
    workspace.apply()
    _, made, found = planned(BEFORE)
    assert not made.plan.pending
    told = impact_data(found.impact)
    assert (told["stranded"], told["hours"]["people"], told["departures"]) == ([], [], [])
    assert told["lookedUntil"] == str((datetime.fromisoformat(NOW) + timedelta(weeks=8)).date())
    assert all(week["before"] == week["after"] for week in told["hours"]["total"]["weeks"])
    assert all(day["before"] == day["after"] for day in told["coverage"]["dates"])
    assert found.conflicts == []


def test_somebody_who_is_to_be_gone_strands_their_appointments(
    planned: Clinic, workspace: Workspace, service: Service
) -> None:
    planned(BEFORE)
    workspace.apply()
    lost = visit(service, _patient(service), "janedoe", "2026-12-15T09:00:00Z")
    assert planned(BEFORE)[2].impact.stranded == ()
    wishes, made, found = planned(BEFORE.replace(JANE, "{ensure: absent}"))
    assert made.live
    (each,) = impact_data(found.impact)["stranded"]
    assert (each["eventId"], each["reasons"], each["suggestions"]) == (lost["id"], ["departure"], None)
    assert each["changes"] == ["user/janedoe"]
    looked = to_read(made.plan, made.live, wishes.context)
    assert looked.people == {"johndoe", "janedoe"}
    assert looked.window.end - datetime.fromisoformat(NOW) > timedelta(weeks=28)


def test_a_blocked_change_has_no_effect(planned: Clinic, workspace: Workspace) -> None:
    planned(BEFORE)
    workspace.apply()
    wishes, made, found = planned(AFTER)
    held_back = replace(made.plan, changes=tuple(change.blocked("not now") for change in made.plan.changes))
    assert made.live
    nothing = effect(held_back, made.live, wishes.context).impact
    assert nothing.hours.people == ()
    assert found.impact.hours.people != ()
