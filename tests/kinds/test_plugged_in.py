"""Every kind is plugged in whole: its schema, its place in the schemas, an example and a case."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from reconciler.kinds import Kind, load_kinds

ROOT = Path(__file__).parents[2]
KINDS = load_kinds().values()
EXAMPLES = [*(ROOT / "examples").rglob("*.yaml"), *(ROOT / "reconciler/starter").rglob("*.yaml")]


def schema(name: str) -> Mapping[str, Any]:
    data: Mapping[str, Any] = json.loads((ROOT / "schemas" / f"{name}.schema.json").read_text())
    return data


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_a_kind_has_schemas_an_example_and_a_case(kind: Kind) -> None:
    for section in kind.sections:
        assert schema(section)["description"]
        assert any(f"{section}:" in path.read_text() for path in EXAMPLES), section
    cases = [path.read_text() for path in (ROOT / "tests/stories/cases").rglob("*.yaml")]
    assert any(f"{section}:" in text for section in kind.sections for text in cases)


@pytest.mark.parametrize("file", ["manifest", "environment"])
def test_the_sections_of_kinds_are_those_of_files(file: str) -> None:
    properties = schema(file)["properties"]
    sections = [section for kind in KINDS for section in kind.sections]
    assert len({*sections}) == len(sections)
    for section in sections:
        assert properties[section] == {"$ref": f"{section}.schema.json"}


def test_an_environment_may_hold_all_that_a_manifest_may() -> None:
    assert schema("manifest")["properties"].keys() <= schema("environment")["properties"].keys()


def test_plans_speak_of_the_kinds_there_are_and_of_no_other() -> None:
    known = schema("plan")["$defs"]
    names = {kind.name for kind in KINDS}
    assert {*known["change"]["properties"]["kind"]["enum"]} == names
    assert known["names"]["properties"].keys() == names
    for pattern in (
        known["key"]["pattern"],
        schema("environment")["properties"]["protect"]["items"]["pattern"],
    ):
        assert {*pattern.partition("(")[2].partition(")")[0].split("|")} - {
            "[A-Za-z]*[*?][A-Za-z*?]*"
        } == names
