"""Makes the random rules, the same ones every time; the oracle finds a start that occurs.

From the top of the repository; the recorders beside this file say how they are built:
    python -m tests.dates.peers.generate > made.tsv
    paste made.tsv <(node rrule_temporal.mjs < made.tsv) <(./kcalendarcore < made.tsv) > rules.tsv
A line: rule, zone, first start (wall clock), last day (its noon ends the window); then what each recorder
adds: two digests, of the instants as the project reads them and with the library's own arithmetic of zones.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta
from functools import cache
from random import Random
from zoneinfo import ZoneInfo

from tests.support import oracle

RULES, AIMED = 3400, 800
SEED = 5545
DAY = timedelta(days=1)
Maker = Callable[[Random], str]
# Zone: the years to start in. Those of a few years only are there for what their clocks did then.
ANY = (1970, 2045)
ZONES = {
    "Europe/Berlin": ANY, "Europe/London": ANY, "America/New_York": ANY, "America/Los_Angeles": ANY,
    "America/Havana": (1970, 2022), "Africa/Cairo": (1970, 2011), "Asia/Beirut": (1984, 2020),
    "Australia/Sydney": ANY, "Pacific/Auckland": ANY, "America/Santiago": ANY,
    "America/Asuncion": (1975, 2021), "America/Caracas": (2006, 2016),
    "Asia/Kolkata": ANY, "Asia/Kathmandu": ANY, "America/St_Johns": ANY, "Australia/Adelaide": ANY,
    "Australia/Lord_Howe": (1982, 2045), "Pacific/Chatham": (1975, 2045),
    "Europe/Dublin": ANY, "Africa/Casablanca": (1974, 2023), "America/Sao_Paulo": (1985, 2018),
    "Asia/Tehran": (1977, 2021), "Europe/Moscow": (1981, 2013),
    "Asia/Pyongyang": (2014, 2018), "Antarctica/Troll": (2005, 2045),
}  # fmt: skip
# Years in which clocks were put forward or back for good.
ONCE = {"Europe/London": (1968, 1971), "Europe/Moscow": (2010, 2014), "Europe/Dublin": (1968, 1972)}
HOURS = (0, 0, 1, 1, 2, 2, 2, 3, 9, 9, 14, 18, 23)
MINUTES = (0, 15, 30, 30, 30, 45)
# Years in a window, times more for an interval.
WINDOWS = {"DAILY": 1, "WEEKLY": 2, "MONTHLY": 2, "YEARLY": 3}


def main() -> None:
    random, made = Random(SEED), 0
    while made < RULES:
        for line in _lines(random, aimed=made < AIMED):
            print("\t".join(line))
            made += 1


def _lines(random: Random, aimed: bool) -> Iterator[tuple[str, str, str, str]]:
    """A rule, or none where it gives nothing or, if aimed at a change of the clocks, misses it."""
    name, (first, last) = random.choice([*ZONES.items(), *ONCE.items()])
    zone, parts = ZoneInfo(name), _parts(random)
    begin = date(random.randint(first, last), 1, 1) + random.randrange(365) * DAY
    clock = time(random.choice(HOURS), random.choice(MINUTES))
    if aimed and (odd := _odd(zone, begin.year)):
        target = random.choice(odd)
        begin, clock = target.date() - random.randrange(90) * DAY, target.time()
    years = WINDOWS[parts["FREQ"]] * (1 + int(parts.get("INTERVAL", "1")) // 2)
    end = datetime.combine(begin + years * 370 * DAY, time(12))
    found = oracle.occurrences(_text(parts), datetime.combine(begin, clock), end)
    hits = [moment for moment in found if aimed and len(oracle.readings(moment, zone)) != 1]
    if hits or (found and not aimed):
        parts |= _bound(random, found, hits or found, zone)
        yield _text(parts), name, f"{found[0]:%Y%m%dT%H%M%S}", f"{end:%Y%m%d}"


@cache
def _odd(zone: ZoneInfo, year: int) -> list[datetime]:
    """The quarters of an hour that clocks skip or show twice in a year."""
    days = [datetime(year, 1, 1) + number * DAY for number in range(365)]
    moved = [day for day in days if oracle.offset(day, zone) != oracle.offset(day + DAY, zone)]
    quarters = [day + number * DAY / 96 for day in moved for number in range(-96, 192)]
    return [moment for moment in quarters if len(oracle.readings(moment, zone)) != 1]


def _text(parts: dict[str, str]) -> str:
    return ";".join(f"{name}={value}" for name, value in parts.items())


def _parts(random: Random) -> dict[str, str]:
    frequency = random.choice(("DAILY", "WEEKLY", "MONTHLY", "MONTHLY", "YEARLY", "YEARLY", "YEARLY"))
    parts = {"FREQ": frequency}
    if random.random() < 0.35:
        parts["INTERVAL"] = str(random.choice((2, 2, 2, 3, 3, 4, 5)))
    parts |= {"DAILY": _daily, "WEEKLY": _weekly, "MONTHLY": _monthly, "YEARLY": _yearly}[frequency](random)
    parts |= _times(random)
    if len(parts.keys() - {"FREQ", "INTERVAL"}) and random.random() < 0.2:
        parts["BYSETPOS"] = random.choice(("1", "-1", "2", "-2", "1,-1", "1,3", "3", "-2,2"))
    if random.random() < 0.2:
        parts["WKST"] = random.choice(oracle.CODES)
    return parts


def _daily(random: Random) -> dict[str, str]:
    return _some(random, BYMONTH=(0.3, _months), BYMONTHDAY=(0.2, _month_days), BYDAY=(0.3, _days))


def _weekly(random: Random) -> dict[str, str]:
    return _some(random, BYMONTH=(0.25, _months), BYDAY=(0.7, _days))


def _monthly(random: Random) -> dict[str, str]:
    days = _numbered_of_month if random.random() < 0.6 else _days
    return _some(random, BYMONTH=(0.2, _months), BYMONTHDAY=(0.45, _month_days), BYDAY=(0.5, days))


def _yearly(random: Random) -> dict[str, str]:
    kind = random.random()
    if kind < 0.2:
        return _some(random, BYWEEKNO=(1, _weeks), BYDAY=(0.6, _days), BYMONTH=(0.1, _months))
    if kind < 0.35:
        return _some(random, BYYEARDAY=(1, _year_days), BYDAY=(0.15, _days), BYMONTH=(0.15, _months))
    if kind < 0.5:
        return _some(random, BYDAY=(1, _numbered_of_year))
    if kind < 0.7:
        days = _numbered_of_month if random.random() < 0.6 else _days
        return _some(random, BYMONTH=(1, _months), BYDAY=(1, days))
    return _some(random, BYMONTH=(0.6, _months), BYMONTHDAY=(0.6, _month_days), BYDAY=(0.2, _days))


def _some(random: Random, **chances: tuple[float, Maker]) -> dict[str, str]:
    return {name: make(random) for name, (chance, make) in chances.items() if random.random() < chance}


def _joined(random: Random, numbers: list[int], most: int) -> str:
    return ",".join(map(str, sorted(random.sample(numbers, random.randint(1, most)))))


def _months(random: Random) -> str:
    return _joined(random, [*range(1, 13)], 3)


def _month_days(random: Random) -> str:
    return _joined(random, [*range(1, 32), *range(-31, 0), -1, -2, 13, 31], 3)


def _year_days(random: Random) -> str:
    return _joined(random, [*range(1, 367), *range(-366, 0)] + 30 * [1, 60, -1, 366, -366], 4)


def _weeks(random: Random) -> str:
    return _joined(random, [*range(1, 54), *range(-53, 0)] + 4 * [1, 53, 52, -1], 3)


def _days(random: Random) -> str:
    return ",".join(sorted(random.sample(oracle.CODES, random.randint(1, 3)), key=oracle.CODES.index))


def _numbered_of_month(random: Random) -> str:
    return _numbered(random, 5)


def _numbered_of_year(random: Random) -> str:
    return _numbered(random, 53)


def _numbered(random: Random, most: int) -> str:
    """Days with a number, now and then a plain one among them."""
    numbers = [number for number in range(-most, most + 1) if number] + 3 * [1, 2, -1, -2]
    days = {f"{random.choice(numbers)}{random.choice(oracle.CODES)}" for _ in range(random.randint(1, 3))}
    if random.random() < 0.12:
        days.add(random.choice(oracle.CODES))
    return ",".join(sorted(days))


def _times(random: Random) -> dict[str, str]:
    parts = {}
    if random.random() < 0.15:
        parts["BYHOUR"] = _joined(random, [0, 1, 2, 3, 8, 12, 17, 23], 3)
    if random.random() < 0.12:
        parts["BYMINUTE"] = _joined(random, [0, 15, 30, 45], 2)
    return parts


def _bound(random: Random, found: list[datetime], ends: list[datetime], zone: ZoneInfo) -> dict[str, str]:
    """How a rule ends: not in the window, after some, on a day, at an instant or near it."""
    kind, last = random.random(), random.choice(random.choice((found, ends)))
    if kind < 0.35:
        return {}
    if kind < 0.6:
        return {"COUNT": str(random.randint(1, 40))}
    if kind < 0.8:
        return {"UNTIL": f"{last + random.choice((0, 0, 1, 20)) * DAY:%Y%m%d}"}
    minutes = random.choice((0, 0, 0, 1, 7, 45, 60, -1))
    instant = oracle.instant(max(last, found[0]), zone) + timedelta(minutes=minutes)
    return {"UNTIL": f"{max(instant, oracle.instant(found[0], zone)):%Y%m%dT%H%M%SZ}"}


if __name__ == "__main__":
    main()
