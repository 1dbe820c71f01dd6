"""`init`: what it writes is right at once, asks on a terminal, and overwrites nothing."""

from __future__ import annotations

import io
import re
import shlex
import subprocess
from pathlib import Path

import pytest
import yaml

from reconciler import __version__
from tests.conftest import NOW
from tests.support.cli import SECRET, Result, environment, run, spawn
from tests.support.service import Service
from tests.support.workflow import shimmed

ALWAYS = {
    "README.md", ".gitignore", ".pre-commit-config.yaml", "env/sandbox.yaml", "staff/people.yaml",
    "staff/hours.yaml", "staff/meetings.yaml", "staff/policies.yaml",
}  # fmt: skip
GITHUB = {f".github/workflows/{name}.yml" for name in ("review", "apply", "by-hand", "night")}
GITLAB = {".gitlab-ci.yml"}


class Terminal(io.StringIO):
    """Somebody at the keyboard."""

    def isatty(self) -> bool:
        return True


def variables(**more: str) -> dict[str, str]:
    """Those of a person who has set nothing of ours."""
    return {name: value for name, value in environment().items() if not name.startswith("WELKIN_")} | more


def begin(folder: Path, *flags: str, typed: str | None = None, **env: str) -> Result:
    stdin = None if typed is None else Terminal(typed)
    return run("init", *flags, "--now", NOW, cwd=folder, env=variables(**env), stdin=stdin)


