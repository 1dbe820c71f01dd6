"""What is repeated and what is not, tokens, and one clear line for whatever goes wrong."""

from __future__ import annotations

import gzip
import logging
import socket
import subprocess
import sys
import threading
import time
import traceback
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from reconciler.client import Client, Patience
from reconciler.client.connection import Connection
from reconciler.errors import (
    ApiError,
    Forbidden,
    NoAnswer,
    NotAllowed,
    NotFound,
    RateLimited,
    ServerError,
    Unauthorized,
    Unreachable,
)
from reconciler.model import Request

READ = Request("GET", "/gh/admin/users/johndoe")
WRITE = Request("POST", "/gh/admin/users", body={"username": "johndoe", "phone": "+15550001111"})
FINDER = Request("GET", "/gh/sb-demo/patients", {"email": "patient@invented.example"})
HTML = b"<!doctype html><html><title>502 patient@invented.example</title></html>"
NOT_FOUND = [
    {
        "errorCode": "USER_NOT_FOUND",
        "componentType": "USER",
        "message": "User patient@invented.example not found",
        "details": {"phone": "+15550001111"},
    }
]


@pytest.fixture
def connection(service):
    return Connection(service.url, "gh", "sb-demo", "VBOPNRYRWJIP", service.secret)


# Repeats


@pytest.mark.parametrize("trouble", [429, 500, 502, 503, 504, "cut", HTML])
def test_a_read_is_repeated_until_it_is_answered(service, client, naps, trouble):
    bad = "cut" if trouble == "cut" else (520, HTML) if trouble is HTML else (trouble, None)
    service.replies(bad, bad, bad, (200, {"username": "johndoe"}))
    assert client.send(READ) == {"username": "johndoe"}
    assert client.reads == 5
    assert [0.25 <= nap / 2**turn <= 0.5 for turn, nap in enumerate(naps)] == [True] * 3


def test_a_read_gives_up_after_four_attempts(service, client, naps):
    service.replies((503, HTML))
    with pytest.raises(ServerError, match=r"^GET /gh/admin/users/johndoe: 503: the service, or a proxy"):
        client.send(READ)
    assert len(service.asked()) == 4 and len(naps) == 3


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize(
    ("trouble", "error"), [(500, ServerError), (503, ServerError), ("cut", NoAnswer), (HTML, NoAnswer)]
)
def test_a_write_of_unknown_fate_is_never_repeated(service, client, method, trouble, error):
    service.replies("cut" if trouble == "cut" else (200, HTML) if trouble is HTML else (trouble, None))
    with pytest.raises(error):
        client.send(replace(WRITE, method=method))
    assert len(service.asked()) == client.writes == 1


def test_a_write_refused_for_haste_is_sent_again_after_the_time_asked_for(service, client, naps):
    service.replies((429, [], {"Retry-After": "7"}), (201, {"id": "1"}))
    assert client.send(WRITE) == {"id": "1"}
    assert naps == [7.0]
    assert client.writes == 2


def test_retry_after_may_be_a_date_by_the_services_clock(service, client, naps):
    then = datetime(2031, 5, 1, 12, tzinfo=UTC)
    headers = {"Date": http_date(then), "Retry-After": http_date(then + timedelta(seconds=9))}
    service.replies((503, None, headers), (200, []))
    client.send(READ)
    assert naps == [9.0]


def test_a_retry_after_beyond_patience_ends_the_attempts(service, client, naps):
    service.replies((429, None, {"Retry-After": "3600"}))
    with pytest.raises(RateLimited, match="429: too many requests"):
        client.send(READ)
    assert naps == []


def test_nonsense_in_retry_after_is_no_reason_to_fail(service, client, naps):
    service.replies((429, None, {"Retry-After": "soon"}), (200, []))
    assert client.send(READ) == []
    assert len(naps) == 1


def test_a_write_whose_connection_never_came_about_is_tried_again(naps):
    with broken(nowhere(), naps) as client, pytest.raises(Unreachable):
        client.send(WRITE)
    assert len(naps) == 3


# Tokens


def test_threads_share_one_token(service, client):
    service.token = lambda call: (time.sleep(0.05), service.give_token(call))[1]
    service.answer = lambda call: (200, [])
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(client.send, [READ] * 40))
    assert service.tokens == 1
    assert {call.headers["Authorization"] for call in service.asked()} == {f"Bearer {jwt_of(service)}"}
    assert (client.reads, client.writes) == (41, 0)


def test_the_token_call_carries_the_secret_and_no_token(service, client):
    service.answer = lambda call: (200, [])
    client.send(READ)
    call = service.calls[0]
    assert (call.method, call.path) == ("POST", "/gh/admin/api_clients/VBOPNRYRWJIP")
    assert call.body == {"secret": service.secret}
    assert "Authorization" not in call.headers


