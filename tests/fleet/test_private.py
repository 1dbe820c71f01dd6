"""A fleet from the first look to its page: what is shown of an appointment, what of it is nowhere."""

from __future__ import annotations

import subprocess
from datetime import UTC, datetime
from pathlib import Path

from reconciler.fleet.configuration import read_fleet
from reconciler.fleet.database import Database
from tests.support.cli import SECRET
from tests.support.crew import Fleet, soon
from tests.support.pages import shown, visitor
from tests.support.service import Service

NAME, TITLE = "Quagga", "Biopsy of the left knee"
TABLES = (
    "lease", "bucket", "worker", "source", "environment", "pause", "run", "plan", "write", "outcome",
    "staffing", "made", "revision", "audit", "delivery", "tally", "notice",
)  # fmt: skip
PAGES = ("/", "/environments/clinics/env/sb-demo", "/tenants/gh/week", "/workers", "/audit", "/metrics",
         "/api/v1/environments", "/api/v1/runs", "/api/v1/coverage/clinics/env/sb-demo")  # fmt: skip


def monday() -> int:
    """How many days there are to the Monday after the next one."""
    return 14 - datetime.now(UTC).weekday()


def appointment(service: Service) -> str:
    """A patient's appointment with johndoe, as somebody typed it into Welkin; its id."""
    body = {"firstName": NAME, "lastName": NAME, "externalId": "P-1"}
    patient = service.send("POST", "/gh/sb-demo/patients", body).json()["id"]
    day = soon(monday())
    made = service.event(
        "johndoe", f"{day}T14:00:00.000Z", f"{day}T14:30:00.000Z", eventTitle=TITLE, eventMode="IN-PERSON",
        eventType="APPOINTMENT", participants=[{"participantId": patient, "participantRole": "patient"}],
    )  # fmt: skip
    return str(made["id"])


def everything(database: Database) -> str:
    return "\n".join(str(database.rows(f"SELECT * FROM welkin.{table}")) for table in TABLES)


def test_a_stranded_appointment_is_told_by_id_and_time_alone(
    fleet: Fleet, todays: Service, database_url: str
) -> None:
    fleet.people("sb-demo", "johndoe")
    fleet.work("w1", "--now")
    fleet.become(**{"sb-demo": "drifted"})
    assert fleet.run("enqueue", "apply", "--all", "--wait").code == 0
    lost = appointment(todays)
    fleet.people("sb-demo", "johndoe", hours="09:00-11:00")
    fleet.become(**{"sb-demo": "pending"})

    processes = subprocess.run(["ps", "axww"], capture_output=True, text=True, check=True).stdout
    with (
        Database.opened(database_url) as database,
        shown(read_fleet(fleet.folder / "fleet.yaml"), database) as url,
        visitor(url) as me,
    ):
        pages = {path: me.get(path).text for path in PAGES}
        for run in fleet.runs():
            pages[run["id"]] = me.get(f"/runs/{run['id']}").text
        for day in database.rows("SELECT date FROM welkin.made"):
            pages[day["date"]] = me.get(f"/days/{day['date']}/clinics/env/sb-demo").text
        kept = everything(database)
    place = pages["/environments/clinics/env/sb-demo"]
    assert lost in place and "Patient appointments stranded (1)" in place
    assert "johndoe" in pages[soon(monday())] and "09:00–17:00" in pages[soon(monday())]
    said = "".join(worker.said for worker in fleet.workers)
    for private in (NAME, TITLE, SECRET):
        for where in (*pages.values(), kept, said, processes):
            assert private not in where
    if database_url.startswith("sqlite:///"):
        file = Path(database_url.removeprefix("sqlite:///"))
        data = b"".join(each.read_bytes() for each in file.parent.glob(f"{file.name}*"))
        assert not [private for private in (NAME, TITLE, SECRET) if private.encode() in data]
