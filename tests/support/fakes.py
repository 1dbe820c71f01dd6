"""Servers that are not the embedded Welkin: one that knows only the vendor's reference, and breakages.

Written from the reference's own samples, apart from the simulator, so that the two can't agree on a mistake.
"""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import StreamRequestHandler, ThreadingTCPServer
from typing import Any, NamedTuple
from urllib.parse import parse_qs, unquote, urlsplit
from uuid import uuid4

JSON = dict[str, Any]
USER_KEYS = ("username", "email", "phone", "timezone", "firstName", "lastName", "credentials")
EVENT_KEYS = ("eventTitle", "eventDescription", "startDateTime", "endDateTime", "allDayEvent", "eventType",
              "eventStatus", "eventMode", "hostId", "additionalInfo", "participants")  # fmt: skip
HOURS_KEYS = ("psmId", "startDateTime", "endDateTime", "daysInfo")
PAGE = 20


class Reply(NamedTuple):
    status: int
    body: Any = None
    kind: str = "application/json"
    headers: tuple[tuple[str, str], ...] = ()


class Asked(NamedTuple):
    method: str
    path: str
    query: dict[str, str]
    body: Any


def refused(status: int, code: str) -> Reply:
    return Reply(status, [{"errorCode": code, "componentType": "API", "message": "no", "details": {}}])


