"""What keeps a change from being sent at all."""

from datetime import UTC, datetime

from reconciler.apply.applier import Applier
from reconciler.client import Client
from reconciler.client.connection import Connection
from reconciler.kinds import load_kinds
from reconciler.model import Action, Change, Key, Plan, Request, Status, Window

NOW = datetime(2026, 11, 24, tzinfo=UTC)
NOBODY = Plan(NOW, "gh", "sb", "", None, "o", "UTC", "", "", Window(NOW, NOW), ())


def test_a_service_that_loses_marks_of_events_still_gets_records() -> None:
    with Client(Connection("http://127.0.0.1:9", "gh", "sb", "C", "s")) as client:
        applier = Applier(NOBODY, client, load_kinds(), parallelism=1, now=NOW)
        applier.traceless["event"] = "none would be recognised"
        record = Change(Key("record", "P-1/vitals/x=1"), Action.CREATE, Request("POST", "/gh/sb/x"))
        event = Change(Key("event", "talk@2026-12-01"), Action.CREATE, Request("POST", "/gh/sb/y"))
        assert applier._obstacle(record) is None
        assert (applier._obstacle(event) or ("",))[0] is Status.SKIPPED
