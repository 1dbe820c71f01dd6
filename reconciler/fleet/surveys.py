"""Which environments a revision of a source has: told from their own keys alone, before any is judged."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from reconciler.errors import Problem
from reconciler.errors.mistakes import Mistake
from reconciler.fleet.names import environment_name
from reconciler.fleet.shape import Source
from reconciler.manifest.files import ManifestFile, Shelf, collect, digest_of
from reconciler.manifest.folder import Folder
from reconciler.manifest.siblings import Claim, claim_of, contradictions
from reconciler.manifest.tree import Tree
from reconciler.model import Block, Findings, Text
from reconciler.model import Source as Place


class Declared(NamedTuple):
    """An environment file, with what it says of itself; None where it doesn't, or can't be read.

    place: where it names its owner. client_at: where it names its API client. digest: of its bytes and those
    of all it includes. problems: why it can't be run whatever else it says, as far as the fleet knows.
    """

    name: str
    source: str
    path: str
    place: Place
    tenant: str | None = None
    instance: str | None = None
    owner: str | None = None
    timezone: str | None = None
    client: str | None = None
    client_at: Place | None = None
    digest: str | None = None
    problems: tuple[Problem, ...] = ()

    @property
    def problem(self) -> Problem | None:
        return min(self.problems, default=None)


class Survey(NamedTuple):
    """The environments of a revision.

    problems: what is wrong with how the fleet's file names them. warnings: what is odd about them together.
    """

    environments: tuple[Declared, ...]
    problems: tuple[Problem, ...]
    warnings: tuple[Problem, ...] = ()


def surveyed(source: Source, tree: Folder) -> Survey:
    """The environments that the source's patterns mean. One of whom something is wrong keeps out no other."""
    findings, shelf = Findings(), Shelf(tree)
    paths = dict.fromkeys(
        path for pattern in source.environments for path in _matching(pattern, tree, findings)
    )
    found, claims = list[Declared](), dict[str, Claim]()
    for path in sorted(paths):
        files = collect(Path(path), path, shelf, own := Findings())
        found.append(_declared(source, path, files, own, shelf.tree))
        if files and (claim := claim_of(files)):
            claims[path] = claim
        shelf.read.pop(tree.real(Path(path)), None)  # it is large, and nobody includes it
    told = _contradictions(claims)
    found = [each._replace(problems=(*each.problems, *told[each.path].errors)) for each in found]
    warnings = (warning for each in told.values() for warning in each.warnings)
    return Survey(tuple(_once(found)), tuple(findings.errors), tuple(warnings))


def _contradictions(claims: Mapping[str, Claim]) -> Mapping[str, Findings]:
    """What environments of one folder say against each other, by path."""
    folders = defaultdict[str, list[str]](list)
    for path in claims:
        folders[path.rpartition("/")[0]].append(path)
    found = defaultdict[str, Findings](Findings)
    for paths in folders.values():
        found.update(zip(paths, contradictions([claims[path] for path in paths]), strict=True))
    return found


def clashes(environments: Iterable[Declared]) -> dict[str, Problem]:
    """By name, the environments that share tenant and owner with another one: whose events they mean can't be
    told."""
    sharing = defaultdict[tuple[str | None, str | None], list[Declared]](list)
    for each in environments:
        if each.tenant and each.owner:
            sharing[each.tenant, each.owner].append(each)
    found = dict[str, Problem]()
    for group in sharing.values():
        for each in group if len(group) > 1 else ():
            other = group[1] if each is group[0] else group[0]
            more = f" and {len(group) - 2} more" if len(group) > 2 else ""
            message = (
                f"the owner `{each.owner}` of the tenant `{each.tenant}` is also that of {other.name}{more}"
            )
            message += ": each environment of a tenant needs its own `owner:`"
            found[each.name] = each.place.problem(message, Mistake.OWNER_SHARED)
    return found


def stranger(source: Source, tenant: str, place: Place) -> Problem | None:
    """What is wrong with an environment of a tenant for which its source may not speak."""
    if source.tenants is None or tenant in source.tenants:
        return None
    listed = ", ".join(sorted(source.tenants))
    message = f"the source `{source.name}` may speak for {listed} alone, not for `{tenant}`: "
    message += "that would have to stand in the fleet's file"
    return place.problem(message, Mistake.TENANT_OF_OTHERS)


def _matching(pattern: Text, tree: Folder, findings: Findings) -> list[str]:
    found = [
        shown
        for path in tree.glob(tree.top, str(pattern))
        if tree.is_file(path) and (shown := tree.shown(path)) and not _is_hidden(shown, pattern)
    ]
    if not found:
        findings.error(pattern.source, f"`{pattern}` matches no file of its source", Mistake.NO_ENVIRONMENTS)
    return found


def _is_hidden(path: str, pattern: str) -> bool:
    """Whether it is hidden, and not named so."""
    return any(part.startswith(".") for part in path.split("/")) and not any(
        part.startswith(".") and part != "." for part in pattern.split("/")
    )


def _declared(
    source: Source, path: str, files: list[ManifestFile], findings: Findings, tree: Tree
) -> Declared:
    bare = Declared(environment_name(source.name, path), source.name, path, Place(path, 1))
    if not files:
        return bare._replace(problems=tuple(findings.errors))
    own = files[0].tree
    tenant, instance = _text(own, "tenant"), _text(own, "instance")
    owner, timezone, api = _text(own, "owner") or instance, _text(own, "timezone"), own.find("api")
    client = _text(api, "client") if isinstance(api, Block) else None
    strange = None if tenant is None else stranger(source, tenant, tenant.source)
    return bare._replace(
        place=owner.source if owner is not None else bare.place,
        tenant=_plain(tenant),
        instance=_plain(instance),
        owner=_plain(owner),
        timezone=_plain(timezone),
        client=_plain(client),
        client_at=None if client is None else client.source,
        digest=digest_of(files, tree.root(Path(path))),
        problems=(strange,) if strange else (),
    )


def _plain(text: Text | None) -> str | None:
    return None if text is None else str(text)


def _text(block: Block, key: str) -> Text | None:
    value = block.find(key)
    return value if isinstance(value, Text) else None


def _once(found: Iterable[Declared]) -> Iterator[Declared]:
    """Each name once; of two files that share one, neither can be told from the other."""
    by_name = defaultdict[str, list[Declared]](list)
    for each in found:
        by_name[each.name].append(each)
    for name, (first, *others) in by_name.items():
        if not others:
            yield first
            continue
        paths = ", ".join(each.path for each in others)
        message = f"`{name}` is also the name of {paths}: keep one of the files, or rename it"
        problem = Place(first.path, 1).problem(message, Mistake.ENVIRONMENT_TWICE)
        yield first._replace(digest=None, problems=(problem,))
