"""Five shapes, one iterator: every item once, in order, whatever the service's pages are like."""

from __future__ import annotations

import logging
import threading

import pytest

from reconciler.client.paging import items
from reconciler.errors import NoAnswer
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
    met = threading.Barrier(8, timeout=5)

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


def test_a_service_that_ignores_the_page_number_is_no_endless_loop(service, client):
    service.replies((200, {"content": people(3), "last": False}))
    assert read(client) == people(3)
    assert len(service.asked()) == 2


def test_an_absurd_total_ends_at_the_first_empty_page(service, client, caplog):
    service.answer = lambda call: (
        200,
        {"content": people(1) if call.query["page"] == "0" else [], "totalElements": 10**9, "last": False},
    )
    assert read(client) == people(1)
    assert len(service.asked()) < 30


def test_items_on_two_pages_come_once(service, client):
    rows = [*people(20), *people(20)[15:], *[{"id": str(number)} for number in range(20, 35)]]
    serve(service, spring, rows, 20)
    assert read(client) == people(35)


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


def test_a_count_that_stays_wrong_is_said_and_ends(service, client, caplog):
    service.replies((200, {"content": people(3), "last": True, "totalElements": 5, "size": 20}))
    with caplog.at_level(logging.WARNING, "reconciler"):
        assert read(client) == people(3)
    assert len(service.asked()) == 2
    assert "3 items came, 5 were announced" in caplog.text


def test_items_without_an_id_are_all_passed_on(service, client):
    service.replies((200, {"data": [{"sentAt": "a"}, {"sentAt": "a"}], "metaInfo": {"lastPage": True}}))
    assert len(read(client)) == 2


def test_items_without_an_id_are_not_read_twice_when_the_last_page_is_empty(service, client):
    service.answer = lambda call: (
        200,
        {
            "data": [{"sentAt": "a"}] * 20 if call.query["page"] == "0" else [],
            "metaInfo": {"totalElements": 25, "pageSize": 20, "lastPage": call.query["page"] != "0"},
        },
    )
    assert len(read(client)) == 20
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
