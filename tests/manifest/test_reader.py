"""Bytes to a tree of texts with places; every odd spelling is told with its cause at its column."""

from __future__ import annotations

import json

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from reconciler.manifest import reader
from reconciler.manifest.reader import read
from reconciler.model import Block, Findings, Items, Text

INDENTED = "indent it like its neighbours, or end the line above with `:`"
NEIGHBOURS = "this line is indented differently from its neighbours: give them the same indentation"

ODD: list[tuple[str | bytes, list[str]]] = [
    ("a: 1\nb: 2\na: 3\n", ["3:1: `a` stands here twice: first on line 1, column 1"]),
    (
        "e:\n  title: #1 meeting\n",
        ["2:3: `title` is empty, for `#` begins a comment: put the title in quotes"],
    ),
    ("u:\n  jo:\n    phone:\n", ["3:5: `phone` is an empty value: to clear a field write `clear: [phone]`"]),
    ("u: {jo: {phone: ~}}", ["1:10: `phone` is an empty value: to clear a field write `clear: [phone]`"]),
    ("u: {jo: {phone: null}}", ["1:10: `phone` is an empty value: to clear a field write `clear: [phone]`"]),
    ("users:\n  jo:\n", ["2:3: `jo` is empty: write its value, or indent deeper what belongs to it"]),
    ("users:\nleave: {a: b}\n", ["1:1: `users` is empty: write something below it, or delete the line"]),
    (
        "days: {mon, wed: 9:00-17:00}",
        ['1:8: `mon` has no hours: write mon-wed: …, or "mon, wed": … for single days'],
    ),
    ("- a\n-\n", ["2:2: an empty item: write something after `-`, or delete it"]),
    ("title: &Co\n", ["1:1: `title` is empty, for `&` begins a YAML anchor: put the title in quotes"]),
    ("title: @home", ["1:8: `@` cannot begin a value: put this in quotes"]),
    ("title: 50%\nlocation: %x", ["2:11: `%` cannot begin a value: put this in quotes"]),
    ("title: `x`", ["1:8: a backquote cannot begin a value: put this in quotes"]),
    ("title: & more", ["1:8: `&` cannot begin a value: put this in quotes"]),
    ("title: *bold*", ["1:8: `*` cannot begin a value: put this in quotes"]),
    ("title: *x", ["1:8: `*x` refers to nothing: put the text in quotes if it begins with `*`"]),
    ("title: >5 people", ["1:8: `>` begins a text of several lines: put the value in quotes"]),
    (
        "title: !urgent x",
        [
            "1:8: `!` begins a YAML tag, and manifests have none: put the text in quotes, or delete the tag",
        ],
    ),
    ("title: Team: stand-up", ["1:12: a `: ` inside a value: put the value in quotes"]),
    ("- Team: a: b", ["1:10: a `: ` inside a value: put the value in quotes"]),
    ("a: 1\n  b: 2", ["2:3: this line is indented deeper than the line above allows: " + INDENTED]),
    ("a:\n  b: 1\n c: 2", ["3:2: " + NEIGHBOURS]),
    ("a: 'x\nb: y\n", ["1:4: a quote is not closed: it opened on line 1"]),
    ("z: 1\na: 'x\nb: 'y'\n", ["2:4: a quote is not closed: it opened on line 2"]),
    (
        'title: "A" b',
        ["1:12: text goes on after the closing quote: put the whole value in one pair of quotes"],
    ),
    (
        "title: [A] b",
        ["1:12: text goes on after a value that `[` began: put the whole value in quotes"],
    ),
    (
        "a: - b",
        ["1:4: `- ` cannot stand here: put the value in quotes, or begin the list on a line of its own"],
    ),
    ("a: 1\nb\nc: 2", ["2:1: `:` is missing after this key"]),
    ("a: {b: 1\nc: 2", ["1:4: this `{` is not closed: `}` is missing"]),
    ("a: [1, 2\nb: 3", ["1:4: this `[` is not closed: `]` is missing"]),
    (
        "a: {b: 1 c: 2}",
        ["1:11: `,` or `}` is missing before this (the `{` opened on line 1), or quotes around the value"],
    ),
    ("a: [1,,2]", ["1:7: a value is missing before this: write one, or delete the comma"]),
    ('a: "\\d"', ["1:5: `\\` has a meaning in double quotes: put the text in single quotes"]),
    (
        "a: 1\n---\nb: 2",
        ["2:1: a second document begins here: one file holds one, move this into a file of its own"],
    ),
    (
        "t: {{x}}",
        ["1:5: a key must be text: if this is text that begins with a bracket, put it in quotes"],
    ),
    ("a: &a [*a]", ["1:8: `*a` stands inside of what it refers to"]),
    ("<<: {a: b}", ["1:1: merge keys (`<<`) are not read: write the keys out"]),
    ("a: " + "[" * 60, ["1:43: nested deeper than 40 levels"]),
    (
        "a:\n\tb: 1\nc:\n\td: 2",
        ["2:1: indent with spaces, not with tabs", "4:1: indent with spaces, not with tabs"],
    ),
    (
        "a:\tb\nb: ~",
        [
            "1:3: write spaces instead of this tab",
            "2:1: `b` is empty: write something below it, or delete the line",
        ],
    ),
    ("a: x\x07y", ["1:5: an invisible character stands here (U+0007, control character): delete it"]),
    ("a: x\u202ey", ["1:5: an invisible character stands here (U+202E, right-to-left override): delete it"]),
    (
        "a: 1 # \u2066y",
        ["1:8: an invisible character stands here (U+2066, left-to-right isolate): delete it"],
    ),
    ("ä: ü\u2028y", ["1:5: an invisible character stands here (U+2028, line separator): delete it"]),
    ("ä: 1\n ü: ".encode() + b"\xe9", ["2:5: the byte 0xe9 here is not UTF-8: save the file as UTF-8"]),
    ("a: 1".encode("utf-16"), ["1:1: this file is UTF-16: save it as UTF-8"]),
    ("\ufeffa: 1\na: 2", ["2:1: `a` stands here twice: first on line 1, column 1"]),
    ("a: 1\r\nb: ü\r\na: 2", ["3:1: `a` stands here twice: first on line 1, column 1"]),
]


