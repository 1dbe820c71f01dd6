"""Prints the CPU seconds of expanding N people's hours, rows included; loading them is not counted.

Arguments: `rotations` (each has one of 26 weeks, written 26 weeks ahead) or `closures` (public holidays over
rotations and plain weeks), and N.
"""

from __future__ import annotations

import gc
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from reconciler.expand import context_of, expand
from reconciler.kinds import load_kinds
from reconciler.kinds.work_hours.shifts import SHIFTS
from reconciler.manifest import load_environment
from reconciler.model import Findings

HEAD = """tenant: gh
instance: bench
owner: staffing
timezone: America/Los_Angeles
shifts: {E: 06:00-14:00, L: 14:00-22:00, N: 22:00-06:00}
rotations:
  wards: {starts: 2026-11-23, weeks: [E E E E E . ., . . L L L N N, N N . . . E E, ". L L . E N ."]}
  crew: {starts: 2026-11-23, cycle: E E L L N N . . . .}
"""
SHAPES = (
    "rotation: wards, offset: {turn} weeks",
    "rotation: crew, offset: {turn} days",
    "days: {{mon-fri: 08:00-16:00}}",
)


def main(what: str, people: int) -> None:
    findings, kinds = Findings(), load_kinds()
    closures = "closures: [{holidays: US-CO}]\n" if what == "closures" else ""
    shapes = SHAPES if what == "closures" else SHAPES[:2]
    hours = "".join(
        f"  p{number}: [{{from: 2026-11-30, {shapes[number % len(shapes)].format(turn=number % 3 + 1)}}}]\n"
        for number in range(people)
    )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "clinic.yaml"
        path.write_text(f"{HEAD}{closures}workHours:\n{hours}")
        environment = load_environment(str(path), findings)
    assert environment and not findings.errors, findings.errors
    gc.set_threshold(1_000_000, 50, 50)  # as the command line does
    if closures:
        import holidays  # noqa: F401  loading the package is a second by itself
    started = time.process_time()
    context = context_of(environment, datetime(2026, 11, 24, tzinfo=UTC), findings)
    found = expand(context, kinds)
    rows = sum(len(wish.fields[SHIFTS].usual_rows()) for wish in found)
    rows += sum(len(wish.fields[SHIFTS].stated_rows()) for wish in found)
    print(time.process_time() - started)
    assert rows > people


main(sys.argv[1], int(sys.argv[2]))
