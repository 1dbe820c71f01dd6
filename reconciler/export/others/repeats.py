"""A rule of iCalendar as a person would write it in a manifest: a mapping where that says it all. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import cast

from reconciler.dates.recurrence import check_fires
from reconciler.dates.rules import UNITS, WEEKDAYS, parts_of, rule_of
from reconciler.dates.week import ranges
from reconciler.dates.zones import zone_of
from reconciler.export.others.content import Component
from reconciler.export.others.taken import Unfit
from reconciler.manifest.spelling import Data

_SAID = {"FREQ", "INTERVAL", "BYDAY", "BYMONTHDAY", "BYMONTH", "BYSETPOS", "COUNT", "UNTIL"}
_LARGEST = 1000  # interval of a mapping
_RULE = re.compile(r"[A-Za-z0-9=;,:+ -]{1,400}")


def rule_in(event: Component, start: datetime, zone: str) -> str | None:
    """The canonical rule of an event; None: it takes place once. Raises: Unfit."""
    said = event.all("RRULE")
    if event.get("EXRULE") or len(said) > 1:
        raise Unfit(
            "it repeats by several rules: a series has one", event.all("RRULE")[-1].line if said else None
        )
    if not said:
        return None
    try:
        rule = rule_of(said[0].value)
        check_fires(rule, start, zone_of(zone))
        return rule
    except ValueError as error:
        reason = re.sub("`[^`]*`", "this", str(error)) if _RULE.fullmatch(said[0].value) else ""
        raise Unfit(f"its rule can't be taken{': ' * bool(reason)}{reason}", said[0].line) from None


def repeat_of(rule: str, start: datetime, zone: str) -> Data:
    """The rule as an entry's `repeat:`."""
    parts = parts_of(rule)
    days = _days(parts)
    if not parts.keys() <= _SAID or days is None or int(parts.get("INTERVAL", 1)) > _LARGEST:
        return rule
    repeat: dict[str, Data] = {"every": UNITS[parts["FREQ"]]}
    if "INTERVAL" in parts:
        repeat["interval"] = parts["INTERVAL"]
    repeat |= days
    for ours, theirs in (("monthDays", "BYMONTHDAY"), ("months", "BYMONTH"), ("position", "BYSETPOS")):
        if theirs in parts:
            listed = parts[theirs].split(",")
            repeat[ours] = listed[0] if len(listed) == 1 else listed
    if "COUNT" in parts:
        repeat["count"] = parts["COUNT"]
    if "UNTIL" in parts:
        repeat["until"] = _last_date(parts["UNTIL"], start, zone)
    return repeat


def _days(parts: Mapping[str, str]) -> dict[str, Data] | None:
    """BYDAY as `on` and `position`; None where these can't say it."""
    if "BYDAY" not in parts:
        return {}
    texts = parts["BYDAY"].split(",")
    numbers = {text[:-2] for text in texts}
    named = ranges([WEEKDAYS.index(text[-2:]) + 1 for text in texts]).split(", ")
    days = cast(Data, named[0] if len(named) == 1 else named)
    if numbers == {""}:
        return {"on": days}
    if len(texts) == 1 and parts["FREQ"] == "MONTHLY" and "BYSETPOS" not in parts:
        return {"on": days, "position": texts[0][:-2]}
    return None


def _last_date(until: str, start: datetime, zone: str) -> str:
    """The last date on which a rule may begin that goes on to this moment."""
    if len(until) == len("20270331"):
        return f"{datetime.strptime(until, '%Y%m%d'):%Y-%m-%d}"
    wall = datetime.strptime(until.rstrip("Z"), "%Y%m%dT%H%M%S")
    if until.endswith("Z"):
        wall = wall.replace(tzinfo=UTC).astimezone(zone_of(zone)).replace(tzinfo=None)
    before = wall.time() < start.time()
    return f"{wall - timedelta(days=1) * before:%Y-%m-%d}"
