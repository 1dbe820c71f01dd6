"""What the journal tells, as text and as JSON. Prints nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import tzinfo

from reconciler.dates.moments import instant_in, moment_text
from reconciler.errors.escape import Printable, json_text, page
from reconciler.model.past import PastChange, PastRun

FORMAT = "welkin-reconcile/history/1"
KILLED = "did not end"  # by itself: killed, or still at it


def history_text(runs: Sequence[PastRun], zone: tzinfo | None) -> Printable:
    """One line a run, the last one first; zone: on whose clock, None for this computer's."""
    if not runs:
        return page(["No runs yet: nothing was applied with this journal."])
    return page(_run_line(run, zone) for run in runs)


def run_text(run: PastRun, changes: Sequence[PastChange], zone: tzinfo | None) -> Printable:
    """One run: who and for what, then each change with the requests made for it."""
    lines = [_run_line(run, zone), ""]
    origin = (("commit", run["commit_id"]), ("pull request", run["pull_request"]))
    lines += [f"{name}: {value}" for name, value in origin if value]
    ended = _when(run["ended"], zone, seconds=True) if run["ended"] else KILLED
    lines += [f"ended: {ended}", f"manifests: {run['manifest_digest']}"]
    lines += [f"plan: {run['plan_digest']}", ""]
    for change in changes:
        lines += _change_lines(change, zone)
    return page(lines)


def history_json(runs: Sequence[PastRun], changes: Sequence[PastChange] | None = None) -> Printable:
    """The runs as data; of one run with its changes."""
    data: dict[str, object] = {"format": FORMAT, "runs": [_run_data(run) for run in runs]}
    if changes is not None:
        data["changes"] = [_change_data(change) for change in changes]
    return json_text(data)


def _run_line(run: PastRun, zone: tzinfo | None) -> str:
    counts = ", ".join(f"{number} {status}" for status, number in sorted(run["counts"].items()))
    place = f"{run['tenant']}/{run['instance']} as `{run['owner']}`"
    ended = f"{run['outcome'] or KILLED}; {counts or 'nothing sent'}"
    return f"{run['id']}  {_when(run['started'], zone)}  {place}  by {run['who'] or 'somebody'}: {ended}"


def _change_lines(change: PastChange, zone: tzinfo | None) -> Iterator[str]:
    status = change["status"] or "not settled: it may have landed"
    seen = f", read back {change['read_back']}" if change["read_back"] else ""
    why = f" ({change['why']})" if change["why"] else ""
    yield f"  {change['action']} {change['change']}: {status}{seen}{why}"
    for write in change["writes"]:
        answer = write["status"] or ("no answer" if write["answered"] else "unanswered when the run ended")
        code = f" {write['error_code']}" if write["error_code"] else ""
        when = _when(write["intended"], zone, seconds=True)
        yield f"      {when}  {write['method']} {write['path']}: {answer}{code}"


def _when(text: str, zone: tzinfo | None, seconds: bool = False) -> str:
    moment = instant_in(text, zone)
    return moment_text(moment, seconds) if moment else text


def _run_data(run: PastRun) -> dict[str, object]:
    return {
        "id": run["id"],
        "started": run["started"],
        "ended": run["ended"],
        "outcome": run["outcome"],
        "environment": {"tenant": run["tenant"], "instance": run["instance"], "owner": run["owner"],
                        "apiUrl": run["api_url"]},
        "who": run["who"],
        "commit": run["commit_id"],
        "pullRequest": run["pull_request"],
        "tool": run["tool"],
        "planDigest": run["plan_digest"],
        "manifestDigest": run["manifest_digest"],
        "changes": run["changes"],
        "counts": run["counts"],
    }  # fmt: skip


def _change_data(change: PastChange) -> dict[str, object]:
    return {
        "key": change["change"],
        "action": change["action"],
        "status": change["status"],
        "errorCode": change["error_code"],
        "settled": change["settled"],
        "readBack": change["read_back"],
        "why": change["why"],
        "writes": [
            {
                "method": write["method"],
                "path": write["path"],
                "intended": write["intended"],
                "answered": write["answered"],
                "status": write["status"],
                "errorCode": write["error_code"],
                "id": write["live_id"],
            }
            for write in change["writes"]
        ],
    }
