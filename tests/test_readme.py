"""What the README shows is what the program prints."""

from __future__ import annotations

import os
import random
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cached_property
from pathlib import Path
from typing import IO, NamedTuple, cast

from tests.support.cli import environment
from tests.support.git import APART, Repository

ROOT = Path(__file__).parents[1]
NOW = "2026-11-24T12:00:00Z"  # the day the README speaks of
PORT = "8600"  # the README's; somebody may have it already
FENCE = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)
# The program under test as the README calls it, on the README's day.
PROGRAM = f"""#!/usr/bin/env bash
case $1 in plan|diff|apply|validate|calendar|drift|export|init|simulator) set -- "$@" --now {NOW} ;; esac
case "$1 $2" in "fleet check") set -- "$@" --now {NOW} ;; esac
exec '{sys.executable}' -m reconciler "$@"
"""
OVER = "\x1e"  # what the shell says after each command


class Step(NamedTuple):
    """A command of the tour, and the lines shown below it."""

    command: str
    shown: str

    def matches(self, printed: str) -> bool:
        """Whether this was printed; a line `…` stands for any lines."""
        lines = self.shown.splitlines()
        pattern = [r"(?:.*\n)*?" if line == "…" else re.escape(f"{line}\n") for line in lines]
        return re.fullmatch("".join(pattern), printed) is not None


def steps(readme: str) -> Iterator[Step]:
    """The commands of the README's console blocks, in order; `> ` goes on with one."""
    for block in FENCE.findall(readme):
        for step in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            first, *lines = step.splitlines()
            while lines and lines[0].startswith("> "):
                first = f"{first}\n{lines.pop(0)[2:]}"
            yield Step(first, "".join(f"{line}\n" for line in lines))


class Shell:
    """One person's shell: folders, variables and what runs beside stay from command to command."""

    def __init__(self, shell: subprocess.Popen[str]) -> None:
        self.input, self.output = cast(IO[str], shell.stdin), cast(IO[str], shell.stdout)
        self.input.write("exec 2>&1\n")

    def printed_by(self, command: str) -> str:
        """What a person sees who runs a command."""
        command = command.replace(PORT, str(self.port)) if PORT in command else command
        self.input.write(f"{{ {command}\n}} </dev/null\nprintf '{OVER}\\n'\n")
        self.input.flush()
        lines = []
        while (line := self.output.readline()) and not line.endswith(f"{OVER}\n"):
            lines.append(line)
        if command.endswith("&"):
            self._wait()
        return "".join(lines) + line.removesuffix(f"{OVER}\n")

    @cached_property
    def port(self) -> int:
        """A free one, of those that nobody is given who asks for any."""
        for port in random.sample(range(20_000, 30_000), 100):
            with suppress(OSError), socket.create_server(("127.0.0.1", port)):
                return port
        raise AssertionError("no port is free")

    def _wait(self) -> None:
        """Until what was begun answers, as somebody does who types the next command."""
        for _ in range(600):
            with suppress(OSError), socket.create_connection(("127.0.0.1", self.port)):
                return
            time.sleep(0.05)
        raise AssertionError("what was begun beside doesn't answer")


@contextmanager
def shell_in(folder: Path, programs: Path) -> Iterator[Shell]:
    programs.mkdir()
    (programs / "welkin-reconcile").write_text(PROGRAM, encoding="utf-8")
    (programs / "welkin-reconcile").chmod(0o755)
    kept = {name: value for name, value in environment().items() if not name.startswith("WELKIN_")}
    path = f"{programs}{os.pathsep}{kept['PATH']}"
    with subprocess.Popen(
        ["bash"],
        cwd=folder,
        env=kept | APART | {"PYTHONPATH": str(ROOT), "PATH": path},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as shell:
        try:
            yield Shell(shell)
        finally:
            os.killpg(shell.pid, signal.SIGKILL)


def test_the_tour_prints_what_the_readme_shows(tmp_path: Path) -> None:
    ignored = shutil.ignore_patterns(".welkin-reconcile")
    folder = Path(shutil.copytree(ROOT / "examples", tmp_path / "examples", ignore=ignored))
    Repository(tmp_path).commit({".gitignore": ".welkin-reconcile/\n"})  # as a clone has it
    tour = list(steps((ROOT / "README.md").read_text(encoding="utf-8")))
    assert len(tour) > 10
    with shell_in(folder, tmp_path / "programs") as shell:
        for step in tour:
            printed = shell.printed_by(step.command)
            assert step.matches(printed), f"$ {step.command}\n{printed}"


def test_a_command_may_go_on_in_the_lines_below() -> None:
    text = "```console\n$ cat <<END\n> a\n> END\na\n$ ls\n```\n"
    assert [*steps(text)] == [Step("cat <<END\na\nEND", "a\n"), Step("ls", "")]


def test_an_ellipsis_stands_for_any_lines_and_for_nothing_else() -> None:
    assert Step("plan", "a\n…\nz\n").matches("a\nb\nc\nz\n")
    assert Step("plan", "a\n…\nz\n").matches("a\nz\n")
    assert not Step("plan", "a\n…\nz\n").matches("a\nb\nz\nmore\n")
    assert not Step("plan", "a\nz\n").matches("a\nb\nz\n")


def test_links_lead_somewhere() -> None:
    for target in re.findall(r"\]\(([^)#:]+)\)", (ROOT / "README.md").read_text(encoding="utf-8")):
        assert (ROOT / target).exists(), target
