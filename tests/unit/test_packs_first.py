"""Three packs' runbooks and roles keep what their documents say. Their timetables are in `test_pack_…`."""

from dataclasses import replace

import pytest

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


@pytest.mark.parametrize("pack", PACKS)
def test_the_pack_has_no_faults(pack: str) -> None:
    assert check_pack(RUNBOOKS / pack) == []


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
    ],
)
def test_severities_answer_to_their_words_and_the_worst_is_first(pack: str, names: dict[str, list[str]]) -> None:
    policy = POLICIES[pack]
    assert [rule.name for rule in policy.severities] == list(names)
    for name, aliases in names.items():
        assert {policy.severity(word).name for word in (name, name.lower(), *aliases)} == {name}
        assert policy.severity(name).definition


@pytest.mark.parametrize("pack", PACKS)
def test_whoever_takes_a_role_is_told_what_it_asks_of_them(pack: str) -> None:
    assert all(role.instructions for role in POLICIES[pack].roles)
    assert POLICIES[pack].role("ic").name == POLICIES[pack].commander


@pytest.mark.parametrize("pack", [SME, AI])
def test_everybody_is_somebody_and_nobody_is_called_before_the_installation_says_who(pack: str) -> None:
    policy = POLICIES[pack]
    named = {name for step in policy.escalation for name in step.notify}
    assert named | set(policy.manual_escalation) <= set(policy.contacts)
    assert not any(policy.contacts.values())
    assert not policy.mails


def test_the_runbooks_of_sme_booking_have_the_documents_tables() -> None:
    assert _rows(TEXTS[SME]["incident-response"]) == [
        ["CRITICAL", "1 min, by an alert", "5 min, DevOps", "15 min, the CTO"],
        ["HIGH", "5 min, the team is alerted", "15 min", "30 min, the manager"],
        ["MEDIUM", "30 min, somebody looks through", "1 hour", "the daily standup"],
        ["LOW", "at a review", "1 to 2 days", "the next sprint"],
    ]
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


def test_the_runbooks_of_ai_booking_have_the_documents_tables() -> None:
    assert _rows(TEXTS[AI]["monitoring-and-alerts"]) == [
        ["Error rate", "under 1 %"],
        ["Response time, P95", "under 500 ms"],
        ["Database pool in use", "under 80 %"],
        ["Cache hit rate", "over 70 %"],
        ["Uptime", "over 99.9 %"],
    ]


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
def test_each_step_of_a_runbook_is_shown_whole(pack: str, runbook: Runbook) -> None:
    messages, lines = Messages(pack=pack, root=TEMPLATES), runbook.text.split("\n")
    parts = [(step.first, step.last) for step in runbook.structure.steps]
    parts += [(chapter.first, chapter.about_last) for chapter in runbook.structure.chapters]
    for first, last in parts:
        text = "\n".join(lines[first - runbook.text_line : last - runbook.text_line + 1])
        message = messages.render("runbook_text", runbook=replace(runbook, text=text))
        assert problems(message) == []
        assert "(cut" not in repr(message.blocks)
    assert problems(messages.render("runbook_text", runbook=runbook)) == []
    assert all([runbook.symptoms, runbook.tags, runbook.owner, runbook.reviewed])


def _rows(text: str) -> list[list[str]]:
    """The cells of the only table in a text, without its head."""
    lines = [line for line in text.split("\n") if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def _hints(pack: str) -> dict[str, str]:
    """The severity that each runbook about a fault names."""
    return {book.name: book.severity_hint for book in CATALOGUES[pack].list() if book.severity_hint}
