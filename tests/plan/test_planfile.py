"""A plan that is saved and read back is the same plan, and the same bytes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.model import (
    Action,
    Brake,
    Change,
    FieldDiff,
    Key,
    Limits,
    Plan,
    Ref,
    Request,
    Source,
    Window,
)
from reconciler.model.impact import Violation
from reconciler.plan.planfile import to_json
from reconciler.plan.savedplan import from_json
from tests.kinds.event.test_marks import marks, series

QUICK = settings(max_examples=100)


short = st.text(max_size=6)
plain = st.none() | st.booleans() | st.integers(-9, 9) | short
plain |= st.lists(short, max_size=2) | st.dictionaries(st.sampled_from(["a", "ref"]), short, max_size=2)
dated = st.builds(lambda name, mark: f"{name}@{mark.occurrence[:10]}", series, marks)
keys = st.builds(Key, st.just("user"), series) | st.builds(
    Key, st.sampled_from(["workHours", "event"]), dated
)
people = short | st.builds(Ref, keys)
bodies = st.fixed_dictionaries(
    {},
    optional={
        "eventTitle": short,
        "additionalInfo": plain,
        "hostId": people,
        "psmId": people,
        "participants": st.lists(st.fixed_dictionaries({"participantId": people}), max_size=2),
    },
)
SAID = {
    "user": st.fixed_dictionaries({}, optional={"email": short, "customUserAttributes": st.none()}),
    "workHours": st.fixed_dictionaries({
        "startDate": st.just("2026-12-01"), "endDate": st.none(), "days": st.just({"mon": "09:00-17:00"}),
    }),
    "event": st.fixed_dictionaries({}, optional={
        "eventTitle": st.none() | short, "allDayEvent": st.booleans(), "hostId": st.just("user/johndoe"),
        "additionalInfo": st.dictionaries(short, st.none() | short, max_size=2),
    }),
}  # fmt: skip
digests = st.none() | st.sampled_from("0a").map(lambda sign: f"sha256:{sign * 64}")
requests = st.builds(
    Request,
    st.sampled_from(["POST", "PATCH", "PUT", "DELETE"]),
    st.just("/gh/sb-demo/calendar/events"),
    st.dictionaries(st.sampled_from(["type", "page"]), st.text(max_size=5), max_size=2),
    st.none() | bodies,
)


@st.composite
def changes(draw: st.DrawFn) -> Change:
    key = draw(keys)
    said = st.none() | SAID[key.kind]
    return Change(
        key,
        draw(st.sampled_from(Action).filter(lambda action: action is not Action.NOOP)),
        draw(st.none() | requests),
        draw(said),
        draw(said),
        tuple(draw(st.lists(st.builds(FieldDiff, st.text(max_size=9), plain, plain), max_size=2))),
        tuple(draw(st.lists(keys, max_size=2))),
        reason=draw(st.text(max_size=9)),
        source=draw(st.none() | st.builds(Source, st.text(max_size=9), st.integers(1, 99), st.just(1))),
        live_id=draw(st.none() | st.text(max_size=9)),
        live_digest=draw(digests),
        rule=draw(st.text(max_size=9)),
        rolling=draw(st.booleans()),
    )


NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


VIOLATION: Violation = {
    "policy": "cover", "source": {"path": "staff/rules.yaml", "line": 3}, "severity": "warn",
    "outcome": "warned", "user": None, "date": "2026-12-01", "start": "2026-12-01T17:00:00.000Z",
    "end": "2026-12-01T18:00:00.000Z", "limit": 2, "before": 2, "after": 1.5, "exception": None,
    "changes": [], "message": "1 on duty",
}  # fmt: skip


@QUICK
@given(st.lists(changes(), max_size=3), st.lists(st.text(max_size=9), max_size=2))
def test_a_plan_read_back_is_the_plan_and_the_same_bytes(found: list[Change], warnings: list[str]) -> None:
    plan = Plan(
        created_at=NOW,
        tenant="gh",
        instance="sb-demo",
        api_url="https://api.live.welkincloud.io",
        client=None,
        owner="staffing",
        timezone="UTC",
        manifest_digest=f"sha256:{'0' * 64}",
        live_digest=f"sha256:{'1' * 64}",
        window=Window(NOW, NOW + timedelta(weeks=12)),
        changes=tuple(found),
        warnings=tuple(warnings),
        brakes=(Brake("deletes", 12, 10, "twelve", "--allow deletes=12"),),
        limits=Limits(3, 4, 5, 6),
        owned={"event": frozenset(("standup", "board"))},
        kept={"event": frozenset(("board",))},
        violations=(VIOLATION,),
    )
    text = to_json([plan])
    assert from_json(text, "plan.json") == [plan]
    assert to_json(from_json(text, "plan.json")) == text
