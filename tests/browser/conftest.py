"""An installed Chromium, driven; a test is skipped where there is none, or no playwright."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.browser import chromium


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    path = chromium()
    driver = pytest.importorskip("playwright.sync_api", reason="no playwright: uv sync --group browser")
    with driver.sync_playwright() as running:
        browser = running.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()
