"""The pack `ai-booking` holds every clock, contact, list and figure of the document that it was made from."""

from collections.abc import Sequence
from datetime import timedelta

import pytest

from bot.domain import commands as c
from bot.domain import events as e
from bot.domain.errors import NotYet
from bot.domain.procedures import Audience, Moment
from bot.domain.rules import Category, Via
from bot.domain.timetable import Moment as Played
from bot.paths import RUNBOOKS
from bot.policy.read import read_pack
from bot.runbooks.catalogue import Catalogue
from tests.support.timetables import ACK, BOB, DAY, HOUR, MINUTE, OVER, called, flag, lists, play, rings, tick

AI = read_pack("ai-booking", root=RUNBOOKS)
BOOKS = {book.name: book for book in Catalogue([RUNBOOKS / "ai-booking"]).list()}
PRIMARY, SECONDARY, EMERGENCY = "development-lead", "infrastructure", "on-call"
BASE = "https://ai-booking-mvp.onrender.com"

Told = list[tuple[float, tuple[str, ...]]]


def run(
    severity: str | None,
    *acts: tuple[float, c.Command],
    conditions: Sequence[str] = (),
    until: timedelta = 30 * DAY,
) -> list[Played]:
    return play(AI, severity, *acts, conditions=conditions, until=until)


def go(status: str) -> c.ChangeStatus:
    return c.ChangeStatus(by=BOB, status=status)


def help_from(step: str | None = None) -> c.Escalate:
    return c.Escalate(by=BOB, why="We are stuck", step=step)


# ---- Severity levels, and when to escalate --------------------------------------------------------------


@pytest.mark.parametrize(
    ("severity", "title", "answered", "examples"),
    [
        (
            "P0",
            "Critical",
            5 * MINUTE,
            ["completely down", "Data is lost or corrupt", "Security is breached", "All clients"],
        ),
        ("P1", "High", HOUR, ["Part of the system", "major feature", "Several clients", "More than 10 %"]),
        ("P2", "Medium", 4 * HOUR, ["minor feature", "single client", "slower", "5 to 10 %"]),
        ("P3", "Low", DAY, ["looks wrong", "hardly slower", "Fewer than 5 %"]),
    ],
)
def test_each_severity_has_the_documents_definition_and_response_time(
    severity: str, title: str, answered: timedelta, examples: list[str]
) -> None:
    rule = AI.severity(severity)
    assert (rule.title, rule.acknowledge_within) == (title, answered)
    assert [given for given, wanted in zip(rule.examples, examples, strict=True) if wanted not in given] == []


@pytest.mark.parametrize(
    ("severity", "who"),
    [
        ("P0", [(0, (EMERGENCY,)), (5, (EMERGENCY,)), (30, (PRIMARY, SECONDARY))]),
        ("P1", [(60, (PRIMARY,)), (120, (PRIMARY, SECONDARY))]),
        ("P2", [(240, (PRIMARY,))]),
        ("P3", [(1440, (PRIMARY,))]),
    ],
)
def test_who_is_told_when_nobody_answers(severity: str, who: Told) -> None:
    assert called(run(severity)) == who


@pytest.mark.parametrize(
    ("severity", "who"),
    [
        ("P0", [(0, (EMERGENCY,)), (30, (PRIMARY, SECONDARY))]),
        ("P1", [(120, (PRIMARY, SECONDARY))]),
        ("P2", []),
        ("P3", []),
    ],
)
def test_who_is_told_when_somebody_has_it_and_it_lasts(severity: str, who: Told) -> None:
    assert called(run(severity, (3, ACK))) == who


@pytest.mark.parametrize("severity", ["P0", "P1", "P2", "P3"])
def test_nobody_is_called_about_what_is_over(severity: str) -> None:
    assert [at for at, _ in called(run(severity, (1, ACK), (4, OVER))) if at] == []


def test_the_on_call_engineer_of_a_p0_hears_of_it_directly_and_at_once() -> None:
    step = next(step for step in AI.escalation if step.name == "p0-declared")
    assert step.via == (Via.MENTION, Via.DIRECT)


def test_those_who_answer_first_are_invited() -> None:
    invited = {rule.name: rule.responders for rule in AI.severities}
    assert invited == {"P0": (EMERGENCY,), "P1": (PRIMARY,), "P2": (), "P3": ()}


