"""Sheets of whole weeks, by ISO week or by date: what they say, and what is refused."""

from __future__ import annotations

import pytest

from tests.conftest import Workspace
from tests.kinds.work_hours.test_closures import EARLY, HOURS, NIGHT, settled, works
from tests.kinds.work_hours.test_closures import HEAD as START
from tests.support import rota
from tests.support.service import Service

E, N = "06:00-14:00", "22:00-24:00"
ROW = ("N E N . . . N", "E . . . . . .")


def rows(service: Service, name: str) -> list[tuple[str, str, str]]:
    found = ((row["ruleType"], row["startDateTime"][:10], row["endDateTime"][:10]) for row in
             service.hours(name)[name])  # fmt: skip
    return sorted(found, key=lambda row: row[1])


@pytest.mark.both
def test_a_week_in_place_of_the_usual_hours(service: Service, workspace: Workspace) -> None:
    sheet = "roster: {2026-W51: {ann: N . E E . . N, bob: . . N . . . ., cat: E E . . . . .}}\n"
    settled(workspace, service, HOURS, HOURS + sheet)
    works(service, "ann", "2026-12-11", EARLY, "", "", N, "00:00-06:00", E, E, "", "", N)
    works(service, "ann", "2026-12-21", f"00:00-06:00, {EARLY}", EARLY)
    works(service, "bob", "2026-12-13", NIGHT, "00:00-06:00", "", N, "00:00-06:00", "", "", "", N, NIGHT)
    works(service, "cat", "2026-12-13", "", E, E, "", "", "", "", "", "")


def test_a_sheet_of_several_weeks_may_begin_on_any_day(workspace: Workspace, service: Service) -> None:
    sheet = "roster: {2026-12-13: {cat: '- E E E . . . . E E E . . .', ann: . . . . . . .}}\n"
    settled(workspace, service, HOURS + sheet)
    works(service, "cat", "2026-12-12", "", "", E, E, E, "", "", "", "", E, E, E, "", "", "", "")
    works(service, "ann", "2026-12-11", EARLY, "", "", "", "", "", "", "", "", "", EARLY)
    assert len(rows(service, "cat")) == 1  # both weeks are alike


def test_a_sheet_beats_a_closure_and_an_override_beats_it(workspace: Workspace, service: Service) -> None:
    hours = HOURS.replace(
        "cat: []", "cat: [{from: 2026-12-01, days: off}, {override: X, on: 2026-12-15, hours: E}]"
    )
    text = hours + "roster: {2026-W51: {cat: E N . . . . .}}\nclosures: [{on: 2026-12-14..2026-12-16}]\n"
    settled(workspace, service, text)
    works(service, "cat", "2026-12-13", "", E, E, "", "")
    works(service, "ann", "2026-12-11", EARLY, "", "", "", "", "", EARLY)


def test_one_week_may_stand_in_two_files(workspace: Workspace, service: Service) -> None:
    workspace.write("roster: {2026-W51: {ann: E . . . . . .}}\n", "more.yaml", head="")
    text = "include: more.yaml\n" + HOURS + "roster: {2026-W51: {cat: E . . . . . .}}\n"
    settled(workspace, service, text)
    works(service, "ann", "2026-12-14", E, "")
    works(service, "cat", "2026-12-14", E, "")


def test_a_changed_date_touches_its_row_alone(workspace: Workspace, service: Service) -> None:
    words = ("E N . E E . .", "N N . . . E E", "E E E . . . .", "N . . . E E .", "E N . N . . .")
    weeks = "".join(f"  2027-W{week:02}: {{cat: {row}}}\n" for week, row in enumerate(words, start=1))
    settled(workspace, service, HOURS + "roster:\n" + weeks)
    before = service.hours("cat")["cat"]
    workspace.write(START + HOURS + "roster:\n" + weeks.replace("E E E . . . .", "E E N . . . ."))
    changed = workspace.plan().data["changes"]
    keys = {change["key"] for change in changed if change["action"] != "noop"}
    assert keys == {"workHours/cat@2027-01-18"}
    workspace.apply()
    workspace.settled()
    assert len(service.hours("cat")["cat"]) == len(before) == 5