def test_a_token_refused_in_the_middle_is_renewed_once_for_all_threads(service, client):
    service.answer = lambda call: (
        (200, []) if call.headers["Authorization"] == f"Bearer {jwt_of(service)}" else (401, [])
    )
    client.send(READ)
    service.tokens += 1  # the service forgets the first
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(client.send, [WRITE] * 16))
    assert sum("api_clients" in call.path for call in service.calls) == 2


def test_a_new_token_refused_as_well_is_one_clear_error(service, client):
    service.replies((401, [{"errorCode": "TOKEN_EXPIRED", "componentType": "AUTH"}]))
    with pytest.raises(Unauthorized) as caught:
        client.send(WRITE)
    assert str(caught.value) == (
        "POST /gh/admin/users: 401 TOKEN_EXPIRED (AUTH): not accepted even with a new token: "
        "check in Admin that the API client is enabled"
    )
    assert len(service.asked()) == 2 and service.tokens == 2


def test_a_service_that_refuses_every_token_is_not_asked_for_a_hundred(service, client):
    service.replies((401, []))
    for _ in range(100):
        with pytest.raises((Unauthorized, RateLimited)):
            client.send(READ)
    assert service.tokens == 90


def test_a_token_is_renewed_before_its_end_by_its_own_life_not_by_our_clock(service, connection):
    service.token = lambda call: service.give_token(call, life=600)
    service.answer = lambda call: (200, [])
    now = [0.0]
    with Client(connection, clock=lambda: now[0]) as client:
        client.send(READ)
        now[0] = 539
        client.send(READ)
        assert service.tokens == 1
        now[0] = 541
        client.send(READ)
        assert service.tokens == 2


@pytest.mark.parametrize("token", ["opaque", "a.b.c", "a.e30.c", "a.WzFd.c"])
def test_a_token_that_is_no_jwt_lasts_55_minutes_and_names_no_ids(service, connection, token):
    service.token = lambda call: (201, {"token": token})
    service.answer = lambda call: (200, [])
    now = [0.0]
    with Client(connection, clock=lambda: now[0]) as client:
        client.send(READ)
        now[0] = 55 * 60 - 1
        client.send(READ)
        assert len(service.calls) == 3
        now[0] += 2
        client.send(READ)
        assert len(service.calls) == 5
        assert client.client_ids == frozenset()


def test_the_ids_of_the_client_are_those_in_its_token(service, client):
    service.answer = lambda call: (200, [])
    client.send(READ)
    assert client.client_ids == {"id-of-client", "sub-of-client"}


@pytest.mark.parametrize(
    ("reply", "error", "says"),
    [
        ((401, []), Unauthorized, "the secret of API client VBOPNRYRWJIP of tenant gh is wrong"),
        ((400, []), ApiError, "there is no API client VBOPNRYRWJIP of tenant gh: check both names"),
        ((404, HTML), NotFound, "there is no API client VBOPNRYRWJIP of tenant gh"),
        ((403, []), RateLimited, "wait up to 5 minutes and run again; the secret need not be wrong"),
        ((429, []), RateLimited, "wait up to 5 minutes and run again; the secret need not be wrong"),
        ((200, {"enabled": False, "token": "t"}), Forbidden, "disabled: enable it in Admin"),
        ((200, {"clientName": "x"}), NoAnswer, "no token in the answer"),
        ((200, {"token": "line\nbreak"}), NoAnswer, "no token in the answer"),
        ((200, HTML), NoAnswer, "a web page: this is not the Welkin API; check the API URL"),
        ((301, None, {"Location": "https://elsewhere.example/"}), ApiError, "a redirect, which is never"),
        ((405, None), ApiError, "no token for API client VBOPNRYRWJIP"),
    ],
)
def test_a_token_not_given_is_one_clear_line(service, client, reply, error, says):
    service.token = lambda call: reply
    with pytest.raises(error) as caught:
        client.send(READ)
    assert says in str(caught.value) and "\n" not in str(caught.value)
    assert str(caught.value).startswith("POST /gh/admin/api_clients/VBOPNRYRWJIP: ")
    assert len(service.calls) == 1


def test_a_refused_token_is_not_asked_for_again_for_five_minutes(service, connection):
    service.token = lambda call: (401, [])
    now = [0.0]
    with Client(connection, clock=lambda: now[0]) as client:
        for moment in (0, 1, 299, 301):
            now[0] = moment
            with pytest.raises(Unauthorized):
                client.send(READ)
    assert len(service.calls) == 2


def test_the_token_call_outlasts_a_passing_failure(service, client):
    replies = ["cut", (502, HTML), (201, {"token": "t"})]
    service.token = lambda call: replies.pop(0)
    service.answer = lambda call: (200, [])
    assert client.send(READ) == []
    assert (client.reads, client.writes) == (4, 0)


