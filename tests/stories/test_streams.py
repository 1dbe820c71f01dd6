"""Where output goes: any encoding, nowhere, a full device, a reader that has left."""

from __future__ import annotations

import errno
import io
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import IO, Any

import pytest

from tests.conftest import NOW, Workspace
from tests.support.cli import Result, environment, run
from tests.support.service import Service

TRIAL = Path(__file__).parent / "trial"
ENCODINGS = ("cp1252", "latin-1", "cp437", "ascii", "gbk", "cp1252:strict", "utf-8")
PERSON = "users:\n  ana: {email: ana@example.org, firstName: %s}\n"
WEEKLY = (
    "events:\n  visit: {title: 'Übergabe ☕ 日本 😀', host: ana, starts: 2026-12-01T09:00, duration: 30m,\n"
    "    repeat: {every: week}}\n"
)


def bytes_of(
    *args: str, cwd: Path, stdout: int | IO[Any] | None = subprocess.PIPE, shell: str = "", **variables: str
) -> subprocess.CompletedProcess[bytes]:
    """Run the program with its streams as a shell arranges them (`shell`: redirections)."""
    script = f'unset PYTHONUNBUFFERED; exec "$0" -m reconciler "$@" {shell}'
    return subprocess.run(
        ["bash", "-c", script, sys.executable, *args],
        cwd=cwd, env=environment(**variables), stdout=stdout, stderr=subprocess.PIPE,
        stdin=subprocess.DEVNULL, timeout=60, check=False,
    )  # fmt: skip


def said(done: subprocess.CompletedProcess[bytes]) -> Result:
    return Result(done.returncode, (done.stdout or b"").decode(), done.stderr.decode())


@pytest.fixture
def at(workspace: Workspace, service: Service) -> tuple[str, ...]:
    """A person and a series, applied once, then changed; gives the flags to go on with."""
    workspace.at(service).write(PERSON % "Ann" + WEEKLY)
    workspace.apply()
    workspace.write(PERSON % "Ånna" + WEEKLY.replace("09:00", "10:00"))
    return ("env.yaml", "--api-url", service.url, "--now", NOW)


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_plan_is_printed_in_any_encoding(workspace: Workspace, at: tuple[str, ...], encoding: str) -> None:
    done = bytes_of("plan", *at, cwd=workspace.folder, PYTHONIOENCODING=encoding)
    assert (done.returncode, done.stderr) == (0, b"")
    text = done.stdout.decode(encoding.partition(":")[0])
    arrow = "→" if encoding in ("utf-8", "gbk") else "->"
    assert f"09:00-09:30 {arrow} 10:00-10:30" in text
    assert "Plan: 0 to add, 8 to change, 0 to destroy." in text
    dash = "-" if encoding in ("latin-1", "cp437", "ascii") else "–"
    assert f"Tue 1 Dec {dash} Tue 12 Jan 2027" in text


@pytest.mark.parametrize("encoding", ["cp1252:strict", "gbk", "ascii", "utf-8"])
def test_json_stays_json_and_loses_nothing(workspace: Workspace, at: tuple[str, ...], encoding: str) -> None:
    done = bytes_of("plan", *at, "--format", "json", cwd=workspace.folder, PYTHONIOENCODING=encoding)
    assert (done.returncode, done.stderr) == (0, b"")
    told = json.loads(done.stdout.decode(encoding.partition(":")[0]))
    assert {change["after"]["firstName"] for change in told["changes"] if change["kind"] == "user"} == {
        "Ånna"
    }
    workspace.write("users: {ana: {'Ж→': x}}\n")
    for command in ("plan", "validate"):
        done = bytes_of(
            command, "env.yaml", "--format", "json", cwd=workspace.folder, PYTHONIOENCODING=encoding
        )
        assert done.returncode == 1
        assert "Ж" in str(json.loads(done.stdout.decode(encoding.partition(":")[0])))


