"""One `apply` beside the fleet: it takes the same leases, and is a run like any other, of cause `cli`.

It is noted in the journal of its machine as well, so that `history` there tells all that went out from there.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from secrets import token_hex

from reconciler.apply.author import Author
from reconciler.errors import DatabaseError, Exit, Interrupted, JournalError, ReconcileError
from reconciler.fleet.database import Database
from reconciler.fleet.keeping import Held
from reconciler.fleet.leases import Key, Leases
from reconciler.fleet.ledger import Ledger
from reconciler.fleet.runs import Cause, Ending, Kind, RunState, bury
from reconciler.model import Action, Plan
from reconciler.plan.planfile import to_json

_BEGIN = """
    INSERT INTO welkin.run
    (id, environment, kind, cause, asked, state, attempts, revision, requested_by, started, epoch)
    VALUES (:id, :environment, :kind, :cause, :now, 'running', 1, :revision, :by, :now, :epoch)
    ON CONFLICT (id) DO NOTHING
"""
_PLANNED = """
    INSERT INTO welkin.plan (run, data, made) VALUES (:id, :data, :now)
    ON CONFLICT (run) DO UPDATE SET data = excluded.data, made = excluded.made
"""
_END = """
    UPDATE welkin.run SET state = :state, message = :message, changes = :changes, ended = :now
    WHERE id = :id AND EXISTS (SELECT 1 FROM welkin.lease WHERE key = :lease AND epoch = :epoch)
"""
_ENDED = {
    "": Ending(RunState.SUCCEEDED),  # nothing was to be written
    "complete": Ending(RunState.SUCCEEDED),
    "interrupted": Ending(RunState.CANCELLED, message="interrupted"),
    "refused": Ending(RunState.REFUSED),
    "incomplete": Ending(RunState.FAILED, message="not all of it landed"),
}
_NOT_DONE = Ending(RunState.FAILED, message="not carried out")  # as it was refused, or could not be planned


@contextmanager
def sharing(url: str, author: Author, kind: Kind) -> Iterator[OneShot]:
    """A keeper for what a command is about to apply.

    Raises: UsageError; DatabaseError.
    """
    process = f"process {os.getpid()} on {socket.gethostname()}"
    with (
        Database.opened(url) as database,
        Leases(database, holder=f"cli/{token_hex(8)}", who=f"{author} ({process})") as leases,
    ):
        bury(database)
        yield OneShot(leases, author, kind)


class OneShot:
    """Keeps others away, and shows each environment's run in the database while it lasts and afterwards."""

    def __init__(self, leases: Leases, author: Author, kind: Kind) -> None:
        self._leases, self._author, self._kind = leases, author, kind

    @contextmanager
    def alone(self, environment: tuple[str, ...], wait_s: float) -> Iterator[Held]:
        run = token_hex(8)
        with self._leases.held(environment, run, wait_s) as lease:
            shown = _Shown(self._leases, run, lease)
            shown.begin(self._author, self._kind)
            try:
                yield shown
            except BaseException as error:
                shown.end(_ending(error))
                raise
            shown.end(shown.ending())


class _Shown(Held):
    """A run with a row and a plan of its own in the database."""

    _plan: Plan | None = None  # once it is carried out

    def begin(self, author: Author, kind: Kind) -> None:
        place = self._held[0].key
        self._leases.database.run(
            _BEGIN,
            id=self.ledger.run,
            environment=self._called(place) or "/".join(place[1:]),
            kind=kind,
            cause=Cause.CLI,
            revision=author.commit,
            by=str(author),
            epoch=self._held[0].epoch,
        )

    def record(self, plan: Plan) -> Ledger:
        self._plan = plan
        try:
            if plan.differs:
                self._leases.database.run(_PLANNED, id=self.ledger.run, data=to_json([plan]))
        except DatabaseError as error:
            raise JournalError(str(error)) from None
        return self.ledger

    def ending(self) -> Ending:
        """How it ended by itself."""
        if self._plan is None:
            return _NOT_DONE
        blocked = [each for each in self._plan.changes if each.action is Action.BLOCKED and not each.accepted]
        ended = _ENDED[self.ledger.ended]
        if blocked and ended.state is RunState.SUCCEEDED:
            return Ending(RunState.REFUSED, message=f"{blocked[0].key}: {blocked[0].reason}")
        return ended

    def end(self, ending: Ending) -> None:
        if self.ledger.is_over:
            return
        lease = self._held[0]
        changes = len(self._plan.pending) if self._plan else None
        values = {"id": self.ledger.run, "state": ending.state, "message": ending.message}
        with suppress(DatabaseError):  # it shows as ended without a word, once somebody looks
            self._leases.database.run(_END, changes=changes, lease=lease.name, epoch=lease.epoch, **values)

    def _called(self, place: Key) -> str | None:
        """What the fleet calls this environment, if it is one of its own."""
        api, tenant, instance = place[:3]
        rows = self._leases.database.rows(
            """SELECT name FROM welkin.environment
            WHERE api = :api AND tenant = :tenant AND instance = :instance ORDER BY name""",
            api=api,
            tenant=tenant,
            instance=instance,
        )
        return rows[0]["name"] if len(rows) == 1 else None


def _ending(error: BaseException) -> Ending:
    if isinstance(error, KeyboardInterrupt | Interrupted):
        return Ending(RunState.CANCELLED, message="interrupted")
    if isinstance(error, ReconcileError):
        state = RunState.REFUSED if error.exit is Exit.REFUSED else RunState.FAILED
        return Ending(state, message=next(iter(error.lines()), None))
    return Ending(RunState.FAILED, message=f"ended early ({type(error).__name__})")
