"""What a resource kind is, and the one place where kinds plug in."""

from __future__ import annotations

import hashlib
import json
import re
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from functools import cache, cached_property
from importlib import import_module
from pkgutil import iter_modules
from types import MappingProxyType
from typing import ClassVar, NamedTuple

from reconciler.client import Client
from reconciler.dates.said import days_said, span_said
from reconciler.kinds._closures import UNNAMED, Closed, Closures, closures_of, free_days
from reconciler.kinds._context import (
    BEYOND,
    EXPORTED,
    Asked,
    Context,
    Dialect,
    Identified,
    Ids,
    Known,
    Leaving,
    inactive,
    no_id,
    window_of,
    without_id,
)
from reconciler.kinds._fields import TEXT, Field, same_address
from reconciler.kinds._people import Listed, Stay, check_people, teams_of, unknown_team
from reconciler.kinds._stock import Stock, Survey
from reconciler.kinds._supposed import settled, supposed_id
from reconciler.model import (
    About,
    Action,
    Change,
    Desired,
    Environment,
    FieldDiff,
    Inverse,
    Key,
    Landed,
    Live,
    Looked,
    Manifest,
    Part,
    Parts,
    Plan,
    Request,
    Snapshot,
    Source,
    Wave,
    shapes,
)
from reconciler.model.edits import Edit, Past, Untold
from reconciler.model.told import FEW, Block, Telling, block_of, unquoted
from reconciler.model.typed import JsonObject, User

__all__ = [
    "BEYOND", "EXPORTED", "TEXT", "UNNAMED", "Asked", "Closed", "Closures", "Context", "Dialect", "Field",
    "Identified", "Ids", "Kind", "Known", "Leaving", "Listed", "Stay", "Stock", "Survey", "Words",
    "check_people", "closures_of", "digest_of", "free_days", "inactive", "kind_of", "less_leavers",
    "load_kinds", "no_id", "same_address", "settled", "subject_of", "supposed_id", "teams_of", "texts_in",
    "undeclared_users", "unknown_team", "wave_of", "window_of", "without_id",
]  # fmt: skip


class Words(NamedTuple):
    """How reports speak of a kind.

    subjects: what brakes count, such as series. pieces: what is told of a subject's changes.
    told: whether texts hold values, or no more than the names of fields.
    """

    subjects: str
    pieces: str = "changes"
    told: bool = True


