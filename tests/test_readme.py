"""What the README shows is what the program prints."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from tests.support.cli import environment
from tests.support.git import APART, Repository

ROOT = Path(__file__).parents[1]
NOW = "2026-11-24T12:00:00Z"  # the day the README speaks of
FENCE = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)
# The README's commands as they stand there, on the README's day, with the program under test.
SHELL = f"""
welkin-reconcile() {{
    case $1 in plan|diff|apply|validate|calendar|drift|export|init) set -- "$@" --now {NOW} ;; esac
    '{sys.executable}' -m reconciler "$@"
}}
"""


class Step(NamedTuple):
    """A command of the tour, and the lines shown below it."""

    command: str
    shown: str

    def matches(self, printed: str) -> bool:
        """Whether this was printed; a line `…` stands for any lines."""
        lines = self.shown.splitlines()
        pattern = [r"(?:.*\n)*?" if line == "…" else re.escape(f"{line}\n") for line in lines]
        return re.fullmatch("".join(pattern), printed) is not None


def steps(readme: str) -> Iterator[Step]:
    """The commands of the README's console blocks, in order."""
    for block in FENCE.findall(readme):
        for step in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            yield Step(*step.split("\n", 1))


def printed_by(command: str, folder: Path) -> str:
    """What a person sees who runs a command there."""
    kept = {name: value for name, value in environment().items() if not name.startswith("WELKIN_")}
    done = subprocess.run(
        ["bash", "-c", SHELL + command],
        cwd=folder,
        env=kept | APART | {"PYTHONPATH": str(ROOT)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=60,
    )
    return done.stdout


def test_the_tour_prints_what_the_readme_shows(tmp_path: Path) -> None:
    ignored = shutil.ignore_patterns(".welkin-reconcile")
    folder = Path(shutil.copytree(ROOT / "examples", tmp_path / "examples", ignore=ignored))
    Repository(tmp_path).commit({".gitignore": ".welkin-reconcile/\n"})  # as a clone has it
    tour = list(steps((ROOT / "README.md").read_text(encoding="utf-8")))
    assert len(tour) > 10
    for step in tour:
        printed = printed_by(step.command, folder)
        assert step.matches(printed), f"$ {step.command}\n{printed}"


def test_an_ellipsis_stands_for_any_lines_and_for_nothing_else() -> None:
    assert Step("plan", "a\n…\nz\n").matches("a\nb\nc\nz\n")
    assert Step("plan", "a\n…\nz\n").matches("a\nz\n")
    assert not Step("plan", "a\n…\nz\n").matches("a\nb\nz\nmore\n")
    assert not Step("plan", "a\nz\n").matches("a\nb\nz\n")


def test_links_lead_somewhere() -> None:
    for target in re.findall(r"\]\(([^)#:]+)\)", (ROOT / "README.md").read_text(encoding="utf-8")):
        assert (ROOT / target).exists(), target
