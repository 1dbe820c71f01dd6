"""Requests generated from the description, sound ones and odd ones, never make the embedded Welkin fail.

Needs the dependency group `contract`: `make test-all` installs it. Its pytest plugin is not used.
"""

from __future__ import annotations

import copy
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from hypothesis import HealthCheck, Phase, given, settings

from reconciler.simulator import Options, start
from tests.contract.conftest import Contract

schemathesis = pytest.importorskip("schemathesis")

FEW, MANY = 4, 135  # requests an operation and mode; 39 operations by 2 modes by 135 are ten thousand
SOME_ID = "28f393a8-62b3-4b4b-aa42-da769ce4489a"


class Generator:
    """A simulator with a little in it, and the description narrowed to what is there."""

    def __init__(self, url: str, contract: Contract) -> None:
        self.url = url
        self.session = requests.Session()
        self.session.trust_env = False
        self.statuses: Counter[int] = Counter()
        token = self.post("/gh/admin/api_clients/GENERATED", {"secret": "simulator"})["token"]
        self.session.headers["Authorization"] = f"Bearer {token}"
        user = self.post("/gh/admin/users", {"username": "johndoe", "email": "john@example.org"})["id"]
        patient = self.post("/gh/sb-demo/patients", {"firstName": "Ada", "lastName": "Invented"})["id"]
        record = self.post(f"/gh/sb-demo/patients/{patient}/cdts/vitals", {"systolic": 1})["id"]
        document = copy.deepcopy(contract.document)
        document["components"]["parameters"]["cdt"]["schema"] = {"enum": ["vitals", "other"]}
        there = {
            "tenant": ["gh"],
            "instance": ["sb-demo"],
            "user": ["johndoe", user],
            "client": ["GENERATED"],
        }
        there |= {"patient": [patient, SOME_ID], "record": [record, SOME_ID]}
        for name, values in there.items():
            document["components"]["parameters"][name]["schema"] = {"enum": values}
        document["components"]["schemas"]["Id"] = {"enum": [user, patient, record, SOME_ID]}
        self.schema = schemathesis.openapi.from_dict(document)

    def post(self, path: str, body: Any) -> Any:
        return self.session.post(self.url + path, json=body, timeout=60).json()

    def operations(self) -> Iterator[Any]:
        for found in self.schema.get_all_operations():
            yield found.ok()

    def send(self, case: Any) -> None:
        answer = case.call(base_url=self.url, session=self.session, headers=dict(self.session.headers))
        self.statuses[answer.status_code] += 1
        assert answer.status_code < 500, f"{case.method} {case.formatted_path}: {answer.text}"


def run(generator: Generator, examples: int, modes: list[Any]) -> None:
    quiet = settings(
        max_examples=examples,
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate],
    )
    for operation in generator.operations():
        for mode in modes:
            strategy = operation.as_strategy(generation_mode=mode)
            quiet(given(case=strategy)(generator.send))()


@pytest.fixture(params=["live", "reference"])
def generator(request: pytest.FixtureRequest, contract: Contract, tmp_path: Path) -> Iterator[Generator]:
    with start(Options(profile=request.param, token_ttl_s=100_000)) as running:
        made = Generator(running.url, contract)
        yield made
        made.session.close()


def test_generated_requests_never_get_a_5xx(generator: Generator) -> None:
    modes = schemathesis.GenerationMode
    run(generator, FEW, [modes.POSITIVE, modes.NEGATIVE])
    assert sum(generator.statuses.values()) > 300
    assert generator.statuses.keys() & {200, 201}, "some of the generated requests were good"


@pytest.mark.slow
def test_ten_thousand_generated_requests_never_get_a_5xx(generator: Generator) -> None:
    modes = schemathesis.GenerationMode
    run(generator, MANY, [modes.POSITIVE, modes.NEGATIVE])
    assert sum(generator.statuses.values()) >= 10_000, json.dumps(generator.statuses)
