"""What of a plan is drift: all but what merely the moving horizon brings; who wrote what is live. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta

from reconciler.kinds import Context, load_kinds
from reconciler.model import About, Action, Change, Plan, Snapshot, Touched
from reconciler.plan.brakes import brakes, kept_of

SOON = timedelta(days=14)


def only_drift(plan: Plan, live: Snapshot, context: Context) -> Plan:
    """The plan without what `apply --only-new` brings as time passes, which is counted in a warning."""
    routine = [change for change in plan.changes if change.is_routine]
    left = [change for change in plan.changes if not change.is_routine]
    changes, note = tuple(_touched(left, live)), _note(routine)
    return replace(
        plan,
        changes=changes,
        about=plan.about.with_more(About(authors=_authors(changes, plan, live), note=note)),
        warnings=(*plan.warnings, *([note] if note else ()), *_running_dry(plan.changes, context)),
        brakes=tuple(brakes(left, plan.owned, plan.limits)),
        kept=kept_of(left),
    )


def _touched(changes: Sequence[Change], live: Snapshot) -> Iterator[Change]:
    """The changes with who wrote last to what they are about, as the service says."""
    places = {index: change for index, change in enumerate(changes) if change.action is not Action.NOOP}
    told = dict[int, Touched]()
    for kind in load_kinds().values():
        own = {index: change for index, change in places.items() if change.key.kind == kind.name}
        for index, found in zip(own, kind.locate([*own.values()], live), strict=True):
            if found and own[index].live_id:
                told[index] = Touched.of(found.fields)
    nobody = Touched(None, None)
    for index, change in enumerate(changes):
        yield change._replace(touched=told.get(index, nobody))


def _authors(changes: Sequence[Change], plan: Plan, live: Snapshot) -> dict[str, str]:
    """Names of those who wrote what is live, as far as they are known."""
    ids = {change.touched.by for change in changes if change.touched and change.touched.by}
    ours = dict.fromkeys(live.our_ids | live.our_names, f"our own client {plan.client or ''}".rstrip())
    return {id: name for id in ids if (name := ours.get(id) or live.names.get(id.lower()))}


def _note(routine: Sequence[Change]) -> str:
    said = [
        kind.routine(own)
        for kind in load_kinds().values()
        if (own := [change for change in routine if change.key.kind == kind.name])
    ]
    return f"Not counted, as merely the horizon moves on: {', '.join(said)}." if said else ""


def _running_dry(changes: Sequence[Change], context: Context) -> Iterator[str]:
    """Whatever is repeated and written for a short time only, while more of it is wished."""
    today = context.today(context.environment.timezone)
    for kind in load_kinds().values():
        own = [change for change in changes if change.key.kind == kind.name]
        for name, last in sorted(kind.written_until(own).items()):
            if last < today + SOON:
                yield _dry(f"{kind.name}/{name}", last)


def _dry(name: str, last: date) -> str:
    return f"{name} is written until {last}, for less than {SOON.days} days: run `apply --only-new`"
