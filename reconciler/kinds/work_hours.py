"""Work hours: rows of an instance, planned per person and timeline (reference, Working Hours; api-facts 6).

A timeline is the rows of one (person, type, ruleType). There is no DELETE: rows of the future are used again
or emptied, a running one is ended yesterday, past ones are never touched. AVAILABILITY rows are not ours.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from itertools import combinations, zip_longest
from typing import Any, NamedTuple

from reconciler import routes
from reconciler.brakes import CUT_IN
from reconciler.diff import diff
from reconciler.grammar import DAYS, date_of, week_of
from reconciler.kind import Context, Dialect, digest_of
from reconciler.matching import Match, Row, Step, match_rows
from reconciler.model import (
    Action,
    Change,
    Desired,
    FieldDiff,
    Key,
    Live,
    Manifest,
    Ref,
    Request,
    Snapshot,
)
from reconciler.timeline import DAY, DAY_MINUTES, Period, Week, override, rotate, settle

REFERENCE_KEYS = frozenset(("psmId", "startDateTime", "endDateTime", "daysInfo"))
# The reference has no open end: fifty years stand for it, and anything from forty on reads as open.
OPEN_YEARS, OPEN_FROM = 50, timedelta(days=40 * 365)
DEFAULT, OVERRIDE = "DEFAULT", "OVERRIDE"


class WorkHours:
    """One declared person is one Desired: a list of periods, and of overrides where any is declared."""

    name = "workHours"
    after: tuple[str, ...] = ("user",)

    def expand(self, manifest: Manifest, context: Context) -> Iterator[Desired]:
        entries = [entry for item in manifest.spec if (entry := _Entry.read(item, context))]
        usual = _bounded([entry for entry in entries if entry.name is None], context)
        special = [entry for entry in entries if entry.name is not None]
        _check_overrides(special, context)
        fields: dict[str, Any] = {}
        if usual or not special:  # overrides alone say nothing about the usual hours
            fields[DEFAULT] = settle(piece for entry in usual for piece in entry.pieces(context))
        if special:
            fields[OVERRIDE] = [Row(entry.period, str(entry.name), days_off=True) for entry in special]
        yield Desired(Key(self.name, manifest.name), fields, manifest.source)

    def plan(self, desired: Sequence[Desired], live: Snapshot, context: Context) -> Iterator[Change]:
        for wish in desired:
            changes = list(_Person(wish, live, context).changes())
            yield from _refused(changes, wish, live)

    def locate(self, changes: Sequence[Change], live: Snapshot) -> list[Live | None]:
        return [_located(change, live) for change in changes]

    def remaining(self, change: Change, found: Live | None, live: Snapshot) -> list[FieldDiff]:
        wanted = change.after or {}
        if found is None:
            return [] if change.action is Action.RETIRE else [FieldDiff("", None, "present")]
        row = shown(row_of(found.fields))
        emptied = change.action is Action.RETIRE and not wanted.get("days")
        # Without hours its dates mean nothing, and a service that cuts neighbours changes them.
        return [] if emptied and not row["days"] else diff(row, wanted)

    def digest(self, fields: Mapping[str, Any]) -> str:
        return digest_of([shown(row_of(fields)), _rule(fields)])

    def adapt(self, body: Mapping[str, Any], dialect: Dialect) -> dict[str, Any]:
        plain = self.name in dialect.plain
        return {name: value for name, value in body.items() if not plain or name in REFERENCE_KEYS}

    def replacement(self, change: Change, body: Mapping[str, Any], found: Live) -> Request | None:
        return None

    def undo(self, change: Change) -> Request | None:
        """The row as it was, where a change took hours away to make room for what follows."""
        before, after = change.before, change.after
        if change.request is None or before is None or after is None or not _takes_away(before, after):
            return None
        start, end = before["startDate"], before["endDate"]
        period = Period(date.fromisoformat(start), end and date.fromisoformat(end), _week_of(before["days"]))
        return replace(
            change.request, body=change.request.body | bounds(period) | {"daysInfo": days_info(Row(period))}
        )


class _Entry(NamedTuple):
    """One item of a person's list: what it says, before bounds are drawn between items."""

    spec: Mapping[str, Any]
    start: date
    end: date | None
    name: str | None

    @classmethod
    def read(cls, item: Any, context: Context) -> _Entry | None:
        """Read an item with what its template adds; None where the template is not there to say the hours."""
        spec = {**context.template(item), **item}
        if not spec.keys() & {"days", "rotation"}:
            return None
        start = date_of(spec["from"])
        end = date_of(spec["to"]) if "to" in spec else None
        if end is not None and end < start:
            context.findings.error(spec["to"].source, f"`to` ({end}) is before `from` ({start})")
        return cls(spec, start, end, spec.get("override"))

    @property
    def period(self) -> Period:
        return Period(self.start, self.end, week_of(self.spec["days"]))

    def pieces(self, context: Context) -> list[Period]:
        if "rotation" not in self.spec:
            return [self.period] if self.end is None or self.start <= self.end else []
        rotation = self.spec["rotation"]
        weeks = [week_of(week) for week in rotation["weeks"]]
        phase = date_of(rotation["starts"])
        since = max(self.start, context.now.date() - timedelta(days=8))
        ahead = context.now.date() + context.environment.hours_ahead
        # Whole weeks of the rotation, or the last row would grow by a day, and be written, every night.
        until = ahead + timedelta(days=6 - (ahead - phase).days % 7)
        return rotate(weeks, phase, since, until if self.end is None else min(self.end, until))


