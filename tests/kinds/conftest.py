"""Manifests of a public trial, with what was expected of them worked out by hand."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import Workspace
from tests.support.service import Service

TRIAL = Path(__file__).parents[1] / "stories" / "trial"
Trial = Callable[[str], Workspace]


@pytest.fixture
def trial(workspace: Workspace, service: Service) -> Trial:
    """Lay out a manifest of the trial, in the instance that the service shows."""

    def lay_out(case: str) -> Workspace:
        (path,) = TRIAL.glob(f"{case}-*/manifest.yaml")
        lines = path.read_text(encoding="utf-8").splitlines()
        head = ["instance: sb-demo" if line.startswith("instance:") else line for line in lines]
        workspace.write("\n".join(head) + "\n", head="")
        return workspace.at(service)

    return lay_out
