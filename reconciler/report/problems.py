"""Problems of manifests for people, for pull requests and for code scanning."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from hashlib import sha256
from urllib.parse import quote

from reconciler import __version__
from reconciler.errors import Problem, problem_data, unread_lines
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
    """The same as `json`, as `github` annotations, as `gitlab` code quality, or as `sarif` 2.1.0."""
    ranked = [("error", problem) for problem in errors] + [("warning", problem) for problem in warnings]
    match format:
        case "github":
            yield from (_annotation(level, problem) for level, problem in ranked)
        case "gitlab":
            yield json_text([_quality(*entry) for entry in ranked])
        case "sarif":
            yield json_text(_sarif(ranked))
        case _:
            data = [{"level": level, **problem_data(problem)} for level, problem in ranked]
            yield json_text({"format": "welkin-reconcile/problems/1", "problems": data})


def _place(problem: Problem) -> str:
    return f"{problem.path}:{problem.line}:{problem.column}"


def _annotation(level: str, problem: Problem) -> Printable:
    message = f"{problem.message} ({problem.mistake})"
    return annotation(level, problem.path, problem.line, problem.column, message)


def _quality(level: str, problem: Problem) -> dict[str, object]:
    """An issue of Code Climate. Its fingerprint leaves out the line: an insertion above is no new issue."""
    same = f"{problem.path}\0{problem.mistake}\0{problem.message}".encode("utf-8", "surrogatepass")
    return {
        "type": "issue",
        "check_name": str(problem.mistake),
        "description": visible(problem.message),
        "categories": ["Bug Risk"],
        "severity": {"error": "major", "warning": "minor"}[level],
        "fingerprint": sha256(same).hexdigest(),
        "location": {"path": visible(problem.path), "lines": {"begin": problem.line}},
    }


def _sarif(ranked: Sequence[tuple[str, Problem]]) -> dict[str, object]:
    ids = sorted({str(problem.mistake) for _, problem in ranked})
    rules = [{"id": id, "help": {"text": f"welkin-reconcile explain {id}"}} for id in ids]
    driver = {"name": "welkin-reconcile", "version": __version__, "rules": rules}
    results = [
        {
            "ruleId": str(problem.mistake),
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
