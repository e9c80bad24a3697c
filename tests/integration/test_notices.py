"""Escalations on their way outside of Slack: each address and each webhook in a lane of its own."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from aiohttp import web
from sqlalchemy import func, select

from bot.application.execute import Outcome
from bot.domain import commands as c
from bot.domain.actor import MUSTER, Actor
from bot.domain.events import DeliveryFailed, Escalated
from bot.domain.standing import Standing
from bot.jobs.notices import USEFUL
from bot.notices.mail import Mailer
from bot.notices.server import Sender, parse_server
from bot.notices.webhook import Webhooks
from bot.store import letters, timers
from bot.store import timeline as log
from bot.store.letters import Shown
from bot.store.tables import outbox
from tests.integration.conftest import Clock
from tests.integration.post import Post
from tests.support.mailbox import Mailbox, Trouble, html_of, mailbox, text_of
from tests.support.outside import PAGER, with_outside
from tests.support.receiver import SECRET, Receiver, receiver

STEP = "escalate:p1-unacknowledged"


@pytest.fixture
async def box() -> AsyncIterator[Mailbox]:
    async with mailbox() as made:
        yield made


@pytest.fixture
async def pager() -> AsyncIterator[Receiver]:
    async with receiver() as made:
        yield made


@pytest.fixture
async def outside(post: Post, clock: Clock, box: Mailbox, pager: Receiver) -> AsyncIterator[Post]:
    """The post, with rules that lead outside, and ways there."""
    post.muster.policy = with_outside(post.muster.policy)
    server = parse_server(f"smtp://127.0.0.1:{box.port}")
    post.desk.send_mail = Mailer(server, Sender("muster@example.com"), patience=0.5).send
    settings = {PAGER.url_from: pager.url, PAGER.secret_from: SECRET}
    webhooks = Webhooks([PAGER], settings.get, clock, patience=0.5)
    post.desk.call_webhook = webhooks.call
    yield post
    await webhooks.close()


async def ring(post: Post, clock: Clock, opened: Outcome, generation: int = 1) -> None:
    """Five minutes pass, and the clock of the P1 rings."""
    clock.advance(minutes=5)
    fire = c.FireTimer(by=MUSTER, name=STEP, generation=generation)
    await post.muster.execute(fire, incident_id=opened.incident_id)


async def rows(post: Post, opened: Outcome, kind: str) -> list[Shown]:
    async with post.muster.database.transaction() as connection:
        shown = await letters.shown(connection, incident_id=opened.incident_id, everything=True, limit=100)
    return [row for row in shown if row.kind == kind]


async def failures(post: Post, opened: Outcome) -> list[DeliveryFailed]:
    async with post.muster.database.transaction() as connection:
        entries = await log.entries_of(connection, opened.incident_id)
    return [entry.event for entry in entries if isinstance(entry.event, DeliveryFailed)]


async def test_an_escalation_reaches_every_address_and_webhook(
    outside: Post, clock: Clock, box: Mailbox, pager: Receiver
) -> None:
    opened = await outside.declare(title="Checkout <b>is</b> down")
    await ring(outside, clock, opened)
    await outside.everything()
    assert sorted(str(mail["To"]) for mail in box.mails) == ["dave@example.com", "erin@example.com"]
    lanes = {row.lane for row in [*await rows(outside, opened, "mail"), *await rows(outside, opened, "webhook")]}
    number = opened.incident_id
    assert lanes == {f"{number}:mail:dave@example.com", f"{number}:mail:erin@example.com", f"{number}:webhook:pager"}
    mail = box.mails[0]
    ref = opened.incident.ref
    assert mail["Subject"] == f"[P1] Checkout <b>is</b> down · you are needed · {ref}"
    assert mail["Date"].datetime == clock()
    assert f"muster incident ack {ref}" in text_of(mail)
    assert "unacknowledged after 5 min" in text_of(mail)
    assert "Checkout &lt;b&gt;is&lt;/b&gt; down" in html_of(mail)
    [told] = pager.calls
    assert told.body["id"] == told.delivery
    assert told.body["version"] == 1
    assert told.body["event"] == "escalated"
    assert told.body["summary"] == mail["Subject"]
    assert told.body["incident"]["title"] == "Checkout <b>is</b> down"
    assert told.body["incident"]["acknowledged_at"] is None
    assert told.body["escalation"]["step"] == "p1-unacknowledged"
    assert told.body["said_at"] == clock().isoformat()


async def test_one_address_that_is_wrong_holds_up_nobody_and_the_reporter_is_told(
    outside: Post, clock: Clock, box: Mailbox
) -> None:
    opened = await outside.declare()
    await outside.everything()
    await ring(outside, clock, opened)
    box.at_recipient.append("550 5.1.1 No such user")
    await outside.everything()
    assert len(box.mails) == 1
    [failure] = await failures(outside, opened)
    assert failure.what == "an e-mail could not be sent"
    assert failure.reason == "smtp_550 5.1.1 No such user"
    refused = [row for row in await rows(outside, opened, "mail") if row.standing is Standing.REFUSED]
    assert [row.what for row in refused] in (["the e-mail to dave@example.com"], ["the e-mail to erin@example.com"])
    people = outside.sandbox.people
    direct = outside.sandbox.workspace.direct([people["alice"].id, people["muster"].id])
    [note] = [message.text for message in direct.messages if "could not be done" in message.text]
    assert "Check the address in the pack" in note


async def test_a_busy_server_is_asked_again_and_people_get_one_mail(outside: Post, clock: Clock, box: Mailbox) -> None:
    opened = await outside.declare()
    await ring(outside, clock, opened)
    box.at_data.extend(["451 Busy", "421 Still busy"])
    await outside.everything()
    assert sorted(str(mail["To"]) for mail in box.mails) == ["dave@example.com", "erin@example.com"]
    assert await failures(outside, opened) == []


async def test_a_lost_answer_means_the_same_mail_again(outside: Post, clock: Clock, box: Mailbox) -> None:
    opened = await outside.declare()
    await ring(outside, clock, opened)
    box.at_data.append(Trouble.KEEP_AND_DROP)
    await outside.everything()
    ids = [str(mail["Message-ID"]) for mail in box.mails]
    assert len(ids) == 3
    assert len(set(ids)) == 2


async def test_a_lost_answer_means_the_same_delivery_again(outside: Post, clock: Clock, pager: Receiver) -> None:
    opened = await outside.declare()
    await ring(outside, clock, opened)
    pager.answers.append(None)
    await outside.everything()
    first, second = pager.calls
    assert first.delivery == second.delivery
    assert first.body == second.body


async def test_mails_of_one_incident_are_kept_together(outside: Post, clock: Clock, box: Mailbox) -> None:
    opened = await outside.declare()
    await ring(outside, clock, opened)
    async with outside.muster.database.transaction() as connection:
        [again] = [
            timer for timer in await timers.due(connection, clock() + timedelta(minutes=6)) if timer.name == STEP
        ]
    await ring(outside, clock, opened, again.generation)
    await outside.everything()
    assert len(box.mails) == 4
    assert len({str(mail["References"]) for mail in box.mails}) == 1
    assert len({str(mail["Subject"]) for mail in box.mails}) == 1
    assert len({str(mail["Message-ID"]) for mail in box.mails}) == 4


async def test_nothing_that_somebody_wrote_about_a_private_incident_leaves_its_channel(
    outside: Post, clock: Clock, box: Mailbox, pager: Receiver
) -> None:
    opened = await outside.declare(title="Payroll leaked", private=True, service="Payroll")
    who = outside.alice
    await outside.muster.execute(c.PostUpdate(by=who, text="Payroll of all"), incident_id=opened.incident_id)
    await outside.muster.execute(c.Escalate(by=who, why="Payroll again"), incident_id=opened.incident_id)
    await ring(outside, clock, opened)
    await outside.everything()
    assert len(box.mails) == 3
    assert len(pager.calls) == 2
    shown = "".join(f"{mail.as_string()}{text_of(mail)}{html_of(mail)}" for mail in box.mails)
    shown += "".join(str(told.body) for told in pager.calls)
    assert "payroll" not in shown.casefold()
    assert "Private incident" in shown
    assert opened.incident.ref in shown


async def test_a_call_for_a_named_person_wakes_nobody_else(outside: Post, box: Mailbox, pager: Receiver) -> None:
    opened = await outside.declare()
    carol = outside.sandbox.people["carol"].id
    called = await outside.muster.execute(c.Escalate(by=outside.alice, people=(carol,)), incident_id=opened.incident_id)
    await outside.everything()
    assert box.mails == []
    assert pager.calls == []
    [entry] = called.entries
    assert isinstance(entry.event, Escalated)
    assert entry.event.emails == ()


async def test_a_call_from_a_terminal_goes_to_the_policys_addresses(outside: Post, box: Mailbox) -> None:
    opened = await outside.declare()
    by = Actor.cli("root")
    await outside.muster.execute(c.Escalate(by=by, why="Slack is down"), incident_id=opened.incident_id)
    await outside.everything()
    [mail] = box.mails
    assert mail["To"] == "carol@example.com"
    assert "> Slack is down" in text_of(mail)
    assert "by root" in text_of(mail)


async def test_an_installation_without_a_mail_server_says_so(post: Post, clock: Clock) -> None:
    post.muster.policy = with_outside(post.muster.policy)
    opened = await post.declare()
    await ring(post, clock, opened)
    await post.everything()
    told = {failure.reason: failure.remedy for failure in await failures(post, opened)}
    assert "Set MUSTER_SMTP_URL" in told["no mail server is set"]


async def test_what_comes_late_says_so(outside: Post, clock: Clock, box: Mailbox, pager: Receiver) -> None:
    opened = await outside.declare()
    await ring(outside, clock, opened)
    await outside.muster.execute(c.Acknowledge(by=outside.alice), incident_id=opened.incident_id)
    clock.advance(minutes=42)
    await outside.everything()
    assert "This comes 42 min late." in text_of(box.mails[0])
    assert "It was acknowledged 2026-03-14 03:05 UTC" in text_of(box.mails[0])
    assert pager.calls[0].body["incident"]["acknowledged_at"] is not None


async def test_what_has_not_worked_for_ten_minutes_is_told_once_and_still_tried(
    outside: Post, clock: Clock, box: Mailbox, pager: Receiver
) -> None:
    opened = await outside.declare()
    await ring(outside, clock, opened)
    clock.advance(minutes=10)
    box.at_data.extend(["451 Busy"] * 4)
    pager.answers.append(web.Response(status=503))
    await outside.everything()
    told = sorted((failure.what, failure.reason, failure.outbox) for failure in await failures(outside, opened))
    assert told == [
        ("an e-mail could not be sent yet", "smtp_451 Busy", 0),
        ("the webhook “pager” could not be called yet", "http_503", 0),
    ]
    assert len(box.mails) == 2
    assert len(pager.calls) == 2
    assert (await outside.row(opened.incident_id)).troubles == 0, "it went out in the end"


async def test_mail_that_waits_does_not_mean_that_slack_is_behind(outside: Post, clock: Clock, box: Mailbox) -> None:
    opened = await outside.declare()
    await ring(outside, clock, opened)
    box.at_data.append("451 Busy")
    await outside.delivery.drain(f"{opened.incident_id}:mail:dave@example.com")
    async with outside.muster.database.transaction() as connection:
        assert (await connection.scalar(select(func.count()).where(outbox.c.error == "smtp_451 Busy"))) == 1
        before = await letters.waiting(connection, opened.incident_id)
        slack = select(func.count()).where(outbox.c.status == "waiting", outbox.c.kind.not_in(("mail", "webhook")))
        assert before[opened.incident.ref][0] == await connection.scalar(slack)


async def test_after_hours_it_is_given_up_where_people_see_it_and_can_still_be_had_sent(
    outside: Post, clock: Clock, box: Mailbox
) -> None:
    opened = await outside.declare()
    await outside.muster.execute(c.Escalate(by=outside.alice), incident_id=opened.incident_id)
    clock.advance(seconds=USEFUL.total_seconds())
    box.at_data.append("451 Busy")
    await outside.everything()
    [failure] = await failures(outside, opened)
    assert failure.reason == "smtp_451 Busy"
    assert "tried for 4 hours" in failure.remedy
    assert box.mails == []
    retry = c.RetryDelivery(by=outside.alice, outbox=failure.outbox)
    await outside.muster.execute(retry, incident_id=opened.incident_id)
    await outside.everything()
    assert len(box.mails) == 1


async def test_a_first_try_is_made_however_late_it_is(outside: Post, clock: Clock, box: Mailbox) -> None:
    opened = await outside.declare()
    await outside.muster.execute(c.Escalate(by=outside.alice), incident_id=opened.incident_id)
    clock.advance(seconds=2 * USEFUL.total_seconds())
    await outside.everything()
    assert len(box.mails) == 1
