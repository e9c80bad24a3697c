"""Turns are handed out to the most urgent first, and none is lost."""

import asyncio

from bot.jobs.turns import Turns


async def test_of_those_who_wait_the_most_urgent_goes_first_and_then_who_came_first() -> None:
    turns, order, go_on = Turns(1), list[str](), asyncio.Event()

    async def take(name: str, priority: int) -> None:
        async with turns.turn(priority):
            order.append(name)
            await go_on.wait()

    async with asyncio.TaskGroup() as group:
        for name, priority in (("first", 0), ("late", 20), ("later", 20), ("urgent", 60)):
            group.create_task(take(name, priority))
        await asyncio.sleep(0)
        assert order == ["first"]
        go_on.set()
    assert order == ["first", "urgent", "late", "later"]


async def test_whoever_is_cancelled_leaves_their_turn_to_the_next() -> None:
    turns = Turns(1)

    async def take() -> None:
        async with turns.turn(0):
            await asyncio.sleep(0)

    async with turns.turn(0):
        waiting, given = asyncio.ensure_future(take()), asyncio.ensure_future(take())
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.sleep(0)
    given.cancel()  # it was handed the turn, and has not yet heard of it
    await asyncio.wait({waiting, given})
    async with asyncio.timeout(5):
        await take()
