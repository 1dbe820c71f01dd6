"""Which part of a plan is wanted: keys by name, glob or prefix, and people. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from fnmatch import fnmatchcase
from typing import NamedTuple

from reconciler.errors import PlanError
from reconciler.errors.nearest import did_you_mean
from reconciler.kinds import Context, kind_of, load_kinds, unknown_team
from reconciler.model import Action, Change, Environment, Key, Snapshot, Users


class Selection(NamedTuple):
    """Which part of a plan is wanted; nothing named means all. Keys take globs, prefixes match below.

    teams: those who are in them today are wanted as `users` are.
    """

    targets: tuple[str, ...] = ()
    excludes: tuple[str, ...] = ()
    users: tuple[str, ...] = ()
    teams: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.targets or self.excludes or self.users or self.teams)

    def of_today(self, context: Context) -> Selection:
        """The same with the members of its teams among its users.

        Raises: PlanError: a team that isn't declared.
        """
        for team in self.teams:
            if team not in context.teams:
                raise PlanError(unknown_team(team, context.teams))
        return self._replace(users=(*self.users, *context.in_teams(self.teams)))

    def takes(self, change: Change) -> bool:
        wanted = not (self.targets or self.users or self.teams)
        wanted = wanted or any(matches(change.key, target) for target in self.targets)
        wanted = wanted or not kind_of(change.key).whose(change).isdisjoint(self.users)
        return wanted and not any(matches(change.key, exclude) for exclude in self.excludes)


ALL = Selection()


def matches(key: Key, pattern: str) -> bool:
    """Whether a pattern names a key: exactly, by glob, or as a prefix of what lies below it."""
    below = (f"{pattern}/*", f"{pattern}@[0-9][0-9][0-9][0-9]-*")  # a username may go on with an @, too
    return any(fnmatchcase(str(key), form) for form in (pattern, *below))


def selected(
    changes: Sequence[Change], selection: Selection, context: Context, live: Snapshot
) -> list[Change]:
    """The chosen changes with those they depend on.

    Raises: PlanError: something named matches nothing, which must not look like being in sync.
    """
    keys = {change.key for change in changes} | _declared(context.environment)
    for pattern in (*selection.targets, *selection.excludes):
        if not any(matches(key, pattern) for key in keys):
            known = sorted({str(key).partition("@")[0] for key in keys})
            raise PlanError(f"nothing matches `{pattern}`{did_you_mean(pattern, known)}")
    for name in selection.users:
        if Key("user", name) not in keys and name not in live.of(Users).by_name:
            raise PlanError(f"no user is called `{name}`{did_you_mean(name, live.of(Users).by_name)}")
    selection = selection.of_today(context)
    by_key = {change.key: change for change in changes if change.action is Action.CREATE}
    wanted = {id(change) for change in changes if selection.takes(change)}
    for change in changes:
        if id(change) in wanted:
            wanted |= {id(by_key[key]) for key in change.after_keys}
    return [change for change in changes if id(change) in wanted]


def _declared(environment: Environment) -> set[Key]:
    """What manifests name, whether or not anything of it is planned."""
    kinds = load_kinds().values()
    return {Key(kind.name, each.name) for kind in kinds for each in environment.under(*kind.sections)}
