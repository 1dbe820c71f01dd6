"""Invented manifests over all layers: what the service then holds is what their words say of each date."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.conftest import Workspace
from tests.support import rota
from tests.support.cli import IMPATIENT
from tests.support.layers import DAY, JSON, Reading, dates
from tests.support.service import Service, simulated
from tests.support.staffs import text_of
from tests.support.wards import PEOPLE, edits, wards

# Some days before the clocks change, both ways and on both halves of the earth.
NOWS = ("2026-10-20T12:00:00Z", "2027-03-09T12:00:00Z")
SERVICES: tuple[JSON, ...] = ({}, {"cut_neighbours": False}, {"profile": "reference"})
FREELY = "prune: true\nlimits: {updatePercent: 100, deletes: 999, deletePercent: 100}\n"


class Hospital:
    """A service of its own, and the folder from which it is kept."""

    def __init__(self, folder: Path, service: Service, now: str, overrides: bool) -> None:
        self.service, self.overrides = service, overrides
        self.workspace = Workspace(folder, IMPATIENT).at(service)
        self.workspace.now = now
        self.today = date.fromisoformat(now[:10])

    def take(self, manifest: JSON) -> None:
        """Apply a manifest, after which there is nothing left to do."""
        self.workspace.write(FREELY + text_of(manifest))
        done = self.workspace.run("apply", "--auto-approve")
        if not self.overrides and done.code == 3:  # no overrides are kept here: the next plan cuts them in
            done = self.workspace.run("apply", "--auto-approve")
        assert done.code == 0, done
        self.workspace.settled()

    def rows(self) -> dict[str, list[JSON]]:
        return {user: [] for user in PEOPLE} | self.service.hours(*PEOPLE)

    def agrees(self, manifest: JSON) -> None:
        """What the service holds of each date is what the manifest says of it."""
        reading = Reading(manifest)
        for user, rows in self.rows().items():
            for day in dates(self.today + DAY, self.today + 54 * DAY):
                if reading.has_usual(user) or reading.stated(user, day):
                    assert rota.on(rows, day) == reading.worked(user, day), (user, day)


@contextmanager
def hospital(now: str, **options: Any) -> Iterator[Hospital]:
    with TemporaryDirectory() as folder, simulated(Path(folder), now=now, **options) as service:
        yield Hospital(Path(folder), service, now, options.get("profile") != "reference")


def near(now: str) -> date:
    return date.fromisoformat(now[:10]) + 2 * DAY


def holds(data: st.DataObject, now: str, options: JSON) -> None:
    alone = options.get("profile") != "reference"
    manifest = data.draw(wards(near(now), alone), "manifest")
    with hospital(now, **options) as there:
        there.take(manifest)
        there.agrees(manifest)
        shows(there.workspace, near(now), manifest, "--live")
        edited = data.draw(edits(manifest, near(now), alone), "edited")
        there.take(edited)
        there.agrees(edited)


@settings(max_examples=4)
@given(st.data(), st.sampled_from(NOWS), st.sampled_from(SERVICES))
def test_the_service_holds_what_a_manifest_says_of_each_date_and_what_is_made_of_it(
    data: st.DataObject, now: str, options: JSON
) -> None:
    holds(data, now, options)


@pytest.mark.slow
@settings(max_examples=300)
@given(st.data(), st.sampled_from(NOWS), st.sampled_from(SERVICES))
def test_the_service_holds_many_more_of_them(data: st.DataObject, now: str, options: JSON) -> None:
    holds(data, now, options)


def shows(workspace: Workspace, first: date, manifest: JSON, *how: str) -> None:
    """The calendar has shifts on the date on which they begin, whenever the clock shows them."""
    weeks = ("--week", str(first), "--weeks", "7", "--format", "json")
    done = workspace.run("calendar", *weeks, *how)
    assert done.code == 0, done
    reading = Reading(manifest)
    for person in done.data["people"]:
        user = person["user"]
        for each in person["days"]:
            day = date.fromisoformat(each["date"])
            if day >= first and (reading.has_usual(user) or reading.stated(user, day)):
                assert instants(each["shifts"]) == reading.instants(user, day), (user, day)


def instants(shifts: list[JSON]) -> set[int]:
    """The minutes since 1970 that shifts last."""
    bounds = [[datetime.fromisoformat(shift[key]) for key in ("starts", "ends")] for shift in shifts]
    return {minute for start, end in bounds for minute in range(_minute(start), _minute(end))}


def _minute(moment: datetime) -> int:
    return int(moment.timestamp()) // 60


def declared(data: st.DataObject, now: str) -> None:
    manifest = data.draw(wards(near(now)), "manifest")
    with TemporaryDirectory() as folder:
        workspace = Workspace(Path(folder))
        workspace.now = now
        workspace.write(text_of(manifest))
        shows(workspace, near(now), manifest)


@settings(max_examples=15)
@given(st.data(), st.sampled_from(NOWS))
def test_the_calendar_shows_each_shift_on_the_date_on_which_it_begins(data: st.DataObject, now: str) -> None:
    declared(data, now)


@pytest.mark.slow
@settings(max_examples=500)
@given(st.data(), st.sampled_from(NOWS))
def test_the_calendar_shows_many_more_of_them(data: st.DataObject, now: str) -> None:
    declared(data, now)
