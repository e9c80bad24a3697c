"""The pack `sme-booking`, played: the timetable of the document that it was made from, as people live through it."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from bot.domain import events as e
from tests.scenario.heard import acknowledged, called, heard, listed, opened, said
from tests.scenario.timetable import Play, play

CONTACTS = {"devops": "carol", "team": "@oncall", "manager": "alice", "cto": "erin"}


@pytest.fixture
async def sme(database: str) -> AsyncIterator[Play]:
    """A Monday, 14:00. DevOps is Carol, the manager Alice, the CTO Erin; Bob and Carol are the team."""
    async with play(database, "sme-booking", CONTACTS) as made:
        yield made


async def test_a_critical_incident_from_its_declaration_to_its_report(sme: Play) -> None:
    await (
        sme.declares("dave", "CRITICAL Nobody can book")
        .expects(
            opened("Nobody can book", "CRITICAL", by="dave", invited=["devops"]),
            heard("#alerts", "Nobody can book"),
            listed("first-5-minutes"),
        )
        .clocks(acknowledge="5m")
    )
    await sme.at("5m").expects(called("devops", because="DevOps answers a CRITICAL incident within 5 minutes"))
    await sme.at("6m").types("carol", "ack").expects(acknowledged("carol", "Thank you for leading", "first 5 minutes"))
    await sme.at("7m").ticks("carol", "first-5-minutes", 1, 2).expects_nothing()
    await (
        sme.at("8m")
        .types("carol", "flag database-connections The pool is used up")
        .expects(
            said("The pool is used up", "/incident diag db", "10; then 20, then 30"), listed("database-connections")
        )
    )
    await (
        sme.at("9m")
        .types("carol", "status mitigating")
        .expects(said("investigating → mitigating"), listed("until-30-minutes"))
    )
    await (
        sme.at("12m")
        .types("carol", "update")
        .form_shows("carol", "Users affected", "Features down", "Revenue impact", "Error rate", "Recovery expected")
        .submits(
            "carol",
            {
                "text": "The pool is larger",
                "detail:users-affected": "All of them",
                "detail:revenue-impact": "$ 200 per hour",
                "detail:error-rate": "40 %",
            },
        )
        .expects(said("Update 1", "The pool is larger", "Users affected: All of them", "$ 200 per hour", "40 %"))
    )
    await sme.at("15m").expects(called("cto", because="still open after 15 minutes"))
    await (
        sme.at("16m")
        .types("carol", "text response-record")
        .fills_in("carol", {"features": "booking"}, others="see above")
        .expects(
            said(
                "INCIDENT RESPONSE",
                "SEVERITY: CRITICAL",
                "STATUS: MITIGATING",
                "Users affected: All of them",
                "Error rate: 40 %",
            )
        )
    )
    await sme.at("20m").types("carol", "status monitoring").expects(said("mitigating → monitoring"))
    await sme.at("20m30s").types("carol", "resolve The pool is larger").refused("watched for another 1 min")
    await sme.at("21m").expects(said("watched for 1 min", "@carol", "resolve it"))
    await (
        sme.at("25m")
        .types("carol", "resolve")
        .submits("carol", {"summary": "The pool is larger", "root_cause": "Reports kept connections open"})
        .expects(
            said("Resolved after 25 min", "Reports kept connections open"),
            heard("#alerts", "It is over, after 25 min"),
            listed("post-incident"),
        )
    )
    await sme.at("Tue 09:00").expects(said("The nine items of the list", "@carol", "0 of 9"))
    await sme.at("Tue 10:00").types("carol", "close").refused("9 of 9 left")
    await sme.at("Tue 10:10").ticks("bob", "post-incident", *range(1, 9)).expects_nothing()
    await sme.at("Tue 10:20").types("carol", "close").refused("1 of 9 left")
    await sme.at("Tue 10:30").ticks("carol", "post-incident", 9).expects_nothing()
    ticks = await sme.tally("post-incident")
    assert ticks[1] == ("bob", timedelta(hours=20, minutes=10))
    assert ticks[9] == ("carol", timedelta(hours=20, minutes=30))
    await sme.at("Tue 11:00").types("carol", "close").expects(said("Closed."))
    await sme.now().types("carol", "review").expects(said("review", "file"))
    review = await sme.review()
    for words in ("Reports kept connections open", "Prevention", "Nobody can book", "15 min"):
        assert words in review
    await sme.at("8w").expects_nothing()


async def test_a_high_incident_calls_the_team_after_15_minutes_and_the_manager_after_30(sme: Play) -> None:
    await (
        sme.declares("dave", "HIGH Every page takes six seconds --service booking-app")
        .expects(
            opened("HIGH", by="dave", invited=["team"]),
            heard("#alerts", "Every page takes six seconds"),
            said("Diagnostics of booking-app", "health", "MUSTER_DIAG_HEALTH_URL is not set"),
            said("What was run", "availability"),
        )
        .clocks(acknowledge="15m")
        .card("Called next: team", "14:15", "Sentry")
    )
    await sme.at("15m").expects(called("team", because="the first response is due"))
    await sme.at("16m").types("bob", "ack").expects(acknowledged("bob", "HIGH: the manager after 30"))
    await sme.at("30m").expects(called("manager", because="it is HIGH, and still open after 30 minutes"))
    await (
        sme.at("40m")
        .types("bob", "flag slow-queries An index is missing")
        .expects(said("Requests are slow or time out", "an index is missing, or"), listed("slow-queries"))
    )
    await (
        sme.at("50m")
        .types("bob", "resolve The index is there")
        .expects(said("Resolved after 50 min"), heard("#alerts", "It is over"), listed("post-incident"))
    )


async def test_a_medium_incident_is_brought_to_the_daily_standup(sme: Play) -> None:
    await sme.declares("dave", "MEDIUM Bookings miss in Google Calendar").expects(opened("MEDIUM", by="dave"))
    await sme.at("1h").expects(called("team", because="the first response is due"))
    await sme.at("61m").types("bob", "ack").expects(acknowledged("bob"))
    await sme.at("Tue 09:30").expects(called("team", because="bring it to the daily standup", by="mention, invite"))
    await (
        sme.at("Wed 09:30")
        .types("bob", "resolve The token is refreshed")
        .expects(said("Resolved"), listed("post-incident"))
    )


async def test_a_blemish_is_looked_at_in_two_days_and_planned_for_the_next_sprint(sme: Play) -> None:
    await sme.declares("dave", "LOW The footer is grey").expects(opened("LOW", by="dave"))
    await sme.at("1d").expects(called("team", because="within 1 to 2 days", by="mention, invite"))
    await sme.at("2d").expects(called("team", because="within 1 to 2 days", by="mention, invite", again=2))
    await sme.at("3d").types("bob", "ack").expects(acknowledged("bob"))
    await sme.at("2w", since=sme.began.replace(hour=10)).expects(
        called("team", because="plan it for the sprint", by="mention, invite")
    )


async def test_recovery_from_failed_bookings_is_watched_for_30_minutes_unless_somebody_says_why_not(sme: Play) -> None:
    await (
        sme.now()
        .types("dave", "declare")
        .form_shows("dave", "Do many bookings end up cancelled", "Bookings fail for everyone", "Users affected")
        .submits("dave", {"title": "Bookings are cancelled", "conditions": ["booking-failures"]})
        .expects(
            opened(
                "CRITICAL",
                "Bookings are cancelled or not completed",
                "watch it for 30 minutes",
                by="dave",
                invited=["devops"],
            ),
            heard("#alerts", "Bookings are cancelled"),
            listed("first-5-minutes"),
            listed("booking-failures"),
        )
    )
    await sme.at("4m").types("carol", "ack").expects(acknowledged("carol"))
    await sme.at("10m").types("carol", "status monitoring").expects(said("investigating → monitoring", "14:40"))
    await (
        sme.at("12m")
        .types("carol", "escalate")
        .form_shows("carol", "Who is told", "cto: @erin", "directly")
        .submits("carol", {"why": "It costs $ 500 an hour", "detail:recovery-eta": "14:40"})
        .expects(called("cto", because="It costs $ 500 an hour"))
    )
    await sme.at("15m").expects(called("cto", because="still open after 15 minutes"))
    await sme.at("30m").types("carol", "resolve The conflicts are judged right").refused("watched for another 10 min")
    await (
        sme.at("31m")
        .types("carol", "resolve The conflicts are judged right --override Ten bookings went through")
        .expects(
            said("Resolved after 31 min", "watched for another 9 min", "Ten bookings went through"),
            heard("#alerts", "It is over"),
            listed("post-incident"),
        )
    )
    (resolved,) = await sme.bot.events(e.Resolved)
    assert resolved.because == "Ten bookings went through"
