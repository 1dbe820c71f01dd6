"""What the schemas allow, and what they say about the rest, at its place."""

from __future__ import annotations

import json
import re

import pytest
from jsonschema import Draft202012Validator
from referencing import Registry, Resource

from reconciler.dates.hours import NO_SHIFTS
from reconciler.manifest import schema_names, schema_text
from reconciler.manifest.explain import CLEARED
from reconciler.manifest.formats import Formats
from reconciler.manifest.reader import read
from reconciler.manifest.schema import check
from reconciler.model import Findings

SECTIONS = [
    "calendars",
    "closures",
    "events",
    "leave",
    "patients",
    "policies",
    "records",
    "roster",
    "rotations",
    "shifts",
    "swaps",
    "teams",
    "templates",
    "users",
    "workHours",
]

EVENT = "events: {e: {title: x, host: jo, starts: 2026-12-01T09:00, duration: 30m, %s}}"

ODD: list[tuple[str, list[str]]] = [
    ("user: {}", ["1:1: unknown key `user`; did you mean `users`?"]),
    (
        "zzz: x",
        [
            "1:1: unknown key `zzz`; it may be `include`, `users`, `workHours`, `leave`, `events`, "
            "`templates`, `shifts`, `rotations`, `roster`, `swaps`, `closures`, `teams`, `policies`, "
            "`patients`, `records`, `calendars`"
        ],
    ),
    ("users: [a]", ["1:8: expected a mapping (`key: value`), found a list"]),
    ("users: {jo: text}", ["1:13: expected a mapping (`key: value`), found text"]),
    ("users: {jo: {timezon: UTC}}", ["1:14: unknown key `timezon`; did you mean `timezone`?"]),
    (
        "users: {jo: {timezone: US/Pacifc}}",
        ["1:24: `US/Pacifc` is not a time zone: did you mean `US/Pacific`?"],
    ),
    (
        "users: {jo: {phone: 555}}",
        ["1:21: write the phone number with its country and no blanks, as in +15552009845"],
    ),
    ("users: {jo: {email: jo}}", ["1:21: write one e-mail address, as in j.doe@email.com"]),
    ("users: {jo doe: {}}", ["1:9: a username has no blanks and no slashes, and at most 128 characters"]),
    (
        r'users: {"j\u202eo": {email: "j\u200bo@x.org"}}',
        [
            "1:9: an invisible character stands here (U+202E, right-to-left override): delete it",
            "1:29: an invisible character stands here (U+200B, zero width space): delete it",
        ],
    ),
    ("users: {jo: {clear: [phone, phone]}}", ["1:29: `phone` stands here twice"]),
    (
        "users: {jo: {firstName: ''}}",
        ["1:25: an empty text: write something, or `clear: [firstName]` to empty it"],
    ),
    ("users: {jo: {ensure: gone}}", ["1:22: `gone` is not one of absent, departed"]),
    (
        "users: {jo: {attributes: {npi: {a: b}}}}",
        ["1:32: expected text or a list, found a mapping (`key: value`)"],
    ),
    ("workHours: {jo: [{days: off}]}", ["1:18: `from` is missing"]),
    (
        "workHours: {jo: [{from: 2026-12-01, rotation: {starts: 2026-12-01, cycle: E .}}]}",
        [
            "1:37: `weeks` is missing",
            "1:68: unknown key `cycle`; a cycle has a name: it stands under `rotations`, and here its name",
        ],
    ),
    ("workHours: {jo: [{form: 2026-12-01, days: off}]}", ["1:19: unknown key `form`; did you mean `from`?"]),
    (
        "workHours: {jo: [{from: 2026-12-01}]}",
        ["1:18: one of `days`, `rotation`, `template`, `hours` is missing"],
    ),
    (
        "workHours: {jo: [{from: 2026-12-01, days: off, template: x}]}",
        ["1:18: `days`, `template` exclude each other: write one of them"],
    ),
    (
        "workHours: {jo: [{from: 2026-12-01, days: off, override: x}]}",
        ["1:18: `to` is missing: `from` needs it"],
    ),
    (
        "workHours: {jo: [{from: 2026-12-01, days: {mon: 9-17}}]}",
        ["1:49: `9-17` is not a range of hours: write 09:00-17:00"],
    ),
    (
        "workHours: {jo: [{from: 2026-12-01, days: {mon: [9-17, 10:00-11:00]}}]}",
        ["1:50: `9-17` is not a range of hours: write 09:00-17:00"],
    ),
    (
        "workHours: {jo: [{from: 2026-12-01, days: {mon: [09:00-12:00, 11:00-12:00]}}]}",
        ["1:49: 09:00-12:00 and 11:00-12:00 overlap"],
    ),
    (
        "workHours: {jo: [{from: 2026-12-01, days: {mon-wed: off, wed-fri: off}}]}",
        ["1:58: the hours of wed are given twice"],
    ),
    (
        "workHours: {jo: [{from: 2026-12-01, days: {Mon: off, mon: {a: b}}}]}",
        [
            "1:44: `Mon` is not a day: write mon",
            "1:59: expected text or a list, found a mapping (`key: value`)",
        ],
    ),
    (
        "leave: {jo: 5.7.2027}",
        ["1:13: `5.7.2027` is not a date or range: write 2027-07-05 or 2027-07-05..2027-07-16"],
    ),
    (
        "events: {Stand_up: {title: x, host: jo, starts: 2026-12-01, allDay: true}}",
        ["1:10: a name has small letters, digits and hyphens only, at most 60, as in weekly-standup"],
    ),
    ("events: {e: {host: jo, starts: 2026-12-01T09:00, duration: 30m}}", ["1:10: `title` is missing"]),
    (
        "events: {e: {title: x, host: jo, starts: 2026-12-01T09:00}}",
        ["1:10: one of `duration`, `ends`, `allDay` is missing"],
    ),
    (
        EVENT % "type: apointment",
        ["1:81: `apointment` is not one of GROUP_THERAPY, APPOINTMENT, LEAVE; did you mean `APPOINTMENT`?"],
    ),
    (
        EVENT % "mode: IN_PERSON",
        ["1:81: `IN_PERSON` is not one of IN-PERSON, CALL, VIDEO; did you mean `IN-PERSON`?"],
    ),
    (EVENT % "mode: [CALL]", ["1:81: expected text, found a list"]),
    (EVENT % "repeat: {every: [week]}", ["1:91: expected text, found a list"]),
    (
        EVENT % "repeat: {every: week, room: 3}",
        ["1:97: unknown key `room`; write `location`, beside `repeat`"],
    ),
    ("users: {jo: {ensure: [absent]}}", ["1:22: expected text, found a list"]),
    (EVENT % "restore: yes", ["1:84: expected true or false, found `yes`"]),
    (EVENT % "change: {2027-01-05: {starts: 9am}}", ["1:105: `9am` is not a time of day: write 09:00"]),
    (EVENT % "repeat: {every: week, interval: 0}", ["1:107: expected at least 1, found `0`"]),
    (EVENT % "repeat: {every: week, count: 010}", ["1:104: expected a whole number, found `010`"]),
    (
        EVENT % "repeat: {every: month, monthDays: [0, 32]}",
        [
            "1:110: 0 counts nothing: write 1 for the first, -1 for the last",
            "1:113: expected at most 31, found `32`",
        ],
    ),
    (
        EVENT % "repeat: FREQ=HOURLY",
        ["1:83: FREQ=HOURLY is finer than a day: rules repeat by day, week, month or year"],
    ),
    (
        EVENT % "change: {2027-01-05: canceled}",
        ["1:96: write cancelled, or a mapping such as {starts: 10:00}"],
    ),
    (
        EVENT % "participants: [{patient: {email: a@example.com}}]",
        [
            "1:91: one of `externalId`, `id` is missing",
            "1:101: unknown key `email`; patients appear in manifests by `externalId` or `id` only",
        ],
    ),
    (
        EVENT % "participants: [{patient: {id: 6801d498-26f4-4aee-961b-5daffcf193c8, mrn: 1}}]",
        ["1:143: unknown key `mrn`; patients appear in manifests by `externalId` or `id` only"],
    ),
    (
        EVENT % "participants: [[jo]]",
        [
            "1:90: expected text or a mapping (`key: value`), found a list: write a username (no blanks, no "
            "slashes, at most 128 characters), {user: NAME}, {team: NAME} or {patient: {externalId: ID}}; "
            "user and team may have `from` and `until`"
        ],
    ),
    (
        EVENT % "repeat: {every: tuesday}",
        [
            "1:91: `tuesday` is not one of day, week, month, year; "
            "days of the week stand beside it: {every: week, on: tue}"
        ],
    ),
    (
        EVENT % "participants: [{user: jo, patient: {externalId: P-1}}]",
        ["1:90: `user`, `patient` exclude each other: write one of them"],
    ),
    ("policies: [{cover: 2, of: [jo]}]", ["1:12: `between` is missing", "1:12: `days` is missing"]),
    (
        "policies: [{users: all}]",
        [
            "1:12: one of `maxWeeklyHours`, `maxShiftHours`, `minRest`, `noOverlap`, `notice` is missing",
        ],
    ),
    (
        "policies: [{minRest: 11h, users: all, except: [{users: [jo]}]}]",
        ["1:48: `reason` is missing", "1:48: `until` is missing"],
    ),
    ("policies: [{noOverlap: false, users: all}]", ["1:24: expected `true`, found `false`"]),
]

