"""Faults by option, by header and by admin route (issue 3, item 2)."""

from __future__ import annotations

import threading
import time

import pytest
import requests

from reconciler.simulator import Fault, parse_fault

EMAIL = {"email": "x@example.org"}


def _exists(speaker, username):
    return speaker.tenant("GET", f"/users/{username}").status_code == 200


def _post(speaker, username, fault=""):
    headers = {"X-Simulator-Fault": fault} if fault else {}
    return speaker.tenant("POST", "/users", {"username": username, **EMAIL}, headers=headers)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (
            "cut-after:POST:/calendar/events:1",
            Fault("cut-after", method="POST", path="/calendar/events", when="1"),
        ),
        ("429=2:*:/", Fault("429", "2")),
        ("latency=50~20:get:/admin/users", Fault("latency", "50~20", "GET", "/admin/users")),
        ("500-before:PATCH:/admin/users:@3", Fault("500-before", "", "PATCH", "/admin/users", "@3")),
        ("shuffle:GET:/calendar:2.5%", Fault("shuffle", "", "GET", "/calendar", "2.5%")),
    ],
)
def test_a_fault_is_read_and_written_again(text, fault):
    assert parse_fault(text) == fault
    assert parse_fault(str(fault)) == fault


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "expected KIND"),
        ("429", "expected KIND"),
        ("429:GET:/:1:2", "expected KIND"),
        ("boom:GET:/", "'boom' is none of latency 401"),
        ("429=soon:GET:/", "'soon' does not fit"),
        ("401=1:GET:/", "'1' does not fit"),
        ("latency:GET:/", "'' does not fit"),
        ("429=:GET:/", "'' does not fit"),
        ("429:FETCH:/", "'FETCH' is none of *"),
        ("429:GET:admin", "'admin' does not begin with '/'"),
        ("429:GET:/:often", "'often' is neither N, @N nor P%"),
    ],
)
def test_what_is_no_fault_is_told_in_one_line(text, says):
    with pytest.raises(ValueError) as raised:
        parse_fault(text)
    assert says in str(raised.value)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("fault", ["429", "429=7", "401", "500-before", "502-before"])
def test_a_fault_before_does_nothing(live, fault):
    answer = _post(live, "ada", fault)
    assert answer.status_code == int(fault[:3])
    assert answer.headers.get("Retry-After") == ("7" if fault == "429=7" else None)
    assert not _exists(live, "ada")


@pytest.mark.parametrize("fault", ["500-after", "502-after"])
def test_a_fault_after_has_done_it(live, fault):
    assert _post(live, "ada", fault).status_code == int(fault[:3])
    assert _exists(live, "ada")


def test_a_502_is_a_page_of_html(live):
    answer = _post(live, "ada", "502-before")
    assert answer.headers["Content-Type"] == "text/html"
    assert answer.text.startswith("<html>")


@pytest.mark.parametrize(("fault", "done"), [("cut-before", False), ("cut-after", True)])
def test_a_cut_closes_the_connection_without_a_byte(live, fault, done):
    with pytest.raises(requests.ConnectionError):
        _post(live, "ada", fault)
    assert _exists(live, "ada") is done


@pytest.mark.parametrize(("fault", "done"), [("hang-before", False), ("hang-after", True)])
def test_a_hang_never_answers(live, fault, done):
    with pytest.raises(requests.ReadTimeout):
        live.session.post(
            f"{live.url}/gh/admin/users",
            json={"username": "ada", **EMAIL},
            headers={"X-Simulator-Fault": fault},
            timeout=(60, 1),
        )
    assert _exists(live, "ada") is done


def test_latency_makes_one_request_wait_and_no_other(live):
    live.user()
    slow = threading.Thread(target=_post, args=(live, "ada", "latency=3000"))
    slow.start()
    time.sleep(0.05)
    with requests.Session() as session:
        session.headers.update(live.session.headers)
        assert session.get(f"{live.url}/gh/admin/users/johndoe", timeout=60).ok
    assert slow.is_alive()
    slow.join()
    assert _exists(live, "ada")


def test_latency_may_be_an_option(simulate):
    speaker = simulate(latency_ms=60, jitter_ms=20)
    started = time.monotonic()
    speaker.user()
    assert time.monotonic() - started >= 0.06


