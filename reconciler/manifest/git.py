"""Reads commits, trees and files of a Git repository out of its objects, whatever stands in there.

Nothing but plumbing that looks at objects alone: the work tree, the index and untracked files are neither
read nor changed, and no filter, hook, replacement or lazy fetch comes in between. What is cloned is the
repository there is, and its names may be any bytes.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, NamedTuple, Self, cast

from reconciler.errors import UsageError
from reconciler.errors.named_file import Unfit

NOTHING = re.compile("0{40}|0{64}")  # stands for no commit: what a branch's first push comes after
_ID = re.compile("[0-9a-f]{40}|[0-9a-f]{64}")
_BY_HAND = "if a forced push took it away, nothing can be compared: plan and apply by hand"
_SETTINGS = ("protocol.allow=never", f"core.hooksPath={os.devnull}", "core.fsmonitor=false")
_CHUNK = 1 << 20


class Commit(NamedTuple):
    """revision: as it was asked for. id: its full name; zeros for the empty tree."""

    revision: str
    id: str

    @property
    def is_nothing(self) -> bool:
        return bool(NOTHING.fullmatch(self.id))


class Entry(NamedTuple):
    """What a tree holds under a path: its mode, such as `100644`, and the name of its object."""

    mode: str
    object: str


class Repository:
    """The repository around the current folder; to be closed.

    top: the folder of the work tree, from which its paths lead; of one without, the current folder.
    """

    def __init__(self, top: Path) -> None:
        self.top = top
        self._reader: subprocess.Popen[bytes] | None = None

    @classmethod
    def here(cls) -> Self:
        """Raises: UsageError: there is none, or no Git."""
        code, inside, why = _git("rev-parse", "--is-inside-work-tree")
        if code:
            raise UsageError(f"no Git repository can be read here: {why}")
        top = _git("rev-parse", "--show-toplevel")[1] if inside == "true" else ""
        return cls(Path(top) if top else Path.cwd())

    def close(self) -> None:
        if self._reader:
            cast(IO[bytes], self._reader.stdin).close()
            cast(IO[bytes], self._reader.stdout).close()
            self._reader.wait()
            self._reader = None

    def commit(self, revision: str) -> Commit:
        """The commit that a revision means. Raises: UsageError: none that is here."""
        asked = f"{revision}^{{commit}}"
        plain = not revision.startswith("-") and "\0" not in revision
        code, found, _ = _git("rev-parse", "--verify", "--quiet", asked) if plain else (1, "", "")
        if code or not _ID.fullmatch(found):
            raise UsageError(_unknown(revision))
        return Commit(revision, found)

    def between(self, text: str) -> tuple[Commit, Commit]:
        """The two sides of `BASE..HEAD`, or of `A...B`, whose base is where B began to differ from A.

        Raises: UsageError.
        """
        left, dots, right = text.partition("...") if "..." in text else text.partition("..")
        if not dots:
            raise UsageError(f"`{text}`: write two revisions, as in main..HEAD, or main...HEAD")
        head = self.commit(right or "HEAD")
        if NOTHING.fullmatch(left):
            return Commit(left, left), head
        base = self.commit(left or "HEAD")
        return (self._common(base, head) if dots == "..." else base), head

    def _common(self, one: Commit, other: Commit) -> Commit:
        code, found, _ = _git("merge-base", one.id, other.id)
        if code or not _ID.fullmatch(found):
            advice = ": this clone is shallow, fetch the rest: git fetch --unshallow" if _is_shallow() else ""
            raise UsageError(f"{one.revision} and {other.revision} have no commit in common{advice}")
        return Commit(one.revision, found)

    def entries(self, commit: Commit) -> Mapping[str, Entry]:
        """All files, links and submodules of a commit by path. Raises: UsageError."""
        if commit.is_nothing:
            return {}
        code, listed, why = _run("ls-tree", "-r", "-z", "--full-tree", commit.id)
        if code:
            raise UsageError(f"the tree of {commit.revision} can't be read: {why}")
        return dict(_entries(listed))

    def read(self, object: str, most: int) -> bytes:
        """The content of a file of at most `most` bytes. Raises: Unfit."""
        self._reader = self._reader or _started("cat-file", "--batch")
        stdin, stdout = cast(IO[bytes], self._reader.stdin), cast(IO[bytes], self._reader.stdout)
        stdin.write(f"{object}\n".encode())
        stdin.flush()
        kind, _, size = stdout.readline().decode("ascii", "replace").partition(" ")[2].partition(" ")
        if kind != "blob":
            self.close()  # it may have given up, where what is missing can't be fetched
            raise Unfit(f"this clone lacks its content ({object[:12]}): fetch it")
        data = _bytes(stdout, int(size), most)
        stdout.read(1)  # the line's end
        if data is None:
            raise Unfit(f"this file is larger than {most >> 20} MiB")
        return data


@contextmanager
def repository_here() -> Iterator[Repository]:
    """The repository around the current folder. Raises: UsageError: there is none, or no Git."""
    repository = Repository.here()
    try:
        yield repository
    finally:
        repository.close()


def _unknown(revision: str) -> str:
    """Why there is no such commit here, and what to do."""
    said = f"no commit here is called `{revision}`"
    gone = f"; {_BY_HAND}" if _ID.fullmatch(revision) else ""
    if _is_shallow():
        name = revision.removeprefix("origin/") if re.fullmatch(r"[\w./-]+", revision) else "REVISION"
        fetch = f"git fetch origin {name}, or git fetch --unshallow"
        return f"{said}: this clone is shallow, fetch it: {fetch}{gone}"
    return f"{said}{gone or ': a branch of the server is called origin/NAME, once it has been fetched'}"


def _is_shallow() -> bool:
    return _git("rev-parse", "--is-shallow-repository")[1] == "true"


def _entries(listed: bytes) -> Iterator[tuple[str, Entry]]:
    """Lines of `mode type object TAB path`, each ended by a zero byte."""
    for line in listed.split(b"\0"):
        about, tab, path = line.partition(b"\t")
        if tab:
            mode, _, object = about.decode("ascii").split(" ")
            yield os.fsdecode(path), Entry(mode, object)


def _bytes(stream: IO[bytes], size: int, most: int) -> bytes | None:
    """The next bytes; what is too large is read past, and None."""
    if size <= most:
        return stream.read(size)
    while size:
        size -= len(stream.read(min(size, _CHUNK)) or b" " * size)
    return None


def _git(*arguments: str) -> tuple[int, str, str]:
    """Run Git: exit code, what it says without the line's end, and the first line of why not."""
    code, said, why = _run(*arguments)
    return code, os.fsdecode(said).removesuffix("\n"), why


