"""Plans as reports: one table of formats, for all commands that show plans."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import zip_longest
from typing import TYPE_CHECKING, NamedTuple

import click

if TYPE_CHECKING:
    from reconciler.errors.escape import Printable
    from reconciler.model import Plan


class Wanted(NamedTuple):
    """What of plans is to be said. calls: of each plan, the reads and writes made."""

    details: bool
    unchanged: bool
    verbose: bool
    calls: Sequence[tuple[int, int]]


def report_of(
    plans: Sequence[Plan],
    format: str,
    *,
    details: bool = False,
    unchanged: bool = False,
    calls: Sequence[tuple[int, int]] = (),
) -> Printable:
    """Say plans in a format; all formats but JSON are made of the same review."""
    verbose = bool(click.get_current_context().meta.get("verbose"))
    return _FORMATS[format](plans, Wanted(details, unchanged, verbose, calls))


def _json(plans: Sequence[Plan], wanted: Wanted) -> Printable:
    from reconciler.plan.planfile import to_json

    return to_json(plans, wanted.unchanged)


def _text(plans: Sequence[Plan], wanted: Wanted) -> Printable:
    from reconciler.errors.escape import joined
    from reconciler.report.review import review_of
    from reconciler.report.text import calls_text, plan_text

    texts = []
    for plan, calls in zip_longest(plans, wanted.calls):
        texts.append(plan_text(review_of(plan, wanted.unchanged), wanted.details, wanted.verbose))
        texts += [calls_text(*calls)] if calls else []
    return joined(texts)


def _markdown(plans: Sequence[Plan], wanted: Wanted) -> Printable:
    from reconciler.report.markdown import markdown_of
    from reconciler.report.review import review_of

    return markdown_of([review_of(plan, wanted.unchanged) for plan in plans])


def _html(plans: Sequence[Plan], wanted: Wanted) -> Printable:
    from reconciler.report.html import html_of
    from reconciler.report.review import review_of

    return html_of([review_of(plan, wanted.unchanged) for plan in plans])


_FORMATS: Mapping[str, Callable[[Sequence[Plan], Wanted], Printable]] = {
    "json": _json,
    "text": _text,
    "markdown": _markdown,
    "html": _html,
}
