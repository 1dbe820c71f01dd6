"""What people typed into events in Welkin stands in no output of ours, file or terminal."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from reconciler.client import Client
from reconciler.model import Request
from tests.conftest import Simulate, Workspace
from tests.support.cli import Result, run
from tests.support.service import JSON, Service

NAME, DIAGNOSIS = "Wilhelmina Quackenbush", "schizoaffective"
WORDS = ("Wilhelmina", "Quackenbush", DIAGNOSIS)
BY_HAND = {
    "eventTitle": f"{NAME}, {DIAGNOSIS}",
    "eventDescription": f"see {NAME}",
    "additionalInfo": {"remarks": f"{NAME} is {DIAGNOSIS}", "location": f"at {NAME}'s", "attachment": NAME},
}
FIRST = """prune: true
horizon: 2 weeks
users:
  johndoe: {email: john@example.org, timezone: America/Los_Angeles}
  janedoe: {email: jane@example.org}
events:
  standup:
    title: Stand-up
    host: johndoe
    starts: 2026-12-01T09:00
    duration: 30m
    repeat: {every: week, on: [tue]}
    location: Room 1
  board: {title: Board, host: johndoe, starts: 2026-12-03T10:00, duration: 1h}
  kept: {title: Kept, host: janedoe, starts: 2026-12-04T10:00, duration: 1h}
leave: {janedoe: 2026-12-07}
"""
# The stand-up moves and gets remarks, the board goes, a meeting that exists without our mark is declared.
SECOND = (
    FIRST.replace("T09:00", "T10:00")
    .replace("location: Room 1", "location: Room 2\n    remarks: Bring tea")
    .replace("  board: {title: Board, host: johndoe, starts: 2026-12-03T10:00, duration: 1h}\n", "")
    .replace(
        "leave:", "  round: {title: Round, host: janedoe, starts: 2026-12-02T10:00, duration: 1h}\nleave:"
    )
)


@pytest.fixture(params=["live", "reference"])
def clinic(
    request: pytest.FixtureRequest, workspace: Workspace, simulate_service: Simulate
) -> Iterator[tuple[Workspace, Service]]:
    service = simulate_service(profile=request.param)
    workspace.at(service).write(FIRST)
    workspace.apply()
    for event in service.events():
        service.change_event(event, **_typed(event))
    start, end = "2026-12-02T18:00:00.000Z", "2026-12-02T18:30:00.000Z"
    service.event("janedoe", start, end, **BY_HAND | {"eventTitle": "Round"})
    service.event("johndoe", start.replace("T18", "T20"), end.replace("T18", "T20"), **BY_HAND)
    workspace.write(SECOND)
    yield workspace, service


def _typed(event: JSON) -> JSON:
    """What somebody typed into an event of ours, whose mark may stand in the remarks."""
    info, mark = BY_HAND["additionalInfo"], (event["additionalInfo"] or {}).get("remarks") or ""
    lines = [info["remarks"], *(line for line in mark.splitlines() if line.startswith("["))]  # type: ignore[index]
    return BY_HAND | {"additionalInfo": {**info, "remarks": "\n".join(lines)}}  # type: ignore[dict-item]


def told(*texts: str | bytes) -> list[str]:
    """Which words of the secret stand there."""
    whole = b"\n".join(text.encode() if isinstance(text, str) else text for text in texts)
    return [word for word in WORDS if word.encode() in whole]


def files(folder: Path) -> list[bytes]:
    """Every file that a run left behind, but for what the test's own service wrote down."""
    found = [path for path in folder.rglob("*") if path.is_file() and path.suffix not in (".yaml", ".jsonl")]
    assert any(path.name == "journal.db" for path in found)
    return [path.read_bytes() for path in found]


def quiet(done: Result) -> Result:
    assert told(done.stdout, done.stderr) == [], done
    return done


def test_no_plan_apply_or_file_tells_what_was_typed(clinic: tuple[Workspace, Service]) -> None:
    workspace, service = clinic
    for flags in ((), ("--format", "json"), ("--show-unchanged",), ("--adopt", "--out", "plan.json")):
        quiet(workspace.run("plan", *flags))
    done = quiet(workspace.run("plan"))
    assert "title     differs from ours → Stand-up" in done.stdout, done
    assert "location  differs from ours → Room 2" in done.stdout
    assert any("attend" not in line and "differs from ours" in line for line in done.stdout.splitlines())
    (before, *_) = [c["before"] for c in quiet(workspace.plan()).plan if c["action"] == "delete"]
    assert before["eventTitle"] == "differs from ours"
    quiet(workspace.run("apply", "plan.json", "--format", "json", "--undo-file", "undo.json"))
    quiet(workspace.apply("--undo-file", "again.json"))
    for args in ((), ("1",), ("2",), ("2", "--format", "json")):
        quiet(run("history", *args, cwd=workspace.folder))
    undo = json.loads((workspace.folder / "undo.json").read_text())
    assert [text for text in undo["warnings"] if text.startswith("event/standup@2026-12-01: title")]
    assert told(*files(workspace.folder)) == []
    done = quiet(workspace.run("apply", "undo.json", "--undo-file", "redo.json"))
    assert done.code == 0, done
    assert told(*files(workspace.folder)) == []
    (adopted,) = [event for event in service.events() if event["eventTitle"] == "Round"]
    assert adopted["additionalInfo"]["remarks"].startswith(NAME), "and nothing of it is lost"


