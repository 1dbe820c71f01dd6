"""The comment on a pull request: in the contract's order, never too long, and every text letter by letter."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from reconciler.errors.escape import visible
from reconciler.model import Action, Change, FieldDiff, Key, Plan, Request, Source, Window
from reconciler.model.told import Block, Count, Gist
from reconciler.report.html import html_of
from reconciler.report.markdown import MOST, code, markdown_of, marker_of
from reconciler.report.people import PersonLine
from reconciler.report.review import Lost, Review, review_of
from tests.support.hostile import faults, titles

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
GFM = MarkdownIt("commonmark", {"html": True}).enable("table")
HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=y>",
    "</details>",
    "-->",
    "<!-- x -->",
    "&lt;b&gt; &#64;",
    "**bold** _em_ ~~gone~~",
    "[link](https://evil.example)",
    "![image](https://evil.example/x.png)",
    "# head",
    "`tick`",
    "``` fence",
    "````",
    "`",
    " `` ",
    "a|b",
    r"a\|b",
    r"\\||",
    "|",
    "a\\",
    "@user",
    "@org/team",
    "#1",
    "owner/repo#12",
    "GH-1",
    "!1",
    "https://evil.example",
    "www.evil.example",
    "x\ny",
    "\r\n> quote",
    "- item",
    "\u202eright to left",
    "\x1b[31mred\x1b[0m",
    "::error::x",
    "##[error]x",
    "- [ ] todo",
    ":smile:",
    "$x^2$",
    "  two spaces  ",
    " ",
    "$(rm)",
    "{{ 7*7 }}",
    "{% raw %}",
    "\u200b",
    *titles()[::9],
]
texts = st.sampled_from(HOSTILE) | st.text(st.characters(exclude_categories=()), min_size=1, max_size=12)


def a_plan(changes: int = 0, text: str = "Stand-up", **fields: object) -> Plan:
    found = tuple(
        Change(
            Key("event", f"s{number}@2026-12-{number % 28 + 1:02}"), Action.UPDATE, Request("PATCH", "/x"),
            diff=(FieldDiff("eventTitle", "Old", text),), live_id=f"id{number}",
            before={"eventTitle": "Old", "startDateTime": "2026-12-01T17:00:00.000Z"},
            after={"eventTitle": text, "startDateTime": "2026-12-01T17:00:00.000Z"},
            source=Source("staff/meetings.yaml", number + 1),
        )
        for number in range(changes)
    )  # fmt: skip
    plan = Plan(
        created_at=NOW, tenant="gh", instance="sb", api_url="x", client=None, owner="s", timezone="UTC",
        manifest_digest="", live_digest="", window=Window(NOW, NOW + timedelta(weeks=8)), changes=found,
    )  # fmt: skip
    return replace(plan, **fields)  # type: ignore[arg-type]


def a_review(text: str) -> Review:
    """Everything that is said is the same text."""
    source = Source(f"staff/{text}", 3)
    gone = Block("-", f"event/{text}", text, (), source, (Count(Gist.ENDS, 2),), (text,), NOW.date())
    stuck = gone._replace(sign="!", head=f"blocked: {text}", blocked=True)
    return review_of(a_plan(1, text))._replace(
        place=f"gh/{text}",
        blocks=(gone, stuck),
        taken=(gone,),
        blocked=(stuck,),
        people=(PersonLine(text, (text, text), (source,)),),
        stranded=(Lost(text, text, "Tue 1 Dec 09:00-09:30", "hours", ("Wed 2 Dec 10:00",)),),
        rules=(f"x:1: denied: {text}", f"x:2: warned: {text}"),
        denied=(f"x:1: denied: {text}",),
        warnings=(text,),
        brakes=(text,),
    )


def parsed(markdown: str) -> tuple[list[str], list[str], list[str]]:
    """(texts in code, all other texts, HTML) of a comment."""
    spans, others, tags = list[str](), list[str](), list[str]()
    for token in GFM.parse(markdown):
        if token.type == "fence":
            spans.append(token.content)
        elif token.type == "html_block":
            tags.append(token.content)
        for child in token.children or ():
            kinds = {"code_inline": spans, "html_inline": tags}
            kinds.get(child.type, others).append(child.content)
            assert child.type not in ("link_open", "image"), child
    return spans, others, tags


@settings(max_examples=150)
@given(texts)
def test_a_text_in_code_is_shown_letter_by_letter(text: str) -> None:
    spans, others, tags = parsed(code(text))
    assert spans == [visible(text)]
    assert not tags
    assert "".join(others) == ""


@settings(max_examples=120, deadline=None)
@given(texts)
def test_no_text_becomes_markdown(text: str) -> None:
    comment = markdown_of([a_review(text), a_review("harmless")])
    assert not faults(comment)
    usual = markdown_of([a_review("x"), a_review("harmless")])
    assert comment.count("\n") == usual.count("\n")
    spans, others, tags = parsed(comment)
    allowed = re.compile(r"\s*(?:<!-- [^<>]*-->|</?details>|<summary>[\w ]+</summary>|\s)*\s*")
    assert all(allowed.fullmatch(tag) for tag in tags), tags
    plain = "".join(others)
    assert not re.search(r"[@<`!\[\]]|#\d|https?:", plain.replace("each !", "")), plain
    if "|" not in text and not faults(f"a {visible(text)}"):  # else spelled so that no runner obeys
        assert sum(visible(text) in span for span in spans) >= 5


@pytest.mark.parametrize("text", [text for text in HOSTILE if "|" in visible(text)])
def test_a_bar_in_a_table_is_a_letter(text: str) -> None:
    rows = [
        token.children or []
        for token in GFM.parse(markdown_of([a_review(text)]))
        if token.type == "inline" and token.level == 4
    ]
    assert len(rows) == 6
    assert "".join(child.content for child in rows[3]) == visible(text)


class Page(HTMLParser):
    """What stands on a page: words, tags, attributes; escapes are resolved as browsers do."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.words, self.tags, self.names = list[str](), list[str](), set[str]()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.names |= {name for name, _ in attrs}

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def read(text: str) -> Page:
    page = Page()
    page.feed(html_of([a_review(text)]))
    return page


