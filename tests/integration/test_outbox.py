"""What Slack refused or could not take yet, in people's hands: seen, sent again, or given up."""

import asyncio
from collections.abc import Sequence
from uuid import uuid4

import pytest
from sqlalchemy import text

from bot.application import outbox as desk
from bot.application.execute import Outcome
from bot.domain import commands as c
from bot.domain import errors
from bot.domain import events as e
from bot.domain.actor import Actor
from bot.domain.standing import Standing
from bot.sandbox import Fault
from bot.store import letters, migrate, rounds
from bot.store import timeline as log
from bot.store.letters import Shown
from tests.integration.post import Post

OPS = Actor.cli("ops")


async def _update(post: Post, done: Outcome, words: str) -> None:
    await post.muster.execute(c.PostUpdate(by=post.alice, text=words), ref=done.incident.ref)


async def _refuse_an_update(post: Post) -> Outcome:
    """An incident whose first update was refused and whose second was posted."""
    done = await post.declare()
    await post.everything()
    post.sandbox.faults.add(Fault(method="chat.postMessage", error="restricted_action"))
    await _update(post, done, "the first")
    await _update(post, done, "the second")
    await post.everything()
    return done


async def _look(post: Post, *, everything: bool = False) -> Sequence[Shown]:
    return await desk.look(post.muster, everything=everything)


async def _retry(post: Post, number: int) -> Outcome:
    return await desk.act(post.muster, c.RetryDelivery(by=OPS, outbox=number))


async def _drop(post: Post, number: int, why: str = "") -> Outcome:
    return await desk.act(post.muster, c.DropDelivery(by=OPS, outbox=number, why=why))


async def _events(post: Post, done: Outcome) -> list[e.Event]:
    async with post.muster.database.transaction() as connection:
        return [entry.event for entry in await log.entries_of(connection, done.incident_id)]


def _updates(post: Post, done: Outcome) -> list[str]:
    """The updates in the incident's channel, in their order."""
    shown = [str(m.blocks) for m in post.sandbox.channel(str(done.incident.channel_name)).messages if m.broadcast]
    return [words for blocks in shown for words in ("the first", "the second", "the third") if words in blocks]


async def test_what_waits_is_listed_in_its_order(post: Post) -> None:
    done = await post.declare()
    rows = await _look(post)
    assert [row.what for row in rows] == ["the incident's channel", "the message “alert”", "the card “summary”"]
    assert {(row.ref, row.standing, row.tries, row.since) for row in rows} == {
        (done.incident.ref, Standing.WAITING, 0, post.muster.now())
    }


async def test_what_is_put_off_says_why_since_when_and_how_often_it_was_tried(post: Post) -> None:
    done = await post.declare()
    post.sandbox.faults.add(Fault(method="conversations.create", http_status=429, retry_after=30))
    await post.delivery.drain(f"{done.incident_id}:room")
    [opening, *behind] = await _look(post)
    assert (opening.standing, opening.reason, opening.tries) == (Standing.PUT_OFF, "ratelimited", 1)
    assert opening.again is not None
    assert {row.standing for row in behind} == {Standing.WAITING}


async def test_what_is_being_sent_says_so(post: Post) -> None:
    done = await post.declare()
    lane, holder = f"{done.incident_id}:room", uuid4()
    async with post.muster.database.transaction() as connection:
        assert await rounds.begin(connection, {lane: holder})
    assert [row.standing for row in await _look(post)][:2] == [Standing.SENDING, Standing.WAITING]


async def test_what_was_refused_says_why_and_what_helps(post: Post) -> None:
    done = await _refuse_an_update(post)
    [row] = await _look(post)
    assert (row.standing, row.reason, row.tries) == (Standing.REFUSED, "restricted_action", 1)
    failed = next(event for event in await _events(post, done) if isinstance(event, e.DeliveryFailed))
    assert row.remedy == failed.remedy != ""
    assert row.id == failed.outbox


async def test_everything_shows_what_was_sent_too(post: Post) -> None:
    await _refuse_an_update(post)
    rows = await _look(post, everything=True)
    assert {row.standing for row in rows} == {Standing.SENT, Standing.REFUSED}
    assert [row.id for row in rows] == sorted(row.id for row in rows)


