"""Series that change from a date on, and hosts in turn: applied, planned again, and told."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conftest import Workspace
from tests.support.cli import run
from tests.support.service import Service

pytestmark = pytest.mark.both

JSON = dict[str, Any]
NOW = "2026-11-24T12:00:00Z"
PEOPLE = ("ann", "bob", "cat", "dee")
USERS = "horizon: 6 weeks\nusers:\n" + "".join(
    f"  {name}: {{email: {name}@example.org}}\n" for name in PEOPLE
)
SERIES = "events:\n  round:\n    title: Round\n    starts: 2026-12-01T09:00\n    duration: 30m\n"
TUESDAYS = "    repeat: {every: week, on: tue}\n"


@pytest.fixture
def clinic(workspace: Workspace, service: Service) -> Workspace:
    return workspace.at(service)


def write(clinic: Workspace, more: str, users: str = USERS) -> None:
    clinic.write(users + SERIES + more)


def apply(clinic: Workspace, service: Service, more: str, users: str = USERS) -> list[str]:
    """The verbs of the writes about events that this costs, PUT as PATCH; nothing is left to do."""
    write(clinic, more, users)
    service.forget()
    clinic.apply()
    verbs = [call.method.replace("PUT", "PATCH") for call in service.writes() if "events" in call.path]
    clinic.settled()
    return verbs


def who(service: Service) -> dict[str, str]:
    """By date: the host, and who takes part besides."""
    names = {service.id_of(name): name for name in PEOPLE if service.find_user(name)}
    found = {}
    for event in service.events():
        staff = sorted(names[each["participantId"]] for each in event["participants"])
        host = names[event["hostId"]]
        staff.remove(host)
        found[event["startDateTime"][:10]] = "+".join([host, *staff])
    return found


def starts(service: Service) -> list[str]:
    return [event["startDateTime"][:16] for event in service.events()]


def test_a_series_moves_to_another_weekday_from_a_date_on_by_one_change_for_each_date(
    clinic: Workspace, service: Service
) -> None:
    apply(clinic, service, "    host: ann\n    participants: [bob]\n" + TUESDAYS)
    for event in service.events():
        service.answer(event, "bob", "Yes")
    before = {event["id"] for event in service.events()}
    split = "    from: {2026-12-14: {repeat: {every: week, on: thu}, starts: 10:00}}\n"
    verbs = apply(clinic, service, "    host: ann\n    participants: [bob]\n" + TUESDAYS + split)
    assert verbs == ["PATCH"] * 3
    assert starts(service) == [
        "2026-12-01T17:00", "2026-12-08T17:00", "2026-12-17T18:00", "2026-12-24T18:00", "2026-12-31T18:00"
    ]  # fmt: skip
    assert {event["id"] for event in service.events()} == before
    answers = {
        each["participationStatus"]
        for event in service.events()
        for each in event["participants"]
        if each["participantId"] == service.id_of("bob")
    }
    assert answers == {"Yes"}


def test_what_changes_from_a_date_on_is_laid_over_what_was_before(
    clinic: Workspace, service: Service
) -> None:
    rest = """    host: ann
    location: Room 1
    from:
      2026-12-08: {title: Board, mode: VIDEO, location: Room 2, remarks: Bring cake}
      2026-12-15: {title: Round, clear: [remarks], duration: 1h}
      2026-12-22: {starts: 10:00, host: bob, participants: [ann], color: red}
    change: {2026-12-22: {location: Room 3, starts: 11:00}}
