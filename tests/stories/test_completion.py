"""What TAB offers: as a shell asks for it, in a folder of manifests."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.shell_completion import ShellComplete, get_completion_class

from reconciler.cli import cli
from reconciler.errors.mistakes import Mistake
from tests.conftest import HEAD, NOW
from tests.support.cli import environment, run
from tests.support.workflow import shimmed

MANIFEST = """\
users:
  johndoe: {email: j@example.org}
  janedoe: {email: jane@example.org}
workHours:
  johndoe: [{from: 2026-12-01, days: {mon-fri: 09:00-17:00}}]
  rvargas: []
leave: {johndoe: [2027-07-05..2027-07-16]}
events:
  weekly-standup:
    {title: Stand-up, host: johndoe, starts: 2026-12-01T09:00, duration: 30m, repeat: FREQ=WEEKLY}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "env").mkdir()
    (tmp_path / "env/clinic.yaml").write_text(HEAD + MANIFEST)
    return tmp_path


def offered(folder: Path, *words: str) -> list[str]:
    """What stands behind the last word in bash, asked as its function asks."""
    env = environment(
        _WELKIN_RECONCILE_COMPLETE="bash_complete",
        COMP_WORDS=" ".join(["welkin-reconcile", *words]),
        COMP_CWORD=str(len(words)),
    )
    ran = subprocess.run(
        [sys.executable, "-m", "reconciler"], cwd=folder, env=env, capture_output=True, text=True, timeout=60
    )
    assert not ran.stderr, ran
    return ran.stdout.split()


def names(*found: str) -> list[str]:
    return [f"plain,{name}" for name in found]


def test_commands(folder: Path) -> None:
    assert offered(folder, "va") == names("validate")


@pytest.mark.parametrize("before", [(), ("env/clinic.yaml",)])
def test_people(folder: Path, before: tuple[str, ...]) -> None:
    assert offered(folder, "plan", *before, "--user", "j") == names("janedoe", "johndoe")
    assert offered(folder, "apply", *before, "--user", "r") == names("rvargas")


def test_teams(folder: Path) -> None:
    with (folder / "env/clinic.yaml").open("a") as file:
        file.write("teams: {wards: [johndoe], office: []}\n")
    for command in ("plan", "apply", "drift", "calendar"):
        assert offered(folder, command, "env/clinic.yaml", "--team", "w") == names("wards")


def test_keys(folder: Path) -> None:
    assert offered(folder, "plan", "env/clinic.yaml", "--target", "event/") == names(
        "event/leave-johndoe", "event/weekly-standup"
    )
    assert offered(folder, "plan", "--exclude", "u") == names("user/janedoe", "user/johndoe")
    assert "plain,workHours/johndoe" in offered(folder, "plan", "--target", "work")


def test_schemas_rules_and_keys_to_explain(folder: Path) -> None:
    assert offered(folder, "schema", "ev") == names("events")
    assert offered(folder, "explain", "workHours.rotation.w") == names("workHours.rotation.weeks")
    assert offered(folder, "explain", "WR") == names(*Mistake)


def test_runs(folder: Path) -> None:
    assert offered(folder, "history", "") == []
    applied = run(
        "apply",
        "env/clinic.yaml",
        "--simulator",
        "--auto-approve",
        "--user",
        "johndoe",
        "--now",
        NOW,
        cwd=folder,
    )
    assert applied.code == 0, applied
    assert offered(folder, "history", "") == names("1")


def test_files_and_shells(folder: Path) -> None:
    assert offered(folder, "plan", "env/") == ["file,env/"]
    assert offered(folder, "completion", "z") == names("zsh")


def test_it_is_silent_whatever_is_wrong(folder: Path) -> None:
    (folder / "env/clinic.yaml").write_text("tenant: [\n")
    assert offered(folder, "plan", "--user", "") == []
    assert offered(folder, "plan", "--target", "") == []
    offered(folder, "paln", "--target", "")
    assert offered(folder, "plan", "no.yaml", "--user", "") == []


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_is_what_the_shell_takes(folder: Path, shell: str) -> None:
    done = run("completion", shell, cwd=folder)
    kind = get_completion_class(shell)
    assert kind and done.code == 0 and not done.stderr
    usual = ShellComplete.source(kind(cli, {}, "welkin-reconcile", "_WELKIN_RECONCILE_COMPLETE"))
    assert done.stdout.strip() == usual.strip()


@pytest.mark.skipif(not shutil.which("bash"), reason="needs bash")
def test_bash_completes_with_it(folder: Path) -> None:
    words = "COMP_WORDS=(welkin-reconcile plan --user ja) COMP_CWORD=3"
    asks = f"{words}\n_welkin_reconcile_completion welkin-reconcile"
    script = f'eval "$(welkin-reconcile completion bash)"\n{asks}\nprintf "%s\\n" "${{COMPREPLY[@]}}"'
    path = f"{shimmed(folder / 'bin')}:{os.environ['PATH']}"
    ran = subprocess.run(
        ["bash", "-c", script], cwd=folder, env=environment(PATH=path), capture_output=True, text=True
    )
    assert ran.stdout == "janedoe\n", ran


def test_an_unknown_shell(folder: Path) -> None:
    done = run("completion", "csh", cwd=folder)
    assert done.code == 1 and "'csh' is not one of 'bash', 'zsh', 'fish'" in done.stderr
