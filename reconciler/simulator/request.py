"""A request as it came in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Request:
    """`path` and `params` are still percent-encoded: an external id may hold a `/`."""

    method: str
    path: str
    params: Mapping[str, str]
    query: str
    authorization: str
    body: bytes
    agent: str = ""

    @property
    def token(self) -> str:
        """The bearer token, empty without one."""
        scheme, _, token = self.authorization.partition(" ")
        return token if scheme.lower() == "bearer" else ""
