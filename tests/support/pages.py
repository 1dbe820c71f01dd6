"""The fleet's page over real HTTP, in this process, on a database that a test fills."""

from __future__ import annotations

import hashlib
import json
import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import requests
import uvicorn

from reconciler.fleet.database import Database
from reconciler.fleet.server.app import app_of
from reconciler.fleet.shape import Auth, Fleet
from reconciler.model import Source

FLEET = Fleet(Path("fleet.yaml"), ())


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody who asks a page, with a browser's cookies and perhaps a token."""

    url: str
    session: requests.Session

    def get(self, path: str, **headers: str) -> requests.Response:
        return self.session.get(self.url + path, headers=headers, timeout=20)

    def post(self, path: str, form: Mapping[str, str] | None = None, **headers: str) -> requests.Response:
        return self.session.post(
            self.url + path, data=form or {}, headers=headers, timeout=20, allow_redirects=False
        )

    def send(self, path: str, body: object, **headers: str) -> requests.Response:
        return self.session.post(self.url + path, json=body, headers=headers, timeout=20)


@contextmanager
def shown(fleet: Fleet, database: Database, environ: Mapping[str, str] | None = None) -> Iterator[str]:
    """The URL of a page, while it is wanted."""
    app = app_of(fleet, database, environ or {})
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(64)
        server = uvicorn.Server(uvicorn.Config(app, log_level="critical", server_header=False))
        thread = threading.Thread(target=server.run, args=([listening],))
        thread.start()
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()


@contextmanager
def visitor(url: str, token: str | None = None) -> Iterator[Visitor]:
    with requests.Session() as session:
        session.trust_env = False
        if token:
            session.headers["Authorization"] = f"Bearer {token}"
        yield Visitor(url, session)


def token_file(folder: Path, name: str, token: str, roles: Mapping[str, str], mode: int = 0o600) -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text(json.dumps({"sha256": hashlib.sha256(token.encode()).hexdigest(), "roles": roles}))
    path.chmod(mode)
    return path


def with_tokens(fleet: Fleet, folder: Path) -> Fleet:
    return replace(fleet, auth=by_token(folder))


def by_token(folder: Path) -> Auth:
    return Auth(Source("fleet.yaml", 1), tokens=folder)


def declare(database: Database, name: str, tenant: str, state: str | None = None, **more: object) -> None:
    """An environment as if a worker had found and looked at it."""
    values = {
        "name": name, "source": name.partition("/")[0], "path": f"{name.partition('/')[2]}.yaml",
        "tenant": tenant, "instance": "live", "timezone": "Europe/Berlin", "state": state, "changes": 0,
        "since": None, "checked": None, "message": None, "broken": None, "last_run": None, "revision": None,
    } | more  # fmt: skip
    names, marks = ", ".join(values), ", ".join(f":{name}" for name in values)
    database.run(
        f"INSERT INTO welkin.environment ({names}, known) VALUES ({marks}, :now)",
        **values,  # type: ignore[arg-type]
    )
