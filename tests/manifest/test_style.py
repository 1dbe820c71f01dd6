"""Our style: what a file says stays, comments too; blanks go where they belong, and stay there."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator
from datetime import date
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.manifest.reader import read
from reconciler.manifest.style import styled
from reconciler.model import Findings
from tests.support.staffs import environments
from tests.support.wards import wards

ROOT = Path(__file__).parents[2]
# What runs a fleet isn't ours to lay out: Kubernetes has several documents in a file.
EXAMPLES = [path for path in (ROOT / "examples").rglob("*.yaml") if "deploy" not in path.parts]


def in_style(text: str) -> str:
    """A sound file in our style, which is in our style."""
    findings = Findings()
    result = styled(text.encode(), "a.yaml", findings)
    assert result is not None and not findings.errors, [problem.message for problem in findings.errors]
    assert styled(result.encode(), "a.yaml", findings) == result, "a second time changes something"
    return result


def said(text: str) -> str | None:
    """What a file says, keys in their order; None: it has problems."""
    findings = Findings()
    tree = read(text.encode(), "a.yaml", findings)
    return None if findings.errors else json.dumps(tree)


UGLY = """\


# Who works when.
#
workHours :
    ann:   # nights
    - {  from : 2027-01-04,days: { mon-fri: N ,sat : "off"} }     # as agreed
    -   from: 2027-02-01
        to:   2027-02-28


        days:
              mon-fri:   [ 08:00-12:00 ,13:00-17:00 ]
    # The last of hers.
    - &closing {override: Closing, from: 2026-12-24, days: off}
    # About Bob.
    bob: []
 # Shifts have names.
shifts: {N: 22:00-06:00,
         E: 06:00-14:00}
teams: [
  ann , bob,
        # and the newest
     cat
 ]
events:
   huddle:
      title:   'Team  huddle'
      remarks: |
            Bring:
              - a pen

      participants: [ {user: ann},
           {user: bob} ]
      location: Room 4, on
         the left


"""
PRETTY = """\
# Who works when.
#
workHours:
  ann:   # nights
    - {from: 2027-01-04, days: {mon-fri: N, sat: "off"}}          # as agreed
    - from: 2027-02-01
      to: 2027-02-28

      days:
        mon-fri: [08:00-12:00, 13:00-17:00]
    # The last of hers.
    - &closing {override: Closing, from: 2026-12-24, days: off}
  # About Bob.
  bob: []
# Shifts have names.
shifts: {N: 22:00-06:00,
         E: 06:00-14:00}
teams: [
  ann, bob,
  # and the newest
  cat
]
events:
  huddle:
    title: 'Team  huddle'
    remarks: |
      Bring:
        - a pen

    participants: [{user: ann},
                   {user: bob}]
    location: Room 4, on
      the left
