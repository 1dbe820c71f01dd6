"""The client under each fault of the embedded Welkin: the right answer or one clear error, in time, once."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from typing import Any

import pytest
import requests

from reconciler import errors
from reconciler.client import Client, Patience
from reconciler.client.connection import Connection
from reconciler.simulator import Fault, Options, parse_fault, start
from reconciler.simulator.faults import KINDS

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
SPAN = NOW, datetime(2026, 12, 31, tzinfo=UTC)
# No call may take longer: four attempts of half a second of waiting for data, and what a busy machine adds.
PATIENCE_S = 30.0
HARMLESS = ("latency=5~5", "shuffle", "extra", "token-expired")
NOT_DONE = ("401", "429", "429=1", "500-before", "502-before", "cut-before", "hang-before")
DONE = ("500-after", "502-after", "cut-after", "hang-after")
ALL = (*HARMLESS, *NOT_DONE, *DONE)

Connect = Callable[..., Client]


@pytest.fixture
def connect() -> Iterator[Connect]:
    """A client that never sleeps, of a simulator in which these faults come once all is set up."""
    with ExitStack() as stack:

        def begin(*faults: str, hangs: bool = False) -> Client:
            running = stack.enter_context(start(Options(now=NOW)))
            connection = Connection(running.url, "gh", "sb-demo", "FAULTS", "simulator")
            client = stack.enter_context(
                Client(connection, patience=Patience(lambda seconds: None, (5, 0.5 if hangs else 30)))
            )
            user = client.users.create({"username": "johndoe", "email": "john@example.org"})
            client.patients.create({"firstName": "Ada", "lastName": "Invented", "externalId": "P-1"})
            client.events.create(event(user["id"], "before"))
            disturb(client, *faults)
            return client

        yield begin


def disturb(client: Client, *faults: str) -> None:
    """Put faults in force."""
    answer = requests.post(f"{client.api_url}/_simulator/faults", json={"faults": faults}, timeout=60)
    assert answer.ok, answer.text


def event(host: str, external_id: str) -> dict[str, Any]:
    return {
        "startDateTime": "2026-12-02T09:00:00.000Z",
        "endDateTime": "2026-12-02T10:00:00.000Z",
        "hostId": host,
        "participants": [{"participantId": host, "participantRole": "psm"}],
        "externalId": external_id,
    }


def outcome(call: Callable[[], Any]) -> tuple[Any, errors.ApiError | None]:
    """What a call gave or how it failed; in time, and with one line that can be shown."""
    began, failure, value = time.monotonic(), None, None
    try:
        value = call()
    except errors.ApiError as error:
        failure = error
        assert len(error.lines()) == 1 and len(str(error)) < 400
        assert not [word for word in ("Bearer", "Ada", "Invented", "Traceback") if word in str(error)]
    assert time.monotonic() - began < PATIENCE_S
    return value, failure


def reads(client: Client) -> dict[str, Callable[[], Any]]:
    id = (client.users.get("johndoe") or {})["id"]
    return {
        "users": client.users.list,
        "user": lambda: client.users.get("johndoe"),
        "hours": lambda: client.work_hours.read([id], *SPAN),
        "events": lambda: list(client.events.find(*SPAN)),
        "schedules": lambda: client.schedules.read([id], *SPAN),
        "summary": lambda: client.events.summary([id], *SPAN),
        "patients": lambda: list(client.patients.list()),
        "by filter": lambda: list(client.patients.by_filter({})),
        "types": client.cdt_types.list,
        "audits": lambda: list(client.audits.data(datetime(2026, 11, 1, tzinfo=UTC), SPAN[1])),
    }


def right(value: Any) -> Any:
    """What must be the same with a fault as without: unknown keys are allowed to come."""
    if isinstance(value, list):
        return sorted((right(each) for each in value), key=repr)
    if isinstance(value, dict):
        known = {key: each for key, each in value.items() if key not in ("addedLater", "_flag")}
        return {key: right(known[key]) for key in sorted(known)}
    return value


def test_every_kind_of_fault_is_tried() -> None:
    assert {parse_fault(f"{text}:GET:/").kind for text in ALL} == set(KINDS)


@pytest.mark.parametrize("fault", ALL)
def test_a_fault_that_passes_does_not_change_what_reads_give(fault: str, connect: Connect) -> None:
    client = connect(hangs="hang" in fault)
    for name, read in reads(client).items():
        wanted = right(read())
        disturb(client, f"{fault}:GET:/:1", f"{fault}:POST:/by-filter:1")
        value, failure = outcome(read)
        assert failure is None, (name, failure)
        assert right(value) == wanted


@pytest.mark.parametrize("fault", [fault for fault in ALL if fault not in HARMLESS])
def test_a_fault_that_stays_is_one_clear_error_in_time(fault: str, connect: Connect) -> None:
    client = connect(f"{fault}:GET:/", hangs="hang" in fault)
    for read in (lambda: client.users.get("johndoe"), lambda: list(client.events.find(*SPAN))):
        _, failure = outcome(read)
        assert failure is not None


@pytest.mark.parametrize("fault", ALL)
def test_a_create_is_never_sent_twice_into_the_unknown(fault: str, connect: Connect) -> None:
    client = connect(f"{fault}:POST:/calendar/events:1", f"{fault}:POST:/patients:1", hangs="hang" in fault)
    host = (client.users.get("johndoe") or {})["id"]
    made, failure = outcome(lambda: client.events.create(event(host, "new")))
    found = [each for each in client.events.find(*SPAN) if each["externalId"] == "new"]
    _is_honest(fault, made, failure, len(found))
    patient, failure = outcome(
        lambda: client.patients.create({"firstName": "Eve", "lastName": "Invented", "externalId": "P-2"})
    )
    known = [each for each in client.patients.list() if each["externalId"] == "P-2"]
    _is_honest(fault, patient, failure, len(known))


@pytest.mark.parametrize("fault", ALL)
@pytest.mark.parametrize("write", ["update", "delete"])
def test_other_writes_land_once_or_are_said_to_be_unknown(fault: str, write: str, connect: Connect) -> None:
    client = connect(f"{fault}:PATCH:/:1", f"{fault}:DELETE:/:1", hangs="hang" in fault)
    (before,) = client.events.find(*SPAN)
    if write == "update":
        made, failure = outcome(lambda: client.events.update(before["id"], {"eventTitle": "New"}))
    else:
        made, failure = outcome(lambda: client.events.delete(before["id"]) or True)
    after = client.events.get(before["id"])
    landed = after is None or after["eventTitle"] == "New"
    _is_honest(fault, made, failure, int(landed))


def _is_honest(fault: str, made: Any, failure: errors.ApiError | None, count: int) -> None:
    """An answer means that it is there once; an error that leaves no doubt, that it is not."""
    if failure is None:
        assert made is not None and count == 1
    elif isinstance(failure, errors.NoAnswer | errors.ServerError):
        assert count == (1 if fault in DONE else 0)
    else:
        assert count == 0


def test_a_token_refused_again_and_again_ends(connect: Connect) -> None:
    client = connect("401:*:/")
    _, failure = outcome(lambda: client.users.get("johndoe"))
    assert isinstance(failure, errors.Unauthorized)


def test_a_fault_is_a_value() -> None:
    assert parse_fault("429=2:GET:/x:@3") == Fault("429", "2", "GET", "/x", "@3")
