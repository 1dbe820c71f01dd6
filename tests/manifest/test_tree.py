"""A revision answers as the disk does on which the same files lie."""

from __future__ import annotations

import os
import shutil
import tempfile
from contextlib import chdir
from pathlib import Path

from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from reconciler.errors.named_file import Unfit
from reconciler.manifest.git import Commit, Repository
from reconciler.manifest.tree import Revision, Tree, WorkingTree
from tests.support.git import Repository as Made

NAMES = ("a", "b.yaml", ".c", "d e")
PATHS = st.lists(st.sampled_from(NAMES), min_size=1, max_size=3).map("/".join)
UP = st.sampled_from(("", "", "./", "../", "../../"))
TARGETS = st.tuples(UP, PATHS).map("".join) | st.just(".") | st.just("..")
PATTERNS = ("*", "*.yaml", "*/*", "a/*", "**/*.yaml", "**/a/*", "*/b.yaml", "?", "[ab]*")


def stays_in(folder: Path, path: Path) -> bool:
    """Whether no link on the way leads out: where a revision ends, the disk may lead back in."""
    way = (each for each in (path, *path.parents) if each.is_relative_to(folder))
    return all(Path(os.path.realpath(each)).is_relative_to(folder) for each in way)


def inside_of(folder: Path, path: Path) -> bool:
    """Whether a path leads to something in a folder; of links that lead nowhere Pythons glob differently."""
    return stays_in(folder, path) and path.exists()


def answers(tree: Tree, top: Path, path: str) -> tuple[object, ...]:
    place = top / path
    try:
        content: object = tree.read(place, 1 << 20)
    except Unfit:
        content = None
    return tree.exists(place), tree.is_file(place), tree.is_folder(place), content


@settings(max_examples=60, phases=[Phase.generate])
@given(st.dictionaries(PATHS, TARGETS | st.none(), max_size=6), st.lists(PATHS, max_size=6))
def test_a_revision_answers_as_the_disk_does(files: dict[str, str | None], asked: list[str]) -> None:
    """files: links by where they lead, and others, which hold their own path."""
    top = Path(os.path.realpath(tempfile.mkdtemp(prefix="tree-")))
    try:
        made = Made(top / "repository")
        for path, target in sorted(files.items()):
            place = made.folder / path
            if any(parent.is_file() or parent.is_symlink() for parent in place.parents) or place.exists():
                continue  # only one of the two can be there
            place.parent.mkdir(parents=True, exist_ok=True)
            if target is None:
                place.write_text(path)
            else:
                place.symlink_to(target)
        name = made.commit({})
        repository = Repository(made.folder)
        revision, disk = Revision(repository, Commit("HEAD", name)), WorkingTree()
        with chdir(made.folder):
            inside = [each for each in (*files, *asked) if ".git" not in each]
            for path in inside:
                if stays_in(made.folder, made.folder / path):
                    assert answers(revision, made.folder, path) == answers(disk, made.folder, path), path
            for pattern in PATTERNS:
                found = {
                    each
                    for each in disk.glob(made.folder, pattern)
                    if ".git" not in each.parts and each != made.folder and inside_of(made.folder, each)
                }
                told = {each for each in revision.glob(made.folder, pattern) if each != made.folder}
                assert {each for each in told if inside_of(made.folder, each)} == found, pattern
        repository.close()
    finally:
        shutil.rmtree(top)
