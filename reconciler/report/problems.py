"""Problems of manifests for people, for pull requests and for code scanning."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from reconciler import __version__
from reconciler.errors import Problem
from reconciler.model import Environment

SARIF = "https://json.schemastore.org/sarif-2.1.0.json"


def problems_text(errors: Sequence[Problem], warnings: Sequence[Problem]) -> str:
    """One line a problem; warnings say so."""
    lines = [*map(str, errors), *(f"{_place(p)}: warning: {p.message}" for p in warnings)]
    return "\n".join(lines)


def fine_text(environment: Environment) -> str:
    """What a sound environment declares, in one line."""
    counts = {kind: len(environment.of_kind(kind)) for kind in ("user", "workHours", "event")}
    said = f"{counts['user']} users, hours of {counts['workHours']} people, {counts['event']} series"
    return f"{environment.source.path}: fine ({said})."


def problems_data(format: str, errors: Sequence[Problem], warnings: Sequence[Problem]) -> str:
    """The same as `json`, as `github` annotations, or as `sarif` 2.1.0."""
    ranked = [("error", problem) for problem in errors] + [("warning", problem) for problem in warnings]
    match format:
        case "github":
            return "\n".join(_annotation(level, problem) for level, problem in ranked)
        case "sarif":
            return json.dumps(_sarif(ranked), indent=2, ensure_ascii=False)
        case _:
            data = {"format": "welkin-reconcile/problems/1", "problems": [_data(*entry) for entry in ranked]}
            return json.dumps(data, indent=2, ensure_ascii=False)


def _place(problem: Problem) -> str:
    return f"{problem.path}:{problem.line}:{problem.column}"


def _data(level: str, problem: Problem) -> dict[str, Any]:
    place = {"path": problem.path, "line": problem.line, "column": problem.column}
    return {"level": level, **place, "message": problem.message}


def _annotation(level: str, problem: Problem) -> str:
    """A workflow command; what would end a value or the line is escaped."""
    message = problem.message.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    path = problem.path.replace("%", "%25").replace(",", "%2C").replace(":", "%3A")
    return f"::{level} file={path},line={problem.line},col={problem.column}::{message}"


def _sarif(ranked: Sequence[tuple[str, Problem]]) -> dict[str, Any]:
    driver = {"name": "welkin-reconcile", "version": __version__, "rules": [{"id": "manifest"}]}
    results = [
        {
            "ruleId": "manifest",
            "level": level,
            "message": {"text": problem.message},
            "locations": [
                {
                    "physicalLocation": {
                        "artifactLocation": {"uri": problem.path},
                        "region": {"startLine": problem.line, "startColumn": problem.column},
                    }
                }
            ],
        }
        for level, problem in ranked
    ]
    return {"$schema": SARIF, "version": "2.1.0", "runs": [{"tool": {"driver": driver}, "results": results}]}
