"""The nouns: immutable values that every other room speaks of. No behaviour beyond formatting and order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from enum import Enum, StrEnum
from functools import cached_property
from typing import Any, NamedTuple, Protocol, TypeVar, cast

from reconciler.dates.hours import Shifts
from reconciler.errors import Problem
from reconciler.errors.mistakes import Mistake
from reconciler.model.impact import Impact, Outlook, RotaWeek, Violation
from reconciler.model.rotation import Rotation
from reconciler.model.typed import JsonObject, Patient, Unreadable, User


class Source(NamedTuple):
    """Where in the manifests something stands: path as shown to the user, line and column from 1."""

    path: str
    line: int
    column: int = 1

    @property
    def place(self) -> str:
        return f"{self.path}:{self.line}"

    def problem(self, message: str, mistake: Mistake) -> Problem:
        return Problem(self.path, self.line, self.column, message, mistake)


Place = tuple[str, int, int]  # a source that is none yet: of ten thousands, a few are asked for


class _Placed:
    """What stands somewhere in the manifests."""

    __slots__ = ()
    _place: Place

    @property
    def source(self) -> Source:
        return Source(*self._place)


class Text(_Placed, str):
    """A scalar or key exactly as its author typed it, with its place."""

    __slots__ = ("_place",)

    def __new__(cls, value: str, place: Place) -> Text:
        text = str.__new__(cls, value)
        text._place = place
        return text


class Block(_Placed, dict[Text, "Node"]):
    """A YAML mapping; `source` is where it begins, each key knows its own place."""

    __slots__ = ("_place",)

    def __init__(self, place: Place) -> None:
        self._place = place

    def find(self, key: str) -> Node | None:
        """Return the value of a key given as plain text, None if there is none."""
        return self.get(cast(Text, key))


class Items(_Placed, list["Node"]):
    """A YAML sequence with its place."""

    __slots__ = ("_place",)

    def __init__(self, place: Place) -> None:
        self._place = place


Node = Block | Items | Text


class Key(NamedTuple):
    """Identity in plans, `--target` and `protect`: prints as `event/weekly-standup@2026-12-01`."""

    kind: str
    name: str

    def __str__(self) -> str:
        return f"{self.kind}/{self.name}"

    @classmethod
    def parse(cls, text: str) -> Key:
        kind, _, name = text.partition("/")
        return cls(kind, name)


class Ref(NamedTuple):
    """Stands for the id of an object that may not exist yet; `apply` fills it in."""

    key: Key


class Window(NamedTuple):
    """A half-open span of time, `[start, end)`; both aware."""

    start: datetime
    end: datetime


class Looked(NamedTuple):
    """Of whom, and between which instants, reports look at more than planning does."""

    people: frozenset[str]
    window: Window


class Manifest(NamedTuple):
    """One entry of one section (`users: johndoe:`), validated against its schema, not yet expanded."""

    section: str
    name: str
    spec: Node
    source: Source


@dataclass(frozen=True, slots=True)
class Limits:
    """Brakes, counted in people and series; percents bind from `least` owned objects of the kind on."""

    deletes: int = 10
    delete_percent: int = 30
    update_percent: int = 30
    least: int = 10


class Acceptance(NamedTuple):
    """Blocked changes that no exit code counts: those of matching keys, up to and with `until`."""

    pattern: str
    reason: str
    until: date
    source: Source


@dataclass(frozen=True, slots=True)
class Environment:
    """An environment file with everything it includes.

    horizon, hours_ahead: how far ahead of now repeated events and rotations are written.
    manifests: every entry of every section, in the order of sections, files, entries; the entries of a
        list (policies, records) are named by running numbers.
    digest: `sha256:…` over the bytes of the files and their places below the root; siblings don't count.
    shifts: hours by the names that stand for them.
    match_unmarked: an event without a mark that equals a declared one counts as it.
    """

    source: Source
    tenant: str
    instance: str
    client: str | None
    api_url: str | None
    owner: str
    timezone: str
    horizon: timedelta
    hours_ahead: timedelta
    limits: Limits
    protect: tuple[str, ...]
    accept: tuple[Acceptance, ...]
    prune: bool
    renamed: Mapping[str, str]
    manifests: tuple[Manifest, ...]
    digest: str
    shifts: Shifts = field(default_factory=dict)
    match_unmarked: bool = False

    def under(self, *sections: str) -> list[Manifest]:
        """The entries of these sections."""
        return [manifest for manifest in self.manifests if manifest.section in sections]


def joined(reasons: Iterable[str]) -> str:
    """Reasons in one text, each once."""
    return "; ".join(dict.fromkeys(filter(None, reasons)))


class Action(StrEnum):
    """What a change does. `retire` takes hours away where the service has no DELETE."""

    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"
    ADOPT = "adopt"
    RETIRE = "retire"
    BLOCKED = "blocked"
    NOOP = "noop"


@dataclass(slots=True)
class Desired:
    """One object as the manifests want it; `fields` in the service's words, users' ids as `Ref`.

    A value as the others: nobody writes to it. Said so to Python, it would take three times as long to make,
    and occurrences are made by ten thousands.
    why: the reason they give.
    """

    key: Key
    fields: Mapping[str, Any]
    source: Source
    absent: bool = False
    why: str = ""


class Live(NamedTuple):
    """One object as the service has it: `fields` is the raw answer, unknown keys kept."""

    id: str | None
    fields: JsonObject


DIFFERS = "differs from ours"  # stands for a free text that somebody wrote into Welkin


class FieldDiff(NamedTuple):
    """One declared field that differs; `path` in dots, as in `additionalInfo.location`."""

    path: str
    before: object
    after: object


@dataclass(frozen=True, slots=True)
class Request:
    """One call: `path` begins with the tenant; ids not known yet stand as `Ref`."""

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    body: JsonObject | None = None


class Accepted(NamedTuple):
    """Why the environment file accepts that a change is blocked, and the last date on which it does."""

    reason: str
    until: str


class Touched(NamedTuple):
    """When and by whom a live object was written last, in the service's own words; None: it doesn't say."""

    at: str | None
    by: str | None

    @classmethod
    def of(cls, fields: JsonObject) -> Touched:
        at, by = (fields.get(name) for name in ("updatedAt", "updatedBy"))
        return cls(at if isinstance(at, str) else None, by if isinstance(by, str) else None)


class Ground(Enum):
    """Why a change is as it is, for code to decide by; for people it is said as the change's reason.

    cut in: hours are rewritten only because the service keeps no overrides, by nobody's wish.
    """

    CUT_IN = "overrides are cut into the usual hours, as this service keeps none"
    PROTECTED = "protected"


class Cause(StrEnum):
    """Why a change is there: manifests were edited since a revision, somebody acted in Welkin, or both."""

    MANIFEST = "manifest"
    LIVE = "live"
    BOTH = "both"


class Wave(NamedTuple):
    """When a change is sent: after everything of the kinds before it, removals last of all.

    late: after the others of its kind.
    """

    removal: bool
    kind: str
    late: bool


class Change(NamedTuple):
    """One step of a plan, at most one request.

    before: the normalised live fields that the change speaks of (None for create).
    after: the same fields as wished (None for delete).
    reason: for people; nothing is decided by it.
    why: the reason that the manifests give, of the last word on it; likewise.
    live_id: the id of the live object the change is about, if there is one.
    live_digest: digest of the live object when the plan was made; what staleness is judged by.
    rule: of an occurrence of a series, the rule in words; for people, as `reason`.
    rolling: nothing of its series is live later on, so the moving horizon alone may have brought it; of hours
        also what makes of a row one that goes on longer, and is on all dates that were written as it was.
    cause: since a revision, where one was named.
    ground: why, for code to decide by; a plan's file has no place for it but the reason.
    touched: who wrote the live object last; None: nobody has asked, as it is no matter of drift.
    bound: of what it is a part that goes whole or not at all, a swap; a plan's file has no place for it.
    """

    key: Key
    action: Action
    request: Request | None = None
    before: Mapping[str, Any] | None = None
    after: Mapping[str, Any] | None = None
    diff: tuple[FieldDiff, ...] = ()
    after_keys: tuple[Key, ...] = ()
    reason: str = ""
    why: str = ""
    source: Source | None = None
    live_id: str | None = None
    live_digest: str | None = None
    rule: str = ""
    rolling: bool = False
    accepted: Accepted | None = None
    cause: Cause | None = None
    ground: Ground | None = None
    touched: Touched | None = None
    bound: frozenset[str] = frozenset()

    @property
    def is_routine(self) -> bool:
        """Whether merely the moving horizon brings it."""
        return self.rolling and self.action in (Action.CREATE, Action.UPDATE)

    def sending(self, request: Request) -> Change:
        return self._replace(request=request)

    def about(self, diff: Sequence[FieldDiff]) -> Change:
        """The same change, speaking of no other field than these."""
        names = {field.path.partition(".")[0] for field in diff}
        before = {name: value for name, value in (self.before or {}).items() if name in names}
        after = {name: value for name, value in (self.after or {}).items() if name in names}
        return self._replace(diff=tuple(diff), before=before, after=after)

    def blocked(self, reason: str) -> Change:
        return self._replace(action=Action.BLOCKED, request=None, reason=reason, ground=None)

    def noop(self, reason: str = "") -> Change:
        return self._replace(action=Action.NOOP, request=None, reason=reason, ground=None)

    def because(self, ground: Ground) -> Change:
        return self._replace(reason=ground.value, ground=ground)


class Landed(NamedTuple):
    """A change that reached the service: its object before the run, and as it is now, if that can be read."""

    change: Change
    before: Live | None
    now: Live | None
    unreadable: str = ""


class Inverse(NamedTuple):
    """What undoes a change that landed: the action, and the fields as they shall be.

    before: as they are, where that isn't what the change wished.
    blocked: why nobody but a person can do it. lost: what is not put back, as it isn't ours to tell.
    """

    action: Action
    after: Mapping[str, Any] | None
    before: Mapping[str, Any] | None = None
    blocked: str = ""
    lost: tuple[str, ...] = ()


class Findings:
    """Collects what is wrong (`errors`) and what is odd (`warnings`) in manifests, so all show at once."""

    def __init__(self) -> None:
        self.errors: list[Problem] = []
        self.warnings: list[Problem] = []
        self.notes: set[str] = set()  # what a plan rests on, such as the version of a package

    def error(self, source: Source, message: str, mistake: Mistake, last: bool = False) -> None:
        """`last`: the rest of the file was not read."""
        problem = source.problem(message, mistake)
        self.errors.append(problem._replace(last=last))

    def warn(self, source: Source, message: str, mistake: Mistake) -> None:
        self.warnings.append(source.problem(message, mistake))


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What one kind has read. Each kind's own holds more, all of it with a default: nothing was read.

    unreadable: objects, by key, that are ours or declared and can't be read, with the reason why all that
        depends on them is left alone. ignored: how many others there are, by what they are (`event`).
    """

    unreadable: Mapping[Key, str] = field(default_factory=dict)
    ignored: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Users(Part):
    """Users of the tenant; every kind needs their ids.

    by_name: those that exist, by username, with what can be read of those who can't.
    ids: username -> id, from the service's answers, else from a manifest's `id:`.
    odd: those asked for who can't be read.
    """

    by_name: Mapping[str, User] = field(default_factory=dict)
    ids: Mapping[str, str] = field(default_factory=dict)
    odd: Mapping[str, Unreadable] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Patients(Part):
    """Patients that the manifests name, by external id.

    declared: those declared that exist. ids: external id -> id; empty where it isn't told.
    odd: those whose id can't be read.
    """

    declared: Mapping[str, Patient] = field(default_factory=dict)
    ids: Mapping[str, str] = field(default_factory=dict)
    odd: Mapping[str, Unreadable] = field(default_factory=dict)


