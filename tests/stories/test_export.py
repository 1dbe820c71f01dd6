"""From a clicked-together tenant to manifests that plan empty, and to events that are ours."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from tests.support.cli import Result, run
from tests.support.clicked import Clicked
from tests.support.service import Service, simulated

JSON = dict[str, Any]
NOW = "2026-11-24T12:00:00Z"
HEAD = "tenant: gh\ninstance: sb-demo\nowner: staffing\ntimezone: America/New_York\napi: {client: STAFFING}\n"


def command(service: Service, folder: Path, name: str, path: str, *flags: str) -> Result:
    return run(name, path, "--api-url", service.url, "--now", NOW, *flags, cwd=folder)


def exported(service: Service, folder: Path, *flags: str) -> Path:
    (folder / "env.yaml").write_text(HEAD, encoding="utf-8")
    done = command(service, folder, "export", "env.yaml", "--out", "out", *flags)
    assert done.code == 0, done
    return folder / "out"


def round_trip(folder: Path, profile: str, users: int, events: int, seed: int) -> None:
    live = profile == "live"
    with simulated(folder, now=NOW, profile=profile) as service:
        clicked = Clicked(service, seed, datetime.fromisoformat(NOW), live)
        clicked.fill(users, events)
        service.forget()
        whom = ("--all",) if live else ("--users", ",".join(clicked.ids))
        out = exported(service, folder, *whom)
        again = command(service, folder, "export", "env.yaml", "--out", "again", *whom)
        checked = run("validate", "env/env.yaml", "--now", NOW, cwd=out)
        plan = command(service, out, "plan", "env/env.yaml", "--detailed-exitcode")
        assert not service.writes()
        assert (again.code, checked.code, plan.code) == (0, 0, 0), (again, checked, plan)
        assert "No changes." in plan.stdout
        assert "can't say" not in "".join(path.read_text() for path in out.rglob("*.yaml")), out
        for path in out.rglob("*.yaml"):
            assert path.read_bytes() == (folder / "again" / path.relative_to(out)).read_bytes()
        files = [path for path in out.rglob("*.yaml") if path.name != "people.yaml"]
        lines = sum(len(path.read_text().splitlines()) for path in files)
        assert lines <= 0.15 * clicked.lines, (lines, clicked.lines)


@pytest.mark.both
@pytest.mark.parametrize("seed", [1, 2])
def test_what_is_exported_plans_empty(tmp_path: Path, profile: str, seed: int) -> None:
    round_trip(tmp_path, profile, 12, 150, seed)


@pytest.mark.slow
@pytest.mark.both
def test_a_whole_clinic_plans_empty(tmp_path: Path, profile: str) -> None:
    round_trip(tmp_path, profile, 300, 2000, 3)


@pytest.fixture
def clinic(tmp_path: Path) -> Iterator[Service]:
    with simulated(tmp_path, now=NOW) as service:
        for name in ("ann", "bob", "zoe"):
            service.user(name, timezone="America/New_York", userState="ACTIVE")
        yield service


def meeting(service: Service, host: str, start: str, end: str, **fields: Any) -> JSON:
    said = {
        "eventTitle": "Huddle",
        "eventType": "APPOINTMENT",
        "eventMode": "IN-PERSON",
        "eventColor": "green",
    }
    return service.event(
        host, f"{start}:00.000Z", f"{end}:00.000Z", **said | {"eventStatus": "SCHEDULED"} | fields
    )


def plans_empty(service: Service, folder: Path, *whom: str) -> str:
    """Export, and plan what was written; the files' text."""
    out = exported(service, folder, *(whom or ("--all",)))
    checked = run("validate", "env/env.yaml", "--now", NOW, cwd=out)
    assert checked.code == 0, checked
    plan = command(service, out, "plan", "env/env.yaml", "--detailed-exitcode")
    assert plan.code == 0 and "No changes." in plan.stdout, plan
    assert run("fmt", "--check", *map(str, out.rglob("*.yaml")), cwd=out).code == 0
    return "\n".join(path.read_text(encoding="utf-8") for path in sorted(out.rglob("*.yaml")))


