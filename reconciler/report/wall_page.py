"""A rota as a page that hangs on the wall: a week a sheet of paper, people by dates, meetings below."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import NamedTuple

from reconciler.dates.hours import FREE, Shifts
from reconciler.dates.said import day_said, span_said
from reconciler.dates.week import span_text
from reconciler.dates.zones import same_zone
from reconciler.errors.escape import Printable
from reconciler.report.letters import legend, words_of
from reconciler.report.meetings import Meeting, meetings_of
from reconciler.report.template import rendered
from reconciler.report.wall import following, reasons
from reconciler.report.week_table import Cell, Row, Said, Table, bars, table_of
from reconciler.staffing.week import Day, Person, Weeks


class Week(NamedTuple):
    """legend: what the names of shifts mean that stand in the table."""

    table: Table
    legend: str
    meetings: tuple[Meeting, ...]


def calendar_page(weeks: Weeks) -> Printable:
    """The weeks with everybody's hours, why they are what they are, and all meetings."""
    return rendered(
        "calendar.html",
        place=weeks.place,
        title=_title(weeks, weeks.dates[0][0], weeks.dates[-1][-1]),
        zone=weeks.zone,
        live=weeks.live,
        people=[person.name for person in weeks.people],
        weeks=[_week(weeks, dates) for dates in weeks.dates],
    )


def _title(weeks: Weeks, first: date, last: date) -> str:
    return span_said(first, last, weeks.today)


def _week(weeks: Weeks, dates: Sequence[date]) -> Week:
    rows = [_row(weeks, person, dates) for person in weeks.people]
    heads = [day_said(day, day) + (", today" if day == weeks.today else "") for day in dates]
    return Week(
        table_of(_title(weeks, dates[0], dates[-1]), heads, rows),
        legend([person.on(day) for person in weeks.people for day in dates], weeks.shifts),
        tuple(meetings_of(weeks.people, dates, weeks.zone)),
    )


def _row(weeks: Weeks, person: Person, dates: Sequence[date]) -> Row:
    there = () if same_zone(person.zone, weeks.zone) else (f"times in {person.zone}",)
    return Row(person.name, there, tuple(_cell(weeks, person, day) for day in map(person.on, dates)))


def _cell(weeks: Weeks, person: Person, day: Day) -> Cell:
    spans = [] if day.on_leave else [shift.span for shift in day.shifts]
    return Cell(
        tuple(_lines(person, day, weeks.shifts)), tuple(bars(spans, spans)), today=day.date == weeks.today
    )


def _lines(person: Person, day: Day, names: Shifts) -> Iterator[Said]:
    if day.on_leave:
        yield Said("leave", "leave")
        return
    words = words_of(day, names) or tuple(shift.span for shift in day.shifts)
    for word in words:
        yield Said("same", word if isinstance(word, str) else span_text(word, following(day), "–"))
    if not words and day.hours is not None:
        yield Said("off", FREE if names else "off")
    yield from (Said("note", " ".join([why.word, *why.clock])) for why in reasons(day, person.zone))