def _problems(data: str | bytes) -> list[str]:
    findings = Findings()
    read(data if isinstance(data, bytes) else data.encode(), "f.yaml", findings)
    return [str(problem).removeprefix("f.yaml:") for problem in findings.errors]


@pytest.mark.parametrize(("data", "problems"), ODD)
def test_what_is_odd_is_told_with_its_cause_at_its_column(data: str | bytes, problems: list[str]) -> None:
    assert _problems(data) == problems


@pytest.mark.parametrize("data", ["", "# nothing\n", "---\n", "---\n...\n", "\n\n"])
def test_an_empty_file_is_an_empty_block(data: str) -> None:
    findings = Findings()
    assert read(data.encode(), "f.yaml", findings) == {}
    assert not findings.errors


def test_scalars_and_keys_are_the_texts_that_were_typed() -> None:
    text = "no: on\n010: 22:30\n1e3: +1555\ny: [2026-12-01, 0x1F, 1_000, .5, 'null', \"~\", Null, true]\n"
    assert read(text.encode(), "f.yaml", Findings()) == {
        "no": "on",
        "010": "22:30",
        "1e3": "+1555",
        "y": ["2026-12-01", "0x1F", "1_000", ".5", "null", "~", "Null", "true"],
    }


def test_places_count_characters_from_one() -> None:
    tree = read("ü: {ä: 'x', é: [ö]}\n".encode(), "f.yaml", Findings())
    assert isinstance(tree, Block)
    inner = tree.find("ü")
    assert [key.source[1:] for key in inner] == [(1, 5), (1, 13)]
    assert inner.find("é").source[1:] == (1, 16)
    assert inner.find("é")[0].source[1:] == (1, 17)


