"""How to reach the service: URL, client and secret, from flags, environment variables and the manifest.

Reads the environment and the secret's file; knows nothing of HTTP. The rules about where a secret may be
sent live here (DESIGN 3, Secret).
"""

from __future__ import annotations

import importlib
import os
import re
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path
from typing import Protocol

from reconciler.errors import UsageError

DEFAULT_URL = "https://api.live.welkincloud.io"
KEYRING_SERVICE = "welkin-reconcile"

# Strict on purpose: what this pattern takes, every URL parser reads alike.
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_URL = re.compile(
    rf"(?P<scheme>https?)://(?P<host>{_LABEL}(?:\.{_LABEL})*\.?|\[[0-9a-f:.]+\])"
    r"(?::[0-9]{1,5})?(?:/[a-z0-9._~-]+)*/?",
    re.ASCII | re.IGNORECASE,
)


class Place(Protocol):
    """Where a service is to be reached, as an environment or a saved plan says."""

    @property
    def tenant(self) -> str: ...
    @property
    def instance(self) -> str: ...
    @property
    def client(self) -> str | None: ...
    @property
    def api_url(self) -> str | None: ...


@dataclass(frozen=True, slots=True)
class Connection:
    """One API client at one instance. The secret is in no repr."""

    api_url: str
    tenant: str
    instance: str
    client: str
    secret: str = field(repr=False)


def connection_from(
    place: Place,
    environ: Mapping[str, str],
    *,
    api_url: str | None = None,
    secret_file: str | None = None,
) -> Connection:
    """Put together what the client needs.

    Args:
        environ: usually `os.environ`; empty variables count as absent (CI sets unknown secrets to "").
        api_url, secret_file: the flags `--api-url` and `--secret-file`.
    Raises: UsageError: something is missing, or the secret would go where it must not.
    """
    client = environ.get("WELKIN_CLIENT") or place.client
    if not client:
        raise UsageError("no API client named: set $WELKIN_CLIENT, or `api: {client: NAME}` in the manifest")
    url = _url(api_url or environ.get("WELKIN_API_URL"), place.api_url)
    secret = _secret(environ, secret_file, f"{place.tenant}/{client}")
    return Connection(url, place.tenant, place.instance, client, secret)


def _url(named_here: str | None, named_by_manifest: str | None) -> str:
    url = named_here or named_by_manifest or DEFAULT_URL
    host = _checked_host(url)
    if not named_here and not (is_loopback(host) or _is_welkin(host)):
        raise UsageError(
            f"the manifest's api.url names {host}, which is not a host of welkincloud.io: the secret is not "
            f"sent to a host that only a manifest names. If {host} is right, say so with --api-url or "
            "$WELKIN_API_URL"
        )
    return url.rstrip("/")


def _checked_host(url: str) -> str:
    match = _URL.fullmatch(url)
    if not match:
        # The text itself is not repeated: it may hold a password.
        raise UsageError(
            "the API URL must look like https://api.live.welkincloud.io: scheme and host, "
            "without user name, password, `?` or `#`"
        )
    host = match["host"].strip("[]").rstrip(".").lower()
    if match["scheme"].lower() == "http" and not is_loopback(host):
        raise UsageError(f"the API URL of {host} must begin with https://: http is for this computer only")
    return host


def _is_welkin(host: str) -> bool:
    return host == "welkincloud.io" or host.endswith(".welkincloud.io")


def is_loopback(host: str) -> bool:
    """Whether a host, without port and brackets, is this computer."""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def _secret(environ: Mapping[str, str], secret_file: str | None, name: str) -> str:
    secret = environ.get("WELKIN_SECRET")
    if not secret and secret_file:
        secret = _secret_from_file(Path(secret_file))
    secret = secret or _secret_from_keyring(name)
    if not secret:
        raise UsageError(
            f"no secret for the API client {name}: set $WELKIN_SECRET, or name a file with --secret-file, "
            f"or store it with `keyring set {KEYRING_SERVICE} {name}`"
        )
    return secret


def _secret_from_file(path: Path) -> str:
    try:
        mode, data = path.stat().st_mode, path.read_bytes()
    except OSError as error:
        raise UsageError(f"--secret-file {path}: {error.strerror}") from error
    if os.name == "posix" and stat.S_IMODE(mode) & 0o077:
        raise UsageError(f"--secret-file {path}: other people can read it: chmod 600 {path}")
    # Not a strict decode: its exception would carry the bytes.
    secret = data.decode("utf-8", "replace").removesuffix("\n").removesuffix("\r")
    if not secret or "\ufffd" in secret:
        raise UsageError(f"--secret-file {path}: {'not UTF-8 text' if secret else 'the file is empty'}")
    return secret


def _secret_from_keyring(name: str) -> str | None:
    """Ask the optional `keyring` package; imported late, it costs a third of a second."""
    try:
        keyring = importlib.import_module("keyring")
    except ImportError:
        return None
    try:
        secret: str | None = keyring.get_password(KEYRING_SERVICE, name)
    except keyring.errors.KeyringError:  # no keyring on this machine, or it stays locked
        return None
    return secret
