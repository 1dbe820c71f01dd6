"""Starts simulators and speaks to them the way any client would: over HTTP, with `requests`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
import requests

from reconciler.simulator import Options, start
from reconciler.simulator.server import Running

JSON = dict[str, Any]


class Speaker:
    """An API client of tenant gh, instance sb-demo. `tenant(...)` and `instance(...)` send one request."""

    def __init__(self, running: Running) -> None:
        self.running = running
        self.url = running.url
        self.session = requests.Session()
        self.session.trust_env = False

    def send(self, method: str, path: str, body: Any = None, **more: Any) -> requests.Response:
        return self.session.request(method, f"{self.url}{path}", json=body, timeout=60, **more)

    def login(self, client: str = "VBOPNRYRWJIP", secret: str = "simulator") -> requests.Response:
        answer = self.send("POST", f"/gh/admin/api_clients/{client}", {"secret": secret})
        if answer.ok:
            self.session.headers["Authorization"] = f"Bearer {answer.json()['token']}"
        return answer

    def tenant(self, method: str, path: str, body: Any = None, **more: Any) -> requests.Response:
        return self.send(method, f"/gh/admin{path}", body, **more)

    def instance(self, method: str, path: str, body: Any = None, **more: Any) -> requests.Response:
        return self.send(method, f"/gh/sb-demo{path}", body, **more)

    def user(self, username: str = "johndoe", **more: Any) -> JSON:
        """Create one."""
        answer = self.tenant(
            "POST", "/users", {"username": username, "email": f"{username}@example.org", **more}
        )
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    def patient(self, **more: Any) -> JSON:
        """Create one."""
        answer = self.instance("POST", "/patients", {"firstName": "Ada", "lastName": "Invented", **more})
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    def event(self, host: str, start: str, end: str, **more: Any) -> requests.Response:
        """Create one that the host alone attends, unless told otherwise."""
        alone = [{"participantId": host, "participantRole": "psm"}]
        times = {"startDateTime": start, "endDateTime": end}
        return self.instance(
            "POST", "/calendar/events", {"hostId": host, "participants": alone, **times, **more}
        )

    def events(self, since: str, until: str, **more: Any) -> JSON:
        """One page of a range."""
        answer = self.instance("GET", "/calendar/events", params={"from": since, "to": until, **more})
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def hours(
        self, psm: str, start: str, end: str | None, days: list[JSON], **more: Any
    ) -> requests.Response:
        """Create one row."""
        body = {"psmId": psm, "startDateTime": start, "endDateTime": end, "daysInfo": days, **more}
        return self.instance("POST", "/calendar/work-hours", body)

    def hours_of(self, *psms: str, name: str = "psmIds", **more: Any) -> list[JSON]:
        """All rows of these users, by user."""
        query = {name: ",".join(psms), "from": "2000-01-01T00:00:00.000Z", "to": "2099-12-31T23:59:59.999Z"}
        answer = self.instance("GET", "/calendar/work-hours", params={**query, **more})
        assert answer.status_code == 200, answer.text
        return list(answer.json())

    def at(self, now: str) -> None:
        """Freeze the clock there, and take the new token that this calls for."""
        self.control("PUT", "/clock", {"now": now, "frozen": True})
        assert self.login().ok

    def control(self, method: str, path: str, body: Any = None) -> Any:
        """One of the simulator's own routes."""
        answer = self.send(method, f"/_simulator{path}", body)
        assert answer.ok, answer.text
        return answer.json() if answer.content else None


Simulate = Callable[..., Speaker]


@pytest.fixture
def simulate() -> Iterator[Simulate]:
    """Start a simulator with the options given; gives a client of it that is logged in."""
    with ExitStack() as stack:

        def run(*, login: bool = True, **options: Any) -> Speaker:
            speaker = Speaker(stack.enter_context(start(Options(**options))))
            stack.callback(speaker.session.close)
            if login:
                assert speaker.login().ok
            return speaker

        yield run


@pytest.fixture
def live(simulate: Simulate) -> Speaker:
    return simulate()


@pytest.fixture
def reference(simulate: Simulate) -> Speaker:
    return simulate(profile="reference")


@pytest.fixture
def host(live: Speaker) -> str:
    """The id of a live user, on 1 December 2026 at noon."""
    live.at("2026-12-01T12:00:00.000Z")
    return str(live.user(timezone="US/Pacific", firstName="John", phone="+15552009845")["id"])
