"""From a push to what lands: a repository on a Git host, a worker as a process, and people in Welkin."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.support.crew import Fleet, fleet_of, soon, until
from tests.support.git import Repository
from tests.support.githost import GitHost, git_host
from tests.support.service import Service, simulated

ENV = """tenant: {tenant}
instance: sb-demo
owner: {owner}
timezone: Europe/Berlin
api: {{client: TESTS}}
horizon: 2 weeks
users: {{{owner}-ann: {{email: {owner}@example.org}}}}
events:
  standup: {{title: {title}, host: {owner}-ann, starts: {day}T09:00, duration: 30m}}
  review: {{title: Review, host: {owner}-ann, starts: {day}T11:00, duration: 30m}}
{more}"""


def env(owner: str, title: str = "Stand-up", tenant: str = "gh", more: str = "") -> str:
    return ENV.format(owner=owner, title=title, tenant=tenant, day=soon(3), more=more)


class Pushed:
    """A fleet of one repository: of tenant gh, and nothing by itself but merges and being looked at."""

    def __init__(self, fleet: Fleet, host: GitHost, clone: Repository) -> None:
        self.fleet, self.host, self.clone = fleet, host, clone
        (fleet.folder / "fleet.yaml").write_text(
            f"sources: [{{name: clinics, git: '{host.address('rota')}', poll: 1s, tenants: [gh], "
            "environments: ['env/*.yaml']}]\napply: onMerge\n"
        )

    def push(self, **texts: str) -> str:
        return self.host.push(self.clone, {f"env/{name}.yaml": text for name, text in texts.items()})

    def place(self, name: str) -> dict[str, object]:
        (found,) = self.fleet.ask("status", f"clinics/env/{name}", code=None)["environments"]
        return dict(found)


@pytest.fixture
def pushed(tmp_path: Path) -> Iterator[Pushed]:
    url = f"sqlite:///{tmp_path}/fleet.db"
    with (
        git_host(tmp_path / "host") as host,
        simulated(tmp_path, now=datetime.now(UTC).isoformat()) as service,
        fleet_of(tmp_path, url, service) as fleet,
    ):
        yield Pushed(fleet, host, host.repository("rota"))


def title_of(service: Service, owner: str, series: str) -> str:
    marked = (
        event for event in service.events() if (event["externalId"] or "").startswith(f"{owner}/{series}@")
    )
    return str(next(marked)["eventTitle"])


def test_a_push_changes_what_it_changes_and_a_bad_one_leaves_the_rest_as_it_was(pushed: Pushed) -> None:
    fleet, service = pushed.fleet, pushed.fleet.service
    pushed.push(a=env("a"), b=env("b"))
    fleet.work("w1", "--now")
    fleet.become(a="drifted", b="drifted")  # what was there before the fleet is nobody's merge
    assert service.writes() == []
    assert fleet.run("enqueue", "apply", "--all", "--wait").code == 0
    fleet.become(a="in sync", b="in sync")

    # Somebody acts in Welkin, then a merge changes something else: that lands, and nothing else does.
    review = next(event for event in service.events() if event["externalId"].startswith("a/review@"))
    service.change_event(review, eventTitle="By hand")
    writes = len(service.writes())
    head = pushed.push(a=env("a", "Team stand-up"), b=env("b") + "# a comment\n")
    until(lambda: title_of(service, "a", "standup") == "Team stand-up", "the merge")
    until(lambda: pushed.place("a")["revision"] == head, "its revision")
    assert title_of(service, "a", "review") == "By hand"
    assert len(service.writes()) == writes + 1
    fleet.become(a="drifted", b="in sync")

    # A commit that doesn't load fails its environment, the others go on; so does one of another tenant.
    bad = pushed.push(
        a=env("a", "Late stand-up", more="zzz: 1\n"), b=env("b", "New"), c=env("c", tenant="north")
    )
    until(lambda: title_of(service, "b", "standup") == "New", "the other one's merge")
    fleet.become(a="failed", b="in sync", c="failed")
    assert title_of(service, "a", "standup") == "Team stand-up"
    told = {run["environment"]: run["message"] for run in fleet.runs(state="failed")}
    assert str(told["clinics/env/a"]).startswith("env/a.yaml:11:1: unknown key `zzz`")
    assert pushed.place("a")["revision"] == head != bad
    assert "env/c.yaml:1:9: the source `clinics` may speak for gh alone" in fleet.run("status").stdout

    # What is mended is applied, with all that was merged meanwhile.
    pushed.push(a=env("a", "Late stand-up"))
    until(lambda: title_of(service, "a", "standup") == "Late stand-up", "mended")
    fleet.become(a="drifted")
    assert title_of(service, "a", "review") == "By hand"