"""
    apply(clinic, service, TUESDAYS + rest)
    told = [
        (
            event["startDateTime"][11:16], event["endDateTime"][11:16], event["eventTitle"],
            event["eventMode"], event["additionalInfo"]["location"],
            (event["additionalInfo"].get("remarks") or "").partition("\n")[0].partition("[")[0],
        )
        for event in service.events()
    ]  # fmt: skip
    assert told == [
        ("17:00", "17:30", "Round", "IN-PERSON", "Room 1", ""),
        ("17:00", "17:30", "Board", "VIDEO", "Room 2", "Bring cake"),
        ("17:00", "18:00", "Round", "VIDEO", "Room 2", ""),
        ("19:00", "20:00", "Round", "VIDEO", "Room 3", ""),
        ("18:00", "19:00", "Round", "VIDEO", "Room 2", ""),
    ]
    assert [*who(service).values()] == ["ann", "ann", "ann", "bob+ann", "bob+ann"]
    assert {event.get("eventColor", "red") for event in service.events()[-2:]} == {"red"}


def test_a_rule_of_before_goes_on_with_its_end_and_a_new_one_has_its_own(
    clinic: Workspace, service: Service
) -> None:
    counted = "    host: ann\n    repeat: {every: week, on: tue, count: 3}\n"
    apply(clinic, service, counted + "    from: {2026-12-08: {starts: 12:00}}\n")
    assert starts(service) == ["2026-12-01T17:00", "2026-12-08T20:00", "2026-12-15T20:00"]
    anew = "    from: {2026-12-08: {repeat: {every: week, on: tue, interval: 2, count: 2}}}\n"
    assert apply(clinic, service, counted + anew) == ["PATCH"] * 2, "the third moves on by a week"
    assert starts(service) == ["2026-12-01T17:00", "2026-12-08T17:00", "2026-12-22T17:00"]


def test_exceptions_speak_of_the_dates_that_hold_in_the_end(clinic: Workspace, service: Service) -> None:
    write(
        clinic,
        TUESDAYS
        + """    host: ann
    from: {2026-12-14: {repeat: {every: week, on: thu}}}
    change: {2026-12-22: cancelled}
""",
    )
    done = clinic.run("plan")
    assert done.code == 1
    assert "env.yaml:20:14: no occurrence of round falls on 2026-12-22" in done.stderr
    fits = (
        "    from: {2026-12-14: {repeat: {every: week, on: thu}}}\n    except: [2026-12-17]\n    host: ann\n"
    )
    apply(clinic, service, TUESDAYS + fits + "    also: [2026-12-16T09:00]\n    holidays: US\n")
    assert starts(service)[2:] == ["2026-12-16T17:00", "2026-12-24T17:00", "2026-12-31T17:00"]


def test_hosts_take_turns_and_only_who_changes_is_written(clinic: Workspace, service: Service) -> None:
    apply(clinic, service, TUESDAYS + "    hosts: [ann, bob, cat]\n")
    assert [*who(service).values()] == ["ann", "bob", "cat", "ann", "bob"]
    verbs = apply(clinic, service, TUESDAYS + "    hosts: [ann, bob, dee]\n")
    assert verbs == ["PATCH"]
    assert [*who(service).values()] == ["ann", "bob", "dee", "ann", "bob"], "cat takes part no more"
    left_out = "    hosts: [ann, bob, dee]\n    except: [2026-12-08]\n"
    assert apply(clinic, service, TUESDAYS + left_out) == ["DELETE"], "an exception uses its turn up"
    assert [*who(service).values()] == ["ann", "dee", "ann", "bob"]


def test_who_is_not_host_that_day_takes_part_only_as_a_participant(
    clinic: Workspace, service: Service
) -> None:
    apply(clinic, service, TUESDAYS + "    hosts: [ann, bob]\n    participants: [bob, dee]\n")
    assert [*who(service).values()][:2] == ["ann+bob+dee", "bob+dee"]
    swapped = "    hosts: [ann, bob]\n    change: {2026-12-08: {host: cat}}\n    participants: [bob, dee]\n"
    assert apply(clinic, service, TUESDAYS + swapped) == ["PATCH"]
    assert [*who(service).values()][:2] == ["ann+bob+dee", "cat+bob+dee"]


def test_who_was_added_by_hand_stays_whoever_hosts(clinic: Workspace, service: Service) -> None:
    apply(clinic, service, TUESDAYS + "    hosts: [ann, bob]\n")
    service.join(service.events()[0], service.id_of("dee"), "psm")
    apply(clinic, service, TUESDAYS + "    hosts: [bob, ann]\n")
    assert [*who(service).values()][:2] == ["bob+dee", "ann"]


@pytest.mark.parametrize(
    ("entry", "hosts"),
    [
        ("{title: Board}", "abcabcabca"),
        ("{turn: week}", "abcabbccaa"),
        ("{hosts: [dee, cat]}", "abcdcdcdcd"),
        ("{hosts: [dee, cat], turn: week}", "abcdccddcc"),
        ("{host: dee}", "abcddddddd"),
        ("{repeat: {every: week, on: [mon, tue]}}", "abcabcabca"),
    ],
)
def test_from_a_date_on_turns_go_on_or_begin_anew(workspace: Workspace, entry: str, hosts: str) -> None:
    workspace.now = NOW
    write(
        workspace,
        f"""    hosts: [ann, bob, cat]
    repeat: {{every: week, on: [tue, thu]}}
    from: {{2026-12-10: {entry}}}
