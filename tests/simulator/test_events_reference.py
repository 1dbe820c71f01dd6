"""Calendar events as the vendor's reference alone has them (reference, Calendar Events)."""

from __future__ import annotations

import pytest

NOW = "2026-12-01T12:00:00.000Z"
PAST = ("2026-11-30T09:00:00.000Z", "2026-11-30T10:00:00.000Z")
FUTURE = ("2026-12-02T09:00:00.000Z", "2026-12-02T09:30:00.000Z")
RANGE = ("2026-11-01T00:00:00.000Z", "2026-12-31T00:00:00.000Z")
SAMPLE_KEYS = {
    *(
        "id",
        "createdBy",
        "createdAt",
        "updatedBy",
        "updatedAt",
        "eventTitle",
        "eventDescription",
        "startDateTime",
    ),
    *("endDateTime", "allDayEvent", "duration", "eventType", "eventStatus", "eventMode", "hostId"),
    *("additionalInfo", "participants"),
}


def _path(event):
    return f"/calendar/events/{event['id']}"


@pytest.fixture
def reference_host(reference):
    reference.at(NOW)
    return reference.user()["id"]


def test_reference_answers_the_keys_of_its_sample(reference, reference_host):
    event = reference.event(reference_host, *FUTURE, eventTitle="A", createdBy=reference_host).json()
    (participant,) = event["participants"]
    assert set(event) == SAMPLE_KEYS
    assert set(participant) == {"id", "participantId", "participantRole", "participationStatus", "attended"}
    assert reference.instance("GET", _path(event)).json() == event
    assert reference.events(*RANGE)["content"] == [event]


def test_reference_updates_by_put_only(reference, reference_host):
    event = reference.event(reference_host, *FUTURE).json()
    assert reference.instance("PATCH", _path(event), {"eventTitle": "B"}).status_code == 405
    changed = reference.instance("PUT", _path(event), {**event, "eventTitle": "B"})
    assert (changed.status_code, changed.json()["eventTitle"]) == (200, "B")
    assert changed.json()["participants"] == event["participants"]


@pytest.mark.parametrize("key", ["externalId", "eventColor", "timezone"])
def test_reference_refuses_keys_beyond_it(simulate, reference, reference_host, key):
    answer = reference.event(reference_host, *FUTURE, **{key: "x"})
    assert (answer.status_code, answer.json()[0]["details"]) == (400, {"field": key})
    lenient = simulate(profile="reference", unknown_keys="drop")
    answer = lenient.event(lenient.user()["id"], *FUTURE, **{key: "x"})
    assert answer.status_code == 201 and key not in answer.json()


def test_reference_gives_20_a_page_at_most(reference, reference_host):
    for _ in range(21):
        reference.event(reference_host, *FUTURE)
    page = reference.events(*RANGE, size=100)
    assert (len(page["content"]), page["size"], page["totalPages"]) == (20, 20, 2)


def test_reference_lists_cancelled_events(reference, reference_host):
    reference.event(reference_host, *FUTURE, eventStatus="CANCELLED")
    assert len(reference.events(*RANGE)["content"]) == 1
    query = {"from": RANGE[0], "to": RANGE[1], "includeCancelled": "true"}
    assert reference.instance("GET", "/calendar/events", params=query).status_code == 400


def test_reference_deletes_future_events_only(reference, reference_host):
    past, future = (reference.event(reference_host, *times).json() for times in (PAST, FUTURE))
    assert reference.instance("DELETE", _path(past)).status_code == 400
    assert reference.instance("DELETE", _path(future)).status_code == 204
    assert reference.instance("GET", _path(future)).status_code == 404


def test_reference_knows_no_external_ids(reference, reference_host):
    assert reference.instance("GET", "/calendar/events/x", params={"type": "EXTERNAL_ID"}).status_code == 400
