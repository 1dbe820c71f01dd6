"""What keeps a change from being sent at all."""

from datetime import UTC, datetime
from threading import Event

from reconciler.apply.obstacles import Obstacles
from reconciler.apply.outcomes import Outcomes
from reconciler.apply.readback import NOTHING_KNOWN
from reconciler.apply.sender import Sender
from reconciler.client import Client
from reconciler.client.connection import Connection
from reconciler.kinds import load_kinds
from reconciler.model import Action, Change, Key, Plan, Request, Status, Window

NOW = datetime(2026, 11, 24, tzinfo=UTC)
NOBODY = Plan(NOW, "gh", "sb", "", None, "o", "UTC", "", "", Window(NOW, NOW), ())


def test_a_service_that_loses_marks_of_events_still_gets_records() -> None:
    with Client(Connection("http://127.0.0.1:9", "gh", "sb", "C", "s")) as client:
        sender = Sender(client, load_kinds(), NOTHING_KNOWN)
        obstacles = Obstacles(Outcomes(NOBODY, None, lambda outcome: None), sender, Event())
        obstacles.note_no_trace("event", "this service keeps no mark of ours")
        record = Change(Key("record", "P-1/vitals/x=1"), Action.CREATE, Request("POST", "/gh/sb/x"))
        event = Change(Key("event", "talk@2026-12-01"), Action.CREATE, Request("POST", "/gh/sb/y"))
        assert obstacles.before(record) is None
        assert obstacles.before(event) == (Status.SKIPPED, "this service keeps no mark of ours")
