"""A live event as its kind reads it: its state, and its fields in the words of the declared ones."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from reconciler import routes
from reconciler.kinds import TEXT, Field, digest_of
from reconciler.kinds.event.marks import mark_of, remarks_without
from reconciler.kinds.event.occurrence import LEAVE, instant, past, under_leave
from reconciler.model import Snapshot, shapes

Fields = Mapping[str, Any]
TIMES, SECOND = ("startDateTime", "endDateTime"), timedelta(seconds=1)

ATTENDED = "a patient attends: move or cancel the appointment in Welkin first"
PERSON, ANYBODY = re.compile(r"user/.+"), re.compile(r"(user|patient)/.+")
FIELDS = (
    Field("eventTitle", "title", rank=2, copied=True, free=True),
    Field("eventDescription", "description", free=True),
    Field("startDateTime", "starts", rank=3, form=shapes.stamp),
    Field("endDateTime", "ends", rank=4, form=shapes.stamp),
    Field("allDayEvent", "all day", form=shapes.flag),
    Field("eventType", "type", copied=True),
    Field("eventStatus", "status", digested=False),
    Field("eventMode", "mode", copied=True),
    Field("eventColor", "color", copied=True, beyond=True),
    Field("hostId", "host", rank=5, form=shapes.like(PERSON, "a user")),
    Field("externalId", "mark", beyond=True),
    Field("timezone", rank=1, digested=False, beyond=True),
    Field("additionalInfo", form=shapes.maybe(shapes.mapping(TEXT))),
    Field("participants", rank=6, form=shapes.listed(shapes.like(ANYBODY, "a user or a patient")),
          digested=False),
)  # fmt: skip
INSIDE = ("location", "remarks")  # of additionalInfo, what manifests say; all of it is free text
DIGESTED = tuple(field.name for field in FIELDS if field.digested)
# A service that has never shown such a key keeps none.
BEYOND_REFERENCE = frozenset(field.name for field in FIELDS if field.beyond)


def status(event: Fields) -> str:
    """The status in capitals; none at all, and RESCHEDULED, are active ones."""
    said = (event.get("eventStatus") or "SCHEDULED").upper()
    return "SCHEDULED" if said == "RESCHEDULED" else str(said)


def active(event: Fields) -> bool:
    return status(event) == "SCHEDULED"


def untouchable(event: Fields, now: datetime) -> bool:
    return closed(event) or past(event, now)


def closed(event: Fields) -> bool:
    """Whether an event is told to have taken place or not, or belongs to an encounter."""
    return status(event) in ("COMPLETED", "MISSED") or event.get("eventType") == "ENCOUNTER"


def starts(event: Fields) -> datetime:
    return instant(event["startDateTime"])


def stamp(text: str) -> str:
    """One spelling for one instant; the service's own is the common case and costs nothing."""
    if len(text) == 24 and text[19] == "." and text[23] == "Z":
        return text
    return routes.stamp(instant(text))


def patients_of(event: Fields) -> list[str]:
    """The ids of the patients who take part, in small letters: UUIDs are the same in capitals."""
    elements = event.get("participants") or ()
    return [e["participantId"].lower() for e in elements if e.get("participantRole") == "patient"]


def digest(event: Fields) -> str:
    """Digest of what staleness is judged by: everything but the service's own bookkeeping."""
    people = sorted(
        [str(element.get(name)) for name in ("participantId", "participantRole", "participationStatus")]
        for element in event.get("participants") or ()
    )
    return digest_of([{name: event.get(name) for name in DIGESTED}, status(event), people])


def normalise(event: Fields, declared: Fields, live: Snapshot) -> dict[str, Any]:
    """A live event in the words of the declared fields; missing, null and "" are one."""
    if declared.get("allDayEvent"):
        event = _of_whole_days(event, declared, live)
    return {name: _normal(name, event, wanted, live) for name, wanted in declared.items()}


