"""Cases kept as folders: what was there, what is wished, what the plan and the service then show.

case.yaml     about: one sentence; now: instant; profiles; flags: of plan and apply; apply: of apply
              alone; exit: of the apply; again: of the plan after it; options: of the embedded Welkin
before.yaml   manifests applied first, as by an earlier run (optional); `before.now` in case.yaml: when
by-hand.yaml  what people then did in the service (optional), a list of steps, see `STEPS`
env.yaml      the manifests of the case
plan.txt      what the plan says: a line a change, with its request and the keys of a changing body
after.txt     what the service holds afterwards
Where a profile differs: plan.reference.txt, after.reference.txt.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from tests.support.service import JSON, Call, Service

CASES = Path(__file__).parents[1] / "stories" / "cases"
ROUTES = {
    "user": "users",
    "workHours": "work-hours",
    "event": "events",
    "patient": "patients",
    "record": "patients",
}


def cases() -> list[Path]:
    return sorted(path.parent for path in CASES.glob("*/case.yaml"))


def settings(case: Path) -> JSON:
    usual = {"now": "2026-11-24T12:00:00Z", "profiles": ["live", "reference"], "flags": [], "exit": 0}
    usual |= {"again": 0, "options": {}, "before": {}, "apply": []}
    return usual | yaml.load((case / "case.yaml").read_text(), yaml.BaseLoader)


def laid_out(case: Path, folder: Path, environment: str) -> None:
    """Copy what a case includes, and one of its environment files as env.yaml: two would be siblings."""
    for path in case.glob("*.yaml"):
        if path.name not in ("before.yaml", "by-hand.yaml", "case.yaml"):
            shutil.copy(path, folder)
    shutil.copy(case / environment, folder / "env.yaml")


def by_hand(case: Path, service: Service) -> None:
    """Do what people did."""
    path = case / "by-hand.yaml"
    steps = yaml.load(path.read_text(), yaml.BaseLoader) if path.exists() else []
    for step in steps:
        for name, arguments in step.items():
            STEPS[name](service, **arguments)


def _find(service: Service, event: str) -> JSON:
    """An event by its start."""
    (found,) = [each for each in service.events() if each["startDateTime"].startswith(event)]
    return found


def _user(service: Service, name: str, **fields: Any) -> None:
    service.user(name, **fields)


def _state(service: Service, user: str, is_now: str) -> None:
    service.set_state(user, is_now)


def _patient(service: Service, name: str) -> None:
    service.patient(name)


def _event(service: Service, host: str, start: str, end: str, **fields: Any) -> None:
    service.event(host, start, end, **fields)


def _alter(service: Service, event: str, **fields: Any) -> None:
    service.change_event(_find(service, event), **fields)


def _join(service: Service, event: str, user: str = "", patient: str = "") -> None:
    if user:
        service.join(_find(service, event), service.id_of(user), "psm")
    else:
        service.join(_find(service, event), service.patient(patient), "patient")


def _answer(service: Service, event: str, user: str, status: str) -> None:
    service.answer(_find(service, event), user, status)


def _delete(service: Service, event: str) -> None:
    service.send("DELETE", f"/gh/sb-demo/calendar/events/{_find(service, event)['id']}")


def _hours(service: Service, user: str, start: str, end: str, days: list[JSON], **fields: Any) -> None:
    body = {
        "psmId": service.id_of(user),
        "startDateTime": f"{start}T00:00:00.000Z",
        "endDateTime": f"{end}T23:59:59.999Z",
        "daysInfo": [
            {"day": int(day["day"]), "startTime": day["from"], "endTime": day["to"]} for day in days
        ],
        **fields,
    }
    service.send("POST", "/gh/sb-demo/calendar/work-hours", body)


STEPS: Mapping[str, Callable[..., None]] = {
    "user": _user,
    "state": _state,
    "patient": _patient,
    "event": _event,
    "alter": _alter,
    "join": _join,
    "answer": _answer,
    "delete": _delete,
    "hours": _hours,
}


def plan_lines(data: JSON) -> list[str]:
    """The stable parts of a plan."""
    lines = [_line(change) for change in data["changes"]]
    lines += [f"brake {brake['allow']}" for brake in data["brakes"]]
    return [*lines, *(f"warning {text}" for text in data["warnings"])]


def _line(change: JSON) -> str:
    words = [change["action"], change["key"]]
    request = change["request"]
    if request:
        words.append(request["method"])
    if request and request["method"] == "PATCH":
        words.append(" ".join(sorted(request["body"])))
    if change["action"] == "retire":
        words.append(f"to {change['after']['endDate']}: {change['after']['days']}")
    return " ".join(words) + (f": {change['reason']}" if change["reason"] else "")


def wanted_writes(data: JSON) -> list[str]:
    """The writes a plan stands for, as `Call.route` names them; PATCH may become PUT on the way."""
    return sorted(
        f"{change['request']['method']} {ROUTES[change['kind']]}"
        for change in data["changes"]
        if change["request"]
    )


def as_planned(writes: list[Call]) -> list[str]:
    """What was written, with events' PUT named for the PATCH it stands in for."""
    return sorted(call.route.replace("PUT events", "PATCH events") for call in writes)


