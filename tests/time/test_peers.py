"""Our expansion of 2,400 random rules against two libraries it shares no code with, and against the standard.

What the libraries gave is kept in peers/rules.jsonl, made by peers/expand.mjs; the oracle reads the RFC
literally, day by day. Where the libraries differ from one another, the oracle says who is right.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from reconciler.recurrence import occurrences, rule_of
from tests.time import oracle

RULES = Path(__file__).parent / "peers" / "rules.jsonl"


class Case(NamedTuple):
    rule: str
    start: datetime
    until: datetime
    libraries: tuple[str | None, str | None]
    ours: list[datetime]


@cache
def cases() -> tuple[Case, ...]:
    return tuple(_cases())


def _cases() -> Iterator[Case]:
    for line in RULES.read_text(encoding="utf-8").splitlines():
        rule, begin, end, *libraries = json.loads(line)
        start, until = datetime.fromisoformat(begin), datetime.fromisoformat(end)
        ours = occurrences(rule_of(rule, UTC), start, start, until, 100_000)
        yield Case(rule, start, until, (libraries[0], libraries[1]), ours)


def digest(found: list[datetime]) -> str:
    return sha256(" ".join(f"{moment:%Y%m%dT%H%M%S}" for moment in found).encode()).hexdigest()[:10]


def test_where_two_libraries_agree_we_agree_with_them() -> None:
    agreed = [case for case in cases() if case.libraries[0] == case.libraries[1]]
    assert len(agreed) >= 2000
    wrong = [case.rule for case in agreed if digest(case.ours) != case.libraries[0]]
    assert not [rule for rule in wrong if not unclear(rule)]


def unclear(rule: str) -> bool:
    """Whether both libraries are known to err: where plain and numbered days of a year stand side by side
    they lose some, and positions among the days of a week that reaches into another year they count apart."""
    parts = dict(part.split("=") for part in rule.split(";"))
    days = parts.get("BYDAY", "").split(",")
    mixed = rule.startswith("FREQ=YEARLY") and 0 < sum(len(day) > 2 for day in days) < len(days)
    return mixed or {"BYWEEKNO", "BYSETPOS"} <= parts.keys()


def test_every_rule_is_expanded_as_the_standard_says() -> None:
    assert len(cases()) >= 2000
    wrong = [
        case.rule for case in cases() if oracle.occurrences(case.rule, case.start, case.until) != case.ours
    ]
    assert not wrong


def test_a_window_far_from_the_start_shows_the_same_occurrences() -> None:
    for case in cases()[:500]:
        middle = case.start + (case.until - case.start) / 2
        found = occurrences(case.rule, case.start, middle, case.until, 100_000)
        assert found == [moment for moment in case.ours if moment >= middle], case.rule
