"""Runs the application on uvicorn: in a thread of this process, or in the foreground."""

from __future__ import annotations

import asyncio
import signal
import socket
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from reconciler.simulator.app import build_app, build_world
from reconciler.simulator.call import World
from reconciler.simulator.options import Options

_HOST = "127.0.0.1"
_KEEP_ALIVE_S = 75  # uvicorn's own 5 s would often break a connection that a client is about to use again
_GRACE_S = 0.5  # for requests under way when the server stops
_FAREWELL_S = 0.05  # for those that are cut off then, to notice it


class _Protocol(HttpToolsProtocol):
    """Lets a request close its connection without an answer."""

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.scope["state"]["cut"] = self.transport.abort


class _Server(uvicorn.Server):
    """Ends at once when told to, and without raising the signal that told it so again."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[], None], catch_signals: bool) -> None:
        super().__init__(config)
        self._ready = ready
        self._catch_signals = catch_signals

    def capture_signals(self) -> AbstractContextManager[None]:  # type: ignore[override]
        return nullcontext()

    async def main_loop(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._leave = asyncio.Event()
        if self._catch_signals:
            for each in (signal.SIGINT, signal.SIGTERM):
                self._loop.add_signal_handler(each, self._leave.set)
        self._ready()
        await self._leave.wait()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Requests under way have a moment to end; what hangs on purpose is cut off."""
        for listener in self.servers:
            listener.close()
        for _ in range(2):  # whoever was let in just before is made known, or would hold the loop for ever
            await asyncio.sleep(0)
        for connection in list(self.server_state.connections):
            connection.shutdown()
        if self.server_state.tasks:
            await asyncio.wait(self.server_state.tasks, timeout=_GRACE_S)
        for connection in list(self.server_state.connections):
            connection.transport.abort()
        if self.server_state.tasks:
            await asyncio.wait(self.server_state.tasks, timeout=_FAREWELL_S)

    def leave(self) -> None:
        """May be called from any thread once `ready` was."""
        self._loop.call_soon_threadsafe(self._leave.set)


class Running:
    """A simulator that answers, in a thread of its own. Also a context manager that stops it."""

    def __init__(self, options: Options, port: int) -> None:
        listening, self._world = _prepare(options, port)
        self.url = _url(listening)
        ready = threading.Event()
        self._server = _Server(_config(build_app(self._world)), ready.set, catch_signals=False)
        self._thread = threading.Thread(
            target=self._server.run, args=([listening],), name=f"simulator {self.url}", daemon=True
        )
        self._thread.start()
        ready.wait()

    def stop(self) -> None:
        """Returns when the port is free and the store is closed; a second call does nothing."""
        if self._thread.is_alive():
            self._server.leave()
            self._thread.join()
            self._world.close()

    def __enter__(self) -> Running:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


def serve(options: Options, port: int, announce: Callable[[str], None]) -> None:
    """Run in the foreground until SIGINT or SIGTERM; `announce` gets the URL once it answers."""
    listening, world = _prepare(options, port)
    server = _Server(_config(build_app(world)), lambda: announce(_url(listening)), catch_signals=True)
    try:
        server.run([listening])
    finally:
        world.close()


def _prepare(options: Options, port: int) -> tuple[socket.socket, World]:
    listening = socket.create_server((_HOST, port), backlog=2048)
    try:
        return listening, build_world(options)
    except BaseException:
        listening.close()
        raise


def _url(listening: socket.socket) -> str:
    return f"http://{_HOST}:{listening.getsockname()[1]}"


def _config(app: Callable[..., object]) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        http=_Protocol,
        ws="none",
        lifespan="off",
        log_config=None,
        log_level="error",
        access_log=False,
        date_header=False,
        server_header=False,
        timeout_keep_alive=_KEEP_ALIVE_S,
    )
