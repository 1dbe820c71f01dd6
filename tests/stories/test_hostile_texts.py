"""Hostile texts through every command: printed so that they show, and read back exactly from data."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import icalendar
import pytest
import yaml

from reconciler.errors.escape import visible
from tests.conftest import HEAD, NOW, Workspace
from tests.support.cli import Result, environment, run
from tests.support.fakes import Asked, Reply, serving
from tests.support.hostile import faults, titles
from tests.support.service import Service

TITLES = titles()
NAMES = [re.sub(r"[\s/]", "", title) for title in TITLES[::4]]
PEOPLE = [name for name in dict.fromkeys(NAMES) if name and name.isprintable()]  # as usernames may be
TAKEN = [title for title in TITLES if not re.search(r"[\x00-\x08\x0b\x0c\x0e-\x1f]", title)]  # by the service
CLEAN = [f"text {number}" for number in range(len(TITLES))]


def quoted(text: str) -> str:
    """A text in YAML, each of its characters as an escape."""
    return '"' + "".join(f"\\U{ord(char):08x}" for char in text) + '"'


def manifest(texts: list[str], people: list[str]) -> str:
    """Each text as title, place and remarks of an event; people of these usernames, with names like those."""
    lines = ["users:", "  ana: {email: ana@example.org, timezone: America/Los_Angeles}"]
    for number, name in enumerate(people):
        text = quoted(texts[number])
        lines.append(
            f"  {quoted(name)}: {{email: p{number}@example.org, firstName: {text}, lastName: {text}}}"
        )
    lines.append("workHours:")
    lines += [
        f"  {quoted(name)}: [{{from: 2026-12-01, days: {{mon: 09:00-17:00}}}}, "
        f"{{override: {quoted(texts[number])}, from: 2026-12-07, to: 2026-12-07, days: off}}]"
        for number, name in enumerate(people)
    ]
    lines += ["vars:", f"  room: {quoted(texts[0])}", "events:"]
    for number, text in enumerate(texts):
        host, said = quoted(people[number % len(people)]), quoted(text.replace("$", ""))
        lines += [
            f"  s{number}:",
            f"    {{title: {said}, location: {said}, remarks: {said}, host: {host},",
            f"     starts: 2026-12-01T{9 + number // 60:02}:{number % 60:02}, duration: 30m}}",
        ]
    return "\n".join(lines) + "\n"


def checked(done: Result, code: int = 0, annotated: bool = False) -> Result:
    assert done.code == code, done
    assert not faults(done.stdout, annotated)
    assert not faults(done.stderr)
    return done


@pytest.fixture
def offline(tmp_path: Path) -> Workspace:
    workspace = Workspace(tmp_path)
    workspace.write(manifest(TITLES, PEOPLE))
    return workspace


def compared(workspace: Workspace, *args: str, **more: Any) -> Iterator[str]:
    """What a command prints of hostile texts; as many lines as of harmless ones."""
    lines = []
    for texts in (CLEAN, TITLES):
        workspace.write(manifest(texts, PEOPLE))
        done = checked(workspace.run(*args, **more))
        lines.append((done.stdout.count("\n"), done.stderr.count("\n")))
        yield done.stdout
    assert lines[0] == lines[1]


def test_plans(workspace: Workspace, service: Service) -> None:
    _, printed = compared(workspace.at(service), "plan", "--show-unchanged")
    assert all(visible(title).strip() in uncommanded(printed) for title in TITLES)
    told = json.loads(checked(workspace.run("plan", "--format", "json", "--out", "p.json")).stdout)
    saved = (workspace.folder / "p.json").read_text(encoding="utf-8")
    assert not faults(saved)
    assert told == json.loads(saved)
    wished = {change["after"]["eventTitle"] for change in told["changes"] if change["kind"] == "event"}
    assert wished == set(TITLES)


def test_an_apply_and_what_is_kept_of_it(workspace: Workspace, service: Service) -> None:
    workspace.at(service).write(manifest(TITLES, PEOPLE))
    checked(workspace.run("apply", "--auto-approve", "--undo-file", "undo.json", "-vv"), 1)
    assert {event["eventTitle"] for event in service.events()} == set(TAKEN)
    mended = [title if title in TAKEN else clean for title, clean in zip(TITLES, CLEAN, strict=True)]
    workspace.write(manifest(mended, PEOPLE))
    checked(workspace.run("plan", "--detailed-exitcode", "-v", "--log-format", "json"), 2)
    checked(workspace.run("apply", "--auto-approve", "--format", "json"))
    workspace.settled()
    for run_number in ("1", "2"):
        checked(run("history", run_number, cwd=workspace.folder))
        json.loads(checked(run("history", run_number, "--format", "json", cwd=workspace.folder)).stdout)
    assert not faults((workspace.folder / "undo.json").read_text(encoding="utf-8"))


def test_lists_of_what_the_service_has(workspace: Workspace, service: Service) -> None:
    workspace.at(service).write(manifest(TAKEN, PEOPLE))
    workspace.apply()

    def got(thing: str, *flags: str) -> str:
        window = ("--from", "2026-12-01", "--to", "2026-12-08") if thing != "users" else ()
        at = ("--api-url", service.url, "--now", NOW)
        return checked(run("get", thing, "env.yaml", *window, *flags, *at, cwd=workspace.folder)).stdout

    for thing, field in (("users", "username"), ("events", "id"), ("work-hours", "name")):
        table, as_json, as_yaml = (got(thing, "--format", format) for format in ("table", "json", "yaml"))
        rows = json.loads(as_json)
        assert yaml.safe_load(as_yaml) == rows
        assert table.count("\n") == as_json.count("\n") == len(rows) + 1
        assert all(visible(row[field] or "").strip() in uncommanded(table) for row in rows)
    for thing in ("schedules", "available", "summary"):
        got(thing)


def uncommanded(printed: str) -> str:
    """As it would be without runners: with the first signs of their commands."""
    return re.sub(r"\\x(23|3a|73|74|2d|2b|7e|5e)", lambda found: chr(int(found[1], 16)), printed)


def test_calendars(offline: Workspace) -> None:
    week = ("calendar", "env.yaml", "--week", "2026-12-01")
    for view in ((), ("--day",), *(("--user", name) for name in PEOPLE)):
        list(compared(offline, *week, *view, env=environment(COLUMNS="9999")))
        checked(offline.run(*week, *view, env=environment(COLUMNS="30")))
    told = json.loads(checked(offline.run(*week, "--format", "json")).stdout)
    assert {
        entry["title"] for person in told["people"] for day in person["days"] for entry in day["events"]
    } == set(TITLES)
    assert {person["user"] for person in told["people"]} >= set(PEOPLE)
    calendar = icalendar.Calendar.from_ical(as_ics(offline))
    # Line breaks are iCalendar's own; all else is as everywhere.
    wished = {"\n".join(map(visible, title.split("\n"))) for title in TITLES}
    assert {str(event["SUMMARY"]) for event in calendar.walk("VEVENT")} == wished


def as_ics(workspace: Workspace) -> str:
    """Its lines end as RFC 5545 wants them; no line of it may be a command, however it is folded."""
    done = workspace.run("calendar", "env.yaml", "--format", "ics")
    checked(Result(done.code, done.stdout.replace("\r\n", "\n"), done.stderr))
    return done.stdout


@pytest.mark.parametrize("before", range(50, 76))
def test_no_folded_line_of_a_calendar_is_a_command(tmp_path: Path, before: int) -> None:
    workspace = Workspace(tmp_path)
    texts = [
        f"{'x' * before}{blank}{sign}"
        for blank in ("", "  ")
        for sign in ("::error::x", ":" * 200, "##vso[x]y")
    ]
    workspace.write(manifest(texts, ["ana2"]))
    calendar = icalendar.Calendar.from_ical(as_ics(workspace))
    assert {str(event["SUMMARY"]) for event in calendar.walk("VEVENT")} == set(texts)


BAD = "users:\n  ana: {email: ana@example.org, %s: x}\n  %s: 3\n"


@pytest.mark.parametrize("title", TITLES, ids=ascii)
def test_problems_of_a_file_whose_name_and_keys_are_hostile(tmp_path: Path, title: str) -> None:
    name = f"{title.replace('/', '').replace(chr(0), '')}.yaml"
    (tmp_path / name).write_text(HEAD + BAD % (quoted(title), quoted(f"{title} x")), encoding="utf-8")

    def validated(*flags: str) -> Result:
        return run("validate", *flags, "--now", NOW, "--", name, cwd=tmp_path)

    text = checked(validated(), 1).stderr
    told = json.loads(checked(validated("--format", "json"), 1).stdout)["problems"]
    assert text.count("\n") == len(told) >= 2
    assert {problem["path"] for problem in told} == {name}
    annotations = checked(validated("--format", "github"), 1, annotated=True).stdout
    assert annotations.count("\n") == len(told)
    sarif = json.loads(checked(validated("--format", "sarif"), 1).stdout)["runs"][0]["results"]
    assert [result["message"]["text"] for result in sarif] == [
        visible(problem["message"]) for problem in told
    ]
    checked(run("plan", "--simulator", "--", name, cwd=tmp_path), 1)


def test_names_of_files_that_are_no_utf_8(tmp_path: Path) -> None:
    name = os.fsdecode(b"caf\xe9 \xff.yaml")
    (tmp_path / name).write_text(HEAD + BAD % ("a", "b"), encoding="utf-8")
    for flags in ((), ("--format", "json"), ("--format", "github"), ("--format", "sarif")):
        done = checked(run("validate", name, *flags, cwd=tmp_path), 1, annotated=True)
        assert r"\udce9" in done.stdout + done.stderr or "sarif" in flags
    assert "caf%E9%20%FF.yaml" in done.stdout


ARGUMENTS: list[Callable[[str], tuple[str, ...]]] = [
    lambda text: (text,),
    lambda text: (f"--{text}",),
    lambda text: ("plan", f"{text}.yaml"),
    lambda text: ("plan", "env.yaml", f"--{text}=x"),
    lambda text: ("plan", "env.yaml", "--format", text),
    lambda text: ("plan", "env.yaml", "--now", text),
    lambda text: ("plan", "env.yaml", "--rate", text),
    lambda text: ("plan", "env.yaml", "--out", f"no/{text}"),
    lambda text: ("plan", "env.yaml", "--api-url", text),
    lambda text: ("plan", "env.yaml", "--secret-file", text),
    lambda text: ("apply", "env.yaml", "--allow", text),
    lambda text: ("apply", "env.yaml", "--lock-timeout", text),
    lambda text: ("apply", "env.yaml", "--approved", f"x{text}"),
    lambda text: ("get", text, "env.yaml"),
    lambda text: ("get", "users", "env.yaml", "--from", text),
    lambda text: ("calendar", "env.yaml", "--week", text),
    lambda text: ("calendar", "env.yaml", "--user", text),
    lambda text: ("calendar", "env.yaml", "--team", text),
    lambda text: ("history", text),
    lambda text: ("history", "--journal", f"x{text}"),
    lambda text: ("schema", text),
    lambda text: ("simulator", "--fault", text),
    lambda text: ("simulator", "--seed", f"x{text}"),
]


@pytest.mark.parametrize("form", ARGUMENTS, ids=lambda form: ascii(" ".join(form("_"))))
def test_arguments_that_are_echoed(tmp_path: Path, form: Callable[[str], tuple[str, ...]]) -> None:
    Workspace(tmp_path).write(manifest(CLEAN[:2], ["ana2"]))
    nobody = {name: value for name, value in environment().items() if name != "WELKIN_SECRET"}
    for title in TITLES[::3]:
        args = form(title.replace("\0", ""))
        for flags in ((), ("--format=json",))[: 1 if "--format" in args else 2]:
            done = run(*args, *flags, cwd=tmp_path, env=nobody)
            assert done.code in (0, 1, 2), done
            assert not faults(done.stdout), args
            assert not faults(done.stderr), args
            if not flags:
                assert done.stderr.count("\n") == 1 or done.code == 0, done


def test_who_runs_it_and_where_from(workspace: Workspace, service: Service) -> None:
    workspace.at(service)
    names = [title for title in TITLES[::8] if "\0" not in title]
    for number, name in enumerate(names):
        workspace.write(f"users:\n  p{number}: {{email: p{number}@example.org}}\n")
        who = {"GITHUB_ACTOR": name, "GITHUB_SHA": name, "GITHUB_REF": f"refs/pull/{name}/merge"}
        checked(workspace.run("apply", "--auto-approve", env=environment(**who)))
        client = workspace.run("plan", env=environment(WELKIN_CLIENT=name))
        checked(client, client.code)
        place = run("plan", "env.yaml", cwd=workspace.folder, env=environment(WELKIN_API_URL=f"x{name}"))
        checked(place, 1)
    listed = checked(run("history", cwd=workspace.folder)).stdout
    assert listed.count("\n") == len(names)
    for run_number in range(1, len(names) + 1):
        told = checked(run("history", str(run_number), cwd=workspace.folder)).stdout
        assert told.count("pull request: ") == 1
    runs = json.loads(checked(run("history", "--format", "json", cwd=workspace.folder)).stdout)["runs"]
    assert [each["who"] for each in reversed(runs)] == names


def test_whom_another_server_knows(tmp_path: Path) -> None:
    """Names of keys, too."""
    rows = [
        {"id": str(number), "username": f"p{number}", "firstName": name, "lastName": name, name: name}
        for number, name in enumerate(TITLES)
    ]
    page = {"page": 0, "pageSize": 1000, "totalElements": len(rows), "totalPages": 1, "lastPage": True}

    def answer(asked: Asked) -> Reply:
        login = "api_clients" in asked.path
        return Reply(200, {"token": "t0k3n"} if login else {"data": rows, "metaInfo": page})

    Workspace(tmp_path).write("users: {}\n")
    with serving(answer) as url:
        table, as_json, as_yaml = (
            checked(
                run("get", "users", "env.yaml", "--format", format, "--api-url", url, "-vv", cwd=tmp_path)
            )
            for format in ("table", "json", "yaml")
        )
    assert json.loads(as_json.stdout) == yaml.safe_load(as_yaml.stdout) == rows
    assert table.stdout.count("\n") == len(rows) + 1