def test_nothing_private_is_told(clinic: Service, tmp_path: Path) -> None:
    patient = clinic.patient("P-1")
    with_patient = [{"participantId": patient, "participantRole": "patient"}]
    meeting(
        clinic,
        "ann",
        "2026-12-01T15:00",
        "2026-12-01T15:30",
        eventTitle="Ada's hip",
        participants=with_patient,
    )
    meeting(clinic, "ann", "2026-12-02T15:00", "2026-12-02T15:30", eventTitle="Off", eventStatus="CANCELLED")
    meeting(clinic, "ann", "2026-12-03T15:00", "2026-12-03T15:30", eventDescription="About Ada")
    meeting(clinic, "bob", "2026-12-04T15:00", "2026-12-04T15:30", eventTitle="Bob's own")
    others = [{"participantId": clinic.id_of("zoe"), "participantRole": "psm"}]
    meeting(clinic, "ann", "2026-12-05T15:00", "2026-12-05T15:30", eventTitle="Review", participants=others)
    meeting(
        clinic,
        "ann",
        "2026-12-06T15:00",
        "2026-12-06T15:30",
        eventTitle="Theirs",
        externalId="other/x@2026-12-06",
    )
    text = plans_empty(clinic, tmp_path, "--users", "ann")
    told = command(clinic, tmp_path, "export", "env.yaml", "--users", "ann")
    everything = text + told.stdout + told.stderr
    for secret in ("Ada", "Off", "Bob", "bob", "zoe", "Theirs", patient):
        assert secret not in everything, secret
    assert "title: Huddle" in text and "title: Review" in text
    for left in (
        "appointments that a patient attends (1)",
        "descriptions of meetings (1)",
        "events with somebody else's mark (1)",
    ):
        assert left in text, text
    assert "read them before you commit" in text and "read them before you commit" in told.stderr


def test_who_is_inactive_is_left_out(clinic: Service, tmp_path: Path) -> None:
    clinic.set_state("bob", "INACTIVE")
    text = plans_empty(clinic, tmp_path)
    assert "bob" not in text and "users who are inactive or of the system (1)" in text


def test_a_service_without_a_list_wants_names(tmp_path: Path) -> None:
    with simulated(tmp_path, now=NOW, profile="reference") as service:
        service.user("ann")
        (tmp_path / "env.yaml").write_text(HEAD)
        done = command(service, tmp_path, "export", "env.yaml", "--all")
        assert done.code == 1 and "--users" in done.stderr
        assert command(service, tmp_path, "export", "env.yaml", "--users", "ann").code == 0
        unknown = command(service, tmp_path, "export", "env.yaml", "--users", "ann,amn")
        assert unknown.code == 1 and "no user is called `amn`" in unknown.stderr


def test_it_is_said_whom_to_export(clinic: Service, tmp_path: Path) -> None:
    (tmp_path / "env.yaml").write_text(HEAD)
    for flags in ((), ("--all", "--users", "ann")):
        done = command(clinic, tmp_path, "export", "env.yaml", *flags)
        assert done.code == 1 and "--all, or --users" in done.stderr


def test_no_file_is_written_over(clinic: Service, tmp_path: Path) -> None:
    out = exported(clinic, tmp_path, "--all")
    (out / "env" / "env.yaml").unlink()
    again = command(clinic, tmp_path, "export", "env.yaml", "--all", "--out", "out")
    assert again.code == 1 and "in the way" in again.stderr
    assert not (out / "env" / "env.yaml").exists()


def test_a_file_for_each_person(clinic: Service, tmp_path: Path) -> None:
    meeting(clinic, "ann", "2026-12-01T15:00", "2026-12-01T15:30")
    out = exported(clinic, tmp_path, "--all", "--by", "person")
    assert sorted(path.name for path in (out / "staff").iterdir()) == ["ann.yaml", "bob.yaml", "zoe.yaml"]
    assert "huddle:" in (out / "staff" / "ann.yaml").read_text()
    assert command(clinic, out, "plan", "env/env.yaml", "--detailed-exitcode").code == 0


