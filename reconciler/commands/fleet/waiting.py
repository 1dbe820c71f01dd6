"""Waits for runs of a fleet, says of each how it ended, and exits as `apply` would have."""

from __future__ import annotations

import time
from collections.abc import Collection
from typing import TYPE_CHECKING

from reconciler.commands.output import say
from reconciler.errors import Exit

if TYPE_CHECKING:
    from reconciler.fleet.database import Database

PAUSE_S = 0.5


def wait_for(database: Database, ids: Collection[str], since: float) -> Exit:
    """Until all have ended, which none had at `since`; a failure beats a refusal."""
    from reconciler.fleet.runs import RunState

    left, ends = {*ids}, set[str]()
    sql = "SELECT id, environment, state, message FROM welkin.run WHERE ended >= :since ORDER BY ended"
    while left:
        for row in database.rows(sql, since=since):
            if row["id"] in left:
                left.discard(row["id"])
                ends.add(row["state"])
                why = f": {row['message']}" if row["message"] else ""
                say(f"{row['id']}  {row['environment']}  {row['state']}{why}")
        if left:
            time.sleep(PAUSE_S)
    if ends & {RunState.FAILED, RunState.CANCELLED}:
        return Exit.ERROR
    return Exit.REFUSED if RunState.REFUSED in ends else Exit.OK
