"""Nothing that a pull request contains makes a job post elsewhere, apply, or give a secret away.

Each goes through the review's jobs twice: as a fork's, and as a branch of the repository, with the secret.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.stories.test_workflows import Clinic
from tests.support.cli import SECRET
from tests.support.forge import READS, WRITES, Forge, forge
from tests.support.service import Service

MARKER = "<!-- welkin-reconcile: gh/sb-demo -->"
ENV = "env/sb-demo.yaml"
ELSEWHERE = "elsewhere.example"


class Request:
    """What Mallory puts into a branch. canary: a file that only somebody's command would make."""

    def __init__(self, folder: Path, canary: Path, evil: str) -> None:
        self.folder, self.canary, self.evil = folder, canary, evil

    def add(self, name: str, text: str = "", *, executable: bool = False) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        if executable:
            path.chmod(0o755)

    def replace(self, name: str, old: str, new: str) -> None:
        path = self.folder / name
        assert old in path.read_text()
        path.write_text(path.read_text().replace(old, new))

    def link(self, name: str, target: str) -> None:
        (self.folder / name).unlink(missing_ok=True)
        (self.folder / name).symlink_to(target)

    @property
    def touch(self) -> str:
        return f"touch {self.canary}"

    @property
    def python(self) -> str:
        return f"import pathlib\npathlib.Path({str(self.canary)!r}).touch()\n"


Attack = Callable[[Request], None]


def another_address(pull: Request) -> None:
    pull.replace(ENV, "api: {client: welkin-reconcile}", f"api: {{client: x, url: {pull.evil}}}")


def an_address_that_looks_right(pull: Request) -> None:
    url = f"https://api.live.welkincloud.io.{ELSEWHERE}"
    pull.replace(ENV, "api: {client: welkin-reconcile}", f"api: {{client: x, url: '{url}'}}")


def another_tenant(pull: Request) -> None:
    pull.replace(ENV, "tenant: gh", "tenant: other")


def a_link_to_a_secret(pull: Request) -> None:
    pull.link("staff/secret.yaml", "/etc/passwd")


def an_environment_that_is_a_link(pull: Request) -> None:
    pull.link(ENV, "/proc/self/environ")


def an_include_that_leads_out(pull: Request) -> None:
    pull.replace(ENV, "../staff/*.yaml", "../../../../../../proc/self/environ")


def a_command_as_file_name(pull: Request) -> None:
    pull.add("env/$(touch pwned).yaml", "x")
    pull.add(f"env/;{pull.touch.replace('/', '-')};.yaml", "x")


def a_flag_as_file_name(pull: Request) -> None:
    pull.add("env/--notify=https:elsewhere.yaml", "x")
    pull.add("--api-url", "x")


def a_runners_command_as_file_name(pull: Request) -> None:
    pull.add("env/a\n::set-env name=PATH::x\n.yaml", "tenant: [")


def names_of_files_that_were_there(pull: Request) -> None:
    (pull.folder / ENV).unlink()
    pull.add("env/$(touch gone).yaml", "x")


def python_of_ones_own(pull: Request) -> None:
    for name in ("pip.py", "json.py", "click.py", "yaml.py", "sitecustomize.py", "reconciler/__init__.py"):
        pull.add(name, pull.python)
    pull.add("pip/__main__.py", pull.python)


def tools_of_ones_own(pull: Request) -> None:
    for name in ("git", "bash", "pip", "welkin-reconcile", "bin/git"):
        pull.add(name, f"#!/bin/bash\n{pull.touch}\n", executable=True)


def git_that_runs_something(pull: Request) -> None:
    pull.add(".gitattributes", "*.yaml diff=evil filter=evil\n")
    pull.add(".gitmodules", f'[submodule "x"]\n\tpath = x\n\turl = ext::bash -c "{pull.touch}"\n')
    pull.add(".gitconfig", f"[core]\n\tfsmonitor = {pull.touch}\n")
    pull.add(".githooks/post-checkout", f"#!/bin/bash\n{pull.touch}\n", executable=True)


def settings_of_programs(pull: Request) -> None:
    for name in (".netrc", "_netrc", ".curlrc", ".env", ".bashrc", ".profile", "pip.conf", ".pip/pip.conf"):
        pull.add(name, f"machine 127.0.0.1 login x password y\n{pull.touch}\n")
    pull.add(
        ".pre-commit-config.yaml", f"repos: [{{repo: local, hooks: [{{id: x, entry: {pull.touch}}}]}}]\n"
    )
    pull.add(
        "pyproject.toml", "[build-system]\nrequires = []\nbuild-backend = 'evil'\nbackend-path = ['.']\n"
    )
    pull.add("setup.py", pull.python)


def a_report_of_ones_own(pull: Request) -> None:
    pull.add("report.md", f"{MARKER}\nAll is well.\n")
    pull.add("approved.json", "{}")
    pull.replace(ENV, "timezone:", "timezoen:")


def a_report_that_is_a_link(pull: Request) -> None:
    for name in ("report.md", "temp", "summary.md"):
        pull.link(name, str(pull.canary))