def files(folder: Path) -> set[str]:
    found = (path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    return {path for path in found if not path.startswith(".schemas/")}


@pytest.mark.parametrize(
    ("ci", "expected"),
    [
        ("both", ALWAYS | GITHUB | GITLAB),
        ("github", ALWAYS | GITHUB),
        ("gitlab", ALWAYS | GITLAB),
        ("none", ALWAYS),
    ],
)
def test_what_it_writes(tmp_path: Path, ci: str, expected: set[str]) -> None:
    done = begin(tmp_path, "--ci", ci)
    assert done.code == 0 and not done.stderr
    assert files(tmp_path) == expected


def test_both_is_what_holds_without_a_word(tmp_path: Path) -> None:
    begin(tmp_path)
    assert files(tmp_path) == ALWAYS | GITHUB | GITLAB


def test_it_is_valid_and_plans_at_once_without_any_variable(tmp_path: Path) -> None:
    zone = ("--timezone", "Europe/Berlin")
    begin(tmp_path, "clinic", "--tenant", "north-west", "--instance", "main.clinic", *zone)
    clinic, env = tmp_path / "clinic", "env/main.clinic.yaml"
    valid = run("validate", env, "--now", NOW, cwd=clinic, env=variables())
    assert valid.code == 0 and not valid.stderr
    planned = run("plan", env, "--simulator", "--now", NOW, cwd=clinic, env=variables())
    assert planned.code == 0, planned
    assert "north-west/main.clinic as `main-clinic`" in planned.stdout


@pytest.mark.parametrize("day", ["2026-11-30", "2027-02-28", "2028-02-29", "2026-12-31T23:59:59+14:00"])
def test_whatever_the_day_is_it_starts_next_week(tmp_path: Path, day: str) -> None:
    run("init", "--now", day, cwd=tmp_path, env=variables())
    planned = run("plan", "env/sandbox.yaml", "--simulator", "--now", day, cwd=tmp_path, env=variables())
    assert planned.code == 0, planned


def test_applied_it_is_in_sync(tmp_path: Path) -> None:
    begin(tmp_path)
    where = ("env/sandbox.yaml", "--simulator", "--now", NOW)
    assert run("apply", *where, "--auto-approve", cwd=tmp_path, env=variables()).code == 0
    done = run("plan", *where, "--detailed-exitcode", cwd=tmp_path, env=variables())
    assert done.code == 0 and "No changes." in done.stdout


def test_it_ends_with_the_next_two_commands_and_they_work(tmp_path: Path) -> None:
    done = begin(tmp_path, "clinic")
    for command in done.stdout.splitlines()[-2:]:
        env = variables(PATH=shimmed(tmp_path / "bin"))
        ran = subprocess.run(["bash", "-ec", command], cwd=tmp_path / "clinic", env=env, capture_output=True)
        assert ran.returncode == 0, ran


def test_the_commands_of_its_readme_run(tmp_path: Path) -> None:
    begin(tmp_path)
    blocks = re.findall(r"^```sh\n(.*?)^```$", (tmp_path / "README.md").read_text(), re.MULTILINE | re.DOTALL)
    commands = [line for block in blocks for line in block.splitlines()]
    assert len(commands) > 5
    for command in commands:
        env = variables(PATH=shimmed(tmp_path / "bin"))
        ran = subprocess.run(["bash", "-ec", command], cwd=tmp_path, env=env, capture_output=True)
        assert ran.returncode == 0, (command, ran)


def test_what_its_readme_links_to_is_there(tmp_path: Path) -> None:
    begin(tmp_path)
    text = (tmp_path / "README.md").read_text()
    links = re.findall(r"\]\(([^)#:]+)\)", text)
    assert links and all((tmp_path / link).exists() for link in links)
    assert set(re.findall(r"`([\w-]+\.yml)`", text)) == {Path(path).name for path in GITHUB}


def test_it_is_clean_under_its_own_hooks_and_dirty_manifests_are_not(tmp_path: Path) -> None:
    begin(tmp_path)
    (hook,) = yaml.safe_load((tmp_path / ".pre-commit-config.yaml").read_text())["repos"][0]["hooks"]

    def clean() -> bool:
        env = variables(PATH=shimmed(tmp_path / "bin"))
        return not subprocess.run(
            shlex.split(hook["entry"]), cwd=tmp_path, env=env, capture_output=True
        ).returncode

    assert hook["language"] == "system" and clean()
    assert all(re.search(hook["files"], path) for path in ("env/sandbox.yaml", "staff/hours.yaml"))
    (tmp_path / "staff/hours.yaml").write_text("workHours: {nobody: [{days: off}]}\n")
    assert not clean()


def test_editors_find_the_schemas_that_the_first_lines_name(tmp_path: Path) -> None:
    begin(tmp_path)
    for path in [*(tmp_path / "env").iterdir(), *(tmp_path / "staff").iterdir()]:
        first = path.read_text().splitlines()[0]
        named = re.fullmatch(r"# yaml-language-server: \$schema=(.+)", first)
        assert named and (path.parent / named[1]).is_file()
    for path in (tmp_path / ".schemas").iterdir():
        for target in re.findall(r'"\$ref": "([^#"]+)', path.read_text()):
            assert (path.parent / target).is_file()


def test_whitespace_is_as_it_should_be(tmp_path: Path) -> None:
    begin(tmp_path)
    for name in files(tmp_path):
        text = (tmp_path / name).read_text()
        assert text.endswith("\n") and not text.endswith("\n\n"), name
        assert not re.search(r"[ \t]+$|\r|@\w+@", text, re.MULTILINE), name


@pytest.mark.parametrize("name", ["README.md", "staff/policies.yaml", ".github/workflows/night.yml"])
def test_one_file_in_the_way_and_nothing_is_written(tmp_path: Path, name: str) -> None:
    (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / name).write_text("mine\n")
    done = begin(tmp_path)
    assert done.code == 1 and name in done.stderr and "nothing was written" in done.stderr
    assert files(tmp_path) == {name} and (tmp_path / name).read_text() == "mine\n"


def test_a_dangling_link_and_a_file_for_a_folder_are_in_the_way_too(tmp_path: Path) -> None:
    for number, (name, make) in enumerate(
        [("README.md", lambda path: path.symlink_to("/nowhere")), ("env", lambda path: path.write_text("x"))]
    ):
        folder = tmp_path / str(number)
        folder.mkdir()
        make(folder / name)
        done = begin(folder)
        assert done.code == 1 and done.stderr.count("\n") == 1
        assert [path.name for path in folder.iterdir()] == [name]


def test_answers_are_asked_for_on_a_terminal(tmp_path: Path) -> None:
    done = begin(tmp_path, "--timezone", "Europe/Berlin", typed="gh\nsb-demo\n\nboth\n")
    assert done.code == 0
    assert [word in done.stderr for word in ("Tenant", "Instance", "API client", "Time zone")] == [
        True, True, True, False,
    ]  # fmt: skip
    text = (tmp_path / "env/sb-demo.yaml").read_text()
    assert "tenant: gh\n" in text and "timezone: Europe/Berlin" in text


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (("--tenant", "north west"), "a tenant's name has letters"),
        (("--tenant", "a\nowner: x"), "a tenant's name has letters"),
        (("--instance", "../../etc/x"), "an instance's name has letters"),
        (("--instance", ""), "instance: an empty text"),
        (("--timezone", "PST"), "America/Los_Angeles"),
        (("--client", "a b"), "an API client's name has no blanks"),
        (("--ci", "jenkins"), "jenkins"),
    ],
)
def test_an_answer_that_will_not_do_is_said_and_nothing_is_written(
    tmp_path: Path, flags: tuple[str, str], said: str
) -> None:
    done = begin(tmp_path, *flags)
    assert done.code == 1 and said in done.stderr, done
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("client", ['a"b', "a#b", "{a}", "yes", "007", "a:b"])
def test_a_client_of_any_name_is_that_name(tmp_path: Path, client: str) -> None:
    assert begin(tmp_path, "--client", client).code == 0
    done = run("validate", "env/sandbox.yaml", cwd=tmp_path, env=variables())
    assert done.code == 0


