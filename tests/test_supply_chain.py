"""What is fetched is what was looked at: pinned in set-up and recipe, and nothing that nobody uses."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import yaml

from reconciler import __version__

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
LOCKED = tomllib.loads((ROOT / "uv.lock").read_text(encoding="utf-8"))["package"]


def recipe() -> dict[str, object]:
    """The README's workflow."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    (found,) = re.findall(r"```yaml\n(# \.github/workflows/.*?)```", text, re.DOTALL)
    return dict(yaml.safe_load(found))


def steps() -> list[dict[str, object]]:
    jobs = recipe()["jobs"]
    assert isinstance(jobs, dict)
    return [step for job in jobs.values() for step in job["steps"]]


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
        assert not [name for name in wanted if "[" in name]
    assert not {"watchfiles", "websockets", "python-dotenv"} & {package["name"] for package in LOCKED}


def test_the_recipe_installs_this_release_with_extras_that_exist() -> None:
    installs = [str(step["run"]) for step in steps() if "pip install" in str(step.get("run"))]
    (found,) = (re.fullmatch(r"pip install '([\w-]+)\[([\w,]+)\]==([\d.]+)'", line) for line in installs)
    assert found
    assert (found[1], found[3]) == (PROJECT["name"], __version__)
    assert {"holidays"} <= set(found[2].split(",")) <= set(PROJECT["optional-dependencies"])


def test_the_recipe_pins_actions_by_commit_and_shows_the_secret_to_our_own_steps_only() -> None:
    for step in steps():
        assert re.fullmatch(r"actions/[\w-]+@[0-9a-f]{40}", str(step.get("uses", "actions/x@" + "0" * 40)))
        if "WELKIN_SECRET" in str(step):
            assert str(step["run"]).startswith("welkin-reconcile ")
    assert str(recipe()["jobs"]).count("secrets.WELKIN_SECRET") == 2
    assert recipe()["permissions"] == {"contents": "read"}


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
