"""`fmt`: one style for all manifests of an environment; what can't be read is left as it is."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.conftest import HEAD
from tests.support.cli import Result, run

UGLY = "users:\n     ann: {  email: ann@example.org  }   # new\n\n\n"
PRETTY = "users:\n  ann: {email: ann@example.org}       # new\n"
BOMB = b"a: &a [x, x]\n" + b"".join(
    b"%c: &%c [%s]\n" % (98 + n, 98 + n, b",".join([b"*%c" % (97 + n)] * 10)) for n in range(6)
)


def fmt(folder: Path, *args: str) -> Result:
    return run("fmt", *args, cwd=folder)


def test_a_file_is_put_in_style_once(tmp_path: Path) -> None:
    path = tmp_path / "people.yaml"
    path.write_text(UGLY)
    path.chmod(0o640)
    done = fmt(tmp_path, "people.yaml")
    assert (done.code, done.stdout) == (0, "people.yaml: put in style\n")
    assert done.stderr == "1 of 1 file put in style\n"
    assert path.read_text() == PRETTY and path.stat().st_mode & 0o777 == 0o640
    assert list(tmp_path.iterdir()) == [path]
    done = fmt(tmp_path, "people.yaml", "people.yaml", "--check")
    assert (done.code, done.stdout, done.stderr) == (0, "", "1 file in style\n")


def test_check_names_files_and_diff_shows_lines_and_both_write_nothing(tmp_path: Path) -> None:
    path = tmp_path / "people.yaml"
    path.write_text(UGLY)
    done = fmt(tmp_path, "people.yaml", "--check")
    assert (done.code, done.stdout) == (1, "people.yaml: not in style\n")
    done = fmt(tmp_path, "people.yaml", "--diff")
    assert done.code == 0
    assert done.stdout.splitlines() == [
        "people.yaml",
        "@@ -1,4 +1,2 @@",
        " users:",
        "-     ann: {  email: ann@example.org  }   # new",
        "-",
        "-",
        "+  ann: {email: ann@example.org}       # new",
    ]
    assert fmt(tmp_path, "people.yaml", "--diff", "--check").code == 1
    assert path.read_text() == UGLY


def test_an_environment_stands_for_all_that_it_includes(tmp_path: Path) -> None:
    (tmp_path / "staff").mkdir()
    (tmp_path / "env.yaml").write_text(HEAD + 'include: [ "staff/*.yaml" ]\n')
    (tmp_path / "staff/people.yaml").write_text(UGLY)
    (tmp_path / "staff/hours.yaml").write_text("workHours:\n   ann: [ ]\n# $(nowhere)\nvars: {a: $(b)}\n")
    done = fmt(tmp_path, "env.yaml")
    assert (done.code, done.stdout.splitlines()) == (
        0,
        ["env.yaml: put in style", "staff/hours.yaml: put in style", "staff/people.yaml: put in style"],
    )
    assert fmt(tmp_path, "env.yaml", "--check").code == 0


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"a: [b\n", "`[` is not closed"),
        (b"a:\tb\n", "write spaces instead of this tab"),
        (b"a: \xff\n", "is not UTF-8"),
        (b"a: b\na: c\n", "stands here twice"),
        (b"a: !x b\n", "YAML tag"),
        (b"- a\n", "not with a list"),
        (b"a: b\n---\nc: d\n", "a second document"),
        (b"a: \x1b[2K\n", "invisible character"),
        (b"[" * 5000, "nested deeper"),
        (b"a: " + b"x" * (11 << 20), "larger than 10 MiB"),
        (BOMB, "aliases"),
    ],
)
def test_what_cannot_be_read_is_said_and_left_and_the_others_are_put_in_style(
    tmp_path: Path, data: bytes, said: str
) -> None:
    (tmp_path / "bad.yaml").write_bytes(data)
    (tmp_path / "good.yaml").write_text(UGLY)
    done = fmt(tmp_path, "bad.yaml", "good.yaml", "gone.yaml")
    assert done.code == 1 and done.stdout == "good.yaml: put in style\n"
    first, *_ = lines = done.stderr.splitlines()
    assert first.startswith("bad.yaml:") and said in first
    assert "gone.yaml:1:1: no such file" in lines
    assert (tmp_path / "bad.yaml").read_bytes() == data
    assert (tmp_path / "good.yaml").read_text() == PRETTY


def test_a_file_with_a_second_name_is_not_torn_from_it(tmp_path: Path) -> None:
    (tmp_path / "people.yaml").write_text(UGLY)
    os.link(tmp_path / "people.yaml", tmp_path / "other.yaml")
    done = fmt(tmp_path, "people.yaml")
    assert done.code == 1 and "hard link" in done.stderr
    assert (tmp_path / "people.yaml").read_text() == UGLY


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "people.yaml").write_text(UGLY)
    (tmp_path / "link.yaml").symlink_to("people.yaml")
    assert fmt(tmp_path, "link.yaml").code == 0
    assert (tmp_path / "link.yaml").is_symlink() and (tmp_path / "people.yaml").read_text() == PRETTY
