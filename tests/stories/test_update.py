"""`export --update`: what people did in Welkin becomes lines of the files; all else stays as typed."""

from __future__ import annotations

from difflib import unified_diff

import pytest

from tests.conftest import HEAD, Workspace
from tests.support.service import JSON, Service

ANN = """\
{from: 2026-12-01, to: 2027-03-31, days: {mon-thu: 09:00-18:00, fri: "09:00-13:00"}}  # as agreed"""
STAFF = """\
# Who is who at the clinic.
users:
  ann: {email: ann@example.org, phone: +15555550001, firstName: 'Ann'}  # nurse
  bob:
    email: bob@example.org
    # his desk
    phone: "+15555550002"   # not at night
    clear: [credentials]
  cat: {email: cat@example.org}
  dan: {email: dan@example.org}

teams: {desk: [bob, cat]}
shifts: {E: 06:00-14:00, N: 22:00-06:00}
templates: {clinic: {days: {mon-fri: 09:00-17:00}}}
rotations:
  wards: {starts: 2026-11-30, weeks: [E E E E E . ., . . N N N . .]}

workHours:
  # Full time.
  ann:
    - {from: 2026-12-01, to: 2027-03-31, days: {mon-thu: 09:00-18:00, fri: "09:00-13:00"}}  # as agreed
    - &closing {override: Closing, from: 2026-12-24, to: 2027-01-01, days: off}
  bob:
    - {from: 2026-12-01, template: clinic}
    - *closing
  cat:
    - from: 2026-12-01
      days:
        mon-fri: 09:00-17:00
        # short
        fri: 09:00-12:00
    - *closing
  dan:
    - {from: 2026-11-30, rotation: wards}   # nights in turn

events:
  # Every Tuesday and Thursday.
  huddle:
    title: "Huddle"
    host: ann
    starts: 2026-12-01T09:00   # by the clock
    duration: 30m
    repeat: {every: week, on: [tue, thu]}
    participants: [{team: desk}]
    location: $(room)

  drill:
    title: Drill
    host: ann
    starts: 2026-12-20T09:00
    ends: 10:00
    participants:
      - {user: bob}   # first aid
      - {user: cat}

leave:
  ann: [2027-07-05..2027-07-16, 2027-08-02]   # summer
"""


class Clinic:
    """It has been applied; then people act by hand."""

    def __init__(self, workspace: Workspace, service: Service) -> None:
        self.workspace, self.service = workspace.at(service), service
        head = HEAD + "prune: true\nvars: {room: Room 7}\n"
        workspace.write("", head=head + "include: [staff.yaml]\n")
        self.write(STAFF)
        workspace.apply()
        workspace.settled()

    def write(self, text: str) -> None:
        (self.workspace.folder / "staff.yaml").write_text(text, newline="")

    @property
    def text(self) -> str:
        return (self.workspace.folder / "staff.yaml").read_bytes().decode()

    def events(self, title: str) -> list[JSON]:
        return [each for each in self.service.events() if each["eventTitle"] == title]

    def change_hours(self, username: str, number: int, **fields: object) -> None:
        rows = sorted(self.service.hours(username)[username], key=lambda row: str(row["startDateTime"]))
        row = rows[number]
        names = ("startDateTime", "endDateTime", "daysInfo", "type", "ruleType", "name")
        body = {name: row[name] for name in names if row.get(name) is not None}
        path = f"/gh/sb-demo/calendar/work-hours/{row['workHoursId']}"
        self.service.send("PUT", path, {"psmId": self.service.id_of(username), **body, **fields})

    def accepted(self, *flags: str) -> list[str]:
        """The lines that an update changes; after it the plan is empty, and another changes nothing."""
        before = self.text
        shown = self.workspace.run("drift", "--as-yaml")
        done = self.workspace.run("export", "--update", *flags)
        assert (done.code, done.stderr) == (0, ""), done
        lines = [*unified_diff(before.splitlines(), self.text.splitlines(), lineterm="", n=0)][2:]
        changed = [line for line in lines if not line.startswith("@@")]
        if not flags:
            own = [line for line in shown.stdout.splitlines() if line[:1] in "+-"]
            assert own == changed, "drift --as-yaml shows what is written"
            self.workspace.settled()
        now = self.text
        again = self.workspace.run("export", "--update", *flags)
        assert (again.code, again.stdout, self.text) == (0, "Nothing to accept.\n", now)
        return changed


