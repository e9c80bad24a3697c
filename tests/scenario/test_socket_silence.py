"""A socket that is open and dead is noticed, replaced, and what was missed meanwhile is read."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from bot.app import App
from bot.domain import events as e
from bot.sandbox.model import Channel
from bot.slack.socket import Watch
from tests.scenario.absence import settled
from tests.scenario.stage import Stage, stage

#: slack_sdk's own pings find a dead connection.
BY_PING = Watch(ping=1, silence=60, closed=60, look=0.1)
#: Only our watch finds one whose pings are answered, or that slack_sdk does not get open again.
BY_WATCH = Watch(ping=1, silence=3, closed=1, look=0.1)


@asynccontextmanager
async def _bot(database: str, watch: Watch) -> AsyncIterator[tuple[Stage, Channel, str]]:
    async with stage(database, socket=True, watch=watch) as bot:
        room = await bot.declare()
        yield bot, room, (await bot.hear(room, "Checkout is down")).ts


async def _replaced(bot: Stage) -> None:
    opened = bot.sandbox.courier.sockets.opened
    await bot.until(lambda s: s.courier.sockets.opened > opened)
    await bot.until(lambda s: len(s.courier.sockets) == 1)
    await settled(bot)


@pytest.mark.parametrize(("watch", "pongs"), [(BY_PING, False), (BY_WATCH, True)])
async def test_a_connection_that_falls_silent_is_replaced_and_what_it_lost_is_read(
    database: str, watch: Watch, pongs: bool
) -> None:
    async with _bot(database, watch) as (bot, room, alert):
        sockets = bot.sandbox.courier.sockets
        bot.sandbox.courier.retry_delays, bot.sandbox.courier.ack_timeout = (), 0.1
        sockets.silence(pongs=pongs)
        assert len(sockets) == 1, "it stays open"
        await bot.sandbox.say("bob", room.name, "Can anybody hear me?", thread_ts=alert)
        await _replaced(bot)
        assert [said.text for said in await bot.recorded(e.MessageCaptured)] == ["Can anybody hear me?"]
        assert await bot.app.bolt.trouble() is None


async def test_a_connection_that_slack_sdk_does_not_get_open_again_is_begun_anew(database: str) -> None:
    async with _bot(database, BY_WATCH) as (bot, room, alert):
        sockets = bot.sandbox.courier.sockets
        sockets.refusals = 1  # an address can be used once, and slack_sdk would try it for ever
        await bot.sandbox.disconnect_sockets()
        await bot.sandbox.say("bob", room.name, "Hello?", thread_ts=alert)
        await _replaced(bot)
        assert sockets.refusals == 0
        await bot.recorded(e.MessageCaptured)


async def test_a_quiet_connection_that_slack_pings_is_left_alone(database: str) -> None:
    async with stage(database, socket=True, watch=BY_WATCH) as bot:
        sockets = bot.sandbox.courier.sockets
        await bot.until(lambda _: sockets.pinged > 8)  # longer than the silence that is too long
        assert sockets.opened == 1


async def test_an_envelope_that_two_processes_get_has_one_effect(database: str) -> None:
    async with _bot(database, BY_PING) as (bot, room, alert):
        other = App(bot.core, watch=BY_PING)
        await other.start()
        try:
            await bot.until(lambda s: len(s.courier.sockets) == 2)
            await bot.sandbox.say("bob", room.name, "Looking", thread_ts=alert)
            await bot.sandbox.redeliver(kind="event")
            await bot.sandbox.redeliver(kind="event")
            await bot.command("bob", "ack", room.name)
            await bot.sandbox.redeliver(kind="command")
            await bot.recorded(e.MessageCaptured)
            await bot.recorded(e.Acknowledged)
        finally:
            await other.stop()
