"""Files and folders of this machine that are one process's for a while, or nobody's to take away."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_FOLDER = getattr(os, "O_DIRECTORY", 0)


def own(folder: Path) -> None:
    """Have a folder that nobody else can look into."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    folder.mkdir(exist_ok=True, mode=0o700)


@contextmanager
def held(path: Path) -> Iterator[None]:
    """Be the only one, waiting until whoever holds this file is done. It stays where it is."""
    own(path.parent)
    file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        _flock(file, alone=True, wait=True)
        yield
    finally:
        os.close(file)


@contextmanager
def kept(folder: Path) -> Iterator[bool]:
    """Keep a folder from being taken away; false: it isn't there."""
    file = _opened(folder)
    try:
        yield file is not None and _flock(file, alone=False, wait=True) and _is_still(folder, file)
    finally:
        if file is not None:
            os.close(file)


@contextmanager
def unused(folder: Path) -> Iterator[bool]:
    """Whether nobody keeps a folder, and nobody else takes it away, until this is over."""
    file = _opened(folder)
    try:
        yield file is not None and _flock(file, alone=True, wait=False) and _is_still(folder, file)
    finally:
        if file is not None:
            os.close(file)


def _opened(folder: Path) -> int | None:
    try:
        return os.open(folder, os.O_RDONLY | os.O_CLOEXEC | _FOLDER)
    except FileNotFoundError:
        return None


def _is_still(folder: Path, file: int) -> bool:
    try:
        return os.path.samestat(folder.stat(), os.fstat(file))
    except FileNotFoundError:
        return False


def _flock(file: int, *, alone: bool, wait: bool) -> bool:
    """Take a lock that the kernel gives back however its holder ends; false: others have it."""
    try:
        import fcntl
    except ImportError:  # Windows: workers are not for it
        return True
    try:
        fcntl.flock(file, (fcntl.LOCK_EX if alone else fcntl.LOCK_SH) | (0 if wait else fcntl.LOCK_NB))
    except BlockingIOError:
        return False
    return True