P = TypeVar("P", bound=Part)


class Parts(Protocol):
    """What has been read by now; asking for a part that is being read waits for it."""

    def of(self, part: type[P]) -> P: ...


@dataclass(frozen=True)
class Snapshot:
    """What the service had when it was read, a part for each kind that reads; of events what is asked for.

    our_ids: what `updatedBy` shows after a write of ours; empty if the token doesn't say.
    our_names: what it may show instead.
    """

    parts: Mapping[type[Part], Part] = field(default_factory=dict)
    our_ids: frozenset[str] = frozenset()
    our_names: frozenset[str] = frozenset()

    def of(self, part: type[P]) -> P:
        """The part of this type; an empty one where it was not read."""
        return cast(P, self.parts.get(part) or part())

    def having(self, *parts: Part) -> Snapshot:
        """The same, with these parts in place of those of their types."""
        return replace(self, parts={**self.parts, **{type(part): part for part in parts}})

    @cached_property
    def ids(self) -> Mapping[str, str]:
        """Username -> id."""
        return self.of(Users).ids

    @cached_property
    def patients(self) -> Mapping[str, str]:
        """External id -> id, of the patients the manifests name."""
        return self.of(Patients).ids

    @cached_property
    def patients_by_id(self) -> Mapping[str, str]:
        """How plans name a patient by external id -> how they do by id."""
        return {str(Key("patient", name)): str(Key("patient", id)) for name, id in self.patients.items()}

    @cached_property
    def names(self) -> Mapping[str, str]:
        """Id, in small letters, -> username."""
        return {id.lower(): name for name, id in self.ids.items()}

    @cached_property
    def unreadable(self) -> Mapping[Key, str]:
        """The parts' `unreadable` in one."""
        return {key: reason for part in self.parts.values() for key, reason in part.unreadable.items()}

    @cached_property
    def ignored(self) -> Mapping[str, int]:
        """The parts' `ignored` in one, by name."""
        counts = {what: count for part in self.parts.values() for what, count in part.ignored.items()}
        return dict(sorted(counts.items()))

    def person(self, id: str | None) -> str | None:
        """How plans name a user: `user/johndoe`, or by id where no username is known for it."""
        return None if id is None else f"user/{self.names.get(id.lower(), id)}"


