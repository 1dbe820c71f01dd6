"""Prints the CPU seconds of parsing the JSON of 12,000 objects, and those of reading it into types.

1,000 users, the hours of 1,000 people, 10,000 events of three participants, with every key that the live
service shows; the median of ten turns, by itself in one process.
"""

from __future__ import annotations

import gc
import json
import statistics
import time
from collections.abc import Callable
from typing import Any

from reconciler.client.reading import read_event, read_rows, read_user
from reconciler.model.typed import Unreadable

TURNS = 10
STAMP, MARK = "2026-12-01T09:00:00.000Z", "staffing/stand-up@2026-12-01"
BOOKKEEPING = {"createdAt": STAMP, "updatedAt": STAMP, "createdBy": "0" * 36, "updatedBy": "0" * 36}


def id_of(number: int) -> str:
    return f"00000000-0000-4000-8000-{number:012}"


def user(number: int) -> dict[str, Any]:
    flags = ("enabled", "mfaEnabled", "ssoAccess", "passwordAccess", "allowedToReceiveCalls", "_root_user")
    texts = {"username": f"user{number}", "email": f"user{number}@example.com", "firstName": "F"}
    lists: dict[str, Any] = {"territories": [], "roles": [], "policies": []}
    more = {"userState": "ACTIVE", "customUserAttributes": {"npi": "1"}, "timezone": "America/Los_Angeles"}
    return {"id": id_of(number), **texts, **dict.fromkeys(flags, True), **lists, **more, **BOOKKEEPING}


def row(number: int) -> dict[str, Any]:
    days = [(day, "09:00:00", "18:00:00") for day in (1, 2, 3, 4)] + [(5, "09:00:00", "12:00:00")]
    keys = ("day", "startTime", "endTime")
    info = [{"daysInfoId": id_of(number), **dict(zip(keys, day, strict=True))} for day in days]
    bounds = {"startDateTime": STAMP, "endDateTime": STAMP, "localStartDateTime": STAMP}
    kind = {"name": None, "type": "WORKING_HOURS", "ruleType": "DEFAULT"}
    return {"workHoursId": id_of(number), **kind, **bounds, "daysInfo": info, **BOOKKEEPING}


def event(number: int) -> dict[str, Any]:
    times = dict.fromkeys(("startDateTime", "endDateTime", "localStartDateTime", "localEndDateTime"), STAMP)
    texts = {"eventTitle": "Stand-up", "eventDescription": None, "eventColor": "green", "timezone": None}
    kinds = {"eventType": "APPOINTMENT", "eventStatus": "SCHEDULED", "eventMode": "VIDEO", "duration": 1800}
    people = [participant(number + place, role) for place, role in enumerate(("psm", "psm", "patient"))]
    whose = {"hostId": id_of(number), "externalId": MARK, "participants": people, "allDayEvent": False}
    info = {"additionalInfo": {"location": "Room 1", "remarks": "Bring tea", "attachment": ""}}
    return {"id": id_of(number), **times, **texts, **kinds, **whose, **info, **BOOKKEEPING}


def participant(number: int, role: str) -> dict[str, Any]:
    profile = dict.fromkeys(("timezone", "firstName", "lastName", "email", "phone", "gender", "birthDate"))
    shown = {"participationStatus": "", "attended": False, "deleted": False, "hasAccess": True}
    return {"id": id_of(number), "participantId": id_of(number), "participantRole": role, **profile, **shown}


def cpu_of(work: Callable[[], Any]) -> float:
    started = time.process_time()
    work()
    return time.process_time() - started


def main() -> None:
    answers = {
        "users": json.dumps([user(number) for number in range(1000)]),
        "hours": json.dumps([[row(number)] for number in range(1000)]),
        "events": json.dumps([event(number) for number in range(10_000)]),
    }
    readers: dict[str, Callable[[Any], Any]] = {"users": read_user, "hours": read_rows, "events": read_event}
    gc.set_threshold(1_000_000, 50, 50)  # as the command line does
    parsed = {kind: json.loads(text) for kind, text in answers.items()}
    read = [readers[kind](raw) for kind, raws in parsed.items() for raw in raws]
    assert not any(isinstance(each, Unreadable) for each in read)

    def parse() -> None:
        for text in answers.values():
            json.loads(text)

    def type_all() -> None:
        for kind, raws in parsed.items():
            for raw in raws:
                readers[kind](raw)

    print(*(statistics.median(cpu_of(work) for _ in range(TURNS)) for work in (parse, type_all)))


main()
