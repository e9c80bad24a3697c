"""Prometheus metrics. Labels hold kinds and outcomes, never references, titles or people."""

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Histogram, generate_latest


class Metrics:
    """The counters of one process."""

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

    def delivered(self, kind: str, outcome: str) -> None:
        """Count a delivery."""
        self.deliveries.labels(kind, outcome).inc()

    def route(self) -> web.RouteDef:
        """`GET /metrics`."""

        async def metrics(_request: web.Request) -> web.Response:
            return web.Response(body=generate_latest(self.registry), headers={"Content-Type": CONTENT_TYPE_LATEST})

        return web.get("/metrics", metrics)