@dataclass(frozen=True, slots=True)
class Brake:
    """A limit a plan exceeds; `allow` is the flag that lets exactly this through."""

    limit: str
    count: int
    allowed: int
    message: str
    allow: str


@dataclass(frozen=True, slots=True)
class About:
    """What a reader needs to know besides the changes of a plan.

    zones: the zones of people whom it concerns, where another than the environment's.
    templates: where those stand that hours come from.
    series: of those that change, how many occurrences are to come, those that go among them.
    written_until: the last date up to which repeats are written, as in 2027-01-20.
    authors: who wrote last to live objects, by the service's own word for them; where that is drift.
    note: what was left out of it.
    leaving: where it stands that somebody leaves, by username.
    shifts: hours by the names that the manifests give them.
    rotations: by name, those that changed hours come from.
    """

    zones: Mapping[str, str] = field(default_factory=dict)
    templates: Mapping[str, Source] = field(default_factory=dict)
    series: Mapping[str, int] = field(default_factory=dict)
    written_until: str | None = None
    authors: Mapping[str, str] = field(default_factory=dict)
    note: str = ""
    leaving: Mapping[str, Source] = field(default_factory=dict)
    shifts: Shifts = field(default_factory=dict)
    rotations: Mapping[str, Rotation] = field(default_factory=dict)

    def with_more(self, other: About) -> About:
        return About(
            {**self.zones, **other.zones},
            {**self.templates, **other.templates},
            {**self.series, **other.series},
            other.written_until or self.written_until,
            {**self.authors, **other.authors},
            other.note or self.note,
            {**self.leaving, **other.leaving},
            {**self.shifts, **other.shifts},
            {**self.rotations, **other.rotations},
        )


