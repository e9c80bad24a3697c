"""The message of a group of alerts when Slack, its channel or a process fails: posted once all the same."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import update

from bot.application.alert_desk import AlertDesk
from bot.domain.alert_rules import Matcher
from bot.sandbox import Fault
from bot.store.tables import lanes as leases
from tests.integration.alerts_shown import Showing, showing_of, whole
from tests.integration.conftest import Clock
from tests.integration.post import Post


@pytest.fixture
async def without_channel(post: Post, clock: Clock) -> Showing:
    return await showing_of(post, clock)


@pytest.fixture
async def showing(without_channel: Showing) -> Showing:
    await without_channel.post.sandbox.create_channel("alice", "alerts")
    return without_channel


async def test_a_message_whose_answer_was_lost_is_found_and_then_shows_what_changed(showing: Showing) -> None:
    showing.post.sandbox.faults.add(Fault(method="chat.postMessage", lose_answer=True))
    group = await showing.take("a")
    await showing.show(group)
    assert (await showing.found(group)).card.tried_at
    await showing.take("b", "c")
    for _ in range(3):
        await showing.show(group)
    [message] = showing.messages()
    assert "3" in message.text
    assert showing.calls() == ["chat.postMessage", "chat.update"]


async def test_a_lost_answer_and_then_a_failing_search_still_post_once(showing: Showing) -> None:
    showing.post.sandbox.faults.add(Fault(method="chat.postMessage", lose_answer=True))
    showing.post.sandbox.faults.add(Fault(method="conversations.history", http_status=429, retry_after=1))
    showing.post.sandbox.faults.add(Fault(method="conversations.history", http_status=500))
    group = await showing.take("a")
    for _ in range(5):
        await showing.show(group)
    assert len(showing.messages()) == 1


async def test_a_process_that_died_while_it_posted_has_its_message_found_by_upkeep(showing: Showing) -> None:
    showing.post.sandbox.faults.add(Fault(method="chat.postMessage", stall=600))
    group = await showing.take("a")
    dying = asyncio.ensure_future(showing.another().refresh(group))
    await showing.post.sandbox.wait_for(lambda s: s.calls and s.calls[-1].method == "chat.postMessage")
    dying.cancel()
    await asyncio.wait({dying})
    await showing.take("b")
    await showing.upkeep().once()
    assert not showing.messages(), "somebody may still be at it"
    await showing.post.let_leases_run_out()
    await showing.upkeep().once()
    assert len(showing.messages()) == 1
    assert "conversations.history" in showing.post.methods(), "it was looked for"


async def test_a_message_whose_job_was_lost_is_shown_by_upkeep(showing: Showing) -> None:
    group = await showing.take("a")
    await showing.jobs()
    await showing.upkeep().once()
    assert not showing.messages(), "its job may only be waiting for its turn"
    showing.clock.advance(seconds=21)
    await showing.upkeep().once()
    assert len(showing.messages()) == 1
    await showing.take("b")
    await showing.jobs()
    await showing.upkeep().once()
    assert showing.calls() == ["chat.postMessage"], "it rests after a call"
    async with showing.post.muster.database.transaction() as connection:
        await connection.execute(update(leases).values(until=leases.c.until - timedelta(seconds=30)))
    await showing.upkeep().once()
    assert showing.calls() == ["chat.postMessage", "chat.update"]
    assert (await showing.found(group)).card.shown == 2


@pytest.mark.parametrize("reason", ["is_archived", "not_in_channel", "restricted_action"])
async def test_a_channel_that_cannot_be_posted_in_gives_way_to_the_announcements(showing: Showing, reason: str) -> None:
    place = showing.post.sandbox.channel("alerts").id
    refused = Fault(method="chat.postMessage", error=reason, times=-1, when=lambda call: call["channel"] == place)
    showing.post.sandbox.faults.add(refused)
    group = await showing.take("a")
    await showing.show(group)
    await showing.take("b")
    await showing.show(group)
    assert not showing.messages()
    [message] = showing.messages("incidents")
    assert "2 of 2" in whole(message)
    assert "It stands here because Muster can't write in #alerts" in whole(message)
    assert showing.calls() == ["chat.postMessage", "chat.postMessage", "chat.update"]


async def test_a_channel_that_is_not_there_gives_way_to_the_announcements_and_is_logged_once(
    without_channel: Showing, caplog: pytest.LogCaptureFixture
) -> None:
    showing = without_channel
    one, two = await showing.take("a"), await showing.take("b", service="db")
    await showing.show(one)
    await showing.show(two)
    assert len(showing.messages("incidents")) == 2
    assert caplog.text.count("alerts can't be shown in #alerts: channel_not_found") == 1
    assert "Create #alerts" in caplog.text


async def test_a_message_lost_on_its_way_to_the_announcements_is_found_there(without_channel: Showing) -> None:
    showing = without_channel
    showing.post.sandbox.faults.add(Fault(method="chat.postMessage", lose_answer=True))
    group = await showing.take("a")
    await showing.show(group)
    await showing.post.sandbox.create_channel("alice", "alerts")
    await showing.show(group)
    await showing.show(group)
    assert not showing.messages()
    assert len(showing.messages("incidents")) == 1


async def test_what_slack_refuses_is_given_up_until_the_group_changes(
    showing: Showing, caplog: pytest.LogCaptureFixture
) -> None:
    showing.post.sandbox.faults.add(Fault(method="chat.postMessage", error="invalid_blocks", times=2))
    group = await showing.take("a")
    for _ in range(3):
        await showing.show(group)
    assert showing.calls() == ["chat.postMessage"]
    await showing.take("b")
    await showing.show(group)
    assert caplog.text.count("invalid_blocks") == 1
    await showing.take("c")
    await showing.show(group)
    assert len(showing.messages()) == 1


async def test_a_message_that_somebody_deleted_stays_deleted(showing: Showing) -> None:
    group = await showing.take("a")
    await showing.show(group)
    room = showing.post.sandbox.channel("alerts")
    room.messages.remove(showing.messages()[0])
    for instance in "bc":
        await showing.take(instance)
        await showing.show(group)
        await showing.show(group)
    assert not showing.messages()
    assert showing.calls() == ["chat.postMessage", "chat.update", "chat.update"]


async def test_while_slack_is_gone_it_is_tried_ever_more_seldom(showing: Showing) -> None:
    showing.post.sandbox.faults.add(Fault(method="*", refuse_connection=True, times=-1))
    group = await showing.take("a")
    await showing.jobs()
    waits = []
    for _ in range(8):
        await showing.show(group)
        [(wait, priority)] = await showing.jobs()
        waits.append(wait.total_seconds())
    assert (waits, priority) == ([2, 4, 8, 16, 32, 64, 120, 120], 40)
    assert (await showing.found(group)).card.tried_at is None, "nothing reached Slack"
    showing.post.sandbox.faults.clear()
    await showing.show(group)
    assert showing.calls().count("chat.postMessage") == 1
    assert (await showing.found(group)).card.failures == 0


async def test_what_slack_holds_back_comes_when_slack_says_and_that_is_no_failure(showing: Showing) -> None:
    limited = Fault(method="chat.postMessage", http_status=429, retry_after=30, times=2)
    showing.post.sandbox.faults.add(limited)
    group = await showing.take("a")
    await showing.jobs()
    for _ in range(2):
        await showing.show(group)
        assert [wait for wait, _ in await showing.jobs()] == [timedelta(seconds=30)]
    card = (await showing.found(group)).card
    assert (card.failures, card.tried_at) == (0, None)
    await showing.cards.refresh(group)
    assert showing.calls() == ["chat.postMessage"] * 2, "nobody comes early"
    await showing.show(group)
    assert len(showing.messages()) == 1


async def test_a_change_taken_back_while_slack_was_silent_is_shown_as_taken_back(showing: Showing) -> None:
    group = await showing.take("a")
    await showing.show(group)
    mute = await AlertDesk(showing.post.muster).mute(Matcher(alerts=("Slow",)), timedelta(hours=1), showing.post.alice)
    await showing.want(group)
    showing.post.sandbox.faults.add(Fault(method="chat.update", lose_answer=True))
    await showing.show(group)
    muted = whole(showing.messages()[0])
    await AlertDesk(showing.post.muster).unmute(mute.id, showing.post.alice)
    await showing.want(group)
    await showing.show(group)
    assert whole(showing.messages()[0]) != muted
