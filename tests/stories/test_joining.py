"""People and teams at meetings: who takes part on which date, and what joining and leaving cost."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Workspace
from tests.manifest.test_shifts import problems
from tests.stories.test_departing import ALLOWED, by_mark
from tests.support.service import Service

pytestmark = pytest.mark.both

JSON = dict[str, Any]
USERS = """users:
  ann: {email: ann@example.org, timezone: America/Los_Angeles}
  bob: {email: bob@example.org, timezone: America/Los_Angeles}
  cat: {email: cat@example.org, timezone: Europe/Berlin}
  dee: {email: dee@example.org, timezone: America/Los_Angeles}
"""
NAMES = ("ann", "bob", "cat", "dee")
HUDDLE = """events:
  huddle:
    title: Huddle
    host: ann
    starts: 2026-12-01T09:00
    duration: 30m
    repeat: {every: week, on: tue, count: 4}
"""
TUESDAYS = ("2026-12-01", "2026-12-08", "2026-12-15", "2026-12-22")


def says(workspace: Workspace, text: str) -> None:
    workspace.write(USERS + text)
    workspace.apply(*ALLOWED)
    workspace.settled()


def attending(service: Service, series: str = "huddle") -> dict[str, str]:
    """Who takes part, by the date that the rule gives, in letters."""
    names = {service.id_of(name): name[0] for name in NAMES if service.find_user(name)}
    return {
        mark.rpartition("@")[2]: "".join(
            sorted(names.get(each["participantId"], "?") for each in event["participants"])
        )
        for mark, event in by_mark(service).items()
        if mark.startswith(f"{series}@")
    }


def writes(service: Service) -> list[str]:
    """What has been written since the last time, by method."""
    found = [call.method for call in service.writes()]
    service.forget()
    return found


def test_names_people_and_teams_stand_side_by_side(workspace: Workspace, service: Service) -> None:
    workspace.at(service)
    teams = (
        "teams: {wards: [ann, bob, {user: cat, until: 2026-12-14}], all: [dee, {team: wards}], none: []}\n"
    )
    says(workspace, teams + HUDDLE + "    participants: [bob, {user: bob}, {team: all}, {team: none}]\n")
    assert attending(service) == dict(zip(TUESDAYS, ("abcd", "abcd", "abd", "abd"), strict=True))


def test_a_plan_says_who_comes_and_goes_and_where_it_is_from_then_on(
    workspace: Workspace, service: Service
) -> None:
    listed = "dee, {user: cat, until: 2026-12-14}, {user: bob, from: 2026-12-08}"
    moves = "    location: Room 2\n    from: {2026-12-15: {location: Room 5}}\n"
    workspace.at(service).write(f"{USERS}{HUDDLE}    participants: [{listed}]\n{moves}")
    shown = workspace.run("plan").stdout
    said = "ann, dee, cat until Tue 8 Dec, bob from Tue 8 Dec · Room 2, from Tue 15 Dec Room 5"
    assert f"      with  {said}\n" in shown


def test_a_joiner_costs_one_write_for_each_occurrence_they_join(
    workspace: Workspace, service: Service
) -> None:
    workspace.at(service)
    says(workspace, HUDDLE + "    participants: [{user: bob}]\n")
    writes(service)
    says(workspace, HUDDLE + "    participants: [{user: bob}, {user: dee, from: 2026-12-15}]\n")
    assert attending(service) == dict(zip(TUESDAYS, ("ab", "ab", "abd", "abd"), strict=True))
    assert len(joined := writes(service)) == 2 and {*joined} <= {"PATCH", "PUT"}


def test_a_leaver_costs_one_write_for_each_occurrence_they_leave_and_a_new_word_none(
    workspace: Workspace, service: Service
) -> None:
    workspace.at(service)
    says(workspace, HUDDLE + "    participants: [{user: bob}, {user: cat}]\n")
    writes(service)
    in_words = "    participants: [bob, {team: wards, until: 2027-06-30}]\n"
    says(workspace, "teams: {wards: [cat, {user: bob, from: 2026-12-01}]}\n" + HUDDLE + in_words)
    assert writes(service) == []
    says(workspace, "teams: {wards: [{user: cat, until: 2026-12-21}]}\n" + HUDDLE + in_words)
    assert attending(service) == dict(zip(TUESDAYS, ("abc", "abc", "abc", "ab"), strict=True))
    assert len(writes(service)) == 1


def test_the_date_is_that_on_which_it_takes_place_by_the_clock_of_the_series(
    workspace: Workspace, service: Service
) -> None:
    workspace.at(service)
    text = """events:
  berlin:
    title: Handover
    host: ann
    timezone: Europe/Berlin
    starts: 2026-12-01T00:30
    duration: 30m
    repeat: {every: week, on: tue, count: 3}
    change: {2026-12-15: {starts: 2026-12-07T12:00}}
    participants: [{user: bob, from: 2026-12-08}, {user: cat, until: 2026-12-01}]
  days:
    title: Retreat
    host: ann
    starts: 2026-12-08
    allDay: true
    participants: [{user: bob, from: 2026-12-08}, {user: cat, until: 2026-12-07}]
