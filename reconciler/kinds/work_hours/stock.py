"""The hours there are, row by row, of those whom an export takes. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

from reconciler.kinds import Stock, Survey
from reconciler.kinds.work_hours.matching import Row
from reconciler.kinds.work_hours.part import Hours
from reconciler.kinds.work_hours.rows import DEFAULT, OVERRIDE, past, row_of, rule_of
from reconciler.model import Snapshot, Users
from reconciler.model.typed import HoursRow


class LiveHours(NamedTuple):
    """One person's rows that aren't past, by start. today: on the person's clock."""

    usual: tuple[Row, ...]
    overrides: tuple[Row, ...]
    today: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Rota(Stock):
    """people: by username, those who have hours."""

    people: Mapping[str, LiveHours] = field(default_factory=dict)


def stock_of_hours(live: Snapshot, survey: Survey) -> Rota:
    part, ids = live.of(Hours), survey.ids(live)
    people, other = dict[str, LiveHours](), 0
    for name, id in ids.items():
        zone = survey.context.zone_name(name, live.of(Users).by_name[name])
        today = survey.context.today(zone)
        rows = [row for row in part.rows.get(id, ()) if not past(row, today)]
        usual, overrides = (_of_rule(rows, rule, today) for rule in (DEFAULT, OVERRIDE))
        other += sum(rule_of(row) not in (DEFAULT, OVERRIDE) for row in rows)
        if usual or overrides:
            people[name] = LiveHours(usual, overrides, today)
    unread = len(part.unreadable) + len(survey.taken(live)) - len(ids)
    left = {"rows of availability": other, "people whose hours can't be read": unread}
    return Rota(people=people, left_out=left)


def _of_rule(rows: Sequence[HoursRow], rule: str, today: date) -> tuple[Row, ...]:
    """The rows of a timeline that say anything of a date to come."""
    found = (row_of(row) for row in rows if rule_of(row) == rule)
    said = (row for row in found if row.hours(today).week)
    return tuple(sorted(said, key=lambda row: (row.period.start, row.period.end or date.max)))
