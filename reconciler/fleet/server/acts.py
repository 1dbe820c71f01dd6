"""What buttons ask for, and operators alone may: noted in the audit, then carried out as commands do it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from uuid import uuid4

from reconciler.errors import ReconcileError
from reconciler.fleet.database import Database
from reconciler.fleet.pauses import Scope, pause, resume
from reconciler.fleet.runs import Kind, ask_by_hand, cancel
from reconciler.fleet.server.access import Asker
from reconciler.fleet.server.looks import Looks
from reconciler.fleet.server.pages import Missing, digest_of
from reconciler.fleet.store import Row


class Refused(ReconcileError):
    """What was asked for isn't done; the message says why."""


class Acts:
    """Each raises Missing: it isn't there, or not theirs to see; Refused: they may look, and no more."""

    def __init__(self, database: Database, looks: Looks) -> None:
        self._database, self._looks = database, looks

    def check(self, asker: Asker, name: str) -> str:
        """Have an environment looked at now; returns the run's id."""
        place = self._place(asker, name)
        self._note(asker, place, "check", name)
        return ask_by_hand(self._database, [name], Kind.DRIFT, asker.name)[name]

    def enqueue(self, asker: Asker, names: Sequence[str], kind: Kind) -> dict[str, str]:
        """Have runs of environments wait; ids by name."""
        places = [self._place(asker, name) for name in names]
        for place in places:
            self._note(asker, place, "enqueue", place["name"], kind)
        return ask_by_hand(self._database, [*dict.fromkeys(names)], kind, asker.name)

    def apply(self, asker: Asker, name: str, digest: str, shown: Callable[[Row], str | None]) -> str:
        """Apply the plan of this digest and nothing beyond it; returns the run's id.

        shown: what plan a page shows of an environment. Raises: Refused: another one by now.
        """
        place = self._place(asker, name)
        data = shown(place)
        if data is None or digest_of(data) != digest:
            raise Refused(f"the plan of {name} is another one by now: look at it again")
        self._note(asker, place, "apply", name, f"plan of run {place['last_run']}")
        asked = ask_by_hand(self._database, [name], Kind.APPLY, asker.name, approved=place["last_run"])
        return asked[name]

    def pause(self, asker: Asker, name: str, reason: str) -> None:
        place = self._place(asker, name)
        self._note(asker, place, "pause", name, reason)
        pause(self._database, Scope("environment", name), asker.name, reason)

    def resume(self, asker: Asker, name: str) -> None:
        place = self._place(asker, name)
        self._note(asker, place, "resume", name)
        resume(self._database, Scope("environment", name))

    def cancel(self, asker: Asker, id: str) -> str:
        """Stop a run between two writes; returns the environment's name."""
        run = self._looks.run(id)
        if run is None:
            raise Missing(f"no run is called {id}")
        place = self._place(asker, run["environment"])
        self._note(asker, place, "cancel", id)
        cancel(self._database, id, asker.name)
        return str(run["environment"])

    def _place(self, asker: Asker, name: str) -> Row:
        place = self._looks.place(name)
        if not place or not asker.sees(place["tenant"]):
            raise Missing(f"no environment is called {name}")
        if not asker.operates(place["tenant"]):
            raise Refused(f"{asker.name} may look at {place['tenant']}, and do nothing: ask its operators")
        return place

    def _note(self, asker: Asker, place: Row, action: str, subject: str, detail: str | None = None) -> None:
        self._database.run(
            """INSERT INTO welkin.audit (id, at, who, tenant, action, subject, detail)
            VALUES (:id, :now, :who, :tenant, :action, :subject, :detail) ON CONFLICT (id) DO NOTHING""",
            id=uuid4().hex,
            who=asker.name,
            tenant=place["tenant"],
            action=action,
            subject=subject,
            detail=detail,
        )
