"""One fact in the manifests is one block of a plan, with everybody whom it moves."""

from __future__ import annotations

import json

import pytest

from tests.conftest import Simulate, Workspace
from tests.kinds.work_hours.test_closures import HEAD, HOURS
from tests.stories.test_overrides import by_hand
from tests.support.cli import run
from tests.support.service import Service

SWAP = "swaps: [{on: 2027-02-02, between: [ann, bob], reason: Concert}]\n"
CLOSED = "closures: [{on: 2026-12-24..2026-12-28, name: Winter closing}]\n"
SHEET = "roster:\n  2027-W05:\n    ann: N . E E . . .\n    cat: E . . . . . .\n"


def blocks(text: str) -> list[str]:
    """The blocks of a plan's text, each with its lines."""
    found = list[str]()
    for line in text.splitlines():
        if line[:4] in ("  + ", "  ~ ", "  - ", "  ! "):
            found.append(line)
        elif line.startswith("      ") and found:
            found[-1] += "\n" + line
    return found


def words_in(block: str) -> list[str]:
    """The lines of a block below its head, blanks aside."""
    return [" ".join(line.split()) for line in block.splitlines()[1:]]


def planned(workspace: Workspace, before: str, after: str) -> str:
    """What a plan says, and a saved one again."""
    workspace.write(HEAD + before)
    workspace.apply()
    workspace.write(HEAD + after)
    text = workspace.run("plan", "--out", "plan.json").stdout
    shown = run("show", "plan.json", cwd=workspace.folder).stdout
    assert blocks(shown) == blocks(text)
    return text


def line_of(workspace: Workspace, start: str) -> str:
    lines = (workspace.folder / "env.yaml").read_text().splitlines()
    place = next(number for number, line in enumerate(lines, 1) if line.strip().startswith(start))
    return f"env.yaml:{place}"


@pytest.mark.both
def test_a_swap(service: Service, workspace: Workspace) -> None:
    workspace.at(service)
    (block,) = blocks(planned(workspace, HOURS, HOURS + SWAP))
    first, *lines = block.splitlines()
    assert "swap ann ↔ bob on 2 Feb 2027 (Concert)" in first
    assert first.endswith(line_of(workspace, "swaps:"))
    assert [line.split()[0] for line in lines] == ["ann", "bob"]
    assert lines[0].endswith("08:00-16:00 → N") and lines[1].endswith("N → 08:00-16:00")
    page = workspace.run("plan", "--format", "markdown").stdout
    assert "swap ann ↔ bob on 2 Feb 2027 (Concert)" in page


@pytest.mark.parametrize("fact", [CLOSED, SWAP.replace("2027-02-02", "2026-12-24")])
def test_who_is_left_out_of_what_is_told_together(
    fact: str, workspace: Workspace, simulate_service: Simulate
) -> None:
    service = simulate_service()
    workspace.at(service).write(HEAD + HOURS)
    workspace.apply()
    by_hand(service, "2026-12-22", "2026-12-24", psmId=service.id_of("ann"))
    (block,) = blocks(planned(workspace, HOURS, HOURS + fact))
    assert block.startswith("  ! ")
    (told,) = (line for line in block.splitlines() if "an override made in Welkin states 2026-12-24" in line)
    assert "ann" in told and not told.split()[0].startswith("bob") and "bob:" not in told


def test_a_swap_that_is_taken_back(workspace: Workspace, simulate_service: Simulate) -> None:
    workspace.at(simulate_service())
    (block,) = blocks(planned(workspace, HOURS + SWAP, HOURS))
    assert "swap ann ↔ bob on 2 Feb 2027 no more" in block
    assert [line.split()[0] for line in block.splitlines()[1:]] == ["ann", "bob"]


