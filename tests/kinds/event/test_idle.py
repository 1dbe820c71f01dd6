"""A series of which nothing is made now, as it is over or far ahead, says so and changes nothing else."""

from __future__ import annotations

import pytest

from tests.conftest import Workspace
from tests.support.service import Service

ANA = "users: {ana: {email: ana@example.org}}\n"
SERIES = {  # now is 2026-11-24, the horizon 2027-01-19
    "starts: 2026-11-03T09:00": "x is over: nothing of it is created any more",
    "starts: 2026-01-05T09:00": "x is over",
    "starts: 2026-01-05T09:00, repeat: {every: week, until: 2026-03-01}": "x is over",
    "starts: 2026-10-05T09:00, repeat: {every: week, until: 2026-11-23}": "x is over",
    "starts: 2026-01-05T09:00, repeat: {every: week, count: 3}": "x is over",
    "starts: 2026-01-05T09:00, repeat: {every: week, count: 3}, also: [2026-04-01T09:00]": "x is over",
    "starts: 2027-06-07T09:00, repeat: {every: week}":
        "x begins on 2027-06-07, beyond the horizon (2027-01-19): created from 2027-04-12 on",
    "starts: 2027-01-20T09:00, repeat: {every: week}": "x begins on 2027-01-20, beyond the horizon",
    "starts: 2026-01-05T09:00, repeat: {every: week, count: 3}, also: [2027-04-01T09:00]": None,
    "starts: 2026-01-05T09:00, repeat: {every: week}": None,
    "starts: 2026-01-05T09:00, repeat: {every: week, until: 2026-11-30}": None,
    "starts: 2026-01-05T09:00, repeat: {every: year}": None,
    "starts: 2024-02-29T09:00, repeat: FREQ=YEARLY": None,
    "starts: 2027-06-07T09:00": None,
    "starts: 2026-11-24T03:30, ends: 23:00": None,
    "starts: 2026-11-17T09:00, repeat: {every: week, count: 1},"
    " change: {2026-11-17: {starts: 2026-12-01T09:00}}": None,
}  # fmt: skip


@pytest.mark.parametrize(("spec", "said"), SERIES.items(), ids=SERIES.keys())
def test_a_series_of_which_nothing_is_made_now_says_so(
    workspace: Workspace, service: Service, spec: str, said: str | None
) -> None:
    length = "" if "ends:" in spec else ", duration: 30m"
    workspace.at(service).write(f"{ANA}events:\n  x: {{title: T, host: ana, {spec}{length}}}\n")
    workspace.apply()
    url, workspace.url = workspace.url, ""
    checked = workspace.run("validate")
    workspace.url = url
    planned = workspace.run("plan", "--detailed-exitcode")
    assert (checked.code, planned.code) == (0, 0)
    assert "No changes." in planned.stdout
    for text, mark in ((checked.stderr, ""), (planned.stdout, "warning: ")):
        told = [line for line in text.splitlines() if " is over" in line or "beyond the horizon" in line]
        assert len(told) == (said is not None), text
        assert all(line.startswith(f"{mark}env.yaml:8:3: ") and said and said in line for line in told), told
