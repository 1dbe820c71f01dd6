"""`diff` says what a plan of HEAD shows on a service that was empty before BASE was applied to it."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import Phase, given, settings

from tests.conftest import HEAD, NOW
from tests.support.cli import run
from tests.support.git import Repository
from tests.support.service import simulated
from tests.support.staffs import JSON, pairs, text_of

# Of ids and what is made of them a comparison has none.
SAME = (
    "key",
    "kind",
    "action",
    "before",
    "after",
    "diff",
    "source",
    "reason",
    "rule",
    "rolling",
    "after_keys",
)
STATE = "not bookable until activated in Admin"


def told(changes: list[JSON]) -> dict[str, JSON]:
    return {change["key"]: {name: change[name] for name in SAME} for change in changes}


def differing(diff: dict[str, JSON], plan: dict[str, JSON]) -> Iterator[tuple[str, str, Any, Any]]:
    """By key and field, what each of the two says where they disagree."""
    for key in sorted({*diff, *plan}):
        one, other = diff.get(key, {}), plan.get(key, {})
        yield from (
            (key, name, one.get(name), other.get(name)) for name in SAME if one.get(name) != other.get(name)
        )


def check(base: JSON, head: JSON, folder: Path) -> None:
    repository = Repository(folder / "repository")
    commits = [repository.commit({"env.yaml": HEAD + text_of(side)}) for side in (base, head)]
    offline = run(
        "diff",
        "..".join(commits),
        "env.yaml",
        "--now",
        NOW,
        "--format",
        "json",
        cwd=repository.folder,
        env={"PATH": "/usr/bin:/bin"},
    )
    assert offline.code in (0, 3), offline
    with simulated(folder, now=NOW) as service:
        where = ("--api-url", service.url, "--now", NOW)
        repository.git("checkout", "--quiet", commits[0])
        done = run("apply", "env.yaml", *where, "--auto-approve", cwd=repository.folder)
        if "neither the manifests nor the tenant have one" in done.stderr:
            return  # an empty service can't take such a base: whom it only speaks of has to be there
        assert done.code in (0, 3), done
        repository.git("checkout", "--quiet", commits[1])
        online = run("plan", "env.yaml", *where, "--format", "json", cwd=repository.folder)
    assert online.code in (0, 3), online
    plan, diff = online.data, offline.data
    assert not list(differing(told(diff["changes"]), told(plan["changes"])))
    assert [change["key"] for change in diff["changes"]] == [change["key"] for change in plan["changes"]]
    assert diff["summary"] == plan["summary"]
    assert diff["warnings"] == [text for text in plan["warnings"] if STATE not in text]
    assert diff["violations"] == plan["violations"]
    assert unread(diff["impact"]) == unread(plan["impact"])
    assert offline.code == online.code


def unread(impact: JSON) -> JSON:
    departures = [leaves | {"appointments": None} for leaves in impact["departures"]]
    return impact | {"stranded": None, "doubleBooked": None, "departures": departures}


def compare(pair: tuple[JSON, JSON]) -> None:
    base, head = pair
    for one, other in ((base, head), (head, base)):
        folder = Path(tempfile.mkdtemp(prefix="diff-"))
        try:
            check(one, other, folder)
        finally:
            shutil.rmtree(folder)


@settings(max_examples=12, phases=[Phase.generate])
@given(pairs())
def test_a_comparison_is_the_plan_on_a_service_to_which_the_base_was_applied(pair: Any) -> None:
    compare(pair)


@pytest.mark.slow
@settings(max_examples=150, phases=[Phase.generate])
@given(pairs())
def test_the_same_of_many_more(pair: Any) -> None:
    compare(pair)