def shown(event: Fields, live: Snapshot) -> dict[str, Any]:
    """What a plan shows of an event that goes: no participants, as patients may be among them."""
    names = ["eventTitle", "startDateTime", "endDateTime", "hostId"]
    if under_leave(event) and (event.get("eventTitle") != LEAVE or not event.get("allDayEvent")):
        names += ["eventType", "allDayEvent"]  # else the title says it
    return normalise(event, dict.fromkeys(names), live)


def whole(event: Fields, live: Snapshot) -> dict[str, Any]:
    """All of an event that can be sent again, in the words of the declared fields."""
    people = [*map(live.person, staff_of(event)), *(f"patient/{id}" for id in patients_of(event))]
    declared = dict.fromkeys(field.name for field in FIELDS) | {
        "additionalInfo": dict.fromkeys(remarks_without(event.get("additionalInfo") or {})),
        "participants": people,
    }
    normal = normalise(event, declared, live)
    normal["additionalInfo"] = {name: text for name, text in normal["additionalInfo"].items() if text}
    return {name: value for name, value in normal.items() if value not in (None, {})}


def staff_of(event: Fields) -> list[str]:
    elements = event.get("participants") or ()
    return [e["participantId"] for e in elements if e.get("participantRole") != "patient"]


def kept(wanted: Fields, event: Fields) -> dict[str, Any]:
    """The declared fields without those this service shows no sign of keeping.

    The mark is left in: a service without `externalId` keeps it in the remarks.
    """
    lost = BEYOND_REFERENCE - {"externalId"} - event.keys()
    return {name: value for name, value in wanted.items() if name not in lost}


def _of_whole_days(event: Fields, declared: Fields, live: Snapshot) -> Fields:
    """An event as it is wished where it lasts the same whole days.

    The reference's own samples end a day at its last second, and show `allDayEvent` in some answers only:
    what a service makes of ours is no difference. A flag that somebody else has taken off is one.
    """
    end, wanted = event.get("endDateTime"), declared.get("endDateTime")
    if end and wanted and abs(instant(end) - instant(wanted)) <= SECOND:
        event = {**event, "endDateTime": wanted}
    same = all(
        stamp(event[name]) == declared[name] for name in TIMES if event.get(name) and declared.get(name)
    )
    by, ours = event.get("updatedBy"), live.our_ids
    return {**event, "allDayEvent": True} if same and (not by or not ours or by in ours) else event


def _normal(name: str, event: Fields, wanted: Any, live: Snapshot) -> Any:
    value = event.get(name)
    match name:
        case "startDateTime" | "endDateTime":
            return None if value is None else stamp(value)
        case "hostId":
            return live.person(value)
        case "participants":
            return _people(value or (), wanted, live)
        case "eventStatus":
            return status(event)
        case "allDayEvent":
            return bool(value)
        case "externalId":
            mark = mark_of(event)
            return str(mark) if mark else None
        case "additionalInfo":
            info = remarks_without(value or {})
            return {key: info.get(key) or None for key in wanted}
        case _:
            return value or None


def parted(named: Iterable[object]) -> tuple[list[str], list[str]]:
    """Who takes part, as plans name them: usernames, and patients by external id or id."""
    names = [str(name) for name in named]
    staff = [name.removeprefix("user/") for name in names if not name.startswith("patient/")]
    return staff, [name.removeprefix("patient/") for name in names if name.startswith("patient/")]


def _people(elements: Sequence[Fields], wanted: Sequence[str], live: Snapshot) -> list[str]:
    """Participants by name: all staff, and of the patients those declared: others are not ours to judge."""
    people = set()
    for element in elements:
        if element.get("participantRole") == "patient":
            id = element["participantId"].lower()
            created = (name for name, known in live.patients.items() if known.lower() == id)
            # By external id where the plan had no other name, as it creates the patient itself.
            people |= {f"patient/{id}", *(f"patient/{name}" for name in created)}
        else:
            people.add(str(live.person(element["participantId"])))
    return sorted(name for name in people if not name.startswith("patient/") or name in wanted)
