"""How commands speak: results to stdout, all else to stderr, colour on terminals only."""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import click

from reconciler.errors import ManifestError, ReconcileError, UsageError

COLOURS = {"+": "green", "~": "yellow", "-": "red", "!": "magenta"}
WORDS = {"warning": "yellow", "brake": "magenta", "Plan": "bold", "No changes.": "bold", "Apply": "bold"}


def show(text: str) -> None:
    """Print a report; a line takes the colour of its first sign or word where a terminal shows colours."""
    coloured = sys.stdout.isatty() and not os.environ.get("NO_COLOR") and not os.environ.get("CI")
    click.echo("\n".join(map(_coloured, text.splitlines())) if coloured else text.rstrip("\n"))


def say(text: str) -> None:
    """Print what is not a result."""
    click.echo(text, err=True)


def wants_json(argv: Sequence[str]) -> bool:
    """Whether JSON was asked for, told from the words themselves: errors of usage have no parsed options."""
    return "--format=json" in argv or ("--format", "json") in pairwise(argv)


def report_error(error: ReconcileError, as_json: bool) -> None:
    """Print an error, a line each problem; as data where JSON was asked for."""
    if not as_json:
        manifest = isinstance(error, ManifestError)
        say("\n".join(error.lines() if manifest else [f"error: {error}"]))
        return
    problems = error.problems if isinstance(error, ManifestError) else ()
    places = [{"path": p.path, "line": p.line, "column": p.column, "message": p.message} for p in problems]
    errors = places or [{"message": line} for line in error.lines()]
    data = {"format": "welkin-reconcile/error/1", "code": error.code, "errors": errors}
    click.echo(json.dumps(data, indent=2, ensure_ascii=False))


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner may read, whole or not at all.

    Raises: UsageError.
    """
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")  # mode 0600
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        Path(name).replace(path)
    except OSError as error:
        raise UsageError(f"{path}: cannot be written: {error.strerror}") from None


def _coloured(line: str) -> str:
    sign = line.strip()[:1]
    if line.startswith("  ") and line[2:3] == sign and sign in COLOURS:
        return click.style(line, fg=COLOURS[sign])
    for word, look in WORDS.items():
        if line.startswith(word):
            return click.style(line, bold=True) if look == "bold" else click.style(line, fg=look)
    return line
