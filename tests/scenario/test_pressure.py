"""Many incidents at once, with Slack's rate limits switched on."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta

import pytest

from bot.app import App
from bot.application.pace import SharedPace
from bot.application.ports import Paced, Refused, TryAgain, calling_for
from bot.sandbox import channels
from bot.sandbox.model import Channel
from bot.sandbox.records import Call, Fault
from bot.sandbox.server import Sandbox
from bot.slack.calls import Caller, Manners
from bot.slack.limits import Limit, tier
from bot.store.database import Database
from tests.scenario.stage import Stage, shrunk, stage

CREATE = tier(20)


def limited(sandbox: Sandbox) -> Counter[str]:
    """The calls that Slack found to be one too many."""
    return Counter(call.method for call in sandbox.calls if call.status == 429)


def rooms(sandbox: Sandbox) -> list[Channel]:
    """The incidents' channels, the oldest first."""
    return [channel for channel in sandbox.workspace.channels.values() if (channel.name or "").startswith("inc-")]


def keeps_to(limit: Limit, calls: Sequence[Call]) -> None:
    """Any stretch of time has no more calls than a burst and one each interval; one may have been on its way."""
    starts = sorted(call.started for call in calls)
    for first, start in enumerate(starts):
        for last, end in enumerate(starts[first:], start=first):
            assert last - first + 1 <= limit.burst + (end - start) / limit.interval.total_seconds() + 1


async def declared(bot: Stage, severity: str, count: int) -> None:
    """So many incidents in quick succession; a busy machine gets the time that it needs to record each."""
    for number in range(count):
        while "INC-" not in ((await bot.command("alice", f"declare {severity} Broken {number}")).text or ""):
            pass  # it was too busy to record it in time, and said so


async def test_a_burst_of_declarations_never_meets_a_429(database: str) -> None:
    async with stage(database, rate_limited=60) as bot:
        await declared(bot, "P2", 60)
        # One more than may come at once: the ninth is five seconds later.
        await bot.sandbox.wait_for(lambda s: len(rooms(s)) > CREATE.burst, timeout=20)
        keeps_to(CREATE, [call for call in bot.sandbox.calls if call.method == "conversations.create"])
        assert not limited(bot.sandbox)


async def test_everything_is_set_up_in_the_end_without_a_429(database: str) -> None:
    async with stage(database, rate_limited=6) as bot:
        await declared(bot, "P3", 14)
        await bot.sandbox.wait_for(lambda s: sum(bool(room.pins) for room in rooms(s)) == 14, timeout=30)
        await bot.sandbox.wait_for(lambda s: all(room.topic and room.bookmarks for room in rooms(s)), timeout=30)
        assert not limited(bot.sandbox)


async def test_the_worst_incident_is_set_up_before_those_that_were_there_first(database: str) -> None:
    async with stage(database, rate_limited=60) as bot:
        await declared(bot, "P4", 40)
        await bot.until(rooms)
        await bot.sandbox.quiet(for_seconds=0.5, timeout=30)
        assert 0 < len(rooms(bot.sandbox)) < 10, "the others wait for their turn"
        before = len(rooms(bot.sandbox))
        await bot.declare("P1 Everything is down")
        assert len(rooms(bot.sandbox)) < before + 10, "most of those that were there first still wait"
        assert not limited(bot.sandbox)


async def test_two_processes_share_the_limits(database: str) -> None:
    async with stage(database, rate_limited=60) as bot:
        second = App(bot.core, limits=shrunk(60))
        await second.start()
        try:
            await declared(bot, "P2", 30)
            await bot.sandbox.wait_for(lambda s: len(rooms(s)) > CREATE.burst, timeout=20)
            keeps_to(CREATE, [call for call in bot.sandbox.calls if call.method == "conversations.create"])
            assert not limited(bot.sandbox)
        finally:
            await second.stop()


