"""What a service takes, learnt by one write of each sort, however many are to be sent."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any

import pytest

from reconciler.kinds.work_hours.mistaken import LONG_AGO
from tests.conftest import Workspace
from tests.support.fakes import Asked, ReferenceServer, Reply, serving
from tests.support.service import Service

PEOPLE = ("anna", "bert", "carl", "dora", "emil", "fred", "gina", "hans", "inga")
USERS = "users:\n" + "".join(f"  {name}: {{email: {name}@example.org}}\n" for name in PEOPLE)
USUAL = "    - {from: 2026-11-30, days: {mon-fri: 09:00-17:00}}\n"
DUTY = "    - {override: Duty, from: 2026-12-24, to: 2026-12-26, days: {thu-sat: 10:00-14:00}}\n"
OFF = "    - {override: Break, from: 2026-12-24, to: 2026-12-26, days: off}\n"
SERIES = """events:
  standup:
    title: Stand-up
    host: anna
    starts: 2026-11-30T09:00
    duration: 30m
    repeat: {every: week, on: mon-fri}
"""


def hours(items: str, people: Sequence[str] = PEOPLE) -> str:
    return "workHours:\n" + "".join(f"  {name}:\n{items}" for name in people)


@contextmanager
def reference(workspace: Workspace, **switches: Any) -> Iterator[ReferenceServer]:
    server = ReferenceServer(**switches)
    with serving(server, server) as url:
        workspace.url = url
        yield server


def sent(server: ReferenceServer, method: str, part: str) -> list[tuple[Asked, int]]:
    """What was asked of one route, with the status it got."""
    return [
        (asked, status)
        for asked, status in zip(server.asked, server.replies, strict=True)
        if asked.method == method and f"/{part}" in asked.path
    ]


def worked(server: ReferenceServer, name: str, day: date) -> set[str]:
    """When a person works on a day, by each of the rows that hold on it."""
    id, found = server.id_of(name), set()
    for row in server.hours.values():
        if row["psmId"] == id and row["startDateTime"][:10] <= str(day) <= row["endDateTime"][:10]:
            found |= {f"{i['startTime'][:5]}-{i['endTime'][:5]}" for i in row["daysInfo"]
                      if i["day"] == day.isoweekday()}  # fmt: skip
    return found


def days(begin: date, count: int) -> list[date]:
    return [begin + timedelta(days=number) for number in range(count)]


@pytest.mark.parametrize("status", [404, 405])
def test_one_refused_patch_teaches_all_workers(workspace: Workspace, status: int) -> None:
    workspace.write(USERS + SERIES)
    with reference(workspace, patch_events=status) as server:
        workspace.apply()
        workspace.write(USERS + SERIES.replace("T09:00", "T10:00"))
        workspace.apply()
        assert [status for _, status in sent(server, "PATCH", "events")] == [status]
        assert len(sent(server, "PUT", "events")) == len(server.events)
        workspace.settled()


@pytest.mark.parametrize("status", [404, 405])
def test_users_are_put_whole_where_no_part_of_them_can_be_changed(workspace: Workspace, status: int) -> None:
    workspace.write(USERS.replace("example.org}", "example.org, phone: +15552009845}"))
    with reference(workspace, patch_users=status) as server:
        workspace.apply()
        workspace.write(USERS.replace("example.org}", "example.org, phone: +15552009846}"))
        workspace.apply()
        assert [status for _, status in sent(server, "PATCH", "users")] == [status]
        assert len(sent(server, "PUT", "users")) == len(PEOPLE)
        workspace.settled()


def test_nobody_is_put_whole_who_has_more_than_the_reference_knows(
    service: Service, workspace: Workspace
) -> None:
    for name in PEOPLE:
        service.user(name)
    workspace.write(USERS.replace("example.org}", "example.org, credentials: MD}"))
    asked: list[str] = []

    def answer(asked_for: Asked) -> Reply:
        """The recorded service, had it no PATCH."""
        asked.append(asked_for.method)
        if asked_for.method == "PATCH":
            return Reply(405)
        done = service.session.request(
            asked_for.method, service.url + asked_for.path, json=asked_for.body, params=asked_for.query
        )
        return Reply(done.status_code, done.json())

    with serving(answer) as url:
        workspace.url = url
        done = workspace.apply(code=1)
        assert "this service changes no part of a user" in done.stdout + done.stderr
        assert (asked.count("PATCH"), asked.count("PUT")) == (1, 0)


@pytest.mark.parametrize("extra_keys", ["drop", "refuse"])
def test_one_refused_create_teaches_all_workers(workspace: Workspace, extra_keys: str) -> None:
    with_locale = USERS.replace("example.org}", "example.org, locale: en-US}")
    workspace.write(with_locale + SERIES + hours(USUAL))
    with reference(workspace, extra_keys=extra_keys) as server:
        workspace.apply()
        refused = [asked for asked, status in zip(server.asked, server.replies, strict=True) if status == 400]
        writes = [asked.path.rpartition("/")[2] for asked in refused if asked.method == "POST"]
        assert writes == ([] if extra_keys == "drop" else ["users", "events"])
        workspace.settled()


def test_the_first_write_of_a_sort_is_answered_and_read_back_before_the_second_leaves(
    workspace: Workspace,
) -> None:
    workspace.write(USERS + SERIES + hours(USUAL))
    with reference(workspace) as server:
        workspace.apply()
        for part in ("users", "work-hours", "events"):
            begin = [(asked.method, f"/{part}" in asked.path) for asked in server.asked]
            first = begin.index(("POST", True))
            assert begin[first + 1] == ("GET", True), part


@pytest.mark.usefixtures("impatient")
def test_hours_that_are_taken_and_never_shown_are_sent_for_one_person_only(workspace: Workspace) -> None:
    """Nobody can delete a row, and each run would write all of them once more."""
    workspace.write(USERS + hours(USUAL))
    server = ReferenceServer()

    def answer(asked: Asked) -> Reply:
        reply = server(asked)
        hidden = asked.method == "GET" and asked.path.endswith("/work-hours") and reply.status < 400
        return reply._replace(body=[]) if hidden else reply

    with serving(answer, server) as workspace.url:
        done = workspace.apply(code=1)
    assert len(server.hours) == 1
    assert "does not show the hours it took" in done.stdout + done.stderr


def test_what_was_read_already_needs_no_trial(service: Service, workspace: Workspace) -> None:
    """Users with a `userState` are those of the recorded service: nothing is to be learnt about them."""
    service.user("johndoe")
    workspace.at(service).write(USERS + "  johndoe: {email: johndoe@example.org}\n")
    service.forget()
    workspace.apply()
    routes = [call.route for call in service.calls()]
    first, last = routes.index("POST users"), len(routes) - routes[::-1].index("POST users")
    assert set(routes[first:last]) == {"POST users"}


@pytest.mark.parametrize("override", [DUTY, OFF], ids=["hours", "off"])
def test_on_the_recorded_service_overrides_stay_overrides(
    service: Service, workspace: Workspace, override: str
) -> None:
    workspace.at(service).write(USERS + hours(USUAL + override))
    workspace.apply()
    workspace.settled()
    rules = [row["ruleType"] for rows in service.hours(*PEOPLE).values() for row in rows]
    assert sorted(rules) == ["DEFAULT"] * len(PEOPLE) + ["OVERRIDE"] * len(PEOPLE)


def test_a_service_that_takes_an_override_for_usual_hours_gets_one_and_its_row_back(
    workspace: Workspace,
) -> None:
    with reference(workspace, rule_types="ignored") as server:
        workspace.write(USERS + hours(USUAL))
        workspace.apply()
        before = dict(server.hours)
        server.asked.clear()
        server.replies.clear()
        workspace.write(USERS + hours(USUAL + DUTY))
        done = workspace.apply(code=3)
        assert "keeps no overrides" in done.stdout + done.stderr
        assert len(sent(server, "POST", "work-hours")) == 1
        assert len(sent(server, "PUT", "work-hours")) == 2, "the row too many, and the one it cut"
        assert {id: server.hours[id] for id in before} == before
        (extra,) = [row for id, row in server.hours.items() if id not in before]
        assert extra["endDateTime"][:10] == str(LONG_AGO)
        for name in PEOPLE:
            assert worked(server, name, date(2026, 12, 24)) == {"09:00-17:00"}


class Splitting(ReferenceServer):
    """Goes on with the row that was cut, after the one that cut it."""

    def _cut(self, id: str, row: Any) -> None:
        before = dict(self.hours)
        super()._cut(id, row)
        for other, had in before.items():
            if self.hours[other] != had and had["endDateTime"] > row["endDateTime"]:
                day = date.fromisoformat(row["endDateTime"][:10]) + timedelta(days=1)
                self.hours[f"{other}-rest"] = had | {"startDateTime": f"{day}T00:00:00.000Z"}


class Renaming(ReferenceServer):
    """Gives a row that was cut another id."""

    def _cut(self, id: str, row: Any) -> None:
        before = dict(self.hours)
        super()._cut(id, row)
        for other, had in before.items():
            if self.hours[other] != had:
                self.hours[f"{other}-cut"] = self.hours.pop(other)


class Swallowing(ReferenceServer):
    """Has no rows that overlap: the new one takes the place of the old."""

    def _cut(self, id: str, row: Any) -> None:
        for other, had in list(self.hours.items()):
            inside = had["startDateTime"] < row["endDateTime"] and row["startDateTime"] < had["endDateTime"]
            if other != id and had["psmId"] == row["psmId"] and inside:
                del self.hours[other]


@pytest.mark.parametrize("kind", [Splitting, Renaming, Swallowing])
def test_whatever_became_of_the_row_it_lay_in_the_hours_are_as_before(
    workspace: Workspace, kind: type[ReferenceServer]
) -> None:
    server = kind(rule_types="ignored")
    with serving(server, server) as url:
        workspace.url = url
        workspace.write(USERS + hours(USUAL))
        workspace.apply()
        workspace.write(USERS + hours(USUAL + DUTY))
        workspace.apply(code=3)
        for name in PEOPLE:
            for day in days(date(2026, 12, 20), 60):
                usual = {"09:00-17:00"} if day.isoweekday() <= 5 else set()
                assert worked(server, name, day) == usual, (name, day)


@pytest.mark.parametrize(
    ("override", "thursday"), [(DUTY, {"10:00-14:00"}), (OFF, set())], ids=["hours", "off"]
)
def test_there_the_next_plan_cuts_overrides_into_usual_hours(
    workspace: Workspace, override: str, thursday: set[str]
) -> None:
    with reference(workspace, rule_types="ignored") as server:
        workspace.write(USERS + hours(USUAL))
        workspace.apply()
        workspace.write(USERS + hours(USUAL + DUTY))
        workspace.apply(code=3)
        workspace.write(USERS + hours(USUAL + override))
        workspace.apply()
        for name in PEOPLE:
            for day in days(date(2026, 12, 21), 14):
                usual = {"09:00-17:00"} if day.isoweekday() <= 5 else set()
                there = date(2026, 12, 24) <= day <= date(2026, 12, 26)
                assert worked(server, name, day) == (thursday if there else usual), (name, day)
        workspace.settled()
        more = DUTY.replace("12-24", "12-29").replace("12-26", "12-30").replace("thu-sat", "tue-wed")
        workspace.write(USERS + hours(USUAL + override + more))
        workspace.apply()
        assert worked(server, "inga", date(2026, 12, 29)) == {"10:00-14:00"}
        assert worked(server, "inga", date(2026, 12, 24)) == thursday
        workspace.settled()


def test_overrides_alone_stay_blocked_there_without_another_trial(workspace: Workspace) -> None:
    workspace.write(USERS + hours(DUTY))
    with reference(workspace, rule_types="ignored") as server:
        workspace.apply(code=3)
        before = dict(server.hours)
        assert not worked(server, "anna", date(2026, 12, 24))
        server.asked.clear()
        server.replies.clear()
        again = workspace.apply(code=3)
        assert "declare the usual hours, too" in again.stdout + again.stderr
        assert server.hours == before
        assert not sent(server, "POST", "work-hours")


def test_the_reference_alone_gets_no_duty_for_usual_hours_either(workspace: Workspace) -> None:
    """Nobody has hours yet, so nothing was there to tell; the row that was made is no hours of today."""
    workspace.write(USERS + hours(DUTY))
    with reference(workspace) as server:
        workspace.apply(code=3)
        assert [row["endDateTime"][:10] for row in server.hours.values()] == [str(LONG_AGO)]
        workspace.apply(code=3)
        assert len(server.hours) == 1


FREE = "    - {from: 2026-12-07, days: off}\n"


@pytest.mark.parametrize("switches", [{"extra_keys": "refuse"}, {}, {"rule_types": "ignored"}])
def test_a_lone_override_of_somebody_without_hours_is_cut_in_there_too(
    workspace: Workspace, switches: Any
) -> None:
    """Where it is refused, nothing would ever show later plans that this service keeps none."""
    workspace.write(USERS + hours(FREE + DUTY, ["anna"]))
    with reference(workspace, **switches) as server:
        done = workspace.apply(code=3)
        assert "keeps no overrides (ruleType): the next plan cuts it into" in done.stdout
        assert not worked(server, "anna", date(2026, 12, 24))
        workspace.apply()
        assert worked(server, "anna", date(2026, 12, 24)) == {"10:00-14:00"}
        assert len(server.hours) == 2, "one of long ago, and the duty"
        workspace.settled()


def test_a_day_off_that_is_refused_where_nobody_has_hours_is_said_to_be_so(workspace: Workspace) -> None:
    workspace.write(USERS + hours(FREE + OFF, ["anna"]))
    with reference(workspace, extra_keys="refuse") as server:
        assert "it holds no hours that would show it" in workspace.apply(code=3).stdout
        assert not server.hours


@pytest.mark.parametrize("usual", [USUAL, FREE], ids=["hours", "none"])
def test_an_override_refused_by_a_service_that_keeps_them_is_no_want_of_overrides(
    workspace: Workspace, usual: str
) -> None:
    server = ReferenceServer(rule_types="kept")

    def answer(asked: Asked) -> Reply:
        is_override = asked.method == "POST" and "OVERRIDE" in str(asked.body)
        return Reply(400, [{"errorCode": "ODD_HOURS", "message": "no"}]) if is_override else server(asked)

    with serving(answer, server) as workspace.url:
        workspace.write(USERS + hours(usual + DUTY, ["anna"]))
        done = workspace.apply(code=1)
        assert "ODD_HOURS" in done.stdout + done.stderr
        assert "keeps no overrides" not in done.stdout + done.stderr


def test_all_at_once_from_nothing_ends_as_wished_there_too(workspace: Workspace) -> None:
    workspace.write(USERS + hours(USUAL + DUTY))
    with reference(workspace, rule_types="ignored") as server:
        workspace.apply(code=3)
        assert worked(server, "hans", date(2026, 12, 24)) == {"09:00-17:00"}
        workspace.apply()
        assert worked(server, "hans", date(2026, 12, 24)) == {"10:00-14:00"}
        workspace.settled()


def test_a_row_that_cannot_be_put_back_at_first_is_put_back_all_the_same(
    workspace: Workspace, impatient: list[float]
) -> None:
    server, broken = ReferenceServer(rule_types="ignored"), [True, True]

    def answer(asked: Asked) -> Reply:
        if asked.method == "PUT" and broken:
            broken.pop()
            return Reply(503)
        return server(asked)

    with serving(answer, server) as url:
        workspace.url = url
        workspace.write(USERS + hours(USUAL, ["anna"]))
        workspace.apply()
        before = dict(server.hours)
        workspace.write(USERS + hours(USUAL + DUTY, ["anna"]))
        workspace.apply(code=3)
        assert {id: server.hours[id] for id in before} == before


def test_a_row_that_cannot_be_put_back_at_all_is_said(workspace: Workspace) -> None:
    server = ReferenceServer(rule_types="ignored")

    def answer(asked: Asked) -> Reply:
        return Reply(403) if asked.method == "PUT" else server(asked)

    with serving(answer, server) as url:
        workspace.url = url
        workspace.write(USERS + hours(USUAL, ["anna"]))
        workspace.apply()
        workspace.write(USERS + hours(USUAL + DUTY, ["anna"]))
        done = workspace.apply(code=1)
        assert "could not be put back" in done.stdout + done.stderr


def test_an_override_that_got_no_answer_is_looked_at_too(
    workspace: Workspace, impatient: list[float]
) -> None:
    server = ReferenceServer(rule_types="ignored")

    def answer(asked: Asked) -> Reply:
        reply = server(asked)
        first = asked.method == "POST" and asked.path.endswith("work-hours")
        return Reply(502) if first and "2026-12-24" in str(asked.body) else reply

    with serving(answer, server) as url:
        workspace.url = url
        workspace.write(USERS + hours(USUAL, ["anna"]))
        workspace.apply()
        before = dict(server.hours)
        workspace.write(USERS + hours(USUAL + DUTY, ["anna"]))
        workspace.apply(code=3)
        assert {id: server.hours[id] for id in before} == before


@pytest.mark.parametrize("lag", [0, 1, 3])
def test_an_override_that_shows_up_late_was_kept_all_the_same(
    workspace: Workspace, lag: int, impatient: list[float]
) -> None:
    server, stale = ReferenceServer(rule_types="kept"), list[Reply]()

    def answer(asked: Asked) -> Reply:
        if asked.method == "POST" and "OVERRIDE" in str(asked.body) and not stale:
            stale.extend([last[0]] * lag)
        reply = server(asked)
        if asked.method != "GET" or not asked.path.endswith("work-hours"):
            return reply
        last[0], shown = reply, stale.pop() if stale else reply
        return shown

    last = [Reply(201, [])]
    with serving(answer, server) as url:
        workspace.url = url
        workspace.write(USERS + hours(USUAL))
        workspace.apply()
        workspace.write(USERS + hours(USUAL + DUTY))
        workspace.apply()
        workspace.settled()
        assert len([row for row in server.hours.values() if row.get("ruleType") == "OVERRIDE"]) == len(PEOPLE)
