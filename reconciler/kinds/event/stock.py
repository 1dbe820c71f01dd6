"""The meetings to come that an export takes, each by itself, in the words of manifests. Pure.

Nothing that a patient attends, nothing cancelled or closed, and nothing that bears somebody else's mark. What
people typed into titles, locations and remarks is taken as it is: whoever exports reads it before committing.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from reconciler.kinds import Stock, Survey
from reconciler.kinds.event.bodies import COLOURS, DEFAULTS
from reconciler.kinds.event.fields import FIELDS, INSIDE, Fields, active, closed, patients_of, starts
from reconciler.kinds.event.marks import Mark, mark_of, remarks_without
from reconciler.kinds.event.occurrence import instant, past
from reconciler.kinds.event.part import Events
from reconciler.model import Snapshot

COPIED = {field.name: field.ours for field in FIELDS if field.copied}
MODES = ("IN-PERSON", "CALL", "VIDEO")
_COLOUR = re.compile(r"[a-z]{3,20}|#[0-9a-fA-F]{6}")


class Meeting(NamedTuple):
    """One event. said: its fields as an entry says them, times aside. mark: ours, if it bears one."""

    id: str
    host: str
    start: datetime
    end: datetime
    all_day: bool
    said: Mapping[str, object]
    mark: Mark | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Meetings(Stock):
    """meetings: by start. zones: what live events name, the commonest first."""

    meetings: tuple[Meeting, ...] = ()
    zones: tuple[str, ...] = ()


def stock_of_events(live: Snapshot, survey: Survey) -> Meetings:
    names = {id.lower(): name for name, id in survey.ids(live).items()}
    found, left = list[Meeting](), Counter[str]()
    zones, known = Counter[str](), set[str]()
    for event in live.of(Events).found:
        if past(event, survey.context.now) or starts(event) >= survey.window.end:
            continue
        reason = _why_not(event, names, survey.context.environment.owner)
        if reason:
            left[reason] += 1
            continue
        meeting = _meeting(event, names)
        looks = "" if meeting.mark else str(meeting._replace(id=""))
        if looks in known:
            left["events that are there a second time"] += 1
            continue
        known |= {looks} if looks else set()
        found.append(meeting)
        if event.get("eventDescription"):
            left["descriptions of meetings"] += 1
        if others(event, names):
            left["lists of participants that name somebody who isn't exported"] += 1
        zones[event.get("timezone") or ""] += 1
    found.sort(key=lambda each: (each.start, each.host, str(each.said.get("title")), each.id))
    left["events that can't be read"] = live.of(Events).ignored.get("event", 0)
    return Meetings(
        meetings=tuple(found),
        zones=tuple(zone for zone, _ in sorted(zones.items(), key=lambda each: (-each[1], each[0])) if zone),
        left_out=left,
    )


def _why_not(event: Fields, names: Mapping[str, str], owner: str) -> str:
    """What an event is that no manifest takes; empty for one that is taken."""
    mark = mark_of(event)
    if event.get("hostId", "").lower() not in names:
        return "meetings of hosts who aren't exported"
    if patients_of(event):
        return "appointments that a patient attends"
    if not active(event) or closed(event):
        return "events that are cancelled, done or of an encounter"
    if (event.get("externalId") or mark) and (mark is None or mark.owner != owner):
        return "events with somebody else's mark"
    if not (event.get("eventTitle") or "").strip():
        return "events without a title"
    at = (starts(event), instant(event["endDateTime"]))
    whole = event.get("allDayEvent") or not any(time.second or time.microsecond for time in at)
    return "" if whole and at[0] < at[1] else "events whose times aren't whole minutes"


def _meeting(event: Fields, names: Mapping[str, str]) -> Meeting:
    host = names[event["hostId"].lower()]
    said = dict(_said(event, host, names))
    times = starts(event), instant(event["endDateTime"])
    return Meeting(event["id"], host, *times, bool(event.get("allDayEvent")), said, mark_of(event))


def others(event: Fields, names: Mapping[str, str]) -> bool:
    """Whether somebody takes part who isn't exported, and so isn't named."""
    return any(each["participantId"].lower() not in names for each in event.get("participants") or ())


def _said(event: Fields, host: str, names: Mapping[str, str]) -> Iterator[tuple[str, object]]:
    """What isn't what a new event has anyway."""
    usual = DEFAULTS | {"eventColor": COLOURS.get(event.get("eventType") or "", "green")}
    for name, ours in COPIED.items():
        value = event.get(name)
        if value and value != usual.get(name) and _is_known(name, value):
            yield ours, value
    info = remarks_without(event.get("additionalInfo") or {})
    yield from ((name, info[name]) for name in INSIDE if info.get(name))
    if not others(event, names):
        staff = {names[each["participantId"].lower()] for each in event.get("participants") or ()}
        if host in staff and len(staff) > 1:
            yield "participants", tuple(sorted(staff - {host}))


def _is_known(name: str, value: str) -> bool:
    if name == "eventMode":
        return value in MODES
    return name != "eventColor" or _COLOUR.fullmatch(value) is not None
