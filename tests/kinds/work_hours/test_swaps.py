"""Two people swap: each works what the other would have, whatever says so."""

from __future__ import annotations

import pytest

from tests.conftest import Workspace
from tests.kinds.work_hours.test_closures import EARLY, HOURS, LATE, NIGHT, overrides, settled, works
from tests.kinds.work_hours.test_closures import HEAD as START
from tests.support.service import Service

SWAP = "swaps: [{on: 2026-12-15, between: [ann, bob], reason: Concert}]\n"


@pytest.mark.both
def test_a_night_is_swapped_whole(service: Service, workspace: Workspace) -> None:
    settled(workspace, service, HOURS, HOURS + SWAP)
    works(service, "ann", "2026-12-14", EARLY, LATE, f"00:00-06:00, {EARLY}", EARLY)
    works(service, "bob", "2026-12-14", NIGHT, f"00:00-06:00, {EARLY}", LATE, NIGHT)


def test_a_swap_is_a_write_a_person_and_so_is_taking_it_back(workspace: Workspace, service: Service) -> None:
    settled(workspace, service, HOURS)
    workspace.write(START + HOURS + SWAP)
    assert " 2 writes" in workspace.apply().stdout
    assert overrides(service, "ann") == [("Swap with bob", "2026-12-15", "2026-12-16")]
    assert overrides(service, "bob") == [("Swap with ann", "2026-12-15", "2026-12-16")]
    workspace.write(START + HOURS)
    assert " 2 writes" in workspace.apply().stdout
    workspace.settled()
    works(service, "ann", "2026-12-14", EARLY, EARLY, EARLY)
    works(service, "bob", "2026-12-14", NIGHT, NIGHT, NIGHT)


def test_several_dates_give_and_take_back(workspace: Workspace, service: Service) -> None:
    hours = HOURS.replace("cat: []", "cat: [{from: 2026-12-01, days: {tue: E}}]")
    settled(workspace, service, hours + "swaps: [{on: [2026-12-15, 2026-12-17], between: [ann, cat]}]\n")
    works(service, "ann", "2026-12-14", EARLY, "06:00-14:00", EARLY, "", EARLY)
    works(service, "cat", "2026-12-14", "", EARLY, "", EARLY, "")


def test_what_is_swapped_is_what_the_layers_below_give(workspace: Workspace, service: Service) -> None:
    hours = HOURS.replace("16:00}}]", "16:00}}, {override: X, on: 2026-12-15, hours: 10:00-11:00}]")
    layers = "roster: {2026-W51: {cat: . E N . . . .}}\nclosures: [{on: 2026-12-16..2026-12-17}]\n"
    swaps = "swaps: [{on: 2026-12-15..2026-12-17, between: [ann, cat]}]\n"
    settled(workspace, service, hours + layers + swaps)
    works(service, "ann", "2026-12-14", EARLY, "06:00-14:00", LATE, "00:00-06:00", EARLY)
    works(service, "cat", "2026-12-14", "", "10:00-11:00", "", "", "")


def test_a_swap_far_ahead_is_written_at_once(workspace: Workspace, service: Service) -> None:
    turns = "{from: 2026-12-01, rotation: {starts: 2026-11-30, weeks: [E E E E E . ., . . . N N N N]}}"
    text = "hoursAhead: 4 weeks\n" + HOURS.replace("[]", f"[{turns}]")
    swap = "swaps: [{on: 2027-06-10, between: [cat, ann]}]\nclosures: [{holidays: US}]\n"
    settled(workspace, service, text + swap)  # a Thursday of the second week
    assert overrides(service, "ann")[-1] == ("Swap with cat", "2027-06-10", "2027-06-11")
    assert overrides(service, "cat")[-1] == ("Swap with ann", "2027-06-10", "2027-06-11")
    works(service, "ann", "2027-06-09", EARLY, LATE, f"00:00-06:00, {EARLY}")
    works(service, "cat", "2027-06-10", EARLY)


def test_zones_that_mean_the_same_are_equal(workspace: Workspace, service: Service) -> None:
    start = START.replace("ann@example.org", "ann@example.org, timezone: US/Pacific")
    workspace.at(service).write(start + HOURS + SWAP)
    workspace.apply()
    workspace.settled()


def test_who_has_left_gives_nothing(workspace: Workspace, service: Service) -> None:
    gone = START.replace("bob@example.org", "bob@example.org, ensure: departed, lastDay: 2026-12-14")
    text = gone + HOURS + SWAP
    workspace.write(text)
    said = "bob leaves with 2026-12-14: ann gets nothing on 2026-12-15"
    assert said in workspace.run("validate").stderr
    settled(workspace, service, HOURS)
    workspace.write(text)
    workspace.apply()
    workspace.settled()
    works(service, "ann", "2026-12-14", EARLY, "", EARLY)
    works(service, "bob", "2026-12-13", NIGHT, NIGHT, "00:00-06:00", "")


