"""A bare clone of one branch of a repository, kept on this machine: fetched, and read commit by commit.

Git is told to do no more than that: no hook, filter, submodule, attribute or transport comes in that the
repository, or an address of it, could name. Credentials are Git's own, as this machine has them.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tarfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, cast

from reconciler.fleet.holding import held
from reconciler.fleet.origin import Unavailable
from reconciler.fleet.unpacking import unpacked

TIP = "refs/welkin/tip"
FETCH_S, LOCAL_S = 300.0, 60.0
_ID = re.compile("[0-9a-f]{40}|[0-9a-f]{64}")
_QUIET = (
    f"core.hooksPath={os.devnull}",
    "core.fsmonitor=false",
    "fetch.recurseSubmodules=false",
    "submodule.recurse=false",
    "http.lowSpeedLimit=100",
    "http.lowSpeedTime=60",
    "gc.autoDetach=false",
    "maintenance.autoDetach=false",
    "gc.pruneExpire=never",  # a commit that was applied is asked for after a forced push, too
)
# Nothing of a tree changes what an archive of it holds; that file beats those of the tree.
_AS_IT_IS = "* -export-ignore -export-subst -filter -text -eol -ident -working-tree-encoding\n"
_ALONE = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", "GIT_ATTR_NOSYSTEM": "1"}
_ELSEWHERE = ("DIR", "WORK_TREE", "INDEX_FILE", "OBJECT_DIRECTORY", "COMMON_DIR", "NAMESPACE", "CONFIG")


class Clone:
    """The clone of a branch or tag; for any thread, and any process of this user."""

    def __init__(self, folder: Path, url: str, ref: str) -> None:
        self.folder, self.url, self.ref = folder, url, ref

    def fetch(self) -> str:
        """Look for something new; the full id of the newest commit. Raises: Unavailable; OSError."""
        with held(self.folder.with_suffix(".lock")):
            self._begin()
            name, newest = self._newest()
            if self._resolved(TIP) != newest:
                refspec = f"+{name}:{TIP}"
                self._git(
                    "fetch", "--quiet", "--no-tags", "--no-write-fetch-head", self.url, refspec, far=True
                )
            return self._commit(TIP) or newest

    def revision(self, named: str) -> str | None:
        """The full id of a commit that somebody names, HEAD being the newest; None where there is none."""
        plain = named and not named.startswith("-") and "\0" not in named
        return self._commit(named) if plain else None

    def message(self, revision: str) -> str | None:
        """The message of a commit. Raises: Unavailable."""
        return self._git("log", "-1", "--no-show-signature", "--encoding=UTF-8", "--format=%B", revision)

    def lay_out(self, revision: str, folder: Path) -> None:
        """Write the files of a commit. Raises: Unavailable; OSError."""
        if not self._has(revision):
            self.fetch()  # another worker has
        if not self._has(revision):
            raise Unavailable(
                "this commit isn't there any more; if a forced push took it away, apply by hand"
            )
        with self._archive(revision) as archive:
            unpacked(archive, folder)

    def _has(self, commit: str) -> bool:
        return bool(_ID.fullmatch(commit)) and self._commit(commit) == commit

    @contextmanager
    def _archive(self, commit: str) -> Iterator[IO[bytes]]:
        """All files of a commit, as a stream of tar. Raises: Unavailable."""
        attributes = self.folder / "info" / "attributes"
        attributes.parent.mkdir(exist_ok=True)
        attributes.write_text(_AS_IT_IS, encoding="ascii")
        running = _start((*self._place, "archive", "--format=tar", commit), _ALONE)
        is_odd = False
        try:
            try:
                yield cast(IO[bytes], running.stdout)
            except tarfile.TarError:  # Git says why
                is_odd = True
            _, why = running.communicate(timeout=LOCAL_S)
            if running.returncode or is_odd:
                raise Unavailable(f"git can't pack it: {_first_line(why)}")
        finally:
            _end(running)

    def _begin(self) -> None:
        """Have a clone, and nothing in the way that somebody who was killed has left."""
        if not (self.folder / "HEAD").exists():
            shutil.rmtree(self.folder, ignore_errors=True)
            draft = self.folder.with_suffix(f".{os.getpid()}")
            shutil.rmtree(draft, ignore_errors=True)
            self._run(("init", "--quiet", "--bare", "--template=", os.fspath(draft)), _ALONE, LOCAL_S)
            draft.rename(self.folder)
        if (self.folder / "HEAD").read_text(encoding="utf-8", errors="replace").strip() != f"ref: {TIP}":
            self._git("symbolic-ref", "HEAD", TIP)
        for left in (*self.folder.glob("*.lock"), *self.folder.glob("refs/welkin/*.lock")):
            left.unlink(missing_ok=True)

    def _newest(self) -> tuple[str, str]:
        """The full name of the branch, else of the tag, and what it is at. Raises: Unavailable."""
        names = [f"refs/heads/{self.ref}", f"refs/tags/{self.ref}"]
        told = self._git("ls-remote", "--quiet", self.url, *names, far=True)
        known = {name: id for id, _, name in (line.partition("\t") for line in told.splitlines())}
        for name in names:
            if _ID.fullmatch(known.get(name, "")):
                return name, known[name]
        raise Unavailable(f"it has no branch or tag `{self.ref}`: write one that is there under `ref`")

    def _commit(self, revision: str) -> str | None:
        return self._resolved(f"{revision}^{{commit}}")

    def _resolved(self, name: str) -> str | None:
        with suppress(Unavailable):
            found = self._git("rev-parse", "--verify", "--quiet", name).strip()
            return found if _ID.fullmatch(found) else None
        return None

    def _git(self, *arguments: str, far: bool = False) -> str:
        """Run Git on the clone. far: it asks the host, by the one way that the address names."""
        variables = {"GIT_ALLOW_PROTOCOL": _protocol(self.url)} if far else _ALONE
        return self._run((*self._place, *arguments), variables, FETCH_S if far else LOCAL_S)

    @property
    def _place(self) -> Sequence[str]:
        return (f"--git-dir={self.folder}",)

    def _run(self, arguments: Sequence[str], variables: Mapping[str, str], seconds: float) -> str:
        running = _start(arguments, variables)
        try:
            said, why = running.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            raise Unavailable(f"it didn't answer within {seconds:.0f} s") from None
        finally:
            _end(running)
        if running.returncode:
            raise Unavailable(_meaning(_first_line(why)))
        return os.fsdecode(said)


def _start(arguments: Sequence[str], variables: Mapping[str, str]) -> subprocess.Popen[bytes]:
    settings = (part for setting in _QUIET for part in ("-c", setting))
    pipe, nothing = subprocess.PIPE, subprocess.DEVNULL
    try:
        return subprocess.Popen(
            ("git", "--no-pager", "--no-replace-objects", *settings, *arguments),
            stdin=nothing,
            stdout=pipe,
            stderr=pipe,
            env={**_variables(), **variables},
            start_new_session=True,  # no terminal to ask at
        )
    except OSError:
        raise Unavailable("`git` can't be started: install it") from None


def _end(running: subprocess.Popen[bytes]) -> None:
    """End Git with all that it has started, if it still runs."""
    if running.poll() is None:
        with suppress(OSError):
            os.killpg(running.pid, 9) if hasattr(os, "killpg") else running.kill()
        running.wait()
    for stream in (running.stdout, running.stderr):
        if stream:
            stream.close()


def _variables() -> dict[str, str]:
    """What Git gets of our variables: none with a secret, and none that leads it elsewhere."""
    away = {f"GIT_{name}" for name in _ELSEWHERE} | {"GIT_CONFIG_PARAMETERS", "GIT_CONFIG_COUNT"}
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("WELKIN_") and name not in away
    }
    return kept | {
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_ALLOW_PROTOCOL": "",
        "GIT_NO_LAZY_FETCH": "1",
        "GIT_LFS_SKIP_SMUDGE": "1",
        "LC_ALL": "C",
    }


def _protocol(url: str) -> str:
    scheme, separator, _ = url.partition("://")
    return scheme if separator else "ssh"


def _first_line(said: bytes) -> str:
    """The first line of Git's own, not of what the host has it repeat."""
    lines = os.fsdecode(said).strip().splitlines()
    own = [line for line in lines if line.startswith(("fatal: ", "error: "))]
    return (own or lines or ["git says nothing"])[0].partition(": ")[2][:200] or "git says nothing"


def _meaning(said: str) -> str:
    """What keeps Git from its host, in words that say what to do, without the address."""
    bare = re.sub(r"'[^']*'", "it", said)
    for signs, meaning in _MEANINGS:
        if re.search(signs, bare, re.IGNORECASE):
            return meaning.format(bare)
    return f"git says: {bare}"


_MEANINGS = (
    (
        r"could not read (Username|Password)|Authentication failed|Permission denied|Host key|prompts dis",
        "its host lets nobody in without credentials, or not with those that there are: give Git some, by a "
        "credential helper, ~/.netrc or an SSH key",
    ),
    (
        r"not found$|not found:|does not (exist|appear)",
        "no repository is there, or none for these credentials",
    ),
    (r"resolve host|connect|timed out|unable to access|Could not read from", "its host can't be reached: {}"),
    (r"transport .* not allowed", "its host leads elsewhere, which is not followed: write the new address"),
)
