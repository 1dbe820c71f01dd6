"""What programs ask, under /api/v1: the same as the pages show, and the same acts, as JSON."""

from __future__ import annotations

import base64
import hmac
import json
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from reconciler.errors import DatabaseError, ReconcileError
from reconciler.fleet.overview import moment, run_data
from reconciler.fleet.runs import Kind, RunState
from reconciler.fleet.server.access import Asker
from reconciler.fleet.server.acts import Acts, Refused
from reconciler.fleet.server.body import TooLarge, body_of
from reconciler.fleet.server.document import document
from reconciler.fleet.server.guard import token_of_header
from reconciler.fleet.server.looks import Looks
from reconciler.fleet.server.pages import Missing
from reconciler.fleet.states import State
from reconciler.fleet.store import Row

LARGEST, MOST, USUAL = 1 << 16, 200, 50
ROOT = "/api/v1"
Said = Mapping[str, object]


class Unfit(Exception):
    """What was sent can't be used; the message says why."""


class Call(NamedTuple):
    """A request. of: what its path names; query: what stands behind `?`; body: of a POST."""

    asker: Asker
    of: Mapping[str, str]
    query: Mapping[str, str]
    body: Said

    def text(self, name: str, most: int = 300) -> str:
        value = self.body.get(name)
        if not isinstance(value, str) or not value.strip() or len(value) > most:
            raise Unfit(f"`{name}` has to be a text of 1 to {most} characters")
        return value

    def one_of(self, name: str, sort: type[State] | type[RunState]) -> str:
        value = self.query.get(name, "")
        if value and value not in [*sort]:
            raise Unfit(f"`{name}` is one of: {', '.join(sort)}")
        return value

    @property
    def limit(self) -> int:
        text = self.query.get("limit", str(USUAL))
        if not text.isascii() or not text.isdecimal() or not 1 <= int(text[:9]) <= MOST:
            raise Unfit(f"`limit` is a number from 1 to {MOST}")
        return int(text)

    @property
    def cursor(self) -> list[str]:
        """Where the page before has ended; nothing at the beginning."""
        text = self.query.get("cursor")
        if text is None:
            return []
        try:
            found = json.loads(base64.urlsafe_b64decode(text.encode()))
        except (ValueError, RecursionError):
            found = None
        if not isinstance(found, list) or not all(isinstance(each, str) for each in found):
            raise Unfit("`cursor` is what `next` of the page before was")
        return found


Answer = Callable[[Call], Said]


class Api:
    def __init__(self, looks: Looks, acts: Acts) -> None:
        self._looks, self._acts = looks, acts

    def routes(self) -> Iterator[Route]:
        read: Mapping[str, Answer] = {
            "/environments": self.environments,
            "/environments/{name:path}": self.environment,
            "/coverage/{name:path}": self.coverage,
            "/runs": self.runs,
            "/runs/{id}": self.run,
            "/workers": self.workers,
            "/openapi.json": lambda call: document(),
        }
        done: Mapping[str, Answer] = {
            "/runs": self.enqueue,
            "/runs/{id}/cancel": self.cancel,
            "/pause": self.pause,
            "/resume": self.resume,
        }
        for path, answer in done.items():
            yield Route(ROOT + path, _posted(answer), methods=["POST"])
        for path, answer in read.items():
            yield Route(ROOT + path, _got(answer), methods=["GET"])

    def environments(self, call: Call) -> Said:
        after = call.cursor
        if len(after) > 1:
            raise Unfit("`cursor` is what `next` of the page before was")
        rows = self._looks.places(
            call.query.get("tenant", ""),
            call.one_of("state", State),
            "".join(after),
            call.limit,
            call.asker.tenants,
        )
        return {
            "environments": [_place(row) for row in rows],
            "next": _next(rows, call.limit, lambda row: [row["name"]]),
        }

    def environment(self, call: Call) -> Said:
        return _place(self._place(call))

    def coverage(self, call: Call) -> Said:
        place = self._place(call)
        outlook = self._looks.outlook(place["name"])
        if outlook is None:
            raise Missing(f"nothing is known of the coming weeks of {place['name']} yet")
        return {name: outlook[name] for name in ("coverage", "days", "weeks", "gaps", "changed")}

    def runs(self, call: Call) -> Said:
        after = call.cursor
        try:
            before = (float(after[0]), after[1]) if after else None
        except (ValueError, IndexError):
            raise Unfit("`cursor` is what `next` of the page before was") from None
        rows = self._looks.runs(
            call.query.get("environment", ""),
            call.one_of("state", RunState),
            before,
            call.limit,
            call.asker.tenants,
        )
        return {
            "runs": [run_data(row) for row in rows],
            "next": _next(rows, call.limit, lambda row: [repr(float(row["at"])), row["id"]]),
        }

    def run(self, call: Call) -> Said:
        run = self._looks.run(call.of["id"])
        place = run and self._looks.place(run["environment"])
        if not run or not place or not call.asker.sees(place["tenant"]):
            raise Missing(f"no run is called {call.of['id']}")
        writes = self._looks.writes(run["id"])
        return {**run_data(run), "writes": [_write(row) for row in writes]}

    def workers(self, call: Call) -> Said:
        return {"workers": [_worker(row) for row in self._looks.workers(call.asker.tenants)]}

    def enqueue(self, call: Call) -> Said:
        kind, names = call.body.get("kind"), call.body.get("environments")
        if kind not in [*Kind]:
            raise Unfit(f"`kind` is one of: {', '.join(Kind)}")
        if (
            not isinstance(names, list)
            or not 1 <= len(names) <= MOST
            or not all(isinstance(n, str) for n in names)
        ):
            raise Unfit(f"`environments` is a list of 1 to {MOST} names")
        asked = self._acts.enqueue(call.asker, names, Kind(str(kind)))
        return {"runs": [{"id": id, "environment": name, "kind": kind} for name, id in asked.items()]}

    def cancel(self, call: Call) -> Said:
        self._acts.cancel(call.asker, call.of["id"])
        return {"id": call.of["id"]}

    def pause(self, call: Call) -> Said:
        name = call.text("environment")
        self._acts.pause(call.asker, name, call.text("reason", 200))
        return {"environment": name}

    def resume(self, call: Call) -> Said:
        name = call.text("environment")
        self._acts.resume(call.asker, name)
        return {"environment": name}

    def _place(self, call: Call) -> Row:
        place = self._looks.place(call.of["name"])
        if not place or not call.asker.sees(place["tenant"]):
            raise Missing(f"no environment is called {call.of['name']}")
        return place


