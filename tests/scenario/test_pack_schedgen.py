"""The pack `schedgen`, played: the timetable of the document that it was made from, as people live through it."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime, timedelta

import pytest

from tests.scenario.heard import acknowledged, called, heard, listed, opened, said
from tests.scenario.playing import MONDAY
from tests.scenario.timetable import Play, play

CONTACTS = {"on-call": "carol", "engineering-lead": "alice", "product-owner": "erin", "system-administrator": "grace"}
EMAILS = {
    "engineering-lead": "lead@example.com",
    "product-owner": "product@example.com",
    "system-administrator": "admin@example.com",
}
LEAD, PRODUCT, ADMINISTRATOR = "engineering-lead", "product-owner", "system-administrator"
AGENDA = ["Timeline", "Cause", "Response", "Actions", "Afterwards", "55 min"]
FRIDAY = datetime(2026, 2, 6, 16, 0, tzinfo=UTC)


def staged(database: str, begins: datetime = MONDAY) -> AbstractAsyncContextManager[Play]:
    """Carol is on call, Alice leads the engineers, Erin owns the product, Grace runs the servers."""
    return play(database, "schedgen", CONTACTS, emails=EMAILS, begins=begins)


@pytest.fixture
async def schedgen(database: str) -> AsyncIterator[Play]:
    """A Monday, 14:00."""
    async with staged(database) as made:
        yield made


def follow_up(schedgen: Play, name: str) -> str:
    """What a follow-up is called."""
    return next(one.title for one in schedgen.policy.follow_ups if one.name == name)


async def test_a_sev_1_from_its_declaration_to_the_look_back_after_two_weeks(schedgen: Play) -> None:
    everybody = ["on-call", LEAD, PRODUCT, ADMINISTRATOR]
    await (
        schedgen.declares("dave", "P1 Nothing can be reached")
        .expects(
            opened("SEV-1, Critical", by="dave", invited=everybody),
            heard("#stakeholders", "Nothing can be reached"),
            heard("#engineering", "Nothing can be reached"),
            called(LEAD, because="It is a SEV-1", by="direct message", mails=[EMAILS[LEAD]]),
            called(PRODUCT, because="It is a SEV-1", by="direct message", mails=[EMAILS[PRODUCT]]),
            listed("first-five-minutes"),
        )
        .clocks(**{"acknowledge": "5m", "status-page": "5m", "update": "15m", "resolve": "1h", "text:page": "15m"})
    )
    await schedgen.at("5m").expects(called("on-call", because="within its response time"), said("status page", "14:05"))
    await schedgen.at("6m").types("carol", "ack").expects(acknowledged("carol", "every 15 minutes for SEV-1"))
    await schedgen.at("7m").ticks("carol", "first-five-minutes", 1, 2, 3, 4).expects_nothing()
    await (
        schedgen.at("8m")
        .types("erin", "text status page")
        .fills_in("erin", {"What exactly": "The application"}, others="upload plans")
        .expects(said("Status page", "The application does not work", "every 15 minutes"))
    )
    await schedgen.at("15m").expects(said("update", "14:15", "@carol"))
    await (
        schedgen.at("16m")
        .types("carol", "update")
        .form_shows("carol", "Update 1", "14:31", "How it stands", "Done so far", "Next", "Over by")
        .submits("carol", {"text": "The proxy is down", "detail:over-by": "14:40", "detail:next": "A restart"})
        .expects(said("Update 1", "The proxy is down", "Over by: 14:40", "Next: A restart", "14:31"))
    )
    await schedgen.at("21m").expects(
        called(LEAD, because="still unclear after 15 minutes of looking", mails=[EMAILS[LEAD]])
    )
    await (
        schedgen.at("22m").types("carol", "cause A certificate has expired").expects(said("A certificate has expired"))
    )
    await schedgen.at("23m").expects(said("Status page", "14:23"))
    await schedgen.at("30m").types("carol", "update It is being renewed").expects(said("Update 2", "14:45"))
    await (
        schedgen.at("31m")
        .types("erin", "text status page")
        .fills_in("erin", {"What exactly": "The application"}, others="upload plans")
        .expects(said("Status page", "Since:"))
    )
    await schedgen.at("40m").types("carol", "status verifying").expects(said("investigating → verifying"))
    await (
        schedgen.at("44m")
        .types("carol", "resolve")
        .form_shows("carol", "So that it does not happen again", "Review")
        .submits(
            "carol",
            {
                "summary": "The certificate is renewed",
                "root_cause": "Nobody watched the date",
                "detail:prevention": "An alert 30 days before",
                "detail:review-at": "Tuesday, 10:00",
            },
        )
        .expects(
            said("Resolved after 44 min", "An alert 30 days before", "Tuesday, 10:00"),
            heard("#stakeholders", "It is over"),
            heard("#engineering", "It is over"),
            listed("within-1-hour"),
        )
    )
    over = schedgen.clock()
    await (
        schedgen.at("50m")
        .types("erin", "text resolution")
        .fills_in("erin", {"YYYY": "14:44 UTC"}, others="as agreed")
        .expects(
            said("[RESOLVED] [SEV-1]: Nothing can be reached", "It took: 44 minutes", "The certificate is renewed")
        )
    )
    await schedgen.at("1h", since=over).expects(said(follow_up(schedgen, "over"), "@carol"))
    await schedgen.at("65m", since=over).ticks("carol", "within-1-hour").expects_nothing()
    assert (await schedgen.tally("within-1-hour"))[10] == ("carol", timedelta(minutes=44 + 65))
    await schedgen.at("48h", since=over).expects(said("INC-2026-02-02-001", "review", "@carol", *AGENDA))
    await (
        schedgen.at("50h", since=over)
        .types("carol", "close")
        .expects(said("Closed."), *(listed(name) for name in ("fixes", "documentation", "share", "look-back")))
    )
    await schedgen.at("51h", since=over).ticks("bob", "documentation").expects_nothing()
    await schedgen.at("7d", since=over).expects(said(follow_up(schedgen, "fixes"), "@carol"))
    await schedgen.at("14d", since=over).expects(
        said("Does everyone else know what was learned?"), said(follow_up(schedgen, "look-back"))
    )
    await schedgen.now().types("carol", "review").expects(said("review", "file"))
    review = await schedgen.review()
    written = ("Cause identified", "Nobody watched the date", "Prevention measures", "**late** by", "Over by")
    for words in (*AGENDA[:-1], *written):
        assert words in review
    await schedgen.at("8w").expects_nothing()


async def test_a_sev_2_is_updated_every_half_hour_and_calls_the_lead_when_it_lasts_as_long(schedgen: Play) -> None:
    await (
        schedgen.declares("dave", "SEV-2 Nobody can log in")
        .expects(
            opened("SEV-2, High", by="dave", invited=["on-call", PRODUCT]),
            heard("#engineering", "Nobody can log in"),
            listed("first-five-minutes"),
        )
        .clocks(**{"acknowledge": "15m", "update": "30m", "resolve": "4h", "text:page": "30m"})
    )
    await schedgen.at("10m").types("carol", "ack").expects(acknowledged("carol"))
    await schedgen.at("20m").types("carol", "status identified").expects(said("investigating → identified"))
    await schedgen.at("29m").types("carol", "update Google says no").expects(said("Update 1", "14:59"))
    await schedgen.at("30m").expects(
        called(LEAD, because="not resolved after 30 minutes", mails=[EMAILS[LEAD]]), said("Status page", "14:30")
    )
    await schedgen.at("59m").expects(said("update", "14:59", "@carol"))


async def test_a_sev_3_has_an_hour_to_be_answered_and_two_between_updates(schedgen: Play) -> None:
    await (
        schedgen.declares("dave", "P3 The queue is long")
        .expects(
            opened("SEV-3, Medium", by="dave", invited=["on-call"]),
            heard("#engineering", "The queue is long"),
            listed("first-five-minutes"),
        )
        .clocks(acknowledge="1h", update="2h", resolve="1d")
    )
    await schedgen.at("1h").expects(called("on-call", because="within its response time"))
    await schedgen.at("61m").types("carol", "ack").expects(acknowledged("carol"))
    await schedgen.at("76m").expects(called(LEAD, because="still unclear after 15 minutes", mails=[EMAILS[LEAD]]))
    await schedgen.at("2h").expects(said("update", "16:00", "@carol"))


async def test_a_sev_4_is_a_ticket_until_the_next_business_day(database: str) -> None:
    async with staged(database, begins=FRIDAY) as schedgen:
        await schedgen.declares("dave", "SEV-4 A typing error").expects(
            opened("SEV-4, Low", by="dave", announced=False), listed("ticket")
        )
        await schedgen.at("Mon 09:00").expects(called("on-call", because="within its response time", announced=False))
        await schedgen.at("Mon 09:30").types("carol", "ack").expects(acknowledged("carol"))


@pytest.mark.parametrize(
    ("condition", "who", "words"),
    [
        ("several-services", LEAD, "Several services are affected"),
        ("sla", PRODUCT, "An agreement (SLA) is at stake"),
        ("tell-users", PRODUCT, "Users have to be told"),
        ("infrastructure", ADMINISTRATOR, "It is a server or the network"),
        ("database-expert", ADMINISTRATOR, "The database needs its expert"),
        ("security", ADMINISTRATOR, "It concerns security"),
        ("restore", ADMINISTRATOR, "backed up or restored"),
    ],
)
async def test_the_escalation_triggers_call_whom_they_concern(
    schedgen: Play, condition: str, who: str, words: str
) -> None:
    await schedgen.declares("dave", "SEV-4 It is odd").expects(
        opened("SEV-4", by="dave", announced=False), listed("ticket")
    )
    await (
        schedgen.at("5m")
        .types("bob", f"flag {condition} Grafana says so")
        .expects(
            said(schedgen.policy.condition(condition).title, "Grafana says so"),
            called(who, because=words, announced=False, mails=[EMAILS[who]]),
        )
    )


async def test_raising_the_severity_plans_the_clocks_anew_and_tells_who_did_not_hear_of_it(schedgen: Play) -> None:
    await schedgen.declares("dave", "SEV-4 It is odd").expects(
        opened("SEV-4", by="dave", announced=False), listed("ticket")
    )
    await (
        schedgen.at("10m")
        .types("bob", "severity SEV-2 Nobody can log in")
        .expects(
            said("SEV-4 → SEV-2", "Nobody can log in"),
            heard("the announcements", "It is odd"),
            heard("#engineering", "SEV-4", "SEV-2"),
            listed("first-five-minutes"),
        )
        .clocks(**{"acknowledge": "15m", "update": "40m", "resolve": "4h", "text:page": "30m"})
    )
    await schedgen.at("15m").expects(called("on-call", because="within its response time"))


async def test_help_is_asked_of_the_next_of_three_and_by_mail(schedgen: Play) -> None:
    await schedgen.declares("dave", "SEV-4 It is odd").expects(
        opened("SEV-4", by="dave", announced=False), listed("ticket")
    )
    for minute, who, shown in ((2, LEAD, "@alice"), (3, PRODUCT, "@erin"), (4, ADMINISTRATOR, "@grace")):
        await (
            schedgen.at(f"{minute}m")
            .types("bob", "escalate")
            .form_shows("bob", f"{who}: {shown}", "What was tried", "Why now")
            .submits("bob", {"why": "I am stuck", "detail:tried": "A restart"})
            .expects(called(who, because="I am stuck", announced=False, mails=[EMAILS[who]]))
        )