@pytest.mark.parametrize("severity", ["P0", "P1", "P2", "P3"])
@pytest.mark.parametrize(
    ("condition", "who"),
    [
        ("data-loss", (PRIMARY, SECONDARY, EMERGENCY)),
        ("security-breach", (PRIMARY, SECONDARY, EMERGENCY, "security")),
        ("several-clients", (PRIMARY, SECONDARY)),
        ("all-clients", (PRIMARY, SECONDARY)),
        ("provider-failure", (PRIMARY, SECONDARY)),
    ],
)
def test_what_the_document_escalates_is_escalated_at_once_whatever_the_severity(
    severity: str, condition: str, who: tuple[str, ...]
) -> None:
    later = run(severity, (1, ACK), (7, flag(condition)), until=8 * MINUTE)
    assert [one for one in called(later) if one[0]] == [(7, who)]
    known = run(severity, conditions=[condition], until=1 * MINUTE)
    assert (0, who) in called(known)


def test_several_and_all_clients_call_the_contacts_once() -> None:
    moments = run("P2", (5, flag("several-clients")), (9, flag("all-clients")), until=20 * MINUTE)
    assert called(moments) == [(5, (PRIMARY, SECONDARY))]


def test_help_comes_from_the_primary_then_the_secondary_then_the_emergency_contact() -> None:
    asked = [(at, help_from()) for at in (2, 3, 4)]
    moments = run("P2", (1, ACK), *asked, until=10 * MINUTE)
    assert called(moments) == [(2, (PRIMARY,)), (3, (SECONDARY,)), (4, (EMERGENCY,))]


@pytest.mark.parametrize(("word", "who"), [("primary", PRIMARY), ("secondary", SECONDARY), ("emergency", EMERGENCY)])
def test_a_contact_can_be_asked_for_by_its_place_in_the_document(word: str, who: str) -> None:
    moments = run("P3", (2, help_from(word)), until=10 * MINUTE)
    assert called(moments) == [(2, (who,))]


@pytest.mark.parametrize(
    ("name", "reach"),
    [("render", "support@render.com"), ("twilio", "https://support.twilio.com"), ("vapi", "support@vapi.ai")],
)
def test_the_providers_are_in_the_directory_and_no_clock_writes_to_them(name: str, reach: str) -> None:
    assert {entry.name: entry.reach for entry in AI.directory}[name] == reach
    assert reach in AI.condition("provider-failure").advice
    assert not AI.emails


# ---- The seven steps ------------------------------------------------------------------------------------


def test_the_procedure_has_seven_steps_and_each_status_stands_in_one() -> None:
    assert AI.phases == ("Acknowledge", "Assess", "Contain", "Investigate", "Resolve", "Verify", "Document")
    phases = [rule.phase for rule in AI.statuses]
    assert list(dict.fromkeys(phases)) == list(AI.phases)
    words = ["acknowledge", "assess", "contain", "investigate", "resolving", "verify", "resolved", "document"]
    assert [AI.status(word) for word in words] == list(AI.statuses)
    assert [rule.category for rule in AI.statuses] == [
        Category.TRIAGE,
        Category.TRIAGE,
        Category.ACTIVE,
        Category.ACTIVE,
        Category.ACTIVE,
        Category.MONITORING,
        Category.RESOLVED,
        Category.CLOSED,
    ]


def test_an_incident_goes_through_the_seven_steps() -> None:
    steps = ["assessing", "containing", "investigating", "resolving", "verifying"]
    walk = [(2 + number, go(name)) for number, name in enumerate(steps)]
    last = run("P1", (1, ACK), *walk, (20, OVER), until=20 * MINUTE)[-1].incident
    assert (last.status, last.acknowledged_at is not None, last.identified_at is not None) == ("resolved", True, True)