GOOD = [
    "policies: [{cover: 2, of: {credentials: RN}, days: sat, between: 22:00-06:00, timezone: Asia/Tokyo}]",
    "policies: [{maxShiftHours: 10, users: {credentials: [PT, OT]}}, {minRest: 11h, users: all}]",
    "policies: [{notice: 14 days, users: [jo], severity: warn}, {maxStranded: 0}]",
    "policies: [{maxWeeklyHours: 37.5, users: all, except: [{until: 2027-05-31, reason: Flu}]}]",
    EVENT % "gap: skip, fold: second, restore: true, drift: keep",
    EVENT % "repeat: {every: month, on: wed, position: [2, -1], months: [1, 7], interval: 2, count: 10}",
    EVENT % "repeat: {every: year, monthDays: -1, on: mon-fri, position: 1, until: 2027-12-31}",
    EVENT % "repeat: 'RRULE:FREQ=MONTHLY;BYDAY=2WE', also: [2026-12-02T10:00], holidays: [US-CA, clinic]",
    EVENT % "change: {2027-01-05T09:00: {starts: 2027-01-06T10:00, ends: 11:00}}, clear: [remarks]",
    "events: {e: {title: 5, host: 007, starts: 2026-12-01, ends: 2026-12-03, allDay: true}}",
    "users: {a.b@example.com: {attributes: {npi: 0123, states: [CA, OR]}, locale: en-US, clear: [phone]}}",
    "workHours: {jo: [{from: 2026-12-01, template: t}], al: []}",
    "workHours: {jo: [{from: 2026-12-05, days: {sat-mon: 22:00–06:00}}]}",
    "calendars: {c: [2026-12-24, 2027-07-05..2027-07-09], d: {2026-12-24: Eve}}",
    "leave: {jo: 2026-12-24}",
]


