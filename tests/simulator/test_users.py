"""Users (reference, Users)."""

from __future__ import annotations

import pytest

FULL = {
    "username": "johndoe",
    "email": "j.doe@email.com",
    "phone": "+15552009845",
    "timezone": "America/Los_Angeles",
    "firstName": "John",
    "lastName": "Doe",
    "credentials": "MD",
}
MISSING_WHEN_UNSET = {"firstName", "lastName", "phone", "timezone", "credentials", "updatedByName"}
ALWAYS = {
    *(
        "id",
        "username",
        "email",
        "enabled",
        "mfaEnabled",
        "statusType",
        "createdAt",
        "updatedAt",
        "ssoAccess",
    ),
    *(
        "passwordAccess",
        "terminologyName",
        "userState",
        "customUserAttributes",
        "allowedToReceiveCalls",
        "seats",
    ),
    *("seatAssignAllowed", "territories", "roles", "policies", "applicationAccess", "_root_user"),
}


def test_create_needs_a_username_and_an_email_alone(live):
    answer = live.tenant("POST", "/users", {"username": "janedoe", "email": "jane@example.org"})
    user = answer.json()
    assert answer.status_code == 201
    assert set(user) >= ALWAYS
    assert not set(user) & MISSING_WHEN_UNSET
    assert (user["userState"], user["enabled"], user["statusType"]) == ("PROVISIONED", False, None)


def test_a_user_is_read_by_username_and_by_id(live):
    user = live.user(**{key: value for key, value in FULL.items() if key not in ("username", "email")})
    by_name = live.tenant("GET", "/users/johndoe")
    by_id = live.tenant("GET", f"/users/{user['id']}", params={"type": "ID"})
    assert by_name.status_code == by_id.status_code == 200
    assert by_name.json() == by_id.json()
    assert by_name.json()["phone"] == "+15552009845"


def test_the_seat_flag_flips_between_the_creation_and_the_next_read(live):
    assert live.user()["seatAssignAllowed"] is False
    assert live.tenant("GET", "/users/johndoe").json()["seatAssignAllowed"] is True


@pytest.mark.parametrize("username", ["a@b.c", "with space", "with/slash", "per%cent", "ünïcode", "q?x=1#y"])
def test_any_username_is_found_percent_encoded(live, username):
    from urllib.parse import quote

    live.tenant("POST", "/users", {"username": username, "email": "x@example.org"})
    assert live.tenant("GET", f"/users/{quote(username, safe='')}").json()["username"] == username


def test_an_unknown_user_is_a_404_with_a_dated_error(live):
    answer = live.tenant("GET", "/users/me")
    error = answer.json()[0]
    assert answer.status_code == 404
    assert (error["errorCode"], error["componentType"]) == ("USER_NOT_FOUND", "USER")
    assert error["date"].endswith("Z")


def test_a_username_is_taken_once(live):
    live.user()
    answer = live.tenant("POST", "/users", {"username": "johndoe", "email": "other@example.org"})
    assert answer.status_code == 409
    other = live.user("janedoe")
    assert live.tenant("PATCH", "/users/janedoe", {"username": "johndoe"}).status_code == 409
    assert live.tenant("PATCH", f"/users/{other['id']}?type=ID", {"username": "jane"}).status_code == 200
    assert live.tenant("GET", "/users/jane").status_code == 200


def test_tenants_do_not_share_users(live):
    live.user()
    token = live.send("POST", "/other/admin/api_clients/X", {"secret": "simulator"}).json()["token"]
    answer = live.send("GET", "/other/admin/users", headers={"Authorization": f"Bearer {token}"})
    assert answer.json()["metaInfo"]["totalElements"] == 0


def test_patch_changes_only_what_is_sent_and_answers_the_old_updated_at(live):
    live.control("PUT", "/clock", {"frozen": True})
    user = live.user(timezone="US/Pacific")
    live.control("PUT", "/clock", {"advanceSeconds": 60})
    answer = live.tenant("PATCH", "/users/johndoe", {"credentials": "MD"})
    assert answer.status_code == 200
    assert (answer.json()["credentials"], answer.json()["timezone"]) == ("MD", "US/Pacific")
    assert answer.json()["updatedAt"] == user["updatedAt"]
    assert live.tenant("GET", "/users/johndoe").json()["updatedAt"] > user["updatedAt"]


