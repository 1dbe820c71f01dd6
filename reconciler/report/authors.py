"""Who wrote last to what has drifted, and when: lines for the blocks of a review. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from reconciler.dates.said import day_said
from reconciler.dates.zones import zone_of
from reconciler.model import Change, Touched
from reconciler.model.told import FEW, Block, Line, Telling


def with_authors(blocks: Iterable[Block], changes: Iterable[Change], telling: Telling) -> Iterator[Block]:
    """The blocks with a line for each writing; where one wrote much at once, that is one."""
    touched = {change.key: change.touched for change in changes}
    for block in blocks:
        known = (touch for key in block.keys if (touch := touched.get(key)) and (touch.at or touch.by))
        said = dict.fromkeys(_said(touch, telling) for touch in known)
        lines = (Line("written last", text) for text in list(said)[:FEW])
        more = (Line("", f"and {len(said) - FEW} more"),) if len(said) > FEW else ()
        yield block._replace(lines=(*block.lines, *lines, *more))


def _said(touch: Touched, telling: Telling) -> str:
    by = f" by {telling.about.authors.get(touch.by, touch.by)}" if touch.by else ""
    return f"{_moment(touch.at, telling) if touch.at else 'nobody says when'}{by}"


def _moment(text: str, telling: Telling) -> str:
    """By the environment's clock; what is no time stays as the service says it."""
    try:
        at = datetime.fromisoformat(text).astimezone(zone_of(telling.zone))
    except (ValueError, OverflowError):
        return text
    return f"{day_said(at.date(), telling.today)} {at:%H:%M}"
