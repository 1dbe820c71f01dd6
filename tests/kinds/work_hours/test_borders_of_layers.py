"""Layers at the borders of hours: `from`, `to`, a last day, the end of what is written of rotations."""

from __future__ import annotations

import pytest

from tests.conftest import Workspace
from tests.kinds.work_hours.test_closures import HEAD, LATE, NIGHT, settled, works
from tests.support.service import Service

USUAL = "{from: 2026-12-08, to: 2026-12-17, days: N N N N N N N}"
PLAIN = "workHours:\n  ann: [%s]\n  bob: [{from: 2026-12-01, days: off}]\n  cat: []\n"
MORNING = "00:00-06:00"


@pytest.mark.both
def test_nights_at_from_and_to(service: Service, workspace: Workspace) -> None:
    """Before `from` nothing is given away; the night that begins on `to` goes, and stays, whole."""
    usual = PLAIN % USUAL
    swaps = "swaps: [{on: [2026-12-08, 2026-12-17], between: [ann, bob]}]\n"
    settled(workspace, service, usual, usual + swaps)
    works(service, "ann", "2026-12-07", "", "", LATE, NIGHT)
    works(service, "ann", "2026-12-16", NIGHT, MORNING, "", "")
    works(service, "bob", "2026-12-07", "", LATE, MORNING, "")
    works(service, "bob", "2026-12-16", "", LATE, MORNING, "")
    settled(workspace, service, usual, usual + "closures: [{on: [2026-12-08, 2026-12-17..2026-12-19]}]\n")
    works(service, "ann", "2026-12-07", "", "", LATE, NIGHT)
    works(service, "ann", "2026-12-16", NIGHT, MORNING, "", "")


def test_a_sheet_beyond_the_usual_hours(workspace: Workspace, service: Service) -> None:
    sheet = "roster: {2026-W50: {ann: E . . . . . .}, 2026-W52: {ann: . . . . . . N}}\n"
    settled(workspace, service, PLAIN % USUAL + sheet)
    works(service, "ann", "2026-12-06", "", "06:00-14:00", "", "", "", "", "", "", LATE, NIGHT)
    works(service, "ann", "2026-12-16", NIGHT, NIGHT, MORNING, "")
    works(service, "ann", "2026-12-26", "", LATE, MORNING, "")


LAST = "ensure: departed, lastDay: 2026-12-15"


@pytest.mark.both
@pytest.mark.parametrize(
    ("layers", "days"),
    [
        ("roster: {2026-W51: {ann: . N E E . . .}}\n", ("00:00-06:00", LATE, MORNING, "")),
        ("closures: [{on: 2026-12-15..2026-12-16}]\n", (NIGHT, MORNING, "", "")),
        ("swaps: [{on: 2026-12-15..2026-12-16, between: [ann, bob]}]\n", (NIGHT, MORNING, "", "")),
        ("swaps: [{on: 2026-12-16..2026-12-17, between: [ann, bob]}]\n", (NIGHT, NIGHT, MORNING, "")),
    ],
)
def test_no_shift_begins_after_the_last_day(
    layers: str, days: tuple[str, ...], service: Service, workspace: Workspace
) -> None:
    text = PLAIN % "{from: 2026-12-01, days: N N N N N N N}"
    workspace.at(service).write(HEAD + text)
    workspace.apply()
    workspace.write(HEAD.replace("ann@example.org", f"ann@example.org, {LAST}") + text + layers)
    workspace.apply()
    workspace.settled()
    works(service, "ann", "2026-12-14", *days)
    swapped = layers.startswith("swaps: [{on: 2026-12-15")
    got = {"2026-12-15": LATE, "2026-12-16": MORNING} if swapped else {}
    for day in ("2026-12-14", "2026-12-15", "2026-12-16", "2026-12-17"):
        if service.hours("bob").get("bob"):
            works(service, "bob", day, got.get(day, ""))


def test_at_the_end_of_what_is_written(workspace: Workspace, service: Service) -> None:
    """A closure of the last night that is written takes its morning, too; one beyond waits."""
    rotation = "{from: 2026-12-01, rotation: {starts: 2026-11-30, weeks: [N N N N N N N]}}"
    text = "hoursAhead: 4 weeks\n" + PLAIN % rotation + "closures: [{on: [2026-12-27, 2027-01-06]}]\n"
    settled(workspace, service, text)
    works(service, "ann", "2026-12-26", NIGHT, MORNING)
    assert not any(row["startDateTime"][:10] == "2027-01-06" for row in service.hours("ann")["ann"])
    workspace.now = "2026-12-15T12:00:00Z"
    settled(workspace, service, text)
    works(service, "ann", "2026-12-26", NIGHT, MORNING, LATE, NIGHT)
    works(service, "ann", "2027-01-05", NIGHT, MORNING, LATE, NIGHT)
