"""From one person's wished and live rows to changes, each with its request."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from reconciler.brakes import CUT_IN
from reconciler.diff import diff
from reconciler.kind import Context, Known
from reconciler.kinds.work_hours.rows import (
    DEFAULT,
    OVERRIDE,
    digest,
    past,
    request_of,
    row_of,
    rule_of,
    shown,
)
from reconciler.matching import Match, Row, Step, match_rows
from reconciler.model import Action, Change, Desired, Key, Snapshot
from reconciler.shifts import SHIFTS, DayCalendar
from reconciler.timeline import DAY


class Person:
    """One person's timelines: what is wished and live, and the steps between."""

    def __init__(self, wish: Desired, live: Snapshot, context: Context, known: Known) -> None:
        self.wish, self.context, self.live = wish, context, live
        self.username = wish.key.name
        self.today = context.today(context.zone_name(self.username, live.users.get(self.username)))
        self.id = live.ids.get(self.username)
        self.rows = live.hours.get(self.id or "", ())
        self.known = known

    def changes(self) -> Iterator[Change]:
        calendar: DayCalendar = self.wish.fields[SHIFTS]
        keeps_overrides = self.live.rule_types is not False
        if calendar.overrides and calendar.usual is not None and not keeps_overrides:
            rows = self._timeline(DEFAULT, [Row(period) for period in calendar.cut_rows()])
            yield from (replace(change, reason=CUT_IN) if change.request else change for change in rows)
            return
        if calendar.usual is not None:
            yield from self._timeline(DEFAULT, [Row(period) for period in calendar.usual_rows()])
        if calendar.overrides:
            reason = "this service keeps no overrides: declare the usual hours, too, and it is cut into those"
            special = [Row(row.period, row.name, days_off=True) for row in calendar.override_rows()]
            rows = self._timeline(OVERRIDE, special)
            yield from rows if keeps_overrides else (row.blocked(reason) for row in rows if row.request)

    def _timeline(self, rule: str, rows: Sequence[Row]) -> Iterator[Change]:
        wished = [row for row in rows if row.period.end is None or row.period.end >= self.today]
        had = [row for row in self.rows if rule_of(row) == rule and not past(row, self.today)]
        had.sort(key=lambda row: (row["startDateTime"], str(row.get("workHoursId"))))
        prune = self.context.environment.prune
        live = [row_of(row) for row in had]
        for match in in_order(match_rows(wished, live, self.today, prune), wished, live):
            want = None if match.wished is None else wished[match.wished]
            have = None if match.live is None else had[match.live]
            if match.step is Step.KEEP:
                yield from [self._kept(rule, live[match.live], have)] if match.live is not None else []
                continue
            goal = self._goal(match.step, want, None if match.live is None else live[match.live])
            if want is None and have and not prune:
                yield self._made_room(rule, goal, live[match.live or 0], have, wished)
            else:
                yield self._change(rule, _ACTIONS[match.step], goal, have)

    def _kept(self, rule: str, row: Row, have: Mapping[str, Any] | None) -> Change:
        live_id = None if have is None else have.get("workHoursId")
        return Change(self._key(rule, row), Action.NOOP, source=self.wish.source, live_id=live_id)

    def _change(self, rule: str, action: Action, goal: Row, have: Mapping[str, Any] | None) -> Change:
        live_id = None if have is None else have.get("workHoursId")
        before, after = None if have is None else shown(row_of(have)), shown(goal)
        change = Change(
            self._key(rule, goal),
            action,
            before=before,
            after=after,
            diff=() if before is None else tuple(diff(before, after)),
            source=self.wish.source,
            live_id=live_id,
            live_digest=None if have is None else digest(have),
        )
        return change.sending(request_of(change, self.known))

    def _made_room(
        self, rule: str, goal: Row, had: Row, have: Mapping[str, Any], wished: Sequence[Row]
    ) -> Change:
        """Without `prune`, hours that nobody declares go only where declared ones stand in their place."""
        since = had._replace(period=had.period._replace(start=max(had.period.start, self.today)))
        first = min((row.period.start for row in wished if row.period.overlaps(since.period)), default=None)
        if first is None:
            change = self._kept(rule, had, have)
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
        if had and step is Step.REPLACE:
            return had.period.start
        new_here = self.username not in self.live.users
        return want.period.start if new_here else max(want.period.start, self.today)

    def _key(self, rule: str, row: Row) -> Key:
        infix = "/override" if rule == OVERRIDE else ""
        return Key("workHours", f"{self.username}{infix}@{row.period.start}")


_ACTIONS = {
    Step.REPLACE: Action.UPDATE,
    Step.REUSE: Action.UPDATE,
    Step.CREATE: Action.CREATE,
    Step.END: Action.RETIRE,
    Step.EMPTY: Action.RETIRE,
}


def in_order(matches: list[Match], wished: Sequence[Row], live: Sequence[Row]) -> list[Match]:
    """The order of one person's writes: take away first, then ascending by start.

    On a service that cuts what a written row overlaps, a row emptied last would cut the one written before.
    """

    def order(match: Match) -> tuple[bool, date]:
        row = live[match.live or 0] if match.wished is None else wished[match.wished]
        return match.wished is not None, row.period.start

    return sorted(matches, key=order)
