"""Slack while nobody listens, and what the bot makes of it afterwards."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime

from bot.app import App
from bot.domain.timeline import Entry
from bot.store import caught_up, incidents
from tests.scenario.stage import Stage


@asynccontextmanager
async def nobody_listens(bot: Stage) -> AsyncIterator[None]:
    """What people do in the block is told to nobody; it takes its time. Afterwards the bot catches up."""
    await bot.sandbox.quiet(timeout=30)
    heard_at = bot.sandbox.courier.target
    bot.sandbox.deliver_to(None)
    yield
    bot.clock.advance(minutes=2)
    bot.sandbox.deliver_to(heard_at)
    await catch_up(bot)


@asynccontextmanager
async def stopped(bot: Stage) -> AsyncIterator[None]:
    """The process is stopped for the block, and another started after it."""
    await bot.sandbox.quiet(timeout=30)
    bot.sandbox.deliver_to(None)
    await bot.app.stop()
    yield
    bot.clock.advance(minutes=2)
    bot.app = App(bot.core)
    await bot.app.start()
    bot.sandbox.deliver_to(f"{bot.app.url}/slack/events")
    await settled(bot)


async def catch_up(bot: Stage) -> None:
    """Has the bot read what it may have missed, and waits until it has."""
    bot.app.reconciler.gap()
    await settled(bot)


async def settled(bot: Stage) -> None:
    """Waits until the bot has caught up, and for what follows from it."""
    bot.app.reconciler.pause = 0.05
    async with asyncio.timeout(40):
        while bot.app.reconciler.behind:
            await bot.sandbox.workspace.changes.next(0.05)
    await bot.sandbox.quiet(timeout=30)


async def caught_up_entries(bot: Stage) -> list[Entry]:
    """The entries that say that they were caught up."""
    return [entry for entry in await bot.entries() if entry.caught_up]


async def watermark(bot: Stage) -> datetime:
    """Until when the newest incident was read."""
    async with bot.core.database.transaction() as connection:
        stored = await incidents.by_ref(connection, (await bot.incident()).ref)
        assert stored is not None
        upto = await caught_up.upto(connection, stored.id)
    assert upto is not None
    return upto
