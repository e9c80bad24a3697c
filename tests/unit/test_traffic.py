"""Who lets whom go first."""

import asyncio

from bot.web.server import Traffic


async def test_work_that_nobody_waits_for_lets_a_request_pass() -> None:
    traffic = Traffic(longest=60)
    traffic.begin()
    polite = asyncio.ensure_future(traffic.courtesy())
    await asyncio.sleep(0)
    assert not polite.done()
    traffic.end()
    async with asyncio.timeout(5):
        await polite


async def test_nobody_is_polite_for_ever() -> None:
    traffic = Traffic(longest=0.01)
    traffic.begin()
    async with asyncio.timeout(5):
        await traffic.courtesy()


async def test_a_channel_that_slack_does_not_create_holds_nothing_up_for_longer_than_courtesy_lasts() -> None:
    traffic = Traffic(longest=0.01)
    with traffic.waited_for():
        async with asyncio.timeout(5):
            await traffic.courtesy()
        polite = asyncio.ensure_future(traffic.courtesy())
        await asyncio.sleep(0)
        assert polite.done(), "it was over after the first time"


async def test_what_was_waited_for_ends_once() -> None:
    traffic = Traffic(longest=60)
    with traffic.waited_for():
        pass
    traffic.begin()
    polite = asyncio.ensure_future(traffic.courtesy())
    await asyncio.sleep(0)
    assert not polite.done(), "the request is still being answered"
    traffic.end()
    async with asyncio.timeout(5):
        await polite
