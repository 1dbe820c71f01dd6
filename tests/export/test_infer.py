"""The rule behind dates, against a generator that knows it and against brute force."""

from __future__ import annotations

import random
from calendar import monthrange
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from itertools import combinations

import pytest

from reconciler.export import infer
from reconciler.export.infer import LEAST, Recurrence, recurrence_of, recurrences_of

FIRST, DAY = date(2026, 11, 24), timedelta(days=1)
Rule = Callable[[date], bool]


def weekly(on: set[int], interval: int) -> Rule:
    return lambda day: day.weekday() in on and (day.toordinal() - 1) // 7 % interval == 0


def daily(step: int) -> Rule:
    return lambda day: day.toordinal() % step == 0


def nth(weekday: int, numbers: set[int]) -> Rule:
    def gives(day: date) -> bool:
        last = day.day + 7 > monthrange(day.year, day.month)[1]
        return day.weekday() == weekday and ((day.day - 1) // 7 + 1 in numbers or (last and -1 in numbers))

    return gives


def month_day(number: int) -> Rule:
    return lambda day: day.day == (number if number > 0 else monthrange(day.year, day.month)[1])


def a_rule(draw: random.Random) -> Rule:
    match draw.randrange(6):
        case 0 | 1:
            return weekly(set(draw.sample(range(7), draw.randint(1, 5))), 1)
        case 2:
            return weekly(set(draw.sample(range(7), draw.randint(1, 2))), draw.randint(2, 4))
        case 3:
            return daily(draw.choice((1, 2, 3, 4, 5, 10)))
        case 4:
            return nth(draw.randrange(7), {draw.choice((1, 2, 3, 4, -1))})
        case _:
            return month_day(draw.choice((1, 10, 15, 28, -1)))


def dates_of(rule: Rule, span: int) -> list[date]:
    return [day for day in (FIRST + DAY * step for step in range(span)) if rule(day)]


def disturbed(draw: random.Random, dates: list[date], times: int) -> set[date]:
    """Some dates taken out, put in or moved, none at either end."""
    found = {*dates}
    for _ in range(times):
        day = draw.choice([day for day in dates[1:-1] if day in found])
        kind = draw.choice(("out", "in", "moved"))
        if kind != "in":
            found.discard(day)
        if kind != "out":
            found.add(day + DAY * draw.choice((-2, -1, 1, 2)))
    return found


def given_back(found: list[Recurrence], rest: list[date]) -> set[date]:
    return {*rest}.union(*({*each.dates} - {*each.missing} for each in found))


@pytest.mark.parametrize(("exceptions", "share"), [(0, 0.95), (1, 0.9), (3, 0.8)])
def test_the_rule_that_made_the_dates_is_found(exceptions: int, share: float) -> None:
    draw, hits, tried = random.Random(exceptions), 0, 0
    while tried < 250:
        rule, span = a_rule(draw), draw.randint(90, 371)
        dates = dates_of(rule, span)
        if len(dates) < LEAST + 1 + 2 * exceptions:
            continue
        tried += 1
        there = disturbed(draw, dates, draw.randint(1, exceptions) if exceptions else 0)
        found, rest = recurrences_of(there)
        assert given_back(found, rest) == there
        hits += bool(found) and [*found[0].dates] == dates
    assert hits >= share * tried, hits


@pytest.mark.parametrize("size", [3, 4])
def test_any_few_dates_come_back_as_they_are(size: int) -> None:
    """Brute force: all ways to choose some of sixteen dates."""
    days = [FIRST + DAY * step for step in (*range(10), 14, 21, 28, 35, 63, 91)]
    for chosen in combinations(days, size):
        found, rest = recurrences_of(chosen)
        assert given_back(found, rest) == {*chosen}


def test_no_row_of_weeks_explains_more_than_the_rule_that_is_found() -> None:
    """Brute force: every way to go through the dates in steps of weeks."""
    draw = random.Random(5)
    for _ in range(150):
        dates = sorted({FIRST + DAY * draw.randrange(40) for _ in range(draw.randint(4, 9))})
        found = recurrence_of(dates)
        cost = len(dates) if found is None else len(found.missing) + len({*dates} - {*found.dates})
        assert cost <= min([len(dates), *_by_weeks(dates)]), dates


def _by_weeks(dates: list[date]) -> Iterator[int]:
    """How much every row of dates that lie so many weeks apart leaves unexplained, if most of it is there."""
    for first, last in combinations(dates, 2):
        for step in (7, 14, 21):
            row = {first + DAY * each for each in range(0, (last - first).days + 1, step)}
            hits = row & {*dates}
            enough = len(hits) >= LEAST and 2 * len(hits) >= len(dates)
            if last in hits and enough and 2 * len(row - hits) <= len(hits):
                yield len(row - hits) + len({*dates} - row)


def test_two_rules_beside_each_other_are_told_apart() -> None:
    tuesdays, monthly = dates_of(weekly({1}, 1), 300), dates_of(nth(4, {1}), 300)
    found, rest = recurrences_of([*tuesdays, *monthly])
    assert [each.repeat["every"] for each in found] == ["week", "month"]
    assert not rest


def test_a_weekday_that_changes_is_two_rules() -> None:
    before, after = dates_of(weekly({1}, 1), 100), dates_of(weekly({3}, 1), 200)
    found, rest = recurrences_of([*before, *(day for day in after if day > before[-1])])
    assert [each.repeat["on"] for each in found] == ["tue", "thu"]
    assert not rest


def test_a_rule_goes_on_only_where_nothing_says_that_it_ended() -> None:
    (found,), _ = recurrences_of(dates_of(weekly({1}, 1), 100))
    assert not found.further(found.dates[-1] + 6 * DAY)
    assert found.further(found.dates[-1] + 7 * DAY) == [found.dates[-1] + 7 * DAY]


def test_ten_times_the_dates_take_no_more_expansions(monkeypatch: pytest.MonkeyPatch) -> None:
    calls, laid = list[int](), infer.occurrences
    monkeypatch.setattr(infer, "occurrences", lambda *args: calls.append(1) or laid(*args))
    draw = random.Random(1)
    for count in (30, 300):
        recurrences_of(FIRST + DAY * draw.randrange(count * 3) for _ in range(count))
    assert len(calls) < 40