""",
    )
    done = run("plan", "env.yaml", "--simulator", "--format", "json", "--now", NOW, cwd=workspace.folder)
    events = [each for each in done.data["changes"] if each["key"].startswith("event/")]
    found = "".join(each["after"]["hostId"].removeprefix("user/")[0] for each in events)
    assert found == (hosts if "mon" not in entry else hosts[: len(found)])


def test_a_turn_by_weeks_that_a_new_rule_parts_is_one_turn(workspace: Workspace) -> None:
    write(
        workspace,
        """    hosts: [ann, bob, cat]
    turn: week
    repeat: {every: week, on: [tue, thu]}
    from: {2026-12-09: {repeat: {every: week, on: fri}}}
""",
    )
    done = run("plan", "env.yaml", "--simulator", "--format", "json", "--now", NOW, cwd=workspace.folder)
    found = {
        each["key"].partition("@")[2]: each["after"]["hostId"].removeprefix("user/")
        for each in done.data["changes"] if each["key"].startswith("event/")
    }  # fmt: skip
    assert found["2026-12-08"] == found["2026-12-11"] == "bob"
    assert found["2026-12-18"] == "cat"


def test_a_departed_host_has_their_turns_taken_by_the_successor(clinic: Workspace, service: Service) -> None:
    turns = TUESDAYS + "    hosts: [ann, bob]\n"
    apply(clinic, service, turns)
    leaves = USERS.replace(
        "bob: {email", "bob: {ensure: departed, lastDay: 2026-12-10, successor: dee, email"
    )
    assert apply(clinic, service, turns, leaves) == ["PATCH"]
    assert [*who(service).values()] == ["ann", "bob", "ann", "dee", "ann"]


def test_what_also_adds_is_hosted_by_whoevers_turn_it_is(clinic: Workspace, service: Service) -> None:
    further = "    also: [2026-11-26T09:00, 2026-12-09T09:00]\n"
    apply(clinic, service, TUESDAYS + "    hosts: [ann, bob, cat]\n" + further)
    assert [*who(service).values()] == ["ann", "ann", "bob", "bob", "cat", "ann", "bob"]


def test_a_single_meeting_becomes_a_series_from_a_date_on(clinic: Workspace, service: Service) -> None:
    later = "    hosts: [ann, bob]\n    from: {2026-12-14: {repeat: {every: week, on: wed, count: 2}}}\n"
    apply(clinic, service, later)
    daily = "    host: ann\n    from: {2026-12-14: {repeat: {every: day}}}\n"
    assert starts(service) == ["2026-12-01T17:00", "2026-12-16T17:00", "2026-12-23T17:00"]
    assert [*who(service).values()] == ["ann", "bob", "ann"]
    apply(clinic, service, daily)
    assert (len(starts(service)), starts(service)[1]) == (1 + 22, "2026-12-14T17:00")


def test_what_is_one_hosts_is_planned_for_them_alone(clinic: Workspace, service: Service) -> None:
    write(clinic, TUESDAYS + "    hosts: [ann, bob, cat]\n")
    changes = clinic.plan("--user", "bob").data["changes"]
    keys = [each["key"] for each in changes if each["key"].startswith("event/")]
    assert keys == ["event/round@2026-12-08", "event/round@2026-12-29"]


def test_hosts_of_several_zones_need_a_zone_for_the_series(workspace: Workspace) -> None:
    abroad = USERS.replace("bob: {", "bob: {timezone: Europe/Berlin, ").replace(
        "cat: {", "cat: {timezone: US/Pacific, "
    )
    for hosts in ("    hosts: [ann, bob]\n", "    host: ann\n    from: {2026-12-14: {host: bob}}\n"):
        write(workspace, TUESDAYS + hosts, abroad)
        done = workspace.run("validate")
        said = (
            "ann lives in America/Los_Angeles and bob in Europe/Berlin: write whose clock the series goes by"
        )
        assert said in done.stderr
        write(workspace, TUESDAYS + hosts + "    timezone: Europe/Berlin\n", abroad)
        assert workspace.run("validate").code == 0
    aliases = "    hosts: [ann, cat]\n    change: {2026-12-08: {host: bob}}\n"
    write(workspace, TUESDAYS + aliases, abroad)
    assert workspace.run("validate").code == 0, "a host for one date moves no clock"


def test_a_plan_says_both_rules_and_all_hosts(clinic: Workspace, service: Service) -> None:
    write(
        clinic,
        TUESDAYS
        + """    hosts: [ann, bob, cat]
    participants: [dee]
    from: {2026-12-14: {repeat: {every: week, on: thu, count: 4}, starts: 10:00}}
