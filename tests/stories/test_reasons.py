"""`reason`: shown beside the change wherever it is told, never sent, and no change by itself."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing

import pytest

from tests.conftest import HEAD, Simulate, Workspace
from tests.support.cli import Result, run
from tests.support.hostile import faults, titles
from tests.support.service import Service

PEOPLE = "users:\n  ann: {{email: ann@example.org, timezone: America/Los_Angeles{}}}\n"
HUDDLE = (
    "events:\n  huddle: {{title: Huddle, host: ann, starts: 2026-12-01T09:00, duration: 30m, "
    "repeat: {{every: week, count: 3}}{}}}\n"
)
USUAL = "from: 2026-12-01, days: {mon-thu: 09:00-18:00}"
EXAM = "override: Exam, from: 2026-12-07, to: 2026-12-07, days: off"
ALL = (
    PEOPLE.format(", reason: Joins the ward")
    + f"workHours:\n  ann: [{{{USUAL}, reason: New contract}}, {{{EXAM}, reason: Second try}}]\n"
    + HUDDLE.format(
        ", reason: Asked for by the ward, change: {2026-12-08: {starts: 10:00, reason: Room taken}}"
    )
)
BARE = (
    PEOPLE.format("")
    + f"workHours:\n  ann: [{{{USUAL}}}, {{{EXAM}}}]\n"
    + HUDDLE.format(", change: {2026-12-08: {starts: 10:00}}")
)
GIVEN = {
    "user/ann": "Joins the ward",
    "workHours/ann@2026-12-01": "New contract",
    "workHours/ann/override@2026-12-07": "Second try",
    "event/huddle@2026-12-01": "Asked for by the ward",
    "event/huddle@2026-12-08": "Room taken",
    "event/huddle@2026-12-15": "Asked for by the ward",
}


def why(done: Result) -> dict[str, str | None]:
    return {change["key"]: change["why"] for change in done.plan}


def history(workspace: Workspace, *args: str) -> Result:
    return run("history", *args, cwd=workspace.folder)


def test_each_change_tells_the_reason_of_the_last_word_on_it(workspace: Workspace, service: Service) -> None:
    workspace.at(service).write(ALL)
    assert why(workspace.plan()) == GIVEN
    workspace.write(BARE)
    assert set(why(workspace.plan()).values()) == {None}


def test_it_is_never_sent_and_makes_no_change(workspace: Workspace, service: Service) -> None:
    workspace.at(service).write(ALL)
    workspace.apply()
    sent = json.dumps([call.body for call in service.writes()])
    assert not [reason for reason in GIVEN.values() if reason in sent]
    workspace.settled()
    workspace.write(BARE)
    workspace.settled()
    workspace.write(ALL.replace("Second try", "Third try"))
    workspace.settled()


def test_text_markdown_and_the_page_show_it_and_so_does_a_saved_plan(
    workspace: Workspace, service: Service
) -> None:
    workspace.at(service).write(ALL)
    said = workspace.run("plan", "--out", "plan.json", "--details")
    lines = [" ".join(line.split()) for line in said.stdout.splitlines()]
    assert "why Joins the ward" in lines
    assert "why Mon 7 Dec: Second try" in lines
    assert "why Tue 1 Dec, Tue 15 Dec: Asked for by the ward" in lines
    assert "why Tue 8 Dec: Room taken" in lines
    again = run("show", "plan.json", "--details", cwd=workspace.folder).stdout
    assert said.stdout.startswith(again)
    for format in ("markdown", "html"):
        fresh = workspace.run("plan", "--format", format).stdout
        assert all(reason in fresh for reason in GIVEN.values())
        assert run("show", "plan.json", "--format", format, cwd=workspace.folder).stdout == fresh


def test_history_shows_it(workspace: Workspace, service: Service) -> None:
    workspace.at(service).write(ALL)
    workspace.apply()
    changes = history(workspace, "1", "--format", "json").data["changes"]
    assert {change["key"]: change["why"] for change in changes} == GIVEN
    assert "create workHours/ann/override@2026-12-07: done, read back as wished (Second try)" in " ".join(
        history(workspace, "1").stdout.split()
    )


def test_a_journal_is_as_it_was_until_there_is_a_reason(workspace: Workspace, service: Service) -> None:
    path = workspace.folder / ".welkin-reconcile" / "journal.db"

    def version() -> int:
        with closing(sqlite3.connect(path)) as journal:
            found: int = journal.execute("PRAGMA user_version").fetchone()[0]
            return found

    workspace.at(service).write(BARE)
    workspace.apply()
    assert version() == 1
    workspace.write(ALL.replace("duration: 30m", "duration: 45m"))
    workspace.apply()
    assert version() == 2
    workspace.write(BARE)
    workspace.apply()
    given = [
        {change["why"] for change in history(workspace, number, "--format", "json").data["changes"]}
        for number in ("1", "2", "3")
    ]
    assert given == [{None}, {"Asked for by the ward", "Room taken"}, {None}]


def test_a_row_of_two_periods_gives_the_reasons_of_both(workspace: Workspace, service: Service) -> None:
    week = "days: {mon-thu: 09:00-18:00}"
    workspace.at(service).write(
        PEOPLE.format("")
        + f"workHours: {{ann: [{{from: 2026-12-01, to: 2026-12-31, {week}, reason: Trial}},\n"
        + f"  {{from: 2027-01-01, {week}, reason: Stays}}]}}\n"
    )
    assert why(workspace.plan())["workHours/ann@2026-12-01"] == "Trial; Stays"


def test_hours_that_an_override_is_cut_into_give_its_reason(
    workspace: Workspace, simulate_service: Simulate
) -> None:
    workspace.at(simulate_service(profile="reference"))
    workspace.write(BARE.replace(f", {{{EXAM}}}", ""))
    workspace.apply()
    workspace.write(ALL.replace("days: off", "days: {mon: 12:00-16:00}"))
    assert why(workspace.plan()) == {
        "workHours/ann@2026-12-01": "Second try",
        "workHours/ann@2026-12-08": "New contract",
    }


def test_who_leaves_and_what_ends_with_them_gives_the_reason(workspace: Workspace, service: Service) -> None:
    workspace.at(service).write(BARE)
    workspace.apply()
    leaves = ", ensure: departed, lastDay: 2026-12-31, reason: Moves to Denver"
    workspace.write(BARE.replace(PEOPLE.format(""), PEOPLE.format(leaves)))
    assert why(workspace.plan())["workHours/ann@2026-12-01"] == "Moves to Denver"


def test_a_plan_of_before_without_it_is_no_plan_of_this_version(
    workspace: Workspace, service: Service
) -> None:
    workspace.at(service).write(ALL)
    workspace.run("plan", "--out", "plan.json")
    data = json.loads((workspace.folder / "plan.json").read_text())
    for change in data["changes"]:
        del change["why"]
    (workspace.folder / "plan.json").write_text(json.dumps(data))
    done = run("apply", "plan.json", "--auto-approve", "--api-url", service.url, cwd=workspace.folder)
    assert done.code == 1
    assert "plan.json: not a plan of this version: changes[0] has no `why`; plan again" in done.stderr


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("[Concert]", "env.yaml:{}: expected text, found a list"),
        ('""', "env.yaml:{}: an empty text: write something, or delete the line"),
        ("x" * 201, "env.yaml:{}: longer than 200 characters"),
    ],
)
def test_what_it_may_be(workspace: Workspace, written: str, said: str) -> None:
    for reason in set(GIVEN.values()):
        start = ALL.index(reason)
        workspace.write(ALL[:start] + written + ALL[start + len(reason) :])
        before = HEAD + ALL[:start]
        place = f"{before.count(chr(10)) + 1}:{len(before) - before.rfind(chr(10))}"
        done = workspace.run("validate")
        assert (done.code, said.format(place) in done.stderr) == (1, True), done


def test_200_characters_are_taken(workspace: Workspace) -> None:
    workspace.write(ALL.replace("Room taken", "x" * 200))
    assert workspace.run("validate").code == 0


def test_no_reason_becomes_anything_but_text(workspace: Workspace, service: Service) -> None:
    def quoted(text: str) -> str:
        return '"' + "".join(f"\\U{ord(char):08x}" for char in text.replace("$", "")) + '"'

    people = (
        f"  p{number}: {{email: p{number}@example.org, reason: {quoted(hostile)}}}"
        for number, hostile in enumerate(titles())
    )
    workspace.at(service).write("\n".join(["users:", *people]) + "\n")
    for format in ("text", "markdown", "html"):
        done = workspace.run("plan", "--format", format)
        assert (done.code, faults(done.stdout)) == (0, []), done
    workspace.apply()
    assert not faults(history(workspace, "1").stdout)
