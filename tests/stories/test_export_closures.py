"""Days on which a house was closed, as people have clicked them together: overrides, meetings not held."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.support.cli import run
from tests.support.service import Service, simulated

NOW, DAY, HOME = "2026-11-24T12:00:00Z", timedelta(days=1), ZoneInfo("America/New_York")
HEAD = "tenant: gh\ninstance: sb-demo\nowner: staffing\ntimezone: America/New_York\napi: {client: STAFFING}\n"
PEOPLE = ("ann", "bob", "cat", "dov")
CLOSED = date(2026, 12, 24), date(2027, 1, 1)


class House:
    def __init__(self, folder: Path, service: Service) -> None:
        self.folder, self.service = folder, service
        for name in PEOPLE:
            service.user(name, timezone=str(HOME), userState="ACTIVE")
            days = [{"day": day, "startTime": "09:00:00", "endTime": "17:00:00"} for day in range(1, 6)]
            self.row(name, date(2026, 11, 2), date(2076, 11, 2), days)
        (folder / "env.yaml").write_text(HEAD, encoding="utf-8")

    def row(self, user: str, first: date, last: date, days: list[Any], **fields: str) -> None:
        bounds = {"startDateTime": f"{first}T00:00:00.000Z", "endDateTime": f"{last}T23:59:59.999Z"}
        body = {"psmId": self.service.id_of(user), "daysInfo": days, **bounds, **fields}
        self.service.send("POST", "/gh/sb-demo/calendar/work-hours", body)

    def off(self, name: str, called: str, first: date, last: date) -> None:
        every = {(first + DAY * step).isoweekday() for step in range((last - first).days + 1)}
        days = [{"day": day, "startTime": None, "endTime": None} for day in sorted(every & {1, 2, 3, 4, 5})]
        self.row(name, first, last, days, type="WORKING_HOURS", ruleType="OVERRIDE", name=called)

    def meets(self, name: str, days: list[date], clock: time = time(9), zone: ZoneInfo = HOME) -> None:
        for day in days:
            start = datetime.combine(day, clock, zone).astimezone(UTC)
            self.service.event(
                name, f"{start:%Y-%m-%dT%H:%M}:00.000Z", f"{start + DAY / 48:%Y-%m-%dT%H:%M}:00.000Z",
                eventTitle="Huddle", eventType="APPOINTMENT", eventMode="IN-PERSON", eventColor="green",
                eventStatus="SCHEDULED",
            )  # fmt: skip

    def command(self, name: str, path: str, *flags: str) -> Any:
        return run(name, path, "--api-url", self.service.url, "--now", NOW, *flags, cwd=self.folder)

    def exported(self) -> str:
        """The text, once it has planned empty, and all meetings could be adopted."""
        made = self.command("export", "env.yaml", "--all")
        assert made.code == 0 and "left out" not in made.stderr, made
        text = str(made.stdout)
        (self.folder / "there").mkdir()
        wide = text.replace("horizon: 8 weeks", "horizon: 53 weeks")
        (self.folder / "there" / "env.yaml").write_text(wide, encoding="utf-8")
        plan = self.command("plan", "there/env.yaml", "--detailed-exitcode")
        assert plan.code == 0 and "No changes." in plan.stdout, (plan, text)
        assert self.command("apply", "there/env.yaml", "--adopt", "--auto-approve").code == 0
        lost = [event for event in self.service.events() if not event["externalId"]]
        assert not lost, ([each["startDateTime"] for each in lost], text[text.find("events:") :])
        return text


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with simulated(tmp_path, now=NOW) as service:
        yield House(tmp_path, service)


def weekly(first: date, *but: date) -> list[date]:
    """The same weekday for as long as an export looks."""
    return [day for day in (first + DAY * 7 * week for week in range(53)) if day not in but]


def test_a_closure_says_what_is_off_and_what_is_not_held(house: House) -> None:
    for name in ("ann", "bob", "cat"):
        house.off(name, "Winter closing", *CLOSED)
    house.meets("ann", weekly(date(2026, 11, 26), date(2026, 12, 24), date(2026, 12, 31)))
    text = house.exported()
    assert "- {on: 2026-12-24..2027-01-01, name: Winter closing, for: [ann, bob, cat]}" in text, text
    assert "override" not in text and "except: [2" not in text, text


def test_whoever_meets_nevertheless_is_in_no_closure(house: House) -> None:
    for name in ("ann", "bob", "cat"):
        house.off(name, "Winter closing", *CLOSED)
    house.meets("cat", weekly(date(2026, 11, 26)))
    text = house.exported()
    assert "name: Winter closing, for: [ann, bob]" in text, text
    assert "{override: Winter closing, on: 2026-12-24..2027-01-01, days: {mon-fri: off}}" in text, text


def test_a_meeting_on_another_clock_is_not_lost_either(house: House) -> None:
    """By its own clock it is on a closed date, by its host's on the one before."""
    for name in ("ann", "bob"):
        house.off(name, "Closed", date(2026, 12, 24), date(2026, 12, 24))
    house.meets("ann", weekly(date(2026, 11, 26)), time(8), ZoneInfo("Pacific/Auckland"))
    house.exported()


def test_one_who_is_off_alone_is_no_closure(house: House) -> None:
    house.off("ann", "Winter closing", *CLOSED)
    house.off("bob", "Honeymoon", *CLOSED)
    text = house.exported()
    assert "closures" not in text and "{override: Honeymoon, on: 2026-12-24..2027-01-01" in text, text


def test_who_is_off_on_other_dates_keeps_them(house: House) -> None:
    for name in ("ann", "bob", "cat"):
        house.off(name, "Winter closing", *CLOSED)
    house.off("dov", "Winter closing", date(2026, 12, 24), date(2026, 12, 29))
    text = house.exported()
    assert (
        "{override: Winter closing, on: 2026-12-24..2026-12-29, days: {mon-tue: off, thu-fri: off}}" in text
    ), text
    assert "- {on: 2026-12-24..2027-01-01, name: Winter closing, for: [ann, bob, cat]}" in text, text


def test_public_holidays_close_the_house(house: House) -> None:
    days = {
        "Thanksgiving Day": date(2026, 11, 26),
        "Christmas Day": date(2026, 12, 25),
        "New Year's Day": date(2027, 1, 1),
        "Martin Luther King Jr. Day": date(2027, 1, 18),
        "Washington's Birthday": date(2027, 2, 15),
    }
    for called, day in days.items():
        for name in PEOPLE:
            house.off(name, called, day, day)
    house.meets("bob", weekly(date(2026, 11, 27), date(2027, 6, 18), *days.values()))
    text = house.exported()
    assert "closures:\n  - {holidays: US}" in text, text
    assert "override" not in text, text
