"""What every group of typed methods stands on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from reconciler.client.answers import mapping
from reconciler.client.dialect import Dialect
from reconciler.client.session import Session
from reconciler.errors import NotFound
from reconciler.model import Request
from reconciler.model.typed import JsonObject
from reconciler.routes import Scope

IDS_PER_CALL = 50  # 52 passed in one URL


@dataclass(frozen=True, slots=True)
class Resource:
    """A group of routes of one instance."""

    session: Session
    scope: Scope
    dialect: Dialect

    def one(self, request: Request) -> JsonObject:
        return mapping(request, self.session.send(request))

    def one_or_none(self, request: Request) -> JsonObject | None:
        """The object, or None where the service says that there is none."""
        try:
            return self.one(request)
        except NotFound:
            return None


def is_about(asked: str, shown: object) -> bool:
    """Whether an answer shows the name or id asked for; UUIDs are the same in capitals."""
    return isinstance(shown, str) and shown.casefold() == asked.casefold()


def in_chunks(ids: Iterable[str]) -> Iterator[Sequence[str]]:
    """Cut ids into what one URL holds, each once, in order."""
    rest = iter(dict.fromkeys(ids))
    while chunk := tuple(islice(rest, IDS_PER_CALL)):
        yield chunk
