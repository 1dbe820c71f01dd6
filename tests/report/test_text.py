"""A plan in words: what happens to people, a block each with its sign, and what it comes to."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from reconciler.model import About, Action, Change, FieldDiff, Key, Plan, Window
from reconciler.report.review import review_of
from reconciler.report.text import plan_text

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
JOHN, STANDUP = Key("user", "johndoe"), Key("event", "standup@2026-12-01")
WHEN = {"startDateTime": "2026-12-01T17:00:00.000Z", "endDateTime": "2026-12-01T17:30:00.000Z"}
TURN = FieldDiff("credentials", "MD", "NP")
SAID = {
    "+": (
        Change(JOHN, Action.CREATE, after={"email": "john@example.org"}),
        ["1 person is new.", "", "  + user/johndoe  john@example.org", ""],
        ["Plan: 1 to add, 0 to change, 0 to destroy."],
    ),
    "~": (
        Change(JOHN, Action.UPDATE, before={"credentials": "MD"}, after={"credentials": "NP"}, diff=(TURN,)),
        ["Details of 1 person change.", "", "  ~ user/johndoe", "      credentials  MD → NP", ""],
        ["Plan: 0 to add, 1 to change, 0 to destroy."],
    ),
    "-": (
        Change(STANDUP, Action.DELETE, before={"eventTitle": "Stand-up", **WHEN}, reason="except"),
        [
            "1 meeting loses 1 date.",
            "",
            "  - event/standup  “Stand-up”, 1 of 3 occurrences",
            "      gone  Tue 1 Dec (except)",
            "",
        ],
        ["Plan: 0 to add, 0 to change, 1 to destroy."],
    ),
    "!": (
        Change(JOHN, Action.BLOCKED, reason="this name is taken"),
        ["  ! user/johndoe  blocked: this name is taken", ""],
        ["Plan: 0 to add, 0 to change, 0 to destroy. 1 blocked: what to do stands beside each `!`."],
    ),
    "nothing": (Change(JOHN, Action.NOOP), [], ["No changes."]),
}


@pytest.mark.parametrize("sign", SAID)
def test_each_change_is_said_with_its_fields_and_counted(sign: str) -> None:
    change, lines, result = SAID[sign]
    plan = Plan(
        created_at=NOW, tenant="gh", instance="sb-demo", api_url="https://api.example.org", client=None,
        owner="staffing", timezone="UTC", manifest_digest="", live_digest="",
        window=Window(NOW, NOW + timedelta(weeks=12)), changes=(change,), about=About(series={"standup": 3}),
    )  # fmt: skip
    assert plan_text(review_of(plan)).splitlines() == [
        "gh/sb-demo as `staffing`, times in UTC",
        "",
        *lines,
        *result,
    ]