@settings(max_examples=80, deadline=None)
@given(texts)
def test_no_text_becomes_html(text: str) -> None:
    page, usual = read(text), read("x")
    assert page.tags == usual.tags
    assert page.names == usual.names
    assert not faults(html_of([a_review(text)]))
    shown = visible(text).strip()
    if not faults(f"a {shown}") and not shown.startswith(
        ("::", "-", "+", "~", "^", "section", "travis", "#")
    ):
        assert sum(shown in word for word in page.words) >= 5


@given(st.lists(texts, min_size=1, max_size=4))
def test_the_marker_is_one_comment_whatever_tenants_are_called(names: list[str]) -> None:
    marker = marker_of(names)
    (token,) = GFM.parse(marker)
    assert token.type == "html_block"
    assert marker.startswith("<!-- welkin-reconcile: ")
    assert marker.count("-->") == 1
    assert marker.isascii() and "\n" not in marker


def test_markers_tell_tenants_apart() -> None:
    assert marker_of(["gh/sb-demo", "gh/two"]) == "<!-- welkin-reconcile: gh/sb-demo, gh/two -->"
    assert marker_of(["gh/é"]) != marker_of(["gh/è"])


def test_verdict_then_what_is_lost_then_people_then_all_changes() -> None:
    comment = markdown_of([a_review("text")])
    parts = (
        "<!-- welkin-reconcile: gh/text -->\nPlan: 0 to add, 1 to change, 0 to destroy.",
        "**Denied by a rule (1)**", "**1 patient appointment stranded",
        "**Taken away (1)**", "**Blocked (1)**", "| Who | What | Where |",
        "<details><summary>All 2 changes</summary>", "staff/text:3", "</details>",
    )  # fmt: skip
    places = [comment.index(part) for part in parts[:7]]
    assert places == sorted(places)
    assert places[0] == 0
    folded = comment[places[-1] :]
    assert folded.count("staff/text:3") == 2


def test_nothing_to_say_is_one_line() -> None:
    assert markdown_of([review_of(a_plan())]) == "<!-- welkin-reconcile: gh/sb -->\nNo changes."
    two = [review_of(a_plan()), review_of(a_plan(instance="two"))]
    assert markdown_of(two) == "<!-- welkin-reconcile: gh/sb, gh/two -->\nNo changes."


@pytest.mark.parametrize("number", [1, 2, 7, 150, 2000])
def test_three_thousand_changes_fit_whole_or_are_counted(number: int) -> None:
    review = review_of(a_plan(3000 if number < 10 else 20))
    reviews = [review._replace(place=f"gh/clinic-{place}") for place in range(number)]
    comment = markdown_of(reviews)
    assert len(comment) <= MOST
    verdict = f"Plan: 0 to add, {len(review.blocks)} to change, 0 to destroy."
    told = comment.count(verdict)
    assert told == number or f"and {number - told} environments more" in comment
    if number < 10:
        assert comment.count("All 3000 changes") == number
        more = [int(left) for left in re.findall(r"^and (\d+) more$", comment, re.MULTILINE)]
        assert sum(more) + comment.count("staff/meetings.yaml:") == 3000 * number
        assert len(comment) > MOST - 2000
    assert comment.count("\n```text\n") == comment.count("\n```\n")


def test_what_does_not_fit_is_left_out_whole() -> None:
    huge, small = "x" * 70_000, "small"
    comment = markdown_of([a_review(huge)._replace(place="gh/sb"), a_review(small)])
    assert len(comment) <= MOST
    assert "xxx" not in comment
    assert comment.count("and 1 more") >= 4
    assert "event/small" in comment
