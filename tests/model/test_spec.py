"""The types of manifests' entries name what their schemas let through, and nothing else."""

import json
from pathlib import Path

import pytest

from reconciler.dates.rules import Repeat
from reconciler.model import spec

SCHEMAS = Path(__file__).parents[2] / "schemas"
ENTRIES = {
    spec.UserSpec: "users#additionalProperties",
    spec.TemplateSpec: "templates#additionalProperties",
    spec.HoursSpec: "workHours#$defs/period",
    spec.Rotation: "workHours#$defs/rotation",
    spec.NamedRotation: "rotations#additionalProperties",
    spec.SomebodySpec: "teams#$defs/somebody",
    spec.ClosureSpec: "closures#items",
    spec.SwapSpec: "swaps#items",
    spec.EventSpec: "events#$defs/event",
    spec.ChangeSpec: "events#$defs/change",
    spec.ParticipantSpec: "events#$defs/participants/items",
    spec.AbsenceSpec: "leave#$defs/absence",
    spec.PatientRef: "events#$defs/patient",
    Repeat: "events#$defs/repeat",
    spec.RecordSpec: "records#items",
    spec.ApiSpec: "environment#properties/api",
}


def schema(name: str, path: str = "") -> dict[str, object]:
    found = json.loads((SCHEMAS / f"{name}.schema.json").read_text())
    for step in filter(None, path.split("/")):
        found = found[step]
    return found


@pytest.mark.parametrize("kind", ENTRIES, ids=lambda kind: kind.__name__)
def test_the_type_of_an_entry_has_the_keys_of_its_schema(kind: type) -> None:
    assert set(kind.__annotations__) == set(schema(*ENTRIES[kind].split("#"))["properties"])


def test_that_of_an_environment_has_the_keys_that_are_no_sections_and_are_kept() -> None:
    own = set(schema("environment")["properties"]) - set(schema("manifest")["properties"])
    assert set(spec.EnvironmentSpec.__annotations__) == own - {"include", "vars"}
