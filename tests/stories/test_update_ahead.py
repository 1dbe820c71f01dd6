"""`export --update` where the manifests were edited and not applied yet: a person's writing isn't undone."""

from __future__ import annotations

import shutil
from difflib import unified_diff
from pathlib import Path

import pytest

from tests.conftest import HEAD, Workspace
from tests.support.cli import Result
from tests.support.git import Repository
from tests.support.service import Service, simulated

STAFF = """\
users:
  ann: {email: ann@example.org, phone: "+15555550001"}
  bob: {email: bob@example.org}

workHours:
  ann:
    - {from: 2026-12-01, days: {mon-fri: 09:00-17:00}}   # since ever
  bob: [{from: 2026-12-01, days: {mon-wed: 09:00-17:00}}]

events:
  huddle:
    title: Huddle
    host: ann
    starts: 2026-12-01T09:00
    duration: 30m
    repeat: {every: week, on: tue}

leave:
  bob: 2027-03-01..2027-03-05
"""
EVER = "# since ever\n"
ROUND = "host: bob, starts: 2026-12-09T09:00, duration: 1h"
# What somebody may write and not have applied; every one of it has to stay as it is.
EDITS: dict[str, tuple[str, str]] = {
    "a meeting": ("\nleave:", f"  drill: {{title: Drill, {ROUND}}}\n\nleave:"),
    "a series": ("\nleave:", f"  round: {{title: Round, {ROUND}, repeat: FREQ=WEEKLY}}\n\nleave:"),
    "more dates of a series": ("on: tue}", "on: [tue, thu]}"),
    "a date beside the rule": ("on: tue}\n", "on: tue}\n    also: [2026-12-11T09:00]\n"),
    "a title": ("title: Huddle", "title: Morning huddle"),
    "a time": ("starts: 2026-12-01T09:00", "starts: 2026-12-01T10:00"),
    "hours": ("mon-fri: 09:00-17:00", "mon-fri: 08:00-16:00"),
    "hours from a date on": (EVER, f"{EVER}    - {{from: 2027-02-01, days: {{mon: 09:00-12:00}}}}\n"),
    "an override": (EVER, f"{EVER}    - {{override: Fair, on: 2026-12-10, hours: off}}\n"),
    "leave": ("\nleave:\n", "\nleave:\n  ann: 2027-04-05..2027-04-09\n"),
    "longer leave": ("2027-03-05", "2027-03-09"),
    "a phone": ("+15555550001", "+15555559999"),
    "a person": ("  bob: {email: bob@", "  cat: {email: cat@example.org}\n  bob: {email: bob@"),
}  # fmt: skip
OF_COMMITS = {"a title", "a time", "hours", "longer leave", "a phone"}  # nothing else tells it from drift
AMONG_OTHERS = {
    "more dates of a series",
    "a date beside the rule",
}  # where nothing tells, a missing one is drift


class Desk:
    """Applied, committed, and then edited."""

    def __init__(self, workspace: Workspace, service: Service) -> None:
        self.workspace, self.service = workspace.at(service), service
        workspace.write("", head=HEAD + "prune: true\ninclude: [staff.yaml]\n")
        self.path = workspace.folder / "staff.yaml"
        self.path.write_text(STAFF)
        workspace.apply()
        workspace.settled()

    def commit(self) -> None:
        repository = Repository(self.workspace.folder)
        repository.commit({".gitignore": ".welkin-reconcile/\n*.jsonl\n"})

    def edit(self, *names: str) -> str:
        text = STAFF
        for name in names:
            before, after = EDITS[name]
            assert text.count(before) == 1, name
            text = text.replace(before, after)
        self.path.write_text(text)
        return text

    def somebody_moves(self, week: int) -> None:
        """A huddle by an hour, in Welkin."""
        event = [each for each in self.service.events() if each["eventTitle"] == "Huddle"][week]
        day = event["startDateTime"][:10]
        self.service.change_event(
            event, startDateTime=f"{day}T18:00:00.000Z", endDateTime=f"{day}T18:30:00.000Z"
        )

    def end_override(self, username: str) -> None:
        """Nobody can delete one; it is dated back."""
        rows = self.service.hours(username)[username]
        (row,) = (row for row in rows if row["ruleType"] == "OVERRIDE")
        kept = {key: row[key] for key in ("daysInfo", "type", "ruleType", "name")}
        past = {"startDateTime": "2000-01-01T00:00:00.000Z", "endDateTime": "2000-01-01T23:59:59.999Z"}
        path = f"/gh/sb-demo/calendar/work-hours/{row['workHoursId']}"
        self.service.send("PUT", path, {"psmId": self.service.id_of(username), **kept, **past})

    def update(self) -> Result:
        return self.workspace.run("export", "--update")


