"""Problems of manifests for people, for pull requests and for code scanning."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from urllib.parse import quote

from reconciler import __version__
from reconciler.errors import Problem, unread_lines
from reconciler.errors.escape import Printable, annotation, json_text, page, visible
from reconciler.model import Environment

SARIF = "https://json.schemastore.org/sarif-2.1.0.json"


def problem_lines(errors: Sequence[Problem], warnings: Sequence[Problem]) -> list[str]:
    """One line a problem; warnings say so."""
    told = (f"{_place(problem)}: warning: {problem.message}" for problem in warnings)
    return [*map(str, errors), *told, *unread_lines(errors)]


def fine_text(environments: Sequence[Environment]) -> Printable:
    """What sound environments declare, in one line each."""
    return page(map(_fine, environments))


def _fine(environment: Environment) -> str:
    counts = {name: len(environment.under(name)) for name in ("users", "workHours", "events")}
    users = f"{counts['users']} user{'s' * (counts['users'] != 1)}"
    people = f"{counts['workHours']} {'person' if counts['workHours'] == 1 else 'people'}"
    said = f"{users}, hours of {people}, {counts['events']} series"
    return f"{environment.source.path}: fine ({said})."


def problems_data(format: str, errors: Sequence[Problem], warnings: Sequence[Problem]) -> Iterator[Printable]:
    """The same as `json`, as `github` annotations, or as `sarif` 2.1.0."""
    ranked = [("error", problem) for problem in errors] + [("warning", problem) for problem in warnings]
    match format:
        case "github":
            yield from (_annotation(level, problem) for level, problem in ranked)
        case "sarif":
            yield json_text(_sarif(ranked))
        case _:
            data = {"format": "welkin-reconcile/problems/1", "problems": [_data(*entry) for entry in ranked]}
            yield json_text(data)


def _place(problem: Problem) -> str:
    return f"{problem.path}:{problem.line}:{problem.column}"


def _data(level: str, problem: Problem) -> dict[str, object]:
    place = {"path": problem.path, "line": problem.line, "column": problem.column}
    return {"level": level, **place, "message": problem.message}


def _annotation(level: str, problem: Problem) -> Printable:
    return annotation(level, problem.path, problem.line, problem.column, problem.message)


def _sarif(ranked: Sequence[tuple[str, Problem]]) -> dict[str, object]:
    driver = {"name": "welkin-reconcile", "version": __version__, "rules": [{"id": "manifest"}]}
    results = [
        {
            "ruleId": "manifest",
            "level": level,
            "message": {"text": visible(problem.message)},
            "locations": [
                {
                    "physicalLocation": {
                        "artifactLocation": {"uri": quote(problem.path, errors="surrogateescape")},
                        "region": {"startLine": problem.line, "startColumn": problem.column},
                    }
                }
            ],
        }
        for level, problem in ranked
    ]
    return {"$schema": SARIF, "version": "2.1.0", "runs": [{"tool": {"driver": driver}, "results": results}]}