"""


def test_blanks_go_where_they_belong_and_nothing_else_changes() -> None:
    assert in_style(UGLY) == PRETTY


@pytest.mark.parametrize(
    ("ugly", "pretty"),
    [
        ("", ""),
        ("\n\n", ""),
        ("# alone", "# alone\n"),
        ("a: b", "a: b\n"),
        ("\ufeffa: b\r\nc: d\r\n", "a: b\nc: d\n"),
        ("---\n\na:   b\n...\n", "---\n\na: b\n...\n"),
        ("a: x   # near\n", "a: x   # near\n"),
        ("a:   x # nearer\n", "a: x # nearer\n"),
        ("ann: E E\nkatrina: N N\n", "ann: E E\nkatrina: N N\n"),
        ("ann:     E E\nkatrina: N N\n", "ann:     E E\nkatrina: N N\n"),
        ("ann:       E E\nkatrina:   N N\n", "ann:     E E\nkatrina: N N\n"),
        ("a:\n   E E\n   N N\n", "a:\n  E E\n  N N\n"),
        ("b:\n    a: E E\n       N N\n", "b:\n  a: E E\n     N N\n"),
        ("a: >-\n     x\n       y\n\n\n\nb: c\n", "a: >-\n  x\n    y\n\nb: c\n"),
        ("a: |2\n    x\nb: c\n", "a: |2\n    x\nb: c\n"),
        ("b:\n    a: |2\n        x\n", "b:\n  a: |2\n      x\n"),
        ("a: |+\n   x\n\n\nb: c\n", "a: |+\n  x\n\n\nb: c\n"),
        ("a: |+\n   x\n\n\n", "a: |+\n  x\n\n\n"),
        ("a: |\n   x", "a: |\n  x"),
        ("a: |\n   x\n      \n", "a: |\n  x\n     \n"),
        ('a: "x\n  \\\n   y"\n', 'a: "x\n  \\\n  y"\n'),
        ("a: &x\n    b: c\nd:   *x\n", "a: &x\n  b: c\nd: *x\n"),
        ("{a: b,\nc: [d,\ne]}", "{a: b,\n c: [d,\n     e]}\n"),
        ("a:\n- - b\n  -   c\n- d\n", "a:\n  - - b\n    - c\n  - d\n"),
        ("a:\n-\n    b: c\n", "a:\n  -\n    b: c\n"),
        ("? a\n: b\n", "? a\n: b\n"),
        ("a:\n  - b\n  # of b\n# of c\nc: d\n  # of d\n", "a:\n  - b\n  # of b\n# of c\nc: d\n# of d\n"),
    ],
)  # fmt: skip
def test_of_each_sort_of_yaml(ugly: str, pretty: str) -> None:
    assert said(ugly) == said(pretty) or not ugly.strip()
    assert in_style(ugly) == pretty


def test_files_of_ours_that_a_person_wrote_are_in_style_or_say_the_same_in_it() -> None:
    found = [path for path in ROOT.rglob("*.y*ml") if ".venv" not in path.parts]
    sound = [text for path in found if said(text := path.read_bytes().decode(errors="replace")) is not None]
    assert len(sound) > 200
    for text in sound:
        result = in_style(text)
        assert said(result) == said(text)
        assert words(result) == words(text)
    for path in EXAMPLES:
        assert in_style(path.read_text()) == path.read_text(), path


@given(st.data())
@settings(max_examples=30)
def test_all_words_of_the_language_say_the_same_in_style(data: st.DataObject) -> None:
    """However a program has laid them out: in brackets or in lines, broken anywhere, indented by anything."""
    invented = data.draw(st.sampled_from((wards(date(2027, 1, 4)), environments(), ours())))
    layout = {
        "default_flow_style": data.draw(st.sampled_from((None, True, False))),
        "width": data.draw(st.sampled_from((9, 30, 80, 10_000))),
        "indent": data.draw(st.integers(2, 9)),
    }
    text = yaml.safe_dump(data.draw(invented), sort_keys=False, allow_unicode=True, **layout)
    meaning = said(text)
    assert meaning is not None
    result = in_style(text)
    assert said(result) == meaning and words(result) == words(text)


def ours() -> st.SearchStrategy[Any]:
    """What the examples and the clinic of the stories say."""
    files = [*EXAMPLES, *(ROOT / "tests/stories/clinic").rglob("*.yaml")]
    return st.sampled_from([yaml.load(path.read_text(), yaml.BaseLoader) for path in sorted(files)])


def words(text: str) -> list[str]:
    return text.removeprefix("\ufeff").split()


class Scribe:
    """Writes nested data as carelessly as YAML lets one, with a numbered comment wherever one may stand."""

    def __init__(self, seed: int) -> None:
        self.draw = random.Random(seed)
        self.numbers = count(1)

    def document(self) -> str:
        return "".join(self.noise(0)) + "\n".join(self.mapping(0, 4)) + "\n" * self.draw.randrange(3)

    def noise(self, indent: int) -> Iterator[str]:
        """Lines before an entry: comments, anywhere, and empty ones."""
        for _ in range(self.draw.choice((0, 0, 0, 1, 2))):
            comment = f"{' ' * self.draw.randrange(indent + 5)}# c{next(self.numbers)}"
            yield self.draw.choice(("\n", "  \n", f"{comment}\n", f"{comment}  \n"))

    def beside(self) -> str:
        return self.draw.choice(("", "", "  ", f"{' ' * self.draw.randint(1, 9)}# c{next(self.numbers)}"))

    def mapping(self, indent: int, depth: int) -> Iterator[str]:
        for number in range(self.draw.randint(1, 4)):
            for line in self.noise(indent):
                yield line.rstrip("\n")
            key = self.draw.choice(("key", "a-longer-key", '"quoted"', "k")) + str(number)
            key = f'"{key.replace(chr(34), "")}"' if '"' in key else key
            yield from self.entry(f"{' ' * indent}{key}{' ' * self.draw.choice((0, 0, 1))}:", indent, depth)

    def entry(self, head: str, indent: int, depth: int, of_list: bool = False) -> Iterator[str]:
        kind = self.draw.choice(("flow", "text", "text", "block", "mapping", "list") if depth else ("text",))
        deeper = indent + self.draw.randint(1, 6)
        if kind in ("mapping", "list"):
            yield head + self.beside()
            if kind == "mapping":
                yield from self.mapping(deeper, depth - 1)
            else:
                yield from self.list(deeper if of_list else self.draw.choice((indent, deeper)), depth - 1)
        elif kind == "block":
            yield from self.block(head, indent)
        else:
            value = self.flow(indent, depth) if kind == "flow" else self.text(indent)
            yield from f"{head}{' ' * self.draw.randint(1, 4)}{value}{self.beside()}".split("\n")

    def list(self, indent: int, depth: int) -> Iterator[str]:
        for _ in range(self.draw.randint(1, 3)):
            for line in self.noise(indent):
                yield line.rstrip("\n")
            if self.draw.random() < 0.4:
                blanks = " " * self.draw.randint(1, 3)
                first, *rest = self.mapping(indent + 1 + len(blanks), depth)
                yield f"{' ' * indent}-{blanks}{first.lstrip()}"
                yield from rest
            else:
                yield from self.entry(f"{' ' * indent}-", indent, depth, of_list=True)

    def text(self, indent: int) -> str:
        next_line = "\n" + " " * (indent + self.draw.randint(1, 5))
        return self.draw.choice(
            ("plain", "two words", "08:00-12:00", "'it''s'", '"a \\" # b"', "x:y", f"over{next_line}two",
             f"over{next_line}{next_line.rstrip(' ')}{next_line}three",
             f'"quoted{next_line}on \\{next_line}and on"',
             f"'single{next_line}more'")
        )  # fmt: skip

    def flow(self, indent: int, depth: int) -> str:
        if not depth or self.draw.random() < 0.3:
            return self.draw.choice(("a", "'b c'", '"d"'))
        parts = [self.flow(indent, depth - 1) for _ in range(self.draw.randint(0, 3))]
        if self.draw.random() < 0.5:
            parts = [f"k{number}{self.blank(indent)}: {part}" for number, part in enumerate(parts)]
            return f"{{{self.joined(parts, indent)}}}"
        return f"[{self.joined(parts, indent)}]"

    def joined(self, parts: list[str], indent: int) -> str:
        return self.gap(indent) + f",{self.gap(indent) or ' '}".join(parts) + self.gap(indent)

    def blank(self, indent: int) -> str:
        return " " * self.draw.randrange(3)

    def gap(self, indent: int) -> str:
        line = "\n" + " " * (indent + self.draw.randint(1, 8))
        comment = f" # c{next(self.numbers)}"
        return self.draw.choice(
            ("", "", " ", "  ", line, f"{comment}{line}", f"\n{line}", f"{line}{comment}{line}")
        )

    def block(self, head: str, indent: int) -> Iterator[str]:
        deeper = self.draw.randint(1, 6)
        chomp = self.draw.choice(("", "-", "+"))
        explicit = self.draw.random() < 0.3
        more = self.draw.randrange(3) if explicit else 0
        yield f"{head} {self.draw.choice('|>')}{deeper if explicit else ''}{chomp}"
        column = " " * (indent + deeper)
        yield f"{column}{' ' * more}first # no comment"
        for _ in range(self.draw.randrange(3)):
            yield self.draw.choice((f"{column}more", f"{column}   more", "", f"{column}  ", " " * indent))
        yield from [""] * self.draw.randrange(3)


@pytest.mark.parametrize("seed", range(12))
def test_careless_files_say_the_same_in_style_with_all_comments(seed: int) -> None:
    sound = 0
    for number in range(50):
        text = Scribe(seed * 1000 + number).document()
        meaning = said(text)
        if meaning is None:
            continue
        sound += 1
        result = in_style(text)
        assert said(result) == meaning, text
        assert re.findall("# c[0-9]+", result) == re.findall("# c[0-9]+", text), text
    assert sound > 25