def test_a_closure(workspace: Workspace, simulate_service: Simulate) -> None:
    workspace.at(simulate_service())
    (block,) = blocks(planned(workspace, HOURS, HOURS + CLOSED))
    first = block.splitlines()[0]
    assert "closure Winter closing on 24 Dec – 28 Dec: 2 people" in first
    assert first.endswith(line_of(workspace, "closures:"))
    assert "ann" in block and "bob" in block


def test_a_closure_may_have_any_name(workspace: Workspace, simulate_service: Simulate) -> None:
    workspace.at(simulate_service())
    (block,) = blocks(planned(workspace, HOURS, HOURS + CLOSED.replace("Winter closing", "'Ice: on 3 on 4'")))
    assert "closure Ice: on 3 on 4 on 24 Dec – 28 Dec: 2 people" in block


def test_each_closure_says_what_it_takes_and_no_more(
    workspace: Workspace, simulate_service: Simulate
) -> None:
    workspace.at(simulate_service())
    closed = "closures:\n  - {on: 2026-12-25, name: Holiday, for: [ann]}\n"
    closed += "  - {on: 2027-01-18, name: Outing, for: [ann]}\n"
    holiday, outing = blocks(planned(workspace, HOURS, HOURS + closed))
    assert "Holiday on 25 Dec: ann, 40 h → 32 h in the week of Mon 21 Dec   " in holiday
    assert "Outing on 18 Jan 2027: ann, 40 h → 32 h in the week of Mon 18 Jan 2027   " in outing


def test_a_week_that_two_closures_share_is_claimed_by_neither(
    workspace: Workspace, simulate_service: Simulate
) -> None:
    workspace.at(simulate_service())
    closed = "closures:\n  - {on: 2026-12-23, name: Outing, for: [ann]}\n"
    closed += "  - {on: 2026-12-25, name: Holiday, for: [ann]}\n"
    text = planned(workspace, HOURS, HOURS + closed)
    assert [block.splitlines()[0].split("   env")[0] for block in blocks(text)] == [
        "  + workHours  closure Outing on 23 Dec: ann",
        "  + workHours  closure Holiday on 25 Dec: ann",
    ]


def test_a_closure_of_which_a_sheet_has_a_part(workspace: Workspace, simulate_service: Simulate) -> None:
    workspace.at(simulate_service())
    sheet = "roster:\n  2026-W53:\n    bob: E . . . . . .\n"
    closed = "closures: [{on: 2026-12-21..2027-01-08, name: Winter closing, reason: Heating}]\n"
    (block,) = blocks(planned(workspace, HOURS + sheet, HOURS + sheet + closed))
    assert "closure Winter closing on 21 Dec – 8 Jan 2027: 2 people" in block
    people, why = words_in(block)
    assert "ann" in people and "bob (" in people and "21 Dec – 27 Dec, 4 Jan – 8 Jan 2027)" in people
    assert why == "why Heating"


def test_closures_that_go_are_told_once_each(workspace: Workspace, simulate_service: Simulate) -> None:
    workspace.at(simulate_service())
    closed = CLOSED.replace("}]", "}, {on: 2027-01-18, name: Outing}]")
    winter, outing = blocks(planned(workspace, HOURS + closed, HOURS))
    assert "override (Winter closing) on 24 Dec – 28 Dec no more: 2 people" in winter
    assert "override (Outing) on 18 Jan 2027 no more: 2 people" in outing
    assert all("ann" in block and "bob" in block and block.startswith("  - ") for block in (winter, outing))


