"""`drift`, as a schedule runs it: what people changed in Welkin, by whom, and who is told of it."""

from __future__ import annotations

import json
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from jsonschema import Draft202012Validator

from reconciler.manifest import schema_text
from tests.conftest import Workspace
from tests.support.cli import environment, run
from tests.support.service import Service

pytestmark = pytest.mark.both

STAFF = """
users:
  jdoe: {email: j.doe@example.org, credentials: RN}
workHours:
  jdoe: [{from: 2026-12-01, to: 2027-03-31, days: {mon-fri: 09:00-17:00}}]
events:
  standup: {title: Stand-up, type: APPOINTMENT, mode: VIDEO, host: jdoe, starts: 2026-12-01T09:00,
            duration: 30m, repeat: {every: week}}
"""


class Posted(NamedTuple):
    """What a webhook was sent."""

    path: str
    headers: dict[str, str]
    body: Any


@contextmanager
def webhook(answer: Callable[[BaseHTTPRequestHandler], None]) -> Iterator[tuple[str, list[Posted]]]:
    """A place to post to on this computer: its URL, and what came."""
    came: list[Posted] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            came.append(Posted(self.path, dict(self.headers), json.loads(body)))
            answer(self)

        def do_GET(self) -> None:
            came.append(Posted(self.path, dict(self.headers), None))
            self.send_error(404)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/hook?key=s3cret", came
    finally:
        server.shutdown()
        server.server_close()


def status(code: int, **headers: str) -> Callable[[BaseHTTPRequestHandler], None]:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(code)
        for name, value in headers.items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    return answer


@pytest.fixture
def clinic(workspace: Workspace, service: Service) -> tuple[Workspace, Service]:
    workspace.write(STAFF)
    workspace.at(service).apply()
    service.forget()
    return workspace, service


def on(service: Service, day: str) -> dict[str, Any]:
    return next(event for event in service.events() if event["startDateTime"].startswith(day))


def test_in_sync(clinic: tuple[Workspace, Service]) -> None:
    workspace, service = clinic
    done = workspace.run("drift")
    assert (done.code, "No changes." in done.stdout) == (0, True), done
    assert not service.writes()


def test_what_somebody_changed_with_when_and_by_whom(clinic: tuple[Workspace, Service]) -> None:
    workspace, service = clinic
    event = on(service, "2026-12-08")
    service.change_event(event, eventTitle="Changed by hand")
    changed = on(service, "2026-12-08")
    service.forget()
    done = workspace.run("drift", "--format", "json")
    assert done.code == 2, done
    assert done.data["format"] == "welkin-reconcile/plan/1"
    Draft202012Validator(json.loads(schema_text("plan"))).validate(done.data)
    (change,) = done.plan
    assert (change["key"], change["action"]) == ("event/standup@2026-12-08", "update")
    author = {name: changed.get(name) for name in ("updatedAt", "updatedBy")}
    assert change["live"] == (author if any(author.values()) else None)
    text, markdown = (workspace.run("drift", "--format", name).stdout for name in ("text", "markdown"))
    assert "event/standup" in text
    if changed.get("updatedBy"):
        assert f"written last  Tue 24 Nov 04:00 by {changed['updatedBy']}" in text
        assert f"by {changed['updatedBy']}" in markdown
    assert not service.writes()


@pytest.mark.parametrize("date", ["2026-13-45", "0000-01-01", "٢٠٢٦-١٢-٠٨"])
def test_a_mark_typed_over_is_nobody_of_ours(
    clinic: tuple[Workspace, Service], profile: str, date: str
) -> None:
    """Neither a second event beside it, nor an end of everything over one date that is none."""
    workspace, service = clinic
    event = on(service, "2026-12-08")
    if profile == "live":
        service.change_event(event, externalId=f"staffing/standup@{date}")
    else:
        service.change_event(event, additionalInfo={"remarks": f"[staffing/standup@{date}]"})
    service.forget()
    for command in ("plan", "drift"):
        done = workspace.run(command, "--format", "json")
        (change,) = [change for change in done.plan if change["action"] != "noop"]
        assert (change["key"], change["action"]) == ("event/standup@2026-12-08", "blocked"), done
    assert not service.writes()