def _bounded(entries: list[_Entry], context: Context) -> list[_Entry]:
    """End an entry without `to` where the next one begins; to name the same dates twice is an error."""
    ordered = sorted(entries, key=lambda entry: entry.start)
    bounded = []
    for entry, following in zip_longest(ordered, ordered[1:]):
        if following and (entry.start == following.start or (entry.end and entry.end >= following.start)):
            message = f"these hours begin on {following.start}, when those from {entry.start} still hold"
            context.findings.error(following.spec["from"].source, f"{message}: end those the day before")
        elif following and entry.end is None:
            entry = entry._replace(end=following.start - DAY)
        bounded.append(entry)
    return bounded


def _check_overrides(entries: Sequence[_Entry], context: Context) -> None:
    starts: set[date] = set()
    for entry in entries:
        if any(end > DAY_MINUTES for spans in entry.period.week.values() for _, end in spans):
            message = (
                "an override can't run over midnight: write 22:00-24:00, and 00:00-06:00 on the day after"
            )
            context.findings.error(entry.spec["days"].source, message)
        if entry.start in starts:
            context.findings.error(
                entry.spec["from"].source, f"a second override that begins on {entry.start}: merge the two"
            )
        starts.add(entry.start)
    for one, other in combinations(sorted(entries, key=lambda entry: entry.start), 2):
        shared = _shared_day(one, other)
        if shared and one.start != other.start:
            message = f"two overrides speak of {shared}: `{one.name}` from {one.start}, and this one"
            context.findings.warn(other.spec["from"].source, f"{message}, which is meant to hold")


def _shared_day(one: _Entry, other: _Entry) -> date | None:
    """The first date for which two overrides both name hours; `other` begins later."""
    ends = [entry.end for entry in (one, other) if entry.end]
    days = (other.start + DAY * step for step in range(7))
    named = one.period.week.keys() & other.period.week.keys()
    return next((day for day in days if day.isoweekday() in named and day <= min(ends, default=day)), None)


