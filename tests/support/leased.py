"""Environments applied as a fleet's worker does: by the pipeline, under leases, with clocks of the test's."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from reconciler.apply.carry_out import Applied, Manner
from reconciler.client import Patience
from reconciler.fleet.keeping import Shared
from reconciler.fleet.leases import Leases
from reconciler.pipeline import Service, Settings, Stoppable, apply, connect, expand, load, plan
from tests.support.cli import SECRET
from tests.support.service import Service as Welkin

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
HEAD = "tenant: gh\ninstance: {instance}\nowner: {owner}\ntimezone: America/Los_Angeles\n"
HEAD += "api: {{client: OF-{instance}}}\n"  # each has tokens of its own: the service counts them
STAFF = """
users:
  ann: {email: ann@example.org}
  bob: {email: bob@example.org}
workHours:
  ann: [{from: 2026-12-01, to: 2027-03-31, days: {mon-fri: 09:00-17:00}}]
events:
  standup:
    {title: Stand-up, type: APPOINTMENT, mode: VIDEO, host: ann, starts: 2026-12-01T09:00, duration: 30m,
     repeat: {every: week, on: [tue], until: 2026-12-22}}
"""


class Clock:
    """A clock that goes on when the test says so."""

    def __init__(self, seconds: float = NOW.timestamp()) -> None:
        self.seconds = seconds

    def __call__(self) -> float:
        return self.seconds


@dataclass
class Place:
    """One environment and its service."""

    path: Path
    welkin: Welkin
    instance: str = "sb-demo"
    owner: str = "staffing"
    patience: Patience = Patience()  # noqa: RUF009

    def write(self, text: str = STAFF) -> None:
        self.path.write_text(HEAD.format(instance=self.instance, owner=self.owner) + text, encoding="utf-8")

    def apply(
        self,
        leases: Leases,
        run: str = "0123456789abcdef",
        *,
        planned: Callable[[Service], None] = lambda service: None,
        begins: Callable[[Stoppable], None] = lambda run: None,
    ) -> Applied:
        """Plan and apply, as one run of a fleet. planned: called in between."""
        (wishes,) = expand(load(str(self.path)), NOW)
        keeper = Shared(leases, run)
        settings = Settings(NOW, api_url=self.welkin.url, patience=self.patience, keeper=keeper)
        environ = {"WELKIN_SECRET": SECRET}
        with connect(wishes.environment, settings, environ) as service, service.alone():
            made = plan(wishes, service)
            planned(service)
            return apply(made, service, Manner(None), begins=begins)
