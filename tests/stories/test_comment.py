"""A report as a comment on a pull request: created, edited in place, found on any page."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.cli import Result, environment, run
from tests.support.forge import READS, WRITES, Forge, forge

MARKER = "<!-- welkin-reconcile: gh/sb-demo -->"
REPORT = f"{MARKER}\nPlan: 1 to add, 0 to change, 0 to destroy.\n"
LATER = f"{MARKER}\nPlan: 2 to add, 0 to change, 0 to destroy.\n"
QUIET = f"{MARKER}\nNo changes.\n"
DENIED = f"{MARKER}\nPlan: 1 to add.\n\n**Rules**\n- `staff/rules.yaml:12: denied: maxStranded 0: 3`\n"

Variables = Callable[..., dict[str, str]]


@pytest.fixture
def host() -> Iterator[Forge]:
    with forge() as held:
        yield held


@pytest.fixture(params=["github", "gitlab"])
def variables(request: pytest.FixtureRequest, host: Forge) -> Variables:
    found: Variables = getattr(host, request.param)
    return found


def commented(folder: Path, report: str, variables: dict[str, str], number: str = "7") -> Result:
    (folder / "report.md").write_text(report, encoding="utf-8")
    return run("comment", "report.md", "--number", number, cwd=folder, env=environment(**variables))


def test_the_first_run_comments_and_the_second_edits(
    tmp_path: Path, host: Forge, variables: Variables
) -> None:
    assert commented(tmp_path, REPORT, variables()).code == 0
    assert commented(tmp_path, LATER, variables()).code == 0
    assert host.bodies(7) == [LATER]
    assert host.writes in (["POST", "PATCH"], ["POST", "PUT"])


def test_one_on_another_page_is_found(tmp_path: Path, host: Forge, variables: Variables) -> None:
    host.says(7, *(f"I think {number}" for number in range(250)), REPORT, "and so on")
    assert commented(tmp_path, LATER, variables()).code == 0
    assert host.bodies(7)[250] == LATER and len(host.bodies(7)) == 252


@pytest.mark.parametrize("page", [1, 7, 100])
def test_pages_of_any_size_that_say_nothing_of_what_follows(tmp_path: Path, page: int) -> None:
    with forge(links=False, page=page) as host:
        host.says(7, *(f"I think {number}" for number in range(20)), REPORT)
        assert commented(tmp_path, LATER, host.github()).code == 0
        assert len(host.bodies(7)) == 21 and host.bodies(7)[20] == LATER


def test_nothing_to_say_edits_and_never_creates(tmp_path: Path, host: Forge, variables: Variables) -> None:
    assert commented(tmp_path, QUIET, variables()).code == 0
    assert not host.writes and not host.bodies(7)
    commented(tmp_path, REPORT, variables())
    assert commented(tmp_path, QUIET, variables()).code == 0
    assert host.bodies(7) == [QUIET]


def test_others_and_those_of_other_environments_stay(
    tmp_path: Path, host: Forge, variables: Variables
) -> None:
    others = [f"<!-- welkin-reconcile: gh/{name} -->\nPlan" for name in ("other", "sb-demo2")]
    others.append(f"> {MARKER}\nlook")
    host.says(7, *others)
    host.says(8, REPORT)
    commented(tmp_path, LATER, variables())
    assert host.bodies(7) == [*others, LATER] and host.bodies(8) == [REPORT]


def test_line_ends_that_the_forge_changed(tmp_path: Path, host: Forge) -> None:
    host.says(7, REPORT.replace("\n", "\r\n"))
    commented(tmp_path, LATER, host.github())
    assert host.bodies(7) == [LATER]


def test_a_strangers_comment_is_not_taken_for_ours(tmp_path: Path, host: Forge) -> None:
    host.says(7, REPORT, user={"login": "mallory", "type": "User"}, author_association="CONTRIBUTOR")
    commented(tmp_path, LATER, host.github())
    commented(tmp_path, REPORT, host.github())
    assert host.bodies(7) == [REPORT, REPORT] and host.writes == ["POST", "PATCH"]


def test_one_that_may_not_be_edited_is_passed_by(tmp_path: Path, host: Forge, variables: Variables) -> None:
    host.says(7, REPORT, locked=True)
    commented(tmp_path, LATER, variables())
    commented(tmp_path, REPORT, variables())
    assert host.bodies(7) == [REPORT, REPORT]


def test_on_a_fork_the_report_goes_to_the_job(tmp_path: Path, host: Forge, variables: Variables) -> None:
    summary = tmp_path / "summary.md"
    summary.write_text("# Before\n")
    done = commented(tmp_path, DENIED, variables(READS) | {"GITHUB_STEP_SUMMARY": str(summary)})
    assert done.code == 0 and "403" in done.stderr and "job summary" in done.stderr
    assert summary.read_text() == f"# Before\n{DENIED}\n"
    assert done.stdout == ("::error file=staff/rules.yaml,line=12,col=1::denied: maxStranded 0: 3\n")


def test_without_a_summary_the_report_is_printed(tmp_path: Path, host: Forge, variables: Variables) -> None:
    done = commented(tmp_path, REPORT, variables(READS))
    assert done.code == 0 and "1 to add" in done.stdout and "403" in done.stderr


@pytest.mark.parametrize("status", [401, 404, 422, 500])
def test_other_refusals_are_errors_of_one_line(
    tmp_path: Path, host: Forge, variables: Variables, status: int
) -> None:
    host.fails = status
    done = commented(tmp_path, REPORT, variables())
    assert done.code == 1 and str(status) in done.stderr and done.stderr.count("\n") == 1


def test_a_redirect_takes_no_token_along(tmp_path: Path, host: Forge, variables: Variables) -> None:
    with forge() as elsewhere:
        host.fails, host.leads = 307, f"{elsewhere.url}/repos/clinic/staffing/issues/7/comments"
        done = commented(tmp_path, REPORT, variables())
        assert done.code == 1 and not elsewhere.asked


def test_the_token_goes_where_it_belongs_and_is_never_said(
    tmp_path: Path, host: Forge, variables: Variables
) -> None:
    for status in (0, 401, 500, 307):
        host.fails = status
        done = commented(tmp_path, REPORT, variables())
        assert WRITES not in done.stdout + done.stderr
    names = {name for _, _, headers in host.asked for name, value in headers.items() if WRITES in value}
    assert names in ({"Authorization"}, {"PRIVATE-TOKEN"})


def test_a_netrc_does_not_replace_the_token(tmp_path: Path, host: Forge) -> None:
    (tmp_path / "netrc").write_text("machine 127.0.0.1\nlogin mallory\npassword x\n")
    (tmp_path / "netrc").chmod(0o600)
    commented(tmp_path, REPORT, host.github() | {"NETRC": str(tmp_path / "netrc")})
    assert host.bodies(7) == [REPORT]


def test_the_secret_of_welkin_is_not_sent(tmp_path: Path, host: Forge, variables: Variables) -> None:
    commented(tmp_path, REPORT, variables() | {"WELKIN_SECRET": "never-for-a-forge"})
    assert not [headers for _, _, headers in host.asked if "never-for-a-forge" in str(headers)]


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"GITHUB_TOKEN": ""}, "$GITHUB_TOKEN missing"),
        ({"GITHUB_API_URL": "http://forge.example"}, "$GITHUB_API_URL must be https://"),
        ({"GITHUB_API_URL": "https://user@forge.example"}, "$GITHUB_API_URL must be https://"),
        ({"GITHUB_REPOSITORY": "../../admin"}, "$GITHUB_REPOSITORY is no `owner/name`"),
        ({"GITHUB_REPOSITORY": "a/b/../../c"}, "$GITHUB_REPOSITORY is no `owner/name`"),
        ({"GITHUB_TOKEN": "x\r\nHost: elsewhere"}, "$GITHUB_TOKEN is no token"),
        ({"GITHUB_API_URL": "http://127.0.0.1:1"}, "no connection"),
    ],
)
def test_variables_that_will_not_do(tmp_path: Path, host: Forge, changed: dict[str, str], said: str) -> None:
    done = commented(tmp_path, REPORT, host.github() | changed)
    assert done.code == 1 and said in done.stderr and done.stderr.count("\n") == 1


def test_without_variables_it_says_which(tmp_path: Path) -> None:
    done = commented(tmp_path, REPORT, {})
    assert done.code == 1 and "$GITHUB_API_URL" in done.stderr and "$CI_API_V4_URL" in done.stderr


@pytest.mark.parametrize("text", ["", "Plan: 1 to add.", "<!-- welkin-reconcile -->\nPlan", '{"format": 1}'])
def test_what_is_no_report_is_refused(tmp_path: Path, host: Forge, text: str) -> None:
    done = commented(tmp_path, text, host.github())
    assert done.code == 1 and "--format markdown" in done.stderr and not host.asked


def test_a_report_that_is_not_there(tmp_path: Path, host: Forge) -> None:
    done = run("comment", "no.md", "--number", "7", cwd=tmp_path, env=environment(**host.github()))
    assert done.code == 1 and done.stderr == "error: no.md: no such file\n"
