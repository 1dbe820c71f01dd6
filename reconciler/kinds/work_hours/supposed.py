"""Hours of a service that nobody has asked: those that manifests would have made, as it would show them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import cast

from reconciler.kinds import settled, supposed_id
from reconciler.kinds.work_hours.part import Hours
from reconciler.kinds.work_hours.rows import DEFAULT, person_in
from reconciler.model import Change, Snapshot
from reconciler.model.typed import HoursRow, JsonObject


def hours_after(changes: Iterable[Change], live: Snapshot, author: str) -> Hours:
    """The rows with those that changes create; `author` is who writes them."""
    rows = {id: [*found] for id, found in live.of(Hours).rows.items()}
    for change in changes:
        if change.request and change.live_id is None:
            rows.setdefault(live.ids[person_in(change.key.name)], []).append(_row(change, author))
    return Hours(rows=rows, rule_types=True)


def _row(change: Change, author: str) -> HoursRow:
    body = cast(JsonObject, settled(change.request.body if change.request else {}))
    unset = {"name": None, "type": "WORKING_HOURS", "ruleType": DEFAULT}
    own = {"workHoursId": supposed_id(change.key), "createdBy": author, "updatedBy": author}
    return cast(HoursRow, {**unset, **body, **own})
