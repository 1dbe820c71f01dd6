"""Where the fleet is shown, and the web server that does it."""

from __future__ import annotations

import re
import socket
from collections.abc import Callable
from ipaddress import ip_address
from typing import Any, NamedTuple

from reconciler.errors import UsageError
from reconciler.fleet.shape import Auth

_LISTEN = re.compile(r"(?:\[(?P<six>[0-9a-fA-F:.]+)\]|(?P<host>[^\s:\[\]/]+)):(?P<port>[0-9]{1,5})")


class Address(NamedTuple):
    host: str
    port: int

    @property
    def url(self) -> str:
        return f"http://[{self.host}]:{self.port}" if ":" in self.host else f"http://{self.host}:{self.port}"

    def check(self, auth: Auth | None) -> None:
        """Raises: UsageError: others could ask, and nobody would know who they are."""
        if auth is None and not _is_loopback(self.host):
            raise UsageError(
                f"--listen {self.host}: pages are for this computer only, unless the fleet's file says how "
                "it is known who asks: write `server: {auth: {tokens: {folder: /run/secrets/fleet-tokens}}}`"
            )


def address_of(text: str) -> Address:
    """Raises: UsageError."""
    found = _LISTEN.fullmatch(text)
    if not found or int(found["port"]) > 65535:
        raise UsageError(f"--listen {text}: write an address and a port, as in 127.0.0.1:8080")
    return Address(found["six"] or found["host"], int(found["port"]))


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def served(app: Any, address: Address, announce: Callable[[str], None]) -> None:
    """Serve until a signal comes. Raises: UsageError: the address can't be had."""
    import uvicorn

    family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
    with socket.socket(family) as listening:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listening.bind((address.host, address.port))
            listening.listen(128)
        except OSError as error:
            raise UsageError(f"--listen {address.host}:{address.port}: {error.strerror}") from None
        own = address._replace(port=listening.getsockname()[1])
        config = uvicorn.Config(
            app,
            log_level="warning",
            server_header=False,
            proxy_headers=False,
            timeout_graceful_shutdown=5,
            h11_max_incomplete_event_size=1 << 16,
        )
        announce(own.url)
        uvicorn.Server(config).run([listening])