def test_a_swap_of_two_dates_is_told_once(workspace: Workspace, simulate_service: Simulate) -> None:
    workspace.at(simulate_service())
    swap = SWAP.replace("on: 2027-02-02", "on: [2027-02-02, 2027-02-16]")
    (block,) = blocks(planned(workspace, HOURS, HOURS + swap))
    assert "swap ann ↔ bob on 2 Feb 2027, 16 Feb 2027 (Concert)" in block
    assert words_in(block) == [
        "ann Tue 2 Feb 2027 08:00-16:00 → N; Tue 16 Feb 2027 08:00-16:00 → N",
        "bob Tue 2 Feb 2027 N → 08:00-16:00; Tue 16 Feb 2027 N → 08:00-16:00",
    ]
    (block,) = blocks(planned(workspace, HOURS + swap, HOURS))
    assert "swap ann ↔ bob on 2 Feb 2027, 16 Feb 2027 no more" in block
    assert words_in(block) == [
        "ann no more: Tue 2 Feb 2027 N; Tue 16 Feb 2027 N",
        "bob no more: Tue 2 Feb 2027 08:00-16:00; Tue 16 Feb 2027 08:00-16:00",
    ]


def test_reasons_stand_beside_the_dates_of_what_they_are_for(
    workspace: Workspace, simulate_service: Simulate
) -> None:
    workspace.at(simulate_service())
    exam = "{override: Exam, on: [2026-12-10, 2026-12-15..2026-12-16], hours: N, reason: Second try}"
    hours = HOURS.replace("08:00-16:00}}]", f"08:00-16:00}}, reason: New contract}}, {exam}]")
    (block,) = (block for block in blocks(planned(workspace, "", hours)) if "workHours/ann" in block)
    assert {line for line in words_in(block) if line.startswith("why")} == {
        "why from Tue 1 Dec: New contract",
        "why Thu 10 Dec, Tue 15 Dec – Wed 16 Dec: Second try",
    }


def test_a_sheet(workspace: Workspace, simulate_service: Simulate) -> None:
    workspace.at(simulate_service())
    text = planned(workspace, HOURS, HOURS + SHEET)
    (block,) = blocks(text)
    first, *lines = block.splitlines()
    assert "roster 2027-W05: 2 people" in first and first.endswith(line_of(workspace, "ann: N"))
    assert [line.split()[0] for line in lines] == ["ann", "cat"]
    assert words_in(block) == ["ann mon-fri 08:00-16:00 → N – E E – – –", "cat E – – – – – –"]


def test_sheets_in_a_first_plan(workspace: Workspace, simulate_service: Simulate) -> None:
    workspace.at(simulate_service())
    hours = "workHours:\n  ann: [{from: 2026-11-30, rotation: wards}]\n"
    hours += "  bob: [{from: 2026-11-30, days: N N . . . . .}]\n"
    hours += "  cat: [{from: 2026-11-30, rotation: wards, offset: 1 week}]\n"
    sheets = "roster:\n  2027-W05:\n    ann: N . E E . . .\n    cat: E . . . . . N\n"
    sheets += "  2026-12-13:\n    bob: E E E . . . . . E . E . . .\n"
    text = planned(workspace, "", WARDS + hours + sheets)
    wards, first, second, bob = (block for block in blocks(text) if "user" not in block.split("  ")[1])
    assert words_in(wards) == [
        "weeks E E E E E – – / N N N – – – – / off, the first from Mon 30 Nov",
        "people ann, cat 1 week later",
    ]
    assert "roster 2026-12-13: bob, Sun 13 Dec – Sat 26 Dec" in first
    assert words_in(first) == ["bob E E E – – – – / – E – E – – –"]
    assert "roster 2027-W05: 2 people, Mon 1 Feb – Sun 7 Feb 2027" in second
    assert words_in(second) == ["ann N – E E – – –", "cat E – – – – – N"]
    assert "workHours/bob" in bob and ": mon-tue N   " in bob


def test_an_edited_sheet_is_told_as_it_was_and_is(workspace: Workspace, simulate_service: Simulate) -> None:
    workspace.at(simulate_service())
    edited = SHEET.replace("E . . . . . .", "E . N . . . .")
    (block,) = blocks(planned(workspace, HOURS + SHEET, HOURS + edited))
    assert "roster 2027-W05: cat, Mon 1 Feb – Sun 7 Feb 2027" in block
    assert words_in(block) == ["cat E – – – – – – → E – N – – – –"]


