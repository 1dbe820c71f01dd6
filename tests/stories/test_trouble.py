"""What a person sees when something is wrong: one clear line, the right exit code, nothing secret."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from tests.conftest import HEAD, NOW, Workspace
from tests.support.cli import IMPATIENT, SECRET, Result, environment, run, spawn
from tests.support.fakes import Asked, Reply, refused, serving
from tests.support.service import Service

STAFF = "users:\n  johndoe: {email: john@example.org, phone: +15552009845}\n"
PAGE = "<html><body><h1>Sign in, john@example.org</h1></body></html>"
LEAK = "Ada Invented, ada@example.org, born 1980-02-29"
ERROR = [{"errorCode": "SOME_CODE", "componentType": "USER", "message": LEAK, "details": {"patient": LEAK}}]


def one_line(done: Result) -> str:
    """The one line an error comes to, after what is said of attempts before it; stdout stays empty."""
    assert done.code == 1, done
    assert done.stdout == ""
    *waiting, line = done.stderr.splitlines()
    assert all("; retrying " in said for said in waiting) and len(waiting) <= 3
    assert line.startswith("error: ")
    assert "Traceback" not in line
    assert SECRET not in line
    assert "Ada" not in line
    return line


def after_token(reply: Reply) -> Callable[[Asked], Reply]:
    """Answer every call with this, but for the token's."""

    def answer(asked: Asked) -> Reply:
        if "api_clients" in asked.path:
            return Reply(200, {"token": "t0k3n"})
        return reply

    return answer


def test_a_missing_secret_is_named_with_the_ways_to_give_it(workspace: Workspace) -> None:
    workspace.write(STAFF)
    workspace.url = "http://127.0.0.1:9"
    env = environment()
    del env["WELKIN_SECRET"]
    line = one_line(workspace.run("plan", env=env))
    assert "$WELKIN_SECRET" in line
    assert "--secret-file" in line


def test_a_wrong_secret_says_where_it_comes_from(workspace: Workspace, service: Service) -> None:
    workspace.at(service).write(STAFF)
    line = one_line(workspace.run("plan", env=environment(WELKIN_SECRET="wrong-horse")))
    assert "$WELKIN_SECRET" in line
    assert "wrong-horse" not in line


def test_a_wrong_tenant_is_named(workspace: Workspace, simulate_service: Any) -> None:
    workspace.at(simulate_service(tenants=("gh",)))
    workspace.write(STAFF, head=HEAD.replace("tenant: gh", "tenant: hg"))
    assert "tenant hg" in one_line(workspace.run("plan"))


@pytest.mark.usefixtures("impatient")
def test_a_service_that_is_down(workspace: Workspace) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    workspace.write(STAFF)
    workspace.url = f"http://127.0.0.1:{port}"
    assert f"127.0.0.1:{port}: connection refused" in one_line(workspace.run("plan"))


ANSWERS = {
    "html-200": (Reply(200, PAGE, "text/html"), "API URL"),
    "html-404": (Reply(404, PAGE, "text/html"), "API URL"),
    "html-502": (Reply(502, PAGE, "text/html"), "try again later"),
    "not-json": (Reply(200, "hello"), "API URL"),
    "json-of-another-kind": (Reply(200, {"hello": 1}), ""),
    "empty-200": (Reply(200), ""),
    "401": (Reply(401, ERROR), "token"),
    "403": (Reply(403, ERROR), "permission"),
    "403-restricted": (refused(403, "ACCESS_FOR_API_CLIENT_RESTRICTED"), "no API client"),
    "404": (Reply(404, ERROR), "tenant"),
    "500": (Reply(500, ERROR), "try again later"),
    "503-object": (Reply(503, {"message": LEAK}), "try again later"),
    "redirect": (
        Reply(302, "", headers=(("Location", "https://elsewhere.example/?x=" + SECRET),)),
        "redirect",
    ),
    "406": (Reply(406, {"error": LEAK}), ""),
    "418": (Reply(418, "no"), ""),
}


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize(("reply", "advice"), ANSWERS.values(), ids=ANSWERS.keys())
@pytest.mark.parametrize("command", ["plan", "apply"])
def test_every_odd_answer_is_one_line(workspace: Workspace, reply: Reply, advice: str, command: str) -> None:
    workspace.write(STAFF)
    with serving(after_token(reply)) as url:
        workspace.url = url
        line = one_line(workspace.run(command))
        assert advice in line
        assert "elsewhere" not in line
        assert "john@example.org" not in line


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("reply", [reply for reply, _ in ANSWERS.values()], ids=ANSWERS.keys())
def test_every_odd_answer_to_the_token_is_one_line(workspace: Workspace, reply: Reply) -> None:
    workspace.write(STAFF)
    with serving(lambda asked: reply) as url:
        workspace.url = url
        one_line(workspace.run("plan"))


