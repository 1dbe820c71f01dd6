"""`export --update` of single dates: overrides of several stretches, nights, swaps and closures."""

from __future__ import annotations

from datetime import date
from difflib import unified_diff

import pytest

from tests.conftest import HEAD, Simulate, Workspace
from tests.support.service import JSON, Service

STAFF = """\
users:
  ann: {email: ann@example.org}
  bob: {email: bob@example.org}
  cat: {email: cat@example.org}

shifts: {E: 06:00-14:00, L: 14:00-22:00, N: 22:00-06:00}

workHours:
  ann:
    - {from: 2026-11-30, days: E E E E E . .}
    - {override: Fair, on: [2026-12-15..2026-12-16, 2026-12-28], hours: 10:00-14:00}  # yearly
    - {override: Watch, on: 2027-01-12, hours: N}
  bob:
    - {from: 2026-11-30, days: L L L L L . .}
    - override: Move
      from: 2027-01-18
      to: 2027-01-21   # with the van
      hours: off
  cat: [{from: 2026-11-30, days: {mon-fri: 09:00-17:00}}]

swaps:
  - {on: 2026-12-02, between: [bob, cat]}
  - {on: [2026-12-08, 2026-12-10], between: [ann, bob], reason: Concert}   # they asked
  - {on: 2027-02-02, between: [ann, cat]}

closures:
  - {on: 2026-12-24..2026-12-25, name: Christmas}   # for all of us
"""


MIDNIGHT = {"24:00": "23:59:59"}


class Desk:
    """It has been applied; then somebody changes hours of single dates by hand."""

    def __init__(self, workspace: Workspace, service: Service) -> None:
        self.workspace, self.service = workspace.at(service), service
        self.path = workspace.folder / "staff.yaml"
        workspace.write("", head=HEAD + "include: [staff.yaml]\n")
        self.path.write_text(STAFF)
        workspace.run("apply", "--auto-approve")  # by which a service shows that it keeps no overrides
        workspace.apply()
        workspace.settled()

    def works(self, name: str, day: str, hours: str) -> None:
        """What somebody enters for a date, in the row that has the last word on it."""
        at = date.fromisoformat(day)
        row = self.row(name, at)
        clocks = [tuple(part.split("-")) for part in hours.split(", ")] if hours else [(None, None)]
        others = [info for info in row["daysInfo"] if info["day"] != at.isoweekday()]
        own = [
            {
                "day": at.isoweekday(),
                "startTime": a and f"{a}:00",
                "endTime": b and MIDNIGHT.get(b, f"{b}:00"),
            }
            for a, b in clocks
        ]
        if row.get("ruleType") != "OVERRIDE" and not hours:
            own = []
        self.put(name, row, daysInfo=[*others, *own])

    def withdraws(self, name: str, day: str) -> None:
        """Somebody dates an override back, as nobody can delete one."""
        past = {"startDateTime": "2000-01-01T00:00:00.000Z", "endDateTime": "2000-01-01T23:59:59.999Z"}
        self.put(name, self.row(name, date.fromisoformat(day)), **past)

    def row(self, name: str, day: date) -> JSON:
        rows = [
            row
            for row in self.service.hours(name)[name]
            if row["startDateTime"][:10] <= str(day) <= row["endDateTime"][:10]
            and any(info["day"] == day.isoweekday() for info in row["daysInfo"])
        ]
        return max(rows, key=lambda row: row.get("ruleType") == "OVERRIDE")

    def put(self, name: str, row: JSON, **fields: object) -> None:
        keys = ("startDateTime", "endDateTime", "daysInfo", "type", "ruleType", "name")
        body = {key: row[key] for key in keys if row.get(key) is not None}
        path = f"/gh/sb-demo/calendar/work-hours/{row['workHoursId']}"
        self.service.send("PUT", path, {"psmId": self.service.id_of(name), **body, **fields})

    def accepted(self) -> list[str]:
        """The lines that an update changes; after it the plan is empty, and another changes nothing."""
        before = self.path.read_text()
        done = self.workspace.run("export", "--update")
        assert (done.code, done.stderr) == (0, ""), done
        now = self.path.read_text()
        self.workspace.settled()
        again = self.workspace.run("export", "--update")
        assert (again.stdout, self.path.read_text()) == ("Nothing to accept.\n", now)
        lines = [*unified_diff(before.splitlines(), now.splitlines(), lineterm="", n=0)][2:]
        return [line for line in lines if not line.startswith("@@")]


@pytest.fixture
def desk(workspace: Workspace, service: Service) -> Desk:
    return Desk(workspace, service)


