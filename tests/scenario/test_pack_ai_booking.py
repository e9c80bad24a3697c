"""The pack `ai-booking`, played: the timetable of the document that it was made from, as people live through it."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from tests.scenario.heard import Expectation, acknowledged, called, listed, opened, said
from tests.scenario.timetable import Play, play

CONTACTS = {"development-lead": "alice", "infrastructure": "@infra", "on-call": "frank", "security": "grace"}
PRIMARY, SECONDARY, EMERGENCY = "development-lead", "infrastructure", "on-call"
#: What the post-mortem talks about.
AGENDA = ["Timeline of events", "Root cause", "Impact", "Actions taken", "Lessons learned", "Action items"]


@pytest.fixture
async def ai(database: str) -> AsyncIterator[Play]:
    """A Monday, 14:00. Alice leads the developers, Bob and Carol are the infrastructure, Frank is on call."""
    async with play(database, "ai-booking", CONTACTS, groups={"infra": "bob carol"}) as made:
        yield made


def at_once() -> Expectation:
    """The on-call engineer hears of a P0 with its declaration, and is in the room already."""
    return called(EMERGENCY, because="somebody has to respond at once", by="mention, direct message")


async def test_a_p0_from_its_declaration_through_the_seven_steps_to_its_post_mortem(ai: Play) -> None:
    await (
        ai.declares("dave", "P0 The telephone is not answered")
        .expects(opened("P0", "Critical", by="dave", invited=[EMERGENCY]), at_once())
        .clocks(acknowledge="5m")
        .card("Acknowledge → Assess → Contain → Investigate → Resolve → Verify → Document")
    )
    await ai.at("5m").expects(called(EMERGENCY, because="nobody has answered yet"))
    await ai.at("6m").types("frank", "ack").expects(acknowledged("frank", "seven steps", "open after 30 minutes"))
    await ai.at("7m").types("frank", "status assess").expects(said("acknowledging → assessing"))
    await (
        ai.at("8m")
        .types("frank", "flag system-down Render shows nothing")
        .expects(
            said("The system is completely down", "Render shows nothing", "Assess the damage"), listed("system-down")
        )
    )
    await ai.at("9m").types("frank", "status contain").expects(said("assessing → containing"))
    await (
        ai.at("10m")
        .types("frank", "text client-outage")
        .fills_in("frank", {"what does": "calls are not answered", "time": "15:00"}, others="Take bookings by hand")
        .expects(
            said("Bookings are not working at the moment", "calls are not answered", "Reference: INC-2026-02-02-001")
        )
    )
    await ai.at("12m").ticks("frank", "system-down", 1, 2, 3).expects_nothing()
    await ai.at("15m").types("frank", "status investigate").expects(said("containing → investigating"))
    await ai.at("30m").expects(called(PRIMARY, SECONDARY, because="unresolved after 30 minutes"))
    await ai.at("34m").types("frank", "cause The last migration locks the bookings").expects(said("migration locks"))
    await ai.at("35m").types("frank", "status fixing").expects(said("investigating → resolving"))
    await ai.at("40m").types("frank", "status verify").expects(said("resolving → verifying"))
    await ai.at("45m").ticks("bob", "system-down", *range(4, 16)).expects_nothing()
    assert len(await ai.tally("system-down")) == 15
    await (
        ai.at("50m")
        .types("frank", "resolve")
        .form_shows("frank", "Clients affected", "Lessons learned", "migration locks")
        .submits(
            "frank",
            {
                "summary": "The migration is taken back",
                "detail:clients-affected": "All",
                "detail:lessons": "Migrations are tried on a copy",
            },
        )
        .expects(
            said("Resolved after 50 min", "migration locks", "Clients affected: All", "tried on a copy"),
            listed("post-mortem"),
            listed("action-items"),
        )
        .clocks(review="48h 50m")
    )
    await (
        ai.at("51m")
        .types("frank", "text all clear")
        .fills_in("frank", {}, others="It is over since 14:50.")
        .expects(said("Bookings are working again"))
    )
    await ai.at("1h").ticks("alice", "post-mortem", 1).expects_nothing()
    await ai.at("48h 50m").expects(said("INC-2026-02-02-001", "@frank", "review", *AGENDA))
    await ai.at("49h").types("frank", "close").refused("5 of 6 left")
    await ai.at("50h").ticks("alice", "post-mortem", *range(2, 7)).expects_nothing()
    await ai.at("51h").types("frank", "close").expects(said("Closed."))
    assert (await ai.incident()).status == "documented"
    assert (await ai.tally("post-mortem"))[6] == ("alice", timedelta(hours=50))
    await ai.now().types("frank", "review").expects(said("review", "file"))
    review = await ai.review()
    for words in (*AGENDA, "Impact assessment", "**late** by", "The system is completely down", "15 of 15"):
        assert words in review
    await ai.at("8w").expects_nothing()


@pytest.mark.parametrize(
    ("severity", "answer", "escalation"), [("P1", "1h", "2h"), ("P2", "4h", None), ("P3", "24h", None)]
)
async def test_what_is_not_critical_has_its_hours_to_be_answered(
    ai: Play, severity: str, answer: str, escalation: str | None
) -> None:
    invited = [PRIMARY] if severity == "P1" else []
    declared = ai.declares("dave", f"{severity} A client's calendar is empty")
    await declared.expects(opened(severity, by="dave", invited=invited)).clocks(acknowledge=answer)
    await ai.at(answer).expects(called(PRIMARY, because="the response is due, and nobody has answered yet"))
    if escalation:
        await ai.at(escalation).expects(called(PRIMARY, SECONDARY, because="unresolved after 2 hours"))
    await ai.at("47h").types("bob", "ack").expects(acknowledged("bob"))
    await (
        ai.at("47h30m")
        .types("bob", "resolve It is full again")
        .expects(said("Resolved"), listed("post-mortem"), listed("action-items"))
    )
    await ai.at("95h30m").expects(said("INC-2026-02-02-001", "@bob", "review", *AGENDA))


@pytest.mark.parametrize(
    ("condition", "words", "who", "lists"),
    [
        ("data-loss", "data is lost or corrupt", [PRIMARY, SECONDARY, EMERGENCY], ["data-loss"]),
        ("security-breach", "security is breached", [PRIMARY, SECONDARY, EMERGENCY, "security"], ["security-breach"]),
        ("several-clients", "several clients are affected", [PRIMARY, SECONDARY], []),
        ("provider-failure", "an external provider has trouble", [PRIMARY, SECONDARY], ["provider-failure"]),
    ],
)
async def test_what_is_escalated_whatever_the_clock_says(
    ai: Play, condition: str, words: str, who: list[str], lists: list[str]
) -> None:
    await ai.declares("dave", "P2 Something is odd").expects(opened("P2", by="dave"))
    await ai.at("10m").types("bob", "ack").expects(acknowledged("bob"))
    await (
        ai.at("20m")
        .types("bob", f"flag {condition} A client called")
        .expects(
            said(ai.policy.condition(condition).title, "A client called"),
            called(*who, because=words),
            *(listed(name) for name in lists),
        )
    )
    await (
        ai.at("21m")
        .types("bob", f"unflag {condition} A mistake")
        .expects(said(ai.policy.condition(condition).title, "A mistake"))
    )
    await ai.at("3d").expects_nothing()


async def test_help_comes_from_the_primary_then_the_secondary_then_the_emergency_contact(ai: Play) -> None:
    await ai.declares("dave", "P2 Something is odd").expects(opened("P2", by="dave"))
    await ai.at("1m").types("bob", "ack").expects(acknowledged("bob"))
    for minute, contact, shown in ((2, PRIMARY, "@alice"), (3, SECONDARY, "@infra"), (4, EMERGENCY, "@frank")):
        await (
            ai.at(f"{minute}m")
            .types("bob", "escalate I am stuck")
            .form_shows("bob", f"{contact}: {shown}", "I am stuck")
            .submits("bob", {"detail:provider-ticket": "Twilio 4711"})
            .expects(called(contact, because="I am stuck"))
        )
    await (
        ai.at("5m")
        .types("bob", "escalate secondary once more --now")
        .expects(called(SECONDARY, because="once more", again=2))
    )


async def test_the_form_asks_what_is_so_and_suggests_how_bad_it_is(ai: Play) -> None:
    await (
        ai.now()
        .types("dave", "declare")
        .form_shows("dave", "Is data lost or corrupt?", "Is it Twilio, VAPI, Google Calendar or Render?", "Error rate")
        .submits(
            "dave",
            {
                "title": "Bookings are gone",
                "conditions": ["data-loss", "several-clients"],
                "detail:error-rate": "over 10 %",
            },
        )
        .expects(
            opened("P0", "Stop writes first", "Error rate: over 10 %", by="dave", invited=[EMERGENCY]),
            at_once(),
            called(PRIMARY, SECONDARY, EMERGENCY, because="data is lost or corrupt"),
            called(PRIMARY, SECONDARY, because="several clients are affected"),
            listed("data-loss"),
        )
    )