def _problems(text: str) -> list[str]:
    findings = Findings()
    tree = read(text.encode(), "f.yaml", findings)
    assert tree is not None
    check("manifest", tree, findings)
    return [str(problem).removeprefix("f.yaml:") for problem in sorted(findings.errors)]


@pytest.mark.parametrize(("text", "problems"), ODD)
def test_what_the_schema_refuses_is_told_at_its_place(text: str, problems: list[str]) -> None:
    assert _problems(text) == problems


@pytest.mark.parametrize("text", GOOD)
def test_what_the_schema_allows_passes(text: str) -> None:
    assert _problems(text) == []


def test_there_is_a_schema_for_every_section() -> None:
    assert {*SECTIONS, "environment", "manifest"} <= set(schema_names())


@pytest.mark.parametrize("name", [*SECTIONS, "environment", "manifest", "fleet"])
def test_schemas_are_valid_and_explain_themselves(name: str) -> None:
    schema = json.loads(schema_text(name))
    Draft202012Validator.check_schema(schema)
    assert schema["title"]
    assert schema["description"]
    _explained(schema)


def _explained(schema: object) -> None:
    if isinstance(schema, list):
        for one in schema:
            _explained(one)
    if isinstance(schema, dict):
        assert schema.get("format", "date") in {"turns", *Formats(NO_SHIFTS).texts}
        branches = [*schema.get("oneOf", ()), *schema.get("anyOf", ())]
        keyed = (branch for branch in branches if branch.keys() - {"type"})
        assert all(branch.keys() - {"type"} == {"required"} for branch in keyed), "mappings differ by keys"
        for name, one in schema.get("properties", {}).items():
            assert "$ref" in one or one.get("description"), name
        for value in schema.values():
            _explained(value)