def state_lines(service: Service, usernames: list[str]) -> list[str]:
    """What the service holds: hours of these people, and all events."""
    found = {name: fields for name in usernames if (fields := service.find_user(name))}
    people = {fields["id"]: name for name, fields in found.items()}
    lines = []
    for name, fields in found.items():
        shown = ("email", "phone", "timezone", "firstName", "lastName", "credentials", "customUserAttributes")
        lines.append(f"user {name} " + " ".join(f"{key}={fields[key]}" for key in shown if fields.get(key)))
    for name, rows in sorted(service.hours(*found).items()):
        lines += sorted(f"hours {name} {_row(row)}" for row in rows)
    return lines + [_event_line(event, people) for event in service.events()]


def _row(row: JSON) -> str:
    days = ", ".join(
        f"{info['day']} {(info['startTime'] or 'off')[:8]}-{(info['endTime'] or 'off')[:8]}"
        for info in sorted(row["daysInfo"], key=lambda info: (info["day"], info["startTime"] or ""))
    )
    kind = [row[key] for key in ("type", "ruleType", "name") if row.get(key)]
    end = (row["endDateTime"] or "open")[:10]
    return f"{row['startDateTime'][:10]}..{end} {days or 'none'} {' '.join(kind)}".rstrip()


def _event_line(event: JSON, people: Mapping[str, str]) -> str:
    who = sorted(
        people.get(each["participantId"], each["participantRole"])
        + (f"({each['participationStatus']})" if each["participationStatus"] else "")
        for each in event["participants"]
    )
    info = event["additionalInfo"] or {}
    words = [event["startDateTime"][:16], event["endDateTime"][11:16], event["eventTitle"] or "-"]
    words += [str(event["eventStatus"]), people.get(event["hostId"], "?"), "+".join(who)]
    mark = event.get("externalId") or info.get("remarks", "")
    return " | ".join([*words, str(info.get("location") or "-"), mark.replace("\n", " / ") or "-"])


def identities(service: Service) -> dict[str, dict[str, tuple[str, str]]]:
    """Event id -> person -> (id of the participation, answer)."""
    return {
        event["id"]: {each["participantId"]: (each["id"], each["participationStatus"])
                      for each in event["participants"]}
        for event in service.events()
    }  # fmt: skip


def expected(case: Path, name: str, profile: str, got: list[str]) -> tuple[list[str], list[str]]:
    """(what the file says, what came); with $UPDATE_CASES set, the file is written instead."""
    path = case / f"{name}.txt"
    special = case / f"{name}.{profile}.txt"
    if os.environ.get("UPDATE_CASES"):
        text = "".join(f"{line}\n" for line in got)
        if profile == "live" or not path.exists():
            path.write_text(text)
        elif path.read_text() != text:
            special.write_text(text)
        else:
            special.unlink(missing_ok=True)
    return (special if special.exists() else path).read_text().splitlines(), got


def usernames(case: Path) -> list[str]:
    return sorted(set(_usernames(case)))


def _usernames(case: Path) -> Iterator[str]:
    for path in case.glob("*.yaml"):
        data = yaml.load(path.read_text(), yaml.BaseLoader)
        if isinstance(data, dict):
            yield from data.get("users") or ()
        elif isinstance(data, list):
            yield from (step["user"]["name"] for step in data if "user" in step)
