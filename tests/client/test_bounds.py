"""One exchange ends: in time, in size, in waiting; and what is waited for is said."""

from __future__ import annotations

import gzip
import resource
import socket
import ssl
import threading
import time
import tracemalloc
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from itertools import count, repeat

import pytest

from reconciler.client import Client, Patience, unpacking
from reconciler.client.connection import Connection
from reconciler.client.unpacking import Broken, TooLarge, unpacked
from reconciler.errors import ApiError, NoAnswer, OutOfBounds, RateLimited, ServerError, Unreachable
from reconciler.model import Request
from tests.support.fakes import misbehaving

READ = Request("GET", "/gh/admin/users/johndoe")
WRITE = Request("POST", "/gh/admin/users", body={"username": "johndoe"})
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


class Clock:
    """A clock that only moves when somebody sleeps."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def told() -> list[str]:
    return []


@pytest.fixture
def connect(clock: Clock, told: list[str]) -> Iterator[Callable[[str], Client]]:
    made: list[Client] = []

    def begin(url: str, silence_s: float = 30, total_s: float = 60) -> Client:
        connection = Connection(url, "gh", "sb-demo", "BOUNDS", "s3cret")
        patience = Patience(clock.sleep, (5, silence_s), total_s)
        made.append(Client(connection, patience=patience, clock=clock, tell=told.append))
        return made[-1]

    yield begin
    for client in made:
        client.close()


# Time


def silent(sock: socket.socket) -> None:
    """Say nothing until the other side has hung up."""
    sock.recv(1)


def trickle(head: bytes, piece: bytes) -> Callable[[socket.socket], None]:
    """Send a head, then a piece now and then, for ever."""

    def behave(sock: socket.socket) -> None:
        sock.sendall(head)
        for _ in repeat(None):
            time.sleep(0.05)
            sock.sendall(piece)

    return behave


TRICKLES = {
    "a byte of the body now and then": (HEAD + b"Content-Length: 1000000\r\n\r\n[", b" "),
    "a body without an announced end": (HEAD + b"Connection: close\r\n\r\n[", b" "),
    "chunks of a byte": (HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n"),
    "the head of a chunk that never ends": (HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"0"),
    "a status line that never ends": (b"HTTP/1.1 200 ", b"O"),
    "a header that never ends": (HEAD + b"X-Long: ", b"x"),
    "headers without an end": (HEAD, b"X-More: 1\r\n"),
    "continue, continue, continue": (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
}


@pytest.mark.parametrize("name", TRICKLES)
def test_an_answer_that_comes_drop_by_drop_ends_with_the_whole_time_and_is_not_asked_for_again(name, connect):
    with misbehaving(trickle(*TRICKLES[name])) as (url, asked):
        client, began = connect(url, total_s=0.6), time.monotonic()
        with pytest.raises(OutOfBounds) as caught:
            client.send(READ)
        assert 0.5 < time.monotonic() - began < 30, "by themselves the drops would never end"
    where = url.removeprefix("http://")
    assert f"GET /gh/admin/users/johndoe: {where}: no whole answer within 0.6 s: it is not" in str(
        caught.value
    )
    assert len(asked) == 1


def test_a_write_that_took_too_long_may_have_landed(connect):
    drip = trickle(*TRICKLES["chunks of a byte"])
    with misbehaving(drip) as (url, _), pytest.raises(NoAnswer, match="whether it was done is not known"):
        connect(url, total_s=0.6).send(WRITE)


def test_a_drop_by_drop_answer_ends_behind_tls_as_well(untrusted_pair, connect, monkeypatch):
    url, bundle = untrusted_pair
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", bundle)
    with pytest.raises(OutOfBounds, match=r"no whole answer within 0\.6 s"):
        connect(url, total_s=0.6).send(READ)


def test_silence_in_the_middle_of_an_answer_is_silence(connect):
    def behave(sock: socket.socket) -> None:
        sock.sendall(HEAD + b"Content-Length: 10\r\n\r\n[")
        silent(sock)

    with misbehaving(behave) as (url, _), pytest.raises(NoAnswer, match=r"no answer within 0\.3 s"):
        connect(url, silence_s=0.3).send(WRITE)


def test_silence_ends_with_the_time_to_wait_for_data_and_a_read_is_asked_for_again(connect):
    says = r"no answer within 0\.3 s: try again later"
    with misbehaving(silent) as (url, asked), pytest.raises(NoAnswer, match=says):
        connect(url, silence_s=0.3).send(READ)
    assert len(asked) == 4


# Size


def whole(body: bytes, *headers: bytes) -> bytes:
    return b"\r\n".join((HEAD.strip(), *headers, b"Content-Length: %d" % len(body), b"", body))


@cache
def bomb() -> bytes:
    """80 kB that unpack to 80 MiB."""
    return gzip.compress(bytes(80 << 20), 6)


BOMBS = {
    "gzip": bomb,
    "x-gzip": bomb,
    "deflate": lambda: zlib.compress(bytes(80 << 20)),
    "gzip, gzip": lambda: gzip.compress(bomb()),
    "gzip, deflate, gzip": lambda: gzip.compress(zlib.compress(bomb())),
}


@pytest.mark.parametrize("encoding", BOMBS)
def test_a_bomb_is_refused_in_bounded_memory_and_not_asked_for_again(encoding, connect):
    answer = whole(BOMBS[encoding](), b"Content-Encoding: " + encoding.encode())
    with misbehaving(lambda sock: sock.sendall(answer)) as (url, asked):
        tracemalloc.start()
        with pytest.raises(OutOfBounds, match="its answer is larger than 64 MiB: it is not asked again"):
            connect(url).send(READ)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert len(asked) == 1
    assert peak < 160 << 20


@pytest.mark.parametrize("head", [b"Connection: close", b"Transfer-Encoding: chunked"])
def test_more_than_the_bound_is_not_read(head, connect, monkeypatch):
    monkeypatch.setattr("reconciler.client.transport.LARGEST", 3 << 20)
    piece = b" " * (1 << 16)
    sent = []

    def behave(sock: socket.socket) -> None:
        sock.sendall(HEAD + head + b"\r\n\r\n")
        for _ in count():
            sock.sendall(b"10000\r\n" + piece + b"\r\n" if b"chunked" in head else piece)
            sent.append(len(piece))

    with misbehaving(behave) as (url, asked), pytest.raises(OutOfBounds, match="larger than"):
        connect(url).send(READ)
    assert len(asked) == 1 and sum(sent) < 30 << 20


def test_an_announced_length_costs_no_memory(connect):
    with misbehaving(lambda sock: sock.sendall(HEAD + b"Content-Length: 99999999999\r\n\r\n[]")) as (url, _):
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        with pytest.raises(NoAnswer, match="the connection was cut before the whole answer came"):
            connect(url).send(READ)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 64 << 10


@pytest.mark.parametrize(
    "head",
    [
        b"".join(b"X-%d: 1\r\n" % number for number in range(500)) + b"\r\n",
        b"X-Long: " + b"x" * 200_000 + b"\r\n\r\n",
        b"\r\n",
    ],
    ids=["many headers", "a long header", "none"],
)
def test_a_head_beyond_reason_is_one_clear_line(head, connect):
    start = HEAD if head.strip() else b"HELLO"
    says = "what came is no HTTP answer, or has too large a head: check"
    with (
        misbehaving(lambda sock: sock.sendall(start + head)) as (url, _),
        pytest.raises(NoAnswer, match=says),
    ):
        connect(url).send(READ)


def test_the_tokens_answer_has_the_same_bounds(service, connect):
    packed = bomb()
    service.token = lambda call: (200, packed, {"Content-Encoding": "gzip"})
    with pytest.raises(OutOfBounds, match=r"POST /gh/admin/api_clients/BOUNDS: .* is larger than 64 MiB"):
        connect(service.url).send(READ)
    assert len(service.calls) == 1


def raw_deflated(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(data) + packer.flush()


@pytest.mark.parametrize(
    ("pack", "encodings"),
    [
        (bytes, ""),
        (bytes, "identity"),
        (gzip.compress, "gzip"),
        (gzip.compress, " X-GZIP "),
        (zlib.compress, "deflate"),
        (raw_deflated, "deflate"),
        (lambda data: gzip.compress(zlib.compress(data)), "deflate, gzip"),
        (lambda data: gzip.compress(gzip.compress(data)), "gzip,identity,gzip"),
    ],
)
def test_what_was_packed_comes_out(pack, encodings):
    data = b'{"a": 1}' * 100
    assert unpacked(pack(data), encodings) == data


@pytest.mark.parametrize("encodings", ["gzip", "br", "zstd", "gzip, br", ",".join(["gzip"] * 500)])
def test_what_cannot_be_unpacked_is_broken(encodings):
    with pytest.raises(Broken):
        unpacked(gzip.compress(b"[]")[:-9], encodings)


def test_an_answer_of_just_the_bound_is_taken(monkeypatch):
    monkeypatch.setattr(unpacking, "LARGEST", 1000)
    assert len(unpacked(gzip.compress(bytes(1000)), "gzip")) == 1000
    with pytest.raises(TooLarge):
        unpacked(gzip.compress(bytes(1001)), "gzip")


# Waiting


def test_a_refused_connection_is_said_with_host_and_port_before_it_is_tried_again(connect, told, clock):
    where = nowhere()
    began = clock()
    with pytest.raises(Unreachable) as caught:
        connect(f"http://{where}").send(READ)
    assert told == [f"{where}: connection refused or no route; retrying {turn}/4" for turn in (2, 3, 4)]
    assert f"{where}: connection refused or no route: check the network" in str(caught.value)
    assert clock() - began < 4


def test_after_a_service_was_away_for_good_each_request_is_tried_once(connect, told, clock):
    client = connect(f"http://{nowhere()}")
    for _ in range(20):
        with pytest.raises(Unreachable):
            client.send(READ)
    assert client.reads == 4 + 19 and len(told) == 3


def test_a_long_wait_that_is_asked_for_is_said(service, connect, told, clock):
    service.replies((429, [], {"Retry-After": "30"}), (200, []))
    connect(service.url).send(READ)
    where = service.url.removeprefix("http://")
    assert told == [f"the service asks us to wait, 30 s ({where} answered 429)"]


def test_a_short_wait_is_not_said_until_it_sums_up(service, connect, told, clock):
    service.replies((503, []))
    where = service.url.removeprefix("http://")
    with pytest.raises(ServerError):
        connect(service.url).send(READ)
    assert [line.partition(" in ")[0] for line in told] in ([f"{where} answered 503; retrying 4/4"], [])
    service.replies((429, []), (200, []))
    told.clear()
    connect(service.url).send(READ)
    assert told == []


def test_patience_with_one_request_ends_after_six_minutes(service, connect, told, clock):
    service.replies((429, [], {"Retry-After": "50"}))
    began = clock()
    with pytest.raises(RateLimited, match="429: too many requests"):
        connect(service.url).send(READ)
    assert 300 <= clock() - began <= 360
    assert len(told) == 7


def test_patience_that_ended_once_is_not_had_again_by_each_request(service, connect, clock):
    service.replies((429, [], {"Retry-After": "50"}))
    client, began = connect(service.url), clock()
    for _ in range(50):
        with pytest.raises(RateLimited):
            client.send(READ)
    assert clock() - began <= 360 + 50
    service.replies((200, []), (429, [], {"Retry-After": "50"}), (200, []))
    client.send(READ)
    assert client.send(READ) == []


def test_a_wait_that_lasts_longer_than_patience_is_not_begun(service, connect, told, clock):
    service.replies((429, [], {"Retry-After": "361"}))
    began = clock()
    with pytest.raises(RateLimited):
        connect(service.url).send(READ)
    assert (clock(), told) == (began, [])


@pytest.mark.parametrize(
    "asked",
    ["9" * 400, "Fri, 01 Jan 99999999999 00:00:00 GMT", "Fri, 01 Jan 9999 00:00:00 GMT", "-1", "\u00b2"],
)
def test_an_absurd_retry_after_is_patience_in_vain_or_nonsense(service, connect, clock, asked):
    service.replies((429, [], {"Retry-After": asked}))
    began = clock()
    with pytest.raises(RateLimited):
        connect(service.url).send(READ)
    assert clock() - began < 60


def test_threads_that_wait_together_say_it_once(service, told):
    service.answer = lambda call: (429, [], {"Retry-After": "5"})
    connection = Connection(service.url, "gh", "sb-demo", "BOUNDS", "s3cret")
    with Client(connection, patience=Patience(lambda seconds: None), tell=told.append) as client:
        threads = [threading.Thread(target=_failing, args=(client,)) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(told) == 1


def _failing(client: Client) -> None:
    with pytest.raises(ApiError):
        client.send(READ)


def nowhere() -> str:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return f"127.0.0.1:{taken.getsockname()[1]}"


@pytest.fixture
def untrusted_pair(tmp_path) -> Iterator[tuple[str, str]]:
    """A server behind TLS that drips, and the file that makes it trusted."""
    certificate, key = certified(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)

    def drip(sock: socket.socket) -> None:
        with context.wrap_socket(sock, server_side=True) as safe:
            safe.recv(4096)
            trickle(*TRICKLES["chunks of a byte"])(safe)

    with accepting(drip) as port:
        yield f"https://127.0.0.1:{port}", certificate


@contextmanager
def accepting(serve: Callable[[socket.socket], None]) -> Iterator[int]:
    def accept() -> None:
        while True:
            try:
                sock, _ = listener.accept()
            except OSError:
                return
            try:
                serve(sock)
            except OSError:
                sock.close()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)
        thread.join()


def certified(folder) -> tuple[str, str]:
    """A certificate of this computer, and its key."""
    import shutil
    import subprocess

    if shutil.which("openssl") is None:
        pytest.skip("no openssl to make a certificate with")
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    command = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj /CN=localhost"
    command += f" -addext subjectAltName=IP:127.0.0.1 -keyout {key} -out {certificate}"
    subprocess.run(command.split(), check=True, capture_output=True)
    return str(certificate), str(key)
