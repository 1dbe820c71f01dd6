"""What an environment says of itself is told early only where it can't be wrong."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from reconciler.manifest import head_of, load_environment
from reconciler.model import Findings

OWN = """\
# A clinic.
tenant: gh
instance: sb-demo
timezone: America/Los_Angeles
horizon: 12 weeks
vars: {client: TESTS}
api: {client: $(client), url: https://api.example.org}
"""
SECTIONS = """\
users:
  jdoe: {email: j.doe@example.org}

events:  # none yet
  standup:
    {title: Stand-up, host: jdoe, starts: 2026-12-01T09:00, duration: 30m}
policies:
- {noOverlap: true, users: all}
"""


def written(folder: Path, text: str) -> str:
    (folder / "env.yaml").write_text(text, encoding="utf-8")
    return str(folder / "env.yaml")


@pytest.mark.parametrize(
    "text", [OWN, OWN + SECTIONS, OWN + "include: [more.yaml]\n", OWN.replace("\n", "\r\n")]
)
def test_a_head_says_what_the_whole_file_says(tmp_path: Path, text: str) -> None:
    (tmp_path / "more.yaml").write_text(SECTIONS, encoding="utf-8")
    path, findings = written(tmp_path, text), Findings()
    head, whole = head_of(path), load_environment(path, findings)
    assert head and whole and not findings.errors
    assert head.environment == replace(whole, manifests=(), digest="")
    assert head.environment.client == "TESTS"
    declared = {manifest.section for manifest in whole.manifests}
    assert head.sections is None or declared == head.sections & {"users", "events", "policies"}


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(OWN + SECTIONS + "owner: staffing\n", id="a key behind the sections"),
        pytest.param(OWN + SECTIONS + "'owner': staffing\n", id="one in quotes"),
        pytest.param(OWN + SECTIONS + "? owner\n: staffing\n", id="one in its long form"),
        pytest.param(OWN + 'users: "\nowner: staffing"\n', id="what looks like one"),
        pytest.param(SECTIONS + OWN, id="all of them"),
        pytest.param(OWN + "owner: Not An Owner\n" + SECTIONS, id="an unsound one"),
        pytest.param(OWN.replace("tenant: gh\n", "") + SECTIONS, id="a missing one"),
        pytest.param(OWN + "owner: $(unknown)\n" + SECTIONS, id="a variable that isn't there"),
        pytest.param(OWN + "owner: [\n" + SECTIONS, id="what ends in a section"),
        pytest.param(OWN + "#" * 70_000 + "\n" + SECTIONS, id="a long one"),
        pytest.param("tenant: gh\ntenant: gi\n" + OWN, id="one twice"),
        pytest.param("- a\n- list\n", id="a list"),
        pytest.param("", id="nothing"),
    ],
)
def test_where_anything_is_odd_there_is_no_head(tmp_path: Path, text: str) -> None:
    assert head_of(written(tmp_path, text)) is None


def test_a_file_that_cannot_be_read_has_no_head(tmp_path: Path) -> None:
    assert head_of(str(tmp_path)) is None
    assert head_of(str(tmp_path / "missing.yaml")) is None
