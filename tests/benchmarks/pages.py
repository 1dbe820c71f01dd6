"""Prints seconds and bytes of two pages of a fleet of 5,000 environments: the overview, a tenant's week."""

from __future__ import annotations

import statistics
import tempfile
import time
from pathlib import Path

from reconciler.fleet.database import Database
from tests.support.pages import FLEET, Visitor, shown, visitor
from tests.support.whole_fleet import fill

RUNS = 15


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        database = Database.opened(f"sqlite:///{Path(folder) / 'fleet.db'}")
        tenant = fill(database).tenant
        with shown(FLEET, database) as url, visitor(url) as me:
            for path in ("/", f"/tenants/{tenant}/week"):
                print(*_measured(me, path))
        database.close()


def _measured(me: Visitor, path: str) -> tuple[float, int]:
    took = []
    size = len(me.get(path).content)
    for _ in range(RUNS):
        started = time.perf_counter()
        assert me.get(path).status_code == 200
        took.append(time.perf_counter() - started)
    return statistics.median(took), size


main()
