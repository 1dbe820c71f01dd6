"""Invented manifests of all layers, applied: what is exported says all of it again."""

from __future__ import annotations

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from tests.kinds.work_hours.test_layers import NOWS, SERVICES, hospital, near
from tests.support.layers import JSON
from tests.support.wards import PEOPLE, wards

PHASES = (Phase.generate,)  # what fails is told as it is: making it smaller takes minutes


def comes_back(data: st.DataObject, now: str, options: JSON) -> None:
    """No row is to be written or taken away, though `prune` would take what nobody declares."""
    manifest = data.draw(wards(near(now), options.get("profile") != "reference"), "manifest")
    with hospital(now, **options) as there:
        there.take(manifest)
        whom = ("--users", ",".join((*PEOPLE, "eve"))) if "profile" in options else ("--all",)
        made, again = (there.workspace.run("export", *whom) for _ in range(2))
        assert made.code == 0, made
        assert made.stdout == again.stdout
        assert "can't say" not in made.stderr, made
        there.workspace.write(f"prune: true\n{made.stdout}", head="")
        plan = there.workspace.run("plan", "--detailed-exitcode")
        assert plan.code == 0, (plan, made)


@settings(max_examples=6, phases=PHASES)
@given(st.data(), st.sampled_from(NOWS), st.sampled_from(SERVICES))
def test_what_a_ward_applied_is_said_again(data: st.DataObject, now: str, options: JSON) -> None:
    comes_back(data, now, options)


@pytest.mark.slow
@settings(max_examples=300, phases=PHASES)
@given(st.data(), st.sampled_from(NOWS), st.sampled_from(SERVICES))
def test_what_many_more_wards_applied_is_said_again(data: st.DataObject, now: str, options: JSON) -> None:
    comes_back(data, now, options)
