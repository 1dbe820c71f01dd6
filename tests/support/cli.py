"""Runs the command line: in this process (quick) or as a process of its own (what only a process shows)."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from contextlib import chdir, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

from reconciler.cli import main
from reconciler.client import Patience

SECRET = "correct-horse-battery"
# Pauses pass at once; an answer has as long as a busy machine may need for it, and no more.
IMPATIENT = Patience(lambda seconds: None, timeouts=(10.0, 10.0))


@dataclass(frozen=True)
class Result:
    """What a run left behind. No test, whatever it is about, may meet an internal error."""

    code: int
    stdout: str
    stderr: str

    def __post_init__(self) -> None:
        assert "internal error" not in self.stdout + self.stderr, self

    @property
    def data(self) -> Any:
        return json.loads(self.stdout)

    @property
    def plan(self) -> list[dict[str, Any]]:
        return list(self.data["changes"])

    def __str__(self) -> str:
        return f"exit {self.code}\n--- stdout\n{self.stdout}\n--- stderr\n{self.stderr}"


# What changes how a terminal is written to, as on the runner that runs these tests.
OF_THE_RUNNER = frozenset(("CI", "NO_COLOR", "TERM", "COLUMNS", "PYTHONIOENCODING", "PYTHONUTF8"))


def environment(**variables: str) -> dict[str, str]:
    """The variables of a person at a desk who has set the secret and nothing else of ours."""
    names = {name for name in os.environ if not name.startswith("WELKIN_")} - OF_THE_RUNNER
    kept = {name: os.environ[name] for name in names}
    return kept | {"WELKIN_SECRET": SECRET, "XDG_STATE_HOME": tempfile.gettempdir()} | variables


def unmeasured(variables: dict[str, str]) -> dict[str, str]:
    """The same for a process whose disk is full: there what measures coverage couldn't write either."""
    return {name: value for name, value in variables.items() if not name.startswith("COVERAGE")}


def run(
    *args: str,
    cwd: Path,
    env: Mapping[str, str] | None = None,
    stdin: io.StringIO | None = None,
    stdout: io.StringIO | None = None,
    patience: Patience | None = None,
) -> Result:
    """Run `welkin-reconcile ARGS` in this process, in a folder, with nobody at the keyboard but `stdin`."""
    out, err, code = stdout or io.StringIO(), io.StringIO(), None
    with (
        chdir(cwd),
        patch.dict(os.environ, environment() if env is None else dict(env), clear=True),
        patch.object(sys, "argv", ["welkin-reconcile", *args]),
        patch.object(sys, "stdin", stdin or io.StringIO()),
        redirect_stdout(out),
        redirect_stderr(err),
    ):
        try:
            main(patience)
        except SystemExit as leaving:
            code = leaving.code
    assert isinstance(code, int), code
    return Result(code, out.getvalue(), err.getvalue())


def spawn(*args: str, cwd: Path, env: Mapping[str, str] | None = None, timeout_s: float = 60) -> Result:
    """Run it as a process."""
    done = subprocess.run(
        [sys.executable, "-m", "reconciler", *args],
        cwd=cwd,
        env=environment() if env is None else dict(env),
        capture_output=True,
        text=True,
        timeout=timeout_s,
        stdin=subprocess.DEVNULL,
    )
    return Result(done.returncode, done.stdout, done.stderr)