@pytest.mark.both
def test_a_swap_goes_whole_or_not_at_all(workspace: Workspace, service: Service, profile: str) -> None:
    """Half of it would leave a shift with nobody, or with two."""
    settled(workspace, service, HOURS)
    workspace.write(START + HOURS + SWAP)
    if profile == "live":
        foreign = {"psmId": service.id_of("bob"), "startDateTime": "2026-12-14T00:00:00.000Z",
                   "endDateTime": "2026-12-15T23:59:59.999Z", "type": "WORKING_HOURS", "ruleType": "OVERRIDE",
                   "daysInfo": [{"day": 2, "startTime": None, "endTime": None}]}  # fmt: skip
        service.send("POST", "/gh/sb-demo/calendar/work-hours", foreign)
    else:
        protected = "protect: [workHours/bob*]\n"
        workspace.write(protected + START + HOURS.replace("N N N N N N N", "off") + SWAP)
    service.forget()
    done = workspace.run("apply", "--auto-approve")
    row = "/override@2026-12-15 stays" if profile == "live" else "@"
    said = f"a swap goes whole or not at all, and workHours/bob{row}"
    assert any(change["reason"].startswith(said) for change in workspace.plan().plan)
    assert (done.code, service.writes()) == (3, [])
    works(service, "ann", "2026-12-14", EARLY, EARLY, EARLY)


def test_a_swap_is_taken_back_whole_or_not_at_all(workspace: Workspace, service: Service) -> None:
    settled(workspace, service, HOURS + SWAP)
    workspace.write('protect: ["workHours/bob*"]\n' + START + HOURS)
    service.forget()
    done = workspace.run("apply", "--auto-approve")
    assert "a swap goes whole or not at all, and workHours/bob/override@2026-12-15 stays" in done.stdout
    assert not service.writes()
    workspace.write(START + HOURS)
    workspace.apply()
    works(service, "ann", "2026-12-14", EARLY, EARLY, EARLY)


PROBLEMS = [
    ("{on: 2026-12-15, between: [ann]}", "a swap is between two people"),
    ("{on: 2026-12-15, between: [ann, bob, cat]}", "a swap is between two people"),
    ("{on: 2026-12-15, between: [ann, ann]}", "a swap is between two people"),
    ("{on: 2026-12-15}", "`between` is missing"),
    ("{between: [ann, bob]}", "one of `on`, `from` is missing"),
    ("{on: 2026-12-15, from: 2026-12-15, to: 2026-12-15, between: [ann, bob]}", "`on`, `from` exclude each"),
    ("{from: 2026-12-15, between: [ann, bob]}", "`to` is missing: `from` needs it"),
    ("{on: 2026-12-15, between: [an, bob]}", "`an` has no entry under `workHours`: write `an: []`"),
    ("{on: 2026-12-15, between: [dan, bob]}", "`dan` has overrides alone under `workHours`"),
    (
        "{on: 2026-12-15, between: [eve, bob]}",
        "eve lives in Europe/Berlin and bob lives in America/Los_Angeles: a swap needs one clock; "
        "write two overrides instead",
    ),
    (
        "{on: 2026-12-15, between: [ann, bob]}, {on: 2026-12-14..2026-12-16, between: [cat, ann]}",
        "ann is in a second swap on 2026-12-15: the first is env.yaml:",
    ),
    ("{on: 2026-12-19, between: [ann, cat]}", "warning: nothing to swap on 2026-12-19: neither ann nor cat"),
    ("{on: 2026-12-18, between: [ann, fay]}", "warning: nothing to swap on 2026-12-18: both have the same"),
    ("{on: 2026-12-18, between: [ann, bob], with: fay}", "unknown key `with`"),
    ("{on: 2026-12-18, between: [ann, bob b]}", "a username has no blanks"),
]


@pytest.mark.parametrize(("swap", "message"), PROBLEMS)
def test_what_a_swap_must_not_say(swap: str, message: str, workspace: Workspace) -> None:
    start = START.replace("workHours", "").replace(
        "users:\n", "users:\n  eve: {email: eve@example.org, timezone: Europe/Berlin}\n"
    )
    more = "  dan: [{override: X, on: 2026-12-14, hours: off}]\n  eve: []\n"
    more += "  fay: [{from: 2026-12-01, days: {fri: 08:00-16:00}}]\n"
    workspace.write(start + HOURS + more + f"swaps: [{swap}]\n")
    assert message in workspace.run("validate").stderr
