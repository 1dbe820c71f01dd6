"""How commands speak: results to stdout, all else to stderr, colour on terminals only."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from itertools import pairwise

import click

from reconciler.commands.lastline import LAST_LINE, moves_cursor
from reconciler.commands.streams import Outlet
from reconciler.commands.wrapping import width_of, wrapped
from reconciler.errors import ManifestError, ReconcileError, problem_data
from reconciler.errors.escape import Printable, json_text, page

COLOURS = {"+": "green", "~": "yellow", "-": "red", "!": "magenta"}
WORDS = {"warning": "yellow", "brake": "magenta", "Plan": "bold", "No changes.": "bold", "Apply": "bold"}


def show(*texts: Printable, err: bool = False, wrap: bool = False) -> None:
    """Print a report; a line takes the colour of its first sign or word where a terminal shows colours.

    wrap: it is neither data nor a table, so a terminal may have it in lines of its own width.
    """
    if not texts:
        return
    stream = sys.stderr if err else sys.stdout
    lines = "\n".join(texts).split("\n")
    width = width_of(stream) if wrap else None
    if width:
        lines = [wrapped(line, width) for line in lines]
    if moves_cursor(stream) and not os.environ.get("NO_COLOR"):
        lines = list(map(_coloured, lines))
    with LAST_LINE.making_way():
        click.echo("\n".join(lines), err=err)


def say(*lines: str) -> None:
    """Print what is not a result, a line each."""
    if lines:
        show(page(lines), err=True, wrap=True)


def require_stdout() -> None:
    """Have somewhere to tell of what is about to be done. Raises: Unprintable."""
    if isinstance(sys.stdout, Outlet):
        sys.stdout.probe()


def wants_json(argv: Sequence[str]) -> bool:
    """Whether JSON was asked for, told from the words themselves: errors of usage have no parsed options."""
    return "--format=json" in argv or ("--format", "json") in pairwise(argv)


def prints_json(argv: Sequence[str]) -> bool:
    """Whether a run's results are JSON: asked for, or because nothing else would do."""
    sarif = "--format=sarif" in argv or ("--format", "sarif") in pairwise(argv)
    return sarif or wants_json(argv) or "schema" in argv[1:2]


def report_error(error: ReconcileError, as_json: bool) -> None:
    """Print an error, a line each problem; as data where JSON was asked for."""
    if not as_json:
        first, *rest = error.lines()
        say(first if isinstance(error, ManifestError) else f"error: {first}", *rest)
        return
    problems = error.problems if isinstance(error, ManifestError) else ()
    errors = list(map(problem_data, problems)) or [{"message": str(error)}]
    data = {"format": "welkin-reconcile/error/1", "code": error.code, "errors": errors}
    show(json_text(data))


def _coloured(line: str) -> str:
    sign = line.strip()[:1]
    if line.startswith("  ") and line[2:3] == sign and sign in COLOURS:
        return click.style(line, fg=COLOURS[sign])
    for word, look in WORDS.items():
        if line.startswith(word):
            return click.style(line, bold=True) if look == "bold" else click.style(line, fg=look)
    return line
