"""What `fleet.yaml` may say, and what is said about the rest: at its place, with what to write instead."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from reconciler.errors import ManifestError
from reconciler.fleet.configuration import read_fleet
from reconciler.fleet.shape import Bounds, Fleet
from reconciler.manifest import schema_text

SOURCE = "{name: a, path: ., environments: [env/*.yaml], tenants: [gh, north]}"
WHOLE = """\
sources:
  - {name: clinics, git: https://git.example.org/clinics/rota.git, ref: main, environments: ["env/*.yaml"],
     tenants: [gh], poll: 1m, webhook: {env: CLINICS_WEBHOOK}}
  - {name: here, path: ../rota, environments: ["env/*.yaml", "more/**/env.yaml"], tenants: [north]}
schedules:
  drift: {every: 1h}
  onlyNew: {at: "02:00"}
apply: onMerge
defaults: {concurrency: 2, rate: 5, timeout: 15m, attempts: 3}
tenants: {gh: {concurrency: 4, rate: 10}}
secrets: {folder: /run/secrets/welkin}
retention: {runs: 90 days, plans: 30 days}
notify: [{on: [drifted, failed, gap], tenants: [gh], url: {file: slack-url}, as: slack}]
server: {auth: {proxyHeader: X-Forwarded-User, from: [10.0.0.0/8, "fd00::/8"]}}
"""


def fleet(folder: Path, text: str) -> Fleet:
    (folder / "fleet.yaml").write_text(text)
    return read_fleet(folder / "fleet.yaml")


def problems(folder: Path, text: str) -> list[str]:
    with pytest.raises(ManifestError) as caught:
        fleet(folder, text)
    return [str(problem).removeprefix(f"{folder}/fleet.yaml:") for problem in caught.value.problems]


def test_everything_there_is(tmp_path: Path) -> None:
    found = fleet(tmp_path, WHOLE)
    clinics, here = found.sources
    assert (clinics.git, clinics.ref) == ("https://git.example.org/clinics/rota.git", "main")
    assert clinics.webhook and clinics.webhook.env == "CLINICS_WEBHOOK"
    assert (here.path, here.environments) == (tmp_path / "../rota", ("env/*.yaml", "more/**/env.yaml"))
    assert (clinics.tenants, here.tenants) == ({"gh"}, {"north"})
    assert (found.drift_every, found.only_new_at, found.apply_on_merge) == (timedelta(hours=1), 120, True)
    assert found.bounds("gh") == Bounds(4, 10.0, timedelta(minutes=15), 3)
    assert found.bounds("north") == Bounds(2, 5.0, timedelta(minutes=15), 3)
    assert found.secrets == Path("/run/secrets/welkin")
    assert (found.keep_runs, found.keep_plans) == (timedelta(days=90), timedelta(days=30))
    (told,) = found.notify
    assert (told.on, told.form, told.tenants) == ({"drifted", "failed", "gap"}, "slack", {"gh"})
    assert told.url.file == tmp_path / "slack-url"
    assert found.auth and found.auth.proxy_header == "X-Forwarded-User"
    assert found.auth.networks == ("10.0.0.0/8", "fd00::/8")


def test_what_is_left_out(tmp_path: Path) -> None:
    """Nothing writes unless somebody says so."""
    found = fleet(tmp_path, "sources: [{name: a, path: ., environments: [env/*.yaml]}]")
    assert (found.drift_every, found.only_new_at, found.apply_on_merge) == (timedelta(hours=1), None, False)
    assert found.bounds("gh") == Bounds(2, 5.0, timedelta(minutes=15), 3)
    assert (found.sources[0].poll, found.sources[0].tenants) == (timedelta(minutes=1), None)
    assert (found.secrets, found.notify, found.auth) == (None, (), None)


ODD: list[tuple[str, list[str]]] = [
    ("apply: manual", ["1:1: `sources` is missing"]),
    ("sources: []", ["1:10: an empty list: write something, or delete the line"]),
    ("sources: {}", ["1:10: expected a list, found a mapping (`key: value`)"]),
    ("source: [x]", ["1:1: unknown key `source`; did you mean `sources`?"]),
    ("- x", ["1:1: this file begins with a key such as `sources:`"]),
    ("sources: [{name: a, environments: [x]}]", ["1:11: one of `git`, `path` is missing"]),
    ("sources: [{path: ., environments: [x]}]", ["1:11: `name` is missing"]),
    ("sources: [{name: a, path: .}]", ["1:11: `environments` is missing"]),
    (
        "sources: [{name: a, path: ., git: https://x.org/y, environments: [x]}]",
        ["1:11: `git`, `path` exclude each other: a source is a repository or a folder"],
    ),
    (
        "sources: [{name: a/b, path: ., environments: [x]}]",
        ["1:18: a source's name has letters, digits, `.`, `_` and `-` only, at most 60"],
    ),
    (
        "sources: [{name: a, path: ., environments: [x], branch: main}]",
        ["1:49: unknown key `branch`; write `ref`"],
    ),
    (
        "sources: [{name: a, path: ., environments: [x], token: ghp_topsecret}]",
        [
            "1:49: unknown key `token`; no secret stands in this file; Git's own credentials are used: a "
            "credential helper, ~/.netrc or an SSH key"
        ],
    ),
    (
        "sources: [{name: a, path: ., environments: []}]",
        ["1:44: an empty list: write something, or delete the line"],
    ),
    (
        "sources: [{name: a, path: ., environments: [../x.yaml]}]",
        ["1:45: write a path from the top of the source, as in env/*.yaml"],
    ),
    (
        "sources: [{name: a, path: ., environments: [/x.yaml]}]",
        ["1:45: write a path from the top of the source, as in env/*.yaml"],
    ),
    (
        "sources: [{name: a, path: ., environments: [env**]}]",
        ["1:45: `env**`: write `**` by itself and at most twice, as in **/*.yaml"],
    ),
    ("sources: [{name: a, path: ., environments: [x, x]}]", ["1:48: `x` stands here twice"]),
    ("sources: [{name: a, path: ., environments: [x], tenants: [a, a]}]", ["1:62: `a` stands here twice"]),
    (
        "sources: [{name: a, path: ., environments: [x], tenants: [a/b]}]",
        ["1:59: a tenant's name has letters, digits, `.`, `_` and `-` only"],
    ),
    ("sources: [{name: a, path: ., environments: [x], poll: 0s}]", ["1:55: `0s` is no time at all"]),
    (
        "sources: [{name: a, path: ., environments: [x], ref: -x}]",
        ["1:54: write the name of a branch or tag, as in main"],
    ),
    (
        f"sources: [{SOURCE}, {SOURCE}]",
        ["1:81: the source `a` stands here twice: first on line 1"],
    ),
    (
        f"sources: [{SOURCE}, {{name: b, path: ., environments: [x]}}]",
        [
            "1:81: `tenants` is missing: where there are several sources, each names those whose "
            "environments may stand in it"
        ],
    ),
    ("schedules: {}", ["2:1: nothing stands in this mapping: write something, or delete the line"]),
    ("schedules: {drift: {every: 30s}}", ["2:28: `30s` is faster than a minute: write 1m, or longer"]),
    (
        "schedules: {drift: {every: hourly}}",
        ["2:28: `hourly` is not a duration: write 30m, 1h30m or 8 weeks"],
    ),
    ("schedules: {drift: 1h}", ["2:20: expected a mapping (`key: value`), found text"]),
    (
        "schedules: {drift: {at: 02:00}}",
        [
            "2:13: `every` is missing",
            "2:21: unknown key `at`; write `every: 1h`: environments are spread over the interval",
        ],
    ),
    ("schedules: {onlyNew: {at: 2am}}", ["2:27: `2am` is not a time of day: write 02:00"]),
    ("schedules: {only-new: {at: 02:00}}", ["2:13: unknown key `only-new`; write `onlyNew`"]),
    (
        "apply: on-merge",
        ["2:8: `on-merge` is not one of manual, onMerge; did you mean `onMerge`?"],
    ),
    ("defaults: {concurrency: 0}", ["2:25: expected at least 1, found `0`"]),
    ("defaults: {concurrency: 100}", ["2:25: expected at most 64, found `100`"]),
    ("defaults: {concurrency: two}", ["2:25: expected a whole number, found `two`"]),
    ("defaults: {rate: 0}", ["2:18: expected at least 0.01, found `0`"]),
    ("defaults: {rate: 5/s}", ["2:18: expected a number, found `5/s`"]),
    (
        "defaults: {timeout: 15}",
        ["2:21: `15` is not a duration: write its unit, as in 15m or 15 weeks"],
    ),
    ("defaults: {attempts: 0}", ["2:22: expected at least 1, found `0`"]),
    ("defaults: {retries: 3}", [
            "2:12: unknown key `retries`; it may be `concurrency`, `rate`, `timeout`, `attempts`",
        ]),
    ("tenants: {north: {concurrency: 0}}", ["2:32: expected at least 1, found `0`"]),
    ("tenants: {nroth: {rate: 1}}", ["2:11: no source has the tenant `nroth`; did you mean `north`?"]),
    ("tenants: {zzz: {rate: 1}}", ["2:11: no source has the tenant `zzz`; there are gh, north"]),
    (
        "secrets: {gh: hunter2}",
        [
            "2:1: `folder` is missing",
            "2:11: unknown key `gh`; no secret stands in this file: write {folder: PATH}",
        ],
    ),
    (
        "secrets: hunter2",
        [
            "2:10: expected a mapping (`key: value`), found text: no secret stands in this file: write "
            "{folder: PATH}"
        ],
    ),
    ("retention: {runs: 90}", ["2:19: `90` is not a duration: write its unit, as in 90m or 90 weeks"]),
    ("retention: {logs: 90 days}", ["2:13: unknown key `logs`; it may be `runs`, `plans`"]),
    (
        "database: postgresql://fleet:hunter2@db/fleet",
        [
            "2:1: unknown key `database`; it is named by --database or $WELKIN_DATABASE, as its address may "
            "hold a password"
        ],
    ),
    (
        "notify: [{on: [drift], url: {env: SLACK}}]",
        [
            "2:16: `drift` is not one of drifted, failed, refused, recovered, worker-lost, gap; did you mean "
            "`drifted`?"
        ],
    ),
    (
        "notify: [{on: [failed], url: https://hooks.slack.com/hunter2}]",
        [
            "2:30: expected a mapping (`key: value`), found text: no secret stands in this file: write "
            "{env: NAME} or {file: PATH}"
        ],
    ),
    (
        "notify: [{on: [failed], url: {env: hunter2}}]",
        ["2:36: write the name of a variable, in capitals, as in SLACK_URL"],
    ),
    (
        "notify: [{on: [failed], url: {env: A, file: b}}]",
        ["2:25: `env`, `file` exclude each other: write one of them"],
    ),
    ("notify: [{on: [failed], url: {}}]", ["2:25: one of `env`, `file` is missing"]),
    (
        "notify: [{on: [failed], url: {value: hunter2}}]",
        [
            "2:25: one of `env`, `file` is missing",
            "2:31: unknown key `value`; no secret stands in this file: write {env: NAME} or {file: PATH}",
        ],
    ),
    ("notify: [{on: [failed]}]", ["2:10: `url` is missing"]),
    ("notify: [{url: {env: A}}]", ["2:10: `on` is missing"]),
    ("notify: [{on: [failed], url: {env: A}, as: teams}]", ["2:44: `teams` is not one of slack, json"]),
    (
        "notify: [{on: [failed], url: {env: A}, tenants: [nort]}]",
        ["2:50: no source has the tenant `nort`; did you mean `north`?"],
    ),
    ("server: {auth: {}}", ["2:10: one of `proxyHeader`, `tokens` is missing"]),
    ("server: {auth: {proxyHeader: X-User}}", ["2:10: `from` is missing"]),
    ("server: {auth: {from: [10.0.0.0/8]}}", ["2:10: `proxyHeader` is missing"]),
    (
        "server: {auth: {proxyHeader: X-User, from: [10.0.0.0/8], tokens: {folder: x}}}",
        ["2:10: `proxyHeader`, `tokens` exclude each other: write one of them"],
    ),
    (
        "server: {auth: {proxyHeader: X-User, from: [10.0.0.1/8]}}",
        ["2:45: `10.0.0.1/8` is an address in a network: write 10.0.0.0/8, or 10.0.0.1"],
    ),
    (
        "server: {auth: {proxyHeader: X-User, from: [proxy]}}",
        ["2:45: `proxy` is no network: write one as in 10.0.0.0/8"],
    ),
    (
        "server: {auth: {proxyHeader: 'X User', from: [10.0.0.0/8]}}",
        ["2:30: write the name of a header, as in X-Forwarded-User"],
    ),
    (
        "server: {auth: {token: hunter2}}",
        [
            "2:17: unknown key `token`; no secret stands in this file: write `tokens: {folder: PATH}`",
        ],
    ),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), ODD, ids=lambda value: value if isinstance(value, str) else "")
def test_what_is_refused_is_told_at_its_place(tmp_path: Path, text: str, expected: list[str]) -> None:
    lines = text if text.startswith(("source", "- ", "apply: manual")) else f"sources: [{SOURCE}]\n{text}"
    assert problems(tmp_path, lines) == expected
    assert "hunter2" not in str(expected)


ADDRESSES = [
    "https://git.example.org/clinics/rota.git",
    "https://git.example.org:8443/clinics/rota",
    "http://127.0.0.1:8080/rota.git",
    "http://localhost/rota.git",
    "ssh://git@git.example.org/clinics/rota.git",
    "git@git.example.org:clinics/rota.git",
]


@pytest.mark.parametrize("address", ADDRESSES)
def test_addresses_of_repositories(tmp_path: Path, address: str) -> None:
    assert fleet(tmp_path, f"sources: [{{name: a, git: '{address}', environments: [x]}}]").sources[0].git


@pytest.mark.parametrize(
    "address",
    [
        "https://rita:hunter2@git.example.org/rota.git",
        "https://hunter2@git.example.org/rota.git",
        "ssh://git:hunter2@git.example.org/rota.git",
        "http://git.example.org/rota.git",
        "git://git.example.org/rota.git",
        "file:///srv/rota.git",
        "/srv/rota.git",
        "../rota",
        "ext::sh -c whoami",
        "ssh://-oProxyCommand=whoami/rota.git",
        "git@-oProxyCommand=whoami:rota.git",
        "--upload-pack=whoami",
        "https://git.example.org/rota.git?token=hunter2",
    ],
)
def test_addresses_that_are_refused(tmp_path: Path, address: str) -> None:
    """Without repeating them: what looks like an address may hold a password."""
    said = problems(tmp_path, f"sources: [{{name: a, git: '{address}', environments: [x]}}]")
    assert said == [
        "1:26: write https://HOST/PATH or git@HOST:PATH, without password or token (Git's own credentials "
        "are used); http is for this computer only, and a folder is a `path:`"
    ]


@pytest.mark.parametrize("ref", ["-x", "a..b", "a b", "a~1", "a//b", "a/", "a.lock", "a@{0}", "a:b", "*"])
def test_refs_that_are_refused(tmp_path: Path, ref: str) -> None:
    said = problems(tmp_path, f"sources: [{{name: a, path: ., environments: [x], ref: '{ref}'}}]")
    assert said == ["1:54: write the name of a branch or tag, as in main"]


def test_every_problem_is_told_at_once(tmp_path: Path) -> None:
    text = f"sources: [{SOURCE}, {{name: b, path: .}}]\n"
    text += "defaults: {concurrency: 0}\ntenants: {nort: {rate: 0}}\n"
    assert [line.partition(": ")[0] for line in problems(tmp_path, text)] == ["1:81", "2:25", "3:11", "3:24"]


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(
        ManifestError, match=r"fleet\.yaml:1:1: no such file: name the fleet's file with --fleet"
    ):
        read_fleet(tmp_path / "fleet.yaml")


def test_an_editor_takes_every_example(tmp_path: Path) -> None:
    """By the standard's own validator; and so does the program."""
    schema = json.loads(schema_text("fleet"))
    editor = Draft202012Validator(schema)
    for example in schema["examples"]:
        assert list(editor.iter_errors(example)) == []
        assert fleet(tmp_path, json.dumps(example)).sources
    checked = 0
    for name, one in schema["properties"].items():
        for example in one["examples"]:
            whole = {**schema["examples"][0], name: example}
            assert list(editor.iter_errors(whole)) == [], name
            assert fleet(tmp_path, json.dumps(whole)).sources
            checked += 1
    assert checked >= len(schema["properties"])


def keys(schema: object) -> list[tuple[str, dict[str, object]]]:
    if isinstance(schema, list):
        return [found for one in schema for found in keys(one)]
    if not isinstance(schema, dict):
        return []
    own = [(name, one) for name, one in schema.get("properties", {}).items() if isinstance(one, dict)]
    return own + [found for key, value in schema.items() if key != "examples" for found in keys(value)]


def test_every_key_is_described_with_an_example() -> None:
    for name, one in keys(json.loads(schema_text("fleet"))):
        assert one["description"] and one["examples"], name