"""
    says(workspace, text)
    assert attending(service, "berlin") == {"2026-12-01": "ac", "2026-12-08": "ab", "2026-12-15": "a"}
    assert attending(service, "days") == {"2026-12-08": "ab"}


def test_a_single_date_may_have_a_list_of_its_own(workspace: Workspace, service: Service) -> None:
    workspace.at(service)
    own = "    change: {2026-12-08: {participants: [{team: wards}, {user: dee, until: 2026-12-07}]}}\n"
    says(workspace, "teams: {wards: [cat]}\n" + HUDDLE + "    participants: [dee]\n" + own)
    assert attending(service) == dict(zip(TUESDAYS, ("ad", "ac", "ad", "ad"), strict=True))


def test_from_a_date_on_others_are_listed_and_each_date_reads_its_own_list(
    workspace: Workspace, service: Service
) -> None:
    workspace.at(service)
    later = "    from: {2026-12-08: {participants: [{team: wards}, {user: dee, from: 2026-12-22}]}}\n"
    teams = "teams: {wards: [bob, {user: cat, until: 2026-12-15}]}\n"
    says(workspace, teams + HUDDLE + "    participants: [{user: dee, until: 2026-12-15}]\n")
    writes(service)
    says(workspace, teams + HUDDLE + "    participants: [{user: dee, until: 2026-12-15}]\n" + later)
    assert attending(service) == dict(zip(TUESDAYS, ("ad", "abc", "abc", "abd"), strict=True))
    assert len(writes(service)) == 3


def test_who_leaves_or_is_not_in_turn_is_no_participant_for_having_hosted(
    workspace: Workspace, service: Service
) -> None:
    workspace.at(service)
    turns = HUDDLE.replace("host: ann", "hosts: [ann, bob]") + "    participants: [{team: wards}]\n"
    says(workspace, "teams: {wards: [cat, {user: ann, from: 2026-12-15}]}\n" + turns)
    assert attending(service) == dict(zip(TUESDAYS, ("ac", "bc", "ac", "abc"), strict=True))


def test_a_patient_takes_part_whoever_comes_and_goes(workspace: Workspace, service: Service) -> None:
    workspace.at(service)
    made = service.send("POST", "/gh/sb-demo/patients", {"firstName": "Ada", "lastName": "Invented"}).json()
    patient = f"{{patient: {{id: {made['id']}}}}}"
    says(workspace, HUDDLE + f"    participants: [{patient}, {{user: bob, until: 2026-12-08}}]\n")
    assert attending(service) == dict(zip(TUESDAYS, ("?ab", "?ab", "?a", "?a"), strict=True))


@pytest.mark.parametrize(
    ("leaves", "present", "code"),
    [
        ("{ensure: departed, lastDay: 2026-12-08, successor: dee}", ("abc", "abc", "ac", "ac"), 0),
        ("{ensure: absent}", ("ac", "ac", "ac", "ac"), None),
    ],
)
def test_who_leaves_is_at_no_meeting_of_a_team_from_then_on_and_nobody_instead(
    workspace: Workspace, service: Service, leaves: str, present: tuple[str, ...], code: int | None
) -> None:
    workspace.at(service)
    teams = "teams: {wards: [{user: bob, until: 2027-06-30}, cat]}\n"
    said = teams + HUDDLE + "    participants: [{team: wards}, {user: bob, from: 2026-12-15}]\n"
    says(workspace, said)
    workspace.write(USERS.replace("{email: bob@example.org, timezone: America/Los_Angeles}", leaves) + said)
    # The live service lets no client delete a user.
    done = workspace.run("apply", *ALLOWED, "--auto-approve")
    assert done.code in ((0, 3) if code is None else (code,)), done
    assert attending(service) == dict(zip(TUESDAYS, present, strict=True))
    writes(service)
    workspace.run("apply", *ALLOWED, "--auto-approve")
    assert writes(service) == []


def test_a_member_whom_the_tenant_lacks_is_told_by_their_line(workspace: Workspace, service: Service) -> None:
    workspace.at(service).write(USERS + "teams: {wards: [bob, dea]}\n" + HUDDLE)
    done = workspace.run("plan")
    assert done.code == 1
    assert "env.yaml:11:22: no user `dea`: neither the manifests nor the tenant have one; " in done.stderr
    assert "did you mean `dee`?" in done.stderr


EVENT = "events: {e: {title: x, host: ana, starts: 2026-12-01T09:00, duration: 30m, %s}}\n"
LISTED = "write a username (no blanks, no slashes, at most 128 characters), {user: NAME}, {team: NAME} or "


@pytest.mark.parametrize(
    ("participants", "told"),
    [
        ("ana", "1:90 expected a list, found text"),
        ("[a b]", f"1:91 {LISTED}"),
        ("[[ana]]", f"1:91 expected text or a mapping (`key: value`), found a list: {LISTED}"),
        ("[{}]", "1:91 one of `user`, `team`, `patient` is missing"),
        ("[{user: ana, team: w}]", "1:91 `user`, `team` exclude each other: write one of them"),
        ("[{user: a b}]", "1:98 a username has no blanks and no slashes, and at most 128 characters"),
        ("[{team: a b}]", "1:98 a name has letters, digits, hyphens and underscores only, at most 60"),
        ("[{team: w}]", "1:98 no team is called `w`; none is declared"),
        ("[{user: ana, to: 2027-01-01}]", f"1:103 unknown key `to`; {LISTED}"),
        ("[{user: ana, from: jan}]", "1:109 `jan` is not a date"),
        ("[{user: ana, until: jan}]", "1:110 `jan` is not a date"),
        (
            "[{user: ana, from: 2027-01-02, until: 2027-01-01}]",
            "1:128 `until` (2027-01-01) is before `from` (2027-01-02)",
        ),
        (
            "[{patient: {externalId: P-1}, until: 2027-01-01}]",
            "1:120 `until` goes with `user` or `team`: leave it out beside `patient`",
        ),
    ],
)
def test_what_is_refused_says_what_to_write(tmp_path: Path, participants: str, told: str) -> None:
    (found,) = problems(tmp_path, EVENT % f"participants: {participants}")
    assert found.startswith(told)


def test_what_one_far_date_says_wrongly_is_told_at_once(tmp_path: Path) -> None:
    (found,) = problems(
        tmp_path, EVENT % "repeat: {every: day}, change: {2028-01-01: {participants: [{team: w}]}}"
    )
    assert found.endswith("no team is called `w`; none is declared")
