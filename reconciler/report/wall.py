"""A rota as what hangs on the wall, as the days of one person, and as who is on now.

Returns what `show` prints. All are made of one value, `Weeks`, and keep to a width.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from typing import NamedTuple

from reconciler.dates.hours import FREE, Shifts
from reconciler.dates.moments import day_text
from reconciler.dates.week import ranges, short_text, span_text
from reconciler.dates.zones import same_zone, zone_of
from reconciler.errors.columns import broken, cells, padded
from reconciler.errors.escape import Printable, page, visible
from reconciler.kinds.work_hours.periods import DAY, Span
from reconciler.report.grid import Column, grid_lines
from reconciler.report.letters import legend, words_of
from reconciler.report.meetings import clock_of, meeting_lines, what_of
from reconciler.staffing.week import Day, Person, Time, Weeks

MARK = "*"  # of hours about which more is said below


class Reason(NamedTuple):
    """Why hours are not the usual ones: an override's name, or leave with its time."""

    word: str
    clock: tuple[str, ...] = ()


def weeks_page(weeks: Weeks, width: int) -> Printable:
    """A grid of people and dates for each week, below it what is out of the usual, and the meetings."""
    return page(line for dates in weeks.dates for line in _week(weeks, dates, width))


def people_page(weeks: Weeks, width: int) -> Printable:
    """Each person's days with hours and events in full."""
    return page(line for dates in weeks.dates for line in _of_each(weeks, dates, width))


def day_page(weeks: Weeks, day: date, width: int) -> Printable:
    """Who is on now, if it is today, and when everybody works on a day."""
    return page(_day(weeks, day, width))


def _week(weeks: Weeks, dates: Sequence[date], width: int) -> Iterator[str]:
    yield from _title(weeks, _span(dates), width, first=dates[0] == weeks.dates[0][0])
    yield ""
    names = [visible(person.name) for person in weeks.people]
    days = [[person.on(day) for person in weeks.people] for day in dates]
    columns = [
        Column(_heading(day[0].date, weeks.today), [_cell(each, weeks.shifts) for each in day])
        for day in days
        if day
    ]
    yield from grid_lines(names, columns, width) if names else ["Nobody is declared."]
    yield from _section(
        [*filter(None, [legend([each for day in days for each in day], weeks.shifts)])], width
    )
    yield from _section([*_notes(weeks.people, dates)], width)
    yield from _section([*_elsewhere(weeks)], width)
    meetings = [*meeting_lines(weeks.people, dates, weeks.zone, width)]
    yield from ["", "Meetings", *meetings] if meetings else ()


def _title(weeks: Weeks, when: str, width: int, first: bool = True) -> Iterator[str]:
    yield from [""] * (not first)
    said = " as Welkin has it" if weeks.live else ""
    yield from broken(f"{visible(weeks.place)}{said}, {when}, times in {weeks.zone}", width, 4)


def _span(dates: Sequence[date]) -> str:
    first, last = dates[0], dates[-1]
    begin = f"{first:%a} {first.day}" if first.month == last.month else day_text(first)
    year = f" {first.year}" if first.year != last.year else ""
    return f"week {first:%V}: {begin}{year} – {day_text(last)} {last.year}"


def _heading(day: date, today: date) -> list[str]:
    return [f"{day:%a} {day.day}", *(["today"] if day == today else [])]


def _cell(day: Day, names: Shifts) -> list[str]:
    """Hours one below the other, by name where they have one; a mark where the notes say more."""
    if day.on_leave:
        return ["leave"]
    if day.hours is None and not day.shifts:
        return [""]
    mark = MARK if day.override is not None or day.leave else ""
    named = [
        word if isinstance(word, str) else short_text(word, following(day)) for word in words_of(day, names)
    ]
    shifts = named or [short_text(shift.span, following(day)) for shift in day.shifts]
    return [f"{shift}{mark}" for shift in shifts or [FREE if names else "off"]]


def following(day: Day) -> str:
    """The weekday after a day."""
    return f"{day.date + DAY:%a}".lower()


def _notes(people: Iterable[Person], dates: Sequence[date]) -> Iterator[str]:
    """What the marks mean: overrides by name and leave of hours, people alike together."""
    alike: dict[str, list[str]] = {}
    for person in people:
        named: dict[Reason, list[int]] = {}
        for day in map(person.on, dates):
            for reason in reasons(day, person.zone):
                named.setdefault(reason, []).append(day.date.isoweekday())
        for reason, weekdays in named.items():
            words = [reason.word, ranges(weekdays), *reason.clock]
            alike.setdefault(" ".join(words), []).append(visible(person.name))
    yield from (f"{MARK} {note}: {', '.join(names)}" for note, names in alike.items())


def reasons(day: Day, zone: str) -> Iterator[Reason]:
    """Why a day's hours are not the usual ones."""
    if day.on_leave:
        return
    if day.override is not None:
        yield Reason(visible(day.override) or "other hours")
    yield from (Reason("leave", (_hours_of(away, zone),)) for away in day.leave)


