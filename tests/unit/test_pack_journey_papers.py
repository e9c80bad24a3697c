"""What the pack `journey` asks people, has them tick off, write and look at, as its document says."""

import re

import pytest

from bot.domain.procedures import Audience, Form
from bot.messages.letters import letter_values, render_letter
from bot.paths import RUNBOOKS
from bot.policy.read import read_pack
from bot.runbooks.catalogue import Catalogue
from tests.support.timetables import MONDAY, play

POLICY = read_pack("journey", root=RUNBOOKS)
OPEN = ("investigating", "assessing", "identified", "monitoring")
ZEABUR = "https://dash.zeabur.com"


# ---- The decision matrix ---------------------------------------------------------------------------------


def test_a_declaration_asks_the_four_questions_of_the_decision_matrix() -> None:
    asked = {one.ask: (one.suggests, one.advice, one.runbook) for one in POLICY.conditions if one.ask}
    assert asked == {
        "Are all users affected?": ("P0", "It is a P0: escalate at once.", None),
        "Was something deployed lately? (#deployments knows)": (
            None,
            "Consider rolling back before anything else.",
            None,
        ),
        "Are there database errors?": (
            None,
            "Check the connection pool: `/incident diag db`.",
            "database-connections",
        ),
        "Is it only one client?": ("P2", "Check what is different about that client's configuration.", None),
    }


@pytest.mark.parametrize(
    ("said", "condition", "severity"),
    [
        ("everybody", "all-users", "P0"),
        ("deployment", "recent-deployment", None),
        ("one client", "single-client", "P2"),
        ("data loss", "data-corruption", "P0"),
        ("breach", "security-breach", "P0"),
        ("customer", "customer-escalation", None),
        ("Zeabur", "platform-issue", None),
    ],
)
def test_a_condition_answers_to_what_people_say_and_means_its_severity(
    said: str, condition: str, severity: str | None
) -> None:
    assert (POLICY.condition(said).name, POLICY.condition(said).suggests) == (condition, severity)


# ---- Checklists ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "items"),
    [
        ("detect", ("alert is acknowledged", "time is noted", "#incident-response")),
        ("ticket", ("ticket", "business hours")),
        (
            "assess",
            (
                "journey-api, visualizer, sync-engine",
                "users and clients",
                "P0, a P1 or a P2",
                "earlier incident",
                "#deployments",
            ),
        ),
        ("resolve", ("verification", "15 minutes", "status page", "Timeline and root cause")),
        ("review", ("48 hours", "template", "tickets")),
    ],
)
def test_a_checklist_has_the_documents_items(name: str, items: tuple[str, ...]) -> None:
    checklist = POLICY.checklist(name)
    assert len(checklist.items) == len(items)
    assert [words for words, item in zip(items, checklist.items, strict=True) if words not in item.text] == []


# ---- Forms and texts -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("form", "titles"),
    [
        (Form.DECLARE, ["Detected by", "Impact", "Symptoms"]),
        (Form.UPDATE, ["Next step", "ETA"]),
        (Form.ESCALATE, ["Issue", "Tried", "Need"]),
        (Form.RESOLVE, ["Resolution", "Post-incident review"]),
    ],
)
def test_a_form_asks_for_what_its_template_has_and_keeps_nobody_from_sending(form: Form, titles: list[str]) -> None:
    assert [detail.title for detail in POLICY.asked(form)] == titles
    assert not any(detail.required for detail in POLICY.asked(form))


def test_an_incident_is_detected_by_one_of_the_documents_five_sources() -> None:
    (source,) = (detail for detail in POLICY.details if detail.name == "source")
    words = ("PagerDuty or Opsgenie", "Zeabur", "#alerts", "customer", "error logs")
    assert [one for one, choice in zip(words, source.choices, strict=True) if one not in choice] == []


@pytest.mark.parametrize(
    ("name", "audience", "severities", "statuses", "parts"),
    [
        (
            "initial-alert",
            Audience.INTERNAL,
            ("P0", "P1"),
            ("investigating", "assessing"),
            "Severity|Service|Started|Impact|Symptoms|Responding|Status",
        ),
        ("status-update", Audience.INTERNAL, (), OPEN, "Time|Status|Update|Next step|ETA"),
        (
            "resolution-notice",
            Audience.INTERNAL,
            (),
            ("resolved",),
            "Time resolved|Duration|Summary|Resolution|Post-incident review",
        ),
        ("customer-update", Audience.CUSTOMERS, ("P0", "P1"), (), ""),
        ("escalation-request", Audience.INTERNAL, ("P0", "P1"), (), "Incident|Severity|Duration|Issue|Tried|Need"),
        ("status-page-trouble", Audience.STATUS_PAGE, ("P0",), OPEN, ""),
        ("status-page-resolved", Audience.STATUS_PAGE, ("P0",), ("resolved",), ""),
    ],
)
def test_a_text_has_every_part_of_the_documents_template(
    name: str, audience: Audience, severities: tuple[str, ...], statuses: tuple[str, ...], parts: str
) -> None:
    letter = POLICY.letter(name)
    assert (letter.audience, letter.severities, letter.statuses) == (audience, severities, statuses)
    assert "|".join(re.findall(r"^([A-Z][^:\n{]*):", letter.body, re.MULTILINE)) == parts


