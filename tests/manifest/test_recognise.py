"""Somebody names a file that is no environment file: it is said what it is, and which command takes it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.conftest import NOW
from tests.support.cli import run

EXAMPLES = Path(__file__).parents[2] / "examples"
COMMANDS = (["validate", "FILE"], ["plan", "FILE", "--simulator"], ["apply", "FILE", "--simulator"],
            ["calendar", "FILE"], ["get", "users", "FILE", "--simulator"])  # fmt: skip


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The examples, with a plan and other files of ours beside."""
    ignored = shutil.ignore_patterns(".welkin-reconcile")
    folder = Path(shutil.copytree(EXAMPLES, tmp_path_factory.mktemp("made") / "clinic", ignore=ignored))
    where = ("env/sb-demo.yaml", "--now", NOW)
    assert run("plan", *where, "--simulator", "--out", "saved.plan.json", cwd=folder).code == 0
    (folder / "rota.ics").write_text(run("calendar", *where, "--format", "ics", cwd=folder).stdout)
    (folder / "users.json").write_text(run("schema", "users", cwd=folder).stdout)
    (folder / "found.json").write_text(run("validate", *where, "--format", "json", cwd=folder).stdout)
    (folder / "found.sarif").write_text(run("validate", *where, "--format", "sarif", cwd=folder).stdout)
    (folder / "lost.yaml").write_text("users: {ana: {emial: x, phone: $(number)}}\n")
    (folder / "empty.yaml").write_text("# nothing\n")
    return folder


@pytest.fixture
def clinic(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made, tmp_path / "clinic"))


FILES = {
    "staff/people.yaml": "this is a manifest that env/sb-demo.yaml includes: name that one",
    "staff/meetings.yaml": "this is a manifest that env/sb-demo.yaml includes: name that one",
    "saved.plan.json": "this is a saved plan: `welkin-reconcile apply saved.plan.json` carries it out",
    "rota.ics": "this is a calendar, for calendar programs",
    "users.json": "this is a JSON Schema",
    "found.json": "this is JSON that validate printed, and no manifest",
    "found.sarif": "this is a JSON Schema or a report that follows one",
    "lost.yaml": "this is a manifest, and no environment file: name the one that includes it",
    "empty.yaml": "this file is empty: an environment file says `tenant`, `instance` and `timezone`",
    "staff": "this is a folder: name a file in it",
    "nowhere.yaml": "no such file",
}


@pytest.mark.parametrize("command", COMMANDS, ids=lambda words: words[0])
@pytest.mark.parametrize(("name", "said"), FILES.items(), ids=FILES.keys())
def test_a_file_that_is_none_is_named_for_what_it_is(
    clinic: Path, command: list[str], name: str, said: str
) -> None:
    if (command[0], name) == ("apply", "saved.plan.json"):
        pytest.skip("this is the command")
    done = run(*(name if word == "FILE" else word for word in command), "--now", NOW, cwd=clinic)
    assert (done.code, done.stdout) == (1, "")
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"{name}:1:1: {said}"), line


def test_a_database_is_told_to_be_one(clinic: Path) -> None:
    assert (
        run("apply", "env/sb-demo.yaml", "--simulator", "--auto-approve", "--now", NOW, cwd=clinic).code == 0
    )
    done = run("validate", ".welkin-reconcile/journal.db", cwd=clinic)
    assert "history --journal .welkin-reconcile/journal.db" in done.stderr
    assert done.stderr.count("\n") == 1


def test_an_environment_file_that_lacks_something_is_still_told_what(tmp_path: Path) -> None:
    (tmp_path / "env.yaml").write_text("tenant: gh\nusers: {}\n")
    done = run("validate", "env.yaml", "--format", "json", cwd=tmp_path)
    assert {problem["message"] for problem in json.loads(done.stdout)["problems"]} != set()
    assert "this is a manifest" not in done.stdout
