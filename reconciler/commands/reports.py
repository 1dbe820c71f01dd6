"""Plans as reports: one table of formats, for all commands that show plans."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import zip_longest
from typing import TYPE_CHECKING, NamedTuple

import click

if TYPE_CHECKING:
    from reconciler.errors.escape import Printable
    from reconciler.model import Plan
    from reconciler.plan.comparison import Comparison, Failure
    from reconciler.report.review import Review


class Wanted(NamedTuple):
    """What of plans is to be said.

    calls: of each plan, the reads and writes made. names: where several environments were given, each by
    the path that it was given by. failures: those that could not be planned, each with its error.
    states: what became of each, where its plan doesn't say so.
    """

    details: bool = False
    unchanged: bool = False
    calls: Sequence[tuple[int, int]] = ()
    names: Sequence[str] = ()
    failures: Mapping[str, str] | None = None
    states: Sequence[str] = ()


def report_of(plans: Sequence[Plan], format: str, wanted: Wanted) -> Printable:
    """Say plans in a format; all formats but JSON are made of the same review."""
    return _FORMATS[format](plans, wanted)


def comparisons_of(
    found: Sequence[Comparison], failures: Sequence[Failure], format: str, several: bool, details: bool
) -> Printable:
    """Say comparisons as the plans they hold are said; as JSON, with what they are between."""
    from reconciler.plan.comparison import comparisons_json

    if format == "json":
        return comparisons_json(found, failures, several)
    failed = {failure.path: failure.error for failure in failures}
    wanted = Wanted(details, names=[each.path for each in found], failures=failed if several else None)
    return report_of([each.plan for each in found], format, wanted)


def _json(plans: Sequence[Plan], wanted: Wanted) -> Printable:
    from reconciler.plan.planfile import to_json

    return to_json(plans, wanted.unchanged, wanted.failures)


def _text(plans: Sequence[Plan], wanted: Wanted) -> Printable:
    from reconciler.errors.escape import Printable, joined, page
    from reconciler.report.text import calls_text, plan_text

    verbose = bool(click.get_current_context().meta.get("verbose"))
    reviews = _reviews(plans, wanted)
    texts = list[Printable]()
    for review, calls in zip_longest(reviews, wanted.calls):
        texts += [page([""])] if texts else []
        texts.append(plan_text(review, wanted.details, verbose))
        texts += [calls_text(*calls)] if calls else []
    if wanted.failures:
        from reconciler.report.several import failed_lines

        texts += [page([""])] if texts else []
        texts.append(page(failed_lines(wanted.failures)))
    if wanted.failures is not None:
        texts.append(page(["", *_table(reviews, wanted)]))
    return joined(texts)


def _markdown(plans: Sequence[Plan], wanted: Wanted) -> Printable:
    from reconciler.report.markdown import markdown_of

    return markdown_of(_reviews(plans, wanted), wanted.failures or {})


def _html(plans: Sequence[Plan], wanted: Wanted) -> Printable:
    from reconciler.report.html import html_of

    return html_of(_reviews(plans, wanted), wanted.failures or {})


def _reviews(plans: Sequence[Plan], wanted: Wanted) -> list[Review]:
    from reconciler.report.review import review_of

    return [review_of(plan, wanted.unchanged) for plan in plans]


def _table(reviews: Sequence[Review], wanted: Wanted) -> Iterator[str]:
    """A line for each environment; who failed comes last."""
    from reconciler.report.several import FAILED, Row, row_of, state_of, table_lines

    states = wanted.states or [state_of(review) for review in reviews]
    told = zip(wanted.names, reviews, states, strict=True)
    rows = [row_of(name, review, state) for name, review, state in told]
    return table_lines([*rows, *(Row(path, FAILED) for path in wanted.failures or ())])


_FORMATS: Mapping[str, Callable[[Sequence[Plan], Wanted], Printable]] = {
    "json": _json,
    "text": _text,
    "markdown": _markdown,
    "html": _html,
}
