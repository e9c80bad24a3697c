"""The pack `mais`, played: the timetable of the document that it was made from, as people live through it."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from bot.domain import events as e
from bot.domain.procedures import Audience
from tests.scenario.heard import Expectation, acknowledged, called, listed, opened, said
from tests.scenario.timetable import Play, play

CONTACTS = {
    "on-call": "carol",
    "engineering-lead": "alice",
    "database-admin": "bob",
    "product-owner": "erin",
    "ceo": "grace",
    "operations": "@operations",
    "support": "@support",
}
SUPPORT = "support@maconaisolutions.com"


@pytest.fixture
async def mais(database: str) -> AsyncIterator[Play]:
    """Carol is on call, Alice leads the engineers, Bob has the database, Erin the customers, Grace the business."""
    groups = {"operations": "heidi ivan"}
    async with play(database, "mais", CONTACTS, emails={"support": SUPPORT}, groups=groups) as made:
        yield made


def grave() -> Expectation:
    """The engineering lead hears of each P0 and P1 at once."""
    return called("engineering-lead", because="It is a P0 or a P1")


async def test_a_double_booking_from_the_call_to_the_review(mais: Play) -> None:
    await (
        mais.now()
        .types("dave", "declare")
        .form_shows("dave", "Is a double booking confirmed, and have they paid?", "Detected by", "Affected users")
        .submits(
            "dave",
            {
                "title": "Two couples for 6 June",
                "conditions": ["double-booking"],
                "detail:detected-by": "A customer's report",
            },
        )
        .expects(
            opened("P0, Critical", "call the couple whose booking came second", by="dave", invited=["on-call"]),
            grave(),
            called("product-owner", because="Customers have to be told"),
            called("ceo", because="what the couple is offered has to be decided"),
            listed("double-booking"),
            listed("code-review"),
            listed("safeguards"),
        )
        .clocks(**{"text:double-booking-letter": "1h"})
    )
    await mais.at("2m").types("carol", "ack").expects(acknowledged("carol", "watch for 30 minutes"))
    await (
        mais.at("10m")
        .types("erin", "text call script")
        .fills_in("erin", {"event date": "6 June", "What they said": "They will think about it"}, others="Ms Roe")
        .expects(
            said("Double booking: the call", "wedding on 6 June", "5 to 7 business days", "$500 less", "12 months")
        )
    )
    await mais.at("11m").ticks("erin", "double-booking", 1, 2, 3, 4, 5, 11).expects_nothing()
    assert (await mais.tally("double-booking"))[11] == ("erin", timedelta(minutes=11))
    await (
        mais.at("12m")
        .types("erin", "text status-page-investigating")
        .fills_in("erin", {"what": "booking", "What does": "No bookings are taken."})
        .expects(said("Status page: investigating", "trouble with booking", "Posted: 14:12 UTC"))
    )
    await mais.at("20m").types("carol", "status identified").expects(said("investigating → identified"))
    await (
        mais.at("21m")
        .types("erin", "text status-page-identified")
        .fills_in("erin", {"such as": "two bookings may race"})
        .expects(said("Status page: identified", "two bookings may race"))
    )
    await (
        mais.at("22m")
        .types("carol", "text notification")
        .fills_in("carol", {"time": "15:00 UTC"}, others="as agreed")
        .expects(
            said("[P0] Production incident: Two couples for 6 June", "Severity: P0 (Critical)", "Status: IDENTIFIED")
        )
    )
    await (
        mais.at("25m")
        .types("carol", "flag rolled back The deployment of noon")
        .expects(
            said("Something was rolled back", "The deployment of noon", "30 minutes"),
            listed("rollback"),
            listed("after-rollback"),
        )
    )
    await mais.at("40m").types("carol", "status mitigated").expects(said("identified → monitoring", "15:10"))
    await (
        mais.at("41m")
        .types("erin", "text status-page-monitoring")
        .fills_in("erin", {"what": "booking"})
        .expects(said("Status page: monitoring", "booking works again", "keep watching"))
    )
    await mais.at("45m").types("carol", "resolve It is locked").refused("watched for another 25 min", "9 of 9 left")
    await mais.at("1h").expects(said("Double booking: the letter after the call", "15:00"))
    await (
        mais.at("65m")
        .types("erin", "text apology")
        .fills_in("erin", {"event date": "6 June"}, others="as agreed")
        .expects(said("our apology, and what we do now", "booking for 6 June", "Within 24 hours we confirm one"))
    )
    await mais.at("70m").expects(said("30 min", "@carol", "resolve it"))
    await mais.at("71m").types("carol", "resolve It is locked").refused("9 of 9 left")
    await mais.at("75m").ticks("carol", "rollback").expects_nothing()
    await (
        mais.at("80m")
        .types("carol", "resolve")
        .form_shows("carol", "Affected bookings")
        .submits(
            "carol",
            {
                "summary": "The booking is locked while it is made",
                "root_cause": "Two requests raced",
                "detail:resolution": "SELECT FOR UPDATE",
                "detail:affected-bookings": "One was refunded",
            },
        )
        .expects(said("Resolved after 1 h 20 min", "SELECT FOR UPDATE", "One was refunded"), listed("review"))
        .clocks()
    )
    await (
        mais.at("81m")
        .types("erin", "text status-page-resolved")
        .fills_in("erin", {})
        .expects(said("Status page: resolved", "It took 1 hour 20 minutes", "One was refunded", "15:21 UTC"))
    )
    sent = await mais.bot.events(e.TextSent)
    page = [event.text.rpartition("-")[2] for event in sent if event.audience == Audience.STATUS_PAGE]
    assert page == ["investigating", "identified", "monitoring", "resolved"]
    await mais.at("3d").types("carol", "close").refused("4 of 4 left")
    await mais.at("4d").ticks("alice", "review").expects_nothing()
    await mais.at("5d").types("carol", "close").expects(said("Closed."))
    await mais.now().types("carol", "review").expects(said("review", "file"))
    review = await mais.review()
    for words in (
        "Detection",
        "What went wrong",
        "promise of 99.9 %",
        "Two requests raced",
        "9 of 9",
        "**late** by 5 min",
    ):
        assert words in review
    await mais.at("8w").expects_nothing()


async def test_what_is_rolled_back_while_it_is_watched_is_watched_anew(mais: Play) -> None:
    await mais.declares("dave", "P1 Half of the requests fail").expects(
        opened("P1, High", by="dave", invited=["on-call"]), grave()
    )
    await mais.at("5m").types("carol", "ack").expects(acknowledged("carol"))
    await mais.at("10m").types("carol", "status monitoring").expects(said("investigating → monitoring"))
    await (
        mais.at("25m")
        .types("carol", "flag rollback")
        .expects(said("Something was rolled back"), listed("rollback"), listed("after-rollback"))
    )
    await mais.at("30m").ticks("carol", "rollback").expects_nothing()
    await mais.at("54m").types("carol", "resolve It works").refused("watched for another 1 min")
    await mais.at("55m").expects(said("30 min", "@carol", "resolve it"))
    await mais.at("56m").types("carol", "resolve It works").expects(said("Resolved after 56 min"), listed("review"))


async def test_who_cannot_wait_says_why_and_it_is_kept(mais: Play) -> None:
    await mais.declares("dave", "P1 Half of the requests fail").expects(
        opened("P1", by="dave", invited=["on-call"]), grave()
    )
    await mais.at("5m").types("carol", "ack").expects(acknowledged("carol"))
    await (
        mais.at("9m")
        .types("carol", "flag rollback")
        .expects(said("Something was rolled back"), listed("rollback"), listed("after-rollback"))
    )
    await mais.at("10m").types("carol", "status monitoring").expects(said("→ monitoring", "14:40"))
    await (
        mais.at("20m")
        .types("carol", "resolve It works --override The wedding is today")
        .expects(said("Resolved after 20 min", "watched for another 20 min", "The wedding is today"), listed("review"))
    )
    (resolved,) = await mais.bot.events(e.Resolved)
    assert resolved.because == "The wedding is today"
    assert "9 of 9" in str(resolved.overrode)
    await mais.now().types("carol", "review").expects(said("review", "file"))
    assert "The wedding is today" in await mais.review()


@pytest.mark.parametrize(
    ("severity", "condition", "who", "lists"),
    [
        ("P0", "api-down", {}, []),
        ("P0", "database-down", {"database-admin": "The database has trouble"}, []),
        ("P1", "database-flaky", {"database-admin": "The database has trouble"}, []),
        ("P1", "paid-not-booked", {"product-owner": "Customers have to be told"}, ["paid-not-booked"]),
        ("P1", "double-booking-suspected", {}, ["code-review"]),
        ("P2", "pool-exhausted", {"database-admin": "The database has trouble"}, []),
        ("P2", "webhooks-retried", {}, []),
    ],
)
async def test_each_kind_of_incident_has_its_severity_and_its_people(
    mais: Play, severity: str, condition: str, who: dict[str, str], lists: list[str]
) -> None:
    title = mais.policy.condition(condition).title
    await (
        mais.declares("dave", f"It is odd --flag {condition}")
        .expects(
            opened(severity, title, by="dave", invited=["on-call"]),
            *([] if severity == "P2" else [grave()]),
            *(called(contact, because=why) for contact, why in who.items()),
            *(listed(name) for name in lists),
        )
        .clocks()
    )
    await mais.at("8w").expects_nothing()


async def test_help_comes_from_the_engineering_lead_and_support_has_a_mail(mais: Play) -> None:
    await mais.declares("dave", "P2 A page is slow").expects(opened("P2", by="dave", invited=["on-call"]))
    await (
        mais.at("10m")
        .types("carol", "escalate")
        .form_shows("carol", "engineering-lead: @alice", "by e-mail: support")
        .submits("carol", {"why": "I am stuck"})
        .expects(called("engineering-lead", because="I am stuck", mails=[SUPPORT]))
    )
