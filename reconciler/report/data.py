"""Reports as JSON."""

from __future__ import annotations

from collections import Counter

from reconciler.errors.escape import Printable, json_text
from reconciler.model import Plan, Report, Status

FORMAT = "welkin-reconcile/apply/1"


def report_json(plan: Plan, report: Report, reads: int, writes: int) -> Printable:
    """What an apply did: an outcome for each change, counts by status, and the calls made.

    done, failed, notTried: the keys of the same outcomes by what a reader has to do about them.
    """
    counts = Counter(outcome.status for outcome in report.outcomes)
    data = {
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
    return json_text(data)


def _keys(report: Report, *statuses: Status) -> list[str]:
    return [str(outcome.change.key) for outcome in report.having(*statuses)]
