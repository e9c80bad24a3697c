"""The whole bot while its database is down, frozen or restarted."""

from bot.domain.events import Acknowledged, MessageCaptured, NoteAdded
from tests.scenario.absence import settled
from tests.scenario.stage import said, shown, stage
from tests.support.own_server import OwnServer


async def test_people_are_told_in_time_that_nothing_was_recorded_and_the_bot_recovers(own: OwnServer) -> None:
    async with stage(own.url) as bot:
        channel = await bot.declare()
        await bot.sandbox.quiet(timeout=30)
        await own.stop()

        reply = await bot.command("alice", "ack", channel.name)
        assert "nothing was recorded" in shown(reply)
        assert reply.seconds < 3

        await own.start()
        reply = await bot.command("alice", "ack", channel.name)
        assert "recorded" in shown(reply)
        await bot.hear(channel, "acknowledged")
        assert len(await bot.events(Acknowledged)) == 1


async def test_a_frozen_database_is_told_within_three_seconds(own: OwnServer) -> None:
    async with stage(own.url) as bot:
        channel = await bot.declare()
        await bot.sandbox.quiet(timeout=30)
        with own.frozen():
            reply = await bot.command("alice", "note the pool is full", channel.name)
            assert "nothing was recorded" in shown(reply)
        reply = await bot.command("alice", "note the pool is full", channel.name)
        assert "recorded" in shown(reply)
        assert len(await bot.events(NoteAdded)) == 1


async def test_an_event_during_an_outage_is_brought_again_and_recorded_once(own: OwnServer) -> None:
    async with stage(own.url) as bot:
        channel = await bot.declare()
        await bot.sandbox.quiet(timeout=30)
        alert = next(m for m in channel.messages if m.user == bot.sandbox.workspace.bot.id and m.blocks)
        await own.stop()
        await bot.sandbox.say("alice", channel.name, "the queue is growing", thread_ts=alert.ts)
        assert any(d.status == 503 for d in bot.sandbox.requests), "Slack is asked to bring it again"
        await own.start()
        await bot.sandbox.redeliver(kind="event")
        await bot.sandbox.redeliver(kind="event")
        assert [event.text for event in await bot.recorded(MessageCaptured)] == ["the queue is growing"]


async def test_jobs_go_on_after_a_restart_of_the_database(own: OwnServer) -> None:
    async with stage(own.url) as bot:
        channel = await bot.declare()
        await bot.sandbox.quiet(timeout=30)
        await own.stop()
        await own.start()
        await bot.command("alice", "update Failing over", channel.name)
        await bot.until(lambda s: said(s, channel, "failing over"))


async def test_an_event_that_slack_gave_up_during_an_outage_is_read_afterwards(own: OwnServer) -> None:
    async with stage(own.url) as bot:
        channel = await bot.declare()
        await bot.sandbox.quiet(timeout=30)
        alert = next(m for m in channel.messages if m.user == bot.sandbox.workspace.bot.id and m.blocks)
        await own.stop()
        await bot.sandbox.say("alice", channel.name, "the queue is growing", thread_ts=alert.ts)
        await bot.sandbox.quiet(timeout=30)
        assert all(d.status == 503 for d in bot.sandbox.requests if d.kind == "event" and "growing" in str(d.payload))
        await own.start()
        await settled(bot)
        assert [event.text for event in await bot.recorded(MessageCaptured)] == ["the queue is growing"]