def test_one_file_on_stdout_is_an_environment(clinic: Service, tmp_path: Path) -> None:
    meeting(clinic, "ann", "2026-12-01T15:00", "2026-12-01T15:30")
    (tmp_path / "env.yaml").write_text(HEAD)
    done = command(clinic, tmp_path, "export", "env.yaml", "--all")
    (tmp_path / "all").mkdir()
    (tmp_path / "all" / "env.yaml").write_text(done.stdout)
    plan = command(clinic, tmp_path / "all", "plan", "env.yaml", "--detailed-exitcode")
    assert plan.code == 0, plan
    as_json = command(clinic, tmp_path, "export", "env.yaml", "--all", "--format", "json").data
    assert as_json["files"]["env.yaml"] == done.stdout.rstrip("\n") + "\n"


def test_whatever_people_typed_comes_back(clinic: Service, tmp_path: Path) -> None:
    titles = ("Cost: $(low)", "# no comment", "- dash", "two\nlines", "'quoted' \"both\"", "Grüße 👋🏽",
              "{a: b}", "yes", "null", "::error::x",
              " blank ", "tab\there", "a, b", "\u202eturned", "\u2028x")  # fmt: skip
    for number, title in enumerate(titles):
        meeting(clinic, "ann", f"2026-12-01T{number:02}:00", f"2026-12-01T{number:02}:30", eventTitle=title,
                additionalInfo={"location": title, "remarks": title})  # fmt: skip
    text = plans_empty(clinic, tmp_path)
    assert text.count("title:") == len(titles), text


def test_leave_and_whole_days(clinic: Service, tmp_path: Path) -> None:
    whole = {"allDayEvent": True, "eventType": "LEAVE", "eventTitle": "Leave", "eventColor": "grey"}
    meeting(clinic, "ann", "2026-11-20T05:00", "2026-11-27T05:00", **whole)  # lasts already
    meeting(clinic, "ann", "2026-12-21T05:00", "2026-12-22T05:00", **whole)
    meeting(clinic, "bob", "2026-12-21T05:00", "2026-12-23T05:00", **whole | {"eventTitle": "Congress"})
    meeting(clinic, "zoe", "2027-03-13T05:00", "2027-03-15T04:00", **whole)  # the clocks change
    text = plans_empty(clinic, tmp_path)
    assert "zoe: 2027-03-13..2027-03-14" in text
    assert "ann: [2026-11-20..2026-11-26, 2026-12-21]" in text
    assert "bob: [{on: 2026-12-21..2026-12-22, title: Congress}]" in text


def test_clocks_that_change(clinic: Service, tmp_path: Path) -> None:
    """Weekly in another zone than the host's, and a night that ends by the clock."""
    for week, hour in enumerate((8, 8, 8, 8, 7, 7, 7)):  # Berlin puts its clocks forward on 28 March
        day = 3 + 7 * week
        start = f"2027-{3 + (day > 31):02}-{day - 31 * (day > 31):02}"
        meeting(clinic, "ann", f"{start}T{hour:02}:00", f"{start}T{hour:02}:45", timezone="Europe/Berlin")
    nights = (("13T03", "13T11"), ("14T03", "14T10"), ("15T02", "15T10"))  # New York: from 22:00 to 06:00
    for start, end in nights:
        meeting(clinic, "bob", f"2027-03-{start}:00", f"2027-03-{end}:00", eventTitle="Night duty")
    text = plans_empty(clinic, tmp_path)
    assert "timezone: Europe/Berlin" in text
    assert "starts: 2027-03-03T09:00" in text and "ends: 06:00" in text and "except" not in text


def test_holidays_that_explain_all_holes(clinic: Service, tmp_path: Path) -> None:
    for month, days in (
        (12, (4, 11, 18)),
        (1, (8, 15, 22, 29)),
        (2, (5,)),
    ):  # Fridays but Christmas and New Year
        for day in days:
            start = f"{2026 + (month < 12)}-{month:02}-{day:02}"
            meeting(clinic, "ann", f"{start}T15:00", f"{start}T15:30")
    assert "holidays: US" in plans_empty(clinic, tmp_path)


