"""What stands in for the systems of the five packs: answers of endpoints and rows of tables, well and ill.

Each is what the pack's document calls healthy, and what it calls a fault, with the check that finds it and the runbook
that its advice leads to.
"""

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

from bot.diagnostics.result import Verdict

WARN, CRITICAL, ERROR = Verdict.WARN, Verdict.CRITICAL, Verdict.ERROR


@dataclass(frozen=True)
class Fault:
    """A fault: what is changed of what is well, which check says so, how bad it is, and words of its advice.

    Attributes:
        answer: of an endpoint, what its JSON has otherwise, by dotted path; None leaves it out.
        status: of an endpoint.
        sql: what makes a database ill.
        push: how many entries stand in which list of a Redis.
    """

    check: str
    verdict: Verdict
    advice: str
    answer: Mapping[str, Any] = field(default_factory=dict)
    status: int = 0
    sql: str = ""
    push: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Endpoint:
    """An endpoint: its path in the document, its answer while it is well, and its faults."""

    pack: str
    target: str
    path: str
    well: Any = None
    faults: tuple[Fault, ...] = ()
    status: int = 200
    key: bool = False

    def __str__(self) -> str:
        return f"{self.pack}-{self.target}"

    def ill(self, fault: Fault) -> Any:
        """The answer with a fault in it."""
        answer = deepcopy(self.well)
        for path, value in fault.answer.items():
            *parents, last = path.split(".")
            inner = answer
            for part in parents:
                inner = inner[int(part)] if part.isdigit() else inner[part]
            if value is None:
                del inner[last]
            else:
                inner[last] = value
        return answer


def _down(advice: str) -> Fault:
    return Fault("status", CRITICAL, advice, status=503)


def _page(advice: str) -> tuple[Fault, ...]:
    state = "data.attributes.aggregate_state"
    return (
        Fault("up", CRITICAL, advice, {state: "downtime"}),
        Fault("well", WARN, "what is affected", {state: "degraded"}),
    )


_LOG = "Look at its log"
_OPERATIONAL = {"data": {"attributes": {"aggregate_state": "operational"}}}
_AI = "ai-booking"

