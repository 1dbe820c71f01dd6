"""A plan for the person who must answer for it: people first, folded, in words. Every format renders this.

It is made of the plan alone, so that a saved one says what it said when it was made.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, tzinfo
from typing import NamedTuple

from reconciler.dates.said import MOST, day_said
from reconciler.dates.zones import zone_of
from reconciler.kinds import kind_of, load_kinds, subject_of
from reconciler.model import Accepted, Action, Change, Key, Plan
from reconciler.model.impact import Impact, Stranded, Violation
from reconciler.model.told import Block, Gist, Leaver, Line, Telling, WeekHours
from reconciler.report.authors import with_authors
from reconciler.report.letters import legend_of
from reconciler.report.people import PersonLine, people_in, taken_in

ADDED, CHANGED = (Action.CREATE,), (Action.UPDATE, Action.ADOPT)
DESTROYED = (Action.DELETE, Action.RETIRE)
_TOLD = ("denied", "warned", "excepted")


class Lost(NamedTuple):
    """A patient appointment that loses its host; `others`: when the same host could take it."""

    event: str
    host: str
    when: str
    why: str
    others: tuple[str, ...]


class Review(NamedTuple):
    """What a plan comes to. Texts as they are: each renderer escapes them its own way.

    today: the date of the plan in the environment's zone.
    place: `gh/sb-demo`. differently: whose time on duty changes, and not by the moving horizon alone.
    summary: what happens to people, in sentences; empty where nothing does.
    legend: what the names of shifts stand for that the blocks speak of.
    unchanged: what needs nothing, where that was asked for.
    routine: what the moving horizon alone brings. rules: broken policies, the `denied` ones first;
    few_rules: of each at most ten. taken, blocked: blocks that take something away, or can't be carried out.
    people: a line for each whom the plan concerns.
    unmanaged: of a comparison, what stays in the service and nobody looks after any more.
    standing: facts that nobody can do anything about. counts: the plan's requests.
    """

    plan: Plan
    today: date
    place: str
    differently: frozenset[str]
    summary: tuple[str, ...]
    legend: str
    blocks: tuple[Block, ...]
    unchanged: tuple[str, ...]
    stranded: tuple[Lost, ...]
    rules: tuple[str, ...]
    few_rules: tuple[str, ...]
    denied: tuple[str, ...]
    taken: tuple[Block, ...]
    blocked: tuple[Block, ...]
    people: tuple[PersonLine, ...]
    routine: str
    warnings: tuple[str, ...]
    unmanaged: tuple[str, ...]
    standing: tuple[str, ...]
    brakes: tuple[str, ...]
    counts: tuple[str, ...]
    looked_until: str | None


def review_of(plan: Plan, show_unchanged: bool = False) -> Review:
    """Fold a plan, made now or saved, and say it."""
    zone = zone_of(plan.timezone)
    today = plan.created_at.astimezone(zone).date()
    shown = [change for change in plan.changes if change.action is not Action.NOOP]
    telling = Telling(
        today, plan.timezone, plan.about, _weeks(plan), _looked_until(plan), dict(_leavers(shown, plan))
    )
    routine = [change for change in shown if change.is_routine]
    blocks = tuple(_blocks([change for change in shown if not change.is_routine], telling))
    if any(change.touched for change in shown):
        blocks = tuple(with_authors(blocks, shown, telling))
    differently = frozenset(_work_differently(plan, blocks))
    stranded = plan.impact["stranded"] or () if plan.impact else ()
    lost = tuple(_lost(each, telling.today, zone) for each in stranded)
    return Review(
        plan=plan,
        today=telling.today,
        place=f"{plan.tenant}/{plan.instance}",
        differently=differently,
        summary=tuple(_summary(blocks, lost, differently)),
        legend=legend_of({name for block in blocks for name in block.shifts}, plan.about.shifts),
        blocks=blocks,
        stranded=lost,
        unchanged=tuple(_unchanged(plan)) if show_unchanged else (),
        rules=tuple(_rules(plan.violations)),
        few_rules=tuple(_rules(plan.violations, MOST)),
        denied=tuple(_rules(each for each in plan.violations if each["outcome"] == _TOLD[0])),
        taken=tuple(taken_in(blocks, telling.weeks)),
        blocked=tuple(block for block in blocks if block.blocked),
        people=tuple(people_in(blocks, (each.host for each in lost))),
        routine=plan.about.note or _routine(routine, telling),
        warnings=tuple(text for text in plan.warnings if text not in (*plan.standing, plan.about.note)),
        unmanaged=plan.unmanaged,
        standing=tuple(warning for warning in plan.warnings if warning in plan.standing),
        brakes=tuple(f"{brake.message}; apply refuses without {brake.allow}" for brake in plan.brakes),
        counts=tuple(counted(plan)),
        looked_until=plan.impact and _looked(plan.impact),
    )


def _looked(impact: Impact) -> str:
    """Until when it was looked, and what was not seen."""
    unread = "" if impact["stranded"] is not None else "; appointments of patients were not read"
    return f"{impact['lookedUntil']}{unread}"


def counted(plan: Plan) -> Iterator[str]:
    """The plan's requests, in the words people know."""
    if not plan.differs:
        yield "No changes."
        return
    add, change, destroy = (sum(map(plan.count, actions)) for actions in (ADDED, CHANGED, DESTROYED))
    blocked = plan.count(Action.BLOCKED)
    accepted = sum(change.accepted is not None for change in plan.changes)
    beside = (
        f" {blocked - accepted} blocked: what to do stands beside each `!`." if blocked > accepted else ""
    )
    beside += f" {accepted} blocked and accepted." if accepted else ""
    yield f"Plan: {add} to add, {change} to change, {destroy} to destroy.{beside}"


