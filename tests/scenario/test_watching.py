"""A watch goes on whatever becomes of the process that began it, and looks once each time that it is due."""

import pytest
from sqlalchemy import text

from bot.app import App
from bot.domain import events as e
from tests.scenario.ill import planted
from tests.scenario.stage import Stage

pytestmark = pytest.mark.usefixtures("patient")


async def begun(bot: Stage) -> str:
    """Something is red, and looked at every two minutes; returns the room."""
    room = await bot.declare()
    await bot.command("bob", "diag db locks --watch 2m", room.name)
    card = await bot.hear(room, "Diagnostics of db locks: WARN")
    await bot.until(lambda _: "Looked at every 2 min" in str(card.blocks) or None)
    await bot.sandbox.quiet(timeout=30)
    return room.name


async def lose_jobs(bot: Stage, *kinds: str) -> int:
    """The queue forgets jobs, as after a crash of its own; returns how many."""
    lost = text("DELETE FROM pgqueuer WHERE entrypoint = ANY(:kinds)")
    async with bot.core.database.transaction() as connection:
        return int((await connection.execute(lost, {"kinds": list(kinds)})).rowcount)


async def repeated(bot: Stage, times: int) -> None:
    """It was looked at again so often, and nobody heard of it."""
    await bot.recorded(e.DiagnosticRepeated, times)
    assert len(await bot.events(e.DiagnosticRecorded)) == 1


async def test_a_watch_goes_on_in_the_next_process(bot: Stage, patient: str) -> None:
    async with planted(patient):
        room = await begun(bot)
        bot.sandbox.deliver_to(None)
        await bot.app.stop()
        bot.clock.advance(minutes=7)  # three looks are missed, and one is enough
        bot.app = App(bot.core)
        await bot.app.start()
        bot.sandbox.deliver_to(f"{bot.app.url}/slack/events")
        await bot.app.upkeep.once()
        await repeated(bot, 1)
        bot.clock.advance(minutes=2, seconds=1)
        await bot.app.upkeep.once()
        await repeated(bot, 2)
    bot.clock.advance(minutes=2, seconds=1)
    await bot.app.upkeep.once()
    await bot.hear(room, "Diagnostics of db locks: OK")
    assert not (await bot.incident()).watches


async def test_a_watch_whose_timers_job_was_lost_looks_all_the_same_and_once(bot: Stage, patient: str) -> None:
    async with planted(patient):
        await begun(bot)
        assert await lose_jobs(bot, "timer")
        bot.clock.advance(minutes=2, seconds=1)
        await bot.app.upkeep.once()
        await bot.app.upkeep.once()
        await repeated(bot, 1)