# ---- What breaks ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("condition", "severity", "runbook"),
    [
        ("system-down", "P0", "complete-system-failure"),
        ("data-loss", "P0", "data-corruption"),
        ("security-breach", "P0", "security-breach"),
        ("all-clients", "P0", None),
        ("several-clients", "P1", None),
        ("major-feature", "P1", None),
        ("errors-over-10", "P1", "high-error-rate"),
        ("errors-5-to-10", "P2", "high-error-rate"),
        ("slow-responses", "P2", "slow-responses"),
        ("single-client", "P2", None),
        ("minor-feature", "P2", None),
        ("errors-under-5", "P3", None),
        ("cosmetic", "P3", None),
        ("provider-failure", None, "high-error-rate"),
        ("after-deployment", None, "high-error-rate"),
        ("pool-high", "P2", "connection-pool"),
        ("database-refuses", None, "database-connection-failures"),
        ("slow-queries", "P2", "query-performance"),
        ("memory-leak", None, "memory-leak"),
        ("cpu-high", None, "cpu-spikes"),
        ("restoring", None, "backup-and-restore"),
    ],
)
def test_what_breaks_suggests_its_severity_and_opens_its_runbook(
    condition: str, severity: str | None, runbook: str | None
) -> None:
    rule = AI.condition(condition)
    assert (rule.suggests, rule.runbook) == (severity, runbook)
    assert runbook is None or runbook in BOOKS
    opened = run(None, conditions=[condition], until=0 * MINUTE)[0].incident
    assert opened.severity == (severity or AI.default_severity)


def test_a_declaration_asks_as_many_questions_as_a_form_has_boxes() -> None:
    asked = [condition.name for condition in AI.conditions if condition.ask]
    assert len(asked) == 10
    assert {"system-down", "data-loss", "security-breach", "several-clients", "provider-failure"} <= set(asked)


@pytest.mark.parametrize(
    ("condition", "checklist", "words"),
    [
        ("system-down", "system-down", ["Damage", "Backup", "last commit known to be good", "webhooks", "Clients"]),
        ("data-loss", "data-loss", ["stopped", "how far", "backup", "replayed", "intact", "go on"]),
        (
            "security-breach",
            "security-breach",
            ["isolated", "API keys", "access logs", "clients", "security team", "documented"],
        ),
        ("restoring", "restoring", ["stopped", "restored", "tables", "endpoints", "clients' data", "started"]),
        (
            "errors-over-10",
            "high-error-rate",
            ["/api/health/detailed", "dashboard", "Twilio, VAPI", "deployments", "/api/rate-limit/status", "rolled"],
        ),
        ("errors-5-to-10", "high-error-rate", ["rolled back, disabled, limits raised"]),
        (
            "slow-responses",
            "slow-responses",
            ["/api/performance/queries/stats", "/api/cache/stats", "pool", "changes", "TTL", "scaled"],
        ),
        (
            "pool-high",
            "pool-high",
            ["connection-limit", "queries/slow", "connections", "DB_POOL_MAX", "ended", "restarted", "read replicas"],
        ),
        ("database-refuses", "database-refuses", ["dashboard", "DATABASE_URL", "paused", "settings", "restarted"]),
        ("slow-queries", "slow-queries", ["recommendations", "read", "indexes", "optimised", "cache"]),
        ("memory-leak", "memory-leak", ["monitoring", "open", "limited", "leaks", "restarted", "memory limit"]),
        ("cpu-high", "cpu-high", ["takes the CPU", "loop", "queries", "logging", "hot paths", "scaled"]),
        ("provider-failure", "provider-failure", ["disabled", "support"]),
    ],
)
def test_each_fault_brings_the_documents_list_in_its_order(condition: str, checklist: str, words: list[str]) -> None:
    assert lists(run("P3", (7, flag(condition)), until=7 * MINUTE)) == [(7, checklist)]
    text = " | ".join(item.text for item in AI.checklist(checklist).items).casefold()
    for word in words:
        assert word.casefold() in text
        text = text[text.index(word.casefold()) + len(word) :]


def test_lists_have_as_many_steps_as_the_document() -> None:
    counts = {"data-loss": 6, "security-breach": 6, "memory-leak": 6, "cpu-high": 6, "post-mortem": 6}
    counts |= {"slow-queries": 5, "database-refuses": 5, "high-error-rate": 6, "action-items": 4, "system-down": 15}
    assert {name: len(AI.checklist(name).items) for name in counts} == counts


@pytest.mark.parametrize(
    ("title", "normal", "warning", "critical"),
    [
        ("Error rate", "under 1 %; from 1 to 5 % an info alert", "5 to 10 %", "over 10 %"),
        ("The system", "99.9 %", "", "down"),
        ("Response time, P95", "under 500 ms", "over 2 seconds", ""),
        ("Database pool in use", "under 80 %", "80 %", ""),
        ("Cache hit rate", "over 70 %", "", ""),
        ("CPU", "", "over 80 %", ""),
        ("Queries", "", "slow queries", ""),
        ("Performance", "info alert", "", ""),
    ],
)
def test_the_measures_have_the_documents_thresholds(title: str, normal: str, warning: str, critical: str) -> None:
    found = next(measure for measure in AI.measures if measure.title == title)
    assert normal in found.normal
    assert warning in found.warning
    assert critical in found.critical


