"""Leases: who may work on what, for how long, and which time it is that somebody does (the epoch).

    with Leases(database, holder="w1/5f0c", who="worker w1") as leases:
        with leases.held(("https://api.example", "gh", "sb-demo", "staffing"), run="9b1e…") as lease:
            lease.check()  # right before whatever nobody else may do

A row in the database, taken only once it has ended, each time with the next epoch, and renewed at a third of
its length. No lock of a session: that is lost with the connection, and says nothing to a process that was
paused and wakes up. Whoever writes looks twice: whether the row is still theirs (`ledger.py`), and here, at
the last moment and without asking anybody, whether the lease can't have ended yet. Its end is reckoned from
before it was asked for, on the clock that goes on while a machine sleeps.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from secrets import token_hex
from typing import NamedTuple, Self

from reconciler.errors import DatabaseError, Fenced, Locked
from reconciler.fleet.database import Database
from reconciler.fleet.store import one

Key = tuple[str, ...]  # the API, then whatever of it is leased: tenant, instance, owner; or tenant, `users`

LENGTH_S = 60.0
_PAUSE_S = 0.5  # between two tries while somebody else holds a lease
_TAKE = """
    INSERT INTO welkin.lease AS held (key, epoch, holder, run, who, taken, until)
    VALUES (:key, 1, :holder, :run, :who, :now, :now + :length)
    ON CONFLICT (key) DO UPDATE SET
        epoch = held.epoch + 1, holder = excluded.holder, run = excluded.run, who = excluded.who,
        taken = excluded.taken, until = excluded.until, before = held.until
    WHERE held.until <= :now OR held.holder = :holder
    RETURNING epoch, taken, before
"""
_RENEW = """
    UPDATE welkin.lease SET until = :now + :length WHERE key = :key AND epoch = :epoch AND until > :now
"""
_GIVE_BACK = "UPDATE welkin.lease SET until = :now WHERE key = :key AND epoch = :epoch AND until > :now"


def boottime() -> float:
    """Seconds on a clock that goes on while the machine sleeps, where there is one."""
    clock = getattr(time, "CLOCK_BOOTTIME", None)
    return time.monotonic() if clock is None else time.clock_gettime(clock)


class Holder(NamedTuple):
    """Who has a lease. since, until: by the database's clock, in seconds since 1970."""

    who: str
    run: str | None
    since: float
    until: float

    def __str__(self) -> str:
        run = f", run {self.run}" if self.run else ""
        return (
            f"{self.who}{run}, since {_moment(self.since)}, until {_moment(self.until)} if it doesn't go on"
        )


class Lease:
    """One lease, as long as it is held.

    name: of its row. taken, before: when it was taken, and when the last one ended, by the database's clock;
    None: this is the first. deadline: when it may have ended, by our clock that counts sleep.
    """

    def __init__(
        self, key: Key, epoch: int, taken: float, before: float | None, deadline: float, leases: Leases
    ) -> None:
        self.key, self.epoch, self.taken, self.before, self.deadline = key, epoch, taken, before, deadline
        self.name = "/".join(key)
        self.lost = False
        self._leases = leases

    def check(self) -> None:
        """Make sure that it lives for longer than a write may take. Asks nobody.

        Raises: Fenced: it may have ended, and another may hold it.
        """
        if self.lost or self._leases.clock() + self._leases.write_s > self.deadline:
            raise self.fenced()

    def fenced(self) -> Fenced:
        said = "has ended, and another run may have begun: run the same again"
        return Fenced(f"the lease of {_told(self.key)} {said}")


class Leases:
    """The leases of one process, renewed by one thread."""

    def __init__(
        self,
        database: Database,
        *,
        holder: str,
        who: str,
        length_s: float = LENGTH_S,
        clock: Callable[[], float] = boottime,
    ) -> None:
        """Args:
        holder: unique to this process. who: shown to those who wait.
        clock: goes on while the machine sleeps.
        """
        self.database, self.holder, self.who = database, holder, who
        self.length_s, self.clock = length_s, clock
        self.write_s = length_s / 4  # what a write may take in all
        self._held = list[Lease]()
        self._lock = threading.Lock()
        self._closed = threading.Event()
        self._thread: threading.Thread | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        """Renew no more. What is held still ends by itself."""
        self._closed.set()
        if self._thread:
            self._thread.join()

    def take(self, key: Key, run: str | None = None) -> Lease | None:
        """A lease that nobody holds; None: somebody does. Raises: DatabaseError."""
        began = self.clock()
        holder = f"{self.holder}/{token_hex(4)}"  # of this taking: asked twice over an outage, it is ours
        values = {
            "key": "/".join(key),
            "holder": holder,
            "run": run,
            "who": self.who,
            "length": self.length_s,
        }
        taken = one(self.database.rows(_TAKE, **values))
        if taken is None:
            return None
        ends_at = began + self.length_s
        lease = Lease(key, taken["epoch"], taken["taken"], taken["before"], ends_at, self)
        with self._lock:
            self._held.append(lease)
            if self._thread is None:
                self._thread = threading.Thread(target=self._keep_renewing, name="leases", daemon=True)
                self._thread.start()
        return lease

    def give_back(self, lease: Lease) -> None:
        """Let others have it at once; one that is lost stays with whom it went to."""
        with self._lock:
            self._held.remove(lease)
        lease.lost = True
        with suppress(DatabaseError):  # it ends by itself
            self.database.run(_GIVE_BACK, key=lease.name, epoch=lease.epoch)

    @contextmanager
    def held(
        self,
        key: Key,
        run: str | None = None,
        wait_s: float = 0.0,
        sleep: Callable[[float], object] = time.sleep,
    ) -> Iterator[Lease]:
        """Hold a lease, waiting for it no longer than `wait_s`.

        Raises: Locked: somebody else has it; says who, for which run and since when. DatabaseError.
        """
        ends_at = time.monotonic() + wait_s
        while (lease := self.take(key, run)) is None:
            if time.monotonic() >= ends_at and (holder := self.holder_of(key)):
                advice = "wait for it, or let this run wait with --lock-timeout 10m"
                raise Locked(f"another run works on {_told(key)}: {holder}; {advice}")
            sleep(_PAUSE_S)
        try:
            yield lease
        finally:
            self.give_back(lease)

    def holder_of(self, key: Key) -> Holder | None:
        """Who has a lease just now."""
        sql = "SELECT who, run, taken, until FROM welkin.lease WHERE key = :key AND until > :now"
        found = one(self.database.rows(sql, key="/".join(key)))
        return Holder(found["who"], found["run"], found["taken"], found["until"]) if found else None

    def renew(self) -> None:
        """Renew what is held; what is no longer ours is lost, what couldn't be asked for may still be.

        Raises: DatabaseError.
        """
        with self._lock:
            held = [lease for lease in self._held if not lease.lost]
        for lease in held:
            began = self.clock()
            if self.database.run(_RENEW, key=lease.name, epoch=lease.epoch, length=self.length_s):
                lease.deadline = began + self.length_s
            else:
                lease.lost = True

    def _keep_renewing(self) -> None:
        pause_s = self.length_s / 3
        while not self._closed.wait(pause_s):
            began = time.monotonic()
            try:
                self.renew()
            except DatabaseError:  # whoever is about to write looks at the deadline
                pause_s = self.length_s / 12
            else:
                pause_s = max(0.0, self.length_s / 3 - (time.monotonic() - began))


def _told(key: Key) -> str:
    return "/".join(key[1:])


def _moment(seconds: float) -> str:
    return datetime.fromtimestamp(int(seconds), UTC).isoformat().replace("+00:00", "Z")
