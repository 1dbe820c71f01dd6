"""The service's objects as its answers show them, once they have been read at the border (`client.reading`).

Everything below trusts these types: a key that the program reads is what is said here, or missing; keys that
it doesn't know are kept. What can't be read is an `Unreadable`, and never reaches a kind.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple, TypedDict

# A JSON object of which nobody has said what it holds: whoever looks into it tells its values apart.
JsonObject = Mapping[str, object]


def objects_in(fields: JsonObject, name: str) -> Sequence[JsonObject]:
    """The objects of a list that has been read at the border; none where it is missing, null or empty."""
    found = fields.get(name)
    return found if isinstance(found, list) else ()


def is_inactive(user: JsonObject) -> bool:
    """Whether somebody was deactivated in Admin; the reference's users have no state."""
    return user.get("userState") == "INACTIVE"


class Unreadable(NamedTuple):
    """An object that can't be read.

    field: the first of its fields that is odd, as in `participants[].participantId`; shown. fields: the raw
    answer, to tell whose it may be; never shown.
    """

    field: str
    fields: JsonObject

    def said(self, what: str) -> str:
        """Why whatever depends on it stays as it is."""
        return f"{what} can't be read ({self.field}): put it right in Welkin, then plan again"


class User(TypedDict, total=False):
    """A user. Texts are missing, null or "" where unset."""

    id: str
    username: str
    email: str | None
    phone: str | None
    timezone: str | None
    firstName: str | None
    lastName: str | None
    credentials: str | None
    locale: str | None
    userState: str | None
    customUserAttributes: JsonObject | None


class Day(TypedDict, total=False):
    """A span of hours on a weekday, 1 Monday to 7 Sunday; without times the day is off."""

    day: int
    startTime: str | None
    endTime: str | None


class HoursRow(TypedDict, total=False):
    """A row of work hours, of `details[]`; without an end it is open."""

    workHoursId: str
    name: str | None
    type: str
    ruleType: str
    startDateTime: str
    endDateTime: str | None
    daysInfo: list[Day]
    createdBy: str | None
    updatedBy: str | None


class Participant(TypedDict, total=False):
    """Who takes part in an event; `id` is that of the participation."""

    id: str | None
    participantId: str
    participantRole: str
    participationStatus: str | None
    attended: bool | None


class Event(TypedDict, total=False):
    """An event."""

    id: str
    externalId: str | None
    eventTitle: str | None
    eventDescription: str | None
    startDateTime: str
    endDateTime: str
    allDayEvent: bool | None
    eventType: str | None
    eventStatus: str | None
    eventMode: str | None
    eventColor: str | None
    timezone: str | None
    hostId: str
    additionalInfo: JsonObject | None
    participants: list[Participant]
    createdAt: str | None
    createdBy: str | None
    updatedAt: str | None
    updatedBy: str | None


class Patient(TypedDict, total=False):
    """A patient; all else is text or null."""

    id: str
    externalId: str | None


class CdtRecord(TypedDict, total=False):
    """A record of a patient."""

    id: str
    jsonBody: JsonObject


class CdtField(TypedDict, total=False):
    """A field of a type of records; `meta` may hold `options[]`."""

    name: str
    type: str | None
    editable: bool | None
    phi: bool | None
    meta: JsonObject | None


class CdtType(TypedDict, total=False):
    """The definition of a type of records."""

    name: str
    updatable: bool | None
    fields: list[CdtField]
