"""One request for a page: who asks, from where, with what."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import urlencode

from reconciler.fleet.server.access import Asker


class Visit(NamedTuple):
    """csrf: what a form has to send back. path, query: what was asked for."""

    asker: Asker
    csrf: str
    path: str
    query: Mapping[str, str]

    @property
    def here(self) -> str:
        return self.with_()

    def with_(self, **other: object) -> str:
        """The same page, asked for otherwise; an empty value takes a key away."""
        query = {**self.query, **{name: str(value) for name, value in other.items()}}
        kept = {name: value for name, value in query.items() if value and (name, value) != ("page", "1")}
        return self.path + (f"?{urlencode(kept)}" if kept else "")

    def number(self, name: str, otherwise: int) -> int:
        text = self.query.get(name, "")
        return int(text) if text.isascii() and text.isdecimal() and len(text) < 9 else otherwise
