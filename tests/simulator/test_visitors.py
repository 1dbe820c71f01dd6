"""The simulator is for this computer: no web page of another site may speak to it, by whatever name."""

from __future__ import annotations

import pytest

PATHS = ["/gh/admin/users", "/_simulator/clock", "/openapi.json", "/docs", "/nothing"]


def port(speaker) -> str:
    return speaker.url.rpartition(":")[2]


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example"},
        {"Host": "evil.example:8600"},
        {"Host": "localhost.evil.example"},
        {"Host": "127.0.0.1.evil.example:8600"},
        {"Host": "127.0.0.2"},
        {"Host": "localhost:port"},
        {"Origin": "https://evil.example"},
        {"Origin": "http://127.0.0.1:8600@evil.example"},
        {"Origin": "null"},
        {"Origin": "chrome-extension://abcdef"},
        {"Origin": "http://[::1"},
        {"Referer": "https://evil.example/page"},
        {"Sec-Fetch-Site": "cross-site"},
    ],
    ids=str,
)
def test_a_page_of_another_site_is_refused(live, path, headers):
    answer = live.send("GET", path, headers=headers)
    assert answer.status_code == 403
    assert answer.json()[0]["errorCode"] == "FOREIGN_REQUEST"
    assert "this computer" in answer.json()[0]["message"]


def test_what_a_page_posts_is_not_done(live):
    form = {"Content-Type": "text/plain", "Origin": "https://evil.example"}
    for path, body in (("/gh/admin/users", {"username": "x", "email": "x@example.org"}),
                       ("/_simulator/faults", {"faults": ["500 100%"]})):  # fmt: skip
        assert live.send("POST", path, body, headers=form).status_code == 403
    assert live.send("DELETE", "/_simulator/requests", headers={"Origin": "null"}).status_code == 403
    assert live.send("OPTIONS", "/gh/admin/users", headers=form).status_code == 403
    assert live.control("GET", "/faults") == {"faults": []}
    assert live.tenant("GET", "/users").json()["data"] == []


@pytest.mark.parametrize("name", ["localhost", "127.0.0.1", "[::1]", "LOCALHOST"])
@pytest.mark.parametrize("with_port", [True, False])
def test_whoever_sits_here_is_answered(live, name, with_port):
    host = f"{name}:{port(live)}" if with_port else name
    for path in ("/_simulator/clock", "/gh/admin/users", "/openapi.json"):
        assert live.send("GET", path, headers={"Host": host}).status_code == 200
    body = {"username": "johndoe", "email": "john@example.org"}
    assert live.send("POST", "/gh/admin/users", body, headers={"Host": host}).status_code == 201


def test_a_request_without_host_is_no_page(live):
    import socket
    from urllib.parse import urlsplit

    address = urlsplit(live.url)
    with socket.create_connection((address.hostname, address.port), timeout=60) as raw:
        raw.sendall(b"GET /openapi.json HTTP/1.0\r\n\r\n")
        assert b" 200 " in raw.recv(100)


def test_the_page_about_the_api_works_from_itself_and_typed_in(live):
    typed = {"Sec-Fetch-Site": "none", "Sec-Fetch-Mode": "navigate"}
    assert live.send("GET", "/docs", headers=typed).status_code == 200
    onward = {"Sec-Fetch-Site": "same-origin", "Referer": f"{live.url}/docs"}
    assert live.send("GET", "/openapi.json", headers=onward).status_code == 200
    assert live.send("GET", "/gh/admin/users", headers={**onward, "Origin": live.url}).status_code == 200


@pytest.mark.parametrize("site", ["same-origin", "same-site"])
def test_the_simulators_own_routes_answer_no_page_at_all(live, site):
    for headers in ({"Sec-Fetch-Site": site}, {"Origin": live.url}, {"Referer": f"{live.url}/docs"}):
        assert live.send("GET", "/_simulator/clock", headers=headers).status_code == 403
    assert live.send("GET", "/_simulator/clock", headers={"Sec-Fetch-Site": "none"}).status_code == 200
