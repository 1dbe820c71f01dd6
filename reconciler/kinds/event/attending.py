"""Who takes part in an event besides its host, by the date on which it takes place. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from reconciler.kinds import Context
from reconciler.model import Key, Ref, Text
from reconciler.model.spec import ParticipantSpec

Somebody = Text | ParticipantSpec


class Attending:
    """The participants of an event or a series of whom some come and go, read once for all dates."""

    def __init__(self, said: Sequence[Somebody], context: Context) -> None:
        self.users = context.listed([each for each in said if not _is_patient(each)])
        self.patients = tuple(_ref(each) for each in said if _is_patient(each))
        self._refs = dict[int, tuple[Ref, ...]]()

    def on(self, day: date) -> tuple[Ref, ...]:
        """All of them on a date: the users of that date, then the patients."""
        turn = self.users.turn(day)
        if turn not in self._refs:
            self._refs[turn] = (*map(_user, self.users.on(day)), *self.patients)
        return self._refs[turn]


def attending(said: Sequence[Somebody], context: Context) -> Attending | tuple[Ref, ...]:
    """Who takes part, where that is the same on all dates; else who does on which."""
    return tuple(map(_ref, said)) if all(map(_stays, said)) else Attending(said, context)


def _stays(somebody: Somebody) -> bool:
    return isinstance(somebody, str) or (len(somebody) == 1 and "team" not in somebody)


def _is_patient(somebody: Somebody) -> bool:
    return not isinstance(somebody, str) and "patient" in somebody


def _ref(somebody: Somebody) -> Ref:
    if isinstance(somebody, str):
        return _user(somebody)
    if "user" in somebody:
        return _user(somebody["user"])
    patient = somebody["patient"]
    if "id" in patient:
        return Ref(Key("patientId", str(patient["id"])))
    return Ref(Key("patient", str(patient["externalId"])))


def _user(name: str) -> Ref:
    return Ref(Key("user", str(name)))