def test_what_is_ours_comes_back_under_its_name(clinic: Service, tmp_path: Path) -> None:
    manifest = (
        HEAD
        + """
users: {ann: {email: ann@example.org}, bob: {email: bob@example.org}, zoe: {email: zoe@example.org}}
shifts: {E: 06:00-14:00, N: 22:00-06:00}
rotations:
  wards: {starts: 2026-11-30, weeks: [E E E E E . ., N N N . . . .]}
  fourOn: {starts: 2026-11-30, cycle: E E N N . . . .}
workHours:
  ann: [{from: 2026-11-30, rotation: wards}]
  bob: [{from: 2026-11-30, rotation: wards, offset: 1 week}]
  zoe: [{from: 2026-11-30, rotation: fourOn}]
leave: {ann: [2026-12-28..2026-12-30, {on: 2026-12-03, between: 13:00-17:00, title: Dentist}]}
events:
  team-week:
    title: Team
    host: ann
    starts: 2026-12-01T09:00
    duration: 30m
    repeat: {every: week, on: tue}
    except: [2026-12-29]
    change: {2026-12-08: {starts: 10:00}, 2026-12-15: {title: Long one, duration: 2h}}
    participants: [bob]
  review:
    {title: Review, host: bob, starts: 2026-12-03T09:00, duration: 1h,
     repeat: {every: month, on: thu, position: 1}}
"""
    )
    (tmp_path / "env.yaml").write_text(manifest)
    applied = command(clinic, tmp_path, "apply", "env.yaml", "--auto-approve")
    assert applied.code == 0, applied
    text = plans_empty(clinic, tmp_path, "--users", "ann,bob,zoe")
    lines = (
        "team-week:",
        "repeat: {every: week, on: tue}",
        "2026-12-08: {starts: 10:00}",
        "2026-12-15: {duration: 2h, title: Long one}",
        "repeat: {every: month, on: thu, position: 1}",
        "2026-12-28..2026-12-30",
        "{on: 2026-12-03, between: 13:00-17:00, title: Dentist}",
        "offset: 1 week",
        "cycle: E E N N . . . .",
        "N: 22:00-06:00",
    )
    assert [line for line in lines if line not in text] == [], text


def test_hosts_in_turn_and_for_once(clinic: Service, tmp_path: Path) -> None:
    manifest = (
        HEAD
        + """
users: {ann: {email: ann@example.org}, bob: {email: bob@example.org}, zoe: {email: zoe@example.org}}
events:
  rounds:
    title: Rounds
    hosts: [ann, bob, zoe]
    starts: 2026-11-26T09:00
    duration: 30m
    repeat: {every: week, on: thu}
    except: [2026-12-24]
    participants: [ann, bob, zoe]
  clinic:
    title: Open clinic
    hosts: [bob, ann]
    turn: week
    starts: 2026-11-30T13:00
    duration: 2h
    repeat: {every: week, on: [mon, wed]}
  review:
    title: Review
    host: ann
    starts: 2026-11-27T09:00
    duration: 1h
    repeat: {every: week, on: fri}
    change: {2026-12-11: {host: zoe}}
    participants: [bob]
"""
    )
    (tmp_path / "env.yaml").write_text(manifest)
    applied = command(clinic, tmp_path, "apply", "env.yaml", "--auto-approve")
    assert applied.code == 0, applied
    text = plans_empty(clinic, tmp_path, "--users", "ann,bob,zoe")
    lines = ("hosts: [ann, bob, zoe]", "participants: [ann, bob, zoe]", "hosts: [bob, ann]", "turn: week",
             "2026-12-11: {host: zoe}")  # fmt: skip
    assert [line for line in lines if line not in text] == [], text


