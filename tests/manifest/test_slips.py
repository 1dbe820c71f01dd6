"""What a manifest may say and hardly means: a warning at its place, and no error."""

from __future__ import annotations

from pathlib import Path

import pytest

from reconciler.manifest import load_environment
from reconciler.model import Findings
from tests.manifest.conftest import HEAD

HOURS = "workHours:\n  ann:\n    - {from: 2026-12-01, days: {mon-fri: %s}}\n"
TEMPLATE = "templates:\n  nights: {days: {mon: [08:00-12:00, %s]}}\n"
ROTATION = (
    "workHours:\n  ann:\n    - {from: 2026-12-01, rotation: {starts: 2026-11-30, weeks: [{mon: %s}, off]}}\n"
)


@pytest.mark.parametrize("entry", [HOURS, TEMPLATE, ROTATION], ids=["days", "template", "rotation"])
@pytest.mark.parametrize(
    ("hours", "warning"),
    [
        ("17:00-09:00", "`17:00-09:00` lasts 16 hours, over midnight: swapped? 09:00-17:00"),
        ("9:30-5:30", "`9:30-5:30` lasts 20 hours, over midnight: swapped? 05:30-09:30, or 09:30-17:30"),
        (
            "9:45-00:15",
            "`9:45-00:15` lasts 14.5 hours, over midnight: swapped? 00:15-09:45, or 09:45-12:15",
        ),
        ("17:30-07:00", "`17:30-07:00` lasts 13.5 hours, over midnight: swapped? 07:00-17:30"),
        ("18:00-07:00", None),
        ("22:00-06:00", None),
        ("09:00-24:00", None),
        ("13:00-00:00", None),
        ("08:00-23:30", None),
    ],
)
def test_a_night_too_long_is_perhaps_swapped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, entry: str, hours: str, warning: str | None
) -> None:
    if entry is TEMPLATE and hours[0] in "09":
        pytest.skip("overlaps the hours beside it")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "x.yaml").write_text(HEAD + entry % hours)
    findings = Findings()
    assert load_environment("x.yaml", findings)
    assert findings.errors == []
    column = (entry % hours).splitlines()[-1].index(hours) + 1
    line = 3 + len(entry.splitlines())
    said = [f"x.yaml:{line}:{column}: {warning}"] if warning else []
    assert list(map(str, findings.warnings)) == said