@pytest.mark.parametrize("name", SECTIONS)
def test_the_examples_of_a_section_are_valid(name: str) -> None:
    for example in json.loads(schema_text(name))["examples"]:
        assert _problems(json.dumps({name: example})) == []


def test_an_unknown_schema_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        schema_text("../pyproject")


def test_what_an_empty_value_is_told_to_clear_may_be_cleared() -> None:
    found = set[str]()
    for name in SECTIONS:
        for keys in re.findall(r'"clear": \{.*?"enum": \[(.*?)\]', schema_text(name), re.DOTALL):
            found |= set(re.findall(r'"(\w+)"', keys))
    assert found == CLEARED


OBJECTS = {
    "users": "users: {{jo: {{email: jo@example.com, {}}}}}",
    "patients": "patients: {{p1: {{firstName: A, lastName: B, {}}}}}",
    "events": "events: {{e: {{title: T, host: jo, starts: 2027-01-04T09:00, duration: 1h, {}}}}}",
}


@pytest.mark.parametrize("section", OBJECTS)
def test_what_an_empty_text_is_told_to_write_is_accepted(section: str) -> None:
    keys = {
        "users": "firstName lastName credentials",
        "events": "location remarks",
        "patients": "city zip",
    }
    for key in keys[section].split():
        said = [each for each in _problems(OBJECTS[section].format(f'{key}: ""')) if "empty text" in each]
        advised = re.findall("`(.+)`", said[0]) if len(said) == 1 else []
        assert len(said) == 1 and len(advised) == 1, said
        assert all(_problems(OBJECTS[section].format(each)) == [] for each in advised)


def test_an_editor_that_knows_the_schema_of_an_environment_takes_every_section() -> None:
    """By the standard's own validator: what editors complete from, and underline by."""
    schemas = {f"{name}.schema.json": json.loads(schema_text(name)) for name in schema_names()}
    registry = Registry().with_resources(
        (name, Resource.from_contents(schema)) for name, schema in schemas.items()
    )
    for root in ("environment", "manifest"):
        editor = Draft202012Validator(schemas[f"{root}.schema.json"], registry=registry)
        assert set(SECTIONS) <= set(schemas[f"{root}.schema.json"]["properties"])
        for name in SECTIONS:
            for example in schemas[f"{name}.schema.json"]["examples"]:
                own = {"tenant": "gh", "instance": "sb", "timezone": "UTC"} if root == "environment" else {}
                assert list(editor.iter_errors({**own, name: example})) == [], name
        odd = {"leave": {"ann": {"on": "2027-02-11", "betwen": "13:00-17:00"}}}
        assert list(editor.iter_errors(odd))
