"""How the program ends is said once, with the errors: no command has a number of its own."""

import ast
from pathlib import Path

import pytest

from reconciler import errors
from reconciler.errors import Exit, Interrupted, Locked, ReconcileError, StalePlan, UnsafePlan

ROOT = Path(errors.__file__).parent.parent
SAYING = [*sorted((ROOT / "commands").glob("*.py")), ROOT / "cli.py"]


def test_the_codes_are_those_that_pipelines_know() -> None:
    assert {code.name: int(code) for code in Exit} == {
        "OK": 0,
        "ERROR": 1,
        "PENDING": 2,
        "REFUSED": 3,
        "INTERRUPTED": 130,
    }


@pytest.mark.parametrize(
    ("error", "code"),
    [(UnsafePlan, Exit.REFUSED), (Interrupted, Exit.INTERRUPTED), (StalePlan, Exit.ERROR),
     (Locked, Exit.ERROR), (ReconcileError, Exit.ERROR)],
)  # fmt: skip
def test_an_error_knows_how_the_program_ends(error: type[ReconcileError], code: Exit) -> None:
    assert error.exit is code


@pytest.mark.parametrize("path", SAYING, ids=lambda path: path.name)
def test_no_command_ends_with_a_number_of_its_own(path: Path) -> None:
    def is_number(node: ast.expr | None) -> bool:
        return isinstance(node, ast.Constant) and type(node.value) is int

    tree = ast.parse(path.read_text(encoding="utf-8"))
    ended = [node for node in ast.walk(tree) if isinstance(node, ast.Return) and is_number(node.value)]
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and any(map(is_number, node.args))]
    left = [node for node in calls if isinstance(node.func, ast.Attribute) and "exit" in node.func.attr]
    assert not [*ended, *left]