class _Person:
    """One person's timelines: what is wished and live, and the steps between."""

    def __init__(self, wish: Desired, live: Snapshot, context: Context) -> None:
        self.wish, self.context, self.live = wish, context, live
        self.username = wish.key.name
        self.today = context.today(context.zone_name(self.username, live.users.get(self.username)))
        self.id = live.ids.get(self.username)
        self.rows = live.hours.get(self.id or "", ())

    def changes(self) -> Iterator[Change]:
        usual: list[Period] | None = self.wish.fields.get(DEFAULT)
        special: list[Row] = self.wish.fields.get(OVERRIDE, [])
        keeps_overrides = self.live.rule_types is not False
        if special and usual is not None and not keeps_overrides:
            cut = override(usual, [row.period for row in special])
            rows = self._timeline(DEFAULT, [Row(period) for period in cut])
            yield from (replace(change, reason=CUT_IN) if change.request else change for change in rows)
            return
        if usual is not None:
            yield from self._timeline(DEFAULT, [Row(period) for period in usual])
        if special:
            reason = "this service keeps no overrides: declare the usual hours, too, and it is cut into those"
            rows = self._timeline(OVERRIDE, special)
            yield from rows if keeps_overrides else (row.blocked(reason) for row in rows if row.request)

    def _timeline(self, rule: str, rows: Sequence[Row]) -> Iterator[Change]:
        wished = [row for row in rows if row.period.end is None or row.period.end >= self.today]
        had = [row for row in self.rows if _rule(row) == rule and not _past(row, self.today)]
        had.sort(key=lambda row: (row["startDateTime"], str(row.get("workHoursId"))))
        prune = self.context.environment.prune
        live = [row_of(row) for row in had]
        for match in _in_order(match_rows(wished, live, self.today, prune), wished, live):
            want = None if match.wished is None else wished[match.wished]
            have = None if match.live is None else had[match.live]
            goal = self._goal(match.step, want, None if match.live is None else live[match.live])
            if want is None and have and not prune:
                yield self._made_room(rule, goal, live[match.live or 0], have, wished)
            else:
                yield self._change(rule, _ACTIONS[match.step], goal, have)

    def _change(self, rule: str, action: Action, goal: Row, have: Mapping[str, Any] | None) -> Change:
        key, live_id = self._key(rule, goal), None if have is None else have.get("workHoursId")
        if action is Action.NOOP:
            return Change(key, action, source=self.wish.source, live_id=live_id)
        before, after = None if have is None else shown(row_of(have)), shown(goal)
        return Change(
            key,
            action,
            self._request(rule, goal, have),
            before=before,
            after=after,
            diff=() if before is None else tuple(diff(before, after)),
            source=self.wish.source,
            live_id=live_id,
            live_digest=None if have is None else KIND.digest(have),
        )

    def _made_room(
        self, rule: str, goal: Row, had: Row, have: Mapping[str, Any], wished: Sequence[Row]
    ) -> Change:
        """Without `prune`, hours that nobody declares go only where declared ones stand in their place."""
        since = had._replace(period=had.period._replace(start=max(had.period.start, self.today)))
        first = min((row.period.start for row in wished if row.period.overlaps(since.period)), default=None)
        if first is None:
            change = self._change(rule, Action.NOOP, had, have)
            message = f"{change.key}: hours that nobody declares any more stay; `prune: true` takes them away"
            self.context.findings.warn(self.wish.source, message)
            return change.noop("no longer declared; prune is off")
        last = max((row.period.end or date.max for row in wished), default=date.max)
        if last < (had.period.end or date.max):
            message = (
                f"hours after {last} go, as the row that held them is replaced: declare them if they stay"
            )
            self.context.findings.warn(self.wish.source, f"{self.wish.key}: {message}")
        if first <= since.period.start:
            return self._change(rule, Action.RETIRE, goal, have)
        cut = had._replace(period=had.period._replace(end=first - DAY))
        return self._change(rule, Action.UPDATE, cut, have)

    def _goal(self, step: Step, want: Row | None, had: Row | None) -> Row:
        """The row as it shall be after the step."""
        if had and step is Step.END:
            return had._replace(period=had.period._replace(end=self.today - DAY))
        if had and step is Step.EMPTY:
            return had._replace(period=had.period._replace(week={}))
        assert want is not None
        return want._replace(period=want.period._replace(start=self._start(step, want, had)))

    def _start(self, step: Step, want: Row, had: Row | None) -> date:
        """A row that stays keeps its start. A new one begins today at the earliest: before it may lie rows
        that were never read, and what is past is nobody's to rewrite; a person new here has no past."""
        if had and step in (Step.KEEP, Step.REPLACE):
            return had.period.start
        new_here = self.username not in self.live.users
        return want.period.start if new_here else max(want.period.start, self.today)

    def _key(self, rule: str, row: Row) -> Key:
        infix = "/override" if rule == OVERRIDE else ""
        return Key(KIND.name, f"{self.username}{infix}@{row.period.start}")

    def _request(self, rule: str, row: Row, have: Mapping[str, Any] | None) -> Request:
        body: dict[str, Any] = {
            "psmId": self.id or Ref(Key("user", self.username)),
            **bounds(row.period),
            "daysInfo": days_info(row),
        }
        name = row.name or (have or {}).get("name")
        if rule == OVERRIDE:
            body |= {"type": "WORKING_HOURS", "ruleType": OVERRIDE}
        if name:
            body["name"] = name
        if have is None:
            return routes.create_work_hours(self.context.scope, body)
        return routes.replace_work_hours(self.context.scope, have["workHoursId"], body)


_ACTIONS = {
    Step.KEEP: Action.NOOP,
    Step.REPLACE: Action.UPDATE,
    Step.REUSE: Action.UPDATE,
    Step.CREATE: Action.CREATE,
    Step.END: Action.RETIRE,
    Step.EMPTY: Action.RETIRE,
}


def _in_order(matches: list[Match], wished: Sequence[Row], live: Sequence[Row]) -> list[Match]:
    """The order of one person's writes: take away first, then ascending by start.

    On a service that cuts what a written row overlaps, a row emptied last would cut the one written before.
    """

    def order(match: Match) -> tuple[bool, date]:
        row = live[match.live or 0] if match.wished is None else wished[match.wished]
        return match.wished is not None, row.period.start

    return sorted(matches, key=order)


def _refused(changes: list[Change], wish: Desired, live: Snapshot) -> Iterator[Change]:
    """Changes that the service will not take for this person, said before they hurt."""
    username = wish.key.name
    user, id = live.users.get(username), live.ids.get(username)
    reason = ""
    if user is not None and id is None:
        reason = f"the service tells no id for {username}: write `id:` (a UUID) beside the user's e-mail"
    elif user is not None and user.get("userState") == "INACTIVE":
        reason = f"{username} is INACTIVE: activate the user in Admin, or take the hours out"
    for change in changes:
        yield change.blocked(reason) if reason and change.request else change


