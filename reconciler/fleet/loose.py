"""A folder of this machine as a source: each state of its manifests is a revision, called by its content."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

from reconciler.fleet.origin import Unavailable

ENDINGS = (".yaml", ".yml")


class Loose:
    """The manifests below a folder, hidden ones aside, as they are at the moment."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def fetch(self) -> str:
        """What the present state is called. Raises: Unavailable; OSError."""
        if not self.folder.is_dir():
            raise Unavailable(f"there is no folder {self.folder}")
        return _name_of(self.folder)

    def revision(self, named: str) -> str | None:
        """Only the present state is known. Raises: OSError."""
        present = self.fetch()
        return present if named and present.startswith(named) else None

    def message(self, revision: str) -> None:
        """Nobody says anything of a folder."""

    def lay_out(self, revision: str, folder: Path) -> None:
        """Copy the present state, if it is the one that is asked for. Raises: Unavailable; OSError."""
        for name in _names(self.folder):
            place = folder / name
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(self.folder / name, place, follow_symlinks=False)
        if _name_of(folder) != revision:
            raise Unavailable("this folder has been edited since: what it was isn't there any more")


def _names(top: Path) -> Iterator[str]:
    """Manifests, and links, as those may lead to folders of them."""
    for folder, inner, names in os.walk(top):
        here = Path(folder)
        inner[:] = sorted(name for name in inner if not name.startswith("."))
        links = [name for name in inner if (here / name).is_symlink()]
        files = [name for name in names if name.endswith(ENDINGS) and not name.startswith(".")]
        for name in sorted(links + files):
            if (here / name).is_symlink() or (here / name).is_file():
                yield (here / name).relative_to(top).as_posix()


def _name_of(top: Path) -> str:
    """As long as the name of a commit, so that it reads as one."""
    digest = sha256()
    for name in sorted(_names(top)):
        place = top / name
        data = os.fsencode(place.readlink()) if place.is_symlink() else place.read_bytes()
        digest.update(os.fsencode(name) + b"\0%d\0" % len(data) + data)
    return digest.hexdigest()[:40]