@pytest.fixture
def clinic(workspace: Workspace, service: Service) -> Clinic:
    return Clinic(workspace, service)


def at(day: str, clock: str) -> str:
    return f"{day}T{clock}:00.000Z"


def week(**days: str) -> list[JSON]:
    names = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
    clocks = {names.index(day) + 1: hours.split("-") for day, hours in days.items()}
    return [{"day": day, "startTime": f"{a}:00", "endTime": f"{b}:00"} for day, (a, b) in clocks.items()]


def test_nothing_to_accept(clinic: Clinic) -> None:
    assert clinic.accepted() == []


def test_fields_of_people(clinic: Clinic) -> None:
    clinic.service.send("PATCH", "/gh/admin/users/ann", {"phone": "+15559999999", "firstName": None})
    clinic.service.send("PATCH", "/gh/admin/users/bob", {"phone": "+15557777777", "credentials": "RN, PT"})
    assert clinic.accepted() == [
        "-  ann: {email: ann@example.org, phone: +15555550001, firstName: 'Ann'}  # nurse",
        "+  ann: {email: ann@example.org, phone: +15559999999, clear: [firstName]}  # nurse",
        '-    phone: "+15555550002"   # not at night',
        "-    clear: [credentials]",
        '+    phone: "+15557777777"   # not at night',
        "+    credentials: RN, PT",
    ]  # fmt: skip


def test_occurrences_that_were_moved_renamed_cancelled_and_deleted(clinic: Clinic) -> None:
    first, second, third, fourth, *_ = clinic.events("Huddle")
    clinic.service.change_event(
        first, startDateTime=at("2026-12-01", "18:00"), endDateTime=at("2026-12-01", "18:45")
    )
    clinic.service.change_event(second, eventTitle="Huddle: with cake")
    clinic.service.change_event(third, eventStatus="CANCELLED")
    clinic.service.send("DELETE", f"/gh/sb-demo/calendar/events/{fourth['id']}")
    assert clinic.accepted() == [
        "+    except: [2026-12-10]",
        "+    change:",
        "+      2026-12-01: {starts: 10:00, duration: 45m}",
        '+      2026-12-03: {title: "Huddle: with cake"}',
        "+      2026-12-08: cancelled",
    ]


def test_who_takes_part_behind_a_team_is_written_out_with_a_comment(clinic: Clinic) -> None:
    first, second, *_ = clinic.events("Huddle")
    clinic.service.join(first, clinic.service.id_of("dan"), "psm")
    clinic.service.change_event(second, hostId=clinic.service.id_of("bob"))
    assert clinic.accepted() == [
        "+    change:",
        "+      2026-12-01: {participants: [bob, cat, dan]}  # instead of team desk",
        "+      2026-12-03: {host: bob, participants: [ann, cat]}  # instead of team desk",
    ]


def test_a_value_that_all_dates_share_changes_in_its_place(clinic: Clinic) -> None:
    for event in clinic.events("Huddle"):
        clinic.service.change_event(event, additionalInfo={"location": "Garden $(x)"})
    assert clinic.accepted() == ["-    location: $(room)", "+    location: Garden $$(x)"]


