"""Reports as JSON."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from reconciler.errors.escape import Printable, json_text
from reconciler.model import Plan, Report, Status

FORMAT, SEVERAL = "welkin-reconcile/apply/1", "welkin-reconcile/applies/1"


def report_json(plan: Plan, report: Report, reads: int, writes: int) -> Printable:
    """What an apply did: an outcome for each change, counts by status, and the calls made.

    done, failed, notTried: the keys of the same outcomes by what a reader has to do about them.
    """
    return json_text(_data(plan, report, reads, writes))


def reports_json(
    runs: Iterable[tuple[Plan, Report, tuple[int, int]]], failures: Mapping[str, str]
) -> Printable:
    """The same of several environments; failures: those that were not applied, by path, with their errors."""
    applies = [_data(plan, report, *calls) for plan, report, calls in runs]
    failed = [{"path": path, "error": error} for path, error in failures.items()]
    return json_text({"format": SEVERAL, "applies": applies, "failures": failed})


def _data(plan: Plan, report: Report, reads: int, writes: int) -> dict[str, object]:
    counts = Counter(outcome.status for outcome in report.outcomes)
    return {
        "format": FORMAT,
        "environment": {"tenant": plan.tenant, "instance": plan.instance, "owner": plan.owner},
        "manifestDigest": plan.manifest_digest,
        "outcomes": [
            {
                "key": str(outcome.change.key),
                "action": outcome.change.action.value,
                "status": outcome.status.value,
                "message": outcome.message,
                "errorCode": outcome.error_code,
            }
            for outcome in report.outcomes
        ],
        "done": _keys(report, Status.DONE, Status.ALREADY),
        "failed": _keys(report, Status.FAILED, Status.UNKNOWN, Status.UNCONVERGED),
        "notTried": _keys(report, Status.SKIPPED, Status.BLOCKED, Status.DROPPED),
        "summary": {status.value: counts[status] for status in Status},
        "calls": {"reads": reads, "writes": writes},
        "warnings": list(plan.warnings),
    }


def _keys(report: Report, *statuses: Status) -> list[str]:
    return [str(outcome.change.key) for outcome in report.having(*statuses)]