def test_a_sheet_is_written_beyond_what_is_written_of_rotations(
    workspace: Workspace, service: Service
) -> None:
    turns = "{from: 2026-12-01, rotation: {starts: 2026-11-30, weeks: [E E E E E . ., . . . N N E .]}}"
    text = "hoursAhead: 4 weeks\n" + HOURS.replace("[]", f"[{turns}]") + "roster: {2027-W10: {cat: %s}}\n"
    settled(workspace, service, text % "N . . . . . E")
    works(service, "cat", "2027-03-07", "", N, "00:00-06:00", "", "", "", "", E, "")
    workspace.now = "2026-12-09T12:00:00Z"
    done = workspace.run("drift")
    assert (done.code, "No changes" in done.stdout or "in sync" in done.stdout.lower()) == (0, True), done


def test_a_row_stands_at_its_line_and_names_its_sheet(workspace: Workspace, service: Service) -> None:
    workspace.at(service).write(START + HOURS + "roster:\n  2026-W51:\n    ann: E . . . . . .\n")
    changes = {change["key"]: change for change in workspace.plan().data["changes"]}
    lines = (workspace.folder / "env.yaml").read_text().splitlines()
    sheet = changes["workHours/ann@2026-12-14"]
    assert lines[sheet["source"]["line"] - 1].strip().startswith("ann: E")
    assert (sheet["rule"], changes["workHours/ann@2026-12-01"]["rule"]) == ("roster/2026-W51", "")


PROBLEMS = [
    ("2026-W51: {ann: E E}", "this row has 2 words, and a week 7: none for wed, thu, fri, sat, sun"),
    ("2026-W51: {ann: E E E E E E E E}", "this row has 8 words, and a week 7, from 2026-12-14 on"),
    ("2026-12-13: {ann: E E E E E}", "this row has 5 words, and a week 7: none for fri, sat"),
    (
        "2026-12-13: {ann: E E E E E E E E}",
        "this row has 8 words, and whole weeks from 2026-12-13 on need 7 or 14",
    ),
    ("2026-W54: {ann: . . . . . . .}", "`2026-W54`: 2026 has 53 weeks, 01 to 53"),
    ("2027-W53: {ann: . . . . . . .}", "`2027-W53`: 2027 has 52 weeks, 01 to 52"),
    ("2026-W00: {ann: . . . . . . .}", "`2026-W00`: 2026 has 53 weeks"),
    ("week 5: {ann: . . . . . . .}", "`week 5` is no week: write 2027-W05, or the date on which"),
    ("2026-W51: {ann: E Q . . . . .}", "`Q` is none of the `shifts` E, N"),
    ("2026-W51: {ann: E EE . . . . .}", "did you mean `E`?"),
    ("2026-W51: {ann: [E, N, off, off, off, off, off]}", "write it as a row, `E N off off off off off`"),
    ("2026-W51: {ann: N 05:00-07:00 . . . . .}", "2026-12-14 22:00-06:00 runs into 2026-12-15 05:00-07:00"),
    ("2026-W51: {an: . . . . . . .}", "`an` has no entry under `workHours`: write `an: []`, or the usual"),
    ("2026-W51: {an: . . . . . . .}", "did you mean `ann`?"),
    ("2026-W51: {dan: . . . . . . .}", "`dan` has overrides alone under `workHours`: write the usual hours"),
    (
        "2026-W51: {ann: . . . . . . .}, 2026-12-20: {ann: . . . . . . .}",
        "ann is on two sheets on 2026-12-20: the other is 2026-W51, env.yaml:",
    ),
    ("2026-W51: [ann]", "expected a mapping"),
]  # fmt: skip


@pytest.mark.parametrize(("sheet", "message"), PROBLEMS)
def test_what_a_sheet_must_not_say(sheet: str, message: str, workspace: Workspace) -> None:
    dan = "  dan: [{override: X, on: 2026-12-14, hours: off}]\n"
    workspace.write(START + HOURS + dan + f"roster: {{{sheet}}}\n")
    assert message in workspace.run("validate").stderr


def test_hours_that_meet_at_the_border_of_a_sheet_are_united_with_a_warning(
    workspace: Workspace, service: Service
) -> None:
    text = HOURS + "roster: {2026-W51: {bob: 05:00-07:00 . . . . . .}}\n"
    workspace.write(START + text)
    said = "22:00-06:00 on 2026-12-13 runs into 05:00-07:00 on 2026-12-14: they are worked as one"
    assert said in workspace.run("validate").stderr
    settled(workspace, service, text)
    works(service, "bob", "2026-12-14", "00:00-07:00", "")
    assert rota.DAY
