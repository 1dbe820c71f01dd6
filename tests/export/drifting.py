"""A clinic's manifests as a person writes them, and what people may do by hand to what they declare."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple

from tests.conftest import HEAD
from tests.support.service import Service

JSON = dict[str, Any]
PEOPLE = tuple(f"p{number:02}" for number in range(24))
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
CLOCKS = ("06:00-14:00", "07:30-15:30", "08:00-12:00", "09:00-17:00", "10:00-18:30", "13:00-21:00")
SWAPPING = tuple((PEOPLE[place + 3], PEOPLE[place + 5]) for place in range(0, 24, 6))
REPEATING = tuple(f"series-{number}" for number in range(7))
OFTEN = ("mon", "tue", "wed", "mon, wed", "mon-fri")


def manifests(draw: random.Random, wall: bool = False) -> dict[str, str]:
    """Files by name: users, hours, meetings, with comments, quotes, brackets and blocks as they come.

    wall: with all that hangs on a ward's wall: cycles, nights, sheets, swaps, closures, teams, hosts in turn.
    """
    head = f"{HEAD}include: [staff/*.yaml]\nprune: true\nvars: {{room: Room 7}}\n"
    return {
        "env.yaml": head,
        "staff/people.yaml": "\n".join(["# Who is who.", "users:", *_users(draw)]) + "\n",
        "staff/hours.yaml": "\n".join(_hours_on_the_wall(draw) if wall else _hours(draw)) + "\n",
        "staff/meetings.yaml": "\n".join(["events:", *_meetings(draw, wall), "", *_leave(draw)]) + "\n",
    }


def _note(draw: random.Random) -> str:
    return draw.choice(("", "", "   # as agreed", " # 2"))


def _quoted(draw: random.Random, text: str) -> str:
    return draw.choice((text, f'"{text}"', f"'{text}'"))


def _users(draw: random.Random) -> Iterator[str]:
    for number, name in enumerate(PEOPLE):
        fields = {
            "email": f"{name}@example.org",
            "phone": _quoted(draw, f"+1555555{number:04}"),
            "firstName": _quoted(draw, f"Pat {number}"),
            "credentials": draw.choice(("RN", "MD")),
            "timezone": "America/Los_Angeles",
        }
        if draw.random() < 0.5:
            inside = ", ".join(f"{key}: {value}" for key, value in fields.items())
            yield f"  {name}: {{{inside}}}{_note(draw)}"
        else:
            yield f"  {name}:{_note(draw)}"
            for key, value in fields.items():
                yield from ([f"    # about {key}"] if draw.random() < 0.1 else [])
                yield f"    {key}: {value}{_note(draw)}"


def _hours(draw: random.Random) -> Iterator[str]:
    yield from ("shifts: {E: 06:00-14:00, L: 13:00-21:00}", "templates:")
    yield "  clinic: {days: {mon-fri: 09:00-17:00}}   # most of us"
    yield "rotations:"
    yield "  wards: {starts: 2026-11-30, weeks: [E E E E E . ., . L L L L . .]}"
    yield "workHours:"
    anchored = False
    for name in PEOPLE:
        kind = draw.choice(("days", "days", "block", "row", "template", "rotation", "two"))
        yield f"  {name}:{_note(draw)}"
        first = {
            "days": f"days: {{mon-thu: {draw.choice(CLOCKS)}, fri: {_quoted(draw, draw.choice(CLOCKS))}}}",
            "row": f"days: E E {draw.choice(CLOCKS)} L . . .",
            "template": "template: clinic",
            "rotation": "rotation: wards",
        }
        if kind == "block":
            yield f"    - from: 2026-11-30{_note(draw)}"
            yield from ("      days:", f"        mon-fri: {draw.choice(CLOCKS)}", "        # short")
            yield f"        fri: 09:00-12:00{_note(draw)}"
        elif kind == "two":
            yield f"    - {{from: 2026-11-30, to: 2027-01-31, {first['days']}}}{_note(draw)}"
            yield f"    - {{from: 2027-02-01, days: {{mon-wed: {draw.choice(CLOCKS)}}}}}{_note(draw)}"
        else:
            yield f"    - {{from: 2026-11-30, {first[kind]}}}{_note(draw)}"
        if draw.random() < 0.5:
            text = "{override: Closing, from: 2026-12-24, to: 2027-01-01, days: off}"
            yield f"    - {'*closing' if anchored else '&closing ' + text}{_note(draw)}"
            anchored = True
        elif draw.random() < 0.5:
            yield f"    - {{override: Duty, on: 2026-12-28, hours: {draw.choice(CLOCKS)}}}{_note(draw)}"


def _hours_on_the_wall(draw: random.Random) -> Iterator[str]:
    yield from ("shifts: {E: 06:00-14:00, L: 13:00-21:00, N: 22:00-06:00}", "rotations:")
    yield "  wards: {starts: 2026-11-30, weeks: [E E E E E . ., . L L L L . ., {mon-wed: N}]}   # three weeks"
    yield "  fourOn: {starts: 2026-12-01, cycle: E E L L N N . . . .}"
    yield f"teams: {{floor: [{', '.join(PEOPLE[:5])}], late: [{', '.join(PEOPLE[5:9])}]}}{_note(draw)}"
    yield "workHours:"
    for number, name in enumerate(PEOPLE):
        source = {
            0: f"rotation: wards, offset: {draw.randint(1, 2)} weeks",
            1: f"rotation: fourOn, offset: {draw.randint(1, 9)} days",
            2: "days: N N . . E E .",
            3: "days: {mon-thu: E, fri: 08:00-12:00}",
        }.get(number % 6, f"days: {{mon-fri: {draw.choice(CLOCKS)}}}")
        yield f"  {name}:{_note(draw)}"
        yield f"    - {{from: 2026-11-30, {source}}}{_note(draw)}"
        if draw.random() < 0.4:
            yield "    - override: Fair"
            yield f"      on: [2026-12-14..2026-12-16, 2027-01-13]{_note(draw)}"
            yield f"      hours: {draw.choice((*CLOCKS, 'off', 'N'))}"
        elif draw.random() < 0.4:
            yield f"    - {{override: Watch, on: 2027-01-11, hours: N}}{_note(draw)}"
    yield from ("roster:", "  # as printed")
    for week, people in (("2026-W52", PEOPLE[3::6]), ("2027-W05", PEOPLE[4::6])):
        yield f"  {week}:{_note(draw)}"
        yield from (
            f"    {name}: {' '.join(draw.choice('EEL...') for _ in range(7))}{_note(draw)}" for name in people
        )
    yield "swaps:"
    for number, (one, other) in enumerate(SWAPPING):
        day = date(2027, 1, 18) + timedelta(days=number)
        yield f"  - {{on: [{day}, {day + timedelta(days=7)}], between: [{one}, {other}]}}{_note(draw)}"
    yield "closures:"
    yield f"  - {{on: 2026-12-24..2026-12-28, name: Winter, except: [{{team: floor}}]}}{_note(draw)}"


def _meetings(draw: random.Random, wall: bool = False) -> Iterator[str]:
    for number in range(10):
        start = date(2026, 11, 30) + timedelta(days=draw.randrange(7))
        hosts = draw.sample(PEOPLE, 4)
        yield f"  series-{number}:{_note(draw)}"
        yield f"    title: {_quoted(draw, f'Meeting {number}')}{_note(draw)}"
        yield f"    hosts: [{', '.join(hosts[:2])}]" if wall and number % 3 == 0 else f"    host: {hosts[0]}"
        yield f"    starts: {start}T{draw.randrange(7, 17):02}:{draw.choice(('00', '15', '30'))}{_note(draw)}"
        yield draw.choice(("    duration: 30m", "    duration: 1h15m"))
        if number < 7:
            yield f"    repeat: {{every: week, on: {_days(draw)}}}{_note(draw)}"
            yield from (["    except: [2026-12-25]"] if draw.random() < 0.3 else [])
        people = ", ".join(f"{{user: {name}}}" for name in hosts[1:])
        if wall and number % 3 == 1:
            yield "    from:"
            yield f"      2026-12-21: {{location: Annex, reason: Rebuilding}}{_note(draw)}"
        if wall and draw.random() < 0.5:
            yield f"    participants: [{{team: floor}}, {hosts[3]}]{_note(draw)}"
        elif draw.random() < 0.5:
            yield f"    participants: [{people}]"
        else:
            yield "    participants:"
            yield from (f"      - user: {name}{_note(draw)}" for name in hosts[1:])
        yield f"    location: {draw.choice(('$(room)', 'Hall', 'Room 5'))}{_note(draw)}"
        yield "    mode: IN-PERSON"
        yield ""


def _days(draw: random.Random) -> str:
    days = draw.choice(OFTEN)
    return f"[{days}]" if "," in days else days


def _leave(draw: random.Random) -> Iterator[str]:
    yield "leave:"
    for name in draw.sample(PEOPLE, 6):
        start = date(2027, 4, 1) + timedelta(days=draw.randrange(60))
        text = f"{start}..{start + timedelta(days=draw.randrange(1, 9))}"
        yield f"  {name}: {draw.choice((text, f'[{text}]', f'[{{on: {text}}}]'))}{_note(draw)}"


# What people do.


class Deed(NamedTuple):
    """What was done, and to which entry."""

    section: str
    name: str
    said: str


def deeds(draw: random.Random, service: Service, count: int) -> list[Deed]:
    """Do as many things, each to something else."""
    now = datetime(2026, 11, 24, 12, tzinfo=UTC)
    events = [each for each in service.events() if datetime.fromisoformat(each["startDateTime"]) > now]
    last = {_mark(each).partition("@")[0]: each["id"] for each in events}
    events.sort(key=_mark)
    draw.shuffle(events)
    people = draw.sample(PEOPLE, len(PEOPLE))
    hours = {name: sorted(rows, key=lambda row: (row["startDateTime"], row.get("ruleType") or ""))
             for name, rows in service.hours(*PEOPLE).items()}  # fmt: skip
    working = draw.sample(PEOPLE, len(PEOPLE))
    done: list[Deed] = []
    while len(done) < count:
        kind = draw.choice(("user", "event", "event", "event", "hours"))
        if kind == "user" and people:
            done.append(Deed("users", people[-1], _user_deed(draw, service, people.pop())))
        elif kind == "hours" and working:
            name = working.pop()
            done.append(Deed("workHours", name, _hours_deed(draw, service, name, hours[name])))
        elif events:
            event = events.pop()
            series = _mark(event).partition("/")[2].partition("@")[0]
            is_leave, is_last = series.startswith("leave-"), event["id"] in last.values()
            said = _event_deed(draw, service, event, is_last and series in REPEATING)
            done.append(Deed("leave" if is_leave else "events", series.removeprefix("leave-"), said))
    return done


def _mark(event: JSON) -> str:
    """Where either profile keeps it."""
    remarks = (event.get("additionalInfo") or {}).get("remarks") or ""
    return str(event.get("externalId") or remarks.rpartition("[")[2].rstrip("]"))


def _user_deed(draw: random.Random, service: Service, name: str) -> str:
    field, value = draw.choice((
        ("phone", f"+1666666{draw.randrange(10_000):04}"), ("firstName", f"Sam #{draw.randrange(99)}"),
        ("credentials", "PT, RN"), ("credentials", None), ("firstName", None),
    ))  # fmt: skip
    service.send("PATCH", f"/gh/admin/users/{name}", {field: value})
    return f"{name} {field} {value}"


def _event_deed(draw: random.Random, service: Service, event: JSON, last: bool) -> str:
    """last: of its series; that it is gone would be no drift, as it may not have been written yet."""
    start, end = (datetime.fromisoformat(event[key]) for key in ("startDateTime", "endDateTime"))
    if event["eventType"] == "LEAVE":
        longer, later = end + timedelta(days=draw.randint(1, 3)), start + timedelta(days=1)
        deed = draw.choice(
            ({"endDateTime": _stamp(longer)}, {"startDateTime": _stamp(later)}, {"eventStatus": "CANCELLED"})
        )
        service.change_event(event, **deed)
        return f"leave {event['startDateTime']} {deed}"
    info = dict(event.get("additionalInfo") or {})
    people = [each for each in event["participants"] if each["participantId"] != event["hostId"]]
    shift = timedelta(minutes=draw.choice((15, 60, -45, 60 * 24)))
    moves: tuple[Callable[[], JSON], ...] = (
        lambda: {"startDateTime": _stamp(start + shift), "endDateTime": _stamp(end + shift)},
        lambda: {"endDateTime": _stamp(end + timedelta(minutes=15))},
        lambda: {
            "eventTitle": draw.choice(("Moved: twice", "It's off?", '"Quoted" #1', "- dash", "café ☕"))
        },
        lambda: {"eventStatus": "CANCELLED"},
        lambda: {"eventMode": "VIDEO"},
        lambda: {"additionalInfo": {**info, "location": draw.choice(("Garden", "[Room], 9", "$(room)"))}},
        lambda: {"participants": _elements([each for each in event["participants"] if each != people[0]])},
        lambda: {"hostId": people[0]["participantId"]},
    )
    if draw.random() < 0.15 and not last:
        service.send("DELETE", f"/gh/sb-demo/calendar/events/{event['id']}")
        return "deleted"
    deed = draw.choice(moves)()
    service.change_event(event, **deed)
    return f"{event['startDateTime']} {deed}"


def _elements(people: list[JSON]) -> list[JSON]:
    kept = ("id", "participantId", "participantRole", "participationStatus")
    return [{key: each[key] for key in kept if key in each} for each in people]


def _hours_deed(draw: random.Random, service: Service, name: str, rows: list[JSON]) -> str:
    row = draw.choice([row for row in rows if row["daysInfo"]])  # what is no more is emptied
    body = {key: row[key] for key in ("startDateTime", "endDateTime", "daysInfo", "type", "ruleType", "name")
            if row.get(key) is not None}  # fmt: skip
    path = f"/gh/sb-demo/calendar/work-hours/{row['workHoursId']}"
    clock = draw.choice(CLOCKS)
    worked = [info for info in row["daysInfo"] if info["startTime"]]
    if row.get("ruleType") == "OVERRIDE" or draw.random() < 0.7 or not worked:
        day = draw.choice(row["daysInfo"])["day"]
        others = [info for info in row["daysInfo"] if info["day"] != day or _of_a_night(info)]
        start, end = clock.split("-")
        info = [*others, {"day": day, "startTime": f"{start}:00", "endTime": f"{end}:00"}]
        deed = {"daysInfo": info}
        what = f"{DAYS[day - 1]} {clock}"
    else:
        first = max(date.fromisoformat(row["startDateTime"][:10]), date(2026, 11, 30))
        last = first + timedelta(days=draw.randrange(20, 60))
        if last >= date.fromisoformat(row["endDateTime"][:10]):
            last = max(first, date.fromisoformat(row["endDateTime"][:10]) - timedelta(days=2))
        deed = {"endDateTime": f"{last}T23:59:59.999Z"}
        what = f"ends {last}"
    service.send("PUT", path, {"psmId": service.id_of(name), **body, **deed})
    return f"{name} {row['startDateTime'][:10]} {row.get('ruleType')} {what}"


def _of_a_night(info: JSON) -> bool:
    """Whether it is half of one, which somebody takes away whole or not at all."""
    halves = info["startTime"] == "00:00:00", info["endTime"] in ("23:59:00", "23:59:59")
    return any(halves) and not all(halves)


def _stamp(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%S.}{at.microsecond // 1000:03}Z"