def _got(answer: Answer) -> Callable[[Request], Response]:
    def endpoint(request: Request) -> Response:
        return _answered(answer, _call(request, {}), 200)

    return endpoint


def _posted(answer: Answer) -> Callable[[Request], object]:
    async def endpoint(request: Request) -> Response:
        if not _is_meant(request):
            return error(403, "csrf", "send the header Authorization: Bearer, or X-CSRF-Token")
        if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
            return error(415, "type", "send application/json")
        try:
            body = json.loads(await body_of(request, LARGEST) or b"{}")
        except TooLarge:
            return error(413, "large", f"larger than {LARGEST >> 10} KiB")
        except (ValueError, RecursionError):
            return error(400, "json", "not JSON")
        if not isinstance(body, dict):
            return error(400, "json", "not an object")
        return await run_in_threadpool(_answered, answer, _call(request, body), 202)

    return endpoint


def _is_meant(request: Request) -> bool:
    """Whether a program sends this, which no page of somebody else's can make a browser do."""
    given = request.headers.get("x-csrf-token")
    return token_of_header(request) or (given is not None and hmac.compare_digest(given, request.state.csrf))


def _call(request: Request, body: Said) -> Call:
    return Call(request.state.asker, request.path_params, dict(request.query_params), body)


def _answered(answer: Answer, call: Call, status: int) -> Response:
    try:
        return JSONResponse(answer(call), status)
    except Unfit as unfit:
        return error(400, "unfit", str(unfit))
    except Missing as wrong:
        return error(404, "missing", str(wrong))
    except Refused as wrong:
        return error(403, "refused", str(wrong))
    except DatabaseError as wrong:
        return error(503, "database", str(wrong))
    except ReconcileError as wrong:
        return error(409, "conflict", str(wrong))


def error(status: int, code: str, message: str) -> Response:
    return JSONResponse({"error": {"code": code, "message": message}}, status)


def _next(rows: list[Row], limit: int, key: Callable[[Row], list[str]]) -> str | None:
    """What to go on from; None: there is no more."""
    if len(rows) < limit:
        return None
    return base64.urlsafe_b64encode(json.dumps(key(rows[-1])).encode()).decode()


def _place(row: Row) -> Said:
    return {
        "name": row["name"],
        "tenant": row["tenant"],
        "instance": row["instance"],
        "state": row["shown"],
        "since": moment(row["since"]),
        "changes": row["changes"],
        "revision": row["revision"],
        "checkedAt": moment(row["checked"]),
        "lastRun": row["last_run"],
        "message": row["broken"] or row["message"],
        "paused": {"by": row["paused_by"], "reason": row["pause_reason"]} if row["paused_by"] else None,
    }


def _write(row: Row) -> Said:
    return {
        "change": row["change"],
        "action": row["action"],
        "method": row["method"],
        "path": row["path"],
        "status": row["status"],
        "errorCode": row["error_code"],
        "answeredAt": moment(row["answered"]),
    }


def _worker(row: Row) -> Said:
    return {
        "name": row["name"],
        "state": "dead" if row["until"] <= row["now"] else row["state"],
        "seen": moment(row["seen"]),
        "version": row["version"],
        "running": [run["id"] for run in row["runs"]],
    }
