"""Events of a series that need no comparing: whatever people do to them, the plan is as of comparing each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from reconciler.expand import context_of, expand
from reconciler.kinds import Context, load_kinds
from reconciler.kinds.event import changes
from reconciler.kinds.event.part import Events
from reconciler.manifest import load_environment
from reconciler.model import Action, Change, Desired, Findings, Snapshot, Users
from tests.support.examples import examples

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
JOHN, JANE, STRANGER = (f"0000000{letter}-0000-4000-8000-000000000000" for letter in "abc")
IDS = {"johndoe": JOHN, "janedoe": JANE}
MANIFEST = """tenant: gh
instance: sb-demo
owner: staffing
timezone: America/Los_Angeles
users: {johndoe: {email: john@example.com}, janedoe: {email: jane@example.com}}
events:
  standup:
    title: Stand-up
    host: johndoe
    starts: 2026-12-01T09:00
    duration: 30m
    color: green
    location: Room 1
    repeat: {every: week, on: [tue, thu], count: 6}
    participants: [{user: janedoe}]
    change: {2026-12-08: {title: Retrospective}, 2026-12-10: cancelled}
"""

# What somebody, or another service, may have made of one key of one event; GONE: it doesn't show the key.
GONE = object()
TOUCHES: list[tuple[str, Any]] = [
    *(("eventTitle", text) for text in ("Standup", "", None, GONE)),
    *(("eventColor", text) for text in ("red", None, GONE)),
    *(("eventStatus", text) for text in ("CANCELLED", "COMPLETED", "scheduled", "RESCHEDULED", None, GONE)),
    *(("eventType", text) for text in ("ENCOUNTER", "LEAVE")),
    *(("allDayEvent", flag) for flag in (True, None, GONE)),
    *(("hostId", id) for id in (JANE, STRANGER, JOHN.upper())),
    *(("startDateTime", text) for text in ("2026-12-02T17:00:00.000Z", "2026-12-01T17:00:00Z")),
    *(("endDateTime", text) for text in ("2026-12-30T17:00:00.000Z", "2026-12-01T17:30:00+00:00")),
    *(("additionalInfo", it) for it in ({}, None, {"location": "Room 2"}, {"location": "Room 1", "x": ""})),
    *(("externalId", text) for text in (None, "staffing/standup@2026-12-03", "other/standup@2026-12-01")),
    *(("updatedBy", text) for text in ("somebody", None)),
    *(("participants", people) for people in ([], [JOHN], [JANE, JOHN], [JOHN, JANE, STRANGER])),
]  # fmt: skip


@cache
def wished() -> tuple[Context, list[Desired]]:
    findings = Findings()
    with TemporaryDirectory() as folder:
        path = Path(folder) / "env.yaml"
        path.write_text(MANIFEST)
        environment = load_environment(str(path), findings)
    assert environment
    context = context_of(environment, NOW, findings)
    found = expand(context, load_kinds())
    assert not findings.errors
    return context, [wish for wish in found if wish.key.kind == "event"]


def shown(wish: Desired) -> dict[str, Any]:
    """A wished occurrence as the service shows it."""
    fields = dict(wish.fields)
    mark = f"staffing/{wish.key.name}"
    status = "CANCELLED" if wish.key.name.endswith("2026-12-10") else "SCHEDULED"
    more = {"id": wish.key.name, "externalId": mark, "eventStatus": status, "eventType": "APPOINTMENT"}
    ours = {"createdBy": "us", "updatedBy": "us", "allDayEvent": False, "eventDescription": None}
    people = {"hostId": JOHN, "participants": people_of([JOHN, JANE])}
    return {**fields, **more, **ours, **people}


def people_of(ids: list[str]) -> list[Mapping[str, Any]]:
    return [{"id": f"e{id}", "participantId": id, "participantRole": "psm", "attended": False} for id in ids]


def planned(events: list[dict[str, Any]]) -> list[Change]:
    context, wishes = wished()
    users = Users(by_name={name: {"username": name, "id": id} for name, id in IDS.items()}, ids=IDS)
    parts = {Users: users, Events: Events(found=tuple(events), marks="externalId")}
    live = Snapshot(parts, frozenset({"us"}))
    return list(load_kinds()["event"].plan(wishes, live, context))


@given(st.lists(st.tuples(st.integers(0, 5), st.sampled_from(TOUCHES)), max_size=4))
@example([])
@example([(1, ("eventTitle", "Standup"))])
@example([(0, ("eventColor", GONE)), (1, ("eventColor", GONE))])
@examples(300)
def test_the_plan_is_that_of_comparing_each_event(touches):
    events = [shown(wish) for wish in wished()[1]]
    for place, (name, value) in touches:
        if value is GONE:
            events[place].pop(name, None)
        else:
            events[place][name] = people_of(value) if name == "participants" else value
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(changes.Proven, "covers", lambda self, wish, event, owner: False)
        each = planned(events)
    assert planned(events) == each


def test_events_alike_are_compared_once(monkeypatch):
    normalise: Callable[..., Any] = changes.normalise
    calls = []
    monkeypatch.setattr(changes, "normalise", lambda *args: calls.append(args) or normalise(*args))
    found = planned([shown(wish) for wish in wished()[1]])
    assert [change.action for change in found] == [Action.NOOP] * 6
    assert len(calls) == 4  # the first, the one of another title, the cancelled one, the first after it
