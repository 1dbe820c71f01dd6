"""Users: of a tenant, known by username (reference, Users; api-facts 5)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from reconciler import routes
from reconciler.accounts import Accounts
from reconciler.diff import diff
from reconciler.kind import Context, Dialect, digest_of
from reconciler.model import Action, Change, Desired, FieldDiff, Key, Live, Manifest, Request, Snapshot
from reconciler.zones import same_zone

TEXTS = ("email", "phone", "timezone", "firstName", "lastName", "credentials", "locale")
REFERENCE_KEYS = frozenset(("username", "email", "phone", "timezone", "firstName", "lastName", "credentials"))
# Once a person is activated an API client may no longer write these (api-facts 5, "Who may write what").
FIXED_BY_ACTIVATION = frozenset(("email", "phone", "firstName", "lastName"))
ATTRIBUTES = "customUserAttributes"


class User:
    """One declared user is one object; what the manifest doesn't name is left alone."""

    name = "user"
    after: tuple[str, ...] = ()

    def expand(self, manifest: Manifest, context: Context) -> Iterator[Desired]:
        spec, cleared = manifest.spec, manifest.spec.get("clear", ())
        for name in cleared:
            if name in spec:
                context.findings.error(name.source, f"`{name}` is both set and cleared: keep one of the two")
        fields: dict[str, Any] = {name: str(spec[name]) for name in TEXTS if name in spec}
        fields |= {ATTRIBUTES if name == "attributes" else str(name): None for name in cleared}
        if "attributes" in spec:
            fields[ATTRIBUTES] = {str(name): _plain(value) for name, value in spec["attributes"].items()}
        key = Key(self.name, manifest.name)
        yield Desired(key, fields, manifest.source, absent=spec.get("ensure") == "absent")

    def plan(self, desired: Sequence[Desired], live: Snapshot, context: Context) -> Iterator[Change]:
        here = ((wish.key.name, wish.fields.get("email")) for wish in desired if not wish.absent)
        accounts = Accounts(live.users, here)
        for wish in desired:
            found = live.users.get(wish.key.name)
            if wish.absent:
                yield self._removal(wish, found, context)
            elif found is None:
                yield self._creation(wish, accounts, context)
            else:
                yield from self._updates(wish, found, accounts, context)

    def locate(self, changes: Sequence[Change], live: Snapshot) -> list[Live | None]:
        names = (change.key.name for change in changes)
        return [Live(live.ids.get(name), live.users[name]) if name in live.users else None for name in names]

    def remaining(self, change: Change, found: Live | None, live: Snapshot) -> list[FieldDiff]:
        if change.after is None:
            return [] if found is None else [FieldDiff("", "present", None)]
        if found is None:
            return [FieldDiff("", None, "present")]
        after = {name: value for name, value in change.after.items() if _kept(name, found.fields)}
        return diff(normalise(found.fields, after), after)

    def digest(self, fields: Mapping[str, Any]) -> str:
        return digest_of({name: fields.get(name) for name in (*TEXTS, ATTRIBUTES, "userState")})

    def adapt(self, body: Mapping[str, Any], dialect: Dialect) -> dict[str, Any]:
        plain = self.name in dialect.plain
        return {name: value for name, value in body.items() if not plain or name in REFERENCE_KEYS}

    def replacement(self, change: Change, body: Mapping[str, Any], found: Live) -> Request | None:
        return None

    def undo(self, change: Change) -> Request | None:
        return None

    def _creation(self, wish: Desired, accounts: Accounts, context: Context) -> Change:
        if not wish.fields.get("email"):
            context.findings.error(
                wish.source,
                f"`email` is missing: {wish.key.name} doesn't exist yet and cannot be created without",
            )
        after = {name: value for name, value in wish.fields.items() if value is not None}
        request = routes.create_user(context.scope, {"username": wish.key.name, **after})
        created = Change(wish.key, Action.CREATE, request, after=after, source=wish.source)
        reason = accounts.why_not_created(wish.key.name, after.get("email"))
        return created.blocked(reason) if reason else created

    def _removal(self, wish: Desired, found: Mapping[str, Any] | None, context: Context) -> Change:
        if found is None or found.get("userState") == "INACTIVE":
            return Change(wish.key, Action.NOOP, reason="already gone", source=wish.source)
        base = Change(
            wish.key,
            Action.DELETE,
            before=_shown(found),
            source=wish.source,
            live_id=found.get("id") or wish.key.name,
            live_digest=self.digest(found),
        )
        if "userState" in found:  # only the live service shows it, and that one refuses (api-facts 5)
            return base.blocked("the service lets no API client delete users: deactivate in Admin")
        return base.sending(routes.delete_user(context.scope, wish.key.name))

    def _updates(
        self, wish: Desired, found: Mapping[str, Any], accounts: Accounts, context: Context
    ) -> Iterator[Change]:
        after = {name: value for name, value in wish.fields.items() if _kept(name, found)}
        before = normalise(found, after)
        differing = diff(before, after)
        base = Change(
            wish.key,
            Action.UPDATE,
            before=before,
            after=after,
            source=wish.source,
            live_id=found.get("id") or wish.key.name,
            live_digest=self.digest(found),
        )
        if not differing:
            yield base.noop()
        refusals = _refusals(wish, found, differing, accounts)
        for reason, refused in refusals:
            yield base.about(refused).blocked(reason)
        spoken_for = {field.path for _, refused in refusals for field in refused}
        accepted = [field for field in differing if field.path not in spoken_for]
        if accepted:
            yield base.about(accepted).sending(_write(wish.key.name, found, after, accepted, context))


