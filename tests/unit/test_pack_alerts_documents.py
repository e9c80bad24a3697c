"""What the five documents say of alerts is in the packs' tables: the alert, its severity, who is told, the runbook."""

from dataclasses import dataclass, field

import pytest

from bot.domain.alert_rules import Decision
from bot.domain.judging import Reason
from tests.unit.test_pack_alerts import NOON, judged, policy

DECLARE, SUGGEST, ATTACH, IGNORE = Decision.DECLARE, Decision.SUGGEST, Decision.ATTACH, Decision.IGNORE


@dataclass(frozen=True, kw_only=True)
class Fact:
    """An alert as a monitor tells it, and what the document makes of it.

    Attributes:
        word: the monitor's own, for how bad it is.
        says: what of the document stands in the reason that people see.
        labels: what else the monitor tells.
    """

    pack: str
    alert: str
    word: str = ""
    do: Decision
    severity: str
    owner: str = ""
    runbook: str | None = None
    service: str | None = None
    says: str = ""
    labels: dict[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return "-".join(filter(None, (self.pack, self.alert, self.word, *self.labels.values())))


def _schedgen(alert: str, severity: str, runbook: str, says: str, **more: object) -> Fact:
    given = {"do": DECLARE, "owner": "on-call"} | more
    return Fact(pack="schedgen", alert=alert, severity=severity, runbook=runbook, says=says, **given)  # type: ignore[arg-type]


def _journey(alert: str, severity: str, runbook: str | None, says: str, **more: object) -> Fact:
    given = {"do": DECLARE, "owner": "backend-lead"} | more
    return Fact(pack="journey", alert=alert, severity=severity, runbook=runbook, says=says, **given)  # type: ignore[arg-type]


def _mais(alert: str, severity: str, runbook: str, says: str, **more: object) -> Fact:
    given = {"do": DECLARE, "owner": "on-call"} | more
    return Fact(pack="mais", alert=alert, severity=severity, runbook=runbook, says=says, **given)  # type: ignore[arg-type]


def _sme(alert: str, severity: str, runbook: str, says: str, **more: object) -> Fact:
    given = {"do": DECLARE, "owner": "devops"} | more
    return Fact(pack="sme-booking", alert=alert, severity=severity, runbook=runbook, says=says, **given)  # type: ignore[arg-type]


def _ai(alert: str, severity: str, runbook: str, says: str, **more: object) -> Fact:
    given = {"do": DECLARE, "owner": "development-lead"} | more
    return Fact(pack="ai-booking", alert=alert, severity=severity, runbook=runbook, says=says, **given)  # type: ignore[arg-type]


FACTS = [
    _schedgen("HighErrorRate", "SEV-2", "high-error-rate", "more than 5 % of requests have failed for 5 minutes"),
    _schedgen("HighResponseTime", "SEV-3", "slow-responses", "the p95 of response times has been over 10 s for 5 min"),
    _schedgen("HighResourceUtilization", "SEV-3", "high-resource-use", "over 80 % for 10 minutes", do=SUGGEST),
    _schedgen("HighQueueDepth", "SEV-3", "queue-depth", "more than 500 jobs wait", service="queue"),
    _schedgen("DatabaseConnectionPoolExhausted", "SEV-2", "database-connections-exhausted", "every connection to the "
              "database is in use", service="database"),
    _schedgen("ServiceDown", "SEV-1", "service-down", "a health check has failed for 2 minutes"),
    _schedgen("ServiceDown", "SEV-1", "service-down", "nothing works without it", service="database",
              labels={"service": "postgres"}),
    _schedgen("ServiceDown", "SEV-2", "service-down", "nothing stands in for it", service="pdf-worker",
              labels={"job": "pdf-worker"}),
    _schedgen("AuthenticationFailures", "SEV-2", "authentication-failures", "logins fail again and again",
              service="auth"),
    _journey("ApiDown", "P0", "api-downtime", "nothing answers, for anybody", service="journey-api"),
    _journey("EndpointFailing", "P1", "api-downtime", "such as /api/journeys", service="journey-api"),
    _journey("DatabaseDown", "P0", "database-connections", "the database does not answer", service="database"),
    _journey("DatabaseConnectionPoolExhausted", "P1", "database-connections", "answers 500", service="database"),
    _journey("AllSyncJobsFailed", "P0", "sync-engine-failures", "every sync job fails", service="sync-engine"),
    _journey("SyncFailed", "P1", "sync-engine-failures", "some clients", service="sync-engine"),
    _journey("SyncFailed", "P2", "sync-engine-failures", "the next try helped", word="warning", do=SUGGEST,
             service="sync-engine"),
    _journey("HighResponseTime", "P1", "memory-and-performance", "more than 5 s", owner="devops-lead",
             service="infrastructure"),
    _journey("HealthCheckFailed", "P1", None, "the visualizer draws nothing", owner="frontend-dev",
             service="visualizer", labels={"service": "visualizer"}),
    _journey("DataCorruption", "P0", None, "the backend lead and the DevOps lead", service="database"),
    _journey("SecurityBreach", "P0", None, "called at once", owner="security-team"),
    _mais("HealthCheckFailed", "P0", "api-down", "every 60 seconds", service="api"),
    _mais("VeryHighErrorRate", "P1", "api-down", "more than 50 % of requests", service="api"),
    _mais("HighErrorRate", "P2", "api-down", "more than 5 % of requests", service="api"),
    _mais("ErrorRateSinceDeployment", "P1", "rolling-back", "more than 20 %", service="api"),
    _mais("DiskSpaceLow", "P2", "api-down", "more than 80 % of the disk", do=SUGGEST, service="api"),
    _mais("WebhookFailures", "P1", "stripe-webhooks", "more than 5 webhooks failed within an hour",
          service="stripe-webhooks"),
    _mais("WebhookFailures", "P2", "stripe-webhooks", "Stripe's next try", word="warning", do=SUGGEST,
          service="stripe-webhooks"),
    _mais("DatabaseDown", "P0", "database-connections-lost", "cannot be reached", owner="database-admin",
          service="database"),
    _mais("DatabaseConnectionFailures", "P1", "database-connections-lost", "more than 20 % of connections",
          owner="database-admin", service="database"),
    _mais("DatabaseConnectionPoolExhausted", "P2", "database-connections-lost", "no connection of the pool is left",
          owner="database-admin", service="database"),
    _mais("DatabaseConnectionPoolHigh", "P2", "database-connections-lost", "more than 80 % of the pool", do=SUGGEST,
          owner="database-admin", service="database"),
    _mais("DoubleBooking", "P0", "double-booking", "the second has to be called", owner="", service="double-booking"),
    _mais("BookingConstraintViolation", "P1", "double-booking", "verified at once", service="double-booking"),
    _mais("HighMemoryUsage", "P2", "memory-and-speed", "more than 1 GB", word="warning", do=SUGGEST, service="api"),
    _mais("HighMemoryUsage", "P2", "memory-and-speed", "more than 1.5 GB", word="critical", service="api"),
    _mais("HighResponseTime", "P2", "memory-and-speed", "more than 3 seconds", word="warning", do=SUGGEST,
          service="api"),
    _mais("HighResponseTime", "P1", "memory-and-speed", "more than 5 seconds", service="api"),
    _sme("Error rate exceeded 1%", "CRITICAL", "error-rate-spike", "more than 1 % of requests", service="booking-app"),
    _sme("Slow database query: SELECT 1", "HIGH", "slow-queries", "Sentry only warns", word="warning", do=SUGGEST,
         service="database"),
    _sme("Calendar API error", "MEDIUM", "calendar-sync-failures", "when somebody looks", word="error", do=SUGGEST,
         service="calendar-sync"),
    _sme("booking_cancelled", "CRITICAL", "booking-failures", "lost revenue", service="booking-app"),
    _sme("FATAL: JavaScript heap out of memory", "CRITICAL", "memory-leak", "nobody can book", service="booking-app"),
    _sme("connect ECONNREFUSED 10.0.0.1:5432", "CRITICAL", "database-connections", "takes no connections",
         word="error", service="database"),
    _sme("sorry, too many connections", "CRITICAL", "database-connections", "nobody can book", service="database"),
    _sme("ProviderDown", "MEDIUM", "third-party-outage", "a mock mode for each", do=SUGGEST),
    _ai("SystemDown", "P0", "complete-system-failure", "the system is down", owner="on-call", service="booking-api"),
    _ai("DatabaseDown", "P0", "database-connection-failures", "refuses", owner="on-call", service="database"),
    _ai("DataCorruption", "P0", "data-corruption", "lost or corrupt", service="database"),
    _ai("SecurityBreach", "P0", "security-breach", "security is breached", owner="security"),
    _ai("HighErrorRate", "P1", "high-error-rate", "more than 10 %", word="critical", service="booking-api"),
    _ai("HighErrorRate", "P2", "high-error-rate", "5 to 10 %", word="warning", do=SUGGEST, service="booking-api"),
    _ai("Database connection pool utilization high", "P2", "connection-pool", "80 % of the pool", do=SUGGEST,
        service="database"),
    _ai("SlowQueries", "P2", "query-performance", "slow queries are a warning", do=SUGGEST, service="database"),
    _ai("SlowResponses", "P2", "slow-responses", "more than 2 seconds", do=SUGGEST, service="booking-api"),
    _ai("MemoryLeak", "P2", "memory-leak", "memory grows", do=SUGGEST, service="booking-api"),
    _ai("HighCpuUsage", "P2", "cpu-spikes", "more than 80 % of the processor", do=SUGGEST, service="booking-api"),
    _ai("BackupFailed", "P2", "backup-and-restore", "the daily backup", do=SUGGEST, owner="infrastructure",
        service="database"),
]  # fmt: skip


@pytest.mark.parametrize("fact", FACTS, ids=str)
def test_an_alert_is_judged_as_the_document_has_it(fact: Fact) -> None:
    found = judged(fact.pack, fact.alert, fact.word, NOON, **fact.labels)
    assert (found.decision, found.severity, found.owner) == (fact.do, fact.severity, fact.owner)
    assert (found.runbook, found.service) == (fact.runbook, fact.service)
    assert fact.says in found.why


def test_every_line_of_a_table_that_names_alerts_is_held_against_its_document() -> None:
    held = {(fact.pack, judged(fact.pack, fact.alert, fact.word, NOON, **fact.labels).rule) for fact in FACTS}
    named = {
        (pack, rule.name)
        for pack in {fact.pack for fact in FACTS}
        for rule in policy(pack).alerts.rules
        if rule.when.alerts and rule.name != "always-firing"
    }
    assert named - held == {("ai-booking", "few-errors"), ("journey", "memory-grows")}


@pytest.mark.parametrize(
    ("word", "severity"),
    [("critical", "SEV-1"), ("P1", "SEV-1"), ("high", "SEV-2"), ("warning", "SEV-3"), ("low", "SEV-4")],
)
def test_a_monitors_word_is_one_of_schedgens_severities(word: str, severity: str) -> None:
    assert judged("schedgen", "SomethingElse", word).severity == severity


def test_what_goes_down_together_in_schedgen_is_one_incident() -> None:
    down = [judged("schedgen", "ServiceDown", service=name) for name in ("backend", "frontend", "database", "nobody")]
    assert len({found.key for found in down}) == 1
    other = judged("schedgen", "HighErrorRate", service="backend")
    assert other.key not in {found.key for found in down}


@pytest.mark.parametrize(
    ("word", "decision", "severity"),
    [
        ("critical", DECLARE, "CRITICAL"),  # within a minute, by an alert
        ("high", SUGGEST, "HIGH"),  # the team is alerted
        ("medium", SUGGEST, "MEDIUM"),  # somebody looks
        ("low", IGNORE, "LOW"),  # in a review
    ],
)
def test_sme_booking_finds_each_severity_the_way_its_document_has_it(
    word: str, decision: Decision, severity: str
) -> None:
    found = judged("sme-booking", "SomethingElse", word)
    assert (found.decision, found.severity) == (decision, severity)


@pytest.mark.parametrize(
    ("word", "decision", "severity"), [("critical", DECLARE, "P1"), ("warning", SUGGEST, "P2"), ("info", IGNORE, "P3")]
)
def test_the_three_words_of_ai_bookings_monitoring_open_ask_and_are_not_told(
    word: str, decision: Decision, severity: str
) -> None:
    found = judged("ai-booking", "SomethingElse", word)
    assert (found.decision, found.severity) == (decision, severity)
    few = judged("ai-booking", "HighErrorRate", "info")
    assert (few.quiet, few.why) == (
        Reason.BELOW_THRESHOLD,
        "rule “few-errors”: 1 to 5 % of requests fail, which is for information",
    )


def test_a_journey_alert_that_is_not_critical_yet_only_asks() -> None:
    found = judged("journey", "HighMemoryUsage", "warning")
    assert (found.decision, found.severity, found.owner) == (SUGGEST, "P2", "devops-lead")
    assert judged("journey", "HighMemoryUsage", "critical").decision is DECLARE


@pytest.mark.parametrize(
    ("pack", "channel", "minutes"),
    [("journey", "alerts", 15), ("mais", "alerts", 15), ("sme-booking", "alerts", 5), ("schedgen", "engineering", 5)],
)
def test_suggestions_go_where_the_document_has_alerts_and_calm_is_watched_as_long(
    pack: str, channel: str, minutes: int
) -> None:
    rules = policy(pack).alerts
    assert (rules.channel, rules.clear_after.total_seconds() / 60) == (channel, minutes)
