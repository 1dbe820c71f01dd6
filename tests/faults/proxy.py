"""Stands between the program and the service, counts requests, and may act before or after one is done."""

from __future__ import annotations

import http.client
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

Act = Callable[[int, str, str], None]  # told the number (from 1), `before` or `after`, and `METHOD /path`


class _Server(ThreadingHTTPServer):
    daemon_threads = False  # what was accepted is waited for at the end
    request_queue_size = 128  # as many connections may come at once while the machine is busy

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that was killed is no news."""


@contextmanager
def proxied(url: str, act: Act) -> Iterator[str]:
    """Pass every request on to `url`; gives the proxy's own URL.

    What has come is passed on before the end, and from then on nothing is: the request of a killed run is not
    to come amid the next one.
    """
    target, lock, count = urlsplit(url).netloc, threading.Lock(), [0]

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def _pass(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body = self.rfile.read(length)
            if len(body) < length:  # the client was killed on the way: the service would wait for the rest
                self.close_connection = True
                return
            with lock:
                count[0] += 1
                number = count[0]
            what = f"{self.command} {self.path}"
            act(number, "before", what)
            with closing(http.client.HTTPConnection(target, timeout=30)) as there:
                there.request(self.command, self.path, body or None, dict(self.headers))
                answer = there.getresponse()
                data = answer.read()
            act(number, "after", what)
            self.send_response_only(answer.status)
            for name, value in answer.getheaders():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _pass

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = _Server(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()  # waits for the threads, each of which ends with its client
