"""Desired + live -> Plan. Touches no network, file or clock; decides everything that `apply` then does."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from operator import attrgetter

from reconciler.kinds import Context, Kind, digest_of, kind_of, less_leavers, load_kinds, subject_of, wave_of
from reconciler.model import (
    About,
    Action,
    Change,
    Desired,
    Ground,
    Key,
    Plan,
    Ref,
    Snapshot,
    Users,
    Wave,
)
from reconciler.plan.acceptance import accepting
from reconciler.plan.brakes import REMOVING, brakes, kept_of
from reconciler.plan.selection import ALL, Selection, matches, selected
from reconciler.plan.tenants import tenant_warnings
from reconciler.plan.whole import whole
from reconciler.routes import holes


def make_plan(
    desired: Sequence[Desired],
    live: Snapshot,
    kinds: Mapping[str, Kind],
    context: Context,
    api_url: str,
    selection: Selection = ALL,
) -> Plan:
    """Plan what leads from `live` to `desired`; what is wrong with manifests goes to `context.findings`.

    Raises: PlanError: the selection names something that isn't there.
    """
    environment = context.environment
    desired = less_leavers(desired, context, live.of(Users).by_name)
    changes = _changes(desired, live, kinds, context)
    owned = _owned(changes)
    changes = ordered(linked(_not_left(whole(_held_back(changes)))), list(kinds))
    today = context.today(environment.timezone)
    changes = accepting(changes, environment.accept, today, context.findings)
    chosen = selected(changes, selection, context, live) if selection else changes
    standing = tuple(_standing(desired, live, context))
    return Plan(
        created_at=context.now,
        tenant=environment.tenant,
        instance=environment.instance,
        api_url=api_url,
        client=environment.client,
        owner=environment.owner,
        timezone=environment.timezone,
        manifest_digest=environment.digest,
        live_digest=digest_of([[str(c.key), c.live_digest or c.action] for c in changes]),
        window=context.window,
        changes=tuple(chosen),
        warnings=(*_warnings(chosen, desired, live, selection, context), *standing),
        brakes=tuple(brakes(chosen, owned, environment.limits)),
        limits=environment.limits,
        owned=owned,
        kept=kept_of(chosen),
        texts=frozenset(text for kind in kinds.values() for text in kind.texts(environment)),
        standing=standing,
        about=_about(chosen, kinds, live, context),
    )


def _changes(
    desired: Sequence[Desired], live: Snapshot, kinds: Mapping[str, Kind], context: Context
) -> list[Change]:
    """What each kind would change, without what can't be judged and what is protected."""
    wishes: dict[str, list[Desired]] = {name: [] for name in kinds}
    for wish in desired:
        wishes[wish.key.kind].append(wish)
    planned = (change for name, kind in kinds.items() for change in kind.plan(wishes[name], live, context))
    return _spared(_readable_only(planned, live.unreadable), context.environment.protect)


def _owned(changes: Iterable[Change]) -> dict[str, frozenset[str]]:
    """Per kind, the people or series whose live objects are ours."""
    owned = defaultdict[str, set[str]](set)
    keys = (change.key for change in changes if change.live_id is not None)
    for name, own in groupby(keys, key=attrgetter("kind")):
        owned[name].update(map(load_kinds()[name].subject, own))
    return {kind: frozenset(names) for kind, names in owned.items()}


def _about(changes: Sequence[Change], kinds: Mapping[str, Kind], live: Snapshot, context: Context) -> About:
    about = About()
    if any(change.action is not Action.NOOP for change in changes):
        about = About(shifts=context.environment.shifts)
        for kind in kinds.values():
            own = [change for change in changes if change.key.kind == kind.name]
            about = about.with_more(kind.about(own, live, context))
    return about


def _readable_only(changes: Iterable[Change], unreadable: Mapping[Key, str]) -> list[Change]:
    """Block whatever is about a person or a series of which something can't be read; and say so where
    nothing else does."""
    if not unreadable:
        return list(changes)
    reasons = {(key.kind, subject_of(key)): (key, reason) for key, reason in unreadable.items()}
    kept, said = list[Change](), set[tuple[str, str]]()
    for change in changes:
        subject = change.key.kind, subject_of(change.key)
        key, reason = reasons.get(subject, (None, ""))
        if key and (change.action is not Action.NOOP or change.key in unreadable):
            said.add(subject)
            # What was read is not all there is: no difference is told from it.
            before = change.before if change.after is None else None
            change = change.blocked(reason)._replace(before=before, diff=())
        kept.append(change)
    silent = [found for subject, found in reasons.items() if subject not in said]
    return kept + [Change(key, Action.BLOCKED, reason=reason) for key, reason in silent]


def _spared(changes: Sequence[Change], protect: Sequence[str]) -> list[Change]:
    """Take removals of protected objects out; a person's hours that stay block what was to replace them."""
    if not protect:
        return list(changes)

    def is_protected(key: Key | None) -> bool:
        return key is not None and any(matches(key, pattern) for pattern in protect)

    kept = [
        change.noop().because(Ground.PROTECTED)
        if change.action in REMOVING and is_protected(change.key)
        else change
        for change in changes
    ]
    held = {
        _timeline(change)
        for change in kept
        if change.ground is Ground.PROTECTED or is_protected(kind_of(change.key).replaced(change))
    } - {None}
    reason = "hours under `protect` stand on these dates: lift the protection, or leave these hours out"
    return [
        change.blocked(reason) if change.request and _timeline(change) in held else change for change in kept
    ]


