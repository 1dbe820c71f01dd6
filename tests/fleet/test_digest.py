"""The digest of what an environment wishes: the same however it is written, another one for another wish."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from reconciler.fleet.digest import digest_of
from reconciler.manifest.folder import Folder
from reconciler.pipeline import expand, load
from tests.conftest import HEAD

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
EXAMPLES = Path(__file__).parents[2] / "examples"
BASE = """\
prune: true
limits: {deletes: 10}
accept: [{key: user/jdoe, reason: later, until: 2027-01-31}]
users: {jdoe: {email: j@example.org}, jane: {email: jane@example.org}}
teams: {ward: [jdoe, jane]}
shifts: {E: 06:00-14:00}
rotations: {early: {starts: 2026-11-30, weeks: [E E E E E . .]}}
workHours:
  jdoe: [{from: 2026-12-01, rotation: early}]
  jane:
    - {from: 2026-12-01, days: {mon-fri: 09:00-17:00}}
    - {override: Course, on: 2026-12-08, hours: 10:00-12:00}
leave: {jdoe: [{on: 2026-12-24, reason: Holidays}]}
events:
  standup:
    {title: Stand-up, host: jdoe, starts: 2026-12-01T09:00, duration: 30m, repeat: {every: week},
     participants: [{team: ward}]}
policies: [{cover: 1, of: all, days: mon-fri, between: 09:00-10:00}]
"""


def digest(folder: Path, text: str, **included: str) -> str:
    for name, content in {"env": HEAD + text, **included}.items():
        (folder / f"{name}.yaml").write_text(content)
    (wishes,) = expand(load("env.yaml", tree=Folder(folder, Path("/rota")), alone=True), NOW)
    return digest_of(wishes)


def replaced(old: str, new: str) -> str:
    assert old in BASE
    return BASE.replace(old, new)


@pytest.mark.parametrize(
    "text",
    [
        "# a comment\n\n" + BASE,
        replaced("reason: Holidays", "reason: Christmas"),
        replaced("reason: later", "reason: on the 1st"),
        replaced("title: Stand-up, host: jdoe", "host: jdoe, title: 'Stand-up'"),
        replaced("06:00-14:00", "6:00-14:00"),
        replaced("E E E E E . .", "{mon-fri: E}"),
        replaced("repeat: {every: week}", "repeat: 'FREQ=WEEKLY'"),
        replaced("{team: ward}", "{user: jdoe}, {user: jane}"),
        replaced("duration: 30m", "ends: 09:30"),
    ],
)
def test_other_words_for_the_same_are_the_same(tmp_path: Path, text: str) -> None:
    assert digest(tmp_path, text) == digest(tmp_path, BASE)


def test_so_are_other_files(tmp_path: Path) -> None:
    lines = BASE.splitlines(keepends=True)
    own, rest = "".join(lines[:3]), "".join(lines[3:])
    assert digest(tmp_path, own + "include: [rest.yaml]\n", rest=rest) == digest(tmp_path, BASE)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("prune: true", "prune: false"),
        ("deletes: 10", "deletes: 11"),
        ("until: 2027-01-31", "until: 2027-02-28"),
        ("jane@example.org", "jd@example.org"),
        ("ward: [jdoe, jane]", "ward: [jdoe]"),
        ("E: 06:00-14:00", "E: 06:00-14:30"),
        ("E E E E E . .", "E E E E . . ."),
        ("hours: 10:00-12:00", "hours: 10:00-12:30"),
        ("override: Course", "override: Training"),
        ("on: 2026-12-24", "on: 2026-12-25"),
        ("title: Stand-up", "title: Team stand-up"),
        ("every: week", "every: week, until: 2026-12-10"),
        ("cover: 1", "cover: 2"),
    ],
)
def test_another_wish_is_another(tmp_path: Path, old: str, new: str) -> None:
    assert digest(tmp_path, replaced(old, new)) != digest(tmp_path, BASE)


@pytest.mark.parametrize("name", ["sb-demo", "sb-demo-data", "ward"])
def test_it_is_the_same_wherever_it_is_made(name: str) -> None:
    """No address of an object is in it."""
    made = set()
    for _ in range(2):
        loaded = load(f"env/{name}.yaml", tree=Folder(EXAMPLES, Path("/examples")), alone=True)
        (wishes,) = expand(loaded, NOW)
        made.add(digest_of(wishes))
    assert len(made) == 1
