"""Reading begins with an environment file's own keys; what is wrong with manifests still comes first."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest

from reconciler.errors import ManifestError
from reconciler.pipeline import Settings, connect, expand, head_start, load, plan
from tests.conftest import HEAD, Workspace
from tests.support.cli import SECRET, spawn
from tests.support.service import Service

STAFF = "users: {jdoe: {email: j.doe@example.org}}\n"
WRONG = "users:\n  jdoe: {email: nobody}\nevents:\n  standup: {title: Stand-up, host: jdoe, starts: soon}\n"
SOON_S, NOW = 60.0, datetime(2026, 11, 24, 12, tzinfo=UTC)


def until(seen: Callable[[], bool]) -> None:
    end = time.monotonic() + SOON_S
    while not seen() and time.monotonic() < end:
        time.sleep(0.01)
    assert seen()


@contextmanager
def silent() -> Iterator[tuple[str, threading.Event]]:
    """A server that takes connections and never answers, with whether one has come."""
    asked = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as server, ExitStack() as opened:

        def accept() -> None:
            with suppress(OSError):
                while True:
                    opened.enter_context(server.accept()[0])
                    asked.set()

        accepting = threading.Thread(target=accept)
        accepting.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}", asked
        server.shutdown(socket.SHUT_RDWR)
        accepting.join()


def test_reading_begins_before_a_manifest_is_loaded_and_goes_on_with_it(
    tmp_path: Path, service: Service
) -> None:
    path = tmp_path / "env.yaml"
    path.write_text(HEAD + STAFF, encoding="utf-8")
    settings, environ = Settings(NOW, api_url=service.url), {"WELKIN_SECRET": SECRET}
    with head_start(str(path), settings, environ) as begun:
        assert begun.service
        until(lambda: {"GET users", "GET events"} <= {call.route for call in service.calls()})
        early = len(service.calls())
        (wishes,) = expand(load(str(path)), NOW)
        with connect(wishes.environment, settings, environ, begun=begun) as connected:
            assert [str(change.key) for change in plan(wishes, connected).plan.pending] == ["user/jdoe"]
    asked = service.calls()
    assert 0 < early <= len(asked) == len({(call.path, str(call.query)) for call in asked})
    assert not any(call.is_write for call in asked)


def test_what_is_wrong_with_manifests_is_said_whole_though_the_service_is_silent(
    workspace: Workspace,
) -> None:
    workspace.write(WRONG)
    with silent() as (url, _):
        done = spawn("plan", "env.yaml", "--api-url", url, cwd=workspace.folder, timeout_s=SOON_S)
    assert done.code == 1
    assert done.stderr == workspace.run("validate").stderr
    assert done.stderr.count("env.yaml:") == 3


def test_what_was_begun_is_not_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "env.yaml"
    path.write_text(HEAD + WRONG, encoding="utf-8")
    with silent() as (url, asked):
        settings, environ = Settings(NOW, api_url=url), {"WELKIN_SECRET": SECRET}
        with pytest.raises(ManifestError), head_start(str(path), settings, environ):
            assert asked.wait(SOON_S)
            left = time.monotonic()
            expand(load(str(path)), NOW)
        assert time.monotonic() - left < 25.0  # an answer is waited for longer than that


@pytest.mark.parametrize("env", [{}, {"WELKIN_SECRET": SECRET}])
def test_it_is_said_before_what_is_wrong_with_the_connection(
    workspace: Workspace, env: dict[str, str]
) -> None:
    workspace.write(WRONG)
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    done = workspace.run("plan", "--api-url", f"http://127.0.0.1:{port}", env=env)
    assert done.code == 1
    assert all(
        line.startswith("error: env.yaml:") or "env.yaml:" in line for line in done.stderr.splitlines()
    )
    workspace.write(STAFF)
    done = workspace.run("plan", "--api-url", f"http://127.0.0.1:{port}", env={})
    assert "WELKIN_SECRET" in done.stderr


def test_after_an_error_in_the_manifests_nothing_more_is_sent(workspace: Workspace, service: Service) -> None:
    workspace.at(service).write(WRONG)
    assert workspace.run("plan").code == 1
    assert not any(call.is_write for call in service.calls())
