"""Three organisations' packs, held to their timetables: who is told when, what words they use, what they look at."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from bot.domain import commands as c
from bot.domain import events as e
from bot.domain.actor import Actor
from bot.domain.rules import Category, Policy
from bot.domain.timetable import Act, simulate
from bot.messages import Messages
from bot.messages.check import problems
from bot.paths import RUNBOOKS, TEMPLATES
from bot.policy.read import read_pack
from bot.runbooks.catalogue import Catalogue
from bot.runbooks.check import check_pack
from bot.runbooks.runbook import Runbook

SME, AI, JOURNEY = PACKS = ("sme-booking", "ai-booking", "journey")
POLICIES = {pack: read_pack(pack, root=RUNBOOKS) for pack in PACKS}
CATALOGUES = {pack: Catalogue([RUNBOOKS / pack]) for pack in PACKS}
TEXTS = {pack: {book.name: book.text for book in CATALOGUES[pack].list()} for pack in PACKS}
AT = datetime(2026, 2, 2, 14, 2, tzinfo=UTC)
BOB = Actor.person("U0BOB")
HOUR, DAY = 60, 24 * 60

Told = list[tuple[float, tuple[str, ...]]]


def minutes(number: float) -> timedelta:
    return timedelta(minutes=number)


def told(pack: str, severity: str, acts: Sequence[Act] = (), *, days: int = 7) -> Told:
    """Who is told, and how many minutes after the declaration: at first those who are invited at once."""
    policy = POLICIES[pack]
    declaration = c.Declare(by=BOB, title="Nobody can book", severity=severity)
    played = simulate(policy, declaration, AT, acts=acts, until=timedelta(days=days))
    invited = policy.severity(severity).responders
    said: Told = [(0, invited)] if invited else []
    return said + [
        (one.after / minutes(1), one.entry.event.names) for one in played if isinstance(one.entry.event, e.Escalated)
    ]


def at_the_hour(pack: str, severity: str, kind: type[e.Event], acts: Sequence[Act] = ()) -> list[float]:
    """When events of a kind come, in hours after the declaration, within three days."""
    declaration = c.Declare(by=BOB, title="Nobody can book", severity=severity)
    played = simulate(POLICIES[pack], declaration, AT, acts=acts, until=timedelta(days=3))
    return [one.after / timedelta(hours=1) for one in played if isinstance(one.entry.event, kind)]


def acknowledged(after: float) -> Act:
    return Act(minutes(after), c.Acknowledge(by=BOB))


def resolved(after: float) -> Act:
    return Act(minutes(after), c.Resolve(by=BOB, summary="It works again"))


def responses(policy: Policy) -> dict[str, float | None]:
    """Within how many minutes somebody is to have it, for each severity, the worst first."""
    within = {rule.name: rule.acknowledge_within for rule in policy.severities}
    return {name: span / minutes(1) if span else None for name, span in within.items()}


@pytest.mark.parametrize("pack", PACKS)
def test_the_pack_has_no_faults(pack: str) -> None:
    assert check_pack(RUNBOOKS / pack) == []


@pytest.mark.parametrize(
    ("pack", "severity", "who"),
    [
        (SME, "CRITICAL", [(0, ("devops",)), (5, ("devops",)), (15, ("cto",))]),
        (SME, "HIGH", [(0, ("team",)), (15, ("team",)), (30, ("manager",))]),
        (SME, "MEDIUM", [(HOUR, ("team",))]),
        (SME, "LOW", [(DAY, ("team",)), (2 * DAY, ("team",))]),
        (AI, "P0", [(0, ("on-call",)), (5, ("on-call",)), (30, ("development-lead", "infrastructure"))]),
        (
            AI,
            "P1",
            [
                (0, ("development-lead",)),
                (HOUR, ("development-lead",)),
                (2 * HOUR, ("development-lead", "infrastructure")),
            ],
        ),
        (AI, "P2", [(4 * HOUR, ("development-lead",))]),
        (AI, "P3", [(DAY, ("development-lead",))]),
        (
            JOURNEY,
            "P0",
            [
                (0, ("eng-manager", "backend-lead")),
                (5, ("eng-manager", "backend-lead")),
                (30, ("backend-lead", "frontend-dev", "devops-lead")),
            ],
        ),
        (
            JOURNEY,
            "P1",
            [(0, ("engineering",)), (30, ("backend-lead", "frontend-dev", "devops-lead")), (30, ("engineering",))],
        ),
        (JOURNEY, "P2", [(2 * HOUR, ("engineering",))]),
    ],
)
def test_who_is_told_when_nobody_answers(pack: str, severity: str, who: Told) -> None:
    assert told(pack, severity) == who


@pytest.mark.parametrize(
    ("pack", "severity", "who"),
    [
        (SME, "CRITICAL", [(0, ("devops",)), (15, ("cto",))]),
        (SME, "HIGH", [(0, ("team",)), (30, ("manager",))]),
        (SME, "MEDIUM", []),
        (AI, "P0", [(0, ("on-call",)), (30, ("development-lead", "infrastructure"))]),
        (AI, "P1", [(0, ("development-lead",)), (2 * HOUR, ("development-lead", "infrastructure"))]),
        (JOURNEY, "P0", [(0, ("eng-manager", "backend-lead")), (30, ("backend-lead", "frontend-dev", "devops-lead"))]),
        (JOURNEY, "P2", []),
    ],
)
def test_who_is_told_when_somebody_has_it_and_it_lasts(pack: str, severity: str, who: Told) -> None:
    assert told(pack, severity, [acknowledged(3)]) == who


@pytest.mark.parametrize("pack", PACKS)
def test_nobody_is_called_about_what_is_over(pack: str) -> None:
    for rule in POLICIES[pack].severities:
        assert [minute for minute, _ in told(pack, rule.name, [acknowledged(1), resolved(4)]) if minute] == []


@pytest.mark.parametrize(("pack", "hours"), [(SME, []), (AI, [48.5]), (JOURNEY, [48.5])])
def test_a_review_is_asked_for_within_48_hours_where_the_rules_say_so(pack: str, hours: list[float]) -> None:
    for rule in POLICIES[pack].severities:
        assert at_the_hour(pack, rule.name, e.ReviewNudged, [acknowledged(1), resolved(30)]) == hours


def test_journey_asks_for_updates_as_often_as_it_promises_customers() -> None:
    hours = {name: at_the_hour(JOURNEY, name, e.UpdateOverdue)[:3] for name in ("P0", "P1", "P2")}
    assert hours == {"P0": [0.5, 1, 1.5], "P1": [1, 2, 3], "P2": []}


@pytest.mark.parametrize(
    ("pack", "names"),
    [
        (SME, {"CRITICAL": ["crit"], "HIGH": [], "MEDIUM": ["med"], "LOW": []}),
        (
            AI,
            {
                "P0": ["critical"],
                "P1": ["high"],
                "P2": ["medium", "warning"],
                "P3": ["low", "info"],
            },
        ),
        (JOURNEY, {"P0": ["critical"], "P1": ["high"], "P2": ["medium"]}),
    ],
)
def test_severities_answer_to_their_words_and_the_worst_is_first(pack: str, names: dict[str, list[str]]) -> None:
    policy = POLICIES[pack]
    assert [rule.name for rule in policy.severities] == list(names)
    for name, aliases in names.items():
        assert {policy.severity(word).name for word in (name, name.lower(), *aliases)} == {name}
        assert policy.severity(name).definition


@pytest.mark.parametrize(
    ("pack", "statuses"),
    [
        (
            SME,
            {
                "INVESTIGATING": Category.TRIAGE,
                "MITIGATING": Category.ACTIVE,
                "MONITORING": Category.MONITORING,
                "RESOLVED": Category.RESOLVED,
                "closed": Category.CLOSED,
            },
        ),
        (
            AI,
            {
                "acknowledge": Category.TRIAGE,
                "assess": Category.TRIAGE,
                "contain": Category.ACTIVE,
                "investigate": Category.ACTIVE,
                "resolving": Category.ACTIVE,
                "verify": Category.MONITORING,
                "resolved": Category.RESOLVED,
                "document": Category.CLOSED,
            },
        ),
        (
            JOURNEY,
            {
                "Investigating": Category.TRIAGE,
                "Identified": Category.ACTIVE,
                "Monitoring": Category.MONITORING,
                "Resolved": Category.RESOLVED,
                "closed": Category.CLOSED,
            },
        ),
    ],
)
def test_statuses_stand_in_the_order_of_the_procedure(pack: str, statuses: dict[str, Category]) -> None:
    policy = POLICIES[pack]
    assert [policy.status(word) for word in statuses] == list(policy.statuses)
    assert [rule.category for rule in policy.statuses] == list(statuses.values())


def test_the_five_phases_of_journey_are_statuses() -> None:
    phases = ["detect", "assess", "respond", "resolve", "review"]
    found = [POLICIES[JOURNEY].status(phase).name for phase in phases]
    assert found == ["investigating", "investigating", "identified", "resolved", "closed"]


@pytest.mark.parametrize("pack", PACKS)
def test_whoever_takes_a_role_is_told_what_it_asks_of_them(pack: str) -> None:
    assert all(role.instructions for role in POLICIES[pack].roles)
    assert POLICIES[pack].role("ic").name == POLICIES[pack].commander


@pytest.mark.parametrize("pack", PACKS)
def test_everybody_is_somebody_and_nobody_is_called_before_the_installation_says_who(pack: str) -> None:
    policy = POLICIES[pack]
    named = {name for step in policy.escalation for name in step.notify}
    assert named | set(policy.manual_escalation) <= set(policy.contacts)
    assert not any(policy.contacts.values())
    assert not policy.mails


def test_the_figures_of_sme_booking_are_there() -> None:
    policy, texts = POLICIES[SME], TEXTS[SME]
    assert responses(policy) == {"CRITICAL": 5, "HIGH": 15, "MEDIUM": HOUR, "LOW": 2 * DAY}
    assert _rows(texts["incident-response"]) == [
        ["CRITICAL", "1 min, by an alert", "5 min, DevOps", "15 min, the CTO"],
        ["HIGH", "5 min, the team is alerted", "15 min", "30 min, the manager"],
        ["MEDIUM", "30 min, somebody looks through", "1 hour", "the daily standup"],
        ["LOW", "at a review", "1 to 2 days", "the next sprint"],
    ]
    assert texts["incident-response"].count("- [ ]") == 9
    assert _hints(SME) == {
        "error-rate-spike": "CRITICAL",
        "bad-deployment": "CRITICAL",
        "third-party-outage": "CRITICAL",
        "memory-leak": "CRITICAL",
        "database-connections": "CRITICAL",
        "booking-failures": "CRITICAL",
        "slow-queries": "HIGH",
        "calendar-sync-failures": "MEDIUM",
    }
    assert policy.targets[0].thresholds == {"long_statement_crit_s": 10 * 60}


def test_the_figures_of_ai_booking_are_there() -> None:
    policy, texts = POLICIES[AI], TEXTS[AI]
    assert responses(policy) == {"P0": 5, "P1": HOUR, "P2": 4 * HOUR, "P3": DAY}
    for name, share in {"P1": "more than 10 %", "P2": "5 to 10 %", "P3": "fewer than 5 %"}.items():
        assert share in policy.severity(name).definition
    assert _rows(texts["monitoring-and-alerts"]) == [
        ["Error rate", "under 1 %"],
        ["Response time, P95", "under 500 ms"],
        ["Database pool in use", "under 80 %"],
        ["Cache hit rate", "over 70 %"],
        ["Uptime", "over 99.9 %"],
    ]
    assert policy.targets[0].thresholds == {"connections_warn_percent": 80}
    assert policy.manual_escalation == ("development-lead", "infrastructure", "on-call")
    assert policy.addresses(["render-support", "vapi-support"]) == ("support@render.com", "support@vapi.ai")


def test_the_figures_of_journey_are_there() -> None:
    policy, texts = POLICIES[JOURNEY], TEXTS[JOURNEY]
    assert responses(policy) == {"P0": 5, "P1": 30, "P2": 2 * HOUR}
    assert _rows(texts["incident-response"]) == [
        ["A P0", "eng-manager and backend-lead", "at once"],
        ["Database corruption", "backend-lead and devops-lead", "at once"],
        ["Security breach", "eng-manager and the security team", "at once"],
        ["Not resolved in 30 min", "the lead of the team", "at the 30 min mark"],
        ["A customer escalates", "product-lead and eng-manager", "when you hear of it"],
        ["Infrastructure", "devops-lead", "if Zeabur or the database provider has the issue"],
    ]
    assert [row[0] for row in _rows(texts["sync-engine-failures"])] == [
        "`401 Unauthorized`",
        "`429 Too Many Requests`",
        "`Validation Error`",
        "`ETIMEDOUT`",
        "`PrismaClientKnownRequestError`",
    ]
    owners = {service.name: service.owners for service in policy.services}
    assert owners == {
        "journey-api": ("backend-lead",),
        "visualizer": ("frontend-dev",),
        "sync-engine": ("backend-lead",),
        "database": ("backend-lead",),
        "infrastructure": ("devops-lead",),
    }


@pytest.mark.parametrize(
    ("pack", "runbook", "line"),
    [
        (SME, "error-rate-spike", "grep \"level.*error\" logs/*.json | jq '.error' | sort | uniq -c | sort -rn"),
        (SME, "bad-deployment", "git revert HEAD"),
        (SME, "third-party-outage", "export GOOGLE_CALENDAR_MOCK=true"),
        (SME, "memory-leak", 'grep -r "setInterval" src/ | grep -v "clearInterval"'),
        (SME, "database-connections", "AND query_start < now() - interval '10 minutes'"),
        (SME, "slow-queries", "CREATE INDEX idx_booking_status_time ON booking(status, booking_time);"),
        (SME, "calendar-sync-failures", "refreshTokenIfNeeded(businessId)"),
        (SME, "booking-failures", "/api/v1/availability?service_type=plumbing&date=2025-02-10"),
        (AI, "connection-pool", "/api/database/connection-limit"),
        (AI, "query-performance", "/api/performance/queries/recommendations"),
        (AI, "high-error-rate", "/api/rate-limit/status"),
        (AI, "slow-responses", "/api/cache/stats"),
        (AI, "backup-and-restore", "pg_dump $DATABASE_URL > backup_$(date +%Y%m%d_%H%M%S).sql"),
        (JOURNEY, "api-downtime", "curl https://journey-api.zeabur.app/health"),
        (JOURNEY, "database-connections", "SELECT * FROM pg_locks WHERE NOT granted;"),
        (JOURNEY, "sync-engine-failures", "node src/cli.js sync --client <client> --skip-errors"),
        (JOURNEY, "memory-and-performance", "ps aux --sort=-%mem | head -10"),
    ],
)
def test_a_runbook_has_the_command_that_one_types(pack: str, runbook: str, line: str) -> None:
    assert line in TEXTS[pack][runbook]


@pytest.mark.parametrize(
    ("pack", "title", "runbook"),
    [
        (SME, "Error rate exceeded 1% on bookings", "error-rate-spike"),
        (SME, "Twilio does not send SMS", "third-party-outage"),
        (SME, "JavaScript heap out of memory", "memory-leak"),
        (SME, "FATAL: too many connections", "database-connections"),
        (SME, "Half of today's bookings are cancelled", "booking-failures"),
        (SME, "Bookings are not in the calendar", "calendar-sync-failures"),
        (AI, "Database connection pool utilization high", "connection-pool"),
        (AI, "Records are missing: data loss?", "data-corruption"),
        (AI, "An API key leaked on a public page", "security-breach"),
        (AI, "CPU usage at 95 %", "cpu-spikes"),
        (AI, "The entire system is down", "complete-system-failure"),
        (JOURNEY, "The API is down", "api-downtime"),
        (JOURNEY, "GHL: 429 Too Many Requests for acme", "sync-engine-failures"),
        (JOURNEY, "Connection refused by the database", "database-connections"),
        (JOURNEY, "Container restarts, OOM", "memory-and-performance"),
    ],
)
def test_a_plain_title_suggests_the_runbook(pack: str, title: str, runbook: str) -> None:
    assert CATALOGUES[pack].suggest(title)[0].runbook.name == runbook


@pytest.mark.parametrize(
    ("pack", "runbook"),
    [(pack, runbook) for pack in PACKS for runbook in CATALOGUES[pack].list()],
    ids=lambda value: value if isinstance(value, str) else value.name,
)
def test_each_runbook_is_shown_whole(pack: str, runbook: Runbook) -> None:
    message = Messages(pack=pack, root=TEMPLATES).render("runbook_text", runbook=runbook)
    assert problems(message) == []
    assert "(cut" not in repr(message.blocks)
    assert all([runbook.symptoms, runbook.tags, runbook.owner, runbook.reviewed])


def _rows(text: str) -> list[list[str]]:
    """The cells of the only table in a text, without its head."""
    lines = [line for line in text.split("\n") if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def _hints(pack: str) -> dict[str, str]:
    """The severity that each runbook about a fault names."""
    return {book.name: book.severity_hint for book in CATALOGUES[pack].list() if book.severity_hint}
