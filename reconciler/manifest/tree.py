"""Where manifests are read from: the working tree, or a revision of the repository, by the same questions.

A path that isn't absolute leads from the current folder; of a revision, from the top of its repository.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from fnmatch import fnmatchcase
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Protocol

from reconciler.errors.named_file import Unfit, read_file

if TYPE_CHECKING:
    from reconciler.manifest.git import Commit, Entry, Repository

LINK, SUBMODULE = "120000", "160000"
LONGEST_LINK, MOST_LINKS = 4096, 40


class Tree(Protocol):
    """Folders with files."""

    def absolute(self, path: Path) -> Path:
        """A path made absolute and plain, without following symbolic links as `Path.resolve` would."""

    def shown(self, path: Path) -> str:
        """How a path is shown."""

    def root(self, path: Path) -> Path:
        """The folder under which the includes of a file stay."""

    def real(self, path: Path) -> Path:
        """A path with its symbolic links followed as far as they lead."""

    def exists(self, path: Path) -> bool:
        """Whether something is there, if only a link that leads nowhere."""

    def is_folder(self, path: Path) -> bool: ...

    def is_file(self, path: Path) -> bool: ...

    def read(self, path: Path, most: int) -> bytes:
        """A file of at most `most` bytes. Raises: Unfit."""

    def beginning(self, path: Path, count: int) -> bytes:
        """How a regular file begins; nothing where it can't be read."""

    def glob(self, folder: Path, pattern: str) -> Iterator[Path]:
        """What a pattern means below a folder, as of `Path.glob`."""


class Whole(Tree, Protocol):
    """A tree of which all files are known, by their paths from its top."""

    top: Path

    @property
    def entries(self) -> Iterable[str]: ...


class WorkingTree:
    """The files on disk."""

    def absolute(self, path: Path) -> Path:
        return Path(os.path.normpath(Path.cwd() / path))

    def shown(self, path: Path) -> str:
        return os.path.relpath(path)

    def root(self, path: Path) -> Path:
        """The nearest parent with `.git`, else the parent of the file's folder."""
        folder = self.absolute(path).parent
        for parent in (folder, *folder.parents):
            if (parent / ".git").exists():
                return parent
        return folder.parent

    def real(self, path: Path) -> Path:
        return Path(os.path.realpath(path))

    def exists(self, path: Path) -> bool:
        return os.path.lexists(path)

    def is_folder(self, path: Path) -> bool:
        return path.is_dir()

    def is_file(self, path: Path) -> bool:
        return path.is_file()

    def read(self, path: Path, most: int) -> bytes:
        return read_file(path, most).data

    def beginning(self, path: Path, count: int) -> bytes:
        try:
            if not path.is_file():
                return b""
            with path.open("rb") as file:
                return file.read(count)
        except (OSError, ValueError):
            return b""

    def glob(self, folder: Path, pattern: str) -> Iterator[Path]:
        return folder.glob(pattern)


class Below:
    """Paths from `top` on, which is the root; where they lie on disk has no say in them."""

    top: Path

    def absolute(self, path: Path) -> Path:
        return Path(os.path.normpath(self.top / path))

    def shown(self, path: Path) -> str:
        return Path(os.path.relpath(self.top / path, self.top)).as_posix()

    def root(self, path: Path) -> Path:
        return self.top


