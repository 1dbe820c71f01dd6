"""The rooms are the pipeline's, imports go downward only, and each third-party package stays in its room."""

import ast
import sys
from collections import Counter
from collections.abc import Container, Iterator
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

from reconciler.kinds import load_kinds

ROOT = Path(__file__).parent.parent / "reconciler"

# A room imports only from rows above its own.
ROWS = (
    {"errors", "dates"},
    {"model"},
    {"routes", "diff"},
    {"manifest", "client", "hosting"},
    {"kinds"},
    {"expand", "plan", "staffing", "listing"},
    {"live", "report"},
    {"apply", "export"},
    {"pipeline"},
    {"fleet"},
    {"commands"},
    {"cli"},
)
ROOMS = frozenset().union(*ROWS)
# Beside the rows: what runs the package, the embedded service, and what holds no code.
BESIDE = {"__init__", "__main__", "simulator", "starter"}
ROOMS_OF_PACKAGES = {
    "_typeshed": {"client"},
    "yaml": {"manifest", "simulator"},
    "jsonschema": {"manifest"},
    "requests": {"client", "hosting"},
    "urllib3": {"client", "hosting"},
    "deepdiff": {"diff"},
    "dateutil": {"dates"},
    "holidays": {"dates"},
    "icalendar": {"report"},
    "jinja2": {"report"},
    "keyring": {"client"},
    "msgspec": {"client"},
    "click": {"commands", "cli"},
    "dbos": {"fleet"},
    "psycopg": {"fleet"},
    "prometheus_client": {"fleet"},
    "rich": {"commands"},
    "starlette": {"simulator", "fleet"},
    "uvicorn": {"simulator", "fleet"},
}
# What only describes: no client to call, no clock to read, no file to open.
PURE = ("plan", "staffing", "dates")
IMPURE = {"client", "os", "time", "pathlib"}


def room_of(path: Path) -> str:
    return path.relative_to(ROOT).parts[0].removesuffix(".py")


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


def imports_of(path: Path) -> Iterator[str]:
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{name.name}" for name in node.names if node.module == "reconciler")


@cache
def edges() -> frozenset[tuple[str, str]]:
    """(room, room or package it imports), ours by room."""
    return frozenset(_edges())


def _edges() -> Iterator[tuple[str, str]]:
    for path in ROOT.rglob("*.py"):
        for name in imports_of(path):
            parts = name.split(".")
            if parts[0] != "reconciler":
                yield room_of(path), parts[0]
            elif len(parts) > 1 and parts[1] != "__version__" and parts[1] != room_of(path):
                yield room_of(path), parts[1]


def modules() -> dict[str, Path]:
    """Our modules by dotted name; a package goes by its own."""
    names = {path: path.relative_to(ROOT.parent).with_suffix("").parts for path in ROOT.rglob("*.py")}
    return {".".join(parts).removesuffix(".__init__"): path for path, parts in names.items()}


def imported(path: Path, known: Container[str]) -> Iterator[str]:
    """Which known modules a file imports, wherever it does; `from package import module` names one, too."""
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names if name.name in known)
        elif isinstance(node, ast.ImportFrom) and node.module in known:
            inside = (f"{node.module}.{name.name}" for name in node.names)
            yield from (name if name in known else node.module for name in inside)


def row(room: str) -> int:
    return next(number for number, rooms in enumerate(ROWS) if room in rooms)


def test_from_the_top_one_sees_the_pipeline_and_nothing_else() -> None:
    files = [path for path in ROOT.rglob("*") if path.is_file() and "__pycache__" not in path.parts]
    seen = {room_of(path) for path in files if path.suffix == ".py" or path.parent != ROOT}
    assert seen == ROOMS | BESIDE
    assert not [*(ROOT / "starter").rglob("*.py")]


def test_every_module_says_what_it_owns() -> None:
    assert not [
        str(path.relative_to(ROOT)) for path in ROOT.rglob("*.py") if not ast.get_docstring(tree_of(path))
    ]


def test_imports_go_downward_only() -> None:
    wrong = {
        (room, other)
        for room, other in edges()
        if room in ROOMS and other in ROOMS and row(other) >= row(room)
    }
    assert not wrong


