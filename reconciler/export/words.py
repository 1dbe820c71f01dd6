"""Hours in the words of manifests: names of shifts, a day's hours, a week's, rows. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import chain, count

from reconciler.dates.grammar import clock_said, span_said
from reconciler.dates.week import ranges
from reconciler.kinds.work_hours.periods import DAY_MINUTES, Spans

Week = tuple[tuple[int, Spans], ...]  # by ISO weekday, of those that have hours
LONGEST_NAME = 48
LONG, LATE, NIGHTLY = 11 * 60, 10 * 60, 18 * 60  # what a long shift lasts; when late ones and nights begin


class Words:
    """The names that shifts have; all else is ranges.

    in_rows: the hours of dates that stand in rows, each as often as it does: they all get names. elsewhere:
    those that stand on their own; of split ones that do so twice a name is shorter.
    """

    def __init__(self, in_rows: Iterable[Spans], elsewhere: Iterable[Spans]) -> None:
        rows, others = Counter(filter(None, in_rows)), Counter(filter(None, elsewhere))
        often = {each: times for each, times in others.items() if len(each) > 1 and times > 1}
        self.names = _named(rows + Counter(often))

    def day(self, spans: Spans) -> object:
        """The hours of a day."""
        if spans in self.names:
            return self.names[spans]
        said = [span_said(span) for span in spans]
        return said[0] if len(said) == 1 else said or "off"

    def hours(self, spans: Spans) -> object:
        """The same without names, as what a name stands for."""
        said = [span_said(span) for span in spans]
        return said[0] if len(said) == 1 else said

    def week(self, week: Iterable[tuple[int, Spans]]) -> dict[str, object]:
        """Hours by weekday; neighbours alike as a range."""
        alike: dict[Spans, list[int]] = {}
        for day, spans in week:
            alike.setdefault(spans, []).append(day)
        return {part: self.day(spans) for spans, days in alike.items() for part in ranges(days).split(", ")}

    def row(self, days: Sequence[Spans]) -> str:
        """One word a date."""
        return " ".join(self.names[spans] if spans else "." for spans in days)

    def called(self, week: Week) -> str:
        """What a template of a week may be called: `mon-fri-9-17`, `mon-fri-E`, `week-mon-wed`."""
        days = ranges([day for day, _ in week])
        hours = {spans for _, spans in week}
        (start, end), *others = week[0][1]
        if len(hours) > 1 or ", " in days or (others and week[0][1] not in self.names):
            return f"week-{days.replace(', ', '-')}"
        return f"{days}-{self.names.get(week[0][1]) or f'{_brief(start)}-{_brief(end)}'}"


def free_name(name: str, taken: Iterable[str], dash: str = "-") -> str:
    """A name that isn't taken: this one, or with a number."""
    known = {*taken}
    numbered = (f"{name}{dash}{number}" for number in count(2))
    return next(each for each in chain((name,), numbered) if each not in known)


def slug(text: str) -> str:
    """A text as a name: small letters, digits and hyphens."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub("[^a-z0-9]+", "-", plain.lower()).strip("-")[:LONGEST_NAME].rstrip("-")


def _brief(minutes: int) -> str:
    said = clock_said(minutes if minutes <= DAY_MINUTES else minutes - DAY_MINUTES)
    return said.replace(":00", "").lstrip("0").replace(":", "") or "0"


def _named(counts: Counter[Spans]) -> dict[Spans, str]:
    """Names of what is worked on a date, the commonest first: E early, L late, N night, D day, S split."""
    names: dict[Spans, str] = {}
    for each, _ in sorted(counts.items(), key=lambda one: (-one[1], one[0])):
        names[each] = free_name(_letter(each), names.values(), "")
    return dict(sorted(names.items(), key=lambda one: one[0]))


def _letter(spans: Spans) -> str:
    start, end = spans[0][0], spans[-1][1]
    if end > DAY_MINUTES or start >= NIGHTLY:
        return "N"
    if len(spans) > 1:
        return "D" if start < LATE and end - start < LONG else "S"
    return "D" if end - start >= LONG else "E" if start < LATE else "L"
