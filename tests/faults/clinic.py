"""A small clinic whose apply makes a write of every kind, and what has to hold of it afterwards."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections import Counter
from contextlib import nullcontext
from pathlib import Path

from tests.conftest import Workspace
from tests.support.cli import Result, environment
from tests.support.service import Service

BEFORE = """prune: true
horizon: 3 weeks
users:
  johndoe: {email: john@example.org, timezone: America/Los_Angeles, credentials: MD}
workHours:
  johndoe: [{from: 2026-12-01, to: 2027-03-31, days: {mon-thu: 09:00-18:00}}]
events:
  standup:
    title: Stand-up
    host: johndoe
    starts: 2026-12-01T09:00
    duration: 30m
    repeat: {every: week, on: [tue], count: 2}
  board: {title: Board, host: johndoe, starts: 2026-12-03T10:00, duration: 1h}
"""
# One user more and one changed, hours cut and begun, a series moved, one new, one gone.
AFTER = """prune: true
horizon: 3 weeks
users:
  johndoe: {email: john@example.org, timezone: America/Los_Angeles, credentials: NP}
  janedoe: {email: jane@example.org}
workHours:
  johndoe:
    - {from: 2026-12-01, to: 2027-01-31, days: {mon-thu: 09:00-18:00}}
    - {from: 2027-02-01, to: 2027-03-31, days: {mon-fri: 08:00-12:00}}
  janedoe: [{from: 2026-12-01, to: 2027-03-31, days: {mon-wed: 09:00-12:00}}]
events:
  standup:
    title: Stand-up
    host: johndoe
    starts: 2026-12-01T10:00
    duration: 30m
    repeat: {every: week, on: [tue], count: 2}
  review: {title: Review, host: janedoe, starts: 2026-12-04T10:00, duration: 1h}
"""
OBJECTS = 9  # that differ between the two


def begun(workspace: Workspace, service: Service) -> None:
    """The clinic as it was, with the manifests as they shall be."""
    workspace.at(service).write(BEFORE)
    workspace.apply()
    workspace.write(AFTER)
    service.forget()


def arrived(workspace: Workspace, service: Service) -> None:
    """All is as declared, and there once."""
    service.no_faults()
    marks = Counter(event["externalId"] for event in service.events() if event["eventStatus"] != "CANCELLED")
    assert dict(marks) == dict.fromkeys(
        ("staffing/standup@2026-12-01", "staffing/standup@2026-12-08", "staffing/review@2026-12-04"), 1
    )
    starts = {
        name: Counter(row["startDateTime"][:10] for row in rows if row["daysInfo"])
        for name, rows in service.hours("johndoe", "janedoe").items()
    }
    assert starts == {"johndoe": {"2026-12-01": 1, "2027-02-01": 1}, "janedoe": {"2026-12-01": 1}}
    workspace.settled()


def tried(service: Service) -> int:
    """The writes that reached the service since `forget`, whatever became of them."""
    return sum(call.is_write for call in service.calls())


def begin(
    workspace: Workspace, url: str, *args: str, state: Path | None = None, said: Path | None = None
) -> subprocess.Popen[str]:
    """Start an apply as a process of its own.

    state: the folder of its locks. said: the file for what it says on stderr, to be read while it runs.
    """
    flags = ("--api-url", url, "--now", workspace.now, "--auto-approve", *args)
    return start(workspace, "apply", "env.yaml", *flags, state=state, said=said)


def start(
    workspace: Workspace, *args: str, state: Path | None = None, said: Path | None = None
) -> subprocess.Popen[str]:
    more = {"XDG_STATE_HOME": str(state)} if state else {}
    with said.open("w") if said else nullcontext(subprocess.PIPE) as stderr:
        return subprocess.Popen(
            [sys.executable, "-m", "reconciler", *args],
            cwd=workspace.folder,
            env=environment(**more),
            stdout=subprocess.PIPE,
            stderr=stderr,
            stdin=subprocess.DEVNULL,
            text=True,
            pipesize=-1,
        )


def has_said(said: Path, words: str) -> None:
    """Wait until a process has said so."""
    until = time.monotonic() + 60
    while words not in said.read_text() and time.monotonic() < until:
        time.sleep(0.02)


def ended(process: subprocess.Popen[str], timeout_s: float = 120, said: Path | None = None) -> Result:
    out, err = process.communicate(timeout=timeout_s)
    return Result(process.returncode, out, said.read_text() if said else err)


def kill(process: subprocess.Popen[str]) -> None:
    os.kill(process.pid, 9)
