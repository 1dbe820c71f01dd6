"""Output files: written whole or not at all, and only where nothing is or over a file of ours.

Manifests are others' files: those that somebody asked to have edited are, unless they changed meanwhile.
"""

from __future__ import annotations

import os
import re
import stat
from contextlib import suppress
from pathlib import Path

from reconciler.errors import UsageError
from reconciler.errors.escape import Printable

# Our mark, in the first bytes of what we write: JSON, a report in Markdown or HTML, a calendar.
OURS = re.compile(
    rb'\s*\{\s*"format"\s*:\s*"welkin-reconcile/|<!-- welkin-reconcile'
    rb"|BEGIN:VCALENDAR\r?\n(?:(?!BEGIN:).*\n)*?PRODID:-//welkin-reconcile//"
)
ANYTHING = re.compile(b"")
_HEAD = 4096
_CAUTIOUS = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
_OTHERS = (
    (stat.S_ISLNK, "a link"),
    (stat.S_ISDIR, "a folder"),
    (stat.S_ISFIFO, "a pipe"),
    (stat.S_ISSOCK, "a socket"),
    (lambda mode: not stat.S_ISREG(mode), "a device"),
)


def write_file(path: Path, text: Printable, *, private: bool) -> None:
    """Write a file; `private`: nobody but its owner may read it.

    Raises: UsageError: it is as it was, and nothing else is left behind.
    """
    before = standing(path)
    draft = path.with_name(f".welkin-reconcile.{os.urandom(8).hex()}")
    try:
        _fill(draft, f"{text}\n", 0o600 if private else 0o666)
        _put(draft, path, before)
    except OSError as error:
        raise _unwritable(path, f"{error.strerror}".lower()) from None
    finally:  # Ctrl-C, too
        draft.unlink(missing_ok=True)


def rewrite_file(path: Path, text: str, was: bytes) -> None:
    """Put another text into a file that somebody else wrote, unless it isn't what was read any more.

    Raises: UsageError: it is as it was, and nothing else is left behind.
    """
    before = standing(path, ANYTHING)
    draft = path.with_name(f".welkin-reconcile.{os.urandom(8).hex()}")
    try:
        if before is None or path.read_bytes() != was:
            raise _unwritable(path, "somebody changed it meanwhile: try again")
        _fill(draft, text, stat.S_IMODE(before.st_mode))
        draft.chmod(stat.S_IMODE(before.st_mode))
        _replace(draft, path, before, ANYTHING)
    except OSError as error:
        raise _unwritable(path, f"{error.strerror}".lower()) from None
    finally:  # Ctrl-C, too
        draft.unlink(missing_ok=True)


def standing(path: Path, ours: re.Pattern[bytes] = OURS) -> os.stat_result | None:
    """The file of ours that stands there, None if nothing does.

    Raises: UsageError: what stands there is something else, or nothing can be written there.
    """
    try:
        found = path.lstat()
    except FileNotFoundError:
        _check_folder(path)
        return None
    except OSError as error:
        raise _unwritable(path, f"{error.strerror}".lower()) from None
    for is_other, what in _OTHERS:
        if is_other(found.st_mode):
            raise _in_the_way(path, f"it is {what}")
    if found.st_nlink > 1:
        raise _in_the_way(path, "it has another name, as a hard link")
    if not ours.match(_head(path)):
        raise _in_the_way(path, "this program did not write what is there")
    _check_folder(path)
    return found


def _check_folder(path: Path) -> None:
    folder = path.parent
    if not folder.is_dir():
        raise _unwritable(path, f"there is no folder {folder}")
    if not os.access(folder, os.W_OK | os.X_OK):
        raise _unwritable(path, f"nothing may be written to {folder}")


def _head(path: Path) -> bytes:
    """How a file begins; a link or pipe that took its place meanwhile is not followed, nor waited for."""
    try:
        with os.fdopen(os.open(path, os.O_RDONLY | _CAUTIOUS), "rb") as file:
            return file.read(_HEAD) if stat.S_ISREG(os.fstat(file.fileno()).st_mode) else b"?"
    except OSError as error:
        raise _unwritable(path, f"it can't be looked into: {error.strerror}".lower()) from None


def _fill(draft: Path, text: str, mode: int) -> None:
    """Write a new file down to the disk: a full one shows here."""
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _CAUTIOUS, mode)
    with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as file:
        file.write(text)
        file.flush()
        os.fsync(descriptor)


def _put(draft: Path, path: Path, before: os.stat_result | None) -> None:
    """Give the draft its name. Where nothing was, a link can't replace what came there meanwhile."""
    if before is None:
        try:
            os.link(draft, path)
        except FileExistsError:
            raise _in_the_way(path, "something came there meanwhile") from None
        except OSError:  # a file system without links
            _replace(draft, path, before)
    else:
        _replace(draft, path, before)
    with suppress(OSError):  # some can't sync a folder
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def _replace(draft: Path, path: Path, before: os.stat_result | None, ours: re.Pattern[bytes] = OURS) -> None:
    now = standing(path, ours)
    if (now is None) != (before is None) or (now and before and not os.path.samestat(now, before)):
        raise _in_the_way(path, "something else came there meanwhile")
    draft.replace(path)


def _in_the_way(path: Path, why: str) -> UsageError:
    return _unwritable(path, f"{why}; name a file that isn't there yet")


def _unwritable(path: Path, why: str) -> UsageError:
    return UsageError(f"{path} cannot be written: {why}")
