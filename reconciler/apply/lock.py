"""One run per environment at a time, between the processes of one user on one machine.

The kernel's lock on a file (flock): it dies with its holder, however that ends, so a file left behind locks
nobody out. The file lies in the user's own state folder, not in the checkout, so that two checkouts share it.
Runs on other machines, or of other users of this one, are not seen. Nothing is locked where there is no flock
(Windows): CI has to see to it there (`concurrency:` and its like).
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from reconciler.apply.keeping import Here, Hold
from reconciler.errors import Locked, UsageError

PAUSE_S = 0.2  # between two tries while another run holds the lock


def state_folder(environ: Mapping[str, str]) -> Path:
    """Where this program keeps what all its runs share: below $XDG_STATE_HOME, else below the home folder."""
    state = environ.get("XDG_STATE_HOME")
    return (Path(state) if state else Path.home() / ".local" / "state") / "welkin-reconcile"


def folder_of(environ: Mapping[str, str]) -> Path:
    """Where locks lie."""
    return state_folder(environ) / "locks"


class ThisMachine:
    """Keeps away other runs of this user on this machine."""

    def __init__(self, who: str, folder: Path) -> None:
        self._who, self._folder = who, folder

    @contextmanager
    def alone(self, environment: tuple[str, ...], wait_s: float) -> Iterator[Hold]:
        with held(environment, self._who, self._folder, wait_s):
            yield Here()


@contextmanager
def held(
    environment: tuple[str, ...],
    who: str,
    folder: Path,
    timeout_s: float = 0.0,
    sleep: Callable[[float], None] = time.sleep,
) -> Iterator[None]:
    """Hold the lock of an environment, waiting for it no longer than `timeout_s`.

    Args: environment: what names it: API, tenant, instance, owner. who: shown to those who wait.
    Raises: Locked: another run holds it; says whose, and since when. UsageError: no file can be written.
    """
    digest = hashlib.sha256("\n".join(environment).encode()).hexdigest()[:32]
    path = folder / f"{digest}.lock"
    file = _taken(path, "/".join(environment[1:]), time.monotonic() + timeout_s, sleep)
    try:
        os.ftruncate(file, 0)
        os.pwrite(file, json.dumps({"who": who, "pid": os.getpid(), "since": _now()}).encode(), 0)
        yield
    finally:
        path.unlink(missing_ok=True)  # while it is held: who waits for it then looks for the new file
        os.close(file)


def _taken(path: Path, environment: str, deadline: float, sleep: Callable[[float], None]) -> int:
    """The descriptor of the locked file."""
    while True:
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            advice = "set $XDG_STATE_HOME to a folder that can be"
            raise UsageError(f"the lock {path} cannot be written: {error.strerror}; {advice}") from None
        if lock_file(file) and _is_still(path, file):
            return file
        holder = _holder(file)
        os.close(file)
        if time.monotonic() >= deadline:
            advice = "wait for it, or let this run wait with --lock-timeout 10m"
            raise Locked(f"another run works on {environment}: {holder}; {advice}")
        sleep(PAUSE_S)


def lock_file(file: int) -> bool:
    """Lock an open file for this process, as long as it is open; False: another process has it."""
    try:
        import fcntl
    except ImportError:  # Windows
        return True
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _is_still(path: Path, file: int) -> bool:
    """Whether the name still stands for the file locked; the last holder may have taken it away."""
    try:
        return os.path.samestat(path.stat(), os.fstat(file))
    except FileNotFoundError:
        return False


def _holder(file: int) -> str:
    try:
        said = json.loads(os.pread(file, 4096, 0))
        return f"{said['who']} (process {said['pid']}), since {said['since']}"
    except (ValueError, LookupError, TypeError):
        return "somebody who began this very moment"


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
