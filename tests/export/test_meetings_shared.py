"""Meetings that people have clicked together: series that change, hosts in turn, who comes and goes."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.support.cli import run
from tests.support.service import Service, simulated

JSON = dict[str, Any]
NOW, TODAY, DAY = "2026-11-24T12:00:00Z", date(2026, 11, 24), timedelta(days=1)
ZONE = ZoneInfo("America/New_York")
HEAD = "tenant: gh\ninstance: sb-demo\nowner: staffing\ntimezone: America/New_York\napi: {client: STAFFING}\n"
PEOPLE = ("ann", "bob", "cat", "dov", "eli", "fay")


class Clinic:
    """People, and what they have clicked together."""

    def __init__(self, folder: Path, service: Service, profile: str) -> None:
        self.folder, self.service, self.profile = folder, service, profile
        for name in PEOPLE:
            self.service.user(
                name, timezone=str(ZONE), **({"userState": "ACTIVE"} if profile == "live" else {})
            )
        (folder / "env.yaml").write_text(HEAD, encoding="utf-8")

    def meets(self, host: str, day: date, clock: time, guests: list[str], **fields: Any) -> None:
        begin = datetime.combine(day, clock, ZONE).astimezone(UTC)
        ids = [self.service.id_of(name) for name in dict.fromkeys((host, *guests))]
        body = {
            "hostId": self.service.id_of(host),
            "startDateTime": f"{begin:%Y-%m-%dT%H:%M}:00.000Z",
            "endDateTime": f"{begin + timedelta(minutes=30):%Y-%m-%dT%H:%M}:00.000Z",
            "participants": [{"participantId": id, "participantRole": "psm"} for id in ids],
            "eventTitle": "Huddle",
            "eventType": "APPOINTMENT",
            "eventMode": "IN-PERSON",
            "eventStatus": "SCHEDULED",
        }
        body |= {"eventColor": "green"} if self.profile == "live" else {}
        self.service.send("POST", "/gh/sb-demo/calendar/events", body | fields)

    def command(self, name: str, path: str, *flags: str) -> Any:
        return run(name, path, "--api-url", self.service.url, "--now", NOW, *flags, cwd=self.folder)

    def exported(self, horizon: str = "53 weeks") -> str:
        """The text, once it has planned empty, and each meeting was found to be said by adopting it.

        horizon: as far as there are meetings.
        """
        whom = ("--all",) if self.profile == "live" else ("--users", ",".join(PEOPLE))
        made, again = (self.command("export", "env.yaml", *whom) for _ in range(2))
        assert made.code == 0 and made.stdout == again.stdout, made
        assert "can't say" not in made.stderr, made
        (self.folder / "there").mkdir()
        text = made.stdout.replace("horizon: 8 weeks", f"horizon: {horizon}")
        (self.folder / "there" / "env.yaml").write_text(text, encoding="utf-8")
        plan = self.command("plan", "there/env.yaml", "--detailed-exitcode")
        assert plan.code == 0 and "No changes." in plan.stdout, (plan, text)
        there = self.service.events()
        adopted = self.command("apply", "there/env.yaml", "--adopt", "--auto-approve")
        assert adopted.code == 0, (adopted, text)
        events = self.service.events()
        marked = ["staffing/" in f"{each.get('externalId')}{each['additionalInfo']}" for each in events]
        twice = "there a second time" in made.stderr  # of two that are alike one is left alone
        assert len(events) == len(there) and (twice or all(marked)), text
        return made.stdout


@pytest.fixture(params=["live", "reference"])
def clinic(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Clinic]:
    with simulated(tmp_path, now=NOW, profile=request.param) as service:
        yield Clinic(tmp_path, service, request.param)


def weekly(first: date, count: int, step: int = 7) -> list[date]:
    return [first + DAY * step * number for number in range(count)]


def test_a_series_that_changes_for_good(clinic: Clinic) -> None:
    room_2, room_5 = ({"additionalInfo": {"location": room}} for room in ("Room 2", "Room 5"))
    for day in weekly(date(2026, 12, 1), 7):
        clinic.meets("ann", day, time(9), ["bob", "cat"], **room_2)
    for day in weekly(date(2027, 1, 21), 45):
        clinic.meets("ann", day, time(9), ["bob", "cat"], **room_5)
    text = clinic.exported()
    assert "from: {2027-01-21: {repeat: {every: week, on: thu}, location: Room 5}}" in text, text
    assert "repeat: {every: week, on: tue, until: 2027-01-12}" in text, text
    assert text.count("title:") == 1


def test_another_time_from_a_date_on(clinic: Clinic) -> None:
    for day in weekly(date(2026, 12, 1), 53):
        clinic.meets("ann", day, time(9) if day < date(2027, 2, 1) else time(10, 30), ["bob"])
    text = clinic.exported()
    assert "from: {2027-02-02: {starts: 10:30}}" in text, text
    assert "repeat: {every: week, on: tue}" in text, text


def test_two_series_beside_each_other_stay_two(clinic: Clinic) -> None:
    """Both end as the third begins: nobody knows which of them goes on."""
    for day in weekly(date(2026, 12, 1), 6):
        clinic.meets("ann", day, time(9), ["bob"])
        clinic.meets("ann", day, time(14), ["bob"])
    for day in weekly(date(2027, 1, 14), 30):
        clinic.meets("ann", day, time(11), ["bob"])
    assert "from:" not in clinic.exported().partition("events:")[2]


def test_hosts_in_turn(clinic: Clinic) -> None:
    for number, day in enumerate(weekly(date(2026, 12, 1), 45)):
        if number != 5:
            clinic.meets(("ann", "bob", "cat")[number % 3], day, time(9), ["ann", "bob", "cat", "dov"])
    text = clinic.exported()
    assert "hosts: [ann, bob, cat]" in text and "participants: [ann, bob, cat, dov]" in text, text
    assert "except: [2027-01-05]" in text


def test_one_host_for_each_weekday_is_no_turn(clinic: Clinic) -> None:
    for day in weekly(date(2026, 12, 1), 40):
        clinic.meets("ann", day, time(9), ["cat"])
        clinic.meets("bob", day + DAY, time(9), ["cat"])
    assert "hosts:" not in clinic.exported()


def test_whoever_comes_or_goes_does_so_by_date(clinic: Clinic) -> None:
    """Of one series that is ours: its people come and go, and once somebody is missing."""
    manifest = (
        HEAD
        + """
