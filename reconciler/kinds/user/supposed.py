"""Users of a service that nobody has asked, as the recorded one would show them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import cast

from reconciler.kinds import supposed_id
from reconciler.model import Key, Users
from reconciler.model.typed import JsonObject, User

BORN_WITH = {"locale": "en-US"}  # what the service gives to whom it creates


def users_with(users: Users, fields: Mapping[str, JsonObject], names: Iterable[str]) -> Users:
    """Users with these fields, by username, new ones too; in which state they are is not known.

    names: of all fields there are.
    """
    unset = dict.fromkeys((*names, "userState"))
    by_name = dict(users.by_name)
    for name, said in sorted(fields.items()):
        own = {"username": name, "id": supposed_id(Key("user", name))}
        by_name[name] = cast(User, {**unset, **by_name.get(name, {}), **said, **own})
    return replace(users, by_name=by_name, ids={name: user["id"] for name, user in by_name.items()})