""",
    )
    plan = clinic.run("plan").stdout
    assert "every Tue 09:00–09:30; from 14 Dec 2026 every Thu 10:00–10:30, 4 times, 5 occurrences" in plan
    assert "with  ann, bob or cat · dee" in plan
    clinic.apply()
    write(clinic, TUESDAYS + "    hosts: [ann, bob, cat]\n    participants: [dee]\n")
    assert "\n      rule  " not in clinic.run("plan").stdout
    clinic.apply()
    write(clinic, TUESDAYS + "    host: ann\n    from: {2026-12-14: {repeat: {every: week, on: thu}}}\n")
    assert (
        "\n      rule  every Tue 09:00–09:30; from 14 Dec 2026 every Thu 09:00–09:30"
        in clinic.run("plan").stdout
    )


def test_where_things_stay_as_people_put_them_a_series_still_moves(
    clinic: Workspace, service: Service
) -> None:
    """More occurrences lie before the date than after it: these aren't taken for moved by hand."""
    kept = TUESDAYS + "    host: ann\n    drift: keep\n"
    apply(clinic, service, kept)
    assert apply(clinic, service, kept + "    from: {2026-12-20: {starts: 10:00}}\n") == ["PATCH"] * 2
    assert starts(service)[-2:] == ["2026-12-22T18:00", "2026-12-29T18:00"]


def test_why_a_date_is_gone_is_told_by_the_rule_that_holds_then(clinic: Workspace, service: Service) -> None:
    apply(clinic, service, TUESDAYS + "    host: ann\n")
    ends = "    host: ann\n    from: {2026-12-14: {repeat: {every: week, on: tue, until: 2026-12-20}}}\n"
    write(clinic, TUESDAYS + ends)
    assert "gone  Tue 22 Dec, Tue 29 Dec (until)" in clinic.run("plan").stdout


def test_texts_of_all_stretches_are_ours_to_tell(clinic: Workspace, service: Service) -> None:
    later = "    host: ann\n    from: {2026-12-14: {title: Board, location: Room 2}}\n"
    apply(clinic, service, TUESDAYS + later)
    service.change_event(service.events()[0], eventTitle="Board")
    assert "title  Board → Round" in clinic.run("plan").stdout


def test_each_change_says_why_its_stretch_is_there(clinic: Workspace, service: Service) -> None:
    write(
        clinic,
        TUESDAYS
        + """    host: ann
    reason: Weekly
    from: {2026-12-14: {starts: 10:00, reason: New room}}
""",
    )
    changes = [each for each in clinic.plan().data["changes"] if each["key"].startswith("event/")]
    assert [each["why"] for each in changes] == ["Weekly", "Weekly", "New room", "New room", "New room"]