def _hours_of(away: Time, zone: str) -> str:
    start, end = (moment.astimezone(zone_of(zone)) for moment in away)
    if end - start < DAY:
        return f"{start:%H:%M}-{end:%H:%M}"
    return f"{day_text(start)} {start:%H:%M} – {day_text(end)} {end:%H:%M}"


def _elsewhere(weeks: Weeks) -> Iterator[str]:
    """Whose hours are on another clock."""
    zones: dict[str, list[str]] = {}
    for person in weeks.people:
        if not same_zone(person.zone, weeks.zone):
            zones.setdefault(person.zone, []).append(visible(person.name))
    yield from (f"times in {zone}: {', '.join(names)}" for zone, names in sorted(zones.items()))


def _section(lines: Sequence[str], width: int) -> Iterator[str]:
    yield from [""] if lines else ()
    for line in lines:
        yield from broken(line, width, 4)


def _of_each(weeks: Weeks, dates: Sequence[date], width: int) -> Iterator[str]:
    yield from _title(weeks, _span(dates), width, first=dates[0] == weeks.dates[0][0])
    for person in weeks.people:
        there = "" if same_zone(person.zone, weeks.zone) else f", times in {person.zone}"
        yield from ["", *broken(f"{visible(person.name)}{there}", width, 4)]
        for day in map(person.on, dates):
            yield from broken(
                f"  {_date(day, weeks.today)}  {_said(day, person.zone, weeks.shifts)}".rstrip(), width, 14
            )
            for entry in day.entries:
                if not entry.is_leave_of(person.name):
                    yield from broken(f"{'':16}{clock_of(entry):11}  {what_of(entry)}", width, 20)


def _date(day: Day, today: date) -> str:
    return f"{day_text(day.date):10}" if day.date != today else f"{f'{day.date:%a} today':10}"


def _said(day: Day, zone: str, names: Shifts) -> str:
    """A day's hours in full, and why they are what they are."""
    if day.on_leave:
        return "leave"
    named = [
        " ".join([word, _in_full(names[word], day)]) if isinstance(word, str) else _in_full([word], day)
        for word in words_of(day, names)
    ]
    hours = ", ".join(named) or _in_full([shift.span for shift in day.shifts], day)
    hours = hours or ("–" if day.hours is None else "off")
    why = ", ".join(" ".join([it.word, *it.clock]) for it in reasons(day, zone))
    return f"{hours} ({why})" if why else hours


def _in_full(spans: Iterable[Span], day: Day) -> str:
    return ", ".join(span_text(span, following(day), "-") for span in spans)


def _day(weeks: Weeks, day: date, width: int) -> Iterator[str]:
    yield from _title(weeks, f"{day_text(day)} {day.year}", width)
    if day == weeks.today:
        yield from _now(weeks, width)
    yield from ["", day_text(day)]
    days = [(person, person.on(day)) for person in weeks.people]
    working = [(person, it) for person, it in days if it.shifts and not it.on_leave]
    said = [(_named(person, weeks), _said(it, person.zone, weeks.shifts)) for person, it in working]
    yield from _listed(said or [("nobody", "")], width)
    yield from _section([*_absent([each for each in days if each not in working])], width)
    meetings = [*meeting_lines(weeks.people, [day], weeks.zone, width)]
    yield from ["", "Meetings", *meetings] if meetings else ()


def _absent(days: Sequence[tuple[Person, Day]]) -> Iterator[str]:
    away = [visible(person.name) for person, day in days if day.on_leave]
    off = [visible(person.name) for person, day in days if not day.on_leave and day.hours is not None]
    yield from (f"{word}: {', '.join(names)}" for word, names in (("leave", away), ("off", off)) if names)


def _now(weeks: Weeks, width: int) -> Iterator[str]:
    clock = weeks.now.astimezone(zone_of(weeks.zone))
    found = [(person, duty) for person in weeks.people if (duty := person.on_duty(weeks.now))]
    yield from ["", f"On now, {clock:%H:%M}"]
    told = [(_named(person, weeks), _rest(duty, person, weeks.now)) for person, duty in found]
    yield from _listed(told or [("nobody", "")], width)


def _rest(duty: Time, person: Person, now: datetime) -> str:
    """Until when a shift goes on; since when, if that was yesterday."""
    start, end, here = (moment.astimezone(zone_of(person.zone)) for moment in (*duty, now))
    until = f"until {end:%H:%M}" if end - here < DAY else f"until {day_text(end)} {end:%H:%M}"
    return until if start.date() == here.date() else f"{until}, since {start:%a %H:%M}"


def _named(person: Person, weeks: Weeks) -> str:
    there = "" if same_zone(person.zone, weeks.zone) else f" ({person.zone})"
    return f"{visible(person.name)}{there}"


def _listed(rows: Sequence[tuple[str, str]], width: int) -> Iterator[str]:
    room = max(cells(name) for name, _ in rows)
    for name, said in rows:
        yield from broken(f"  {padded(name, room)}  {said}".rstrip(" "), width, 6)
