"""What people did to usual hours in Welkin, as edits of a person's list under `workHours`. Pure.

They are compared date by date: where a weekday is otherwise on all dates of an item, its `days` say so; else
the item ends, what is otherwise follows it, and it goes on where that is over.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import cast

from reconciler.kinds import Context
from reconciler.kinds.work_hours.accepting_days import days_edits, days_said, word_of
from reconciler.kinds.work_hours.accepting_items import Item, Piece, data_of, instead_of, items_in, spec_of
from reconciler.kinds.work_hours.accepting_live import coming, live_shifts
from reconciler.kinds.work_hours.accepting_overrides import Otherwise
from reconciler.kinds.work_hours.accepting_statements import ORDER
from reconciler.kinds.work_hours.entries import written_until
from reconciler.kinds.work_hours.layers import Layer, Origin
from reconciler.kinds.work_hours.part import Hours
from reconciler.kinds.work_hours.periods import DAY, WEEK, Spans, Week
from reconciler.kinds.work_hours.shifts import DayCalendar, dates
from reconciler.model import Change, Items, Manifest, Snapshot, Users
from reconciler.model.edits import After, Edit, Untold, Value
from reconciler.model.spec import HoursSpec

AHEAD, MOST = 8 * WEEK, 200 * WEEK  # looked at beyond the last border; in all


class Usual:
    """One person's usual hours."""

    def __init__(
        self,
        manifest: Manifest,
        calendar: DayCalendar,
        changes: Sequence[Change],
        live: Snapshot,
        context: Context,
    ) -> None:
        self.manifest, self.changes, self.context = manifest, changes, context
        self.cut = calendar if live.of(Hours).rule_types is False else None  # the service keeps no overrides
        self.declared = self.cut or replace(calendar, statements=())
        user = live.of(Users).by_name.get(manifest.name)
        self.today = context.today(context.zone_name(manifest.name, user))
        rows = coming(live.of(Hours).rows.get(live.ids.get(manifest.name) or "", ()), self.today)
        usual = [row for row in rows if not row.days_off]
        self.rows = [row.period for row in usual]
        self.items = list(items_in(cast(Sequence[HoursSpec], manifest.spec)))
        self.limit = self._limit()
        self.rows_said: dict[str, list[str]] = {}  # of sheets, as they are to be
        self.live = live_shifts(usual, self.today, self.limit, self.declared)

    def edits(self) -> Iterator[Edit | Untold | Otherwise]:
        differing = [day for day in self._touched() if self._differs(day)]
        special = [day for day in differing if self._is_special(day)]
        yield from map(self._otherwise, special)
        differing = [day for day in differing if day not in special]
        origins = {day: self.declared.origin(day, day) for day in differing}
        sheets = {day: origin for day, origin in origins.items() if origin and origin.layer is Layer.ROSTER}
        for day, origin in sheets.items():
            yield self._on_sheet(day, origin)
        differing = [day for day in differing if day not in sheets]
        for item in reversed(self.items):  # what is put behind one moves those after it
            own = [day for day in differing if item.covers(day)]
            if own:
                yield from self._item(item, own)
        left = [day for day in differing if not any(item.covers(day) for item in self.items)]
        if left:
            yield from self._beyond(left)

    def _edit(self, path: tuple[str | int, ...], value: Value | None, note: str = "") -> Edit:
        return Edit("workHours", self.manifest.name, path, value, self.changes[0].key, ORDER, note)

    def _on_sheet(self, day: date, origin: Origin) -> Edit | Untold:
        """A word of a roster."""
        sheet = origin.template.removeprefix("roster/")
        manifests = (each for each in self.context.environment.under("roster") if each.name == sheet)
        rows = (cast(Mapping[str, str], each.spec).get(self.manifest.name) for each in manifests)
        row, key = next(filter(None, rows), ""), self.changes[0].key
        words, place = self.rows_said.get(sheet) or str(row).split(), (day - origin.start).days
        word = word_of(self.live[day], self.context.environment.shifts)
        if word is None or place >= len(words):
            return Untold(key, f"no word of a roster says the hours of {day}")
        words[place] = word
        self.rows_said[sheet] = words
        return Edit("roster", sheet, (self.manifest.name,), " ".join(words), key)

    def _limit(self) -> date:
        """How far ahead is looked: until all that is bounded is over, or rotations aren't written."""
        edges = [each for row in self.rows for each in (row.start, row.end) if each]
        edges += [each for item in self.items for each in (item.start, item.end) if each]
        if any("rotation" in {**self.context.template(item.spec), **item.spec} for item in self.items):
            edges.append(written_until(self.context) - AHEAD)
        return min(max([*edges, self.today]) + AHEAD, self.today + MOST)

    def _touched(self) -> Iterator[date]:
        """The dates of rows that a plan would change."""
        bounds = [side for change in self.changes for side in (change.before, change.after) if side]
        spans = [
            (date.fromisoformat(side["startDate"]), date.fromisoformat(side["endDate"] or str(date.max)))
            for side in bounds
        ]
        for day in dates(self.today, self.limit + DAY):
            if any(first - DAY <= day <= last for first, last in spans):
                yield day

    def _differs(self, day: date) -> bool:
        declared = self.declared.shifts(day)
        if self.live[day] == declared:
            return False
        unwritten = any(each.covers(day) for each in self.declared.unwritten)
        return not unwritten

    # One item.

    def _item(self, item: Item, own: Sequence[date]) -> Iterator[Edit]:
        seen = [day for day in dates(max(item.start, self.today), self.limit + DAY) if item.covers(day)]
        week = self._week(seen)
        rotates = "rotation" in {**self.context.template(item.spec), **item.spec}
        if week is not None and any(week.values()) and not rotates:
            yield from days_edits(self._edit, item.place, item.spec, week, self.context)
            return
        begin, end = self._begin(own[0], item), self._end(own[-1], item)
        pieces = list(self._pieces(begin, end))
        goes_on = end is not None and (item.end is None or end < item.end)
        again = [{**data_of(item.spec), "from": str(cast(date, end) + DAY)}] if goes_on else []
        first = pieces.pop(0) if pieces and pieces[0].start == begin == item.start else None
        behind = [*map(spec_of, pieces), *again]
        for number, spec in reversed([*enumerate(behind)]):
            note = instead_of(item.spec) if not number and pieces and first is None else ""
            yield self._edit((After(item.place),), spec, note)
        if begin > item.start:
            yield self._edit((item.place, "to"), str(begin - DAY))
        elif first is None:
            yield self._edit((item.place,), None)
        else:
            yield from self._becomes(item, first)

    def _becomes(self, item: Item, piece: Piece) -> Iterator[Edit]:
        """An item that says the first of what is otherwise."""
        if "rotation" in item.spec:
            for key in ("rotation", "offset"):
                yield from [self._edit((item.place, key), None)] if key in item.spec else []
            yield self._edit((item.place, "days"), days_said(piece.week), instead_of(item.spec))
        else:
            week = {day: piece.week.get(day, ()) for day in range(1, 8)}
            yield from days_edits(self._edit, item.place, item.spec, week, self.context)
        if piece.end and piece.end != item.end:
            yield self._edit((item.place, "to"), str(piece.end))

    def _week(self, days: Sequence[date]) -> Week | None:
        """The hours of each weekday that is among dates; None where they aren't the same on all."""
        found: dict[int, Spans] = {}
        for day in days:
            if (
                not self._is_special(day)
                and found.setdefault(day.isoweekday(), self.live[day]) != self.live[day]
            ):
                return None
        return found

    def _otherwise(self, day: date) -> Otherwise:
        """A date of which a statement speaks that is cut into the usual hours."""
        assert self.cut is not None
        word = self.cut.word(day)
        assert word is not None
        key, hours = self.changes[0].key, {day: self.live[day]}
        return Otherwise(self.manifest.name, key, word.statement, frozenset((day,)), hours)

    def _is_special(self, day: date) -> bool:
        """Whether an override that is cut into the usual hours says a date."""
        return self.cut is not None and self.cut.ruling(day) is not None

    def _begin(self, first: date, item: Item) -> date:
        """Where a row begins, if what lies between is the same either way."""
        starts = [row.start for row in self.rows if first - 6 * DAY <= row.start <= first]
        return max([*starts, item.start]) if starts and starts[-1] > item.start else (
            max(first, item.start) if first - item.start > 6 * DAY or item.start < self.today else item.start
        )  # fmt: skip

    def _end(self, last: date, item: Item) -> date | None:
        """The last of the dates that are otherwise; None where that goes on."""
        row = next((row for row in self.rows if row.covers(last)), None)
        if last + WEEK > self.limit and (row is None or row.end is None):
            return item.end
        ends = [row.end] if row and row.end and row.end < last + WEEK else []
        return min([*ends, *([item.end] if item.end else [])], default=last) if ends else last

    def _pieces(self, begin: date, end: date | None) -> Iterator[Piece]:
        """What is live between two dates, row by row; rows that say the same together."""
        last = end or self.limit
        edges = {begin, *(row.start for row in self.rows if begin < row.start <= last)}
        edges |= {row.end + DAY for row in self.rows if row.end and begin <= row.end < last}
        starts = sorted(edges)
        found = list[Piece]()
        for start, following in zip(starts, [*(s - DAY for s in starts[1:]), None], strict=True):
            until = following or last
            week: Week = {
                day.isoweekday(): self.live[day] for day in dates(start, min(until, start + 6 * DAY) + DAY)
            }
            piece = Piece(start, following or end, {day: spans for day, spans in week.items() if spans})
            if found and found[-1].week == piece.week:
                found[-1] = found[-1]._replace(end=piece.end)
            elif piece.week:
                found.append(piece)
        yield from found

    def _beyond(self, left: Sequence[date]) -> Iterator[Edit]:
        """Hours on dates of which no item speaks: they follow the last one, or are a longer one."""
        item = next((each for each in reversed(self.items) if each.end and each.end < left[0]), None)
        for piece in reversed([*self._pieces(left[0], None)]):
            same = item is not None and piece.start == cast(date, item.end) + DAY
            if same and item and self._goes_on(item, piece):
                yield self._edit((item.place, "to"), str(piece.end) if piece.end else None)
            else:
                after = After(item.place) if item else After(len(cast(Items, self.manifest.spec)) - 1)
                yield self._edit((after,), spec_of(piece))

    def _goes_on(self, item: Item, piece: Piece) -> bool:
        days = dates(piece.start, min(piece.end or self.limit, piece.start + 6 * DAY) + DAY)
        before = {day: self.declared.shifts(day - WEEK) for day in days}
        return "rotation" not in item.spec and all(
            self.live[day] == spans for day, spans in before.items() if item.covers(day - WEEK)
        )