@pytest.mark.parametrize(("severity", "every"), [("P0", "30 minutes"), ("P1", "hour")])
def test_customers_are_told_through_product_or_cs_how_often_they_hear(severity: str, every: str) -> None:
    letter = POLICY.letter("customers")
    assert letter.to == "Customers, through Product or Customer Success"
    assert letter.with_updates
    (declared, *_) = play(POLICY, severity)
    _, body = render_letter(letter, letter_values(declared.incident, POLICY, MONDAY))
    assert "reports of [issue]" in body
    assert body.endswith(f"You will hear from us every {every}.")


def test_the_first_alert_is_filled_in_with_what_is_known() -> None:
    (declared, *_) = play(POLICY, "P0", service="api")
    _, body = render_letter(POLICY.letter("alert"), letter_values(declared.incident, POLICY, MONDAY))
    lines = body.split("\n")
    for line in (
        "Severity: P0",
        "Service: journey-api",
        "Started: 2 February 2026, 14:00 UTC",
        "Status: Investigating",
    ):
        assert line in lines


# ---- The review ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("title", "section", "asks"),
    [
        ("Meeting details", "glance", ("which day", "who came")),
        ("Timeline", "metrics", ("restored",)),
        ("What happened?", "summary", ("technical detail",)),
        ("Why did it happen?", "whys", ()),
        ("Why was it not caught earlier?", "detection", ("monitoring", "test", "process")),
        ("Impact assessment", "impact", ("Which clients",)),
        (
            "Action items",
            "items",
            ("fixes or prevents", "monitoring", "documentation", "owner", "due date", "high, medium or low"),
        ),
        ("What went well?", "well", ("two or more",)),
        ("What could be improved?", "improve", ("two or more",)),
        ("What should we do differently next time?", "", ("two or more",)),
    ],
)
def test_the_review_asks_for_every_part_of_the_documents_template(
    title: str, section: str, asks: tuple[str, ...]
) -> None:
    parts = {part.title: part for part in POLICY.review.document[:10]}
    assert len(parts) == 10
    assert parts[title].section == section
    assert [words for words in asks if words not in parts[title].ask] == []


# ---- People, services, figures ---------------------------------------------------------------------------


def test_the_documents_emergency_contacts_are_there_with_what_they_are_for() -> None:
    entries = {entry.name: (entry.title, entry.about) for entry in POLICY.directory}
    assert {name: entries[name] for name in list(entries)[:6]} == {
        "backend-lead": ("Backend lead", "API, database, sync-engine"),
        "frontend-dev": ("Frontend lead", "Visualizer, user interface"),
        "devops-lead": ("DevOps lead", "Infrastructure, Zeabur"),
        "eng-manager": ("Engineering manager", "Escalations, staffing"),
        "product-lead": ("Product lead", "Communication with customers"),
        "security-team": ("Security team", "Breaches"),
    }
    assert set(POLICY.contacts) == {*list(entries)[:6], "engineering"}
    assert not any(POLICY.contacts.values())
    assert not POLICY.mails


def test_a_service_has_its_owner_its_health_and_its_dashboard() -> None:
    services = {one.name: (one.owners, one.health, [link.url for link in one.dashboards]) for one in POLICY.services}
    health = ("https://journey-api.zeabur.app/health",)
    assert services == {
        "journey-api": (("backend-lead",), health, [ZEABUR]),
        "visualizer": (("frontend-dev",), (), [ZEABUR]),
        "sync-engine": (("backend-lead",), (), []),
        "database": (("backend-lead",), (), []),
        "infrastructure": (("devops-lead",), (), [ZEABUR]),
    }
    assert [link.url for link in POLICY.links] == [ZEABUR, *health]


def test_the_documents_figures_are_there() -> None:
    measures = {one.title: (one.warning, one.critical) for one in POLICY.measures}
    assert measures == {
        "Response time": ("", "over 5 s: a P1"),
        "Endpoints that answer 5xx": ("a key one, such as /api/journeys: a P1", "all of them: a P0"),
        "Memory and CPU": ("critically high: a P1", ""),
        "Sync jobs that fail": ("those of some clients: a P1", "all of them: a P0"),
        "Calls to GHL that answer 429": ("wait 60 s, then sync less often", ""),
    }


def test_whoever_takes_a_role_is_told_what_it_asks_of_them() -> None:
    said = {role.name: role.instructions for role in POLICY.roles}
    facts = {
        "commander": [
            "Detect",
            "Assess",
            "Respond",
            "Resolve",
            "Review",
            "15 minutes",
            "48 hours",
            "#incident-response",
        ],
        "responder": ["https://journey-api.zeabur.app/health", "30 minutes", "15 minutes"],
        "communications": ["status page at once", "#engineering", "ticket", "30 minutes", "hour", "Customer Success"],
        "scribe": ["detected (by whom, how)", "monitoring ended", "owner, date and priority"],
    }
    assert [(name, fact) for name in said for fact in facts[name] if fact not in said[name]] == []
    assert POLICY.role("communications").contacts == ("product-lead",)


def test_the_sync_engines_five_errors_are_in_its_runbook() -> None:
    (book,) = (one for one in Catalogue([RUNBOOKS / "journey"]).list() if one.name == "sync-engine-failures")
    errors = (
        "401 Unauthorized",
        "429 Too Many Requests",
        "Validation Error",
        "ETIMEDOUT",
        "PrismaClientKnownRequestError",
    )
    assert re.findall(r"^\| `([^`]+)` \|", book.text, re.MULTILINE) == list(errors)
    assert "Wait 60 s" in book.text