async def test_one_incidents_rows_alone_can_be_asked_for(post: Post) -> None:
    first, second = await post.declare(), await post.declare(title="Search is down")
    assert {row.ref for row in await desk.look(post.muster, ref=second.incident.ref)} == {second.incident.ref}
    assert {row.ref for row in await _look(post)} == {first.incident.ref, second.incident.ref}
    with pytest.raises(errors.UnknownIncident):
        await desk.look(post.muster, ref="INC-1999-01-01-001")


async def test_a_retry_is_recorded_and_wakes_the_lane(post: Post) -> None:
    done = await _refuse_an_update(post)
    [row] = await _look(post)
    assert (await post.row(done.incident_id)).troubles == 1
    async with post.muster.database.transaction() as connection:
        await connection.execute(text("delete from pgqueuer"))
    await _retry(post, row.id)
    async with post.muster.database.transaction() as connection:
        woken = text("select convert_from(payload, 'utf8')::json->>'lane' from pgqueuer where entrypoint = 'deliver'")
        assert list((await connection.execute(woken)).scalars()) == [row.lane]
    await post.everything()
    assert _updates(post, done) == ["the second", "the first"]
    assert await _look(post) == []
    assert e.DeliveryRetried(outbox=row.id, what="the message “update”", trouble=True) in await _events(post, done)
    assert (await post.row(done.incident_id)).troubles == 0


async def test_a_retried_row_goes_before_those_that_wait_behind_it(post: Post) -> None:
    done = await _refuse_an_update(post)
    await _update(post, done, "the third")
    await _retry(post, (await _look(post))[0].id)
    await post.everything()
    assert _updates(post, done) == ["the second", "the first", "the third"]


async def test_a_second_refusal_is_told_like_the_first(post: Post) -> None:
    done = await _refuse_an_update(post)
    [row] = await _look(post)
    post.sandbox.faults.add(Fault(method="chat.postMessage", error="restricted_action"))
    await _retry(post, row.id)
    await post.everything()
    failed = [event for event in await _events(post, done) if isinstance(event, e.DeliveryFailed)]
    assert [event.outbox for event in failed] == [row.id, row.id]
    assert [row.standing for row in await _look(post)] == [Standing.REFUSED]
    assert (await post.row(done.incident_id)).troubles == 1


async def test_a_row_that_may_be_in_slack_is_looked_for_before_it_is_sent_again(post: Post) -> None:
    done = await post.declare()
    await post.everything()
    post.sandbox.faults.add(Fault(method="chat.postMessage", lose_answer=True))
    post.sandbox.faults.add(Fault(method="conversations.replies", error="restricted_action"))
    await _update(post, done, "the first")
    await post.everything()
    [row] = await _look(post)
    assert (row.standing, row.tries) == (Standing.REFUSED, 2)
    await _retry(post, row.id)
    await post.everything()
    assert _updates(post, done) == ["the first"]
    assert await _look(post) == []


async def test_retrying_the_channel_brings_back_what_was_to_be_said_in_it(post: Post) -> None:
    post.sandbox.faults.add(Fault(method="conversations.create", error="restricted_action"))
    done = await post.declare()
    await post.everything()
    await _update(post, done, "the first")
    await post.everything()
    [opening, *homeless] = await _look(post)
    assert {row.reason for row in homeless} == {"no_channel"}
    assert list(await desk.refused(post.muster, None)) == [opening.id]
    with pytest.raises(errors.ChannelFirst, match=f"Retry row {opening.id}"):
        await _retry(post, homeless[0].id)
    again = await _retry(post, opening.id)
    assert again.entries[0].event == e.DeliveryRetried(
        outbox=opening.id, what="the incident's channel", behind=len(homeless), trouble=True
    )
    await post.everything()
    assert await _look(post) == []
    room = post.sandbox.channel(str(done.incident.channel_name))
    mine = [m for m in room.messages if m.user == post.sandbox.people["muster"].id and m.blocks]
    assert "Checkout is down" in str(mine[0].blocks)
    assert _updates(post, done) == ["the first"]
    assert len(room.pins) == len(room.bookmarks) == 1


