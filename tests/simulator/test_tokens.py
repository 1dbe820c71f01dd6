"""Bearer tokens (reference, Authentication)."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode
from datetime import UTC, datetime
from typing import Any

import pytest


def _claims(token: str) -> dict[str, Any]:
    payload = token.split(".")[1]
    return dict(json.loads(urlsafe_b64decode(payload + "=" * (-len(payload) % 4))))


def test_live_answers_200_with_the_token_alone(simulate):
    answer = simulate(login=False).login()
    assert answer.status_code == 200
    assert list(answer.json()) == ["token"]


def test_reference_answers_201_with_three_keys(simulate):
    answer = simulate(login=False, profile="reference").login("SOMECLIENT")
    assert answer.status_code == 201
    assert set(answer.json()) == {"clientName", "token", "enabled"}
    assert (answer.json()["clientName"], answer.json()["enabled"]) == ("SOMECLIENT", True)


def test_a_token_is_a_jwt_that_tells_its_life_and_its_client(simulate):
    start = datetime(2026, 12, 1, tzinfo=UTC)
    claims = _claims(simulate(login=False, now=start, token_ttl_s=600).login("SOMECLIENT").json()["token"])
    assert claims["exp"] - claims["iat"] == 600
    assert abs(claims["iat"] - start.timestamp()) < 5
    assert (claims["custom:type"], claims["cognito:username"]) == ("API_CLIENT", "SOMECLIENT")
    assert len(claims["custom:id"]) == 36


@pytest.mark.parametrize(("profile", "status"), [("live", 401), ("reference", 400)])
def test_a_wrong_secret_is_refused(simulate, profile, status):
    answer = simulate(login=False, profile=profile).login(secret="wrong")
    assert (answer.status_code, answer.json()[0]["componentType"]) == (status, "AUTH")


@pytest.mark.parametrize(
    "header", [None, "", "Bearer", "Bearer nonsense", "Bearer a.b.c", "Basic eDp5", "Bearer é"]
)
def test_what_is_no_token_is_refused(simulate, header):
    speaker = simulate(login=False)
    headers = {} if header is None else {"Authorization": header.encode()}
    answer = speaker.tenant("GET", "/users", headers=headers)
    assert (answer.status_code, answer.json()[0]["errorCode"]) == (401, "NOT_VALID_JSON_WEB_TOKEN")


def test_a_changed_token_is_refused(live):
    head, payload, signature = live.session.headers["Authorization"].split(".")
    live.session.headers["Authorization"] = f"{head}.{payload}x.{signature}"
    assert live.tenant("GET", "/users").json()[0]["errorCode"] == "NOT_VALID_JSON_WEB_TOKEN"


def test_a_token_is_good_for_its_own_tenant_only(live):
    assert live.send("GET", "/other/admin/users").status_code == 401


def test_a_token_expires_by_the_simulated_clock(live):
    live.control("PUT", "/clock", {"advanceSeconds": 3599})
    assert live.tenant("GET", "/users").status_code == 200
    live.control("PUT", "/clock", {"advanceSeconds": 2})
    answer = live.tenant("GET", "/users")
    assert (answer.status_code, answer.json()[0]["errorCode"]) == (401, "TOKEN_EXPIRED")
    assert live.login().ok
    assert live.tenant("GET", "/users").ok


def test_a_token_outlives_a_restart_on_the_same_file(simulate, tmp_path):
    first = simulate(db=str(tmp_path / "db"))
    second = simulate(db=str(tmp_path / "db"), login=False)
    second.session.headers.update(first.session.headers)
    assert second.tenant("GET", "/users").ok


def test_more_than_100_token_requests_in_5_minutes_block_the_client_for_5_minutes(live):
    live.control("PUT", "/clock", {"frozen": True})
    assert all(live.login("BUSY").ok for _ in range(100))
    assert live.login("BUSY").status_code == 429
    assert live.login("OTHER").ok
    live.control("PUT", "/clock", {"advanceSeconds": 299})
    assert live.login("BUSY").status_code == 429
    live.control("PUT", "/clock", {"advanceSeconds": 1})
    assert live.login("BUSY").ok


def test_token_requests_spread_out_are_never_blocked(live):
    for _ in range(3):
        assert all(live.login("STEADY").ok for _ in range(60))
        live.control("PUT", "/clock", {"advanceSeconds": 301})