@pytest.mark.parametrize("encoding", ["cp437", "ascii"])
@pytest.mark.parametrize(
    "args",
    [["--help"], ["--version"], ["plan", "--help"], ["schema"], ["schema", "users"],
     ["validate", "env.yaml"], ["validate", "env.yaml", "--format", "sarif"], ["calendar", "env.yaml"],
     ["calendar", "env.yaml", "--format", "json"], ["history"], ["nonsense"], ["plan", "no\udcffsuch.yaml"]],
    ids=" ".join,
)  # fmt: skip
def test_every_command_speaks_any_encoding(workspace: Workspace, args: list[str], encoding: str) -> None:
    workspace.write(PERSON % "Ånna→" + WEEKLY)
    done = bytes_of(*args, cwd=workspace.folder, PYTHONIOENCODING=encoding)
    both = done.stdout.decode(encoding) + done.stderr.decode(encoding)
    assert both
    assert done.returncode == (1 if args[0] in ("nonsense", "plan") and "--help" not in args else 0), both
    assert "Traceback" not in both


def test_the_trials_cases(tmp_path: Path) -> None:
    """As somebody met them: a plan into a file on Windows, and nowhere to print to."""
    for case in ("10-output-not-unicode", "14-nowhere-to-print"):
        (tmp_path / f"{case}.yaml").write_bytes((TRIAL / case / "manifest.yaml").read_bytes())
    manifest = tmp_path / "10-output-not-unicode.yaml"
    text = manifest.read_text()
    manifest.write_text(text.replace("firstName: Anna", "firstName: Ann"))
    flags = ("--simulator", "--now", NOW)
    assert run("apply", manifest.name, *flags, "--auto-approve", cwd=tmp_path).code == 0
    manifest.write_text(text)
    with (tmp_path / "plan.txt").open("wb") as out:
        done = bytes_of("plan", manifest.name, *flags, cwd=tmp_path, stdout=out, PYTHONIOENCODING="cp1252")
    assert (done.returncode, done.stderr) == (0, b"")
    assert "firstName  Ann -> Anna" in (tmp_path / "plan.txt").read_text("cp1252")
    for shell, cause in NOWHERE.values():
        done = bytes_of("plan", "14-nowhere-to-print.yaml", *flags, cwd=tmp_path, shell=shell)
        assert (done.returncode, done.stderr.decode()) == (1, f"error: {cause}\n")


ANYTHING = [
    ["--help"],
    ["--version"],
    ["schema", "users"],
    ["validate", "AT"],
    ["validate", "AT", "--format", "json"],
    ["calendar", "AT"],
    ["plan", "AT"],
    ["plan", "AT", "--format", "json"],
    ["apply", "AT", "--auto-approve"],
    ["get", "users", "AT"],
    ["get", "users", "AT", "--format", "json"],
    ["history"],
    ["simulator"],
]
NOWHERE = {
    "closed": (">&-", "stdout is closed"),
    "full": (">/dev/full", "stdout can't be written: no space left on device"),
}


def filled(args: list[str], at: tuple[str, ...]) -> list[str]:
    """`AT` stands for the file, and for where the service is where the command wants that."""
    if "AT" not in args:
        return args
    rest = at if args[0] in ("plan", "apply", "get") else at[:1]
    place = args.index("AT")
    return [*args[:place], *rest, *args[place + 1 :]]


@pytest.mark.parametrize("nowhere", NOWHERE)
@pytest.mark.parametrize("args", ANYTHING, ids=" ".join)
def test_nowhere_to_print_is_one_line_with_its_cause(
    workspace: Workspace, service: Service, at: tuple[str, ...], args: list[str], nowhere: str
) -> None:
    shell, cause = NOWHERE[nowhere]
    service.forget()
    done = said(bytes_of(*filled(args, at), cwd=workspace.folder, shell=shell))
    assert done.code == 1
    lines = [line for line in done.stderr.splitlines() if "patients' data is left out" not in line]
    assert lines == [f"error: {cause}"]
    assert not service.writes()