def test_what_swaps_and_closures_made_of_nights_is_said(clinic: Service, tmp_path: Path) -> None:
    """Of a row of hours from midnight to midnight, what begins on a date; the morning after goes with it."""
    manifest = (
        HEAD
        + """
users: {ann: {email: ann@example.org}, bob: {email: bob@example.org}, zoe: {email: zoe@example.org}}
shifts: {E: 06:00-14:00, N: 22:00-06:00, D: [08:00-12:00, 13:00-17:00]}
workHours:
  ann: [{from: 2026-11-30, days: {mon-wed: N}}]
  bob: [{from: 2026-11-30, days: {mon-fri: E}}, {override: Exam, on: 2026-12-08, hours: off}]
  zoe:
    - {from: 2026-11-30, days: {mon-thu: D}}
    - {override: Course, on: 2026-12-09..2026-12-18, days: {wed: N}}
swaps: [{on: 2026-12-01, between: [ann, bob]}]
closures: [{on: 2026-12-21..2026-12-27, name: Winter closing, for: [ann]}]
"""
    )
    (tmp_path / "env.yaml").write_text(manifest)
    applied = command(clinic, tmp_path, "apply", "env.yaml", "--auto-approve")
    assert applied.code == 0, applied
    text = plans_empty(clinic, tmp_path)
    lines = (
        "{override: Exam, on: 2026-12-08, hours: off}",
        "{override: Course, on: 2026-12-09..2026-12-16, days: {wed: 22:00-06:00}}",
        "{override: Winter closing, on: 2026-12-21..2026-12-23, hours: off}",
        "{on: 2026-12-01, between: [ann, bob]}",
    )
    assert [line for line in lines if line not in text] == [], text
    for name, hours in (("ann", "06:00-14:00"), ("bob", "22:00-06:00")):  # without the other there is no swap
        told = command(clinic, tmp_path, "export", "env.yaml", "--users", name).stdout
        assert f"on: 2026-12-01, hours: {hours}}}" in told and "can't say" not in told, told


def test_shifts_that_meet_at_midnight_are_two(clinic: Service, tmp_path: Path) -> None:
    rota = "shifts: {L: 16:00-24:00, M: 00:00-08:00}\nworkHours:\n"
    weeks = "[L L M M . . ., off, M M . . . L L]"
    rota += f"  ann: [{{from: 2026-12-01, rotation: {{starts: 2026-11-30, weeks: {weeks}}}}}]\n"
    (tmp_path / "env.yaml").write_text(HEAD + rota, encoding="utf-8")
    assert command(clinic, tmp_path, "apply", "env.yaml", "--auto-approve").code == 0
    said = plans_empty(clinic, tmp_path, "--users", "ann")
    assert "16:00-24:00" in said and "00:00-08:00" in said and "16:00-08:00" not in said, said


def test_weeks_that_are_like_no_others_are_sheets(clinic: Service, tmp_path: Path) -> None:
    """Of people whose hours are made up week by week, and of others who stand in for two weeks."""
    sheets = """
  2026-W50: {ann: E E . N N . ., bob: . N N . E E ., zoe: N . . E E . .}
  2026-W51: {ann: . E E E . N N, bob: N . . E . E E, zoe: E . N N . . E}
  2026-W52: {ann: N N . . E E ., bob: E E . N . . N}
  2026-W53: {ann: . . N N . E E, bob: . E E . N N .}
"""
    manifest = (
        HEAD
        + f"""
users: {{ann: {{email: ann@example.org}}, bob: {{email: bob@example.org}}, zoe: {{email: zoe@example.org}}}}
shifts: {{E: 06:00-14:00, N: 22:00-06:00}}
workHours: {{ann: [], bob: [], zoe: [{{from: 2026-11-30, days: {{mon-fri: E}}}}]}}
roster:{sheets}"""
    )
    (tmp_path / "env.yaml").write_text(manifest)
    applied = command(clinic, tmp_path, "apply", "env.yaml", "--auto-approve")
    assert applied.code == 0, applied
    text = plans_empty(clinic, tmp_path)
    for row in ("ann: []", "bob: []", "zoe: [{from: 2026-11-30, days: {mon-fri: E}}]", "2026-W50:",
                "    ann: E E . N N . .", "    zoe: E . N N . . E", "    bob: . E E . N N ."):  # fmt: skip
        assert row in text, (row, text)


def test_of_a_user_only_what_no_manifest_says_is_left_out(clinic: Service, tmp_path: Path) -> None:
    clinic.user("kim", timezone="America/New_York", userState="ACTIVE", locale="in English", lastName="Lee")
    text = plans_empty(clinic, tmp_path)
    assert "what manifests can't say: users/kim.locale." in text, text
    assert "kim: {email: kim@example.org, timezone: America/New_York, lastName: Lee}" in text, text