def test_the_simulator_shares_no_code_with_the_rest() -> None:
    assert not [(room, other) for room, other in edges() if room == "simulator" and other in ROOMS]
    assert {room for room, other in edges() if other == "simulator" and room != "simulator"} <= {
        "pipeline",
        "commands",
    }


def test_each_third_party_package_is_imported_in_its_rooms_only() -> None:
    ours = ROOMS | BESIDE | {*sys.stdlib_module_names}
    strangers = {(room, other) for room, other in edges() if other not in ours}
    assert not {(room, other) for room, other in strangers if room not in ROOMS_OF_PACKAGES.get(other, ())}


def test_the_engine_of_fleets_is_known_to_one_file() -> None:
    knowing = {
        path for path in ROOT.rglob("*.py") if any("dbos" in name.split(".") for name in imports_of(path))
    }
    assert knowing == {ROOT / "fleet" / "engine.py"}


def test_only_commands_print_and_end_the_process() -> None:
    """Whatever drives the pipeline, a command or a fleet, is told what there is to say."""
    told = {path.relative_to(ROOT).as_posix() for path in ROOT.rglob("*.py") if says_something(tree_of(path))}
    assert {path.split("/")[0] for path in told} <= {"commands", "cli.py", "simulator"}


def says_something(tree: ast.Module) -> bool:
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    of_process = {
        f"{node.value.id}.{node.attr}"
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)
    }
    ends = {"sys.stdout", "sys.stderr", "sys.stdin", "sys.argv", "sys.exit", "os._exit"}
    return bool(names & {"print", "input", "SystemExit"} or of_process & ends)


def test_what_only_describes_reaches_for_nothing() -> None:
    assert not [(room, other) for room, other in edges() if room in PURE and other in IMPURE]


def test_what_is_found_behind_dates_and_in_others_files_is_found_without_a_clock_or_a_file() -> None:
    export = ROOT / "export"
    for path in (export / "infer.py", *(export / "others").rglob("*.py")):
        names = {
            part for name in imports_of(path) for part in name.removeprefix("reconciler.").split(".")[:1]
        }
        assert not IMPURE & names, path


def test_no_module_imports_itself_in_a_circle() -> None:
    """Nor does any of the simulator. Raises: CycleError: names the circle."""
    known = modules()
    graph = {name: {*imported(path, known)} - {name} for name, path in known.items()}
    assert list(TopologicalSorter(graph).static_order())


def test_of_a_kind_only_its_reads_use_a_client() -> None:
    def uses(path: Path) -> bool:
        owners = (node.value for node in ast.walk(tree_of(path)) if isinstance(node, ast.Attribute))
        return any(isinstance(owner, ast.Name) and owner.id == "client" for owner in owners)

    using = {
        path.relative_to(ROOT / "kinds").as_posix() for path in (ROOT / "kinds").rglob("*.py") if uses(path)
    }
    assert using == {f"{kind}/reads.py" for kind in ("user", "patient", "work_hours", "event", "record")}


def test_what_a_kind_has_read_is_known_to_kinds_and_to_who_reckons_with_hours_and_events() -> None:
    parts = {f"reconciler.kinds.{kind}.part" for kind in ("work_hours", "event", "record")}
    knowing = {room_of(path) for path in ROOT.rglob("*.py") if parts.intersection(imports_of(path))}
    assert knowing == {"kinds", "staffing"}


def elsewhere() -> Iterator[Path]:
    """The modules that are to ask kinds, not to name them."""
    yield from (path for path in ROOT.rglob("*.py") if room_of(path) not in ("kinds", "simulator"))


def speaks_of(node: ast.AST, name: str) -> bool:
    """Whether it is what goes by this name: `change.kind`, `kind`, `data["kind"]`."""
    match node:
        case ast.Attribute(attr=found) | ast.Name(id=found):
            return found == name
        case ast.Subscript(slice=ast.Constant(value=found)):
            return bool(found == name)
        case ast.Call(func=ast.Attribute(attr="get"), args=[ast.Constant(value=found), *_]):
            return bool(found == name)
    return False