def test_a_single_event_changes_in_its_place_and_on_another_date_it_is_a_change(clinic: Clinic) -> None:
    (drill,) = clinic.events("Drill")
    there = [each for each in drill["participants"] if each["participantId"] != clinic.service.id_of("bob")]
    kept = ("id", "participantId", "participantRole", "participationStatus")
    people = [{key: each[key] for key in kept if key in each} for each in there]
    clinic.service.change_event(
        drill,
        startDateTime=at("2026-12-20", "18:00"),
        endDateTime=at("2026-12-20", "20:00"),
        participants=people,
    )
    assert clinic.accepted() == [
        "-    starts: 2026-12-20T09:00",
        "-    ends: 10:00",
        "+    starts: 2026-12-20T10:00",
        "+    ends: 12:00",
        "-      - {user: bob}   # first aid",
    ]
    (drill,) = clinic.events("Drill")
    clinic.service.change_event(
        drill, startDateTime=at("2026-12-22", "18:00"), endDateTime=at("2026-12-22", "20:00")
    )
    assert clinic.accepted() == ["+    change:", "+      2026-12-20: {starts: 2026-12-22T10:00}"]


def test_hours_of_a_weekday_and_of_what_is_shared(clinic: Clinic) -> None:
    clinic.change_hours(
        "ann",
        0,
        daysInfo=week(
            mon="09:00-18:00", tue="10:00-18:00", wed="09:00-18:00", thu="09:00-18:00", fri="09:00-12:00"
        ),
    )
    clinic.change_hours(
        "bob",
        0,
        daysInfo=week(mon="09:00-15:00", **dict.fromkeys(("tue", "wed", "thu", "fri"), "09:00-17:00")),
    )
    clinic.change_hours("bob", 1, endDateTime="2027-01-03T23:59:59.999Z")
    clinic.change_hours(
        "cat", 0, daysInfo=week(**dict.fromkeys(("mon", "tue", "thu"), "09:00-17:00"), fri="09:00-13:00")
    )
    assert clinic.accepted() == [
        f"-    - {ANN}",
        "+    - " + ANN.replace('13:00"', '12:00", tue: 10:00-18:00'),
        "-    - {from: 2026-12-01, template: clinic}",
        "-    - *closing",
        "+    - {from: 2026-12-01, days: {mon: 09:00-15:00, tue-fri: 09:00-17:00}}"
        "  # instead of template clinic",
        "+    - {override: Closing, from: 2026-12-24, to: 2027-01-03, days: off}  # instead of *closing",
        "-        fri: 09:00-12:00",
        "+        fri: 09:00-13:00",
        "+        wed: off",
    ]


def test_an_anchor_stays_with_those_who_refer_to_it(clinic: Clinic) -> None:
    clinic.change_hours("ann", 1, endDateTime="2027-01-03T23:59:59.999Z")
    assert clinic.accepted() == [
        "-    - &closing {override: Closing, from: 2026-12-24, to: 2027-01-01, days: off}",
        "+    - {override: Closing, from: 2026-12-24, to: 2027-01-03, days: off}",
        "-    - *closing",
        "+    - &closing {override: Closing, from: 2026-12-24, to: 2027-01-01, days: off}",
    ]


def test_a_week_of_a_rotation_and_hours_from_a_date_on(clinic: Clinic) -> None:
    clinic.change_hours("dan", 2, daysInfo=week(mon="08:00-12:00"))
    clinic.change_hours("ann", 0, endDateTime="2027-01-31T23:59:59.999Z")
    body = {
        "psmId": clinic.service.id_of("ann"),
        "startDateTime": "2027-02-01T00:00:00.000Z",
        "endDateTime": "2027-03-31T23:59:59.999Z",
        "type": "WORKING_HOURS",
        "ruleType": "DEFAULT",
        "daysInfo": week(mon="09:00-12:00"),
    }
    clinic.service.send("POST", "/gh/sb-demo/calendar/work-hours", body)
    assert clinic.accepted() == [
        f"-    - {ANN}",
        f"+    - {ANN.replace('2027-03-31', '2027-01-31')}",
        "+    - {from: 2027-02-01, to: 2027-03-31, days: {mon: 09:00-12:00}}",
        "-    - {from: 2026-11-30, rotation: wards}   # nights in turn",
        "+    - {from: 2026-11-30, to: 2026-12-13, rotation: wards}   # nights in turn",
        "+    - {from: 2026-12-14, to: 2026-12-20, days: {mon: 08:00-12:00}}  # instead of rotation wards",
        "+    - {from: 2026-12-21, rotation: wards}",
    ]