@dataclass(frozen=True, slots=True)
class Plan:
    """What differs and what would be sent, in the order it would be sent; no-ops included.

    created_at: the run's `now`, aware. window: the instants for which events were read.
    limits, owned: what brakes are computed from, besides the changes: what the manifest allows; per kind, the
        people or series whose live objects are ours.
    kept: per kind, those among them that lose something, and of which something stays as it is.
    violations: the policies it breaks. impact: what it does to people, where that was asked for.
    rota: the weeks of those who work differently.
    standing: those of the warnings about which nobody can do anything.
    unmanaged: of a comparison, the keys of what stays in the service and no manifest speaks of any more.
    texts: the free texts of events that are ours to tell, as (field, text); in no file.
    ids: of one read from a file, the ids that its requests know people by, to be held against what is live.
    """

    created_at: datetime
    tenant: str
    instance: str
    api_url: str
    client: str | None
    owner: str
    timezone: str
    manifest_digest: str
    live_digest: str
    window: Window
    changes: tuple[Change, ...]
    warnings: tuple[str, ...] = ()
    brakes: tuple[Brake, ...] = ()
    limits: Limits = Limits()
    owned: Mapping[str, frozenset[str]] = field(default_factory=dict)
    kept: Mapping[str, frozenset[str]] = field(default_factory=dict)
    violations: tuple[Violation, ...] = ()
    impact: Impact | None = None
    rota: tuple[RotaWeek, ...] = ()
    standing: tuple[str, ...] = ()
    unmanaged: tuple[str, ...] = ()
    about: About = About()
    texts: frozenset[tuple[str, str]] = frozenset()
    ids: Mapping[Key, str] = field(default_factory=dict)

    def count(self, action: Action) -> int:
        return sum(change.action is action for change in self.changes)

    @property
    def pending(self) -> list[Change]:
        """The changes that would send a request."""
        return [change for change in self.changes if change.request is not None]

    @property
    def denied(self) -> list[Violation]:
        """The policies that stop it."""
        return [violation for violation in self.violations if violation["outcome"] == "denied"]

    @property
    def is_pending(self) -> bool:
        """Whether anything is left to do that exit codes count: what is accepted isn't."""
        return any(change.action is not Action.NOOP and not change.accepted for change in self.changes)

    @property
    def differs(self) -> bool:
        """Whether anything is left to do, blocked changes included."""
        return any(change.action is not Action.NOOP for change in self.changes)


