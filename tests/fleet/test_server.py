"""The fleet's page: who may see and do what, what each page shows, and what none ever does."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from click.testing import CliRunner

from reconciler.commands.fleet.serve import command as serve
from reconciler.errors import UsageError
from reconciler.fleet.database import Database
from reconciler.fleet.pauses import Scope, pause, pauses
from reconciler.fleet.server.access import asker_of
from reconciler.fleet.server.guard import COOKIE, POLICY
from reconciler.fleet.server.looks import Looks, Sought
from reconciler.fleet.server.pages import digest_of
from reconciler.fleet.server.serving import address_of
from reconciler.fleet.shape import Auth
from reconciler.fleet.states import Facts, State, state_of
from reconciler.model import Source
from tests.support.pages import FLEET, Visitor, by_token, declare, shown, token_file, visitor, with_tokens
from tests.support.whole_fleet import fill

NORTH, SOUTH = "clinics/env/north", "clinics/env/south"
PLAN = "0123456789abcdef"


class Scene(NamedTuple):
    database: Database
    url: str


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    with Database.opened(database_url) as opened:
        yield opened


@pytest.fixture
def scene(database: Database, tmp_path: Path) -> Iterator[Scene]:
    """Two environments of two tenants: olga operates one and looks at the other, vera looks at one."""
    tokens = tmp_path / "tokens"
    token_file(tokens, "olga", "olga-token", {"gh": "operator", "south": "viewer"})
    token_file(tokens, "vera", "vera-token", {"gh": "viewer"})
    now = database.now()
    declare(database, NORTH, "gh", "drifted", changes=2, since=now - 7200, checked=now, last_run=PLAN)
    declare(database, SOUTH, "south", "in sync", since=now - 60, checked=now)
    with shown(with_tokens(FLEET, tokens), database) as url:
        yield Scene(database, url)


@pytest.fixture
def olga(scene: Scene) -> Iterator[Visitor]:
    with visitor(scene.url, "olga-token") as her:
        yield her


@pytest.fixture
def vera(scene: Scene) -> Iterator[Visitor]:
    with visitor(scene.url, "vera-token") as her:
        yield her


def csrf(who: Visitor, path: str) -> str:
    """What the forms of a page send back, and the cookie that a browser would keep."""
    page = who.get(path)
    cookie = page.headers.get("Set-Cookie", "").partition(";")[0]
    if cookie:  # over plain HTTP the library keeps no cookie that is for HTTPS
        who.session.headers["Cookie"] = cookie
    found = re.search(r'name="csrf" value="([0-9a-f]{64})"', page.text)
    return found[1] if found else ""


def test_each_sees_their_own_tenants(olga: Visitor, vera: Visitor) -> None:
    assert NORTH in olga.get("/").text and SOUTH in olga.get("/").text
    assert NORTH in vera.get("/").text and SOUTH not in vera.get("/").text
    assert vera.get(f"/environments/{SOUTH}").status_code == 404
    assert vera.get("/tenants/south/week").status_code == 404
    assert olga.get(f"/environments/{SOUTH}").status_code == 200


@pytest.mark.parametrize("token", [None, "wrong", "olga-toke", ""])
def test_nobody_else_sees_anything(scene: Scene, token: str | None) -> None:
    with visitor(scene.url, token) as somebody:
        for path in ("/", f"/environments/{NORTH}", "/workers", "/metrics", "/api/v1/environments"):
            answer = somebody.get(path)
            assert answer.status_code == 401
            assert NORTH not in answer.text


def test_a_token_that_others_can_read_is_none(tmp_path: Path) -> None:
    token_file(tmp_path / "tokens", "olga", "olga-token", {"gh": "operator"}, mode=0o604)
    auth = by_token(tmp_path / "tokens")
    assert asker_of(auth, "127.0.0.1", {"authorization": "Bearer olga-token"}) is None
    (tmp_path / "tokens" / "olga").chmod(0o600)
    found = asker_of(auth, "127.0.0.1", {"authorization": "Bearer olga-token"})
    assert found and found.name == "olga" and found.operates("gh")


@pytest.mark.parametrize(
    "text", ["", "[]", "{", '{"sha256": "ab", "roles": {}}', '{"sha256": 1, "roles": {"gh": "operator"}}',
             '{"sha256": "' + "0" * 64 + '", "roles": {"gh": "root"}}']
)  # fmt: skip
def test_a_file_that_is_no_token_harms_no_other(tmp_path: Path, text: str) -> None:
    token_file(tmp_path / "tokens", "olga", "olga-token", {"gh": "operator"})
    broken = tmp_path / "tokens" / "broken"
    broken.write_text(text)
    broken.chmod(0o600)
    assert asker_of(by_token(tmp_path / "tokens"), "10.1.1.1", {"authorization": "Bearer olga-token"})


@pytest.mark.parametrize(
    ("peer", "name", "known"),
    [("10.2.3.4", "mia", True), ("::ffff:10.2.3.4", "mia", True), ("192.0.2.1", "mia", False),
     ("10.2.3.4", "", False), ("not an address", "mia", False)],
)  # fmt: skip
def test_a_proxy_is_believed_from_its_networks_alone(peer: str, name: str, known: bool) -> None:
    auth = Auth(Source("fleet.yaml", 1), proxy_header="X-Forwarded-User", networks=("10.0.0.0/8",))
    asker = asker_of(auth, peer, {"x-forwarded-user": name})
    assert (asker is not None) is known
    assert asker is None or (asker.sees("gh") and not asker.operates("gh"))


def test_without_auth_this_computer_looks_and_does_nothing(database: Database) -> None:
    declare(database, NORTH, "gh", "drifted", changes=2)
    with shown(FLEET, database) as url, visitor(url) as me:
        page = me.get(f"/environments/{NORTH}")
        assert page.status_code == 200 and "<form" not in page.text
        assert me.get("/", Host="fleet.example.org").status_code == 403  # a name that somebody else made ours
        assert me.post(f"/act/check/{NORTH}", {"csrf": csrf(me, "/")}).status_code == 403


def test_every_answer_bears_the_headers(olga: Visitor) -> None:
    for path in (
        "/",
        f"/environments/{NORTH}",
        "/nowhere",
        "/static/htmx.min.js",
        "/healthz",
        "/api/v1/runs",
    ):
        headers = olga.get(path).headers
        assert headers["Content-Security-Policy"] == POLICY
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "no-referrer"
        assert path.startswith("/static/") or headers["Cache-Control"] == "no-store"
        assert "server" not in headers
    cookie = olga.get("/").headers["Set-Cookie"]
    assert cookie.startswith(COOKIE)
    assert {part.strip() for part in cookie.split(";")[1:]} == {
        "Path=/",
        "SameSite=Lax",
        "HttpOnly",
        "Secure",
    }


def test_an_operator_checks_pauses_and_goes_on(scene: Scene, olga: Visitor) -> None:
    form = {"csrf": csrf(olga, f"/environments/{NORTH}")}
    asked = olga.post(f"/act/check/{NORTH}", form)
    assert asked.status_code == 303
    assert olga.get(asked.headers["Location"]).status_code == 200
    assert olga.post(f"/act/check/{NORTH}", form).headers["Location"] == asked.headers["Location"]  # it waits
    assert olga.post(f"/act/pause/{NORTH}", {**form, "reason": "stock-taking"}).status_code == 303
    assert [str(each) for each in pauses(scene.database).values()] == ["paused by olga: stock-taking"]
    assert "stock-taking" in olga.get("/").text
    assert olga.post(f"/act/resume/{NORTH}", form).status_code == 303
    assert not pauses(scene.database)
    acts = [row["action"] for row in scene.database.rows("SELECT action FROM welkin.audit ORDER BY at")]
    assert acts == ["check", "check", "pause", "resume"]
    assert "stock-taking" in olga.get("/audit").text


def test_a_form_of_somebody_else_does_nothing(scene: Scene, olga: Visitor) -> None:
    right = {"csrf": csrf(olga, f"/environments/{NORTH}")}
    path = f"/act/check/{NORTH}"
    assert olga.post(path).status_code == 403
    assert olga.post(path, {"csrf": "0" * 64}).status_code == 403
    assert olga.post(path, right, **{"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert olga.post(path, right, **{"Sec-Fetch-Site": "same-site"}).status_code == 403
    assert olga.post(path, right, Origin="https://evil.example.org").status_code == 403
    assert olga.post(path, right, Origin="null").status_code == 403
    assert scene.database.rows("SELECT * FROM welkin.run") == []
    assert scene.database.rows("SELECT * FROM welkin.audit") == []
    assert olga.post(path, right, **{"Sec-Fetch-Site": "same-origin", "Origin": "null"}).status_code == 303


def test_a_viewer_has_no_buttons_and_does_nothing(scene: Scene, olga: Visitor, vera: Visitor) -> None:
    page = vera.get(f"/environments/{NORTH}")
    assert page.status_code == 200 and "<form" not in page.text
    form = {"csrf": csrf(olga, f"/environments/{NORTH}")}
    vera.session.headers["Cookie"] = olga.session.headers["Cookie"]
    for act in ("check", "apply", "pause", "resume"):
        assert vera.post(f"/act/{act}/{NORTH}", {**form, "reason": "x"}).status_code == 403
    assert olga.post(f"/act/check/{SOUTH}", form).status_code == 403
    assert scene.database.rows("SELECT * FROM welkin.run") == []


def test_what_is_applied_is_the_plan_that_was_shown(scene: Scene, olga: Visitor) -> None:
    data = json.dumps({"format": "of another release"})
    keep = "INSERT INTO welkin.plan (run, data, made) VALUES (:run, :data, :now)"
    scene.database.run(keep, run=PLAN, data=data)
    path = f"/environments/{NORTH}"
    form = {"csrf": csrf(olga, path)}
    assert digest_of(data) in olga.get(path).text
    assert olga.post(f"/act/apply/{NORTH}", {**form, "digest": "0" * 64}).status_code == 403
    assert olga.post(f"/act/apply/{NORTH}", {**form, "digest": digest_of(data)}).status_code == 303
    (run,) = scene.database.rows("SELECT * FROM welkin.run")
    assert (run["kind"], run["approved"], run["requested_by"]) == ("apply", PLAN, "olga")


def test_a_plan_is_drawn_as_in_a_report(database: Database) -> None:
    filled = fill(database, 10, 5)
    with shown(FLEET, database) as url, visitor(url) as me:
        for path in (f"/environments/{filled.pending}", f"/runs/{1:016x}"):
            page = me.get(path)
            assert page.status_code == 200
            assert "What is lost" in page.text and "staff/people.yaml:7" in page.text


def test_the_database_says_what_state_an_environment_is_in_as_we_do(database: Database) -> None:
    """Every combination of what is known, against `state_of`."""
    now, hour = database.now(), 3600.0
    wanted = {}
    for number, (state, checked, broken, paused) in enumerate(
        (state, checked, broken, paused)
        for state in (None, *map(str, State))
        for checked in (None, now - 60, now - 3 * hour)
        for broken in (None, "env/x.yaml:3:5: wrong")
        for paused in (False, True)
    ):
        name = f"clinics/env/{number:03}"
        declare(database, name, "gh", state, checked=checked, broken=broken, message="said")
        if paused:
            pause(database, Scope("environment", name), "olga", "why")
        facts = Facts(State(state) if state else None, checked, broken, "olga" if paused else None)
        wanted[name] = state_of(facts, hour, now)
    looks = Looks(database, hour)
    assert {name: (looks.place(name) or {})["shown"] for name in wanted} == wanted
    seen = looks.overview(Sought(), None)
    assert sum(seen.counts.values()) == len(wanted) == seen.found
    assert {state: list(wanted.values()).count(State(state)) for state in seen.counts} == seen.counts


def test_a_page_has_fifty_rows_and_is_small_whatever_there_is(database: Database) -> None:
    now = database.now()

    def fill(within: object) -> None:
        for number in range(700):
            database_name = f"clinics/env/{number:04}"
            within.run(  # type: ignore[attr-defined]
                """INSERT INTO welkin.environment (name, source, path, tenant, known, state, checked, since)
                VALUES (:name, 'clinics', 'p', :tenant, :now, :state, :checked, :checked)""",
                name=database_name,
                tenant=f"t{number % 7}",
                state="failed" if number % 100 == 0 else "in sync",
                checked=now,
            )

    database.together(fill)
    with shown(FLEET, database) as url, visitor(url) as me:
        page = me.get("/").text
        rows = re.findall(r'<th scope="row"><a href="/environments/([^"]+)"', page)
        assert len(rows) == 50 and len(page) < 100_000
        assert [int(name[-4:]) % 100 for name in rows[:7]] == [0] * 7  # what is wrong comes first
        assert "page 1 of 14" in page
        found = me.get("/?q=0123").text
        assert re.findall(r'<th scope="row"><a href="/environments/([^"]+)"', found) == ["clinics/env/0123"]
        assert "None of these." in me.get("/?q=100%25").text
        assert "page 2 of 2" in me.get("/?tenant=t3&page=99").text
        assert me.get("/?page=-1&state=nonsense").status_code == 200


@pytest.mark.parametrize(
    "path", ["/environments/nowhere", "/runs/00", "/days/2026-13-99/x", "/tenants/x/week", "/x"]
)
def test_what_is_not_there_is_said_so(scene: Scene, olga: Visitor, path: str) -> None:
    answer = olga.get(path)
    assert answer.status_code == 404 and "This can&#39;t be shown" in answer.text


def test_hostile_names_stay_text(database: Database) -> None:
    nasty = '<script>alert(1)</script>"><img src=x onerror=alert(2)>\u202e'
    now = database.now()
    declare(database, "clinics/env/x", nasty, "failed", checked=now, since=now, message=nasty)
    pause(database, Scope("environment", "clinics/env/x"), nasty, nasty)
    with shown(FLEET, database) as url, visitor(url) as me:
        for path in ("/", "/environments/clinics/env/x"):
            page = me.get(path).text
            assert "<script>alert" not in page and "<img" not in page and "\u202e" not in page


@pytest.mark.parametrize("listen", ["0.0.0.0:8080", "[::]:8080", "192.0.2.7:80", "fleet.example.org:80"])
def test_others_are_let_in_only_where_it_is_known_who_they_are(listen: str) -> None:
    with pytest.raises(UsageError, match="only, unless the fleet's file says"):
        address_of(listen).check(None)
    address_of(listen).check(by_token(Path("tokens")))


@pytest.mark.parametrize("listen", ["", "8080", "localhost", "a b:1", "127.0.0.1:99999", "http://x:1"])
def test_an_address_that_is_none(listen: str) -> None:
    with pytest.raises(UsageError, match="write an address and a port"):
        address_of(listen)


def test_the_command_refuses_before_anything_is_opened(tmp_path: Path) -> None:
    (tmp_path / "fleet.yaml").write_text(
        f"sources: [{{name: a, path: {tmp_path}, environments: [x.yaml]}}]\n"
    )
    result = CliRunner().invoke(
        serve, ["--fleet", str(tmp_path / "fleet.yaml"), "--listen", "0.0.0.0:0"], standalone_mode=False
    )
    assert isinstance(result.exception, UsageError)
    assert not (tmp_path / ".welkin-reconcile").exists()


def test_without_auth_only_this_computer_is_known() -> None:
    assert asker_of(None, "192.0.2.1", {}) is None
    assert asker_of(None, "127.0.0.1", {})
