"""Why a change is not sent: what the run has learnt by then makes its write useless, or harmful."""

from __future__ import annotations

from threading import Event

from reconciler.apply.outcomes import Outcomes
from reconciler.apply.sender import Sender
from reconciler.apply.trial import NO_OVERRIDES
from reconciler.errors import ApiError, Forbidden
from reconciler.kinds import kind_of, no_id, wave_of
from reconciler.model import Action, Change, Key, Status
from reconciler.plan.make import refs_of

GIVE_UP = 3  # unknown writes in a row, none landed between: the rest would wait as long for nothing
NEVER_FOR_CLIENTS = "ACCESS_FOR_API_CLIENT_RESTRICTED"  # holds for all of the kind


class Obstacles:
    """What stands in the way of one run's writes."""

    def __init__(self, outcomes: Outcomes, sender: Sender, stopped: Event) -> None:
        self._outcomes, self._sender, self._stopped = outcomes, sender, stopped
        self._refused: dict[tuple[str, str], Key] = {}  # method and kind -> whom it was refused for first
        self._traceless: dict[str, str] = {}  # kind -> why none is created any more

    def before(self, change: Change) -> tuple[Status, str] | None:
        """What becomes of a change that is not sent, and why; None for one that may be."""
        if self._stopped.is_set():
            return Status.SKIPPED, "interrupted"
        if self._outcomes.unanswered >= GIVE_UP:
            return Status.SKIPPED, "the service does not answer writes"
        if _capability(change) in self._refused:
            first = self._refused[_capability(change)]
            return Status.SKIPPED, f"refused to every API client, as for {first}"
        failed = [key for key in change.after_keys if key not in self._outcomes.landed]
        if failed:
            return Status.SKIPPED, f"needs {failed[0]}, which was not created"
        left = self._left_of_leaver(change)
        if left:
            return Status.SKIPPED, f"goes after what is theirs, and {left} has not ended"
        if wave_of(change).late and self._sender.dialect.rule_type is False:
            return Status.BLOCKED, NO_OVERRIDES
        if change.action is Action.CREATE and change.key.kind in self._traceless:
            return Status.SKIPPED, self._traceless[change.key.kind]
        unknown = sorted(key for key in refs_of(change) if self._sender.id_of(key) is None)
        if unknown:
            said = no_id(unknown[0].name)
            advice = kind_of(unknown[0]).where_ids_are_written
            return Status.BLOCKED, f"{said}: {advice}" if advice else said
        return None

    def note_refusal(self, change: Change, error: ApiError) -> None:
        """What the service refuses to all API clients is not asked again."""
        if isinstance(error, Forbidden) and error.error_code == NEVER_FOR_CLIENTS:
            self._refused.setdefault(_capability(change), change.key)

    def note_no_trace(self, kind: str, why: str) -> None:
        """The first object of a kind was taken and is not to be seen: no other is created."""
        self._traceless[kind] = why

    def _left_of_leaver(self, change: Change) -> Key | None:
        """What of a person who is to be deleted has not ended: nobody could end it once they are gone."""
        leaver = kind_of(change.key).leaver(change)
        if leaver is None:
            return None
        lost = self._outcomes.lost()
        return next((other.key for other in lost if kind_of(other.key).involves(other, leaver)), None)


def _capability(change: Change) -> tuple[str, str]:
    return (change.request.method if change.request else "", change.key.kind)