def test_one_of_several_stretches_of_an_override(desk: Desk) -> None:
    desk.works("ann", "2026-12-28", "08:00-12:00")
    assert desk.accepted() == [
        "-    - {override: Fair, on: [2026-12-15..2026-12-16, 2026-12-28], hours: 10:00-14:00}  # yearly",
        "+    - {override: Fair, on: 2026-12-15..2026-12-16, hours: 10:00-14:00}  # yearly",
        "+    - {override: Fair, on: 2026-12-28, hours: 08:00-12:00}",
    ]


def test_one_date_amid_a_stretch(desk: Desk) -> None:
    desk.works("ann", "2026-12-16", "08:00-12:00")
    assert desk.accepted() == [
        "-    - {override: Fair, on: [2026-12-15..2026-12-16, 2026-12-28], hours: 10:00-14:00}  # yearly",
        "+    - {override: Fair, on: 2026-12-28, hours: 10:00-14:00}  # yearly",
        "+    - {override: Fair, on: 2026-12-15..2026-12-16, days: {tue: 10:00-14:00, wed: 08:00-12:00}}",
    ]


def test_one_stretch_that_was_withdrawn(desk: Desk) -> None:
    desk.withdraws("ann", "2026-12-28")
    assert desk.accepted() == [
        "-    - {override: Fair, on: [2026-12-15..2026-12-16, 2026-12-28], hours: 10:00-14:00}  # yearly",
        "+    - {override: Fair, on: 2026-12-15..2026-12-16, hours: 10:00-14:00}  # yearly",
    ]


def test_weekdays_of_an_override_that_names_some(desk: Desk) -> None:
    days = "{override: Course, on: 2027-03-01..2027-03-12, days: {mon: 08:00-10:00, thu: off}}"
    desk.path.write_text(
        STAFF.replace("    - {override: Watch", f"    - {days}   # at school\n    - {{override: Watch")
    )
    desk.workspace.apply()
    desk.works("ann", "2027-03-04", "12:00-13:00")
    assert desk.accepted() == [
        f"-    - {days}   # at school",
        f"+    - {days.replace('off', '12:00-13:00')}   # at school",
    ]
    desk.withdraws("ann", "2027-03-04")
    assert desk.accepted() == [f"-    - {days.replace('off', '12:00-13:00')}   # at school"]


def test_a_night_that_begins_later(desk: Desk) -> None:
    desk.works("ann", "2027-01-12", "23:00-24:00")
    assert desk.accepted() == [
        "-    - {override: Watch, on: 2027-01-12, hours: N}",
        "+    - {override: Watch, on: 2027-01-12, hours: 23:00-06:00}",
    ]


def test_a_swap_that_one_of_the_two_works_otherwise(desk: Desk) -> None:
    desk.works("ann", "2026-12-08", "16:00-20:00")
    assert desk.accepted() == [
        "+    - {override: Swap with bob, on: 2026-12-08..2026-12-10,"
        " days: {tue: 16:00-20:00, thu: 14:00-22:00}, reason: Concert}  # instead of the swap with bob",
        "+    - {override: Swap with ann, on: [2026-12-08, 2026-12-10], hours: 06:00-14:00, reason: Concert}"
        "  # instead of the swap with ann",
        "-  - {on: [2026-12-08, 2026-12-10], between: [ann, bob], reason: Concert}   # they asked",
    ]


def test_a_swap_that_was_withdrawn(desk: Desk) -> None:
    desk.withdraws("bob", "2026-12-02")
    desk.withdraws("cat", "2026-12-02")
    assert desk.accepted() == ["-  - {on: 2026-12-02, between: [bob, cat]}"]


def test_a_swap_that_was_withdrawn_for_one(desk: Desk) -> None:
    desk.withdraws("cat", "2027-02-02")
    assert desk.accepted() == [
        "+    - {override: Swap with cat, on: 2027-02-02, hours: 09:00-17:00}"
        "  # instead of the swap with cat",
        "-  - {on: 2027-02-02, between: [ann, cat]}",
    ]


def test_somebody_works_on_a_closed_date(desk: Desk) -> None:
    desk.works("cat", "2026-12-24", "09:00-12:00")
    usual = "{from: 2026-11-30, days: {mon-fri: 09:00-17:00}}"
    said = "{override: Christmas, on: 2026-12-24..2026-12-25, days: {thu: 09:00-12:00, fri: off}}"
    assert desk.accepted() == [f"-  cat: [{usual}]", f"+  cat: [{usual}, {said}]  # instead of Christmas"]


def test_a_closure_that_was_withdrawn_for_somebody(desk: Desk) -> None:
    desk.withdraws("cat", "2026-12-24")
    assert desk.accepted() == [
        "-  - {on: 2026-12-24..2026-12-25, name: Christmas}   # for all of us",
        "+  - {on: 2026-12-24..2026-12-25, name: Christmas, except: [cat]}   # for all of us",
    ]


