"""What `fleet.yaml` says: sources, schedules, limits, where secrets lie, who is told. Holds no secret itself.

Read as a manifest is: text with places, judged by `fleet.schema.json`, every problem at once.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import cast

from reconciler.dates.grammar import clock_of, interval_of, wait_of
from reconciler.errors import ManifestError
from reconciler.errors.mistakes import Mistake
from reconciler.errors.named_file import Unfit, read_file
from reconciler.errors.nearest import did_you_mean
from reconciler.fleet.shape import Auth, Bounds, Fleet, Held, Notify, Source
from reconciler.manifest.files import slip_of
from reconciler.manifest.load import places_of
from reconciler.manifest.reader import read
from reconciler.manifest.schema import check
from reconciler.manifest.variables import LARGEST
from reconciler.model import Block, Findings, Items, Node, Text
from reconciler.model import Source as Place

Broken = set[tuple[str, int, int]]  # places at which something is wrong


def read_fleet(path: Path) -> Fleet:
    """Read a fleet's configuration. Raises: ManifestError: everything that is wrong with it."""
    findings = Findings()
    fleet = load_fleet(path, findings)
    if findings.errors or not fleet:
        raise ManifestError(findings.errors)
    return fleet


def load_fleet(path: Path, findings: Findings) -> Fleet | None:
    """Read a fleet's configuration; what is unsound is left out of it, and stands in the findings.

    Returns: None where it can't be read at all.
    """
    tree = _tree(path, findings)
    if tree is None:
        return None
    check("fleet", tree, findings)
    broken = {(problem.path, problem.line, problem.column) for problem in findings.errors}
    sound = _sound(tree, broken)
    named = tuple(each for each in _named(tree) if _is_sound(each, broken))
    fleet = replace(_fleet(path, sound), named=named)
    _check_sources(fleet, tree, findings)
    _check_tenants(fleet, findings)
    return fleet


def _tree(path: Path, findings: Findings) -> Block | None:
    start = Place(str(path), 1)
    try:
        data = read_file(path, LARGEST).data
    except Unfit as error:
        advice = "name the fleet's file with --fleet"
        findings.error(start, f"{error}: {advice}", Mistake.UNREADABLE_FILE)
        return None
    tree = read(data, str(path), findings)
    if tree is not None and not isinstance(tree, Block):
        findings.error(tree.source, "this file begins with a key such as `sources:`", Mistake.NO_MAPPING)
        return None
    return tree


def _sound(tree: Block, broken: Broken) -> Block:
    """The keys in which nothing is wrong; of the sources, those with which nothing is."""
    kept = Block(tree.source)
    for key, value in tree.items():
        if key == "sources" and isinstance(value, Items):
            kept[key] = sources = Items(value.source)
            sources += [item for item in value if _is_sound(item, broken)]
        elif _is_sound(value, broken) and key.source not in broken:
            kept[key] = value
    return kept


def _is_sound(node: Node, broken: Broken) -> bool:
    return broken.isdisjoint(places_of(node, node.source))


def _check_sources(fleet: Fleet, tree: Block, findings: Findings) -> None:
    """What sources say together."""
    known: dict[str, Place] = {}
    for source in fleet.sources:
        if source.name in known:
            first = known[source.name]
            message = f"the source `{source.name}` stands here twice: first on line {first.line}"
            findings.error(source.place, message, Mistake.STANDS_TWICE)
        known.setdefault(source.name, source.place)
        for pattern in source.environments:
            if slip := slip_of(pattern):
                findings.error(pattern.source, f"`{pattern}`: {slip}", Mistake.INCLUDE)
        if source.tenants is None and len(_items(tree, "sources")) > 1:
            message = "`tenants` is missing: where there are several sources, each names those whose "
            findings.error(source.place, f"{message}environments may stand in it", Mistake.MISSING_KEY)


def _check_tenants(fleet: Fleet, findings: Findings) -> None:
    """Tenants are spoken of by the names that sources list, if all do."""
    listed = [source.tenants for source in fleet.sources]
    if None not in listed:
        check_tenants(fleet, frozenset[str]().union(*(each or () for each in listed)), findings)


