"""As time passes a rotation is carried further: that is no drift and needs no eyes, whatever the rows."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from tests.conftest import Workspace
from tests.support import rota
from tests.support.service import Service

TEXT = """hoursAhead: 3 weeks
shifts: {E: 06:00-14:00, N: 22:00-06:00}
users: {ana: {email: ana@example.org}}
workHours:
  ana: [{from: 2026-11-02, rotation: {starts: 2026-11-02, weeks: %s}}]
"""
SHIFTS = {"E": (360, 840), "N": (1320, 1800)}
# Whose nights end on a Monday that has a shift of its own, in weeks that are alike or differ.
WEEKS = ("N N N . . E N, E E N . . N N", "N N N N N N N", ". . N N . . N", "E E . . . . N", "E E E E E . .")
TUESDAYS = ("2026-12-01", "2026-12-08", "2026-12-15")


def begin(workspace: Workspace, service: Service, weeks: str) -> None:
    workspace.at(service).write(TEXT % f"[{weeks}]")
    workspace.apply()


def passes(workspace: Workspace, service: Service, day: str) -> None:
    workspace.now = f"{day}T12:00:00Z"
    service.at(workspace.now)


def works_as(service: Service, weeks: str, until: str) -> None:
    """Each date up to one has the shifts of its place in the weeks, and the end of the night before."""
    words = weeks.replace(",", "").split()
    (rows,) = service.hours("ana").values()

    def begun(day: date) -> set[int]:
        return set(range(*SHIFTS.get(words[(day - date(2026, 11, 2)).days % len(words)], (0, 0))))

    for day in rota.days(date(2026, 11, 25), date.fromisoformat(until)):
        night = {minute - 1440 for minute in begun(day - rota.DAY)}
        expected = {minute for minute in begun(day) | night if 0 <= minute < 1440}
        assert rota.on(rows, day) == expected, day


@pytest.mark.both
@pytest.mark.parametrize("weeks", WEEKS)
def test_the_horizon_moves_on_by_itself(weeks: str, service: Service, workspace: Workspace) -> None:
    begin(workspace, service, weeks)
    for day, until in zip(TUESDAYS, ("2026-12-27", "2027-01-03", "2027-01-10"), strict=True):
        passes(workspace, service, day)
        drift = workspace.run("drift")
        assert (drift.code, "1 week of 1 rotation" in drift.stdout) == (0, True), drift
        assert all(change["rolling"] for change in workspace.plan().plan if change["action"] != "noop")
        workspace.apply("--only-new")
        workspace.settled()
        works_as(service, weeks, until)


@pytest.mark.parametrize("weeks", WEEKS)
def test_what_was_approved_goes_on(
    weeks: str, workspace: Workspace, service: Service, tmp_path: Path
) -> None:
    begin(workspace, service, weeks)
    workspace.run("plan", "--out", "approved.json")
    passes(workspace, service, TUESDAYS[0])
    workspace.apply("--approved", "approved.json")
    workspace.settled()
    works_as(service, weeks, "2026-12-27")


@pytest.mark.parametrize("weeks", WEEKS[:2])
def test_what_somebody_did_to_the_last_row_is_drift(
    weeks: str, workspace: Workspace, service: Service
) -> None:
    begin(workspace, service, weeks)
    row = max(service.hours("ana")["ana"], key=lambda row: str(row["startDateTime"]))
    assert row["startDateTime"][:10] == "2026-12-21"
    longer = [{"day": 1, "startTime": "00:00:00", "endTime": "07:00:00"}]
    body = {key: row[key] for key in ("startDateTime", "endDateTime")} | {"daysInfo": longer}
    path = f"/gh/sb-demo/calendar/work-hours/{row['workHoursId']}"
    service.send("PUT", path, body | {"psmId": service.id_of("ana")})
    passes(workspace, service, TUESDAYS[0])
    assert workspace.run("drift").code == 2
    workspace.apply()
    workspace.settled()
    works_as(service, weeks, "2026-12-27")
