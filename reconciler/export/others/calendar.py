"""Meetings from a calendar: an event with its rule, its exceptions and the dates that are otherwise."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from reconciler.export.others.clock import MOST_DATES, moment_of, moments_of, said
from reconciler.export.others.content import Component, events_of, is_calendar, is_called_off
from reconciler.export.others.dates import Dates
from reconciler.export.others.repeats import repeat_of, rule_in
from reconciler.export.others.single import Reader, is_second, sequence
from reconciler.export.others.taken import Meeting, People, Place, Taken, Unfit
from reconciler.manifest.spelling import Data


def read_calendar(text: str, file: str, people: People, taken: Taken) -> None:
    """Take the events of an iCalendar file."""
    if not is_calendar(text):
        taken.skip(Place(file, 1), "this is no calendar: the first line of one is BEGIN:VCALENDAR")
        return
    if is_called_off(text):
        taken.skip(Place(file, 1), "this calendar calls its events off (METHOD:CANCEL)")
        return
    reader, groups = Reader(file, people, taken), dict[str, list[Component]]()
    for event in events_of(text):
        groups.setdefault(event.uid or f" {event.line}", []).append(event)
    for group in groups.values():
        if taken.is_full(file):
            taken.skip(Place(file, group[0].line), "too much: what follows was not taken")
            return
        _Group(reader, group).take()


@dataclass(frozen=True, slots=True)
class _Group:
    """The events of one UID: a series, and what is otherwise on single dates."""

    reader: Reader
    events: Sequence[Component]

    def take(self) -> None:
        mains = [event for event in self.events if not event.get("RECURRENCE-ID")]
        latest = max(mains, key=lambda event: (sequence(event), event.line), default=None)
        for event in mains:
            if event is not latest:
                self._skip(event, Unfit("a later version of this event is in the file"))
        others = [event for event in self.events if event.get("RECURRENCE-ID")]
        if latest is not None:
            self._try(latest, others)
        else:
            for event in others:
                self._try(event, [])

    def _try(self, event: Component, others: Sequence[Component]) -> None:
        try:
            spec = self._series(event, others)
        except Unfit as error:
            self._skip(event, error)
        else:
            self.reader.taken.meetings.append(Meeting(spec, self.reader.place(event)))

    def _skip(self, event: Component, error: Unfit) -> None:
        self.reader.taken.skip(self.reader.place(event, error.line), error.reason)

    def _series(self, event: Component, others: Sequence[Component]) -> dict[str, Data]:
        repeats = bool(event.get("RRULE") or event.get("RDATE"))
        read = self.reader.read(event, repeats)
        rule = rule_in(event, read.wall, read.zone)
        spec: dict[str, Data] = {"title": read.fields["title"], "host": read.host}
        spec["starts"] = said(read.wall, read.start.is_date)
        spec |= {"allDay": "true"} if read.start.is_date else {}
        spec |= {"duration": read.length} if read.length else {}
        spec |= {} if read.home else {"timezone": read.zone}
        spec |= {"fold": "second"} if is_second(read) else {}
        if rule:
            spec["repeat"] = repeat_of(rule, read.wall, read.zone)
        dates = Dates(read, rule, [moment for each in event.all("RDATE") for moment in moments_of(each)])
        left_out, added = self._left_out(event, dates), [*dates.starts_added()]
        changes = dict(self._changes(others, dates, left_out, {*added}))
        listed = {
            "except": sorted({*left_out}),
            "also": sorted({*added} - {spec["starts"]} if not rule else {*added}),
        }
        spec |= {name: texts for name, texts in listed.items() if texts}
        spec |= {"change": changes} if changes else {}
        spec |= {name: read.fields[name] for name in ("participants", "location") if name in read.fields}
        return spec

    def _left_out(self, event: Component, dates: Dates) -> list[str]:
        found = []
        for exception in event.all("EXDATE"):
            for moment in moments_of(exception):
                text = dates.named(moment)
                if text is None:
                    place = self.reader.place(event, exception.line)
                    self.reader.taken.warn(
                        place, "an exception at a time at which the series isn't held is not taken"
                    )
                else:
                    found.append(text)
            if len(found) > MOST_DATES:
                raise Unfit(f"it has more than {MOST_DATES:,} exceptions", exception.line)
        return found

    def _changes(
        self, others: Sequence[Component], dates: Dates, left_out: list[str], added: set[str]
    ) -> Iterator[tuple[str, Data]]:
        """What is otherwise, by date; where that can't be taken, nobody meets on that date."""
        if len(others) > MOST_DATES:
            raise Unfit(f"more than {MOST_DATES:,} of its dates are otherwise")
        for other in others:
            name = None
            try:
                recurrence = other.all("RECURRENCE-ID")[0]
                if "RANGE" in recurrence.parameters:
                    raise Unfit("it changes all dates from one on: write that with `from`", recurrence.line)
                name = dates.named(moment_of(recurrence.value, recurrence))
                if name is None or (not dates.gives(name) and dates.start_of(name) not in added):
                    name = None
                    raise Unfit("its series gives no such date", recurrence.line)
                if other.text("STATUS").upper() == "CANCELLED":
                    yield name, "cancelled"
                    continue
                change = dates.change(name, self.reader.read(other, repeats=True))
                if change:
                    yield name, change
            except Unfit as error:
                self._skip(other, error)
                if name is not None:
                    left_out.append(name)
