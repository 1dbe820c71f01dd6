"""A rota as data: what `calendar --format json` prints. Pure."""

from __future__ import annotations

from datetime import datetime

from reconciler.dates.grammar import clock_said
from reconciler.dates.zones import zone_of
from reconciler.kinds.work_hours.periods import DAY_MINUTES
from reconciler.staffing.week import Entry, Person, Time, Weeks

FORMAT = "welkin-reconcile/calendar/1"


def weeks_data(weeks: Weeks) -> dict[str, object]:
    """The weeks as plain data."""
    return {
        "format": FORMAT,
        "week": str(weeks.dates[0][0]),
        "weeks": len(weeks.dates),
        "today": str(weeks.today),
        "timezone": weeks.zone,
        "live": weeks.live,
        "people": [_person_data(person, weeks.now) for person in weeks.people],
    }


def _person_data(person: Person, now: datetime) -> dict[str, object]:
    duty = person.on_duty(now)
    return {
        "user": person.name,
        "timezone": person.zone,
        "onNow": duty and _time_data(duty, person.zone),
        "days": [
            {
                "date": str(day.date),
                "hours": None if day.hours is None else [list(map(_clock, span)) for span in day.hours],
                "shifts": [_time_data(time, person.zone) for shift in day.shifts for time in shift.times],
                "override": day.override,
                "leave": [_time_data(away, person.zone) for away in day.leave],
                "events": [_entry_data(entry) for entry in day.entries],
            }
            for day in person.days
        ],
    }


def _time_data(time: Time, zone: str) -> dict[str, str]:
    start, end = (moment.astimezone(zone_of(zone)).isoformat() for moment in time)
    return {"starts": start, "ends": end}


def _entry_data(entry: Entry) -> dict[str, object]:
    return {
        "title": entry.title or None,
        "type": entry.kind or None,
        "starts": entry.start.isoformat(),
        "ends": entry.end.isoformat(),
        "allDay": entry.all_day,
        "host": entry.host,
        "participants": list(entry.others),
        "cancelled": entry.cancelled,
    }


def _clock(minutes: int) -> str:
    """A time of day; one beyond 24:00 is of the day after."""
    return clock_said(minutes if minutes <= DAY_MINUTES else minutes - DAY_MINUTES)