def _timeline(change: Change) -> tuple[str, bool] | None:
    """Whose rows of hours a change is about: the usual ones, or the overrides."""
    chain = kind_of(change.key).chain(change)
    return None if chain is None else (chain, wave_of(change).late)


def _held_back(changes: Sequence[Change]) -> list[Change]:
    """Block what waits for the id of an object that will not be created."""
    missing = {c.key for c in changes if c.action is Action.BLOCKED and (c.live_id or c.before) is None}
    if not missing:
        return list(changes)
    needs = ((change, min(refs_of(change) & missing, default=None)) for change in changes)
    return [change.blocked(f"needs {key}, which is blocked") if key else change for change, key in needs]


def _not_left(changes: Sequence[Change]) -> Sequence[Change]:
    """Block the deletion of people of whose things something stays: nobody could end it afterwards."""
    sent = (change for change in changes if change.request)
    leavers = {change.key: name for change in sent if (name := kind_of(change.key).leaver(change))}
    if not leavers:
        return changes
    stays = [c for c in changes if c.action is Action.BLOCKED or c.ground is Ground.PROTECTED]
    left = {
        key: other
        for key, name in leavers.items()
        for other in reversed(stays)  # so that the first one is told
        if kind_of(other.key).involves(other, name)
    }
    return [
        change.blocked(f"goes last, and {left[change.key].key} stays: {left[change.key].reason}")
        if change.request and change.key in left
        else change
        for change in changes
    ]


def linked(changes: Iterable[Change]) -> list[Change]:
    """Say of each change which others of the plan its ids come from."""
    changes = list(changes)
    created = {change.key for change in changes if change.action is Action.CREATE}
    if not created:
        return changes
    needs = ((change, refs_of(change) & created) for change in changes)
    return [change._replace(after_keys=tuple(sorted(keys))) if keys else change for change, keys in needs]


def refs_of(change: Change) -> set[Key]:
    """The objects whose ids a request waits for."""
    return {*holes(change.request.path), *_refs(change.request.body)} if change.request else set()


def _refs(value: object) -> Iterator[Key]:
    if isinstance(value, Ref):
        yield value.key
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _refs(item)
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from _refs(item)


def ordered(changes: Iterable[Change], kinds: Sequence[str]) -> list[Change]:
    """Kinds in dependency order, deletions last and in reverse; a kind's own order stays."""

    def rank(wave: Wave) -> tuple[bool, int, bool]:
        place = kinds.index(wave.kind)
        return wave.removal, -place if wave.removal else place, wave.late

    waves = defaultdict[Wave, list[Change]](list)
    for wave, own in groupby(changes, key=wave_of):
        waves[wave].extend(own)
    return [change for wave in sorted(waves, key=rank) for change in waves[wave]]


def _warnings(
    changes: Sequence[Change],
    desired: Sequence[Desired],
    live: Snapshot,
    selection: Selection,
    context: Context,
) -> Iterator[str]:
    yield from map(str, sorted(context.findings.warnings))
    if selection:
        yield "this is a partial plan: what was not selected is neither shown nor applied"
    for team in selection.teams:
        if not context.in_teams([team]):
            yield f"nobody is in the team {team} today"
    yield from tenant_warnings(changes)
    ignored = [f"{count} {what}{'s' * (count > 1)}" for what, count in live.ignored.items() if count]
    if ignored:
        are = "is" if sum(live.ignored.values()) == 1 else "are"
        yield f"{' and '.join(ignored)} of others can't be read and {are} ignored"
    spared = sorted({f"{c.key.kind}/{subject_of(c.key)}" for c in changes if c.ground is Ground.PROTECTED})
    if spared:
        yield f"protected, so neither deleted nor retired: {_listed(spared)}"
    zoneless = sorted(_zoneless(desired, live, context))
    if zoneless:
        zone = context.environment.timezone
        yield f"no timezone of their own: {_listed(zoneless)}; their hours and leave are read in {zone}"


def _standing(desired: Sequence[Desired], live: Snapshot, context: Context) -> Iterator[str]:
    """What is so, and nobody can do anything about in the manifests."""
    yield from sorted(context.findings.notes)
    waiting = sorted(_not_bookable(desired, live, context))
    if waiting:
        yield f"not bookable until activated in Admin (PROVISIONED): {_listed(waiting)}"


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")


def _zoneless(desired: Iterable[Desired], live: Snapshot, context: Context) -> set[str]:
    """People with hours or leave of whom neither manifests nor service say in which zone they live."""
    names = {kind.busy(wish) for wish in desired if (kind := kind_of(wish.key)).in_own_zone(wish)} - {None}
    return {name for name in names if name and not context.own_zone(name, live.of(Users).by_name.get(name))}


def _not_bookable(desired: Iterable[Desired], live: Snapshot, context: Context) -> set[str]:
    """People with hours or events whom nobody has activated yet."""
    users = live.of(Users).by_name
    waiting = {name for name in users if users[name].get("userState") == "PROVISIONED"}
    waiting -= context.leaving.keys()
    return waiting & {kind_of(wish.key).busy(wish) for wish in desired} if waiting else waiting
