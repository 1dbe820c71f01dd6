"""What a merge changed is carried out, and nothing else: what people did in Welkin stays as they left it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from reconciler.apply.carry_out import Manner
from reconciler.fleet.configuration import read_fleet
from reconciler.fleet.merges import Revisions
from reconciler.fleet.sources import Sources
from reconciler.model import Action, Plan
from reconciler.pipeline import Settings, apply, connect, draft, finish
from tests.conftest import HEAD, Simulate
from tests.support.cli import SECRET
from tests.support.service import Service as Welkin

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
BASE = """\
horizon: 2 weeks
users: {johndoe: {email: j@example.org, firstName: John}, janedoe: {email: jane@example.org}}
workHours:
  johndoe: [{from: 2026-12-01, to: 2027-03-31, days: {mon-fri: 09:00-17:00}}]
  janedoe: [{from: 2026-12-01, days: {mon-fri: 09:00-17:00}}]
events:
  standup: {title: Stand-up, host: johndoe, starts: 2026-12-01T09:00, duration: 30m, repeat: {every: week}}
  review: {title: Review, host: janedoe, starts: 2026-12-02T09:00, duration: 30m, repeat: {every: week}}
"""


class Clinic:
    """An environment of a source, and a service."""

    def __init__(self, folder: Path, welkin: Welkin) -> None:
        self.folder, self.welkin = folder, welkin
        (folder / "rota/env").mkdir(parents=True)
        (folder / "fleet.yaml").write_text("sources: [{name: a, path: rota, environments: [env/x.yaml]}]")
        fleet = read_fleet(folder / "fleet.yaml")
        self.sources = Sources(fleet, {"XDG_STATE_HOME": str(folder / "state")})
        self.revisions = Revisions(self.sources, fleet.sources[0])
        self.environ = {"WELKIN_SECRET": SECRET, "XDG_STATE_HOME": str(folder / "state")}
        self.now = NOW

    def merge(self, text: str, head: str = HEAD) -> str:
        (self.folder / "rota/env/x.yaml").write_text(head + text)
        revision = self.sources.fetch(self.revisions.source)
        self.revisions.survey(revision)
        return revision

    def run(self, head: str, base: str | None = None) -> Plan:
        """Apply what a revision wishes; only what it changed since a base."""
        wishes = self.revisions.wishes("env/x.yaml", head, self.now)
        settings = Settings(self.now, api_url=self.welkin.url)
        with connect(wishes.environment, settings, self.environ) as service, service.alone():
            drafted = draft(wishes, service)
            planned = finish(drafted)
            if base:
                planned = planned._replace(plan=self.revisions.of_merge(planned, wishes, base, head))
            done = apply(planned, service, Manner(self.folder / "journal.db"))
            assert not done.failures and not done.stopped
        return planned.plan

    def left(self, head: str) -> list[str]:
        """What an apply of everything would still change."""
        wishes = self.revisions.wishes("env/x.yaml", head, self.now)
        with connect(
            wishes.environment, Settings(self.now, api_url=self.welkin.url), self.environ
        ) as service:
            plan = finish(draft(wishes, service)).plan
        return told(plan)


def told(plan: Plan) -> list[str]:
    return [f"{change.action} {change.key}" for change in plan.changes if change.action is not Action.NOOP]


@pytest.fixture(params=["live", "reference"])
def clinic(request: pytest.FixtureRequest, tmp_path: Path, simulate_service: Simulate) -> Clinic:
    return Clinic(tmp_path, simulate_service(profile=request.param))


def event_of(clinic: Clinic, title: str) -> Mapping[str, object]:
    return next(event for event in clinic.welkin.events() if event["eventTitle"] == title)


def test_only_what_the_merge_changed_is_applied_and_drift_stays(clinic: Clinic) -> None:
    base = clinic.merge(BASE)
    clinic.run(base)
    assert clinic.left(base) == []
    clinic.welkin.change_event(dict(event_of(clinic, "Review")), eventTitle="Something else")
    head = clinic.merge(BASE.replace("title: Stand-up", "title: Team stand-up"))
    drifted = clinic.left(base)
    assert drifted
    plan = clinic.run(head, base)
    assert plan.changes and all("event/standup" in each for each in told(plan))
    assert clinic.left(head) == drifted
    assert clinic.run(head).changes  # a person puts it right
    assert clinic.left(head) == []


def test_one_object_that_both_have_changed_is_the_merges(clinic: Clinic) -> None:
    base = clinic.merge(BASE)
    clinic.run(base)
    clinic.welkin.change_event(dict(event_of(clinic, "Review")), eventTitle="Something else")
    head = clinic.merge(BASE.replace("title: Review", "title: Weekly review"))
    clinic.run(head, base)
    assert clinic.left(head) == []


def test_what_merely_the_horizon_brings_is_not_the_merges(clinic: Clinic) -> None:
    base = clinic.merge(BASE)
    clinic.run(base)
    head = clinic.merge(BASE.replace("title: Stand-up", "title: Team stand-up"))
    clinic.now += timedelta(days=7)
    plan = clinic.run(head, base)
    assert told(plan) and all("event/standup" in each for each in told(plan))
    assert [each for each in clinic.left(head) if "review" in each] == ["create event/review@2026-12-09"]


def test_a_new_environment_is_the_merges_whole(clinic: Clinic) -> None:
    base = clinic.merge("horizon: 2 weeks\n", HEAD)
    (clinic.folder / "rota/env/x.yaml").rename(clinic.folder / "rota/env/y.yaml")
    nothing = clinic.sources.fetch(clinic.revisions.source)
    with clinic.sources.opened(clinic.revisions.source, nothing):
        pass
    (clinic.folder / "rota/env/y.yaml").unlink()
    head = clinic.merge(BASE)
    assert base != nothing != head
    clinic.run(head, base)
    assert clinic.left(head) == []


def test_an_environment_whose_file_got_another_name_is_the_same(clinic: Clinic) -> None:
    base = clinic.merge(BASE)
    (clinic.folder / "rota/env/x.yaml").rename(clinic.folder / "rota/env/w.yaml")
    renamed = clinic.sources.fetch(clinic.revisions.source)
    with clinic.sources.opened(clinic.revisions.source, renamed):
        pass
    clinic.run(base)
    clinic.welkin.change_event(dict(event_of(clinic, "Review")), eventTitle="Something else")
    (clinic.folder / "rota/env/w.yaml").unlink()
    head = clinic.merge(BASE)
    assert told(clinic.run(head, renamed)) == []


def test_hours_that_somebody_moved_are_in_nobodys_way(clinic: Clinic) -> None:
    """A merge's new hours would lie over those that somebody has made longer: they wait for a person."""
    base = clinic.merge(BASE)
    clinic.run(base)
    (row,) = clinic.welkin.hours("johndoe")["johndoe"]
    clinic.welkin.change_hours("johndoe", row, endDateTime="2027-06-30T00:00:00.000Z")
    head = clinic.merge(
        BASE.replace(
            "to: 2027-03-31, days: {mon-fri: 09:00-17:00}}]",
            "to: 2027-03-31, days: {mon-fri: 09:00-17:00}}, {from: 2027-04-01, days: {mon: 10:00-12:00}}]",
        ).replace("title: Stand-up", "title: Team stand-up")
    )
    plan = clinic.run(head, base)
    blocked = [change for change in plan.changes if change.action is Action.BLOCKED]
    assert [str(change.key) for change in blocked] == ["workHours/johndoe@2027-04-01"]
    assert blocked[0].reason.startswith("waits for hours that somebody has changed in Welkin")
    assert any(each.startswith("update event/standup") for each in told(plan))
    clinic.run(head)
    assert clinic.left(head) == []


def test_hours_that_somebody_changed_keep_their_dates_and_so_keep_nothing_waiting(clinic: Clinic) -> None:
    base = clinic.merge(BASE)
    clinic.run(base)
    (row,) = clinic.welkin.hours("johndoe")["johndoe"]
    days = [{**day, "endTime": "16:00:00"} for day in row["daysInfo"]]
    clinic.welkin.change_hours("johndoe", row, daysInfo=days)
    head = clinic.merge(
        BASE.replace(
            "to: 2027-03-31, days: {mon-fri: 09:00-17:00}}]",
            "to: 2027-03-31, days: {mon-fri: 09:00-17:00}}, {from: 2027-04-01, days: {mon: 10:00-12:00}}]",
        )
    )
    assert told(clinic.run(head, base)) == ["create workHours/johndoe@2027-04-01"]
    assert clinic.left(head) == ["update workHours/johndoe@2026-12-01"]
