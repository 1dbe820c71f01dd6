"""How to reach the service: URL, client and secret, from flags, environment variables and the manifest.

Reads the environment and the secret's file; knows nothing of HTTP. The rules about where a secret may be
sent live here.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path
from typing import Protocol

from reconciler.errors import UsageError
from reconciler.errors.named_file import Unfit, read_file

DEFAULT_URL = "https://api.live.welkincloud.io"
KEYRING_SERVICE = "welkin-reconcile"
LARGEST_SECRET = 1 << 20  # bytes of its file

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
    @property
    def timezone(self) -> str: ...


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
    client, url = client_of(place, environ), url_of(place, environ, api_url)
    secret = _secret(environ, secret_file, place.tenant, client)
    return Connection(url, place.tenant, place.instance, client, secret)


def client_of(place: Place, environ: Mapping[str, str]) -> str:
    """The API client. Raises: UsageError: none is named."""
    client = environ.get("WELKIN_CLIENT") or place.client
    if not client:
        raise UsageError("no API client named: set $WELKIN_CLIENT, or `api: {client: NAME}` in the manifest")
    return client


def url_of(place: Place, environ: Mapping[str, str], api_url: str | None = None) -> str:
    """Where the service is. Raises: UsageError: the secret must not go there."""
    own = tenant_variable("WELKIN_API_URL", place.tenant)
    return _url(api_url or environ.get(own) or environ.get("WELKIN_API_URL"), place, own)


def tenant_variable(name: str, tenant: str) -> str:
    """The variable that holds for one tenant: of `north-west` it is NAME_NORTH_WEST."""
    return f"{name}_{re.sub('[^A-Z0-9]', '_', tenant.upper())}"


def _url(named_here: str | None, place: Place, variable: str) -> str:
    url = named_here or place.api_url or DEFAULT_URL
    host = _checked_host(url)
    if not named_here and not _is_welkin(host):
        raise UsageError(
            f"the manifest's api.url names {host}, which is not a host of welkincloud.io: the secret is not "
            f"sent to a host that only a manifest names. If {host} is right, say so with --api-url, "
            f"$WELKIN_API_URL or ${variable}"
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


def _secret(environ: Mapping[str, str], secret_file: str | None, tenant: str, client: str) -> str:
    own, name = tenant_variable("WELKIN_SECRET", tenant), f"{tenant}/{client}"
    secret = environ.get(own) or environ.get("WELKIN_SECRET")
    if not secret and secret_file:
        try:
            secret = secret_in(Path(secret_file))
        except Unfit as error:
            raise UsageError(f"--secret-file {secret_file}: {error}") from None
    secret = secret or secret_in_keyring(name)
    if not secret:
        raise UsageError(
            f"no secret for the API client {name}: set $WELKIN_SECRET or ${own}, or name a file with "
            f"--secret-file, or store it with `keyring set {KEYRING_SERVICE} {name}` "
            "(pip install 'welkin-reconcile[keyring]')"
        )
    return secret


def secret_in(path: Path) -> str:
    """The secret in a file that nobody beyond its owner and group can use. Raises: Unfit."""
    data, mode = read_file(path, LARGEST_SECRET)
    if os.name == "posix" and mode & 0o007:
        raise Unfit(f"people beyond its owner and group can use it: chmod o= {path}")
    # Not a strict decode: its exception would carry the bytes.
    secret = data.decode("utf-8", "replace").removesuffix("\n").removesuffix("\r")
    if not secret or "\ufffd" in secret:
        raise Unfit("not UTF-8 text" if secret else "the file is empty")
    return secret


def secret_in_keyring(name: str) -> str | None:
    """Ask this computer's keyring, if the extra is installed; imported late, it costs a third of a second."""
    try:
        import keyring
        from keyring.errors import KeyringError
    except ImportError:
        return None
    try:
        return keyring.get_password(KEYRING_SERVICE, name)
    except (KeyringError, OSError, RuntimeError):  # none on this machine, or it stays locked
        return None