class Planned(NamedTuple):
    """A plan, and what was live when it was made: None of one that comes from a file.

    fresh: made just now; else what it touches is read again before anything is written.
    ahead: how the weeks to come are staffed, where that was asked for.
    """

    plan: Plan
    live: Snapshot | None
    fresh: bool
    ahead: Outlook | None = None


class Status(StrEnum):
    """What became of a change.

    done: sent and seen as wished. already: it was so before. failed: refused, or answered with an error.
    unknown: unanswered and not to be found. skipped: something it needs failed. blocked: never sent.
    dropped: past by now. unconverged: accepted, yet the service shows something else.
    """

    DONE = "done"
    ALREADY = "already"
    FAILED = "failed"
    UNKNOWN = "unknown"
    SKIPPED = "skipped"
    BLOCKED = "blocked"
    DROPPED = "dropped"
    UNCONVERGED = "not converged"


class Outcome(NamedTuple):
    """What became of one change, with one line about it where there is something to say.

    error_code: the service's own word for why not, where it gave one.
    """

    change: Change
    status: Status
    message: str = ""
    error_code: str | None = None


class Report(NamedTuple):
    """The outcomes of an apply, in plan order."""

    outcomes: tuple[Outcome, ...]

    def having(self, *statuses: Status) -> list[Outcome]:
        return [outcome for outcome in self.outcomes if outcome.status in statuses]
