"""The embedded Welkin: a real HTTP server that stands in for the care platform's API.

It imports nothing from the rest of `reconciler` and shares no code with it, so that it can't agree
with our mistakes. What it does is what recordings saw the service do, else what the vendor's reference says:
schemas/welkin-openapi.yaml describes it. Importing this package is cheap; the web server is imported when
one is started.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from reconciler.simulator.faults import Fault, parse_fault
from reconciler.simulator.options import Options

if TYPE_CHECKING:
    from reconciler.simulator.server import Running

__all__ = ["Fault", "Options", "parse_fault", "seed", "serve", "start"]


def start(options: Options | None = None, port: int = 0) -> Running:
    """Start a simulator in this process and return once it answers; port 0 takes a free one.

    Raises: ImportError without starlette and uvicorn; OSError where the port is taken or a file can't be
    opened; ValueError where a seed file is wrong.
    """
    from reconciler.simulator.server import Running

    return Running(options or Options(), port)


def serve(options: Options, port: int, announce: Callable[[str], None]) -> None:
    """Run a simulator in the foreground until SIGINT or SIGTERM, then return.

    `announce` is called with the URL, such as `http://127.0.0.1:8600`, once it answers. Main thread only.
    """
    from reconciler.simulator.server import serve as run

    run(options, port, announce)


def seed(url: str, path: str) -> None:
    """Load a seed file (see `seeding`) into a simulator that runs at this URL, in this process or another.

    Raises: OSError where the file or the simulator can't be reached; ValueError where the file is wrong.
    """
    from reconciler.simulator.seed_file import send_seed

    send_seed(url, path)
