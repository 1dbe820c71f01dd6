"""Clinics in memory: people with rows, leave and appointments before and after, as plan and snapshot."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from reconciler.expand import context_of
from reconciler.kinds import Context
from reconciler.kinds.event.part import Events
from reconciler.kinds.work_hours.part import Hours
from reconciler.model import (
    Action,
    Change,
    Environment,
    Findings,
    Key,
    Limits,
    Manifest,
    Plan,
    Request,
    Snapshot,
    Source,
    Users,
    Window,
)
from reconciler.staffing.review import Effect, effect

JSON = dict[str, Any]
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
SOURCE = Source("staff/people.yaml", 7)
SENT = Request("PUT", "/gh/sb/somewhere")


def epoch(text: str) -> int:
    """An instant, `2027-03-08T09:00Z`, in seconds."""
    return int(datetime.fromisoformat(text).timestamp())


def stamp(instant: int) -> str:
    return datetime.fromtimestamp(instant, UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def row(
    start: str, end: str | None, week: Mapping[str, Sequence[str]], rule: str = "DEFAULT", id: str = ""
) -> JSON:
    """A live row: hours by weekday, `{"mon": ["09:00-17:00"]}`; an empty list is a day off."""
    infos = [
        {"day": DAYS.index(day) + 1, "startTime": _clock(span, 0), "endTime": _clock(span, 1)}
        for day, spans in week.items()
        for span in spans or (None,)
    ]
    bounds = {
        "startDateTime": f"{start}T00:00:00.000Z",
        "endDateTime": end and f"{end}T23:59:59.999Z",
    }
    about = {"workHoursId": id or f"{rule}-{start}", "type": "WORKING_HOURS", "ruleType": rule}
    return {**about, **bounds, "daysInfo": infos}


def _clock(span: str | None, place: int) -> str | None:
    if span is None:
        return None
    text = span.split("-")[place]
    return "23:59:59" if text == "24:00" else f"{text}:00"


@dataclass
class Side:
    """What the service holds of one person; None as a zone: it tells none."""

    zone: str | None
    rows: list[JSON] = field(default_factory=list)
    leaves: list[tuple[int, int]] = field(default_factory=list)


@dataclass
class Someone:
    """A person, before and after."""

    before: Side
    after: Side
    credentials: str | None = None
    gone: bool = False


def event(id: str, host: str, start: int, end: int, patients: Sequence[str] = (), **fields: Any) -> JSON:
    """A live event."""
    people = [{"participantId": f"id-{host}", "participantRole": "psm"}]
    people += [{"participantId": f"id-{name}", "participantRole": "psm"} for name in fields.pop("staff", ())]
    people += [{"participantId": id, "participantRole": "patient"} for id in patients]
    times = {"startDateTime": stamp(start), "endDateTime": stamp(end)}
    return {"id": id, "hostId": f"id-{host}", "participants": people, "eventType": "APPOINTMENT",
            "eventStatus": "SCHEDULED", **times, **fields}  # fmt: skip


@dataclass
class Clinic:
    """A clinic at a moment; `events` are live, `changes` what a plan does besides hours and leave."""

    now: datetime
    people: dict[str, Someone]
    events: list[JSON] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    policies: list[Any] = field(default_factory=list)
    teams: dict[str, Any] = field(default_factory=dict)
    timezone: str = "America/Los_Angeles"
    horizon: timedelta = timedelta(days=10)

    def effect(self) -> Effect:
        context = self.context()
        return effect(self.plan(context), self.snapshot(), context)

    def context(self) -> Context:
        entries = [
            Manifest("users", name, {"ensure": "absent"} if each.gone else {}, SOURCE)
            for name, each in self.people.items()
        ]
        entries += [
            Manifest("policies", str(number), spec, Source("staff/rules.yaml", 10 + number))
            for number, spec in enumerate(self.policies, 1)
        ]
        entries += [Manifest("teams", name, people, SOURCE) for name, people in self.teams.items()]
        environment = Environment(
            source=Source("env.yaml", 1), tenant="gh", instance="sb", client=None, api_url=None,
            owner="staffing", timezone=self.timezone, horizon=self.horizon, hours_ahead=timedelta(weeks=26),
            limits=Limits(), protect=(), prune=False, renamed={}, manifests=tuple(entries),
            digest="sha256:0", accept=(),
        )  # fmt: skip
        return context_of(environment, self.now, Findings())

    def snapshot(self) -> Snapshot:
        users: Any = {
            name: {"username": name, "id": f"id-{name}", "timezone": each.before.zone,
                   "credentials": each.credentials}
            for name, each in self.people.items()
        }  # fmt: skip
        leaves = [
            event(f"leave-{name}-{start}", name, start, end, eventType="LEAVE")
            for name, each in self.people.items()
            for start, end in each.before.leaves
        ]
        hours: Any = {f"id-{name}": each.before.rows for name, each in self.people.items()}
        events: Any = [*self.events, *leaves]
        people = Users(by_name=users, ids={name: f"id-{name}" for name in users})
        return Snapshot({Users: people, Hours: Hours(rows=hours), Events: Events(found=events)})

    def plan(self, context: Context) -> Plan:
        found = [change for name, each in self.people.items() for change in _changes(name, each)]
        return Plan(
            created_at=self.now, tenant="gh", instance="sb", api_url="memory", client=None, owner="staffing",
            timezone=self.timezone, manifest_digest="", live_digest="",
            window=Window(context.now, context.now), changes=(*found, *self.changes),
        )  # fmt: skip


def _changes(name: str, each: Someone) -> Iterator[Change]:
    if each.before.zone != each.after.zone:
        yield Change(Key("user", name), Action.UPDATE, SENT, before={"timezone": each.before.zone},
                     after={"timezone": each.after.zone}, source=SOURCE, live_id=f"id-{name}")  # fmt: skip
    had = {each["workHoursId"]: each for each in each.before.rows}
    have = {each["workHoursId"]: each for each in each.after.rows}
    assert had.keys() <= have.keys(), "no row can be deleted"
    for id, wanted in have.items():
        if had.get(id) != wanted:
            yield _of_row(name, had.get(id), wanted)
    for start, end in each.after.leaves:
        if (start, end) not in each.before.leaves:
            fields = {"startDateTime": stamp(start), "endDateTime": stamp(end), "eventType": "LEAVE"}
            yield Change(Key("event", f"leave-{name}@{stamp(start)[:10]}"), Action.CREATE, SENT,
                         after={**fields, "hostId": f"user/{name}"}, source=SOURCE)  # fmt: skip
    for start, end in each.before.leaves:
        if (start, end) not in each.after.leaves:
            yield Change(Key("event", f"leave-{name}@{stamp(start)[:10]}"), Action.DELETE, SENT,
                         before={}, live_id=f"leave-{name}-{start}")  # fmt: skip


def _of_row(name: str, had: JSON | None, wanted: JSON) -> Change:
    infix = "/override" if wanted["ruleType"] == "OVERRIDE" else ""
    key = Key("workHours", f"{name}{infix}@{wanted['startDateTime'][:10]}")
    action = Action.UPDATE if had else Action.CREATE
    id = str(had["workHoursId"]) if had else None
    return Change(
        key, action, SENT, before=had and _shown(had), after=_shown(wanted), source=SOURCE, live_id=id
    )


def _shown(row: JSON) -> JSON:
    """A row as plans show it."""
    days: dict[str, list[list[str]]] = {}
    for info in sorted(row["daysInfo"], key=lambda info: info["startTime"] or ""):
        spans = days.setdefault(DAYS[info["day"] - 1], [])
        if not info["startTime"]:
            continue
        start, end = info["startTime"][:5], info["endTime"][:5].replace("23:59", "24:00")
        if spans and start <= spans[-1][1]:
            spans[-1][1] = max(end, spans[-1][1])
        else:
            spans.append([start, end])
    said = {day: ", ".join(map("-".join, spans)) or "off" for day, spans in days.items()}
    end = row["endDateTime"]
    return {"startDate": row["startDateTime"][:10], "endDate": end and end[:10], "days": said}


def moved(booking: JSON, key: str, start: int, end: int, **fields: Any) -> Change:
    """A change that moves an event to other times."""
    after = {"startDateTime": stamp(start), "endDateTime": stamp(end), **fields}
    return Change(Key("event", key), Action.UPDATE, SENT, before={}, after=after, live_id=booking["id"])


def changed(side: Side, **fields: Any) -> Side:
    return replace(side, **fields)
