"""Where the files of a source come from: what is asked of a repository's clone and of a folder alike."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol


class Unavailable(Exception):
    """Why something of a source can't be had, in words that name no address."""


class Origin(Protocol):
    """Revisions of files, by full ids. For any thread."""

    def fetch(self) -> str:
        """Look for something new; the newest revision. Raises: Unavailable; OSError."""

    def revision(self, named: str) -> str | None:
        """The full id of a revision that somebody names; None where there is none."""

    def message(self, revision: str) -> str | None:
        """What was said of a revision by whoever made it; None where nobody says anything."""

    def lay_out(self, revision: str, folder: Path) -> None:
        """Write the files of a revision into an empty folder. Raises: Unavailable; OSError."""
