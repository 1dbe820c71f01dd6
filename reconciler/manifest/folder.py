"""A tree of manifests in a folder that stands for another, as a checkout of a revision does."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from reconciler.manifest.tree import Below, WorkingTree


class Folder(Below, WorkingTree):
    """The files of a folder that stands for another, which need not exist: `top`, their root.

    Where they really lie is in no path that is asked with, shown or compared: so those of two revisions are
    alike.
    """

    def __init__(self, place: Path, top: Path) -> None:
        self.top, self._place = top, Path(os.path.realpath(place))

    @property
    def entries(self) -> Iterator[str]:
        """All files and links by their path."""
        for folder, _, names in os.walk(self._place):
            yield from (Path(folder, name).relative_to(self._place).as_posix() for name in names)

    def real(self, path: Path) -> Path:
        found = super().real(self._at(path))
        inside = found.is_relative_to(self._place)
        return self.top / found.relative_to(self._place) if inside else self.top.parent

    def exists(self, path: Path) -> bool:
        return super().exists(self._at(path))

    def is_folder(self, path: Path) -> bool:
        return super().is_folder(self._at(path))

    def is_file(self, path: Path) -> bool:
        return super().is_file(self._at(path))

    def read(self, path: Path, most: int) -> bytes:
        return super().read(self._at(path), most)

    def beginning(self, path: Path, count: int) -> bytes:
        return super().beginning(self._at(path), count)

    def glob(self, folder: Path, pattern: str) -> Iterator[Path]:
        found = super().glob(self._at(folder), pattern)
        yield from (self.top / each.relative_to(self._place) for each in found)

    def _at(self, path: Path) -> Path:
        return self._place / os.path.relpath(self.top / path, self.top)
