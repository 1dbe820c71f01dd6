"""CDT records of a sandbox's invented patients (reference, Custom Data Types).

Only an environment that says `demoData: true` may declare them. A record is known by its patient, its type
and the declared key fields; the type's definition in the service says which fields there are, and of what.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import cast
from urllib.parse import parse_qsl, unquote, urlencode

from reconciler import routes
from reconciler.client import Client
from reconciler.diff import diff
from reconciler.errors.mistakes import Mistake
from reconciler.errors.nearest import did_you_mean
from reconciler.kinds import Asked, Context, Kind, Known, Words, digest_of, supposed_id
from reconciler.kinds.record.part import Records
from reconciler.kinds.record.reads import observe_records, read_records
from reconciler.kinds.record.values import coerce, reads_as, same, spelled
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
    Ref,
    Request,
    Snapshot,
)
from reconciler.model.spec import RecordSpec
from reconciler.model.typed import CdtField, CdtRecord, CdtType, JsonObject

# Written by the service into every record (reference, System Fields).
SYSTEM = frozenset((
    "id", "created_at", "created_by", "created_by_name", "updated_at", "updated_by", "updated_by_name",
    "source_type", "source_name", "source_id", "external_id", "external_guid",
))  # fmt: skip


class Record(Kind):
    """One entry of the list is one record; fields that no entry names are left alone."""

    name = "record"
    sections = ("records",)
    words = Words("records", told=False)
    names = re.compile(r".+/[^/]+/[^/]+")
    part = Records
    after = ("patient", "event")

    def expand(self, manifest: Manifest, context: Context) -> Iterator[Desired]:
        spec = cast(RecordSpec, manifest.spec)
        lacking = [name for name in spec["key"] if name not in spec["fields"]]
        for name in lacking:
            context.findings.error(
                name.source, f"`{name}` is a key and stands not among the fields", Mistake.RECORD_FIELD
            )
        if lacking:
            return
        (kind, who), *_ = spec["patient"].items()
        patient = Ref(Key("patient" if kind == "externalId" else "patientId", str(who)))
        identity = urlencode([(str(name), spelled(spec["fields"][name])) for name in spec["key"]])
        names = tuple(map(str, spec["key"]))
        fields = {"patient": patient, "cdt": str(spec["type"]), "key": names, "jsonBody": spec["fields"]}
        key = Key(self.name, f"{patient.key.name}/{spec['type']}/{identity}")
        yield Desired(key, fields, manifest.source, absent=spec.get("ensure") == "absent")

    def read(self, client: Client, asked: Asked, known: Parts) -> Records:
        return read_records(client, asked, known)

    def observe(self, client: Client, changes: Sequence[Change], known: Snapshot, now: datetime) -> Records:
        mine = [change for change in changes if change.key.kind == self.name]
        return observe_records(client, mine, known) if mine else known.of(Records)

    def presumed(self, wishes: Sequence[Desired], live: Snapshot, context: Context) -> Records:
        """The types of records, all their fields of text: what they are, only a service can tell."""
        known, types = live.of(Records), dict[str, dict[str, CdtField]]()
        for wish in wishes:
            if wish.key.kind == self.name:
                fields = types.setdefault(wish.fields["cdt"], {})
                for name, value in wish.fields["jsonBody"].items():
                    fields[str(name)] = {"name": str(name), "meta": {"multiple": isinstance(value, list)}}
        made: dict[str, CdtType] = {
            name: {"name": name, "fields": [*fields.values()]} for name, fields in types.items()
        }
        return replace(known, cdts={**known.cdts, **made})

    def after_applying(
        self, changes: Sequence[Change], live: Snapshot, author: str, context: Context
    ) -> Records:
        known = live.of(Records)
        at = {place: [*records] for place, records in known.at.items()}
        for change in changes:
            if change.request:
                made: CdtRecord = {"id": supposed_id(change.key), "jsonBody": change.after or {}}
                at.setdefault(_place(change.key), []).append(made)
        return replace(known, at=at)

    def plan(self, desired: Sequence[Desired], live: Snapshot, context: Context) -> Iterator[Change]:
        known = context.known(live)
        seen: dict[tuple[str, ...], Desired] = {}
        for wish in desired:
            fields = _coerced(wish, live, context)
            if fields is None:
                continue
            identity = (*_place(wish.key), *(spelled(fields[name]) for name in wish.fields["key"]))
            first = seen.setdefault(identity, wish)
            if first is wish:
                yield self._change(wish, fields, live, known)
            else:
                place = first.source.place
                context.findings.error(
                    wish.source, f"declared twice: the same key fields as in {place}", Mistake.RECORD_TWICE
                )

    def locate(self, changes: Sequence[Change], live: Snapshot) -> list[Live | None]:
        records = (_located(change, live) for change in changes)
        return [None if record is None else Live(str(record["id"]), record) for record in records]

    def objection(self, change: Change, owner: str) -> str:
        system = sorted(SYSTEM & {*(change.after or ())})
        return f"`{system[0]}` is written by the service" if system else ""

    def patients_in(self, change: Change) -> Mapping[str, str]:
        parts, (name, _) = change.request.path.split("/") if change.request else [], _place(change.key)
        if len(parts) < 5 or parts[4].startswith("{") or name == unquote(parts[4]):
            return {}
        return {name: unquote(parts[4])}

    def noted(self, key: Key) -> str:
        """Without the key fields, which are a patient's data."""
        return str(key).rpartition("/")[0]

    def is_named(self, change: Change, found: Live, owner: str, live: Snapshot) -> bool:
        values = _values(found.fields)
        return all(reads_as(values.get(name), text) for name, text in _identity(change.key))

    def remaining(self, change: Change, found: Live | None, live: Snapshot) -> list[FieldDiff]:
        if change.after is None:
            return [] if found is None else [FieldDiff("", "present", None)]
        if found is None:
            return [FieldDiff("", None, "present")]
        differing = diff(_normal(found.fields, change.after), change.after)
        return [FieldDiff(field.path, "something else", "what is declared") for field in differing]

    def digest(self, fields: JsonObject) -> str:
        values = _values(fields)
        return digest_of({name: value for name, value in values.items() if name not in SYSTEM})

    def request(self, change: Change, known: Known) -> Request:
        name, cdt = _place(change.key)
        where, after = (known.scope, known.patient(name), cdt), dict(change.after or {})
        if change.action is Action.CREATE:
            return routes.create_record(*where, after)
        id = change.live_id or ""
        if change.action is Action.DELETE:
            return routes.delete_record(*where, id)
        return routes.update_record(*where, id, after)

    def inverse(self, landed: Landed, live: Snapshot, texts: frozenset[tuple[str, str]]) -> Inverse | None:
        step = super().inverse(landed, live, texts)
        if landed.before is None or step is None or step.action is not Action.CREATE:
            return step
        had = _values(landed.before.fields)
        whole = {name: value for name, value in had.items() if name not in SYSTEM and value is not None}
        return step._replace(after=whole)

    def _change(self, wish: Desired, fields: JsonObject, live: Snapshot, known: Known) -> Change:
        record, cdt = _find(wish, fields, live), wish.fields["cdt"]
        if record is None:
            if wish.absent:
                return Change(wish.key, Action.NOOP, reason="already gone", source=wish.source)
            created = Change(wish.key, Action.CREATE, after=fields, source=wish.source)
            return _allowed(created.sending(self.request(created, known)), live.of(Records).cdts[cdt])
        before = _normal(record, fields)
        change = Change(
            wish.key,
            Action.DELETE if wish.absent else Action.UPDATE,
            before=before,
            after=None if wish.absent else fields,
            source=wish.source,
            live_id=str(record["id"]),
            live_digest=self.digest(record),
        )
        differing = [] if wish.absent else diff(before, fields)
        if not differing and not wish.absent:
            return change.noop()
        change = change if wish.absent else change.about(differing)
        return _allowed(change.sending(self.request(change, known)), live.of(Records).cdts[cdt])


