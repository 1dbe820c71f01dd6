"""From one person's wished and live rows to changes, each with its request."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from functools import cached_property

from reconciler.diff import diff
from reconciler.errors.mistakes import Mistake
from reconciler.kinds import Context, Known
from reconciler.kinds.work_hours.horizon import Written
from reconciler.kinds.work_hours.layers import Layer, Statement
from reconciler.kinds.work_hours.leaving import first_gone, only_ends, up_to
from reconciler.kinds.work_hours.matching import Match, Row, Said, Step, first_met, match_rows
from reconciler.kinds.work_hours.overrides import Makers, counterparts
from reconciler.kinds.work_hours.part import Hours
from reconciler.kinds.work_hours.patterns import SWAPPED, statement_said
from reconciler.kinds.work_hours.periods import DAY, Period
from reconciler.kinds.work_hours.rows import (
    DEFAULT,
    LONG_AGO,
    OVERRIDE,
    dated_back,
    digest,
    past,
    request_of,
    row_in,
    row_of,
    rule_of,
    shown,
)
from reconciler.kinds.work_hours.shifts import SHIFTS, DayCalendar
from reconciler.model import Action, Change, Desired, Ground, Key, Snapshot, Users, joined
from reconciler.model.typed import HoursRow

DATED_BACK = "dated back, as no override can be deleted"


class Person:
    """One person's timelines: what is wished and live, and the steps between."""

    def __init__(self, wish: Desired, live: Snapshot, context: Context, known: Known, makers: Makers) -> None:
        self.wish, self.context, self.live, self.makers = wish, context, live, makers
        self.calendar: DayCalendar = wish.fields[SHIFTS]
        self.username = wish.key.name
        user = live.of(Users).by_name.get(self.username)
        self.today = context.today(context.zone_name(self.username, user))
        self.last_day = context.last_day(self.username, user)
        self.id = live.ids.get(self.username)
        self.rows = live.of(Hours).rows.get(self.id or "", ())
        self.keeps_overrides = live.of(Hours).rule_types is not False
        self.known = known
        # Of who leaves hours end as well that no entry speaks of.
        self.declared = self.last_day is None or wish.source is not context.leaving[self.username].source
        self.takes_away = (context.environment.prune and self.declared) or self.calendar.is_bare

    def changes(self) -> Iterator[Change]:
        calendar = self.calendar
        if calendar.statements and calendar.usual is not None and not self.keeps_overrides:
            layers = [*calendar.usual, *(period for each in calendar.statements for period in each.periods)]
            rows = self._usual(calendar.cut_rows(), layers)
            bound = self._swaps_in(rows)
            for row in rows:
                yield row.because(Ground.CUT_IN)._replace(bound=bound) if row.request else row
            return
        if calendar.usual is not None:
            yield from self._usual(calendar.usual_rows(), calendar.usual)
        elif self.last_day:  # nobody says which hours somebody has who leaves: they end as they are
            stay = up_to(self.last_day, (row_of(row) for row in self.rows if rule_of(row) == DEFAULT))
            yield from self._usual(stay, stay)
        special = [
            Row(period, each.name, days_off=True, said=self._told(each))
            for each, period in calendar.stated_rows()
        ]
        if self.keeps_overrides:
            yield from self._overrides(special)
        elif special:
            reason = "this service keeps no overrides: declare the usual hours, too, and it is cut into those"
            yield from (row.blocked(reason) for row in self._overrides(special) if row.request)

    def _usual(self, rows: Iterable[Period], layers: Iterable[Period]) -> Sequence[Change]:
        """layers: what speaks of dates, if only to say that they are free; nothing may be in its way."""
        wished = self._to_come(Row(period, said=self._origin(period)) for period in rows)
        standing = self._to_come(map(Row, layers))
        steps = self._steps(DEFAULT, wished, self._had(DEFAULT), [*wished, *standing])
        changes = [change for _, change in steps]
        return self._written.rolled(changes, self.today) if any(each.request for each in changes) else changes

    def _overrides(self, rows: Iterable[Row]) -> Iterator[Change]:
        """Ours by the fewest writes; of everybody else's only what begins on a declared one's first date."""
        had, wished = self._had(OVERRIDE), self._to_come(rows)
        if not had and not wished:
            return
        mine = [row for row in had if self.makers.made(row)]
        others = [row for row in had if not self.makers.made(row)]
        found = counterparts(wished, map(row_of, mine), [row_of(row) for row in others], self.today)
        standing = [row for row, beside in zip(wished, found, strict=True) if not beside.clash]
        own = [place for place, beside in enumerate(found) if beside.other is None]
        changes = dict[int, Change]()
        for want, change in self._steps(OVERRIDE, [wished[place] for place in own], mine, standing):
            if want is None:
                yield change
            else:
                changes[own[want]] = change
        for place, (row, beside) in enumerate(zip(wished, found, strict=True)):
            if beside.other is not None:
                other = others[beside.other]
                # One that nobody has named is as an export took it, under whatever name a manifest gives it.
                nameless = self.context.environment.match_unmarked and not other.get("name")
                same = row._replace(name=None) if nameless else row
                ((_, changes[place]),) = self._steps(OVERRIDE, [same], [other], standing)
            yield _unless(beside.clash, changes.get(place) or self._kept(OVERRIDE, row, None))
        taken = {beside.other for beside in found}
        self._say_what_stays([row for place, row in enumerate(others) if place not in taken])

    def _steps(
        self, rule: str, wished: Sequence[Row], had: Sequence[HoursRow], standing: Sequence[Row]
    ) -> Iterator[tuple[int | None, Change]]:
        """The changes of one timeline, each with the position of its wished row.

        standing: all rows that will hold, in whose way nothing may be.
        """
        live, kept = [row_of(row) for row in had], list[Row]()
        for match in in_order(match_rows(wished, live, self.today, self.takes_away), wished, live):
            want = None if match.wished is None else wished[match.wished]
            row, have = (None, None) if match.live is None else (live[match.live], had[match.live])
            if match.step is Step.KEEP:
                yield from [(match.wished, self._kept(rule, row, have))] if row else []
                continue
            goal = self._goal(rule, match.step, want, row)
            if want is not None or row is None or have is None or self.takes_away:
                yield match.wished, self._change(rule, _ACTIONS[match.step], goal, have)
                continue
            first = self._ends(row, standing)
            if first is None:
                kept.append(row)
                yield None, self._kept(rule, row, have).noop("no longer declared; prune is off")
            else:
                yield None, self._made_room(rule, goal, row, have, first, standing)
        self._say_what_is_kept(rule, kept)

    def _ends(self, row: Row, standing: Sequence[Row]) -> date | None:
        """From which date on a row that nobody declares is in the way, or its person gone."""
        met = first_met(row, standing, self.today)
        gone = first_gone(row, self.last_day, self.today) if self.last_day else None
        return min(filter(None, (met, gone)), default=None)

    def _kept(self, rule: str, row: Row, have: HoursRow | None) -> Change:
        live_id = None if have is None else have.get("workHoursId")
        source = (row.said or self.wish).source
        return Change(self._key(rule, row), Action.NOOP, source=source, live_id=live_id)

    def _change(self, rule: str, action: Action, goal: Row, have: HoursRow | None) -> Change:
        had = None if have is None else row_of(have)
        before, after = None if had is None else shown(had), shown(goal)
        if action is Action.UPDATE and self.last_day and had and only_ends(had, goal):
            action = Action.RETIRE  # what only ends, as its person leaves, is taken away
        leaving = self.context.leaving.get(self.username) if action is Action.RETIRE else None
        begins = goal.period.start
        said = goal.said or (self._special(goal) if rule == OVERRIDE else self._origin(goal.period))
        change = Change(
            # A row that goes is called by where it was: dated back, all would have one name.
            self._key(rule, had if had and action is Action.RETIRE else goal),
            action,
            before=before,
            after=after,
            diff=() if before is None else tuple(diff(before, after)),
            reason=DATED_BACK if begins == LONG_AGO else "",
            source=(leaving or said or self.wish).source,
            why=reason.why if (reason := leaving or said) else "",
            live_id=None if have is None else have.get("workHoursId"),
            live_digest=None if have is None else digest(have),
            rule=said.rule if said else "",
            rolling=action is Action.CREATE and rule == DEFAULT and self._written.ends_before(begins),
            bound=said.bound if said else self._swap_gone(had),
        )
        return change.sending(request_of(change, self.known))

    def _origin(self, period: Period) -> Said:
        """What in the manifests a row of usual hours comes from; plain ones stand where their list does."""
        calendar = self.calendar
        origin = calendar.origin(max(period.start, self.today), period.end)
        rule = origin.template if origin else ""
        if not self.keeps_overrides and (special := calendar.cut_in(period)):
            last = special[-1]
            rule = rule if last.layer is Layer.OVERRIDE else self._told(last).rule
            return Said(last.source, rule, joined(each.why for each in special))
        source = self.wish.source if origin is None or origin.layer is Layer.USUAL else origin.source
        return Said(source, rule, calendar.why(period))

    def _special(self, row: Row) -> Said | None:
        """What an override's row comes from that is wished no more as it is."""
        statement = self.calendar.declared(row.name, row.period)
        return statement and self._told(statement)

    def _swaps_in(self, changes: Iterable[Change]) -> frozenset[str]:
        """The swaps on dates of changed rows. What is cut out of one row is put in by others, or by none."""
        sides = [side for each in changes if each.request for side in (each.before, each.after) if side]
        rows = [row_in(self.username, side).period for side in sides]
        met = (each for each in self.calendar.statements if any(map(each.meets, rows)))
        return frozenset[str]().union(*map(_bound_by, met))

    def _swap_gone(self, had: Row | None) -> frozenset[str]:
        """The swap that the name of a row tells, which nobody declares any more."""
        partner = had and had.name and SWAPPED.fullmatch(had.name)
        if not had or not partner:
            return frozenset()
        one, other = sorted((self.username, partner[1]))
        return frozenset((f"{one} ↔ {other} on {had.period.start}",))

    def _told(self, statement: Statement) -> Said:
        below = replace(
            self.calendar,
            statements=tuple(each for each in self.calendar.statements if each.layer < statement.layer),
        )
        rule = statement_said(statement, below, self.today, self.context.environment.shifts)
        return Said(statement.source, rule, statement.why, _bound_by(statement))

    @cached_property
    def _written(self) -> Written:
        """How far usual hours are written, into which overrides are cut where none are kept."""
        calendar = replace(self.calendar, statements=()) if self.keeps_overrides else self.calendar
        return Written.of(calendar, (row_of(row).period for row in self._had(DEFAULT)))

    def _made_room(
        self, rule: str, goal: Row, had: Row, have: HoursRow, first: date, standing: Sequence[Row]
    ) -> Change:
        """Without `prune`, hours that nobody declares go only where declared ones stand in their place."""
        last = max((row.period.end or date.max for row in standing), default=date.max)
        if last < min(had.period.end or date.max, self.last_day or date.max):
            message = (
                f"hours after {last} go, as the row that held them is replaced: declare them if they stay"
            )
            self.context.findings.warn(
                self.wish.source, f"{self.wish.key}: {message}", Mistake.HOURS_REPLACED
            )
        if first <= max(had.period.start, self.today):
            return self._change(rule, Action.RETIRE, goal, have)
        cut = had._replace(period=had.period._replace(end=first - DAY))
        return self._change(rule, Action.UPDATE, cut, have)

    def _say_what_is_kept(self, rule: str, kept: Sequence[Row]) -> None:
        """Warn of what is ours and stays, as `prune` is off."""
        if not self.declared:
            return  # nobody says that they should go
        what = "overrides" if rule == OVERRIDE else "hours"
        self._warn(rule, kept, f"{what} that nobody declares any more stay; `prune: true` takes them away")

    def _say_what_stays(self, others: Sequence[HoursRow]) -> None:
        """Warn of overrides that a manifest may have declared once; somebody else's own are no matter."""
        written = [row_of(row) for row in others if self.makers.wrote(row)]
        if self.last_day:
            lasting = [row for row in map(row_of, others) if (row.period.end or date.max) > self.last_day]
            self._warn(OVERRIDE, lasting, f"made in Welkin, and lasts beyond {self.last_day}: end it there")
        elif not self.makers.known:
            says = (
                "not declared, and stays: the service doesn't tell who made it; what is over, end in Welkin"
            )
            self._warn(OVERRIDE, [row_of(row) for row in others], says)
        else:
            self._warn(OVERRIDE, written, "made in Welkin and declared no more: it stays; end it there")

    def _warn(self, rule: str, rows: Sequence[Row], message: str) -> None:
        if rows:
            keys = ", ".join(str(self._key(rule, row)) for row in rows)
            self.context.findings.warn(self.wish.source, f"{keys}: {message}", Mistake.STAYS)

    def _to_come(self, rows: Iterable[Row]) -> list[Row]:
        return [row for row in rows if row.period.end is None or row.period.end >= self.today]

    def _had(self, rule: str) -> list[HoursRow]:
        had = [row for row in self.rows if rule_of(row) == rule and not past(row, self.today)]
        return sorted(had, key=lambda row: (row["startDateTime"], str(row.get("workHoursId"))))

    def _goal(self, rule: str, step: Step, want: Row | None, had: Row | None) -> Row:
        """The row as it shall be after the step."""
        if had and step is Step.END:
            return had._replace(period=had.period._replace(end=self.today - DAY))
        if had and step is Step.EMPTY:
            return dated_back(had) if rule == OVERRIDE else had._replace(period=had.period._replace(week={}))
        assert want is not None
        return want._replace(period=want.period._replace(start=self._start(step, want, had)))

    def _start(self, step: Step, want: Row, had: Row | None) -> date:
        """A row that stays keeps its start. A new one begins today at the earliest: before it may lie rows
        that were never read, and what is past is nobody's to rewrite; a person new here has no past. Of
        overrides that have begun, no two would then begin on one date: each states its first itself."""
        if had and step is Step.REPLACE:
            return had.period.start
        new_here = self.username not in self.live.of(Users).by_name
        return want.period.start if new_here else want.begins(self.today)

    def _key(self, rule: str, row: Row) -> Key:
        infix = "/override" if rule == OVERRIDE else ""
        return Key("workHours", f"{self.username}{infix}@{row.period.start}")


def _unless(clash: date | None, change: Change) -> Change:
    """The change, blocked where somebody else's override speaks of one of its dates as well."""
    reason = f"an override made in Welkin states {clash} as well: end it there"
    return change.blocked(reason) if clash else change


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


def _bound_by(statement: Statement) -> frozenset[str]:
    """The swap that a statement is one half of."""
    source = statement.source
    return frozenset((f"{source.path}:{source.line}:{source.column}",) if statement.between else ())