def test_shuffled_keys_are_the_same_keys(live):
    plain = live.user()
    mixed = live.tenant("GET", "/users/johndoe", headers={"X-Simulator-Fault": "shuffle"}).json()
    assert mixed == {**plain, "seatAssignAllowed": True}
    assert list(mixed) != list(plain)


def test_extra_keys_come_on_every_level(live):
    live.user()
    found = live.tenant("GET", "/users", headers={"X-Simulator-Fault": "extra"}).json()
    assert "addedLater" in found and "addedLater" in found["data"][0]
    assert "addedLater" in found["metaInfo"]


def test_an_expired_token_stays_expired_until_a_new_one_is_fetched(live):
    answer = live.tenant("GET", "/users", headers={"X-Simulator-Fault": "token-expired"})
    assert answer.json()[0]["errorCode"] == "TOKEN_EXPIRED"
    assert live.tenant("GET", "/users").status_code == 401
    live.login()
    assert live.tenant("GET", "/users").ok


def test_a_401_is_for_one_request(live):
    answer = live.tenant("GET", "/users", headers={"X-Simulator-Fault": "401"})
    assert answer.json()[0]["errorCode"] == "NOT_VALID_JSON_WEB_TOKEN"
    assert live.tenant("GET", "/users").ok


def test_an_unknown_fault_in_the_header_is_a_400(live):
    answer = _post(live, "ada", "boom")
    assert (answer.status_code, answer.json()[0]["errorCode"]) == (400, "FAULT_UNKNOWN")


def test_several_faults_may_meet_in_one_header(live):
    live.user()
    headers = {"X-Simulator-Fault": "extra, shuffle,latency=1"}
    assert "addedLater" in live.tenant("GET", "/users/johndoe", headers=headers).json()


def test_a_fault_meets_the_first_n_or_the_nth_request(simulate):
    speaker = simulate(
        faults=(parse_fault("429:GET:/admin/users/a:2"), parse_fault("429:GET:/admin/users/b:@2"))
    )
    assert [speaker.tenant("GET", "/users/a").status_code for _ in range(4)] == [429, 429, 404, 404]
    assert [speaker.tenant("GET", "/users/b").status_code for _ in range(3)] == [404, 429, 404]


@pytest.mark.parametrize("path", ["/gh/admin/users", "/admin/users", "/users"])
def test_a_fault_is_matched_with_or_without_tenant_and_instance(simulate, path):
    speaker = simulate(faults=(parse_fault(f"429:GET:{path}"),))
    assert speaker.tenant("GET", "/users").status_code == 429
    assert _post(speaker, "ada").status_code == 201
    assert speaker.instance("GET", "/patients").status_code == 200


def test_faults_by_lot_are_the_same_for_the_same_seed(simulate):
    def drawn(seed):
        speaker = simulate(faults=(parse_fault("429:GET:/admin:50%"),), random_seed=seed)
        return [speaker.tenant("GET", "/users").status_code for _ in range(30)]

    assert drawn(1) == drawn(1)
    assert drawn(1) != drawn(2)
    assert set(drawn(1)) == {200, 429}


def test_faults_are_added_shown_and_ended_by_the_admin_route(live):
    text = "500-after:POST:/admin/users:1"
    live.control("POST", "/faults", {"faults": [text, "429:GET:/nothing"]})
    assert _post(live, "ada").status_code == 500
    assert _post(live, "ben").status_code == 201
    found = {each["fault"]: each["met"] for each in live.control("GET", "/faults")["faults"]}
    assert found == {text: 2, "429:GET:/nothing": 0}
    live.control("DELETE", "/faults")
    assert live.control("GET", "/faults") == {"faults": []}
    answer = live.send("POST", "/_simulator/faults", {"faults": ["boom"]})
    assert (answer.status_code, answer.json()[0]["errorCode"]) == (400, "FAULT_UNKNOWN")


def test_faults_spare_the_simulators_own_routes(simulate):
    speaker = simulate(faults=(parse_fault("cut-before:*:/"),), login=False)
    assert speaker.control("GET", "/clock")
    with pytest.raises(requests.ConnectionError):
        speaker.login()