def row_of(fields: Mapping[str, Any]) -> Row:
    """A live row: bounds by date, whatever their time of day; a far end is open; times null are a day off."""
    start = date.fromisoformat(_date(fields["startDateTime"]))
    end = date.fromisoformat(_date(fields["endDateTime"])) if fields.get("endDateTime") else None
    week: dict[int, list[tuple[int, int]]] = {}
    for info in fields.get("daysInfo") or ():
        spans = week.setdefault(int(info["day"]), [])
        if info.get("startTime") and info.get("endTime"):
            spans.append((_minutes(info["startTime"]), _minutes(info["endTime"])))
    if end is not None and end - start >= OPEN_FROM:
        end = None
    period = Period(start, end, {day: tuple(sorted(spans)) for day, spans in week.items()})
    return Row(period, fields.get("name"), days_off=_rule(fields) == OVERRIDE)


def shown(row: Row) -> dict[str, Any]:
    """A row as plans show it: dates and the hours of each weekday, in words."""
    week = row.hours(date.min).week
    fields: dict[str, Any] = {
        "startDate": str(row.period.start),
        "endDate": None if row.period.end is None else str(row.period.end),
        "days": {DAYS[day - 1]: _spelled(spans) for day, spans in week.items()},
    }
    if row.days_off and row.name:
        fields["name"] = str(row.name)
    return fields


def bounds(period: Period) -> dict[str, str]:
    """The dates of a period as the service writes them; an open end is fifty years on."""
    return {
        "startDateTime": f"{period.start}T00:00:00.000Z",
        "endDateTime": f"{period.end or _open_end(period.start)}T23:59:59.999Z",
    }


def days_info(row: Row) -> list[dict[str, Any]]:
    """The row's `daysInfo`: one element a span, times HH:MM:SS; both null is a day off."""
    return [
        {"day": day, "startTime": _clock(start), "endTime": _clock(end)}
        for day, spans in row.hours(date.min).week.items()
        for start, end in spans or ((None, None),)
    ]


def _week_of(days: Mapping[str, str]) -> Week:
    """The week that `shown` spelled."""
    return week_of({day: "off" if hours == "off" else hours.split(", ") for day, hours in days.items()})


def _takes_away(before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    open_end = str(date.max)
    return (after["endDate"] or open_end) < (before["endDate"] or open_end) or not after["days"]


def _spelled(spans: Sequence[tuple[int, int]]) -> str:
    return ", ".join("-".join(f"{t // 60:02}:{t % 60:02}" for t in span) for span in spans) or "off"


def _clock(minutes: int | None) -> str | None:
    if minutes is None:
        return None
    # A day's end is its last second: whether the service takes 24:00:00 was never seen (api-facts 14).
    return "23:59:59" if minutes == DAY_MINUTES else f"{minutes // 60:02}:{minutes % 60:02}:00"


def _minutes(text: str) -> int:
    if text.startswith(("23:59:59", "24:00")):
        return DAY_MINUTES
    return int(text[:2]) * 60 + int(text[3:5])


def _open_end(start: date) -> date:
    year = start.year + OPEN_YEARS
    return (
        start.replace(year=year, day=28) if (start.month, start.day) == (2, 29) else start.replace(year=year)
    )


def _date(stamp: str) -> str:
    return stamp[:10]


def _rule(fields: Mapping[str, Any]) -> str:
    """The timeline a row belongs to; the reference knows neither type nor ruleType."""
    if fields.get("type") not in (None, "WORKING_HOURS"):
        return "AVAILABILITY"
    return str(fields.get("ruleType") or DEFAULT)


def _past(fields: Mapping[str, Any], today: date) -> bool:
    end = fields.get("endDateTime")
    return end is not None and _date(end) < str(today)


def _located(change: Change, live: Snapshot) -> Live | None:
    """The person's row of this id; a new row by its timeline and start date."""
    username = change.key.subject
    rule = OVERRIDE if "/override@" in change.key.name else DEFAULT
    start = (change.after or {}).get("startDate")
    rows = [row for row in live.hours.get(live.ids.get(username, ""), ()) if _rule(row) == rule]
    # Whether a PUT keeps the id is not known (api-facts 6): where it is gone, the start date tells.
    same = [row for row in rows if change.live_id and row.get("workHoursId") == change.live_id]
    same = same or [row for row in rows if _date(row["startDateTime"]) == start]
    return Live(same[0].get("workHoursId"), same[0]) if same else None


KIND = WorkHours()
