"""Environment files beside one another: what they declare must not contradict, for users are the tenant's."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple, TypeVar

from reconciler.dates.zones import same_zone
from reconciler.errors.mistakes import Mistake
from reconciler.manifest.accounts import form_of
from reconciler.manifest.files import ManifestFile, Shelf, collect
from reconciler.manifest.tree import Tree
from reconciler.model import Block, Findings, Node, Source, Text

A = TypeVar("A")
_Key = tuple[str, str]  # tenant, and what is claimed in it


class Claim(NamedTuple):
    """What one environment file claims in its tenant: a mark for its events, and users by name."""

    tenant: Text
    owner: Text
    users: Mapping[Text, Block]


def claim_of(files: list[ManifestFile]) -> Claim | None:
    """Read the claim of an environment's files, the environment file first; None if it has no tenant."""
    environment = files[0].tree
    tenant = environment.find("tenant")
    owner = environment.find("owner") or environment.find("instance")
    if not isinstance(tenant, Text) or not isinstance(owner, Text):
        return None
    users: dict[Text, Block] = {}
    for file in files:
        section = file.tree.find("users")
        for name, user in section.items() if isinstance(section, Block) else ():
            if isinstance(user, Block):
                users.setdefault(name, user)
    return Claim(tenant, owner, users)


class Claims:
    """What environment files claim, each read once, of however many it is a sibling."""

    def __init__(self) -> None:
        self._read = dict[Path, Claim | None]()

    def of(self, sibling: Path, shelf: Shelf) -> Claim | None:
        """The claim of an environment file, read from a shelf if it was not before."""
        if sibling not in self._read:
            files = collect(sibling, shelf.tree.shown(sibling), shelf, Findings())
            self._read[sibling] = claim_of(files) if files else None
        return self._read[sibling]


def check_siblings(
    path: Path, files: list[ManifestFile], shelf: Shelf, claims: Claims, findings: Findings
) -> None:
    """Report contradictions with the environment files in the same folder; their own problems are theirs."""
    ours = claim_of(files)
    for sibling in _siblings(path, shelf.tree) if ours else ():
        theirs = claims.of(sibling, shelf)
        if ours and theirs and theirs.tenant == ours.tenant:
            _compare(ours, theirs, findings)


class _Said(NamedTuple):
    """What one of many claims says of a user."""

    claim: int
    name: Text
    user: Block


def contradictions(claims: Sequence[Claim]) -> list[Findings]:
    """What is wrong with each of many environments beside all the others.

    Where most declare a user alike, it is the others with whom something is wrong.
    """
    found = [Findings() for _ in claims]
    owners, users = defaultdict[_Key, list[int]](list), defaultdict[_Key, list[_Said]](list)
    addresses = dict[_Key, tuple[int, str]]()
    for index, claim in enumerate(claims):
        owners[claim.tenant, claim.owner].append(index)
        for name, user in claim.users.items():
            users[claim.tenant, name].append(_Said(index, name, user))
        for name, address in _addresses(claim):
            first, other = addresses.setdefault((claim.tenant, form_of(address)), (index, name))
            if other != name:
                _compare_addresses(claims[first], claim, found[first])
                _compare_addresses(claim, claims[first], found[index])
    for holders in owners.values():
        for one, another in _odd([[index] for index in holders]):
            _compare_owners(claims[one], claims[another], found[one])
    for said in users.values():
        for mine, yours in _odd(_alike(said)):
            _compare_user(mine.name, mine.user, yours.user, found[mine.claim])
    return found


def _alike(said: Iterable[_Said]) -> list[list[_Said]]:
    """Those together who say the same."""
    groups = list[list[_Said]]()
    for each in said:
        same = next((group for group in groups if group[0].user == each.user), None)
        if same is None:
            groups.append([each])
        else:
            same.append(each)
    return groups


def _odd(groups: Sequence[list[A]]) -> Iterator[tuple[A, A]]:
    """Who isn't with the most, each with one who says otherwise; everybody where there is no most."""
    size = max(map(len, groups))
    most = [group for group in groups if len(group) == size]
    for group in groups if len(groups) > 1 else ():
        if len(most) > 1 or group is not most[0]:
            other = next(each for each in (*most, *groups) if each is not group)
            yield from ((one, other[0]) for one in group)


def _siblings(path: Path, tree: Tree) -> Iterator[Path]:
    place = tree.absolute(path)
    real, folder = tree.real(place), place.parent
    for sibling in sorted([*tree.glob(folder, "*.yaml"), *tree.glob(folder, "*.yml")]):
        if not sibling.name.startswith(".") and tree.is_file(sibling) and tree.real(sibling) != real:
            yield sibling


def _compare(ours: Claim, theirs: Claim, findings: Findings) -> None:
    _compare_owners(ours, theirs, findings)
    for name, user in ours.users.items():
        other = theirs.users.get(name)
        if other is not None and other != user:
            _compare_user(name, user, other, findings)
    _compare_addresses(ours, theirs, findings)


def _compare_owners(ours: Claim, theirs: Claim, findings: Findings) -> None:
    if ours.owner == theirs.owner:
        message = f"the owner `{ours.owner}` is also that of {_at(theirs.owner.source)}"
        findings.error(
            ours.owner.source,
            f"{message}: each environment of a tenant needs its own `owner:`",
            Mistake.OWNER_SHARED,
        )


def _compare_addresses(ours: Claim, theirs: Claim, findings: Findings) -> None:
    """A person under one name here and under another there would have two accounts."""
    taken = {form_of(address): name for name, address in _addresses(theirs)}
    for name, address in _addresses(ours):
        other = taken.get(form_of(address), name)
        if other != name:
            message = f"`{name}` has the address of `{other}` in {_at(other.source)}"
            findings.warn(
                address.source,
                f"{message}: if that is one person, keep one of the two names",
                Mistake.ONE_ADDRESS,
            )


def _addresses(claim: Claim) -> Iterator[tuple[Text, Text]]:
    for name, user in claim.users.items():
        address = user.find("email")
        if isinstance(address, Text) and "ensure" not in user:
            yield name, address


def _compare_user(name: Text, user: Block, other: Block, findings: Findings) -> None:
    place = _at(other.source)
    mine, yours = _effective(user), _effective(other)
    if ("ensure" in mine) != ("ensure" in yours):
        here = "ensure" in user
        ensure = f"`ensure: {(user if here else other).find('ensure')}` {'here' if here else 'there'}"
        message = f"`{name}` is also declared in {place}, but {ensure}"
        findings.error(
            name.source, f"{message}: users belong to the whole tenant", Mistake.DECLARED_DIFFERENTLY
        )
        return
    for key in mine.keys() & yours.keys():
        if not _equal(key, mine[key], yours[key]):
            message = f"`{key}` of `{name}` is declared differently in {place}"
            findings.error(
                name.source, f"{message}: users belong to the whole tenant", Mistake.DECLARED_DIFFERENTLY
            )


def _effective(user: Block) -> Mapping[Text, Node | None]:
    """What it says of the user, None for what is cleared."""
    cleared = dict.fromkeys(name for name in user.find("clear") or () if isinstance(name, Text))
    said = {key: value for key, value in user.items() if key not in ("clear", "reason")}
    return said | cleared


def _equal(key: str, a: object, b: object) -> bool:
    if key == "timezone" and isinstance(a, str) and isinstance(b, str):
        return same_zone(a, b)
    return bool(a == b)


def _at(source: Source) -> str:
    return f"{source.path}:{source.line}:{source.column}"
