"""Output files: whole or not at all, over nothing but our own, and nothing left behind."""

from __future__ import annotations

import json
import os
import socket
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from reconciler.commands.files import RECORD
from reconciler.errors import output_file
from tests.conftest import NOW, Workspace
from tests.support.cli import Result, environment, unmeasured
from tests.support.service import Service

MANIFEST = (
    "users:\n  ana: {email: ana@example.org, timezone: America/Los_Angeles}\n"
    "events:\n  visit: {title: Visit, host: ana, starts: 2026-12-01T09:00, duration: 30m}\n"
)
WRITERS = {
    "plan": ("plan", "env.yaml", "--out"),
    "undo": ("apply", "env.yaml", "--auto-approve", "--undo-file"),
    "week": ("calendar", "env.yaml", "--out"),
    "data": ("calendar", "env.yaml", "--format", "json", "--out"),
    "ics": ("calendar", "env.yaml", "--format", "ics", "--out"),
}
IN_TEXT = tuple(writer for writer in WRITERS if writer != "data")  # whose errors are lines
TARGET = "target.json"


@pytest.fixture
def ready(workspace: Workspace, service: Service) -> Workspace:
    workspace.at(service).write(MANIFEST)
    service.forget()
    return workspace


def written(workspace: Workspace, writer: str, to: str = TARGET) -> Result:
    """Have a command write its file."""
    command, env, *flags = WRITERS[writer]
    if command == "calendar":
        return Workspace(workspace.folder).run(command, env, *flags, to)
    return workspace.run(command, env, *flags, to)


def a_plan(path: Path) -> None:
    path.write_text('{"format": "welkin-reconcile/plan/1"}\n')


def a_manifest(path: Path) -> None:
    path.write_text("users: {}\n")


def other_json(path: Path) -> None:
    path.write_text('{"name": "x", "format": "welkin-reconcile/plan/1"}\n')


def nothing_in_it(path: Path) -> None:
    path.touch()


def a_link_to_a_plan(path: Path) -> None:
    a_plan(path.with_name("else.json"))
    path.symlink_to("else.json")


def a_dangling_link(path: Path) -> None:
    path.symlink_to("nowhere.json")


def a_hard_link_to_a_plan(path: Path) -> None:
    a_plan(path.with_name("else.json"))
    path.hardlink_to(path.with_name("else.json"))


def a_folder(path: Path) -> None:
    path.mkdir()


def a_pipe(path: Path) -> None:
    os.mkfifo(path)


def a_socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(path))


def a_foreign_calendar(path: Path) -> None:
    theirs = (
        "BEGIN:VCALENDAR\r\nPRODID:-//else//EN\r\nBEGIN:VEVENT\r\nSUMMARY:x\r\nPRODID:-//welkin-reconcile//EN"
    )
    path.write_text(theirs, newline="")


OBSTACLES = (
    a_manifest, other_json, nothing_in_it, a_link_to_a_plan, a_dangling_link, a_hard_link_to_a_plan, a_folder,
    a_pipe, a_socket, a_foreign_calendar,
)  # fmt: skip


def state(folder: Path) -> dict[str, Any]:
    """Everything in a folder: what it is and holds."""
    return {
        path.name: (info.st_mode, info.st_ino, path.read_bytes() if stat.S_ISREG(info.st_mode) else None)
        for path in sorted(folder.iterdir())
        if (info := path.lstat()) and not path.name.startswith("exchanges")
    }


@pytest.mark.parametrize("obstacle", OBSTACLES)
@pytest.mark.parametrize("writer", IN_TEXT)
def test_what_is_not_ours_is_never_replaced(
    ready: Workspace, service: Service, writer: str, obstacle: Callable[[Path], None]
) -> None:
    obstacle(ready.folder / TARGET)
    before = state(ready.folder)
    done = written(ready, writer)
    assert (done.code, done.stdout) == (1, "")
    assert done.stderr.startswith(f"error: {TARGET} cannot be written: ")
    assert done.stderr.endswith("; name a file that isn't there yet\n")
    assert state(ready.folder) == before
    assert not service.calls(), "it is said before anything is asked"


@pytest.mark.parametrize("device", ["/dev/null", "/dev/full"])
def test_a_device_is_no_file(ready: Workspace, service: Service, device: str) -> None:
    before = os.lstat(device)
    done = written(ready, "plan", device)
    assert (done.code, "it is a device" in done.stderr) == (1, True)
    assert os.path.samestat(os.lstat(device), before)
    assert written(ready, "plan", "/dev/stdout").code == 1
    assert not service.calls()


@pytest.mark.parametrize("writer", IN_TEXT)
@pytest.mark.parametrize("path", ["no/such/target.json", "env.yaml/target.json", "x" * 300])
def test_where_nothing_can_be_is_one_line(ready: Workspace, service: Service, writer: str, path: str) -> None:
    done = written(ready, writer, path)
    assert done.code == 1
    assert done.stderr.startswith(f"error: {path} cannot be written: ")
    assert done.stderr.count("\n") == 1
    assert not service.calls()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_takes_nothing_is_one_line(ready: Workspace, service: Service) -> None:
    (ready.folder / "closed").mkdir(mode=0o500)
    done = written(ready, "plan", "closed/plan.json")
    assert done.stderr == "error: closed/plan.json cannot be written: nothing may be written to closed\n"
    assert not service.calls()


