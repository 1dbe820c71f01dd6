"""Reads of a plan that changes nothing, counted: 1,000 users, 1,000 timelines, 10,000 events; and first, as
that takes its time, a quarter of them."""

from __future__ import annotations

import shutil
from collections import Counter
from datetime import date, datetime, timedelta
from math import ceil
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from reconciler.simulator import Options
from reconciler.simulator.app import build_world
from reconciler.simulator.seeding import plant
from tests.conftest import HEAD, Simulate, Workspace
from tests.support.cli import SECRET
from tests.support.service import Service

WEEKS = 10
NOW = "2026-11-24T12:00:00Z"
FIRST = date(2026, 11, 30)  # a Monday, in the week after
LONGEST_WINDOW, BEFORE = timedelta(days=92), timedelta(days=8)
DAYS = [{"day": day, "startTime": "09:00:00", "endTime": "17:00:00"} for day in range(1, 6)]
REST = HEAD + f"horizon: {WEEKS + 1} weeks\n"


def name(number: int) -> str:
    return f"user{number:04}"


def manifests(people: int) -> str:
    """A series for each person, on one of the weekdays."""
    users = [f"  {name(n)}: {{email: {name(n)}@example.org, timezone: UTC}}" for n in range(people)]
    hours = [f"  {name(n)}: [{{from: 2026-12-01, days: {{mon-fri: 09:00-17:00}}}}]" for n in range(people)]
    events = [
        f"  series-{n}: {{title: Talk {n}, host: {name(n)}, starts: {starts(n)}T09:00, duration: 30m,"
        f" repeat: {{every: week, count: {WEEKS}}}}}"
        for n in range(people)
    ]
    return "\n".join(["users:", *users, "workHours:", *hours, "events:", *events, ""])


def starts(number: int) -> date:
    return FIRST + timedelta(days=number % 5)


def dates(number: int) -> list[date]:
    return [starts(number) + timedelta(weeks=week) for week in range(WEEKS)]


def seed(mark: str, people: int) -> dict[str, Any]:
    """The same as the service has it; `mark` is where it keeps marks."""
    users = [
        {"username": name(n), "email": f"{name(n)}@example.org", "timezone": "UTC"} for n in range(people)
    ]
    hours = [
        {
            "user": name(n),
            "startDateTime": "2026-12-01T00:00:00.000Z",
            "endDateTime": "2076-12-01T23:59:59.999Z",
            "daysInfo": DAYS,
        }
        for n in range(people)
    ]
    events = [_event(n, day, mark) for n in range(people) for day in dates(n)]
    return {
        "tenants": {"gh": {"users": users, "instances": {"sb-demo": {"workHours": hours, "events": events}}}}
    }


def _event(number: int, day: date, mark: str) -> dict[str, Any]:
    text = f"staffing/series-{number}@{day}"
    marked = {"externalId": text} if mark == "externalId" else {"additionalInfo": {"remarks": f"[{text}]"}}
    return marked | {
        "host": name(number),
        "eventTitle": f"Talk {number}",
        "startDateTime": f"{day}T09:00:00.000Z",
        "endDateTime": f"{day}T09:30:00.000Z",
        "eventType": "APPOINTMENT",
        "eventMode": "IN-PERSON",
        "eventStatus": "SCHEDULED",
        "eventColor": "green",
    }


class Filled(NamedTuple):
    """A database with all of it, by where it keeps marks and by how many people there are."""

    mark: str
    people: int
    database: Path


MANY = [pytest.param((mark, 1000), marks=pytest.mark.slow) for mark in ("externalId", "remarks")]