# One clear line for everything


@pytest.mark.parametrize(
    ("reply", "error", "line"),
    [
        ((404, NOT_FOUND), NotFound, "404 USER_NOT_FOUND (USER): this tenant has no such user"),
        ((404, NOT_FOUND[0]), NotFound, "404 USER_NOT_FOUND (USER): this tenant has no such user"),
        ((404, None), NotFound, "404: not there: check the tenant, the instance and the name"),
        ((410, []), NotFound, "410: not there any more"),
        ((404, HTML), NoAnswer, "404: a web page, not an answer of the Welkin API; check the API URL"),
        ((400, {"message": "phone +15550001111", "error": "Bad Request"}), ApiError, "400: the service does"),
        ((400, [{"errorCode": "call +15550001111"}]), ApiError, "400: the service does not accept"),
        ((403, [{"errorCode": "NO", "componentType": "AUTH"}]), Forbidden, "403 NO (AUTH): the API client"),
        ((405, None), NotAllowed, "405: the service does not offer this here"),
        ((409, []), ApiError, "409: it clashes with something that exists"),
        ((302, None, {"Location": "/login"}), ApiError, "302: a redirect, which is never followed; check"),
        (
            (500, {"error": "x"}),
            ServerError,
            "500: the service, or a proxy before it, failed; try again later",
        ),
        ((200, HTML), NoAnswer, "200 with a web page: this is not the Welkin API; check the API URL"),
        ((200, b"{broken"), NoAnswer, "200 with something that is not JSON: this is not the Welkin API"),
        ((200, b"[" * 100_000), NoAnswer, "200 with something that is not JSON"),
        ((418, None), ApiError, "418: the service refuses this request"),
    ],
)
def test_every_refusal_is_one_clear_line_without_the_services_words(service, client, reply, error, line):
    service.replies(reply)
    with pytest.raises(error) as caught:
        client.send(READ)
    text = str(caught.value)
    assert text.startswith(f"GET /gh/admin/users/johndoe: {line}")
    assert "\n" not in text and "+1555" not in text and "example" not in text
    assert_nothing_secret(caught.value, service)


def test_a_write_failed_by_the_service_says_that_its_fate_is_unknown(service, client):
    service.replies((500, None))
    with pytest.raises(ServerError, match="whether it was done is not known; try again later"):
        client.send(WRITE)


def test_nothing_listening_is_one_clear_line(naps):
    with broken(nowhere(), naps) as client, pytest.raises(Unreachable) as caught:
        client.send(READ)
    assert ": connection refused or no route: check the network and the API URL" in str(caught.value)


def test_an_unknown_host_is_one_clear_line(naps):
    with broken("https://no-such-host.invalid", naps) as client, pytest.raises(Unreachable) as caught:
        client.send(READ)
    assert "no-such-host.invalid:443: this name is unknown: check the network" in str(caught.value)


def test_a_service_without_tls_is_one_clear_line_and_not_tried_again(service, naps):
    with (
        broken(service.url.replace("http:", "https:"), naps) as client,
        pytest.raises(Unreachable, match="does not speak TLS: check the API URL's scheme and port"),
    ):
        client.send(READ)
    assert naps == []


def test_a_certificate_nobody_trusts_is_one_clear_line_and_not_tried_again(untrusted, naps):
    with (
        broken(untrusted, naps) as client,
        pytest.raises(Unreachable, match=r"TLS certificate is not trusted: .*REQUESTS_CA_BUNDLE"),
    ):
        client.send(READ)
    assert naps == []


def test_an_answer_that_never_comes_ends_with_the_timeout(service):
    given_up = threading.Event()
    service.answer = lambda call: (given_up.wait(60), (200, []))[1]
    with (
        Client(connection_to(service.url), patience=Patience(timeouts=(5, 0.5))) as client,
        pytest.raises(NoAnswer, match=r"127\.0\.0\.1:\d+: no answer within 0\.5 s: try again later"),
    ):
        client.send(WRITE)
    given_up.set()


def test_an_answer_cut_in_the_middle_is_no_answer(service, client):
    service.replies((200, b"[", {"Content-Length": "99", "Connection": "close"}))
    with pytest.raises(NoAnswer, match="the connection was cut before the whole answer came"):
        client.send(WRITE)


def test_a_broken_compression_is_no_answer(service, client):
    service.replies((200, b"not gzip", {"Content-Encoding": "gzip"}))
    with pytest.raises(NoAnswer):
        client.send(WRITE)


def test_compressed_answers_are_read(service, client):
    service.replies((200, gzip.compress(b'{"a": 1}'), {"Content-Encoding": "gzip"}))
    assert client.send(READ) == {"a": 1}
    assert service.asked()[0].headers["Accept-Encoding"] == "gzip, deflate"
    assert service.asked()[0].headers["User-Agent"].startswith("welkin-reconcile/")


