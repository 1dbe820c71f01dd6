"""Who leaves, and who may not: what manifests say of it, and why a user can't go yet. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import cast

from reconciler.dates.zones import wall_to_instant, zone_of
from reconciler.errors.mistakes import Mistake
from reconciler.kinds import Context
from reconciler.kinds.event.fields import active, patients_of, starts
from reconciler.kinds.event.moments import midnight
from reconciler.kinds.event.part import Events
from reconciler.kinds.work_hours.leaving import night_ends
from reconciler.kinds.work_hours.part import Hours
from reconciler.kinds.work_hours.periods import DAY
from reconciler.kinds.work_hours.rows import DEFAULT, OVERRIDE, row_of, rule_of
from reconciler.model import Manifest, Snapshot, Users, typed
from reconciler.model.spec import UserSpec, place_of
from reconciler.model.typed import JsonObject, objects_in

BY_ADMIN = "the service lets no API client delete users: deactivate in Admin"
ADMIN = re.compile(r"\badmin", re.IGNORECASE)  # in the name of a role
OF_DEPARTED = "goes with `ensure: departed`, and with nothing else"


def check(manifest: Manifest, context: Context) -> None:
    """Put what is wrong with how somebody leaves to the findings."""
    spec, name, find = cast(UserSpec, manifest.spec), str(manifest.name), context.findings
    if spec.get("ensure") != "departed":
        for key in ("lastDay", "successor") if "ensure" in spec else ():
            if key in spec:
                source = place_of(cast(JsonObject, spec)[key])
                find.error(source, f"`{key}` {OF_DEPARTED}", Mistake.EXCLUDE_EACH_OTHER)
        return
    if "lastDay" not in spec:
        message = "`lastDay` is missing: write the last date on duty, as in `lastDay: 2027-03-12`"
        find.error(manifest.source, message, Mistake.MISSING_KEY)
    heir, last = spec.get("successor"), context.last_day(name)
    theirs = context.last_day(heir) if heir else None
    if heir == name:
        message = f"{name} can't succeed themselves: name somebody who stays, or nobody"
        find.error(heir.source, message, Mistake.NO_SUCCESSOR)
    elif heir and last and theirs and theirs <= last:
        message = f"{heir} has left by then: their last day is {theirs}, that of {name} is {last}"
        find.error(heir.source, f"{message}; name somebody who stays longer", Mistake.NO_SUCCESSOR)


def refuse(manifest: Manifest, found: typed.User, live: Snapshot, context: Context) -> None:
    """Put it to the findings where somebody is declared to leave without whom nobody gets in any more."""
    who, ensure = guarded(found, live), cast(UserSpec, manifest.spec).get("ensure")
    if who:
        message = f"{manifest.name} is {who}: `ensure: {ensure}` is refused"
        context.findings.error(manifest.source, message, Mistake.NOT_TO_BE_REMOVED)


def guarded(found: JsonObject, live: Snapshot) -> str:
    """What a user is that no manifest takes away; empty for everybody else."""
    if found.get("_root_user"):
        return "the tenant's root user"
    ours = found.get("id") in live.our_ids or found.get("username") in live.our_names
    return "the user of our own API client" if ours else ""


def in_last_night(found: typed.User, live: Snapshot, context: Context) -> bool:
    """Whether somebody is still on duty in the night that began on their last day."""
    name = found["username"]
    last, zone = context.last_day(name, found), zone_of(context.zone_name(name, found))
    if last is None:
        return False
    found_rows = live.of(Hours).rows.get(live.ids.get(name, ""), ())
    ends = night_ends(last, [row_of(row) for row in found_rows if rule_of(row) in (DEFAULT, OVERRIDE)])
    over = wall_to_instant(midnight(last + DAY) + timedelta(minutes=ends), zone)
    return bool(ends) and context.now < over


def why_not_yet(found: typed.User, live: Snapshot, context: Context) -> Iterator[str]:
    """Why a user who has left can't be deleted, each reason with what to do."""
    booked = _appointments(found, live, context)
    if booked:
        yield f"appointments are left ({booked} with patients): move or cancel them in Welkin first"
    if _is_admin(found) and not any(_stays_admin(user, context) for user in live.of(Users).by_name.values()):
        name = found["username"]
        yield f"{name} is the last admin the service shows: make somebody else one in Admin first"
    if "userState" in found:  # only the live service shows it, and that one refuses
        yield BY_ADMIN


def _appointments(found: typed.User, live: Snapshot, context: Context) -> int:
    """How many patients' appointments are to come that somebody hosts, by whomever they were arranged."""
    host = str(found.get("id") or live.ids.get(found["username"], "")).lower()
    return sum(
        event["hostId"].lower() == host
        and bool(patients_of(event))
        and active(event)
        and starts(event) >= context.now
        for event in (live.of(Events).found if host else ())
    )


def _is_admin(user: JsonObject) -> bool:
    """Whether a user may enter Admin, by access or by a role."""
    access, roles = user.get("applicationAccess"), objects_in(user, "roles")
    if isinstance(access, Mapping) and access.get("adminAccessEnabled") is True:
        return True
    return any(ADMIN.search(str(role.get("permissionName"))) for role in roles if isinstance(role, Mapping))


def _stays_admin(user: typed.User, context: Context) -> bool:
    leaves = user.get("username") in context.leaving
    return _is_admin(user) and not typed.is_inactive(user) and not leaves
