"""Schedules and summaries (reference, Schedule, Get Summary for the User)."""

from __future__ import annotations

import pytest

# Monday 2026-12-07 to Sunday 2026-12-13, in Los Angeles (UTC-8).
WEEK = {"from": "2026-12-07T08:00:00.000Z", "to": "2026-12-14T08:00:00.000Z"}
NOBODY = "6801d498-26f4-4aee-961b-5daffcf193c8"
NINE_TO_FIVE = [{"day": day, "startTime": "09:00:00", "endTime": "17:00:00"} for day in range(1, 6)]
OFF = [{"day": 3, "startTime": None, "endTime": None}]


@pytest.fixture
def psm(live):
    live.at("2026-12-08T00:00:00.000Z")
    person = live.user(timezone="America/Los_Angeles")["id"]
    live.hours(person, "2026-12-01T00:00:00.000Z", "2026-12-31T23:59:59.999Z", NINE_TO_FIVE)
    return person


def _get(speaker, what, *psms, **more):
    return speaker.instance("GET", f"/calendar/{what}", params={"psmIds": ",".join(psms), **WEEK, **more})


def _slots(live, psm):
    (found,) = _get(live, "available-psm-schedules", psm).json()
    return [(slot["startDateTime"][5:16], slot["endDateTime"][5:16]) for slot in found["availableSlots"]]


def test_each_user_asked_for_appears_even_with_nothing(live, psm):
    answer = _get(live, "psm-schedules", psm, NOBODY)
    assert answer.status_code == 200
    assert [each["psmId"] for each in answer.json()] == [psm, NOBODY]
    assert answer.json()[1] == {"psmId": NOBODY, "workHours": [], "events": []}


def test_a_schedule_holds_rows_and_short_events_without_cancelled_ones(live, psm):
    event = live.event(psm, "2026-12-07T18:00:00.000Z", "2026-12-07T19:00:00.000Z", eventTitle="A").json()
    live.event(psm, "2026-12-08T18:00:00.000Z", "2026-12-08T19:00:00.000Z", eventStatus="CANCELLED")
    (schedule,) = _get(live, "psm-schedules", psm, includeCancelled="True").json()
    (row,), (short,) = schedule["workHours"], schedule["events"]
    assert row["ruleType"] == "DEFAULT"
    assert set(short) == {
        *(
            "id",
            "eventId",
            "eventTitle",
            "eventType",
            "eventColor",
            "allDayEvent",
            "startDateTime",
            "endDateTime",
        ),
        *("localStartDateTime", "localEndDateTime"),
    }
    assert short["id"] == short["eventId"] == event["id"]
    assert short["localStartDateTime"] == "2026-12-07T10:00:00.000-08:00"


def test_free_time_is_hours_in_the_users_zone(live, psm):
    assert _slots(live, psm) == [(f"12-{day:02}T17:00", f"12-{day + 1:02}T01:00") for day in range(7, 12)]


def test_free_time_is_hours_minus_events(live, psm):
    live.event(psm, "2026-12-07T18:00:00.000Z", "2026-12-07T19:00:00.000Z")
    live.event(psm, "2026-12-07T18:30:00.000Z", "2026-12-07T20:00:00.000Z")
    live.event(psm, "2026-12-08T00:00:00.000Z", "2026-12-10T00:00:00.000Z", eventType="LEAVE")
    assert _slots(live, psm) == [
        ("12-07T17:00", "12-07T18:00"),
        ("12-07T20:00", "12-08T00:00"),
        ("12-10T00:00", "12-10T01:00"),
        ("12-10T17:00", "12-11T01:00"),
        ("12-11T17:00", "12-12T01:00"),
    ]


def test_an_override_silences_the_default_row_on_the_days_it_speaks_of(live, psm):
    live.hours(psm, "2026-12-09T00:00:00.000Z", "2026-12-09T23:59:59.999Z", OFF, ruleType="OVERRIDE")
    assert [slot[0] for slot in _slots(live, psm)] == [f"12-{day:02}T17:00" for day in (7, 8, 10, 11)]


