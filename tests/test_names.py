"""Names keep their meaning: `Any` is rare and has no other name, no builtin that is called is shadowed."""

import ast
import builtins
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent / "reconciler"
FILES = sorted(path for path in ROOT.rglob("*.py") if path.relative_to(ROOT).parts[0] != "simulator")
MOST = 12  # in 1,000 lines, imports included


def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


def test_any_stands_only_where_nothing_better_can_be_said() -> None:
    texts = [path.read_text() for path in FILES]
    found = sum(len(re.findall(r"\bAny\b", text)) for text in texts)
    assert found * 1000 <= MOST * sum(text.count("\n") for text in texts)


def test_any_has_no_other_name() -> None:
    """An alias for it would be as blind, and not counted."""
    aliases = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in FILES
        for node in ast.walk(parsed(path))
        if (isinstance(node, ast.Assign | ast.AnnAssign) and "Any" in named(node.value))
        or (
            isinstance(node, ast.ImportFrom)
            and any(name.name == "Any" and name.asname for name in node.names)
        )
    ]
    assert not aliases


def named(value: ast.expr | None) -> set[str]:
    """The names of which an alias would be made: of one type, or of one of several."""
    match value:
        case ast.Name():
            return {value.id}
        case ast.BinOp(left=left, op=ast.BitOr(), right=right):
            return named(left) | named(right)
    return set()


def test_builtins_that_are_called_are_not_shadowed() -> None:
    shadowed = {
        str(path.relative_to(ROOT)): both
        for path, tree in ((path, parsed(path)) for path in FILES)
        if (both := called(tree) & {*bound(tree)})
    }
    assert not shadowed


def called(tree: ast.Module) -> set[str]:
    """The builtins that a file calls."""
    names = (
        node.func.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    )
    return {name for name in names if hasattr(builtins, name)}


def bound(node: ast.AST) -> Iterator[str]:
    """What a scope and those in it bind; the names of a class's own body are none that a function sees."""
    for child in ast.iter_child_nodes(node):
        if not isinstance(node, ast.ClassDef):
            yield from names_of(child)
        yield from bound(child)


def names_of(node: ast.AST) -> Iterator[str]:
    match node:
        case ast.Name(id=name, ctx=ast.Store()) | ast.arg(arg=name):
            yield name
        case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
            yield name
        case ast.alias(name=name, asname=other):
            yield other or name


# Words that rooms and things had, and that others have by now: a name has one of them only.
RETIRED = re.compile(r"agenda|evidence|freshness|wording")


def test_no_name_is_one_that_was_given_up() -> None:
    found = {
        f"{path.relative_to(ROOT)}: {name}"
        for path in FILES
        for name in (path.stem, *defined(parsed(path)))
        if RETIRED.search(name.lower())
    }
    assert not found


def test_each_word_of_the_engine_is_the_name_of_one_thing() -> None:
    """A step is of matching, a run of the journal, a claim of an environment file."""
    names = Counter(name for path in FILES for name in defined(parsed(path)))
    assert {name: names[name] for name in ("Step", "Run", "Claim")} == {"Step": 1, "Run": 1, "Claim": 1}


def defined(tree: ast.Module) -> Iterator[str]:
    kinds = (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    yield from (node.name for node in ast.walk(tree) if isinstance(node, kinds))
