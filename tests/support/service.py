"""A service to reconcile with: the embedded Welkin, and a person who works in it by hand."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, NamedTuple
from urllib.parse import parse_qs

import requests

from reconciler.simulator import Options, start
from tests.support.cli import SECRET

JSON = dict[str, Any]
Profile = Literal["live", "reference"]
ALWAYS = {"from": "2000-01-01T00:00:00.000Z", "to": "2099-12-31T23:59:59.999Z"}
READS = ("GET",)


class Call(NamedTuple):
    """One exchange as the service saw it."""

    method: str
    path: str
    query: JSON
    body: Any
    status: int | None
    agent: str

    @property
    def route(self) -> str:
        """`PATCH users`: the method and the kind of thing, without ids."""
        words = self.path.split("/")
        known = ("api_clients", "users", "work-hours", "events", "patients")
        return f"{self.method} {next((word for word in words if word in known), self.path)}"

    @property
    def is_write(self) -> bool:
        return self.method != "GET" and "/api_clients/" not in self.path

    @property
    def landed(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


class Service:
    """An embedded Welkin of tenant gh, instance sb-demo, with its own record of what was asked of it."""

    def __init__(self, url: str, record: Path, profile: str) -> None:
        self.url, self.record, self.profile = url, record, profile
        self.session = requests.Session()
        self.session.trust_env = False
        self.seen = 0
        self._login()

    def _login(self) -> None:
        answer = self.send("POST", "/gh/admin/api_clients/BY-HAND", {"secret": SECRET})
        self.session.headers["Authorization"] = f"Bearer {answer.json()['token']}"

    def send(self, method: str, path: str, body: Any = None, **query: str) -> requests.Response:
        answer = self.session.request(method, f"{self.url}{path}", json=body, params=query, timeout=30)
        assert answer.ok, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer

    def user(self, username: str, **fields: Any) -> str:
        """Create a user; returns the id. `userState` is what a person then sets in Admin."""
        state = fields.pop("userState", None)
        body = {"username": username, "email": f"{username}@example.org", **fields}
        answer = self.send("POST", "/gh/admin/users", body)
        if state:
            self.set_state(username, state)
        return str(answer.json().get("id"))

    def set_state(self, username: str, state: str) -> None:
        self.send("PATCH", f"/_simulator/users/gh/{username}", {"userState": state})

    def id_of(self, username: str) -> str:
        return str(self.send("GET", f"/gh/admin/users/{username}").json()["id"])

    def find_user(self, username: str) -> JSON | None:
        answer = self.session.get(f"{self.url}/gh/admin/users/{username}", timeout=30)
        return dict(answer.json()) if answer.ok else None

    def patient(self, external_id: str) -> str:
        body = {"firstName": "Ada", "lastName": "Invented", "externalId": external_id}
        return str(self.send("POST", "/gh/sb-demo/patients", body).json()["id"])

    def hours(self, *usernames: str) -> dict[str, list[JSON]]:
        """The rows of these people, by name."""
        names = {self.id_of(name): name for name in usernames}
        if not names:
            return {}
        query = {"psm-ids": ",".join(names), **ALWAYS}
        answer = self.send("GET", "/gh/sb-demo/calendar/work-hours", **query).json()
        return {names[entry["psmId"]]: entry["details"] for entry in answer}

    def events(self, since: str = "2026-01-01", until: str = "2030-12-31") -> list[JSON]:
        """All events that start then, cancelled ones too, by start and title."""
        query = {"from": f"{since}T00:00:00.000Z", "to": f"{until}T23:59:59.999Z", "size": "1000"}
        found: list[JSON] = []
        for extra in ({"includeCancelled": "true"}, {}):
            answer = self.session.get(
                f"{self.url}/gh/sb-demo/calendar/events", params={**query, **extra}, timeout=30
            )
            if answer.ok:
                break
        while True:
            page = answer.json()
            found += page["content"]
            if page["last"]:
                break
            query["page"] = str(page["number"] + 1)
            answer = self.session.get(
                f"{self.url}/gh/sb-demo/calendar/events", params={**query, **extra}, timeout=30
            )
        return sorted(found, key=lambda event: (event["startDateTime"], event["eventTitle"] or ""))

    def event(self, host: str, start: str, end: str, **fields: Any) -> JSON:
        """Create an event by hand, attended by its host, unless `participants` says more."""
        id = self.id_of(host)
        others = fields.pop("participants", [])
        people = [{"participantId": id, "participantRole": "psm"}, *others]
        body = {"hostId": id, "startDateTime": start, "endDateTime": end, "participants": people, **fields}
        return dict(self.send("POST", "/gh/sb-demo/calendar/events", body).json())

    def change_event(self, event: JSON, **fields: Any) -> None:
        """What a person does to an event by hand; whole, as both profiles know PUT."""
        keys = ("eventTitle", "eventDescription", "startDateTime", "endDateTime", "allDayEvent", "eventType",
                "eventStatus", "eventMode", "eventColor", "hostId", "additionalInfo", "externalId",
                "timezone")  # fmt: skip
        element = ("id", "participantId", "participantRole", "participationStatus", "attended")
        whole = {key: event[key] for key in keys if key in event}
        whole["participants"] = [
            {key: each[key] for key in element if key in each} for each in event["participants"]
        ]
        self.send("PUT", f"/gh/sb-demo/calendar/events/{event['id']}", whole | fields)

    def change_hours(self, username: str, row: JSON, **fields: Any) -> None:
        """What a person does to a row of hours by hand."""
        kept = {key: row[key] for key in ("startDateTime", "endDateTime", "daysInfo")}
        body = {"psmId": self.id_of(username), **kept, **fields}
        self.send("PUT", f"/gh/sb-demo/calendar/work-hours/{row['workHoursId']}", body)

    def join(self, event: JSON, person: str, role: str) -> None:
        """Somebody is added to an event by hand."""
        there = [
            {key: each[key] for key in ("id", "participantId", "participantRole", "participationStatus")}
            for each in event["participants"]
        ]
        new = {"participantId": person, "participantRole": role}
        self.change_event(event, participants=[*there, new])

    def answer(self, event: JSON, username: str, status: str) -> None:
        """A participant answers the invitation."""
        path = f"/gh/sb-demo/calendar/events/{event['id']}/invitation-response"
        self.send("PUT", path, {"participantId": self.id_of(username), "participationStatus": status})

    def fault(self, *texts: str) -> None:
        self.send("POST", "/_simulator/faults", {"faults": list(texts)})

    def no_faults(self) -> None:
        self.send("DELETE", "/_simulator/faults")

    def at(self, now: str) -> None:
        """Set the service's clock."""
        self.send("PUT", "/_simulator/clock", {"now": now.replace("Z", ".000Z")})
        self._login()  # the token of another time may have expired

    def forget(self) -> None:
        """Let `calls` begin anew from here."""
        self.seen = len(self._lines())

    def calls(self) -> list[Call]:
        """Every exchange since `forget`, but for the by-hand client's own."""
        return [_call(line) for line in self._lines()[self.seen :]]

    def writes(self) -> list[Call]:
        """The writes among them that the service carried out."""
        return [call for call in self.calls() if call.is_write and call.landed]

    def _lines(self) -> list[str]:
        return self.record.read_text(encoding="utf-8").splitlines()


def _call(line: str) -> Call:
    entry = json.loads(line)
    query = {name: values[0] for name, values in parse_qs(entry["query"]).items()}
    return Call(entry["method"], entry["path"], query, entry["body"], entry["status"], entry["agent"])


@contextmanager
def simulated(
    folder: Path, *, now: str = "2026-11-24T12:00:00Z", profile: Profile = "live", **options: Any
) -> Iterator[Service]:
    """Run an embedded Welkin whose clock says `now`."""
    record = folder / "exchanges.jsonl"
    record.touch()
    moment = datetime.fromisoformat(now)
    asked = Options(now=moment, secret=SECRET, record=str(record), profile=profile, **options)
    with start(asked) as running:
        service = Service(running.url, record, profile)
        try:
            yield service
        finally:
            service.session.close()
