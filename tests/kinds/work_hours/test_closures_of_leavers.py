"""A closure for a team, or but for it, of which somebody leaves: no shift begins after their last day."""

from __future__ import annotations

import pytest

from tests.conftest import Workspace
from tests.kinds.work_hours.test_closures import EARLY, HEAD, HOURS, NIGHT, works
from tests.support.service import Service

pytestmark = pytest.mark.both

ALLOWED = ("--allow", "deletes=9", "--allow", "deletePercent=100")
TEAM = "teams: {wards: [ann, {user: bob, until: 2027-06-30}]}\n"
CLOSED = "closures: [{on: 2026-12-24..2026-12-27, %s: [{team: wards}]}]\n"
LAST = "{ensure: departed, lastDay: 2026-12-25}"
GONE = "{ensure: absent}"


@pytest.mark.parametrize(
    ("key", "leaves", "ann", "bob"),
    [
        ("for", LAST, (EARLY, "", "", "", "", ""), (NIGHT, "00:00-06:00", "", "", "", "")),
        ("except", LAST, (EARLY, EARLY, EARLY, "", "", ""), (NIGHT, NIGHT, NIGHT, "00:00-06:00", "", "")),
        ("for", GONE, ("",) * 6, ("",) * 6),
        ("except", GONE, ("",) * 6, ("",) * 6),
    ],
)
def test_who_leaves_works_as_the_closure_says_and_not_after(
    workspace: Workspace, service: Service, key: str, leaves: str, ann: tuple[str, ...], bob: tuple[str, ...]
) -> None:
    workspace.at(service).write(HEAD + TEAM + HOURS)
    workspace.apply()
    workspace.write(HEAD + TEAM + HOURS + CLOSED % key)
    workspace.apply()
    head = HEAD
    for name in ("ann", "bob"):
        head = head.replace(f"{{email: {name}@example.org}}", leaves)
    workspace.write(head + TEAM + HOURS + CLOSED % key)
    done = workspace.run("apply", *ALLOWED, "--auto-approve")
    assert done.code in (0, 3), done  # the live service lets no client delete a user
    if service.find_user("ann"):
        works(service, "ann", "2026-12-23", *ann)
        works(service, "bob", "2026-12-23", *bob)
    service.forget()
    workspace.run("apply", *ALLOWED, "--auto-approve")
    assert service.writes() == []


def test_a_joiner_of_the_team_is_off_from_their_first_date_on(workspace: Workspace, service: Service) -> None:
    joins = TEAM.replace("[ann, {user: bob, until: 2027-06-30}]", "[{user: ann, from: 2026-12-25}]")
    workspace.at(service).write(HEAD + HOURS)
    workspace.apply()
    workspace.write(HEAD + joins + HOURS + CLOSED % "for")
    workspace.apply()
    works(service, "ann", "2026-12-23", EARLY, EARLY, "", "", "", EARLY)
    works(service, "bob", "2026-12-26", NIGHT, NIGHT, NIGHT)
    workspace.settled()
