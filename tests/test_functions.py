"""A function does one step of thought: none is longer than a screen. How branched one may be, ruff checks."""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent / "reconciler"
LONGEST = 45  # lines, from `def` to the end, docstring and all


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def length(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    return (function.end_lineno or function.lineno) - function.lineno + 1


def test_no_function_is_longer_than_a_screen() -> None:
    found = [(path, function) for path in ROOT.rglob("*.py") for function in functions(path)]
    assert len(found) > 1000
    too_long = {
        f"{path.relative_to(ROOT)}:{function.lineno} {function.name}: {length(function)} lines"
        for path, function in found
        if length(function) > LONGEST
    }
    assert not too_long
