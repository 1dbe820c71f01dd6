"""Plans and reports as text, in the words people know. Returns strings; a line's first sign is its colour."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, tzinfo
from itertools import groupby
from typing import Any

from reconciler.model import Action, Change, FieldDiff, Outcome, Plan, Report, Status
from reconciler.zones import zone_of

SIGNS = {
    Action.CREATE: "+",
    Action.UPDATE: "~",
    Action.ADOPT: "~",
    Action.DELETE: "-",
    Action.RETIRE: "-",
    Action.BLOCKED: "!",
    Action.NOOP: "=",
}
LABELS = {
    "eventTitle": "title", "eventType": "type", "eventMode": "mode", "eventColor": "color",
    "eventStatus": "status", "hostId": "host", "allDayEvent": "all day", "startDateTime": "starts",
    "endDateTime": "ends", "startDate": "from", "endDate": "to", "customUserAttributes": "attributes",
    "additionalInfo": "", "externalId": "mark",
}  # fmt: skip
ADDED, CHANGED = (Action.CREATE,), (Action.UPDATE, Action.ADOPT)
DESTROYED = (Action.DELETE, Action.RETIRE)
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def plan_text(plan: Plan, show_unchanged: bool = False) -> str:
    """Describe a plan: its changes, runs of alike occurrences as one, what to mind, and the counts."""
    zone = zone_of(plan.timezone)
    shown = [change for change in plan.changes if show_unchanged or change.action is not Action.NOOP]
    lines = [f"{plan.tenant}/{plan.instance} as `{plan.owner}`, times in {plan.timezone}", ""]
    for run in _runs(shown, zone):
        lines += [*_described(run, zone), ""]
    lines += [f"warning: {warning}" for warning in plan.warnings]
    lines += [f"brake: {brake.message}; apply refuses without {brake.allow}" for brake in plan.brakes]
    if plan.warnings or plan.brakes:
        lines.append("")
    return "\n".join([*lines, *_counted(plan)])


def report_text(report: Report) -> str:
    """Describe what an apply did: what is not as wished first, one line each, then the counts."""
    lines = []
    for title, statuses in (
        ("Failed:", (Status.FAILED, Status.UNKNOWN, Status.UNCONVERGED)),
        ("Not tried:", (Status.SKIPPED, Status.BLOCKED)),
        ("Past by now, dropped:", (Status.DROPPED,)),
        ("Already as wished:", (Status.ALREADY,)),
    ):
        listed = [f"  ! {_outcome(outcome)}" for outcome in report.having(*statuses)]
        lines += [title, *listed, ""] if listed else []
    done = [outcome.change.action for outcome in report.having(Status.DONE)]
    counts = ", ".join(
        f"{sum(action in actions for action in done)} {word}"
        for word, actions in (("added", ADDED), ("changed", CHANGED), ("destroyed", DESTROYED))
    )
    complete = not report.having(
        Status.FAILED, Status.UNKNOWN, Status.UNCONVERGED, Status.SKIPPED, Status.BLOCKED
    )
    return "\n".join([*lines, f"Apply {'complete!' if complete else 'incomplete.'} Resources: {counts}."])


def calls_text(reads: int, writes: int) -> str:
    """The calls made, as the last line of every report."""
    return f"{reads} read{'s' * (reads != 1)}, {writes} write{'s' * (writes != 1)}"


def outcome_text(outcome: Outcome) -> str:
    """One line about one change, as it comes."""
    sign = SIGNS[outcome.change.action] if outcome.status is Status.DONE else "!"
    return f"{sign} {_outcome(outcome)}"


def _outcome(outcome: Outcome) -> str:
    message = f": {outcome.message}" if outcome.message else ""
    return f"{outcome.change.key} {outcome.status}{message}"


def _counted(plan: Plan) -> Iterator[str]:
    if not plan.differs:
        yield "No changes."
        return
    add, change, destroy = (sum(map(plan.count, actions)) for actions in (ADDED, CHANGED, DESTROYED))
    yield f"Plan: {add} to add, {change} to change, {destroy} to destroy."
    blocked = plan.count(Action.BLOCKED)
    if blocked:
        yield f"{blocked} blocked: what to do stands beside each `!`."


def _runs(changes: Iterable[Change], zone: tzinfo) -> Iterator[list[Change]]:
    """Changes that say the same about occurrences of one series, as one."""
    for _, run in groupby(changes, key=lambda change: _gist(change, zone)):
        yield list(run)


def _gist(change: Change, zone: tzinfo) -> Any:
    """What alike occurrences share: everything but their dates."""
    if change.key.kind != "event":
        return id(change)
    series = change.key.name.rpartition("@")[0]
    fields = sorted(_rows(change, zone, dated=False))
    return change.action, series, change.reason, fields


def _described(run: Sequence[Change], zone: tzinfo) -> Iterator[str]:
    first, last = run[0], run[-1]
    title = str(first.key)
    if len(run) > 1:
        title += f" … {last.key.name.rpartition('@')[2]}  ({len(run)} occurrences)"
    if first.action is Action.ADOPT:
        title += "  (adopted)"
    yield f"  {SIGNS[first.action]} {title}"
    if first.reason:
        yield f"      {'blocked: ' if first.action is Action.BLOCKED else ''}{first.reason}"
    rows = list(_rows(first, zone, dated=len(run) == 1))
    width = max((len(label) for label, _ in rows), default=0)
    yield from (f"      {label:<{width}}  {text}" for label, text in rows)


def _rows(change: Change, zone: tzinfo, dated: bool) -> Iterator[tuple[str, str]]:
    """What is said about a change: a label and a text for each field that appears, differs or goes."""
    if change.action is Action.CREATE or (change.diff == () and change.after):
        yield from _fields(change.after or {}, zone, dated)
    elif change.action is Action.DELETE:
        yield from _fields(change.before or {}, zone, dated)
    else:
        for field in change.diff:
            yield _label(field.path), _difference(field, zone, dated)


def _fields(fields: Mapping[str, Any], zone: tzinfo, dated: bool) -> Iterator[tuple[str, str]]:
    for name, value in fields.items():
        if name in ("externalId", "allDayEvent", "eventStatus") or value in (None, {}, []):
            continue
        if isinstance(value, Mapping) and name in ("additionalInfo", "customUserAttributes"):
            yield from ((key, _said(key, item, zone, dated)) for key, item in value.items() if item)
        else:
            yield _label(name), _said(name, value, zone, dated)


def _label(path: str) -> str:
    head, _, rest = path.partition(".")
    return rest or LABELS.get(head, head) or head


def _difference(field: FieldDiff, zone: tzinfo, dated: bool) -> str:
    name = field.path.partition(".")[0]
    if name == "participants":
        before, after = set(field.before or ()), set(field.after or ())
        gone = [f"-{_person(who)}" for who in sorted(before - after)]
        return ", ".join([f"+{_person(who)}" for who in sorted(after - before)] + gone)
    return f"{_said(name, field.before, zone, dated)} → {_said(name, field.after, zone, dated)}"


def _said(name: str, value: Any, zone: tzinfo, dated: bool) -> str:
    if name == "endDate":
        return str(value or "open")
    if value is None or value == "":
        return "(none)"
    if name in ("startDateTime", "endDateTime"):
        local = datetime.fromisoformat(value).astimezone(zone)
        return f"{local:%a %Y-%m-%d %H:%M}" if dated else f"{local:%H:%M}"
    if name == "days":
        return _week(value) if isinstance(value, Mapping) else str(value)
    if name in ("hostId", "participants"):
        return ", ".join(map(_person, value)) if isinstance(value, (list, tuple)) else _person(value)
    if isinstance(value, (list, tuple)):
        return ", ".join(map(str, value))
    return str(value)


def _person(name: str) -> str:
    return name.removeprefix("user/")


def _week(days: Mapping[str, str]) -> str:
    """A week's hours, neighbouring days that work alike as a range: `mon-thu 09:00-18:00; fri off`."""
    texts = []
    for hours, group in groupby(DAYS, key=days.get):
        names = list(group)
        if hours is not None:
            texts.append(f"{names[0]}-{names[-1]} {hours}" if len(names) > 1 else f"{names[0]} {hours}")
    return "; ".join(texts) or "no hours"
