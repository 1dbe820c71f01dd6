"""`diff`, `plan --base`, `--changed-since`: what Git says, without a service, a secret or the work tree."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import HEAD, NOW, Simulate, Workspace
from tests.support.cli import Result, run
from tests.support.git import Repository

ZEROS = "0" * 40
ENV = HEAD + "include: ['../staff/*.yaml']\n"
PEOPLE = "users:\n  ana: {email: ana@example.org, timezone: Europe/Berlin}\n  ben: {email: ben@example.org}\n"
HOURS = "workHours:\n  ana:\n    - {from: 2026-12-01, days: {mon-fri: 09:00-17:00}}\n"
MEETING = "{title: Huddle, host: ben, starts: 2026-12-01T09:00, duration: 30m, repeat: {every: week}}"
EVENTS = f"events:\n  huddle: {MEETING}\n"
FILES = {
    "env/demo.yaml": ENV,
    "staff/people.yaml": PEOPLE,
    "staff/hours.yaml": HOURS,
    "staff/events.yaml": EVENTS,
}
BARE = {"PATH": os.environ["PATH"], "HOME": "/nonexistent"}


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    made = Repository(tmp_path / "clinic")
    made.commit(FILES)
    return made


def diff(repository: Repository, between: str, *more: str, format: str = "json", **variables: str) -> Result:
    paths = more if any(not each.startswith("-") for each in more) else ("env/demo.yaml", *more)
    where = ("--now", NOW, "--format", format)
    return run("diff", between, *paths, *where, cwd=repository.folder, env=BARE | variables)


def actions(data: Mapping[str, Any]) -> dict[str, str]:
    return {change["key"]: change["action"] for change in data["changes"]}


def test_what_is_committed_is_compared_and_nothing_else_is_read_or_written(repository: Repository) -> None:
    repository.commit({"staff/hours.yaml": HOURS.replace("09:00", "08:00")})
    (repository.folder / "staff/people.yaml").write_text("users: [broken")
    (repository.folder / "staff/new.yaml").write_text("also: broken")
    before = {path: path.read_bytes() for path in repository.folder.rglob("*") if path.is_file()}
    done = diff(repository, "HEAD~1..HEAD")
    assert done.code == 0, done
    assert {path: path.read_bytes() for path in repository.folder.rglob("*") if path.is_file()} == before
    data = done.data
    assert list(data) == [
        "format", "base", "head", "environment", "changes", "unmanaged", "summary", "warnings", "impact",
        "violations",
    ]  # fmt: skip
    names = repository.git("rev-parse", "HEAD~1", "HEAD").split()
    assert data["format"] == "welkin-reconcile/diff/1"
    assert data["base"] == {"revision": "HEAD~1", "commit": names[0], "present": True}
    assert data["head"] == {"revision": "HEAD", "commit": names[1], "present": True}
    (change,) = data["changes"]
    assert (change["key"], change["action"]) == ("workHours/ana@2026-12-01", "update")
    assert change["source"] == {"path": "staff/hours.yaml", "line": 2}
    assert change["request"] is None
    assert change["id"] == {"ref": "workHours/ana@2026-12-01"}
    assert {field["path"] for field in change["diff"]} == {
        f"days.{day}" for day in ("mon", "tue", "wed", "thu", "fri")
    }
    assert (data["impact"]["stranded"], data["impact"]["doubleBooked"]) == (None, None)
    assert data["impact"]["hours"]["people"][0]["user"] == "ana"
    assert (data["unmanaged"], data["violations"]) == ([], [])


def test_files_moved_and_renamed_change_nothing(repository: Repository) -> None:
    repository.git("mv", "env/demo.yaml", "env/sb-demo.yaml")
    repository.git("mv", "staff/hours.yaml", "staff/who-works.yaml")
    repository.commit({})
    for name in ("env/sb-demo.yaml", "env/demo.yaml"):
        done = diff(repository, "HEAD~1..HEAD", name)
        assert (done.code, done.data["changes"], done.data["unmanaged"]) == (0, [], []), done
        assert done.data["base"]["present"] and done.data["head"]["present"]
    both = diff(repository, "HEAD~1..HEAD", "env/sb-demo.yaml", "env/demo.yaml")
    assert [len(both.data[name]) for name in ("diffs", "failures")] == [1, 0]
    quiet = diff(repository, "HEAD~1..HEAD", "env/sb-demo.yaml", format="markdown")
    assert quiet.stdout == "<!-- welkin-reconcile: gh/sb-demo -->\nNo changes.\n"


def test_an_environment_that_is_new_is_added_and_one_that_is_gone_stays_unmanaged(
    repository: Repository,
) -> None:
    first = diff(repository, f"{ZEROS}..HEAD")
    assert first.data["base"] == {"revision": ZEROS, "commit": ZEROS, "present": False}
    assert set(actions(first.data).values()) == {"create"}
    assert {"user/ana", "user/ben", "workHours/ana@2026-12-01"} < set(actions(first.data))
    repository.commit({"env/demo.yaml": None})
    gone = diff(repository, "HEAD~1..HEAD", "--detailed-exitcode")
    assert (gone.code, gone.data["changes"]) == (0, [])
    assert gone.data["head"]["present"] is False
    assert any("env/demo.yaml" in warning for warning in gone.data["warnings"])
    assert gone.data["unmanaged"] == ["event/huddle", "user/ana", "user/ben", "workHours/ana"]
    neither = diff(repository, "HEAD..HEAD")
    assert neither.code == 1 and "neither HEAD nor HEAD has this file" in neither.data["errors"][0]["message"]


@pytest.mark.parametrize("prune", [False, True])
def test_who_is_no_longer_declared_stays_and_is_named(repository: Repository, prune: bool) -> None:
    head = ENV + "prune: true\n" * prune
    repository.commit({"env/demo.yaml": head})
    repository.commit({
        "staff/hours.yaml": None,
        "staff/people.yaml": "users: {ben: {email: ben@example.org}}\n",
        "staff/events.yaml": "events: {}\n",
    })  # fmt: skip
    done = diff(repository, "HEAD~1..HEAD")
    assert done.data["unmanaged"] == ["event/huddle"] * (not prune) + ["user/ana", "workHours/ana"]
    assert {*actions(done.data).values()} == ({"delete"} if prune else set())
    for format in ("text", "markdown", "html"):
        told = diff(repository, "HEAD~1..HEAD", format=format).stdout
        assert "o longer managed: stays in Welkin" in told and "workHours/ana" in told


def test_three_dots_compare_with_where_the_branches_parted(repository: Repository) -> None:
    repository.git("checkout", "--quiet", "-b", "feature")
    repository.commit({"staff/hours.yaml": HOURS.replace("09:00", "08:00")})
    repository.git("checkout", "--quiet", "main")
    repository.commit({"staff/people.yaml": PEOPLE.replace("ben@", "benno@")})
    assert set(actions(diff(repository, "main..feature").data)) == {"user/ben", "workHours/ana@2026-12-01"}
    parted = diff(repository, "main...feature").data
    assert set(actions(parted)) == {"workHours/ana@2026-12-01"}
    assert parted["base"] == {
        "revision": "main",
        "commit": repository.git("rev-parse", "main~1"),
        "present": True,
    }


def test_exit_codes_say_pending_and_denied(repository: Repository) -> None:
    repository.commit({"staff/hours.yaml": HOURS.replace("09:00", "05:00")})
    assert diff(repository, "HEAD~1..HEAD").code == 0
    assert diff(repository, "HEAD~1..HEAD", "--detailed-exitcode").code == 2
    repository.commit({"staff/rules.yaml": "policies:\n  - {maxShiftHours: 10, users: all}\n"})
    denied = diff(repository, "HEAD~2..HEAD", "--detailed-exitcode", format="text")
    assert denied.code == 3 and "maxShiftHours" in denied.stdout and "1 to change" in denied.stdout


def test_several_are_one_document_and_a_failure_stops_no_other(repository: Repository) -> None:
    second = ENV.replace("sb-demo", "sb-two").replace("owner: staffing", "owner: two")
    repository.commit({"env/two.yaml": second, "env/broken.yaml": "tenant: gh\nnonsense: 1\n"})
    done = diff(repository, "HEAD~1..HEAD", "env/demo.yaml", "env/two.yaml", "env/broken.yaml")
    assert done.code == 1
    assert done.data["format"] == "welkin-reconcile/diffs/1"
    assert [each["environment"]["instance"] for each in done.data["diffs"]] == ["sb-demo", "sb-two"]
    assert [failure["path"] for failure in done.data["failures"]] == ["env/broken.yaml"]
    assert "env/broken.yaml:2:1" in done.data["failures"][0]["error"]


def test_what_is_wrong_with_the_base_is_said_with_its_revision(repository: Repository) -> None:
    repository.commit({"staff/hours.yaml": "workHours: {ana: [{from: soon}]}\n"})
    repository.commit({"staff/hours.yaml": HOURS})
    done = diff(repository, "HEAD~1..HEAD", format="text")
    assert done.code == 1 and done.stderr.startswith("HEAD~1:staff/hours.yaml:1:"), done


@pytest.mark.parametrize(
    "between", ["nope..HEAD", "HEAD..nope", "HEAD", "--all..HEAD", "HEAD:env..HEAD", "HEAD..\n"]
)
def test_a_revision_that_isnt_there_is_one_line(repository: Repository, between: str) -> None:
    done = run("diff", "--now", NOW, "--", between, "env/demo.yaml", cwd=repository.folder, env=BARE)
    assert done.code == 1 and done.stderr.startswith("error: "), done
    assert done.stderr.count("\n") == 1, done


def test_a_shallow_clone_says_how_to_fetch_and_a_forced_push_how_to_go_on(
    repository: Repository, tmp_path: Path
) -> None:
    first = repository.git("rev-parse", "HEAD")
    repository.commit({"staff/people.yaml": PEOPLE.replace("ben@", "benno@")})
    repository.git(
        "clone", "--quiet", "--depth", "1", f"file://{repository.folder}", str(tmp_path / "shallow")
    )
    shallow = Repository(tmp_path / "shallow")
    done = diff(shallow, f"{first}..HEAD", format="text")
    assert done.code == 1 and f"git fetch origin {first}" in done.stderr and "--unshallow" in done.stderr
    lost = diff(repository, f"{'ab' * 20}..HEAD", format="text")
    assert lost.code == 1 and "plan and apply by hand" in lost.stderr and "fetch origin" not in lost.stderr


def test_a_clone_without_contents_fetches_none_and_says_so(repository: Repository, tmp_path: Path) -> None:
    repository.git("config", "uploadpack.allowFilter", "true")
    address, clone = f"file://{repository.folder}", tmp_path / "partial"
    repository.git("clone", "--quiet", "--no-checkout", "--filter=blob:none", address, str(clone))
    done = diff(Repository(clone), "HEAD..HEAD", format="text")
    assert done.code == 1 and "this clone lacks its content" in done.stderr, done
    assert "env/demo.yaml:1:1" in done.stderr
    several = diff(Repository(clone), "HEAD..HEAD", "env/demo.yaml", "staff/hours.yaml")
    assert len(several.data["failures"]) == 2


def test_it_works_below_the_top_and_in_a_bare_repository(repository: Repository, tmp_path: Path) -> None:
    repository.commit({"staff/hours.yaml": HOURS.replace("09:00", "08:00")})
    below = run(
        "diff",
        "HEAD~1..HEAD",
        "demo.yaml",
        "--now",
        NOW,
        "--format",
        "json",
        cwd=repository.folder / "env",
        env=BARE,
    )
    assert below.data["changes"][0]["source"]["path"] == "staff/hours.yaml"
    repository.git("clone", "--quiet", "--bare", str(repository.folder), str(tmp_path / "bare"))
    bare = run(
        "diff",
        "HEAD~1..HEAD",
        "env/demo.yaml",
        "--now",
        NOW,
        "--format",
        "json",
        cwd=tmp_path / "bare",
        env=BARE,
    )
    assert bare.data["changes"] == below.data["changes"]


def test_links_submodules_and_odd_names_lead_nowhere_outside(repository: Repository, tmp_path: Path) -> None:
    (tmp_path / "secret.yaml").write_text("users: {eve: {email: eve@example.org}}\n")
    odd = os.fsdecode(b"staff/\xff\n\x1b[31m.yaml")
    (repository.folder / odd).write_text("users: {dov: {email: dov@example.org}}\n")
    (repository.folder / "staff/also.yaml").symlink_to("people.yaml")
    repository.commit({})
    fine = diff(repository, "HEAD~1..HEAD")
    assert actions(fine.data) == {"user/dov": "create"}
    for target in (str(tmp_path / "secret.yaml"), "../../secret.yaml", "../.git/config", "loop.yaml"):
        link = repository.folder / "staff/loop.yaml"
        link.unlink(missing_ok=True)
        link.symlink_to(target)
        repository.commit({})
        done = diff(repository, "HEAD~1..HEAD", format="text")
        assert done.code == 1 and "eve" not in done.stdout + done.stderr, done
    link.unlink()
    repository.commit({})
    repository.git("update-index", "--add", "--cacheinfo", f"160000,{'12' * 20},staff/sub.yaml")
    repository.git("commit", "--quiet", "--message", "a submodule")
    done = diff(repository, "HEAD~1..HEAD", format="text")
    assert done.code == 1 and "submodule" in done.stderr, done


def test_nothing_of_the_repository_is_run_or_replaced(repository: Repository, tmp_path: Path) -> None:
    trap = tmp_path / "trap"
    trap.write_text(f"#!/bin/sh\ntouch {tmp_path}/sprung\n")
    trap.chmod(0o755)
    first = repository.git("rev-parse", "HEAD")
    attributes = {".gitattributes": "*.yaml diff=evil filter=evil\n"}
    repository.commit({"staff/hours.yaml": HOURS.replace("09:00", "08:00"), **attributes})
    for name in ("diff.evil.textconv", "diff.evil.command", "filter.evil.smudge", "core.fsmonitor",
                 "core.pager", "diff.external", "core.sshCommand", "alias.rev-parse"):  # fmt: skip
        repository.git("config", name, str(trap))
    repository.git("config", "core.hooksPath", str(tmp_path))
    expected = actions(diff(repository, "HEAD~1..HEAD").data)
    repository.git("replace", "HEAD", first, GIT_CONFIG_COUNT="0")
    assert actions(diff(repository, "HEAD..HEAD~0").data) == {}
    assert expected == {"workHours/ana@2026-12-01": "update"}
    assert actions(diff(repository, f"{first}..HEAD").data) == expected
    assert not (tmp_path / "sprung").exists()


def test_no_secret_reaches_git(repository: Repository, tmp_path: Path) -> None:
    spy = tmp_path / "bin" / "git"
    spy.parent.mkdir()
    spy.write_text(f'#!/bin/sh\nenv >> {tmp_path}/seen\nPATH={BARE["PATH"]} exec git "$@"\n')
    spy.chmod(0o755)
    path = f"{spy.parent}:{BARE['PATH']}"
    done = diff(repository, "HEAD..HEAD", PATH=path, WELKIN_SECRET="hush", WELKIN_SECRET_GH="hush")
    assert done.code == 0, done
    assert "PATH=" in (tmp_path / "seen").read_text() and "hush" not in (tmp_path / "seen").read_text()


def test_outside_of_a_repository_it_says_so(tmp_path: Path) -> None:
    done = run(
        "diff",
        "main..HEAD",
        "env.yaml",
        cwd=tmp_path,
        env=BARE | {"GIT_CEILING_DIRECTORIES": str(tmp_path.parent)},
    )
    assert done.code == 1 and done.stderr.startswith("error: no Git repository can be read here"), done


def test_only_environments_of_which_a_file_differs_are_looked_at(repository: Repository) -> None:
    second = HEAD.replace("sb-demo", "sb-two").replace("owner: staffing", "owner: two")
    repository.commit({"env/two.yaml": second})
    both = ("env/demo.yaml", "env/two.yaml")
    repository.commit({"staff/hours.yaml": HOURS.replace("09:00", "08:00")})
    done = diff(repository, "HEAD~1..HEAD", *both, "--changed-since", "HEAD~1")
    assert [each["environment"]["instance"] for each in done.data["diffs"]] == ["sb-demo"]
    (repository.folder / "env/two.yaml").write_text("tenant: gh\nnonsense: 1\n")
    where = {"cwd": repository.folder, "env": BARE}
    assert run("validate", *both, "--now", NOW, "--changed-since", "HEAD", **where).code == 1  # type: ignore[arg-type]
    (repository.folder / "env/two.yaml").write_text(second)
    fine = run("validate", *both, "--now", NOW, "--changed-since", "HEAD", **where)  # type: ignore[arg-type]
    assert (fine.code, fine.stderr) == (0, "no environment differs from HEAD\n"), fine
    none = run("plan", *both, "--now", NOW, "--changed-since", "HEAD", "--format", "json", **where)  # type: ignore[arg-type]
    assert (none.code, none.data["plans"]) == (0, []), none


def test_a_plan_says_of_each_change_whether_manifests_were_edited_or_somebody_acted_in_welkin(
    workspace: Workspace, simulate_service: Simulate, repository: Repository
) -> None:
    service = simulate_service()
    workspace.folder = repository.folder
    workspace.at(service).apply("env/demo.yaml")
    ids = {event["externalId"]: event["id"] for event in service.events()}
    event = f"/gh/sb-demo/calendar/events/{ids['staffing/huddle@2026-12-08']}"
    service.send("PATCH", event, {"eventTitle": "Moved by hand", "eventMode": "CALL"})
    service.send("PATCH", "/gh/admin/users/ana", {"timezone": "Europe/Paris", "credentials": "PT"})
    (repository.folder / "staff/hours.yaml").write_text(HOURS.replace("09:00", "08:00"))
    (repository.folder / "staff/people.yaml").write_text(PEOPLE.replace("Europe/Berlin", "Europe/London"))
    plan = workspace.plan("env/demo.yaml", "--base", "HEAD").data
    assert {change["key"]: change["cause"] for change in plan["changes"]} == {
        "user/ana": "both",
        "workHours/ana@2026-12-01": "manifest",
        "event/huddle@2026-12-08": "live",
    }
    assert not any("cause" in change for change in workspace.plan("env/demo.yaml").plan)
    saved = workspace.run("plan", "env/demo.yaml", "--base", "HEAD", "--out", "saved.json")
    assert saved.code == 0, saved
    causes = [
        change["cause"] for change in json.loads((repository.folder / "saved.json").read_text())["changes"]
    ]
    shown = run("show", "saved.json", "--format", "json", cwd=repository.folder)
    assert [change["cause"] for change in shown.plan] == causes
