"""The same numbers for Prometheus: of the whole, whichever instance is asked."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

from flask import Blueprint, Response
from flask.typing import ResponseReturnValue
from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.registry import Collector

from app.cache import OUTCOMES
from app.domain import operations
from app.domain.accounts import counted
from app.web import guards
from app.web.handed import parts
from app.web.ops import vitals

bp = Blueprint("metrics", __name__)


@bp.get("/metrics")
@guards.metrics
def show() -> ResponseReturnValue:
    registry = CollectorRegistry()
    registry.register(_Told(vitals(datetime.now(UTC)), counted(parts().redis)))
    return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


class _Told(Collector):
    """Hands on what was told once."""

    def __init__(self, told: operations.Vitals, rates: Mapping[str, int]) -> None:
        self._told = told
        self._rates = rates

    def collect(self) -> Iterator[Metric]:
        yield from _of_queries(self._told)
        rates = CounterMetricFamily(
            "andon_rate_requests",
            "Requests of the API that were refused for coming too often, or let through uncounted.",
            labels=["outcome"],
        )
        for outcome, count in self._rates.items():
            rates.add_metric([outcome], count)
        yield rates
        for name, value in operations.numbers(self._told).items():
            if name.endswith("_total"):
                yield CounterMetricFamily(f"andon_{name}", _HELP[name], value=value)
            else:
                yield GaugeMetricFamily(f"andon_{name}", _HELP[name], value=value)


def _of_queries(told: operations.Vitals) -> Iterator[Metric]:
    answers = CounterMetricFamily(
        "andon_query_answers",
        "Answers of a named query by how they came about.",
        labels=["query", "outcome"],
    )
    saved = CounterMetricFamily(
        "andon_query_saved_seconds", "Seconds of the database that hits saved.", labels=["query"]
    )
    unread = CounterMetricFamily(
        "andon_query_unread", "Answers written through and never read.", labels=["query"]
    )
    for query, count in told.queries.items():
        for outcome in OUTCOMES:
            answers.add_metric([query, outcome], count.outcomes[outcome])
        saved.add_metric([query], count.saved_seconds)
        unread.add_metric([query], count.unread)
    yield from (answers, saved, unread)


_HELP = {
    "answers_total": "Answers of named queries.",
    "spared_total": "Answers that cost the database nothing.",
    "saved_seconds_total": "Seconds of the database that hits saved.",
    "lies_total": "Answers that a check found to differ from the database; 0 or there is a bug.",
    "landed_total": "Batches added to the landing streams.",
    "taken_total": "Batches that drains have taken from them.",
    "waiting": "Batches landed and not yet stored.",
    "landing_bytes": "Bytes of those.",
    "memory_bytes": "Memory used by the cache's servers.",
    "evicted_total": "Keys evicted for want of memory.",
    "commands_total": "Commands to the cache's servers.",
    "replica_lag_bytes": "How far the replica that is furthest behind is behind.",
    "transactions_total": "Transactions of PostgreSQL.",
    "connections": "Connections to PostgreSQL.",
    "debts": "Tags whose answers are still to be expelled.",
    "sessions": "Sign-ins that are in use.",
}