def test_availability_rows_are_no_working_hours(live, psm):
    sunday = [{"day": 7, "startTime": "09:00:00", "endTime": "17:00:00"}]
    live.hours(psm, "2026-12-01T00:00:00.000Z", None, sunday, type="AVAILABILITY")
    assert len(_slots(live, psm)) == 5


def test_wall_clock_hours_follow_the_zone_across_a_clock_change(live):
    person = live.user(timezone="America/Los_Angeles")["id"]
    live.hours(
        person, "2026-03-01T00:00:00.000Z", None, [{"day": 7, "startTime": "09:00:00", "endTime": "10:00:00"}]
    )
    around = {"from": "2026-03-01T00:00:00.000Z", "to": "2026-03-09T08:00:00.000Z"}
    (found,) = _get(live, "available-psm-schedules", person, **around).json()
    starts = [slot["startDateTime"] for slot in found["availableSlots"]]
    assert starts == ["2026-03-01T17:00:00.000Z", "2026-03-08T16:00:00.000Z"]


def test_full_schedules_hold_whole_events(live, psm):
    live.event(psm, "2026-12-07T18:00:00.000Z", "2026-12-07T19:00:00.000Z")
    (found,) = _get(live, "full-psm-schedules", psm).json()
    assert len(found["events"][0]) == 23
    assert len(found["availableSlots"]) == 6


def test_a_summary_counts_events_and_hours(live, psm):
    live.event(psm, "2026-12-07T18:00:00.000Z", "2026-12-07T20:00:00.000Z", eventStatus="COMPLETED")
    live.event(psm, "2026-12-09T18:00:00.000Z", "2026-12-09T20:00:00.000Z", eventStatus="SCHEDULED")
    live.event(psm, "2026-12-10T18:00:00.000Z", "2026-12-10T20:00:00.000Z", eventStatus="CANCELLED")
    answer = _get(live, "psm-event-summary", psm)
    assert answer.status_code == 200
    assert answer.json() == {
        "startDateTime": WEEK["from"],
        "endDateTime": WEEK["to"],
        "summary": [
            {
                "psmId": psm,
                "totalCreatedEvents": 3,
                "totalOccurredEvents": 1,
                "totalFutureEvents": 1,
                "eventStatusCount": {"COMPLETED": 1, "SCHEDULED": 1, "CANCELLED": 1},
                "totalWorkingHours": "40.0 hours",
                "totalEventHours": "4.0 hours",
                "occupancy": "10.0%",
            }
        ],
    }


@pytest.mark.both
def test_a_summary_takes_both_spellings_of_the_parameter(simulate, profile):
    speaker = simulate(profile=profile)
    person = speaker.user()["id"]
    for name in ("psmIds", "psm-ids"):
        answer = speaker.instance("GET", "/calendar/psm-event-summary", params={name: person, **WEEK})
        assert answer.json()["summary"][0]["psmId"] == person


@pytest.mark.parametrize(
    "query",
    [
        {"psmIds": "x", **WEEK},
        {"psmIds": NOBODY, "from": WEEK["to"], "to": WEEK["from"]},
        {"psmIds": NOBODY, "from": WEEK["from"]},
        WEEK,
        {"psmIds": NOBODY, "from": "2020-01-01T00:00:00.000Z", "to": "2026-01-01T00:00:00.000Z"},
    ],
)
@pytest.mark.parametrize("what", ["psm-schedules", "available-psm-schedules", "psm-event-summary"])
def test_what_does_not_fit_is_refused(live, what, query):
    assert live.instance("GET", f"/calendar/{what}", params=query).status_code == 400


def test_reference_has_schedules_and_available_ones_but_no_full_ones(reference):
    person = reference.user()["id"]
    assert _get(reference, "psm-schedules", person).status_code == 200
    assert _get(reference, "available-psm-schedules", person).status_code == 200
    assert _get(reference, "full-psm-schedules", person).status_code == 404
