"""A kind nobody knew: one entry, one schema, its routes and its name in two schemas are all it takes.

It is planned, applied, undone, saved and approved, told in each format, watched for drift, compared between
revisions and left out of exports.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from tests.support.git import Repository

PIECES, ROOT = Path(__file__).parent / "location", Path(__file__).parents[2]
ENV = """
tenant: gh
instance: sb-demo
api: {client: TESTS}
timezone: America/Los_Angeles
include: [places.yaml]
"""
PLACES = "locations: {main: {address: 1 Elm Street}, north: {address: 2 Oak Road, phone: '+15550100'}}\n"


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the program, with what is compiled of it, and the new kind plugged in."""
    tree = tmp_path_factory.mktemp("tree")
    for name in ("reconciler", "schemas"):
        shutil.copytree(ROOT / name, tree / name)
    package, schemas = tree / "reconciler", tree / "schemas"
    shutil.copy(PIECES / "kind.txt", package / "kinds" / "location.py")
    shutil.copy(PIECES / "schema.json", schemas / "locations.schema.json")
    routes = package / "routes.py"
    routes.write_text(routes.read_text() + (PIECES / "routes.txt").read_text())
    shutil.copy(PIECES / "simulator.txt", package / "simulator" / "routes" / "locations.py")
    app = package / "simulator" / "app.py"
    app.write_text(
        app.read_text()
        .replace("    hours,\n", "    hours,\n    locations,\n", 1)
        .replace("    *admin.ROUTES,\n", "    *admin.ROUTES,\n    *locations.ROUTES,\n", 1)
    )
    manifest = json.loads((schemas / "manifest.schema.json").read_text())
    manifest["properties"]["locations"] = {"$ref": "locations.schema.json"}
    (schemas / "manifest.schema.json").write_text(json.dumps(manifest))
    plan = json.loads((schemas / "plan.schema.json").read_text())
    definitions = plan["$defs"]
    definitions["change"]["properties"]["kind"]["enum"].append("location")
    names = definitions["names"]["properties"]
    names["location"] = names["user"]
    definitions["key"]["pattern"] = definitions["key"]["pattern"].replace("record)", "record|location)")
    (schemas / "plan.schema.json").write_text(json.dumps(plan))
    return tree


class Clinic:
    """A folder of manifests, and the copy of the program run in it against its own simulator."""

    def __init__(self, tree: Path, folder: Path) -> None:
        self.tree, self.folder = tree, folder
        (folder / "env.yaml").write_text(ENV)
        self.declare(PLACES)

    def declare(self, text: str) -> None:
        (self.folder / "places.yaml").write_text(text)

    def run(self, *args: str, code: int = 0, simulated: bool = True) -> str:
        args = (*args, "--simulator") if simulated else args
        place = {"PYTHONPATH": str(self.tree), "PYTHONDONTWRITEBYTECODE": "1"}
        done = subprocess.run(
            [sys.executable, "-m", "reconciler", *args, "--now", "2026-11-24T12:00:00Z"],
            cwd=self.folder, env=os.environ | place, capture_output=True, text=True, timeout=120,
        )  # fmt: skip
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout

    def plan(self) -> Mapping[str, Any]:
        data: Mapping[str, Any] = json.loads(self.run("plan", "env.yaml", "--format", "json"))
        schema = json.loads((self.tree / "schemas" / "plan.schema.json").read_text())
        Draft202012Validator(schema).validate(data)
        return data


def test_a_new_kind_is_planned_applied_and_undone(tree: Path, tmp_path: Path) -> None:
    clinic = Clinic(tree, tmp_path)
    shown = clinic.run("plan", "env.yaml")
    assert "+ location/main" in shown
    assert "1 Elm Street" in shown
    assert "Plan: 2 to add, 0 to change, 0 to destroy." in shown
    clinic.run("apply", "env.yaml", "--auto-approve", "--undo-file", "undo.json")
    assert "No changes." in clinic.run("plan", "env.yaml")
    undone = clinic.run("apply", "undo.json", "--auto-approve", "--allow", "deletes=2")
    assert "2 destroyed" in undone
    assert clinic.plan()["summary"]["create"] == 2


def test_a_saved_plan_of_a_new_kind_is_judged_as_any_other(tree: Path, tmp_path: Path) -> None:
    clinic = Clinic(tree, tmp_path)
    clinic.run("apply", "env.yaml", "--auto-approve")
    clinic.declare(PLACES.replace("1 Elm", "3 Elm").replace("north: {", "north: {ensure: absent, "))
    assert [change["action"] for change in clinic.plan()["changes"]] == ["update", "delete"]
    text = clinic.run("plan", "env.yaml", "--out", "plan.json")
    assert "1 Elm Street → 3 Elm Street" in text
    edited = (tmp_path / "plan.json").read_text().replace("3 Elm Street", "9 Elm Street", 1)
    (tmp_path / "edited.json").write_text(edited)
    clinic.run("apply", "edited.json", "--auto-approve", code=1)
    done = clinic.run("apply", "plan.json", "--auto-approve", "--undo-file", "undo.json")
    assert "0 added, 1 changed, 1 destroyed" in done
    assert "No changes." in clinic.run("plan", "env.yaml")
    clinic.run("apply", "undo.json", "--auto-approve")
    assert clinic.plan()["summary"]["update"] == 1


def test_a_new_kind_is_told_in_each_format_and_watched(tree: Path, tmp_path: Path) -> None:
    clinic = Clinic(tree, tmp_path)
    clinic.run("apply", "env.yaml", "--auto-approve")
    assert "No changes." in clinic.run("drift", "env.yaml")
    clinic.declare(PLACES.replace("1 Elm", "3 Elm"))
    for told in ("markdown", "html"):
        assert "1 Elm Street → 3 Elm Street" in clinic.run("plan", "env.yaml", "--format", told)
    drift = json.loads(clinic.run("drift", "env.yaml", "--format", "json", code=2))
    assert [change["key"] for change in drift["changes"]] == ["location/main"]
    assert "Nothing to accept." in clinic.run("export", "env.yaml", "--update", code=3)  # and it is named
    assert "location" not in clinic.run("export", "env.yaml", "--all")
    clinic.run("plan", "env.yaml", "--out", "plan.json")
    done = clinic.run("apply", "env.yaml", "--approved", "plan.json", "--auto-approve")
    assert "0 added, 1 changed, 0 destroyed" in done


def test_a_new_kind_is_compared_between_revisions(tree: Path, tmp_path: Path) -> None:
    repository = Repository(tmp_path)
    clinic = Clinic(tree, tmp_path)
    for places in (PLACES, PLACES.replace("1 Elm", "3 Elm")):
        repository.commit({"places.yaml": places})
    found = clinic.run("diff", "HEAD~1..HEAD", "env.yaml", simulated=False)
    assert "1 Elm Street → 3 Elm Street" in found
    assert "Plan: 0 to add, 1 to change, 0 to destroy." in found
