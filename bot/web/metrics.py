"""Prometheus metrics. Labels hold kinds, outcomes, priorities and contacts, never references, titles or people."""

from collections.abc import Awaitable, Callable, Mapping

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from bot.application.outbox import Pressure

_LONG = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 3600)


class Metrics:
    """What one process counts, and what it reads from the database when it is asked."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.deliveries = Counter(
            "muster_deliveries", "Rows of the outbox and surfaces, by kind and outcome", ["kind", "outcome"],
            registry=self.registry,
        )  # fmt: skip
        self.requests = Histogram(
            "muster_slack_request_seconds", "Time until Slack's request was answered", ["status"],
            buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 3), registry=self.registry,
        )  # fmt: skip
        self._limited = Counter(
            "muster_slack_rate_limited", "Calls that Slack answered with 429, by method", ["method"],
            registry=self.registry,
        )  # fmt: skip
        self._paced = Counter(
            "muster_slack_paced", "Calls that were held back to keep within Slack's limits, by method", ["method"],
            registry=self.registry,
        )  # fmt: skip
        self._transactions = Histogram(
            "muster_transaction_seconds", "Time that a command's transaction took, by how it ended", ["outcome"],
            buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 1.8, 2.5, 5, 20), registry=self.registry,
        )  # fmt: skip
        self._lateness = Histogram(
            "muster_timer_lateness_seconds", "Time between a timer's due time and its firing",
            buckets=_LONG, registry=self.registry,
        )  # fmt: skip
        self._lag = Histogram(
            "muster_event_lag_seconds", "Time between an event in Slack and the end of its handling",
            buckets=_LONG, registry=self.registry,
        )  # fmt: skip

        self.pack_faults = Gauge(
            "muster_pack_faults", "Faults of the pack on disk, which is therefore not in force; 0 when it is",
            registry=self.registry,
        )  # fmt: skip
        self._on_call = Gauge(
            "muster_on_call_known", "1 when a contact's on-call provider answered, all of it known; else 0",
            ["contact"], registry=self.registry,
        )  # fmt: skip

        self._posts = Counter(
            "muster_alert_posts", "Posts of alerts, by monitor and the status that was answered", ["source", "status"],
            registry=self.registry,
        )  # fmt: skip

    def posted(self, source: str, status: int) -> None:
        """Count a post of a monitor, by the status that it was answered with."""
        self._posts.labels(source, str(status)).inc()

    def on_call(self, answered: Mapping[str, bool]) -> None:
        """Note which contacts' providers answered; of others nothing is said any more."""
        self._on_call.clear()
        for contact, known in answered.items():
            self._on_call.labels(contact).set(known)

    def delivered(self, kind: str, outcome: str) -> None:
        """Count a delivery."""
        self.deliveries.labels(kind, outcome).inc()

    def limited(self, method: str) -> None:
        """Count a call that was one too many."""
        self._limited.labels(method).inc()

    def paced(self, method: str) -> None:
        """Count a call that had to wait for its turn."""
        self._paced.labels(method).inc()

    def executed(self, outcome: str, seconds: float) -> None:
        """Note how a command ended, and how long it took."""
        self._transactions.labels(outcome).observe(seconds)

    def fired(self, seconds: float) -> None:
        """Note by how much a timer was late."""
        self._lateness.observe(seconds)

    def lagged(self, seconds: float) -> None:
        """Note how long after it happened an event was handled."""
        self._lag.observe(seconds)

    def route(self, look: Callable[[], Awaitable[Pressure | None]]) -> web.RouteDef:
        """`GET /metrics`.

        Args:
            look: reads how the outbox stands. What it cannot tell is left out: a zero would say that all is well.
        """

        async def metrics(_request: web.Request) -> web.Response:
            body = generate_latest(self.registry)
            if pressure := await look():
                body += generate_latest(_outbox(pressure))
            return web.Response(body=body, headers={"Content-Type": CONTENT_TYPE_LATEST})

        return web.get("/metrics", metrics)


def _outbox(pressure: Pressure) -> CollectorRegistry:
    """How the outbox stands, as gauges of this one scrape."""
    registry = CollectorRegistry()
    rows = Gauge("muster_outbox_rows", "Rows that wait or are being sent, by priority", ["priority"], registry=registry)
    oldest = Gauge(
        "muster_outbox_oldest_seconds", "How long the oldest of them has waited", ["priority"], registry=registry
    )
    refused = Gauge("muster_outbox_refused_rows", "Rows that Slack refused and nobody has seen to", registry=registry)
    for priority, depth in pressure.waiting.items():
        rows.labels(str(priority)).set(depth.rows)
        oldest.labels(str(priority)).set(depth.oldest.total_seconds())
    refused.set(pressure.refused)
    return registry
