"""A stand-in for the API of GitHub and of GitLab: comments in pages, tokens that may write or only read."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

WRITES, READS = "ghs_may-write-0a1b2c", "ghs_may-only-read-3d4e5f"
REPOSITORY, PROJECT = "clinic/staffing", "4711"
JSON = dict[str, Any]


@dataclass
class Forge:
    """Comments by number of their pull request. page: how many are in one, whatever is asked for.

    links: whether pages say what follows. fails: a status that everything gets, with where it leads.
    """

    url: str = ""
    page: int = 30
    links: bool = True
    fails: int = 0
    leads: str = ""
    comments: dict[int, list[JSON]] = field(default_factory=dict)
    asked: list[tuple[str, str, JSON]] = field(default_factory=list)  # method, path with query, headers

    def github(self, token: str = WRITES) -> dict[str, str]:
        return {"GITHUB_API_URL": self.url, "GITHUB_REPOSITORY": REPOSITORY, "GITHUB_TOKEN": token}

    def gitlab(self, token: str = WRITES) -> dict[str, str]:
        return {"CI_API_V4_URL": self.url, "CI_PROJECT_ID": PROJECT, "GITLAB_TOKEN": token}

    def says(self, number: int, *bodies: str, **more: Any) -> None:
        """Somebody comments."""
        held = self.comments.setdefault(number, [])
        for body in bodies:
            held.append({"id": 1000 * number + len(held) + 1, "body": body, **more})

    def bodies(self, number: int) -> list[str]:
        return [comment["body"] for comment in self.comments.get(number, [])]

    @property
    def writes(self) -> list[str]:
        return [method for method, _, _ in self.asked if method != "GET"]

    def answer(self, method: str, path: str, body: JSON, token: str | None) -> tuple[int, Any, JSON]:
        """Status, body and headers."""
        parts = urlsplit(path)
        if self.fails:
            return self.fails, {"message": "no"}, {"Location": self.leads} if self.leads else {}
        if token not in (WRITES, READS):
            return 401, {"message": "Bad credentials"}, {}
        if method != "GET" and token == READS:
            return 403, {"message": "Resource not accessible by integration"}, {}
        match parts.path.strip("/").split("/"):
            case ["repos", "clinic", "staffing", "issues", "comments", id] if method == "PATCH":
                return self._edited(int(id), body)
            case ["repos", "clinic", "staffing", "issues", number, "comments"]:
                return self._list_or_add(method, int(number), parts, body)
            case ["projects", "4711", "merge_requests", _, "notes", id] if method == "PUT":
                return self._edited(int(id), body)
            case ["projects", "4711", "merge_requests", number, "notes"]:
                return self._list_or_add(method, int(number), parts, body)
        return 404, {"message": "Not Found"}, {}

    def _edited(self, id: int, body: JSON) -> tuple[int, Any, JSON]:
        for comment in (each for held in self.comments.values() for each in held):
            if comment["id"] == id:
                if comment.get("locked"):
                    return 403, {"message": "Forbidden"}, {}
                comment["body"] = body["body"]
                return 200, comment, {}
        return 404, {"message": "Not Found"}, {}

    def _list_or_add(self, method: str, number: int, parts: Any, body: JSON) -> tuple[int, Any, JSON]:
        if method == "POST":
            self.says(number, body["body"])
            return 201, self.comments[number][-1], {}
        page = int(parse_qs(parts.query).get("page", ["1"])[0])
        held = self.comments.get(number, [])
        found, more = held[(page - 1) * self.page : page * self.page], len(held) > page * self.page
        last = f'<{self.url}{parts.path}?page=1>; rel="first"'
        link = f'<{self.url}{parts.path}?page={page + 1}>; rel="next"' if more else last
        return 200, found, {"Link": link} if self.links else {}


@contextmanager
def forge(**options: Any) -> Iterator[Forge]:
    """Run one."""
    held = Forge(**options)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _handle(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(length) or b"{}")
            held.asked.append((self.command, self.path, dict(self.headers)))
            bearer = (self.headers.get("Authorization") or "").removeprefix("Bearer ")
            token = self.headers.get("PRIVATE-TOKEN") if self.path.startswith("/projects") else bearer
            status, answer, headers = held.answer(self.command, self.path, body, token)
            data = json.dumps(answer).encode()
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST = do_PUT = do_PATCH = _handle

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    held.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield held
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