def check_tenants(fleet: Fleet, known: Collection[str], findings: Findings) -> None:
    """Report tenants that no source has."""
    for tenant in fleet.named if known else ():
        if tenant not in known:
            hint = did_you_mean(tenant, known, f"there are {', '.join(sorted(known))}")
            findings.error(tenant.source, f"no source has the tenant `{tenant}`{hint}", Mistake.NO_TENANT)


def _fleet(path: Path, tree: Block) -> Fleet:
    folder, schedules = path.parent, _block(tree, "schedules")
    defaults = _bounds(_block(tree, "defaults"), Bounds())
    only_new = _text(_block(schedules, "onlyNew"), "at")
    secrets, retention = _text(_block(tree, "secrets"), "folder"), _block(tree, "retention")
    server = _block(tree, "server")
    return Fleet(
        path=path,
        sources=tuple(_source(cast(Block, each), folder) for each in _items(tree, "sources")),
        drift_every=interval_of(_text(_block(schedules, "drift"), "every") or "1h"),
        only_new_at=clock_of(only_new) if only_new else None,
        apply_on_merge=_text(tree, "apply") == "onMerge",
        defaults=defaults,
        tenants={
            str(name): _bounds(cast(Block, own), defaults) for name, own in _block(tree, "tenants").items()
        },
        secrets=folder / secrets if secrets else None,
        keep_runs=interval_of(_text(retention, "runs") or "90 days"),
        keep_plans=interval_of(_text(retention, "plans") or "30 days"),
        notify=tuple(_notify(cast(Block, each), folder) for each in _items(tree, "notify")),
        auth=_auth(_block(server, "auth"), folder) if server else None,
    )


def _named(tree: Block) -> Iterator[Text]:
    """The tenants that are spoken of beside the sources."""
    yield from _block(tree, "tenants")
    for entry in _items(tree, "notify"):
        named = _items(entry, "tenants") if isinstance(entry, Block) else ()
        yield from (each for each in named if isinstance(each, Text))


def _source(entry: Block, folder: Path) -> Source:
    path, webhook = _text(entry, "path"), entry.find("webhook")
    return Source(
        name=str(_text(entry, "name")),
        place=entry.source,
        reach=next(node.source for key, node in entry.items() if key in ("git", "path")),
        environments=tuple(cast(Iterable[Text], _items(entry, "environments"))),
        git=_text(entry, "git"),
        path=folder / path if path else None,
        ref=_text(entry, "ref") or "main",
        tenants=_names(entry, "tenants"),
        poll=wait_of(_text(entry, "poll") or "1m"),
        webhook=_held(webhook, folder) if isinstance(webhook, Block) else None,
    )


def _bounds(own: Block, otherwise: Bounds) -> Bounds:
    concurrency, rate, attempts = (_text(own, key) for key in ("concurrency", "rate", "attempts"))
    timeout = _text(own, "timeout")
    return Bounds(
        concurrency=int(concurrency) if concurrency else otherwise.concurrency,
        rate=float(rate) if rate else otherwise.rate,
        timeout=wait_of(timeout) if timeout else otherwise.timeout,
        attempts=int(attempts) if attempts else otherwise.attempts,
    )


def _notify(entry: Block, folder: Path) -> Notify:
    return Notify(
        on=_names(entry, "on") or frozenset(),
        url=_held(_block(entry, "url"), folder),
        tenants=_names(entry, "tenants"),
        form=_text(entry, "as") or "json",
    )


def _auth(entry: Block, folder: Path) -> Auth:
    tokens = _text(_block(entry, "tokens"), "folder")
    networks = tuple(str(each) for each in _items(entry, "from"))
    return Auth(entry.source, _text(entry, "proxyHeader"), networks, folder / tokens if tokens else None)


def _held(entry: Block, folder: Path) -> Held:
    file = _text(entry, "file")
    return Held(entry.source, _text(entry, "env"), folder / file if file else None)


def _text(block: Block, key: str) -> str | None:
    value = block.find(key)
    return str(value) if isinstance(value, Text) else None


def _block(block: Block, key: str) -> Block:
    value = block.find(key)
    return value if isinstance(value, Block) else Block(block.source)


def _items(block: Block, key: str) -> list[Node]:
    value = block.find(key)
    return value if isinstance(value, Items) else []


def _names(block: Block, key: str) -> frozenset[str] | None:
    return frozenset(map(str, _items(block, key))) or None
