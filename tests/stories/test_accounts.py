"""One person, one account: names and addresses that the tenant, or another entry, has already."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.manifest.accounts import Accounts, form_of
from tests.conftest import HEAD, Simulate, Workspace
from tests.support.cli import Result
from tests.support.fakes import ReferenceServer, serving
from tests.support.service import Service

TRIAL = Path(__file__).parent / "trial" / "09-second-account-for-one-person"
ANNA = "users:\n  anna: {email: anna@example.org}\n"


def reasons(plan: Result) -> dict[str, str]:
    return {c["key"]: c["reason"] for c in plan.data["changes"] if c["action"] == "blocked"}


@pytest.fixture
def trial(simulate_service: Simulate, workspace: Workspace) -> Workspace:
    shutil.copy(TRIAL / "manifest.yaml", workspace.folder / "env.yaml")
    return workspace.at(simulate_service(seed_files=(str(TRIAL / "seed.yaml"),)))


def test_validate_says_that_two_share_an_address(trial: Workspace) -> None:
    trial.url = ""  # no network
    done = trial.run("validate")
    assert done.code == 0
    assert "env.yaml:10:17: warning: `bert` has the address of `anna` (env.yaml:9)" in done.stderr


def test_nobody_gets_a_second_account(trial: Workspace) -> None:
    assert reasons(trial.plan()) == {
        "user/JDoe": "the tenant has `jdoe`, the same name but for capitals and the same address: "
        "a username can't be renamed; declare that name",
        "user/m.lopez": "`Maria.Lopez` has this address: "
        "a username can't be renamed; declare that name, or give another address",
        "user/anna": "`bert` is declared with this address, too: give one of the two another",
        "user/bert": "`anna` is declared with this address, too: give one of the two another",
    }
    done = trial.apply(code=3)
    assert "0 added" in done.stdout


def test_apply_writes_nothing_then(service: Service, workspace: Workspace) -> None:
    service.user("jdoe")
    workspace.at(service).write("users:\n  JDoe: {email: other@example.org}\n")
    service.forget()
    workspace.apply(code=3)
    assert not service.writes()
    assert service.find_user("JDoe") is None


@pytest.mark.parametrize("alike", ["ANNA", "Anna", "ａｎｎａ"], ids=["capitals", "one-capital", "wide-signs"])
def test_a_name_that_looks_the_same_is_the_same(service: Service, workspace: Workspace, alike: str) -> None:
    service.user(alike, email="x@example.org")
    workspace.at(service).write(ANNA)
    assert f"the tenant has `{alike}`" in reasons(workspace.plan())["user/anna"]


def test_the_address_of_an_inactive_user_is_taken_too(service: Service, workspace: Workspace) -> None:
    service.user("old.anna", email="Anna@Example.org", userState="INACTIVE")
    workspace.at(service).write(ANNA)
    reason = reasons(workspace.plan())["user/anna"]
    assert reason.startswith("`old.anna` (INACTIVE) has this address: a username can't be renamed")


def test_what_depends_on_the_account_waits_and_points_there(service: Service, workspace: Workspace) -> None:
    service.user("Anna", email="anna@example.org")
    service.user("john")
    workspace.at(service).write(
        ANNA + "  john: {email: john@example.org}\n"
        "workHours:\n  anna: [{from: 2026-12-01, days: {mon: 09:00-17:00}}]\n"
        "  john: [{from: 2026-12-01, days: {mon: 09:00-17:00}}]\n"
        "events:\n"
        "  hers: {title: Hers, host: anna, starts: 2026-12-01T09:00, duration: 1h}\n"
        "  theirs: {title: Theirs, host: john, starts: 2026-12-02T09:00, duration: 1h,\n"
        "           participants: [{user: anna}]}\n"
        "  his: {title: His, host: john, starts: 2026-12-03T09:00, duration: 1h}\n"
    )
    found = reasons(workspace.plan())
    waiting = "needs user/anna, which is blocked"
    assert found.pop("user/anna").startswith("the tenant has `Anna`")
    assert found == dict.fromkeys(
        ("workHours/anna@2026-12-01", "event/hers@2026-12-01", "event/theirs@2026-12-02"), waiting
    )
    workspace.apply(code=3)
    assert [event["eventTitle"] for event in service.events()] == ["His"]
    assert workspace.run("plan", "--detailed-exitcode").code == 2


def test_two_names_that_differ_by_capitals_are_one_person_of_two(
    service: Service, workspace: Workspace
) -> None:
    workspace.write(ANNA + "  Anna: {email: other@example.org}\n")
    said = workspace.run("validate").stderr
    assert "env.yaml:8:3: warning: `Anna` is the same name but for capitals as `anna` (env.yaml:7)" in said
    assert reasons(workspace.at(service).plan()).keys() == {"user/anna", "user/Anna"}


def test_of_two_with_one_address_only_the_new_one_is_blocked(service: Service, workspace: Workspace) -> None:
    service.user("anna")
    workspace.at(service).write(ANNA + "  anni: {email: ANNA@example.org}\n")
    assert reasons(workspace.plan()).keys() == {"user/anni"}


def test_an_address_that_another_user_has_is_not_given_to_a_second(
    service: Service, workspace: Workspace
) -> None:
    service.user("anna")
    service.user("bert", email="bert@example.org", phone="+15552009845")
    workspace.at(service).write("users:\n  bert: {email: ANNA@example.org, phone: +15552009846}\n")
    plan = workspace.plan()
    assert reasons(plan)["user/bert"].startswith("`anna` has this address")
    workspace.apply(code=3)
    bert = service.find_user("bert") or {}
    assert (bert["email"], bert["phone"]) == ("bert@example.org", "+15552009846")


def test_one_address_is_not_given_to_two(service: Service, workspace: Workspace) -> None:
    service.user("anna")
    service.user("bert")
    workspace.at(service).write("users:\n  anna: {email: us@example.org}\n  bert: {email: us@example.org}\n")
    assert reasons(workspace.plan()).keys() == {"user/anna", "user/bert"}


def test_an_own_address_in_other_capitals_is_no_change(service: Service, workspace: Workspace) -> None:
    service.user("anna", email="Anna@Example.org")
    workspace.at(service).write(ANNA)
    workspace.settled()


def test_somebody_who_is_to_go_shares_with_nobody(service: Service, workspace: Workspace) -> None:
    workspace.write(ANNA + "  anni: {email: anna@example.org, ensure: absent}\n")
    assert not workspace.run("validate").stderr
    workspace.at(service).apply()
    workspace.settled()


def test_without_a_list_of_users_what_was_looked_up_is_compared(workspace: Workspace) -> None:
    server = ReferenceServer()
    server.users["anna"] = {"username": "anna", "email": "anna@example.org", "id": server.id_of("anna")}
    workspace.write(ANNA + "  anni: {email: anna@example.org}\n  Anna: {email: x@example.org}\n")
    with serving(server, server) as url:
        workspace.url = url
        workspace.apply(code=3)
        assert server.users.keys() == {"anna"}


def test_a_look_up_that_finds_another_spelling_creates_nothing(workspace: Workspace) -> None:
    """A service that takes no notice of capitals where it looks up, and has no list."""
    server = ReferenceServer()
    server.users["anna"] = {"username": "anna", "email": "x@example.org", "id": server.id_of("anna")}
    workspace.write("users:\n  ANNA: {email: anna@example.org}\n")
    with serving(lambda asked: server(asked._replace(path=asked.path.replace("ANNA", "anna")))) as url:
        workspace.url = url
        assert reasons(workspace.plan()).keys() == {"user/ANNA"}


NAMES = st.text(st.sampled_from("aAßſ éÉ́ﬁ.\u200b1"), min_size=1, max_size=6)


@given(NAMES)
def test_a_name_has_one_form_however_it_is_written(name: str) -> None:
    from unicodedata import normalize

    spellings = (name.upper(), name.lower(), f" {name}\u200b", normalize("NFD", name), normalize("NFC", name))
    assert {form_of(form_of(name))} == {form_of(spelling) for spelling in (name, *spellings)}


@given(st.dictionaries(NAMES, NAMES, max_size=4), st.dictionaries(NAMES, NAMES, max_size=4))
def test_what_is_created_is_nobody_elses(there: dict[str, str], wished: dict[str, str]) -> None:
    """After all that may be created is there, no new name or address is like one that was, or is new."""
    live: dict[str, dict[str, Any]] = {name: {"email": address} for name, address in there.items()}
    accounts = Accounts(live, wished.items())
    new = {
        name: address
        for name, address in wished.items()
        if name not in there and not accounts.why_not_created(name, address)
    }
    for index, old in ((0, there), (1, there)):
        forms = [form_of(pair[index]) for pair in new.items()]
        assert len(set(forms)) == len(forms)
        assert set(forms).isdisjoint(form_of(pair[index]) for pair in old.items())


def test_one_address_in_two_environments_of_the_tenant_is_said(workspace: Workspace) -> None:
    (workspace.folder / "env").mkdir()
    workspace.write(ANNA, "env/a.yaml")
    workspace.write(
        ANNA.replace("anna:", "anni:").replace("a@e", "A@E"), "env/b.yaml", HEAD.replace("staffing", "b")
    )
    done = workspace.run("validate", "env/a.yaml")
    assert done.code == 0
    assert "env/a.yaml:7:17: warning: `anna` has the address of `anni` in env/b.yaml:7:3" in done.stderr
