"""What a Prometheus gathers: counts by tenant, never of an environment or a person."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.metrics_core import Metric

from reconciler.fleet.database import Database
from reconciler.fleet.server.looks import Looks
from reconciler.fleet.tally import Counter, counted
from reconciler.fleet.workers import PROTOCOL

BOUNDS_S = (0.5, 1, 2, 5, 10, 30, 60, 300, 900)


class Metrics:
    """Gathered as they are asked for; seen: the tenants that may be told of, None: all."""

    def __init__(self, database: Database, looks: Looks, seen: frozenset[str] | None) -> None:
        self._database, self._looks, self._seen = database, looks, seen

    def text(self) -> bytes:
        registry = CollectorRegistry()
        registry.register(self)
        return generate_latest(registry)

    def collect(self) -> Iterator[Metric]:
        yield from self._environments()
        yield from self._fleet()
        yield self._seconds()
        runs = CounterMetricFamily("welkin_runs", "Runs that ended.", labels=["kind", "state"])
        for labels, number in counted(self._database, Counter.RUNS).items():
            runs.add_metric(labels, number)
        requests = CounterMetricFamily("welkin_requests", "Calls answered.", labels=["tenant", "status"])
        for labels, number in counted(self._database, Counter.REQUESTS).items():
            if self._seen is None or labels[0] in self._seen:
                requests.add_metric(labels, number)
        yield runs
        yield requests
        fenced = CounterMetricFamily("welkin_fenced", "Runs that others had taken over.")
        fenced.add_metric([], sum(counted(self._database, Counter.FENCED).values()))
        yield fenced

    def _environments(self) -> Iterator[Metric]:
        states = GaugeMetricFamily("welkin_environments", "Environments.", labels=["tenant", "state"])
        drifted = GaugeMetricFamily("welkin_drifted_changes", "Changes made in Welkin.", labels=["tenant"])
        changes: dict[str, int] = {}
        for row in self._looks.by_tenant(self._seen):
            states.add_metric([row["tenant"] or "", row["shown"]], row["number"])
            changes.setdefault(row["tenant"] or "", 0)
            if row["shown"] == "drifted":
                changes[row["tenant"] or ""] += row["changes"] or 0
        for tenant, number in changes.items():
            drifted.add_metric([tenant], number)
        yield states
        yield drifted

    def _fleet(self) -> Iterator[Metric]:
        behind_s, _, _ = self._looks.queue()
        workers = self._looks.crew().get("alive", 0)
        yield GaugeMetricFamily("welkin_queue_oldest_seconds", "How long a run has been due.", behind_s)
        yield GaugeMetricFamily("welkin_workers", "Workers that are alive.", workers)

    def _seconds(self) -> Metric:
        took = self._looks.took(BOUNDS_S)
        found = HistogramMetricFamily("welkin_run_seconds", "How long runs took, of those remembered.")
        found.add_metric([], [*_buckets(took)], took["sum"])
        return found


def _buckets(took: Mapping[str, float]) -> Iterator[tuple[str, float]]:
    for number, bound in enumerate(BOUNDS_S):
        yield str(float(bound)), took[f"b{number}"]
    yield "+Inf", took["all"]


def readiness(looks: Looks) -> Sequence[str]:
    """What keeps a fleet from being served, in lines; nothing if all is well.

    Raises: DatabaseError: it is away, or of a later release.
    """
    looks.check_release()
    protocols = looks.protocols()
    if not protocols:
        return ["no worker is alive"]
    return [] if PROTOCOL in protocols else ["the workers that are alive are of another release"]
