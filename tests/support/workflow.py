"""Runs the steps of workflows and pipelines in order, in a scratch repository, with what a job may use."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
TOOLS = ("bash", "git", "curl")
LOOK_UP = re.compile(r"\$\{\{ ([\w.]+) \}\}")
_DATED = "plan|apply|validate|diff|drift|calendar"
JSON = dict[str, Any]


def shimmed(folder: Path, now: str = "") -> str:
    """A $PATH on which there are bash, git, curl and this program, and a `pip` that only notes its words.

    now: taken for the present by the program.
    """
    folder.mkdir(exist_ok=True)
    for tool in TOOLS:
        found = shutil.which(tool)
        if found and not (folder / tool).exists():
            (folder / tool).symlink_to(found)
    dated = f'case $1 in {_DATED}) set -- "$@" --now {now} ;; esac\n' if now else ""
    program = f'#!/bin/bash\n{dated}PYTHONPATH={ROOT} exec {sys.executable} -P -m reconciler "$@"\n'
    for name, text in (("welkin-reconcile", program), ("pip", '#!/bin/bash\nprintf "%s\\n" "$@"\n')):
        (folder / name).write_text(text)
        (folder / name).chmod(0o755)
    return str(folder)


class Repository:
    """A Git repository that people push to."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(exist_ok=True)
        self.git("init", "--quiet", "--initial-branch", "main")

    def git(self, *words: str) -> str:
        identity = ("-c", "user.name=Ana", "-c", "user.email=ana@example.org", "-c", "commit.gpgsign=false")
        done = subprocess.run(
            ["git", *identity, *words], cwd=self.folder, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def commit(self, branch: str = "main") -> str:
        """All that lies there, on a branch that begins where one is; gives its hash."""
        if self.git("symbolic-ref", "--short", "HEAD") != branch:
            self.git("checkout", "--quiet", "-B", branch)
        self.git("add", "--all", "--force", ".")
        self.git("commit", "--quiet", "--allow-empty", "--message", "a change")
        return self.git("rev-parse", "HEAD")

    def back(self) -> None:
        self.git("checkout", "--quiet", "--force", "main")
        self.git("clean", "--quiet", "--force", "-d", "-x")


@dataclass
class Done:
    """What a job left behind. env: of each step that ran."""

    code: int = 0
    output: str = ""
    summary: str = ""
    ran: list[str] = field(default_factory=list)
    env: list[dict[str, str]] = field(default_factory=list)

    def shows(self, secret: str) -> bool:
        return secret in self.output + self.summary + str(self.env)


@dataclass
class Runner:
    """A machine that runs one job after the other, each in a fresh checkout.

    variables: its own, as where the stand-ins are. The program takes `now` for the present.
    """

    folder: Path
    repository: Repository
    now: str
    variables: Mapping[str, str]
    jobs: int = 0

    def workflow(self, name: str) -> JSON:
        """As it is on the main branch."""
        text = self.repository.git("show", f"main:.github/workflows/{name}.yml")
        return dict(yaml.safe_load(text))

    def github(self, workflow: str, job: str, context: JSON) -> Done | None:
        """Run a job of a workflow; None if its `if` doesn't hold."""
        described = self.workflow(workflow)
        steps = described["jobs"][job]
        if "if" in steps and not _holds(steps["if"], context):
            return None
        here = self._machine()
        done, workspace = Done(), here / "work"
        workspace.mkdir()
        outer = _resolved({**described.get("env", {}), **steps.get("env", {})}, context)
        own = {"GITHUB_STEP_SUMMARY": str(here / "summary.md"), "RUNNER_TEMP": str(here / "temp")}
        (here / "summary.md").touch()
        for step in steps["steps"]:
            condition = step.get("if", "")
            assert condition in ("", "always()")
            if done.code and not condition:
                continue
            if step.get("uses", "").startswith("actions/checkout@"):
                assert step["with"]["persist-credentials"] is False and step["with"]["fetch-depth"] == 0
                ref = _resolved(step["with"], context).get("ref") or context["github"]["sha"]
                self._check_out(workspace, ref)
            elif "run" in step:
                assert "${{" not in step["run"]
                env = {**self._base(here), **own, **outer, **_resolved(step.get("env", {}), context)}
                self._run(step["run"], workspace, env, done, step["name"])
        done.summary = (here / "summary.md").read_text()
        return done

    def gitlab(self, job: str, variables: Mapping[str, str]) -> Done | None:
        """Run a job of the pipeline; None if none of its rules holds."""
        pipeline = dict(yaml.safe_load(self.repository.git("show", "main:.gitlab-ci.yml")))
        described = pipeline[job]
        if not any(_rule_holds(rule["if"], variables) for rule in described["rules"]):
            return None
        here = self._machine()
        workspace = here / "work"
        workspace.mkdir()
        self._check_out(workspace, variables["CI_COMMIT_SHA"])
        script = "\n".join([*pipeline["default"]["before_script"], *described["script"]])
        own = {"CI_PROJECT_DIR": str(workspace), **pipeline["variables"], **variables}
        done = Done()
        self._run(script, workspace, {**self._base(here), **own}, done, job)
        return done

    def _machine(self) -> Path:
        self.jobs += 1
        here = self.folder / f"job-{self.jobs}"
        (here / "temp").mkdir(parents=True)
        (here / "home").mkdir()
        return here

    def _base(self, here: Path) -> dict[str, str]:
        path = shimmed(here / "bin", self.now)
        return {"PATH": path, "HOME": str(here / "home"), "CI": "true", "LANG": "C.UTF-8", **self.variables}

    def _check_out(self, workspace: Path, ref: str) -> None:
        shutil.rmtree(workspace)
        source = str(self.repository.folder)
        for words in (
            ("clone", "--quiet", "--no-checkout", source, str(workspace)),
            ("-C", str(workspace), "checkout", "--quiet", "--detach", ref),
        ):
            done = subprocess.run(["git", *words], capture_output=True, text=True, check=False)
            assert done.returncode == 0, done.stderr

    @staticmethod
    def _run(script: str, workspace: Path, env: Mapping[str, str], done: Done, name: str) -> None:
        words = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script]
        ran = subprocess.run(
            words, cwd=workspace, env=dict(env), capture_output=True, text=True, errors="replace",
            stdin=subprocess.DEVNULL, timeout=120, check=False,
        )  # fmt: skip
        done.ran.append(name)
        done.env.append(dict(env))
        done.output += ran.stdout + ran.stderr
        done.code = done.code or ran.returncode


def _resolved(values: Mapping[str, Any], context: JSON) -> dict[str, str]:
    """Values with plain look-ups in them; nothing else may stand in `${{ }}`."""
    found = {
        name: LOOK_UP.sub(lambda way: _looked_up(way[1], context), str(value))
        for name, value in values.items()
    }
    assert not [value for value in found.values() if "${{" in value]
    return found


def _looked_up(path: str, context: JSON) -> str:
    """What a path leads to; nothing where it leads nowhere, as of a secret that isn't there."""
    value: Any = context
    for step in path.split("."):
        value = value.get(step, "") if isinstance(value, dict) else ""
    return str(value)


def _holds(condition: str, context: JSON) -> bool:
    one, other = (
        part.strip("'") if part.startswith("'") else _looked_up(part, context)
        for part in condition.split(" == ")
    )
    return one == other


def _rule_holds(rule: str, variables: Mapping[str, str]) -> bool:
    def value(text: str) -> str:
        return variables.get(text[1:], "") if text.startswith("$") else text.strip('"')

    return all(value(one) == value(other) for one, other in _compared(rule))


def _compared(rule: str) -> Iterator[tuple[str, str]]:
    for each in rule.split(" && "):
        one, other = each.split(" == ")
        yield one, other
