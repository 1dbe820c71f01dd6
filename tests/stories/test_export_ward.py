"""The example of a ward, applied and exported: it reads as the ward's own manifest does."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.cli import Result, run
from tests.support.layers import JSON
from tests.support.service import Service, simulated

NOW = "2026-11-24T12:00:00Z"
WARD = Path(__file__).parents[2] / "examples" / "env" / "ward.yaml"
READ = Path(__file__).parent / "exported" / "ward.yaml"
PEOPLE = ("ana", "ben", "cara", "dov", "eli", "fay", "gus", "hana", "ida", "jon", "kim", "lea", "max", "nia",
          "oda", "pia", "quin", "rui", "sam", "tess", "uli", "vera", "wes", "xia", "yara")  # fmt: skip


class Ward:
    """A service that has what the example declares, and what was exported of it."""

    def __init__(self, folder: Path, service: Service, profile: str) -> None:
        self.folder, self.service = folder, service
        (folder / "ward.yaml").write_text(WARD.read_text(encoding="utf-8"), encoding="utf-8")
        applied = self.command("apply", "ward.yaml", "--auto-approve")
        if applied.code == 3:  # where no overrides are kept, which shows only now
            applied = self.command("apply", "ward.yaml", "--auto-approve")
        assert applied.code == 0, applied
        service.forget()
        whom = ("--all",) if profile == "live" else ("--users", ",".join(PEOPLE))
        self.made = self.command("export", "ward.yaml", *whom)
        assert self.made.code == 0 and "left out" not in self.made.stderr, self.made
        (folder / "again").mkdir()
        (folder / "again" / "ward.yaml").write_text(self.made.stdout, encoding="utf-8")

    def command(self, name: str, path: str, *flags: str) -> Result:
        return run(name, path, "--api-url", self.service.url, "--now", NOW, *flags, cwd=self.folder)


@pytest.mark.both
def test_what_the_ward_applied_plans_empty(tmp_path: Path, profile: str) -> None:
    with simulated(tmp_path, now=NOW, profile=profile) as service:
        ward = Ward(tmp_path, service, profile)
        plan = ward.command("plan", "again/ward.yaml", "--detailed-exitcode")
        assert plan.code == 0 and "No changes." in plan.stdout, plan
        assert not service.writes()


def test_it_reads_as_the_ward_does(tmp_path: Path) -> None:
    """Teams, shifts by name, shared rotations, the sheet, the swap, both closures, hosts in turn, `from`."""
    with simulated(tmp_path, now=NOW) as service:
        ward = Ward(tmp_path, service, "live")
        assert ward.made.stdout == READ.read_text(encoding="utf-8")
        weeks = ("--week", "2026-12-21", "--weeks", "6", "--format", "json")
        before, after = (
            run("calendar", path, "--now", NOW, *weeks, cwd=tmp_path).data["people"]
            for path in ("ward.yaml", "again/ward.yaml")
        )
        assert len(before) == len(PEOPLE)
        for one, other in zip(before, after, strict=True):
            assert hours(one) == hours(other)


def hours(person: JSON) -> list[JSON]:
    return [{key: day[key] for key in ("date", "shifts", "leave") if key in day} for day in person["days"]]
