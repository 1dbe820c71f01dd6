"""A fleet as its user has it: manifests, fleet.yaml, a database, and workers that are processes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from tests.support.cli import Result, environment, run
from tests.support.service import Service

PATIENCE_S = 90.0
HEAD = """tenant: {tenant}
instance: {name}
owner: {name}
timezone: Europe/Berlin
api: {{client: TESTS}}
"""


def soon(days: int) -> str:
    return str(date.today() + timedelta(days=days))


def until(seen: Callable[[], Any], what: str = "") -> Any:
    """What `seen` gives once it gives something."""
    ends = time.monotonic() + PATIENCE_S
    while True:
        if found := seen():
            return found
        assert time.monotonic() < ends, what
        time.sleep(0.1)


class Worker:
    """A process of `fleet worker`."""

    def __init__(self, process: subprocess.Popen[bytes], log: Path) -> None:
        self.process, self._log = process, log

    @property
    def said(self) -> str:
        return self._log.read_text()

    def send(self, number: int) -> None:
        self.process.send_signal(number)

    def kill(self) -> None:
        self.send(signal.SIGKILL)
        self.process.wait(30)

    def end(self) -> int:
        """Ask it to stop; its exit code."""
        self.send(signal.SIGTERM)
        return self.process.wait(60)


class Fleet:
    def __init__(self, folder: Path, database_url: str, service: Service) -> None:
        self.folder, self.service = folder, service
        self.variables = {
            "WELKIN_DATABASE": database_url,
            "WELKIN_API_URL": service.url,
            "XDG_STATE_HOME": str(folder / "state"),
            "GITHUB_ACTOR": "ann",
        }
        self.workers = list[Worker]()
        self.configure()

    def configure(self, text: str = "apply: manual\n") -> None:
        """fleet.yaml: the folder `rota` as its source, and what else it says."""
        source = 'sources: [{name: clinics, path: rota, poll: 1s, environments: ["env/*.yaml"]}]\n'
        (self.folder / "fleet.yaml").write_text(source + text)

    def write(self, name: str, text: str, tenant: str = "gh") -> None:
        """An environment file; whole or not at all, as it may be looked at any moment."""
        path = self.folder / "rota" / "env" / f"{name}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_suffix(".draft")
        draft.write_text(HEAD.format(tenant=tenant, name=name) + text)
        draft.rename(path)

    def people(self, name: str, *people: str, tenant: str = "gh", hours: str = "09:00-17:00") -> None:
        """An environment of people who work on weekdays."""
        users = "".join(f"  {each}: {{email: {each}@example.org}}\n" for each in people)
        rows = "".join(f"  {each}: [{{from: {soon(7)}, days: {{mon-fri: {hours}}}}}]\n" for each in people)
        self.write(name, f"users:\n{users}workHours:\n{rows}", tenant)

    def work(self, name: str, *args: str, **variables: str) -> Worker:
        """Begin a worker."""
        log = self.folder / f"{name}-{len(self.workers)}.log"
        with log.open("wb") as out:
            process = subprocess.Popen(
                [sys.executable, "-m", "reconciler", "fleet", "worker", "--name", name, *args],
                cwd=self.folder,
                env=environment(**self.variables, **variables),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
            )
        self.workers.append(Worker(process, log))
        return self.workers[-1]

    def ask(self, *args: str, code: int | None = 0) -> Any:
        """A command of the fleet; its JSON."""
        done = self.run(*args, "--format", "json")
        assert code is None or done.code == code, done
        return json.loads(done.stdout)

    def run(self, *args: str) -> Result:
        return run("fleet", *args, cwd=self.folder, env=environment(**self.variables))

    def states(self) -> dict[str, str]:
        """Of each environment, by its name in the source."""
        found = self.ask("status")["environments"]
        return {each["name"].rpartition("/")[2]: each["state"] for each in found}

    def become(self, **states: str) -> None:
        """Wait until these environments are so."""
        until(lambda: {name: self.states().get(name) for name in states} == states, f"{states}")

    def runs(self, **chosen: str) -> list[Any]:
        flags = [part for name, value in chosen.items() for part in (f"--{name}", value)]
        return list(self.ask("runs", "--limit", "10000", *flags)["runs"])


@contextmanager
def fleet_of(folder: Path, database_url: str, service: Service) -> Iterator[Fleet]:
    """A fleet whose workers are gone in the end."""
    fleet = Fleet(folder, database_url, service)
    try:
        yield fleet
    finally:
        for worker in fleet.workers:
            if worker.process.poll() is None:
                worker.process.send_signal(signal.SIGCONT)
                worker.kill()
        if os.environ.get("FLEET_LOGS"):
            for worker in fleet.workers:
                sys.stderr.write(worker.said)
