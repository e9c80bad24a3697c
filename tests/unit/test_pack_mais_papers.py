"""What the pack `mais` has people tick off, write, say and look at, with every figure and promise of its document."""

import re

import pytest

from bot.domain import commands as c
from bot.domain.procedures import Audience, Form
from bot.messages.letters import letter_values, render_letter
from bot.paths import RUNBOOKS
from bot.policy.read import read_pack
from bot.runbooks.catalogue import Catalogue
from tests.support.timetables import MONDAY, OVER, WATCH, play

POLICY = read_pack("mais", root=RUNBOOKS)
BOOKS = {book.name: book.text for book in Catalogue([RUNBOOKS / "mais"]).list()}
STRIPE = "https://dashboard.stripe.com"
SUPABASE = "https://supabase.com/dashboard/project/PROJECT_REF"


def absent(words: tuple[str, ...], text: str) -> list[str]:
    return [one for one in words if one not in text]


# ---- Checklists ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "items"),
    [
        (
            "rollback",
            (
                "`/health` answers 200 OK",
                '`/ready` answers `{"ok":true}`',
                "from beginning to end",
                "database can be reached",
                "Stripe's webhooks",
                "no new errors",
                "30 minutes",
                "incident's log",
                "team knows",
            ),
        ),
        (
            "after-rollback",
            (
                "what was rolled back",
                "diff of the two versions",
                "runbooks were updated",
                "engineering, product and op",
            ),
        ),
        (
            "double-booking",
            (
                "came second",
                "called by telephone, at once",
                "our system's fault",
                "other dates, or a full refund and compensation",
                "written down",
                "first payment, else the first booking, else what the customers wish",
                "one active booking is left",
                "System error - double booking",
                "notes say what was offered",
                "within the hour",
                "Tomorrow's call",
            ),
        ),
        ("code-review", ("One transaction", "SELECT … FOR UPDATE", "P2002", "time-out")),
        ("safeguards", ("UNIQUE", "pessimistic lock", "integration test", "logged in detail")),
        ("paid-not-booked", ("entered by hand", "booking-by-hand-letter", "1 business hour", "processed")),
        ("review", ("root cause, resolution, impact", "owner, a due date and a priority", "status page", "runbooks")),
    ],
)
def test_a_checklist_has_the_documents_items(name: str, items: tuple[str, ...]) -> None:
    checklist = POLICY.checklist(name)
    assert len(checklist.items) == len(items)
    assert [words for words, item in zip(items, checklist.items, strict=True) if words not in item.text] == []


# ---- Texts -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "audience", "facts"),
    [
        (
            "double-booking-call",
            Audience.CUSTOMERS,
            ("moment before yours", "5 to 7 business days", "12 months", "$500", "$800", "tomorrow", "Within the hour"),
        ),
        (
            "double-booking-letter",
            Audience.CUSTOMERS,
            (
                "$[amount]",
                "5 to 7 business days",
                "[transaction id]",
                "$500",
                "12 months",
                "first choice",
                "[link to the calendar]",
                "three dates",
                "24 hours",
            ),
        ),
        (
            "booking-by-hand-letter",
            Audience.CUSTOMERS,
            (
                "[event date]",
                "[package]",
                "$[amount]",
                "CONFIRMED ✓",
                "[couple]",
                "1 business hour",
                "calendar",
                "bouquet",
                "$100",
                "MAIS Customer Care",
            ),
        ),
        (
            "incident-notification",
            Audience.INTERNAL,
            ("for customers", "for revenue", "for data", "Root cause", "Next update", "War room", "Incident commander"),
        ),
    ],
)
def test_a_letter_holds_every_promise_of_the_document(name: str, audience: Audience, facts: tuple[str, ...]) -> None:
    letter = POLICY.letter(name)
    assert letter.audience == audience
    assert absent(facts, letter.body) == []


@pytest.mark.parametrize(
    ("name", "subject"),
    [
        ("double-booking-letter", "Your MAIS booking: our apology, and what we do now"),
        ("booking-by-hand-letter", "Your MAIS wedding booking: please confirm a few details"),
        ("incident-notification", "[{{ severity }}] Production incident: {{ title }}"),
        ("double-booking-call", ""),
    ],
)
def test_what_goes_by_mail_has_a_subject(name: str, subject: str) -> None:
    assert POLICY.letter(name).subject == subject


