"""Work hours: rows of an instance, planned per person and timeline (reference, Working Hours).

A timeline is the rows of one (person, type, ruleType). There is no DELETE: rows of the future are used again
or emptied, a running one is ended yesterday, past ones are never touched. AVAILABILITY rows are not ours.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, cast

from reconciler.client import Client
from reconciler.dates.zones import zone_of
from reconciler.diff import diff
from reconciler.kinds import Asked, Context, Dialect, Kind, Known, Survey, Words, inactive, without_id
from reconciler.kinds.work_hours.becoming import become
from reconciler.kinds.work_hours.entries import day_calendar, rotates
from reconciler.kinds.work_hours.laying import laid_over
from reconciler.kinds.work_hours.overrides import Makers
from reconciler.kinds.work_hours.part import Hours
from reconciler.kinds.work_hours.person import Person
from reconciler.kinds.work_hours.reads import observe_hours, read_hours, read_on, survey_hours
from reconciler.kinds.work_hours.rows import (
    FIELDS,
    LONG_AGO,
    OVERRIDE,
    date_in,
    dated_back,
    digest,
    is_override,
    objection,
    person_in,
    request_of,
    row_of,
    rule_in,
    rule_of,
    shown,
    starts_of,
    takes_away,
)
from reconciler.kinds.work_hours.shifts import SHIFTS, DayCalendar
from reconciler.kinds.work_hours.supposed import hours_after
from reconciler.model import (
    About,
    Action,
    Change,
    Desired,
    FieldDiff,
    Inverse,
    Key,
    Landed,
    Live,
    Looked,
    Manifest,
    Parts,
    Plan,
    Request,
    Snapshot,
    Wave,
)
from reconciler.model.edits import Edit, Past, Untold
from reconciler.model.spec import HoursSpec
from reconciler.model.told import Block, Telling
from reconciler.model.typed import User

if TYPE_CHECKING:
    from reconciler.kinds.work_hours.stock import Rota

REFERENCE_KEYS = frozenset(("psmId", "startDateTime", "endDateTime", "daysInfo"))


class WorkHours(Kind):
    """One declared person is one Desired, whose field is the day calendar."""

    name = "workHours"
    fields = FIELDS
    sections = ("workHours",)
    words = Words("people with hours", "rows")
    actions = frozenset((Action.CREATE, Action.UPDATE, Action.RETIRE))
    names = re.compile(r".+@\d{4}-\d\d-\d\d")
    part = Hours
    after = ("user",)

    def expand(self, manifest: Manifest, context: Context) -> Iterator[Desired]:
        calendar = day_calendar(cast(Sequence[HoursSpec], manifest.spec), context)
        key = Key(self.name, manifest.name)
        # An empty list is the wish that there be none: it needs no `prune`.
        yield Desired(key, {SHIFTS: calendar}, manifest.source, absent=not manifest.spec)

    def read(self, client: Client, asked: Asked, known: Parts) -> Hours:
        return read_hours(client, asked, known)

    def read_on(
        self, client: Client, live: Snapshot, wishes: Sequence[Desired], looked: Looked, context: Context
    ) -> Hours | None:
        return read_on(client, live, looked, context)

    def survey(self, client: Client, survey: Survey, known: Parts) -> Hours:
        return survey_hours(client, survey, known)

    def stock(self, live: Snapshot, survey: Survey) -> Rota:
        from reconciler.kinds.work_hours.stock import stock_of_hours

        return stock_of_hours(live, survey)

    def observe(self, client: Client, changes: Sequence[Change], known: Snapshot, now: datetime) -> Hours:
        mine = [change for change in changes if change.key.kind == self.name]
        return observe_hours(client, mine, known, now)

    def after_applying(
        self, changes: Sequence[Change], live: Snapshot, author: str, context: Context
    ) -> Hours:
        return hours_after(changes, live, author)

    def agreed(self, wishes: Sequence[Desired], context: Context) -> list[Desired]:
        """What is laid over people's lists; the hours of who leaves end, whether or not they have one."""
        said = {wish.key.name for wish in wishes}
        unsaid = ((name, each) for name, each in context.leaving.items() if name not in said)
        nothing = {SHIFTS: DayCalendar(usual=None)}
        calendars = laid_over({wish.key.name: wish.fields[SHIFTS] for wish in wishes}, context)
        return [
            *(_laid(wish, calendars[wish.key.name]) for wish in wishes),
            *(Desired(Key(self.name, name), nothing, leaving.source) for name, leaving in unsaid),
        ]

    def less_leavers(
        self, wishes: Sequence[Desired], context: Context, users: Mapping[str, User]
    ) -> list[Desired]:
        """Hours end with the last day; a night that begins on it stays whole."""
        ends = ((wish, context.last_day(wish.key.name, users.get(wish.key.name))) for wish in wishes)
        return [replace(wish, fields=_until(wish, last)) if last else wish for wish, last in ends]

    def plan(self, desired: Sequence[Desired], live: Snapshot, context: Context) -> Iterator[Change]:
        known, makers = context.known(live), Makers.of(live)
        for wish in desired:
            changes = list(Person(wish, live, context, known, makers).changes())
            yield from _refused(changes, wish, live, context)

    def accepted(
        self,
        changes: Sequence[Change],
        wishes: Sequence[Desired],
        live: Snapshot,
        context: Context,
        past: Past,
    ) -> Iterator[Edit | Untold]:
        from reconciler.kinds.work_hours.accepting import accepted

        return accepted(changes, wishes, live, context, past)

    def locate(self, changes: Sequence[Change], live: Snapshot) -> list[Live | None]:
        return [_located(change, live) for change in changes]

    def subject(self, key: Key) -> str:
        return person_in(key.name)

    def day(self, key: Key) -> date:
        return date.fromisoformat(key.name.rpartition("@")[2][:10])

    def when(self, changes: Sequence[Change], today: date) -> str:
        from reconciler.kinds.work_hours.facts import when

        return when(changes, today)

    def wave(self, change: Change) -> Wave:
        """Overrides go after the usual hours that they lie in."""
        return Wave(change.action is Action.DELETE, self.name, late=is_override(change.key.name))

    def chain(self, change: Change) -> str:
        """A person's rows: a new one may need the old one to end first."""
        return self.subject(change.key)

    def moves(self, change: Change) -> bool:
        """A row that ends or begins elsewhere, or goes."""
        dates = {"startDate", "endDate"}
        return change.action is Action.RETIRE or any(field.path in dates for field in change.diff)

    def people(self, wish: Desired) -> Iterator[str]:
        yield wish.key.name

    def busy(self, wish: Desired) -> str:
        return wish.key.name

    def in_own_zone(self, wish: Desired) -> bool:
        calendar: DayCalendar = wish.fields[SHIFTS]
        return bool(calendar.usual or calendar.statements)

    def whose(self, change: Change) -> frozenset[str]:
        return frozenset((self.subject(change.key),))

    def traceless(self, dialect: Dialect) -> str:
        return "this service does not show the hours it took: each run would write them once more"

    def rotates(self, manifest: Manifest, context: Context) -> bool:
        return rotates(cast(Sequence[HoursSpec], manifest.spec), context)

    def become(
        self, ours: Sequence[Change], theirs: Sequence[Change], since: date, rolled: tuple[date, date]
    ) -> bool:
        """Hours are judged by each date, whatever the rows."""
        return become(ours, theirs, since, rolled)

    def objection(self, change: Change, owner: str) -> str:
        return objection(change)

    def is_named(self, change: Change, found: Live, owner: str, live: Snapshot) -> bool:
        """The row of this id, which was looked for among the person's, begins when the plan says."""
        begins = str(row_of(found.fields).period.start)
        return found.id == change.live_id and begins in starts_of(change)

    def remaining(self, change: Change, found: Live | None, live: Snapshot) -> list[FieldDiff]:
        wanted = change.after or {}
        if found is None:
            return [] if change.action is Action.RETIRE else [FieldDiff("", None, "present")]
        row = shown(row_of(found.fields))
        emptied = change.action is Action.RETIRE and not wanted.get("days")
        # Without hours its dates mean nothing, and a service that cuts neighbours changes them.
        return [] if emptied and not row["days"] else diff(row, wanted)

    def digest(self, fields: Mapping[str, Any]) -> str:
        return digest(fields)

    def told(self, changes: Sequence[Change], telling: Telling) -> Iterator[Block]:
        from reconciler.kinds.work_hours.told import told

        return told(changes, telling)

    def about(self, changes: Sequence[Change], live: Snapshot, context: Context) -> About:
        from reconciler.kinds.work_hours.told import about

        return about(changes, live, context)

    def routine(self, changes: Sequence[Change]) -> str:
        from reconciler.kinds.work_hours.told import routine

        return routine(changes)

    def request(self, change: Change, known: Known) -> Request:
        return request_of(change, known)

    def complete(self, change: Change, request: Request, found: Live | None, dialect: Dialect) -> Request:
        """A row keeps the name that somebody gave it."""
        name = found and found.fields.get("name")
        if not name or request.body is None or "name" in request.body:
            return request
        return replace(request, body={**request.body, "name": name})

    def adapt(self, body: Mapping[str, Any], dialect: Dialect) -> dict[str, Any]:
        plain = self.name in dialect.plain
        return {name: value for name, value in body.items() if not plain or name in REFERENCE_KEYS}

    def outdated(self, change: Change, plan: Plan, now: datetime) -> str:
        """New hours begin on the day of the plan at the earliest; yesterday is nobody's to rewrite."""
        if change.action is not Action.CREATE:
            return ""
        zone, start = zone_of(plan.timezone), str((change.after or {})["startDate"])
        planned, today = (str(at.astimezone(zone).date()) for at in (plan.created_at, now))
        return "begins on a day that is past by now" if planned <= start < today else ""

    def learn(self, live: Snapshot, dialect: Dialect) -> None:
        rule_types = live.of(Hours).rule_types
        if rule_types is not None and dialect.rule_type is not False:  # seen by a write, it stays so
            dialect.rule_type = rule_types

    def proven(self, live: Snapshot) -> Iterator[bool]:
        rows = (row for rows in live.of(Hours).rows.values() for row in rows)
        yield from (row.get("ruleType") == OVERRIDE for row in rows if row.get("createdBy") in live.our_ids)

    def put_back(self, change: Change) -> Change | None:
        """The row as it was, where a change took hours away to make room for what follows."""
        before, after = change.before, change.after
        if before is None or after is None or not takes_away(before, after):
            return None
        return change._replace(after=before)

    def inverse(self, landed: Landed, live: Snapshot, texts: frozenset[tuple[str, str]]) -> Inverse | None:
        _, before, now, _ = landed
        had = before or now  # one that was dated back is read no more
        if had is None or had.id is None:
            return None
        row = row_of(had.fields)
        if before is None:  # no hours can be deleted: without days they are none
            row = dated_back(row) if row.days_off else row._replace(period=row.period._replace(week={}))
        after = shown(row)
        return Inverse(Action.UPDATE if before and after["days"] else Action.RETIRE, after)

    def replaced(self, change: Change) -> Key | None:
        """The row used again, by its old start."""
        if not (change.before and change.after):
            return None
        was = self.restored(change.key, change.before)
        return None if was == change.key else was

    def restored(self, key: Key, after: Mapping[str, Any]) -> Key:
        """A row is called by its start; one that is dated back, by where it was."""
        if not after or after["startDate"] == str(LONG_AGO):
            return key
        return Key(self.name, f"{key.name.rpartition('@')[0]}@{after['startDate']}")


