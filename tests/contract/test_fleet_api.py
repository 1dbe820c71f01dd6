"""Requests generated from the fleet's own description are answered as it describes, sound ones and odd ones.

Needs the dependency group `contract`, as `test_generated.py` does.
"""

from __future__ import annotations

import copy
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import requests
from hypothesis import HealthCheck, Phase, given, settings

from reconciler.fleet.database import Database
from reconciler.fleet.server.document import document
from tests.support.pages import FLEET, shown, token_file, with_tokens
from tests.support.whole_fleet import fill

schemathesis = pytest.importorskip("schemathesis")
pytestmark = pytest.mark.slow
EXAMPLES = 60  # an operation and mode


def narrowed(environments: list[str], runs: list[str]) -> Any:
    """The description, of what is there and a little that isn't."""
    found: Any = copy.deepcopy(document())
    there = {"name": environments, "id": runs}
    for item in found["paths"].values():
        for operation in item.values():
            for parameter in operation["parameters"]:
                if parameter["in"] == "path":
                    parameter["schema"] = {"enum": there[parameter["name"]]}
            for content in operation.get("requestBody", {}).get("content", {}).values():
                wanted = content["schema"].get("properties", {})
                if "environment" in wanted:
                    wanted["environment"] = {"enum": environments}
                if "environments" in wanted:
                    wanted["environments"]["items"] = {"enum": environments}
    return schemathesis.openapi.from_dict(found)


def test_generated_requests_are_answered_as_described(tmp_path: Path) -> None:
    from schemathesis.checks import not_a_server_error
    from schemathesis.specs.openapi.checks import (
        content_type_conformance,
        response_schema_conformance,
        status_code_conformance,
    )

    checks = [
        not_a_server_error,
        status_code_conformance,
        content_type_conformance,
        response_schema_conformance,
    ]
    roles = {"t00": "operator", "t01": "viewer", "t02": "operator"}
    token_file(tmp_path / "tokens", "olga", "olga-token", roles)
    statuses = Counter[int]()
    with Database.opened(f"sqlite:///{tmp_path / 'fleet.db'}") as database, requests.Session() as session:
        filled = fill(database, 20, 5)
        session.trust_env = False
        session.headers["Authorization"] = "Bearer olga-token"
        schema = narrowed(
            [filled.thin, filled.pending, "clinics/env/none"], [f"{1:016x}", f"{0:016x}", "f" * 16]
        )
        with shown(with_tokens(FLEET, tmp_path / "tokens"), database) as url:

            def send(case: Any) -> None:
                answer = case.call(base_url=f"{url}/api/v1", session=session, headers=dict(session.headers))
                statuses[answer.status_code] += 1
                case.validate_response(answer, checks=checks)

            quiet = settings(
                max_examples=EXAMPLES,
                deadline=None,
                database=None,
                derandomize=True,
                suppress_health_check=list(HealthCheck),
                phases=[Phase.generate],
            )
            for operation in schema.get_all_operations():
                made = operation.ok()
                modes = [schemathesis.GenerationMode.POSITIVE]
                if made.query or made.body:  # else there is nothing to get wrong but the path
                    modes.append(schemathesis.GenerationMode.NEGATIVE)
                for mode in modes:
                    quiet(given(case=made.as_strategy(generation_mode=mode))(send))()
    assert statuses.keys() >= {200, 202, 400, 403, 404}, statuses