events:
  round:
    {title: Round, host: ann, starts: 2026-12-01T09:00, duration: 30m, repeat: {every: week, on: tue},
     participants: [bob, {user: cat, until: 2026-12-20}, {user: dov, from: 2026-12-20}],
     change: {2027-01-05: {participants: [dov]}}}
"""
    )
    (clinic.folder / "env.yaml").write_text(manifest, encoding="utf-8")
    assert clinic.command("apply", "env.yaml", "--auto-approve").code == 0
    text = clinic.exported(horizon="8 weeks")
    assert "{user: cat, until: 2026-12-15}" in text and "{user: dov, from: 2026-12-22}" in text, text
    assert "change: {2027-01-05: {participants: [dov]}}" in text, text


@pytest.mark.parametrize("seed", range(3))
def test_whatever_was_clicked_together_is_said_once(clinic: Clinic, seed: int) -> None:
    clicked(clinic, seed)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3, 60))
def test_much_more_that_was_clicked_together_is_said_once(clinic: Clinic, seed: int) -> None:
    clicked(clinic, seed)


def clicked(clinic: Clinic, seed: int) -> None:
    draw, taken = random.Random(seed), set[tuple[str, date, time]]()
    for _ in range(draw.randint(2, 5)):
        a_series(draw, clinic, taken)
    clinic.exported()


def a_series(draw: random.Random, clinic: Clinic, taken: set[tuple[str, date, time]]) -> None:
    """Some months of meetings that change once or twice, with holes, strays, guests and hosts in turn.

    taken: when who hosts: of two meetings at one time nobody knows which is which.
    """
    hosts, guests = draw.sample(PEOPLE, draw.choice((1, 1, 2, 3))), draw.sample(PEOPLE, draw.randint(0, 3))
    day, clock, room = TODAY + DAY * draw.randint(1, 20), time(draw.randint(8, 16)), draw.choice(("A", "B"))
    title = draw.choice(("Huddle", "Huddle", "Round"))
    for _ in range(draw.randint(1, 3)):
        step = draw.choice((7, 7, 7, 14, 1, 3))
        for number in range(draw.randint(4, 16)):
            at = day + (DAY if draw.random() < 0.05 else 0 * DAY)
            slot = hosts[number % len(hosts)], at, clock
            if draw.random() > 0.1 and slot not in taken:
                taken.add(slot)
                clinic.meets(hosts[number % len(hosts)], at, clock, guests, eventTitle=title,
                             additionalInfo={"location": room})  # fmt: skip
            day += DAY * step
        day += DAY * draw.choice((0, 0, 1, 2, 30))
        clock = draw.choice((clock, clock, time(draw.randint(8, 16), 30)))
        room, guests = draw.choice((room, "C")), draw.choice((guests, guests[:-1], [*guests, "fay"]))
