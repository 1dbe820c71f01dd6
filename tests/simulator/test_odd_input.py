"""Whatever is sent, the answer is one of the service's own: never a 5xx, never a traceback (issue 3)."""

from __future__ import annotations

import json
import random
import socket
from typing import Any
from urllib.parse import quote, urlsplit

import pytest

from reconciler.simulator.app import ROUTES

ODD = [
    *(
        None,
        True,
        False,
        0,
        -1,
        1.5,
        10**30,
        "",
        " ",
        "x",
        "null",
        "a" * 20_000,
        "\x00",
        "\u202e",
        "é😀",
        "%",
        "/",
    ),
    *(
        "../..",
        "' OR 1=1 --",
        '"$.x"',
        "2026-02-30T00:00:00.000Z",
        "9999-12-31T23:59:59.999Z",
        "٣",
        "1e999",
        "NaN",
    ),
    *(
        "0001-01-01T00:00:00.000Z",
        "2999-12-31T23:59:59.999Z",
        "America",
        "../etc",
        "psm",
        "EID",
        "ID",
        "25:00:00",
    ),
    *([], {}, [[]], [{}], {"": None}, [None], {"x": {"y": [1, {"z": None}]}}, [1] * 2000),
    *(
        "00000000-0000-0000-0000-000000000000",
        "{00000000-0000-0000-0000-00000000000}",
        "urn:uuid:" + "0" * 27,
    ),
]
KEYS = [
    *("username", "email", "phone", "timezone", "firstName", "customUserAttributes", "seats", "psmId", "id"),
    *(
        "startDateTime",
        "endDateTime",
        "daysInfo",
        "hostId",
        "participants",
        "participantId",
        "participantRole",
    ),
    *(
        "additionalInfo",
        "externalId",
        "eventType",
        "rows",
        "secret",
        "jsonBody",
        "careTeam",
        "birthDate",
        "name",
    ),
    *("blood_sugar", "tenants", "users", "faults", "now", "frozen"),
]
QUERY = [
    *("page", "size", "sort", "from", "to", "psmIds", "psm-ids", "participantIds", "type", "ids", "search"),
    *(
        "filters",
        "fields",
        "dateStart",
        "dateEnd",
        "viewerTimezone",
        "includeCancelled",
        "seatAssigned",
        "expand",
    ),
    *("email", "query", "operation", "userState", "nonsense"),
]


class Odd:
    """Draws requests by lot, the same ones each run."""

    def __init__(self, seed: int, known: dict[str, str]) -> None:
        self._lot = random.Random(seed)
        self._known = known

    def value(self, depth: int = 0) -> Any:
        if depth < 3 and self._lot.random() < 0.4:
            return {key: self.value(depth + 1) for key in self._lot.sample(KEYS, self._lot.randint(0, 5))}
        if depth < 3 and self._lot.random() < 0.2:
            return [self.value(depth + 1) for _ in range(self._lot.randint(0, 3))]
        return self._lot.choice([*ODD, *self._known.values()])

    def path(self, template: str) -> str:
        """The template with known names mostly, odd ones else."""
        steps = [
            quote(
                str(self._known.get(step, "x") if self._lot.random() < 0.8 else self._lot.choice(ODD)),
                safe="",
            )
            if step.startswith("{")
            else step
            for step in template.split("/")
        ]
        return "/".join(steps)

    def query(self) -> list[tuple[str, str]]:
        names = self._lot.choices(QUERY, k=self._lot.randint(0, 4))
        return [(name, str(self._lot.choice([*ODD, *self._known.values()]))[:3000]) for name in names]


@pytest.mark.both
@pytest.mark.parametrize("seed", range(3))
def test_no_request_drawn_by_lot_gets_a_5xx(simulate, profile, seed):
    speaker = simulate(profile=profile)
    user, patient = speaker.user()["id"], speaker.patient()["id"]
    event = speaker.event(user, "2026-12-01T09:00:00.000Z", "2026-12-01T10:00:00.000Z").json()["id"]
    known = {
        **{"{tenant}": "gh", "{instance}": "sb-demo", "{user}": "johndoe", "{patient}": patient},
        **{
            "{event}": event,
            "{cdt}": "vitals",
            "{client}": "X",
            "user": user,
            "when": "2026-12-01T09:00:00.000Z",
        },
    }
    odd = Odd(seed, known)
    for round_ in range(5):
        for route in ROUTES:
            if route.path == "/_simulator/clock" and route.method == "PUT":
                continue  # tokens would expire, and every answer be a 401
            answer = speaker.send(route.method, odd.path(route.path), odd.value(), params=odd.query())
            assert answer.status_code < 500, (round_, answer.request.method, answer.url, answer.request.body)
            if answer.status_code >= 400:
                assert {"errorCode", "componentType", "message", "details"} <= set(answer.json()[0])


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"nonsense",
        b"\xff\xfe",
        b'{"username": "\xc3\x28"}',
        b'{"username": "\\ud800", "email": "a@b.c"}',
        b'{"username": NaN}',
        b'{"username": 1e999}',
        b"[" * 100_000,
        b'{"a":' * 60 + b"1" + b"}" * 60,
        b"1" * 5_000,
        b'"just a text"',
        b"null",
    ],
)
def test_a_body_that_is_no_json_object_is_a_400(live, body):
    for method, path in (("POST", "/users"), ("PATCH", "/users/johndoe"), ("PUT", "/users/johndoe")):
        live.tenant("POST", "/users", {"username": "johndoe", "email": "j@example.org"})
        answer = live.session.request(method, f"{live.url}/gh/admin{path}", data=body, timeout=60)
        assert answer.status_code == 400, answer.text
        assert answer.json()[0]["componentType"] == "USER"