def test_words_of_a_roster_and_of_a_row(clinic: Clinic) -> None:
    rows = "    - {from: 2026-12-01, days: E E E E E . .}\n"
    sheet = "roster:\n  2026-W51: {eve: L L 08:00-10:00 L L . .}   # on the wall\n\n"
    clinic.write(
        STAFF.replace("  dan: {", "  eve: {email: eve@example.org}\n  dan: {", 1)
        .replace("{E: 06:00-14:00,", "{E: 06:00-14:00, L: 13:00-21:00,")
        .replace("\nevents:", f"  eve:\n{rows}\n{sheet}events:", 1)
    )
    clinic.workspace.apply()
    usual = dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), "06:00-14:00")
    late = dict.fromkeys(("mon", "tue", "thu", "fri"), "13:00-21:00")
    clinic.change_hours("eve", 2, daysInfo=week(**usual | {"tue": "13:00-21:00"}))
    clinic.change_hours("eve", 1, daysInfo=week(**late | {"wed": "06:00-14:00", "sat": "09:00-10:00"}))
    assert clinic.accepted() == [
        "-    - {from: 2026-12-01, days: E E E E E . .}",
        "+    - {from: 2026-12-01, to: 2026-12-20, days: E E E E E . .}",
        "+    - {from: 2026-12-21, days: {mon: 06:00-14:00, wed-fri: 06:00-14:00, tue: 13:00-21:00}}",
        "-  2026-W51: {eve: L L 08:00-10:00 L L . .}   # on the wall",
        "+  2026-W51: {eve: L L E L L 09:00-10:00 .}   # on the wall",
    ]


def test_leave_that_lasts_longer_and_leave_that_was_called_off(clinic: Clinic) -> None:
    first, second = clinic.events("Leave")
    clinic.service.change_event(first, endDateTime="2027-07-19T06:59:59.999Z")
    clinic.service.change_event(second, eventStatus="CANCELLED")
    assert clinic.accepted() == [
        "-  ann: [2027-07-05..2027-07-16, 2027-08-02]   # summer",
        "+  ann: [2027-07-05..2027-07-18]   # summer",
    ]


def test_leave_that_begins_on_another_date(clinic: Clinic) -> None:
    first, _ = clinic.events("Leave")
    clinic.service.change_event(first, startDateTime="2027-07-07T07:00:00.000Z")
    assert clinic.accepted() == [
        "-  ann: [2027-07-05..2027-07-16, 2027-08-02]   # summer",
        "+  ann: [2027-07-07..2027-07-16, 2027-08-02]   # summer",
    ]
    clinic.write(clinic.text.replace("2027-07-07..2027-07-16", "2027-07-06..2027-07-16"))
    clinic.service.forget()
    clinic.workspace.apply()
    assert [call.route for call in clinic.service.writes()] == ["PATCH events"], "it is the same event still"
    clinic.workspace.settled()


def test_leave_on_one_of_several_dates(clinic: Clinic) -> None:
    entry = "{on: [2027-07-05..2027-07-16, 2027-08-02, 2027-08-09], title: Off}"
    clinic.write(STAFF.replace("[2027-07-05..2027-07-16, 2027-08-02]", entry))
    clinic.workspace.apply()
    first, second, third = clinic.events("Off")
    clinic.service.change_event(first, endDateTime="2027-07-19T06:59:59.999Z")
    clinic.service.change_event(second, eventStatus="CANCELLED")
    clinic.service.change_event(
        third, startDateTime="2027-08-11T07:00:00.000Z", endDateTime="2027-08-12T06:59:59.999Z"
    )
    assert clinic.accepted() == [
        f"-  ann: {entry}   # summer",
        "+  ann: {on: [2027-07-05..2027-07-18, 2027-08-11], title: Off}   # summer",
    ]


