"""A reading asks each kind, begins before anything is known of the manifests, and can be given up."""

from __future__ import annotations

import threading
from concurrent.futures import CancelledError
from dataclasses import dataclass
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, cast

import pytest

from reconciler.client import Client
from reconciler.errors import ApiError
from reconciler.kinds import Context, Kind
from reconciler.live import Reading
from reconciler.model import Part, Snapshot, Users, Window

NOW = datetime(2026, 11, 24, tzinfo=UTC)
SOON_S = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Rooms(Part):
    names: tuple[str, ...] = ()


class Fake:
    """A kind of which only the reading is looked at."""

    def __init__(self, part: type[Part] | None, read: Any = None) -> None:
        self.part, self._read = part, read

    def read(self, client: Client, asked: Any, known: Any) -> Part:
        return cast(Part, self._read(asked, known))


class Service:
    """Stands for a client."""

    name, client_ids = "TESTS", frozenset({"us"})

    def __init__(self) -> None:
        self.stopped = False

    def stop(self) -> None:
        self.stopped = True


def reading(*kinds: Fake) -> Reading:
    known = {str(number): cast(Kind, kind) for number, kind in enumerate(kinds)}
    return Reading(cast(Client, Service()), known, Window(NOW, NOW), None)


CONTEXT = cast(Context, SimpleNamespace())


def test_a_kind_waits_for_the_part_of_another_and_all_are_in_the_snapshot() -> None:
    users = Fake(Users, lambda asked, known: Users(ids={"jdoe": "1"}))
    rooms = Fake(Rooms, lambda asked, known: Rooms(names=tuple(known.of(Users).ids), ignored={"room": 2}))
    snapshot = reading(users, Fake(None), rooms).finish([], CONTEXT)
    assert snapshot.of(Rooms).names == ("jdoe",)
    assert (snapshot.ids, snapshot.names) == ({"jdoe": "1"}, {"1": "jdoe"})
    assert (snapshot.ignored, snapshot.our_ids) == ({"room": 2}, {"us"})
    assert snapshot.our_names == {"TESTS", "API_CLIENT:TESTS"}


def test_what_was_not_read_is_empty() -> None:
    assert Snapshot().of(Rooms) == Rooms()
    assert not Snapshot().ids


def test_kinds_begin_before_it_is_known_what_is_wanted() -> None:
    begun = threading.Event()

    def read(asked: Any, known: Any) -> Part:
        begun.set()
        wishes, _ = asked.wanted()
        return Rooms(names=tuple(wishes))

    under_way = reading(Fake(Rooms, read))
    assert begun.wait(SOON_S)
    assert under_way.finish(cast(Any, ["101"]), CONTEXT).of(Rooms).names == ("101",)


def test_the_first_kind_that_fails_is_heard_once_all_have_ended() -> None:
    ended = threading.Event()

    def slow(asked: Any, known: Any) -> Part:
        asked.wanted()
        ended.set()
        raise ApiError("rooms")

    def fails(asked: Any, known: Any) -> Part:
        raise ApiError("users")

    with pytest.raises(ApiError, match="users"):
        reading(Fake(Users, fails), Fake(Rooms, slow)).finish([], CONTEXT)
    assert ended.is_set()


def test_a_reading_given_up_sends_no_more_and_lets_go_of_who_waits() -> None:
    let_go = threading.Event()

    def read(asked: Any, known: Any) -> Part:
        try:
            asked.wanted()
        except CancelledError:
            let_go.set()
            raise
        return Rooms()

    under_way = reading(Fake(Rooms, read))
    under_way.give_up()
    assert let_go.wait(SOON_S)
    assert cast(Service, under_way.client).stopped
