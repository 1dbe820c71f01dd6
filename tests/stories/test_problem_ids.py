"""Ids of problems, as people and their tools meet them: `validate --format …` and `explain`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.conftest import HEAD, NOW
from tests.support.cli import Result, run

WRONG = "users: {johndoe: {e-mail: j@example.org}}\nworkHours: {janedoe: [{from: 2026-12-01, days: off}]}\n"


def validated(folder: Path, format: str, text: str = WRONG, before: str = "") -> Result:
    (folder / "env.yaml").write_text(before + HEAD + text)
    return run("validate", "env.yaml", "--format", format, "--now", NOW, cwd=folder)


def test_json_carries_the_id(tmp_path: Path) -> None:
    told = validated(tmp_path, "json").data["problems"]
    assert [(each["level"], each["rule"], each["line"]) for each in told] == [
        ("error", "WR012", 6),
        ("warning", "WR043", 7),
    ]


def test_errors_of_a_plan_carry_it_too(tmp_path: Path) -> None:
    validated(tmp_path, "json")
    done = run("plan", "env.yaml", "--simulator", "--format", "json", "--now", NOW, cwd=tmp_path)
    assert [each["rule"] for each in done.data["errors"]] == ["WR012"]


def test_annotations_of_github_end_with_it(tmp_path: Path) -> None:
    first, second = validated(tmp_path, "github").stdout.splitlines()
    assert first.startswith("::error file=env.yaml,line=6,col=19::unknown key `e-mail`")
    assert first.endswith(" (WR012)") and second.startswith("::warning ") and second.endswith(" (WR043)")


def test_sarif_has_a_rule_for_each_id(tmp_path: Path) -> None:
    (only,) = json.loads(validated(tmp_path, "sarif").stdout)["runs"]
    rules = [rule["id"] for rule in only["tool"]["driver"]["rules"]]
    assert rules == ["WR012", "WR043"] == [result["ruleId"] for result in only["results"]]


def test_code_quality_of_gitlab(tmp_path: Path) -> None:
    done = validated(tmp_path, "gitlab")
    first, second = json.loads(done.stdout)
    assert done.code == 1
    assert (first["check_name"], first["severity"]) == ("WR012", "major")
    assert first["location"] == {"path": "env.yaml", "lines": {"begin": 6}}
    assert (second["check_name"], second["severity"]) == ("WR043", "minor")
    moved, _ = json.loads(validated(tmp_path, "gitlab", before="# a line above\n").stdout)
    assert moved["location"]["lines"] == {"begin": 7}
    assert moved["fingerprint"] == first["fingerprint"] != second["fingerprint"]


def test_nothing_wrong_is_an_empty_list_to_gitlab(tmp_path: Path) -> None:
    assert json.loads(validated(tmp_path, "gitlab", "users: {}\n").stdout) == []


def test_an_id_is_explained_with_wrong_and_right(tmp_path: Path) -> None:
    done = run("explain", "wr012", cwd=tmp_path)
    assert done.code == 0 and done.stdout.startswith("WR012: No such key may stand here.")
    assert "wrong\n  users: {johndoe: {e-mail:" in done.stdout
    assert "right\n  users: {johndoe: {email:" in done.stdout


def test_a_key_is_explained_from_the_schemas(tmp_path: Path) -> None:
    said = run("explain", "workHours.rotation", cwd=tmp_path).stdout.splitlines()
    assert said[:4] == [
        "workHours.<name>[].rotation",
        "  Weeks that follow each other again and again; or the name of an entry under `rotations:`.",
        "",
        "type     mapping or text",
    ]
    assert "  rotation:" in said and "    - mon-wed: 07:00-15:00" in said
    assert "default  8 weeks" in run("explain", "horizon", cwd=tmp_path).stdout.splitlines()
    told = run("explain", "events.repeat.every", "--format", "json", cwd=tmp_path).data
    assert told["path"] == "events.<name>.repeat.every" and told["default"] == "none, it is needed"


@pytest.mark.parametrize(
    ("what", "said"),
    [
        ("WR999", "no rule is called `WR999`"),
        ("workHours.rotatoin", "did you mean `workHours.rotation`?"),
        ("", "no manifest has a key ``"),
        ("..", "no manifest has a key `..`"),
        ("a\x1b[31m", "no manifest has a key `a\\x1b[31m`"),
    ],
)
def test_what_nobody_knows_is_an_error_of_one_line(tmp_path: Path, what: str, said: str) -> None:
    done = run("explain", what, cwd=tmp_path)
    assert done.code == 1 and not done.stdout
    assert said in done.stderr and done.stderr.count("\n") == 1