WARDS = "rotations:\n  wards: {starts: 2026-11-30, weeks: [E E E E E . ., N N N . . . ., off]}\n"
SHARED = """workHours:
  ann: [{from: 2026-12-01, rotation: wards}]
  bob: [{from: 2026-12-01, rotation: wards, offset: 1 week}]
"""
JOINED = SHARED + "  cat: [{from: 2027-01-04, rotation: wards, offset: 2 weeks}]\n"


def test_an_edited_rotation_with_all_its_offsets(workspace: Workspace, simulate_service: Simulate) -> None:
    workspace.at(simulate_service())
    text = planned(workspace, WARDS + SHARED, WARDS.replace("N N N . .", "N N N N .") + SHARED)
    (block,) = blocks(text)
    first = block.splitlines()[0]
    assert "rotation/wards" in first and "2 people" in first
    assert first.endswith(line_of(workspace, "wards:"))
    assert words_in(block) == ["week 2 N N N – – – – → N N N N – – –", "people ann, bob 1 week later"]


def test_who_joins_an_edited_rotation(workspace: Workspace, simulate_service: Simulate) -> None:
    workspace.at(simulate_service())
    text = planned(workspace, WARDS + SHARED, WARDS.replace("N N N . .", "N N N N .") + JOINED)
    (block,) = blocks(text)
    edited, weeks, people = words_in(block)
    assert edited == "week 2 N N N – – – – → N N N N – – –"
    assert weeks == "weeks E E E E E – – / N N N N – – – / off, the first from Mon 30 Nov"
    assert (
        people.startswith("people ann, bob 1 week later, cat 2 weeks later (") and "from 4 Jan 2027" in people
    )


def test_an_edited_cycle(workspace: Workspace, simulate_service: Simulate) -> None:
    workspace.at(simulate_service())
    turns = "rotations: {wards: {starts: 2026-12-01, cycle: E E N N . . . .}}\n"
    hours = SHARED.replace("1 week", "2 days")
    (block,) = blocks(planned(workspace, turns + hours, turns.replace("E E N", "E . N") + hours))
    assert words_in(block) == ["cycle E E N N – – – – → E – N N – – – –", "people ann, bob 2 days later"]


def test_who_comes_to_a_rotation_from_other_hours(workspace: Workspace, simulate_service: Simulate) -> None:
    workspace.at(simulate_service())
    before = "workHours:\n" + "".join(
        f"  {name}: [{{from: 2026-12-01, days: {{mon-fri: E}}}}]\n" for name in ("ann", "bob")
    )
    both = "{from: 2026-12-01, days: {mon-fri: E}}, {from: 2027-01-04, "
    (block,) = blocks(planned(workspace, before, WARDS + SHARED.replace("{from: 2026-12-01, ", both)))
    weeks, ann, bob = words_in(block)
    assert weeks.startswith("weeks E E E E E – – / N N N – – – – / off")
    assert ann.startswith("ann ") and ann.endswith("until 3 Jan 2027 mon-fri E")
    assert bob.startswith("bob 1 week later") and bob.endswith("until 3 Jan 2027 mon-fri E")


def test_an_offset_that_changes(workspace: Workspace, simulate_service: Simulate) -> None:
    workspace.at(simulate_service())
    text = planned(workspace, WARDS + JOINED, WARDS + JOINED.replace("1 week", "2 weeks"))
    (block,) = blocks(text)
    assert "workHours/bob" in block and "ann" not in block


