"""Calendar events as they are sent, stored and shown (reference, Calendar Events).

Stored is what was sent plus the server's own keys; whatever is derived, such as `local*`, `duration` and
the participants' names, is added when an event is shown.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import uuid4

from reconciler.simulator import checks, instants, people
from reconciler.simulator.call import Call
from reconciler.simulator.refusals import invalid

_STATUSES = ("SCHEDULED", "CANCELLED", "COMPLETED", "MISSED")
# ENCOUNTER events come from encounters, never from an API client.
TYPES = ("GROUP_THERAPY", "APPOINTMENT", "LEAVE")

_REQUIRED = {"startDateTime": checks.instant, "endDateTime": checks.instant, "hostId": checks.uuid}
_OPTIONAL = {
    "eventTitle": checks.nullable(checks.text),
    "eventDescription": checks.nullable(checks.text),
    "eventType": checks.nullable(checks.one_of(*TYPES)),
    "eventStatus": checks.nullable(checks.one_of(*_STATUSES)),
    "eventMode": checks.nullable(checks.one_of("IN-PERSON", "CALL", "VIDEO")),
    "allDayEvent": checks.boolean,
    "additionalInfo": checks.nullable(checks.free_object),
}
_LIVE_OPTIONAL = {
    **_OPTIONAL,
    "externalId": checks.nullable(checks.filled),
    "eventColor": checks.nullable(checks.filled),
    "timezone": checks.nullable(checks.zone),
}
_SET_BY_SERVER = dict.fromkeys(
    ("id", "createdBy", "createdAt", "updatedBy", "updatedAt", "duration"), checks.ignored
)

_PARTICIPANT_REQUIRED = {"participantId": checks.uuid, "participantRole": checks.one_of("psm", "patient")}
_PARTICIPANT_OPTIONAL = {
    "id": checks.uuid,
    "attended": checks.boolean,
    "participationStatus": checks.nullable(checks.text),
}

# What live events have and those of the reference's sample, Find Events, have not.
_BEYOND_REFERENCE = {"externalId", "externalIdUpdatedAt", "eventColor", "timezone"}
_PROFILE_KEYS = ("timezone", "firstName", "lastName", "email", "phone", "gender", "birthDate")

_People = dict[tuple[str, str], dict[str, Any]]  # by role and id


def sent(call: Call, *, partial: bool) -> dict[str, Any]:
    """The body's writable keys, each checked by itself; `partial` requires none."""
    participant = checks.shape(_PARTICIPANT_REQUIRED, _PARTICIPANT_OPTIONAL, call.unknown_keys)
    required = {**_REQUIRED, "participants": checks.listed(participant)}
    optional = {**(_LIVE_OPTIONAL if call.live else _OPTIONAL), **_SET_BY_SERVER}
    shape = (
        checks.shape({}, {**required, **optional})
        if partial
        else checks.shape(required, optional, call.unknown_keys)
    )
    return {key: value for key, value in call.checked(shape).items() if key not in _SET_BY_SERVER}


def unset() -> dict[str, Any]:
    """What an event has where nothing is sent: nothing is defaulted but `allDayEvent`."""
    return {**dict.fromkeys(_LIVE_OPTIONAL), "allDayEvent": False}


def completed(call: Call, before: dict[str, Any] | None, event: dict[str, Any]) -> dict[str, Any]:
    """The event to store: checked as a whole, its participants with ids.

    A participant sent with the id it has keeps it, one without gets a new one.
    """
    if event["endDateTime"] < event["startDateTime"]:
        raise invalid([("endDateTime", "must not be before startDateTime")])
    elements = event["participants"]
    _check_people(call, event["hostId"], elements)
    ids = {each["id"]: each["participantId"] for each in (before or {}).get("participants", [])}
    strange = [
        (f"participants[{index}].id", "is not this participant's id in this event")
        for index, each in enumerate(elements)
        if "id" in each and ids.get(each["id"]) != each["participantId"]
    ]
    if strange:
        raise invalid(strange)
    return {**event, "participants": [_participant(each) for each in elements]}


def _participant(element: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": element.get("id") or str(uuid4()),
        "participantId": element["participantId"],
        "participantRole": element["participantRole"],
        "participationStatus": element.get("participationStatus") or "",
        "attended": element.get("attended", False),
    }


def _check_people(call: Call, host: str, elements: list[dict[str, Any]]) -> None:
    known = _known(call, elements)
    problems = [
        (f"participants[{index}].participantId", f"is no {each['participantRole']}'s id")
        for index, each in enumerate(elements)
        if (each["participantRole"], each["participantId"]) not in known
    ]
    ids = [each["participantId"] for each in elements]
    if len(set(ids)) < len(ids):
        problems.append(("participants", "name somebody twice"))
    if ("psm", host) not in {(each["participantRole"], each["participantId"]) for each in elements}:
        problems.append(("hostId", "must be among the participants, as psm"))
    if problems:
        raise invalid(problems)


def _known(call: Call, elements: Iterable[dict[str, Any]]) -> _People:
    """Those of these participants who exist."""
    ids: dict[str, set[str]] = {"psm": set(), "patient": set()}
    for each in elements:
        ids[each["participantRole"]].add(each["participantId"])
    users = people.users(call.store, call.tenant, ids["psm"])
    patients = people.patients(call.store, call.place, ids["patient"])
    return {("psm", key): user for key, user in users.items()} | {
        ("patient", key): patient for key, patient in patients.items()
    }


def shown(call: Call, events: list[dict[str, Any]], zone: str | None = None) -> list[dict[str, Any]]:
    """Events as answered; `zone` is that of `local*`: by id UTC, in lists the viewer's."""
    if not call.live:
        return [_shown_in_reference(event) for event in events]
    known = _known(call, (each for event in events for each in event["participants"]))
    return [_shown_live(event, known, zone) for event in events]


def _shown_live(event: dict[str, Any], known: _People, zone: str | None) -> dict[str, Any]:
    start, end = instants.parse(event["startDateTime"]), instants.parse(event["endDateTime"])
    return {
        **event,
        "localStartDateTime": instants.show_local(start, zone),
        "localEndDateTime": instants.show_local(end, zone),
        "duration": (end - start) // 1000,
        "participants": [{**each, **_profile(each, known)} for each in event["participants"]],
    }


def _profile(participant: dict[str, Any], known: _People) -> dict[str, Any]:
    """The data of the person who takes part; `enabled` is null for patients."""
    role = participant["participantRole"]
    person = known.get((role, participant["participantId"]))
    found = person or {}
    return {
        **{key: found.get(key) for key in _PROFILE_KEYS},
        "deleted": person is None,
        "hasAccess": person is not None,
        "enabled": found.get("enabled") if role == "psm" else None,
    }


def _shown_in_reference(event: dict[str, Any]) -> dict[str, Any]:
    start, end = instants.parse(event["startDateTime"]), instants.parse(event["endDateTime"])
    kept = {key: value for key, value in event.items() if key not in _BEYOND_REFERENCE}
    return {**kept, "duration": (end - start) // 1000}
