"""Files that a person names on the command line: a pipe that nobody fills holds no command for ever."""

from __future__ import annotations

import os
import sys

import pytest

from tests.conftest import Workspace
from tests.support.cli import spawn

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="pipes are POSIX")

COMMANDS = (
    ("validate", "pipe"),
    ("fmt", "pipe"),
    ("plan", "pipe", "--simulator"),
    ("apply", "pipe", "--simulator"),
    ("apply", "env.yaml", "--approved", "pipe", "--simulator"),
    ("plan", "env.yaml", "--secret-file", "pipe"),
    ("calendar", "pipe"),
    ("get", "users", "pipe", "--simulator"),
    ("simulator", "--seed", "pipe"),
)


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_a_pipe_is_refused_in_one_line_and_not_waited_for(
    workspace: Workspace, words: tuple[str, ...]
) -> None:
    workspace.write("")
    os.mkfifo(workspace.folder / "pipe", 0o600)
    env = {name: value for name, value in os.environ.items() if not name.startswith("WELKIN_")}
    done = spawn(*words, cwd=workspace.folder, env=env, timeout_s=20)
    assert done.code == 1, done
    (line,) = done.stderr.splitlines()
    assert "pipe" in line and "internal" not in line


def test_a_plan_beyond_its_bound_is_not_read(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reconciler.commands.saved.LARGEST_PLAN", 1 << 20)
    (workspace.folder / "large.json").write_text('{"format": "' + "x" * (11 << 20))
    done = workspace.run("apply", "large.json", "--simulator")
    assert (done.code, done.stderr) == (1, "large.json:1:1: this file is larger than 10 MiB\n")
