"""A fleet of thousands in a database, as its workers leave it: states, runs, a plan, the weeks ahead."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from reconciler.fleet.database import Database
from reconciler.fleet.outlooks import keep_outlook, note_made
from reconciler.fleet.states import State
from reconciler.fleet.store import Transaction, Value
from reconciler.model import Plan
from reconciler.model.impact import Outlook
from reconciler.plan.planfile import to_json
from reconciler.staffing.review import looked_ahead
from tests.support.staffed import Clinic, Side, Someone, epoch, event, row

ZONE = "America/Los_Angeles"
PLACES, TENANTS, AGREED = 5000, 50, 5
LINK = "https://git.example.org/clinics/staffing/pull/482"
SUBJECT = "Leave of person1 and person2"
STATES = (State.IN_SYNC, State.DRIFTED, State.PENDING, State.REFUSED, State.FAILED)
_WEIGHTS = (90, 4, 3, 2, 1)


class Filled(NamedTuple):
    """thin: the environment with the thinnest day of all, `day`; pending: one whose plan can be applied."""

    tenant: str
    thin: str
    day: str
    pending: str


def name_of(number: int, tenants: int = TENANTS) -> str:
    return f"clinics/env/t{number % tenants:02}-{number:04}"


def fill(database: Database, places: int = PLACES, tenants: int = TENANTS) -> Filled:
    now = database.now()
    plan, thin, day = ahead_of(datetime.fromtimestamp(now, UTC))
    usual = _usual(thin)

    def work(within: Transaction) -> None:
        rnd = random.Random(1)
        _insert(within, "worker", id="w1/abc", name="w1", version="0.1", protocol="1", process=4711,
                host="box", started=now - 9000, seen=now, until=now + 1e6,
                state="alive", width=8)  # fmt: skip
        for number in range(places):
            state = State.PENDING if number < 2 else rnd.choices(STATES, _WEIGHTS)[0]
            _place(within, number, tenants, state, now - rnd.random() * 4e5, now)
            keep_outlook(within, name_of(number, tenants), thin if number == 0 else _varied(usual, rnd))
        _insert(within, "revision", source="clinics", id="a" * 40, subject=SUBJECT, link=LINK)
        note_made(within, name_of(0, tenants), f"{0:016x}", "a" * 40, [day])
        _insert(within, "plan", run=f"{1:016x}", data=to_json([plan]), made=now)

    database.together(work)
    return Filled("t00", name_of(0, tenants), day, name_of(1, tenants))


def _place(within: Transaction, number: int, tenants: int, state: State, since: float, now: float) -> None:
    name, run, ok = name_of(number, tenants), f"{number:016x}", state is State.IN_SYNC
    _insert(within, "environment", name=name, source="clinics", path=f"{name.partition('/')[2]}.yaml",
            tenant=f"t{number % tenants:02}", instance="live", api="https://api.example.org", timezone=ZONE,
            known=now - 9e5, revision="a" * 40, state=state, changes=0 if ok else 1, since=since,
            checked=now - 60, last_run=run,
            message=None if ok else "Plan: 0 to add, 1 to change, 0 to destroy.")  # fmt: skip
    for kind, id, at in (("drift", run, now - 60), ("apply", f"{number + (1 << 32):016x}", since)):
        _insert(within, "run", id=id, environment=name, kind=kind, cause="schedule", asked=at - 9, due=at - 9,
                state="succeeded", attempts=1, worker="w1/abc", revision="a" * 40, started=at - 8, ended=at,
                changes=0)  # fmt: skip


def _insert(within: Transaction, table: str, **values: Value) -> None:
    marks = ", ".join(f":{name}" for name in values)
    within.run(f"INSERT INTO welkin.{table} ({', '.join(values)}) VALUES ({marks})", **values)


def ahead_of(now: datetime) -> tuple[Plan, Outlook, str]:
    """Six people of whom two are away on one day; a plan that takes a third from a patient of hers."""
    day = next(each for each in (now.date() + timedelta(days=n) for n in range(9, 16)) if each.weekday() == 2)
    away = (epoch(f"{day}T00:00-08:00"), epoch(f"{day + timedelta(days=1)}T00:00-08:00"))
    week = {each: ["08:00-16:30"] for each in ("mon", "tue", "wed", "thu", "fri")}
    since = str(now.date() - timedelta(days=now.weekday() + 7))

    def side(*leaves: tuple[int, int]) -> Side:
        return Side(ZONE, [row(since, None, week)], [*leaves])

    later = tuple(each + 86400 for each in away)
    people = {f"person{n}": Someone(side(), side()) for n in range(6)}
    people |= {name: Someone(side(away), side(away)) for name in ("person1", "person2")}
    people["person3"] = Someone(side(), side((later[0], later[1])))
    booked = event("5a0e", "person3", later[0] + 36000, later[0] + 37800, ["p1"])
    cover = {
        "cover": str(AGREED),
        "of": "all",
        "days": "mon-fri",
        "between": "09:00-16:00",
        "severity": "warn",
    }
    clinic = Clinic(now, people, [booked], policies=[cover], timezone=ZONE, horizon=timedelta(weeks=4))
    context = clinic.context()
    plan, outlook = looked_ahead(clinic.plan(context), clinic.snapshot(), context)
    digest = f"sha256:{0:064x}"
    plan = replace(plan, manifest_digest=digest, live_digest=digest, api_url="https://api.example.org")
    return plan, outlook, str(day)


def _usual(thin: Outlook) -> Outlook:
    """The same, of a clinic that lacks nobody."""
    days = [
        {**day, "short": 0.0, "least": int(day["usualLeast"]), "hours": day["usualHours"]}
        for day in thin["days"]
    ]
    plain = {**thin, "days": days, "gaps": [], "stranded": [], "changed": []}
    return json.loads(json.dumps(plain))  # type: ignore[no-any-return]


def _varied(usual: Outlook, rnd: random.Random) -> Outlook:
    days = [{**day, "hours": day["hours"] - (rnd.random() < 0.1)} for day in usual["days"]]
    return {**usual, "days": days}  # type: ignore[typeddict-item]
