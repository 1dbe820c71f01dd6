"""The description of the API, and what it says of an answer."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator
from referencing import Registry
from referencing.jsonschema import DRAFT202012

PATH = Path(__file__).parents[2] / "schemas" / "welkin-openapi.yaml"
ROOT = "urn:welkin"


class Contract:
    """The OpenAPI document, with JSON Schema's eyes."""

    def __init__(self) -> None:
        self.document: Any = yaml.safe_load(PATH.read_bytes())
        self.registry = Registry().with_resource(ROOT, DRAFT202012.create_resource(self.document))
        self.operations = {
            operation["operationId"]: (method.upper(), path, operation)
            for path, item in self.document["paths"].items()
            for method, operation in item.items()
            if method != "parameters"
        }

    def problems(self, schema: Any, value: Any) -> list[str]:
        """What of a value is not as a schema of the document says."""
        validator = Draft202012Validator(_absolute(schema), registry=self.registry)
        return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(value)]

    def named(self, name: str, value: Any) -> list[str]:
        return self.problems({"$ref": f"#/components/schemas/{name}"}, value)

    def operation(self, method: str, path: str) -> str | None:
        """The operation that a path as sent belongs to: the one with fewest variables."""
        words = path.split("/")
        fitting = [
            (template.count("{"), name)
            for name, (verb, template, _) in self.operations.items()
            if verb == method and _fits(template.split("/"), words)
        ]
        return min(fitting)[1] if fitting else None

    def of_answer(self, name: str, status: int, value: Any) -> list[str]:
        """What of an answer is not as described; a status nobody described is a problem, too."""
        responses = self.operations[name][2]["responses"]
        answer = responses.get(str(status))
        if answer is None:
            if status < 400:
                return [f"{name} describes no {status}"]
            return self.named("Errors", value)
        if "content" not in answer:
            return []
        return self.problems(answer["content"]["application/json"]["schema"], value)


def _fits(template: list[str], words: list[str]) -> bool:
    same = len(template) == len(words)
    return same and all(
        part.startswith("{") or part == word for part, word in zip(template, words, strict=True)
    )


def _absolute(schema: Any) -> Any:
    """References into the document, from outside of it."""
    if isinstance(schema, list):
        return [_absolute(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    return {key: ROOT + value if key == "$ref" else _absolute(value) for key, value in schema.items()}


@pytest.fixture(scope="session")
def contract() -> Contract:
    return Contract()