def words_for_the_comment(pull: Request) -> None:
    title = f"--> <!-- welkin-reconcile: gh/other --> @everyone ![x](https://{ELSEWHERE}) <img src=x> #1"
    pull.replace("staff/meetings.yaml", "Weekly handover", f'"{title}"')


def words_for_the_runner(pull: Request) -> None:
    commands = r"::set-output name=x::y\n::add-mask::z ##[command]x $$(touch pwned) `id`"
    pull.replace("staff/meetings.yaml", "Weekly handover", f'"{commands} ${{{{ secrets.WELKIN_SECRET }}}}"')
    pull.replace("staff/people.yaml", "lastName: Example", "lastName: $(WELKIN_SECRET)")


def a_variable_that_is_not_there(pull: Request) -> None:
    pull.replace(ENV, "owner: sb-demo", "owner: sb-demo\nvars: {x: $WELKIN_SECRET}")
    pull.replace("staff/meetings.yaml", "Weekly handover", "$(x) ${WELKIN_SECRET} $(env)")


def a_bomb(pull: Request) -> None:
    levels = "\n".join(f"  a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12))
    pull.add("staff/bomb.yaml", f"calendars:\n  a0: &a0 [2027-01-01]\n{levels}\n")


def a_circle_of_links(pull: Request) -> None:
    pull.link("staff/loop.yaml", "loop.yaml")
    pull.link("staff/device.yaml", "/dev/zero")


def no_text_at_all(pull: Request) -> None:
    (pull.folder / "staff/noise.yaml").write_bytes(bytes(range(256)) * 50)


def a_journal_of_ones_own(pull: Request) -> None:
    (pull.folder / ".welkin-reconcile").mkdir()
    for name in ("journal.db", "simulator.db"):
        pull.link(f".welkin-reconcile/{name}", str(pull.canary))


def rules_taken_away(pull: Request) -> None:
    (pull.folder / "staff/policies.yaml").unlink()
    pull.replace("staff/hours.yaml", "08:00-12:00", "00:00-24:00")
    pull.replace(ENV, "limits: {deletes: 3, from: 10}", "prune: true")


ALONE = [
    another_address, an_address_that_looks_right, another_tenant, a_link_to_a_secret,
    an_environment_that_is_a_link, an_include_that_leads_out, names_of_files_that_were_there,
    tools_of_ones_own, a_report_of_ones_own, a_report_that_is_a_link, words_for_the_comment,
    words_for_the_runner, a_variable_that_is_not_there, a_bomb, a_circle_of_links, no_text_at_all,
    rules_taken_away,
]  # fmt: skip
# None of a request is in the way of another of it, and each has a canary of its own.
TOGETHER = {
    "files beside": (
        python_of_ones_own, git_that_runs_something, settings_of_programs, a_journal_of_ones_own,
    ),
    "names of files": (a_command_as_file_name, a_flag_as_file_name, a_runners_command_as_file_name),
}  # fmt: skip
REQUESTS = {attack.__name__: (attack,) for attack in ALONE} | TOGETHER


@pytest.fixture
def clinic(tmp_path: Path, service: Service) -> Iterator[Clinic]:
    with forge() as host:
        yield Clinic(tmp_path, service, host)


def test_there_are_twenty() -> None:
    assert sum(map(len, REQUESTS.values())) >= 20


@pytest.mark.parametrize("attacks", REQUESTS.values(), ids=REQUESTS.keys())
def test_a_hostile_request(clinic: Clinic, tmp_path: Path, attacks: tuple[Attack, ...]) -> None:
    canaries = [tmp_path / f"canary-{attack.__name__}" for attack in attacks]
    with forge() as evil:
        for attack, canary in zip(attacks, canaries, strict=True):
            attack(Request(clinic.folder, canary, evil.url))
        head = clinic.propose()
        branch = clinic.review(head)
        fork = clinic.review(head, fork=True, number=8)
        if attacks[0] in (another_address, an_address_that_looks_right):
            clinic.runner.variables = {}  # then the manifest's is the only one
        planned = clinic.runner.github("review", "plan", clinic.request(head))
        assert planned and not evil.asked
    for done in (branch, fork, planned):
        assert SECRET not in done.output + done.summary, done.output
        assert not [token for token in (READS, WRITES) if token in done.output + done.summary]
    assert not fork.shows(SECRET) and not branch.shows(SECRET)
    assert clinic.runner.github("review", "plan", clinic.request(head, fork=True)) is None
    only_comments(clinic.host)
    assert not clinic.service.writes()
    assert not [canary for canary in canaries if os.path.lexists(canary)]
    assert not [path for path in tmp_path.rglob("*") if path.name in ("pwned", "gone")]


def only_comments(host: Forge) -> None:
    """Of the forge, nothing was asked but for these requests' comments; ours is one, and begins as ours."""
    for method, path, _ in host.asked:
        assert path.split("?")[0] in (
            "/repos/clinic/staffing/issues/7/comments",
            "/repos/clinic/staffing/issues/8/comments",
        ), path
        assert method in ("GET", "POST")
    assert host.comments.keys() <= {7}
    assert len(host.bodies(7)) <= 1
    for body in host.bodies(7):
        first = body.partition("\n")[0]
        assert first.startswith("<!-- welkin-reconcile: ") and first.endswith(" -->")
        assert "All is well." not in body
