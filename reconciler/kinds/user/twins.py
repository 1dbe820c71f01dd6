"""Declared users who are probably one person, under two names or with one address. Pure."""

from __future__ import annotations

from reconciler.errors.mistakes import Mistake
from reconciler.kinds import Context
from reconciler.manifest.accounts import form_of, likeness
from reconciler.model import Manifest, Text

ONE_PERSON = "if that is one person, keep one of the two; an account too many can't be deleted again"


def warn_of_twins(context: Context) -> None:
    """No two people of one address, or of names that differ by capitals only: one person's two accounts."""
    names: dict[str, Manifest] = {}
    addresses: dict[str, tuple[str, Text]] = {}
    for user in context.environment.under("users"):
        spec = context.people[user.name]
        if spec.get("ensure") == "absent":
            continue
        twin = names.setdefault(form_of(user.name), user)
        if twin is not user:
            same = f"{likeness(user.name, twin.name)} as `{twin.name}` ({twin.source.place})"
            context.findings.warn(user.source, f"`{user.name}` is {same}: {ONE_PERSON}", Mistake.ALIKE_NAMES)
        if address := spec.get("email"):
            other, first = addresses.setdefault(form_of(address), (user.name, address))
            if other != user.name:
                message = f"`{user.name}` has the address of `{other}` ({first.source.place})"
                context.findings.warn(address.source, f"{message}: {ONE_PERSON}", Mistake.ONE_ADDRESS)