class Kind(ABC):
    """A resource kind: one entry of kinds/, one schema. Describes requests, never sends them.

    What most kinds answer alike is answered here.
    """

    name: ClassVar[str]
    sections: ClassVar[tuple[str, ...]]  # of manifests, whose entries it expands
    words: ClassVar[Words]
    of_tenant: ClassVar[bool] = False  # not of an instance, so that a change shows in all of them
    actions: ClassVar[frozenset[Action]] = frozenset((Action.CREATE, Action.UPDATE, Action.DELETE))
    names: ClassVar[re.Pattern[str]] = re.compile(".+")  # what keys are called by
    fields: ClassVar[tuple[Field, ...]] = ()
    after: ClassVar[tuple[str, ...]] = ()
    part: ClassVar[type[Part] | None] = None  # what its reads give; None: it has none
    identity: ClassVar[str] = ""  # the field of an answer that holds what a key is called by
    where_ids_are_written: ClassVar[str] = ""  # advice, where manifests may tell an id

    @abstractmethod
    def expand(self, manifest: Manifest, context: Context) -> Iterable[Desired]:
        """Turn one manifest into the objects it wants; what is wrong goes to `context.findings`."""

    def agreed(self, wishes: Sequence[Desired], context: Context) -> list[Desired]:
        """The wishes of all entries together; what is wrong with them only beside each other goes to the
        findings."""
        return list(wishes)

    def less_leavers(
        self, wishes: Sequence[Desired], context: Context, users: Mapping[str, User]
    ) -> list[Desired]:
        """The wishes as they are with everybody gone, from then on, who leaves.

        users: as live, by name, where they were read: people leave by their own clocks.
        """
        return list(wishes)

    def read(self, client: Client, asked: Asked, known: Parts) -> Part:
        """Read what planning needs; what only the service can tell of manifests goes to the findings.

        known: the parts of the kinds it comes `after`.
        Raises: ApiError; UsageError: the service can't do what is needed.
        """
        raise NotImplementedError

    def read_on(
        self, client: Client, live: Snapshot, wishes: Sequence[Desired], looked: Looked, context: Context
    ) -> Part | None:
        """Its part with what reports need beyond planning; None: with nothing more. Raises: ApiError."""
        return None

    def observe(self, client: Client, changes: Sequence[Change], known: Snapshot, now: datetime) -> Part:
        """Read again what the changes touch. changes: those of all kinds. Raises: ApiError."""
        raise NotImplementedError

    def survey(self, client: Client, survey: Survey, known: Parts) -> Part | None:
        """Read all there is, whatever manifests say; None: it is no matter of exports.

        Raises: ApiError; UsageError: the service can't tell.
        """
        return None

    def stock(self, live: Snapshot, survey: Survey) -> Stock | None:
        """What there is as manifests could say it, of what `survey` has read."""
        return None

    def presumed(self, wishes: Sequence[Desired], live: Snapshot, context: Context) -> Part | None:
        """Its part with what a service has to have for wishes of all kinds to make sense; None: nothing more.

        live: of a service that nobody has asked, as are those of the next two.
        """
        return None

    def after_applying(
        self, changes: Sequence[Change], live: Snapshot, author: str, context: Context
    ) -> Part | None:
        """Its part once changes of its own, which a plan made of `live`, have been carried out by `author`.

        None: it has none.
        """
        return None

    def in_sight(self, live: Snapshot, wishes: Sequence[Desired], context: Context) -> Part | None:
        """Its part with no more than planning these wishes would read; None: as it is."""
        return None

    @abstractmethod
    def plan(self, desired: Sequence[Desired], live: Snapshot, context: Context) -> Iterable[Change]:
        """Match desired with live objects and say what each needs, no-ops included; one request each."""

    def accepted(
        self,
        changes: Sequence[Change],
        wishes: Sequence[Desired],
        live: Snapshot,
        context: Context,
        past: Past,
    ) -> Iterable[Edit | Untold]:
        """The edits after which manifests say what people did in Welkin to what they declare; and what no
        edit says. changes: those of a plan, no-ops among them, of its own kind.
        """
        return [
            Untold(change.key, "no manifest is edited for it")
            for change in changes
            if change.action is not Action.NOOP
        ]

    @abstractmethod
    def locate(self, changes: Sequence[Change], live: Snapshot) -> list[Live | None]:
        """Find the live object each change is about: by its id, else by identity."""

    @abstractmethod
    def remaining(self, change: Change, found: Live | None, live: Snapshot) -> list[FieldDiff]:
        """What of a change the live object doesn't show (yet); empty when it is as wished."""

    @abstractmethod
    def digest(self, fields: JsonObject) -> str:
        """Digest of what staleness is judged by: everything but the service's own bookkeeping."""

    @abstractmethod
    def request(self, change: Change, known: Known) -> Request:
        """The call that makes a change, built of nothing but its key, action, id, `diff` and `after`."""

    def told(self, changes: Sequence[Change], telling: Telling) -> Iterable[Block]:
        """What changes come to for people, in words; none of them a no-op."""
        if not self.words.told:
            return unquoted(changes, self.name, self.words.subjects)
        return [block_of(change, self.called) for change in changes]

    def called(self, path: str) -> tuple[int, str]:
        """The place of a field in a report, by its path, and what it is called there."""
        name, _, below = path.partition(".")
        field = self.field(name)
        return field.rank, field.inside(below) if below else field.label

    def about(self, changes: Sequence[Change], live: Snapshot, context: Context) -> About:
        """What a reader needs to know besides changes of this kind; no-ops are among them."""
        return About()

    def routine(self, changes: Sequence[Change]) -> str:
        """What the moving horizon alone brings, in numbers."""
        return f"{len(changes)} of {self.name}"

    def written_until(self, changes: Sequence[Change]) -> Mapping[str, date]:
        """Of what is repeated and not written as far as it is wished: until when it is, by what brakes count.

        changes: all of the kind, no-ops among them.
        """
        return {}

    def subject(self, key: Key) -> str:
        """What a key is about, of which there may be several pieces: what brakes count."""
        return key.name

    def subject_of(self, manifest: Manifest) -> str:
        """What an entry is about, in the same words."""
        return manifest.name

    def rewrites(self, change: Change) -> bool:
        """Whether a change makes something else of an object that is there: what brakes count."""
        return change.action in (Action.UPDATE, Action.ADOPT)

    def wave(self, change: Change) -> Wave:
        """When a change is sent: what goes together is alike in it."""
        return self._waves[change.action is Action.DELETE]

    @cached_property
    def _waves(self) -> tuple[Wave, Wave]:
        return Wave(False, self.name, late=False), Wave(True, self.name, late=False)

    def chain(self, change: Change) -> str | None:
        """Whose changes go one after the other, in plan order; None for one that waits for no other."""
        return None

    def moves(self, change: Change) -> bool:
        """Whether others of its chain may be in the way of where an object is until this is done."""
        return False

    @cached_property
    def by_name(self) -> Mapping[str, Field]:
        """The fields by the service's names for them."""
        return {field.name: field for field in self.fields}

    def field(self, name: str) -> Field:
        return self.by_name.get(name) or Field(name)

    def form(self) -> shapes.Check[dict[str, object]]:
        """What a plan's file may say of an object, before and after."""
        if not self.fields:
            return shapes.mapping(shapes.plain)
        needed, optional = (
            {field.name: field.form for field in self.fields if field.needed is one} for one in (True, False)
        )
        return shapes.record(needed, optional)

    def rotates(self, manifest: Manifest, context: Context) -> bool:
        """Whether what an entry wants is written on and on as time passes."""
        return False

    def day(self, key: Key) -> date | None:
        """The date that a key names, of what takes place on dates."""
        return None

    def when(self, changes: Sequence[Change], today: date) -> str:
        """The dates that changes are about, in words; empty where they are about none."""
        days = sorted(day for change in changes if (day := self.day(change.key)))
        if len(days) > FEW:
            return span_said(days[0], days[-1], today)
        return days_said(days, today)

    def begins(self, change: Change) -> datetime | None:
        """When what a change makes begins, of what takes place at a time."""
        return None

    def become(
        self, ours: Sequence[Change], theirs: Sequence[Change], since: date, rolled: tuple[date, date]
    ) -> bool:
        """Whether changes of one chain lead to what other ones, which were approved, lead to.

        since: the first date to look at. rolled: between these the moving horizon brings what is only added.
        """
        return False

    def people(self, wish: Desired) -> Iterable[str]:
        """The users that a wish speaks of."""
        return ()

    def busy(self, wish: Desired) -> str | None:
        """Whose time a wish is about."""
        return None

    def in_own_zone(self, wish: Desired) -> bool:
        """Whether a wish is read in the zone of whose time it is about."""
        return False

    def texts(self, environment: Environment) -> Iterable[tuple[str, str]]:
        """The free texts that manifests declare, as (field, text): those are ours to tell."""
        return ()

    def texts_in(self, change: Change) -> Iterable[tuple[str, str]]:
        """The free texts that a change of a plan says."""
        return ()

    def whose(self, change: Change) -> frozenset[str]:
        """The users whose change it is."""
        return frozenset()

    def involves(self, change: Change, username: str) -> bool:
        """Whether a change speaks of a user, if only as one who takes part."""
        return username in self.whose(change)

    def leaver(self, change: Change) -> str | None:
        """The user who is gone once a change is made: all that is theirs has to have ended before."""
        return None

    def ids(self, known: Identified[Ids]) -> Ids | None:
        """Ids by name, where others refer to objects of the kind."""
        return None

    def may_have_id(self, name: str, id: str, live: Snapshot) -> bool:
        """Whether an object of which the service tells no id may be the one of this id."""
        return False

    def traceless(self, dialect: Dialect) -> str:
        """Why no second object is created once the first left no trace; empty where that does no harm."""
        return ""

    def goes_elsewhere(self, change: Change, dialect: Dialect) -> bool:
        """Whether a write of which nothing shows is to be sent once more, as it may be kept in another place;
        the dialect takes note of that."""
        return False

    def noted(self, key: Key) -> str:
        """A key as the journal may hold it."""
        return str(key)

    def objection(self, change: Change, owner: str) -> str:
        """Why no plan of ours holds such a change; empty where one may. Asked of those read from a file."""
        return ""

    def is_named(self, change: Change, found: Live, owner: str, live: Snapshot) -> bool:
        """Whether a live object is the one that the change's key names, and the one of its id."""
        return found.id == change.live_id

    def complete(self, change: Change, request: Request, found: Live | None, dialect: Dialect) -> Request:
        """The request with what it has to carry along of the live object, which no plan holds."""
        return request

    def adapt(self, body: JsonObject, dialect: Dialect) -> JsonObject:
        """A request's body in the words this service has turned out to keep."""
        return body

    def replacement(self, change: Change, body: JsonObject, found: Live) -> Request | None:
        """The whole-object request to send where a service doesn't know the change's method, if any."""
        return None

    def expired(self, change: Change, now: datetime) -> bool:
        """Whether a change is past by now, so that it is dropped and no longer sent."""
        return False

    def outdated(self, change: Change, plan: Plan, now: datetime) -> str:
        """Why a change of a plan made some time ago has to be planned anew; empty where it hasn't."""
        return ""

    def learn(self, live: Snapshot, dialect: Dialect) -> None:
        """Learn from what was read what this service keeps."""
        return

    def proven(self, live: Snapshot) -> Iterable[bool]:
        """Which POSTs are taken as meant, as what was read shows: those that go late, or those that don't."""
        return ()

    def put_back(self, change: Change) -> Change | None:
        """What puts the object back as it was, for a change that only makes sense with one that failed."""
        return None

    def inverse(self, landed: Landed, live: Snapshot, texts: frozenset[tuple[str, str]]) -> Inverse | None:
        """What undoes a change of a run, made of what the service showed before and shows now; None: nothing.

        texts: the free texts that are ours to tell, as (field, text).
        """
        change, before, now, _ = landed
        if before is None:
            return Inverse(Action.DELETE, None) if now else None
        return Inverse(Action.UPDATE if now else Action.CREATE, change.before)

    def patients_in(self, change: Change) -> Mapping[str, str]:
        """External id -> id of the patients whom a change's key and its request's path name so."""
        return {}

    def replaced(self, change: Change) -> Key | None:
        """The object that is no more what it was, as a change makes another one of it."""
        return None

    def restored(self, key: Key, after: JsonObject) -> Key:
        """What an object is called once it is back, with these fields."""
        return key


