"""The adapter below `requests`, made to end: what one exchange takes in all is bounded in time and size.

A socket's own timeout holds for one read: a server that sends a byte now and then keeps a request for ever.
Here each read gets what is left of the whole. Imported when a transport is made, as it imports `requests`.
"""

from __future__ import annotations

import http.client
import io
import socket
import time
from collections.abc import Callable
from contextvars import ContextVar
from functools import partial
from mmap import mmap
from typing import TYPE_CHECKING, Any

from requests import Response
from requests.adapters import HTTPAdapter
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

PIECE = 1 << 16  # bytes asked of a connection at a time: memory follows what comes, not what is announced

# Of the exchange of this thread: when it ends, by time.monotonic; what is asked right before bytes leave.
ends_at: ContextVar[float] = ContextVar("ends_at")
may_send: ContextVar[Callable[[], None]] = ContextVar("may_send")


class Adapter(HTTPAdapter):
    """Connections whose reads end by `ends_at`, through proxies, too."""

    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        super().init_poolmanager(*args, **options)
        self.poolmanager.pool_classes_by_scheme = _POOLS

    def proxy_manager_for(self, *args: Any, **options: Any) -> object:
        manager = super().proxy_manager_for(*args, **options)
        manager.pool_classes_by_scheme = _POOLS
        return manager


def read(response: Response, most: int) -> list[bytes | mmap] | None:
    """The bytes of an answer as sent, in pieces; None, and the connection closed, if more than `most`.

    Raises: what urllib3 raises, TimeoutError among its causes when the time is over.
    """
    pieces: list[bytes | mmap] = []
    size = 0
    while piece := response.raw.read(PIECE, decode_content=False):
        pieces.append(_kept(piece))
        size += len(piece)
        if size > most:
            response.close()
            return None
    return pieces


def _kept(piece: bytes) -> bytes | mmap:
    """A piece of a large answer outside of the heap: of that each thread keeps what it had at most."""
    if len(piece) < PIECE:
        return piece
    outside = mmap(-1, len(piece))
    outside.write(piece)
    return outside


class _Timed(io.RawIOBase):
    """What is read from a socket, each read with a timeout of its own or what is left of the whole."""

    def __init__(self, below: io.RawIOBase, sock: socket.socket) -> None:
        self._below, self._sock = below, sock
        self._longest_s, self._ends_at = sock.gettimeout(), ends_at.get()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int | None:
        left = self._ends_at - time.monotonic()
        if left <= 0:
            raise TimeoutError
        self._sock.settimeout(left if self._longest_s is None else min(left, self._longest_s))
        return self._below.readinto(buffer)

    def close(self) -> None:
        self._below.close()
        super().close()


class _Response(http.client.HTTPResponse):
    def __init__(
        self, sock: socket.socket, debuglevel: int = 0, method: str | None = None, url: str | None = None
    ) -> None:
        super().__init__(sock, debuglevel, method, url)
        self.fp = io.BufferedReader(_Timed(self.fp.detach(), sock))


def _timed(connection: Any) -> Any:
    connection.response_class = _Response
    connection.send = partial(_send, connection, connection.send)
    return connection


def _send(connection: Any, send: Callable[[object], None], data: object) -> None:
    """Connect first, as that may take a while: then nothing stands between the question and the bytes."""
    if connection.sock is None:
        connection.connect()
    may_send.get()()
    send(data)


class _Pool(HTTPConnectionPool):
    def _new_conn(self) -> Any:
        return _timed(super()._new_conn())


class _TlsPool(HTTPSConnectionPool):
    def _new_conn(self) -> Any:
        return _timed(super()._new_conn())


_POOLS = {"http": _Pool, "https": _TlsPool}