@dataclass
class ReferenceServer:
    """Only what the reference says; what it leaves open is a switch.

    user_list: status for `GET /admin/users`. user_ids: whether answers about users carry `id`.
    psm_ids: what `psmIds` meets: `refuse` (400) or `ignore` ([]). patch_events: status for PATCH on events.
    patch_users: the same on users; 0: it works.
    extra_keys: what keys beyond the reference meet: `drop` or `refuse` (400).
    rule_types: what rows of hours show of their `ruleType`: `none`; `ignored`: all are usual ones, whatever
        was sent, and each cuts the row that its start lies in; `kept`, and names too.
    """

    user_list: int = 404
    user_ids: bool = True
    psm_ids: str = "refuse"
    patch_events: int = 405
    patch_users: int = 0
    extra_keys: str = "drop"
    rule_types: str = "none"
    users: dict[str, JSON] = field(default_factory=dict)
    hours: dict[str, JSON] = field(default_factory=dict)
    events: dict[str, JSON] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)
    replies: list[int] = field(default_factory=list)

    def landed(self) -> list[str]:
        """The writes that were carried out, as `METHOD kind`."""
        return [
            f"{asked.method} {_kind(asked.path)}"
            for asked, status in zip(self.asked, self.replies, strict=True)
            if asked.method != "GET" and status < 300 and "api_clients" not in asked.path
        ]

    def __call__(self, asked: Asked) -> Reply:
        if _has_null(asked.body):
            return refused(400, "NULL_REFUSED")
        words = asked.path.strip("/").split("/")
        match asked.method, words:
            case "POST", ["gh", "admin", "api_clients", name]:
                return Reply(201, {"clientName": name, "token": "t0k3n", "enabled": True})
            case method, ["gh", "admin", "users"]:
                return self._create_user(asked) if method == "POST" else refused(self.user_list, "NO_LIST")
            case method, ["gh", "admin", "users", name]:
                return self._user(method, name, asked)
            case method, ["gh", "sb-demo", "calendar", "work-hours", *rest]:
                return self._hours(method, rest, asked)
            case method, ["gh", "sb-demo", "calendar", "events", *rest]:
                return self._events(method, rest, asked)
        return refused(404, "NOT_FOUND")

    def _create_user(self, asked: Asked) -> Reply:
        if self.extra_keys == "refuse" and set(asked.body) - set(USER_KEYS):
            return refused(400, "UNKNOWN_KEY")
        user = {key: asked.body[key] for key in USER_KEYS if key in asked.body}
        self.users[user["username"]] = user | {"id": self.id_of(user["username"])}
        return self._shown(user["username"], 201)

    @staticmethod
    def id_of(username: str) -> str:
        """Known to a person who looked it up in Admin, whether the API tells it or not."""
        return f"00000000-0000-4000-8000-{username.encode().hex():0>12}"[:36]

    def _user(self, method: str, name: str, asked: Asked) -> Reply:
        if name not in self.users:
            return refused(404, "USER_NOT_FOUND")
        if method == "PATCH" and self.patch_users:
            return refused(self.patch_users, "NO_PATCH")
        if method in ("PATCH", "PUT"):
            kept = {"username": name, "id": self.id_of(name)} if method == "PUT" else self.users[name]
            self.users[name] = kept | {key: asked.body[key] for key in USER_KEYS if key in asked.body}
        if method == "DELETE":
            del self.users[name]
            return Reply(204)
        return self._shown(name, 201 if method == "GET" else 200)

    def _shown(self, name: str, status: int) -> Reply:
        user = dict(self.users[name])
        if not self.user_ids:
            del user["id"]
        return Reply(status, user)

    def _hours(self, method: str, rest: list[str], asked: Asked) -> Reply:
        if method == "GET":
            if "psm-ids" not in asked.query:
                return refused(400, "PSM_IDS_MISSING") if self.psm_ids == "refuse" else Reply(201, [])
            wanted = asked.query["psm-ids"].split(",")
            rows: dict[str, list[JSON]] = {}
            for id, row in self.hours.items():
                touched = (
                    row["startDateTime"] < asked.query["to"] and row["endDateTime"] > asked.query["from"]
                )
                if row["psmId"] in wanted and touched:
                    shown = {key: row[key] for key in HOURS_KEYS[1:]} | {"workHoursId": id}
                    if self.rule_types != "none":
                        shown |= {"type": "WORKING_HOURS", "ruleType": row.get("ruleType", "DEFAULT")}
                        shown |= {"name": row.get("name")}
                    rows.setdefault(row["psmId"], []).append(shown)
            return Reply(201, [{"psmId": psm, "details": found} for psm, found in rows.items()])
        if set(asked.body) - set(HOURS_KEYS) and self.extra_keys == "refuse":
            return refused(400, "UNKNOWN_KEY")
        row = {key: asked.body[key] for key in HOURS_KEYS}
        if self.rule_types == "kept":
            row |= {key: asked.body[key] for key in ("ruleType", "name") if key in asked.body}
        new = method == "POST" and not rest
        if new or (method == "PUT" and rest and rest[0] in self.hours):
            id = str(uuid4()) if new else rest[0]
            self.hours[id] = row
            if self.rule_types == "ignored":
                self._cut(id, row)
            return Reply(201 if new else 200, row)
        return refused(405, "NOT_ALLOWED")

    def _cut(self, id: str, row: JSON) -> None:
        """End the person's other row that a new one begins in on the day before."""
        begin = row["startDateTime"]
        for other, had in self.hours.items():
            if (
                other != id
                and had["psmId"] == row["psmId"]
                and had["startDateTime"] < begin < had["endDateTime"]
            ):
                day = date.fromisoformat(begin[:10]) - timedelta(days=1)
                self.hours[other] = had | {"endDateTime": f"{day}T23:59:59.999Z"}

    def _events(self, method: str, rest: list[str], asked: Asked) -> Reply:
        if method == "GET" and not rest:
            return self._page(asked)
        if method == "PATCH":
            return refused(self.patch_events, "NO_PATCH")
        if rest and rest[0] not in self.events:
            return refused(404, "EVENT_NOT_FOUND")
        if method == "DELETE":
            del self.events[rest[0]]
            return Reply(204)
        if method == "GET":
            return Reply(201, self.events[rest[0]])
        if set(asked.body) - set(EVENT_KEYS) and self.extra_keys == "refuse":
            return refused(400, "UNKNOWN_KEY")
        if any(key not in asked.body for key in ("startDateTime", "endDateTime", "hostId", "participants")):
            return refused(400, "KEY_MISSING")
        id = rest[0] if rest else str(uuid4())
        event = {key: asked.body.get(key) for key in EVENT_KEYS} | {"id": id}
        event["participants"] = [{"id": str(uuid4()), **each} for each in event["participants"]]
        self.events[id] = event
        return Reply(200 if rest else 201, event)

    def _page(self, asked: Asked) -> Reply:
        if set(asked.query) - {"from", "to", "page", "size", "eventType", "participantIds", "sort"}:
            return refused(400, "UNKNOWN_PARAMETER")
        number = int(asked.query.get("page", "0"))
        found = [
            event
            for event in self.events.values()
            if asked.query["from"] <= event["startDateTime"] <= asked.query["to"]
        ]
        content = found[number * PAGE : (number + 1) * PAGE]
        pages = -(-len(found) // PAGE)
        return Reply(
            201,
            {
                "content": content,
                "last": number >= pages - 1,
                "totalPages": pages,
                "totalElements": len(found),
                "size": PAGE,
                "number": number,
                "numberOfElements": len(content),
            },
        )


def _has_null(value: Any) -> bool:
    """Whether a body carries a null at any depth; a request without a body carries none."""
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return any(item is None or _has_null(item) for item in inside)


def _kind(path: str) -> str:
    return next((word for word in ("users", "work-hours", "events") if f"/{word}" in path), path)


class _Quiet(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128  # else the sixth connection at once may wait for a second

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up is no news."""


@contextmanager
def serving(answer: Callable[[Asked], Reply], record: ReferenceServer | None = None) -> Iterator[str]:
    """Serve what `answer` says on a free port of this computer; gives the URL."""
    lock = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True  # head and body are two writes: 40 ms each time otherwise

        def _handle(self) -> None:
            parts = urlsplit(self.path)
            length = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(length)) if length else None
            query = {name: values[0] for name, values in parse_qs(parts.query).items()}
            asked = Asked(self.command, unquote(parts.path), query, body)
            with lock:
                reply = answer(asked)
                if record is not None:
                    record.asked.append(asked)
                    record.replies.append(reply.status)
            self._send(reply)

        def _send(self, reply: Reply) -> None:
            data = b""
            if isinstance(reply.body, str):
                data = reply.body.encode()
            elif reply.body is not None:
                data = json.dumps(reply.body).encode()
            self.send_response(reply.status)
            for name, value in reply.headers:
                self.send_header(name, value)
            self.send_header("Content-Type", reply.kind)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _handle

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = _Quiet(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def misbehaving(behave: Callable[[socket.socket], None]) -> Iterator[tuple[str, list[str]]]:
    """A service that gives tokens and answers all else with `behave`, byte by byte as that likes.

    Gives its URL, and the request lines that came, tokens' ones left out.
    """
    asked: list[str] = []

    class Handler(StreamRequestHandler):
        def handle(self) -> None:
            while line := self.rfile.readline().decode().strip():
                length = 0
                while head := self.rfile.readline().strip().lower():
                    length = int(head[15:]) if head.startswith(b"content-length:") else length
                self.rfile.read(length)
                if "api_clients" in line:
                    self.request.sendall(b'HTTP/1.1 200 OK\r\nContent-Length: 15\r\n\r\n{"token": "t0"}')
                    continue
                asked.append(line)
                behave(self.request)
                return

    class Server(ThreadingTCPServer):
        daemon_threads = allow_reuse_address = True
        request_queue_size = 128

        def handle_error(self, request: Any, client_address: Any) -> None:
            """A client that hangs up is no news."""

    with Server(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}", asked
        server.shutdown()
        thread.join()
