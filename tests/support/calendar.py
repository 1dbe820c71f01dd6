"""A calendar that exists in memory only: plans are made and carried out with no service.

It keeps marks in `externalId` or in the remarks, and finds events by overlap or by their start: nobody has
said what a service does.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Literal, cast

from reconciler.expand import context_of, expand
from reconciler.kinds import Context, load_kinds
from reconciler.kinds.event.fields import instant
from reconciler.kinds.event.occurrence import Occurrence
from reconciler.kinds.event.part import Events
from reconciler.kinds.event.windows import windows_beyond, windows_elsewhere
from reconciler.manifest import load_environment
from reconciler.model import Change, Desired, Findings, Plan, Request, Snapshot, Users, Window
from reconciler.model.typed import Event, User
from reconciler.plan.make import make_plan

JSON = dict[str, Any]
KINDS = load_kinds()
NAMES = ("johndoe", "janedoe", *"abcde")
PEOPLE = {name: f"00000000-0000-4000-8000-{number:012}" for number, name in enumerate(NAMES)}
HEAD = "tenant: gh\ninstance: sb\nowner: staffing\ntimezone: America/Los_Angeles\n"
HEAD += f"users: {{{', '.join(f'{name}: {{email: {name}@example.org}}' for name in NAMES)}}}\n"
US, SOMEBODY = "us", "somebody"


class Calendar:
    def __init__(self, folder: Path, marks: Literal["externalId", "remarks"], by_overlap: bool) -> None:
        self.folder, self.marks, self.by_overlap = folder, marks, by_overlap
        self.events: dict[str, JSON] = {}
        self.made: dict[str, datetime] = {}  # when each was to start at first
        self.ids = count(1)

    def plan(self, text: str, now: datetime) -> Plan:
        context, desired = self.wishes(text, now)
        occurrences = [wish for wish in desired if isinstance(wish, Occurrence)]
        earlier, later = windows_beyond(occurrences, context)
        found = self._found([*earlier, context.window, *later])
        elsewhere = self._found(windows_elsewhere(occurrences, found, context))
        found = list({event["id"]: event for event in (*found, *elsewhere)}.values())
        users = {
            name: cast(
                User, {"username": name, "id": id, "userState": "ACTIVE", **context.people.get(name, {})}
            )
            for name, id in PEOPLE.items()
        }
        people = Users(by_name=users, ids=PEOPLE)
        events = Events(found=cast("list[Event]", found), marks=self.marks if self.events else None)
        snapshot = Snapshot({Users: people, Events: events}, our_ids=frozenset((US,)))
        plan = make_plan(desired, snapshot, KINDS, context, "memory")
        assert not context.findings.errors, context.findings.errors
        return plan

    def wishes(self, text: str, now: datetime) -> tuple[Context, list[Desired]]:
        """What a manifest means. Raises: AssertionError: it has an error."""
        path = self.folder / "env.yaml"
        path.write_text(HEAD + text, encoding="utf-8")
        findings = Findings()
        environment = load_environment(str(path), findings)
        assert environment, findings.errors
        context = context_of(environment, now, findings)
        desired = expand(context, KINDS)
        assert not findings.errors, findings.errors
        return context, desired

    def apply(self, text: str, now: datetime) -> list[Change]:
        """Plan and carry out; returns the changes that were sent, events' only."""
        changes = [change for change in self.plan(text, now).pending if change.key.kind == "event"]
        for change in changes:
            assert change.request
            self._send(change.request, now)
        return changes

    def by_hand(self, id: str, **fields: Any) -> None:
        self.events[id] |= fields | {"updatedBy": SOMEBODY}

    def _found(self, windows: Iterable[Window]) -> list[JSON]:
        return [
            dict(event)
            for event in self.events.values()
            if any(self._lies_in(event, window) for window in windows)
        ]

    def _lies_in(self, event: JSON, window: Window) -> bool:
        start = instant(event["startDateTime"])
        end = instant(event["endDateTime"]) if self.by_overlap else start
        return start < window.end and end >= window.start

    def _send(self, request: Request, now: datetime) -> None:
        dialect = SimpleNamespace(
            external_id=self.marks == "externalId" if self.events else None, rule_type=None, plain=set()
        )
        body = request.body and KINDS["event"].adapt(request.body, dialect)
        id = request.path.rpartition("/")[2]
        if request.method == "DELETE":
            assert instant(self.events[id]["startDateTime"]) >= now, "only what is to come is deleted"
            del self.events[id]
            return
        body = {name: value for name, value in body.items() if name != "externalId" or self.marks == name}
        if request.method == "POST":
            id = f"event-{next(self.ids)}"
            self.events[id] = {"id": id, "createdBy": US, "additionalInfo": None, "createdAt": f"{now}"}
            self.events[id] |= {"externalId": None} if self.marks == "externalId" else {}
        self.events[id] |= body | {"updatedBy": US}
        self.made.setdefault(id, instant(self.events[id]["startDateTime"]))
        self._check_marks()

    def _check_marks(self) -> None:
        marks = [event["externalId"] for event in self.events.values() if event.get("externalId")]
        assert len(marks) == len(set(marks)), "an externalId is unique per event"


def moved(event: JSON, by: timedelta) -> JSON:
    """The times of an event that a person moves."""
    names = ("startDateTime", "endDateTime")
    return {name: f"{(instant(event[name]) + by).strftime('%Y-%m-%dT%H:%M:%S')}.000Z" for name in names}
