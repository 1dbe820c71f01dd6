"""Who takes part in an event besides its host, by the date on which it takes place. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from reconciler.kinds import Context
from reconciler.model import Key, Ref, Text
from reconciler.model.spec import ParticipantSpec, PatientRef


class Attending:
    """The participants of an event or a series; the list is read once, whatever the number of dates."""

    def __init__(self, said: Sequence[Text | ParticipantSpec], context: Context) -> None:
        people, patients = list[Text | ParticipantSpec](), list[Ref]()
        for each in said:
            if isinstance(each, str) or "patient" not in each:
                people.append(each)
            else:
                patients.append(_patient(each["patient"]))
        self.users, self.patients = context.listed(people), tuple(patients)
        self._refs = dict[int, tuple[Ref, ...]]()

    def on(self, day: date) -> tuple[Ref, ...]:
        """All of them on a date: the users of that date, then the patients."""
        turn = self.users.turn(day)
        if turn not in self._refs:
            users = (Ref(Key("user", name)) for name in self.users.on(day))
            self._refs[turn] = (*users, *self.patients)
        return self._refs[turn]


def _patient(patient: PatientRef) -> Ref:
    if "id" in patient:
        return Ref(Key("patientId", str(patient["id"])))
    return Ref(Key("patient", str(patient["externalId"])))