def test_several_at_once(desk: Desk) -> None:
    desk.works("ann", "2026-12-08", "16:00-20:00")
    desk.works("bob", "2026-12-10", "07:00-11:00")
    desk.withdraws("cat", "2026-12-02")
    desk.withdraws("ann", "2026-12-15")
    desk.works("bob", "2027-01-19", "08:00-10:00")
    assert desk.accepted() == [
        "-    - {override: Fair, on: [2026-12-15..2026-12-16, 2026-12-28], hours: 10:00-14:00}  # yearly",
        "+    - {override: Fair, on: 2026-12-28, hours: 10:00-14:00}  # yearly",
        "+    - {override: Swap with bob, on: 2026-12-08..2026-12-10,"
        " days: {tue: 16:00-20:00, thu: 14:00-22:00}, reason: Concert}  # instead of the swap with bob",
        "-      hours: off",
        "+      days: {mon: off, wed-thu: off, tue: 08:00-10:00}",
        "+    - {override: Swap with ann, on: 2026-12-08..2026-12-10,"
        " days: {tue: 06:00-14:00, thu: 07:00-11:00}, reason: Concert}  # instead of the swap with ann",
        "+    - {override: Swap with cat, on: 2026-12-02, hours: 09:00-17:00}"
        "  # instead of the swap with cat",
        "-  - {on: 2026-12-02, between: [bob, cat]}",
        "-  - {on: [2026-12-08, 2026-12-10], between: [ann, bob], reason: Concert}   # they asked",
    ]


@pytest.fixture
def plain(workspace: Workspace, simulate_service: Simulate) -> Desk:
    """Of a service that keeps no overrides: all is cut into usual hours."""
    return Desk(workspace, simulate_service(profile="reference"))


def test_where_all_is_cut_into_usual_hours(plain: Desk) -> None:
    plain.works("ann", "2026-12-08", "16:00-20:00")
    plain.works("ann", "2026-12-28", "08:00-12:00")
    plain.works("ann", "2027-01-12", "23:00-24:00")
    assert plain.accepted() == [
        "-    - {override: Fair, on: [2026-12-15..2026-12-16, 2026-12-28], hours: 10:00-14:00}  # yearly",
        "-    - {override: Watch, on: 2027-01-12, hours: N}",
        "+    - {override: Fair, on: 2026-12-15..2026-12-16, hours: 10:00-14:00}  # yearly",
        "+    - {override: Fair, on: 2026-12-28, hours: 08:00-12:00}",
        "+    - {override: Watch, on: 2027-01-12, hours: 23:00-06:00}",
        "+    - {override: Swap with bob, on: 2026-12-08, hours: 16:00-20:00, reason: Concert}"
        "  # instead of the swap with bob",
        "+    - {override: Swap with ann, on: 2026-12-08, hours: 06:00-14:00, reason: Concert}"
        "  # instead of the swap with ann",
        "-  - {on: [2026-12-08, 2026-12-10], between: [ann, bob], reason: Concert}   # they asked",
        "+  - {on: 2026-12-10, between: [ann, bob], reason: Concert}   # they asked",
    ]


def test_a_night_that_ends_at_midnight(desk: Desk) -> None:
    row = desk.row("ann", date(2027, 1, 12))
    evening = [info for info in row["daysInfo"] if info["day"] == 2]
    desk.put("ann", row, daysInfo=evening, endDateTime="2027-01-12T23:59:59.999Z")
    assert desk.accepted() == [
        "-    - {override: Watch, on: 2027-01-12, hours: N}",
        "+    - {override: Watch, on: 2027-01-12, hours: 22:00-24:00}",
    ]


def test_what_no_override_can_say_of_the_night_before_is_named(desk: Desk) -> None:
    """Cat works nights; of a date that an override states, somebody took the small hours away."""
    nights = (
        "cat: [{from: 2026-11-30, days: N N N . . . .}, {override: Fair, on: 2027-01-06, hours: 10:00-12:00}]"
    )
    text = STAFF.replace("cat: [{from: 2026-11-30, days: {mon-fri: 09:00-17:00}}]", nights)
    desk.path.write_text(text)
    desk.workspace.apply()
    row = desk.row("cat", date(2027, 1, 6))
    desk.put("cat", row, daysInfo=[info for info in row["daysInfo"] if info["startTime"] != "00:00:00"])
    done = desk.workspace.run("export", "--update")
    assert (done.code, desk.path.read_text()) == (3, text)
    reason = "no manifest says that a night ends at midnight beside 2027-01-05"
    assert done.stderr == f"not in the manifests: workHours/cat/override@2027-01-06: {reason}\n"