def test_a_rotation_of_which_rows_say_something_else(
    workspace: Workspace, simulate_service: Simulate
) -> None:
    """What a file says beside its changes is believed only where they say the same."""
    workspace.at(simulate_service()).write(HEAD + WARDS + SHARED)
    workspace.run("plan", "--out", "plan.json")
    plan = json.loads((workspace.folder / "plan.json").read_text())
    plan["about"]["rotations"]["wards"]["weeks"][1][4] = "N"
    (workspace.folder / "forged.json").write_text(json.dumps(plan))
    shown = run("show", "forged.json", cwd=workspace.folder).stdout
    assert "N N N – N" not in shown and shown.count("rotation of 3 weeks: ") == 2
    plan["about"]["rotations"]["wards"]["offsets"]["bob"] = 0
    (workspace.folder / "forged.json").write_text(json.dumps(plan))
    assert (
        "      people"
        not in run("show", "forged.json", cwd=workspace.folder).stdout.split("rotation/wards")[1][:300]
    )


@pytest.mark.parametrize(
    "rotation",
    [
        {"starts": "2026-11-30", "weeks": [["E"] * 6], "offsets": {}},
        {"starts": "2026-11-30", "weeks": [], "offsets": {}},
        {"starts": "2026-11-30", "cycle": ["Q", "off"], "offsets": {}},
        {"starts": "2026-11-30", "offsets": {}},
        {"starts": "soon", "cycle": ["E", "off"], "offsets": {}},
        {"starts": "2026-11-30", "cycle": ["E", "off"], "offsets": {"ann": -1}},
    ],
)
def test_a_rotation_that_no_manifest_says(
    rotation: object, workspace: Workspace, simulate_service: Simulate
) -> None:
    workspace.at(simulate_service()).write(HEAD + WARDS + SHARED)
    workspace.run("plan", "--out", "plan.json")
    plan = json.loads((workspace.folder / "plan.json").read_text())
    plan["about"]["rotations"]["wards"] = rotation
    (workspace.folder / "plan.json").write_text(json.dumps(plan))
    done = run("show", "plan.json", cwd=workspace.folder)
    assert done.code == 1 and "about.rotations" in done.stderr, done


def test_an_edited_shift(workspace: Workspace, simulate_service: Simulate) -> None:
    workspace.at(simulate_service())
    hours = "workHours:\n  ann: [{from: 2026-12-01, days: E E . . . . .}]\n"
    hours += "  bob: [{from: 2026-12-01, days: . . E N . . .}]\n"
    workspace.write(HEAD + hours)
    workspace.apply()
    workspace.write(HEAD.replace("E: 06:00-14:00", "E: 06:30-14:30") + hours)
    text = workspace.run("plan", "--out", "plan.json").stdout
    (block,) = blocks(text)
    first = block.splitlines()[0]
    assert "shift E: 06:00-14:00 → 06:30-14:30: 2 people" in first
    assert first.endswith(line_of(workspace, "shifts:"))
    assert blocks(run("show", "plan.json", cwd=workspace.folder).stdout) == [block]


def test_a_swap_and_a_closure_that_move_say_what_was(
    workspace: Workspace, simulate_service: Simulate
) -> None:
    workspace.at(simulate_service())
    both = SWAP + CLOSED
    moved = both.replace("2027-02-02", "2027-02-03").replace("12-24..2026-12-28", "12-24..2026-12-31")
    closure, swap = blocks(planned(workspace, HOURS + both, HOURS + moved))
    assert "closure Winter closing on 24 Dec – 31 Dec: 2 people" in closure
    assert words_in(closure)[0] == "before Winter closing on 24 Dec – 28 Dec"
    assert "swap ann ↔ bob on 3 Feb 2027 (Concert)" in swap
    assert words_in(swap) == [
        "ann Wed 3 Feb 2027 08:00-16:00 → N",
        "bob Wed 3 Feb 2027 N → 08:00-16:00",
        "before on 2 Feb 2027",
    ]


def test_who_comes_to_a_rotation_alone(workspace: Workspace, simulate_service: Simulate) -> None:
    workspace.at(simulate_service())
    (block,) = blocks(planned(workspace, WARDS + SHARED, WARDS + JOINED))
    assert "workHours/cat" in block
    assert (
        "rotation wards 2 weeks later: E E E E E – – / N N N – – – – / off, the first from Mon 30 Nov"
        in block
    )