@pytest.mark.parametrize("shell", [">&- 2>&-", ">/dev/full 2>/dev/full", "<&- >/dev/full 2>&-"])
@pytest.mark.parametrize("args", ANYTHING[6:9], ids=" ".join)
def test_nowhere_at_all_is_exit_1(
    workspace: Workspace, service: Service, at: tuple[str, ...], args: list[str], shell: str
) -> None:
    service.forget()
    done = bytes_of(*filled(args, at), cwd=workspace.folder, shell=shell)
    assert (done.returncode, done.stdout, done.stderr) == (1, b"", b"")
    assert not service.writes()


@pytest.mark.parametrize("shell", ["2>&-", "2>/dev/full", "2>&- <&-"])
def test_stderr_that_takes_nothing_changes_no_exit_code(
    workspace: Workspace, service: Service, at: tuple[str, ...], shell: str
) -> None:
    done = bytes_of("plan", *at, "-v", cwd=workspace.folder, shell=shell)
    assert done.returncode == 0
    assert b"Plan: 0 to add" in done.stdout
    assert bytes_of("plan", "nowhere.yaml", cwd=workspace.folder, shell=shell).returncode == 1
    assert bytes_of("apply", *at, cwd=workspace.folder, shell=shell).returncode == 1, "nobody says yes"
    done = bytes_of("apply", *at, "--auto-approve", cwd=workspace.folder, shell=shell)
    assert done.returncode == 0
    assert b"Apply complete!" in done.stdout
    history = said(bytes_of("history", cwd=workspace.folder))
    assert "complete; 8 done" in history.stdout, "what went to a closed stderr is in no journal"


class _Full(io.StringIO):
    """A disk that is full, which shows only when something is written to it."""

    def write(self, text: str) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@pytest.mark.parametrize("saved", [False, True])
def test_what_landed_is_told_on_stderr_where_stdout_is_full(
    workspace: Workspace, service: Service, at: tuple[str, ...], saved: bool
) -> None:
    where = at
    if saved:
        assert bytes_of("plan", *at, "--out", "x.plan.json", cwd=workspace.folder).returncode == 0
        where = ("x.plan.json", *at[1:])
    done = run("apply", *where, "--auto-approve", "--format", "json", cwd=workspace.folder, stdout=_Full())
    assert done.code == 1
    told, _, error = done.stderr.rstrip().rpartition("\n")
    assert error == "error: stdout can't be written: no space left on device"
    assert len(json.loads(told)["done"]) == 8
    assert "complete; 8 done" in run("history", cwd=workspace.folder).stdout
    workspace.settled()


@pytest.mark.parametrize("nowhere", NOWHERE)
@pytest.mark.parametrize("flags", [(), ("--format", "json")])
@pytest.mark.parametrize("saved", [False, True])
def test_nothing_is_done_that_nobody_could_be_told(
    workspace: Workspace,
    service: Service,
    at: tuple[str, ...],
    saved: bool,
    flags: tuple[str, ...],
    nowhere: str,
) -> None:
    shell, cause = NOWHERE[nowhere]
    where = at
    if saved:
        assert bytes_of("plan", *at, "--out", "x.plan.json", cwd=workspace.folder).returncode == 0
        where = ("x.plan.json", *at[1:])
    service.forget()
    done = said(bytes_of("apply", *where, "--auto-approve", *flags, cwd=workspace.folder, shell=shell))
    assert (done.code, done.stderr) == (1, f"error: {cause}\n")
    assert not service.writes()


def test_an_apply_goes_on_when_its_reader_has_left(
    workspace: Workspace, service: Service, at: tuple[str, ...]
) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "w") as out:
        done = bytes_of("apply", *at, "--auto-approve", cwd=workspace.folder, stdout=out)
    assert (done.returncode, done.stderr) == (0, b"")
    workspace.settled()
