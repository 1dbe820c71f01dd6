"""What a resource kind is, and the one place where kinds plug in."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from importlib import import_module
from pkgutil import iter_modules
from typing import Any, Protocol

from reconciler.model import (
    Change,
    Desired,
    Environment,
    FieldDiff,
    Findings,
    Live,
    Manifest,
    Request,
    Snapshot,
    Window,
)
from reconciler.routes import Scope
from reconciler.zones import zone_of


@dataclass(frozen=True, slots=True)
class Context:
    """What expansion and planning of one environment share.

    now: aware; the only clock there is.
    window: the instants for which events are read.
    people: the declared users' entries, by username.
    templates: the declared templates' entries, by name.
    findings: where problems and warnings go.
    calendars: the declared lists of days, by name.
    """

    environment: Environment
    now: datetime
    window: Window
    people: Mapping[str, Mapping[str, Any]]
    templates: Mapping[str, Mapping[str, Any]]
    findings: Findings
    adopt: bool = False
    calendars: Mapping[str, Any] = field(default_factory=dict)

    @property
    def scope(self) -> Scope:
        return Scope(self.environment.tenant, self.environment.instance)

    def template(self, spec: Mapping[str, Any]) -> Mapping[str, Any]:
        """What the template says that `spec` names; empty where it names none."""
        name = spec.get("template")
        # After other errors a template may be missing only because it is unsound itself.
        if name is None or name in self.templates or self.findings.errors:
            return self.templates.get(str(name), {})
        known = f"those are {', '.join(sorted(self.templates))}" if self.templates else "none is declared"
        self.findings.error(name.source, f"no template is called `{name}`: {known}")
        return {}

    def zone_name(self, username: str, live: Mapping[str, Any] | None = None) -> str:
        """A person's zone: as declared, else as live, else the environment's."""
        declared = self.people.get(username, {}).get("timezone")
        return str(declared or (live or {}).get("timezone") or self.environment.timezone)

    def today(self, zone: str) -> date:
        return self.now.astimezone(zone_of(zone)).date()


class Dialect(Protocol):
    """What the service turned out to keep, found out by the run itself; None means not known yet."""

    external_id: bool | None
    rule_type: bool | None
    plain: set[str]


class Kind(Protocol):
    """A resource kind: one file, one schema. Describes requests, never sends them."""

    name: str
    after: tuple[str, ...]

    def expand(self, manifest: Manifest, context: Context) -> Iterable[Desired]:
        """Turn one manifest into the objects it wants; what is wrong goes to `context.findings`."""

    def plan(self, desired: Sequence[Desired], live: Snapshot, context: Context) -> Iterable[Change]:
        """Match desired with live objects and say what each needs, no-ops included; one request each."""

    def locate(self, changes: Sequence[Change], live: Snapshot) -> list[Live | None]:
        """Find the live object each change is about: by its id, else by identity."""

    def remaining(self, change: Change, found: Live | None, live: Snapshot) -> list[FieldDiff]:
        """What of a change the live object doesn't show (yet); empty when it is as wished."""

    def digest(self, fields: Mapping[str, Any]) -> str:
        """Digest of what staleness is judged by: everything but the service's own bookkeeping."""

    def adapt(self, body: Mapping[str, Any], dialect: Dialect) -> dict[str, Any]:
        """A request's body in the words this service has turned out to keep."""

    def replacement(self, change: Change, body: Mapping[str, Any], found: Live) -> Request | None:
        """The whole-object request to send where a service doesn't know the change's method, if any."""

    def undo(self, change: Change) -> Request | None:
        """What puts back the object as it was, for a change that only makes sense with one that failed."""


def load_kinds() -> dict[str, Kind]:
    """Import every file of kinds/ and return the kinds by name, those that come first in front.

    Raises: ValueError for a name taken twice or a cycle.
    """
    package = import_module("reconciler.kinds")
    found: list[Kind] = [
        import_module(f"{package.__name__}.{module.name}").KIND for module in iter_modules(package.__path__)
    ]
    kinds: dict[str, Kind] = {}
    while found:
        ready = [kind for kind in found if set(kind.after) <= set(kinds)]
        if not ready or any(kind.name in kinds for kind in ready):
            raise ValueError(f"kinds that clash or wait for each other: {[kind.name for kind in found]}")
        kinds |= {kind.name: kind for kind in sorted(ready, key=lambda kind: kind.name)}
        found = [kind for kind in found if kind not in ready]
    return kinds


def digest_of(value: Any) -> str:
    """Digest of plain data, independent of key order."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return f"sha256:{hashlib.sha256(text.encode('utf-8', 'surrogatepass')).hexdigest()}"