def _unchanged(plan: Plan) -> Iterator[str]:
    """What needs nothing, a line for each person and series and why."""
    alike = Counter(
        (f"{change.key.kind}/{subject_of(change.key)}", change.reason)
        for change in plan.changes
        if change.action is Action.NOOP
    )
    for (name, reason), count in alike.items():
        yield f"{name}{f' ({count})' if count > 1 else ''}{f': {reason}' if reason else ''}"


def _blocks(changes: Sequence[Change], telling: Telling) -> Iterator[Block]:
    """Kind by kind, in the order in which people read them: who, when, what."""
    accepted = {change.key: change.accepted for change in changes if change.accepted}
    reasons = {change.key: change for change in changes if change.why}
    for kind in load_kinds().values():
        own = _of(changes, kind.name)
        # Who leaves is told of, though nothing of theirs changes.
        for block in kind.told(own, telling) if own or telling.leavers else ():
            lines = [*_why(block, reasons, telling)] if reasons else []
            lines += [_accepted(found, telling) for key in block.keys if (found := accepted.get(key))]
            yield block._replace(lines=(*block.lines, *dict.fromkeys(lines))) if lines else block


def _why(block: Block, reasons: Mapping[Key, Change], telling: Telling) -> Iterator[Line]:
    """The reasons that manifests give, with their dates where one is not that of the whole block."""
    found: dict[str, list[Change]] = {}
    for key in block.keys:
        if key in reasons:
            found.setdefault(reasons[key].why, []).append(reasons[key])
    for why, changes in found.items():
        if f"({why})" in block.head:
            continue
        when = kind_of(changes[0].key).when(changes, telling.today)
        yield Line("why", f"{when}: {why}" if when and len(changes) < len(block.keys) else why)


def _accepted(accepted: Accepted, telling: Telling) -> Line:
    until = day_said(date.fromisoformat(accepted.until), telling.today)
    return Line("accepted", f"until {until}: {accepted.reason}")


def _looked_until(plan: Plan) -> date | None:
    return date.fromisoformat(plan.impact["lookedUntil"]) if plan.impact else None


def _weeks(plan: Plan) -> Mapping[str, tuple[WeekHours, ...]] | None:
    """By username, all weeks of those for whom one differs; None where nobody has looked."""
    if plan.impact is None:
        return None
    return {
        person["user"]: tuple(
            WeekHours(date.fromisoformat(week["monday"]), week["before"], week["after"])
            for week in person["weeks"]
        )
        for person in plan.impact["hours"]["people"]
    }


def _leavers(shown: Sequence[Change], plan: Plan) -> Iterator[tuple[str, Leaver]]:
    """Those who leave and are spoken of in what is shown."""
    for departure in plan.impact["departures"] if plan.impact else ():
        name = departure["user"]
        theirs = [change for change in shown if kind_of(change.key).involves(change, name)]
        if theirs:
            yield name, Leaver(departure, any(change.request for change in theirs))


def _lost(lost: Stranded, today: date, zone: tzinfo) -> Lost:
    def said(text: str) -> str:
        at = datetime.fromisoformat(text).astimezone(zone)
        return f"{day_said(at.date(), today)} {at:%H:%M}"

    end = datetime.fromisoformat(lost["end"]).astimezone(zone)
    others = tuple(said(slot["start"]) for slot in lost["suggestions"] or ())
    when = f"{said(lost['start'])}-{end:%H:%M}"
    return Lost(lost["eventId"], lost["host"], when, ", ".join(lost["reasons"]), others)


def _rules(violations: Iterable[Violation], most: int | None = None) -> Iterator[str]:
    """Broken rules as lines; those broken before the plan, and no worse by it, stand only in JSON.

    most: named of each rule and outcome, the others are counted.
    """
    told: dict[tuple[int, str], list[str]] = {}
    for each in violations:
        if each["outcome"] in _TOLD:
            start = f"{each['source']['path']}:{each['source']['line']}: {each['outcome']}: "
            told.setdefault((_TOLD.index(each["outcome"]), start), []).append(each["message"])
    for (_, start), messages in sorted(told.items(), key=lambda rule: rule[0][0]):
        yield from (f"{start}{message}" for message in messages[:most])
        if len(messages) > len(messages[:most]):
            yield f"{start}and {len(messages) - len(messages[:most])} more: --details names them"


