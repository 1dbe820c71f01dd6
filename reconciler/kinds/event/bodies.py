"""What is sent of an event: a whole new one, or the changed keys of one that is there.

A plan holds only what the manifests say. What else the service wants to hear again (who was asked, who
answered, patients added in Welkin, the rest of `additionalInfo`) is taken from the live event as it is sent.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from reconciler import routes
from reconciler.kinds import Known
from reconciler.kinds.event.fields import Fields, parted
from reconciler.kinds.event.marks import Mark, mark_of, remarks_without, with_mark
from reconciler.model import Action, Change, Ref, Request

DEFAULTS = {"eventType": "APPOINTMENT", "eventMode": "IN-PERSON", "eventStatus": "SCHEDULED"}
# An event without a colour is next to invisible in the service's calendar.
COLOURS = {"LEAVE": "grey"}
ELEMENT_KEYS = ("id", "participantId", "participantRole", "participationStatus", "attended")


def request_of(change: Change, known: Known) -> Request:
    """The call that makes a change of an event."""
    id = change.live_id or ""
    match change.action:
        case Action.CREATE:
            return routes.create_event(known.scope, new_body(change.after or {}, known))
        case Action.DELETE:
            return routes.delete_event(known.scope, id)
        case _:
            return routes.update_event(known.scope, id, changed_body(change, known))


def new_body(after: Fields, known: Known) -> dict[str, Any]:
    """The whole of a new event."""
    fields = {name: value for name, value in after.items() if value is not None}
    fields |= {"hostId": known.person(after["hostId"]), "participants": _elements(after, known)}
    colour = COLOURS.get(str(fields.get("eventType")), "green")
    return DEFAULTS | {"eventColor": colour} | fields


def changed_body(change: Change, known: Known) -> dict[str, Any]:
    """The changed keys; lists and objects whole, as nobody knows whether the service merges them."""
    names = {field.path.partition(".")[0] for field in change.diff}
    after = change.after or {}
    body: dict[str, Any] = {name: after.get(name) for name in sorted(names)}
    if "hostId" in names:
        body["hostId"] = known.person(after["hostId"])
    if names & {"participants", "hostId"}:
        body["participants"] = _elements(after, known)
    in_remarks = known.in_remarks and not only_marks(change)
    if "additionalInfo" in names or ("externalId" in names and in_remarks):
        declared = after.get("additionalInfo") or {}
        body["additionalInfo"] = {name: "" if value is None else value for name, value in declared.items()}
    return body


def only_marks(change: Change) -> bool:
    """Whether a change takes an event over as it is: its request holds the mark alone, wherever that goes."""
    return change.action is Action.ADOPT and {field.path for field in change.diff} == {"externalId"}


def carried(change: Change, body: Fields, event: Fields, in_remarks: bool) -> dict[str, Any]:
    """The changed keys with what of the live event goes with them; ids stand in place of references.

    in_remarks: this service keeps our marks in the remarks, or it isn't known that it doesn't.
    """
    whole = dict(body)
    if "participants" in body:
        exact = "participants" in (change.after or {})
        whole["participants"] = _kept_and_new(event.get("participants") or (), body["participants"], exact)
    if "additionalInfo" in body or ("externalId" in body and in_remarks):
        info = remarks_without(event.get("additionalInfo") or {}) | (body.get("additionalInfo") or {})
        mark = Mark.parse(body["externalId"]) if "externalId" in body else _mark_in_remarks(event)
        whole["additionalInfo"] = with_mark(info, mark) if mark and in_remarks else info
    return whole


def element(participant: Fields) -> dict[str, Any]:
    """A live participant as it is sent back: with its id, attendance and answer."""
    return {name: participant[name] for name in ELEMENT_KEYS if participant.get(name) not in (None, "")}


def _elements(after: Fields, known: Known) -> list[dict[str, Any]]:
    """Who is to take part: the host by itself, the declared users and patients beside."""
    staff, patients = parted([after["hostId"], *(after.get("participants") or ())])
    people = [(known.person(name), "psm") for name in dict.fromkeys(staff)]
    people += [(known.patient(name), "patient") for name in patients]
    return [{"participantId": id, "participantRole": role, "attended": False} for id, role in people]


def _kept_and_new(had: Sequence[Fields], wanted: Sequence[Fields], exact: bool) -> list[dict[str, Any]]:
    """Participants to send: who stays keeps id, attendance and answer; patients are only ever added.

    exact: staff whom nobody wants goes.
    """
    open_ones = {_folded(each["participantId"]): dict(each) for each in wanted}
    elements = []
    for participant in sorted(had, key=lambda participant: str(participant.get("id"))):
        stays = participant["participantRole"] != "psm" or not exact
        if open_ones.pop(_folded(participant["participantId"]), None) or stays:
            elements.append(element(participant))
    return elements + list(open_ones.values())


def _folded(id: str | Ref) -> str | Ref:
    """Ids are UUIDs, and those are the same in capitals."""
    return id if isinstance(id, Ref) else id.lower()


def _mark_in_remarks(event: Mapping[str, Any]) -> Mark | None:
    return None if event.get("externalId") else mark_of(event)
