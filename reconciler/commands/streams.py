"""stdout and stderr as they may be: of any encoding, closed, full, or with a reader that has gone."""

from __future__ import annotations

import codecs
import io
import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TextIO

from reconciler.errors import Unprintable

# Our own signs, for encodings that lack them. No quote and no backslash stands for any: YAML stays YAML.
PLAIN = {"→": "->", "←": "<-", "↔": "<->", "–": "-", "—": "-", "…": "...", "·": "-", "─": "-", "━": "-",
         "╸": "-", "╺": "-", "│": "|", "├": "|", "└": "`"}  # fmt: skip
IN_TEXT, IN_JSON = "welkin-reconcile-text", "welkin-reconcile-json"  # handlers of what can't be encoded


class Outlet(io.TextIOBase):
    """A standard stream that takes any text.

    encoding: what it takes, not what comes out: past a stream of ASCII click would write UTF-8.
    """

    encoding, errors = "utf-8", "strict"

    def __init__(self, stream: TextIO | None, name: str, *, must: bool, handler: str = IN_TEXT) -> None:
        """Args:
        stream: None where the descriptor was closed when we began.
        must: what can't be written is an error; else it is lost, as there is nowhere to say it.
        handler: what stands for signs that the stream's encoding lacks.
        """
        self._stream, self._name, self._must = stream, name, must
        self._broken = None if stream else "is closed"
        self._unread = False
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors=handler)

    def write(self, text: str) -> int:
        self._do(lambda stream: stream.write(text))
        return len(text)

    def flush(self) -> None:
        if self._stream:
            self._do(lambda stream: stream.flush())

    def isatty(self) -> bool:
        return self._stream is not None and not self._broken and self._stream.isatty()

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        if self._stream is None:
            raise io.UnsupportedOperation(f"{self._name} {self._broken}")
        return self._stream.fileno()

    def probe(self) -> None:
        """Raises: Unprintable: as far as can be told beforehand, nothing could be written."""
        stream = self._stream
        if isinstance(stream, io.TextIOWrapper):
            self._do(lambda _: os.write(stream.fileno(), b""))
        self._complain()

    def _complain(self) -> None:
        if self._broken and self._must:
            raise Unprintable(f"{self._name} {self._broken}")

    def _do(self, act: Callable[[TextIO], object]) -> None:
        self._complain()
        if self._broken or self._unread or self._stream is None:
            return
        try:
            act(self._stream)
        except BrokenPipeError:  # whoever read has read enough; the work goes on
            self._unread = True
            self._abandon()
        except (OSError, ValueError) as error:  # ValueError: closed while we ran
            reason = error.strerror if isinstance(error, OSError) else None
            self._broken = f"can't be written: {(reason or 'it is closed').lower()}"
            self._abandon()
            self._complain()

    def _abandon(self) -> None:
        """Let what is still buffered go nowhere: Python would complain about it at the end."""
        try:
            descriptor = self.fileno()
        except (OSError, ValueError):
            return
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, descriptor)
        os.close(nowhere)


@contextmanager
def standard_streams(handler: str) -> Iterator[None]:
    """Let stdout and stderr take any text; `handler`: for signs that stdout's encoding lacks.

    What stdout doesn't take is raised as Unprintable where it is written or flushed.
    """
    _occupy()
    before = sys.stdin, sys.stdout, sys.stderr
    sys.stdin = before[0] or io.StringIO()
    sys.stdout = Outlet(before[1], "stdout", must=True, handler=handler)
    sys.stderr = Outlet(before[2], "stderr", must=False)
    try:
        yield
    finally:
        sys.stdin, sys.stdout, sys.stderr = before


def _occupy() -> None:
    """Put nothing where a standard stream was closed: a file of ours opened there would get its text."""
    for descriptor in (0, 1, 2):
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest that is free


def _in_text(error: UnicodeError) -> tuple[str, int]:
    return _replaced(error, lambda sign: PLAIN.get(sign, "?"))


def _in_json(error: UnicodeError) -> tuple[str, int]:
    """As an escape: in JSON whatever isn't ASCII stands in a text."""
    return _replaced(error, lambda sign: json.dumps(sign)[1:-1])


def _replaced(error: UnicodeError, instead: Callable[[str], str]) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return "".join(map(instead, error.object[error.start : error.end])), error.end


codecs.register_error(IN_TEXT, _in_text)
codecs.register_error(IN_JSON, _in_json)