async def test_what_is_dropped_is_never_sent_and_holds_nothing_up(post: Post) -> None:
    done = await post.declare()
    await post.everything()
    for words in ("the first", "the second"):
        await _update(post, done, words)
    first = (await _look(post))[0]
    await _drop(post, first.id, "said by hand")
    await post.everything()
    assert _updates(post, done) == ["the second"]
    [row] = [row for row in await _look(post, everything=True) if row.standing is Standing.DROPPED]
    assert (row.id, row.remedy) == (first.id, "said by hand")
    dropped = e.DeliveryDropped(outbox=first.id, what="the message “update”", why="said by hand")
    assert dropped in await _events(post, done)


async def test_a_refusal_that_was_given_up_is_no_trouble_any_more(post: Post) -> None:
    done = await _refuse_an_update(post)
    await _drop(post, (await _look(post))[0].id)
    assert await _look(post) == []
    assert (await post.row(done.incident_id)).troubles == 0


async def test_a_row_that_is_put_off_can_be_dropped_and_the_next_goes(post: Post) -> None:
    done = await post.declare()
    await post.everything()
    for words in ("the first", "the second"):
        await _update(post, done, words)
    post.sandbox.faults.add(Fault(method="chat.postMessage", http_status=429, retry_after=30))
    await post.delivery.drain(f"{done.incident_id}:room")
    await _drop(post, (await _look(post))[0].id)
    await post.everything()
    assert _updates(post, done) == ["the second"]


async def test_dropping_the_channel_drops_what_was_to_be_said_in_it(post: Post) -> None:
    done = await post.declare()
    rows = await _look(post)
    dropped = await _drop(post, rows[0].id, "a mistake")
    assert dropped.entries[0].event == e.DeliveryDropped(
        outbox=rows[0].id, what="the incident's channel", why="a mistake", behind=2
    )
    await post.everything()
    assert {row.standing for row in await _look(post, everything=True)} == {Standing.DROPPED}
    assert not post.sandbox.calls
    assert (await post.row(done.incident_id)).channel_id is None


async def test_what_is_being_sent_cannot_be_dropped(post: Post) -> None:
    done = await post.declare()
    lane, holder = f"{done.incident_id}:room", uuid4()
    async with post.muster.database.transaction() as connection:
        assert await rounds.begin(connection, {lane: holder})
    with pytest.raises(errors.BeingSent):
        await _drop(post, (await _look(post))[0].id)


async def test_what_is_over_can_neither_be_retried_nor_dropped(post: Post) -> None:
    await _refuse_an_update(post)
    *_, row = [row for row in await _look(post, everything=True) if row.standing is Standing.SENT]
    with pytest.raises(errors.NotRefused, match="sent"):
        await _retry(post, row.id)
    with pytest.raises(errors.DeliveryOver):
        await _drop(post, row.id)
    with pytest.raises(errors.UnknownDelivery, match="999"):
        await _retry(post, 999)


async def test_a_row_that_is_dropped_as_its_turn_comes_is_not_sent(post: Post) -> None:
    done = await post.declare()
    await post.everything()
    for words in ("the first", "the second"):
        await _update(post, done, words)
    first = (await _look(post))[0]
    blocked = text("select exists (select from pg_locks where pg_backend_pid() = any(pg_blocking_pids(pid)))")
    async with asyncio.timeout(30), asyncio.TaskGroup() as group, post.muster.database.transaction() as connection:
        await letters.facts(connection, done.incident_id, first.id)
        await letters.give_up(connection, first.id, now=post.muster.now())
        draining = group.create_task(post.delivery.drain(first.lane))
        while not await connection.scalar(blocked):
            assert not draining.done()
    assert _updates(post, done) == ["the second"]


async def test_going_back_a_version_leaves_what_was_dropped_unsent(post: Post) -> None:
    await post.declare()
    for row in await _look(post):
        if row.kind != "open_channel":
            await _drop(post, row.id)
    await migrate.downgrade(post.muster.database.url, "0002")
    async with post.muster.database.transaction() as connection:
        found = await connection.execute(text("select status, error from outbox order by id"))
        assert [tuple(row) for row in found] == [("waiting", None), ("refused", "dropped"), ("refused", "dropped")]
    await migrate.upgrade(post.muster.database.url)
