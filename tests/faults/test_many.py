"""Ten thousand changes on a service that fails now and then: all of them land, once, and all are noted."""

from __future__ import annotations

import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from reconciler.apply.journal import read_changes, read_runs
from tests.conftest import HEAD, Simulate, Workspace
from tests.support.cli import environment
from tests.support.service import Service

PEOPLE, EVENTS = 500, 20
FAULTS = ("cut-before:*:/gh:0.3%", "cut-after:*:/gh:0.4%", "500-before:*:/gh:0.3%", "500-after:*:/gh:0.4%",
          "429:*:/gh:0.4%", "502-after:*:/gh:0.2%")  # fmt: skip
# Runs the command in its own process and tells its peak memory in KiB.
MEASURE = (
    "import resource,subprocess,sys;code=subprocess.call(sys.argv[1:]);"
    "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss,file=sys.stderr);sys.exit(code)"
)

pytestmark = pytest.mark.slow


def clinic() -> str:
    names = [f"user{number:03}" for number in range(PEOPLE)]
    lines = ["horizon: 30 weeks", "users:", *(f"  {name}: {{email: {name}@example.org}}" for name in names)]
    lines.append("events:")
    for number, name in enumerate(names):
        rule = f"{{every: week, on: [tue], count: {EVENTS}}}"
        start = f"2026-12-01T{8 + number % 9:02}:00"
        lines.append(
            f"  s{number}: {{title: M, host: {name}, starts: {start}, duration: 1h, repeat: {rule}}}"
        )
    return "\n".join(lines)


def apply(workspace: Workspace, service: Service) -> tuple[int, int, float]:
    """Exit code, peak memory in MiB, seconds."""
    command = ("apply", "env.yaml", "--auto-approve", "--api-url", service.url, "--now", workspace.now)
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-S", "-c", MEASURE, sys.executable, "-m", "reconciler", *command],
        cwd=workspace.folder, env=environment(), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    return done.returncode, int(done.stderr.splitlines()[-1]) // 1024, time.monotonic() - began


def test_ten_thousand_changes_with_two_percent_of_faults(simulate_service: Simulate, tmp_path: Path) -> None:
    peaks = {}
    for name, faults in (("calm", ()), ("faulty", FAULTS)):
        service = simulate_service()
        folder = tmp_path / name
        folder.mkdir()
        workspace = Workspace(folder).at(service)
        workspace.write(clinic(), head=HEAD)
        if faults:
            service.fault(*faults)
        peak, took, runs = 0, 0.0, 0
        for _ in range(3):
            code, memory, seconds = apply(workspace, service)
            peak, took, runs = max(peak, memory), took + seconds, runs + 1
            if code == 0:
                break
        assert code == 0
        service.no_faults()
        peaks[name] = peak
        marks = Counter(event["externalId"] for event in service.events())
        assert (len(marks), set(marks.values())) == (PEOPLE * EVENTS, {1})
        noted(folder / ".welkin-reconcile" / "journal.db")
        workspace.settled()
        print(f"{name}: {runs} runs, {took:.0f} s, peak {peak} MiB")
    assert peaks["faulty"] <= peaks["calm"] * 1.2


def noted(path: Path) -> None:
    """Every change of every run is settled, and every write that was intended was answered."""
    landed = Counter[str]()
    for run in read_runs(path):
        assert run["ended"]
        changes = read_changes(path, run["id"])
        assert len(changes) == run["changes"]
        for change in changes:
            assert change["status"]
            assert all(write["answered"] for write in change["writes"])
            landed[change["change"]] += change["status"] == "done"
    assert len(landed) == PEOPLE * (EVENTS + 1)
    assert set(landed.values()) <= {0, 1}
