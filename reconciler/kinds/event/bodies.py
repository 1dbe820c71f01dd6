"""What is sent of an event: a whole new one, or the changed keys of one that is there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from reconciler.kinds.event.fields import Fields
from reconciler.marks import Mark, remarks_without, with_mark
from reconciler.model import Ref, Snapshot
from reconciler.occurrence import Occurrence

DEFAULTS = {"eventType": "APPOINTMENT", "eventMode": "IN-PERSON", "eventStatus": "SCHEDULED"}
# An event without a colour is next to invisible in the service's calendar (api-facts 7).
COLOURS = {"LEAVE": "grey"}
ELEMENT_KEYS = ("id", "participantId", "participantRole", "participationStatus", "attended")


def new_body(wish: Occurrence, mark: Mark, live: Snapshot) -> dict[str, Any]:
    fields = {name: value for name, value in wish.fields.items() if value is not None}
    fields |= {
        "hostId": _id(wish.fields["hostId"], live),
        "participants": _elements(wish, (), live),
        "externalId": str(mark),
    }
    colour = COLOURS.get(str(fields.get("eventType")), "green")
    return DEFAULTS | {"eventColor": colour} | fields


def changed_body(
    wish: Occurrence, mark: Mark, event: Fields, names: set[str], live: Snapshot
) -> dict[str, Any]:
    """The changed keys; lists and objects whole, as nobody knows whether the service merges them."""
    body: dict[str, Any] = {name: wish.fields.get(name) for name in sorted(names)}
    if "eventStatus" in names:
        body["eventStatus"] = "CANCELLED" if wish.cancelled else "SCHEDULED"
    if "hostId" in names:
        body["hostId"] = _id(wish.fields["hostId"], live)
    if names & {"participants", "hostId"}:
        body["participants"] = _elements(wish, event.get("participants") or (), live)
    if "externalId" in names:
        body["externalId"] = str(mark)
    in_remarks = live.marks != "externalId"
    if "additionalInfo" in names or ("externalId" in names and in_remarks):
        body["additionalInfo"] = _additional_info(wish, event, mark if in_remarks else None)
        body.update({"externalId": str(mark)} if in_remarks and "externalId" in event else {})
    return body


def element(participant: Fields) -> dict[str, Any]:
    """A live participant as it is sent back: with its id, attendance and answer."""
    return {name: participant[name] for name in ELEMENT_KEYS if participant.get(name) not in (None, "")}


def _id(ref: Ref, live: Snapshot) -> str | Ref:
    return live.ids.get(ref.key.name, ref)


def _elements(wish: Occurrence, had: Sequence[Mapping[str, Any]], live: Snapshot) -> list[dict[str, Any]]:
    """Participants to send: who stays keeps id, attendance and answer; patients are only ever added."""
    elements: list[dict[str, Any]] = []
    wanted = {_folded(id): (id, "psm") for id in (_id(ref, live) for ref in wish.staff())}
    wanted |= {_folded(id): (id, "patient") for id in wish.patients(live)}
    for participant in sorted(had, key=lambda participant: str(participant.get("id"))):
        stays = participant["participantRole"] != "psm" or "participants" not in wish.fields
        if wanted.pop(_folded(participant["participantId"]), None) or stays:
            elements.append(element(participant))
    return elements + [
        {"participantId": id, "participantRole": role, "attended": False} for id, role in wanted.values()
    ]


def _folded(id: str | Ref) -> str | Ref:
    """Ids are UUIDs, and those are the same in capitals."""
    return id if isinstance(id, Ref) else id.lower()


def _additional_info(wish: Occurrence, event: Fields, mark: Mark | None) -> dict[str, Any]:
    info = remarks_without(event.get("additionalInfo") or {})
    declared = wish.fields.get("additionalInfo") or {}
    info |= {name: value if value is not None else "" for name, value in declared.items()}
    return with_mark(info, mark) if mark else info
