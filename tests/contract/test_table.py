"""The table of schemas/README.md has every route, and all that it names exists."""

from __future__ import annotations

import ast
import inspect
import re
from pathlib import Path
from typing import NamedTuple

import pytest

from reconciler import routes
from reconciler.client import Client
from reconciler.client.connection import Connection
from reconciler.simulator.app import ROUTES
from tests.contract.conftest import PATH, Contract
from tests.contract.test_samples import SAMPLES

ROOT = PATH.parents[1]
NO_ROUTES = {"about", "filled", "holes", "is_read", "page", "reference_records", "shown", "stamp", "target"}


class Row(NamedTuple):
    reference: str
    route: str
    client: str
    simulator: str
    test: str


def rows() -> list[Row]:
    text = (
        (PATH.parent / "README.md")
        .read_text(encoding="utf-8")
        .partition("## Routes")[2]
        .partition("\n## ")[0]
    )
    lines = [line for line in text.splitlines() if line.startswith("| ")][1:]
    return [Row(*(cell.strip(" `") for cell in line.strip("|").split("|"))) for line in lines]


def test_every_function_that_makes_a_request_has_a_row() -> None:
    public = {
        name
        for name, function in inspect.getmembers(routes, inspect.isfunction)
        if function.__module__ == routes.__name__ and not name.startswith("_")
    }
    assert {row.route for row in rows()} - {"–"} == public - NO_ROUTES


def test_every_route_of_the_simulator_has_a_row() -> None:
    own = ("/_simulator", "/openapi.json", "/docs")
    served = {f"{route.method} {route.path}" for route in ROUTES if not route.path.startswith(own)}
    assert {row.simulator for row in rows()} == {route for route in served if "/cdt/" not in route}


def test_every_operation_described_has_a_row(contract: Contract) -> None:
    described = {f"{method} {path}" for method, path, _ in contract.operations.values()}
    assert {row.simulator for row in rows()} == described
    assert len(rows()) == len(described)


@pytest.mark.parametrize("row", rows(), ids=lambda row: row.simulator)
def test_what_a_row_names_exists(row: Row) -> None:
    path, _, name = row.test.partition("::")
    tests = {
        node.name for node in ast.parse((ROOT / path).read_text()).body if isinstance(node, ast.FunctionDef)
    }
    assert name in tests
    if "." in row.client:
        with Client(Connection("http://127.0.0.1:1", "gh", "sb-demo", "NOBODY", "-")) as client:
            part, _, method = row.client.partition(".")
            assert callable(getattr(getattr(client, part), method))


@pytest.mark.parametrize("row", rows(), ids=lambda row: row.simulator)
def test_a_section_named_is_one_of_the_references(row: Row, contract: Contract) -> None:
    (known,) = [
        operation["x-reference"]
        for method, path, operation in contract.operations.values()
        if f"{method} {path}" == row.simulator
    ]
    assert row.reference.startswith("–") == (known["differs"] == "unknown")
    assert known["section"] in row.reference


def test_methods_of_the_client_all_have_a_row() -> None:
    with Client(Connection("http://127.0.0.1:1", "gh", "sb-demo", "NOBODY", "-")) as client:
        parts = {name: part for name, part in vars(client).items() if hasattr(part, "one_or_none")}
        public = {
            f"{name}.{method}"
            for name, part in parts.items()
            for method in vars(type(part))
            if not method.startswith("_")
        }
    assert public - {row.client for row in rows()} == {"events.get_by_external_id"}  # the route of events.get


def test_samples_hold_no_token() -> None:
    assert not re.search("eyJ", Path(SAMPLES).read_text(encoding="utf-8"))


@pytest.mark.parametrize("row", [row for row in rows() if "." in row.client], ids=lambda row: row.client)
def test_the_docstring_of_a_method_names_its_section(row: Row) -> None:
    with Client(Connection("http://127.0.0.1:1", "gh", "sb-demo", "NOBODY", "-")) as client:
        part, _, method = row.client.partition(".")
        text = " ".join((inspect.getdoc(getattr(getattr(client, part), method)) or "").split())
    named = "Not in the reference" if row.reference.startswith("–") else f"Reference: {row.reference}."
    assert named in text


def test_every_function_that_makes_a_request_has_a_docstring() -> None:
    public = [function for name, function in inspect.getmembers(routes, inspect.isfunction) if name[0] != "_"]
    assert [function.__name__ for function in public if not function.__doc__] == []
