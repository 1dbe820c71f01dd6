"""A Git host on this computer: repositories over http, as a server has them, to clone from and to push to."""

from __future__ import annotations

import os
import subprocess
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from tests.support.git import APART, Repository


class GitHost:
    """Bare repositories below a folder, each with a clone to commit in."""

    def __init__(self, folder: Path, url: str) -> None:
        self.folder, self.url = folder, url
        self.asked: list[str] = []  # paths of requests
        self.password = ""  # that everybody has to say, if any

    def address(self, name: str) -> str:
        return f"{self.url}/{name}.git"

    def repository(self, name: str) -> Repository:
        """A new repository, by a clone that pushes to it."""
        bare = self.folder / "served" / f"{name}.git"
        served = Repository(bare, "--bare")
        served.git("config", "http.receivepack", "true")
        served.git("config", "receive.denyDeleteCurrent", "ignore")
        clone = Repository(self.folder / "desk" / name)
        clone.git("remote", "add", "origin", self.address(name))
        return clone

    def push(self, clone: Repository, files: Mapping[str, str | None], branch: str = "main") -> str:
        """Commit files and push them over http; gives the commit's name."""
        commit = clone.commit(files)
        clone.git("push", "--quiet", "--force", "origin", f"HEAD:{branch}")
        return commit


@contextmanager
def git_host(folder: Path) -> Iterator[GitHost]:
    host = GitHost(folder, "")

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer(b"")

        def do_POST(self) -> None:
            self._answer(self.rfile.read(int(self.headers.get("Content-Length") or 0)))

        def _answer(self, body: bytes) -> None:
            host.asked.append(self.path)
            if host.password and host.password not in self.headers.get("Authorization", ""):
                self.send_response(401)
                self.send_header("WWW-Authenticate", 'Basic realm="git"')
                self.end_headers()
                return
            path, _, query = self.path.partition("?")
            variables = {
                "GIT_PROJECT_ROOT": str(folder / "served"),
                "GIT_HTTP_EXPORT_ALL": "1",
                "PATH_INFO": path,
                "QUERY_STRING": query,
                "REQUEST_METHOD": self.command,
                "CONTENT_TYPE": self.headers.get("Content-Type", ""),
                "CONTENT_LENGTH": str(len(body)),
                "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
                "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
                "REMOTE_USER": "rita",
                "REMOTE_ADDR": "127.0.0.1",
            }
            done = subprocess.run(
                ["git", "http-backend"],
                input=body,
                env={**os.environ, **APART, **variables},
                capture_output=True,
            )
            head, _, content = done.stdout.partition(b"\r\n\r\n")
            fields = [line.split(": ", 1) for line in head.decode().splitlines()]
            status = next((value for name, value in fields if name == "Status"), "200 OK")
            self.send_response(int(status.split()[0]))
            for name, value in fields:
                if name != "Status":
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    host.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield host
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
