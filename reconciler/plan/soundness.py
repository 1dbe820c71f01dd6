"""Whether a saved plan is one that planning makes: a file is data, not orders. Pure.

What it would send is built anew from kind, action, id and wish, and has to be what the file says; its brakes
are computed anew. The ids of people are taken from the file, for `apply.stale` to hold against what is live.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import product

from reconciler.diff import at
from reconciler.errors import PlanError, ReconcileError
from reconciler.kinds import Kind, Known, kind_of, subject_of, texts_in
from reconciler.model import DIFFERS, Action, Change, FieldDiff, Key, Plan, Ref, Request
from reconciler.model.typed import JsonObject
from reconciler.plan.brakes import brakes
from reconciler.plan.make import linked, ordered
from reconciler.routes import Scope

IDLE = frozenset((Action.BLOCKED, Action.NOOP))


class Doubtful(Exception):
    """Why a change is none that planning makes."""


def sound(plan: Plan, kinds: Mapping[str, Kind], path: str) -> Plan:
    """The plan with brakes of its own making, and the ids its requests know people by.

    Raises: PlanError: naming the first change that is not what its kind, action, id and wish make of it.
    """
    reader = _Reader(plan, kinds)
    for change, made_anew in zip(plan.changes, linked(plan.changes), strict=True):
        try:
            reader.check(change, made_anew.after_keys)
        except Doubtful as doubt:
            why = str(doubt)
        except (ReconcileError, ValueError, LookupError, TypeError, AttributeError):
            why = "it holds what no plan holds"
        else:
            continue
        raise PlanError(f"{path}: refused, nothing was written: {change.key}: {why}; plan again")
    changes = _in_order(plan.changes, list(kinds))
    own = tuple(brakes(changes, plan.owned, plan.limits, plan.kept))
    return replace(plan, changes=tuple(changes), brakes=own, ids=reader.ids, texts=texts_in(changes))


class _Reader:
    """Checks the changes of one plan, and gathers what they say of ids."""

    def __init__(self, plan: Plan, kinds: Mapping[str, Kind]) -> None:
        self.plan, self.kinds = plan, kinds
        self.ids: dict[Key, str] = {}
        self.named: dict[str, Key] = {}
        self.created = {change.key for change in plan.changes if change.action is Action.CREATE}
        self.sent: dict[Key, set[str | None]] = {}
        self.touched: set[tuple[str, str]] = set()
        self.known = Known(Scope(plan.tenant, plan.instance), {}, {}, frozenset(self.created))

    def check(self, change: Change, after_keys: Sequence[Key]) -> None:
        """after_keys: what it waits for. Raises: Doubtful; whatever its builder meets in nonsense."""
        if change.after_keys != after_keys:
            raise Doubtful("its `after_keys` are not the objects that its request waits for")
        if change.live_id and subject_of(change.key) not in self.plan.owned.get(change.key.kind, ()):
            raise Doubtful("it is about something live, and not among `owned`")
        if change.action in IDLE:
            if change.request:
                raise Doubtful(f"a change that is `{change.action}` has no request")
            return
        _check_sides(change)
        self._check_once(change)
        objection = self.kinds[change.key.kind].objection(change, self.plan.owner)
        if objection:
            raise Doubtful(objection)
        self._check_request(change)

    def _check_once(self, change: Change) -> None:
        """A key stands once, twice only where two live objects bear it, as after a copy by hand; and a live
        object stands once."""
        others = self.sent.setdefault(change.key, set())
        if change.live_id in others or (others and None in (change.live_id, *others)):
            raise Doubtful("it stands there twice")
        others.add(change.live_id)
        if change.live_id:
            one = change.key.kind, change.live_id.lower()
            if one in self.touched:
                raise Doubtful("another change is about the same object")
            self.touched.add(one)

    def _check_request(self, change: Change) -> None:
        assert change.request
        known = self._with_patient(change)
        for in_remarks, plain in product((False, True), repeat=2):  # as the service was when it was planned
            built = self.kinds[change.key.kind].request(
                change, known._replace(in_remarks=in_remarks, plain=plain)
            )
            ids = _ids_between(change.request, built)
            if ids is not None:
                for key, id in ids.items():
                    self._learn(key, id)
                return
        raise Doubtful("its request is not what its kind, action, id and `after` make of it")

    def _with_patient(self, change: Change) -> Known:
        """What the request is built with; the patient's id, of a record, as the path has it."""
        patients = kind_of(change.key).patients_in(change)
        for name, id in patients.items():
            self._learn(Key("patient", name), id)
        return self.known._replace(patients=patients)

    def _learn(self, key: Key, id: str) -> None:
        """One id a person, one person an id, and none for whom the plan creates itself."""
        if key in self.created:
            raise Doubtful(f"{key} is created by this plan, and has an id already")
        first = self.ids.setdefault(key, id), self.named.setdefault(id.lower(), key)
        if first[0].lower() != id.lower() or first[1] != key:
            raise Doubtful(f"{key} goes by two ids, or shares one with another")


