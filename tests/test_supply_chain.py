"""What is fetched is what was looked at: pinned in set-up and recipe, and nothing that nobody uses."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from reconciler import __version__

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
LOCKED = tomllib.loads((ROOT / "uv.lock").read_text(encoding="utf-8"))["package"]


def starters() -> list[dict[str, Any]]:
    """The workflows that `init` writes."""
    texts = [path.read_text() for path in (ROOT / "reconciler/starter/github").glob("*.yml")]
    found = [yaml.safe_load(text.replace("@install@", PROJECT["name"])) for text in texts]
    assert len(found) == 4
    return found


def steps() -> Iterator[tuple[str, dict[str, Any]]]:
    """Each of their steps, with the job it is of."""
    for workflow in starters():
        for name, job in workflow["jobs"].items():
            yield from ((name, step) for step in job["steps"])


def test_set_up_begins_with_one_version_of_uv_by_its_hashes() -> None:
    text = (ROOT / ".uv-requirements.txt").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    assert re.fullmatch(r"uv==\d+\.\d+\.\d+ \\", lines[0])
    assert all(re.fullmatch(r"    --hash=sha256:[0-9a-f]{64}( \\)?", line) for line in lines[1:])
    assert len(lines) > 10, "a wheel for each platform that has one, and the source"
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert re.findall(r"pip install.*", makefile) == [
        "pip install --quiet --disable-pip-version-check --require-hashes -r .uv-requirements.txt"
    ]
    assert all("--frozen" in line for line in makefile.splitlines() if "uv sync" in line)
    for line in re.findall("uv build.*", makefile):
        assert "--no-build-isolation" in line, "what builds the wheel is pinned, too"


def test_every_package_of_the_lock_comes_from_the_index_with_its_hash() -> None:
    for package in LOCKED:
        if package["name"] == PROJECT["name"]:
            continue
        assert "registry" in package["source"], package["name"]
        files = [*package.get("wheels", ()), *([package["sdist"]] if "sdist" in package else ())]
        assert files and all(file["hash"].startswith("sha256:") for file in files), package["name"]


def test_no_extra_of_another_package_brings_what_nobody_uses() -> None:
    for wanted in (PROJECT["dependencies"], *PROJECT["optional-dependencies"].values()):
        # The driver's own build of itself, which needs no compiler and no library of the machine.
        assert not [name for name in wanted if "[" in name and not name.startswith("psycopg[binary]")]
    assert not {"watchfiles", "websockets", "python-dotenv"} & {package["name"] for package in LOCKED}


def test_what_init_installs_is_this_release() -> None:
    action = yaml.safe_load((ROOT / ".github/actions/validate/action.yml").read_text())
    assert action["inputs"]["install"]["default"] == f"{PROJECT['name']}=={__version__}"
    installs = [step["run"] for _, step in steps() if step.get("name") == "Install"]
    assert len(installs) == 5 and set(installs) == {'pip install "$WELKIN_RECONCILE"'}


def test_its_workflows_pin_actions_by_commit_and_show_secrets_to_single_steps_only() -> None:
    for job, step in steps():
        assert re.fullmatch(r"actions/[\w-]+@[0-9a-f]{40}", step.get("uses", "actions/x@" + "0" * 40))
        assert "secrets." not in step.get("run", "") and "${{" not in step.get("run", "")
        named = re.findall(r"secrets\.(\w+)", str(step))
        if job == "review":  # a fork can start it
            assert set(named) <= {"GITHUB_TOKEN"}
        elif named:
            assert "WELKIN_SECRET" in named and "welkin-reconcile " in step["run"]


def test_its_workflows_may_only_read_but_for_the_job_that_comments() -> None:
    for workflow in starters():
        assert workflow["permissions"] == {"contents": "read"}
        assert "secrets." not in str(workflow.get("env"))
        for name, job in workflow["jobs"].items():
            assert "secrets." not in str(job.get("env"))
            granted = job.get("permissions", {"contents": "read"})
            comments = {"pull-requests": "write"} if name == "review" else {}
            assert granted == {"contents": "read", **comments}
            assert ("environment" in job) == ("WELKIN_SECRET" in str(job["steps"]))
            assert name == "review" or job["environment"]
        happens = workflow[True]  # YAML 1.1 reads `on` so
        assert "pull_request_target" not in str(happens) and "workflow_run" not in str(happens)
        if happens != "pull_request":
            assert workflow["concurrency"]["cancel-in-progress"] is False


def test_our_own_workflows_read_only_and_pin_what_they_use() -> None:
    workflows = [yaml.safe_load(path.read_text()) for path in (ROOT / ".github/workflows").glob("*.yml")]
    assert len(workflows) == 2
    for workflow in workflows:
        assert workflow["permissions"] == {"contents": "read"}
        for job in workflow["jobs"].values():
            used = [step["uses"] for step in job["steps"] if "uses" in step]
            assert used and all(re.fullmatch(r"actions/[\w-]+@[0-9a-f]{40}", name) for name in used)


def test_every_python_that_may_install_it_is_tested() -> None:
    workflow = yaml.safe_load((ROOT / ".github/workflows/test.yml").read_text())
    first, *_ = versions = workflow["jobs"]["linux"]["strategy"]["matrix"]["python"]
    assert PROJECT["requires-python"] == f">={first}"
    assert f"for version in {' '.join(versions)};" in (ROOT / "Makefile").read_text()


def test_hooks_of_others_are_pinned_by_commit() -> None:
    hooks = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())["repos"]
    assert all(repo["repo"] == "local" or re.fullmatch("[0-9a-f]{40}", repo["rev"]) for repo in hooks)
