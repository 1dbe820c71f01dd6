"""Users of the tenant (reference, Users)."""

from __future__ import annotations

from reconciler import routes
from reconciler.client.answers import about_another
from reconciler.client.paging import largest_pages
from reconciler.client.reading import is_uuid, read_user
from reconciler.client.resource import Resource, is_about
from reconciler.errors import ApiError
from reconciler.model.typed import JsonObject, Unreadable, User

# 403: a client may lack the right to list, and still read single users.
_NO_LIST = frozenset({400, 403, 404, 405, 406, 410, 422, 501})

Listed = list[User | Unreadable] | None


class Users(Resource):
    """Keys that are unset are missing, not null; which keys may be written depends on `userState`."""

    __slots__ = ()

    def list(self) -> Listed:
        """All users, by username; None where this service has no list of users.

        Not in the reference, so that a service that knows only that one has none.
        """
        found = None if self.dialect.user_list is False else self.session.line.once.of("users", self._list)
        self.dialect.user_list = found is not None
        return found

    def _list(self) -> Listed:
        try:
            pages = largest_pages(
                self.session, self.dialect, lambda size: routes.list_users(self.scope, size=size)
            )
        except ApiError as error:
            if error.status not in _NO_LIST:
                raise
            return None
        return _alike([read_user(raw) for raw in pages])

    def get(self, key: str, by_id: bool = False) -> User | Unreadable | None:
        """One user by username, or by UUID; None if the tenant has none such.

        Raises: NoAnswer: the answer is about somebody else. Reference: Read User Record.
        """
        return self.session.line.once.of(("user", key, by_id), lambda: self._get(key, by_id))

    def _get(self, key: str, by_id: bool) -> User | Unreadable | None:
        request = routes.read_user(self.scope, key, by_id)
        raw = self.one_or_none(request)
        if raw is None:
            return None
        user = read_user(raw)
        name = "id" if by_id else "username"
        if isinstance(user, Unreadable) and user.field == name:
            return user
        if not is_about(key, raw.get(name)):
            raise about_another(request)
        return user

    def create(self, body: JsonObject) -> JsonObject:
        """Create; `username` and `email` are required. The new user is PROVISIONED, its seat is manual.

        Reference: Create User Record.
        """
        return self.one(routes.create_user(self.scope, body))

    def update(self, username: str, body: JsonObject) -> JsonObject:
        """PATCH the given keys. The answer's `updatedAt` is the old one.

        Reference: Update User Record (Partial update).
        """
        return self.one(routes.update_user(self.scope, username, body))

    def replace(self, username: str, body: JsonObject) -> JsonObject:
        """PUT the whole user; keys left out may be erased. Reference: Update User Record (Full update)."""
        return self.one(routes.replace_user(self.scope, username, body))

    def delete(self, username: str, by_id: bool = False) -> None:
        """Delete; the live service refuses it to every API client (Forbidden).

        Reference: Delete User Record.
        """
        self.session.send(routes.delete_user(self.scope, username, by_id))


def _alike(users: list[User | Unreadable]) -> list[User | Unreadable]:
    """Where ids are UUIDs, as the service's are, one that is none can't be read."""
    ids = [user["id"] for user in users if not isinstance(user, Unreadable) and user.get("id")]
    if all(map(is_uuid, ids)) or not any(map(is_uuid, ids)):
        return users
    return [
        Unreadable("id", user)
        if not isinstance(user, Unreadable) and user.get("id") and not is_uuid(user["id"])
        else user
        for user in users
    ]
