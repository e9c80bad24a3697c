"""The pack `sme-booking`, played: the timetable of the document that it was made from, as people live through it."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from bot.domain import events as e
from tests.scenario.heard import acknowledged, called, heard, joined, listed, opened, said, told
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
        .expects(said("The pool is used up", "/incident diag db", "10; then 20, then 30"), listed("database-connections"))
    )
    await sme.at("9m").types("carol", "status mitigating").expects(
        said("investigating → mitigating"), listed("until-30-minutes")
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
        .fills_in("carol", {"number": "all", "list": "booking", "$": "200"}, others="see above")
        .expects(
            said("INCIDENT RESPONSE", "SEVERITY: CRITICAL", "STATUS: MITIGATING", "Users affected: all", "larger")
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
