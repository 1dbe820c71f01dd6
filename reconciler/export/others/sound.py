"""What is taken, held against the environment as if it stood there: what it would refuse is left out, too."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import cast

from reconciler.errors import Problem
from reconciler.errors.escape import Printable, page
from reconciler.expand import context_of, expand
from reconciler.export.others.taken import Meeting, Period, Place, Taken, entries_of, shown
from reconciler.kinds import load_kinds
from reconciler.manifest.reader import read
from reconciler.manifest.schema import check
from reconciler.manifest.spelling import manifest_lines
from reconciler.model import Block, Environment, Findings, Items, Manifest

MOST_ROUNDS = 20
_PATH = "<import>"
_NAMED = 50


def sound(taken: Taken, environment: Environment, now: datetime) -> Printable:
    """The manifest that says what was taken; what can't stand in it goes from `taken`, and is said there."""
    for _ in range(MOST_ROUNDS):
        names = dict(_names(taken.meetings, environment))
        text = "\n".join(manifest_lines(entries_of(taken, names)))
        errors, starts = _errors(text, environment, now)
        if not errors:
            return page(text.split("\n") if text else [])
        _drop(errors, starts, taken, names)
    left: list[Period | Meeting] = [*taken.periods, *taken.meetings]
    for each in left:
        _leave_out(each, "as a manifest it isn't right", taken)
    return page([])


def _names(meetings: list[Meeting], environment: Environment) -> Iterator[tuple[int, str]]:
    """A name for each series, made of its title; none that the environment has."""
    used = {manifest.name for manifest in environment.under("events")}
    numbers: Counter[str] = Counter()
    for index, meeting in enumerate(meetings):
        plain = unicodedata.normalize("NFKD", str(meeting.spec["title"])).encode("ascii", "ignore").decode()
        name = first = re.sub("[^a-z0-9]+", "-", plain.lower()).strip("-")[:_NAMED].rstrip("-") or "meeting"
        if name == "leave" or name.startswith("leave-"):
            name = first = f"meeting-{name}"
        while name in used:
            numbers[first] += 1
            name = f"{first}-{numbers[first] + 1}"
        used.add(name)
        yield index, name


def _errors(
    text: str, environment: Environment, now: datetime
) -> tuple[list[Problem], list[tuple[int, str, int]]]:
    """What the environment would say of it, and the line on which each entry begins."""
    findings = Findings()
    tree = read(text.encode(), _PATH, findings)
    if not isinstance(tree, Block) or not tree:
        return [], []
    check("manifest", tree, findings, environment.shifts)
    manifests = [
        Manifest(str(section), str(name), spec, name.source)
        for section, entries in tree.items()
        for name, spec in cast(Block, entries).items()
    ]
    if not findings.errors:
        own = {(manifest.section, manifest.name) for manifest in manifests}
        others = (each for each in environment.manifests if (each.section, each.name) not in own)
        whole = replace(environment, manifests=(*others, *manifests))
        expand(context_of(whole, now, findings), load_kinds())
    return [error for error in findings.errors if error.path == _PATH], sorted(_starts(manifests))


def _starts(manifests: list[Manifest]) -> Iterator[tuple[int, str, int]]:
    """The line of each entry, and which it is: of the periods, or of the events, in their order."""
    for manifest in manifests:
        if isinstance(manifest.spec, Items):
            for number, item in enumerate(manifest.spec):
                yield item.source.line, manifest.name, number
        else:
            yield manifest.source.line, manifest.name, -1


def _drop(
    errors: list[Problem], starts: list[tuple[int, str, int]], taken: Taken, names: Mapping[int, str]
) -> None:
    """Leave out each entry that has an error."""
    lines = [line for line, _, _ in starts]
    bad: dict[tuple[str, int], Problem] = {}
    for error in errors:
        _, name, number = starts[max(bisect_right(lines, error.line) - 1, 0)]
        bad.setdefault((name, number), error)
    numbers: dict[str, int] = {}
    for period in list(taken.periods):
        number = numbers[period.user] = numbers.get(period.user, -1) + 1
        if (period.user, number) in bad:
            name = str(period.spec.get("override", ""))
            _leave_out(period, _reason(bad[period.user, number], name), taken)
    for index, meeting in enumerate(list(taken.meetings)):
        if (names[index], -1) in bad:
            _leave_out(meeting, _reason(bad[names[index], -1], names[index]), taken)


def _leave_out(each: Period | Meeting, reason: str, taken: Taken) -> None:
    if isinstance(each, Period):
        taken.periods.remove(each)
        places: list[Place] = each.places
    else:
        taken.meetings.remove(each)
        places = [each.place]
    for place in places:
        taken.skip(place, reason)


def _reason(problem: Problem, name: str) -> str:
    """What is wrong, without what it says and what it is called."""
    message = re.sub("`([^`]*)`", lambda found: shown(found[1]), problem.message)
    return f"{message.replace(name, 'it') if name else message} ({problem.mistake})"
