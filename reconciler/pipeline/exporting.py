"""What a tenant has as manifests, read and proven: what is written down is planned against what was read.

Whatever of it doesn't come back just as it is (a text that no manifest takes, hours that can't be laid out)
is written otherwise, or left out and named: the first plan of an export is empty.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

from reconciler.errors import ManifestError
from reconciler.expand import context_of, expand
from reconciler.export.files import Text, single_file
from reconciler.export.manifests import CHANGING, Listen, Manifests, manifests_of
from reconciler.export.unsaid import Unsaid
from reconciler.kinds import EXPORTED, Survey, kind_of, load_kinds, subject_of
from reconciler.live.surveying import survey_all
from reconciler.manifest import load_environment
from reconciler.manifest.tree import OneFile
from reconciler.model import Action, Change, Environment, Findings, Snapshot, Window
from reconciler.pipeline.service import Service
from reconciler.plan.make import make_plan

# Leave that lasts has begun before: whether a service finds it by its days is unknown.
BEFORE = timedelta(days=31)
ROUNDS = 12  # of writing down and looking what comes back
DRAFT = Path("/export.yaml")
# Of which entries another spelling is tried, of which a single key is left out, and which keys can't be.
HOURS, KEY_BY_KEY = "workHours", frozenset(("users",))
# What several people are said to have in common: it can be said of each by itself as well.
TOGETHER = frozenset(("teams", "roster", "swaps", "closures"))
NEEDED = frozenset(("title", "host", "starts", "duration", "ends", "allDay", "timezone", "repeat", "except",
                    "also", "change", "holidays", "hosts", "turn", "from"))  # fmt: skip


def export(
    environment: Environment,
    service: Service,
    users: tuple[str, ...] | None,
    listen: Listen = lambda done, of: None,
) -> Manifests:
    """Read all there is of these users, everybody if None, and write it down.

    listen: told how many groups of meetings of how many have been looked through.
    Raises: ApiError; UsageError: a user that isn't there, a service that lists none.
    """
    now = service.settings.now
    context = context_of(environment, now, Findings())
    survey = Survey(users, Window(now - BEFORE, now + EXPORTED), context)
    live = survey_all(service.client, load_kinds(), survey)
    unsaid = Unsaid()
    for _ in range(ROUNDS):
        written = manifests_of(live, load_kinds(), survey, unsaid, listen)
        more = unsaid_of(written, live, survey, unsaid)
        if not more:
            break
        unsaid |= _simply(_further(more, unsaid, written.together), written)
    return written


def _further(more: Unsaid, before: Unsaid, together: Set[str]) -> Unsaid:
    """What is tried instead: without what people share; then plainly; in the end they are left out."""
    apart = (more.rows | {name for name, _ in more.overrides}) & together
    special = {each for each in more.overrides if each[0] not in apart}
    return replace(
        more,
        alone=more.alone | apart,
        rows=more.rows - apart,
        plain=frozenset(name for name, _ in special),
        overrides=frozenset(each for each in special if each[0] in before.plain | before.rows),
        entries=more.entries | {(HOURS, name) for name in more.rows & before.rows - apart},
    )


def _simply(more: Unsaid, written: Manifests) -> Unsaid:
    """Series that don't come back and change for good, or have several hosts, are said as several first."""
    found = more.entries & {
        (each.section, each.name)
        for each in written.entries
        if each.section == "events" and isinstance(each.spec, Mapping) and CHANGING & each.spec.keys()
    }
    return replace(more, entries=more.entries - found, sections=more.sections | CHANGING) if found else more