@pytest.fixture
def desk(workspace: Workspace, service: Service) -> Desk:
    return Desk(workspace, service)


@pytest.mark.parametrize("name", EDITS)
def test_what_was_edited_since_the_last_commit_stays_and_what_drifted_is_accepted(
    desk: Desk, name: str
) -> None:
    desk.commit()
    text = desk.edit(name)
    done = desk.update()
    assert (done.code, desk.path.read_text()) == (3, text), done
    assert "left alone: " in done.stderr and "apply it" in done.stderr, done
    desk.somebody_moves(2)
    done = desk.update()
    assert done.code == 3 and "left alone: " in done.stderr, done
    if name != "a time":
        expected = f"{text}    change:\n      2026-12-15: {{starts: 10:00}}\n"
        assert sorted(desk.path.read_text().split("\n")) == sorted(expected.split("\n"))
    desk.workspace.apply()
    desk.workspace.settled()
    assert desk.update().stdout == "Nothing to accept.\n"


@pytest.mark.parametrize(
    ("name", "journal"),
    [
        *((name, True) for name in sorted({*EDITS} - OF_COMMITS)),
        *((name, False) for name in sorted({*EDITS} - OF_COMMITS - AMONG_OTHERS)),
    ],
)
def test_without_git_nothing_is_taken_for_deleted_that_may_never_have_been_there(
    desk: Desk, name: str, journal: bool
) -> None:
    if not journal:
        shutil.rmtree(desk.workspace.folder / ".welkin-reconcile")
    text = desk.edit(name)
    done = desk.update()
    assert (done.code, desk.path.read_text()) == (3, text), done
    assert "nothing here tells that it ever was: apply it, or take it out" in done.stderr, done
    desk.workspace.apply()
    assert desk.update().stdout == "Nothing to accept.\n"


@pytest.mark.parametrize("committed", ["before", "after", "never"])
def test_what_was_applied_and_is_gone_in_welkin_goes_from_the_file(desk: Desk, committed: str) -> None:
    """Whenever it was committed: the journal knows that it was there."""
    if committed == "before":
        desk.commit()
    text = desk.edit("a meeting", "an override", "leave", "more dates of a series")
    desk.workspace.apply()
    if committed == "after":
        desk.commit()
    for event in desk.service.events():
        if event["eventTitle"] == "Drill" or event["startDateTime"][:10] in ("2026-12-10", "2027-04-05"):
            desk.service.send("DELETE", f"/gh/sb-demo/calendar/events/{event['id']}")
    desk.end_override("ann")
    done = desk.update()
    assert (done.code, done.stderr) == (0, ""), done
    lines = [*unified_diff(text.splitlines(), desk.path.read_text().splitlines(), lineterm="", n=0)][2:]
    assert [line for line in lines if not line.startswith("@@")] == [
        "-    - {override: Fair, on: 2026-12-10, hours: off}",
        "-  drill: {title: Drill, host: bob, starts: 2026-12-09T09:00, duration: 1h}",
        "+    except: [2026-12-10]",
        "+  drill: {title: Drill, host: bob, starts: 2026-12-09T09:00, duration: 1h, except: [2026-12-09]}",
        "-  ann: 2027-04-05..2027-04-09",
    ]
    desk.workspace.settled()
    assert desk.update().stdout == "Nothing to accept.\n"


def test_another_service_of_the_same_name_tells_nothing(desk: Desk, tmp_path: Path) -> None:
    """A rehearsal that was thrown away: nothing of what the journal knows is there."""
    (tmp_path / "again").mkdir()
    with simulated(tmp_path / "again") as other:
        desk.workspace.at(other)
        done = desk.update()
        assert (done.code, desk.path.read_text()) == (3, STAFF), done