def _laid(wish: Desired, calendar: DayCalendar) -> Desired:
    """Who has an empty list has hours nevertheless where something else gives some."""
    if calendar is wish.fields[SHIFTS]:
        return wish
    absent = wish.absent and calendar == wish.fields[SHIFTS]
    return replace(wish, fields={SHIFTS: calendar}, absent=absent)


def _until(wish: Desired, last: date) -> Mapping[str, DayCalendar]:
    calendar: DayCalendar = wish.fields[SHIFTS]
    return {SHIFTS: calendar.until(last)}


def _refused(changes: list[Change], wish: Desired, live: Snapshot, context: Context) -> Iterator[Change]:
    """Changes that the service will not take for this person, said before they hurt."""
    name = wish.key.name
    unknown = without_id(name, live)
    idle = "" if wish.absent else inactive(name, live, "take the hours out")
    for change in changes:
        ends = name in context.leaving and change.action is not Action.CREATE
        reason = unknown or ("" if ends else idle)
        yield change.blocked(reason) if reason and change.request else change


def _located(change: Change, live: Snapshot) -> Live | None:
    """The person's row of this id; a new row by its timeline and start date."""
    username = person_in(change.key.name)
    rule = rule_in(change.key.name)
    start = (change.after or {}).get("startDate")
    rows = [row for row in live.of(Hours).rows.get(live.ids.get(username, ""), ()) if rule_of(row) == rule]
    # Whether a PUT keeps the id is not known: where it is gone, the start date tells.
    same = [row for row in rows if change.live_id and row.get("workHoursId") == change.live_id]
    if not same and start != str(LONG_AGO):  # where all rows lie that are dated back
        same = [row for row in rows if date_in(row["startDateTime"]) == start]
    return Live(same[0].get("workHoursId"), same[0]) if same else None


KIND = WorkHours()