def decisions(tree: ast.Module, name: str) -> Iterator[tuple[int, list[ast.AST]]]:
    """Where something is decided by what goes by a name, and what it is held against: compared in any way,
    matched, looked up in a table, or looked into as a text.
    """
    for node in ast.walk(tree):
        match node:
            case ast.Compare(left=left, comparators=others):
                sides: list[ast.AST] = [left, *others]
            case ast.Match(subject=subject, cases=cases):
                sides = [subject, *(case.pattern for case in cases)]
            case ast.Subscript(value=table, slice=key, ctx=ast.Load()) if speaks_of(key, name):
                sides = [table, key]
            case ast.Call(func=ast.Attribute(attr="get", value=table), args=[key, *_]):
                sides = [table, key]
            case ast.Call(func=ast.Attribute(value=text), args=[_, *_] as arguments) if speaks_of(text, name):
                sides = [text, *arguments]
            case _:
                continue
        rest = [side for side in sides if not speaks_of(side, name)]
        if len(rest) < len(sides):
            yield node.lineno, rest


def texts_in(node: ast.AST, tree: ast.Module) -> Iterator[str]:
    """The texts that stand in an expression, and in what the module's constants in it stand for."""
    named = {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}
    meant = (
        each.value
        for each in tree.body
        if isinstance(each, ast.Assign)
        and any(isinstance(to, ast.Name) and to.id in named for to in each.targets)
    )
    for part in (part for whole in (node, *meant) for part in ast.walk(whole)):
        if isinstance(part, ast.Constant) and isinstance(part.value, str):
            yield part.value


def looked_for(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """The texts that are compared with anything, and with which another is looked into."""
    for node in ast.walk(tree):
        match node:
            case ast.Compare(left=left, comparators=others):
                sides = [left, *others]
            case ast.Call(
                func=ast.Attribute(attr="startswith" | "removeprefix" | "partition" | "split"), args=sides
            ):
                pass
            case _:
                continue
        yield from ((node.lineno, text) for side in sides for text in texts_in(side, tree))


def naming_a_kind(tree: ast.Module) -> set[int]:
    """The lines on which a kind is told by its name."""
    kinds = load_kinds()
    names = {name for kind in kinds.values() for name in (kind.name, *kind.sections)}
    by_name = {
        line
        for line, others in decisions(tree, "kind")
        if any(text in names for other in others for text in texts_in(other, tree))
    }
    by_key = {line for line, text in looked_for(tree) if text.partition("/")[0] in kinds and "/" in text}
    return by_name | by_key


def test_nobody_but_a_kind_compares_a_kind_with_a_name() -> None:
    found = {path.relative_to(ROOT).as_posix(): naming_a_kind(tree_of(path)) for path in elsewhere()}
    assert {path for path, lines in found.items() if lines} == {"model/told.py"}  # people by username alone


@pytest.mark.parametrize(
    "form",
    [
        'change.key.kind == "event"',
        '"user" != kind',
        'data["kind"] == "record"',
        'key.kind in ("event", "user")',
        'NAMES = {"events"}\nkey.kind in NAMES',
        'match key.kind:\n    case "patient" | "record": ...',
        'TABLE = {"workHours": 1}\nTABLE[key.kind]',
        '{"workHours": 1}.get(change.key.kind)',
        'key.kind.startswith("work") or key.kind.startswith("workHours")',
        'name.startswith("event/")',
        'name.removeprefix("patient/")',
        'name == "user/johndoe"',
    ],
)
def test_each_way_to_tell_a_kind_by_its_name_is_found(form: str) -> None:
    assert naming_a_kind(ast.parse(form))


@pytest.mark.parametrize(
    "form",
    [
        "kind_of(change.key).words",
        "kinds[change.key.kind].ids(live)",
        "kind is other",
        'row["user"] == name',
        "key.kind == kind.name",
    ],
)
def test_asking_a_kind_is_not_naming_it(form: str) -> None:
    assert not naming_a_kind(ast.parse(form))


def test_nothing_is_decided_by_the_text_of_a_reason() -> None:
    """But for a plan's file, which has no place for a change's ground but its reason, and is read back."""
    found = Counter(
        path.relative_to(ROOT).as_posix()
        for path in ROOT.rglob("*.py")
        for _ in decisions(tree_of(path), "reason")
    )
    assert found == {"plan/savedplan.py": 1}