def test_aliases_stand_for_what_they_name() -> None:
    tree = read(b"a: &week {mon: off}\nb: *week\n", "f.yaml", Findings())
    assert tree == {"a": {"mon": "off"}, "b": {"mon": "off"}}


def test_an_alias_bomb_is_stopped() -> None:
    rows = ["a: &a [x,x,x,x,x,x,x,x,x]"]
    rows += [f"{chr(98 + i)}: &{chr(98 + i)} [{','.join(['*' + chr(97 + i)] * 9)}]" for i in range(9)]
    assert _problems("\n".join(rows)) == [
        "5:8: aliases repeat more than 10,000 values here: write them out, or split the file"
    ]


def test_aliases_can_not_nest_deeper_than_brackets() -> None:
    rows = ["a0: &a0 [[[[[[[[[[x]]]]]]]]]]"]
    rows += [f"a{i}: &a{i} [[[[[[[[[[*a{i - 1}]]]]]]]]]]" for i in range(1, 9)]
    assert _problems("\n".join(rows)) == ["4:19: nested deeper than 40 levels"]


def test_without_libyaml_the_same_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader, "LOADER", yaml.SafeLoader)
    assert read(b"a: {b: 09:00-18:00, c: [no]}", "f.yaml", Findings()) == {
        "a": {"b": "09:00-18:00", "c": ["no"]}
    }
    assert _problems("title: Team: stand-up") == ["1:12: a `: ` inside a value: put the value in quotes"]
    assert _problems("title: @home") == ["1:8: `@` cannot begin a value: put this in quotes"]


@given(st.binary(max_size=60) | st.text(max_size=60).map(str.encode))
@example(b"\xff\xfe")
@example(b"a: !<x")
@example(b"%YAML 3.0\n---\na: 1")
@example(b"? \n: \n")
@example(b"'")
@example(b"a: |9\n x")
def test_any_bytes_give_findings_and_never_an_exception(data: bytes) -> None:
    _problems(data)


@given(st.text(alphabet="ab:-?[]{},#&*!|>'\"%@`~ \n\t\\$()0üÿ", max_size=40))
def test_any_punctuation_gives_findings_of_ours(text: str) -> None:
    for problem in _problems(text):
        line, column, message = problem.split(":", 2)
        assert int(line) >= 1
        assert int(column) >= 1
        assert "expected <" not in message
        assert "while " not in message


TEXTS = st.text(
    st.characters(min_codepoint=32, exclude_categories=["Cc", "Cs", "Zl", "Zp"]), min_size=1
).filter(lambda text: not any(char in "\ufeff\ufffe\uffff" or ord(char) & 0xFFFE == 0xFFFE for char in text))


@given(st.recursive(TEXTS, lambda inner: st.lists(inner) | st.dictionaries(TEXTS, inner), max_leaves=20))
def test_texts_come_back_as_typed(value: object) -> None:
    document = json.dumps({"value": value}, ensure_ascii=False).replace("\x7f", "\\x7f")
    findings = Findings()
    tree = read(document.encode(), "f.yaml", findings)
    repeated = any("merge keys" in problem.message for problem in findings.errors)
    assert repeated or tree == {"value": value}


@given(st.from_regex(r"[A-Za-z0-9_+./][A-Za-z0-9_+./:-]{0,20}[A-Za-z0-9_+./]", fullmatch=True))
def test_plain_texts_come_back_as_typed(text: str) -> None:
    if text == "null" or text.startswith("..."):
        return
    tree = read(f"k: {text}\nl: [{text}]\n".encode(), "f.yaml", Findings())
    assert tree == {"k": text, "l": [text]}
    assert isinstance(tree, Block)
    assert isinstance(tree.find("k"), Text)
    assert isinstance(tree.find("l"), Items)