def test_patching_null_makes_a_key_go_missing(live):
    live.user(credentials="MD", phone="+15552009845")
    assert "credentials" not in live.tenant("PATCH", "/users/johndoe", {"credentials": None}).json()
    assert live.tenant("PATCH", "/users/johndoe", {"email": None}).status_code == 400


def test_unknown_keys_are_dropped_live(live):
    user = live.user(userAttributes={"a": "b"}, somethingElse=1, userState="ACTIVE")
    assert "userAttributes" not in user and "somethingElse" not in user
    assert user["userState"] == "PROVISIONED"


def test_custom_attributes_hold_a_text_or_texts(live):
    attributes = {"npi": "0123456789", "licensure_states": ["CA", "WA"]}
    assert live.user(customUserAttributes=attributes)["customUserAttributes"] == attributes
    answer = live.tenant("PATCH", "/users/johndoe", {"customUserAttributes": {"npi": 12}})
    assert (answer.status_code, answer.json()[0]["details"]) == (400, {"field": "customUserAttributes.npi"})


def _activate(speaker, state="ACTIVE"):
    speaker.user(firstName="John")
    speaker.control("PATCH", "/users/gh/johndoe", {"userState": state})


@pytest.mark.parametrize("state", ["ACTIVE", "INACTIVE"])
def test_after_provisioning_other_keys_are_refused(live, state):
    _activate(live, state)
    answer = live.tenant("PATCH", "/users/johndoe", {"firstName": "Jack", "credentials": "MD"})
    assert (answer.status_code, answer.json()[0]["details"]) == (403, {"fields": ["firstName"]})
    assert "date" not in answer.json()[0]
    assert "credentials" not in live.tenant("GET", "/users/johndoe").json()


def test_after_provisioning_other_keys_are_ignored_where_the_options_say_so(simulate):
    speaker = simulate(provisioned_rule="ignore")
    _activate(speaker)
    answer = speaker.tenant("PATCH", "/users/johndoe", {"firstName": "Jack", "credentials": "MD"})
    assert answer.status_code == 200
    assert (answer.json()["firstName"], answer.json()["credentials"]) == ("John", "MD")


def test_after_provisioning_four_keys_stay_writable(live):
    _activate(live)
    wish = {
        "credentials": "MD",
        "timezone": "US/Hawaii",
        "locale": "es-US",
        "customUserAttributes": {"npi": "1"},
        "firstName": "John",  # as it is
    }
    answer = live.tenant("PATCH", "/users/johndoe", wish)
    assert answer.status_code == 200
    assert {key: answer.json()[key] for key in wish} == wish


def test_a_user_is_enabled_exactly_while_active(live):
    _activate(live)
    assert live.tenant("GET", "/users/johndoe").json()["enabled"] is True
    live.control("PATCH", "/users/gh/johndoe", {"userState": "INACTIVE"})
    assert live.tenant("GET", "/users/johndoe").json()["enabled"] is False


def test_put_erases_what_is_not_sent(live):
    user = live.user(credentials="MD", locale="es-US", customUserAttributes={"npi": "1"})
    answer = live.tenant("PUT", "/users/johndoe", {"username": "johndoe", "email": "new@example.org"})
    assert answer.status_code == 200
    assert "credentials" not in answer.json()
    assert (answer.json()["customUserAttributes"], answer.json()["locale"]) == ({}, "en-US")
    assert (answer.json()["id"], answer.json()["email"]) == (user["id"], "new@example.org")


def test_put_needs_the_required_keys(live):
    live.user()
    answer = live.tenant("PUT", "/users/johndoe", {"firstName": "John"})
    assert answer.status_code == 400
    assert {error["details"]["field"] for error in answer.json()} == {"username", "email"}


def test_delete_is_restricted_live_with_the_recorded_error(live):
    user = live.user()
    answer = live.tenant("DELETE", f"/users/{user['id']}", params={"type": "ID"})
    error = answer.json()[0]
    assert answer.status_code == 403
    assert (error["errorCode"], error["componentType"]) == ("ACCESS_FOR_API_CLIENT_RESTRICTED", "AUTH")
    assert set(error["details"]) == {"clientId", "clientName", "clientType", "organizationName", "requestURI"}
    assert "date" not in error
    assert live.tenant("GET", "/users/johndoe").ok


def _people(live, count=45):
    for number in range(count):
        live.user(f"user{number:03}", lastName=f"Name{number % 3}", firstName="Ada")