@pytest.mark.both
@pytest.mark.parametrize("seed", [3, 4])
def test_all_that_was_exported_is_adopted_and_stays_as_it_is(tmp_path: Path, profile: str, seed: int) -> None:
    with simulated(tmp_path, now=NOW, profile=profile) as service:
        clicked = Clicked(service, seed, datetime.fromisoformat(NOW), profile == "live")
        clicked.fill(8, 120)
        out = exported(
            service, tmp_path, *(("--all",) if profile == "live" else ("--users", ",".join(clicked.ids)))
        )
        before, people = service.events(), service.hours(*clicked.ids)
        service.forget()
        adopted = command(service, out, "apply", "env/env.yaml", "--adopt", "--auto-approve")
        assert adopted.code == 0, adopted
        twice = "there a second time" in (out / "staff" / "meetings.yaml").read_text()
        assert len(service.writes()) == len(before) or twice
        for was, now in zip(before, service.events(), strict=True):
            assert seen(was) == seen(now)
            assert twice or "staffing/" in str(now.get("externalId")) + str(now["additionalInfo"])
        assert service.hours(*clicked.ids) == people
        plan = command(service, out, "plan", "env/env.yaml", "--detailed-exitcode")
        assert plan.code == 0 and "No changes." in plan.stdout, plan


def seen(event: JSON) -> JSON:
    """What people see of an event."""
    info = dict(event["additionalInfo"] or {})
    info["remarks"] = info.get("remarks", "").partition("[staffing/")[0].strip()
    marks = ("externalId", "externalIdUpdatedAt", "updatedAt", "updatedBy", "additionalInfo")
    return {name: value for name, value in event.items() if name not in marks} | {
        "info": {k: v for k, v in info.items() if v}
    }


def test_what_no_manifest_says_is_named_and_the_rest_plans_empty(tmp_path: Path) -> None:
    """Rows that overlap, an override that begins like another one, whole days that begin at noon."""
    with simulated(tmp_path, now=NOW, cut_neighbours=False) as service:
        for name in ("ann", "bob", "zoe"):
            service.user(name, timezone="America/New_York", userState="ACTIVE")
        days = [{"day": day, "startTime": "09:00:00", "endTime": "17:00:00"} for day in range(1, 6)]

        def row(user: str, start: str, end: str, **fields: Any) -> None:
            dates = {"startDateTime": f"{start}T00:00:00.000Z", "endDateTime": f"{end}T23:59:59.999Z"}
            body = {"psmId": service.id_of(user), "daysInfo": days, **dates, **fields}
            service.send("POST", "/gh/sb-demo/calendar/work-hours", body)

        row("ann", "2026-12-01", "2027-01-31")
        row("ann", "2027-01-15", "2027-03-31", daysInfo=days[:2])
        row("bob", "2026-12-01", "2027-01-31")
        for name, count in (("One", 1), ("Two", 2)):
            fields = {"ruleType": "OVERRIDE", "type": "WORKING_HOURS", "name": name, "daysInfo": days[:count]}
            row("bob", "2026-12-07", "2026-12-11", **fields)
        row("zoe", "2026-12-01", "2027-01-31")
        meeting(
            service, "zoe", "2026-12-08T17:00", "2026-12-09T12:00", allDayEvent=True, eventTitle="From noon"
        )
        meeting(service, "zoe", "2026-12-10T17:00", "2026-12-10T17:30")
        text = plans_empty(service, tmp_path)
        assert "what manifests can't say: workHours/ann, overrides of bob on 2026-12-07" in text, text
        assert "what manifests can't say: events/from-noon" in text, text
        assert "bob: [{from: 2026-12-01" in text and "huddle:" in text


def test_nobody_is_nobody(tmp_path: Path) -> None:
    with simulated(tmp_path, now=NOW) as service:
        service.user("ann", userState="INACTIVE")
        plans = exported(service, tmp_path, "--all")
        assert command(service, plans, "plan", "env/env.yaml", "--detailed-exitcode").code == 0
