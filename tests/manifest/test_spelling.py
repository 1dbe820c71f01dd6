"""Texts as scalars: whatever a text is, it reads back as it was, in brackets and out of them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from reconciler.errors.escape import page
from reconciler.manifest.reader import read
from reconciler.manifest.spelling import literal, manifest_lines, on_one_line, spelled
from reconciler.manifest.style import styled
from reconciler.model import Findings
from tests.support.examples import examples
from tests.support.hostile import titles

SIGNS = st.text(
    alphabet=st.sampled_from("ab :#,-?[]{}&*!|>'\"%@`~.=\\$()\n\t\x1b\u202e\x85\ud7ff\U0001f600 "),
    max_size=8,
)
DATA = st.recursive(
    SIGNS,
    lambda inner: st.lists(inner, min_size=1) | st.dictionaries(SIGNS, inner, min_size=1),
    max_leaves=12,
)


def back(text: str) -> object:
    findings = Findings()
    tree = read(text.encode(), "a.yaml", findings)
    assert not findings.errors, (text, findings.errors)
    return tree


@given(
    SIGNS | st.text(max_size=20).filter(lambda text: not any("\ud800" <= char <= "\udfff" for char in text))
)
def test_a_text_reads_back_as_it_was(text: str) -> None:
    assert back(f"a: {spelled(text, in_brackets=False)}\n") == {"a": text}
    assert back(f"a: [{spelled(text)}, b]\n") == {"a": [text, "b"]}
    assert back(f"{{{spelled(text)}: b}}\n") == {text: "b"}


def test_texts_that_want_to_be_more_are_texts_and_safe_to_print() -> None:
    for text in titles():
        shown = f"a: {spelled(text, in_brackets=False)}"
        assert back(page([shown])) == {"a": text}


def test_plain_words_stay_plain() -> None:
    for text in ("08:00-12:00", "-1", "E E N . .", "FREQ=DAILY;COUNT=3", "+15552009845", "a#b", "x: y"):
        assert (spelled(text) == text) == (text != "x: y")


def test_nothing_becomes_a_variable() -> None:
    assert literal("cost $(x) $$(y)") == "cost $$(x) $$$(y)"


@examples(60)
@given(st.dictionaries(SIGNS, st.dictionaries(SIGNS, DATA, min_size=1), min_size=1))
def test_data_reads_back_and_is_in_style(data: dict[str, dict[str, object]]) -> None:
    text = "\n".join(manifest_lines(data)) + "\n"  # type: ignore[arg-type]
    assert back(text) == data
    assert styled(text.encode(), "a.yaml", Findings()) == text
    assert back(f"a: {on_one_line(data)}\n") == {"a": data}  # type: ignore[arg-type]
