"""Who asks for a page, and whose environments they may see or act upon."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

VIEWER, OPERATOR = "viewer", "operator"


class Asker(NamedTuple):
    """Somebody who asks. roles: by tenant; None: whoever sits at this computer, and looks at all of it."""

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


NOBODY_KNOWN = Asker("somebody at this computer")
