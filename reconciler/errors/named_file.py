"""Reads a file that somebody names: a regular one, up to a size, without ever waiting for one.

A pipe without a writer would hold us for ever, a device may have no end. Links are followed: whether they
may lead where they lead is for whoever asks to judge.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import NamedTuple

_CAUTIOUS = sum(getattr(os, name, 0) for name in ("O_NONBLOCK", "O_NOCTTY", "O_CLOEXEC", "O_BINARY"))
_OTHERS = (
    (stat.S_ISDIR, "a folder: name a file in it"),
    (stat.S_ISFIFO, "a pipe: name a file"),
    (stat.S_ISSOCK, "a socket: name a file"),
    (lambda mode: not stat.S_ISREG(mode), "a device: name a file"),
)


class Unfit(Exception):
    """Why a file can't be taken, in words, without its name."""


class Content(NamedTuple):
    data: bytes
    mode: int  # as `stat` tells it, of just what was read


def read_file(path: Path, most: int) -> Content:
    """Read a file of at most `most` bytes whole.

    Raises: Unfit.
    """
    try:
        _check(path.stat().st_mode)  # before it is opened: opening alone does something to some devices
        with os.fdopen(os.open(path, os.O_RDONLY | _CAUTIOUS), "rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            _check(mode)
            data = file.read(most + 1)
    except (OSError, ValueError) as error:
        raise Unfit(_unreadable(path, error)) from None
    if len(data) > most:
        raise Unfit(f"this file is larger than {most >> 20} MiB")
    return Content(data, mode)


def _check(mode: int) -> None:
    for is_other, what in _OTHERS:
        if is_other(mode):
            raise Unfit(f"this is {what}")


def _unreadable(path: Path, error: OSError | ValueError) -> str:
    if isinstance(error, FileNotFoundError):
        return "this symbolic link leads nowhere" if path.is_symlink() else "no such file"
    reason = error.strerror if isinstance(error, OSError) else None
    return f"this file can't be read: {(reason or 'its name is not valid').lower()}"
