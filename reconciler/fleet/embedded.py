"""The embedded store takes one worker: the kernel's lock on a file beside it, which dies with its holder."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from reconciler.apply.lock import lock_file
from reconciler.errors import DatabaseError


@contextmanager
def only_worker(database: Path, name: str) -> Iterator[None]:
    """Be the one worker of an embedded database. Raises: DatabaseError: another one is; says which."""
    path = database.with_name(database.name + ".worker")
    try:
        file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise DatabaseError(f"{path} cannot be written: {error.strerror}") from None
    try:
        if not lock_file(file):
            has = os.pread(file, 400, 0).decode(errors="replace") or "one that began this very moment"
            advice = "use PostgreSQL for more"
            raise DatabaseError(f"the embedded store takes one worker: {has} has it; {advice}")
        os.ftruncate(file, 0)
        os.pwrite(file, f"{name} (process {os.getpid()})".encode(), 0)
        yield
    finally:
        os.close(file)  # the file stays: taken away, two could lock one each
