"""Five shapes, one iterator: every item once, in order, whatever the service's pages are like."""

from __future__ import annotations

import threading

import pytest

from reconciler.client.paging import items
from reconciler.errors import Incomplete, NoAnswer
from reconciler.model import Request

LIST = Request("GET", "/gh/admin/users", {"page": "0", "size": "1000"})


def people(count):
    return [{"id": str(number)} for number in range(count)]


def spring(rows, number, size, **without):
    page = rows[number * size : (number + 1) * size]
    pages = -(-len(rows) // size)
    whole = {
        "content": page,
        "pageable": {"pageNumber": number, "pageSize": size},
        "last": number >= pages - 1,
        "totalPages": pages,
        "totalElements": len(rows),
        "size": size,
        "number": number,
        "numberOfElements": len(page),
    }
    return {key: value for key, value in whole.items() if key not in without}


def nested(rows, number, size):
    return {"name": "vitals", "data": spring(rows, number, size)}


def meta_info(rows, number, size):
    page = spring(rows, number, size)
    meta = {"page": number, "pageSize": size, "totalElements": len(rows), "lastPage": page["last"]}
    return {"data": page["content"], "metaInfo": meta}


def serve(service, shape, rows, size):
    service.answer = lambda call: (200, shape(rows, int(call.query["page"]), size))


def read(client):
    return list(items(client._session, LIST))


def pages_asked(service):
    return [int(call.query["page"]) for call in service.asked()]


@pytest.mark.parametrize("shape", [spring, nested, meta_info])
@pytest.mark.parametrize("count", [0, 1, 20, 21, 205])
def test_every_item_comes_once_in_order_from_pages_of_the_echoed_size(service, client, shape, count):
    serve(service, shape, people(count), 20)
    assert read(client) == people(count)
    assert sorted(pages_asked(service)) == list(range(max(1, -(-count // 20))))


@pytest.mark.parametrize("body", [people(3), {"rows": people(3)}, {"data": people(3)}])
def test_a_bare_array_and_rows_are_one_page(service, client, body):
    service.replies((200, body))
    assert read(client) == people(3)
    assert len(service.asked()) == 1


def test_pages_after_the_first_are_fetched_concurrently(service, client):
    met = threading.Barrier(8, timeout=60)

    def answer(call):
        number = int(call.query["page"])
        if number:
            met.wait()
        return 200, spring(people(9), number, 1)

    service.answer = answer
    assert read(client) == people(9)


def test_without_totals_pages_are_read_until_the_stop_flag(service, client):
    service.answer = lambda call: (
        200,
        spring(people(50), int(call.query["page"]), 20, totalElements=1, totalPages=1),
    )
    assert read(client) == people(50)
    assert pages_asked(service) == [0, 1, 2]


def test_without_totals_and_stop_flag_an_empty_page_ends_it(service, client):
    hidden = {"totalElements": 1, "totalPages": 1, "last": 1}
    service.answer = lambda call: (200, spring(people(40), int(call.query["page"]), 20, **hidden))
    assert read(client) == people(40)
    assert pages_asked(service) == [0, 1, 2]


def test_a_service_that_ignores_page_and_size_and_gives_all_at_once_is_read_whole(service, client):
    whole = {"content": people(250)}
    counted = whole | {"totalElements": 250, "size": 20}
    for body in (whole, whole | {"last": True}, counted, counted | {"last": True}, counted | {"last": False}):
        service.calls.clear()
        service.replies((200, body))
        assert read(client) == people(250)
        assert len(service.asked()) <= 2


def test_a_count_that_differs_is_read_once_more_and_the_missing_item_found(service, client):
    passes = []

    def answer(call):
        number = int(call.query["page"])
        passes.extend([1] if number == 0 else [])
        rows = people(45)
        if len(passes) == 1:
            rows[30] = rows[10]  # slipped to another page while we read
        return 200, spring(rows, number, 20)

    service.answer = answer
    assert sorted(item["id"] for item in read(client)) == sorted(item["id"] for item in people(45))
    assert len(passes) == 2


def test_an_item_that_went_while_we_read_is_no_fault_the_second_time(service, client):
    passes = []

    def answer(call):
        number = int(call.query["page"])
        passes.extend([1] if number == 0 else [])
        return 200, spring(people(45 if len(passes) == 1 and number == 0 else 21), number, 20)

    service.answer = answer
    assert read(client) == people(21)
    assert len(passes) == 2


def test_items_that_come_while_we_read_are_read_too(service, client):
    service.answer = lambda call: (
        200,
        spring(people(40 if call.query["page"] == "0" else 61), int(call.query["page"]), 20),
    )
    assert read(client) == people(61)
    assert sorted(pages_asked(service)) == [0, 1, 2, 3]


def test_a_total_smaller_than_what_came_hides_nothing(service, client):
    service.replies((200, {"content": people(5), "last": True, "totalElements": 3, "size": 20}))
    assert read(client) == people(5)
    assert len(service.asked()) == 1


def pages_of(*pages):
    """A service that answers page by page with these, with the last one for all after it."""
    return lambda call: (200, pages[min(int(call.query["page"]), len(pages) - 1)])


def page(first, count, **meta):
    return {"content": [{"id": str(number)} for number in range(first, first + count)], **meta}


NOT_LAST = {"last": False, "totalElements": 45}
# How the service answers, what is said of it, how many requests it may cost.
INCOMPLETE = {
    "the announced count is not reached": (
        pages_of(page(0, 3, last=True, totalElements=5)),
        "3 items came, 5 were announced, and no better when read once more",
        2,
    ),
    "the last of several pages lacks some": (
        pages_of(page(0, 20, **NOT_LAST), page(20, 20, **NOT_LAST), page(40, 2, last=True, totalElements=45)),
        "42 items came, 45 were announced",
        6,
    ),
    "the same page again and again": (
        pages_of(page(0, 20, **NOT_LAST)),
        "20 items came, 45 were announced, and page 2 brought nothing new",
        6,
    ),
    "the same page again and again, without a total": (
        pages_of(page(0, 3, last=False)),
        "3 items came, more were announced, and page 2 brought nothing new",
        4,
    ),
    "items that came already, in another order": (
        pages_of(page(0, 3, last=False), {"content": people(3)[::-1], "last": False}),
        "3 items came, more were announced, and page 2 brought nothing new",
        4,
    ),
    "an empty page in the middle": (
        pages_of(page(0, 20, **NOT_LAST), page(0, 0, **NOT_LAST)),
        "20 items came, 45 were announced, and page 2 brought nothing new",
        6,
    ),
    "an empty page that is not the last, without a total": (
        pages_of(page(0, 3, last=False), page(0, 0, last=False)),
        "3 items came, more were announced, and page 2 brought nothing new",
        4,
    ),
    "nothing at all, and more to come": (
        pages_of(page(0, 0, last=False)),
        "0 items came, more were announced, and page 1 brought nothing new",
        2,
    ),
    "an absurd total": (
        pages_of(page(0, 1, last=False, totalElements=10**9), page(0, 0, last=False, totalElements=10**9)),
        "1 items came, 1000000000 were announced, and page 2 brought nothing new",
        40,
    ),
    "more pages than the total allows": (
        lambda call: (200, page(20 * int(call.query["page"]), 20, last=False, totalElements=40)),
        "60 items came, 40 were announced, and page 3 was not the last",
        3,
    ),
    "duplicates where other items should be": (
        pages_of(page(0, 20, last=False, totalElements=40), page(15, 20, last=True, totalElements=40)),
        "35 items came, 40 were announced, and no better when read once more",
        4,
    ),
}


@pytest.mark.parametrize(("answer", "says", "most"), INCOMPLETE.values(), ids=INCOMPLETE.keys())
def test_a_list_that_is_not_whole_is_an_error_that_names_route_and_counts(
    service, client, answer, says, most
):
    service.answer = answer
    with pytest.raises(Incomplete) as caught:
        read(client)
    assert str(caught.value).startswith(f"GET /gh/admin/users: {says}")
    assert len(service.asked()) <= most


def test_a_list_without_an_end_ends(service, client, monkeypatch):
    monkeypatch.setattr("reconciler.client.paging.MOST_PAGES", 50)
    service.answer = lambda call: (200, page(int(call.query["page"]), 1, last=False))
    with pytest.raises(Incomplete, match="50 items came, more were announced, and page 50 was not the last"):
        read(client)
    assert len(service.asked()) == 50


@pytest.mark.parametrize("total", [lambda number: 10**9, lambda number: 2 + number])
def test_a_list_whose_total_is_out_of_reach_ends(service, client, monkeypatch, total):
    monkeypatch.setattr("reconciler.client.paging.MOST_PAGES", 50)
    service.answer = lambda call: (
        200,
        page(int(call.query["page"]), 1, last=False, totalElements=total(int(call.query["page"]))),
    )
    with pytest.raises(Incomplete, match="and page 50 was not the last"):
        read(client)
    assert len(service.asked()) <= 50


def test_an_id_of_another_kind_is_none(service, client):
    odd = [{"id": ["a"]}, {"id": {}}, {"id": None}, {"id": 3}, {"id": 3}]
    service.replies((200, {"content": odd, "last": True}))
    assert read(client) == odd[:4]


def test_items_without_an_id_are_all_passed_on(service, client):
    service.replies((200, {"data": [{"sentAt": "a"}, {"sentAt": "a"}], "metaInfo": {"lastPage": True}}))
    assert len(read(client)) == 2


def test_items_without_an_id_can_only_be_read_once(service, client):
    service.answer = lambda call: (
        200,
        {
            "data": [{"sentAt": "a"}] * 20 if call.query["page"] == "0" else [],
            "metaInfo": {"totalElements": 25, "pageSize": 20, "lastPage": call.query["page"] != "0"},
        },
    )
    with pytest.raises(Incomplete, match="20 items came, 25 were announced: what"):
        read(client)
    assert pages_asked(service) == [0, 1]


def test_an_iteration_given_up_starts_no_more_requests(service, client):
    serve(service, spring, people(1000), 1)
    next(items(client._session, LIST))
    assert len(service.asked()) == 1


def test_unknown_keys_stay_and_the_order_of_keys_does_not_matter(service, client):
    page = spring([{"id": "1", "newKey": {"a": [1]}}], 0, 20)
    service.replies((200, dict(reversed(page.items()))))
    assert read(client) == [{"id": "1", "newKey": {"a": [1]}}]


@pytest.mark.parametrize("body", [{}, {"content": 3}, {"content": [None]}, {"data": "x"}, 3, "x", [1], None])
def test_something_else_than_a_page_is_one_clear_error(service, client, body):
    service.replies((200, body))
    with pytest.raises(NoAnswer, match="the answer is not a page of items: check the API URL"):
        read(client)
