"""What a plan does to people, point by point of the contract, on days that can be reckoned by hand."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

import pytest

from reconciler.model import Action, Change, Key
from reconciler.staffing.clashes import Conflict, Trouble
from reconciler.staffing.data import impact_data
from reconciler.staffing.review import judged
from tests.support.staffed import (
    DAYS,
    JSON,
    SENT,
    SOURCE,
    Clinic,
    Side,
    Someone,
    epoch,
    event,
    moved,
    row,
    stamp,
)

NOW = datetime(2027, 3, 1, 12, tzinfo=UTC)  # a Monday, 04:00 in Los Angeles
HERE = "America/Los_Angeles"
NINE = {day: ["09:00-17:00"] for day in DAYS[:5]}
SHORT = {day: ["09:00-12:00"] for day in DAYS[:5]}
ALWAYS = row("2027-01-04", None, NINE, id="usual")


def ann(before: Sequence[JSON], after: Sequence[JSON] | None = None, **fields: str) -> Clinic:
    """A clinic of one, with horizon to 11 March."""
    sides = [Side(HERE, [*rows]) for rows in (before, before if after is None else after)]
    return Clinic(NOW, {"ann": Someone(sides[0], sides[1], fields.get("credentials"))})


def told(clinic: Clinic) -> JSON:
    return impact_data(clinic.effect().impact)


UNTIL = {
    "nothing changes": ([ALWAYS], [ALWAYS], "2027-03-11"),
    "within the horizon": (
        [ALWAYS], [ALWAYS, row("2027-03-03", "2027-03-04", {"wed": []}, "OVERRIDE")], "2027-03-11",
    ),
    "beyond it": ([ALWAYS], [ALWAYS, row("2027-05-03", "2027-05-09", SHORT, "OVERRIDE")], "2027-05-09"),
    "open-ended": ([ALWAYS], [row("2027-01-04", None, SHORT, id="usual")], "2027-08-30"),
    "ended": ([ALWAYS], [row("2027-01-04", "2027-04-30", NINE, id="usual")], "2027-08-30"),
    "longer than 26 weeks": ([], [row("2027-03-08", "2027-12-31", NINE, id="usual")], "2027-08-30"),
    "cut in two, and the same afterwards": (
        [ALWAYS],
        [row("2027-01-04", "2027-03-31", NINE, id="usual"),
         row("2027-04-01", "2027-04-30", SHORT, id="april"), row("2027-05-01", None, NINE, id="may")],
        "2027-04-30",
    ),
    "said in other pieces only": (
        [ALWAYS],
        [row("2027-01-04", "2027-03-31", NINE, id="usual"), row("2027-04-01", None, NINE, id="april")],
        "2027-03-11",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", UNTIL)
def test_it_is_looked_until_the_end_of_what_changes(name: str) -> None:
    before, after, until = UNTIL[name]
    found = told(ann(before, after))
    assert (found["lookedFrom"], found["lookedUntil"]) == ("2027-03-01", until)
    assert [day["date"] for day in found["coverage"]["dates"]][:: 10**6] == ["2027-03-01"]
    assert found["coverage"]["dates"][-1]["date"] == until


def test_it_is_looked_until_the_end_of_a_leave_and_of_a_meeting_that_moves() -> None:
    clinic = ann([ALWAYS])
    clinic.people["ann"].after = Side(
        HERE, [ALWAYS], [(epoch("2027-07-05T07:00Z"), epoch("2027-07-17T07:00Z"))]
    )
    assert told(clinic)["lookedUntil"] == "2027-07-16"
    clinic = ann([ALWAYS])
    clinic.events.append(event("e", "ann", epoch("2027-03-02T17:00Z"), epoch("2027-03-02T18:00Z")))
    late = epoch("2027-04-20T17:00Z"), epoch("2027-04-20T18:00Z")
    clinic.changes.append(moved(clinic.events[0], "standup@2027-03-02", *late))
    assert told(clinic)["lookedUntil"] == "2027-04-20"


@pytest.mark.parametrize(
    ("now", "zone", "day", "halves"),
    [
        ("2027-03-12T12:00Z", HERE, "2027-03-14", 46), ("2027-11-05T12:00Z", HERE, "2027-11-07", 50),
        ("2027-03-26T12:00Z", "Europe/Berlin", "2027-03-28", 46),
        ("2027-10-01T12:00Z", "Australia/Lord_Howe", "2027-10-03", 47),
        ("2027-04-02T12:00Z", "Australia/Lord_Howe", "2027-04-04", 49),
        ("2027-09-01T12:00Z", "America/Santiago", "2027-09-05", 46),  # the date begins at 01:00
        ("2027-04-01T12:00Z", "America/Santiago", "2027-04-03", 50),
    ],
)  # fmt: skip
def test_a_date_has_as_many_half_hours_as_it_has(now: str, zone: str, day: str, halves: int) -> None:
    whole = row("2027-01-04", None, {name: ["00:00-24:00"] for name in DAYS})
    side = Side(zone, [whole])
    clinic = Clinic(datetime.fromisoformat(now), {"ann": Someone(side, side)}, timezone=zone)
    found = {each["date"]: each["before"] for each in told(clinic)["coverage"]["dates"]}
    assert found[day] == [1] * halves
    assert {len(numbers) for date, numbers in found.items() if date != day} == {48}


def test_a_number_is_the_least_at_any_moment() -> None:
    clinic = ann([row("2027-01-04", None, {"tue": ["09:00-09:50"]})])
    clinic.people["bob"] = Someone(*[Side(HERE, [row("2027-01-04", None, {"tue": ["09:20-10:30"]})])] * 2)
    (tuesday,) = [each for each in told(clinic)["coverage"]["dates"] if each["date"] == "2027-03-02"]
    assert tuesday["before"][17:22] == [0, 1, 1, 1, 0]


def test_a_changed_zone_moves_the_hours() -> None:
    clinic = ann([ALWAYS])
    clinic.people["ann"].after = Side("America/New_York", [ALWAYS])
    clinic.events.append(event("e", "ann", epoch("2027-03-02T23:00Z"), epoch("2027-03-03T00:00Z"), ["p"]))
    found = told(clinic)
    assert found["hours"]["people"] == []  # as many as before
    assert found["lookedUntil"] == "2027-08-30"
    (lost,) = found["stranded"]
    assert (lost["reasons"], lost["changes"]) == (["hours"], ["user/ann"])
    assert lost["suggestions"][0] == {"start": "2027-03-03T14:00:00.000Z", "end": "2027-03-03T15:00:00.000Z"}


def test_hours_are_summed_by_what_people_are_after_the_plan() -> None:
    clinic = ann([ALWAYS], [row("2027-01-04", None, SHORT, id="usual")], credentials="RN")
    clinic.people["bob"] = Someone(*[Side(HERE, [ALWAYS])] * 2, None)
    hours = told(clinic)["hours"]
    assert [(each["user"], each["credentials"]) for each in hours["people"]] == [("ann", "RN")]
    assert hours["people"][0]["weeks"][0] == {"monday": "2027-03-01", "before": 40, "after": 15}
    assert len(hours["people"][0]["weeks"]) == 27
    assert [(each["credentials"], each["weeks"][0]["after"]) for each in hours["byCredentials"]] == [
        ("RN", 15), (None, 40),
    ]  # fmt: skip
    assert hours["total"]["weeks"][0] == {"monday": "2027-03-01", "before": 80, "after": 55}


def test_rows_of_availability_and_of_the_past_are_no_hours() -> None:
    other = ALWAYS | {"type": "AVAILABILITY", "workHoursId": "other"}
    clinic = ann([other, row("2026-01-05", "2027-02-01", NINE, id="past")])
    assert told(clinic)["hours"]["total"]["weeks"][0]["before"] == 0


def visits(*starts: str, minutes: int = 60) -> Clinic:
    """Ann, who is off duty in the afternoon from now on, with appointments."""
    clinic = ann([ALWAYS], [row("2027-01-04", None, SHORT, id="usual")])
    for number, start in enumerate(starts, 1):
        begin = epoch(start)
        clinic.events.append(event(f"e{number}", "ann", begin, begin + 60 * minutes, ["q", "p"]))
    return clinic


def test_an_appointment_that_loses_a_part_of_its_time_is_stranded() -> None:
    (lost,) = told(visits("2027-03-02T19:30Z", "2027-03-03T18:00Z"))["stranded"]
    assert lost == {
        "eventId": "e1", "host": "ann",
        "start": "2027-03-02T19:30:00.000Z", "end": "2027-03-02T20:30:00.000Z",
        "patients": ["p", "q"], "reasons": ["hours"], "changes": ["workHours/ann@2027-01-04"],
        "source": {"path": SOURCE.path, "line": SOURCE.line},
        "suggestions": [
            {"start": "2027-03-03T17:00:00.000Z", "end": "2027-03-03T18:00:00.000Z"},
            {"start": "2027-03-03T19:00:00.000Z", "end": "2027-03-03T20:00:00.000Z"},
            {"start": "2027-03-04T17:00:00.000Z", "end": "2027-03-04T18:00:00.000Z"},
        ],
    }  # fmt: skip


@pytest.mark.parametrize(
    "fields",
    [
        {"eventStatus": "CANCELLED"},
        {"eventStatus": "completed"},
        {"eventStatus": "MISSED"},
        {"participants": []},
    ],
)
def test_what_is_closed_or_has_no_patient_is_not_stranded(fields: JSON) -> None:
    clinic = visits("2027-03-02T21:00Z")
    clinic.events[0] |= fields
    assert told(clinic)["stranded"] == []


def test_only_what_is_still_to_come_is_stranded() -> None:
    clinic = visits("2027-03-01T23:00Z", "2027-08-30T23:00Z", "2027-08-31T23:00Z")
    clinic.now = datetime(2027, 3, 1, 23, 0, 1, tzinfo=UTC)
    clinic.events[1]["eventType"] = "ENCOUNTER"
    assert [each["eventId"] for each in told(clinic)["stranded"]] == ["e2"]


def test_an_appointment_that_the_plan_moves_is_judged_where_it_will_stand() -> None:
    clinic = visits("2027-03-02T21:00Z", "2027-03-02T17:00Z")
    to_morning, to_noon = epoch("2027-03-03T17:00Z"), epoch("2027-03-03T21:00Z")
    clinic.changes.append(moved(clinic.events[0], "review@2027-03-02", to_morning, to_morning + 3600))
    clinic.changes.append(moved(clinic.events[1], "intake@2027-03-02", to_noon, to_noon + 3600))
    (lost,) = told(clinic)["stranded"]
    assert (lost["eventId"], lost["start"]) == ("e2", "2027-03-03T21:00:00.000Z")


def test_leave_strands_within_hours_or_not_and_both_reasons_are_told() -> None:
    clinic = visits("2027-03-02T21:00Z", "2027-03-03T03:00Z")
    leave = (epoch("2027-03-02T08:00Z"), epoch("2027-03-03T08:00Z"))
    clinic.people["ann"].after.leaves.append(leave)
    both, evening = told(clinic)["stranded"]
    assert (both["reasons"], both["changes"]) == (
        ["hours", "leave"], ["workHours/ann@2027-01-04", "event/leave-ann@2027-03-02"],
    )  # fmt: skip
    assert (evening["reasons"], evening["changes"]) == (["leave"], ["event/leave-ann@2027-03-02"])


def test_a_leave_of_whole_days_ends_with_its_last_millisecond() -> None:
    night = row("2027-01-04", None, {"tue": ["00:00-24:00"], "wed": ["00:00-24:00"]}, id="usual")
    clinic = ann([night])
    times = {"startDateTime": "2027-03-02T08:00:00.000Z", "endDateTime": "2027-03-03T07:59:59.999Z"}
    fields = {**times, "eventType": "LEAVE", "allDayEvent": True, "hostId": "user/ann"}
    clinic.changes.append(Change(Key("event", "leave-ann@2027-03-02"), Action.CREATE, SENT, after=fields))
    found = told(clinic)
    assert found["hours"]["people"][0]["weeks"][0] == {"monday": "2027-03-01", "before": 48, "after": 24}
    (wednesday,) = [each for each in found["coverage"]["dates"] if each["date"] == "2027-03-03"]
    assert wednesday["after"] == [1] * 48


def test_no_other_time_is_suggested_than_there_is() -> None:
    assert told(visits("2027-03-02T21:00Z", minutes=200))["stranded"][0]["suggestions"] == []


def test_suggestions_are_later_than_now_and_reach_two_weeks() -> None:
    tuesdays = row("2027-01-04", None, {"tue": ["09:05-09:50"]}, id="usual")
    clinic = ann([ALWAYS], [tuesdays])
    begin = epoch("2027-03-02T17:30Z")  # the one of 9 March is on duty, that of the 16th 14 days later
    clinic.events.append(event("e1", "ann", begin, begin + 30 * 60, ["p"]))
    (lost,) = told(clinic)["stranded"]
    starts = [each["start"] for each in lost["suggestions"]]
    assert starts == ["2027-03-09T17:15:00.000Z", "2027-03-16T16:15:00.000Z"]  # the clocks change on 14 March


def test_a_time_at_which_the_host_takes_part_elsewhere_is_not_free() -> None:
    clinic = visits("2027-03-02T21:00Z")
    begin = epoch("2027-03-03T17:00Z")
    clinic.people["bob"] = Someone(*[Side(HERE, [ALWAYS])] * 2)
    clinic.events.append(event("meeting", "bob", begin, begin + 2 * 3600, staff=("ann",)))
    clinic.events.append(event("off", "ann", begin + 2 * 3600, begin + 3 * 3600, eventStatus="CANCELLED"))
    (lost,) = told(clinic)["stranded"]
    assert lost["suggestions"][0]["start"] == stamp(begin + 7200)


def test_clashes_are_told_and_only_those_that_the_plan_makes_are_warned_of() -> None:
    clinic = ann([ALWAYS])
    ten = epoch("2027-03-03T18:00Z")
    clinic.events += [
        event("visit", "ann", ten, ten + 3600, ["p"]),
        event("other", "ann", ten + 1800, ten + 5400),
        event("late", "ann", ten + 10 * 3600, ten + 11 * 3600),
        event("weekly", "ann", ten + 86_400, ten + 90_000),
    ]
    clinic.changes.append(moved(clinic.events[3], "standup@2027-03-04", ten + 900, ten + 1200))
    found = clinic.effect()
    data = impact_data(found.impact)
    assert [(each["events"], each["start"], each["end"]) for each in data["doubleBooked"]] == [
        (["visit", "event/standup@2027-03-04"], stamp(ten + 900), stamp(ten + 1200)),
        (["visit", "other"], stamp(ten + 1800), stamp(ten + 3600)),
    ]
    assert [(each["event"], each["user"]) for each in data["outsideHours"]] == [("late", "ann")]
    wednesday = (date(2027, 3, 3),)
    assert found.conflicts == [Conflict("event/standup", "ann", Trouble.DOUBLE_BOOKED, wednesday, None)]


def test_a_series_is_one_line_with_its_dates() -> None:
    clinic = ann([ALWAYS], [row("2027-01-04", None, SHORT, id="usual")])
    clinic.horizon = timedelta(weeks=20)
    for week in range(12):
        start = epoch("2027-03-02T21:00Z") + week * 604_800
        mark = f"staffing/standup@{stamp(start)[:10]}"
        clinic.events.append(event(f"e{week}", "ann", start, start + 1800, externalId=mark))
    dates = tuple(date(2027, 3, 2) + timedelta(weeks=week) for week in range(12))
    assert clinic.effect().conflicts == [Conflict("event/standup", "ann", Trouble.OFF_DUTY, dates, None)]
    context = clinic.context()
    (line,) = judged(clinic.plan(context), clinic.snapshot(), context).warnings
    said = "Tue 2 Mar, Tue 9 Mar, Tue 16 Mar, Tue 23 Mar, Tue 30 Mar, Tue 6 Apr, Tue 13 Apr, Tue 20 Apr"
    assert line == f"event/standup: ann is off duty on {said}, Tue 27 Apr, Tue 4 May and 2 more"


def test_a_meeting_on_a_new_leave_is_warned_of_and_a_stranded_one_only_stranded() -> None:
    clinic = ann([ALWAYS])
    clinic.people["bob"] = Someone(*[Side(HERE, [ALWAYS])] * 2)
    day = epoch("2027-03-03T08:00Z")
    clinic.people["ann"].after = Side(HERE, [ALWAYS], [(day, day + 86_400)])
    clinic.events += [
        event("visit", "ann", day + 36_000, day + 37_800, ["p"]),
        event("meeting", "bob", day + 39_600, day + 41_400, staff=("ann",)),
    ]
    found = clinic.effect()
    assert [each.booking.id for each in found.impact.stranded or ()] == ["visit"]
    assert found.conflicts == [Conflict("meeting", "ann", Trouble.LEAVE, (date(2027, 3, 3),), None)]


def test_of_who_has_no_hours_nothing_lies_outside_of_them() -> None:
    clinic = ann([])
    clinic.events.append(event("e", "ann", epoch("2027-03-02T21:00Z"), epoch("2027-03-02T22:00Z")))
    assert told(clinic)["outsideHours"] == []


def test_who_is_deleted_has_no_hours_any_more() -> None:
    clinic = ann([ALWAYS])
    clinic.people["ann"].gone = True
    clinic.changes.append(Change(Key("user", "ann"), Action.DELETE, SENT, before={}, live_id="id-ann"))
    clinic.events.append(event("e", "ann", epoch("2027-03-02T21:00Z"), epoch("2027-03-02T22:00Z"), ["p"]))
    found = clinic.effect()
    data = impact_data(found.impact)
    assert data["hours"]["total"]["weeks"][1] == {"monday": "2027-03-08", "before": 40, "after": 0}
    assert (data["lookedUntil"], data["stranded"][0]["reasons"]) == ("2027-08-30", ["departure"])
    assert found.conflicts == []