@pytest.mark.parametrize("first", ["plan", "undo", "data", "ics"])
@pytest.mark.parametrize("second", WRITERS)
def test_ours_is_replaced(ready: Workspace, first: str, second: str) -> None:
    assert written(ready, first).code == 0
    old = (ready.folder / TARGET).read_bytes()
    assert written(ready, second).code == 0
    assert (ready.folder / TARGET).read_bytes() != old or first == second
    assert not [path for path in ready.folder.iterdir() if path.name.startswith(".welkin-reconcile.")]


@pytest.mark.parametrize(
    "head", ["<!-- welkin-reconcile: gh/sb-demo -->\n# Plan", '\n {\n"format" : "welkin-reconcile/plans/1"']
)
def test_a_report_with_our_mark_is_ours(ready: Workspace, head: str) -> None:
    (ready.folder / TARGET).write_text(head)
    assert written(ready, "plan").code == 0
    assert json.loads((ready.folder / TARGET).read_text())["format"] == "welkin-reconcile/plan/1"


def test_plans_and_undo_files_are_private_and_calendars_are_not(ready: Workspace) -> None:
    old = os.umask(0o022)
    try:
        for writer, mode in (("plan", 0o600), ("undo", 0o600), ("ics", 0o644), ("week", 0o644)):
            assert written(ready, writer, f"{writer}.out").code == 0
            assert stat.S_IMODE((ready.folder / f"{writer}.out").stat().st_mode) == mode
        (ready.folder / "plan.out").chmod(0o644)
        assert written(ready, "plan", "plan.out").code == 0
        assert stat.S_IMODE((ready.folder / "plan.out").stat().st_mode) == 0o600
    finally:
        os.umask(old)


@pytest.mark.parametrize("there", [True, False])
def test_a_full_disk_leaves_what_was_there_and_nothing_else(ready: Workspace, there: bool) -> None:
    if there:
        assert written(ready, "plan").code == 0
    before = state(ready.folder)
    done = subprocess.run(
        ["bash", "-c", 'ulimit -f 1; exec "$0" -m reconciler "$@"', sys.executable, "plan", "env.yaml",
         "--out", TARGET, "--api-url", ready.url, "--now", NOW],
        cwd=ready.folder, env=unmeasured(environment()), capture_output=True, text=True, timeout=60,
        check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (1, f"error: {TARGET} cannot be written: file too large\n")
    assert state(ready.folder) == before


def test_ctrl_c_leaves_nothing_behind(ready: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(descriptor: int) -> None:
        raise KeyboardInterrupt

    before = state(ready.folder)
    monkeypatch.setattr(output_file.os, "fsync", interrupt)
    assert written(ready, "plan").code == 130
    assert state(ready.folder) == before


@pytest.mark.parametrize("obstacle", [a_manifest, a_dangling_link, a_pipe])
@pytest.mark.parametrize("there", [True, False])
@pytest.mark.parametrize("links", [True, False])
def test_what_comes_in_the_way_meanwhile_stays(
    ready: Workspace,
    monkeypatch: pytest.MonkeyPatch,
    obstacle: Callable[[Path], None],
    there: bool,
    links: bool,
) -> None:
    if there:
        assert written(ready, "plan").code == 0
    fill, target = output_file._fill, ready.folder / TARGET
    after: dict[str, Any] = {}

    def slowly(draft: Path, text: str, mode: int) -> None:
        target.unlink(missing_ok=True)
        obstacle(target)
        after.update(state(ready.folder))
        fill(draft, text, mode)

    monkeypatch.setattr(output_file, "_fill", slowly)
    if not links:
        monkeypatch.setattr(output_file.os, "link", unsupported)
    done = written(ready, "plan")
    assert (done.code, done.stderr.count("\n")) == (1, 1)
    assert state(ready.folder) == after


def unsupported(*args: Any, **more: Any) -> None:
    raise PermissionError(1, "Operation not permitted")


def test_a_file_system_without_links_gets_its_file(ready: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(output_file.os, "link", unsupported)
    assert written(ready, "plan").code == 0
    assert json.loads((ready.folder / TARGET).read_text())["changes"]


def test_the_simulators_record_goes_on_but_over_nothing_else(tmp_path: Path) -> None:
    record = tmp_path / "record.jsonl"
    record.write_text('{"at": "2026-11-24T12:00:00.000Z", "method": "GET"}\n')
    assert RECORD.convert(str(record), None, None) == record
    record.write_text("")
    assert RECORD.convert(str(record), None, None) == record
    a_manifest(tmp_path / "env.yaml")
    done = Workspace(tmp_path)
    said = subprocess.run(
        [sys.executable, "-m", "reconciler", "simulator", "--record", "env.yaml"],
        cwd=done.folder, env=environment(), capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert (said.returncode, said.stdout) == (1, "")
    assert said.stderr.startswith("error: env.yaml cannot be written: ")
