"""An environment file with its includes, variables and siblings, as a user has them in a folder."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.manifest import load_environment
from reconciler.model import Findings, Limits
from tests.manifest.conftest import HEAD, Load

# The example of the contract, as it stands there.
CONTRACT = Path(__file__).with_name("contract.yaml").read_text(encoding="utf-8")
TENANT = "users belong to the whole tenant"
FOREVER = "patient data doesn't belong in Git, where everyone who clones can read it for ever"
JANE = "users:\n  janedoe: {email: jane.doe@example.com}\n"


def test_the_contracts_example_loads(load: Load) -> None:
    environment, problems = load({"env/x.yaml": CONTRACT, "staff/jane.yaml": JANE})
    assert problems == []
    assert environment
    assert (environment.tenant, environment.instance, environment.owner) == ("gh", "sb-demo", "staffing")
    assert environment.horizon == timedelta(weeks=8)
    assert environment.hours_ahead == timedelta(weeks=26)
    assert environment.limits == Limits(10, 30, 30, 10)
    assert environment.prune
    assert environment.renamed == {"event/standup": "event/weekly-standup"}
    assert [(manifest.section, manifest.name) for manifest in environment.manifests] == [
        ("users", "johndoe"),
        ("users", "janedoe"),
        ("workHours", "johndoe"),
        ("workHours", "janedoe"),
        ("leave", "johndoe"),
        ("events", "weekly-standup"),
        ("templates", "clinicWeek"),
        ("policies", "1"),
        ("policies", "2"),
        ("policies", "3"),
    ]
    assert environment.under("events")[0].spec["location"] == "Room 1408"
    assert environment.under("users")[1].source[:2] == ("staff/jane.yaml", 2)


def test_what_is_not_written_has_its_default(load: Load) -> None:
    environment, problems = load({"env/x.yaml": HEAD})
    assert problems == []
    assert environment
    assert environment.owner == "sb-demo"
    assert environment.horizon == timedelta(weeks=8)
    assert environment.limits == Limits()
    assert not environment.prune
    assert environment.manifests == ()


ODD: list[tuple[dict[str, str | bytes], list[str]]] = [
    ({}, ["env/x.yaml:1:1: no such file"]),
    ({"env/x.yaml/y": ""}, ["env/x.yaml:1:1: this is a folder: name a file in it"]),
    (
        {"env/x.yaml": "- a\n"},
        ["env/x.yaml:1:1: a manifest begins with a key such as `users:`, not with a list or text"],
    ),
    (
        {"env/x.yaml": ""},
        [
            "env/x.yaml:1:1: this file is empty: "
            + "an environment file says `tenant`, `instance` and `timezone`"
        ],
    ),
    (
        {"env/x.yaml": HEAD + "timezon: UTC\n"},
        ["env/x.yaml:4:1: unknown key `timezon`; did you mean `timezone`?"],
    ),
    (
        {"env/x.yaml": HEAD.replace("sb-demo", "SB_Demo")},
        [
            "env/x.yaml:2:11: the instance's name can't be the mark of our events: write `owner:`, "
            "small letters, digits and hyphens, at most 30"
        ],
    ),
    (
        {"env/x.yaml": HEAD + "include: ['../staff/*.yaml']\n"},
        ["env/x.yaml:4:11: `../staff/*.yaml` matches no file"],
    ),
    (
        {"env/x.yaml": HEAD + "include: ../staff\n", "staff/a.yaml": ""},
        ["env/x.yaml:4:10: `../staff` is a folder: write ../staff/*.yaml"],
    ),
    ({"env/x.yaml": HEAD + "include: [a.yaml]\n"}, ["env/x.yaml:4:11: `a.yaml` doesn't exist"]),
    (
        {"env/x.yaml": HEAD + "include: [/etc/*.yaml]\n"},
        ["env/x.yaml:4:11: `/etc/*.yaml`: write a path relative to this file"],
    ),
    *(
        (
            {"env/x.yaml": HEAD + f"include: ['{pattern}']\n"},
            [f"env/x.yaml:4:11: `{pattern[:255]}`: {says}"],
        )
        for patterns, says in (
            (
                ("a**b", "../**.yaml", "***", "**/" * 3 + "*.yaml"),
                "write `**` by itself and at most twice, as in **/*.yaml",
            ),
            (
                ("a" * 256, "a" * 256 + "*", "*/" * 200 + "*.yaml", "a/" * 3000 + "x"),
                "no path is as long as this: name a folder and *.yaml",
            ),
        )
        for pattern in patterns
    ),
    (
        {"env/x.yaml": HEAD + "include: [x.yaml]\n"},
        ["env/x.yaml:4:11: files include each other in a circle: env/x.yaml includes env/x.yaml"],
    ),
    (
        {
            "env/x.yaml": HEAD + "include: [a.yml]\n",
            "env/a.yml": "include: [b.yml]",
            "env/b.yml": "include: a.yml",
        },
        [
            "env/b.yml:1:10: files include each other in a circle: "
            "env/a.yml includes env/b.yml includes env/a.yml"
        ],
    ),
    (
        {"env/x.yaml": HEAD + "include: ../a.yaml\n", "a.yaml": "tenant: gh\nprune: true\n"},
        [
            "a.yaml:1:1: `tenant` belongs in the environment file, not in a file it includes",
            "a.yaml:2:1: `prune` belongs in the environment file, not in a file it includes",
        ],
    ),
    (
        {
            "env/x.yaml": HEAD + "include: ../*.yaml\n",
            "a.yaml": "users: {jo: {}}",
            "b.yaml": "users: {jo: {}}",
        },
        ["b.yaml:1:9: `jo` is declared twice under `users`: first in a.yaml:1:9"],
    ),
    (
        {
            "env/x.yaml": HEAD + "include: ../*.yaml\n",
            "a.yaml": "users: @",
            "b.yaml": "users: {jo: {phone: 1}}",
        },
        [
            "a.yaml:1:8: `@` cannot begin a value: put this in quotes",
            "b.yaml:1:21: write the phone number with its country and no blanks, as in +15552009845",
        ],
    ),
    (
        {"env/x.yaml": HEAD + "patients: {P-1: {firstName: Test}}\n"},
        [
            f"env/x.yaml:4:1: `patients`: {FOREVER}; "
            "only a sandbox of invented patients may say `demoData: true` in its environment"
        ],
    ),
    (
        {"env/x.yaml": HEAD + "vars: {room: 1}\nusers: {jo: {firstName: $(rom), lastName: $(x}}\n"},
        [
            "env/x.yaml:5:25: `$(rom)` is not defined under `vars:` of the environment; "
            "did you mean `$(room)`?",
            "env/x.yaml:5:43: `$(` is not closed: write $(name), or $$( for a literal $(",
        ],
    ),
    (
        {"env/x.yaml": HEAD + "vars: {a: 1, b: $(a)}\n"},
        ["env/x.yaml:4:17: a variable's value can't refer to variables ($$( is a literal $()"],
    ),
    (
        {"env/x.yaml": HEAD + "vars: {a: jo}\nusers: {jo: {}, $(a): {}}\n"},
        ["env/x.yaml:5:17: `jo` stands here twice, once through a variable"],
    ),
    (
        {"env/x.yaml": HEAD, "env/y.yaml": HEAD},
        [
            "env/x.yaml:2:11: the owner `sb-demo` is also that of env/y.yaml:2:11: "
            "each environment of a tenant needs its own `owner:`"
        ],
    ),
    (
        {
            "env/x.yaml": HEAD + "users: {jo: {firstName: A}}\n",
            "env/y.yaml": HEAD + "owner: other\nusers:\n  jo: {firstName: B}\n",
        },
        [f"env/x.yaml:4:9: `firstName` of `jo` is declared differently in env/y.yaml:6:7: {TENANT}"],
    ),
    (
        {
            "env/x.yaml": HEAD + "users: {jo: {ensure: absent}}\n",
            "env/y.yml": HEAD + "owner: other\nusers: {jo: {}}\n",
        },
        [f"env/x.yaml:4:9: `jo` is also declared in env/y.yml:5:13, but `ensure: absent` here: {TENANT}"],
    ),
]


@pytest.mark.parametrize(("files", "problems"), ODD)
def test_what_is_odd_is_told_at_its_place(
    load: Load, files: dict[str, str | bytes], problems: list[str]
) -> None:
    _, lines = load(files)
    assert lines == problems


FINE: list[dict[str, str | bytes]] = [
    {"env/x.yaml": HEAD, "env/y.yaml": HEAD.replace("gh", "other")},
    {"env/x.yaml": HEAD, "env/y.yaml": "users: @", "env/z.yaml": "users: {jo: {}}"},
    {
        "env/x.yaml": HEAD + "users: {jo: {timezone: US/Pacific}}\n",
        "env/y.yaml": HEAD
        + "owner: other\nusers: {jo: {timezone: America/Los_Angeles, phone: +15552009845}}\n",
    },
    {
        "env/x.yaml": HEAD + "include: ../a.yaml\n",
        "env/y.yaml": HEAD + "owner: o\ninclude: ../a.yaml\n",
        "a.yaml": "users: {jo: {ensure: absent}}",
    },
    {"env/x.yaml": HEAD + "demoData: true\npatients: {P-1: {firstName: Test, birthDate: 1980-12-01}}\n"},
]


@pytest.mark.parametrize("files", FINE)
def test_what_contradicts_nothing_passes(load: Load, files: dict[str, str | bytes]) -> None:
    assert load(files)[1] == []


def test_a_file_reached_twice_is_read_once_and_hidden_ones_never(load: Load) -> None:
    environment, problems = load(
        {
            "env/x.yaml": HEAD + "include: ['../staff/*.yaml', ../staff/a.yaml, '../**/b.yaml']\n",
            "staff/a.yaml": "include: b.yaml\nusers: {jo: {}}",
            "staff/b.yaml": "users: {al: {}}",
            "staff/.c.yaml": "users: @",
        }
    )
    assert problems == []
    assert environment
    assert [manifest.name for manifest in environment.manifests] == ["jo", "al"]


def test_variables_stand_in_keys_values_and_includes(load: Load) -> None:
    environment, problems = load(
        {
            "env/x.yaml": HEAD + "vars: {who: jo, dollar: $$(x}\ninclude: ../$(who).yaml\n",
            "jo.yaml": "users: {$(who): {firstName: a $(who) $$(who) $(dollar)}}",
        }
    )
    assert problems == []
    assert environment
    assert environment.manifests[0].name == "jo"
    assert environment.manifests[0].spec == {"firstName": "a jo $(who) $(x"}


def test_includes_stay_under_the_root(load: Load, tmp_path: Path) -> None:
    (tmp_path / "outside.yaml").write_text("users: {jo: {}}")
    (tmp_path / "repo/.git").mkdir(parents=True)
    (tmp_path / "repo/staff").mkdir()
    (tmp_path / "repo/staff/link.yaml").symlink_to(tmp_path / "outside.yaml")
    text = HEAD + "include: [../../outside.yaml, '../../*.yaml', '../staff/*.yaml']\n"
    _, problems = load({"repo/env/x.yaml": text}, "repo/env/x.yaml")
    assert problems == [
        "repo/env/x.yaml:4:11: `../../outside.yaml` leads out of the root `repo/`: includes stay under it",
        "repo/env/x.yaml:4:31: `../../*.yaml` leads out of the root `repo/`: includes stay under it",
        "repo/env/x.yaml:4:47: `repo/staff/link.yaml` leads out of the root `repo/`: includes stay under it",
    ]


def test_a_broken_link_is_told(load: Load, tmp_path: Path) -> None:
    (tmp_path / "staff").mkdir()
    (tmp_path / "staff/a.yaml").symlink_to("nowhere.yaml")
    _, problems = load({"env/x.yaml": HEAD + "include: ../staff/*.yaml\n"})
    assert problems == ["staff/a.yaml:1:1: this symbolic link leads nowhere"]


def test_the_digest_knows_bytes_and_places_but_not_the_working_directory(
    load: Load, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files: dict[str, str | bytes] = {"env/x.yaml": HEAD + "include: ../a.yaml\n", "a.yaml": "users: {jo: {}}"}
    first, _ = load(files)
    again, _ = load(files, os.fspath(tmp_path / "env/x.yaml"))
    sibling, _ = load({"env/y.yaml": "leave: {}"})
    other, _ = load({"a.yaml": "users: {jo: {} }"})
    assert first and again and sibling and other
    assert first.digest.startswith("sha256:")
    assert first.digest == again.digest == sibling.digest
    assert first.digest != other.digest


def test_paths_are_shown_as_one_would_open_them(
    load: Load, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    load({"env/x.yaml": HEAD + "include: ../a.yaml\n", "a.yaml": "users: {jo: {}}"})
    monkeypatch.chdir(tmp_path / "env")
    environment = load_environment("./x.yaml", Findings())
    assert environment
    assert environment.source.path == "./x.yaml"
    assert environment.manifests[0].source.path == "../a.yaml"


CONTRACT_LINES = [number for number, line in enumerate(CONTRACT.splitlines()) if ": " in line]
ODD_VALUES = [
    "[]",
    "{}",
    "x",
    "[[x]]",
    "{a: {b: c}}",
    "''",
    "~",
    "$(x",
    "[{}]",
    "{x: [y]}",
    "- ",
    "2026-12-01",
]


@given(
    st.lists(st.tuples(st.sampled_from(CONTRACT_LINES), st.sampled_from(ODD_VALUES)), min_size=1, max_size=3)
)
@settings(max_examples=150, deadline=None)
def test_any_value_in_any_place_gives_findings_and_never_an_exception(edits: list[tuple[int, str]]) -> None:
    lines = CONTRACT.replace('"../staff/*.yaml"', "x.yml").splitlines()
    for number, value in edits:
        lines[number] = lines[number].partition(": ")[0] + ": " + value
    with TemporaryDirectory() as folder:
        for name in ("x.yaml", "y.yaml"):
            (Path(folder) / name).write_text("\n".join(lines), encoding="utf-8")
        load_environment(f"{folder}/x.yaml", Findings())