def test_users_come_in_meta_info_pages_of_20(live):
    _people(live)
    page = live.tenant("GET", "/users").json()
    assert len(page["data"]) == 20
    assert page["metaInfo"] == {
        "page": 0,
        "pageSize": 20,
        "totalElements": 45,
        "numberOfElements": 20,
        "firstPage": True,
        "lastPage": False,
        "totalPages": 3,
    }
    last = live.tenant("GET", "/users", params={"page": 2}).json()
    assert (len(last["data"]), last["metaInfo"]["lastPage"]) == (5, True)


def test_a_page_size_is_honoured_up_to_the_most_and_echoed(simulate):
    speaker = simulate(max_page_size=10)
    _people(speaker, 12)
    page = speaker.tenant("GET", "/users", params={"size": 500}).json()
    assert (len(page["data"]), page["metaInfo"]["pageSize"]) == (10, 10)


def test_the_default_order_is_in_no_visible_order_but_repeatable(live):
    _people(live)
    names = [user["username"] for user in live.tenant("GET", "/users", params={"size": 100}).json()["data"]]
    assert names != sorted(names)
    assert names == [user["username"] for user in live.tenant("GET", "/users?size=100").json()["data"]]


def test_sort_orders_all_pages_as_spring_does(live):
    _people(live)
    pages = [
        live.tenant("GET", "/users", params={"sort": "lastName,desc,username,asc", "page": page}).json()[
            "data"
        ]
        for page in range(3)
    ]
    found = [(user["lastName"], user["username"]) for page in pages for user in page]
    assert found == sorted(sorted(found, key=lambda each: each[1]), key=lambda each: each[0], reverse=True)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"search": "user00"}, 10),
        ({"email": "user007@example.org"}, 1),
        ({"lastName": "Name1"}, 15),
        ({"lastName": "Name1", "firstName": "Nobody"}, 0),
        ({"userState": "PROVISIONED"}, 45),
        ({"userState": "ACTIVE"}, 0),
        ({"seatAssigned": "true"}, 0),
        ({"seatAssigned": "False"}, 45),
        ({"roleName": "nurse"}, 0),
        ({"region": "west"}, 0),
        ({"includeDeleted": "true"}, 45),
    ],
)
def test_users_are_filtered(live, query, expected):
    _people(live)
    assert live.tenant("GET", "/users", params=query).json()["metaInfo"]["totalElements"] == expected


def test_users_are_found_by_ids(live):
    ids = [live.user(f"user{number}")["id"] for number in range(3)]
    found = live.tenant("GET", "/users", params={"ids": ",".join(ids[:2])}).json()["data"]
    assert {user["id"] for user in found} == set(ids[:2])


def test_an_instance_shares_the_users_of_its_tenant(live):
    live.user()
    assert live.instance("GET", "/users").json()["metaInfo"]["totalElements"] == 1


def test_reference_answers_the_keys_of_its_sample_and_the_id(reference):
    answer = reference.tenant("POST", "/users", FULL)
    assert answer.status_code == 201
    assert set(answer.json()) == {*FULL, "id"}


def test_reference_answers_no_id_where_the_options_say_so(simulate):
    speaker = simulate(profile="reference", reference_user_ids=False)
    assert speaker.tenant("POST", "/users", FULL).json() == FULL
    assert speaker.tenant("GET", "/users/johndoe").json() == FULL


def test_reference_has_no_user_list(reference):
    assert reference.tenant("GET", "/users").status_code == 405
    assert reference.instance("GET", "/users").status_code == 404


def test_reference_patches_puts_and_deletes_users(reference):
    reference.user(credentials="MD")
    patched = reference.tenant("PATCH", "/users/johndoe", {"firstName": "Jack"})
    assert (patched.json()["firstName"], patched.json()["credentials"]) == ("Jack", "MD")
    put = reference.tenant("PUT", "/users/johndoe", {"username": "johndoe", "email": "new@example.org"})
    assert set(put.json()) == {"id", "username", "email"}
    assert reference.tenant("DELETE", "/users/johndoe").status_code == 204
    assert reference.tenant("GET", "/users/johndoe").status_code == 404


@pytest.mark.parametrize(("unknown_keys", "status"), [("refuse", 400), ("drop", 201)])
def test_reference_refuses_keys_it_does_not_know_unless_told_to_drop_them(simulate, unknown_keys, status):
    speaker = simulate(profile="reference", unknown_keys=unknown_keys)
    answer = speaker.tenant("POST", "/users", {**FULL, "locale": "en-US"})
    assert answer.status_code == status