@pytest.mark.parametrize(
    ("status", "says"),
    [
        ("investigating", "no payments are taken"),
        ("identified", "Our engineers are mending it"),
        ("monitoring", "We keep watching"),
        ("resolved", "It took {{ duration }}"),
    ],
)
def test_the_status_page_has_one_entry_for_each_of_its_four_statuses(status: str, says: str) -> None:
    (letter,) = (one for one in POLICY.letters if one.audience is Audience.STATUS_PAGE and status in one.statuses)
    assert letter.statuses == (status,)
    assert says in letter.body
    assert letter.body.endswith("Posted: {{ now }}\n")


@pytest.mark.parametrize(
    ("acts", "status"), [((), "INVESTIGATING"), (((5, WATCH),), "MITIGATED"), (((5, OVER),), "RESOLVED")]
)
def test_the_notification_says_the_status_in_the_documents_words(
    acts: tuple[tuple[float, c.Command], ...], status: str
) -> None:
    *_, last = play(POLICY, "P0", *acts)
    values = letter_values(last.incident, POLICY, MONDAY)
    subject, body = render_letter(POLICY.letter("notification"), values)
    assert subject == "[P0] Production incident: It is broken"
    assert f"Severity: P0 (Critical)\nStatus: {status}\nBegan: 2 February 2026, 14:00 UTC\n" in body


def test_nobodys_address_or_project_is_in_the_pack() -> None:
    everything = "\n".join([(RUNBOOKS / "mais/policy.yaml").read_text(encoding="utf-8"), *BOOKS.values()])
    assert set(re.findall(r"\w@([\w.]+\.[a-z]+)", everything)) == {"example.com"}
    projects = re.findall(r"supabase\.com/dashboard/project/(\w+)|db\.(\w+)\.supabase", everything)
    assert {one or other for one, other in projects} == {"PROJECT_REF"}


# ---- The review ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("section", "asks"),
    [
        ("glance", ("customer's report or a monitoring alert",)),
        ("timeline", ()),
        ("cause", ("technically", "connection pool")),
        ("actions", ("mended it", "higher connection limit")),
        ("impact", ("50 customers", "$15,000", "no data lost", "99.9 % uptime")),
        ("well", ("noticed quickly", "runbooks", "customers were told well")),
        ("improve", ("limit was too low", "nothing watched the pool", "15 minutes late")),
        ("items", ("owner", "due date", "priority from P0 to P2", "to 20", "twice the traffic")),
    ],
)
def test_the_review_asks_for_every_part_of_the_documents_template(section: str, asks: tuple[str, ...]) -> None:
    parts = {part.section: part.ask for part in POLICY.review.document[:8]}
    assert len(parts) == 8
    assert absent(asks, parts[section]) == []
    assert POLICY.review.priorities == ("P0", "P1", "P2")


def test_engineering_product_and_operations_come_to_the_post_mortem() -> None:
    assert POLICY.review.attendees == ("engineering-lead", "product-owner", "operations")


def test_a_form_asks_for_what_the_notification_and_the_review_need() -> None:
    assert [one.title for one in POLICY.asked(Form.DECLARE)] == ["Detected by", "Affected users"]
    assert [one.title for one in POLICY.asked(Form.RESOLVE)] == ["Resolution", "Affected bookings"]
    assert not any(one.required for one in POLICY.details)


# ---- People, services, figures ---------------------------------------------------------------------------


def test_the_documents_contacts_are_there_with_what_they_are_for() -> None:
    assert {entry.name: entry.about for entry in POLICY.directory} == {
        "on-call": "Is the first to respond",
        "engineering-lead": "P0 and P1",
        "database-admin": "The database",
        "product-owner": "What customers are told",
        "ceo": "Decisions for the business, such as a double booking",
        "stripe": "Payments, webhooks",
        "support": "Escalations by mail",
        "operations": "These rules and runbooks; the next look at them is due after each major incident",
    }
    assert {entry.name for entry in POLICY.directory} - {"stripe"} == set(POLICY.contacts)
    assert not any(POLICY.contacts.values())
    assert not POLICY.mails


