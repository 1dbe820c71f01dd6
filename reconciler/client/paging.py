"""Five paging shapes behind one iterator: Spring, nested, metaInfo, bare array, rows (api-facts 4)."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from reconciler.client.answers import unexpected
from reconciler.client.dialect import Dialect
from reconciler.client.session import Session
from reconciler.errors import ApiError
from reconciler.model import Request
from reconciler.routes import page as at_page
from reconciler.routes import shown

log = logging.getLogger("reconciler")

LARGEST, MODEST = 1000, 100  # asked for, in this order; the echoed size is what counts
REFUSED = frozenset({400, 422})  # the query is not understood


@dataclass(frozen=True, slots=True)
class Page:
    """One page; `pages` and `total` are None where the service does not say."""

    items: list[dict[str, Any]]
    last: bool
    pages: int | None = None
    total: int | None = None


def largest_pages(
    session: Session,
    dialect: Dialect,
    build: Callable[[int], Request],
    sizes: tuple[int, ...] = (LARGEST, MODEST),
) -> Iterator[dict[str, Any]]:
    """Page through in the largest size the service takes; one that it refused is not asked for again.

    Raises: ApiError: the service's last refusal, at once, not with the first item.
    """
    known = dialect.page_size or LARGEST
    for size in sizes:
        if size > known:
            continue
        request = build(size)
        try:
            first = session.send(request)
        except ApiError as error:
            if error.status not in REFUSED or size == sizes[-1]:
                raise
        else:
            dialect.page_size = min(size, known)
            return items(session, request, first)
    raise AssertionError("the last size returns or raises")


def items(session: Session, request: Request, first: Any = None) -> Iterator[dict[str, Any]]:
    """Every item of a paged route once, by `id`; `first`: the answer to page 0, if it is there already.

    Read once more from the start when the count differs from the announced one: something came or went
    while we read. Items without an `id` are passed on as they come.
    """
    seen: set[Any] = set()
    nameless = False
    for _ in range(2):
        found: set[Any] = set()
        total = None
        for page in _walk(session, request, first):
            total = page.total
            for item in page.items:
                id = item.get("id") if isinstance(item.get("id"), str) else None
                nameless = nameless or id is None
                found.add(id)
                if id is None or id not in seen:
                    seen.add(id)
                    yield item
        if nameless or total is None or total == len(found):
            return
        first = None
    log.warning("%s: %d items came, %d were announced", shown(request), len(found), total)


def read_page(request: Request, payload: Any) -> Page:
    """Recognise the shape of an answer."""
    if isinstance(payload, dict) and isinstance(payload.get("data"), dict):
        payload = payload["data"]
    match payload:
        case list():
            return Page(_checked(request, payload), last=True)
        case {"content": list(found)}:
            return _measured(_checked(request, found), payload, "last", "size")
        case {"data": list(found), "metaInfo": dict(meta)}:
            return _measured(_checked(request, found), meta, "lastPage", "pageSize")
        case {"rows": list(found)} | {"data": list(found)}:
            return Page(_checked(request, found), last=True)
    raise unexpected(request, "a page of items")


def _walk(session: Session, request: Request, first: Any) -> Iterator[Page]:
    page = read_page(request, session.send(request) if first is None else first)
    yield page
    number = 1
    if not page.last and page.items and page.pages:
        number = page.pages
        rest = (at_page(request, number) for number in range(1, page.pages))
        for payload in session.send_all(rest):
            page = read_page(request, payload)
            yield page
            if page.last or not page.items:
                return
    while not page.last and page.items:
        before = page.items
        page = read_page(request, session.send(at_page(request, number)))
        if page.items == before:
            return  # the service does not know `page`
        yield page
        number += 1


def _measured(found: list[dict[str, Any]], meta: dict[str, Any], last_key: str, size_key: str) -> Page:
    total, size = _number(meta.get("totalElements")), _number(meta.get(size_key)) or len(found)
    pages = -(-total // size) if total is not None and size else None
    last = meta.get(last_key)
    if not isinstance(last, bool):
        last = pages is not None and pages <= 1
    return Page(found, last, pages, total)


def _checked(request: Request, found: list[Any]) -> list[dict[str, Any]]:
    if not all(isinstance(item, dict) for item in found):
        raise unexpected(request, "a page of items")
    return found


def _number(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None