def test_a_service_that_never_answers_is_given_up(workspace: Workspace) -> None:
    def late(asked: Asked) -> Reply:
        time.sleep(0.6)
        return Reply(200, {"token": "t0k3n"})

    workspace.write(STAFF)
    workspace.patience = replace(IMPATIENT, timeouts=(5.0, 0.3))
    with serving(late) as url:
        workspace.url = url
        assert "no answer within 0.3 s" in one_line(workspace.run("plan", "--parallelism", "1"))


@pytest.mark.usefixtures("impatient")
def test_errors_are_json_and_nothing_else_where_json_is_asked_for(workspace: Workspace) -> None:
    workspace.write(STAFF)
    with serving(after_token(Reply(403, ERROR))) as url:
        workspace.url = url
        done = workspace.run("plan", "--format", "json")
        assert (done.code, done.stderr) == (1, "")
        assert done.data["code"] == "api"
        assert len(done.data["errors"]) == 1
        assert LEAK not in done.stdout
    workspace.write("users: {johndoe: {emial: x}}\n")
    done = workspace.run("plan", "--format", "json")
    assert done.data["code"] == "manifest"
    assert done.data["errors"][0]["line"] == 6
    done = run("plan", "--format", "json", "--nonsense", cwd=workspace.folder)
    assert (done.code, done.data["code"]) == (1, "usage")


