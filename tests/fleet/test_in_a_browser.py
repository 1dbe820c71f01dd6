"""The fleet's page in whatever Chromium is installed: drawn, and silent. More of it is in browser/."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from reconciler.fleet.database import Database
from tests.support.browser import chromium
from tests.support.pages import FLEET, shown
from tests.support.whole_fleet import fill

QUIET = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update", "--enable-logging=stderr",
)  # fmt: skip


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str, str]]:
    """The page's URL, the environment with the thinnest day, and one whose plan is open."""
    chromium()
    path = tmp_path_factory.mktemp("browser") / "fleet.db"
    with Database.opened(f"sqlite:///{path}") as database:
        filled = fill(database, places=120, tenants=4)
        with shown(FLEET, database) as url:
            yield url, filled.thin, filled.pending


@pytest.mark.parametrize(
    "page", ["/", "/tenants/t00/week", "/environments/{thin}", "/environments/{pending}"]
)
def test_it_is_drawn_and_nothing_is_complained_of(
    places: tuple[str, str, str], page: str, tmp_path: Path
) -> None:
    url, thin, pending = places
    address = url + page.format(thin=thin, pending=pending)
    command = [chromium(), *QUIET, f"--user-data-dir={tmp_path}", "--dump-dom", address]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert "</main>" in done.stdout and "Internal Server Error" not in done.stdout
    assert [line for line in done.stderr.splitlines() if "CONSOLE" in line] == []
