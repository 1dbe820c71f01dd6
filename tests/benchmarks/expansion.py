"""Prints the CPU seconds of expanding N weekly series over 12 months; loading them is not counted."""

from __future__ import annotations

import gc
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from reconciler.expand import context_of, expand
from reconciler.kinds import load_kinds
from reconciler.manifest import load_environment
from reconciler.model import Findings

HEAD = """tenant: gh
instance: bench
owner: staffing
timezone: America/Los_Angeles
horizon: 48 weeks
users: {johndoe: {email: john@example.com}}
events:
"""
DAYS = ("mon", "tue", "wed", "thu", "fri")


def main(series: int) -> None:
    findings, kinds = Findings(), load_kinds()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "clinic.yaml"
        path.write_text(HEAD + "".join(map(_series, range(series))))
        environment = load_environment(str(path), findings)
    assert environment
    context = context_of(environment, datetime(2026, 11, 24, tzinfo=UTC), findings)
    gc.set_threshold(1_000_000, 50, 50)  # as the command line does
    started = time.process_time()
    found = expand(context, kinds)
    took = time.process_time() - started
    assert len(found) > 48 * series
    print(took)


def _series(number: int) -> str:
    rule = f"{{every: week, on: {DAYS[number % 5]}}}"
    when = f"starts: 2026-11-23T{8 + number % 9:02}:00, duration: 30m"
    return f"  series-{number}: {{title: Meeting {number}, host: johndoe, {when}, repeat: {rule}}}\n"


main(int(sys.argv[1]))
