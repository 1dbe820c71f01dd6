"""An environment with three people, and `import` run in its folder."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import HEAD
from tests.support.cli import Result, run

PEOPLE = """\
users:
  ann: {email: Ann.Lee@example.org, timezone: America/Los_Angeles}
  bob: {email: bob@example.org, timezone: America/Denver}
  cat: {email: cat@example.org}
"""
Import = Callable[..., Result]


@pytest.fixture
def bring(tmp_path: Path) -> Import:
    """Import files by name and text (or bytes); flags behind them."""
    (tmp_path / "env.yaml").write_text(HEAD + PEOPLE)

    def begin(files: dict[str, str | bytes], *flags: str) -> Result:
        for name, text in files.items():
            (tmp_path / name).write_bytes(text if isinstance(text, bytes) else text.encode())
        return run("import", "env.yaml", *files, *flags, "--now", "2026-11-24T12:00:00Z", cwd=tmp_path)

    return begin
