"""Pages: what a request asks for, how SQL cuts it, and the shapes it is answered in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from reconciler.simulator.refusals import invalid
from reconciler.simulator.store import Store

_NUMBER = re.compile(r"\d{1,9}", re.ASCII)
DEFAULT_SIZE = 20  # reference, Find Events


@dataclass(frozen=True, slots=True)
class Page:
    """`order` is a list of SQL terms, empty when the request names no sort."""

    number: int
    size: int
    order: tuple[str, ...]

    @property
    def sql(self) -> str:
        """Ends a query. Ids are random, so without a sort nothing is in a visible order."""
        return (
            f" ORDER BY {', '.join((*self.order, 'id'))} LIMIT {self.size} OFFSET {self.number * self.size}"
        )


def by_key(*names: str) -> dict[str, str]:
    """Fields that are sorted by as they stand in the stored object."""
    return {name: f"json_extract(body, '$.{name}')" for name in names}


def page_of(query: Mapping[str, str], sortable: Mapping[str, str], most: int) -> Page:
    """Read `page`, `size` and `sort`; `sortable` maps the fields one may sort by to SQL expressions."""
    number = _number(query, "page", 0)
    size = _number(query, "size", DEFAULT_SIZE)
    if size == 0:
        raise invalid([("size", "must be at least 1")])
    return Page(number, min(size, most), _order(query.get("sort", ""), sortable))


def _number(query: Mapping[str, str], name: str, default: int) -> int:
    text = query.get(name, str(default))
    if not _NUMBER.fullmatch(text):
        raise invalid([(name, "must be a whole number from 0 to 999999999")])
    return int(text)


def _order(text: str, sortable: Mapping[str, str]) -> tuple[str, ...]:
    """`field,asc,other,desc`: a direction holds for the fields before it, as in Spring."""
    directions: dict[str, str] = {}
    waiting: list[str] = []
    for word in filter(None, text.split(",")):
        if word.lower() in ("asc", "desc"):
            directions.update(dict.fromkeys(waiting, word))
            waiting = []
        elif word in sortable:
            directions.setdefault(word, "asc")
            waiting.append(word)
        else:
            raise invalid([("sort", f"{word[:100]!r} is none of {', '.join(sortable)}")])
    return tuple(f"{sortable[name]} {direction}" for name, direction in directions.items())


def select(
    store: Store, table: str, where: str, args: Mapping[str, Any], page: Page
) -> tuple[int, list[dict[str, Any]]]:
    """How many objects there are in all, and those of the page. Sorts and skips ids, not whole objects."""
    total = store.rows(f"SELECT count(*) FROM {table} WHERE {where}", args)[0][0]
    ids = f"SELECT id AS picked FROM {table} WHERE {where}{page.sql}"
    return total, store.bodies(f"SELECT body FROM ({ids}) CROSS JOIN {table} ON id = picked", args)


def spring(page: Page, total: int, content: list[dict[str, Any]]) -> dict[str, Any]:
    """A Spring page; its keys and their values for one page are those of reference, Find Events."""
    pages = -(-total // page.size)
    sort = {"sorted": bool(page.order), "unsorted": not page.order, "empty": not page.order}
    return {
        "content": content,
        "pageable": {
            "sort": sort,
            "offset": page.number * page.size,
            "pageNumber": page.number,
            "pageSize": page.size,
            "paged": True,
            "unpaged": False,
        },
        "last": page.number >= pages - 1,
        "totalPages": pages,
        "totalElements": total,
        "size": page.size,
        "number": page.number,
        "sort": sort,
        "numberOfElements": len(content),
        "first": page.number == 0,
        "empty": not content,
    }


def with_meta(page: Page, total: int, data: list[dict[str, Any]]) -> dict[str, Any]:
    """The shape of users and audits."""
    pages = -(-total // page.size)
    return {
        "data": data,
        "metaInfo": {
            "page": page.number,
            "pageSize": page.size,
            "totalElements": total,
            "numberOfElements": len(data),
            "firstPage": page.number == 0,
            "lastPage": page.number >= pages - 1,
            "totalPages": pages,
        },
    }
