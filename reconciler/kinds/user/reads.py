"""Reads users: the list of the tenant, where the service has one, and one by one whom it doesn't show."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import NamedTuple

from reconciler.client import Client
from reconciler.client.reading import readable_of_user
from reconciler.errors import UsageError
from reconciler.errors.mistakes import Mistake
from reconciler.errors.nearest import did_you_mean
from reconciler.kinds import Asked, Context, Survey, subject_of, undeclared_users
from reconciler.model import Change, Desired, Key, Snapshot, Users
from reconciler.model.typed import Unreadable, User

OF_PEOPLE = frozenset(("users", "workHours", "events", "leave", "teams"))  # the sections that speak of them


class People(NamedTuple):
    """Users by name, with what can be read of those who can't; `odd`: those asked for among them; `others`:
    how many more there are."""

    users: dict[str, User]
    odd: dict[str, Unreadable]
    others: int


def read_users(client: Client, asked: Asked) -> Users:
    """The tenant's list, asked for at once, and who is wanted, of it or beside it. Raises: ApiError."""
    somebody = asked.sections is None or not OF_PEOPLE.isdisjoint(asked.sections)
    return users_wanted(client, client.users.list() if somebody else None, *asked.wanted())


def survey_users(client: Client, survey: Survey) -> Users:
    """Everybody whom an export asks for. Raises: ApiError; UsageError: nobody is called so."""
    listed = client.users.list()
    if survey.users is None and listed is None:
        raise UsageError("this service has no list of users: name them, --users johndoe,janedoe")
    named = (user.fields if isinstance(user, Unreadable) else user for user in listed or ())
    everybody = {str(user["username"]) for user in named if user.get("username")}
    users, odd, others = _people(client, everybody if survey.users is None else {*survey.users}, listed)
    for name in survey.users or ():
        if name not in users and name not in odd:
            raise UsageError(f"no user is called `{name}`{did_you_mean(name, users)}")
    ids = _ids_of(survey.context, users) | _told(users)
    return Users(by_name=users, ids=ids, odd=odd, ignored={"user": others})


def users_wanted(
    client: Client, listed: Sequence[User | Unreadable] | None, wishes: Sequence[Desired], context: Context
) -> Users:
    """The users declared, and those that hours and events speak of.

    Whom neither the manifests nor the tenant have goes to the findings. Raises: ApiError.
    """
    undeclared = undeclared_users(wishes, context)
    users, odd, others = _people(client, {*context.people, *undeclared}, listed)
    for name, source in undeclared.items():
        if name not in users:
            message = f"no user `{name}`: neither the manifests nor the tenant have one"
            context.findings.error(source, message + context.nearest_user(name), Mistake.UNKNOWN_USER)
    lost = [wish.key for wish in wishes if wish.key.kind == "user" and wish.key.name in odd]
    return Users(
        by_name=users,
        ids=_ids_of(context, users) | _told(users),
        odd=odd,
        unreadable={key: odd[key.name].said(f"the user {key.name}") for key in lost},
        ignored={"user": others},
    )


def observe_users(client: Client, changes: Sequence[Change], known: Snapshot) -> Users:
    """Read again the users that changes are about, and those whose id they need and nobody knows yet.

    Raises: ApiError.
    """
    wanted = {name for change in changes for name in _named(change)} - known.ids.keys()
    wanted |= {change.key.name for change in changes if change.key.kind == "user"}
    users, odd, _ = _people(client, wanted, client.users.list() if len(wanted) > 1 else None)
    others = {name: user for name, user in known.of(Users).by_name.items() if name not in wanted}
    return Users(
        by_name={**others, **users},
        ids={**known.ids, **_told(users)},
        odd=odd,
        unreadable={Key("user", name): user.said("the user") for name, user in odd.items()},
    )


def _people(client: Client, names: Collection[str], listed: Sequence[User | Unreadable] | None) -> People:
    """The users of these names, and all others of the list, where there is one; it may hide some."""
    found = People({}, {}, 0)
    for user in listed or ():
        found = _with(found, user, names)
    missing = sorted({*names} - found.users.keys())
    for name, read in zip(missing, client.each(client.users.get, missing), strict=True):
        if isinstance(read, Unreadable):  # whatever it calls itself, it came for this name
            found = _with(found, Unreadable(read.field, {**read.fields, "username": name}), names)
        elif read is not None:  # a look-up without regard to capitals may find somebody else
            found = _with(found, read, names)
    return found


def _with(people: People, user: User | Unreadable, names: Collection[str]) -> People:
    if not isinstance(user, Unreadable):
        people.users[user["username"]] = user
        return people
    fields = readable_of_user(user.fields)
    name = fields.get("username")
    if name is not None:
        people.users[name] = fields
    if name in names:
        people.odd[str(name)] = user
        return people
    return people._replace(others=people.others + 1)


def _told(users: Mapping[str, User]) -> dict[str, str]:
    """Ids from the service's answers."""
    return {name: user["id"] for name, user in users.items() if user.get("id")}


def _ids_of(context: Context, users: Mapping[str, User]) -> dict[str, str]:
    """Ids from the manifests' `id:`, as the reference's answers have none."""
    return {name: str(spec["id"]) for name, spec in context.people.items() if "id" in spec and name in users}


def _named(change: Change) -> Iterator[str]:
    """The people whose ids a change of hours or of an event needs."""
    if change.key.kind == "workHours":
        yield subject_of(change.key)
    if change.key.kind == "event":
        for side in (change.before or {}, change.after or {}):
            named = map(str, [side.get("hostId"), *(side.get("participants") or ())])
            yield from (name.removeprefix("user/") for name in named if name.startswith("user/"))