class Revision(Below):
    """The files of a commit, read from Git's objects; where the repository lies on disk, nothing is read."""

    def __init__(self, repository: Repository, commit: Commit) -> None:
        self.repository, self.commit = repository, commit
        self.top = repository.top
        self._links: dict[str, str] = {}

    @cached_property
    def entries(self) -> Mapping[str, Entry]:
        """Files, links and submodules by their path in the repository."""
        return self.repository.entries(self.commit)

    @cached_property
    def folders(self) -> Mapping[str, frozenset[str]]:
        """The names in each folder, by its path in the repository; that of all is empty."""
        found: dict[str, set[str]] = {"": set()}
        for path in self.entries:
            name = path
            while name:
                folder, _, own = name.rpartition("/")
                known = folder in found
                found.setdefault(folder, set()).add(own)
                name = "" if known else folder
        return {folder: frozenset(names) for folder, names in found.items()}

    def real(self, path: Path) -> Path:
        top, links = self.top, 0
        path = top / path
        if not path.is_relative_to(top):
            return Path(os.path.normpath(path))
        todo, done = [*reversed(path.relative_to(top).parts)], list[str]()
        while todo:
            part = todo.pop()
            if part == "..":
                if not done:
                    return Path(os.path.normpath(top.parent.joinpath(*reversed(todo))))
                done.pop()
                continue
            target = self._target("/".join([*done, part])) if links < MOST_LINKS else None
            if target is None:
                done.append(part)
                continue
            links += 1
            if PurePosixPath(target).is_absolute():
                return self.real(Path(target).joinpath(*reversed(todo)))
            todo += reversed(PurePosixPath(target).parts)
        return top.joinpath(*done)

    def exists(self, path: Path) -> bool:
        path = self.top / path
        name = self._name(self.real(path.parent) / path.name)
        return name in self.entries or name in self.folders

    def is_folder(self, path: Path) -> bool:
        return self._name(self.real(path)) in self.folders

    def is_file(self, path: Path) -> bool:
        entry = self._entry(path)
        return entry is not None and entry.mode not in (LINK, SUBMODULE)

    def read(self, path: Path, most: int) -> bytes:
        entry = self._entry(path)
        if entry is None:
            if self.is_folder(path):
                raise Unfit("this is a folder: name a file in it")
            raise Unfit("this symbolic link leads nowhere" if self.exists(path) else "no such file")
        if entry.mode in (LINK, SUBMODULE):
            linked = entry.mode == LINK
            raise Unfit("this symbolic link leads nowhere" if linked else "this is a submodule: name a file")
        return self.repository.read(entry.object, most)

    def beginning(self, path: Path, count: int) -> bytes:
        try:
            return self.read(path, 100 << 20)[:count] if self.is_file(path) else b""
        except Unfit:
            return b""

    def glob(self, folder: Path, pattern: str) -> Iterator[Path]:
        yield from dict.fromkeys(self._below(folder, [part for part in pattern.split("/") if part != "."]))

    def _below(self, folder: Path, parts: list[str]) -> Iterator[Path]:
        if not parts:
            yield folder
            return
        first, rest = parts[0], parts[1:]
        if first in ("", ".."):
            yield from self._below(folder / first, rest) if self.is_folder(folder) else ()
            return
        names = self.folders.get(self._name(self.real(folder)), frozenset())
        if first == "**":
            yield from self._below(folder, rest)
            kept = (folder / name for name in sorted(names) if self._is_own_folder(folder / name))
            for each in kept:
                yield from self._below(each, parts)
            return
        for name in sorted(names):
            if fnmatchcase(name, first):
                yield from self._below(folder / name, rest)

    def _is_own_folder(self, path: Path) -> bool:
        """Whether it is a folder by itself, not by a link: `**` goes into no other."""
        return self._name(self.real(path.parent) / path.name) in self.folders

    def _entry(self, path: Path) -> Entry | None:
        return self.entries.get(self._name(self.real(path)))

    def _name(self, real: Path) -> str:
        """A path in the repository; of one outside, a name that nothing has."""
        top = self.top
        name = real.relative_to(top).as_posix() if real.is_relative_to(top) else ".."
        return "" if name == "." else name

    def _target(self, name: str) -> str | None:
        """Where a symbolic link leads; None for whatever is none."""
        entry = self.entries.get(name)
        if entry is None or entry.mode != LINK:
            return None
        if name not in self._links:
            try:
                data = self.repository.read(entry.object, LONGEST_LINK)
            except Unfit:
                data = b""
            self._links[name] = os.fsdecode(data)
        return self._links[name] or None


class OneFile:
    """A text that lies nowhere, as the only file there is."""

    def __init__(self, path: Path, text: str) -> None:
        """path: absolute."""
        self.path, self.data = path, text.encode("utf-8", "surrogatepass")

    def absolute(self, path: Path) -> Path:
        return path

    def shown(self, path: Path) -> str:
        return str(path)

    def root(self, path: Path) -> Path:
        return path.parent

    def real(self, path: Path) -> Path:
        return path

    def exists(self, path: Path) -> bool:
        return path == self.path

    def is_folder(self, path: Path) -> bool:
        return path == self.path.parent

    def is_file(self, path: Path) -> bool:
        return path == self.path

    def read(self, path: Path, most: int) -> bytes:
        if path != self.path:
            raise Unfit("no such file")
        return self.data[:most]

    def beginning(self, path: Path, count: int) -> bytes:
        return self.data[:count] if path == self.path else b""

    def glob(self, folder: Path, pattern: str) -> Iterator[Path]:
        return iter(())