def unsaid_of(written: Manifests, live: Snapshot, survey: Survey, before: Unsaid) -> Unsaid:
    """What of a draft is no sound manifest, or would change something where it was read."""
    findings, text = Findings(), single_file(written)
    environment = load_environment(str(DRAFT), findings, tree=OneFile(DRAFT, text.text))
    if findings.errors or environment is None:
        return _refused(text, findings)
    # What is ours and isn't said would go with `prune`.
    wide = replace(environment, horizon=EXPORTED, protect=(), accept=(), prune=True)
    context = replace(context_of(wide, survey.context.now, findings), window=survey.window)
    wishes = expand(context, load_kinds())
    if findings.errors:
        return _refused(text, findings)
    plan = make_plan(wishes, live, load_kinds(), context, "")
    # Of ours more comes as the horizon moves on; meetings of ours that no manifest takes are named already.
    differing = [
        change
        for change in plan.changes
        if change.action not in (Action.NOOP, Action.DELETE) and not change.is_routine
    ]
    return _differing(differing, environment, before) | _missing(plan.changes, written)


def _missing(changes: Iterable[Change], written: Manifests) -> Unsaid:
    """The series of which a meeting is not there, which no change tells; closures may have taken it away."""
    there = {change.live_id for change in changes if change.action is Action.NOOP}
    lost = {(each.section, each.name): each.holds - there for each in written.entries if each.holds - there}
    hosts = {written.meetings[id] for ids in lost.values() for id in ids} & written.together
    return Unsaid(alone=frozenset(hosts)) if hosts else Unsaid(entries=frozenset(lost))


def _refused(text: Text, findings: Findings) -> Unsaid:
    """The keys and entries in which problems lie. Raises: ManifestError: they lie in none."""
    entries, keys = set[tuple[str, str]](), set[tuple[str, str, str]]()
    rows, overrides, sections = set[str](), set[tuple[str, date]](), set[str]()
    for problem in findings.errors:
        entry = text.entries[problem.line - 1] if problem.line <= len(text.entries) else None
        if entry is None:
            raise ManifestError(findings.errors)
        if entry.section in TOGETHER:
            sections.add(entry.section)
            continue
        key = text.key_at(problem.line, problem.column)
        if entry.section == HOURS:
            there = [*_overrides_on(text.lines[problem.line - 1])]
            overrides |= {(entry.name, began) for began in there}
            rows |= set() if there else {entry.name}
        elif key and key not in NEEDED:
            keys.add((entry.section, entry.name, key))
        else:
            entries.add((entry.section, entry.name))
    return Unsaid(
        frozenset(entries),
        frozenset(keys),
        frozenset(rows),
        frozenset(overrides),
        sections=frozenset(sections),
    )


def _overrides_on(line: str) -> Iterator[date]:
    """The first dates of the overrides on a line."""
    yield from map(date.fromisoformat, re.findall(r"{override: .*?, on: \[?(\d{4}-\d\d-\d\d)", line))


def _differing(changes: Iterable[Change], environment: Environment, before: Unsaid) -> Unsaid:
    """The entries of which something would be written. before: what isn't said on purpose."""
    known = {
        (kind.name, kind.subject_of(manifest)): (manifest.section, manifest.name)
        for kind in load_kinds().values()
        for manifest in environment.under(*kind.sections)
    }
    entries, keys = set[tuple[str, str]](), set[tuple[str, str, str]]()
    rows, overrides = set[str](), set[tuple[str, date]]()
    for change in changes:
        section, name = known.get((change.key.kind, subject_of(change.key)), ("", ""))
        if not section:  # nothing that was written down
            continue
        kind = kind_of(change.key)
        if section == HOURS and (day := kind.day(change.key)) and kind.wave(change).late:
            overrides.add((name, day))
        elif section == HOURS:
            rows.add(name)
        elif section in KEY_BY_KEY and change.diff:
            keys |= {(section, name, field.path.partition(".")[0]) for field in change.diff}
        else:
            entries.add((section, name))
    # Usual hours that differ may be what makes an override differ.
    special = {each for each in overrides - before.overrides if each[0] not in rows}
    return Unsaid(frozenset(entries), frozenset(keys), frozenset(rows), frozenset(special))
