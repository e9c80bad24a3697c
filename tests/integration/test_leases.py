"""Surfaces at work: leases that last as long as they do, and cards that were there already."""

import asyncio

from sqlalchemy import select

from bot.domain import commands as c
from bot.domain.effects import Surface
from bot.sandbox import Fault
from bot.store.tables import lanes as leases
from tests.integration.post import Post


async def test_a_surface_keeps_its_lease_while_slack_does_not_answer(post: Post) -> None:
    done = await post.declare()
    await post.everything()
    await post.muster.execute(c.ChangeSeverity(by=post.alice, severity="P2"), ref=done.incident.ref)
    post.sandbox.faults.add(Fault(method="conversations.setTopic", stall=600))
    lane = f"{done.incident_id}:surface:topic"
    showing = asyncio.ensure_future(post.surfaces.refresh(done.incident_id, Surface.TOPIC))
    await post.sandbox.wait_for(lambda s: s.calls[-1].method == "conversations.setTopic")
    async with post.muster.database.transaction() as connection:
        holder = await connection.scalar(select(leases.c.holder).where(leases.c.name == lane))
    assert post.delivery.rounds.held == {lane: holder}, "or another would show it too"
    showing.cancel()
    await asyncio.wait({showing})
    assert not post.delivery.rounds.held


async def test_a_card_whose_answer_was_lost_shows_what_changed_before_it_was_found(post: Post) -> None:
    lost = Fault(method="chat.postMessage", lose_answer=True, when=lambda call: "-summary" in str(call.get("metadata")))
    post.sandbox.faults.add(lost)
    done = await post.declare()
    await post.delivery.drain(f"{done.incident_id}:room")
    assert lost.times == 0
    await post.muster.execute(c.ChangeSeverity(by=post.alice, severity="P2"), ref=done.incident.ref)
    await post.everything()
    room = post.sandbox.channel(str(done.incident.channel_name))
    [card] = [message for message in room.messages if message.ts in [pin.ts for pin in room.pins]]
    assert "P2" in card.text