def test_the_words_of_the_alerts_are_words_for_severities() -> None:
    words = {"critical": "P0", "high": "P1", "warning": "P2", "medium": "P2", "info": "P3", "low": "P3"}
    assert {word: AI.severity(word).name for word in words} == words


def test_every_endpoint_of_the_document_is_shown_with_its_service() -> None:
    services = [AI.service(name) for name in ("booking-api", "database")]
    shown = {url for service in services if service for url in service.health}
    shown |= {link.url for service in services if service for link in service.dashboards}
    paths = ["/health/lb", "/api/health/detailed", "/api/performance/queries/stats", "/api/cache/stats"]
    paths += ["/api/rate-limit/status", "/api/database/connection-limit", "/api/performance/queries/slow"]
    paths += ["/api/performance/queries/recommendations", "/api/backup-status"]
    assert shown == {BASE + path for path in paths}
    assert AI.targets[0].thresholds == {"connections_warn_percent": 80}


# ---- What clients and providers are told ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "audience", "conditions"),
    [
        ("client-outage", Audience.CUSTOMERS, ()),
        ("client-update", Audience.CUSTOMERS, ()),
        ("client-restored", Audience.CUSTOMERS, ()),
        ("breach-notice", Audience.CUSTOMERS, ("security-breach",)),
        ("render-recovery", Audience.STAKEHOLDERS, ("data-loss", "restoring")),
    ],
)
def test_there_is_a_text_for_whom_the_document_has_called(
    name: str, audience: Audience, conditions: tuple[str, ...]
) -> None:
    letter = AI.letter(name)
    assert (letter.audience, letter.conditions) == (audience, conditions)


def test_render_is_given_the_time_to_go_back_to() -> None:
    letter = AI.letter("point-in-time recovery")
    assert letter.to == "support@render.com"
    assert "UTC" in letter.body


# ---- After the incident ---------------------------------------------------------------------------------


@pytest.mark.parametrize("severity", ["P0", "P1", "P2", "P3"])
def test_the_post_mortem_is_asked_for_48_hours_after_the_resolution(severity: str) -> None:
    moments = run(severity, (1, ACK), (30, OVER))
    # When it is due, and then each day until it is published, five times in all.
    assert rings(moments, e.ReviewNudged) == [30 + (2 + days) * 24 * 60 for days in range(5)]
    assert lists(moments) == [(30, "post-mortem"), (30, "action-items")]


def test_an_incident_is_documented_once_its_post_mortem_is() -> None:
    over = (30, c.Resolve(by=BOB, summary="It works again"))
    cause = (40, c.RecordCause(by=BOB, text="The pool was too small"))
    ticked = (45, tick(AI, "post-mortem")[0])
    closed = (50, c.Close(by=BOB))
    moments = run("P1", over, cause, ticked, closed)
    assert rings(moments, e.Closed) == [50]
    assert rings(moments, e.ReviewNudged) == []
    with pytest.raises(NotYet, match="post-mortem"):
        run("P1", over, cause, closed)
    with pytest.raises(NotYet, match="cause"):
        run("P1", over, ticked, closed)


def test_the_post_mortem_has_the_documents_five_points_and_its_four_kinds_of_work() -> None:
    points = ["timeline", "root cause", "impact", "actions taken", "lessons learned"]
    items = [item.text.casefold() for item in AI.checklist("post-mortem").items]
    assert "within 48 hours" in items[0]
    assert [point for point, item in zip(points, items[1:], strict=True) if point not in item] == []
    agenda = [item.title.casefold() for item in AI.review.agenda]
    assert [point for point in points if not any(point in title for title in agenda)] == []
    kinds = ["coming back", "runbooks", "monitoring", "documentation"]
    for texts in ([item.text for item in AI.checklist("action-items").items], AI.review.agenda[-1].questions):
        assert [kind for kind, text in zip(kinds, texts, strict=True) if kind not in text] == []
    assert AI.checklist("action-items").at is Moment.RESOLVED


def test_the_document_has_no_rhythm_for_updates() -> None:
    for rule in AI.severities:
        assert rings(run(rule.name, (1, ACK), (600, OVER)), e.UpdateOverdue) == []
