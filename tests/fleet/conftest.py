"""What tests of a fleet share: a database of each sort, PostgreSQL and a file, and a fleet on it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.support.crew import Fleet, fleet_of
from tests.support.postgres import Server, postgres
from tests.support.service import Service, simulated


@pytest.fixture(scope="session")
def own_postgres() -> Iterator[Server]:
    """A PostgreSQL for this process's tests; who stops it starts it again."""
    with postgres() as server:
        yield server


@pytest.fixture(params=["postgres", "sqlite"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty database, of either sort."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/fleet.db"
    server: Server = request.getfixturevalue("own_postgres")
    return server.emptied()


@pytest.fixture
def todays(tmp_path: Path) -> Iterator[Service]:
    """A service whose clock is that of workers, which are processes: the present one."""
    with simulated(tmp_path, now=datetime.now(UTC).isoformat()) as running:
        yield running


@pytest.fixture
def fleet(tmp_path: Path, database_url: str, todays: Service) -> Iterator[Fleet]:
    """A fleet on a database of either sort."""
    with fleet_of(tmp_path, database_url, todays) as known:
        yield known
