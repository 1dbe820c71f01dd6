"""The README's page on manifests: made of the schemas, as `explain` tells them; what it shows is taken."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from reconciler.manifest.keys import explained, key_paths
from tests.conftest import NOW
from tests.support.cli import run
from tests.support.manifest_page import README, page, written

NEEDED = {
    "tenant": "gh",
    "instance": "sb-demo",
    "timezone": "America/Los_Angeles",
    "shifts": "{E: 06:00-14:00, L: 14:00-22:00, N: 22:00-06:00}",
    "teams": "{wards: [], office: []}",
    "workHours": "{ann: [], bob: [], cat: []}",
}
EXAMPLES = re.findall(r"^\| `(\w+): (.*?)` \|", page(), re.MULTILINE)


def test_the_readme_has_it_as_the_schemas_are_now() -> None:
    readme = README.read_text(encoding="utf-8")
    assert page() in readme, "run `make page`"
    assert written(readme) == readme


def test_every_key_of_an_environment_and_of_each_section_is_on_it() -> None:
    named = set(re.findall(r"`(\w+)(?:: [^`]*)?`", page()))
    assert {part for path in key_paths() if path.count(".") <= 1 for part in path.split(".")[:1]} <= named
    for section in ("users", "workHours", "leave", "events", "closures", "teams"):
        below = explained(section)
        assert below
        assert set(below.below) <= named


@pytest.mark.parametrize(("key", "value"), EXAMPLES, ids=[key for key, _ in EXAMPLES])
def test_what_it_shows_is_taken_as_it_stands(tmp_path: Path, key: str, value: str) -> None:
    (tmp_path / "staff").mkdir()
    (tmp_path / "staff" / "people.yaml").write_text("users: {dee: {email: dee@example.org}}\n")
    (tmp_path / "env").mkdir()
    lines = {**NEEDED, key: value, **({"demoData": "true"} if key in ("patients", "records") else {})}
    text = "".join(f"{name}: {said}\n" for name, said in lines.items())
    (tmp_path / "env" / "x.yaml").write_text(text)
    done = run("validate", "env/x.yaml", "--now", NOW, cwd=tmp_path)
    assert done.code == 0, done


@pytest.mark.parametrize("path", key_paths())
def test_every_key_is_explained_with_its_meaning_type_and_example(path: str) -> None:
    key = explained(path)
    assert key
    assert key.meaning
    assert key.type
    assert key.example is not None
