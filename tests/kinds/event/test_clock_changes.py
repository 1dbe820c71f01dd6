"""What a series does on the nights when clocks change, and when it is split in two."""

from typing import Any

from tests.conftest import Workspace
from tests.support.service import Service

SPRING, AUTUMN = "2027-03-10T12:00:00Z", "2026-10-28T12:00:00Z"
NIGHTLY = """
users: {{johndoe: {{email: john@example.org, timezone: America/Los_Angeles}}}}
horizon: 1 week
events:
  round: {{title: Round, host: johndoe, starts: {start}, duration: 30m, repeat: {{every: day}}{extra}}}
"""


def starts(service: Service, day: str) -> list[str]:
    found: list[dict[str, Any]] = service.events()
    return sorted(event["startDateTime"] for event in found if event["startDateTime"].startswith(day))


def applied(workspace: Workspace, service: Service, now: str, start: str, extra: str = "") -> None:
    service.at(now)
    workspace.now = now
    workspace.at(service).write(NIGHTLY.format(start=start, extra=extra))
    workspace.apply()
    workspace.settled()


def test_a_time_that_does_not_exist_is_read_with_the_offset_before(
    workspace: Workspace, service: Service
) -> None:
    applied(workspace, service, SPRING, "2027-03-10T02:30")
    assert starts(service, "2027-03-14") == ["2027-03-14T10:30:00.000Z"]


def test_gap_skip_leaves_that_night_out(workspace: Workspace, service: Service) -> None:
    applied(workspace, service, SPRING, "2027-03-10T02:30", ", gap: skip")
    assert starts(service, "2027-03-14") == []
    assert starts(service, "2027-03-15") == ["2027-03-15T09:30:00.000Z"]


def test_a_time_that_comes_twice_is_the_first(workspace: Workspace, service: Service) -> None:
    applied(workspace, service, AUTUMN, "2026-10-28T01:30")
    assert starts(service, "2026-11-01") == ["2026-11-01T08:30:00.000Z"]


def test_fold_second_takes_the_second(workspace: Workspace, service: Service) -> None:
    applied(workspace, service, AUTUMN, "2026-10-28T01:30", ", fold: second")
    assert starts(service, "2026-11-01") == ["2026-11-01T09:30:00.000Z"]


def test_a_series_split_in_two_keeps_the_events_of_its_first_half(
    workspace: Workspace, service: Service
) -> None:
    head = "users: {johndoe: {email: john@example.org}}\nprune: true\n"
    talk = "title: Talk, host: johndoe, duration: 30m"
    whole = f"talk: {{{talk}, starts: 2026-12-01T09:00, repeat: {{every: week, on: tue}}}}"
    halves = (
        f"talk: {{{talk}, starts: 2026-12-01T09:00, repeat: {{every: week, on: tue, until: 2026-12-20}}}}\n"
        f"  talk-two: {{{talk}, starts: 2026-12-22T10:00, repeat: {{every: week, on: tue}}}}"
    )
    workspace.at(service).write(f"{head}events:\n  {whole}\n")
    workspace.apply()
    before = {event["id"]: event["startDateTime"] for event in service.events()}
    workspace.write(f"{head}events:\n  {halves}\n")
    workspace.apply()
    workspace.settled()
    kept = {event["id"] for event in service.events()} & before.keys()
    assert kept == {id for id, start in before.items() if start < "2026-12-20"}
    assert len(service.events()) == len(before)


def test_two_times_that_a_gap_makes_one_are_one_meeting(workspace: Workspace, service: Service) -> None:
    manifest = NIGHTLY.replace("{{every: day}}", '"FREQ=DAILY;BYHOUR=2,3"')
    service.at(SPRING)
    workspace.now = SPRING
    workspace.at(service).write(manifest.format(start="2027-03-10T02:30", extra=""))
    workspace.apply()
    workspace.settled()
    assert starts(service, "2027-03-14") == ["2027-03-14T10:30:00.000Z"]
    assert len(starts(service, "2027-03-15")) == 2