def _coerced(wish: Desired, live: Snapshot, context: Context) -> dict[str, object] | None:
    """The declared fields as the type's definition wants them; None with a finding where they don't fit."""
    cdt, before = live.of(Records).cdts.get(wish.fields["cdt"]), len(context.findings.errors)
    if cdt is None:
        return None  # whoever read it has said so
    known = {field["name"]: field for field in cdt["fields"] if field.get("editable", True)}
    coerced: dict[str, object] = {}
    for name, text in wish.fields["jsonBody"].items():
        if name not in known:
            hint = did_you_mean(name, known, f"it has {', '.join(known)}")
            context.findings.error(
                name.source, f"{cdt['name']} has no field `{name}` to write{hint}", Mistake.RECORD_FIELD
            )
            continue
        try:
            coerced[str(name)] = coerce(text, known[name], context.environment.timezone)
        except ValueError as error:
            context.findings.error(text.source, f"`{name}` {error}", Mistake.RECORD_FIELD)
    if len(context.findings.errors) > before:
        return None
    needed = [] if wish.absent or _find(wish, coerced, live) else _required(known, coerced)
    for name in needed:
        context.findings.error(
            wish.source, f"{cdt['name']} needs `{name}` in a new record", Mistake.NEEDED_TO_CREATE
        )
    return None if needed else coerced


def _required(known: Mapping[str, CdtField], given: JsonObject) -> list[str]:
    required = (name for name, field in known.items() if (field.get("meta") or {}).get("required"))
    return [name for name in required if name not in given]


def _allowed(change: Change, cdt: CdtType) -> Change:
    if cdt.get("updatable", True):
        return change
    return change.blocked(f"this API client may not write {cdt['name']}: grant it in Designer")


def _place(key: Key) -> tuple[str, str]:
    """Patient and type, as a snapshot keeps records."""
    patient, cdt, _ = key.name.rsplit("/", 2)
    return patient, cdt


def _find(wish: Desired, fields: JsonObject, live: Snapshot) -> JsonObject | None:
    wanted = {name: fields[name] for name in wish.fields["key"]}
    return _first(live.of(Records).at.get(_place(wish.key), ()), wanted)


def _located(change: Change, live: Snapshot) -> JsonObject | None:
    """The record of a change: by id, for one that is new by the key fields that its name shows."""
    records = live.of(Records).at.get(_place(change.key), ())
    if change.live_id is not None:
        return next((record for record in records if record.get("id") == change.live_id), None)
    return _first(records, {name: (change.after or {}).get(name) for name, _ in _identity(change.key)})


def _identity(key: Key) -> list[tuple[str, str]]:
    """The key fields and their values, as the manifest spelled them."""
    return parse_qsl(key.name.rpartition("/")[2], keep_blank_values=True)


def _first(records: Iterable[JsonObject], wanted: JsonObject) -> JsonObject | None:
    """The first record that shows these values."""

    def shows(record: JsonObject) -> bool:
        values = _values(record)
        return all(same(values.get(name), value) for name, value in wanted.items())

    return next(filter(shows, records), None)


def _values(record: JsonObject) -> JsonObject:
    return cast(CdtRecord, record)["jsonBody"]


def _normal(record: JsonObject, declared: JsonObject) -> dict[str, object]:
    """A live record in the words of the declared fields."""
    values = _values(record)
    return {
        name: wanted if same(values.get(name), wanted) else values.get(name)
        for name, wanted in declared.items()
    }


KIND = Record()