async def test_a_429_holds_that_method_back_in_every_process_and_no_other(database: str) -> None:
    async with stage(database) as bot:
        channel = await bot.declare()
        second = App(bot.core)
        await second.start()
        try:
            bot.sandbox.faults.add(Fault(method="conversations.setTopic", http_status=429, retry_after=60, times=-1))
            reasons = []
            for app in (bot.app, second, bot.app):
                with calling_for(60), pytest.raises(TryAgain) as caught:
                    await app.slack.set_topic(channel.id, "a new topic")
                reasons.append((caught.value.reason, caught.value.wait > timedelta(seconds=50)))
            assert reasons == [("ratelimited", True), ("paced", True), ("paced", True)]
            for app in (bot.app, second):
                await app.slack.set_purpose(channel.id, "a new purpose")
                await app.slack.react(channel.id, channel.messages[-1].ts, "eyes", on=True)
            assert limited(bot.sandbox) == {"conversations.setTopic": 1}
        finally:
            await second.stop()


async def test_a_429_in_one_channel_holds_no_other_channel_back(bot: Stage) -> None:
    post = bot.app.slack.post
    bot.sandbox.faults.add(Fault(method="chat.postMessage", http_status=429, retry_after=60))
    reasons = []
    for number in range(2):
        with calling_for(60), pytest.raises(TryAgain) as caught:
            await post(bot.sandbox.channel("general").id, "Hello", [], outbox_id=str(number))
        reasons.append(caught.value.reason)
    assert reasons == ["ratelimited", "paced"]
    await post(bot.sandbox.channel("random").id, "Hello", [], outbox_id="3")


async def test_a_limit_on_the_whole_workspace_holds_every_channel_back(bot: Stage) -> None:
    post = bot.app.slack.post
    bot.sandbox.faults.add(Fault(method="chat.postMessage", error="message_limit_exceeded"))
    reasons = []
    for name in ("general", "random"):
        with calling_for(60), pytest.raises(TryAgain) as caught:
            await post(bot.sandbox.channel(name).id, "Hello", [], outbox_id=name)
        reasons.append(caught.value.reason)
    assert reasons == ["message_limit_exceeded", "paced"]


async def test_messages_in_a_row_keep_to_a_channels_pace_and_stay_in_order(database: str) -> None:
    async with stage(database, rate_limited=20) as bot:
        channel = await bot.declare()
        for number in range(8):
            await bot.command("alice", f"update number {number}", channel.id)
        await bot.hear(channel, "number 7")
        said = [message.text for message in channel.messages if "number" in message.text and not message.subtype]
        heard = [word for text in said for word in text.split() if word.isdigit()]
        assert heard == sorted(heard)
        assert not limited(bot.sandbox)


async def test_who_waits_for_an_answer_is_told_at_once_that_there_is_no_room(database: str) -> None:
    async with stage(database, rate_limited=600) as bot:  # so that a busy machine is no slower than the limit
        channel = bot.sandbox.channel("general").id
        for number in range(3):
            await bot.app.slack.post(channel, "Hello", [], outbox_id=str(number))
        with pytest.raises(Paced):
            await bot.app.slack.post(channel, "Hello", [], outbox_id="4")


async def test_work_that_nobody_waits_for_waits_a_moment_where_it_is(database: str) -> None:
    async with stage(database, rate_limited=6) as bot:
        with calling_for(60):
            for number in range(12):
                await bot.app.slack.post(bot.sandbox.channel("general").id, "Hello", [], outbox_id=str(number))
        assert not limited(bot.sandbox)


async def test_a_list_that_was_begun_is_read_to_its_end(database: str) -> None:
    async with stage(database, rate_limited=2) as bot:
        for number in range(50):
            channels.create(bot.sandbox.workspace, f"team-{number}", bot.sandbox.people["alice"], is_private=False)
        store = Database(database, autocommit=True)
        manners = Manners(pace=SharedPace(store), limits=shrunk(2))
        caller = Caller(bot.sandbox.bot_token, bot.sandbox.api_url, manners)
        names = [found["name"] async for found in caller.pages("conversations.list", "channels", limit=5)]
        await caller.close()
        await store.close()
        assert "team-49" in names
        pages = [call for call in bot.sandbox.calls if call.method == "conversations.list" and call.ok]
        assert len(pages) > CREATE.burst, "more than may be called at once"
        assert not limited(bot.sandbox)


async def test_forms_are_never_held_back(bot: Stage) -> None:
    await bot.app.slack.identity()
    asked = [bot.app.slack.open_view(f"trigger {number}", {}) for number in range(120)]
    answers = await asyncio.gather(*asked, return_exceptions=True)
    assert {type(answer) for answer in answers} == {Refused}, "Slack itself said what it thinks of these triggers"
