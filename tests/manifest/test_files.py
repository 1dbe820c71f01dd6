"""Which files are read: regular ones below the root, as large as a file may be, whatever lies there."""

from __future__ import annotations

import os
import socket
import sys
import time
import tracemalloc
from pathlib import Path

import pytest

from reconciler.errors.named_file import Unfit, read_file
from reconciler.manifest import files, reader, variables
from tests.manifest.conftest import HEAD, Load

MIB = 1 << 20
posix = pytest.mark.skipif(sys.platform == "win32", reason="POSIX has these")


def stand(path: Path, what: str) -> None:
    """Put something that is no regular file at this path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if what == "pipe":
        os.mkfifo(path)
    elif what == "socket":
        os.chdir(path.parent)  # the name of a socket has to be short
        with socket.socket(socket.AF_UNIX) as server:
            server.bind(path.name)
        os.chdir("..")
    elif what == "device":
        path.symlink_to("/dev/zero")
    else:
        path.mkdir()


OTHERS = {
    "pipe": "this is a pipe: name a file",
    "socket": "this is a socket: name a file",
    "device": "this is a device: name a file",
    "folder": "this is a folder: name a file in it",
}


@posix
@pytest.mark.parametrize(("what", "says"), OTHERS.items())
def test_only_regular_files_are_read_and_nothing_is_waited_for(tmp_path: Path, what: str, says: str) -> None:
    stand(tmp_path / "x", what)
    began = time.monotonic()
    with pytest.raises(Unfit, match=says):
        read_file(tmp_path / "x", MIB)
    assert time.monotonic() - began < 30, "who opens a pipe waits for ever"


def test_a_file_is_read_up_to_its_bound(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(bytes(MIB))
    assert len(read_file(tmp_path / "x", MIB).data) == MIB
    (tmp_path / "x").write_bytes(bytes(MIB + 1))
    with pytest.raises(Unfit, match="this file is larger than 1 MiB"):
        read_file(tmp_path / "x", MIB)


@posix
@pytest.mark.parametrize("what", ["pipe", "socket"])
def test_the_environment_file_and_what_it_includes_are_regular_files(
    load: Load, tmp_path: Path, what: str
) -> None:
    stand(tmp_path / "env/x.yaml", what)
    assert load({})[1] == [f"env/x.yaml:1:1: {OTHERS[what]}"]
    (tmp_path / "env/x.yaml").unlink()
    stand(tmp_path / "staff/a.yaml", what)
    for include in ("../staff/a.yaml", "../staff/*.yaml"):
        _, problems = load({"env/x.yaml": HEAD + f"include: '{include}'\n"})
        assert problems == [f"staff/a.yaml:1:1: {OTHERS[what]}"]


@posix
def test_a_sibling_that_is_no_regular_file_is_not_waited_for(load: Load, tmp_path: Path) -> None:
    stand(tmp_path / "env/y.yaml", "pipe")
    assert load({"env/x.yaml": HEAD})[1] == []


@posix
@pytest.mark.parametrize("git", [True, False])
def test_the_environment_file_lies_under_the_root_once_links_are_resolved(
    load: Load, tmp_path: Path, git: bool
) -> None:
    (tmp_path / "outside.yaml").write_text(HEAD)
    (tmp_path / "repo/env").mkdir(parents=True)
    (tmp_path / "repo/.git").mkdir() if git else None
    (tmp_path / "repo/env/x.yaml").symlink_to(tmp_path / "outside.yaml")
    _, problems = load({}, "repo/env/x.yaml")
    says = "this symbolic link leads out of the root `repo/`: manifests stay under it"
    assert problems == [f"repo/env/x.yaml:1:1: {says}"]
    (tmp_path / "repo/env/x.yaml").unlink()
    (tmp_path / "repo/env/x.yaml").symlink_to("y.yml")
    assert load({"repo/env/y.yml": HEAD}, "repo/env/x.yaml")[1] == []


@posix
def test_a_folder_of_environments_that_is_a_link_leads_out_as_well(load: Load, tmp_path: Path) -> None:
    (tmp_path / "repo/.git").mkdir(parents=True)
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere/x.yaml").write_text(HEAD)
    (tmp_path / "repo/env").symlink_to(tmp_path / "elsewhere")
    _, problems = load({}, "repo/env/x.yaml")
    assert len(problems) == 1 and "leads out of the root `repo/`" in problems[0]


def test_a_file_beyond_ten_mebibytes_is_refused_wherever_it_is_named(load: Load) -> None:
    large = b"# " + bytes(b"x" * 10 * MIB)
    says = "this file is larger than 10 MiB"
    assert load({"env/x.yaml": large})[1] == [f"env/x.yaml:1:1: {says}"]
    found = load({"env/x.yaml": HEAD + "include: ../a.yaml\n", "a.yaml": large})
    assert found[1] == [f"a.yaml:1:1: {says}"]


BOMBS = {
    "variables": "vars: {a: " + "x" * 80_000 + "}\nusers: {jo: {firstName: '" + "$(a)" * 20_000 + "'}}\n",
    "variables in many texts": "vars: {a: " + "x" * 80_000 + "}\ncalendars:\n"
    + "".join(f"  c{number}: [$(a)]\n" for number in range(2_000)),
    "variables in keys": "vars: {a: " + "x" * 80_000 + "}\nusers: {"
    + ", ".join(f"$(a){number}: {{}}" for number in range(2_000)) + "}\n",
    "a text behind aliases": "templates: {a: {days: &a " + "x" * 80_000 + "}}\ncalendars: {c: ["
    + ", ".join(["*a"] * 2_000) + "]}\n",
    "lists behind aliases": "calendars:\n  a: &a [" + "x" * 80_000 + "]\n"
    + "".join(f"  b{number}: *a\n" for number in range(2_000)),
    "aliases of aliases": "calendars:\n  a0: &a0 [" + "x" * 80_000 + "]\n"
    + "".join(f"  a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 4)),
    "aliases with a variable in them": "vars: {v: y}\ncalendars:\n  a: &a [$(v)" + "x" * 80_000 + "]\n"
    + "".join(f"  b{number}: *a\n" for number in range(2_000)),
}  # fmt: skip


@pytest.mark.parametrize("text", BOMBS.values(), ids=BOMBS.keys())
def test_a_file_of_160_kb_stays_small_with_variables_and_aliases_in(load: Load, text: str) -> None:
    assert len(text) < 300_000
    tracemalloc.start()
    environment, problems = load({"env/x.yaml": HEAD + text})
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert environment is None and len(problems) == 1
    assert "10 MiB" in problems[0]
    assert peak < 60 * MIB


def test_what_fits_with_its_variables_and_aliases_is_read(
    load: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = (
        "vars: {a: "
        + "é" * 100
        + "}\nusers: {jo: {firstName: &n $(a), lastName: *n, credentials: $(a)$(a)}}\n"
    )
    monkeypatch.setattr(variables, "LARGEST", 1000)
    monkeypatch.setattr(reader, "LARGEST", 1000)
    environment, problems = load({"env/x.yaml": HEAD + text})
    assert problems == [] and environment
    assert environment.manifests[0].spec["credentials"] == "é" * 200


def test_an_environment_has_bounds_in_all(load: Load, monkeypatch: pytest.MonkeyPatch) -> None:
    many: dict[str, str | bytes] = {
        f"staff/{number}.yaml": "users: {}\n" * (not number) for number in range(9)
    }
    monkeypatch.setattr(files, "MOST_FILES", 9)
    _, problems = load({"env/x.yaml": HEAD + "include: ../staff/*\n", **many})
    assert problems == [
        "env/x.yaml:4:10: `../staff/*`: this environment includes more than 9 files, or 100 MiB"
    ]
    monkeypatch.setattr(files, "MOST_FILES", 100)
    monkeypatch.setattr(files, "LARGEST_OF_ALL", 5 * MIB)
    many["staff/1.yaml"] = b"#" + b"x" * 6 * MIB
    assert "or 5 MiB" in load(many)[1][0]


def test_includes_of_includes_end(load: Load) -> None:
    chain = {f"env/{number}.yml": f"include: {number + 1}.yml\n" for number in range(60)}
    _, problems = load({"env/x.yaml": HEAD + "include: 0.yml\n", **chain})
    assert problems == ["env/38.yml:1:10: `env/39.yml`: includes of includes, more than 40 deep"]


@pytest.mark.parametrize("filler", [b"\x01", b"a\tb\n", "\u0085".encode()])
def test_a_file_full_of_problems_names_the_first_of_them(load: Load, filler: bytes) -> None:
    _, problems = load({"env/x.yaml": filler * 200_000})
    assert 1000 <= len(problems) < 1010
