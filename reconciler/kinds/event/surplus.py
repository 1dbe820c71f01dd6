"""What is live of a series and no occurrence's: it goes, is handed over to a successor, or stays. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import NamedTuple, cast

from reconciler.dates.zones import zone_of
from reconciler.errors.mistakes import Mistake
from reconciler.kinds import Context, Known
from reconciler.kinds.event.bodies import request_of
from reconciler.kinds.event.fields import (
    ATTENDED,
    Fields,
    active,
    digest,
    patients_of,
    shown,
    starts,
    untouchable,
)
from reconciler.kinds.event.freetext import Ours
from reconciler.kinds.event.identity import Found, Owned, looked_at
from reconciler.kinds.event.leavers import Leavers
from reconciler.kinds.event.marks import LEAVES, Mark
from reconciler.kinds.event.moments import why_left_out
from reconciler.kinds.event.occurrence import instant, key_of
from reconciler.kinds.event.stretches import spec_on
from reconciler.kinds.event.unmarked import Neighbours
from reconciler.model import Action, Change, Manifest, Ref, Snapshot
from reconciler.model.spec import EventSpec


class Shared(NamedTuple):
    """What all series of a plan share.

    neighbours: where events without a mark may count as declared ones.
    """

    found: Found
    live: Snapshot
    context: Context
    known: Known
    ours: Ours
    leavers: Leavers
    declared: Mapping[str, Manifest]
    neighbours: Neighbours | None


class Surplus:
    """What of one series is left over."""

    def __init__(self, name: str, shared: Shared) -> None:
        self.name, self.matched, self.declared = name, shared.found.series[name], shared.declared.get(name)
        self.live, self.context, self.known = shared.live, shared.context, shared.known
        self.ours, self.leavers, self.now = shared.ours, shared.leavers, shared.context.now

    def changes(self) -> Iterator[Change]:
        """Of a declared series: what no occurrence wants any more goes."""
        pairs, left = self.matched
        declared = {id for wish, _ in pairs for id in wish.patients(self.live)} if left else set()
        for mark, event in sorted(left, key=_by_name):
            if not untouchable(event, self.now):
                change = self._surplus(mark, event, declared)
                yield (self._of_leaver(mark, event) if change.action is Action.NOOP else None) or change
        self._warn_of_running()

    def undeclared(self) -> Iterator[Change]:
        """A series that no manifest names any more: its future goes by `prune` only."""
        self._warn_of_running()
        kept = 0
        for mark, event in sorted(self.matched.left, key=_by_name):
            prune = self.context.environment.prune and self._removable(Owned(mark, event))
            leaving = None if prune else self._of_leaver(mark, event)
            if leaving is None and not self._removable(Owned(mark, event)):
                continue
            change = leaving or self._removal(mark, event, set())
            if leaving is None and not prune:
                kept += 1
                change = self.leavers.left(mark, event) or change.noop("no longer declared; prune is off")
            yield change
        if kept:
            message = f"event/{self.name}: nobody declares it any more, yet {kept} of its events stay"
            self.context.findings.warn(
                self.context.environment.source, f"{message}; `prune: true` deletes them", Mistake.STAYS
            )

    def _of_leaver(self, mark: Mark, event: Fields) -> Change | None:
        """What becomes of an event whose host is gone by then: the successor hosts it, or it goes; a leave
        that has begun ends."""
        if not active(event) or untouchable(event, self.now):
            return None
        if self.leavers.outlasts(event):
            return self.leavers.ended(mark, event)
        if not self.leavers.host(event) or not self._removable(Owned(mark, event)):
            return None
        return self.leavers.handed_over(mark, event) or self._removal(mark, event, set())

    def _removable(self, owned: Owned) -> bool:
        event = owned.event
        return active(event) and not untouchable(event, self.now) and starts(event) >= self.now

    def _warn_of_running(self) -> None:
        """A leave that has begun is not deleted: say how it is ended."""
        for mark, event in self.matched.left:
            running = active(event) and not untouchable(event, self.now) and starts(event) < self.now
            if running and not self.leavers.outlasts(event):
                zone = zone_of(self.context.zone_name(self.name.removeprefix(LEAVES)))
                begun, ends = (
                    instant(event[name]).astimezone(zone) for name in ("startDateTime", "endDateTime")
                )
                until, written = f"{ends:%Y-%m-%d}", f"{mark.occurrence}..DATE"
                if not event.get("allDayEvent"):
                    until += f"{ends: %H:%M}"
                    written = f"{{on: {begun:%Y-%m-%d}, between: {begun:%H:%M}-TIME}}"
                message = f"{key_of(self.name, mark.occurrence)} has begun and stays until {until}"
                self.context.findings.warn(
                    self.context.environment.source,
                    f"{message}; to end it sooner, declare it as {written}",
                    Mistake.RUNNING_LEAVE,
                )

    def _surplus(self, mark: Mark, event: Fields, declared: set[str | Ref]) -> Change:
        """An event of ours that no occurrence claims; `declared`: the patients its series names."""
        idle = Change(key_of(mark.series, mark.occurrence), Action.NOOP, live_id=event["id"])
        if not looked_at(mark.occurrence, self.matched, self.context):
            return idle.noop("moved by hand from a date that is out of sight: left alone")
        if not active(event):
            return idle.noop("cancelled")
        if not self._removable(Owned(mark, event)):
            return idle.noop("has begun: never deleted")
        return self._removal(mark, event, declared)

    def _removal(self, mark: Mark, event: Fields, declared: set[str | Ref]) -> Change:
        reason, why = self._why_gone(mark, event)
        change = Change(
            key_of(mark.series, mark.occurrence),
            Action.DELETE,
            before=self.ours.told(event, shown(event, self.live)),
            reason=reason,
            why=why,
            source=self.declared.source if self.declared else None,
            live_id=event["id"],
            live_digest=digest(event),
        )
        if set(patients_of(event)) - (set() if self.leavers.host(event) else declared):
            return change.blocked(ATTENDED)
        return change.sending(request_of(change, self.known))

    def _why_gone(self, mark: Mark, event: Fields) -> tuple[str, str]:
        """What it is that takes an event away, and why somebody has decided that, if they say so."""
        if self.leavers.host(event) and self.leavers.heir(event) is None:
            return "the host leaves", ""
        if self.declared is None:
            return "no longer declared", ""
        day = date.fromisoformat(mark.occurrence[:10])
        spec = spec_on(cast(EventSpec, self.declared.spec), day)
        host = str(self.live.person(event["hostId"])).removeprefix("user/")
        closed = self.context.closures.on(day, host)
        return why_left_out(spec, mark.occurrence, closed, self.context)


def _by_name(owned: Owned) -> str:
    return owned.mark.occurrence
