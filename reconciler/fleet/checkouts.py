"""The files of a revision in a folder of this machine: laid out once, shared by all runs, swept when unused.

A folder is there whole or not at all: it is laid out beside its place and then renamed.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from reconciler.fleet.holding import kept, own, unused
from reconciler.manifest.folder import Folder

IDLE_S = 3600.0  # how long a folder that nobody asks for stays
_DRAFT = ".draft-"


class Checkouts:
    """Folders by revision. For any thread, and any process of this user. top: what their paths begin with."""

    def __init__(self, folder: Path, top: Path) -> None:
        self.folder, self.top = folder, top

    @contextmanager
    def opened(self, revision: str, lay_out: Callable[[Path], None]) -> Iterator[Folder]:
        """The files of a revision, which stay for as long as this is open.

        lay_out: writes them into a folder, if they are not there. Raises: OSError; whatever that raises.
        """
        place = self.folder / revision
        while True:
            with kept(place) as there:
                if there:
                    os.utime(place)
                    yield Folder(place, self.top)
                    return
            self._make(place, lay_out)

    def _make(self, place: Path, lay_out: Callable[[Path], None]) -> None:
        own(self.folder.parent)
        draft = self.folder / f"{_DRAFT}{os.urandom(8).hex()}"
        draft.mkdir(parents=True, mode=0o700)
        try:
            lay_out(draft)
            try:
                draft.rename(place)
            except OSError:
                if not place.is_dir():  # else somebody was quicker
                    raise
        finally:
            shutil.rmtree(draft, ignore_errors=True)

    def sweep(self, needed: Collection[str]) -> None:
        """Take away what nobody has asked for in a while, but for these revisions."""
        with suppress(FileNotFoundError):
            for place in list(self.folder.iterdir()):
                if place.name not in needed and time.time() - _touched(place) > IDLE_S:
                    self._take_away(place)

    def _take_away(self, place: Path) -> None:
        with unused(place) as ours:
            if ours:
                gone = place
                if not place.name.startswith(_DRAFT):
                    gone = place.with_name(f"{_DRAFT}{os.urandom(8).hex()}")
                    place.rename(gone)
                shutil.rmtree(gone, ignore_errors=True)


def _touched(place: Path) -> float:
    with suppress(FileNotFoundError):
        return place.stat().st_mtime
    return time.time()