def test_an_occurrence_missing_between_others_is_drift(clinic: tuple[Workspace, Service]) -> None:
    workspace, service = clinic
    service.send("DELETE", f"/gh/sb-demo/calendar/events/{on(service, '2026-12-15')['id']}")
    done = workspace.run("drift", "--format", "json")
    assert done.code == 2
    (change,) = done.plan
    assert (change["key"], change["action"], change["live"]) == ("event/standup@2026-12-15", "create", None)


def test_what_the_moving_horizon_brings_is_none_and_is_counted(clinic: tuple[Workspace, Service]) -> None:
    workspace, service = clinic
    workspace.now = "2026-12-08T12:00:00Z"
    service.at(workspace.now)
    done = workspace.run("drift")
    assert done.code == 0, done
    assert "Not counted, as merely the horizon moves on: 2 occurrences of 1 series." in done.stdout
    data = workspace.run("drift", "--format", "json").data
    assert data["changes"] == []
    assert "Not counted, as merely the horizon moves on: 2 occurrences of 1 series." in data["warnings"]
    assert not [text for text in data["warnings"] if "less than 14 days" in text]
    service.send("DELETE", f"/gh/sb-demo/calendar/events/{on(service, '2026-12-15')['id']}")
    (change,) = workspace.run("drift", "--format", "json").plan
    assert change["key"] == "event/standup@2026-12-15"


@pytest.mark.parametrize(("today", "dry"), [("2026-12-29", False), ("2026-12-30", True)])
def test_it_warns_where_series_are_written_for_less_than_two_weeks(
    clinic: tuple[Workspace, Service], today: str, dry: bool
) -> None:
    """The last one is on Tuesday 12 January."""
    workspace, service = clinic
    workspace.now = f"{today}T12:00:00Z"
    service.at(workspace.now)
    done = workspace.run("drift")
    assert done.code == 0
    assert ("event/standup is written until 2027-01-12, for less than 14 days" in done.stdout) is dry, done


def test_a_person_and_their_hours(clinic: tuple[Workspace, Service]) -> None:
    workspace, service = clinic
    service.send("PATCH", "/gh/admin/users/jdoe", {"credentials": "MD"})
    (row,) = service.hours("jdoe")["jdoe"]
    days = [{"day": 1, "startTime": "10:00:00", "endTime": "12:00:00"}]
    body = {"psmId": service.id_of("jdoe"), "startDateTime": row["startDateTime"], "daysInfo": days}
    body["endDateTime"] = row["endDateTime"]
    service.send("PUT", f"/gh/sb-demo/calendar/work-hours/{row['workHoursId']}", body)
    (row,) = service.hours("jdoe")["jdoe"]
    done = workspace.run("drift", "--format", "json")
    assert done.code == 2
    found = {change["kind"]: change["live"] for change in done.plan}
    assert found.keys() == {"user", "workHours"}
    author = {name: row.get(name) for name in ("updatedAt", "updatedBy")}
    assert found["workHours"] == (author if any(author.values()) else None)
    saved = workspace.folder / "drift.json"
    saved.write_text(done.stdout, encoding="utf-8")
    shown = run("show", "drift.json", cwd=workspace.folder)
    assert shown.code == 0, shown
    assert ("written last" in shown.stdout) is any(author.values())


def test_a_webhook_is_told_once(clinic: tuple[Workspace, Service]) -> None:
    workspace, service = clinic
    with webhook(status(200)) as (url, came):
        assert workspace.run("drift", "--notify", url).code == 0
        assert came == []
        service.send("PATCH", "/gh/admin/users/jdoe", {"credentials": "MD"})
        home = workspace.folder / "home"
        home.mkdir()
        (home / ".netrc").write_text("machine 127.0.0.1 login me password netrc-secret\n", encoding="utf-8")
        done = workspace.run("drift", "--notify", url, env=environment(HOME=str(home)))
    assert (done.code, done.stderr) == (2, "")
    (post,) = came
    assert post.path == "/hook?key=s3cret"
    assert post.headers["Content-Type"] == "application/json"
    assert not {"Authorization", "Cookie"} & post.headers.keys()
    assert post.body == {
        "text": "gh/sb-demo: 1 change made in Welkin: user/jdoe",
        "format": "welkin-reconcile/drift-notice/1",
        "checkedAt": "2026-11-24T12:00:00.000Z",
        "environments": [
            {
                "tenant": "gh",
                "instance": "sb-demo",
                "path": "env.yaml",
                "status": "drifted",
                "changes": 1,
                "keys": ["user/jdoe"],
                "error": None,
            }
        ],
    }


