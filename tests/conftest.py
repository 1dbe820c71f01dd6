"""Fixtures of the tests that speak as users: a folder of manifests, and a service to reconcile with."""

from __future__ import annotations

import gc
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from reconciler.client import Patience
from tests.support.cli import IMPATIENT, Result, run
from tests.support.examples import WHOLE
from tests.support.service import Service, simulated

# The same examples in every run, however busy the machine: what fails here fails everywhere.
for _name in ("quick", WHOLE):
    settings.register_profile(
        _name, derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow]
    )

NOW = "2026-11-24T12:00:00Z"
HEAD = "tenant: gh\ninstance: sb-demo\nowner: staffing\ntimezone: America/Los_Angeles\n"
HEAD += "api: {client: TESTS}\n"

LONGEST = ("tests/test_readme.py", "tests/fleet/test_rescue.py", "tests/fleet/test_worker.py")

Simulate = Callable[..., Service]


@pytest.fixture
def simulate_service(tmp_path: Path) -> Iterator[Simulate]:
    """Start an embedded Welkin with the options given."""
    with ExitStack() as stack:

        def begin(**options: Any) -> Service:
            return stack.enter_context(simulated(tmp_path, **{"now": NOW, **options}))

        yield begin


def pytest_configure(config: pytest.Config) -> None:
    settings.load_profile("quick" if "not slow" in config.option.markexpr else WHOLE)
    config.addinivalue_line("markers", "both: in both profiles of the service, live and reference")


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Thousands of tests are found: no garbage among them, so nothing looks for it, then or later."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What waits longest begins first: as the last one it would be waited for by all."""
    items.sort(key=lambda item: not item.nodeid.startswith(LONGEST))


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "profile" in metafunc.fixturenames and metafunc.definition.get_closest_marker("both"):
        metafunc.parametrize("profile", ["live", "reference"])


@pytest.fixture
def profile() -> str:
    """That of the service; in tests marked `both`, each of the two."""
    return "live"


@pytest.fixture
def service(simulate_service: Simulate, profile: str) -> Service:
    """The service, empty."""
    return simulate_service(profile=profile)


class Workspace:
    """A folder of manifests and the commands run in it."""

    def __init__(self, folder: Path, patience: Patience | None = None) -> None:
        self.folder, self.patience = folder, patience
        self.now = NOW
        self.url = ""

    def write(self, text: str, name: str = "env.yaml", head: str = HEAD) -> None:
        (self.folder / name).write_text(head + text, encoding="utf-8")

    def at(self, service: Service) -> Workspace:
        self.url = service.url
        return self

    def run(self, command: str, *args: str, **more: Any) -> Result:
        """Run a command on env.yaml, unless an argument names another file."""
        named = any(arg.endswith((".yaml", ".json")) and not arg.startswith("-") for arg in args[:1])
        files = () if named else ("env.yaml",)
        where = ("--api-url", self.url) if self.url else ()
        more = {"patience": self.patience, **more}
        return run(command, *files, *args, *where, "--now", self.now, cwd=self.folder, **more)

    def plan(self, *args: str) -> Result:
        """Plan as JSON."""
        done = self.run("plan", *args, "--format", "json")
        assert done.code in (0, 2), done
        return done

    def apply(self, *args: str, code: int = 0) -> Result:
        done = self.run("apply", *args, "--auto-approve")
        assert done.code == code, done
        return done

    def settled(self) -> None:
        """Planning again finds nothing to do."""
        done = self.run("plan", "--detailed-exitcode")
        assert (done.code, "No changes." in done.stdout) == (0, True), done


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path)


@pytest.fixture
def impatient(workspace: Workspace) -> list[float]:
    """Let pauses of client and apply pass at once, and time-outs be short; gives the pauses asked for."""
    pauses: list[float] = []
    workspace.patience = replace(IMPATIENT, pauses=pauses.append)
    return pauses
