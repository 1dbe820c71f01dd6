"""What of a plan may be carried out without another look at it. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import NamedTuple

from reconciler.errors import NotApproved
from reconciler.kinds import Context, kind_of, load_kinds, subject_of
from reconciler.model import Action, Change, Key, Plan
from reconciler.plan.brakes import brakes
from reconciler.plan.whole import torn, whole

ONLY_NEW = "only what is new is applied: changes and removals wait for a reviewed apply"
UNSEEN = "not in the approved plan: left out until somebody approves it"
DAY = timedelta(days=1)


class Ahead(NamedTuple):
    """How far ahead of a plan repeats and rotations are written, and what goes on so, by kind and name."""

    events: timedelta
    hours: timedelta
    rotating: frozenset[tuple[str, str]]

    @classmethod
    def of(cls, context: Context) -> Ahead:
        place = context.environment
        rotating = frozenset(
            (kind.name, each.name)
            for kind in load_kinds().values()
            for each in place.under(*kind.sections)
            if kind.rotates(each, context)
        )
        return cls(place.horizon, place.hours_ahead, rotating)


def only_approved(plan: Plan, approved: Sequence[Plan], patients: Mapping[str, str], ahead: Ahead) -> Plan:
    """The plan without what nobody approved: that is blocked, and named; nothing else is stopped.

    What merely the moving horizon brings needs no approval, and less than was approved is fine.
    patients: how plans name those known by now, whom the approved plan may have known by external id only,
        -> how they do by id.
    Raises: NotApproved: none of the plans is for this place.
    """
    reviewed = _of_same_place(plan, approved)
    held = _Held(plan, reviewed, patients, ahead)
    changes: list[Change] = []
    left_out: set[Key] = set()
    for change in plan.changes:
        needed = next((key for key in change.after_keys if key in left_out), None)
        if change.request and (needed or not held.holds(change)):
            left_out.add(change.key)
            change = change.blocked(f"needs {needed}, which nobody approved" if needed else UNSEEN)
        changes.append(change)
    sound = whole(changes)
    own = tuple(brakes(sound, plan.owned, plan.limits, plan.kept))
    return replace(plan, changes=tuple(sound), brakes=own)


def only_new(plan: Plan) -> Plan:
    """The plan's creations of hours and events, for the nightly run as the horizon moves on.

    Of a series only what lies beyond all that is live: an occurrence somebody deleted by hand stays away.
    Hours only of a person of whom no row has to change, but for the last, which may grow: a new row may need
    the old one to end first.
    """
    pending = [each for each in plan.pending if each.action is not Action.CREATE and not each.is_routine]
    changing = {kind_of(change.key).chain(change) for change in pending}
    parts = torn(plan.changes, lambda change: _is_new(change, changing))
    kept = [each for each in plan.changes if _is_new(each, changing) and each.bound.isdisjoint(parts)]
    return replace(plan, changes=tuple(kept), brakes=(), warnings=(*plan.warnings, ONLY_NEW))


def _is_new(change: Change, changing: Collection[str | None]) -> bool:
    if change.action is Action.NOOP:
        return True
    if change.after_keys:
        return False  # what waits for a new user or patient waits for its review, too
    chain = kind_of(change.key).chain(change)
    return change.is_routine or (
        change.action is Action.CREATE and chain is not None and chain not in changing
    )


def _of_same_place(plan: Plan, approved: Sequence[Plan]) -> Plan:
    def place(of: Plan) -> tuple[str, ...]:
        return of.api_url, of.tenant, of.instance, of.owner

    for each in approved:
        if place(each)[1:] == place(plan)[1:] and each.api_url in ("", plan.api_url):
            return each
    others = " and ".join(" ".join(place(each)[1:]) + f" at {each.api_url}" for each in approved)
    ours = f"{' '.join(place(plan)[1:])} at {plan.api_url}"
    raise NotApproved(f"the approved plan is for {others}, this is {ours}: nothing was written")


class _Held:
    """What an approved plan holds, and what the horizon brings since: more of what somebody has seen."""

    def __init__(self, plan: Plan, approved: Plan, patients: Mapping[str, str], ahead: Ahead) -> None:
        self.patients = patients
        self.changes = {(change.key, change.action): change for change in _acting(approved)}
        self.seen_until = approved.created_at + ahead.events
        self.same_wishes = plan.manifest_digest == approved.manifest_digest
        self.known = {(kind, name) for kind, names in plan.owned.items() for name in names}
        self.known |= {(change.key.kind, subject_of(change.key)) for change in _acting(approved)}
        since = plan.created_at.date() - DAY  # today is in the user's zone
        # To these dates the approved plan didn't look yet; rotations are written in whole weeks.
        rolled = (approved.created_at.date() + ahead.hours, plan.created_at.date() + ahead.hours + 7 * DAY)
        theirs = _chains(approved)
        self.chains = set[tuple[str, str]]()
        for chain, ours in _chains(plan).items():
            goes_on = chain in ahead.rotating and self._is_known(*chain)
            brought = rolled if goes_on else (since, since)
            if kind_of(ours[0].key).become(ours, theirs.get(chain, []), since, brought):
                self.chains.add(chain)

    def holds(self, change: Change) -> bool:
        chain = kind_of(change.key).chain(change)
        if chain is not None:
            return (change.key.kind, chain) in self.chains
        if change.action is Action.CREATE and self._is_brought(change):
            return True
        approved = self.changes.get((change.key, change.action))
        if approved is None:
            return False
        if change.action is Action.CREATE:
            return bool(self._named(change.after) == self._named(approved.after))
        seen = {field.path: self._named(field.after) for field in approved.diff}
        return all(
            field.path in seen and seen[field.path] == self._named(field.after) for field in change.diff
        )

    def _is_brought(self, change: Change) -> bool:
        """Whether the approved plan didn't look so far yet, and the series is none that nobody has seen."""
        begins = kind_of(change.key).begins(change)
        unseen = begins is not None and begins >= self.seen_until
        known = self._is_known(change.key.kind, subject_of(change.key))
        return unseen and known and (change.rolling or self.same_wishes)

    def _is_known(self, kind: str, name: str) -> bool:
        return self.same_wishes or (kind, name) in self.known

    def _named(self, value: object) -> object:
        """Fields with patients by id, as far as they have one; lists as files hold them."""
        if isinstance(value, Mapping):
            return {name: self._named(item) for name, item in value.items()}
        if isinstance(value, (list, tuple)):
            return sorted((self._named(item) for item in value), key=str)
        known = self.patients.get(value) if isinstance(value, str) else None
        return known.lower() if known else value


def _acting(plan: Plan) -> list[Change]:
    """The changes that send something; those of a comparison would, though it has no requests."""
    return [change for change in plan.changes if change.action not in (Action.NOOP, Action.BLOCKED)]


def _chains(plan: Plan) -> dict[tuple[str, str], list[Change]]:
    """What a plan sends one after the other, by kind and whose it is."""
    found: defaultdict[tuple[str, str], list[Change]] = defaultdict(list)
    for change in _acting(plan):
        chain = kind_of(change.key).chain(change)
        if chain is not None:
            found[change.key.kind, chain].append(change)
    return found
