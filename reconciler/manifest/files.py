"""Which files an environment consists of: includes, the root they stay under, and their digest."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from reconciler.errors.mistakes import Mistake
from reconciler.errors.named_file import Unfit
from reconciler.manifest.reader import read
from reconciler.manifest.tree import Tree, WorkingTree
from reconciler.manifest.variables import LARGEST, substituted, variables_of
from reconciler.model import Block, Findings, Items, Source, Text

MOST_FILES, LARGEST_OF_ALL = 10_000, 100 << 20  # of one environment
DEEPEST = 40  # includes of includes
LONGEST_NAME, MOST_PARTS, MOST_TREES = 255, 40, 2  # of a pattern: bytes of a part, parts, `**`
_MAGIC = re.compile(r"[*?\[]")


@dataclass(frozen=True, slots=True, eq=False)
class ManifestFile:
    """One file that was read: where it lies, how it is shown, its bytes, its tree with variables replaced."""

    path: Path
    shown: str
    data: bytes
    tree: Block


@dataclass(slots=True)
class Shelf:
    """Files of a tree read so far by their real path, so that siblings that share includes don't read them
    again."""

    tree: Tree = field(default_factory=WorkingTree)
    read: dict[Path, tuple[bytes, Block | None]] = field(default_factory=dict)

    def open(self, path: Path, shown: str, findings: Findings) -> tuple[bytes, Block | None]:
        """Read a file to bytes and tree; None for the tree if its problems, reported once, leave none."""
        real = self.tree.real(path)
        if real not in self.read:
            self.read[real] = self._open(path, shown, findings)
        return self.read[real]

    def _open(self, path: Path, shown: str, findings: Findings) -> tuple[bytes, Block | None]:
        try:
            data = self.tree.read(path, LARGEST)
        except Unfit as error:
            findings.error(Source(shown, 1), str(error), Mistake.UNREADABLE_FILE)
            return b"", None
        block = read(data, shown, findings)
        if block is not None and not isinstance(block, Block):
            message = "a manifest begins with a key such as `users:`, not with a list or text"
            findings.error(block.source, message, Mistake.NO_MAPPING)
            return data, None
        return data, block


def collect(path: Path, shown: str, shelf: Shelf, findings: Findings) -> list[ManifestFile]:
    """Read an environment file and all it includes, itself first; empty if it can't be read."""
    place = shelf.tree.absolute(path)
    root = shelf.tree.real(shelf.tree.root(place))
    if shelf.tree.exists(path) and not shelf.tree.real(path).is_relative_to(root):
        message = f"this symbolic link leads out of the root `{root.name}/`: manifests stay under it"
        findings.error(Source(shown, 1), message, Mistake.OUTSIDE)
        return []
    data, tree = shelf.open(path, shown, findings)
    if tree is None:
        return []
    known = variables_of(tree, findings)
    collector = _Collector(root, known, shelf, findings)
    collector.add(ManifestFile(place, shown, data, tree), ())
    return list(collector.files.values())


def meant(path: Path, shown: str, findings: Findings) -> list[ManifestFile]:
    """The files that are to be edited where one is named: of an environment, all it includes."""
    shelf = Shelf()
    data, tree = shelf.open(path, shown, findings)
    if tree is None:
        return []
    if "tenant" not in tree:
        return [ManifestFile(path, shown, data, tree)]
    found = Findings()
    files = collect(path, shown, shelf, found)
    findings.errors += [problem for problem in found.errors if problem.mistake is not Mistake.VARIABLE]
    return files


