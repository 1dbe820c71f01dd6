"""A clinic of 25 people, and ten ordinary changes of it: each is judged in half a minute.

Kept beside the clinic: what each change says as text, for a pull request, and as a page. To write them anew
after a change that is meant: WRITE_GOLDEN=1 pytest tests/stories/test_review.py
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
import yaml

from tests.conftest import Workspace
from tests.support.cli import run
from tests.support.service import simulated

CLINIC = Path(__file__).parent / "clinic"
NOW = "2026-11-25T12:00:00Z"
CHANGES = yaml.load((CLINIC / "changes.yaml").read_text(), yaml.BaseLoader)
FILES = ("people.yaml", "hours.yaml", "meetings.yaml")


class Clinic:
    """The clinic as it stands in the service, and its manifests to edit."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace, self.folder = workspace, workspace.folder
        shutil.copytree(CLINIC, self.folder, dirs_exist_ok=True)

    def with_change(self, name: str) -> Workspace:
        for file in FILES:
            shutil.copy(CLINIC / "staff" / file, self.folder / "staff")
        for edit in CHANGES[name]:
            path = self.folder / "staff" / edit["file"]
            text = path.read_text()
            assert text.count(edit["old"]) == 1, edit
            path.write_text(text.replace(edit["old"], edit["new"]))
        return self.workspace


@pytest.fixture(scope="module")
def clinic(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clinic]:
    folder = tmp_path_factory.mktemp("clinic")
    with simulated(folder, now=NOW) as service:
        workspace = Workspace(folder).at(service)
        workspace.now = NOW
        clinic = Clinic(workspace)
        first = workspace.run("plan").stdout
        golden("first.txt", first)
        assert len(first.splitlines()) <= 120
        workspace.apply()
        yield clinic


def golden(name: str, said: str) -> None:
    """What is said is what was kept."""
    path = CLINIC / "golden" / name
    if os.environ.get("WRITE_GOLDEN"):
        path.parent.mkdir(exist_ok=True)
        path.write_text(said, encoding="utf-8")
    assert said == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", CHANGES)
def test_change(clinic: Clinic, name: str) -> None:
    workspace = clinic.with_change(name)
    saved = clinic.folder / f"{name}.json"
    text = workspace.run("plan", "--out", str(saved)).stdout
    golden(f"{name}.txt", text)
    told = [line for line in text.splitlines() if line and not line.startswith("warning:")]
    assert len(told) <= 12
    for format, ending in (("markdown", "md"), ("html", "html")):
        report = workspace.run("plan", "--format", format).stdout
        golden(f"{name}.{ending}", report)
        assert run("show", str(saved), "--format", format, cwd=clinic.folder).stdout == report
    shown = run("show", str(saved), cwd=clinic.folder).stdout
    assert shown == re.sub(r"\d+ reads?, 0 writes\n$", "", text)


class _Words(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.words = list[str]()

    def handle_data(self, data: str) -> None:
        self.words.append(data)


@pytest.mark.parametrize("name", CHANGES)
def test_all_formats_say_the_same(clinic: Clinic, name: str) -> None:
    workspace = clinic.with_change(name)
    text = workspace.run("plan").stdout
    page = _Words()
    page.feed(workspace.run("plan", "--format", "html").stdout)
    html, markdown = " ".join(page.words), workspace.run("plan", "--format", "markdown").stdout
    facts = [
        line.strip().partition("  ")[2] or line for line in text.splitlines() if line.startswith("      ")
    ]
    for fact in facts:
        assert fact.strip() in html
        assert fact.strip() in markdown
