"""The vendor's own samples are as described; those that contradict themselves stand in schemas/README.md."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.contract.conftest import PATH, Contract

SAMPLES = Path(__file__).parent / "samples.md"
README = PATH.parent / "README.md"
SCHEMAS = {
    "Authentication": ("Token",),
    "Get All Patients": ("Patient",),  # its page lacks all that makes it one
    "Create a Patient": ("Patient",),
    "Get a Specific Patient By ID": ("Patient",),
    "Create CDT Record": ("Record",),
    "Reading CDT Record": ("Record",),
    "Updating CDT Record": ("Record",),
    "Create User Record": ("UserCreate", "User"),
    "Read User Record": ("User",),
    "Update User Record (Partial update)": ("UserUpdate", "User"),
    "Update User Record (Full update)": ("UserCreate", "User"),
    "Working Hours": ("WorkHoursWrite",),
    "Read Work Hours": ("WorkHours",),
    "Update Work Hours": ("WorkHoursWrite",),
    "Calendar Events": ("EventWrite",),
    "Get Event By ID": ("Event",),
    "Find Events": ("EventPage",),
    "Update Calendar Event by ID": ("EventWrite",),
    "Update event invitation response by ID": ("InvitationResponse",),
}
# Slips of the pen that make a sample no JSON, and what was meant.
SLIPS = (
    ('"timezone "', '"timezone"'),
    (r"\bNone\b", "null"),
    (r"\.\.\.\.pagination links omitted", ""),
    (r",(\s*[}\]])", r"\1"),
)


def samples() -> Iterator[tuple[str, str]]:
    for found in re.finditer(
        r"^## (.+?)\n\n```json\n(.*?)\n```", SAMPLES.read_text(encoding="utf-8"), re.M | re.S
    ):
        yield found[1], found[2]


def mended(text: str) -> Any:
    for slip, meant in SLIPS:
        text = re.sub(slip, meant, text)
    return json.loads(text)


def is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


def objects(section: str, sample: Any) -> list[Any]:
    match section:
        case "Get All Patients":
            return list(sample["content"])
        case "Read Work Hours":
            return list(sample)
        case _:
            return [sample]


@pytest.mark.parametrize(("section", "text"), list(samples()), ids=lambda value: value.split("\n")[0][:40])
def test_a_sample_is_as_described(section: str, text: str, contract: Contract) -> None:
    for each in objects(section, mended(text)):
        for name in SCHEMAS[section]:
            assert contract.named(name, each) == []


def test_every_sample_of_the_reference_is_here() -> None:
    assert [section for section, _ in samples()] == list(SCHEMAS)


def test_samples_that_are_no_json_are_listed_in_the_readme() -> None:
    broken = {section for section, text in samples() if not is_json(text)}
    assert broken
    listed = README.read_text(encoding="utf-8").partition("## Samples that contradict themselves")[2]
    assert all(f"| {section} |" in listed for section in broken)
