"""The pages as HTML, each of what `looks` finds; plans and weeks are drawn by the templates of reports."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import NamedTuple

from reconciler.dates.zones import is_zone, zone_of
from reconciler.errors import PlanError
from reconciler.errors.escape import Printable
from reconciler.fleet.overview import moment
from reconciler.fleet.server import words
from reconciler.fleet.server.looks import Looks, Sought
from reconciler.fleet.server.visit import Visit
from reconciler.fleet.server.weeks import four_weeks, one_day, week_of
from reconciler.fleet.store import Row
from reconciler.model import Plan
from reconciler.plan.savedplan import from_json
from reconciler.report.html import sheets_of
from reconciler.report.review import review_of
from reconciler.report.template import rendered

ROOM = "reconciler.fleet.server"
SHORT = 160


class Missing(Exception):
    """There is no such page, or none that the asker may see."""


class Passed(NamedTuple):
    """What a run has come to, and when."""

    what: str
    at: float
    more: str = ""


class Pages:
    """Raise Missing: what is asked for isn't there, or isn't the asker's to see."""

    def __init__(self, looks: Looks) -> None:
        self._looks = looks

    def overview(self, visit: Visit) -> Printable:
        query = visit.query
        sought = Sought(
            query.get("tenant", ""), query.get("state", ""), query.get("q", "")[:200], visit.number("page", 1)
        )
        seen = self._looks.overview(sought, visit.asker.tenants)
        return self._page("overview.html", visit, title="Fleet", seen=seen)

    def environment(self, visit: Visit, name: str) -> Printable:
        place = self._place(visit, name)
        outlook, today = self._looks.outlook(name), _today(place, self._looks.now())
        data = self.open_plan(place)
        return self._with_plan(
            "environment.html",
            visit,
            data,
            title=name,
            place=place,
            revision=self._revision(place, place["revision"]),
            runs=self._looks.runs_of(name),
            outlook=outlook and four_weeks(name, outlook, today),
            operates=visit.asker.operates(place["tenant"]),
            digest=digest_of(data) if data else "",
        )

    def open_plan(self, place: Row) -> str | None:
        """The plan of what is open in an environment, as it was saved."""
        if place["shown"] not in ("drifted", "pending", "refused") or not place["last_run"]:
            return None
        return self._looks.plan(place["last_run"])

    def day(self, visit: Visit, name: str, asked: str) -> Printable:
        place = self._place(visit, name)
        outlook = self._looks.outlook(name)
        day = outlook and one_day(name, outlook, asked, _today(place, self._looks.now()))
        if not day:
            raise Missing(f"nothing is known of {asked} in {name}")
        made = self._looks.made(name, asked)
        return self._page("day.html", visit, title=f"{day.said}, {name}", place=place, day=day, made=made)

    def week(self, visit: Visit, tenant: str) -> Printable:
        places = self._looks.ahead(tenant) if visit.asker.sees(tenant) else []
        if not places:
            raise Missing(f"no tenant is called {tenant}")
        today = datetime.fromtimestamp(self._looks.now(), UTC).date()
        week = week_of(places, visit.query.get("from", ""), today)
        return self._page("week.html", visit, title=f"{tenant}, coming weeks", tenant=tenant, week=week)

    def run(self, visit: Visit, id: str) -> Printable:
        run = self._looks.run(id)
        place = run and self._looks.place(run["environment"])
        if not run or not place or not visit.asker.sees(place["tenant"]):
            raise Missing(f"no run is called {id}")
        return self._with_plan(
            "run.html",
            visit,
            self._looks.plan(id),
            title=f"Run {id}",
            run=run,
            steps=[*_steps(run)],
            revision=self._revision(place, run["revision"]),
            writes=self._looks.writes(id),
            outcomes=self._looks.outcomes(id),
            operates=visit.asker.operates(place["tenant"]),
        )

    def workers(self, visit: Visit) -> Printable:
        workers = self._looks.workers(visit.asker.tenants)
        return self._page("workers.html", visit, title="Workers", workers=workers)

    def audit(self, visit: Visit) -> Printable:
        acts = self._looks.audit(visit.asker.tenants)
        return self._page("audit.html", visit, title="Who did what", acts=acts)

    def wrong(self, visit: Visit, title: str, message: str) -> Printable:
        return self._page("wrong.html", visit, title=title, message=message)

    def _place(self, visit: Visit, name: str) -> Row:
        place = self._looks.place(name)
        if not place or not visit.asker.sees(place["tenant"]):
            raise Missing(f"no environment is called {name}")
        return place

    def _revision(self, place: Row, id: str | None) -> Row | None:
        return self._looks.revision(place["source"], id) if id else None

    def _with_plan(self, name: str, visit: Visit, data: str | None, **values: object) -> Printable:
        plan = _plan(data) if data else None
        if not plan or not plan.differs:
            return self._page(name, visit, **values)
        sheets = sheets_of([review_of(plan)])
        return self._page("review.html", visit, layout=name, sheets=sheets, failures={}, **values)

    def _page(self, name: str, visit: Visit, **values: object) -> Printable:
        return rendered(
            name,
            ROOM,
            visit=visit,
            now=self._looks.now(),
            ago=words.ago,
            took=words.took,
            moment=moment,
            short=_short,
            **values,
        )


def digest_of(data: str) -> str:
    """What stands for a plan where somebody asks for just that one."""
    return hashlib.sha256(data.encode()).hexdigest()


def _plan(data: str) -> Plan | None:
    try:
        (plan,) = from_json(data, "a run's plan")
    except (PlanError, ValueError):
        return None  # of another release: what it says in words stands beside it
    return plan


def _today(place: Row, now: float) -> date:
    zone = place["timezone"] if place["timezone"] and is_zone(place["timezone"]) else "UTC"
    return datetime.fromtimestamp(now, zone_of(zone)).date()


def _short(text: str) -> str:
    line = text.split("\n", 1)[0]
    return line if len(line) <= SHORT else line[: SHORT - 1] + "…"


def _steps(run: Row) -> Iterator[Passed]:
    if run["asked"]:
        yield Passed("asked for", run["asked"], run["cause"])
    if run["started"]:
        yield Passed("began", run["started"], f"on {run['worker']}" if run["worker"] else "")
    if run["ended"]:
        yield Passed(run["state"], run["ended"])