ENDPOINTS = (
    Endpoint(
        "sme-booking",
        "health",
        "/api/health",
        {
            "memory": {"heapUsed": 512, "heapTotal": 1024, "external": 50},
            "metrics": {
                "endpoints": [
                    {"endpoint": "GET /api/v1/availability", "totalRequests": 400, "errorRate": "0.75"},
                    {"endpoint": "POST /api/v1/bookings", "totalRequests": 300, "errorRate": "1.00"},
                ],
                "summary": {"totalRequests": 700, "totalErrors": 6, "averageResponseTime": 245},
            },
        },
        (
            Fault("errors", CRITICAL, "error-rate-spike", {"metrics.endpoints.1.errorRate": "1.41"}),
            Fault("errors", CRITICAL, "error-rate-spike", {"metrics.endpoints.0.errorRate": "100.00"}),
            Fault("speed", WARN, "slow-queries", {"metrics.summary.averageResponseTime": 300}),
            Fault("heap", WARN, "memory-leak", {"memory.heapUsed": None}),
            _down(_LOG),
        ),
    ),
    Endpoint(
        "sme-booking",
        "availability",
        "/api/v1/availability?service_type=plumbing&date=2025-02-10",
        {"available_slots": [{"start": "2025-02-10T14:00:00Z"}]},
        (Fault("free", CRITICAL, "booking-failures", {"available_slots": []}),),
    ),
    Endpoint(
        _AI,
        "health",
        "/health/lb",
        {"status": "healthy"},
        (
            Fault("healthy", CRITICAL, "complete-system-failure", {"status": "unhealthy"}),
            _down(_LOG),
        ),
    ),
    Endpoint(
        _AI,
        "health-detailed",
        "/api/health/detailed",
        {
            "metrics": {"errorRate": 0.009},
            "services": {name: {"status": "healthy"} for name in ("database", "vapi", "twilio", "googleCalendar")},
        },
        (
            Fault("errors-critical", CRITICAL, "high-error-rate", {"metrics.errorRate": 0.101}),
            Fault("errors-high", WARN, "high-error-rate", {"metrics.errorRate": 0.05}),
            Fault("services", CRITICAL, "high-error-rate", {"services.twilio.status": "unhealthy"}),
        ),
        key=True,
    ),
    Endpoint(
        _AI,
        "connection-limit",
        "/api/database/connection-limit",
        {"success": True, "maxConnections": 103, "currentConnections": 82, "utilization": "79.6"},
        (
            Fault("pool", CRITICAL, "connection-pool", {"utilization": "80.0"}),
            Fault("pool", CRITICAL, "connection-pool", {"utilization": "100.0"}),
        ),
        key=True,
    ),
    Endpoint(
        _AI,
        "slow-queries",
        "/api/performance/queries/slow",
        {"ok": True, "slowQueries": [], "count": 0},
        (Fault("slow", WARN, "query-performance", {"count": 1}),),
        key=True,
    ),
    Endpoint(
        _AI,
        "query-stats",
        "/api/performance/queries/stats",
        {"ok": True, "stats": {"totalQueries": 40, "slowQueries": 0, "criticalQueries": 0}},
        (Fault("slow", WARN, "slow-responses", {"stats.slowQueries": 2}),),
        key=True,
    ),
    Endpoint(
        _AI,
        "recommendations",
        "/api/performance/queries/recommendations",
        {"ok": True, "recommendations": [], "count": 0},
        (Fault("none", WARN, "query-performance", {"count": 3}),),
        key=True,
    ),
    Endpoint(
        _AI,
        "rate-limits",
        "/api/rate-limit/status",
        {"ok": True, "limits": {"/api/leads": {"remaining": 9}, "default": {"remaining": 59}}},
        (Fault("remaining", WARN, "high-error-rate", {"limits.default.remaining": 0}),),
        key=True,
    ),
    Endpoint(
        _AI,
        "cache",
        "/api/cache/stats",
        {"success": True, "hits": 5, "misses": 2, "hitRate": "71.43%"},
        (
            Fault("hit-rate", WARN, "slow-responses", {"hitRate": "69.99%"}),
            Fault("hit-rate", WARN, "slow-responses", {"hitRate": "7.14%"}),
        ),
        key=True,
    ),
    Endpoint(
        _AI,
        "backup",
        "/api/backup-status",
        {"ok": True, "status": "healthy"},
        (Fault("made", CRITICAL, "backup-and-restore", {"status": "warning"}),),
        key=True,
    ),
    Endpoint(
        _AI,
        "render-service",
        "/v1/services/srv-1",
        {"id": "srv-1", "suspended": "not_suspended"},
        (Fault("not-stopped", CRITICAL, "start-service", {"suspended": "suspended"}),),
    ),
    Endpoint(
        _AI,
        "render-database",
        "/v1/postgres/dpg-1",
        {"id": "dpg-1", "status": "available", "suspended": "not_suspended"},
        (
            Fault("not-paused", CRITICAL, "resume-database", {"suspended": "suspended"}),
            Fault("available", CRITICAL, "database-connection-failures", {"status": "unavailable"}),
        ),
    ),
    Endpoint(_AI, "vapi-status", "/index.json", _OPERATIONAL, _page("contact its support")),
    Endpoint("journey", "health", "/health", {"status": "ok"}, (_down(_LOG),)),
    Endpoint("journey", "journeys-endpoint", "/api/journeys", [], (_down(_LOG),)),
    Endpoint("journey", "zeabur-status", "/index.json", _OPERATIONAL, _page("platform-issue")),
    Endpoint("journey", "ghl-status", "/index.json", _OPERATIONAL, _page("platform-issue")),
    Endpoint(
        "mais", "health", "/health", {"ok": True}, (Fault("answers", CRITICAL, "api-down", {"ok": False}), _down(_LOG))
    ),
    Endpoint(
        "mais",
        "ready",
        "/ready",
        {"ok": True, "mode": "real"},
        (
            Fault("ready", CRITICAL, "database-connections-lost", {"ok": False}),
            Fault("mode", CRITICAL, "api-down", {"mode": "mock"}),
        ),
    ),
    Endpoint("mais", "packages", "/v1/packages", [], (_down(_LOG),)),
    Endpoint(
        "mais",
        "supabase-project",
        "/v1/projects/PROJECT_REF",
        {"id": "PROJECT_REF", "status": "ACTIVE_HEALTHY"},
        (Fault("running", CRITICAL, "resume-project", {"status": "INACTIVE"}), _down(_LOG)),
    ),
    Endpoint("mais", "stripe-api", "/v1/charges", {"error": {}}, (_down(_LOG),), status=401),
    Endpoint("schedgen", "backend-health", "/health", {"status": "ok"}, (_down(_LOG),)),
    Endpoint("schedgen", "health-8000", "/health", {"status": "ok"}, (_down(_LOG),)),
    Endpoint("schedgen", "health-8001", "/health", {"status": "ok"}, (_down(_LOG),)),
    Endpoint(
        "schedgen",
        "job-metrics",
        "/api/jobs/metrics",
        {"waiting": 99, "active": 4, "completed": 1200},
        (
            Fault("depth", CRITICAL, "queue-depth", {"waiting": 501}),
            Fault("usual", WARN, "queue-depth", {"waiting": 100}),
            Fault("moving", WARN, "queue-depth", {"active": None}),
        ),
    ),
    Endpoint(
        "schedgen",
        "google-login",
        "/api/auth/google",
        faults=(Fault("status", CRITICAL, _LOG, status=500),),
        status=302,
    ),
    Endpoint("schedgen", "google-accounts", "/", faults=(_down(_LOG),), status=302),
    Endpoint("schedgen", "minio-live", "/minio/health/live", faults=(_down(_LOG),)),
)
