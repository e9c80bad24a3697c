"""The pack `default`, played: its clocks, and what it asks of people, as they live through them."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from tests.scenario.heard import acknowledged, called, listed, opened, said
from tests.scenario.timetable import Play, play

CONTACTS = {"on-call": "@oncall", "engineering-lead": "alice"}


@pytest.fixture
async def default(database: str) -> AsyncIterator[Play]:
    """A Monday, 14:00. Bob and Carol are on call together, Alice leads the engineers."""
    async with play(database, "default", CONTACTS) as made:
        yield made


def follow_up(default: Play, name: str) -> str:
    """What a follow-up is called."""
    return next(one.title for one in default.policy.follow_ups if one.name == name)


async def test_a_p1_that_nobody_answers_calls_ever_more_people_until_somebody_does(default: Play) -> None:
    await (
        default.declares("dave", "SEV1 Nobody can pay")
        .expects(opened("P1, Critical", by="dave", invited=["on-call", "engineering-lead"]))
        .clocks(acknowledge="5m", update="15m", resolve="1h")
    )
    await default.at("5m").expects(called("on-call", because="unacknowledged after 5 min"))
    await default.at("10m").expects(called("on-call", because="unacknowledged after 5 min", again=2))
    await default.at("15m").expects(
        called("on-call", because="unacknowledged after 5 min", again=3),
        called("engineering-lead", because="unacknowledged after 15 min"),
        said("update", "14:15"),
    )
    await default.at("16m").types("bob", "ack").expects(acknowledged("bob", "Thank you for leading"))
    await default.at("20m").types("bob", "update It is the payment provider").expects(said("Update 1", "14:35"))
    await default.at("30m").types("bob", "flag provider").expects(said("A provider has trouble", "open a ticket"))
    await (
        default.at("34m")
        .types("bob", "extend update 10m The provider calls back")
        .expects(said("14:35", "14:45", "The provider calls back"))
    )
    await default.at("45m").expects(said("update", "14:45", "@bob"))
    await default.at("46m").types("bob", "update We have switched").expects(said("Update 2", "15:01"))
    await default.at("1h").expects(
        called("engineering-lead", "@bob", because="unresolved after 60 min"), said("resol", "15:00")
    )
    await default.at("61m").expects(said("update", "15:01", "@bob"))
    await default.at("62m").types("bob", "status monitoring").expects(said("investigating → monitoring"))
    await default.at("70m").types("bob", "resolve We use the other provider").expects(said("Resolved after 1 h 10 min"))
    over = default.clock()
    await default.at("48h", since=over).expects(said("INC-2026-02-02-001", "review", "@bob", "What we change"))
    await default.at("50h", since=over).types("bob", "close").expects(said("Closed."), listed("afterwards"))
    await default.at("3d", since=over).ticks("carol", "afterwards", 1, 2).expects_nothing()
    assert (await default.tally("afterwards"))[2] == ("carol", over - default.began + timedelta(days=3))
    await default.at("14d", since=over).expects(said(follow_up(default, "action-items"), "@bob", "2 of 4"))
    await default.at("28d", since=over).expects(said("Did our changes help?", "@bob"))
    await default.now().types("bob", "review").expects(said("review", "file"))
    review = await default.review()
    for words in ("What we change", "**late** by 11 min", "The provider calls back", "2 of 4"):
        assert words in review
    await default.at("12w").expects_nothing()


async def test_a_p2_calls_on_call_every_quarter_of_an_hour_and_then_the_lead(default: Play) -> None:
    await default.declares("dave", "P2 Searching is slow").expects(opened("P2, High", by="dave", invited=["on-call"]))
    await default.at("15m").expects(called("on-call", because="unacknowledged after 15 min"))
    await (
        default.at("20m")
        .types("carol", "snooze escalation 20m I am on the train")
        .expects(said("until", "14:40", "I am on the train"))
    )
    await default.at("30m").expects(said("update", "14:30"))
    await default.at("40m").expects(called("on-call", because="unacknowledged after 15 min", again=2))
    await default.at("41m").types("carol", "ack").expects(acknowledged("carol"))
    await default.at("42m").types("carol", "update It is the index").expects(said("Update 1", "15:12"))
    await default.at("50m").types("carol", "resolve It is built").expects(said("Resolved"))
    await default.at("5d", since=default.clock()).expects(said("INC-2026-02-02-001", "review", "@carol"))


@pytest.mark.parametrize(("severity", "answer"), [("P3", "1h"), ("P4", "1d")])
async def test_what_is_not_urgent_has_time_to_be_answered(default: Play, severity: str, answer: str) -> None:
    invited = ["on-call"] if severity == "P3" else []
    await default.declares("dave", f"{severity} A label is cut off").expects(
        opened(severity, by="dave", invited=invited)
    )
    calls = (
        called("on-call", because="unacknowledged after 60 min") if severity == "P3" else said("acknowledg", "14:00")
    )
    await default.at(answer).expects(calls)


async def test_what_was_rolled_back_brings_its_list_and_lost_data_its_people(default: Play) -> None:
    await default.declares("dave", "P3 Totals are wrong --flag deployment").expects(
        opened("P3", "Consider rolling back first", by="dave", invited=["on-call"])
    )
    await default.at("5m").types("bob", "ack").expects(acknowledged("bob"))
    await (
        default.at("6m")
        .types("bob", "flag rolled back")
        .expects(said("It was rolled back"), listed("before-resolving"))
    )
    await (
        default.at("7m")
        .types("bob", "flag data-loss Ten orders")
        .expects(
            said("Data may be lost or wrong", "Ten orders", "the policy suggests P1"),
            called("engineering-lead", because="Data may be lost or wrong"),
            listed("data-loss"),
        )
    )
    await default.now().presses("bob", "severity", under="Ten orders").expects(said("P3 → P1"))