def test_a_webhook_is_told_of_what_could_not_be_checked(workspace: Workspace, service: Service) -> None:
    workspace.write(STAFF)
    workspace.at(service).apply()
    workspace.write("", "broken.yaml", head="tenant: other\ninstance: sb\n")
    with webhook(status(204)) as (url, came):
        one = workspace.run("drift", "broken.yaml", "--notify", url)
        both = workspace.run("drift", "broken.yaml", "env.yaml", "--notify", url, "--format", "json")
    assert (one.code, both.code) == (1, 1)
    assert both.data["format"] == "welkin-reconcile/plans/1"
    assert [failure["path"] for failure in both.data["failures"]] == ["broken.yaml"]
    alone, together = came
    assert alone.body["text"].startswith("broken.yaml: could not be checked: broken.yaml:")
    assert [each["status"] for each in together.body["environments"]] == ["error", "inSync"]
    failed = together.body["environments"][0]
    assert (failed["tenant"], failed["instance"], failed["path"]) == (None, None, "broken.yaml")
    assert (failed["changes"], failed["keys"]) == (0, [])
    assert "timezone" in failed["error"]


def test_a_failed_post_is_a_warning_without_the_query(workspace: Workspace, service: Service) -> None:
    workspace.write(STAFF)
    workspace.at(service)
    with webhook(status(302, Location="/elsewhere")) as (url, came):
        done = workspace.run("drift", "--notify", url)
        assert len(came) == 1  # and nobody went elsewhere
    assert done.code == 2
    assert "warning: 127.0.0.1:" in done.stderr and "it answered 302" in done.stderr
    assert "s3cret" not in done.stderr + done.stdout
    gone = workspace.run("drift", "--notify", url)
    assert gone.code == 2
    assert "warning:" in gone.stderr and "s3cret" not in gone.stderr


def test_a_webhook_that_never_ends_its_answer_is_left(
    workspace: Workspace, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It sends a byte now and then: no wait of a socket ends it."""
    monkeypatch.setattr("reconciler.hosting.webhook.LONGEST_S", 1.0)

    def drip(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nX: ")
        for _ in range(600):
            handler.wfile.write(b"x")
            time.sleep(0.1)

    workspace.write(STAFF)
    with webhook(drip) as (url, came):
        began = time.monotonic()
        done = workspace.at(service).run("drift", "--notify", url)
        assert time.monotonic() - began < 30
    assert (done.code, len(came)) == (2, 1)
    assert "no answer within 1 s" in done.stderr


@pytest.mark.parametrize(
    "url", ["http://example.org/hook", "ftp://example.org", "https://u:p4ss@example.org", "hook"]
)
def test_where_nothing_is_posted_to(tmp_path: Path, url: str) -> None:
    workspace = Workspace(tmp_path)
    workspace.write(STAFF)
    done = workspace.run("drift", "--notify", url)
    assert (done.code, done.stdout) == (1, "")
    assert "--notify takes https://" in done.stderr and "p4ss" not in done.stderr


def test_only_those_of_which_a_file_differs(workspace: Workspace, service: Service) -> None:
    workspace.write(STAFF)
    workspace.at(service).apply()
    service.send("PATCH", "/gh/admin/users/jdoe", {"credentials": "MD"})
    named = ("-c", "user.name=T", "-c", "user.email=t@example.org")
    for words in (("init", "-q"), ("add", "env.yaml"), (*named, "commit", "-qm", "first")):
        subprocess.run(["git", *words], cwd=workspace.folder, check=True)
    same = workspace.run("drift", "--changed-since", "HEAD", "--format", "json")
    assert (same.code, "no environment differs from HEAD" in same.stderr) == (0, True), same
    workspace.write(f"{STAFF}# looked at\n")
    assert workspace.run("drift", "--changed-since", "HEAD").code == 2