@dataclass(slots=True)
class _Collector:
    root: Path
    known: Mapping[str, str]
    shelf: Shelf
    findings: Findings
    files: dict[Path, ManifestFile] = field(default_factory=dict)  # by real path, in the order of reading
    size: int = 0  # of all of them, their variables in

    def add(self, read: ManifestFile, chain: tuple[ManifestFile, ...]) -> None:
        """Keep a file and follow its includes; `chain` are the files that led to it."""
        file = self._replaced(read)
        if file is None:
            return
        self.files[self.shelf.tree.real(file.path)] = file
        for pattern in _patterns(file.tree):
            for path in self._matches(pattern, file):
                if len(self.files) >= MOST_FILES or self.size > LARGEST_OF_ALL:
                    message = f"more than {MOST_FILES:,} files, or {LARGEST_OF_ALL >> 20} MiB"
                    self.findings.error(
                        pattern.source, f"`{pattern}`: this environment includes {message}", Mistake.TOO_MUCH
                    )
                    return
                self._include(path, pattern, (*chain, file))

    def _replaced(self, file: ManifestFile) -> ManifestFile | None:
        """The file with variables in place of references; None if it is too large with them."""
        if b"$(" not in file.data:
            self.size += len(file.data)
            return file
        own = Block(file.tree.source)
        own.update((key, value) for key, value in file.tree.items() if key != "vars")
        found = substituted(own, self.known, self.findings)
        if found is None:
            return None
        tree, size = found
        self.size += size
        if "vars" in file.tree:
            tree.update((key, value) for key, value in file.tree.items() if key == "vars")
        return ManifestFile(file.path, file.shown, file.data, tree)

    def _include(self, path: Path, pattern: Text, chain: tuple[ManifestFile, ...]) -> None:
        real, shown = self.shelf.tree.real(path), self.shelf.tree.shown(path)
        known = self.files.get(real)
        if not real.is_relative_to(self.root):
            message = f"`{shown}` leads out of {_shown_root(self.root)}"
            self.findings.error(pattern.source, message, Mistake.OUTSIDE)
        elif known and known in chain:
            names = " includes ".join([*(file.shown for file in chain[chain.index(known) :]), known.shown])
            self.findings.error(
                pattern.source, f"files include each other in a circle: {names}", Mistake.CIRCLE
            )
        elif len(chain) >= DEEPEST:
            self.findings.error(
                pattern.source, f"`{shown}`: includes of includes, more than {DEEPEST} deep", Mistake.CIRCLE
            )
        elif not known:
            data, tree = self.shelf.open(path, shown, self.findings)
            if tree is not None:
                self.add(ManifestFile(path, shown, data, tree), chain)

    def _matches(self, pattern: Text, file: ManifestFile) -> list[Path]:
        """The files a pattern means, sorted; none that is hidden unless it is named."""
        slip = slip_of(pattern)
        if slip:
            self.findings.error(pattern.source, f"`{pattern[:LONGEST_NAME]}`: {slip}", Mistake.INCLUDE)
            return []
        base, rest = _split(file.path.parent, pattern)
        tree = self.shelf.tree
        if not tree.real(base).is_relative_to(self.root):
            message = f"`{pattern}` leads out of {_shown_root(self.root)}"
            self.findings.error(pattern.source, message, Mistake.OUTSIDE)
            return []
        if not rest:
            return self._single(pattern, base)
        matching = (path for path in tree.glob(base, rest) if not _is_hidden(path, base))
        found = sorted(islice((path for path in matching if not tree.is_folder(path)), MOST_FILES + 1))
        if not found:
            self.findings.error(pattern.source, f"`{pattern}` matches no file", Mistake.INCLUDE)
        return found

    def _single(self, pattern: Text, path: Path) -> list[Path]:
        if self.shelf.tree.is_folder(path):
            self.findings.error(
                pattern.source,
                f"`{pattern}` is a folder: write {pattern.rstrip('/')}/*.yaml",
                Mistake.INCLUDE,
            )
        elif not self.shelf.tree.exists(path):
            self.findings.error(pattern.source, f"`{pattern}` doesn't exist", Mistake.INCLUDE)
        else:
            return [path]
        return []


def _patterns(tree: Block) -> Iterator[Text]:
    value = tree.find("include")
    for pattern in value if isinstance(value, Items) else [value]:
        if isinstance(pattern, Text) and pattern:
            yield pattern


def slip_of(pattern: str) -> str:
    """Why a pattern is not looked for, and what to write: glob and the file system choke on each of these."""
    parts = pattern.split("/")
    if Path(pattern).is_absolute() or "\0" in pattern:
        return "write a path relative to this file"
    if len(parts) > MOST_PARTS or max(len(part.encode()) for part in parts) > LONGEST_NAME:
        return "no path is as long as this: name a folder and *.yaml"
    if any("**" in part and part != "**" for part in parts) or parts.count("**") > MOST_TREES:
        return "write `**` by itself and at most twice, as in **/*.yaml"
    return ""


def _split(folder: Path, pattern: str) -> tuple[Path, str]:
    """Split a pattern where its first wildcard begins: an absolute path, and the rest for glob."""
    parts = pattern.split("/")
    fixed = next((index for index, part in enumerate(parts) if _MAGIC.search(part)), len(parts))
    base = Path(os.path.normpath(folder.joinpath(*parts[:fixed])))
    return base, "/".join(parts[fixed:])


def _is_hidden(path: Path, base: Path) -> bool:
    return any(part.startswith(".") for part in path.relative_to(base).parts)


def _shown_root(root: Path) -> str:
    return f"the root `{root.name}/`: includes stay under it"


def digest_of(files: list[ManifestFile], root: Path) -> str:
    """Digest the bytes of all files with their paths below the root, in the order of these paths."""
    digest = hashlib.sha256()
    named = {Path(os.path.relpath(file.path, root)).as_posix(): file.data for file in files}
    for name, data in sorted(named.items()):
        digest.update(f"{name}\0{len(data)}\0".encode("utf-8", "surrogateescape"))
        digest.update(data)
    return f"sha256:{digest.hexdigest()}"
