"""`welkin-reconcile comment`: a report in Markdown into a pull request, where it is edited in place."""

from __future__ import annotations

import os
import re
from pathlib import Path

import click

from reconciler.commands.options import Whole

LARGEST = 1 << 20  # bytes of a report
_RULE = re.compile(r"- (`+) ?(?P<path>.+?):(?P<line>[0-9]+): (?P<said>(?P<how>denied|warned): .*?) ?\1")
_LEVELS = {"denied": "error", "warned": "warning"}


@click.command("comment")
@click.argument("path", metavar="FILE")
@click.option("--number", type=Whole(1), required=True, help="Of the pull or merge request.")
def command(path: str, number: int) -> None:
    """Put FILE, a report of `--format markdown`, into a pull request: one comment, edited in place.

    GitHub: $GITHUB_API_URL, $GITHUB_REPOSITORY, $GITHUB_TOKEN. GitLab: $CI_API_V4_URL, $CI_PROJECT_ID,
    $GITLAB_TOKEN. Where the token may only read, as on a fork's pull request, the job's summary gets it.
    """
    from reconciler.commands.output import say
    from reconciler.hosting import Posted, comment, forge_of

    report = _report(path)
    forge = forge_of(os.environ)
    posted = comment(forge, number, report)
    if posted is Posted.READ_ONLY:
        where = _to_the_job(report)
        say(f"{forge.name}: 403, the token may only read, as on a fork's pull request: {where}")
    else:
        say(f"{forge.name}: {posted.value}")


def _report(path: str) -> str:
    """Raises: UsageError: it can't be read, or is no report."""
    from reconciler.errors import UsageError
    from reconciler.errors.named_file import Unfit, read_file
    from reconciler.hosting import marker_of

    try:
        report = read_file(Path(path), LARGEST).data.decode()
    except (Unfit, UnicodeDecodeError) as error:
        raise UsageError(f"{path}: {error if isinstance(error, Unfit) else 'not UTF-8'}") from None
    if marker_of(report) is None:
        raise UsageError(f"{path}: no report in Markdown: make one with `--format markdown`")
    return report


def _to_the_job(report: str) -> str:
    """Show a report in the job itself: its broken rules as annotations, all of it in the summary."""
    from reconciler.commands.output import show
    from reconciler.errors.escape import annotation, page

    broken = filter(None, map(_RULE.match, report.splitlines()))
    show(*(annotation(_LEVELS[one["how"]], one["path"], int(one["line"]), 1, one["said"]) for one in broken))
    summary = os.environ.get("GITHUB_STEP_SUMMARY")
    if not summary:
        show(page(report.splitlines()))
        return "the report stands above"
    with Path(summary).open("a", encoding="utf-8") as file:
        file.write(f"{report}\n")
    return "the report is in the job summary"
