"""A database of each sort for the tests of a fleet: PostgreSQL, started where it is needed, and a file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.postgres import Server, postgres


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
