"""The pages for whoever comes next: what they name is there, and they stay short."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "reconciler/README.md", ROOT / "reconciler/DECISIONS.md", *ROOT.glob(".github/*.md")]
LINK, PATH = re.compile(r"\]\(([^)#:]+)\)"), re.compile(r"`((?:[\w-]+/)+[\w-]*(?:\.\w+)?|[\w-]+\.py)`")

# What this house was planned on, and lies outside of it.
PLANS = re.compile(r"[D]ESIGN|[H]OUSE|[a]pi-facts|[-a-z]+[-]contract\.md")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_what_a_page_links_to_is_there(page: Path) -> None:
    assert [link for link in LINK.findall(page.read_text()) if not (page.parent / link).exists()] == []


def test_the_paths_of_the_architecture_are_there() -> None:
    """Files that are named without their room stand in the room of the same paragraph or row."""
    package = ROOT / "reconciler"
    files = {path.name for path in package.rglob("*.py")}
    text = (package / "README.md").read_text()
    missing = {path for path in PATH.findall(text) if not ((package / path).exists() or path in files)}
    assert missing == set()
    assert len(text.splitlines()) <= 120


def test_every_room_stands_in_the_architecture() -> None:
    text = (ROOT / "reconciler/README.md").read_text()
    rooms = {
        path.name.removesuffix(".py")
        for path in (ROOT / "reconciler").iterdir()
        if path.suffix in ("", ".py")
    }
    assert {
        room for room in rooms if not room.startswith("__") and not re.search(rf"\b{room}\b", text)
    } == set()


def test_every_folder_of_tests_stands_in_their_page() -> None:
    tests = ROOT / "tests"
    text = (tests / "README.md").read_text()
    named = {path for cell in re.findall(r"`([^`]+/)`", text) for path in cell.split()}
    holding = {path.parent.relative_to(tests).as_posix() + "/" for path in tests.rglob("test_*.py")}
    assert {folder.split("/")[0] + "/" for folder in holding} - {"./"} <= named
    assert {path for path in named if not (tests / path).is_dir()} - {"cases/"} == set()


def test_nothing_cites_a_page_that_is_not_here() -> None:
    """Comments and pages say what they mean, or name what stands in this repository."""
    folders = ("reconciler", "tests", "schemas", "examples", ".github")
    files = [
        *ROOT.glob("*.*"),
        ROOT / "Makefile",
        *(path for name in folders for path in (ROOT / name).rglob("*")),
    ]
    texts = [
        path
        for path in files
        if path.is_file() and path.suffix in ("", ".py", ".md", ".yaml", ".toml", ".json")
    ]
    assert len(texts) > 500
    assert not [path for path in texts if PLANS.search(path.read_text(encoding="utf-8"))]
