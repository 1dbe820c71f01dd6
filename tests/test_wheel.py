"""What is released: a wheel that installs into an empty environment, and runs there."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from reconciler import __version__
from tests.support.cli import environment

ROOT = Path(__file__).parents[1]
UV = Path(sys.executable).with_name("uv")

pytestmark = pytest.mark.slow


def done(*command: str | Path, cwd: Path = ROOT) -> str:
    """What a command says that goes well."""
    run = subprocess.run(
        command, cwd=cwd, env=environment(), capture_output=True, text=True, timeout=300, check=False
    )
    assert run.returncode == 0, run.stderr
    return run.stdout


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., str]:
    """Run the program as the wheel installs it, with its packages as locked and no other of ours."""
    pytest.importorskip("hatchling", reason="`make test-all` installs it")
    folder = tmp_path_factory.mktemp("released")
    python = folder / "empty" / "bin" / "python"
    done(UV, "build", "--wheel", "--no-build-isolation", "--python", sys.executable, "--out-dir", folder)
    (wheel,) = folder.glob("*.whl")
    locked = folder / "locked.txt"
    locked.write_text(done(UV, "export", "--frozen", "--no-dev", "--no-emit-project", "--extra", "simulator"))
    done(UV, "venv", "--python", sys.executable, folder / "empty")
    install = (UV, "pip", "install", "--python", python)
    done(*install, "--require-hashes", "--requirement", locked)
    done(*install, "--no-deps", wheel)
    return lambda *args, cwd: done(python.with_name("welkin-reconcile"), *args, cwd=cwd)


def test_it_says_its_version(installed: Callable[..., str], tmp_path: Path) -> None:
    assert __version__ in installed("--version", cwd=tmp_path)


def test_schemas_and_the_embedded_service_are_in_it(installed: Callable[..., str], tmp_path: Path) -> None:
    assert "events" in installed("schema", cwd=tmp_path)
    manifest = "tenant: gh\ninstance: sb-demo\ntimezone: America/Los_Angeles\n"
    (tmp_path / "env.yaml").write_text(manifest + "users: {johndoe: {email: john@example.org}}\n")
    installed("apply", "env.yaml", "--simulator", "--auto-approve", cwd=tmp_path)
    assert "No changes." in installed("plan", "env.yaml", "--simulator", "--detailed-exitcode", cwd=tmp_path)
