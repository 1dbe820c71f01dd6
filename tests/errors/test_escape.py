"""The escape, on all of Unicode: one line stays one, shows all its characters, and commands nobody."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from reconciler.errors.escape import annotation, json_text, page, visible
from reconciler.manifest import dump
from tests.support.hostile import HARMLESS, faults, steers, titles

PACKAGE = Path(__file__).parents[2] / "reconciler"
TITLES = titles()
anything = st.text(st.characters(exclude_categories=()), max_size=40)  # halves of surrogate pairs, too
hostile = st.sampled_from(TITLES)
pieces = st.lists(anything | hostile | st.sampled_from(HARMLESS), max_size=3).map("".join)
data = st.recursive(
    st.none() | st.booleans() | st.integers() | pieces,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(pieces, inner, max_size=3),
    max_leaves=8,
)


def test_there_are_187_hostile_titles_always_the_same() -> None:
    assert len(set(TITLES)) == 187
    assert titles() == TITLES


@pytest.mark.parametrize("title", TITLES, ids=ascii)
def test_a_hostile_title_is_one_line_and_no_command(title: str) -> None:
    for text in (title, f"  {title}", f"{title}:1:1: no"):
        printed = page([text, "next"])
        assert not faults(printed)
        assert printed.count("\n") == 1


@pytest.mark.parametrize("text", HARMLESS)
def test_what_is_harmless_is_printed_as_it_was_typed(text: str) -> None:
    assert page([text]) == text


def test_every_sign_of_unicode_by_itself() -> None:
    for char in map(chr, range(0x110000)):
        shown = visible(f"a{char}b")
        assert not faults(shown), ascii(char)
        if steers(char):
            assert shown == f"a{ascii(char)[1:-1]}b"


def test_spelling() -> None:
    assert (
        visible("a\nb\x1b[2J\u202e\U000e0041\t\r\x85\udcff") == r"a\nb\x1b[2J\u202e\U000e0041\t\r\x85\udcff"
    )
    assert page(["::error::x", " ::x", "##vso[x]", "a ##[x]", "section_start:1:x"]).split("\n") == [
        r"\x3a:error::x", r" \x3a:x", r"\x23#vso[x]", r"a \x23#[x]", r"\x73ection_start:1:x",
    ]  # fmt: skip


@given(pieces)
def test_a_line_stays_one_and_commands_nobody(text: str) -> None:
    printed = page([text, text])
    assert not faults(printed)
    assert printed.count("\n") == 1


@given(pieces)
def test_what_was_escaped_is_not_escaped_again(text: str) -> None:
    assert visible(visible(text)) == visible(text)
    assert page([page([text])]) == page([text])


@given(data)
@example({"##vso[x]": "\x7f\u2028\U000e0041"})
def test_json_shows_everything_and_reads_back_the_same(value: Any) -> None:
    for indent in (None, 2):
        printed = json_text(value, indent)
        assert not faults(printed)
        # A pair of halves is one sign to every reader of JSON.
        assert json.loads(printed) == json.loads(json.dumps(value))


@given(data)
def test_yaml_shows_everything_and_reads_back_the_same(value: Any) -> None:
    printed = dump([value])
    assert not faults(printed)
    assert yaml.safe_load(printed) == [value]


@given(pieces, pieces)
def test_an_annotation_is_one_command_with_its_own_place(path: str, message: str) -> None:
    printed = annotation("error", path, 3, 7, message)
    assert not faults(printed, annotated=True)
    found = re.fullmatch(r"::error file=([^,:\n]*),line=3,col=7::([^\r\n]*)", printed)
    assert found
    read = found[2].replace("%25", "%")
    assert visible(read) == read


# Who may say that a text can be printed: the escape, and formats that have rules of their own for it.
MAKERS = {"errors/escape.py", "report/ics.py", "listing/rows.py"}
# Who may write to a stream: the one file that prints, and a count that runs on a terminal's last line.
PRINTERS = {"commands/output.py", "commands/get.py", "cli.py"}
PRINTING = re.compile(r"\bclick\.echo\(|\bprint\(|\bstd(?:out|err)\.write\(|\bclick\.secho\(")


def test_nothing_is_printed_past_the_escape() -> None:
    """mypy sees that only what is Printable is printed; this, that nobody else makes or prints any."""
    sources = {
        str(path.relative_to(PACKAGE)): path.read_text(encoding="utf-8")
        for path in PACKAGE.rglob("*.py")
        if "simulator" not in path.relative_to(PACKAGE).parts[0]
    }
    assert {name for name, text in sources.items() if re.search(r"\bPrintable\(", text)} <= MAKERS
    assert {name for name, text in sources.items() if calls(text, PRINTING)} <= PRINTERS


def calls(source: str, pattern: re.Pattern[str]) -> list[str]:
    nodes = (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call))
    return [text for node in nodes if pattern.match(text := ast.unparse(node))]
