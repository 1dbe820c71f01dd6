"""Whether a date is closed for somebody, and by what: the one value that hours and meetings ask."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from reconciler.expand import context_of
from reconciler.kinds import Closed
from reconciler.manifest import load_environment
from reconciler.model import Findings
from tests.conftest import HEAD, Workspace

DAY, NOW = timedelta(days=1), datetime(2026, 12, 1, tzinfo=UTC)
TEXT = """teams: {wards: [ann, {user: bob, from: 2026-12-25, until: 2026-12-27}]}
calendars: {own: {2026-12-24..2026-12-25: Yule}, plain: [2026-12-30]}
closures:
  - {on: [2026-12-24, 2026-12-26..2026-12-28], name: Winter, except: [{team: wards}], reason: Heating}
  - {holidays: [own, plain], for: [{team: wards}, cat]}
"""
DATES = [date(2026, 12, 23) + DAY * step for step in range(9)]


def test_each_date_is_closed_for_whom_the_first_closure_of_it_is(workspace: Workspace) -> None:
    workspace.write(TEXT)
    findings = Findings()
    environment = load_environment(str(workspace.folder / "env.yaml"), findings)
    assert environment and not findings.errors
    closures = context_of(environment, NOW, findings).closures

    def names(user: str) -> list[str]:
        found = (closures.on(day, user) for day in DATES)
        return [closed.name if closed else "" for closed in found]

    #                23, 24        25      26        27        28        29  30        31
    assert names("ann") == ["", "Yule", "Yule", "", "", "", "", "Closed", ""]
    assert names("bob") == ["", "Winter", "Yule", "", "", "Winter", "", "", ""]
    assert names("cat") == ["", "Winter", "Yule", "Winter", "Winter", "Winter", "", "Closed", ""]
    assert names("dee") == ["", "Winter", "", "Winter", "Winter", "Winter", "", "", ""]
    first = closures.on(DATES[1], "dee")
    place = 5 + HEAD.count("\n") - 1
    assert isinstance(first, Closed) and (first.why, first.source.line) == ("Heating", place)
    cat = [(each.name, each.first.day, each.last.day) for each in closures.of("cat", DATES[0], DATES[-1])]
    assert cat == [("Winter", 24, 24), ("Winter", 26, 28), ("Yule", 24, 25), ("Closed", 30, 30)]
