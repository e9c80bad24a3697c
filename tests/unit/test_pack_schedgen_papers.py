"""What the pack `schedgen` has people write, talk about and look at, as its document says."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from bot.domain import commands as c
from bot.domain import events as e
from bot.domain.actor import Actor
from bot.domain.procedures import Audience, Form, Link
from bot.domain.timetable import Act, simulate
from bot.messages.letters import letter_values, render_letter
from bot.paths import RUNBOOKS
from bot.policy.read import read_pack

POLICY = read_pack("schedgen", root=RUNBOOKS)
MONDAY = datetime(2026, 2, 2, 14, 2, tzinfo=UTC)
BOB = Actor.person("U0BOB")
MINUTE = timedelta(minutes=1)

ON_CALL, LEAD, PRODUCT, ADMIN = "on-call", "engineering-lead", "product-owner", "system-administrator"


# ---- Messages --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "audience", "subject", "parts"),
    [
        (
            "first",
            Audience.STAKEHOLDERS,
            "[{{ severity }}] Incident: {{ title }}",
            (
                "Incident|Severity|Status|Since|What happens|Affected users|Affected services"
                "|Users see|Known so far|Done so far|Next|Incident commander|Responders"
            ),
        ),
        (
            "update",
            Audience.STAKEHOLDERS,
            "[{{ severity }}] Update: {{ title }}",
            "Incident|Severity|Status|Running for|New since the last update|How it stands|Done|Next|Over by",
        ),
        (
            "resolution",
            Audience.STAKEHOLDERS,
            '{{ "[RESOLVED]" }} [{{ severity }}]: {{ title }}',
            (
                "Incident|Severity|Status|It took|Over since|What happened|Affected users|For how long"
                "|Cause|How it was mended|Done|So that it does not happen again|Review"
            ),
        ),
        (
            "escalation",
            Audience.INTERNAL,
            "ESCALATION NEEDED: [{{ severity }}] {{ title }}",
            (
                "Incident|Severity|Running for|In charge|What happens|Affected|What was tried"
                "|Why I call|Whom or what I need|Why now|Status"
            ),
        ),
        ("page", Audience.STATUS_PAGE, "", "You cannot|Since|Status|Last updated"),
    ],
)
def test_a_text_has_every_part_of_the_documents_template(
    name: str, audience: Audience, subject: str, parts: str
) -> None:
    letter = POLICY.letter(name)
    assert (letter.audience, letter.subject) == (audience, subject)
    assert re.findall(r"^([A-Z][^:\n]*):", letter.body, re.MULTILINE) == parts.split("|")


def test_what_is_known_is_filled_in_and_the_rest_is_left_to_people() -> None:
    said = {"users": "Everybody", "done": "More workers\nA longer queue"}
    told = c.Resolve(by=BOB, summary="Ten workers more", root_cause="A rush of uploads", details=said)
    declaration = c.Declare(by=BOB, title="Uploads fail", severity="SEV-1")
    moments = list(simulate(POLICY, declaration, MONDAY, acts=[Act(50 * MINUTE, told)], until=51 * MINUTE))
    values = letter_values(moments[-1].incident, POLICY, MONDAY + 51 * MINUTE)
    subject, body = render_letter(POLICY.letter("resolution"), values)
    assert subject == "[RESOLVED] [SEV-1]: Uploads fail"
    for line in ("It took: 50 minutes", "Cause: A rush of uploads", "How it was mended: Ten workers more"):
        assert f"\n{line}\n" in body
    assert "\nDone:\nMore workers\nA longer queue\n" in body
    assert "Review: [review]" in body
    assert "Affected users: Everybody\nFor how long: [how long users noticed it]" in body
    page = render_letter(POLICY.letter("status page"), letter_values(moments[0].incident, POLICY, MONDAY))[1]
    assert "Status: Investigating" in page
    assert "every 15 minutes" in page
    assert "Last updated: 14:02 UTC" in page


def test_updates_are_numbered_and_say_when_the_next_one_comes() -> None:
    assert all("Next update in {{ every }}" in POLICY.letter(name).body for name in ("first", "update"))
    posted = [Act(minute * MINUTE, c.PostUpdate(by=BOB, text="Failing over")) for minute in (1, 2)]
    declaration = c.Declare(by=BOB, title="Uploads fail", severity="SEV-1")
    moments = list(simulate(POLICY, declaration, MONDAY, acts=posted, until=3 * MINUTE))
    updates = [one.entry.event for one in moments if isinstance(one.entry.event, e.UpdatePosted)]
    assert [(event.number, event.next_update_at) for event in updates] == [
        (1, MONDAY + 16 * MINUTE),
        (2, MONDAY + 17 * MINUTE),
    ]
    _, body = render_letter(POLICY.letter("update"), letter_values(moments[-1].incident, POLICY, MONDAY + 3 * MINUTE))
    assert body.startswith("UPDATE #2\n")


@pytest.mark.parametrize(
    ("form", "titles"),
    [
        (
            Form.DECLARE,
            ["Affected users", "Affected services", "What users see", "How it stands", "Done so far", "Next"],
        ),
        (Form.UPDATE, ["How it stands", "Done so far", "Next", "Over by"]),
        (Form.RESOLVE, ["Affected users", "Done so far", "So that it does not happen again", "Review"]),
        (Form.ESCALATE, ["What happens", "What was tried", "Whom or what you need", "Why now"]),
    ],
)
def test_a_form_asks_for_what_the_documents_message_has(form: Form, titles: list[str]) -> None:
    assert [detail.title for detail in POLICY.asked(form)] == titles
    assert not any(detail.required for detail in POLICY.asked(form))


# ---- The review -------------------------------------------------------------------------------------------


def test_the_review_has_the_documents_agenda() -> None:
    agenda = POLICY.review.agenda
    assert [(item.title, item.minutes, len(item.questions)) for item in agenda] == [
        ("Timeline", 10, 2),
        ("Cause", 15, 3),
        ("Response", 10, 4),
        ("Actions", 15, 5),
        ("Afterwards", 5, 2),
    ]
    assert sum(item.minutes for item in agenda) == 55
    assert list(POLICY.review.attendees) == ["commander", "responder", "engineering", "product"]


def test_the_review_is_the_documents_template() -> None:
    parts = [(part.section, part.title) for part in POLICY.review.document]
    assert parts[:9] == [
        ("glance", "Incident summary"),
        ("metrics", "Timeline"),
        ("cause", ""),
        ("factors", ""),
        ("well", ""),
        ("improve", "What could be improved"),
        ("items", "Action items"),
        ("lessons", "Lessons learned"),
        ("prevention", "Prevention measures"),
    ]
    assert POLICY.review.priorities[:2] == ("high", "medium")


# ---- Whom and what to look at ----------------------------------------------------------------------------


def test_the_documents_contacts_are_there_and_pagerduty_says_who_is_on_call() -> None:
    assert [entry.name for entry in POLICY.directory] == [ON_CALL, LEAD, ADMIN, PRODUCT]
    assert set(POLICY.contacts) == {ON_CALL, LEAD, PRODUCT, ADMIN}
    (provider,) = POLICY.providers
    assert (provider.contact, provider.url_from) == (ON_CALL, "MUSTER_PAGERDUTY_URL")


def test_the_documents_dashboards_are_linked() -> None:
    assert POLICY.links == tuple(
        Link(title=title, url=f"http://localhost:3001/d/{title.lower().replace(' ', '-')}")
        for title in ("System overview", "Job processing", "Resource utilization")
    )


def test_the_documents_figures_are_there_with_what_raises_an_alert() -> None:
    figures = {rule.title: (rule.normal, rule.warning, rule.critical) for rule in POLICY.measures}
    assert figures == {
        "Error rate": ("below 1 %", "", "5 %, for 5 minutes (HighErrorRate)"),
        "Response time, p95": ("below 2 s", "10 s, for 5 minutes (HighResponseTime)", "30 s"),
        "Queue depth": ("below 100", "500 jobs (HighQueueDepth)", ""),
        "CPU": ("below 80 %", "80 %, for 10 minutes (HighResourceUtilization)", ""),
        "Memory": ("below 80 %", "80 %, for 10 minutes (HighResourceUtilization)", ""),
        "Database connections": ("well below 50", "", "all 50 in use (DatabaseConnectionPoolExhausted)"),
        "Health check": ("answers", "", "has failed for 2 minutes (ServiceDown)"),
    }


def test_the_documents_health_endpoints_are_with_their_services() -> None:
    health = {service.name: service.health for service in POLICY.services if service.health}
    assert health == {
        "application": tuple(f"http://localhost:{port}/health" for port in (3000, 8000, 8001)),
        "backend": ("http://localhost:3000/health",),
        "queue": ("http://localhost:3000/api/jobs/metrics",),
        "auth": ("http://localhost:3000/api/auth/google",),
        "minio": ("http://localhost:9000/minio/health/live",),
    }


def test_whoever_takes_a_role_is_told_what_it_asks_of_them() -> None:
    assert all(role.instructions for role in POLICY.roles)
    assert {role.name: role.contacts for role in POLICY.roles} == {
        "commander": (),
        "responder": (ON_CALL,),
        "engineering": (LEAD,),
        "product": (PRODUCT,),
        "infrastructure": (ADMIN,),
    }
