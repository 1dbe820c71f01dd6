"""What is wrong with a rule or a calendar is an error at its place."""

from __future__ import annotations

import pytest

from tests.conftest import Workspace

OFTEN = f"FREQ=DAILY;BYHOUR={','.join(map(str, range(24)))};BYMINUTE=0,5,10,15,20,25,30,35,40,45,50,55"
SERIES = "title: Round, host: johndoe, duration: 30m"


@pytest.mark.parametrize(
    ("keys", "at", "message"),
    [
        ("starts: 2026-12-01T09:00, repeat: FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", "FREQ", "never gives an"),
        ("starts: 2026-12-01T09:00, repeat: FREQ=DAILY;UNTIL=20261101", "FREQ", "is before the first start"),
        ("starts: 2026-12-01T09:00, repeat: FREQ=MONTHLY;BYDAY=6TU", "FREQ", "BYDAY=6TU is out of range"),
        ("starts: 2026-12-01T09:00, repeat: FREQ=HOURLY", "FREQ", "finer than a day"),
        (f"starts: 2026-12-01T09:00, repeat: {OFTEN}", "FREQ", "more than 9,999 occurrences"),
        ("starts: 2026-12-01T09:00, timezone: Europe/Berlinn", "Europe", "did you mean `Europe/Berlin`?"),
        ("starts: 2026-12-01T09:00, repeat: FREQ=DAILY, holidays: US-XX", "US-XX", "no"),
    ],
)
def test_a_bad_rule_is_an_error_at_its_place(keys: str, at: str, message: str, workspace: Workspace) -> None:
    keys = keys if "{" in keys else keys.replace("FREQ", '"FREQ').replace(", holidays", '", holidays')
    keys += '"' if keys.count('"') == 1 else ""
    line = f"  round: {{{SERIES}, {keys}}}"
    workspace.write(f"users: {{johndoe: {{email: j@example.org}}}}\nevents:\n{line}\n")
    done = workspace.run("validate")
    column = line.index(at) + 1 - (at == "FREQ")
    assert done.code == 1
    assert f"env.yaml:8:{column}: " in done.stderr, done
    assert message in done.stderr
