"""Finding calendar events (reference, Find Events)."""

from __future__ import annotations

import pytest

FUTURE = ("2026-12-02T09:00:00.000Z", "2026-12-02T09:30:00.000Z")
RANGE = ("2026-11-01T00:00:00.000Z", "2026-12-31T00:00:00.000Z")


def _psm(person):
    return {"participantId": person, "participantRole": "psm"}


def test_cancelled_events_are_hidden_unless_asked_for(live, host):
    live.event(host, *FUTURE, eventStatus="CANCELLED")
    assert live.events(*RANGE)["content"] == []
    assert len(live.events(*RANGE, includeCancelled="true")["content"]) == 1
    assert len(live.events(*RANGE, includeCancelled="True")["content"]) == 1


def test_find_takes_what_overlaps_the_range(live, host):
    ids = [
        live.event(host, f"2026-12-{first:02}T00:00:00.000Z", f"2026-12-{last:02}T00:00:00.000Z").json()["id"]
        for first, last in [(1, 2), (3, 20), (8, 9), (15, 16)]
    ]
    found = live.events("2026-12-08T12:00:00.000Z", "2026-12-10T00:00:00.000Z", sort="startDateTime,asc")
    assert [event["id"] for event in found["content"]] == ids[1:3]


def test_find_filters_by_participant_and_type(live, host):
    other = live.user("janedoe")["id"]
    mine = live.event(host, *FUTURE, eventType="APPOINTMENT").json()["id"]
    both = live.event(host, *FUTURE, eventType="LEAVE", participants=[_psm(host), _psm(other)]).json()["id"]

    def found(**query):
        return {event["id"] for event in live.events(*RANGE, **query)["content"]}

    assert found(participantIds=other) == {both}
    assert found(participantIds=f"{host},{other}") == {mine, both}
    assert found(eventType="APPOINTMENT") == {mine}
    assert found(participantIds=other, eventType="APPOINTMENT") == set()
    assert found(participantIds=mine) == set()


def test_find_answers_a_spring_page(live, host):
    for minute in range(25):
        live.event(host, f"2026-12-02T09:{minute:02}:00.000Z", "2026-12-02T10:00:00.000Z")
    page = live.events(*RANGE, sort="startDateTime,desc", page=1)
    starts = [event["startDateTime"] for event in page.pop("content")]
    assert starts == [f"2026-12-02T09:{minute:02}:00.000Z" for minute in (4, 3, 2, 1, 0)]
    assert page == {
        "pageable": {
            "sort": {"sorted": True, "unsorted": False, "empty": False},
            "offset": 20,
            "pageNumber": 1,
            "pageSize": 20,
            "paged": True,
            "unpaged": False,
        },
        "last": True,
        "totalPages": 2,
        "totalElements": 25,
        "size": 20,
        "number": 1,
        "sort": {"sorted": True, "unsorted": False, "empty": False},
        "numberOfElements": 5,
        "first": False,
        "empty": False,
    }


def test_a_page_beyond_the_last_is_empty(live, host):
    page = live.events(*RANGE, page=7)
    assert (page["content"], page["last"], page["empty"]) == ([], True, True)


@pytest.mark.parametrize(
    "query",
    [
        {"to": RANGE[1]},
        {"from": RANGE[0]},
        {"from": "yesterday", "to": RANGE[1]},
        {"from": RANGE[1], "to": RANGE[0]},
        {"from": RANGE[0], "to": RANGE[1], "participantIds": "x"},
        {"from": RANGE[0], "to": RANGE[1], "eventType": "MEETING"},
        {"from": RANGE[0], "to": RANGE[1], "sort": "colour,asc"},
        {"from": RANGE[0], "to": RANGE[1], "size": "0"},
        {"from": RANGE[0], "to": RANGE[1], "page": "-1"},
    ],
)
def test_a_query_that_does_not_fit_is_refused(live, query):
    assert live.instance("GET", "/calendar/events", params=query).status_code == 400
