"""The packs `mais` and `schedgen` keep the figures of the documents that they were made from."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.domain import commands as c
from bot.domain import events as e
from bot.domain.actor import Actor
from bot.domain.rules import Category, Policy
from bot.domain.timetable import Act, Moment, simulate
from bot.messages import Messages
from bot.messages.check import problems
from bot.paths import RUNBOOKS
from bot.policy.read import read_pack
from bot.runbooks.catalogue import Catalogue
from bot.runbooks.check import check_pack
from bot.runbooks.runbook import Runbook


def _peopled(pack: str) -> Policy:
    """The pack with one person for each contact, whose id is the contact's name."""
    policy = read_pack(pack, root=RUNBOOKS)
    return policy.with_contacts({name: (name,) for name in policy.contacts})


MAIS = _peopled("mais")
SCHEDGEN = _peopled("schedgen")
PACKS = {policy.name: policy for policy in (MAIS, SCHEDGEN)}
BOOKS = {pack: {book.name: book for book in Catalogue([RUNBOOKS / pack]).list()} for pack in PACKS}
ALL = [(pack, book) for pack, books in BOOKS.items() for book in books.values()]
AT = datetime(2026, 2, 2, 14, 2, tzinfo=UTC)
BOB = Actor.person("U0BOB")
TEN_HOURS = timedelta(hours=10)
MONTH = timedelta(days=30)

Told = list[tuple[float, tuple[str, ...]]]


def minutes(number: float) -> timedelta:
    return timedelta(minutes=number)


def play(
    policy: Policy, severity: str, *acts: Act, service: str | None = None, until: timedelta = TEN_HOURS
) -> list[Moment]:
    declaration = c.Declare(by=BOB, title="Something broke", severity=severity, service=service)
    return list(simulate(policy, declaration, AT, acts=acts, until=until))


def told(moments: list[Moment]) -> Told:
    """Who is called into the incident, and after how many minutes."""
    found: Told = []
    for moment in moments:
        match moment.entry.event:
            case e.Declared(responders=people):
                found.append((moment.after / minutes(1), people))
            case e.Escalated(names=names):
                found.append((moment.after / minutes(1), names))
            case _:
                pass
    return found


def part(text: str, heading: str) -> str:
    """What stands under a heading, with spans such as `5-10 min` written plainly."""
    return text.split(f"\n## {heading}\n")[1].split("\n## ", maxsplit=1)[0].replace("\u2013", "-")


def rows(text: str, heading: str) -> list[list[str]]:
    """The cells of the tables under a heading, without the first one's head."""
    lines = [line.strip() for line in part(text, heading).split("\n") if line.strip().startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def times(text: str) -> list[str]:
    """How long the fix of each cause takes, which stands in brackets in its steps."""
    causes = part(text, "Causes and fixes").split("\n### ")[1:]
    found = [re.search(r"\(([^()]*?min[^()]*?|at once)(?: in all)?\)", cause) for cause in causes]
    return [time[1] if time else "" for time in found]


def boxes(text: str, heading: str) -> int:
    """How many boxes there are to tick under a heading."""
    return part(text, heading).count("- [ ] ")


# ---- Both ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("pack", PACKS)
def test_the_pack_has_no_faults(pack: str) -> None:
    assert check_pack(RUNBOOKS / pack) == []


@pytest.mark.parametrize(("pack", "book"), ALL, ids=lambda value: getattr(value, "name", value))
def test_each_step_of_a_runbook_is_shown_whole_and_its_services_are_the_packs(
    pack: str, book: Runbook, tmp_path: Path
) -> None:
    template = tmp_path / "slack/runbook/message.md.j2"
    template.parent.mkdir(parents=True)
    template.write_text("# {{ title }}\n\n{{ text|markdown(title=title) }}\n", encoding="utf-8")
    messages, lines = Messages(root=tmp_path), book.text.split("\n")
    parts = [(step.first, step.last) for step in book.structure.steps]
    parts += [(chapter.first, chapter.about_last) for chapter in book.structure.chapters]
    for first, last in parts:
        text = "\n".join(lines[first - book.text_line : last - book.text_line + 1])
        message = messages.render("runbook", title=book.title, text=text)
        assert problems(message) == []
        assert "(cut" not in repr(message.blocks)
    assert {service for service in book.services if PACKS[pack].service(service) is None} == set()
    assert all([book.symptoms, book.tags, book.owner, book.reviewed])


@pytest.mark.parametrize(
    ("pack", "word", "name"),
    [
        *(("schedgen", word, f"SEV-{n}") for n in range(1, 5) for word in (f"SEV-{n}", f"sev{n}", f"P{n}", f"p-{n}")),
        *(("mais", word, f"P{n}") for n in range(3) for word in (f"P{n}", f"p-{n}", f"p {n}")),
        ("schedgen", "Critical", "SEV-1"),
        ("schedgen", "High", "SEV-2"),
        ("schedgen", "Medium", "SEV-3"),
        ("schedgen", "Low", "SEV-4"),
        ("mais", "Critical", "P0"),
        ("mais", "High", "P1"),
        ("mais", "Medium", "P2"),
    ],
)
def test_a_severity_answers_to_the_documents_words(pack: str, word: str, name: str) -> None:
    assert PACKS[pack].severity(word).name == name


@pytest.mark.parametrize(
    ("pack", "typed", "name", "category"),
    [
        ("schedgen", "Investigating", "investigating", Category.TRIAGE),
        ("schedgen", "Identified", "identified", Category.ACTIVE),
        ("schedgen", "Mitigating", "mitigating", Category.ACTIVE),
        ("schedgen", "Resolved", "resolved", Category.RESOLVED),
        ("mais", "Investigating", "investigating", Category.TRIAGE),
        ("mais", "Identified", "identified", Category.ACTIVE),
        ("mais", "Monitoring", "monitoring", Category.MONITORING),
        ("mais", "MITIGATED", "monitoring", Category.MONITORING),
        ("mais", "Resolved", "resolved", Category.RESOLVED),
    ],
)
def test_a_status_answers_to_the_documents_words(pack: str, typed: str, name: str, category: Category) -> None:
    status = PACKS[pack].status(typed)
    assert (status.name, status.category) == (name, category)


@pytest.mark.parametrize(
    ("pack", "title", "name"),
    [
        ("mais", "API is down", "api-down"),
        ("mais", "Payment succeeded but no booking", "stripe-webhooks"),
        ("mais", "Prisma: can't reach database server", "database-connections-lost"),
        ("mais", "Two bookings for the same date", "double-booking"),
        ("mais", "API answers slowly", "memory-and-speed"),
        ("mais", "Broken since the release", "rolling-back"),
        ("schedgen", "Error rate above 5 %", "high-error-rate"),
        ("schedgen", "Pages load slowly", "slow-responses"),
        ("schedgen", "Workers OOMKilled", "high-resource-use"),
        ("schedgen", "Backlog of PDFs", "queue-depth"),
        ("schedgen", "Connection pool exhausted", "database-connections-exhausted"),
        ("schedgen", "Backend is down", "service-down"),
        ("schedgen", "Nobody can log in", "authentication-failures"),
    ],
)
def test_a_plain_title_suggests_the_right_runbook(pack: str, title: str, name: str) -> None:
    assert Catalogue([RUNBOOKS / pack]).suggest(title)[0].runbook.name == name


# ---- schedgen --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("severity", "expected"),
    [("SEV-1", [15, 30, 45, 60]), ("SEV-2", [30, 60, 90, 120]), ("SEV-3", [120, 240, 360, 480]), ("SEV-4", [])],
)
def test_schedgen_asks_for_updates_in_the_documents_rhythm(severity: str, expected: Sequence[float]) -> None:
    moments = play(SCHEDGEN, severity)
    overdue = [one.after / minutes(1) for one in moments if isinstance(one.entry.event, e.UpdateOverdue)]
    assert overdue[:4] == expected


