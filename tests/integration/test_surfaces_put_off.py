"""Surfaces that Slack does not take now: they wait ever longer, in turn, and cost one call when it does."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import text

from bot.application.pace import SharedPace
from bot.domain import commands as c
from bot.domain.effects import Surface
from bot.sandbox import Fault
from bot.slack.calls import Manners
from bot.slack.gateway import SlackWeb
from bot.slack.limits import bucket
from bot.store import surfaces
from bot.store.database import Database
from bot.store.surfaces import PutOff
from tests.integration.post import Post

HOUR = timedelta(hours=1)


async def behind(post: Post, *severities: str) -> list[int]:
    """Incidents that are set up, and whose topics are not right any more; their rows."""
    declared = [await post.declare(severity=severity, title=f"A {severity}") for severity in severities]
    await post.everything()
    for done in declared:
        await post.muster.execute(c.Acknowledge(by=post.alice), ref=done.incident.ref)
    async with post.muster.database.transaction() as connection:
        await connection.execute(text("delete from pgqueuer"))
    return [done.incident_id for done in declared]


async def put_off(post: Post, incident_id: int) -> tuple[timedelta, int]:
    """Tries to show the topic; for how long it is put off, and with which priority it comes again."""
    await post.surfaces.refresh(incident_id, Surface.TOPIC)
    async with post.muster.database.transaction() as connection:
        query = "delete from pgqueuer where entrypoint = 'surface' returning execute_after - created as wait, priority"
        [job] = (await connection.execute(text(query))).all()
    return job.wait, job.priority


async def remembered(post: Post, incident_id: int) -> PutOff | None:
    async with post.muster.database.transaction() as connection:
        shown = await surfaces.find(connection, incident_id, Surface.TOPIC)
    assert shown is not None
    return shown.put_off


async def test_while_slack_is_gone_a_surface_is_tried_ever_more_seldom_and_then_costs_one_call(post: Post) -> None:
    [incident_id] = await behind(post, "P1")
    post.sandbox.faults.add(Fault(method="*", refuse_connection=True, times=-1))
    began, waits = post.muster.now(), list[timedelta]()
    while sum(waits, timedelta()) < HOUR:
        wait, priority = await put_off(post, incident_id)
        waits.append(wait)
        assert priority == 60
        post.muster.now.advance(seconds=wait.total_seconds())  # type: ignore[attr-defined] # the test's clock
        await post.let_leases_run_out()
    assert waits[:4] == [timedelta(seconds=seconds) for seconds in (2, 4, 8, 16)]
    assert max(waits) == timedelta(minutes=2)
    assert len(waits) < 40
    assert await remembered(post, incident_id) == PutOff(began, len(waits))
    post.sandbox.faults.clear()
    seen = len(post.sandbox.calls)
    await post.surfaces.refresh(incident_id, Surface.TOPIC)
    await post.surfaces.refresh(incident_id, Surface.TOPIC)
    assert post.methods(seen) == ["conversations.setTopic"]
    assert await remembered(post, incident_id) is None


@pytest.mark.parametrize("failing", ["bookmarks.add", "bookmarks.edit"])
async def test_what_is_known_of_a_surface_outlives_its_failures(post: Post, failing: str) -> None:
    post.sandbox.faults.add(Fault(method=failing, lose_answer=True, times=1))
    done = await post.declare()
    await post.everything()
    await post.muster.execute(c.ChangeSeverity(by=post.alice, severity="P2"), ref=done.incident.ref)
    await post.everything()
    assert len(post.sandbox.channel(str(done.incident.channel_name)).bookmarks) == 1


async def test_surfaces_that_wait_for_slacks_limit_come_in_turn_and_that_is_no_failure(
    post: Post, database: str
) -> None:
    first, second = await behind(post, "P4", "P3")
    topics = bucket("conversations.setTopic", None)
    assert topics is not None
    store = Database(database, autocommit=True)
    shared = SharedPace(store)
    post.desk.slack = SlackWeb(post.sandbox.bot_token, post.sandbox.api_url, Manners(pace=shared))
    await shared.close(topics.name, timedelta(seconds=30), topics.limit.interval, topics.limit.burst)
    seen = len(post.sandbox.calls)
    one, low = await put_off(post, first)
    another, higher = await put_off(post, second)
    assert post.methods(seen) == []
    assert (low, higher) == (30, 40)
    assert timedelta(seconds=29) < one <= timedelta(seconds=30)
    assert one < another <= one + topics.limit.interval
    waits = await remembered(post, first)
    assert waits is not None
    assert waits.failures == 0
    await post.desk.slack.close()
    await store.close()


async def test_what_a_killed_process_may_have_shown_is_not_taken_for_what_was_shown_before(post: Post) -> None:
    """The topic goes from one to another and back; the process that sent the other died before it could note that."""
    done = await post.declare(severity="P1")
    await post.everything()
    room = post.sandbox.channel(str(done.incident.channel_name))
    first = room.topic
    await post.muster.execute(c.ChangeSeverity(by=post.alice, severity="P2"), ref=done.incident.ref)
    dying = asyncio.create_task(post.surfaces.refresh(done.incident_id, Surface.TOPIC))
    # The call has arrived by then, and is carried out.
    killed = Fault(method="conversations.setTopic", error="never", when=lambda _: not dying.cancel())
    post.sandbox.faults.add(killed)
    with pytest.raises(asyncio.CancelledError):
        await dying
    post.sandbox.faults.clear()
    assert room.topic != first
    await post.let_leases_run_out()
    await post.muster.execute(c.ChangeSeverity(by=post.alice, severity="P1"), ref=done.incident.ref)
    await post.everything()
    assert room.topic == first
