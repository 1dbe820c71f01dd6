"""Words for hours: ranges, names of shifts, rows of words, weeks. Text in, value out; no I/O.

A *row* is text with one word a date: a name, a range without blanks, or a free day. Every function raises
ValueError with one line that says what is wrong and what to write instead.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from itertools import pairwise
from types import MappingProxyType

from reconciler.dates.grammar import (
    DAY,
    DAYS,
    Span,
    Spans,
    clock_of,
    parts_of,
    span_of,
    span_said,
)

Shifts = Mapping[str, Spans]  # hours by the names of `shifts:`
Week = dict[int, Spans]  # hours by ISO weekday

NO_SHIFTS: Shifts = MappingProxyType({})
LONGEST_CYCLE = 371  # words: 53 weeks
LONGEST_NAME = 12  # letters and digits of a shift
FREE = "–"  # a free day in what is told
_FREE, _DASHES = ("off", ".", "-"), ("–", "—")
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9]*")
_CLOCK = re.compile(r"[0-9]{1,2}:[0-9]{2}")


class UnknownShift(ValueError):
    """A word that would be the name of a shift, if there were one of that name."""

    def __init__(self, name: str, shifts: Shifts, beside: str = "") -> None:
        known = f" {', '.join(shifts)}" if shifts else ": none is declared; write ranges, or add it there"
        super().__init__(f"`{name}` is {beside}none of the `shifts`{known}")
        self.name, self.shifts = name, shifts


def shift_of(value: str | Sequence[str]) -> Spans:
    """Read what a name under `shifts:` stands for: a range or several; 24 hours are 07:00-07:00 here."""
    if isinstance(value, str) and "," in value:
        raise ValueError(f"`{value}`: write several ranges as a list, [{value}]")
    ranges = [value] if isinstance(value, str) else value
    if not ranges or any(text in _FREE for text in ranges):
        raise ValueError("a shift has hours: where nobody works, rows have `.` and days `off`")
    return _apart(map(long_span_of, ranges))


def named_shift_of(name: str, text: str) -> Spans:
    """Read what a name stands for as plans spell it, `08:00-12:00, 13:00-17:00`."""
    if not _NAME.fullmatch(name) or len(name) > LONGEST_NAME:
        raise ValueError(f"`{name}` is no name of a shift")
    return shift_of(text.split(", "))


def long_span_of(text: str) -> Span:
    """Read a range that may last 24 hours, 07:00-07:00."""
    start, *others = (part.strip() for part in re.split("[-–]", text))
    if others == [start] and _CLOCK.fullmatch(start) and clock_of(start) < DAY:
        return clock_of(start), clock_of(start) + DAY
    return span_of(text)


def spans_of(value: str | Sequence[str], shifts: Shifts = NO_SHIFTS) -> Spans:
    """Read the hours of one day, a range, a shift's name or a list of both, sorted; `off` is ()."""
    if isinstance(value, str):
        if "," in value:
            raise ValueError(f"`{value}`: write several ranges as a list, [{value}]")
        return () if value == "off" else named_of(value, shifts)
    if not value:
        raise ValueError("an empty list of hours: write off")
    if "off" in value:
        raise ValueError("`off` stands alone, not in a list of hours")
    return _apart(span for text in value for span in named_of(text, shifts))


def _apart(spans: Iterable[Span]) -> Spans:
    ordered = sorted(spans)
    for one, other in pairwise(ordered):
        if other[0] < one[1]:
            raise ValueError(f"{span_said(one)} and {span_said(other)} overlap")
    return tuple(ordered)


def named_of(text: str, shifts: Shifts = NO_SHIFTS) -> Spans:
    """Read the name of a shift, or a range."""
    if text in shifts:
        return shifts[text]
    if "+" in text and {*text.split("+")} <= shifts.keys():
        raise ValueError(
            f"`{text}`: give the two a name of their own under `shifts:`, {_together(text, shifts)}"
        )
    if shifts and _NAME.fullmatch(text):
        raise UnknownShift(text, shifts, "no range of hours and ")
    return (span_of(text),)


def _together(text: str, shifts: Shifts) -> str:
    """A shift that is several: `EN: [06:00-14:00, 22:00-06:00]`."""
    name = text.replace("+", "")
    ranges = sorted(span for each in text.split("+") for span in shifts[each])
    free = name not in shifts and len(name) <= LONGEST_NAME
    return f"as in {name if free else 'Both'}: [{', '.join(map(span_said, ranges))}]"


def row_of(text: str, shifts: Shifts = NO_SHIFTS) -> tuple[Spans, ...]:
    """Read a row, such as `E E 09:00-12:00 N . .`: the hours of one date after the other."""
    return tuple(_word(word, shifts) for word in text.split())


def check_blanks(text: str, shifts: Shifts, due: int | None = None) -> None:
    """Refuse a row whose words have no blanks between them; `due`: how many there are to be."""
    if "," not in text and len(text.split()) > 1:
        return
    words = re.findall(r"[^\s,;/|]+", text)
    words = words if len(words) > 1 else [*text]
    known = all(word in shifts or word in _FREE or word in _DASHES or is_span(word) for word in words)
    if known and len(words) > 1 and due in (None, len(words)):
        row = " ".join("." if word in (*_FREE, *_DASHES) else word for word in words)
        raise ValueError(f"`{text}`: the words of a row have blanks between them, and no commas: `{row}`")


def _word(word: str, shifts: Shifts) -> Spans:
    if word in _FREE:
        return ()
    if word in _DASHES or (word.lower() == "off" and word not in shifts):
        raise ValueError(f"`{word}`: a free day is `.`, `-` or `off`")
    if word not in shifts and _NAME.fullmatch(word):
        raise UnknownShift(word, shifts)
    return named_of(word, shifts)