@cache
def load_kinds() -> dict[str, Kind]:
    """Import every file of kinds/ and return the kinds by name, those that come first in front.

    Raises: ValueError for a name taken twice or a cycle.
    """
    package = import_module("reconciler.kinds")
    names = [entry.name for entry in iter_modules(package.__path__) if not entry.name.startswith("_")]
    found: list[Kind] = [import_module(f"{package.__name__}.{name}").KIND for name in names]
    kinds: dict[str, Kind] = {}
    while found:
        ready = [kind for kind in found if set(kind.after) <= set(kinds)]
        if not ready or any(kind.name in kinds for kind in ready):
            raise ValueError(f"kinds that clash or wait for each other: {[kind.name for kind in found]}")
        kinds |= {kind.name: kind for kind in sorted(ready, key=lambda kind: kind.name)}
        found = [kind for kind in found if kind not in ready]
    return kinds


def kind_of(key: Key) -> Kind:
    """The kind to ask about a change, a wish or whatever else has a key."""
    return load_kinds()[key.kind]


def less_leavers(
    wishes: Iterable[Desired], context: Context, users: Mapping[str, User] = MappingProxyType({})
) -> list[Desired]:
    """The wishes of all kinds, with everybody gone who leaves. Arguments as of `Kind.less_leavers`."""
    if not context.leaving:
        return list(wishes)
    by_kind: dict[str, list[Desired]] = {}
    for wish in wishes:
        by_kind.setdefault(wish.key.kind, []).append(wish)
    found = (load_kinds()[name].less_leavers(own, context, users) for name, own in by_kind.items())
    return [wish for own in found for wish in own]


def undeclared_users(wishes: Iterable[Desired], context: Context) -> dict[str, Source]:
    """Users that wishes speak of and no manifest declares, each with the first place.

    Successors and who is named by closures, too, and whoever is in a team, but for those who have left it.
    """
    names = [leaving.successor for leaving in context.leaving.values() if leaving.successor]
    names += [*context.members(), *context.closures.users]
    found = {str(name): name.source for name in reversed(names) if name not in context.people}
    for wish in wishes:
        for name in () if wish.absent else kind_of(wish.key).people(wish):
            if name not in context.people:
                found.setdefault(name, wish.source)
    return found


def texts_in(changes: Iterable[Change]) -> frozenset[tuple[str, str]]:
    """The free texts that changes of a plan say, as (field, text)."""
    return frozenset(text for change in changes for text in kind_of(change.key).texts_in(change))


def subject_of(key: Key) -> str:
    """The person or series that a key is about."""
    return kind_of(key).subject(key)


def wave_of(change: Change) -> Wave:
    """When a change is sent."""
    return kind_of(change.key).wave(change)


def digest_of(value: object) -> str:
    """Digest of plain data, independent of key order."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return f"sha256:{hashlib.sha256(text.encode('utf-8', 'surrogatepass')).hexdigest()}"
