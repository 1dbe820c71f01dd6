"""Each kind of problem has an id, and a lesson that holds: its `wrong` has it, its `right` nothing."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from reconciler.errors.mistakes import Mistake
from reconciler.manifest.keys import explained, key_paths, lessons
from tests.conftest import HEAD, NOW
from tests.support.cli import run

LESSONS = lessons()
# What needs several files, bytes that are no text, or a service is told in words.
IN_WORDS = {
    f"WR{each:03}" for each in (1, 2, 3, 4, 18, 33, 36, 37, 44, 45, 46, 47, 56, 57, 59, 60, 62, 70, 71, 72)
} | {f"WR{each}" for each in range(100, 108)}  # of a fleet: tests/fleet/  # fmt: skip
SHOWN = sorted(set(LESSONS) - IN_WORDS)


def test_every_kind_of_problem_has_a_lesson() -> None:
    assert list(LESSONS) == [str(each) for each in Mistake]
    for id, lesson in LESSONS.items():
        assert re.fullmatch(r"WR\d{3}", id)
        assert lesson.cause.endswith(".") and lesson.wrong and lesson.right, id


def test_every_kind_of_problem_is_found_somewhere() -> None:
    root = Path(__file__).parents[2] / "reconciler"
    used = {
        node.attr
        for path in root.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "Mistake"
    }
    assert used == set(Mistake.__members__)


def found(folder: Path, text: str) -> set[str]:
    """The ids of what is wrong with an environment file that says this."""
    (folder / "env").mkdir()
    (folder / "staff").mkdir()
    (folder / "staff" / "some.yaml").write_text("calendars: {}\n")
    whole = "tenant:" in text or not re.match(r"[a-zA-Z]+:", text)
    (folder / "env" / "a.yaml").write_text(text if whole else HEAD + text, encoding="utf-8")
    told = run("validate", "env/a.yaml", "--format", "json", "--now", NOW, cwd=folder).data
    return {problem["rule"] for problem in told["problems"]}


@pytest.mark.parametrize("id", SHOWN)
def test_the_wrong_one_has_this_problem(tmp_path: Path, id: str) -> None:
    assert id in found(tmp_path, LESSONS[id].wrong)


@pytest.mark.parametrize("id", SHOWN)
def test_the_right_one_has_no_problem_that_its_lesson_could_mean(tmp_path: Path, id: str) -> None:
    assert found(tmp_path, LESSONS[id].right) <= {"WR043"} - {id}


def test_every_key_is_explained() -> None:
    for path in key_paths():
        told = explained(path)
        assert told and told.meaning and told.type and told.default, path
        assert told.example is not None, path


def test_a_key_is_found_with_and_without_the_names_of_entries() -> None:
    short, long = explained("workHours.rotation"), explained("workHours.johndoe.rotation")
    assert short and long and short.meaning == long.meaning
    assert short.meaning.startswith("Weeks that follow each other again and again")
    assert short.path == "workHours.<name>[].rotation"
    assert explained("workHours.nothing.such") is None
