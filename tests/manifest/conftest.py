"""Manifests written into a folder of the test's own, read from there as a user would."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from reconciler.manifest import load_environment
from reconciler.model import Environment, Findings

HEAD = "tenant: gh\ninstance: sb-demo\ntimezone: America/Los_Angeles\n"

Load = Callable[..., tuple[Environment | None, list[str]]]


@pytest.fixture
def load(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Load:
    """Write files by name (`env/x.yaml` is loaded unless told otherwise) and return the problems' lines."""
    monkeypatch.chdir(tmp_path)

    def _load(
        files: dict[str, str | bytes], path: str = "env/x.yaml"
    ) -> tuple[Environment | None, list[str]]:
        for name, text in files.items():
            file = tmp_path / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(text if isinstance(text, bytes) else text.encode())
        findings = Findings()
        environment = load_environment(path, findings)
        return environment, [str(problem) for problem in sorted(findings.errors)]

    return _load
