"""The pack `journey`, played: the timetable of the document that it was made from, as people live through it."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime, timedelta

import pytest

from bot.domain import events as e
from tests.scenario.heard import acknowledged, called, heard, listed, opened, said
from tests.scenario.playing import MONDAY
from tests.scenario.timetable import Play, play

CONTACTS = {
    "backend-lead": "bob",
    "frontend-dev": "frank",
    "devops-lead": "grace",
    "eng-manager": "alice",
    "product-lead": "erin",
    "security-team": "@security",
    "engineering": "@engineering",
}
GROUPS = {"security": "heidi ivan", "engineering": "bob carol frank"}
FRIDAY = datetime(2026, 2, 6, 16, 0, tzinfo=UTC)


def staged(database: str, begins: datetime = MONDAY) -> AbstractAsyncContextManager[Play]:
    """Alice manages; Bob leads the backend, Frank the frontend, Grace DevOps, Erin the product."""
    return play(database, "journey", CONTACTS, groups=GROUPS, announce="incident-response", begins=begins)


@pytest.fixture
async def journey(database: str) -> AsyncIterator[Play]:
    """A Monday, 14:00."""
    async with staged(database) as made:
        yield made


async def test_a_p0_through_its_five_phases(journey: Play) -> None:
    await (
        journey.now()
        .types("dave", "declare")
        .form_shows(
            "dave",
            "Are all users affected?",
            "Was something deployed lately?",
            "Are there database errors?",
            "Is it only one client?",
            "Detected by",
            "Symptoms",
        )
        .submits(
            "dave",
            {
                "title": "Every endpoint answers 503",
                "service": "journey-api",
                "conditions": ["all-users", "database-errors"],
                "detail:source": "#alerts",
                "detail:user-impact": "No journey loads",
            },
        )
        .expects(
            opened(
                "P0, Critical",
                "It is a P0: escalate at once",
                "Check the connection pool",
                "Detected by: #alerts",
                "Impact: No journey loads",
                by="dave",
                invited=["backend-lead"],
            ),
            heard("#engineering", "Every endpoint answers 503"),
            called("eng-manager", "backend-lead", because="the engineering manager and the backend lead have to know"),
            listed("detect"),
            said("Diagnostics of journey-api", "health", "MUSTER_DIAG_API_URL is not set"),
            said("What was run", "Blocked sessions"),
        )
        .clocks(**{"acknowledge": "5m", "status-page": "5m", "update": "30m", "text:customer-update": "30m"})
    )
    await journey.at("5m").expects(
        called("eng-manager", "backend-lead", because="Nobody has responded to a P0 within 5 minutes"),
        said("status page", "14:05"),
    )
    await journey.at("6m").types("bob", "ack").expects(acknowledged("bob", "Five phases", "Within 48 hours"))
    await (
        journey.at("7m")
        .types("bob", "text status page")
        .fills_in("bob", {"issue": "journeys that do not load"})
        .expects(said("Investigating: we have reports of journeys that do not load", "every 30 min"))
    )
    await journey.at("8m").types("bob", "status assessing").expects(said("investigating → assessing"), listed("assess"))
    await journey.at("10m").ticks("bob", "assess", 1, 2, 3).expects_nothing()
    await journey.at("20m").types("bob", "status identified").expects(said("assessing → identified"))
    await journey.at("30m").expects(
        called("backend-lead", "eng-manager", because="the team's lead comes in"),
        said("update", "14:30", "@bob"),
        said("To customers", "14:30"),
    )
    await (
        journey.at("31m")
        .types("bob", "update")
        .form_shows("bob", "Next step", "ETA", "15:01")
        .submits("bob", {"text": "The pool was used up", "detail:next-step": "Restart", "detail:eta": "15 minutes"})
        .expects(said("Update 1", "The pool was used up", "Next step: Restart", "ETA: 15 minutes", "15:01"))
    )
    await (
        journey.at("32m")
        .types("erin", "text customers")
        .fills_in("erin", {"issue": "journeys that do not load"})
        .expects(said("To customers", "hear from us every 30 min"))
    )
    await (
        journey.at("40m")
        .types("bob", "status monitoring")
        .expects(said("identified → monitoring", "14:55"), listed("resolve"))
    )
    await journey.at("50m").types("bob", "resolve The pool is larger").refused("watched for another 5 min")
    await journey.at("55m").expects(said("15 min", "@bob", "resolve it"))
    await (
        journey.at("56m")
        .types("bob", "resolve")
        .form_shows("bob", "Resolution", "Post-incident review")
        .submits(
            "bob",
            {
                "summary": "The pool is larger",
                "root_cause": "Syncs kept connections",
                "detail:resolution": "It is 40 now",
                "detail:review-at": "Tuesday, 10:00",
            },
        )
        .expects(
            said("Resolved after 56 min", "Resolution: It is 40 now", "Tuesday, 10:00"),
            heard("#engineering", "It is over"),
            listed("review"),
        )
        .clocks(review="48h56m")
    )
    await (
        journey.at("57m")
        .types("erin", "text status-page-resolved")
        .fills_in("erin", {"issue": "The trouble with journeys"})
        .expects(said("Resolved: The trouble with journeys is solved"))
    )
    await journey.at("20h").ticks("carol", "resolve").expects_nothing()
    await journey.at("48h56m").expects(said("INC-2026-02-02-001", "review", "@bob"))
    await journey.at("49h").types("bob", "close").refused("3 of 3 left")
    await journey.at("50h").ticks("carol", "review").expects_nothing()
    assert (await journey.tally("review"))[3] == ("carol", timedelta(hours=50))
    await journey.at("51h").types("bob", "close").expects(said("Closed."))
    await journey.now().types("bob", "review").expects(said("review", "file"))
    review = await journey.review()
    for words in (
        "What happened?",
        "Why was it not caught earlier?",
        "Impact assessment",
        "What went well?",
        "Syncs kept connections",
        "**late** by",
    ):
        assert words in review
    await journey.at("8w").expects_nothing()


async def test_a_p1_calls_the_engineers_after_30_minutes_and_is_updated_every_hour(journey: Play) -> None:
    await (
        journey.declares("dave", "P1 It takes six seconds --service visualizer")
        .expects(
            opened("P1, High", by="dave", invited=["engineering", "frontend-dev"]),
            heard("#engineering", "six seconds"),
            listed("detect"),
        )
        .clocks(**{"acknowledge": "30m", "update": "1h", "text:customer-update": "1h"})
    )
    await journey.at("30m").expects(
        called("engineering", because="Nobody has responded to a P1 within 30 minutes"),
        called("frontend-dev", "eng-manager", because="not resolved after 30 minutes"),
    )
    await journey.at("31m").types("frank", "ack").expects(acknowledged("frank"))
    await journey.at("59m").types("frank", "update Still looking").expects(said("Update 1", "15:59"))
    await journey.at("1h").expects(said("To customers", "15:00"))
    await journey.at("1h59m").expects(said("update", "15:59", "@frank"))
    await journey.at("2h").expects(said("To customers", "16:00"))


async def test_a_p2_has_a_ticket_and_waits_for_the_office(database: str) -> None:
    async with staged(database, begins=FRIDAY) as journey:
        await (
            journey.declares("dave", "P2 A client's logo is missing")
            .expects(opened("P2, Medium", by="dave", announced=False), listed("detect"), listed("ticket"))
            .clocks(acknowledge="2h")
        )
        await journey.at("Mon 09:00").expects(
            called("engineering", because="Nobody has responded to a P2 within 2 hours", announced=False)
        )
        await journey.at("Mon 09:10").types("carol", "ack").expects(acknowledged("carol"))
        await (
            journey.at("Mon 10:00")
            .types("carol", "status monitoring")
            .expects(said("investigating → monitoring"), listed("resolve"))
        )
        await (
            journey.at("Mon 10:05")
            .types("carol", "resolve The logo is back --override A client has seen it")
            .expects(said("Resolved", "watched for another 10 min", "A client has seen it"), listed("review"))
        )
        (resolved,) = await journey.bot.events(e.Resolved)
        assert resolved.because == "A client has seen it"
        await journey.at("Wed 10:05").expects(said("INC-2026-02-06-001", "review", "@carol"))


@pytest.mark.parametrize(
    ("condition", "words", "who"),
    [
        ("all-users", "whatever it was declared as", ["eng-manager", "backend-lead"]),
        ("data-corruption", "data is corrupt", ["backend-lead", "devops-lead"]),
        ("security-breach", "Security is breached", ["eng-manager", "security-team"]),
        ("customer-escalation", "A customer escalates", ["product-lead", "eng-manager"]),
        ("platform-issue", "Zeabur or the database's provider", ["devops-lead"]),
    ],
)
async def test_the_escalation_matrix_calls_its_people_when_it_is_so(
    journey: Play, condition: str, words: str, who: list[str]
) -> None:
    await journey.declares("dave", "P1 Something is odd").expects(
        opened("P1", by="dave", invited=["engineering"]), heard("#engineering", "odd"), listed("detect")
    )
    await journey.at("5m").types("bob", "ack").expects(acknowledged("bob"))
    await (
        journey.at("10m")
        .types("bob", f"flag {condition} Zeabur says so")
        .expects(said(journey.policy.condition(condition).title, "Zeabur says so"), called(*who, because=words))
    )


async def test_an_escalation_says_what_was_tried_and_what_is_needed(journey: Play) -> None:
    await journey.declares("dave", "P1 Syncs fail --service sync").expects(
        opened("P1", by="dave", invited=["engineering"]),
        heard("#engineering", "Syncs fail"),
        listed("detect"),
        said("Diagnostics of db"),
        said("What was run", "Blocked sessions"),
    )
    await journey.at("5m").types("carol", "ack").expects(acknowledged("carol"))
    await (
        journey.at("10m")
        .types("carol", "escalate")
        .form_shows("carol", "Issue", "Tried", "Need", "service-owners: @bob", "eng-manager: @alice")
        .submits("carol", {"why": "I am stuck", "detail:tried": "A restart", "detail:need": "Somebody who knows GHL"})
        .expects(called("backend-lead", "eng-manager", because="I am stuck"))
    )
