"""Users: of a tenant, known by username (reference, Users)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, cast

from reconciler import routes
from reconciler.client import Client
from reconciler.diff import diff
from reconciler.errors.mistakes import Mistake
from reconciler.kinds import (
    Asked,
    Context,
    Dialect,
    Identified,
    Ids,
    Kind,
    Known,
    Survey,
    Words,
    digest_of,
    no_id,
    undeclared_users,
)
from reconciler.kinds.user.departures import BY_ADMIN, check, guarded, in_last_night, refuse, why_not_yet
from reconciler.kinds.user.fields import (
    ATTRIBUTES,
    FIELDS,
    FIXED_BY_ACTIVATION,
    REFERENCE_KEYS,
    attributes_of,
    is_kept,
    is_plain,
    normalise,
    plain_value,
    shown,
    whole,
    without_none,
)
from reconciler.kinds.user.reads import observe_users, read_users, survey_users
from reconciler.kinds.user.supposed import BORN_WITH, users_with
from reconciler.kinds.user.twins import warn_of_twins
from reconciler.manifest.accounts import Accounts
from reconciler.model import (
    About,
    Action,
    Change,
    Desired,
    FieldDiff,
    Inverse,
    Key,
    Landed,
    Live,
    Manifest,
    Parts,
    Request,
    Snapshot,
    Users,
    typed,
)
from reconciler.model.edits import Edit, Past, Untold
from reconciler.model.spec import UserSpec, cleared_in
from reconciler.model.told import Block, Telling
from reconciler.model.typed import JsonObject

if TYPE_CHECKING:
    from reconciler.kinds.user.stock import People

GONE, ON_DUTY = "already gone", "goes once the last night is over"


class User(Kind):
    """One declared user is one object; what the manifest doesn't name is left alone."""

    name = "user"
    sections = ("users",)
    words = Words("users")
    fields = FIELDS
    of_tenant = True
    part = Users
    identity = "username"
    where_ids_are_written = "write `id:` beside the user's e-mail"

    def expand(self, manifest: Manifest, context: Context) -> Iterator[Desired]:
        spec = cast(UserSpec, manifest.spec)
        said: JsonObject = spec
        fields: dict[str, object] = {f.name: str(said[f.name]) for f in FIELDS if f.copied and f.name in said}
        cleared = cleared_in(said, context.findings)
        fields |= {ATTRIBUTES if name == "attributes" else str(name): None for name in cleared}
        if "attributes" in spec:
            fields[ATTRIBUTES] = {str(name): plain_value(value) for name, value in spec["attributes"].items()}
        check(manifest, context)
        key = Key(self.name, manifest.name)
        yield Desired(
            key,
            fields,
            manifest.source,
            absent=spec.get("ensure") == "absent",
            why=str(spec.get("reason", "")),
        )

    def read(self, client: Client, asked: Asked, known: Parts) -> Users:
        return read_users(client, asked)

    def survey(self, client: Client, survey: Survey, known: Parts) -> Users:
        return survey_users(client, survey)

    def stock(self, live: Snapshot, survey: Survey) -> People:
        from reconciler.kinds.user.stock import stock_of_users

        return stock_of_users(live, survey)

    def observe(self, client: Client, changes: Sequence[Change], known: Snapshot, now: datetime) -> Users:
        return observe_users(client, changes, known)

    def presumed(self, wishes: Sequence[Desired], live: Snapshot, context: Context) -> Users:
        """Whom others speak of and nobody declares, and who is declared as nobody could be created."""
        known = live.of(Users)
        own = (wish for wish in wishes if wish.key.kind == self.name and not wish.absent)
        lacking = (wish.key.name for wish in own if not wish.fields.get("email"))
        names = {*lacking, *undeclared_users(wishes, context)} - known.by_name.keys()
        return users_with(known, {name: {} for name in names}, self.by_name)

    def after_applying(
        self, changes: Sequence[Change], live: Snapshot, author: str, context: Context
    ) -> Users:
        made = {
            each.key.name: (BORN_WITH if each.action is Action.CREATE else {}) | dict(each.after or {})
            for each in changes
            if each.request
        }
        return users_with(live.of(Users), made, self.by_name)

    def agreed(self, wishes: Sequence[Desired], context: Context) -> list[Desired]:
        warn_of_twins(context)
        return list(wishes)

    def plan(self, desired: Sequence[Desired], live: Snapshot, context: Context) -> Iterator[Change]:
        users = live.of(Users).by_name
        for manifest in context.environment.under(*self.sections):
            if manifest.name in context.leaving and manifest.name in users:
                refuse(manifest, users[manifest.name], live, context)
        left = {
            wish.key.name for wish in desired if context.has_left(wish.key.name, users.get(wish.key.name))
        }
        here = ((wish.key.name, wish.fields.get("email")) for wish in desired if wish.key.name not in left)
        accounts, known = Accounts(users, here), context.known(live)
        for wish in desired:
            found = users.get(wish.key.name)
            if wish.key.name in left:
                yield self._removal(wish, found, live, context)
            elif found is None and wish.key.name in context.leaving and "email" not in wish.fields:
                yield Change(wish.key, Action.NOOP, reason=GONE, source=wish.source)
            elif found is None:
                yield self._creation(wish, accounts, context, known)
            else:
                yield from self._updates(wish, found, accounts, known)

    def accepted(
        self,
        changes: Sequence[Change],
        wishes: Sequence[Desired],
        live: Snapshot,
        context: Context,
        past: Past,
    ) -> Iterator[Edit | Untold]:
        from reconciler.kinds.user.accepting import accepted

        return accepted(changes, context, past)

    def locate(self, changes: Sequence[Change], live: Snapshot) -> list[Live | None]:
        names, users = (change.key.name for change in changes), live.of(Users).by_name
        return [Live(live.ids.get(name), users[name]) if name in users else None for name in names]

    def whose(self, change: Change) -> frozenset[str]:
        return frozenset((change.key.name,))

    def leaver(self, change: Change) -> str | None:
        return change.key.name if change.action is Action.DELETE else None

    def ids(self, known: Identified[Ids]) -> Ids:
        return known.ids

    def may_have_id(self, name: str, id: str, live: Snapshot) -> bool:
        return name in live.of(Users).by_name and id.lower() not in live.names

    def is_named(self, change: Change, found: Live, owner: str, live: Snapshot) -> bool:
        name = change.key.name
        if change.action is Action.DELETE and guarded(found.fields, live):
            return False
        return found.fields.get("username", name) == name and change.live_id in (found.id, name)

    def remaining(self, change: Change, found: Live | None, live: Snapshot) -> list[FieldDiff]:
        if change.after is None:
            return [] if found is None else [FieldDiff("", "present", None)]
        if found is None:
            return [FieldDiff("", None, "present")]
        after = {name: value for name, value in change.after.items() if is_kept(name, found.fields)}
        return diff(normalise(found.fields, after, self.field), after)

    def digest(self, fields: JsonObject) -> str:
        return digest_of({name: fields.get(name) for name in (*self.by_name, "userState")})

    def told(self, changes: Sequence[Change], telling: Telling) -> Iterator[Block]:
        from reconciler.kinds.user.told import told

        return told(changes, telling, self.called)

    def about(self, changes: Sequence[Change], live: Snapshot, context: Context) -> About:
        return About(leaving={name: leaving.source for name, leaving in context.leaving.items()})

    def request(self, change: Change, known: Known) -> Request:
        """One PATCH of the changed keys; PUT of the whole user where null would clear nothing."""
        name, after = change.key.name, dict(change.after or {})
        match change.action:
            case Action.CREATE:
                return routes.create_user(known.scope, {"username": name, **after})
            case Action.DELETE:
                return routes.delete_user(known.scope, name)
        if known.plain and None in after.values():
            return routes.replace_user(known.scope, name, without_none(after))
        return routes.update_user(known.scope, name, after)

    def complete(self, change: Change, request: Request, found: Live | None, dialect: Dialect) -> Request:
        """Attributes go as a whole, as whether the service merges is not known; so does what is put."""
        if found is None or change.after is None or change.action is Action.CREATE:
            return request
        fields, body = found.fields, dict(change.after)
        if body.get(ATTRIBUTES):
            body[ATTRIBUTES] = {**attributes_of(fields), **body[ATTRIBUTES]}
        if None not in body.values() or not is_plain(fields):
            return replace(request, method="PATCH", body=body)
        return replace(request, method="PUT", body=whole(fields, body))

    def adapt(self, body: JsonObject, dialect: Dialect) -> dict[str, object]:
        plain = self.name in dialect.plain
        return {name: value for name, value in body.items() if not plain or name in REFERENCE_KEYS}

    def replacement(self, change: Change, body: JsonObject, found: Live) -> Request | None:
        """PUT of the whole user, where that erases nothing that we don't know."""
        if change.request is None or not is_plain(found.fields):
            return None
        return replace(change.request, method="PUT", body=whole(found.fields, body))

    def inverse(self, landed: Landed, live: Snapshot, texts: frozenset[tuple[str, str]]) -> Inverse | None:
        step = super().inverse(landed, live, texts)
        if step and step.action is Action.DELETE and landed.now and "userState" in landed.now.fields:
            return step._replace(blocked=BY_ADMIN)
        return step

    def learn(self, live: Snapshot, dialect: Dialect) -> None:
        dialect.rich |= {self.name} if _is_recorded(live) else set()

    def proven(self, live: Snapshot) -> Iterator[bool]:
        yield from (False,) if _is_recorded(live) else ()

    def _creation(self, wish: Desired, accounts: Accounts, context: Context, known: Known) -> Change:
        if not wish.fields.get("email"):
            context.findings.error(
                wish.source,
                f"`email` is missing: {wish.key.name} doesn't exist yet and cannot be created without",
                Mistake.NEEDED_TO_CREATE,
            )
        after = {name: value for name, value in wish.fields.items() if value is not None}
        created = Change(wish.key, Action.CREATE, after=after, source=wish.source, why=wish.why)
        reason = accounts.why_not_created(wish.key.name, after.get("email"))
        return created.blocked(reason) if reason else created.sending(self.request(created, known))

    def _removal(self, wish: Desired, found: typed.User | None, live: Snapshot, context: Context) -> Change:
        if found is None or typed.is_inactive(found):
            return Change(wish.key, Action.NOOP, reason=GONE, source=wish.source)
        if in_last_night(found, live, context):
            return Change(wish.key, Action.NOOP, reason=ON_DUTY, source=wish.source)
        if wish.key.name not in live.ids:
            message = f"{no_id(wish.key.name)}, so hours and meetings stay unseen"
            context.findings.warn(wish.source, f"{message}: write `id:` (a UUID) here", Mistake.NO_ID)
        base = Change(
            wish.key,
            Action.DELETE,
            before=shown(found),
            source=wish.source,
            why=wish.why,
            live_id=found.get("id") or wish.key.name,
            live_digest=self.digest(found),
        )
        reasons = "; ".join(why_not_yet(found, live, context))
        return base.blocked(reasons) if reasons else base.sending(self.request(base, context.known(live)))

    def _updates(
        self, wish: Desired, found: typed.User, accounts: Accounts, known: Known
    ) -> Iterator[Change]:
        after = {name: value for name, value in wish.fields.items() if is_kept(name, found)}
        before = normalise(found, after, self.field)
        differing = diff(before, after)
        base = Change(
            wish.key,
            Action.UPDATE,
            before=before,
            after=after,
            source=wish.source,
            why=wish.why,
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
            change = base.about(accepted)
            yield change.sending(self.request(change, known._replace(plain=is_plain(found))))


def _refusals(
    wish: Desired, found: typed.User, differing: Sequence[FieldDiff], accounts: Accounts
) -> list[tuple[str, list[FieldDiff]]]:
    """What of a difference can't be written: why not, and the fields it is about."""
    state = found.get("userState")
    fixed = frozenset[str]() if state in (None, "PROVISIONED") else FIXED_BY_ACTIVATION
    refused = [field for field in differing if field.path in fixed]
    if refused:
        names = ", ".join(field.path for field in refused)
        return [(f"{names}: fixed once a user is {state}; change it in Admin", refused)]
    given = [field for field in differing if field.path == "email" and field.after is not None]
    reason = accounts.why_not_given(wish.key.name, str(given[0].after)) if given else ""
    return [(reason, given)] if reason else []


def _is_recorded(live: Snapshot) -> bool:
    """Whether this is the service that was recorded: the reference's users have no state."""
    return any("userState" in user for user in live.of(Users).by_name.values())


KIND = User()
