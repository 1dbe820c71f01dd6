"""Manifests as files: the environment's own keys, and which file holds what. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import NamedTuple

from reconciler.export.entries import Entry, Spec
from reconciler.export.layout import section_lines
from reconciler.export.manifests import ORDER, WEEK, Manifests
from reconciler.export.points import length_said
from reconciler.model import Limits

FILES = {"people": ORDER[:2], "hours": ORDER[2:10], "meetings": ORDER[10:]}
SHARED = frozenset(("teams", "shifts", "templates", "rotations", "roster", "swaps", "closures", "calendars"))
LIMITS = {"deletes": "deletes", "deletePercent": "delete_percent", "updatePercent": "update_percent",
          "from": "least"}  # fmt: skip


class Text(NamedTuple):
    """A file's text, and which of its lines belong to which entry."""

    lines: list[str]
    entries: list[Entry | None]

    @property
    def text(self) -> str:
        return "\n".join(self.lines) + "\n"

    def key_at(self, number: int, column: int) -> str:
        """The key of an entry that a place belongs to, counted from 1; empty where it is the entry's own."""
        entry = self.entries[number - 1]
        before = self.lines[number - 1][: column + 1]
        if entry and isinstance(entry.spec, Mapping) and re.match(r"  \S.*?: {", before):
            there = re.findall(r"[{ ](\w+):", before)
            return next((key for key in reversed(there) if key in entry.spec), "")
        for line, owner in zip(self.lines[number - 1 :: -1], self.entries[number - 1 :: -1], strict=True):
            if owner is not entry:
                break
            found = re.match(r"    (\w+):", line)
            if found:
                return found[1]
        return ""


def single_file(manifests: Manifests) -> Text:
    """All in one environment file."""
    return _text([*_environment_lines(manifests), ""], manifests.entries, manifests)


def files_of(manifests: Manifests, name: str, by_person: bool) -> dict[str, str]:
    """The text of each file by its path. name: of the environment file."""
    included = ['include: ["../staff/*.yaml"]'] if manifests.entries else []
    files = {f"env/{name}": _text([*_environment_lines(manifests), *included], (), manifests)}
    parts = _by_person(manifests.entries) if by_person else _by_kind(manifests.entries)
    for path, entries in parts.items():
        if entries:
            files[f"staff/{path}.yaml"] = _text([], entries, manifests)
    return {path: text.text for path, text in files.items()}


def _by_kind(entries: Sequence[Entry]) -> dict[str, list[Entry]]:
    return {path: [each for each in entries if each.section in own] for path, own in FILES.items()}


def _by_person(entries: Sequence[Entry]) -> dict[str, list[Entry]]:
    """A file for each person, and one for what several share."""
    names = {entry.name for entry in entries if entry.section == "users"}
    shared = next(name for name in ("shared", "all", "everybody", "_shared") if name not in names)
    files: dict[str, list[Entry]] = {shared: []}
    for entry in entries:
        host = entry.spec.get("host") if isinstance(entry.spec, Mapping) else None
        whose = shared if entry.section in SHARED else str(host if entry.section == "events" else entry.name)
        files.setdefault(whose, []).append(entry)
    return files


def _text(head: list[str], entries: Sequence[Entry], manifests: Manifests) -> Text:
    sections = {entry.section for entry in entries}
    lines: list[tuple[str, Entry | None]] = [(line, None) for line in head]
    lines += [(f"# {line}", None) for line in _comment(sections, manifests)]
    lines += section_lines(entries)
    return Text([line for line, _ in lines], [entry for _, entry in lines])


def _comment(sections: set[str], manifests: Manifests) -> list[str]:
    if not sections:
        return []
    place = f"{manifests.environment.tenant}/{manifests.environment.instance}"
    lines = [f"As Welkin had it in {place} on {manifests.on}."]
    if "events" in sections:
        lines += ["Titles, locations and remarks were written by people: read them before you commit."]
    left = [each for section in ("users", "workHours", "events") if section in sections
            for each in manifests.left_out.get(section, ())]  # fmt: skip
    return [*lines, *([f"Left out: {'; '.join(left)}."] if left else [])]


def _environment_lines(manifests: Manifests) -> list[str]:
    """The environment's own keys, as far as they hold for what was exported."""
    environment = manifests.environment
    api = {"client": environment.client, "url": environment.api_url}
    said: Spec = {"tenant": environment.tenant, "instance": environment.instance}
    said |= {"api": known} if (known := {name: text for name, text in api.items() if text}) else {}
    said |= {"owner": environment.owner, "timezone": environment.timezone}
    said |= {"horizon": _ahead(environment.horizon), "hoursAhead": _ahead(manifests.hours_ahead)}
    limits = {ours: str(getattr(environment.limits, name)) for ours, name in LIMITS.items()}
    said |= {"limits": limits} if environment.limits != Limits() else {}
    said |= {"protect": [*environment.protect]} if environment.protect else {}
    lines = [
        line.removeprefix("  ")
        for line, _ in section_lines([Entry("x", name, value) for name, value in said.items()])
    ]
    return [*lines[1:], "unmarked: match  # what Welkin has counts as declared: `plan --adopt` makes it ours"]


def _ahead(length: timedelta) -> str:
    weeks, rest = divmod(length, WEEK)
    return length_said(length) if rest else f"{weeks} week{'s' * (weeks != 1)}"
