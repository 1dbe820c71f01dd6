"""What there is in a tenant, for an export: what is looked at, and what kinds make of it. No kind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from reconciler.kinds._context import Context
from reconciler.model import Snapshot, Users, Window
from reconciler.model.typed import is_inactive


class Survey(NamedTuple):
    """What an export looks at.

    users: those asked for; None: everybody. window: the instants for which events are read. context: of the
    environment that names the tenant; what it declares is not looked at.
    """

    users: tuple[str, ...] | None
    window: Window
    context: Context

    def taken(self, live: Snapshot) -> list[str]:
        """Whom it takes: who works there."""
        users = live.of(Users)
        named = (name for name in users.by_name if self.users is None or name in self.users)
        return sorted(name for name in named if name not in users.odd and _works(users.by_name[name]))

    def ids(self, live: Snapshot) -> dict[str, str]:
        """Username -> id, of those whom it takes and the service tells an id of."""
        return {name: live.ids[name] for name in self.taken(live) if name in live.ids}


@dataclass(frozen=True, slots=True, kw_only=True)
class Stock:
    """What there is of a kind, as manifests could say it. Each kind's own holds more.

    left_out: how much they can't say or shan't, by what it is.
    """

    left_out: Mapping[str, int] = field(default_factory=dict)


def _works(user: Mapping[str, object]) -> bool:
    return not is_inactive(user) and not user.get("_root_user")