def normalise(fields: Mapping[str, Any], declared: Mapping[str, Any]) -> dict[str, Any]:
    """A live user in the words of the declared fields; whatever spells the same value is spelled alike.

    Missing, null and "" are one (api-facts 5); zones are compared by their rules, e-mails without case.
    """
    shown: dict[str, Any] = {}
    for name, wanted in declared.items():
        value = fields.get(name) or None
        if name == ATTRIBUTES and wanted is not None:
            shown[name] = {key: _plain((value or {}).get(key)) for key in wanted}
        elif value is not None and wanted is not None and _same(name, str(value), wanted):
            shown[name] = wanted
        else:
            shown[name] = value
    return shown


def _same(name: str, live: str, wanted: str) -> bool:
    match name:
        case "timezone":
            return same_zone(live, wanted)
        case "email":
            return live.casefold() == wanted.casefold()
        case _:
            return live == wanted


def _plain(value: Any) -> Any:
    """An attribute's value: text, or a list of texts whose order means nothing (api-facts 5)."""
    return sorted(map(str, value)) if isinstance(value, list) else value if value is None else str(value)


def _kept(name: str, found: Mapping[str, Any]) -> bool:
    """Whether this service keeps the field at all: the reference knows seven, the live one all."""
    return name in REFERENCE_KEYS or name in found or "userState" in found


def _refusals(
    wish: Desired, found: Mapping[str, Any], differing: Sequence[FieldDiff], accounts: Accounts
) -> list[tuple[str, list[FieldDiff]]]:
    """What of a difference can't be written: why not, and the fields it is about."""
    state = found.get("userState")
    fixed = frozenset[str]() if state in (None, "PROVISIONED") else FIXED_BY_ACTIVATION
    refused = [field for field in differing if field.path in fixed]
    if refused:
        names = ", ".join(field.path for field in refused)
        return [(f"{names}: fixed once a user is {state}; change it in Admin", refused)]
    given = [field for field in differing if field.path == "email" and field.after is not None]
    reason = accounts.why_not_given(wish.key.name, given[0].after) if given else ""
    return [(reason, given)] if reason else []


def _shown(found: Mapping[str, Any]) -> dict[str, Any]:
    return {name: found[name] for name in (*TEXTS, ATTRIBUTES) if found.get(name)}


def _write(
    username: str,
    found: Mapping[str, Any],
    after: Mapping[str, Any],
    differing: Iterable[FieldDiff],
    context: Context,
) -> Request:
    """One PATCH of the changed keys. Attributes go as a whole: whether the service merges is not known."""
    names = sorted({field.path.partition(".")[0] for field in differing})
    body = {name: after[name] for name in names}
    if ATTRIBUTES in body:
        body[ATTRIBUTES] = (
            {**(found.get(ATTRIBUTES) or {}), **(after[ATTRIBUTES] or {})} if after[ATTRIBUTES] else None
        )
    clears = any(value is None for value in body.values())
    if clears and set(found) <= REFERENCE_KEYS | {"id"}:
        whole = {name: found[name] for name in found if name in REFERENCE_KEYS} | body
        kept = {name: value for name, value in whole.items() if value is not None}
        return routes.replace_user(context.scope, username, kept)
    return routes.update_user(context.scope, username, body)


KIND = User()
