"""The pipeline by itself, as a fleet drives it: values in, values out, nothing printed, no command needed."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from reconciler.apply.carry_out import Applied, Manner
from reconciler.errors import Locked, ManifestError, StalePlan, UnsafePlan
from reconciler.model import Action, Outcome, Planned, Status
from reconciler.pipeline import Service, Settings, Stoppable, apply, connect, expand, load, plan
from reconciler.plan.planfile import to_json
from reconciler.plan.savedplan import from_json
from tests.conftest import HEAD
from tests.support.cli import SECRET
from tests.support.service import Service as Welkin

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
STAFF = """
users:
  jdoe: {email: j.doe@example.org}
workHours:
  jdoe: [{from: 2026-12-01, to: 2027-03-31, days: {mon-fri: 09:00-17:00}}]
events:
  standup:
    {title: Stand-up, type: APPOINTMENT, mode: VIDEO, host: jdoe, starts: 2026-12-01T09:00, duration: 30m,
     repeat: {every: week, on: [tue], until: 2026-12-22}}
"""


class Clinic:
    """An environment with a service of its own."""

    def __init__(self, folder: Path, welkin: Welkin) -> None:
        folder.mkdir(exist_ok=True)
        self.path, self.journal = folder / "env.yaml", folder / "journal.db"
        self.settings = Settings(NOW, api_url=welkin.url)
        self.environ = {"WELKIN_SECRET": SECRET, "XDG_STATE_HOME": str(folder / "state")}
        self.write(STAFF)

    def write(self, text: str) -> None:
        self.path.write_text(HEAD + text, encoding="utf-8")

    @contextmanager
    def planned(self) -> Iterator[tuple[Planned, Service]]:
        (wishes,) = expand(load(str(self.path)), NOW)
        with connect(wishes.environment, self.settings, self.environ) as service, service.alone():
            yield plan(wishes, service), service

    def apply(self, allowed: Mapping[str, int] | None = None) -> Applied:
        with self.planned() as (planned, service):
            return apply(planned, service, Manner(self.journal, allowed or {}))


@pytest.fixture
def clinic(tmp_path: Path, service: Welkin) -> Clinic:
    return Clinic(tmp_path / "clinic", service)


def test_a_run_is_values_and_prints_nothing(clinic: Clinic, capfd: pytest.CaptureFixture[str]) -> None:
    heard, begun = list[Outcome](), list[Stoppable]()
    with clinic.planned() as (planned, service):
        made = Manner(clinic.journal, undo_file=clinic.path.with_name("undo.json"))
        applied = apply(planned, service, made, listen=heard.append, begins=begun.append)
    assert [outcome.status for outcome in applied.report.outcomes] == [Status.DONE] * 6
    assert sorted(map(id, heard)) == sorted(map(id, applied.report.outcomes))
    assert len(begun) == 1 and not begun[0].under_way()
    assert (applied.stopped, applied.failures, applied.warnings) == (False, (), ())
    assert applied.undo_file and clinic.journal.exists()
    with clinic.planned() as (again, _):
        assert not again.plan.differs
    assert capfd.readouterr() == ("", "")


def test_a_saved_plan_goes_the_same_way(clinic: Clinic) -> None:
    with clinic.planned() as (planned, service):
        (kept,) = from_json(str(to_json([planned.plan])), "plan.json")
        applied = apply(Planned(kept, None, fresh=False), service, Manner(clinic.journal))
    assert {outcome.status for outcome in applied.report.outcomes} == {Status.DONE}
    with clinic.planned() as (_, service):
        later = apply(Planned(kept, None, fresh=False), service, Manner(clinic.journal))
    assert {outcome.status for outcome in later.report.outcomes} == {Status.ALREADY}


def test_whoever_plans_before_being_alone_has_it_read_again(clinic: Clinic) -> None:
    clinic.apply()
    clinic.write(STAFF.replace("Stand-up", "Team stand-up"))
    (wishes,) = expand(load(str(clinic.path)), NOW)
    with connect(wishes.environment, clinic.settings, clinic.environ) as service:
        planned = plan(wishes, service)
        clinic.write(STAFF.replace("Stand-up", "Huddle"))
        clinic.apply()
        with pytest.raises(StalePlan):
            apply(planned, service, Manner(clinic.journal))


def test_one_run_an_environment_at_a_time(clinic: Clinic) -> None:
    (wishes,) = expand(load(str(clinic.path)), NOW)
    with clinic.planned(), connect(wishes.environment, clinic.settings, clinic.environ) as second:
        planned = plan(wishes, second)
        with pytest.raises(Locked):
            apply(planned, second, Manner(clinic.journal))


def test_a_brake_holds_whoever_drives(clinic: Clinic) -> None:
    clinic.apply()
    clinic.write(STAFF.partition("events:")[0] + "prune: true\nlimits: {deletes: 0}\n")
    with pytest.raises(UnsafePlan):
        clinic.apply()
    assert clinic.apply({"deletes": 1}).report.having(Status.DONE)


def test_a_run_can_be_stopped_before_its_first_write(clinic: Clinic, service: Welkin) -> None:
    with clinic.planned() as (planned, there):
        applied = apply(planned, there, Manner(clinic.journal), begins=lambda run: run.stop())
    assert applied.stopped
    assert {outcome.status for outcome in applied.report.outcomes} == {Status.SKIPPED}
    assert not service.writes()


def test_all_problems_of_all_files_come_before_any_service(clinic: Clinic) -> None:
    other = clinic.path.with_name("other.yaml")
    other.write_text(HEAD.replace("staffing", "other") + STAFF.replace("tue", "someday"), encoding="utf-8")
    clinic.write(STAFF.replace("09:00-17:00", "noon"))
    with pytest.raises(ManifestError) as raised:
        expand(load(str(clinic.path), str(other)), NOW)
    assert {Path(problem.path).name for problem in raised.value.problems} == {"env.yaml", "other.yaml"}


def test_environments_are_driven_side_by_side(
    tmp_path: Path, service: Welkin, capfd: pytest.CaptureFixture[str]
) -> None:
    clinics = [Clinic(tmp_path / name, service) for name in ("north", "south")]
    for number, clinic in enumerate(clinics):
        text = STAFF.replace("jdoe", f"person{number}").replace("j.doe", f"person{number}")
        head = HEAD.replace("sb-demo", f"sb-{number}").replace("owner: staffing", f"owner: staff-{number}")
        clinic.path.write_text(head + text, encoding="utf-8")
    done = dict[int, Applied]()

    def drive(number: int) -> None:
        done[number] = clinics[number].apply()

    threads = [threading.Thread(target=drive, args=(number,)) for number in range(len(clinics))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for applied in done.values():
        assert [outcome.status for outcome in applied.report.outcomes] == [Status.DONE] * 6
        assert {outcome.change.action for outcome in applied.report.outcomes} == {Action.CREATE}
    assert len(done) == len(clinics)
    assert capfd.readouterr() == ("", "")


def test_it_needs_neither_commands_nor_click() -> None:
    code = "import sys, reconciler.pipeline, reconciler.apply.carry_out; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    names = done.stdout.split()
    assert "reconciler.pipeline" in names
    assert not [name for name in names if name.partition(".")[0] == "click" or "commands" in name]


def test_sound_manifests_need_neither_jsonschema_nor_what_a_plans_effect_is_made_of(tmp_path: Path) -> None:
    env = tmp_path / "env.yaml"
    env.write_text(HEAD + STAFF)
    code = (
        "import sys, reconciler.pipeline as p\n"
        f"assert p.load({str(env)!r})[0].environment\n"
        "print(*sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    heavy = ("jsonschema", "referencing", "deepdiff", "jinja2", "reconciler.staffing")
    assert not [name for name in done.stdout.split() if name.startswith(heavy)]