def test_redirects_are_not_followed(service, client):
    service.replies((307, None, {"Location": service.url + "/gh/admin/users"}))
    with pytest.raises(ApiError, match="307: a redirect"):
        client.send(WRITE)
    assert len(service.asked()) == 1


def test_this_computer_is_reached_without_a_proxy(service, connection, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", nowhere())
    service.replies((200, []))
    with Client(connection) as client:
        assert client.send(READ) == []


def test_a_proxy_that_is_not_there_is_one_clear_line(naps, monkeypatch):
    monkeypatch.setenv("HTTPS_PROXY", nowhere().replace("//", "//user:invented-password@"))
    with broken("https://api.live.welkincloud.io", naps) as client, pytest.raises(Unreachable) as caught:
        client.send(READ)
    assert "the proxy does not let us through: check $HTTPS_PROXY" in str(caught.value)
    assert "invented" not in str(caught.value)


@pytest.mark.parametrize("kind", ["nothing", "nonsense"])
def test_a_useless_ca_bundle_is_one_clear_line_and_not_tried_again(
    untrusted, tmp_path, monkeypatch, naps, kind
):
    bundle = tmp_path / "ca.pem"
    if kind == "nonsense":
        bundle.write_text("not a certificate")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(bundle))
    with (
        broken(untrusted, naps) as client,
        pytest.raises(Unreachable, match=r"REQUESTS_CA_BUNDLE .* names no usable file of certificates"),
    ):
        client.send(READ)
    assert naps == []


def test_a_proxy_of_an_unknown_kind_is_one_clear_line(naps, monkeypatch):
    monkeypatch.setenv("HTTPS_PROXY", "gopher://127.0.0.1:1")
    with (
        broken("https://api.live.welkincloud.io", naps) as client,
        pytest.raises(Unreachable, match="the proxy does not let us through: check"),
    ):
        client.send(READ)


# Secrets


@pytest.mark.parametrize("reply", ["cut", (401, NOT_FOUND), (500, NOT_FOUND), (200, HTML), (400, HTML)])
@pytest.mark.parametrize("request_", [READ, WRITE, FINDER], ids=["read", "write", "finder"])
def test_no_exception_carries_a_secret_a_body_or_a_patient(service, client, reply, request_):
    service.replies(reply)
    with pytest.raises(ApiError) as caught:
        client.send(request_)
    assert_nothing_secret(caught.value, service)


@pytest.mark.parametrize("reply", ["cut", (401, HTML), (500, HTML), (200, HTML), (200, {"token": "x\ny"})])
def test_no_exception_of_the_token_call_carries_the_secret(service, client, reply):
    service.token = lambda call: reply
    with pytest.raises(ApiError) as caught:
        client.send(READ)
    assert_nothing_secret(caught.value, service)


def test_a_medical_record_number_is_not_shown(service, client):
    service.replies((500, None))
    with pytest.raises(ServerError, match=r"^GET /gh/sb-demo/patients/<mrn>: 500"):
        client.patients.get("MRN-4711", "MRN")


def test_logs_have_one_line_per_call_and_nothing_secret(service, client, caplog):
    service.replies((200, []))
    with caplog.at_level(logging.DEBUG):
        client.send(FINDER)
        client.send(WRITE)
    lines = [record.getMessage() for record in caplog.records]
    assert [line.rsplit(" ", 2)[0] for line in lines] == [
        "POST /gh/admin/api_clients/VBOPNRYRWJIP 200",
        "GET /gh/sb-demo/patients 200",
        "POST /gh/admin/users 200",
    ]
    assert not any(word in caplog.text for word in hidden(service))


def test_the_secret_is_in_no_repr(connection):
    assert connection.secret not in repr(connection)


def test_requests_is_imported_only_when_a_client_is_made():
    code = "import sys, reconciler.client; sys.exit('requests' in sys.modules or 'urllib3' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


# What the tests stand on


def http_date(moment):
    return format_datetime(moment, usegmt=True)


def jwt_of(service):
    return service.jwt(service.tokens)


def nowhere():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{free.getsockname()[1]}"


def broken(url, naps):
    return Client(connection_to(url), patience=Patience(naps.append))


def connection_to(url):
    return Connection(url, "gh", "sb-demo", "VBOPNRYRWJIP", "secret")


def hidden(service):
    return [service.secret, "T0ken", "+15550001111", "invented", "Bearer"]


def assert_nothing_secret(error, service):
    chain, texts = error, []
    while chain is not None:
        texts += [str(chain), repr(chain), repr(chain.args), repr(vars(chain))]
        chain = chain.__cause__ or chain.__context__
    texts += traceback.format_exception(error)
    assert not [word for word in hidden(service) for text in texts if word in text]
