"""Brakes count people and series, whatever number of dates they have; each says how to let it go."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from reconciler.errors import UnsafePlan
from reconciler.model import Action, Brake, Change, Ground, Key, Limits, Plan, Window
from reconciler.plan.brakes import brakes, kept_of, refuse_unsafe

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
WEEKS = [date(2026, 12, 1) + timedelta(weeks=number) for number in range(12)]


def of_series(name: str, action: Action, ground: Ground | None = None) -> list[Change]:
    """The same for each of a dozen dates."""
    return [Change(Key("event", f"{name}@{day}"), action, ground=ground) for day in WEEKS]


def series(number: int) -> set[str]:
    return {f"series-{each:02}" for each in range(number)}


def gone(number: int) -> list[Change]:
    return [change for name in sorted(series(number)) for change in of_series(name, Action.DELETE)]


def found(changes: list[Change], owned: int, **keeping: frozenset[str]) -> list[tuple[str, int]]:
    limits = Limits(deletes=10, delete_percent=30, update_percent=30, least=10)
    made = brakes(changes, {"event": frozenset(series(owned))}, limits, keeping)
    return [(brake.limit, brake.count) for brake in made]


def test_a_weekly_meeting_that_ends_is_one_however_many_dates_it_has() -> None:
    assert found(gone(10), 100) == []
    assert found(gone(11), 100) == [("deletes", 11)]


def test_all_of_a_kind_is_too_much_even_if_it_is_little() -> None:
    assert found(gone(2), 2) == [("deletes", 2)]
    assert found(gone(2), 3) == []


def test_a_series_of_which_a_date_stays_does_not_go() -> None:
    stays = Change(Key("event", "series-00@2027-03-02"), Action.NOOP)
    assert found([*gone(1), stays], 1) == []
    assert found(gone(1), 1, **kept_of([*gone(1), stays])) == []


@pytest.mark.parametrize("action", [Action.DELETE, Action.UPDATE])
def test_percents_bind_from_the_least_number_on_and_are_rounded_up(action: Action) -> None:
    limit = "deletePercent" if action is Action.DELETE else "updatePercent"
    few = [change for name in ("series-00", "series-01", "series-02") for change in of_series(name, action)]
    assert found([*few, *of_series("series-03", action)], 9) == [], "of 9, four are a matter of taste"
    assert found(few, 10) == [], "30 % is not more than 30 %"
    assert found([*few, *of_series("series-03", action)], 13) == [(limit, 31)], "30.8 % is"


def test_what_is_cut_for_its_neighbour_is_not_rewritten() -> None:
    cut = [change for name in series(10) for change in of_series(name, Action.UPDATE, Ground.CUT_IN)]
    assert found(cut, 10) == []


def plan_with(*found: Brake) -> Plan:
    return Plan(
        created_at=NOW, tenant="gh", instance="sb-demo", api_url="https://api.example.org", client=None,
        owner="staffing", timezone="UTC", manifest_digest="", live_digest="",
        window=Window(NOW, NOW + timedelta(weeks=12)), changes=(), brakes=found,
    )  # fmt: skip


def test_a_brake_is_let_go_by_name_and_no_further_than_was_said() -> None:
    over = plan_with(Brake("deletes", 12, 10, "12 series would go", "--allow deletes=12"))
    with pytest.raises(UnsafePlan) as refused:
        refuse_unsafe(over, {"deletes": 11, "deletePercent": 100})
    assert "12 series would go; if that is meant, add --allow deletes=12" in str(refused.value)
    refuse_unsafe(over, {"deletes": 12})
