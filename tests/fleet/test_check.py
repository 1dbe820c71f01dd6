"""`fleet check`: all that is wrong with a fleet at once, before any of it runs."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.conftest import HEAD, NOW
from tests.support.cli import SECRET, Result, environment, run, spawn
from tests.support.githost import git_host

PEOPLE = "users: {johndoe: {email: j@example.org}}\n"
ONE = "sources: [{name: clinics, path: rota, environments: ['env/*.yaml']}]\n"


def env(owner: str = "staffing", tenant: str = "gh", client: str = "TESTS", more: str = "") -> str:
    head = HEAD.replace("owner: staffing", f"owner: {owner}").replace("tenant: gh", f"tenant: {tenant}")
    return head.replace("client: TESTS", f"client: {client}") + PEOPLE + more


class Desk:
    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def write(self, files: Mapping[str, str]) -> None:
        for name, text in files.items():
            (self.folder / name).parent.mkdir(parents=True, exist_ok=True)
            (self.folder / name).write_text(text)

    def check(self, *more: str, **variables: str) -> Result:
        variables = {"XDG_STATE_HOME": str(self.folder / "state"), **variables}
        return run("fleet", "check", "--now", NOW, *more, cwd=self.folder, env=environment(**variables))


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_what_is_fine_is_shown_with_where_its_secret_comes_from(desk: Desk) -> None:
    desk.write({"fleet.yaml": ONE, "rota/env/a.yaml": env("a"), "rota/env/b.yaml": env("b")})
    done = desk.check()
    assert (done.code, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [
        "clinics  as it is  2 environments",
        "  clinics/env/a  gh/sb-demo as a  secret of TESTS: $WELKIN_SECRET",
        "  clinics/env/b  gh/sb-demo as b  secret of TESTS: $WELKIN_SECRET",
        "2 environments fine, 0 problems.",
    ]
    data = desk.check("--format", "json").data
    assert [each["name"] for each in data["environments"]] == ["clinics/env/a", "clinics/env/b"]
    assert data["environments"][0]["secret"] == "$WELKIN_SECRET" and data["problems"] == []
    assert data["sources"] == [
        {"name": "clinics", "revision": data["sources"][0]["revision"], "environments": 2}
    ]
    assert SECRET not in done.stdout


def test_every_problem_of_every_file_at_once_and_what_is_sound_is_shown(desk: Desk) -> None:
    desk.write(
        {
            "fleet.yaml": "sources:\n"
            "  - {name: clinics, path: rota, environments: ['env/*.yaml', 'x/*.yaml'], tenants: [gh]}\n"
            "  - {name: gone, path: nowhere, environments: [a.yaml], tenants: [north]}\n"
            "  - {name: more, path: more, environments: ['*.yaml'], tenants: [gh]}\n"
            "schedules: {drift: {every: 30s}}\n"
            "tenants: {nort: {rate: 1}}\n"
            "notify: [{on: [failed], url: {env: SLACK_URL}}]\n",
            "rota/env/a.yaml": env("a"),
            "rota/env/b.yaml": env("b", more="zzz: 1\n"),
            "rota/env/c.yaml": env("c", tenant="north"),
            "rota/env/d.yaml": env("d").replace("America/Los_Angeles", "Mars/Olympus"),
            "rota/env/e.yaml": "tenant: [\n",
            "rota/env/f.yaml": env("f").replace("api: {client: TESTS}\n", ""),
            "rota/env/g.yaml": env("g", more="")
            .replace("api: {client: TESTS}", "api: {client: TESTS, url: https://evil.example.org}"),
            "rota/env/h.yaml": env("h"),
            "more/h.yaml": env("h"),
        }
    )  # fmt: skip
    done = desk.check()
    assert done.code == 1
    told = [line.split(": ", 1) for line in done.stderr.splitlines()]
    assert [(place, message.split(":")[0].split(";")[0]) for place, message in told] == [
        ("clinics/env/b.yaml:7:1", "unknown key `zzz`"),
        ("clinics/env/c.yaml:1:9", "the source `clinics` may speak for gh alone, not for `north`"),
        ("clinics/env/d.yaml:4:11", "`Mars/Olympus` is not a time zone"),
        ("clinics/env/e.yaml:2:1", told[3][1].split(":")[0]),
        (
            "clinics/env/f.yaml:1:1",
            "no API client named",
        ),
        (
            "clinics/env/g.yaml:5:15",
            "the manifest's api.url names evil.example.org, which is not a host of welkincloud.io",
        ),
        ("clinics/env/h.yaml:3:8", "the owner `h` of the tenant `gh` is also that of more/h"),
        ("fleet.yaml:2:62", "`x/*.yaml` matches no file of its source"),
        ("fleet.yaml:3:24", "the source `gone` can't be read"),
        ("fleet.yaml:5:28", "`30s` is faster than a minute"),
        ("fleet.yaml:6:11", "no source has the tenant `nort`"),
        ("fleet.yaml:7:30", "$SLACK_URL is not set"),
        ("more/h.yaml:3:8", "the owner `h` of the tenant `gh` is also that of clinics/env/h"),
        ("clinics/env/e.yaml", "more may follow"),
    ]
    assert "  clinics/env/a  gh/sb-demo as a  secret of TESTS: $WELKIN_SECRET\n" in done.stdout
    assert "gone  can't be read  0 environments\n" in done.stdout
    rules = {each["rule"] for each in desk.check("--format", "json").data["problems"]}
    assert {"WR012", "WR032", "WR036", "WR100", "WR101", "WR102", "WR103", "WR105", "WR106", "WR107"} <= rules


def test_owners_of_one_folder_are_told_once(desk: Desk) -> None:
    desk.write({"fleet.yaml": ONE, "rota/env/a.yaml": env("a"), "rota/env/b.yaml": env("a")})
    lines = desk.check().stderr.splitlines()
    assert len(lines) == 2 and all("the owner `a` is also that of env/" in line for line in lines)


def test_two_files_with_one_name(desk: Desk) -> None:
    one = ONE.replace("env/*.yaml", "env/*")
    desk.write({"fleet.yaml": one, "rota/env/a.yaml": env("a"), "rota/env/a.yml": env("b")})
    (line,) = desk.check().stderr.splitlines()
    assert line == (
        "clinics/env/a.yaml:1:1: `clinics/env/a` is also the name of env/a.yml: keep one of the files, or "
        "rename it"
    )


def test_tenants_are_those_of_environments_where_the_one_source_lists_none(desk: Desk) -> None:
    desk.write({"fleet.yaml": f"{ONE}tenants: {{ghh: {{rate: 1}}}}\n", "rota/env/a.yaml": env("a")})
    (line,) = desk.check().stderr.splitlines()
    assert line == "fleet.yaml:2:11: no source has the tenant `ghh`; did you mean `gh`?"


def test_secrets_that_are_missing_or_open_to_others(desk: Desk) -> None:
    desk.write(
        {
            "fleet.yaml": f"{ONE}secrets: {{folder: secrets}}\n",
            "rota/env/a.yaml": env("a", client="ONE"),
            "rota/env/b.yaml": env("b", client="TWO"),
            "rota/env/c.yaml": env("c", client="THREE"),
            "secrets/gh/ONE": "hunter2",
            "secrets/gh-TWO": "hunter2",
        }
    )
    (desk.folder / "secrets/gh/ONE").chmod(0o640)
    (desk.folder / "secrets/gh-TWO").chmod(0o644)
    done = desk.check()
    assert done.stderr.splitlines() == [
        "clinics/env/b.yaml:5:15: secrets/gh-TWO: people beyond its owner and group can use it: chmod o= "
        "secrets/gh-TWO",
        "clinics/env/c.yaml:5:15: no secret for the API client gh/THREE: put it into secrets/gh/THREE, or "
        "set $WELKIN_SECRET_GH, or store it with `keyring set welkin-reconcile gh/THREE`; $WELKIN_SECRET is "
        "not taken where there are several clients",
    ]
    assert "secret of ONE: secrets/gh/ONE" in done.stdout and "hunter2" not in str(done)


def test_what_the_page_and_those_who_are_told_need(desk: Desk) -> None:
    more = "notify: [{on: [failed], url: {file: url}}]\nserver: {auth: {tokens: {folder: tokens}}}\n"
    desk.write(
        {"fleet.yaml": ONE + more, "rota/env/a.yaml": env("a"), "url": "https://hooks.example.org/hunter2"}
    )
    (desk.folder / "url").chmod(0o600)
    done = desk.check()
    assert done.stderr == "fleet.yaml:3:16: there is no folder tokens\n"
    (desk.folder / "tokens").mkdir()
    assert desk.check().code == 0
    (desk.folder / "url").chmod(0o644)
    assert "fleet.yaml:2:30: url: people beyond its owner and group can use it" in desk.check().stderr


def test_it_needs_neither_service_nor_database(desk: Desk) -> None:
    desk.write({"fleet.yaml": ONE, "rota/env/a.yaml": env("a")})
    done = desk.check("--database", "postgresql://fleet:hunter2@127.0.0.1:9/nothing")
    assert done.code == 0 and "hunter2" not in str(done)
    assert not (desk.folder / ".welkin-reconcile").exists()


def test_a_repository(desk: Desk, tmp_path: Path) -> None:
    with git_host(tmp_path / "host") as host:
        clone = host.repository("rota")
        commit = host.push(clone, {"env/a.yaml": env("a")})
        desk.write(
            {
                "fleet.yaml": f"sources: [{{name: clinics, git: '{host.address('rota')}', "
                "environments: ['env/*.yaml'], webhook: {env: HOOK}}]\n"
            }
        )
        done = desk.check(HOOK="x")
        assert (done.code, done.stderr) == (0, "")
        assert f"clinics  at {commit[:12]}  1 environment\n" in done.stdout
        host.push(clone, {"env/a.yaml": env("a", more="users: {}\n")})
        (line,) = desk.check(HOOK="x").stderr.splitlines()
        assert line.startswith("clinics/env/a.yaml:7:1: `users` stands here twice")
    (line,) = desk.check(HOOK="x").stderr.splitlines()
    assert line.startswith("fleet.yaml:1:32: the source `clinics` can't be read: its host can't be reached")


def test_names_in_sources_do_nothing_to_a_terminal(desk: Desk) -> None:
    desk.write({"fleet.yaml": ONE, "rota/env/\x1b[31mred.yaml": env("a", more="zzz: 1\n")})
    done = desk.check()
    assert "\x1b" not in str(done) and r"\x1b[31mred" in done.stderr


def test_a_fleet_that_is_not_there(desk: Desk) -> None:
    done = desk.check()
    assert (done.code, done.stderr) == (
        1,
        "fleet.yaml:1:1: no such file: name the fleet's file with --fleet\n",
    )
    data = desk.check("--format", "json", "--fleet", "other.yaml").data
    assert data["problems"][0]["path"] == "other.yaml"


def test_help_stays_quick_and_names_what_all_commands_share(tmp_path: Path) -> None:
    told = spawn("fleet", "check", "--help", cwd=tmp_path).stdout
    assert all(option in told for option in ("--fleet FILE", "--database URL", "--format [text|json]"))
    assert "sqlite:///.welkin-reconcile/fleet.db" in told
    done = run("fleet", "chek", cwd=tmp_path)
    assert (done.code, done.stderr) == (
        1,
        "error: no command of `fleet` is called `chek`; did you mean `check`?\n",
    )
