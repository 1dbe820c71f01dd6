"""Five paging shapes behind one iterator: Spring, nested, metaInfo, bare array, rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import NamedTuple

from reconciler.client.answers import unexpected
from reconciler.client.dialect import Dialect
from reconciler.client.session import Session
from reconciler.errors import ApiError, Incomplete
from reconciler.model import Request
from reconciler.model.typed import JsonObject
from reconciler.routes import page as at_page
from reconciler.routes import shown

LARGEST, MODEST = 1000, 100  # asked for, in this order; the echoed size is what counts
REFUSED = frozenset({400, 422})  # the query is not understood
MOST_PAGES = 10_000  # of a list, whatever total it announces: one that grows with every page has no end

Items = list[JsonObject]


class Page(NamedTuple):
    """One page; `last` and `total` are None where the service does not say.

    bare: it came as a list, with nothing about pages.
    """

    items: Items
    last: bool | None
    total: int | None = None
    bare: bool = False


class Shape(NamedTuple):
    """How the pages of a list are read.

    page: makes one of an answer. form: what is read of that, a page of which nothing else is asked.
    """

    page: Callable[[Request, object], Page]
    form: type | None = None


@dataclass(slots=True)
class Reading:
    """What one pass over a list has seen, page after page, and whether it adds up.

    found: items, each once. announced: the largest total a page named, so that one that shrank meanwhile is
    no whole pass. length: items of the first page.
    fault: in words, why the list is not whole. endless: reading again doesn't mend it.
    """

    ids: set[str | int] = field(default_factory=set)
    found: int = 0
    announced: int | None = None
    pages: int = 0
    length: int = 0
    before: Items = field(default_factory=list)
    fault: str = ""
    endless: bool = False

    @property
    def nameless(self) -> bool:
        return bool(self.found) and not self.ids

    @property
    def reached(self) -> bool:
        return self.announced is not None and self.found >= self.announced

    @property
    def allowed(self) -> int:
        """How many pages may come of which each says that it is not the last."""
        most = MOST_PAGES - 1
        return most if self.announced is None else min(most, -(-self.announced // max(1, self.length)))

    def take(self, page: Page) -> Items:
        """Count a page, and return those of its items that had not come yet."""
        # The page before once more: the service does not know `page`.
        fresh = [] if page.items == self.before else list(filter(self._is_new, page.items))
        self.before = page.items
        self.length = self.length if self.pages else len(page.items)
        self.pages += 1
        self.found += len(fresh)
        if page.total is not None:
            self.announced = max(page.total, self.announced or 0)
        return fresh

    def goes_on(self, page: Page, fresh: Items) -> bool:
        """Whether more has to come after this page; where it can't, and should, `fault` says so."""
        if page.last or (page.last is None and self.reached):
            self.fault = "" if self.reached or self.announced is None else self._counts()
            return False
        if not fresh:
            whole = self.reached or (self.announced is None and page.last is None)
            self.fault = "" if whole else f"{self._counts()}, and page {self.pages} brought nothing new"
            return False
        if self.pages > self.allowed:
            self.fault, self.endless = f"{self._counts()}, and page {self.pages} was not the last", True
        return not self.fault

    def _counts(self) -> str:
        announced = "more" if self.announced is None else self.announced
        return f"{self.found} items came, {announced} were announced"

    def _is_new(self, item: JsonObject) -> bool:
        id = _id(item)
        if id is None:
            return True
        known = id in self.ids
        self.ids.add(id)
        return not known


def _id(item: JsonObject) -> str | int | None:
    id = item.get("id")
    return id if isinstance(id, str | int) else None


