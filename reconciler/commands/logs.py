"""Log lines on stderr, as text or JSON, with secrets and what could be about a person blacked out.

Nothing of ours logs a body, and errors carry none. This is the second line of defence, for texts of libraries
and of exceptions, which may quote anything: what looks like a secret, a token or a person's data goes.
"""

from __future__ import annotations

import logging
import os
import re
from datetime import UTC, datetime

from reconciler.errors.escape import json_text, page

HIDDEN = "<hidden>"
_PERSONAL = (
    "firstName|lastName|middleName|fullName|patientFullName|name|email|secondaryEmail|phone|secondaryPhone|"
    "birthDate|mrn|addressLine1|addressLine2|zip|message|details|secret|token|password|authorization"
)
# What is shown in its place keeps the key, so that a line still says what it was about.
_PATTERNS = (
    (re.compile(r"(?i)\bbearer\s+[\w.~+/=-]+"), f"Bearer {HIDDEN}"),
    (re.compile(r"\beyJ[\w-]*(?:\.[\w-]*){0,2}"), HIDDEN),
    (re.compile(rf"""(?i)(["'](?:{_PERSONAL})["']\s*:\s*)(?:"(?:[^"\\]|\\.)*"?|'(?:[^'\\]|\\.)*'?|\{{[^}}]*\}}?|\[[^\]]*\]?|[^,}}\s]+)"""),
     rf"\1{HIDDEN}"),
    (re.compile(r"(?i)\b(secret|token|password)=[^\s&]+"), rf"\1={HIDDEN}"),
    (re.compile(r"[\w.+-]+(?:@|%40)[\w-]+(?:\.[\w-]+)+"), HIDDEN),
    (re.compile(r"(?<![\w.-])\+\d[\d ().-]{6,}\d"), HIDDEN),
)  # fmt: skip


def redacted(text: str, secrets: tuple[str, ...] = ()) -> str:
    """The text without these secrets, and without anything that looks like one or like personal data."""
    for secret in secrets:
        text = text.replace(secret, HIDDEN)
    for pattern, instead in _PATTERNS:
        text = pattern.sub(instead, text)
    return text


def set_up(verbosity: int, as_json: bool) -> None:
    """Send our log lines to stderr: calls from 1 on, details from 2 on; nothing at 0."""
    if not verbosity:
        return
    handler = logging.StreamHandler()
    handler.setFormatter(_Json() if as_json else _Text())
    logging.getLogger().handlers = [handler]
    logging.getLogger("reconciler").setLevel(logging.INFO if verbosity == 1 else logging.DEBUG)


class _Text(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        return page([f"{_when(record)} {record.levelname} {_said(record)}"])


class _Json(logging.Formatter):
    """One object a line: `time`, `level`, `message`."""

    def format(self, record: logging.LogRecord) -> str:
        line = {"time": _when(record), "level": record.levelname.lower(), "message": _said(record)}
        return json_text(line, indent=None)


def _said(record: logging.LogRecord) -> str:
    """The message, redacted; of an exception its class and words, never its traceback."""
    secrets = tuple(text for name, text in os.environ.items() if name.startswith("WELKIN_SECRET") and text)
    text = record.getMessage()
    if record.exc_info and record.exc_info[1] is not None:
        error = record.exc_info[1]
        text += f": {type(error).__name__}: {error}"
    return redacted(text, secrets)


def _when(record: logging.LogRecord) -> str:
    return (
        datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    )
