"""An archive of Git's, written below a folder: files as they are, links last, and nothing anywhere else."""

from __future__ import annotations

import tarfile
from contextlib import suppress
from pathlib import Path, PurePosixPath
from typing import IO

from reconciler.fleet.origin import Unavailable
from reconciler.manifest.variables import LARGEST

MOST_FILES, LARGEST_OF_ALL = 100_000, 1 << 30


def unpacked(archive: IO[bytes], folder: Path) -> None:
    """Write the files of a stream of tar below a folder, and nothing anywhere else.

    Links come last, so that nothing is written through one; where they lead is for whoever reads to judge.
    Raises: Unavailable: it is too much.
    """
    links: list[tuple[Path, str]] = []
    count = size = 0
    with tarfile.open(fileobj=archive, mode="r|") as members:
        for member in members:
            count, size = count + 1, size + min(member.size, LARGEST)
            if count > MOST_FILES or size > LARGEST_OF_ALL:
                raise Unavailable(f"more than {MOST_FILES:,} files, or {LARGEST_OF_ALL >> 30} GiB")
            place = _place(folder, member.name)
            if place is None or member.isdir():
                continue
            place.parent.mkdir(parents=True, exist_ok=True)
            if member.issym():
                links.append((place, member.linkname))
            elif content := members.extractfile(member) if member.isfile() else None:
                place.write_bytes(content.read(LARGEST + 1))  # what is larger is refused by its size
    for place, target in links:
        with suppress(OSError):
            place.symlink_to(target)


def _place(folder: Path, name: str) -> Path | None:
    parts = PurePosixPath(name).parts
    odd = not parts or PurePosixPath(name).is_absolute() or {"..", ".git"} & {part.lower() for part in parts}
    return None if odd else folder.joinpath(*parts)
