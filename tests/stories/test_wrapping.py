"""What a person sees in a terminal of 60 or 80 columns, a dumb one, one without colours."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import shutil
import struct
import subprocess
import sys
import termios
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.commands.wrapping import wrapped
from tests.conftest import NOW, Workspace
from tests.support.cli import environment, run
from tests.support.service import Service

EXAMPLES = Path(__file__).parents[2] / "examples"
CODES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
MOVING = re.compile(r"\x1b\[K(?:[-|/\\] reading [^\r]*\r)?")  # where a busy machine takes long to read


def seen(*args: str, cwd: Path, columns: int, **variables: str) -> str:
    """What a terminal so wide gets, stdout and stderr together, line ends as \\n."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    process = subprocess.Popen(
        [sys.executable, "-m", "reconciler", *args],
        cwd=cwd, env=environment(**{"TERM": "xterm"} | variables), stdin=theirs, stdout=theirs, stderr=theirs,
    )  # fmt: skip
    os.close(theirs)
    shown = b""
    try:
        while chunk := os.read(ours, 4096):
            shown += chunk
    except OSError:  # the other side of a terminal is gone
        pass
    process.wait()
    os.close(ours)
    return shown.decode().replace("\r\n", "\n")


@pytest.fixture
def clinic(tmp_path: Path) -> Path:
    ignored = shutil.ignore_patterns(".welkin-reconcile")
    return Path(shutil.copytree(EXAMPLES, tmp_path / "clinic", ignore=ignored))


PLAN = ("plan", "env/sb-demo.yaml", "--simulator", "--now", NOW)


@pytest.mark.parametrize("columns", [60, 80])
def test_a_plan_keeps_to_the_terminals_columns(clinic: Path, columns: int) -> None:
    shown = CODES.sub("", MOVING.sub("", seen(*PLAN, cwd=clinic, columns=columns)))
    for line in shown.splitlines():
        assert len(line) <= columns or " " not in line.strip(), line
    piped = run(*PLAN, cwd=clinic).stdout
    assert shown.split() == piped.split(), "the same words"
    assert max(map(len, piped.splitlines())) > 80, "elsewhere a fact stays a line"
    if columns == 60:  # what goes on is set in, so that a sign in front still begins a block
        assert "  + user                      10 new people: dsantos (RN),\n    " in shown


@pytest.mark.parametrize("columns", [60, 80])
def test_errors_warnings_and_history_keep_to_them_too(clinic: Path, columns: int) -> None:
    hours = clinic / "staff" / "hours.yaml"
    hours.write_text(
        hours.read_text().replace("  kadeyemi:", "  kadeyem:").replace("08:00-16:30", "8am-4:30pm")
    )
    shown = seen("validate", "env/sb-demo.yaml", cwd=clinic, columns=columns)
    shown += seen("apply", "nowhere.plan.json", "--auto-approve", cwd=clinic, columns=columns)
    assert re.search(r"^staff/hours.yaml:\d+:\d+: (?s:.)+\n    \S", shown, re.M)
    assert all(len(line) <= columns for line in CODES.sub("", shown).splitlines())


def test_a_dumb_terminal_gets_plain_lines_and_no_color_no_colours(
    workspace: Workspace, service: Service
) -> None:
    workspace.at(service).write("users: {ana: {email: ana@example.org}}\n")
    flags = ("env.yaml", "--auto-approve", "--api-url", service.url, "--now", NOW)
    shown = seen("apply", *flags, cwd=workspace.folder, columns=80, TERM="dumb")
    assert "Apply complete!" in shown
    assert "\x1b" not in shown
    assert "\r" not in shown
    workspace.write("users: {ana: {email: ana@example.com}}\n")
    shown = seen("plan", *flags[:1], *flags[2:], cwd=workspace.folder, columns=80, NO_COLOR="1")
    assert not re.search(r"\x1b\[[0-9;]*m", shown)  # where reading takes long, a line may move
    shown = seen("plan", *flags[:1], *flags[2:], cwd=workspace.folder, columns=80)
    assert "\x1b[33m  ~ user/ana" in shown
    for quiet in ({"TERM": "dumb"}, {"CI": "true"}):
        where = ("users", *flags[:1], *flags[2:])
        assert "\x1b" not in seen("get", *where, cwd=workspace.folder, columns=80, **quiet)


def test_json_is_never_wrapped(clinic: Path) -> None:
    shown = seen(*PLAN, "--format", "json", cwd=clinic, columns=60)
    assert shown == run(*PLAN, "--format", "json", cwd=clinic).stdout


WORDS = st.lists(
    st.text(st.characters(exclude_categories=("C", "Z", "M")), min_size=1, max_size=30), max_size=12
)


@given(WORDS, st.sampled_from(["", "  ", "      label  ", "  + ", "warning: "]), st.integers(20, 90))
def test_wrapping_loses_nothing_and_hangs_below(words: list[str], start: str, width: int) -> None:
    line = start + " ".join(words)
    pieces = wrapped(line, width).split("\n")
    assert [word for piece in pieces for word in piece.split(" ") if word] == [
        w for w in line.split(" ") if w
    ]
    indent = len(start) - len(start.lstrip())
    for piece in pieces[1:]:
        assert piece.startswith(" " * (indent + 2))
    for piece in pieces:
        ascii_only = piece.isascii()
        assert not ascii_only or len(piece) <= width or len(piece.split()) == 1 or piece is pieces[0]
