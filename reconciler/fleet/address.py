"""A database's URL: which of the two it is, where, and how it is shown; never with its password."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple
from urllib.parse import parse_qsl

from reconciler.errors import UsageError

_SQLITE, _POSTGRES = "sqlite:///", ("postgresql://", "postgres://")
_FORMS = "write postgresql://USER@HOST/NAME or sqlite:///PATH"
_NOT_IN_A_PATH = frozenset("@=:?\"' \t\r\n")  # a URL gone wrong may hold a password: it isn't repeated


class Address(NamedTuple):
    """Where a database is. path: of the embedded one; None: it is PostgreSQL. shown: for messages."""

    url: str
    path: Path | None
    shown: str


def address_of(url: str) -> Address:
    """Raises: UsageError: this is no URL of a database that we know; says what to write."""
    if url.startswith(_POSTGRES):
        return Address(url, None, _shown(url))
    if url.startswith(_SQLITE):
        path = url.removeprefix(_SQLITE)
        if not path or path == ":memory:":
            raise UsageError("the database sqlite:/// names no file: write sqlite:///PATH")
        return Address(url, Path(path), url)
    if "://" in url:
        raise UsageError(f"the database's URL has a scheme that is not ours: {_FORMS}")
    if not url or _NOT_IN_A_PATH & {*url}:
        raise UsageError(f"the database's URL is none: {_FORMS}")
    raise UsageError(f"the database {url} is no URL: write {_SQLITE}{url}")


def _shown(url: str) -> str:
    """Without password, and of the options without all but hosts and ports.

    What stands before the last `@` is user and password, whatever signs the password holds.
    """
    scheme, _, rest = url.partition("://")
    login, at, place = rest.rpartition("@")
    place, _, options = place.partition("?")
    user = login.partition(":")[0] + at if ":" in login else login + at
    known = [f"{name}={value}" for name, value in parse_qsl(options) if name in ("host", "port")]
    return f"{scheme}://{user}{place}" + ("?" + "&".join(known) if known else "")
