"""Where secrets come from: those of API clients by tenant and client, others where the fleet's file says.

A source can name tenants and clients, and nothing of this: so a merge can't have a secret sent for somebody
else. Nothing here shows a secret; what is missing is told with its place and what to do.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

from reconciler.client.connection import KEYRING_SERVICE, secret_in, secret_in_keyring, tenant_variable
from reconciler.errors import UsageError
from reconciler.errors.named_file import Unfit
from reconciler.fleet.shape import Fleet, Held

Who = tuple[str, str]  # tenant, client
_PLAIN = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]*")  # a name that is no way through folders


class Secret(NamedTuple):
    """A secret, which is in no repr, and where it was found: a file, a variable, the keyring."""

    found: str
    value: str

    def __repr__(self) -> str:
        return f"Secret({self.found!r})"


class Secrets:
    """The secrets of API clients: of the folder, else of the tenant's variable, else of the keyring.

    clients: all there are in the fleet; where it is one, $WELKIN_SECRET will do.
    """

    def __init__(self, fleet: Fleet, environ: Mapping[str, str], clients: Collection[Who]) -> None:
        self._folder, self._environ = fleet.secrets, environ
        self._tenants, self._is_only = {tenant for tenant, _ in clients}, len(set(clients)) < 2

    def of(self, tenant: str, client: str) -> Secret:
        """Raises: UsageError: there is none, or it can't be used."""
        for path in self._files(tenant, client):
            if _is_there(path):
                return Secret(str(path), _read(path))
        own = tenant_variable("WELKIN_SECRET", tenant)
        for name in (own, "WELKIN_SECRET") if self._is_only else (own,):
            if value := self._environ.get(name):
                return Secret(f"${name}", value)
        if value := secret_in_keyring(f"{tenant}/{client}"):
            return Secret("the keyring", value)
        raise UsageError(self._missing(tenant, client))

    def environ(self, tenant: str, client: str) -> dict[str, str]:
        """Variables with which the pipeline finds this secret, and no other. Raises: UsageError."""
        kept = {name: value for name, value in self._environ.items() if not name.startswith("WELKIN_SECRET")}
        return kept | {tenant_variable("WELKIN_SECRET", tenant): self.of(tenant, client).value}

    def _files(self, tenant: str, client: str) -> Iterable[Path]:
        """Where its file may lie. `north-west-x` is of north-west, if there is one, and none of north's."""
        if self._folder is None or not (_PLAIN.fullmatch(tenant) and _PLAIN.fullmatch(client)):
            return
        yield self._folder / tenant / client
        name = f"{tenant}-{client}"
        if not any(name.startswith(f"{other}-") for other in self._tenants if len(other) > len(tenant)):
            yield self._folder / name

    def _missing(self, tenant: str, client: str) -> str:
        own, name = tenant_variable("WELKIN_SECRET", tenant), f"{tenant}/{client}"
        ways = [f"set ${own}", f"store it with `keyring set {KEYRING_SERVICE} {name}`"]
        if self._folder is not None:
            ways.insert(0, f"put it into {self._folder / tenant / client}")
        several = "" if self._is_only else "; $WELKIN_SECRET is not taken where there are several clients"
        return f"no secret for the API client {name}: {', or '.join(ways)}{several}"


def held(where: Held, environ: Mapping[str, str]) -> Secret:
    """What lies where the fleet's file says. Raises: UsageError."""
    if where.env is not None:
        if value := environ.get(where.env):
            return Secret(f"${where.env}", value)
        raise UsageError(f"${where.env} is not set: give it to the fleet's processes")
    assert where.file is not None
    return Secret(str(where.file), _read(where.file))


def _is_there(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:  # we may not look
        return False


def _read(path: Path) -> str:
    try:
        return secret_in(path)
    except Unfit as error:
        raise UsageError(f"{path}: {error}") from None
