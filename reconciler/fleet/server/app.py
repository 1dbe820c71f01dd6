"""Puts the server together: a page, a button, a file by its path."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib.resources import files
from urllib.parse import parse_qsl

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from reconciler.errors import DatabaseError, ReconcileError
from reconciler.errors.escape import Printable
from reconciler.fleet.database import Database
from reconciler.fleet.server.acts import Acts, Refused
from reconciler.fleet.server.api import ROOT, Api, error
from reconciler.fleet.server.body import TooLarge, body_of
from reconciler.fleet.server.guard import App, Guard, is_meant
from reconciler.fleet.server.looks import Looks
from reconciler.fleet.server.metrics import Metrics, readiness
from reconciler.fleet.server.pages import Missing, Pages
from reconciler.fleet.server.visit import Visit
from reconciler.fleet.server.webhooks import Webhooks
from reconciler.fleet.shape import Fleet

LARGEST = 1 << 16  # bytes of a form
STATIC: Mapping[str, tuple[str, str, str]] = {
    "report.css": ("reconciler.report", "pages/style.css", "text/css"),
    "filter.js": ("reconciler.report", "pages/filter.js", "text/javascript"),
    "fleet.css": (__package__ or "", "static/fleet.css", "text/css"),
    "htmx.min.js": (__package__ or "", "static/htmx.min.js", "text/javascript"),
    "favicon.svg": (__package__ or "", "static/favicon.svg", "image/svg+xml"),
}
Draw = Callable[[Visit, Mapping[str, str]], Printable]
Act = Callable[[Visit, Mapping[str, str], Mapping[str, str]], str]


def app_of(fleet: Fleet, database: Database, environ: Mapping[str, str]) -> App:
    """Everything that is served of a fleet. environ: where secrets of webhooks may lie."""
    looks = Looks(database, fleet.drift_every.total_seconds())
    pages, acts = Pages(looks), Acts(database, looks)
    routes = [
        *_pages(pages),
        *_buttons(pages, acts),
        *Api(looks, acts).routes(),
        *Webhooks(fleet, database, environ).routes(),
        *_signs(database, looks),
        _static(),
    ]
    app = Starlette(routes=routes)
    app.add_exception_handler(404, lambda request, error: _nowhere(pages, request))
    return Guard(app, fleet.auth)


def _pages(pages: Pages) -> list[Route]:
    drawn: Mapping[str, Draw] = {
        "/": lambda visit, of: pages.overview(visit),
        "/workers": lambda visit, of: pages.workers(visit),
        "/audit": lambda visit, of: pages.audit(visit),
        "/runs/{id}": lambda visit, of: pages.run(visit, of["id"]),
        "/tenants/{tenant}/week": lambda visit, of: pages.week(visit, of["tenant"]),
        "/days/{date}/{name:path}": lambda visit, of: pages.day(visit, of["name"], of["date"]),
        "/environments/{name:path}": lambda visit, of: pages.environment(visit, of["name"]),
    }
    return [Route(path, _page(pages, draw), methods=["GET"]) for path, draw in drawn.items()]


def _buttons(pages: Pages, acts: Acts) -> list[Route]:
    def applied(visit: Visit, of: Mapping[str, str], form: Mapping[str, str]) -> str:
        return f"/runs/{acts.apply(visit.asker, of['name'], form.get('digest', ''), pages.open_plan)}"

    def paused(visit: Visit, of: Mapping[str, str], form: Mapping[str, str]) -> str:
        reason = form.get("reason", "").strip()
        if not reason:
            raise Refused("say why it is paused: others will read it")
        acts.pause(visit.asker, of["name"], reason[:200])
        return f"/environments/{of['name']}"

    def resumed(visit: Visit, of: Mapping[str, str], form: Mapping[str, str]) -> str:
        acts.resume(visit.asker, of["name"])
        return f"/environments/{of['name']}"

    done: Mapping[str, Act] = {
        "/act/check/{name:path}": lambda visit, of, form: f"/runs/{acts.check(visit.asker, of['name'])}",
        "/act/apply/{name:path}": applied,
        "/act/pause/{name:path}": paused,
        "/act/resume/{name:path}": resumed,
        "/act/cancel/{id}": lambda visit, of, form: f"/environments/{acts.cancel(visit.asker, of['id'])}",
    }
    return [Route(path, _button(pages, act), methods=["POST"]) for path, act in done.items()]


def _page(pages: Pages, draw: Draw) -> Callable[[Request], Response]:
    def endpoint(request: Request) -> Response:
        try:
            return HTMLResponse(draw(_visit(request), request.path_params))
        except Missing as error:
            return _wrong(pages, request, 404, str(error))
        except DatabaseError as error:
            return PlainTextResponse(f"{error}\n", 503)

    return endpoint


def _button(pages: Pages, act: Act) -> Callable[[Request], object]:
    async def endpoint(request: Request) -> Response:
        try:
            body = await body_of(request, LARGEST)
        except TooLarge:
            raise HTTPException(413) from None
        said = dict(parse_qsl(body.decode("utf-8", "replace")))
        return await run_in_threadpool(_acted, pages, act, request, said)

    return endpoint


def _acted(pages: Pages, act: Act, request: Request, said: Mapping[str, str]) -> Response:
    if not is_meant(request, said.get("csrf")):
        return _wrong(pages, request, 403, "this form is not one of this fleet's pages: load the page again")
    try:
        return RedirectResponse(act(_visit(request), request.path_params, said), 303)
    except Missing as error:
        return _wrong(pages, request, 404, str(error))
    except Refused as error:
        return _wrong(pages, request, 403, str(error))
    except DatabaseError as error:
        return PlainTextResponse(f"{error}\n", 503)
    except ReconcileError as error:
        return _wrong(pages, request, 409, str(error))


def _wrong(pages: Pages, request: Request, status: int, message: str) -> Response:
    return HTMLResponse(pages.wrong(_visit(request), "This can't be shown", message), status)


def _nowhere(pages: Pages, request: Request) -> Response:
    if request.url.path.startswith(ROOT):
        return error(404, "missing", "there is nothing to be asked here: /api/v1/openapi.json says what is")
    return _wrong(pages, request, 404, "there is no such page")


def _visit(request: Request) -> Visit:
    state = request.state
    return Visit(state.asker, state.csrf, request.url.path, dict(request.query_params))


def _signs(database: Database, looks: Looks) -> list[Route]:
    """What machines look at to see whether all is well."""

    def healthz(request: Request) -> Response:
        return PlainTextResponse("alive\n")

    def readyz(request: Request) -> Response:
        try:
            lacks = readiness(looks)
        except DatabaseError as error:
            lacks = [str(error)]
        return PlainTextResponse("\n".join([*lacks, ""]) if lacks else "ready\n", 503 if lacks else 200)

    def metrics(request: Request) -> Response:
        try:
            text = Metrics(database, looks, request.state.asker.tenants).text()
        except DatabaseError as error:
            return PlainTextResponse(f"{error}\n", 503)
        return Response(text, media_type="text/plain; version=0.0.4")

    signs = {"/healthz": healthz, "/readyz": readyz, "/metrics": metrics}
    return [Route(path, sign, methods=["GET"]) for path, sign in signs.items()]


def _static() -> Route:
    def endpoint(request: Request) -> Response:
        if request.path_params["name"] not in STATIC:
            raise HTTPException(404)
        room, path, sort = STATIC[request.path_params["name"]]
        content = files(room).joinpath(path).read_bytes()
        return Response(content, media_type=sort, headers={"Cache-Control": "public, max-age=3600"})

    return Route("/static/{name}", endpoint, methods=["GET"])