def read_page(request: Request, payload: object) -> Page:
    """Recognise the shape of an answer."""
    if isinstance(payload, dict) and isinstance(payload.get("data"), dict):
        payload = payload["data"]
    match payload:
        case list():
            return Page(_checked(request, payload), last=True, bare=True)
        case {"content": list(found), **rest}:
            return _measured(_checked(request, found), rest.get("last"), rest.get("totalElements"))
        case {"data": list(found), "metaInfo": dict(meta)}:
            return _measured(_checked(request, found), meta.get("lastPage"), meta.get("totalElements"))
        case {"rows": list(found)} | {"data": list(found)}:
            return Page(_checked(request, found), last=True, bare=True)
    raise unexpected(request, "a page of items")


def read_announced(request: Request, payload: object) -> Page:
    """A page that says so, as the events' do: a bare list does not tell whether it is all there is."""
    page = read_page(request, payload)
    if page.bare:
        raise unexpected(request, "a page of items")
    return page


ANY_SHAPE = Shape(read_page)


def largest_pages(
    session: Session,
    dialect: Dialect,
    build: Callable[[int], Request],
    sizes: tuple[int, ...] = (LARGEST, MODEST),
    shape: Shape = ANY_SHAPE,
) -> Iterator[JsonObject]:
    """Page through in the largest size the service takes; one that it refused is not asked for again.

    Raises: ApiError: the service's last refusal, at once, not with the first item.
    """
    known = dialect.page_size or LARGEST
    for size in sizes:
        if size > known:
            continue
        request = build(size)
        try:
            first = session.send(request, form=shape.form)
        except ApiError as error:
            if error.status not in REFUSED or size == sizes[-1]:
                raise
        else:
            dialect.page_size = min(size, known)
            return items(session, request, first, shape)
    raise AssertionError("the last size returns or raises")


def items(
    session: Session, request: Request, first: object = None, shape: Shape = ANY_SHAPE
) -> Iterator[JsonObject]:
    """Every item of a paged route once, by `id`; `first`: the answer to page 0, if it is there already.

    Read once more from the start where the pages don't add up: something came or went while we read. Items
    without an `id` are passed on as they come; lists that hold nothing else are read once.
    Raises: ApiError; Incomplete: the list is not whole. It comes with the last item: take no earlier one for
        all there is.
    """
    given: set[str | int] = set()
    for again in (False, True):
        reading = Reading()
        for fresh in _read(session, request, first, reading, shape):
            yield from [item for item in fresh if _id(item) not in given] if again else fresh
        if not reading.fault:
            return
        if again or reading.endless or reading.nameless:
            break
        given, first = reading.ids, None
    twice = ", and no better when read once more" if again else ""
    raise Incomplete(
        f"{shown(request)}: {reading.fault}{twice}: what an incomplete list lacks may well be there, so "
        "nothing is done by it; try again later"
    )


def _read(
    session: Session, request: Request, first: object, reading: Reading, shape: Shape
) -> Iterator[Items]:
    """One pass: what each page brings that is new."""
    page = shape.page(request, session.send(request, form=shape.form) if first is None else first)
    fresh = reading.take(page)
    yield fresh
    if not reading.goes_on(page, fresh):
        return
    for payload in _following(session, request, reading, shape.form):
        page = shape.page(request, payload)
        fresh = reading.take(page)
        yield fresh
        if not reading.goes_on(page, fresh):
            return


def _following(session: Session, request: Request, reading: Reading, form: type | None) -> Iterator[object]:
    """The pages after the first: those that the total makes likely at once, more of them one by one."""
    known = 1 if reading.announced is None else max(1, reading.allowed)
    yield from session.send_all((at_page(request, number) for number in range(1, known)), form)
    for number in count(known):
        yield session.send(at_page(request, number), form=form)


def _measured(found: Items, last: object, total: object) -> Page:
    return Page(found, last if isinstance(last, bool) else None, _number(total))


def _checked(request: Request, found: list[object]) -> Items:
    objects: Items = [item for item in found if isinstance(item, dict)]
    if len(objects) < len(found):
        raise unexpected(request, "a page of items")
    return objects


def _number(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None
