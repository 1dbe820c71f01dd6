"""What programs ask of a fleet: its interface, metrics, signs of life; webhooks; and who is told of what."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import socket
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from reconciler.fleet.database import Database
from reconciler.fleet.outbox import Event, News, event_of, message_of, put, send_due
from reconciler.fleet.requests import origin_of
from reconciler.fleet.server import webhooks
from reconciler.fleet.shape import Held, Notify, Source
from reconciler.fleet.tally import Counter, count
from reconciler.hosting.webhook import Untold
from reconciler.model import Source as Place
from tests.support.pages import FLEET, Visitor, declare, shown, token_file, visitor, with_tokens

HERE = Place("fleet.yaml", 1)
GIT = "https://git.example.org/clinics/rota.git"
FLEET_OF_ONE = replace(
    FLEET, sources=(Source("clinics", HERE, HERE, (), git=GIT, webhook=Held(HERE, env="HOOK")),)
)
ENVIRON = {"HOOK": "hush"}


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    with Database.opened(database_url) as opened:
        yield opened


class Asked(NamedTuple):
    database: Database
    olga: Visitor
    stranger: Visitor


@pytest.fixture
def asked(database: Database, tmp_path: Path) -> Iterator[Asked]:
    token_file(tmp_path / "tokens", "olga", "olga-token", {"gh": "operator", "south": "viewer"})
    fleet = with_tokens(FLEET_OF_ONE, tmp_path / "tokens")
    now = database.now()
    for number in range(7):
        declare(database, f"clinics/env/{number}", "gh", "in sync", checked=now, since=now)
    declare(database, "clinics/env/south", "south", "failed", checked=now, since=now, changes=3)
    declare(database, "clinics/env/elsewhere", "elsewhere", "drifted", checked=now, since=now, changes=5)
    with (
        shown(fleet, database, ENVIRON) as url,
        visitor(url, "olga-token") as olga,
        visitor(url) as stranger,
    ):
        yield Asked(database, olga, stranger)


def walk(who: Visitor, path: str, name: str) -> Iterator[Mapping[str, Any]]:
    """All of a list, page by page."""
    cursor = ""
    while True:
        page = who.get(f"{path}?limit=3{cursor}").json()
        yield from page[name]
        if page["next"] is None:
            return
        cursor = f"&cursor={page['next']}"


def test_lists_are_walked_page_by_page(asked: Asked) -> None:
    found = [each["name"] for each in walk(asked.olga, "/api/v1/environments", "environments")]
    assert found == sorted([*(f"clinics/env/{number}" for number in range(7)), "clinics/env/south"])
    for number in range(7):
        body = {"kind": "drift", "environments": [f"clinics/env/{number}"]}
        assert asked.olga.send("/api/v1/runs", body).status_code == 202
    runs = [each["environment"] for each in walk(asked.olga, "/api/v1/runs", "runs")]
    assert sorted(runs) == [f"clinics/env/{number}" for number in range(7)]


def test_one_of_each_is_told_whole(asked: Asked) -> None:
    place = asked.olga.get("/api/v1/environments/clinics/env/south").json()
    assert place["state"] == "failed" and place["changes"] == 3 and place["paused"] is None
    (run,) = asked.olga.send("/api/v1/runs", {"kind": "apply", "environments": ["clinics/env/1"]}).json()[
        "runs"
    ]
    told = asked.olga.get(f"/api/v1/runs/{run['id']}").json()
    assert told["state"] == "waiting" and told["requestedBy"] == "olga" and told["writes"] == []
    assert asked.olga.send(f"/api/v1/runs/{run['id']}/cancel", {}).status_code == 202
    assert asked.olga.send(f"/api/v1/runs/{run['id']}/cancel", {}).status_code == 409
    assert (
        asked.olga.send("/api/v1/pause", {"environment": "clinics/env/1", "reason": "x"}).status_code == 202
    )
    assert asked.olga.get("/api/v1/environments/clinics/env/1").json()["paused"] == {
        "by": "olga",
        "reason": "x",
    }
    assert asked.olga.send("/api/v1/resume", {"environment": "clinics/env/1"}).status_code == 202
    assert asked.olga.get("/api/v1/workers").json() == {"workers": []}


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/api/v1/runs", {"kind": "drift", "environments": ["clinics/env/south"]}, 403),
        ("/api/v1/runs", {"kind": "drift", "environments": ["clinics/env/elsewhere"]}, 404),
        ("/api/v1/runs", {"kind": "destroy", "environments": ["clinics/env/1"]}, 400),
        ("/api/v1/runs", {"kind": "drift", "environments": []}, 400),
        ("/api/v1/runs", {"kind": "drift", "environments": [1]}, 400),
        ("/api/v1/runs", ["drift"], 400),
        ("/api/v1/pause", {"environment": "clinics/env/1"}, 400),
        ("/api/v1/pause", {"environment": "clinics/env/1", "reason": "x" * 201}, 400),
        ("/api/v1/runs/0000/cancel", {}, 404),
        ("/api/v1/pause", {"environment": "x" * 70_000, "reason": "x"}, 413),
    ],
)
def test_what_can_not_be_done_is_refused_in_a_line(
    asked: Asked, path: str, body: object, status: int
) -> None:
    answer = asked.olga.send(path, body)
    assert answer.status_code == status
    assert answer.json()["error"]["message"]
    assert asked.database.rows("SELECT * FROM welkin.run") == []


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=x", "limit=201", "cursor=x", "cursor=WzFd", "state=nonsense"]
)
def test_questions_that_can_not_be_understood(asked: Asked, query: str) -> None:
    for path in ("environments", "runs"):
        assert asked.olga.get(f"/api/v1/{path}?{query}").status_code == 400


def test_a_browser_alone_does_nothing(asked: Asked, database: Database) -> None:
    """A page of somebody else could make a browser send a form, never a token or JSON."""
    path, body = "/api/v1/runs", {"kind": "drift", "environments": ["clinics/env/1"]}
    assert asked.olga.post(path, {"kind": "drift"}).status_code == 415
    assert asked.olga.send(path, body, **{"Sec-Fetch-Site": "cross-site"}).status_code == 403
    with shown(FLEET, database) as url, visitor(url) as somebody:
        assert somebody.send(path, body).status_code == 403


def test_the_document_names_all_that_is_there(asked: Asked) -> None:
    document = asked.olga.get("/api/v1/openapi.json").json()
    assert document["openapi"] == "3.1.0"
    for path, methods in document["paths"].items():
        filled = path.replace("{name}", "clinics/env/1").replace("{id}", "0" * 16)
        for method in methods:
            answer = asked.olga.session.request(
                method, f"{asked.olga.url}/api/v1{filled}", json={}, timeout=20
            )
            assert str(answer.status_code) in document["paths"][path][method]["responses"], (path, method)


def test_metrics_are_of_tenants_alone(asked: Asked) -> None:
    for labels, number in ((("gh", "200"), 41), (("elsewhere", "500"), 2)):
        count(asked.database, Counter.REQUESTS, labels, number)
    count(asked.database, Counter.RUNS, ("drift", "succeeded"))
    count(asked.database, Counter.RUNS, ("drift", "succeeded"))
    count(asked.database, Counter.FENCED)
    text = asked.olga.get("/metrics").text
    assert 'welkin_environments{state="in sync",tenant="gh"} 7.0' in text
    assert 'welkin_requests_total{status="200",tenant="gh"} 41.0' in text
    assert 'welkin_runs_total{kind="drift",state="succeeded"} 2.0' in text
    assert "welkin_fenced_total 1.0" in text and "welkin_workers 0.0" in text
    assert "elsewhere" not in text and "env/" not in text
    named = {*re.findall(r"^# TYPE (\w+)", text, re.MULTILINE)}
    assert named >= {
        "welkin_environments", "welkin_drifted_changes", "welkin_run_seconds", "welkin_runs_total",
        "welkin_queue_oldest_seconds", "welkin_workers", "welkin_fenced_total", "welkin_requests_total",
    }  # fmt: skip


def test_signs_of_life(asked: Asked) -> None:
    assert asked.stranger.get("/healthz").status_code == 200
    waiting = asked.stranger.get("/readyz")
    assert (waiting.status_code, waiting.text) == (503, "no worker is alive\n")
    asked.database.run(
        """INSERT INTO welkin.worker (id, name, version, protocol, process, host, started, seen, until, state,
        width) VALUES ('w1/1', 'w1', '1', '1', 1, 'here', :now, :now, :now + 60, 'alive', 8)"""
    )
    assert asked.stranger.get("/readyz").status_code == 200


def pushed(who: Visitor, forge: str, body: bytes, **headers: str) -> tuple[int, str]:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    answer = who.session.post(f"{who.url}/webhooks/{forge}", data=body, headers=named, timeout=20)
    return answer.status_code, answer.text


def signed(body: bytes, secret: str = "hush") -> str:
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def asks(database: Database) -> int:
    return len(database.rows("SELECT name FROM welkin.source WHERE asked IS NOT NULL"))


PUSH = json.dumps({"repository": {"clone_url": GIT}}).encode()
LAB = json.dumps({"project": {"git_http_url": GIT}}).encode()


@pytest.mark.parametrize(
    ("forge", "body", "headers"),
    [
        ("github", PUSH, {"X_Hub_Signature_256": signed(PUSH), "X_GitHub_Delivery": "d1"}),
        ("gitlab", LAB, {"X_Gitlab_Token": "hush", "X_Gitlab_Event_UUID": "d1"}),
        ("generic", PUSH, {"X_Signature_256": signed(PUSH), "X_Delivery": "d1"}),
        ("generic", PUSH, {"X_Token": "hush"}),
    ],
)
def test_a_push_has_its_source_looked_at_once(
    asked: Asked, forge: str, body: bytes, headers: dict[str, str]
) -> None:
    assert pushed(asked.stranger, forge, body, **headers)[0] == 202
    assert asks(asked.database) == 1
    asked.database.run("UPDATE welkin.source SET asked = NULL")
    assert pushed(asked.stranger, forge, body, **headers) == (409, "this delivery was here before\n")
    assert asks(asked.database) == 0


@pytest.mark.parametrize(
    ("forge", "body", "headers", "status"),
    [
        ("github", PUSH, {"X_Hub_Signature_256": signed(PUSH, "other")}, 401),
        ("github", PUSH, {"X_Hub_Signature_256": signed(PUSH + b" ")}, 401),
        ("github", PUSH, {"X_Gitlab_Token": "hush"}, 401),
        ("github", PUSH, {}, 401),
        ("gitlab", LAB, {"X_Gitlab_Token": "hus"}, 401),
        ("gitlab", LAB, {"X_Hub_Signature_256": signed(LAB)}, 401),
        ("generic", json.dumps({"clone_url": GIT + "/"}).encode(), {"X_Token": "hush"}, 404),
        ("generic", b'{"clone_url": 1}', {"X_Token": "hush"}, 400),
        ("generic", b"[" * 100_000, {"X_Token": "hush"}, 400),
        ("generic", b"\xff", {"X_Token": "hush"}, 400),
        ("generic", b" " * 10_000_000, {"X_Token": "hush"}, 413),
    ],
)
def test_a_push_that_proves_nothing_is_refused(
    asked: Asked, forge: str, body: bytes, headers: dict[str, str], status: int
) -> None:
    found, said = pushed(asked.stranger, forge, body, **headers)
    assert found == status and said.count("\n") == 1 and "hush" not in said
    assert asks(asked.database) == 0


def test_a_slow_sender_is_not_waited_for(asked: Asked, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhooks, "SLOWEST_S", 0.2)
    port = int(asked.stranger.url.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port), timeout=20) as sending:
        sending.sendall(b"POST /webhooks/generic HTTP/1.1\r\nHost: x\r\nContent-Length: 99\r\n\r\n{")
        assert b" 408 " in sending.recv(4096)
    assert asks(asked.database) == 0


TARGET = Notify(frozenset(Event), Held(HERE, env="SLACK"), frozenset({"gh"}), "slack")
TOLD = replace(FLEET, notify=(TARGET,))
SLACK = {"SLACK": "https://chat.example.org/T0/secret"}


class Receiver:
    """What somebody was told; `fails`: what becomes of each message."""

    def __init__(self, *fails: Untold | None) -> None:
        self.told = list[Mapping[str, Any]]()
        self._fails = list(fails)

    def __call__(self, url: str, message: Mapping[str, object]) -> Untold | None:
        assert url == SLACK["SLACK"]
        self.told.append(message)
        return self._fails.pop(0) if self._fails else None


def tell(database: Database, *news: News) -> None:
    def told(within: Any) -> None:
        for each in news:
            put(within, TOLD, each)

    database.together(told)


def later(database: Database, seconds: float) -> None:
    database.run("UPDATE welkin.notice SET due = due - :seconds", seconds=seconds)


def test_a_minute_of_news_is_one_message_a_tenant(database: Database) -> None:
    tell(
        database,
        News(Event.DRIFTED, "gh", "clinics/env/a", "2 changes made in Welkin"),
        News(Event.FAILED, "gh", "clinics/env/b", "<!channel> it broke"),
        News(Event.FAILED, "south", "clinics/env/c", "not for them"),
        News(Event.RECOVERED, "gh", "clinics/env/a", ""),
        News(Event.WORKER_LOST, None, "worker w1", ""),
    )
    receiver = Receiver()
    assert send_due(database, TOLD, SLACK, receiver) == [] and receiver.told == []
    later(database, 61)
    send_due(database, TOLD, SLACK, receiver)
    texts = sorted(each["text"] for each in receiver.told)
    assert texts == [
        "clinics/env/a is as it should be again\nclinics/env/b failed: ‹!channel› it broke",
        "worker w1 is lost",
    ]
    later(database, 9999)
    send_due(database, TOLD, SLACK, receiver)
    assert len(receiver.told) == 2


def test_what_was_refused_is_told_again_and_what_may_have_come_never_twice(database: Database) -> None:
    refused, broken = Untold("it answered 500", sure=True), Untold("no answer in time", sure=False)
    receiver = Receiver(refused, broken)
    tell(database, News(Event.FAILED, "gh", "clinics/env/a", "it broke"))
    for _ in range(4):
        later(database, 9999)
        send_due(database, TOLD, SLACK, receiver)
    assert len(receiver.told) == 2


def test_who_can_not_be_told_is_said_without_the_address(database: Database) -> None:
    tell(database, News(Event.FAILED, "gh", "clinics/env/a", "it broke"))
    later(database, 61)
    (line,) = send_due(database, TOLD, {}, Receiver())
    assert line == "nobody is told: $SLACK is not set: give it to the fleet's processes"
    later(database, 9999)
    (line,) = send_due(database, TOLD, {"SLACK": "ftp://secret@x"}, Receiver())
    assert "secret" not in line


def test_programs_are_told_in_data() -> None:
    row = {
        "event": "failed",
        "environment": "clinics/env/a",
        "message": "it broke",
        "at": 5.0,
        "tenant": "gh",
    }
    said = message_of(TARGET._replace(form="json"), [row])
    assert said["tenant"] == "gh"
    assert said["events"] == [
        {"event": "failed", "environment": "clinics/env/a", "message": "it broke", "at": 5.0}
    ]


@pytest.mark.parametrize(
    ("before", "after", "event"),
    [
        (None, "in sync", None), ("in sync", "drifted", Event.DRIFTED), ("drifted", "drifted", None),
        ("drifted", "in sync", Event.RECOVERED), ("failed", "refused", Event.REFUSED),
        ("pending", "in sync", None), ("in sync", "pending", None), (None, "failed", Event.FAILED),
    ],
)  # fmt: skip
def test_only_a_change_of_state_is_news(before: str | None, after: str, event: Event | None) -> None:
    assert event_of(before, after) is event


ID = "c0ffee" * 6 + "c0ff"


@pytest.mark.parametrize(
    ("git", "message", "subject", "link"),
    [
        (GIT, "Merge pull request #12 from gh/nights\n\nAnna takes the nights", "Anna takes the nights",
         "https://git.example.org/clinics/rota/pull/12"),
        (GIT, "Anna takes the nights (#12)", "Anna takes the nights",
         "https://git.example.org/clinics/rota/pull/12"),
        (GIT, "Merge branch 'n' into 'main'\n\nAnna takes the nights\n\nSee merge request clinics/rota!7",
         "Anna takes the nights", "https://git.example.org/clinics/rota/-/merge_requests/7"),
        (GIT, "By hand", "By hand", f"https://git.example.org/clinics/rota/commit/{ID}"),
        ("https://bot:token@git.example.org/a/b", "x", "x", f"https://git.example.org/a/b/commit/{ID}"),
        ("git@git.example.org:a/b.git", "x (#3)", "x", None),
        ("javascript:alert(1)", "x", "x", None),
        (None, "", ID[:12], None),
    ],
)  # fmt: skip
def test_the_request_that_a_commit_came_with(
    git: str | None, message: str, subject: str, link: str | None
) -> None:
    assert origin_of(git, ID, message) == (subject, link)