@pytest.mark.parametrize(
    "spec", ["./dist/x.whl", 'x"; rm -rf /; "', "a\n- run: evil", "${{ secrets.X }}", "it's"]
)
def test_what_is_installed_is_one_value_whatever_it_is(tmp_path: Path, spec: str) -> None:
    assert begin(tmp_path, "--install", spec).code == 0
    for name in GITHUB:
        assert yaml.safe_load((tmp_path / name).read_text())["env"] == {"WELKIN_RECONCILE": spec}
    pipeline = yaml.safe_load((tmp_path / ".gitlab-ci.yml").read_text())
    assert pipeline["variables"]["WELKIN_RECONCILE"] == spec


def test_this_version_is_installed_by_default(tmp_path: Path) -> None:
    begin(tmp_path)
    review = yaml.safe_load((tmp_path / ".github/workflows/review.yml").read_text())
    assert review["env"] == {"WELKIN_RECONCILE": f"welkin-reconcile=={__version__}"}


def test_a_login_that_works_is_silent(tmp_path: Path, service: Service) -> None:
    done = begin(tmp_path, WELKIN_SECRET=SECRET, WELKIN_API_URL=service.url)
    assert done.code == 0 and not done.stderr


def test_a_login_that_fails_is_a_warning(tmp_path: Path, service: Service) -> None:
    done = begin(tmp_path, WELKIN_SECRET="wrong-secret", WELKIN_API_URL=service.url)
    assert done.code == 0 and done.stderr.startswith("warning: the login failed")
    assert "wrong-secret" not in done.stdout + done.stderr
    assert files(tmp_path) >= ALWAYS | GITHUB | GITLAB


def test_no_service_at_all_is_a_warning_and_not_waited_for(tmp_path: Path) -> None:
    env = variables(WELKIN_SECRET=SECRET, WELKIN_API_URL="http://127.0.0.1:9")
    done = spawn("init", cwd=tmp_path, env=env, timeout_s=20)
    assert done.code == 0 and "warning: the login failed" in done.stderr


def test_a_repository_of_what_the_tenant_has(tmp_path: Path, service: Service) -> None:
    service.user("ann", userState="ACTIVE")
    for day in ("01", "08", "15"):
        start, end = (f"2026-12-{day}T17:{minute}:00.000Z" for minute in ("00", "30"))
        service.event("ann", start, end, eventTitle="Huddle", eventStatus="SCHEDULED")
    place = ("--tenant", "gh", "--instance", "sb-demo", "--ci", "github")
    folder = tmp_path / "clinic"
    folder.mkdir()
    done = begin(folder, "--from-live", "--api-url", service.url, *place, WELKIN_SECRET=SECRET)
    assert done.code == 0, done
    assert files(folder) == GITHUB | {
        "README.md", ".gitignore", ".pre-commit-config.yaml", "env/sb-demo.yaml", "staff/people.yaml",
        "staff/meetings.yaml", "staff/policies.yaml",
    }  # fmt: skip
    assert "example" not in (folder / "staff" / "people.yaml").read_text().replace("example.org", "")
    assert "--adopt --user NAME" in (folder / "README.md").read_text()
    reaching = ("--api-url", service.url, "--now", NOW)
    plan = run("plan", "env/sb-demo.yaml", *reaching, cwd=folder)
    assert plan.code == 0 and "No changes." in plan.stdout, plan
    adopted = run("apply", "env/sb-demo.yaml", "--adopt", "--auto-approve", *reaching, cwd=folder)
    assert adopted.code == 0, adopted
    assert len([event for event in service.events() if event["externalId"]]) == 3
