"""Accounts that may be one person's: names and addresses that differ by nothing that people go by.

No API client can delete a user, and nobody can change a username: a second account would stay.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import NamedTuple
from unicodedata import category, normalize

from reconciler.model.typed import User, is_inactive


def form_of(text: str) -> str:
    """What two names, or two addresses, are compared by: capitals, blanks and unseen signs don't count.

    Of the spellings that Unicode has for one text all give the same.
    """
    bare = _visible(text).casefold()
    return bare if bare.isascii() else _visible(normalize("NFKC", normalize("NFKC", bare).casefold()))


def _visible(text: str) -> str:
    """Without blanks and what takes no room, such as a zero-width space."""
    joined = "".join(text.split())
    return joined if joined.isascii() else "".join(sign for sign in joined if category(sign) != "Cf")


class _Index(NamedTuple):
    """Usernames by the form of the name, and by that of the address."""

    names: defaultdict[str, list[str]]
    addresses: defaultdict[str, list[str]]

    @classmethod
    def of(cls, users: Iterable[tuple[str, str | None]]) -> _Index:
        index = cls(defaultdict(list), defaultdict(list))
        for name, address in users:
            index.names[form_of(name)].append(name)
            if address:
                index.addresses[form_of(address)].append(name)
        return index


class Accounts:
    """The tenant's users and the declared ones, by what they may be mistaken for; compared once asked."""

    def __init__(self, live: Mapping[str, User], declared: Iterable[tuple[str, str | None]]) -> None:
        """Args: live: as read, by username. declared: (username, address) of everybody who is to be there."""
        self._live, self._declared = live, declared

    @cached_property
    def _there(self) -> _Index:
        return _Index.of((name, user.get("email")) for name, user in self._live.items())

    @cached_property
    def _wished(self) -> _Index:
        return _Index.of(self._declared)

    def why_not_created(self, username: str, address: str | None) -> str:
        """What speaks against a new user of this name and address; empty if nothing does."""
        return (
            self._of_name(username, address)
            or self._of_address(username, address)
            or self._of_others(username, address)
        )

    def why_not_given(self, username: str, address: str) -> str:
        """What speaks against giving this address to a user who is there; empty if nothing does."""
        there = [name for name in self._wishers(username, address) if name in self._live]
        return self._of_address(username, address) or (_shared(there[0]) if there else "")

    def _of_name(self, username: str, address: str | None) -> str:
        twins = _but(username, self._there.names[form_of(username)])
        if not twins:
            return ""
        shared = set(twins) & set(self._holders(username, address))
        twin = min(shared or twins)
        what = likeness(username, twin) + (" and the same address" if shared else "")
        return f"the tenant has `{twin}`, {what}: a username can't be renamed; declare that name"

    def _of_address(self, username: str, address: str | None) -> str:
        for holder in self._holders(username, address):
            inactive = " (INACTIVE)" if is_inactive(self._live[holder]) else ""
            advice = "a username can't be renamed; declare that name, or give another address"
            return f"`{holder}`{inactive} has this address: {advice}"
        return ""

    def _of_others(self, username: str, address: str | None) -> str:
        for twin in _but(username, self._wished.names[form_of(username)]):
            return f"`{twin}` is declared, too, {likeness(username, twin)}: keep one of the two"
        for other in self._wishers(username, address):
            return _shared(other)
        return ""

    def _holders(self, username: str, address: str | None) -> list[str]:
        return _but(username, self._there.addresses[form_of(address)]) if address else []

    def _wishers(self, username: str, address: str | None) -> list[str]:
        return _but(username, self._wished.addresses[form_of(address)]) if address else []


def _but(username: str, names: Iterable[str]) -> list[str]:
    return sorted(name for name in names if name != username)


def likeness(one: str, other: str) -> str:
    """In what two names of one form are the same."""
    capitals = one.casefold() == other.casefold()
    return "the same name but for capitals" if capitals else "the same name to the eye"


def _shared(other: str) -> str:
    return f"`{other}` is declared with this address, too: give one of the two another"
