"""Whose an override is, and what becomes of one that nobody declares any more, as users meet it."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reconciler.client import Client
from reconciler.client.work_hours import WorkHours
from tests.conftest import HEAD, NOW, Workspace
from tests.support.cli import IMPATIENT, SECRET
from tests.support.examples import examples
from tests.support.service import JSON, Service, simulated

PEOPLE = "users:\n  johndoe: {email: john@example.org, timezone: America/Los_Angeles}\n"
USUAL = "{from: 2026-12-01, days: {mon-thu: 09:00-18:00}}"
BREAK = "{override: Winter break, from: 2026-12-24, to: 2026-12-26, days: off}"
DENTIST = "{override: Dentist, from: 2027-02-11, to: 2027-02-11, days: {thu: 12:00-16:00}}"
ALLOWED = ("--allow", "deletes=99", "--allow", "deletePercent=100", "--allow", "updatePercent=100")


def declared(*items: str, prune: bool = True) -> str:
    return f"prune: {str(prune).lower()}\n{PEOPLE}workHours:\n  johndoe: [{', '.join(items)}]\n"


def overrides(service: Service) -> list[JSON]:
    rows = service.hours("johndoe")["johndoe"]
    found = [row for row in rows if row.get("ruleType") == "OVERRIDE"]
    return sorted(found, key=lambda row: (row["startDateTime"], row["workHoursId"]))


def by_hand(service: Service, start: str, end: str, name: str = "By hand", **fields: Any) -> None:
    """A person makes an override in Welkin: these dates off."""
    body = {
        "psmId": fields.pop("psmId", None) or service.id_of("johndoe"),
        "startDateTime": f"{start}T00:00:00.000Z",
        "endDateTime": f"{end}T23:59:59.999Z",
        "daysInfo": [{"day": day, "startTime": None, "endTime": None} for day in range(1, 8)],
        **{"type": "WORKING_HOURS", "ruleType": "OVERRIDE", "name": name, **fields},
    }
    service.send("POST", "/gh/sb-demo/calendar/work-hours", body)


def by_our_client(service: Service, *args: Any, **fields: Any) -> None:
    """The same by the client that the program runs as."""
    by_a_person = service.session.headers["Authorization"]
    token = service.send("POST", "/gh/admin/api_clients/TESTS", {"secret": SECRET}).json()["token"]
    service.session.headers["Authorization"] = f"Bearer {token}"
    by_hand(service, *args, **fields)
    service.session.headers["Authorization"] = by_a_person


def dates(rows: list[JSON]) -> list[tuple[str, str]]:
    return [(row["startDateTime"][:10], row["endDateTime"][:10]) for row in rows]


def test_one_that_goes_is_put_long_past_whole_and_seen_no_more(
    workspace: Workspace, service: Service
) -> None:
    workspace.at(service).write(declared(USUAL, BREAK))
    workspace.apply()
    (had,) = overrides(service)
    workspace.write(declared(USUAL))
    service.forget()
    done = workspace.apply()
    assert [call.method for call in service.writes()] == ["PUT"]
    assert "  - workHours/johndoe  " in done.stdout
    (now,) = overrides(service)
    assert dates([now]) == [("2000-01-01", "2000-01-01")]
    for name in ("workHoursId", "name", "type", "ruleType", "createdBy"):
        assert now[name] == had[name]
    days = [[(d["day"], d["startTime"], d["endTime"]) for d in row["daysInfo"]] for row in (had, now)]
    assert days[0] == days[1]
    workspace.settled()


def test_a_running_one_ends_yesterday_in_the_persons_zone(workspace: Workspace, service: Service) -> None:
    workspace.at(service).write(declared(USUAL, BREAK))
    workspace.apply()
    workspace.now = "2026-12-26T03:00:00Z"  # still the 25th in Los Angeles
    service.at(workspace.now)
    workspace.write(declared(USUAL))
    workspace.apply()
    (now,) = overrides(service)
    assert dates([now]) == [("2026-12-24", "2026-12-24")]
    assert now["daysInfo"]
    workspace.settled()


def test_one_whose_named_days_are_yet_to_come_is_not_left_without_any(
    workspace: Workspace, service: Service
) -> None:
    workspace.at(service).write(declared(USUAL))
    workspace.apply()
    saturday = [{"day": 6, "startTime": "09:00:00", "endTime": "13:00:00"}]
    by_our_client(service, "2026-12-24", "2026-12-26", daysInfo=saturday)
    workspace.now = "2026-12-25T20:00:00Z"
    service.at(workspace.now)
    workspace.apply()
    (now,) = overrides(service)
    assert dates([now]) == [("2026-12-24", "2026-12-24")]
    assert [info["day"] for info in now["daysInfo"]] == [6]
    workspace.settled()


def test_one_without_days_says_nobody_knows_what_and_is_dated_back(
    workspace: Workspace, service: Service
) -> None:
    workspace.at(service).write(declared(USUAL))
    workspace.apply()
    by_our_client(service, "2026-12-24", "2026-12-26", daysInfo=[])
    workspace.apply()
    assert dates(overrides(service)) == [("2000-01-01", "2000-01-01")]
    workspace.settled()


def test_one_whose_last_day_is_over_is_not_made_again_without_days(
    workspace: Workspace, service: Service
) -> None:
    text = declared(USUAL, "{override: Duty, from: 2026-12-24, to: 2026-12-26, days: {thu: 09:00-13:00}}")
    workspace.at(service).write(declared(USUAL))
    workspace.apply()
    workspace.now = "2026-12-25T20:00:00Z"
    service.at(workspace.now)
    workspace.write(text)
    workspace.settled()


def test_without_prune_all_that_stay_are_named_in_one_line_with_the_place(
    workspace: Workspace, service: Service
) -> None:
    workspace.at(service).write(declared(USUAL, BREAK, DENTIST, prune=False))
    workspace.apply()
    workspace.write(declared(USUAL, prune=False))
    (warning,) = [text for text in workspace.plan().data["warnings"] if "override" in text]
    assert warning.startswith("env.yaml:10:3: ")
    assert "workHours/johndoe/override@2026-12-24, workHours/johndoe/override@2027-02-11" in warning
    assert "`prune: true`" in warning
    workspace.settled()


def test_without_prune_one_in_the_way_of_a_declared_one_makes_room(
    workspace: Workspace, service: Service
) -> None:
    workspace.at(service).write(declared(USUAL, BREAK, prune=False))
    workspace.apply()
    longer = "{override: Holidays, from: 2026-12-22, to: 2027-01-01, days: off}"
    workspace.write(declared(USUAL, longer, prune=False))
    workspace.apply()
    assert dates(overrides(service)) == [("2026-12-22", "2027-01-01")]
    workspace.settled()


def test_without_prune_one_of_other_weekdays_is_in_nobodys_way(
    workspace: Workspace, service: Service
) -> None:
    monday = "{override: Course, from: 2027-02-01, to: 2027-02-28, days: {mon: off}}"
    friday = "{override: Duty, from: 2027-02-02, to: 2027-02-28, days: {fri: 09:00-12:00}}"
    workspace.at(service).write(declared(USUAL, monday, prune=False))
    workspace.apply()
    workspace.write(declared(USUAL, friday, prune=False))
    workspace.apply()
    assert dates(overrides(service)) == [("2027-02-01", "2027-02-22"), ("2027-02-05", "2027-02-26")]
    workspace.settled()


def test_one_made_by_hand_is_no_drift_whatever_it_says(workspace: Workspace, service: Service) -> None:
    workspace.at(service).write(declared(USUAL))
    workspace.apply()
    by_hand(service, "2027-02-11", "2027-02-12")
    workspace.settled()


def test_one_that_states_a_date_of_ours_blocks_ours_even_where_it_is_there(
    workspace: Workspace, service: Service
) -> None:
    workspace.at(service).write(declared(USUAL, DENTIST))
    workspace.apply()
    by_hand(service, "2027-02-10", "2027-02-12")
    before = overrides(service)
    done = workspace.apply(code=3)
    reason = "blocked: an override made in Welkin states 2027-02-11 as well: end it there"
    assert reason in done.stdout
    assert overrides(service) == before


def test_one_made_by_hand_that_begins_on_our_date_is_edited_and_stays_when_taken_out(
    workspace: Workspace, service: Service
) -> None:
    workspace.at(service).write(declared(USUAL))
    workspace.apply()
    by_hand(service, "2027-02-11", "2027-02-11")
    (before,) = overrides(service)
    workspace.write(declared(USUAL, DENTIST))
    workspace.apply()
    (edited,) = overrides(service)
    assert (edited["workHoursId"], edited["name"]) == (before["workHoursId"], "Dentist")
    workspace.settled()
    workspace.write(declared(USUAL))
    warnings = workspace.plan().data["warnings"]
    assert any("override@2027-02-11: made in Welkin and declared no more: it stays" in w for w in warnings)
    workspace.settled()
    assert overrides(service) == [edited]


def test_of_two_that_begin_on_our_date_ours_is_ours(workspace: Workspace, service: Service) -> None:
    workspace.at(service).write(declared(USUAL, DENTIST))
    workspace.apply()
    by_hand(service, "2027-02-11", "2027-02-11")
    (change,) = workspace.plan().plan
    assert (change["action"], change["key"]) == ("blocked", "workHours/johndoe/override@2027-02-11")


def makers_shown_as(monkeypatch: pytest.MonkeyPatch, by: Any, ids: frozenset[str] | None = None) -> None:
    """Make the service name makers in its own way, or not at all, and the token tell these ids."""
    read = WorkHours.read

    def named(self: WorkHours, *asked: Any) -> Any:
        return {id: [_by(row, by) for row in details] for id, details in read(self, *asked).items()}

    monkeypatch.setattr(WorkHours, "read", named)
    if ids is not None:
        monkeypatch.setattr(Client, "client_ids", property(lambda self: ids))


def _by(row: JSON, by: Any) -> JSON:
    bare = {key: value for key, value in row.items() if key not in ("createdBy", "updatedBy")}
    return bare if by is None else bare | {"createdBy": by(row)}


@pytest.mark.parametrize("name", ["TESTS", "API_CLIENT:TESTS"])
def test_where_rows_show_our_clients_name_it_is_ours(
    workspace: Workspace, service: Service, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    workspace.at(service).write(declared(USUAL, BREAK))
    workspace.apply()
    workspace.write(declared(USUAL))
    makers_shown_as(monkeypatch, lambda row: name)
    assert [change["action"] for change in workspace.plan().plan] == ["retire"]


@pytest.mark.parametrize(
    ("by", "ids"),
    [(None, None), (lambda row: row["workHoursId"], frozenset())],
    ids=["rows tell nobody", "the token tells nothing"],
)
def test_where_nobody_tells_whose_it_is_it_stays_and_is_named(
    workspace: Workspace, service: Service, monkeypatch: pytest.MonkeyPatch, by: Any, ids: Any
) -> None:
    workspace.at(service).write(declared(USUAL, BREAK, DENTIST))
    workspace.apply()
    before = overrides(service)
    makers_shown_as(monkeypatch, by, ids)
    workspace.settled()
    workspace.write(declared(USUAL, DENTIST.replace("12:00", "13:00")))
    plan = workspace.plan()
    assert [change["key"] for change in plan.plan] == ["workHours/johndoe/override@2027-02-11"]
    (warning,) = [text for text in plan.data["warnings"] if "override" in text]
    assert "workHours/johndoe/override@2026-12-24" in warning
    assert "stays" in warning
    workspace.apply()
    assert overrides(service)[0] == before[0]


def test_a_row_without_a_maker_among_rows_with_one_is_nobodys(
    workspace: Workspace, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace.at(service).write(declared(USUAL, BREAK))
    workspace.apply()
    workspace.write(declared(USUAL))
    ours = {row["workHoursId"]: row["createdBy"] for row in service.hours("johndoe")["johndoe"]}
    (row,) = overrides(service)
    ours[row["workHoursId"]] = None
    makers_shown_as(monkeypatch, lambda row: ours[row["workHoursId"]])
    assert not any("override" in text for text in workspace.plan().data["warnings"])
    workspace.settled()


def test_what_went_comes_back_by_the_undo_file(workspace: Workspace, service: Service) -> None:
    workspace.at(service).write(declared(USUAL, BREAK))
    workspace.apply()
    (had,) = overrides(service)
    workspace.write(declared(USUAL, DENTIST.replace("2027-02-11", "2026-12-31")))
    workspace.apply()
    workspace.write(declared(USUAL))
    workspace.apply("--undo-file", "undo.json")
    (gone,) = overrides(service)
    assert dates([gone]) == [("2000-01-01", "2000-01-01")]
    done = workspace.run("apply", "undo.json")
    assert done.code == 0, done
    (back,) = overrides(service)
    assert dates([back]) == [("2026-12-31", "2026-12-31")]
    assert back["workHoursId"] == had["workHoursId"]


def test_a_new_one_is_undone_by_dating_it_back(workspace: Workspace, service: Service) -> None:
    workspace.at(service).write(declared(USUAL))
    workspace.apply()
    workspace.write(declared(USUAL, BREAK))
    workspace.apply("--undo-file", "undo.json")
    done = workspace.run("apply", "undo.json")
    assert done.code == 0, done
    (gone,) = overrides(service)
    assert dates([gone]) == [("2000-01-01", "2000-01-01")]
    assert len(gone["daysInfo"]) == 3


def test_a_saved_plan_dates_back_and_is_then_done(workspace: Workspace, service: Service) -> None:
    workspace.at(service).write(declared(USUAL, BREAK))
    workspace.apply()
    workspace.write(declared(USUAL))
    assert workspace.run("plan", "--out", "plan.json").code == 0
    assert workspace.run("apply", "plan.json").code == 0
    assert dates(overrides(service)) == [("2000-01-01", "2000-01-01")]
    again = workspace.run("apply", "plan.json")
    assert (again.code, "0 writes" in again.stdout) == (0, True), again


@pytest.mark.parametrize("protected", ["workHours/johndoe", "workHours/johndoe/override@2026-*"])
def test_protect_holds(workspace: Workspace, service: Service, protected: str) -> None:
    workspace.at(service).write(declared(USUAL, BREAK))
    workspace.apply()
    before = overrides(service)
    workspace.write(f"protect: [{protected}]\n" + declared(USUAL))
    workspace.settled()
    assert overrides(service) == before


def test_a_protected_one_is_not_used_again_for_another(workspace: Workspace, service: Service) -> None:
    workspace.at(service).write(declared(USUAL, BREAK))
    workspace.apply()
    before = overrides(service)
    workspace.write("protect: [workHours/johndoe/override@2026-12-24]\n" + declared(USUAL, DENTIST))
    done = workspace.apply(code=3)
    assert "hours under `protect` stand on these dates" in done.stdout
    assert overrides(service) == before


def test_a_protected_override_holds_no_usual_hours_back(workspace: Workspace, service: Service) -> None:
    workspace.at(service).write(declared(USUAL, BREAK))
    workspace.apply()
    text = "protect: [workHours/johndoe/override@2026-*]\n" + declared(USUAL.replace("18:00", "17:00"))
    workspace.write(text)
    assert [change["action"] for change in workspace.plan().plan] == ["update"]


def test_overrides_that_go_count_at_the_brakes(workspace: Workspace, service: Service) -> None:
    workspace.at(service).write(declared(USUAL, BREAK, DENTIST))
    workspace.apply()
    workspace.write("limits: {deletes: 0}\n" + declared(USUAL))
    refused = workspace.apply(code=3)
    assert "--allow deletes=1" in refused.stderr
    workspace.apply("--allow", "deletes=1")
    workspace.settled()


@pytest.mark.parametrize(
    ("when", "hours", "says"),
    [
        ("from: 2027-02-11, to: 2027-02-11", "{fri: 12:00-16:00}",
         "2027-02-11 is a Thursday, the hours name only fri: write `thu: …`"),
        ("from: 2027-02-11, to: 2027-02-12", "{sat-sun: off}",
         "2027-02-11 to 2027-02-12 are Thursday to Friday, the hours name only sat, sun"),
    ],
)  # fmt: skip
def test_one_none_of_whose_weekdays_lies_in_its_dates_is_an_error(
    workspace: Workspace, when: str, hours: str, says: str
) -> None:
    workspace.write(declared(USUAL, f"{{override: X, {when}, days: {hours}}}"))
    done = workspace.run("validate")
    assert done.code == 1
    assert says in done.stdout + done.stderr
    assert "env.yaml:10:" in done.stdout + done.stderr


starts = st.integers(-2, 12).map(lambda step: date(2026, 11, 24) + timedelta(days=step))
stretches = st.tuples(starts, st.integers(0, 4)).map(lambda s: (s[0], s[0] + timedelta(days=s[1])))
some_days = st.sampled_from(["off", "{mon-sun: 10:00-12:00}", "{mon-sun: 09:00-10:00}"])
# Of one wish no two speak of one date: they begin five days apart.
specials = st.tuples(
    st.integers(0, 4),
    st.dictionaries(st.integers(-1, 2), st.tuples(st.integers(0, 4), some_days), max_size=3),
).map(
    lambda drawn: {
        date(2026, 11, 24) + timedelta(days=drawn[0] + 5 * step): rest for step, rest in drawn[1].items()
    }
)
Wish = tuple[dict[date, tuple[int, str]] | None, bool, list[tuple[date, date]], int]
wishes = st.tuples(st.none() | specials, st.booleans(), st.lists(stretches, max_size=2), st.integers(0, 3))


@pytest.mark.parametrize("cuts", [False, True])
@settings(examples(40), suppress_health_check=[*HealthCheck])
@given(steps=st.lists(wishes, min_size=2, max_size=4))
def test_what_people_made_is_there_after_every_apply_byte_for_byte(cuts: bool, steps: list[Wish]) -> None:
    with (
        TemporaryDirectory() as folder,
        simulated(Path(folder), now=NOW, cut_neighbours=cuts) as service,
    ):
        workspace = Workspace(Path(folder), IMPATIENT).at(service)
        workspace.write(declared(USUAL))
        workspace.apply()
        day = datetime.fromisoformat(NOW)
        for special, prune, made, gap in steps:
            day += timedelta(days=gap)
            workspace.now = f"{day:%Y-%m-%dT%H:%M:%SZ}"
            service.at(workspace.now)
            for start, end in made:
                by_hand(service, str(start), str(end))
            _check_step(workspace, service, special, prune)


def _check_step(
    workspace: Workspace, service: Service, special: dict[date, tuple[int, str]] | None, prune: bool
) -> None:
    """Apply one wish (None: an empty list); others' rows stay, but one that begins as a declared one does."""
    items = [
        f"{{override: Ours, from: {start}, to: {start + timedelta(days=length)}, days: {days}}}"
        for start, (length, days) in (special or {}).items()
    ]
    workspace.write(declared(*([] if special is None else [USUAL, *items]), prune=prune), head=HEAD)
    us = _maker(service)
    named = {str(start) for start in special or ()}
    before = {row["workHoursId"]: json.dumps(row) for row in overrides(service)
              if row["createdBy"] != us and row["startDateTime"][:10] not in named}  # fmt: skip
    done = workspace.run("apply", "--auto-approve", *ALLOWED)
    assert done.code == 0 or (done.code == 3 and "an override made in Welkin" in done.stdout), done
    after = {row["workHoursId"]: json.dumps(row) for row in overrides(service)}
    assert before.items() <= after.items()
    again = workspace.run("plan", "--detailed-exitcode")
    assert again.code == (2 if done.code == 3 else 0), again
    if prune or special is None:
        _check_ours(service, workspace, us, special or {}, done.code)


def _maker(service: Service) -> str:
    """The id of the client that made the usual hours."""
    rows = service.hours("johndoe")["johndoe"]
    return str(next(row["createdBy"] for row in rows if row["ruleType"] == "DEFAULT"))


def _check_ours(
    service: Service, workspace: Workspace, us: str, special: dict[date, tuple[int, str]], code: int
) -> None:
    """Of ours only what is declared is left from today on, unless something is blocked."""
    today = workspace.now[:10]
    ours = [row for row in overrides(service) if row["createdBy"] == us and row["endDateTime"][:10] >= today]
    ends = {str(start + timedelta(days=length)) for start, (length, _) in special.items()}
    if code == 0:
        assert {row["endDateTime"][:10] for row in ours} <= ends
    assert all(row["daysInfo"] for row in overrides(service) if row["createdBy"] == us)
