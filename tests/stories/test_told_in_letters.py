"""Plans, comments, pages and comparisons tell hours by the names of the manifests, each explained once."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.conftest import HEAD as ENV
from tests.conftest import NOW, Simulate, Workspace
from tests.kinds.work_hours.test_closures import USERS
from tests.support.cli import run
from tests.support.git import Repository

NAMED = "E: 06:00-14:00, N: 22:00-06:00, D: [08:00-12:00, 13:00-17:00], A: 07:00-07:00, X: 01:00-02:00"
SHIFTS = f"shifts: {{{NAMED}}}\n"
HEAD = SHIFTS + "limits: {updatePercent: 100}\nprune: true\nusers:\n" + USERS
HOURS = """workHours:
  ann: [{from: 2026-12-01, days: E E N N . . .}, {override: Course, on: 2026-12-15, hours: [E, 18:00-20:00]}]
  bob: [{from: 2026-11-30, rotation: {starts: 2026-11-30, weeks: [D D D . . . ., {tue: 09:00-12:00}]}}]
  cat: [{from: 2026-12-01, days: {mon: A, wed: 09:00-12:00}}]
"""
LEGEND = "E 06:00-14:00 · N 22:00-06:00 · D 08:00-12:00, 13:00-17:00 · A 07:00 – next day 07:00"


@pytest.fixture
def ward(workspace: Workspace, simulate_service: Simulate) -> Workspace:
    workspace.at(simulate_service()).write(HEAD + HOURS)
    return workspace


def test_a_plan_and_a_saved_one(ward: Workspace) -> None:
    text = ward.run("plan", "--out", "plan.json").stdout
    assert text.count(f"Shifts: {LEGEND}\n") == 1
    for told in (
        "mon-tue E; wed-thu N",
        "Tue 15 Dec E, 18:00-20:00",
        "rotation of 2 weeks: D D D – – – – / tue 09:00-12:00",
        "mon A; wed 09:00-12:00",
    ):
        assert told in text
    assert run("show", "plan.json", cwd=ward.folder).stdout.splitlines() == text.splitlines()[:-1]
    about = json.loads((ward.folder / "plan.json").read_text())["about"]
    assert about["shifts"]["D"] == "08:00-12:00, 13:00-17:00" and about["shifts"]["A"] == "07:00-07:00"


def test_a_comment_and_a_page(ward: Workspace) -> None:
    comment = ward.run("plan", "--format", "markdown").stdout
    assert comment.count(f"Shifts: `{LEGEND}`.") == 1 and "mon-tue E; wed-thu N" in comment
    page = ward.run("plan", "--format", "html").stdout
    assert page.count(f"Shifts: {LEGEND}.") == 1 and "mon-tue E; wed-thu N" in page
    assert ">D</ins>" in page  # a cell of the week


def test_a_live_change_is_told_in_the_same_words(ward: Workspace) -> None:
    ward.apply()
    ward.write(HEAD + HOURS.replace("E E N N", "E E E N"))
    text = ward.run("plan").stdout
    assert "wed  N → E" in text and "Shifts: E 06:00-14:00 · N 22:00-06:00\n" in text


def test_hours_without_a_name_need_no_legend(ward: Workspace) -> None:
    ward.write(HEAD + "workHours:\n  ann: [{from: 2026-12-01, days: {mon: 09:00-12:00}}]\n")
    assert "Shifts:" not in ward.run("plan").stdout


def test_manifests_without_names_have_none_in_their_plans(ward: Workspace) -> None:
    ward.write(
        HEAD.replace(SHIFTS, "") + "workHours:\n  ann: [{from: 2026-12-01, days: {mon: 06:00-14:00}}]\n"
    )
    assert "shifts" not in ward.run("plan", "--format", "json").data["about"]


@pytest.mark.parametrize(
    "shifts",
    [
        {"<b>": "06:00-14:00"},
        {"E\n::error": "06:00-14:00"},
        {"E": "@everyone"},
        {"E": ""},
        {"E" * 13: "06:00-14:00"},
    ],
)
def test_names_that_no_manifest_gives_are_refused_in_a_file(ward: Workspace, shifts: dict[str, str]) -> None:
    ward.run("plan", "--out", "plan.json")
    path = ward.folder / "plan.json"
    plan = json.loads(path.read_text())
    path.write_text(json.dumps(plan | {"about": plan["about"] | {"shifts": shifts}}))
    done = run("show", "plan.json", cwd=ward.folder)
    assert done.code == 1 and "about.shifts" in done.stderr, done
    assert len(done.stderr.splitlines()) == 1


def test_two_revisions(tmp_path: Path) -> None:
    repository = Repository(tmp_path / "clinic")
    repository.commit({"env/demo.yaml": ENV + HEAD + HOURS})
    repository.commit({"env/demo.yaml": ENV + HEAD + HOURS.replace("E E N N", "E E E N")})
    for format, legend in (("text", "Shifts: E 06:00-14:00 · N"), ("markdown", "Shifts: `E 06:00-14:00 · N")):
        done = run(
            "diff", "HEAD~1..HEAD", "env/demo.yaml", "--now", NOW, "--format", format, cwd=repository.folder
        )
        assert "wed  N → E" in done.stdout and done.stdout.count(legend) == 1, done


@pytest.mark.parametrize(
    ("shifts", "row", "told"),
    [
        ("L: 16:00-24:00, M: 00:00-08:00", "L M . . . . .", "mon L; tue M"),
        ("N: 22:00-06:00, E: 06:00-14:00", "N E . N E . .", "mon, thu N; tue, fri E"),
        ("A: 07:00-07:00, E: 07:00-15:00", "A A A . A E .", "mon-wed, fri A; sat E"),
        ("N: 22:00-06:00, L: 16:00-24:00, M: 00:00-06:00", "N . . . . . .", "mon N"),
        ("L: 16:00-24:00", "L 00:00-08:00 . . . . .", "mon 16:00-08:00"),  # nothing explains the two
    ],
)
def test_each_shift_stands_on_the_date_on_which_it_begins(
    shifts: str, row: str, told: str, ward: Workspace
) -> None:
    head = f"shifts: {{{shifts}}}\nusers:\n{USERS}workHours:\n  ann: "
    ward.write(f"{head}[{{from: 2026-11-30, days: {row}}}]\n")
    assert f": {told}   env.yaml" in ward.run("plan").stdout
    cells = re.findall(r">([^<>]+)</ins>", ward.run("plan", "--format", "html").stdout)
    named = [word for word in row.split() if word.isalpha()]
    assert "00:00" in row or [cell for cell in cells if cell in named] == named
    ward.write(f"{head}[{{from: 2026-11-30, rotation: {{starts: 2026-11-30, weeks: [{row}, off]}}}}]\n")
    weeks = row.replace(".", "–") if "00:00" not in row else told
    assert f"rotation of 2 weeks: {weeks} / off   env.yaml" in ward.run("plan").stdout
