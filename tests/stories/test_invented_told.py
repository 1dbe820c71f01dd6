"""Invented manifests over all layers, and edits: each change is told once, and a file says the same."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.model import Action
from reconciler.plan.savedplan import from_json
from reconciler.report.review import review_of
from tests.kinds.work_hours.test_layers import FREELY, NOWS, SERVICES, Hospital, hospital, near
from tests.support.cli import run
from tests.support.layers import JSON
from tests.support.staffs import text_of
from tests.support.wards import edits, wards


def is_told(there: Hospital, manifest: JSON) -> None:
    there.workspace.write(FREELY + text_of(manifest))
    text = there.workspace.run("plan", "--out", "plan.json").stdout
    path = there.workspace.folder / "plan.json"
    assert text.startswith(run("show", str(path), cwd=there.workspace.folder).stdout)
    (plan,) = from_json(path.read_text(encoding="utf-8"), str(path))
    review = review_of(plan)
    told = Counter(key for block in review.blocks for key in block.keys)
    shown = Counter(
        change.key for change in plan.changes if change.action is not Action.NOOP and not change.is_routine
    )
    assert told == shown
    for block in review.blocks:
        assert all(f"{name} " in review.legend for name in block.shifts)
    path.unlink()


def holds(data: st.DataObject, now: str, options: dict[str, Any]) -> None:
    alone = options.get("profile") != "reference"
    manifest = data.draw(wards(near(now), alone), "manifest")
    with hospital(now, **options) as there:
        is_told(there, manifest)
        there.take(manifest)
        is_told(there, data.draw(edits(manifest, near(now), alone), "edited"))


@settings(max_examples=6)
@given(st.data(), st.sampled_from(NOWS), st.sampled_from(SERVICES))
def test_each_change_is_told_once(data: st.DataObject, now: str, options: dict[str, Any]) -> None:
    holds(data, now, options)


@pytest.mark.slow
@settings(max_examples=60)
@given(st.data(), st.sampled_from(NOWS), st.sampled_from(SERVICES))
def test_each_of_many_changes_is_told_once(data: st.DataObject, now: str, options: dict[str, Any]) -> None:
    holds(data, now, options)
