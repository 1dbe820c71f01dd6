"""A fleet in words: tables of its environments, workers and runs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import cast

from reconciler.errors.columns import cells, padded
from reconciler.errors.escape import Printable, page, visible
from reconciler.fleet.overview import Overview, Place
from reconciler.fleet.states import State

Data = dict[str, object]


def overview_text(seen: Overview) -> Printable:
    """Workers, environments, what waits."""
    lines = [
        [worker.name, worker.state, f"{len(running)} running of {worker.width}", _when(worker.seen)]
        for worker, running in seen.workers
    ]
    workers = [*_table(["WORKER", "STATE", "RUNS", "SEEN"], lines)] if lines else ["no worker runs"]
    rows = [[each.name, _state(each), _when(each.checked), each.message or ""] for each in seen.places]
    headings = ["ENVIRONMENT", "STATE", "CHECKED", ""]
    places = [*_table(headings, rows)] if rows else ["no environment is known yet"]
    queue = seen.queue
    late = f", the first for {queue.oldest_s:.0f} s" if queue.oldest_s >= 1 else ""
    last = f"{queue.running} running, {queue.waiting} waiting{late}"
    return page([*places, "", *workers, "", last])


def runs_text(runs: Sequence[Data]) -> Printable:
    """A line a run."""
    if not runs:
        return page(["No such runs."])
    rows = [
        [
            str(run["id"]),
            _moment(run["startedAt"]),
            str(run["environment"]),
            str(run["kind"]),
            str(run["cause"]),
            _outcome(run),
            str(run["message"] or ""),
        ]
        for run in runs
    ]
    return page(_table(["RUN", "STARTED", "ENVIRONMENT", "KIND", "CAUSE", "STATE", ""], rows))


def run_text(run: Data) -> Printable:
    """One run: what it was, each request with its answer, what became of each change."""
    lines = [f"{run['kind']} of {run['environment']} ({run['cause']}): {_outcome(run)}"]
    named = (
        ("message", "message"),
        ("revision", "revision"),
        ("requested by", "requestedBy"),
        ("worker", "worker"),
        ("started", "startedAt"),
        ("ended", "endedAt"),
    )
    lines += [f"{name}: {run[key]}" for name, key in named if run[key]]
    writes, outcomes = (cast(list[Data], run[key]) for key in ("writes", "outcomes"))
    for write in writes:
        answer = write["status"] or ("no answer" if write["answeredAt"] else "not answered")
        code = f" {write['errorCode']}" if write["errorCode"] else ""
        lines.append(f"  {_moment(write['intendedAt'])}  {write['method']} {write['path']}: {answer}{code}")
    lines += [f"  {each['action']} {each['change']}: {each['status']}" for each in outcomes]
    return page(lines)


def _outcome(run: Data) -> str:
    count = run["changes"]
    return f"{run['state']}" + (f", {count} change{'' if count == 1 else 's'}" if count else "")


def _state(place: Place) -> str:
    counted = place.changes and place.state in (State.DRIFTED, State.PENDING, State.REFUSED)
    return f"{place.state} ({place.changes})" if counted else str(place.state)


def _table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    shown = [[visible(cell) for cell in row] for row in rows]
    widths = [max(map(cells, column)) for column in zip(headings, *shown, strict=True)]
    for row in (headings, *shown):
        yield "  ".join(padded(cell, width) for cell, width in zip(row, widths, strict=True)).rstrip()


def _when(seconds: float | None) -> str:
    return datetime.fromtimestamp(seconds).strftime("%Y-%m-%d %H:%M:%S") if seconds else "never"


def _moment(text: object) -> str:
    return str(text or "not yet").replace("T", " ").removesuffix("Z")
