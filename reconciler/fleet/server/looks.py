"""What the pages show, from the database: as much of it as one page holds, and of whose the asker may see.

Times are seconds since 1970; what an environment's state is, says the database as `states.py` does.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple, cast

from reconciler.fleet.database import Database
from reconciler.fleet.states import INTERVALS, State
from reconciler.fleet.store import Row, Value, one
from reconciler.fleet.tables import is_ready
from reconciler.model.impact import Outlook, Thinness

PAGE = 50
LAST_RUNS = 20
# What somebody has to do something about comes first, then what nobody knows.
ORDER = (
    State.FAILED, State.REFUSED, State.DRIFTED, State.PENDING, State.UNKNOWN, State.PAUSED, State.IN_SYNC,
)  # fmt: skip

_RANK = " ".join(f"WHEN '{state}' THEN {number}" for number, state in enumerate(ORDER))
# Environments with the state that is told of them; `pause`: what holds up runs there.
_PLACES = """WITH place AS (
    SELECT env.*, coalesce(own.by, whole.by) AS paused_by, coalesce(own.reason, whole.reason) AS pause_reason,
        CASE WHEN own.name IS NULL THEN whole.name END AS paused_tenant,
        CASE WHEN own.name IS NOT NULL OR whole.name IS NOT NULL THEN 'paused'
            WHEN env.broken IS NOT NULL THEN 'failed'
            WHEN env.state IS NULL OR coalesce(last.ended, env.checked) IS NULL THEN 'unknown'
            WHEN coalesce(last.ended, 0) < :late AND coalesce(env.checked, 0) < :late THEN 'unknown'
            ELSE env.state END AS shown
    FROM welkin.environment AS env
    LEFT JOIN welkin.run AS last ON last.id = env.last_run
    LEFT JOIN welkin.pause AS own ON own.scope = 'environment' AND own.name = env.name
    LEFT JOIN welkin.pause AS whole ON whole.scope = 'tenant' AND whole.name = env.tenant)
