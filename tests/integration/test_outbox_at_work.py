"""A refusal from beginning to end, with the whole bot running."""

from bot.application import outbox
from bot.domain import commands as c
from bot.domain import events as e
from bot.domain.actor import Actor
from bot.sandbox import Fault
from bot.sandbox.model import Channel
from tests.scenario.stage import Stage, stage


def _direct(bot: Stage, who: str) -> Channel:
    return bot.sandbox.workspace.direct([bot.sandbox.people[who].id, bot.sandbox.workspace.bot.id])


def _updates(room: Channel) -> list[str]:
    """The updates in a channel; its card, which shows the last one too, is no update."""
    return [m.text for m in room.messages if m.broadcast and "Failing over" in f"{m.text}{m.blocks}"]


async def test_the_commander_is_told_the_command_and_the_command_sends_it(database: str) -> None:
    async with stage(database) as bot:
        room = await bot.declare()
        await bot.command("bob", "ack", room.name)
        await bot.sandbox.quiet(timeout=30)
        refusal = Fault(method="chat.postMessage", error="restricted_action", when=lambda p: "Failing" in str(p))
        bot.sandbox.faults.add(refusal)
        await bot.command("bob", "update Failing over", room.name)
        note = await bot.hear(_direct(bot, "bob"), "muster outbox retry")
        await bot.sandbox.quiet(timeout=30)
        [row] = await outbox.look(bot.core.muster)
        assert f"muster outbox retry {row.id}" in f"{note.text}{note.blocks}"
        assert not _updates(room)

        await outbox.act(bot.core.muster, c.RetryDelivery(by=Actor.cli("ops"), outbox=row.id))
        assert len(await bot.until(lambda _: _updates(room))) == 1
        assert [event.outbox for event in await bot.recorded(e.DeliveryRetried)] == [row.id]
        assert await outbox.look(bot.core.muster) == []
        reply = await bot.command("bob", "timeline", room.name)
        assert "asked again for the message “update”" in f"{reply.text}{reply.blocks}"