def _run(*arguments: str) -> tuple[int, bytes, str]:
    running = _started(*arguments, quiet=False)
    said, wrong = running.communicate()
    lines = os.fsdecode(wrong).strip().splitlines() or ["git says nothing"]
    return running.returncode, said, lines[0].removeprefix("fatal: ")


def _started(*arguments: str, quiet: bool = True) -> subprocess.Popen[bytes]:
    """Git on objects alone. Raises: UsageError: it isn't there."""
    settings = (part for setting in _SETTINGS for part in ("-c", setting))
    command: Sequence[str] = ("git", "--no-pager", "--no-replace-objects", *settings, *arguments)
    errors = subprocess.DEVNULL if quiet else subprocess.PIPE
    pipe = subprocess.PIPE
    try:
        return subprocess.Popen(
            command, stdin=pipe, stdout=pipe, stderr=errors, env=_variables(), close_fds=True
        )
    except OSError:
        raise UsageError("`git` can't be started: it is needed to read revisions") from None


def _variables() -> dict[str, str]:
    """The variables that Git gets: none of ours, a secret among them, and none that makes it do more."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("WELKIN_")}
    return kept | {
        "GIT_NO_LAZY_FETCH": "1",
        "GIT_ALLOW_PROTOCOL": "",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_GRAFT_FILE": os.devnull,
        "LC_ALL": "C",
    }
