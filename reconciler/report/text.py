"""Plans as text, in the words people know. Prints nothing; a line's first sign is its colour."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta, tzinfo
from operator import attrgetter
from typing import Any, cast

from reconciler.dates.grammar import DAYS
from reconciler.dates.week import ranges, touches_midnight, week_text
from reconciler.dates.zones import zone_of
from reconciler.errors.escape import Printable, page
from reconciler.kinds import Said, kind_of, load_kinds, subject_of
from reconciler.kinds.event.moments import LAST_INSTANT
from reconciler.model import Action, Change, FieldDiff, Plan

DAY = timedelta(days=1)
SIGNS = {
    Action.CREATE: "+",
    Action.UPDATE: "~",
    Action.ADOPT: "~",
    Action.DELETE: "-",
    Action.RETIRE: "-",
    Action.BLOCKED: "!",
    Action.NOOP: "=",
}
ADDED, CHANGED = (Action.CREATE,), (Action.UPDATE, Action.ADOPT)
DESTROYED = (Action.DELETE, Action.RETIRE)


def plan_text(plan: Plan, show_unchanged: bool = False) -> Printable:
    """Describe a plan: its changes, runs of alike occurrences as one, what to mind, and the counts."""
    zone = zone_of(plan.timezone)
    shown = [change for change in plan.changes if show_unchanged or change.action is not Action.NOOP]
    lines = [f"{plan.tenant}/{plan.instance} as `{plan.owner}`, times in {plan.timezone}", ""]
    for run in _runs(sorted(shown, key=_reading_order), zone):
        lines += [*_described(run, zone), ""]
    lines += [f"warning: {warning}" for warning in plan.warnings]
    lines += [f"brake: {brake.message}; apply refuses without {brake.allow}" for brake in plan.brakes]
    if plan.warnings or plan.brakes:
        lines.append("")
    return page([*lines, *_counted(plan)])


def calls_text(reads: int, writes: int) -> Printable:
    """The calls made, as the last line of every report."""
    return page([f"{reads} read{'s' * (reads != 1)}, {writes} write{'s' * (writes != 1)}"])


def _counted(plan: Plan) -> Iterator[str]:
    if not plan.differs:
        yield "No changes."
        return
    add, change, destroy = (sum(map(plan.count, actions)) for actions in (ADDED, CHANGED, DESTROYED))
    yield f"Plan: {add} to add, {change} to change, {destroy} to destroy."
    blocked = plan.count(Action.BLOCKED)
    if blocked:
        yield f"{blocked} blocked: what to do stands beside each `!`."


def _reading_order(change: Change) -> tuple[bool, int, str]:
    """By kind, a person's rows of hours together; the plan's own order is that of sending."""
    place = list(load_kinds()).index(change.key.kind)
    return change.action is Action.DELETE, place, kind_of(change.key).chain(change) or ""


def _runs(changes: Iterable[Change], zone: tzinfo) -> Iterator[list[Change]]:
    """Changes that say the same about occurrences of one series, as one, where the first of them stands."""
    runs: dict[Hashable, list[Change]] = {}
    for change in changes:
        runs.setdefault(_gist(change, zone), []).append(change)
    yield from runs.values()


def _gist(change: Change, zone: tzinfo) -> Hashable:
    """What alike occurrences share: everything but their dates."""
    if not kind_of(change.key).words.alike:
        return id(change)
    series = change.key.kind, subject_of(change.key)
    rows = tuple(_rows(change, zone, [("", 1), ("", 1)]))
    return change.action, series, change.reason, rows


def _described(run: Sequence[Change], zone: tzinfo) -> Iterator[str]:
    first, last = run[0], run[-1]
    title = str(first.key)
    if len(run) > 1:
        title += f" … {last.key.name.rpartition('@')[2]}  ({len(run)} {kind_of(first.key).words.pieces})"
    if first.action is Action.ADOPT:
        title += "  (adopted)"
    yield f"  {SIGNS[first.action]} {title}"
    if first.reason:
        yield f"      {'blocked: ' if first.action is Action.BLOCKED else ''}{first.reason}"
    rows = list(_rows(first, zone, [_days_of(change, zone) for change in run]))
    rows[1:1] = [("rule", first.rule)] if len(run) > 1 and first.rule else []
    width = max((len(label) for label, _ in rows), default=0)
    yield from (f"      {label:<{width}}  {text}" for label, text in rows)


def _rows(change: Change, zone: tzinfo, days: Sequence[tuple[str, int]]) -> Iterator[tuple[str, str]]:
    """What is said about a change: a label and a text for each field that appears, differs or goes.

    days: date and ISO weekday of each occurrence the rows speak for.
    """
    if not kind_of(change.key).words.told:
        names = [f.path for f in change.diff] or list(change.after or ())
        yield from [("fields", ", ".join(names))] if names else []
    elif change.diff:
        yield from _differences(change, zone, days)
    elif change.action is not Action.RETIRE:
        yield from _fields(change, change.after or change.before or {}, zone, days)


def _fields(
    change: Change, values: Mapping[str, Any], zone: tzinfo, days: Sequence[tuple[str, int]]
) -> Iterator[tuple[str, str]]:
    yield from _times(values, zone, days)
    fields = map(kind_of(change.key).field, values)
    for field in sorted(fields, key=attrgetter("rank")):
        value = values[field.name]
        if value in (None, "", {}, []):
            continue
        match field.said:
            case Said.PLAINLY:
                yield field.label, _said(value)
            case Said.EACH:
                yield from ((field.inside(name), _said(item)) for name, item in value.items() if item)
            case Said.WEEK:
                yield field.label, week_text(value, values["startDate"], values.get("endDate"))
            case Said.PEOPLE:
                others = [who for who in value if who != values.get("hostId")]
                yield from [("with", _said(others))] if others else []


def _times(
    fields: Mapping[str, Any], zone: tzinfo, days: Sequence[tuple[str, int]]
) -> Iterator[tuple[str, str]]:
    """When it is, in one line: of an event its days and clock, of hours the dates they hold."""
    if fields.get("startDateTime") and fields.get("endDateTime"):
        start, end = fields["startDateTime"], fields["endDateTime"]
        yield "when", f"{_days_said(days)} {_clocks(start, end, zone, days)}"
    if fields.get("startDate"):
        begin, end = fields["startDate"], fields.get("endDate") or "(open)"
        yield "dates", begin if begin == end else f"{begin} – {end}"


def _differences(change: Change, zone: tzinfo, days: Sequence[tuple[str, int]]) -> Iterator[tuple[str, str]]:
    weeks = _weeks(change)
    yield from [("days", weeks)] if weeks else []
    diff = [field for field in change.diff if not weeks or field.path.partition(".")[0] != "days"]
    times = {field.path: field for field in diff if field.path in ("startDateTime", "endDateTime")}
    if len(times) == 2:
        yield "when", _moved(times["startDateTime"], times["endDateTime"], zone, days)
    told = [(kind_of(change.key).field(each.path.partition(".")[0]), each) for each in diff]
    for field, (path, before, after) in sorted(told, key=lambda pair: pair[0].rank):
        below = path.partition(".")[2]
        if field.said is Said.WEEK:
            yield below, f"{before or 'off'} → {after or 'off'}"
        elif field.said is Said.PEOPLE:
            yield "with", _came_and_went(before, after)
        elif field.name in times:
            both = (_moment(side, zone, days) for side in (before, after))
            yield from [(field.label, " → ".join(both))] if len(times) == 1 else []
        else:
            label = field.inside(below) if field.said is Said.EACH else below or field.label
            yield label, f"{_said(before, field.unset)} → {_said(after, field.unset)}"


def _weeks(change: Change) -> str:
    """The week before and after, where it is another one as a whole, or hours go on over midnight: day by day
    a night would be two halves."""
    paths = [field.path for field in change.diff if field.path.partition(".")[0] == "days"]
    sides = [side for side in (change.before, change.after) if side and "days" in side]
    if not paths or not ("days" in paths or any(touches_midnight(side["days"]) for side in sides)):
        return ""
    said = (week_text(side["days"], side["startDate"], side.get("endDate")) for side in sides)
    return " → ".join(week or "no hours" for week in said)


def _came_and_went(*sides: object) -> str:
    had, has = (set(cast(Sequence[str], side or ())) for side in sides)
    came = [f"+{_person(who)}" for who in sorted(has - had)]
    return ", ".join(came + [f"-{_person(who)}" for who in sorted(had - has)])


def _moved(start: FieldDiff, end: FieldDiff, zone: tzinfo, days: Sequence[tuple[str, int]]) -> str:
    """From when to when; the day once, where it is the same: `wed 14:00-15:30 → 15:00-16:30`."""
    sides = []
    for first, last in ((str(start.before), str(end.before)), (str(start.after), str(end.after))):
        day = _whole(first) if _is_whole(last) else datetime.fromisoformat(first).astimezone(zone)
        said = f"{day:%a %Y-%m-%d}" if len(days) == 1 else f"{day:%a}".lower()
        sides.append((said, _clocks(first, last, zone, days)))
    (old_day, before), (new_day, after) = sides
    return f"{old_day} {before} → " + (after if old_day == new_day else f"{new_day} {after}")


def _clocks(start: str, end: str, zone: tzinfo, days: Sequence[tuple[str, int]]) -> str:
    """From when to when on the days said before, and until which day where that is not the next morning."""
    single = len(days) == 1
    if _is_whole(end):
        first, last = _whole(start), _whole(end)
        more = f"– {last:%a %Y-%m-%d}, " if single else f"({(last - first).days + 1} days) "
        return f"{more if first < last else ''}all day"
    begin, over = (datetime.fromisoformat(value).astimezone(zone) for value in (start, end))
    if over - begin < DAY:
        return f"{begin:%H:%M}-{over:%H:%M}"
    until = f"{over:%a %Y-%m-%d %H:%M}" if single else f"{over:%a %H:%M}".lower()
    return f"{begin:%H:%M} – {until}"


def _is_whole(end: str) -> bool:
    """Whether an event lasts to the last instant of a day: its days are those of its own zone."""
    return end.endswith("59.999Z")


def _whole(value: str) -> date:
    """The day that begins, or ends, at a midnight of whatever zone from Hawaii to New Zealand."""
    instant = datetime.fromisoformat(value)
    midnight = instant + LAST_INSTANT - DAY if _is_whole(value) else instant
    return (midnight + timedelta(hours=13.5)).date()


def _moment(value: object, zone: tzinfo, days: Sequence[tuple[str, int]]) -> str:
    """A start or end: with its date, or for a run of occurrences with its weekday."""
    if value is None:
        return "(none)"
    if _is_whole(text := str(value)):
        return f"{_whole(text):%a %Y-%m-%d}"
    local = datetime.fromisoformat(text).astimezone(zone)
    return f"{local:%a %Y-%m-%d %H:%M}" if len(days) == 1 else f"{local:%a %H:%M}".lower()


def _days_of(change: Change, zone: tzinfo) -> tuple[str, int]:
    fields = change.after or change.before or {}
    start = fields.get("startDateTime")
    if not start:
        return "", 1
    whole = _is_whole(fields.get("endDateTime") or "")
    day = _whole(start) if whole else datetime.fromisoformat(start).astimezone(zone).date()
    return str(day), day.isoweekday()


def _days_said(days: Sequence[tuple[str, int]]) -> str:
    if len(days) == 1:
        return f"{DAYS[days[0][1] - 1].capitalize()} {days[0][0]}"
    return ranges(sorted({day for _, day in days}))


def _said(value: object, unset: str = "(none)") -> str:
    if value in (None, "", [], {}):
        return unset
    if isinstance(value, (list, tuple)):
        return ", ".join(_person(str(item)) for item in value)
    return _person(str(value))


def _person(name: str) -> str:
    return name.removeprefix("user/")