@pytest.mark.parametrize("kind", ["events", "schedules", "available", "summary", "audits"])
@pytest.mark.parametrize("format", ["table", "json", "yaml"])
def test_get_tells_nothing_of_it_unless_asked(
    clinic: tuple[Workspace, Service], kind: str, format: str
) -> None:
    workspace, _ = clinic
    workspace.now = "2026-11-29T12:00:00Z"
    where = ("--api-url", workspace.url, "--now", workspace.now, "--from", "2026-11-20", "--to", "2026-12-20")
    people = ("--user", "johndoe", "--user", "janedoe") if kind != "audits" else ()
    args = ("get", kind, "env.yaml", "--format", format, *people, *where)
    quiet(run(*args, cwd=workspace.folder))
    if kind in ("events", "schedules"):
        assert told(run(*args, "--show-patient-data", cwd=workspace.folder).stdout)


@pytest.mark.parametrize("format", ["text", "json", "ics"])
def test_the_calendar_tells_nothing_of_it(clinic: tuple[Workspace, Service], format: str) -> None:
    workspace, _ = clinic
    quiet(run("calendar", "env.yaml", "--now", workspace.now, "--format", format, cwd=workspace.folder))


def test_a_stale_plan_tells_nothing_of_it(clinic: tuple[Workspace, Service]) -> None:
    workspace, service = clinic
    quiet(workspace.run("plan", "--out", "plan.json"))
    for event in service.events():
        typed = _typed(event)
        service.change_event(event, **typed | {"eventTitle": f"{typed['eventTitle']} again"})
    done = quiet(workspace.run("apply", "plan.json"))
    assert done.code == 1
    assert "eventTitle: wanted 'Stand-up', differs from ours" in done.stderr, done


@pytest.mark.usefixtures("impatient")
def test_what_did_not_become_as_wished_tells_nothing_of_it(
    clinic: tuple[Workspace, Service], monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace, service = clinic
    send = Client.send

    def overtaken(self: Client, request: Request, *args: Any) -> Any:
        """Somebody types into each event right after we wrote it."""
        answer = send(self, request, *args)
        if request.method in ("PATCH", "PUT") and "/events/" in request.path:
            id = request.path.rpartition("/")[2]
            (event,) = [each for each in service.events() if each["id"] == id]
            service.change_event(event, **_typed(event))
        return answer

    monkeypatch.setattr(Client, "send", overtaken)
    done = quiet(workspace.run("apply", "--auto-approve", "--undo-file", "undo.json"))
    assert done.code == 1
    assert "accepted, but" in done.stdout and "differs from ours" in done.stdout, done
    assert told(*files(workspace.folder)) == []


def test_what_is_ours_is_told(workspace: Workspace, service: Service) -> None:
    """A declared text, whoever typed it, and the title that we wrote last, declared no more."""
    workspace.at(service).write(FIRST)
    workspace.apply()
    for event in service.events():
        if event["eventTitle"] == "Kept":
            service.change_event(event, eventTitle="Stand-up", additionalInfo={"location": "Room 2"})
    workspace.write(SECOND.replace("title: Kept", "title: Kept, location: Room 3"))
    changes = {change["key"]: change for change in workspace.plan().plan}
    kept = changes["event/kept@2026-12-04"]["before"]
    assert (kept["eventTitle"], kept["additionalInfo"]["location"]) == ("Stand-up", "Room 2")
    assert changes["event/board@2026-12-03"]["before"]["eventTitle"] == "Board"
    assert changes["event/standup@2026-12-01"]["before"]["additionalInfo"]["location"] == "differs from ours"


@pytest.mark.parametrize("prune", ["false", "true"])
def test_a_write_of_ours_beside_a_title_does_not_make_it_ours(
    workspace: Workspace, service: Service, prune: str
) -> None:
    """Who is to be gone leaves a meeting that nobody declares any more: its title is not written with it."""
    jane = "  janedoe: {email: jane@example.org}\n"
    meeting = "{title: Meeting, host: janedoe, starts: 2026-12-04T09:00, duration: 30m"
    workspace.at(service).write(
        f"users:\n{jane}  johndoe: {{email: john@example.org}}\n"
        "leave: {johndoe: [2026-11-23..2026-12-04]}\n"
        f"events:\n  meeting: {meeting}, participants: [{{user: johndoe}}]}}\n"
    )
    workspace.apply()
    service.at("2026-11-24T12:01:00Z")  # by when somebody has seen it and typed
    for event in service.events():
        service.change_event(event, **_typed(event))
    workspace.write(f"users:\n{jane}  johndoe: {{ensure: absent}}\n")
    service.forget()
    quiet(workspace.run("apply", "--auto-approve", "--undo-file", "undo.json", "--allow", "deletes=9"))
    assert {call.method for call in service.writes()} == {"PATCH"}
    workspace.write(f"prune: {prune}\nusers:\n{jane}")
    quiet(workspace.run("plan", "--show-unchanged", "--format", "json", "--out", "plan.json"))
    for format in ("table", "json", "yaml"):
        quiet(
            workspace.run("get", "events", "--from", "2026-11-20", "--to", "2026-12-31", "--format", format)
        )
    workspace.write(f"prune: true\nusers:\n{jane}")
    quiet(workspace.run("apply", "--auto-approve", "--undo-file", "undo.json", "--allow", "deletes=9"))
    assert told(*files(workspace.folder)) == []