@pytest.fixture(scope="module", params=[("externalId", 250), ("remarks", 250), *MANY])
def filled(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Filled:
    mark, people = request.param
    path = tmp_path_factory.mktemp("filled") / "simulator.db"
    world = build_world(Options(db=str(path), now=datetime.fromisoformat(NOW)))
    with world.store.transaction():
        plant(world, seed(mark, people))
    world.close()
    return Filled(mark, people, path)


def pages_of_events(people: int, size: int) -> int:
    """The pages of each window: from 8 days ago to 31 days beyond the horizon, in pieces of 92 days."""
    since = datetime.fromisoformat(NOW) - BEFORE
    until = datetime.fromisoformat(NOW) + timedelta(weeks=WEEKS + 1) + timedelta(days=31)
    moments = [datetime.fromisoformat(f"{day}T09:00:00Z") for n in range(people) for day in dates(n)]
    pages = 0
    while since < until:
        stop = min(since + LONGEST_WINDOW, until)
        pages += max(1, ceil(sum(since <= moment < stop for moment in moments) / size))
        since = stop
    return pages


def counted(service: Service) -> tuple[Counter[str], Counter[str]]:
    """Calls answered and calls refused, by method and kind of thing."""
    calls = service.calls()
    return (
        Counter(call.route for call in calls if call.landed),
        Counter(call.route for call in calls if not call.landed),
    )


@pytest.mark.parametrize("page", [1000, 20])
def test_a_plan_that_changes_nothing_reads_what_it_must_and_no_more(
    filled: Filled, page: int, workspace: Workspace, simulate_service: Simulate
) -> None:
    mark, people, original = filled
    database = shutil.copy(original, workspace.folder / "simulator.db")
    profile = "live" if mark == "externalId" else "reference"
    if profile == "reference" and page == 1000:
        pytest.skip("the reference knows pages of 20 only")
    service = simulate_service(db=str(database), profile=profile, max_page_size=page)
    workspace.at(service).write(manifests(people), head=REST)
    service.forget()
    done = workspace.run("plan", "--detailed-exitcode")
    assert done.code == 0, done.stdout[-2000:]
    answered, refused = counted(service)
    hours = ceil(people / 50)
    expected = Counter(
        {"POST api_clients": 1, "GET work-hours": hours, "GET events": pages_of_events(people, page)}
    )
    expected["GET users"] = ceil(people / page) if profile == "live" else people
    assert answered == expected
    if profile == "live":
        assert not refused
    else:
        # What the reference doesn't know is asked for once: the list, psmIds, and the largest pages.
        assert refused["GET users"] == 1
        assert refused["GET work-hours"] == 1
        assert refused["GET events"] <= 2
    total = answered.total() + refused.total()
    assert done.stdout.rstrip().endswith(f"{total} reads, 0 writes")


def test_users_who_are_referred_to_but_not_declared_cost_a_read_each_only_without_a_list(
    workspace: Workspace, service: Service
) -> None:
    service.user("johndoe", timezone="UTC")
    service.user("janedoe", timezone="UTC")
    workspace.at(service).write(
        "events:\n  talk: {title: Talk, host: johndoe, starts: 2026-12-01T09:00, duration: 30m,"
        " participants: [{user: janedoe}]}\n"
    )
    service.forget()
    assert workspace.run("plan").code == 0
    answered, _ = counted(service)
    assert answered["GET users"] == 1
    assert answered["GET work-hours"] == 0, "nobody's hours are declared"


def test_one_changed_field_among_many_users_is_one_write(
    filled: Filled, workspace: Workspace, simulate_service: Simulate
) -> None:
    mark, people, original = filled
    if mark != "externalId":
        pytest.skip("the same in both")
    database = shutil.copy(original, workspace.folder / "simulator.db")
    service = simulate_service(db=str(database))
    text = manifests(people).replace("user0200@example.org,", "user0200@example.org, credentials: MD,")
    workspace.at(service).write(text, head=REST)
    service.forget()
    workspace.apply()
    (write,) = service.writes()
    assert (write.method, write.path, write.body) == (
        "PATCH",
        "/gh/admin/users/user0200",
        {"credentials": "MD"},
    )
    assert SECRET not in str(write)
