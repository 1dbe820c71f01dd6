"""Seed files: invented people, and what only people write (issue 3, item 2)."""

from __future__ import annotations

import pytest

from reconciler.simulator import Options, seed, start

YEAR = ("2026-01-01T00:00:00.000Z", "2026-12-31T23:59:59.999Z")
DOCUMENT = """
tenants:
  gh:
    users:
      - username: johndoe
        email: j.doe@example.org
        phone: +15552009845
        timezone: US/Pacific
        customUserAttributes: {npi: 0123456789, languages: [en, no]}
        userState: ACTIVE
        seats: [GENERAL]
      - {username: janedoe, email: jane@example.org}
    instances:
      sb-demo:
        cdts:
          - {name: mood, fields: [{name: value, type: integer}, {name: note, type: text}]}
        patients:
          - {firstName: Ada, lastName: Invented, externalId: P-1001, birthDate: 1990-01-02T00:00:00.000Z}
        workHours:
          - user: johndoe
            startDateTime: 2026-12-01T00:00:00.000Z
            endDateTime: null
            daysInfo: [{day: 1, startTime: 09:00:00, endTime: 17:00:00}]
          - user: johndoe
            startDateTime: 2026-06-01T00:00:00.000Z
            endDateTime:
            daysInfo: []
        events:
          - host: johndoe
            eventTitle: Made by hand
            eventStatus: Scheduled
            eventType: ENCOUNTER
            startDateTime: 2026-12-01T17:00:00.000Z
            endDateTime: 2026-12-01T18:00:00.000Z
            participants: [{patient: P-1001}, {user: janedoe, attended: true}]
          - host: janedoe
            externalId: other/series@2026-12-01
            startDateTime: 2026-12-01T17:00:00.000Z
            endDateTime: 2026-12-01T18:00:00.000Z
        records:
          - {patient: P-1001, cdt: mood, jsonBody: {value: "7", note: "fine"}}
"""


@pytest.fixture
def path(tmp_path):
    file = tmp_path / "seed.yaml"
    file.write_text(DOCUMENT, encoding="utf-8")
    return str(file)


def _everything(speaker):
    """What the seed is about, as read through the API."""
    users = speaker.tenant("GET", "/users?sort=username").json()["data"]
    patients = speaker.instance("GET", "/patients").json()["content"]
    mood = f"/patients/{patients[0]['id']}/cdts/mood"
    return {
        "users": users,
        "patients": patients,
        "hours": speaker.hours_of(*(user["id"] for user in users)),
        "events": speaker.events(*YEAR, sort="eventTitle,desc")["content"],
        "records": speaker.instance("GET", mood).json()["data"]["content"],
    }


def test_a_seed_is_there_when_the_simulator_answers(simulate, path):
    found = _everything(simulate(seed_files=(path,)))
    jane, john = found["users"]
    assert (john["userState"], john["enabled"], john["seats"]) == ("ACTIVE", True, ["GENERAL"])
    assert (jane["userState"], john["phone"]) == ("PROVISIONED", "+15552009845")
    assert john["customUserAttributes"] == {"npi": "0123456789", "languages": ["en", "no"]}
    assert [row["endDateTime"] for row in found["hours"][0]["details"]] == [None, None]  # not cut
    by_hand, owned = found["events"]
    assert (by_hand["eventStatus"], by_hand["eventType"]) == ("Scheduled", "ENCOUNTER")
    assert [each["participantRole"] for each in by_hand["participants"]] == ["psm", "patient", "psm"]
    assert owned["externalId"] == "other/series@2026-12-01"
    assert found["records"][0]["jsonBody"]["value"] == 7


def test_loading_a_seed_again_changes_nothing(simulate, path, tmp_path):
    db = str(tmp_path / "db")
    start(Options(db=db, seed_files=(path,))).stop()
    speaker = simulate(db=db)
    before = _everything(speaker)
    seed(speaker.url, path)
    assert _everything(speaker) == before


def test_a_seed_serves_the_reference_profile_too(simulate, path):
    speaker = simulate(profile="reference", seed_files=(path,))
    assert speaker.tenant("GET", "/users/johndoe").json()["phone"] == "+15552009845"


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (("tenants:", "tenant:"), "tenants: is required"),
        (("email: jane@example.org", "email: jane"), "gh users[1]: email: must be an e-mail address"),
        (
            ("username: janedoe,", "username: janedoe, nickname: J,"),
            "gh users[1]: nickname: is not a known key",
        ),
        (("host: johndoe", "host: nobody"), "gh/sb-demo events[0]: host: nobody is called 'nobody'"),
        (("type: integer", "type: whole"), "gh/sb-demo cdts[0]: fields[0].type: must be one of"),
        (('value: "7"', "value: high"), "gh/sb-demo records[0]: value: must be a whole number"),
        (("externalId: P-1001,", ""), "gh/sb-demo patients[0]: externalId: is required"),
        (("events:", "event:"), "tenants.gh.instances.sb-demo.event: is not a known key"),
        (("[en, no]", "[en, no"), "expected"),
    ],
)
def test_a_wrong_seed_is_told_in_one_line_and_nothing_is_kept(simulate, tmp_path, change, says):
    file = tmp_path / "wrong.yaml"
    file.write_text(DOCUMENT.replace(*change), encoding="utf-8")
    speaker = simulate()
    with pytest.raises(ValueError) as raised:
        seed(speaker.url, str(file))
    assert says in str(raised.value) and "\n" not in str(raised.value)
    assert str(raised.value).startswith(str(file))
    assert speaker.tenant("GET", "/users").json()["metaInfo"]["totalElements"] == 0
    with pytest.raises(ValueError, match=r"wrong\.yaml"):
        start(Options(seed_files=(str(file),)))


def test_a_missing_seed_is_an_os_error(tmp_path):
    with pytest.raises(OSError):
        start(Options(seed_files=(str(tmp_path / "nothing.yaml"),)))


def test_a_user_can_be_read_whole_where_answers_carry_no_id(simulate, path):
    speaker = simulate(profile="reference", reference_user_ids=False, seed_files=(path,))
    assert "id" not in speaker.tenant("GET", "/users/johndoe").json()
    assert len(speaker.control("GET", "/users/gh/johndoe")["id"]) == 36
