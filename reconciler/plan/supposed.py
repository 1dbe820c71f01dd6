"""A service that nobody has asked, as manifests would have made it, and what others would change there. Pure.

Whoever is declared is taken to be as declared, whoever is only spoken of to be there. Nothing else is known.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from reconciler.kinds import Context, load_kinds, subject_of, supposed_id
from reconciler.model import Action, Change, Desired, Environment, Key, Part, Plan, Snapshot
from reconciler.plan.make import make_plan
from reconciler.plan.selection import ALL, Selection


class Wanted(NamedTuple):
    """What an environment wants."""

    context: Context
    desired: Sequence[Desired]


class Supposed(NamedTuple):
    """A service that was empty before an environment was applied to it.

    live: all of it. made: the changes that made it so. left: kinds of which another environment sees nothing,
    as it is of another place.
    """

    live: Snapshot
    made: Sequence[Change]
    left: frozenset[str] = frozenset()


NOTHING = Supposed(Snapshot(), ())


def applied(wanted: Wanted, api_url: str) -> Supposed:
    """The service once all of it has been applied; what is wrong goes to the findings."""
    context, kinds = wanted.context, load_kinds()
    author = _author(context.environment)
    live = _presumed(wanted, replace(Snapshot(), our_ids=frozenset((author,))))
    plan = make_plan(wanted.desired, live, kinds, context, api_url)
    for kind in kinds.values():
        own = [change for change in plan.changes if change.key.kind == kind.name]
        live = _having(live, kind.after_applying(own, live, author, context))
    made = [change for change in plan.changes if change.request or change.live_id]
    return Supposed(live, [change for change in made if change.action is not Action.BLOCKED])


def seen_from(supposed: Supposed, base: Environment | None, wanted: Wanted) -> Supposed:
    """The same service as another environment finds it: at its place, and with all that it speaks of."""
    place, live, left = wanted.context.environment, supposed.live, frozenset[str]()
    if base and (place.tenant, place.instance) != (base.tenant, base.instance):
        shared = [kind for kind in load_kinds().values() if kind.of_tenant and place.tenant == base.tenant]
        left = frozenset(load_kinds()) - {kind.name for kind in shared}
        live = Snapshot({kind.part: live.of(kind.part) for kind in shared if kind.part})
    live = replace(live, our_ids=frozenset((_author(place),)))
    return Supposed(_presumed(wanted, live), supposed.made, left)


def planned(wanted: Wanted, supposed: Supposed, api_url: str, selection: Selection = ALL) -> Plan:
    """What an environment would change there; what is wrong goes to the findings.

    Raises: PlanError: the selection names something that isn't there.
    """
    live = supposed.live
    for kind in load_kinds().values():
        live = _having(live, kind.in_sight(supposed.live, wanted.desired, wanted.context))
    return make_plan(wanted.desired, live, load_kinds(), wanted.context, api_url, selection)


def unmanaged(supposed: Supposed, wanted: Wanted, plan: Plan) -> tuple[str, ...]:
    """What was made and the other environment lets go, which stays; `plan`: what that one changes there."""
    declared = {*_declared(wanted)}
    told = {change.live_id: change for change in plan.changes if change.live_id}

    def is_let_go(change: Change) -> bool:
        if change.key.kind in supposed.left:
            return True
        now = told.get(change.live_id or supposed_id(change.key))
        stays = now is None or (now.action is Action.NOOP and _subject(now.key) not in declared)
        return stays and _subject(change.key) not in declared

    return tuple(sorted({str(_subject(change.key)) for change in supposed.made if is_let_go(change)}))


def _declared(wanted: Wanted) -> Iterator[Key]:
    """All people, series and whatever else an environment speaks for."""
    for kind in load_kinds().values():
        for manifest in wanted.context.environment.under(*kind.sections):
            yield Key(kind.name, kind.subject_of(manifest))
    yield from (_subject(wish.key) for wish in wanted.desired)


def _subject(key: Key) -> Key:
    return Key(key.kind, subject_of(key))


def _presumed(wanted: Wanted, live: Snapshot) -> Snapshot:
    for kind in load_kinds().values():
        live = _having(live, kind.presumed(wanted.desired, live, wanted.context))
    return live


def _having(live: Snapshot, part: Part | None) -> Snapshot:
    return live.having(part) if part else live


def _author(environment: Environment) -> str:
    return supposed_id(Key("client", environment.client or ""))