"""


class Sought(NamedTuple):
    """What an overview is to show. text: of a name; page: from 1."""

    tenant: str = ""
    state: str = ""
    text: str = ""
    page: int = 1


class Overview(NamedTuple):
    """behind_s: for how long the oldest run that is due has been waiting. places: those of this page.

    counts: of all that the asker may see, by state; tenants: of them; found: how many were sought.
    """

    counts: Mapping[str, int]
    tenants: Sequence[str]
    behind_s: float
    waiting: int
    running: int
    workers: Mapping[str, int]
    places: Sequence[Row]
    found: int
    sought: Sought

    @property
    def pages(self) -> int:
        return max(1, -(-self.found // PAGE))


class Ahead(NamedTuple):
    """How one environment is staffed, date by date."""

    name: str
    tenant: str
    days: Sequence[Thinness]


class Looks:
    """A fleet's database as the pages ask it. interval_s: how often an environment is looked at."""

    def __init__(self, database: Database, interval_s: float) -> None:
        self._database, self._interval_s = database, interval_s

    def now(self) -> float:
        (row,) = self._rows("SELECT :now AS now")
        return float(row["now"])

    def check_release(self) -> None:
        """Raises: DatabaseError: the database is away, or of a later release."""
        self._database.together(is_ready)

    def overview(self, sought: Sought, seen: frozenset[str] | None) -> Overview:
        """seen: the tenants that may be seen; None: all."""
        theirs, whose = _of(seen)
        asked, which = _sought(sought)
        late = {"late": self.now() - INTERVALS * self._interval_s}
        counted = self._rows(
            f"{_PLACES} SELECT shown, tenant, count(*) AS number FROM place WHERE {theirs} "
            "GROUP BY shown, tenant",
            **late,
            **whose,
        )
        (found,) = self._rows(
            f"{_PLACES} SELECT count(*) AS number FROM place WHERE {theirs} AND {asked}",
            **late,
            **whose,
            **which,
        )
        page = max(1, min(sought.page, -(-found["number"] // PAGE)))
        places = self._rows(
            f"{_PLACES} SELECT * FROM place WHERE {theirs} AND {asked} "
            f"ORDER BY CASE shown {_RANK} END, since, name LIMIT {PAGE} OFFSET :offset",
            offset=(page - 1) * PAGE,
            **late,
            **whose,
            **which,
        )
        counts: dict[str, int] = {}
        for row in counted:
            counts[row["shown"]] = counts.get(row["shown"], 0) + row["number"]
        return Overview(
            {state: counts[state] for state in ORDER if state in counts},
            sorted({row["tenant"] for row in counted if row["tenant"]}),
            *self.queue(),
            self.crew(),
            places,
            found["number"],
            sought._replace(page=page),
        )

    def places(
        self, tenant: str, state: str, after: str, limit: int, seen: frozenset[str] | None
    ) -> list[Row]:
        """Environments by name, those behind `after`."""
        theirs, whose = _of(seen)
        asked, which = _sought(Sought(tenant, state))
        return self._rows(
            f"{_PLACES} SELECT * FROM place WHERE {theirs} AND {asked} AND name > :after "
            "ORDER BY name LIMIT :limit",
            late=self.now() - INTERVALS * self._interval_s,
            after=after,
            limit=limit,
            **whose,
            **which,
        )

    def runs(
        self,
        environment: str,
        state: str,
        before: tuple[float, str] | None,
        limit: int,
        seen: frozenset[str] | None,
    ) -> list[Row]:
        """Runs, the last first, those before a time (`at`) and an id."""
        theirs, whose = _of(seen)
        at, id = before or (1e18, "")
        return self._rows(
            f"""SELECT * FROM (SELECT run.*, env.tenant, coalesce(run.started, run.asked, 0) AS at
                FROM welkin.run AS run LEFT JOIN welkin.environment AS env ON env.name = run.environment
                ) AS run
            WHERE {theirs} AND (:environment = '' OR environment = :environment)
            AND (:state = '' OR state = :state) AND (at < :at OR at = :at AND id > :id)
            ORDER BY at DESC, id LIMIT :limit""",
            environment=environment,
            state=state,
            at=at,
            id=id,
            limit=limit,
            **whose,
        )

    def by_tenant(self, seen: frozenset[str] | None) -> list[Row]:
        """How many environments, and changes in them, by tenant and state as `shown`."""
        theirs, whose = _of(seen)
        return self._rows(
            f"""{_PLACES} SELECT tenant, shown, count(*) AS number, sum(changes) AS changes FROM place
            WHERE {theirs} GROUP BY tenant, shown""",
            late=self.now() - INTERVALS * self._interval_s,
            **whose,
        )

    def took(self, bounds_s: Sequence[float]) -> Row:
        """How many runs took how long at most: `b0`, `b1`, …; `all` of them, and the `sum` of seconds."""
        sums = "".join(
            f", sum(CASE WHEN ended - started <= {bound} THEN 1 ELSE 0 END) AS b{number}"
            for number, bound in enumerate(bounds_s)
        )
        (row,) = self._rows(
            f"""SELECT count(*) AS all_runs, sum(ended - started) AS took{sums} FROM welkin.run
            WHERE ended IS NOT NULL AND started IS NOT NULL"""
        )
        return {name: value or 0 for name, value in row.items()} | {
            "all": row["all_runs"],
            "sum": row["took"] or 0.0,
        }

    def place(self, name: str) -> Row | None:
        """An environment, with its state as `shown`."""
        late = self.now() - INTERVALS * self._interval_s
        return one(self._rows(f"{_PLACES} SELECT * FROM place WHERE name = :name", name=name, late=late))

    def runs_of(self, environment: str) -> list[Row]:
        return self._rows(
            """SELECT * FROM welkin.run WHERE environment = :name
            ORDER BY coalesce(started, asked) DESC, id LIMIT :most""",
            name=environment,
            most=LAST_RUNS,
        )

    def run(self, id: str) -> Row | None:
        return one(self._rows("SELECT * FROM welkin.run WHERE id = :id", id=id))

    def writes(self, run: str) -> list[Row]:
        return self._rows("SELECT * FROM welkin.write WHERE run = :run ORDER BY epoch, id", run=run)

    def outcomes(self, run: str) -> list[Row]:
        """What became of each change of a run, in the order in which that was known."""
        return self._rows("SELECT * FROM welkin.outcome WHERE run = :run ORDER BY settled, change", run=run)

    def plan(self, run: str) -> str | None:
        """A run's plan, as it was saved."""
        row = one(self._rows("SELECT data FROM welkin.plan WHERE run = :run", run=run))
        return row["data"] if row else None

    def outlook(self, environment: str) -> Outlook | None:
        row = one(self._rows("SELECT data FROM welkin.staffing WHERE environment = :name", name=environment))
        return cast(Outlook, json.loads(row["data"])) if row else None

    def ahead(self, tenant: str) -> list[Ahead]:
        """How all environments of a tenant are staffed, by name."""
        rows = self._rows(
            """SELECT env.name, env.tenant, staffing.days FROM welkin.environment AS env
            LEFT JOIN welkin.staffing AS staffing ON staffing.environment = env.name
            WHERE env.tenant = :tenant ORDER BY env.name""",
            tenant=tenant,
        )
        return [Ahead(row["name"], row["tenant"], json.loads(row["days"] or "[]")) for row in rows]

    def made(self, environment: str, date: str) -> Row | None:
        """Which run made a date as it is, and of which commit."""
        return one(
            self._rows(
                """SELECT made.*, run.ended, revision.subject, revision.link
                FROM welkin.made AS made LEFT JOIN welkin.run AS run ON run.id = made.run
                LEFT JOIN welkin.environment AS env ON env.name = made.environment
                LEFT JOIN welkin.revision AS revision
                    ON revision.source = env.source AND revision.id = made.revision
                WHERE made.environment = :name AND made.date = :date""",
                name=environment,
                date=date,
            )
        )

    def revision(self, source: str, id: str) -> Row | None:
        return one(
            self._rows(
                "SELECT * FROM welkin.revision WHERE source = :source AND id = :id", source=source, id=id
            )
        )

    def audit(self, seen: frozenset[str] | None) -> list[Row]:
        """What was asked for on pages, the last first."""
        theirs, whose = _of(seen)
        return self._rows(
            f"SELECT * FROM welkin.audit WHERE {theirs} ORDER BY at DESC, id DESC LIMIT {PAGE}", **whose
        )

    def workers(self, seen: frozenset[str] | None) -> list[Row]:
        """Every start of a worker that is remembered, the living first, with the runs that may be seen."""
        theirs, whose = _of(seen)
        rows = self._rows(
            """SELECT worker.*, :now AS now FROM welkin.worker AS worker
            ORDER BY CASE WHEN until > :now THEN 0 ELSE 1 END, seen DESC LIMIT 100"""
        )
        running = self._rows(
            f"""SELECT run.id, run.environment, run.worker FROM welkin.run AS run
            LEFT JOIN welkin.environment AS env ON env.name = run.environment
            WHERE run.state = 'running' AND {theirs}""",
            **whose,
        )
        for row in rows:
            row["runs"] = [run for run in running if run["worker"] == row["id"]]
        return rows

    def protocols(self) -> set[str]:
        """Those of the workers that are alive."""
        return {
            row["protocol"] for row in self._rows("SELECT protocol FROM welkin.worker WHERE until > :now")
        }

    def queue(self) -> tuple[float, int, int]:
        (row,) = self._rows(
            """SELECT :now - min(CASE WHEN state = 'waiting' AND due <= :now THEN due END) AS behind,
            sum(CASE WHEN state = 'waiting' THEN 1 ELSE 0 END) AS waiting,
            sum(CASE WHEN state = 'running' THEN 1 ELSE 0 END) AS running
            FROM welkin.run WHERE state IN ('waiting', 'running')"""
        )
        return row["behind"] or 0.0, row["waiting"] or 0, row["running"] or 0

    def crew(self) -> Mapping[str, int]:
        rows = self._rows(
            """SELECT CASE WHEN until <= :now THEN 'dead' ELSE state END AS shown, count(*) AS number
            FROM welkin.worker GROUP BY 1"""
        )
        return {row["shown"]: row["number"] for row in rows}

    def _rows(self, sql: str, **values: Value) -> list[Row]:
        return self._database.rows(sql, **values)


def _of(seen: Collection[str] | None) -> tuple[str, dict[str, str]]:
    """What holds of rows whose tenant may be seen, and its values."""
    if seen is None:
        return "1 = 1", {}
    names = {f"tenant{number}": name for number, name in enumerate(sorted(seen))}
    return f"tenant IN ({', '.join(f':{name}' for name in names)})" if names else "1 = 0", names


def _sought(sought: Sought) -> tuple[str, dict[str, str]]:
    parts, values = ["1 = 1"], dict[str, str]()
    if sought.tenant:
        parts.append("tenant = :of")
        values["of"] = sought.tenant
    if sought.state:
        parts.append("shown = :state")
        values["state"] = sought.state
    if sought.text:
        parts.append("lower(name) LIKE :text ESCAPE '!'")
        plain = "".join(f"!{sign}" if sign in "!%_" else sign for sign in sought.text.lower())
        values["text"] = f"%{plain}%"
    return " AND ".join(parts), values