def _check_sides(change: Change) -> None:
    """What an action needs: both sides for a change of what is there, an id and a digest for what is live."""
    if change.action not in kind_of(change.key).actions or change.request is None:
        raise Doubtful(f"`{change.action}` without a request, or not of this kind")
    new, gone = change.action is Action.CREATE, change.action is Action.DELETE
    if (change.after is None) != gone or (change.before is None and not new and not gone):
        raise Doubtful("its `before` and `after` don't fit its action")
    if (change.before is not None and new) or not (bool(change.live_id) == bool(change.live_digest) != new):
        raise Doubtful("its `id` and `liveDigest` don't fit its action")
    if new or gone:
        if change.diff:
            raise Doubtful("its `diff` compares what isn't there")
    elif not change.diff or not _is_difference(change.before or {}, change.after or {}, change.diff):
        raise Doubtful("its `diff` is not what lies between `before` and `after`")


def _is_difference(before: JsonObject, after: JsonObject, stated: Sequence[FieldDiff]) -> bool:
    """Whether the stated differences are there, and no others."""
    shared: JsonObject = {name: before.get(name) for name in after}
    for field in stated:
        path = field.path.split(".")
        if field.before != at(shared, path) or field.after != at(after, path) or path[0] not in after:
            return False
        if field.before == field.after and field.before != DIFFERS:
            return False
        shared = _with(shared, path, field.after)
    return bool(_without_none(shared) == _without_none(after))


def _with(fields: object, path: Sequence[str], value: object) -> JsonObject:
    """The fields with another value where the path leads."""
    name, *below = path
    inside = fields if isinstance(fields, Mapping) else {}
    return {**inside, name: _with(inside.get(name), below, value) if below else value}


def _without_none(value: object) -> object:
    if isinstance(value, Mapping):
        return {name: _without_none(item) for name, item in value.items() if item is not None}
    return value


def _ids_between(stated: Request, built: Request) -> dict[Key, str] | None:
    """Whose ids make one request of the other; None where they differ in anything else."""
    ids: dict[Key, str] = {}
    alike = (stated.method, stated.path, stated.query) == (built.method, built.path, built.query)
    return ids if alike and _same(stated.body, built.body, ids) else None


def _same(stated: object, built: object, ids: dict[Key, str]) -> bool:
    if isinstance(built, Ref):
        if isinstance(stated, str) and stated:
            return ids.setdefault(built.key, stated) == stated
        return bool(stated == built)
    if isinstance(built, Mapping):
        if not isinstance(stated, Mapping) or stated.keys() != built.keys():
            return False
        return all(_same(stated[name], built[name], ids) for name in built)
    if isinstance(built, (list, tuple)):
        if not isinstance(stated, list) or len(stated) != len(built):
            return False
        return all(_same(one, other, ids) for one, other in zip(stated, built, strict=True))
    return type(stated) is type(built) and bool(stated == built)


def _in_order(changes: Sequence[Change], kinds: Sequence[str]) -> list[Change]:
    """The order of sending, whatever the file's: kinds, and a person's hours together."""
    first: dict[str, int] = {}

    def place(item: tuple[int, Change]) -> int:
        number, change = item
        chain = kind_of(change.key).chain(change)
        return number if chain is None else first.setdefault(chain, number)

    return ordered([change for _, change in sorted(enumerate(changes), key=place)], kinds)