def test_of_one_person_only(clinic: Clinic) -> None:
    clinic.service.send("PATCH", "/gh/admin/users/ann", {"phone": "+15559999999"})
    clinic.service.send("PATCH", "/gh/admin/users/cat", {"email": "cat.lee@example.org"})
    assert clinic.accepted("--user", "cat") == [
        "-  cat: {email: cat@example.org}",
        "+  cat: {email: cat.lee@example.org}",
    ]


def test_ends_of_lines_and_the_mark_at_the_beginning_stay(clinic: Clinic) -> None:
    clinic.write("\ufeff" + STAFF.replace("\n", "\r\n"))
    clinic.service.send("PATCH", "/gh/admin/users/ann", {"phone": "+15559999999"})
    assert len(clinic.accepted()) == 2
    assert clinic.text == "\ufeff" + STAFF.replace("0001", "____").replace(
        "+1555555____", "+15559999999"
    ).replace("\n", "\r\n")


def test_texts_that_want_to_be_more_are_texts(clinic: Clinic) -> None:
    first, second, *_ = clinic.events("Huddle")
    clinic.service.change_event(first, eventTitle="}] # $(room)\n- x: &a *b !c")
    clinic.service.change_event(second, eventTitle="##[error]x \u202e")
    assert clinic.accepted() == [
        "+    change:",
        '+      2026-12-01: {title: "}] # $$(room)\\n- x: &a *b !c"}',
        '+      2026-12-03: {title: "\\x23#[error]x \\u202e"}',
    ]


def test_what_no_manifest_says_is_named_and_what_a_patient_attends_is_not_read(clinic: Clinic) -> None:
    first, second, *_ = clinic.events("Huddle")
    clinic.service.change_event(first, additionalInfo={"location": None})
    ada = clinic.service.patient("P-1")
    clinic.service.join(second, ada, "patient")
    (second,) = [each for each in clinic.events("Huddle") if each["id"] == second["id"]]
    clinic.service.change_event(second, eventTitle="About Ada")
    before = clinic.text
    done = clinic.workspace.run("export", "--update")
    assert done.code == 3 and clinic.text == before
    assert done.stderr.splitlines() == [
        "not in the manifests: event/huddle@2026-12-01: `change` of one date can't say this of its location",
        "not in the manifests: event/huddle@2026-12-03: a patient attends: its title isn't read into a file",
    ]
    assert "Ada" not in done.stdout + done.stderr
    data = clinic.workspace.run("export", "--update", "--format", "json").data
    assert data["format"] == "welkin-reconcile/update/1" and data["files"] == []
    assert [each["key"] for each in data["left"]] == ["event/huddle@2026-12-01", "event/huddle@2026-12-03"]


def test_hours_that_were_never_applied_are_not_taken_for_deleted_ones(clinic: Clinic) -> None:
    clinic.write(
        STAFF.replace("\nevents:", "  eve:\n    - {from: 2027-01-04, days: {mon: 09:00-12:00}}\n\nevents:")
    )
    clinic.write(clinic.text.replace("  dan: {", "  eve: {email: eve@example.org}\n  dan: {", 1))
    before = clinic.text
    done = clinic.workspace.run("export", "--update")
    assert done.code == 3 and clinic.text == before
    assert "left alone: workHours/eve@2027-01-04: not in Welkin, and nothing here tells" in done.stderr


def test_flags_that_do_not_go_together(clinic: Clinic) -> None:
    assert "leave --all" in clinic.workspace.run("export", "--update", "--all").stderr
    assert "--user goes with --update" in clinic.workspace.run("export", "--all", "--user", "ann").stderr
    assert "leave --notify" in clinic.workspace.run("drift", "--as-yaml", "--format", "json").stdout
