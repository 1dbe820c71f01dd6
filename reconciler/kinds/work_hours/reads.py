"""Reads work hours: of those who are declared, from yesterday on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import NamedTuple

from reconciler.client import Client
from reconciler.client.resource import IDS_PER_CALL
from reconciler.kinds import Asked, Context, Survey, subject_of
from reconciler.kinds.work_hours.mistaken import in_doubt, were_mistaken
from reconciler.kinds.work_hours.part import Hours
from reconciler.kinds.work_hours.rows import LONG_AGO, starts_of
from reconciler.model import Change, Key, Looked, Parts, Snapshot, Users
from reconciler.model.typed import HoursRow, Unreadable

DAY, UNTIL = timedelta(days=1), timedelta(days=51 * 366)
BEGINNING = datetime.combine(LONG_AGO, time(), UTC)


class Rows(NamedTuple):
    """Rows by user id, and what can't be read, by username."""

    found: dict[str, list[HoursRow]]
    odd: dict[str, Unreadable]


def read_hours(client: Client, asked: Asked, known: Parts) -> Hours:
    """The hours of everybody with an entry. Raises: ApiError."""
    wishes, context = asked.wanted()
    own = [wish for wish in wishes if wish.key.kind == "workHours"]
    names = [wish.key.name for wish in own]
    users = known.of(Users)
    rows = _rows(client, {name: users.ids[name] for name in names if name in users.ids}, context.now)
    hours = Hours(
        rows=rows.found,
        rule_types=_keeps_rules(rows),
        unreadable=_unread(names, users.odd, rows.odd, context),
    )
    doubtful = in_doubt(own, hours, users.ids, client.client_ids, context.now.date())[:IDS_PER_CALL]
    return replace(hours, rule_types=False) if doubtful and _were_mistaken(client, doubtful) else hours


def survey_hours(client: Client, survey: Survey, known: Parts) -> Hours:
    """The hours of all whom an export takes. Raises: ApiError."""
    users = known.of(Users)
    rows = _rows(client, survey.ids(Snapshot({Users: users})), survey.context.now)
    unread = {Key("workHours", name): odd.said("a row") for name, odd in rows.odd.items()}
    return Hours(rows=rows.found, rule_types=_keeps_rules(rows), unreadable=unread)


def read_on(client: Client, live: Snapshot, looked: Looked, context: Context) -> Hours | None:
    """The hours with those of others looked at, though no manifest declares theirs. Raises: ApiError."""
    part = live.of(Hours)
    ids = {name: live.ids[name] for name in sorted(looked.people) if name in live.ids}
    missing = {name: id for name, id in ids.items() if id not in part.rows}
    if not missing:
        return None
    return replace(part, rows={**part.rows, **_rows(client, missing, context.now).found})


def observe_hours(client: Client, changes: Sequence[Change], known: Snapshot, now: datetime) -> Hours:
    """Read again the hours of those whom changes are about. Raises: ApiError."""
    whose = {change.key: subject_of(change.key) for change in changes}
    ids = {name: known.ids[name] for name in sorted({*whose.values()}) if name in known.ids}
    # A row that is dated back, or comes from there, is seen only by who looks that far.
    back = any(str(LONG_AGO) in starts_of(change) for change in changes)
    rows = _rows(client, ids, BEGINNING + DAY if back else now)
    shows = _keeps_rules(rows)
    return Hours(
        rows=rows.found,
        rule_types=known.of(Hours).rule_types if shows is None else shows,
        unreadable={key: rows.odd[name].said("the hours") for key, name in whose.items() if name in rows.odd},
    )


def _rows(client: Client, ids: Mapping[str, str], now: datetime) -> Rows:
    """The rows of these people, by username: from the day before `now` on, and of this week."""
    today = now.astimezone(UTC).date()
    since = datetime.combine(today - DAY * max(today.weekday() + 1, 1), time(), UTC)
    read = client.work_hours.read(ids.values(), since, since + UNTIL)
    return Rows(
        {id: rows for id, rows in read.items() if not isinstance(rows, Unreadable)},
        {name: odd for name, id in ids.items() if isinstance(odd := read[id], Unreadable)},
    )


def _keeps_rules(rows: Rows) -> bool | None:
    found = [row for each in rows.found.values() for row in each]
    return any("ruleType" in row for row in found) if found else None


def _unread(
    names: Sequence[str], odd_users: Mapping[str, Unreadable], odd: Mapping[str, Unreadable], context: Context
) -> dict[Key, str]:
    """Whose hours are left alone: those of users, and the hours, that can't be read."""
    today = context.today(context.environment.timezone)
    reasons = dict[Key, str]()
    for name in sorted(names):
        key = Key("workHours", f"{name}@{today}")
        if name in odd_users:
            reasons[key] = odd_users[name].said(f"the user {name}")
        elif name in odd:
            reasons[key] = odd[name].said(f"a row of the hours of {name}")
    return reasons


def _were_mistaken(client: Client, ids: Sequence[str]) -> bool:
    """Whether an earlier run found that this service takes overrides for usual hours."""
    read = client.work_hours.read(ids, BEGINNING, BEGINNING + DAY)
    return any(were_mistaken(rows) for rows in read.values() if not isinstance(rows, Unreadable))