def test_a_series_that_begins_again_later_is_not_over(workspace: Workspace) -> None:
    again = "    from: {2027-06-01: {repeat: {every: week, on: tue, count: 3}}}\n"
    write(workspace, "    host: ann\n    repeat: {every: week, count: 1}\n" + again)
    done = run("validate", "env.yaml", "--now", "2027-02-01T00:00:00Z", cwd=workspace.folder)
    assert "is over" not in done.stderr


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ("host: ann, from: {2026-12-08: {turn: week}}", "`hosts` is missing: `turn` needs it"),
        ("host: ann, from: {2026-12-08: {host: ann, hosts: [bob]}}", "exclude each other: keep one"),
        ("host: ann, from: {2026-12-01: {mode: CALL}}", "is not after the start of the series (2026-12-01)"),
        ("host: ann, from: {2026-12-08: {timezone: Berlin}}", "`Berlin` is not a time zone"),
        ("host: ann, from: {2026-12-08: {location: A, clear: [location]}}", "`location` is both set"),
        ("host: ann, from: {2026-12-08: {duration: 1h, ends: 11:00}}", "`ends` and `duration` say the same"),
        ("host: ann, from: {2026-12-08: {ends: 09:00}}", "`ends` (09:00) is not after `starts`"),
        (
            "host: ann, repeat: FREQ=DAILY;BYHOUR=9, from: {2026-12-08: {starts: 10:00}}",
            "the rule says at what time itself, FREQ=DAILY;BYHOUR=9: write `repeat` beside it",
        ),
        (
            "host: ann, from: {2026-12-08: {repeat: {every: week, until: 2026-12-01}}}",
            "`until` (2026-12-01) is before the first start (2026-12-08)",
        ),
    ],
)
def test_what_is_refused_names_the_line_to_write(workspace: Workspace, more: str, said: str) -> None:
    title = "{title: Round, starts: 2026-12-01T09:00, duration: 30m"
    users = "users: {ann: {email: a@example.org}, bob: {email: b@example.org}}\n"
    repeat = "" if "repeat" in more.partition("from")[0] else ", repeat: {every: week}"
    workspace.write(f"{users}events: {{r: {title}, {more}{repeat}}}}}\n")
    done = workspace.run("validate")
    assert (done.code, said in done.stderr) == (1, True), done.stderr


ONCE = "users: {ann: {email: a@example.org}}\nevents: {r: {title: R, host: ann, starts: 2026-12-01T09:00, "


@pytest.mark.parametrize(
    ("more", "warned"),
    [
        ("from: {2026-12-08: {title: S}}", True),
        ("also: [2026-12-07T09:00], from: {2026-12-08: {title: S}}", True),
        ("also: [2026-12-08T09:00], from: {2026-12-08: {title: S}}", False),
        ("repeat: {every: week}, from: {2026-12-08: {title: S}}", False),
        ("from: {2026-12-08: {title: S}, 2026-12-09: {repeat: {every: week}}}", False),
    ],
)
def test_what_takes_place_once_does_not_change_from_a_date_on(
    workspace: Workspace, more: str, warned: bool
) -> None:
    workspace.write(f"{ONCE}duration: 30m, {more}}}}}\n")
    done = workspace.run("validate")
    said = "`2026-12-08`: nothing takes place from then on: write `repeat`, or a date of `also`"
    assert (done.code, said in done.stderr) == (0, warned), done


def test_whole_days_take_no_time_of_day_from_a_date_on(workspace: Workspace) -> None:
    whole = "title: R, host: ann, starts: 2026-12-01, allDay: true, repeat: {every: week}"
    workspace.write(f"events: {{r: {{{whole}, from: {{2026-12-08: {{starts: 10:00}}}}}}}}\n")
    assert "an all-day event has no time of day: take `starts` out" in workspace.run("validate").stderr


def test_a_calendar_file_goes_as_far_as_turns_are_told(workspace: Workspace) -> None:
    """No rule says whose turn it is: what lies beyond the overrides would have the wrong host."""
    write(workspace, TUESDAYS + "    hosts: [ann, bob]\n")
    for user in ((), ("--user", "bob")):
        text = workspace.run("calendar", "--format", "ics", *user).stdout
        assert "RRULE:FREQ=WEEKLY;UNTIL=202811" in text
    write(workspace, TUESDAYS + "    host: ann\n    from: {2027-02-01: {host: bob}}\n")
    assert "RRULE:FREQ=WEEKLY;BYDAY=TU" in workspace.run("calendar", "--format", "ics").stdout


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("    hosts: [ann, bob]\n", "    host: ann\n"),
        ("    host: ann\n    change: {2026-12-08: {host: bob}}\n", "    host: ann\n"),
        ("    host: ann\n    from: {2026-12-08: {host: bob}}\n", "    host: ann\n"),
        ("    host: bob\n", "    host: ann\n"),
    ],
)
def test_who_hosts_no_more_takes_part_no_more(
    before: str, after: str, clinic: Workspace, service: Service
) -> None:
    for said in (before, after):
        apply(clinic, service, "    repeat: {every: week, count: 3}\n" + said)
    ann = service.id_of("ann")
    for event in service.events():
        people = [each["participantId"] for each in event["participants"]]
        assert (event["hostId"], people) == (ann, [ann])
