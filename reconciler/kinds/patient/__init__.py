"""Invented patients of a sandbox, known by external id (reference, Patients).

Only an environment that says `demoData: true` may declare them. Created and changed, never deleted. What a
person would call patient data stays out of every sentence: differences read back are named, not quoted.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import cast

from reconciler import routes
from reconciler.client import Client
from reconciler.dates.zones import same_zone
from reconciler.diff import diff
from reconciler.errors.mistakes import Mistake
from reconciler.kinds import (
    Asked,
    Context,
    Field,
    Identified,
    Ids,
    Kind,
    Known,
    Words,
    digest_of,
    same_address,
    supposed_id,
)
from reconciler.kinds.patient.reads import named_in, observe_patients, read_patients
from reconciler.model import (
    Action,
    Change,
    Desired,
    FieldDiff,
    Inverse,
    Key,
    Landed,
    Live,
    Manifest,
    Parts,
    Patients,
    Request,
    Snapshot,
    typed,
)
from reconciler.model.shapes import Check, mapping, plain
from reconciler.model.spec import PatientSpec, cleared_in
from reconciler.model.typed import JsonObject

NEEDED = ("firstName", "lastName")  # to create one
FIELDS = (
    *map(Field, NEEDED), Field("middleName"), Field("birthDate"), Field("gender"), Field("maritalStatus"),
    Field("primaryLanguage"), Field("secondaryLanguage"),
    Field("email", same=same_address), Field("secondaryEmail", same=same_address),
    Field("phone"), Field("secondaryPhone"), Field("country"), Field("state"), Field("city"), Field("zip"),
    Field("addressLine1"), Field("addressLine2"), Field("timezone", same=same_zone),
)  # fmt: skip
KEPT_FOREVER = "the service lets no API client delete patients"


class Patient(Kind):
    """One declared patient is one object; what the manifest doesn't name is left alone."""

    name = "patient"
    sections = ("patients",)
    words = Words("patients", told=False)  # invented as they are, their values are in no text
    fields = FIELDS
    actions = frozenset((Action.CREATE, Action.UPDATE))
    part = Patients
    identity = "externalId"
    after = ("user",)

    def expand(self, manifest: Manifest, context: Context) -> Iterator[Desired]:
        spec = cast(PatientSpec, manifest.spec)
        cleared = cleared_in(spec, context.findings)
        fields = {name: _written(name, str(spec[name])) for name in self.by_name if name in spec}
        yield Desired(
            Key(self.name, manifest.name), fields | dict.fromkeys(map(str, cleared)), manifest.source
        )

    def read(self, client: Client, asked: Asked, known: Parts) -> Patients:
        return read_patients(client, asked)

    def observe(self, client: Client, changes: Sequence[Change], known: Snapshot, now: datetime) -> Patients:
        return observe_patients(client, changes, known)

    def presumed(self, wishes: Sequence[Desired], live: Snapshot, context: Context) -> Patients:
        """Whom others name by external id and nobody declares, and who is declared without a name."""
        known = live.of(Patients)
        own = {wish.key.name: wish.fields for wish in wishes if wish.key.kind == self.name}
        others = {name for wish in wishes for name in named_in(wish)} - own.keys()
        ids = {name: supposed_id(Key(self.name, name)) for name in sorted(others)}
        lacking = {name for name, said in own.items() if not all(map(said.get, NEEDED))}
        return _with(
            replace(known, ids={**ids, **known.ids}), {name: {} for name in lacking - known.declared.keys()}
        )

    def after_applying(
        self, changes: Sequence[Change], live: Snapshot, author: str, context: Context
    ) -> Patients:
        return _with(live.of(Patients), {each.key.name: each.after or {} for each in changes if each.request})

    def plan(self, desired: Sequence[Desired], live: Snapshot, context: Context) -> Iterator[Change]:
        known = context.known(live)
        for wish in desired:
            found = live.of(Patients).declared.get(wish.key.name)
            yield self._creation(wish, context, known) if found is None else self._update(wish, found, known)

    def locate(self, changes: Sequence[Change], live: Snapshot) -> list[Live | None]:
        patients = (live.of(Patients).declared.get(change.key.name) for change in changes)
        return [None if found is None else Live(found["id"], found) for found in patients]

    def form(self) -> Check[dict[str, object]]:
        """Of anything: `objection` says better what is none of its fields."""
        return mapping(plain)

    def objection(self, change: Change, owner: str) -> str:
        unknown = sorted({*(change.after or ())} - {*self.by_name})
        return f"patients have no `{unknown[0]}` to write" if unknown else ""

    def ids(self, known: Identified[Ids]) -> Ids:
        return known.patients

    def is_named(self, change: Change, found: Live, owner: str, live: Snapshot) -> bool:
        return found.id == change.live_id and found.fields.get("externalId") == change.key.name

    def remaining(self, change: Change, found: Live | None, live: Snapshot) -> list[FieldDiff]:
        if found is None:
            return [FieldDiff("", None, "present")]
        after = change.after or {}
        differing = diff(normalise(found.fields, after), after)
        return [FieldDiff(field.path, "something else", "what is declared") for field in differing]

    def digest(self, fields: JsonObject) -> str:
        return digest_of({name: fields.get(name) or None for name in self.by_name})

    def request(self, change: Change, known: Known) -> Request:
        after = dict(change.after or {})
        if change.action is Action.CREATE:
            return routes.create_patient(known.scope, {"externalId": change.key.name, **after})
        return routes.update_patient(known.scope, change.live_id or "", after)

    def inverse(self, landed: Landed, live: Snapshot, texts: frozenset[tuple[str, str]]) -> Inverse | None:
        step = super().inverse(landed, live, texts)
        if landed.now is None or step is None:
            return None
        return step._replace(blocked=KEPT_FOREVER) if step.action is Action.DELETE else step

    def _creation(self, wish: Desired, context: Context, known: Known) -> Change:
        missing = [f"`{name}`" for name in NEEDED if not wish.fields.get(name)]
        if missing:
            message = f"{' and '.join(missing)} needed: {wish.key} doesn't exist yet"
            context.findings.error(wish.source, message, Mistake.NEEDED_TO_CREATE)
        after = {name: value for name, value in wish.fields.items() if value is not None}
        created = Change(wish.key, Action.CREATE, after=after, source=wish.source)
        return created.sending(self.request(created, known))

    def _update(self, wish: Desired, found: typed.Patient, known: Known) -> Change:
        before = normalise(found, wish.fields)
        differing = diff(before, wish.fields)
        change = Change(
            wish.key,
            Action.UPDATE,
            before=before,
            after=wish.fields,
            source=wish.source,
            live_id=found["id"],
            live_digest=self.digest(found),
        )
        if not differing:
            return change.noop()
        change = change.about(differing)
        return change.sending(self.request(change, known))


def normalise(fields: JsonObject, declared: JsonObject) -> dict[str, object]:
    """A live patient in the words of the declared fields; missing, null and "" are one."""
    return {name: _normal(name, fields.get(name) or None, wanted) for name, wanted in declared.items()}


def _with(patients: Patients, fields: Mapping[str, JsonObject]) -> Patients:
    """Patients with these fields, as a service would show them that nobody has asked."""
    ids = {name: supposed_id(Key("patient", name)) for name in fields}
    made = {
        name: cast(
            typed.Patient,
            {**patients.declared.get(name, {}), **said, "id": ids[name], "externalId": name},
        )
        for name, said in fields.items()
    }
    return replace(patients, declared={**patients.declared, **made}, ids={**patients.ids, **ids})


def _normal(name: str, live: object, wanted: object) -> object:
    same = live is not None and wanted is not None and KIND.field(name).same(str(live), str(wanted))
    return wanted if same else live


def _written(name: str, text: str) -> str:
    """A date of birth is a midnight in UTC."""
    return f"{text}T00:00:00.000Z" if name == "birthDate" else text


KIND = Patient()