# What the paragraph says of one, and of more.
_OF_PEOPLE = {
    Gist.NEW_PERSON: ("1 person is new", "# people are new"),
    Gist.PERSON_GOES: ("1 person leaves", "# people leave"),
    Gist.HOURS: ("1 person works differently", "# people work differently"),
    Gist.LEAVE: ("leave of 1 person changes", "leave of # people changes"),
    Gist.DETAILS: ("details of 1 person change", "details of # people change"),
}
_OF_MEETINGS = {
    Gist.NEW_MEETING: ("1 meeting is new", "# meetings are new"),
    Gist.MOVES: ("1 meeting moves", "# meetings move"),
    Gist.CHANGES: ("1 meeting changes", "# meetings change"),
    Gist.LOSES: ("1 meeting loses", "# meetings lose"),
    Gist.GAINS: ("1 meeting gains", "# meetings gain"),
    Gist.ENDS: ("1 meeting ends", "# meetings end"),
    Gist.ADOPTED: ("1 meeting is taken over", "# meetings are taken over"),
    Gist.OTHER: ("1 other thing changes", "# other things change"),
}
_DATED = (Gist.LOSES, Gist.GAINS)


def _work_differently(plan: Plan, blocks: Sequence[Block]) -> Iterator[str]:
    """For whom any instant on duty changes: by hours, by leave, or as another zone moves them.

    Beyond what was looked at, and where nobody has looked, for whom a block says so.
    """
    until = _looked_until(plan) or date.min
    changed = {week["user"] for week in plan.rota}
    for block in blocks:
        gists = {count.gist for count in block.counts}
        unseen = Gist.HOURS in gists and block.first is not None and block.first > until
        yield from (who for who in block.people if unseen or (gists & _OF_PEOPLE.keys() and who in changed))


def _summary(blocks: Sequence[Block], lost: Sequence[Lost], differently: frozenset[str]) -> Iterator[str]:
    """What happens to people and meetings, in numbers; what is blocked doesn't happen.

    differently: who works so. Nobody is new, or leaves, or is on leave, and counted with them, too.
    """
    people, meetings, dates = defaultdict[Gist, set[str]](set), Counter[Gist](), Counter[Gist]()
    for block in blocks:
        for gist, number in block.counts:
            people[gist] |= set(block.people)
            meetings[gist] += 1
            dates[gist] += number
    by_hours = people[Gist.HOURS]
    people[Gist.HOURS] = {*differently} - people[Gist.NEW_PERSON] - people[Gist.PERSON_GOES]
    by_leave = people[Gist.HOURS] & people[Gist.LEAVE] - by_hours
    people[Gist.LEAVE] -= people[Gist.HOURS] | people[Gist.NEW_PERSON] | people[Gist.PERSON_GOES]
    said = [
        _counted(forms, len(people[gist])) + (_by_leave(by_leave, people[gist]) if gist is Gist.HOURS else "")
        for gist, forms in _OF_PEOPLE.items()
        if people[gist]
    ]
    for gist, forms in _OF_MEETINGS.items():
        if meetings[gist]:
            how_many = f" {_counted(('1 date', '# dates'), dates[gist])}" if gist in _DATED else ""
            said.append(_counted(forms, meetings[gist]) + how_many)
    if said:
        text = ", ".join(said)
        yield f"{text[0].upper()}{text[1:]}."
    if lost:
        forms = ("1 patient appointment is stranded.", "# patient appointments are stranded.")
        yield _counted(forms, len(lost))


def _by_leave(some: set[str], people: set[str]) -> str:
    """How many of these people work differently because their leave changes, and nothing else."""
    return "" if not some else " (by leave)" if some == people else f" ({len(some)} by leave)"


def _counted(forms: tuple[str, str], count: int) -> str:
    one, many = forms
    return one if count == 1 else many.replace("#", str(count))


def _routine(routine: Sequence[Change], telling: Telling) -> str:
    """What the moving horizon alone brings, and how far everything is written then."""
    said = [kind.routine(own) for kind in load_kinds().values() if (own := _of(routine, kind.name))]
    until = telling.about.written_until
    if not said:
        return ""
    written = day_said(date.fromisoformat(until), telling.today) if until else ""
    ends = f" Series are written until {written}; without an apply they end there." if until else ""
    return f"As the horizon moves on: {', '.join(said)}.{ends}"


def _of(changes: Iterable[Change], kind: str) -> list[Change]:
    return [change for change in changes if change.key.kind == kind]
