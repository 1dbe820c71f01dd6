"""Where a plan breaks what the manifests' policies say, and what becomes of it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from reconciler.kinds import Context
from reconciler.model import Source
from reconciler.staffing.policies import POLICIES, Facts, Finding
from reconciler.staffing.rules import Exemption, People, Rule


class Outcome(StrEnum):
    """What becomes of a violation; only what is denied stops an apply."""

    DENIED = "denied"
    WARNED = "warned"
    EXCEPTED = "excepted"
    EXISTING = "existing"


@dataclass(frozen=True, slots=True)
class Violation:
    """One place at which a rule doesn't hold once the plan has been applied.

    date: the day, or the Monday of the week. start, end: in epoch seconds. limit, before, after: in the unit
    of the policy. What doesn't apply is None. message: without place and outcome; `str` gives the whole line.
    """

    policy: str
    source: Source
    severity: str
    outcome: Outcome
    user: str | None
    date: date | None
    start: int | None
    end: int | None
    limit: float | None
    before: float | None
    after: float | None
    exemption: Exemption | None
    changes: tuple[str, ...]
    message: str

    def __str__(self) -> str:
        return f"{self.source.path}:{self.source.line}: {self.outcome}: {self.message}"


def rules(people: People, context: Context) -> Iterator[Rule]:
    """The entries of `policies`, in their order."""
    for manifest in context.environment.under("policies"):
        policy = next(name for name in POLICIES if name in manifest.spec)
        yield Rule.read(manifest, policy, people, context)


def violations(rules: Iterable[Rule], facts: Facts) -> list[Violation]:
    """Every place at which a rule doesn't hold, rule by rule."""
    return [
        _judged(rule, finding)
        for rule in rules
        for finding in POLICIES[rule.policy](rule, facts)
        if finding.user is None or rule.users.takes(finding.user, *finding.dates)
    ]


def _judged(rule: Rule, found: Finding) -> Violation:
    exemption = found.exemption
    if exemption is None and found.date is not None:
        exemption = rule.exemption(found.user, *found.dates)
    if exemption:
        outcome = Outcome.EXCEPTED
    elif not found.worse:
        outcome = Outcome.EXISTING
    else:
        outcome = Outcome.DENIED if rule.severity == "deny" else Outcome.WARNED
    title = rule.policy if rule.value == "true" else f"{rule.policy} {rule.value}"
    start, end = found.when or (None, None)
    return Violation(
        rule.policy, rule.source, rule.severity, outcome, found.user, found.date, start, end, found.limit,
        found.before, found.after, exemption, found.changes, f"{title}: {found.words}",
    )  # fmt: skip
