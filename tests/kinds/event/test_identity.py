"""What an author edits, and what people do by hand, changes the calendar in the smallest way."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path

import pytest

from tests.conftest import NOW, Simulate, Workspace
from tests.support.service import JSON, Profile, Service, simulated

HEAD = "horizon: 52 weeks\nprune: true\nlimits: {deletePercent: 100, updatePercent: 100}\n"
HEAD += "users: {johndoe: {email: john@example.org}, janedoe: {email: jane@example.org}}\n"

pytestmark = pytest.mark.both  # marks in externalId, and in the remarks


def series(**changes: str) -> str:
    """A series of 100 occurrences, with some of its keys written otherwise."""
    keys = {"title": "Round", "host": "johndoe", "starts": "2026-12-01T09:00", "duration": "30m",
            "repeat": "{every: week, on: [tue, thu], count: 100}"} | changes  # fmt: skip
    return f"{HEAD}events:\n  round: {{{', '.join(f'{key}: {value}' for key, value in keys.items())}}}\n"


@pytest.fixture(scope="module")
def applied(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Profile], Path]:
    """The database of a service, of either profile, to which the series was applied."""

    @cache
    def of(profile: Profile) -> Path:
        folder = tmp_path_factory.mktemp(profile)
        with simulated(folder, profile=profile, db=str(folder / "simulator.db")) as service:
            workspace = Workspace(folder).at(service)
            workspace.write(series())
            workspace.apply()
        return folder / "simulator.db"

    return of


@pytest.fixture
def running(
    applied: Callable[[Profile], Path],
    profile: Profile,
    tmp_path: Path,
    simulate_service: Simulate,
    workspace: Workspace,
) -> Service:
    """A service where the series is live."""
    database = shutil.copy(applied(profile), tmp_path / "simulator.db")
    service = simulate_service(profile=profile, db=str(database))
    workspace.at(service).write(series())
    service.forget()
    return service


def written(workspace: Workspace, service: Service, text: str) -> Counter[str]:
    """What applying a manifest writes to events, by method; planning again finds nothing to do."""
    service.forget()
    workspace.write(text)
    workspace.apply()
    workspace.settled()
    writes = service.writes()
    return Counter(call.method.replace("PUT", "PATCH") for call in writes if "/events" in call.path)


def at(service: Service, start: str) -> JSON:
    (event,) = [each for each in service.events() if each["startDateTime"].startswith(start)]
    return event


def test_editing_one_date_of_a_hundred_is_exactly_one_write(running: Service, workspace: Workspace) -> None:
    assert len(running.events()) == 100
    changed = series(change="{2027-01-05: {starts: 10:00, title: Late round}}")
    assert written(workspace, running, changed) == {"PATCH": 1}


@pytest.mark.parametrize(
    "changes",
    [
        {"starts": "2026-12-01T10:00"},
        {"starts": "2026-12-02T09:00", "repeat": "{every: week, on: [wed, fri], count: 100}"},
        {"starts": "2026-11-30T09:00", "repeat": "{every: week, on: [mon, wed], count: 100}"},
        {"title": "Ward round"},
        {"duration": "45m"},
        {"participants": "[{user: janedoe}]"},
        {"timezone": "America/New_York"},
    ],
)
def test_moving_or_renaming_a_series_is_one_patch_each_and_nothing_else(
    changes: dict[str, str], running: Service, workspace: Workspace
) -> None:
    assert written(workspace, running, series(**changes)) == {"PATCH": 100}


def test_one_of_two_weekdays_moved_leaves_the_other_alone(running: Service, workspace: Workspace) -> None:
    moved = series(repeat="{every: week, on: [thu, sat], count: 100}")
    assert written(workspace, running, moved) == {"PATCH": 50}


def test_ending_a_series_is_one_delete_per_future_occurrence(running: Service, workspace: Workspace) -> None:
    ended = series(repeat="{every: week, on: [tue, thu], until: 2027-01-07}")
    assert written(workspace, running, ended) == {"DELETE": 100 - 12}


def test_a_date_left_out_for_another_is_moved_there(running: Service, workspace: Workspace) -> None:
    changed = series(**{"except": "[2026-12-24]", "also": "[2026-12-26T11:00]"})
    assert written(workspace, running, changed) == {"PATCH": 1}


def test_a_date_left_out_and_a_far_one_added_are_two_writes(running: Service, workspace: Workspace) -> None:
    changed = series(**{"except": "[2026-12-24]", "also": "[2027-01-09T11:00]"})
    assert written(workspace, running, changed) == {"DELETE": 1, "POST": 1}


@pytest.mark.parametrize("day", ["mon", "wed", "fri", "sat"])
def test_a_weekly_series_without_end_moves_to_any_weekday_by_patches_alone(
    day: str, simulate_service: Simulate, workspace: Workspace
) -> None:
    """The first date is gone for the days before it, the last one lies beyond the horizon for the others."""
    service = simulate_service()
    before = series(repeat="{every: week, on: tue}").replace("52 weeks", "8 weeks")
    workspace.at(service).write(before)
    workspace.apply()
    assert len(service.events()) == 7
    moved = series(repeat=f"{{every: week, on: {day}}}").replace("52 weeks", "8 weeks")
    assert written(workspace, service, moved) == {"PATCH": 7}


def one_off(**changes: str) -> str:
    return series(**changes).replace(", repeat: {every: week, on: [tue, thu], count: 100}", "")


def test_a_single_event_moved_to_another_day_keeps_its_answers(
    simulate_service: Simulate, workspace: Workspace
) -> None:
    service = simulate_service()
    workspace.at(service).write(one_off())
    workspace.apply()
    service.answer(at(service, "2026-12-01T17:00"), "johndoe", "Yes")
    assert written(workspace, service, one_off(starts="2027-02-10T09:00")) == {"PATCH": 1}
    (host,) = at(service, "2027-02-10T17:00")["participants"]
    assert host["participationStatus"] == "Yes"


def test_a_single_event_postponed_by_hand_is_not_made_again(
    simulate_service: Simulate, workspace: Workspace
) -> None:
    service = simulate_service()
    workspace.at(service).write(one_off(starts="2027-05-20T09:00", drift="keep").replace("52", "8"))
    workspace.apply()
    times = {"startDateTime": "2027-06-01T16:00:00.000Z", "endDateTime": "2027-06-01T16:30:00.000Z"}
    service.change_event(at(service, "2027-05-20"), **times)
    changes = [change["action"] for change in workspace.plan().plan]
    assert "create" not in changes


def test_times_of_one_day_are_told_apart_when_one_is_put_before_or_taken_away(
    simulate_service: Simulate, workspace: Workspace
) -> None:
    service = simulate_service()

    def times(hours: str) -> str:
        return series(repeat=f'"FREQ=DAILY;COUNT=5;BYHOUR={hours}"').replace("COUNT=5", "UNTIL=20261205")

    workspace.at(service).write(times("16"))
    workspace.apply()
    afternoon = {event["id"] for event in service.events()}
    assert written(workspace, service, times("9,16")) == {"POST": 5}
    assert written(workspace, service, times("16")) == {"DELETE": 5}
    assert {event["id"] for event in service.events()} == afternoon


def test_the_order_of_further_dates_and_one_that_is_there_anyway_mean_nothing(
    simulate_service: Simulate, workspace: Workspace
) -> None:
    service = simulate_service()
    workspace.at(service).write(series(also="[2026-12-30T08:00, 2026-12-30T11:00]"))
    workspace.apply()
    again = series(also="[2026-12-30T11:00, 2026-12-30T08:00, 2026-12-29T09:00]")
    assert written(workspace, service, again) == {}


def test_a_series_split_in_two_by_renamed_hands_its_second_half_on(
    service: Service, workspace: Workspace
) -> None:
    talk = "title: Talk, host: johndoe, duration: 30m"
    whole = f"talk: {{{talk}, starts: 2026-12-01T09:00, repeat: {{every: week, on: tue, count: 8}}}}"
    workspace.at(service).write(f"{HEAD}events:\n  {whole}\n")
    workspace.apply()
    ids = {event["id"] for event in service.events()}
    halves = whole.replace("count: 8", "until: 2026-12-20") + (
        f"\n  later: {{{talk}, starts: 2026-12-23T10:00, repeat: {{every: week, on: wed, count: 5}}}}"
    )
    text = f"renamed: {{event/talk: event/later}}\n{HEAD}events:\n  {halves}\n"
    assert written(workspace, service, text) == {"PATCH": 5}
    assert {event["id"] for event in service.events()} == ids


@pytest.mark.parametrize("prune", ["prune: true\n", ""])
def test_what_people_cannot_tell_apart_is_not_made_twice_under_another_name(
    prune: str, simulate_service: Simulate, workspace: Workspace
) -> None:
    service = simulate_service()
    head = HEAD.replace("prune: true\n", prune)
    workspace.at(service).write(series().replace(HEAD, head))
    workspace.apply()
    service.forget()
    workspace.write(series().replace(HEAD, head).replace("  round:", "  rounds:"))
    workspace.apply()
    workspace.settled()
    assert Counter(call.method for call in service.writes()) == {"PATCH": 100}


def test_an_occurrence_moved_by_hand_is_shown_and_moved_back(running: Service, workspace: Workspace) -> None:
    moved = at(running, "2026-12-08T17:00")
    by_hand = {"startDateTime": "2026-12-08T19:00:00.000Z", "endDateTime": "2026-12-08T19:30:00.000Z"}
    running.change_event(moved, **by_hand)
    (change,) = workspace.plan().plan
    assert (change["action"], change["reason"]) == ("update", "moved by hand in Welkin")
    assert written(workspace, running, series()) == {"PATCH": 1}


def test_an_occurrence_moved_by_hand_stays_with_drift_keep(running: Service, workspace: Workspace) -> None:
    moved = at(running, "2026-12-08T17:00")
    by_hand = {"startDateTime": "2026-12-08T19:00:00.000Z", "endDateTime": "2026-12-08T19:30:00.000Z"}
    running.change_event(moved, **by_hand)
    workspace.write(series(drift="keep"))
    workspace.settled()
    shown = workspace.plan("--show-unchanged").plan
    assert [c["key"] for c in shown if "drift: keep" in c["reason"]] == ["event/round@2026-12-08"]
    assert written(workspace, running, series(drift="keep", title="Ward")) == {"PATCH": 100}
    assert at(running, "2026-12-08T19:00")["eventTitle"] == "Ward"


def test_answers_survive_an_edit_that_moves_what_people_have_answered(
    running: Service, workspace: Workspace
) -> None:
    running.answer(at(running, "2026-12-08T17:00"), "johndoe", "Yes")
    assert written(workspace, running, series(drift="keep", starts="2026-12-01T10:00")) == {"PATCH": 100}
    (host,) = at(running, "2026-12-08T18:00")["participants"]
    assert host["participationStatus"] == "Yes"


def test_the_moving_window_never_makes_an_event_flicker(
    simulate_service: Simulate, workspace: Workspace
) -> None:
    service = simulate_service()
    text = series(repeat="{every: week, on: [tue, thu], count: 30}").replace("52 weeks", "3 weeks")
    workspace.at(service).write(text)
    begin, seen = datetime.fromisoformat(NOW), set[str]()
    for hours in (0, 5, 30, 31, 100, 170, 171, 340, 600, 900, 1300):
        workspace.now = f"{begin + timedelta(hours=hours):%Y-%m-%dT%H:%M:%SZ}"
        service.at(workspace.now)
        service.forget()
        workspace.apply()
        workspace.settled()
        writes = [call for call in service.writes() if "/events" in call.path]
        assert {call.method for call in writes} <= {"POST"}
        marks = [call.body["externalId"] for call in writes]
        assert seen.isdisjoint(marks)
        seen |= set(marks)


def test_only_new_rolls_the_horizon_on_and_undoes_nothing_that_people_did(
    simulate_service: Simulate, workspace: Workspace
) -> None:
    service = simulate_service()
    workspace.at(service).write(series().replace("52 weeks", "3 weeks"))
    workspace.apply()
    kept = at(service, "2026-12-08T17:00")
    by_hand = {"startDateTime": "2026-12-08T19:00:00.000Z", "endDateTime": "2026-12-08T19:30:00.000Z"}
    service.change_event(kept, **by_hand)
    gone = at(service, "2026-12-03T17:00")
    service.send("DELETE", f"/gh/sb-demo/calendar/events/{gone['id']}")
    workspace.now = "2026-12-01T12:00:00Z"
    service.at(workspace.now)
    service.forget()
    workspace.apply("--only-new")
    writes = [call for call in service.writes() if "/events" in call.path]
    days = [(call.method, call.body["startDateTime"][:10]) for call in writes]
    assert sorted(days) == [("POST", "2026-12-15"), ("POST", "2026-12-17")], "in either order"
    assert not [e for e in service.events() if e["startDateTime"].startswith("2026-12-03")]
    assert at(service, "2026-12-08T19:00")


def test_whole_days_become_hours_in_the_calendar_too(
    simulate_service: Simulate, workspace: Workspace
) -> None:
    service = simulate_service()
    days = one_off(starts="2026-12-07", allDay="true").replace("duration: 30m, ", "")
    workspace.at(service).write(days)
    workspace.apply()
    assert written(workspace, service, one_off(starts="2026-12-07T09:00")) == {"PATCH": 1}
    assert not at(service, "2026-12-07")["allDayEvent"]


def test_what_is_protected_stays_though_its_series_is_renamed_to_nothing(
    running: Service, workspace: Workspace
) -> None:
    head = HEAD + "protect: [event/round]\nrenamed: {event/round: event/nothing}\n"
    assert written(workspace, running, head) == {}
    assert len(running.events()) == 100


def test_a_renaming_that_nobody_took_out_undoes_nothing(running: Service, workspace: Workspace) -> None:
    head = HEAD + "renamed: {event/round: event/talk}\n"
    more = "  talk: {title: Talk, host: janedoe, starts: 2026-12-01T12:00, duration: 30m}\n"
    assert written(workspace, running, series().replace(HEAD, head) + more) == {"POST": 1}


def test_times_told_apart_by_seconds_have_marks_of_their_own(
    simulate_service: Simulate, workspace: Workspace
) -> None:
    service = simulate_service()
    workspace.at(service).write(series(repeat='"FREQ=DAILY;COUNT=6;BYSECOND=0,20,40"'))
    workspace.apply()
    workspace.settled()
    assert len({event["externalId"] for event in service.events()}) == 6


def test_a_series_called_as_a_leave_is_an_error(workspace: Workspace) -> None:
    text = one_off().replace("round:", "leave-johndoe:") + "leave: {johndoe: 2026-12-01}\n"
    workspace.write(text)
    done = workspace.run("validate")
    assert (done.code, "event/leave-johndoe@2026-12-01 is in env.yaml:" in done.stderr) == (1, True), done
