"""Slack is wholly down, a P1 is not acknowledged, and people are reached all the same."""

import pytest

from bot.domain import commands as c
from bot.domain import events as e
from bot.domain.actor import Actor
from bot.sandbox.records import Fault
from tests.scenario.stage import stage
from tests.scenario.test_lateness import in_order, posts, slack_is_back
from tests.support.mailbox import mailbox, text_of
from tests.support.outside import PAGER, with_outside
from tests.support.receiver import SECRET, receiver

AWAY = Fault(method="*", refuse_connection=True, times=-1)
BY = Actor.cli("root")


async def test_an_escalation_goes_by_mail_and_webhook_while_slack_is_down_and_is_posted_once_when_it_is_back(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with mailbox() as box, receiver() as pager:
        monkeypatch.setenv(PAGER.url_from, pager.url)
        monkeypatch.setenv(PAGER.secret_from, SECRET)
        settings = {"muster_smtp_url": f"smtp://127.0.0.1:{box.port}", "muster_mail_from": "muster@example.com"}
        async with stage(database, faults=[AWAY], rules=with_outside, settings=settings) as bot:
            declare = c.Declare(by=BY, title="Checkout is down", severity="P1")
            opened = await bot.core.muster.execute(declare)
            bot.clock.advance(minutes=5, seconds=1)
            await bot.app.upkeep.once()
            await box.until(2)
            await pager.until(1)
            assert {str(mail["To"]) for mail in box.mails} == {"dave@example.com", "erin@example.com"}
            assert f"muster incident ack {opened.incident.ref}" in text_of(box.mails[0])
            assert pager.calls[0].body["incident"]["ref"] == opened.incident.ref
            assert (await bot.incident()).channel_id is None

            await bot.core.muster.execute(c.Acknowledge(by=BY), incident_id=opened.incident_id)
            bot.clock.advance(minutes=30)
            await slack_is_back(bot)
            incident = await bot.incident()
            await bot.hear(str(incident.channel_id), "Acknowledged by")
            await bot.sandbox.quiet(timeout=30)
            told = [message.text for message in posts(bot, incident)]
            assert in_order(told, "Checkout is down", "Escalated", "Acknowledged by")
            assert sum("Told outside of Slack too" in text for text in told) == 1
            assert len(await bot.events(e.Escalated)) == 1
            assert len(box.mails) == 2
            assert len(pager.calls) == 1
            assert not await bot.events(e.DeliveryFailed)


async def test_a_bot_starts_without_what_its_pack_needs_outside_of_slack_and_says_so(
    database: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with stage(database, rules=with_outside) as bot:
        assert "MUSTER_SMTP_URL is not set" in caplog.text
        assert f"webhook pager: {PAGER.url_from} is not set" in caplog.text
        room = await bot.declare()
        await bot.command("alice", "escalate --now", room.name)
        told = {failure.reason for failure in await bot.recorded(e.DeliveryFailed, 2)}
        assert told == {"no mail server is set", f"{PAGER.url_from} is not set"}
