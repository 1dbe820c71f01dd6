"""Who asks for a page, and whose environments they may see or act upon.

Without `server: auth:` only this computer may ask, and nobody may act: a copy to read. With it, a name comes
from a proxy that we know, or from a token; roles from the token's file.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
import os
import re
from collections.abc import Iterator, Mapping
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import NamedTuple

from reconciler.errors.named_file import Unfit, read_file
from reconciler.fleet.shape import Auth

VIEWER, OPERATOR = "viewer", "operator"
LARGEST = 1 << 16  # bytes of a token's file
_HEX = re.compile("[0-9a-f]{64}")
_NAME = re.compile(r"[^\x00-\x1f\x7f]{1,200}")
log = logging.getLogger("reconciler")


class Asker(NamedTuple):
    """Somebody who asks. roles: by tenant; None: they may look at all of it, and do nothing."""

    name: str
    roles: Mapping[str, str] | None = None

    @property
    def tenants(self) -> frozenset[str] | None:
        """Whose environments they may see; None: everybody's."""
        return None if self.roles is None else frozenset(self.roles)

    def sees(self, tenant: str | None) -> bool:
        return self.roles is None or tenant in self.roles

    def operates(self, tenant: str | None) -> bool:
        return self.roles is not None and self.roles.get(tenant or "") == OPERATOR


class Holder(NamedTuple):
    """Whose a token is. digest: SHA-256 of it, in hex."""

    digest: str
    asker: Asker


HERE = Asker("somebody at this computer")


def asker_of(auth: Auth | None, peer: str, headers: Mapping[str, str]) -> Asker | None:
    """Who asks, as far as they may; None: nobody whom we know.

    peer: the address that is connected to us. headers: by names in small letters.
    """
    if auth is None:
        return HERE if _is_here(peer) else None
    if auth.proxy_header:
        name = headers.get(auth.proxy_header.lower(), "")
        return Asker(name) if _is_within(peer, auth.networks) and _NAME.fullmatch(name) else None
    scheme, _, token = headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token or auth.tokens is None:
        return None
    digest = hashlib.sha256(token.strip().encode()).hexdigest()
    found = None
    for holder in holders(auth.tokens):  # all of them, so that time tells nothing
        if hmac.compare_digest(holder.digest, digest):
            found = holder.asker
    return found


def holders(folder: Path) -> Iterator[Holder]:
    """Those whose tokens lie in a folder, a file each; what can't be used is named in the log."""
    try:
        paths = sorted(path for path in folder.iterdir() if not path.name.startswith("."))
    except OSError as error:
        log.warning("the tokens in %s can't be read: %s", folder, error.strerror)
        return
    for path in paths:
        try:
            yield _holder(path)
        except (Unfit, ValueError) as error:
            log.warning("the token %s is left out: %s", path.name, error)


def _holder(path: Path) -> Holder:
    """Raises: Unfit; ValueError."""
    data, mode = read_file(path, LARGEST)
    if os.name == "posix" and mode & 0o007:
        raise ValueError("people beyond its owner and group can use it: chmod 600")
    said = json.loads(data)
    digest, roles = (said.get(name) if isinstance(said, dict) else None for name in ("sha256", "roles"))
    if not isinstance(digest, str) or not _HEX.fullmatch(digest.lower()):
        raise ValueError("`sha256` has to be that of the token, 64 digits of hex")
    if not isinstance(roles, dict) or not {*roles.values()} <= {VIEWER, OPERATOR}:
        raise ValueError('`roles` has to name tenants as in {"gh": "operator", "north": "viewer"}')
    return Holder(digest.lower(), Asker(path.name, roles))


def _is_here(peer: str) -> bool:
    try:
        return ip_address(peer).is_loopback
    except ValueError:
        return False


def _is_within(peer: str, networks: tuple[str, ...]) -> bool:
    try:
        address = ip_address(peer)
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None) or address
    return any(mapped in ip_network(network, strict=False) for network in networks)
