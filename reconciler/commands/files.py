"""Options that name an output file."""

from __future__ import annotations

import re
from pathlib import Path

import click

from reconciler.errors.output_file import OURS, standing

_EXCHANGES = re.compile(rb'\{"at": "|\Z')  # the simulator's record, or nothing recorded yet


class OutputFile(click.ParamType[Path]):
    """An option's file: what is in its way is said before anything is read, planned or written.

    ours: what the file begins with if we may write to it.
    """

    name = "file"

    def __init__(self, ours: re.Pattern[bytes] = OURS) -> None:
        self._ours = ours

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> Path:
        path = Path(str(value))
        standing(path, self._ours)
        return path


OUTPUT, RECORD = OutputFile(), OutputFile(_EXCHANGES)
