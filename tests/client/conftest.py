"""A tiny fake of the service, scripted per test; every person in it is invented."""

from __future__ import annotations

import base64
import contextlib
import json
import shutil
import socket
import ssl
import subprocess
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from reconciler.client import Client, Patience
from reconciler.client.connection import Connection

SECRET = "s3cret-Of-The-Client"
CUT = "cut"  # close the connection instead of answering


@dataclass
class Call:
    method: str
    path: str
    query: dict[str, str]
    body: Any
    headers: dict[str, str]


def encoded(payload: Any) -> bytes:
    if payload is None:
        return b""
    return payload if isinstance(payload, bytes) else json.dumps(payload).encode()


def jwt(serial: int, life: int = 3600) -> str:
    claims = {"iat": 1_000_000, "exp": 1_000_000 + life, "custom:id": "id-of-client", "sub": "sub-of-client"}
    body = base64.urlsafe_b64encode(json.dumps({**claims, "n": serial}).encode()).decode().rstrip("=")
    return f"header.{body}.T0ken{serial}"


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128  # else the sixth connection at once may wait for a second


class FakeService:
    """`answer` decides about every call but the token's, `token` about that one.

    They return status, body (JSON, or bytes as they are, or None) and perhaps headers; or "cut".
    """

    secret = SECRET

    @staticmethod
    def jwt(serial: int) -> str:
        return jwt(serial)

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.tokens = 0
        self.answer: Callable[[Call], Any] = lambda call: (404, [])
        self.token: Callable[[Call], Any] = self.give_token
        self._lock = threading.Lock()
        self._server = _Server(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def give_token(self, call: Call, life: int = 3600) -> Any:
        with self._lock:
            self.tokens += 1
            return 200, {"token": jwt(self.tokens, life)}

    def replies(self, *replies: Any) -> None:
        """Answer the calls with these, in order; the last one again and again."""
        left = list(replies)
        self.answer = lambda call: left.pop(0) if len(left) > 1 else left[0]

    def asked(self) -> list[Call]:
        return [call for call in self.calls if "api_clients" not in call.path]

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        service = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            wbufsize = -1

            def log_message(self, *args: Any) -> None:
                pass

            def handle_call(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                body = json.loads(self.rfile.read(length)) if length else None
                split = urlsplit(self.path)
                call = Call(self.command, split.path, dict(parse_qsl(split.query)), body, dict(self.headers))
                with service._lock:
                    service.calls.append(call)
                reply = (service.token if "/admin/api_clients/" in split.path else service.answer)(call)
                if reply == CUT:
                    self.close_connection = True
                    return
                status, payload, *headers = reply
                data = encoded(payload)
                self.send_response_only(status)
                for name, value in {
                    "Content-Length": str(len(data)),
                    **(headers[0] if headers else {}),
                }.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(data)

            do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = handle_call

        return Handler


@pytest.fixture(autouse=True)
def no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (
        "HTTP_PROXY",
        "HTTPS_PROXY",
        "ALL_PROXY",
        "NO_PROXY",
        "REQUESTS_CA_BUNDLE",
        "CURL_CA_BUNDLE",
    ):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@pytest.fixture
def service() -> Iterator[FakeService]:
    fake = FakeService()
    yield fake
    fake.stop()


@pytest.fixture
def naps() -> list[float]:
    """Seconds the client wanted to sleep."""
    return []


@pytest.fixture
def client(service: FakeService, naps: list[float]) -> Iterator[Client]:
    connection = Connection(service.url, "gh", "sb-demo", "VBOPNRYRWJIP", SECRET)
    with Client(connection, patience=Patience(naps.append)) as made:
        yield made


@pytest.fixture
def untrusted(tmp_path: Path) -> Iterator[str]:
    """A server whose certificate nobody signed."""
    if shutil.which("openssl") is None:
        pytest.skip("no openssl to make a certificate with")
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    command = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:prime256v1",
        "-nodes",
    ]
    command += ["-subj", "/CN=localhost", "-keyout", str(key), "-out", str(certificate)]
    subprocess.run(command, check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=_greet, args=(listener, context))
        thread.start()
        yield f"https://127.0.0.1:{listener.getsockname()[1]}"
        listener.shutdown(socket.SHUT_RDWR)
        thread.join()


def _greet(listener: socket.socket, context: ssl.SSLContext) -> None:
    while True:
        try:
            connection, _ = listener.accept()
        except OSError:
            return
        with connection, contextlib.suppress(OSError):
            context.wrap_socket(connection, server_side=True).close()
