"""Meetings, duties and watches of a public trial: when they are, and on which days they show."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any

from tests.conftest import Workspace
from tests.kinds.conftest import Trial
from tests.kinds.event.test_lengths import planned
from tests.stories.test_calendar import calendar

NOW = "2026-11-25T12:00:00Z"


def shown(workspace: Workspace, day: str) -> dict[str, dict[str, list[str]]]:
    """Who has which events on which day of a week, each with when it ends."""
    workspace.now = NOW
    data: Any = json.loads(calendar(workspace, "--week", day, "--format", "json"))
    return {
        person["user"]: {
            day["date"]: [f"{event['title']} to {event['ends'][:16]}" for event in day["events"]]
            for day in person["days"]
            if day["events"]
        }
        for person in data["people"]
    }


def test_a_running_duty_stands_on_each_of_its_days(trial: Trial) -> None:
    workspace = trial("06")
    first, second = shown(workspace, "2027-01-04"), shown(workspace, "2027-01-11")
    on_call, weekend = ["On call to 2027-01-11T09:00"], ["Weekend duty to 2027-01-11T08:00"]
    assert first["ana"] == {f"2027-01-{day:02}": on_call for day in range(4, 11)}
    assert first["ben"] == {f"2027-01-{day:02}": weekend for day in (8, 9, 10)}
    assert second == {"ana": {"2027-01-11": on_call}, "ben": {"2027-01-11": weekend}}


def test_the_text_says_when_it_ends(trial: Trial) -> None:
    workspace = trial("06")
    on_call = "Mon 4 Jan 09:00 – Mon 11 Jan 09:00  On call · ana"
    weekend = "Fri 8 Jan 17:00 – Mon 11 Jan 08:00  Weekend duty · ben"
    for week, days in (("2027-01-04", (7, 3)), ("2027-01-11", (1, 1))):
        wall = calendar(workspace, "--week", week)
        assert (wall.count(f"  {on_call}\n"), wall.count(f"  {weekend}\n")) == (1, 1)
        each = calendar(workspace, "--week", week, "--user", "ana", "--user", "ben")
        assert (each.count(on_call), each.count(weekend)) == days


def test_what_began_long_before_the_week_shows_in_it(workspace: Workspace) -> None:
    workspace.write(
        "users: {ana: {email: ana@example.org}}\n"
        "events:\n"
        "  deploy: {title: Deployed, host: ana, starts: 2027-01-05T09:00, duration: 10 weeks}\n"
        "  talk: {title: Talk, host: ana, starts: 2027-01-06T09:00, duration: 1h,"
        " repeat: {every: week, count: 2}, change: {2027-01-06: {duration: 8 weeks}}}\n"
        "  late: {title: Until midnight, host: ana, starts: 2027-02-24T20:00, duration: 4h}\n"
    )
    week = shown(workspace, "2027-02-24")["ana"]
    assert list(week) == [f"2027-02-{day}" for day in range(22, 29)]
    assert week["2027-02-22"] == ["Deployed to 2027-03-16T09:00", "Talk to 2027-03-03T09:00"]
    assert [len(events) for events in week.values()] == [2, 2, 3, 2, 2, 2, 2]
    assert "  wed 20:00-24:00                     Until midnight" in calendar(
        workspace, "--week", "2027-02-24"
    )


def test_meetings_of_three_continents_keep_the_clock_of_their_own_zone(trial: Trial) -> None:
    found = planned(trial("rota-3"), NOW)
    starts = {key: start for key, (start, _) in found.items()}
    builders = {"2026-12-09": "18:00", "2027-03-10": "18:00", "2027-04-14": "17:00", "2027-11-10": "18:00"}
    for day, clock in builders.items():
        assert starts[f"builder-call@{day}"] == f"{day}T{clock}"
    machinery = {key.partition("@")[2]: start for key, start in starts.items() if key.startswith("machinery")}
    assert list(machinery) == [
        str(date(2026, 12, 2) + timedelta(days=14 * step)) for step in range(len(machinery))
    ]
    for day, start in machinery.items():
        summer = "2027-03-24" <= day <= "2027-11-03"
        assert start == f"{day}T{'18:00' if summer else '19:00'}"
    assert {start[11:] for key, start in starts.items() if key.startswith("architecture")} == {"19:00"}
    own = {key.partition("@")[2]: start[11:] for key, start in starts.items() if key.startswith("own-clock")}
    assert all(
        clock == ("06:00" if "2027-03-30" <= day <= "2027-10-26" else "07:00") for day, clock in own.items()
    )
    counts = [sum(key.startswith(name) for key in found) for name in ("builder", "machinery", "archi", "own")]
    assert counts == [14, 30, 30, 60]


def test_a_watch_of_whole_days_has_no_gap_and_no_overlap(trial: Trial) -> None:
    workspace = trial("rota-5")
    workspace.now = NOW
    spans = sorted(
        (change["after"]["startDateTime"], change["after"]["endDateTime"], change["after"]["hostId"])
        for change in workspace.plan().plan
        if change["kind"] == "event"
    )
    hosts = ["abe", "lou", "xie", "123"] * 2 + ["abe"]
    assert [host for _, _, host in spans] == [f"user/{host}" for host in hosts]
    ends = [datetime.fromisoformat(end) + timedelta(milliseconds=1) for _, end, _ in spans]
    assert ends[:-1] == [datetime.fromisoformat(start) for start, _, _ in spans[1:]]
    assert [spans[place][1] for place in (0, 1, 2, -1)] == [
        "2027-03-07T04:59:59.999Z",
        "2027-03-14T04:59:59.999Z",
        "2027-03-21T03:59:59.999Z",
        "2027-04-29T03:59:59.999Z",
    ]
    assert ends[2] - ends[1] == timedelta(hours=167)
    assert datetime.fromisoformat(spans[0][0]) == datetime(2027, 2, 28, 5, tzinfo=UTC)
