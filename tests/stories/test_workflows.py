"""The workflows and the pipeline that `init` writes, step by step: a fork, a branch, a merge, a night."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import NOW
from tests.support.cli import SECRET, environment, run
from tests.support.forge import PROJECT, READS, REPOSITORY, WRITES, Forge, forge
from tests.support.service import Service
from tests.support.workflow import Done, Repository, Runner

ZEROS = "0" * 40
Context = dict[str, Any]


class Clinic:
    """A repository as `init` wrote it, its runner, a Welkin and a forge."""

    def __init__(self, folder: Path, service: Service, host: Forge) -> None:
        self.service, self.host = service, host
        self.repository = Repository(folder / "repository")
        self.folder = self.repository.folder
        place = ("--tenant", "gh", "--instance", "sb-demo", "--now", NOW)
        done = run("init", *place, cwd=self.folder, env=environment(WELKIN_SECRET=""))
        assert done.code == 0, done
        self.first = self.repository.commit()
        service.forget()
        own = {"WELKIN_API_URL": service.url, "GITHUB_API_URL": host.url, "GITHUB_REPOSITORY": REPOSITORY}
        self.runner = Runner(folder, self.repository, NOW, own)

    def edit(self, name: str, old: str, new: str) -> None:
        path = self.folder / name
        assert old in path.read_text()
        path.write_text(path.read_text().replace(old, new))

    def propose(self, branch: str = "change") -> str:
        head = self.repository.commit(branch)
        self.repository.back()
        return head

    def request(self, head: str, *, fork: bool = False, number: int = 7) -> Context:
        """What a pull request's jobs are told; a fork's get no secret, and a token that may only read."""
        pull = {
            "number": number,
            "base": {"sha": self.repository.git("rev-parse", "main")},
            "head": {"sha": head, "repo": {"full_name": "mallory/staffing" if fork else REPOSITORY}},
        }
        secrets = {"GITHUB_TOKEN": READS if fork else WRITES}
        secrets |= {} if fork else {"WELKIN_SECRET": SECRET}
        github = {"event": {"pull_request": pull}, "repository": REPOSITORY, "sha": head}
        return {"github": github, "secrets": secrets}

    def review(self, head: str, **how: Any) -> Done:
        done = self.runner.github("review", "review", self.request(head, **how))
        assert done is not None
        return done

    def push(self, before: str, after: str) -> Done:
        return self._main("apply", "apply", after, {"before": before, "after": after})

    def night(self) -> Done:
        return self._main("night", "night", self.repository.git("rev-parse", "main"), {})

    def by_hand(self) -> Done:
        return self._main("by-hand", "apply", self.repository.git("rev-parse", "main"), {})

    def _main(self, workflow: str, job: str, sha: str, event: Context) -> Done:
        github = {"event": event, "sha": sha, "ref": "refs/heads/main", "repository": REPOSITORY}
        secrets = {"GITHUB_TOKEN": WRITES, "WELKIN_SECRET": SECRET}
        done = self.runner.github(workflow, job, {"github": github, "secrets": secrets})
        assert done is not None
        return done


@pytest.fixture
def clinic(tmp_path: Path, service: Service) -> Iterator[Clinic]:
    with forge() as host:
        yield Clinic(tmp_path, service, host)


def longer_week(clinic: Clinic) -> None:
    """A change that no rule denies."""
    clinic.edit("staff/hours.yaml", "fri: 08:00-12:00", "fri: 08:00-11:00")


def too_long_a_week(clinic: Clinic) -> None:
    """One that `maxWeeklyHours: 40` denies."""
    clinic.edit("staff/hours.yaml", "fri: 08:00-12:00", "fri: 08:00-18:00")


def rename_in_welkin(clinic: Clinic) -> None:
    clinic.service.send("PATCH", "/gh/admin/users/example.nurse", {"lastName": "Changed"})
    clinic.service.forget()


def test_a_branch_is_commented_and_a_second_push_edits(clinic: Clinic) -> None:
    longer_week(clinic)
    done = clinic.review(clinic.propose())
    assert done.code == 0, done.output
    (comment,) = clinic.host.bodies(7)
    assert comment.startswith("<!-- welkin-reconcile: gh/sb-demo -->\n") and "example.nurse" in comment
    clinic.edit("staff/hours.yaml", "fri: 08:00-12:00", "fri: 08:00-10:00")
    assert clinic.review(clinic.propose("again")).code == 0
    (edited,) = clinic.host.bodies(7)
    assert edited != comment and clinic.host.writes == ["POST", "PATCH"]
    assert done.ran == ["Install", "Validate", "Diff", "Comment"]


def test_nothing_is_said_where_nothing_changes(clinic: Clinic) -> None:
    (clinic.folder / "README.md").write_text("# Ours\n")
    done = clinic.review(clinic.propose())
    assert done.code == 0 and not clinic.host.bodies(7) and not clinic.host.writes


def test_a_denied_change_is_commented_and_fails(clinic: Clinic) -> None:
    too_long_a_week(clinic)
    done = clinic.review(clinic.propose())
    assert done.code == 3, done.output
    (comment,) = clinic.host.bodies(7)
    assert "denied: maxWeeklyHours 40" in comment


def test_what_is_not_valid_is_annotated_and_not_commented(clinic: Clinic) -> None:
    clinic.edit("staff/people.yaml", "credentials: RN", "credentails: RN")
    done = clinic.review(clinic.propose())
    assert done.code == 1 and "::error file=staff/people.yaml" in done.output
    assert not clinic.host.asked


def test_a_forks_goes_to_the_summary_without_a_secret(clinic: Clinic) -> None:
    longer_week(clinic)
    head = clinic.propose()
    done = clinic.review(head, fork=True)
    assert done.code == 0, done.output
    assert done.summary.startswith("<!-- welkin-reconcile: gh/sb-demo -->") and not clinic.host.bodies(7)
    assert not done.shows(SECRET)
    assert not {name for env in done.env for name in env if "SECRET" in name}
    assert clinic.runner.github("review", "plan", clinic.request(head, fork=True)) is None
    assert not clinic.service.calls()


def test_a_branch_is_planned_against_welkin_and_nothing_is_written(clinic: Clinic) -> None:
    longer_week(clinic)
    done = clinic.runner.github("review", "plan", clinic.request(clinic.propose()))
    assert done and done.code == 0, done
    assert "example.nurse" in done.summary and SECRET not in done.output + done.summary
    assert not clinic.service.writes()


def test_a_first_push_applies_all_and_the_night_finds_it_in_sync(clinic: Clinic) -> None:
    done = clinic.push(ZEROS, clinic.first)
    assert done.code == 0, done.output
    assert "Apply complete!" in done.summary and SECRET not in done.output + done.summary
    assert clinic.service.writes()
    night = clinic.night()
    assert night.code == 0, night.output


def test_a_merge_applies_what_it_changed_and_leaves_out_the_rest(clinic: Clinic) -> None:
    clinic.push(ZEROS, clinic.first)
    clinic.edit(
        "staff/people.yaml", "lastName: Example\n    credentials: MD", "lastName: Other\n    credentials: MD"
    )
    skipped = clinic.repository.commit()
    longer_week(clinic)
    done = clinic.push(skipped, clinic.repository.commit())
    assert done.code == 3, done.output
    assert "user/example.physician" in done.summary and "approve" in done.summary
    rest = clinic.by_hand()
    assert rest.code == 0, rest.output
    assert clinic.night().code == 0


def test_a_forced_push_says_to_apply_by_hand(clinic: Clinic) -> None:
    done = clinic.push("1234567890" * 4, clinic.first)
    assert done.code == 1 and not clinic.service.calls()


def test_a_night_creates_what_is_new_and_tells_what_was_changed(clinic: Clinic) -> None:
    clinic.push(ZEROS, clinic.first)
    clinic.runner.now = "2026-12-10T12:00:00Z"
    clinic.service.forget()
    assert clinic.night().code == 0
    assert clinic.service.writes()
    rename_in_welkin(clinic)
    night = clinic.night()
    assert night.code == 2 and "example.nurse" in night.summary


# GitLab.


def merge_request(clinic: Clinic, head: str, *, fork: bool = False) -> dict[str, str]:
    base = clinic.repository.git("merge-base", "main", head)
    token = {} if fork else {"GITLAB_TOKEN": WRITES}
    return token | {
        "CI_PIPELINE_SOURCE": "merge_request_event", "CI_COMMIT_SHA": head, "CI_MERGE_REQUEST_IID": "7",
        "CI_MERGE_REQUEST_DIFF_BASE_SHA": base, "CI_MERGE_REQUEST_PROJECT_PATH": "clinic/staffing",
        "CI_MERGE_REQUEST_SOURCE_PROJECT_PATH": "mallory/staffing" if fork else "clinic/staffing",
        "CI_API_V4_URL": clinic.host.url, "CI_PROJECT_ID": PROJECT,
    }  # fmt: skip


def on_main(clinic: Clinic, source: str, before: str = "") -> dict[str, str]:
    return {
        "CI_PIPELINE_SOURCE": source, "CI_COMMIT_SHA": clinic.repository.git("rev-parse", "main"),
        "CI_COMMIT_BEFORE_SHA": before, "CI_COMMIT_BRANCH": "main", "CI_DEFAULT_BRANCH": "main",
        "WELKIN_SECRET": SECRET,
    }  # fmt: skip


@pytest.fixture
def gitlab(clinic: Clinic) -> Clinic:
    clinic.runner.variables = {"WELKIN_API_URL": clinic.service.url}
    return clinic


def test_a_merge_request_is_noted_and_a_second_push_edits(gitlab: Clinic) -> None:
    longer_week(gitlab)
    done = gitlab.runner.gitlab("review", merge_request(gitlab, gitlab.propose()))
    assert done and done.code == 0, done
    too_long_a_week(gitlab)
    again = gitlab.runner.gitlab("review", merge_request(gitlab, gitlab.propose("again")))
    assert again and again.code == 3, again
    (note,) = gitlab.host.bodies(7)
    assert "denied: maxWeeklyHours 40" in note and gitlab.host.writes == ["POST", "PUT"]


def test_a_forks_pipeline_shows_its_report_in_the_log(gitlab: Clinic) -> None:
    longer_week(gitlab)
    variables = merge_request(gitlab, gitlab.propose(), fork=True)
    done = gitlab.runner.gitlab("review", variables)
    assert done and done.code == 0 and "example.nurse" in done.output and not gitlab.host.asked
    assert gitlab.runner.gitlab("plan", variables) is None


def test_a_branch_of_the_project_is_planned(gitlab: Clinic) -> None:
    longer_week(gitlab)
    variables = merge_request(gitlab, gitlab.propose()) | {"WELKIN_SECRET": SECRET}
    done = gitlab.runner.gitlab("plan", variables)
    assert done and done.code == 0 and "example.nurse" in done.output, done
    assert not gitlab.service.writes()


def test_a_merge_and_a_night_on_gitlab(gitlab: Clinic) -> None:
    done = gitlab.runner.gitlab("apply", on_main(gitlab, "push", ZEROS))
    assert done and done.code == 0 and "Apply complete!" in done.output, done
    night = gitlab.runner.gitlab("night", on_main(gitlab, "schedule"))
    assert night and night.code == 0, night
    rename_in_welkin(gitlab)
    drifted = gitlab.runner.gitlab("night", on_main(gitlab, "schedule"))
    assert drifted and drifted.code == 2, drifted
    by_hand = gitlab.runner.gitlab("by-hand", on_main(gitlab, "web"))
    assert by_hand and by_hand.code == 0 and "example.nurse" in by_hand.output, by_hand


@pytest.mark.parametrize("job", ["review", "plan", "apply", "by-hand", "night"])
def test_a_job_of_gitlab_runs_for_its_own_event_only(gitlab: Clinic, job: str) -> None:
    runs = []
    for source in ("push", "web", "schedule"):
        variables = on_main(gitlab, source, ZEROS) | {"WELKIN_SECRET": ""}
        runs += [source] if gitlab.runner.gitlab(job, variables) else []
    assert runs == {"apply": ["push"], "by-hand": ["web"], "night": ["schedule"]}.get(job, [])
