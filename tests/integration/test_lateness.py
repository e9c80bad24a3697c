"""After a downtime: clocks that came due meanwhile, messages that could not be told, and people who are told so."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.application import outbox
from bot.domain import commands as c
from bot.domain import events as e
from bot.domain.timeline import Entry
from bot.jobs.reviews import Reviews
from bot.jobs.timers import Timers
from bot.jobs.upkeep import Upkeep
from bot.sandbox import Fault
from bot.store import timeline as log
from bot.store import timers
from bot.store.database import Database
from tests.integration.conftest import Clock
from tests.integration.post import Post

STAMP = "Slack could not be told until"


async def entries_of(post: Post, incident_id: int) -> Sequence[Entry]:
    async with post.muster.database.transaction() as connection:
        return await log.entries_of(connection, incident_id)


async def escalations(post: Post, incident_id: int, step: str) -> list[Entry]:
    entries = await entries_of(post, incident_id)
    return [one for one in entries if isinstance(one.event, e.Escalated) and one.event.step == step]


async def armed(post: Post, incident_id: int) -> dict[str, timedelta]:
    """The timers that are set, by name: how far ahead."""
    async with post.muster.database.transaction() as connection:
        return {one.name: one.due_at - post.muster.now() for one in await timers.pending(connection, incident_id)}


async def look_after(post: Post) -> None:
    """What the first process does that is up again; a second look finds nothing."""
    keep = Upkeep(Timers(post.muster), post.delivery, post.surfaces)
    await keep.once()
    await keep.once()
    await post.everything()


async def test_after_a_long_downtime_a_repeated_step_rings_once_says_so_and_goes_on_from_now(
    post: Post, clock: Clock
) -> None:
    done = await post.declare()
    await post.everything()
    clock.advance(hours=2)
    await look_after(post)
    [rung] = await escalations(post, done.incident_id, "p1-unacknowledged")
    assert rung.late == timedelta(minutes=115)
    assert isinstance(rung.event, e.Escalated)
    assert rung.event.due_at == done.incident.declared_at + timedelta(minutes=5)
    ahead = await armed(post, done.incident_id)
    assert ahead["escalate:p1-unacknowledged"] == timedelta(minutes=5)
    assert ahead["update"] > timedelta()
    room = "\n".join(post.texts(str(done.incident.channel_name)))
    assert room.count("1 h 55 min late: Muster could not work then") == 1
    assert sum(isinstance(one.event, e.UpdateOverdue) for one in await entries_of(post, done.incident_id)) == 1
    clock.advance(minutes=5)
    await look_after(post)
    assert [one.late for one in await escalations(post, done.incident_id, "p1-unacknowledged")][1:] == [None]


async def test_a_reopened_incident_is_not_escalated_at_once(post: Post, clock: Clock) -> None:
    done = await post.declare()
    await post.muster.execute(c.Acknowledge(by=post.alice), ref=done.incident.ref)
    clock.advance(minutes=30)
    await post.muster.execute(c.Resolve(by=post.alice, summary="gone"), ref=done.incident.ref)
    clock.advance(hours=20)
    await post.muster.execute(c.Reopen(by=post.alice, why="back"), ref=done.incident.ref)
    assert (await armed(post, done.incident_id))["escalate:p1-unresolved"] == timedelta(hours=1)
    await look_after(post)
    assert await escalations(post, done.incident_id, "p1-unresolved") == []
    clock.advance(hours=1)
    await look_after(post)
    [rung] = await escalations(post, done.incident_id, "p1-unresolved")
    assert rung.late is None


async def test_what_was_said_while_slack_was_away_comes_in_order_with_the_time_at_which_it_was_said(
    post: Post, clock: Clock
) -> None:
    done = await post.declare()
    await post.everything()
    room = post.sandbox.channel(str(done.incident.channel_name))
    before = len(room.messages)
    for text in ("one", "two", "three"):
        await post.muster.execute(c.PostUpdate(by=post.alice, text=f"Update {text}"), ref=done.incident.ref)
    await post.muster.execute(
        c.AssignRole(by=post.alice, role="scribe", user=post.sandbox.people["erin"].id), ref=done.incident.ref
    )
    clock.advance(minutes=29)
    await post.everything()
    pinned = {pin.ts for pin in room.pins}
    said = [message for message in room.messages[before:] if message.blocks and message.ts not in pinned]
    assert [text for message in said for text in ("one", "two", "three") if f"Update {text}" in message.text] == [
        "one",
        "two",
        "three",
    ]
    assert all("03:00 UTC" in m.text and f"{STAMP} " in m.text and "03:29 UTC" in m.text for m in said)
    assert all(STAMP in str(m.blocks[-1]) for m in said)
    direct = [ch.messages[-1] for ch in post.sandbox.workspace.channels.values() if ch.kind == "im" and ch.messages]
    assert STAMP in direct[-1].text
    [card] = [m for m in room.messages if m.ts in pinned]
    assert STAMP not in card.text


async def test_what_is_told_in_time_says_nothing_of_it(post: Post, clock: Clock) -> None:
    done = await post.declare()
    clock.advance(seconds=59)
    await post.everything()
    assert not [text for text in post.texts(str(done.incident.channel_name)) if STAMP in text]


async def test_a_review_that_comes_late_says_so_with_its_file(post: Post, clock: Clock) -> None:
    done = await post.declare()
    await post.everything()
    await post.muster.execute(c.Resolve(by=post.alice, summary="rolled back"), ref=done.incident.ref)
    await post.muster.execute(c.RequestReview(by=post.alice), ref=done.incident.ref)
    await Reviews(post.desk).write(done.incident_id)
    clock.advance(minutes=29)
    await post.everything()
    there = post.sandbox.channel(str(done.incident.channel_name)).messages
    [message] = [m for m in there if any(file.name.endswith(".md") for file in m.files)]
    assert STAMP in message.text


async def test_people_are_told_how_far_slack_is_behind_with_their_incident(post: Post, clock: Clock) -> None:
    late, well = await post.declare(), await post.declare()
    await post.everything()
    await post.muster.execute(c.PostUpdate(by=post.alice, text="one"), ref=late.incident.ref)
    await post.muster.execute(c.PostUpdate(by=post.alice, text="one"), ref=well.incident.ref)
    await post.delivery.drain(f"{well.incident_id}:room")
    assert await outbox.behind(post.muster) == {}
    clock.advance(seconds=11)
    await post.muster.execute(c.PostUpdate(by=post.alice, text="two"), ref=late.incident.ref)
    found = await outbox.behind(post.muster)
    assert found == {late.incident.ref: outbox.Depth(2, timedelta(seconds=11))}
    assert await outbox.behind(post.muster, well.incident_id) == {}
    await post.everything()
    assert await outbox.behind(post.muster, late.incident_id) == {}


async def test_a_database_that_does_not_say_in_time_what_waits_costs_nobody_their_answer(
    post: Post, clock: Clock
) -> None:
    await post.declare()
    clock.advance(minutes=1)
    assert await outbox.behind(post.muster)
    nowhere = replace(post.muster, database=Database("postgresql://nobody@127.0.0.1:1/nothing"))
    assert await outbox.behind(nowhere) == {}
    assert await outbox.behind(post.muster, within=0.000_001) == {}
    await nowhere.database.close()


@pytest.mark.parametrize("method", ["chat.postMessage", "conversations.create"])
async def test_a_retried_refusal_says_when_it_was_said(post: Post, clock: Clock, method: str) -> None:
    post.sandbox.faults.add(Fault(method=method, error="restricted_action"))
    done = await post.declare()
    await post.everything()
    clock.advance(minutes=29)
    for number in await outbox.refused(post.muster, done.incident.ref):
        await outbox.act(post.muster, c.RetryDelivery(by=post.alice, outbox=number))
    await post.everything()
    [alert] = [text for text in post.texts(str(done.incident.channel_name)) if "What now?" in text]
    assert STAMP in alert