def test_the_documents_alerts_and_limits_are_there() -> None:
    assert {one.title: (one.normal, one.warning, one.critical) for one in POLICY.measures} == {
        "Uptime": ("99.9 %, which is promised", "", ""),
        "Health (`/health`, `/ready`)": ("200 OK, asked for every 60 seconds", "", "anything else"),
        "Error rate": ("", "", "more than 5 %"),
        "Error rate since a deployment": ("", "", "more than 20 %: roll back"),
        "Response time": ("", "more than 3 seconds", "more than 5 seconds: a P1"),
        "Memory of the process": ("", "more than 1 GB", "more than 1.5 GB"),
        "Memory in use": ("", "more than 80 %: a P2", ""),
        "Disk in use": ("", "80 %", ""),
        "Failed webhooks": ("Stripe tries again for up to 3 days", "more than 5 an hour", ""),
        "Connection pool in use": (
            "a pool of 5 to 10 on the free tier, which has 100 connections; Pro has 500",
            "more than 80 %",
            "",
        ),
        "Failed connections to the database": ("", "", "more than 20 %: a P1"),
        "Connections that idle, and queries that run": ("", "idle for 30 minutes, or running for 5 minutes", ""),
    }
    (database,) = (target for target in POLICY.targets if target.name == "db")
    assert database.thresholds == {"connections_warn_percent": 80, "long_statement_crit_s": 300}


def test_services_have_their_health_and_the_providers_their_links() -> None:
    services = {one.name: (one.health, [link.url for link in one.dashboards]) for one in POLICY.services}
    assert services == {
        "api": (("https://api.elope.example.com/health", "https://api.elope.example.com/ready"), []),
        "stripe-webhooks": ((), [f"{STRIPE}/webhooks", f"{STRIPE}/payments"]),
        "database": ((), [SUPABASE]),
        "double-booking": ((), [f"{STRIPE}/payments"]),
    }
    assert [link.url for link in POLICY.links] == [
        SUPABASE,
        STRIPE,
        f"{STRIPE}/webhooks",
        f"{STRIPE}/payments",
        "https://support.stripe.com",
    ]


@pytest.mark.parametrize(
    ("role", "contact", "facts"),
    [
        ("commander", (), ("double-booking", "more than 20 %", "30 minutes", "CEO", "review")),
        ("responder", ("on-call",), ("/health", "/ready", "back up", "nine things")),
        ("customer-care", ("product-owner",), ("telephone first", "within the hour", "24 hours", "1 business hour")),
        ("database", ("database-admin",), ("paused", "disk I/O", "Back up")),
        ("business", ("ceo",), ("5 to 7 business days", "$500", "12 months", "$800", "bouquet", "gift certificate")),
    ],
)
def test_whoever_takes_a_role_is_told_what_it_asks_of_them(
    role: str, contact: tuple[str, ...], facts: tuple[str, ...]
) -> None:
    assert POLICY.role(role).contacts == contact
    assert absent(facts, POLICY.role(role).instructions) == []


@pytest.mark.parametrize(
    ("runbook", "figures"),
    [
        ("api-down", ("every 60 seconds", "5 %", "80 %")),
        ("stripe-webhooks", ("last 7 days", "5 failed webhooks an hour", "3 days")),
        ("database-connections-lost", ("connection_limit=10", "3 minutes", "10 connections", "80 %", "500")),
        ("memory-and-speed", ("1 GB", "3 AM UTC")),
        ("memory-and-speed", ("more than 1 GB | more than 1.5 GB", "more than 3 seconds", "more than 5 %", "4096")),
        ("double-booking-cause", ("15 minutes", "read committed", "ADR-001")),
        ("rolling-back", ("More than 20 %", "30 minutes", "rollbacks.log")),
    ],
)
def test_a_runbook_keeps_the_figures_of_its_section(runbook: str, figures: tuple[str, ...]) -> None:
    assert absent(figures, BOOKS[runbook]) == []