def test_a_body_beyond_the_largest_is_a_400(live):
    answer = live.tenant("POST", "/users", {"username": "x" * 5_000_000, "email": "a@b.c"})
    assert (answer.status_code, answer.json()[0]["details"]) == (400, {"field": "body"})


def test_deep_free_objects_come_back_as_sent(live):
    info: dict[str, Any] = {}
    for _ in range(40):
        info = {"a": [info]} if len(json.dumps(info)) % 2 else {"b": info}
    host = live.user()["id"]
    times = ("2026-12-01T09:00:00.000Z", "2026-12-01T10:00:00.000Z")
    answer = live.event(host, *times, additionalInfo=info)
    assert answer.status_code in (201, 400)
    shallow = live.event(host, *times, additionalInfo={"é": ["😀", None, 1.5, {"x": True}]})
    assert shallow.json()["additionalInfo"] == {"é": ["😀", None, 1.5, {"x": True}]}


@pytest.mark.parametrize(
    "path",
    [
        *(
            "/",
            "//",
            "/gh",
            "/gh/",
            "/gh/admin",
            "/gh/admin/users/",
            "/gh/admin/users/a/b",
            "/gh/admin/patients",
        ),
        *(
            "/_simulator",
            "/_simulator/nothing",
            "/gh/sb demo/patients",
            "/gh/../admin/users",
            "/%00/admin/users",
        ),
        *("/gh/sb-demo/nothing", "/gh/sb-demo/calendar/event", "/g%68x%2F/admin/users", "/-/admin/users"),
    ],
)
def test_an_unknown_path_is_a_404_array(live, path):
    answer = live.send("GET", quote(path, safe="/%"))
    assert answer.status_code == 404
    assert answer.json()[0]["errorCode"] == "NOT_FOUND"


@pytest.mark.parametrize("method", ["PUT", "DELETE", "OPTIONS", "TRACE", "HEAD"])
def test_a_wrong_method_is_a_405_array(live, method):
    answer = live.tenant(method, "/users")
    assert answer.status_code == 405
    if method != "HEAD":
        assert answer.json()[0]["errorCode"] == "METHOD_NOT_ALLOWED"


@pytest.mark.parametrize(
    "query", ["page=", "page=1.5", "size=-1", "sort=nonsense,asc", "sort=password", "userState=GONE"]
)
def test_a_query_that_does_not_fit_is_a_400_naming_it(live, query):
    answer = live.send("GET", f"/gh/admin/users?{query}")
    assert answer.status_code == 400
    assert answer.json()[0]["details"] == {"field": query.partition("=")[0]}


def test_a_query_of_any_length_is_answered(live):
    live.user()
    assert live.tenant("GET", "/users", params={"search": "x" * 60_000}).json()["data"] == []
    assert live.tenant("GET", "/users", params={"search": "JOHN"}).json()["metaInfo"]["totalElements"] == 1
    assert live.tenant("GET", "/users", params={"search": "%"}).json()["metaInfo"]["totalElements"] == 0


def test_all_problems_of_a_body_are_named_at_once(live):
    answer = live.tenant(
        "POST", "/users", {"email": "nonsense", "phone": "555", "timezone": "Mars", "mfaEnabled": 1}
    )
    assert answer.status_code == 400
    fields = {error["details"]["field"] for error in answer.json()}
    assert fields == {"username", "email", "phone", "timezone", "mfaEnabled"}


@pytest.mark.parametrize(
    "junk", [b"\x00\x01\x02\r\n\r\n", b"GET\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"\xff" * 2000]
)
def test_what_is_no_http_harms_nobody(live, junk):
    address = urlsplit(live.url)
    with socket.create_connection((address.hostname, address.port), timeout=60) as raw:
        raw.sendall(junk)
        raw.shutdown(socket.SHUT_WR)
        raw.recv(1000)
    assert live.tenant("GET", "/users").ok


def test_a_request_broken_off_in_its_body_does_nothing(live):
    address = urlsplit(live.url)
    token = live.session.headers["Authorization"]
    head = (
        f"POST /gh/admin/users HTTP/1.1\r\nHost: x\r\nAuthorization: {token}\r\nContent-Length: 500\r\n\r\n"
    )
    with socket.create_connection((address.hostname, address.port), timeout=60) as raw:
        raw.sendall(head.encode() + b'{"username": "half", "email": "a@b.c"}')
    assert live.tenant("GET", "/users/half").status_code == 404


def test_answers_carry_the_recorded_headers_and_never_others(live):
    headers = {name.lower() for name in live.tenant("GET", "/users").headers}
    assert {"date", "content-type", "cache-control", "strict-transport-security"} <= headers
    assert not headers & {"etag", "last-modified", "location", "retry-after", "server", "x-request-id"}


def test_the_date_header_shows_the_simulated_clock(live):
    live.at("2026-12-01T12:00:00.000Z")
    assert live.tenant("GET", "/users").headers["Date"] == "Tue, 01 Dec 2026 12:00:00 GMT"