def test_schedgen_invites_the_system_administrator_when_it_is_the_infrastructure() -> None:
    assert told(play(SCHEDGEN, "SEV-3", service="network"))[0] == (0, ("on-call", "system-administrator"))


def test_schedgen_holds_every_figure_of_the_documents_tables() -> None:
    assert set(SCHEDGEN.contacts) == {"on-call", "engineering-lead", "product-owner", "system-administrator"}
    books = BOOKS["schedgen"]
    alerts = {
        "high-error-rate": (["HighErrorRate"], "more than 5 % of the requests have failed for 5 minutes"),
        "slow-responses": (["HighResponseTime"], "p95 has been above 10 s for 5 minutes"),
        "high-resource-use": (["HighResourceUtilization"], "above 80 % for 10 minutes"),
        "queue-depth": (["HighQueueDepth"], "more than 500 jobs wait"),
        "database-connections-exhausted": (["DatabaseConnectionPoolExhausted"], "all database connections are in use"),
        "service-down": (["ServiceDown"], "has failed for 2 minutes"),
        "authentication-failures": ([], ""),
    }
    for name, (alert, rule) in alerts.items():
        assert list(books[name].alerts) == alert
        assert rule in books[name].text
    assert {name: times(books[name].text) for name in alerts} == {
        "high-error-rate": ["5-10 min", "2-3 min", "3-5 min", "1 min", "5 min"],
        # The fourth, a pool that is used up, is ours: more backends would not help.
        "slow-responses": ["3-5 min", "5-10 min", "2 min", "", "3-5 min", "5 min"],
        "high-resource-use": ["2-3 min", "5 min + deploy", "at once", "5-10 min", "2 min"],
        "queue-depth": ["3-5 min", "10-20 min", "2 min", "5 min", "5 min"],
        # The third, a session that blocks others, is ours: our check finds it.
        "database-connections-exhausted": ["2 min", "3-5 min", "1 min", "1 min", "1 min", "5 min + deploy"],
        "service-down": ["2 min", "3 min", "2-5 min", "5-10 min", "5 min", "10-15 min"],
        "authentication-failures": ["2 min", "5 min", "2 min", "1 min", "5 min"],
    }
    assert [row[1:] for row in rows(books["quick-reference"].text, "What is normal")] == [
        ["below 1 %", "5 %"],
        ["below 2 s", "10 s"],
        ["below 100", "500"],
        ["below 80 %", "80 %"],
        ["below 80 %", "80 %"],
    ]
    agenda = rows(books["after-the-incident"].text, "Within 48 hours: the review")
    assert [row[1] for row in agenda] == ["10", "15", "10", "15", "5"]
    triggers = [row[0] for row in rows(books["escalating"].text, "Whom, and when")]
    assert [triggers.count(who) for who in ("Engineering lead", "Product owner", "System administrator")] == [5, 4, 4]
    after = books["after-the-incident"].text
    spans_after = (
        "Within 1 hour: is it really over?",
        "Within 1 week: mend and write down",
        "Within 2 weeks: tell others",
    )
    assert [boxes(after, heading) for heading in (*spans_after, "After 2 weeks: look back")] == [10, 4, 3, 3]