def sheet_row_of(text: str, first: date, one_week: bool, shifts: Shifts = NO_SHIFTS) -> tuple[Spans, ...]:
    """Read somebody's row on a sheet that begins on a date: whole weeks, a word for each date."""
    row = row_of(text, shifts)
    due = 7 if one_week else max(7, -(-len(row) // 7) * 7)
    if len(row) != due:
        raise ValueError(f"this row has {len(row)} words, and {_due(len(row), due, first)}")
    for place, (spans, following) in enumerate(pairwise(row)):
        one, other = (str(first + timedelta(days=place + step)) for step in (0, 1))
        _check_night(one, spans, other, following)
    return row


def _due(count: int, due: int, first: date) -> str:
    """How many words a sheet's row needs, and for seven the days that have none."""
    if due > 7:
        return f"whole weeks from {first} on need {due - 7} or {due}"
    named = [DAYS[(first.weekday() + step) % 7] for step in range(7)]
    return f"a week 7: none for {', '.join(named[count:])}" if count < 7 else f"a week 7, from {first} on"


def week_of(
    days: Mapping[str, str | Sequence[str]] | str, shifts: Shifts = NO_SHIFTS, again: bool = True
) -> Week:
    """Read what stands under `days:` as hours per ISO weekday; a day that is not named is absent.

    A single day beats a range. A night shift must end before the next day's first hour.
    again: whether the same week follows, so that the night of a Sunday meets its own Monday.
    """
    week = _row_of_seven(days, shifts) if isinstance(days, str) else _by_days(days, shifts)
    _check_nights(week, again)
    return dict(sorted(week.items()))


def _row_of_seven(text: str, shifts: Shifts) -> Week:
    words = text.split()
    if words == ["off"]:
        return dict.fromkeys(range(1, 8), ())
    check_blanks(text, shifts, 7)
    if len(words) < 2 or words[0][:3].lower() in DAYS:
        hours = text if text in shifts or is_span(text) else "09:00-17:00"
        raise ValueError(
            f"`{text}` names no days: write off, or a mapping such as {{mon-fri: {hours}}}; "
            f"of an override, `hours: {hours}`"
        )
    row = row_of(text, shifts)
    if len(row) != 7:
        left = f": none for {', '.join(DAYS[len(row) :])}" if len(row) < 7 else ", from Monday on"
        raise ValueError(f"this row has {len(row)} words, and a week 7{left}")
    return dict(enumerate(row, start=1))


def is_span(text: str) -> bool:
    """Whether a text is a range of hours."""
    try:
        return bool(span_of(text))
    except ValueError:
        return False


def _by_days(days: Mapping[str, str | Sequence[str]], shifts: Shifts) -> Week:
    named: tuple[Week, Week] = {}, {}  # by range, by single day
    for text, hours in days.items():
        spans = spans_of(hours, shifts)
        for part in parts_of(text):
            _name(named[len(part) == 1], part, spans)
    return named[0] | named[1]


def _name(week: Week, days: Sequence[int], spans: Spans) -> None:
    for day in days:
        if day in week:
            raise ValueError(f"the hours of {DAYS[day - 1]} are given twice")
        week[day] = spans


def _check_nights(week: Week, again: bool) -> None:
    for day, spans in week.items():
        if again or day < 7:
            _check_night(DAYS[day - 1], spans, DAYS[day % 7], week.get(day % 7 + 1, ()))


def _check_night(one: str, spans: Spans, other: str, following: Spans) -> None:
    """one, other: how the two dates are called."""
    if spans and following and spans[-1][1] - DAY > following[0][0]:
        night, morning = span_said(spans[-1]), span_said(following[0])
        raise ValueError(f"{one} {night} runs into {other} {morning}")


def check_sunday(week: Week, following: Week) -> None:
    """Refuse a night of Sunday that runs into the Monday of the week that really follows."""
    _check_night("sun", week.get(7, ()), "the next week's mon", following.get(1, ()))


def words_for(spans: Spans, shifts: Shifts) -> tuple[str | Span, ...]:
    """A day's hours as whoever wrote them might say them: shifts by name, what has none as a range.

    A name stands where all of its hours are worked; of two with the same hours the first declared.
    """
    left, found = list(spans), list[tuple[Span, str | Span]]()
    for name, its in sorted(shifts.items(), key=lambda shift: -len(shift[1])):
        if set(its) <= set(left):
            left = [span for span in left if span not in its]
            found.append((its[0], name))
    found += [(span, span) for span in left]
    return tuple(word for _, word in sorted(found, key=lambda each: each[0]))


def row_said(days: Sequence[Spans], shifts: Shifts) -> str:
    """`N N 09:00-12:00 – –`: the hours of dates that follow each other; empty where no row says them, or none
    has a name."""
    words = [words_for(spans, shifts) for spans in days]
    named = any(isinstance(word, str) for each in words for word in each)
    if not named or any(len(each) > 1 for each in words):
        return ""
    return " ".join(word_said(each[0]) if each else FREE for each in words)


def word_said(word: str | Span) -> str:
    """A word as it is written in a manifest."""
    return word if isinstance(word, str) else span_said(word)


def cycle_of(text: str, shifts: Shifts = NO_SHIFTS) -> tuple[Spans, ...]:
    """Read a row that begins anew after its last word."""
    check_blanks(text, shifts)
    row = row_of(text, shifts)
    if not 2 <= len(row) <= LONGEST_CYCLE:
        raise ValueError(f"a cycle has 2 to {LONGEST_CYCLE} words, one a date, and this one {len(row)}")
    for place, spans in enumerate(row):
        following = (place + 1) % len(row)
        _check_night(f"word {place + 1},", spans, f"word {following + 1},", row[following])
    return row