USAGE = [
    [],
    ["plan"],
    ["apply"],
    ["validate"],
    ["nonsense"],
    ["plan", "env.yaml", "--nonsense"],
    ["plan", "env.yaml", "--now", "yesterday"],
    ["plan", "env.yaml", "--now", "2026-12-01T09:00"],
    ["plan", "env.yaml", "--format", "xml"],
    ["plan", "env.yaml", "--parallelism", "0"],
    ["plan", "env.yaml", "--api-url", "ftp://127.0.0.1"],
    ["plan", "env.yaml", "--api-url", "http://example.org"],
    ["plan", "env.yaml", "--api-url", "http://u:p4ssw0rd@127.0.0.1"],
    ["plan", "env.yaml", "--simulator", "--api-url", "http://127.0.0.1:9"],
    ["plan", "env.yaml", "--secret-file", "nowhere"],
    ["plan", "nowhere.yaml"],
    ["plan", "."],
    ["plan", "env.yaml", "--out", "no/such/folder/plan.json", "--simulator"],
    ["apply", "env.yaml", "--allow", "deletes"],
    ["apply", "env.yaml", "--allow", "all=3"],
    ["apply", "env.yaml", "--simulator"],
    ["apply", "broken.json"],
    ["apply", "empty.json"],
    ["schema", "nonsense"],
    ["simulator", "--port", "70000"],
    ["simulator", "--profile", "dead"],
]


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("args", USAGE, ids=" ".join)
def test_a_usage_error_is_exit_1_and_never_2(workspace: Workspace, args: list[str]) -> None:
    workspace.write(STAFF)
    (workspace.folder / "broken.json").write_text('{"format": "welkin-reconcile/plan/1"}')
    (workspace.folder / "empty.json").write_text("{}")
    env = environment()
    if "--secret-file" in args:
        del env["WELKIN_SECRET"]
    done = run(*args, cwd=workspace.folder, env=env, patience=workspace.patience)
    assert done.code == 1, done
    assert "Traceback" not in done.stdout + done.stderr
    assert "p4ssw0rd" not in done.stderr


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["paln", "env.yaml"], "no command is called `paln`; did you mean `plan`?"),
        (["destroy"], "no command is called `destroy`; there are validate, plan, "),
        (
            ["plan", "env.yaml", "--now", "tomorrow"],
            "as in 2026-12-01T09:00:00Z, or a date",
        ),
        (["plan", "env.yaml", "--parallelism", "many"], "'many' is not a valid whole number"),
        (["apply", "env.yaml", "--approved", "env.yaml"], "make one with `plan ENV --out FILE`"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_usage_error_says_what_to_write(workspace: Workspace, args: list[str], message: str) -> None:
    workspace.write(STAFF)
    done = run(*args, cwd=workspace.folder, env=environment())
    assert message in done.stderr and len(done.stderr.splitlines()) == 1, done


def test_protect_names_kinds_that_there_are(workspace: Workspace) -> None:
    """A misspelt one would protect nothing, in silence."""
    workspace.write(STAFF.replace("users:", "protect: [users/johndoe, 'work*/*', event/board-*]\nusers:", 1))
    done = run("validate", "env.yaml", cwd=workspace.folder)
    assert done.code == 1
    assert done.stderr.count("write kind and name, as in user/johndoe or event/board-*") == 1, done


def test_exit_codes_of_plan_and_apply(workspace: Workspace, service: Service) -> None:
    workspace.at(service).write(STAFF)
    assert workspace.run("plan").code == 0
    assert workspace.run("plan", "--detailed-exitcode").code == 2
    assert workspace.run("apply").code == 1, "nobody is there to say yes"
    assert not service.writes()
    assert workspace.run("apply", "--auto-approve").code == 0
    assert workspace.run("plan", "--detailed-exitcode").code == 0
    service.set_state("johndoe", "ACTIVE")
    workspace.write(STAFF.replace("john@", "john.doe@"))
    assert workspace.run("plan", "--detailed-exitcode").code == 2, "blocked changes count"
    assert workspace.run("apply", "--auto-approve").code == 3, "all else landed, blocked ones remain"


def test_help_and_version_are_results(workspace: Workspace) -> None:
    for args in (
        ["--help"],
        ["--version"],
        ["plan", "--help"],
        ["apply", "-h"],
        ["schema"],
        ["schema", "users"],
    ):
        done = run(*args, cwd=workspace.folder)
        assert (done.code, done.stderr) == (0, ""), args
        assert done.stdout


def test_nothing_secret_reaches_any_output_however_verbose(workspace: Workspace, service: Service) -> None:
    service.patient("P-1001")
    workspace.at(service).write(
        STAFF + "events:\n  visit:\n    title: Visit\n    host: johndoe\n    starts: 2026-12-01T09:00\n"
        "    duration: 30m\n    participants: [{patient: {externalId: P-1001}}]\n"
    )
    said = ""
    for command, *more in (["plan"], ["apply", "--auto-approve"], ["plan"]):
        flags = ("-vv", "--api-url", service.url, "--now", NOW)
        done = spawn(command, "env.yaml", *flags, *more, cwd=workspace.folder)
        assert done.code == 0, done
        said += done.stdout + done.stderr
    assert "POST /gh/admin/users" in said, "the log is there"
    for secret in (SECRET, "Bearer", "eyJ", "Ada", "Invented"):
        assert secret not in said


def test_the_secret_goes_to_no_host_that_only_a_manifest_names(workspace: Workspace) -> None:
    workspace.write(STAFF, head=HEAD.replace("client: TESTS", "client: TESTS, url: https://evil.example"))
    assert "evil.example" in one_line(workspace.run("plan"))


def test_text_with_odd_characters_survives_the_whole_way(workspace: Workspace, service: Service) -> None:
    title = 'Übergabe & "Visite" ☕ \\ 100 % <b>'
    workspace.at(service).write(
        STAFF + f"events:\n  visite:\n    title: {json.dumps(title)}\n    host: johndoe\n"
        "    starts: 2026-12-01T09:00\n    duration: 30m\n"
    )
    workspace.apply()
    assert service.events()[0]["eventTitle"] == title
    workspace.settled()


def test_output_is_plain_without_a_terminal(workspace: Workspace, service: Service) -> None:
    workspace.at(service).write(STAFF)
    done = spawn("plan", "env.yaml", "--api-url", service.url, "--now", NOW, cwd=workspace.folder)
    assert "\x1b" not in done.stdout + done.stderr
    assert done.stdout.rstrip().endswith("0 writes")


def test_a_reader_that_leaves_early_is_no_crash(workspace: Workspace, service: Service) -> None:
    workspace.at(service).write(STAFF)
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "w") as out:
        done = subprocess.run(
            [sys.executable, "-m", "reconciler", "plan", "env.yaml", "--api-url", service.url, "--now", NOW],
            cwd=workspace.folder, env=environment(), stdout=out, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
    assert "Traceback" not in done.stderr
    assert "Exception" not in done.stderr


def test_what_stands_behind_a_syntax_error_is_said_to_be_unread(workspace: Workspace) -> None:
    workspace.write("users: {a: {emial: x}}\nevents: {x: 'unfinished\n")
    more = "env.yaml: more may follow: behind that error it was not read"
    for command in ("validate", "plan"):
        lines = workspace.run(command).stderr.splitlines()
        assert len(lines) == 2
        assert lines[-1] == more
    workspace.write("users: {a: {emial: x}}\n")
    assert "more may follow" not in workspace.run("validate").stderr


def test_now_may_be_a_date(workspace: Workspace, service: Service) -> None:
    workspace.at(service).write(STAFF)
    workspace.now = "2027-01-15"
    assert workspace.plan().data["createdAt"] == "2027-01-15T00:00:00.000Z"
    for moment in ("2027-01-15T09:00", "2027-W03-5", "20270115", "15.01.2027"):
        workspace.now = moment
        done = workspace.run("plan")
        assert (done.code, done.stdout) == (1, ""), moment
        assert "write a date and time with a zone, as in 2026-12-01T09:00:00Z" in done.stderr
    assert "a date is its midnight in UTC" in " ".join(
        run("plan", "--help", cwd=workspace.folder).stdout.split()
    )


@pytest.mark.parametrize("moment", ["9999-12-31T23:00:00Z", "0001-01-01T00:00:00Z"])
def test_a_moment_beyond_reason_is_a_clear_error(workspace: Workspace, moment: str) -> None:
    workspace.write("")
    workspace.now = moment
    done = workspace.run("validate")
    assert (done.code, done.stdout) == (1, "")
    assert (
        done.stderr
        == f"error: Invalid value for '--now': `{moment}`: the year is not between 1900 and 2199\n"
    )
