"""A service in memory, with every key that recordings of the live one show, whose answers can be altered.

Quick, so that thousands of odd answers can be tried; it keeps what it is sent and judges nothing, so that
whatever the program does wrong shows in what it holds.
"""

from __future__ import annotations

import copy
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from tests.support.fakes import JSON, Asked, Reply, refused, serving

Alter = Callable[[Any], Any]  # an answer's body -> what is sent instead
STAMP = "2026-11-01T09:00:00.000Z"
US = "00000000-0000-4000-9000-000000000001"
USER = {
    "enabled": True, "mfaEnabled": False, "statusType": None, "createdAt": STAMP, "updatedAt": STAMP,
    "ssoAccess": False, "passwordAccess": True, "terminologyName": "english", "userState": "ACTIVE",
    "customUserAttributes": {"npi": "0123456789"}, "allowedToReceiveCalls": False, "seats": ["GENERAL"],
    "seatAssignAllowed": True, "territories": [], "roles": [], "policies": [], "applicationAccess": {},
    "locale": "en-US", "_root_user": False,
}  # fmt: skip
EVENT = dict.fromkeys((
    "externalId", "eventTitle", "eventDescription", "eventType", "eventStatus", "eventMode", "eventColor",
    "timezone", "additionalInfo",
)) | {"createdBy": US, "updatedBy": US, "createdAt": STAMP, "updatedAt": STAMP, "allDayEvent": False,
      "externalIdUpdatedAt": STAMP, "localStartDateTime": STAMP, "localEndDateTime": STAMP,
      "duration": 1800}  # fmt: skip
PROFILE = dict.fromkeys(("timezone", "phone", "gender", "birthDate", "email", "firstName", "lastName")) | {
    "deleted": False, "hasAccess": True, "enabled": True, "participationStatus": "", "attended": False,
}  # fmt: skip
ROW = {"name": None, "type": "WORKING_HOURS", "ruleType": "DEFAULT", "createdAt": STAMP, "updatedAt": STAMP,
       "createdBy": US, "updatedBy": US, "localStartDateTime": STAMP, "localEndDateTime": STAMP}  # fmt: skip


@dataclass
class AlteringService:
    """`alter`: what becomes of the answer to a read, or None. Answers to writes are as they should be."""

    users: dict[str, JSON] = field(default_factory=dict)
    hours: dict[str, JSON] = field(default_factory=dict)
    events: dict[str, JSON] = field(default_factory=dict)
    alter: Alter | None = None
    writes: list[Asked] = field(default_factory=list)
    alter_after: int = 0  # so many writes have to be there first
    count: int = 0

    def state(self) -> Any:
        """What it holds, to be given back to `restore`."""
        return copy.deepcopy((self.users, self.hours, self.events, self.count))

    def restore(self, state: Any) -> None:
        self.users, self.hours, self.events, self.count = copy.deepcopy(state)
        self.writes, self.alter, self.alter_after = [], None, 0

    def identities(self) -> Counter[str]:
        """Every object by what it is to the manifests; none may be there twice."""
        found = Counter(f"user {user['username']}" for user in self.users.values())
        found.update(
            f"hours {row['psmId']} {row['ruleType']} {row['startDateTime'][:10]}"
            for row in self.hours.values()
            if row["daysInfo"]
        )
        found.update(
            f"event {event['hostId']} {event['eventTitle']} {event['startDateTime']}"
            for event in self.events.values()
        )
        return found

    def __call__(self, asked: Asked) -> Reply:
        words = asked.path.strip("/").split("/")
        if words[:3] == ["gh", "admin", "api_clients"]:
            return Reply(200, {"token": "t0k3n"})
        if asked.method != "GET":
            self.writes.append(asked)
        reply = self._answer(asked, words[1:] if words[1] == "admin" else words[2:])
        if asked.method == "GET" and self.alter and len(self.writes) >= self.alter_after:
            reply = Reply(reply.status, self.alter(copy.deepcopy(reply.body)))
        return reply

    def _answer(self, asked: Asked, words: list[str]) -> Reply:
        match asked.method, words:
            case "GET", ["admin", "users"]:
                users = [self.users[name] for name in sorted(self.users)]
                meta = {"page": 0, "pageSize": 1000, "totalElements": len(users), "lastPage": True}
                return Reply(200, {"data": users, "metaInfo": meta | {"totalPages": 1}})
            case "POST", ["admin", "users"]:
                return self._user(asked.body["username"], {"id": self._id()} | USER | asked.body, 201)
            case "GET", ["admin", "users", name]:
                return Reply(200, self.users[name]) if name in self.users else refused(404, "USER_NOT_FOUND")
            case "PATCH", ["admin", "users", name]:
                return self._user(name, self.users[name] | asked.body, 200)
            case "GET", ["calendar", "work-hours"]:
                return Reply(
                    200, list(self._rota((asked.query.get("psmIds") or asked.query["psm-ids"]).split(",")))
                )
            case "POST", ["calendar", "work-hours"]:
                row = {"workHoursId": self._id()} | ROW | asked.body
                self.hours[row["workHoursId"]] = row
                return Reply(201, {"psmId": row["psmId"], "details": [row]})
            case "PUT", ["calendar", "work-hours", id]:
                if id not in self.hours:
                    return refused(404, "WORK_HOURS_NOT_FOUND")
                self.hours[id] |= asked.body
                return Reply(200, asked.body)
        return self._calendar(asked, words[2:])

    def _calendar(self, asked: Asked, words: list[str]) -> Reply:
        id = words[0] if words else self._id() if asked.method == "POST" else ""
        if asked.method == "GET" and not id:
            found = [event for event in self.events.values() if _lies_in(event, asked.query)]
            return Reply(200, {"content": found, "last": True, "totalElements": len(found), "size": 1000})
        if asked.method != "POST" and id not in self.events:
            return refused(404, "EVENT_NOT_FOUND")
        if asked.method == "DELETE":
            del self.events[id]
            return Reply(204)
        if asked.method != "GET":
            self.events[id] = {"id": id} | EVENT | self.events.get(id, {}) | asked.body
            people = self.events[id]["participants"]
            self.events[id]["participants"] = [{"id": self._id()} | PROFILE | each for each in people]
        return Reply(201 if asked.method == "POST" else 200, self.events[id])

    def _user(self, name: str, user: JSON, status: int) -> Reply:
        self.users[name] = user
        return Reply(status, user)

    def _rota(self, ids: list[str]) -> Iterator[JSON]:
        for id in ids:
            rows = [row for row in self.hours.values() if row["psmId"] == id]
            if rows:
                details = [{name: row[name] for name in row if name != "psmId"} for row in rows]
                yield {"psmId": id, "details": details}

    def _id(self) -> str:
        self.count += 1
        return str(UUID(int=(4 << 76) + (8 << 60) + self.count))


def _lies_in(event: JSON, query: dict[str, str]) -> bool:
    """An event without a start that is text lies in any window."""
    start = event.get("startDateTime")
    return not isinstance(start, str) or query["from"] <= start <= query["to"]


@contextmanager
def altering() -> Iterator[tuple[AlteringService, str]]:
    """Serve one; gives it and its URL."""
    service = AlteringService()
    with serving(service) as url:
        yield service, url
