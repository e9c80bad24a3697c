"""A review is written again though the job was lost, and though things go on happening."""

from datetime import timedelta

from sqlalchemy import text

from bot.application.execute import Muster
from bot.application.review import write_review
from bot.domain import commands as c
from bot.domain.actor import MUSTER, Actor
from bot.domain.reviewing import OUTDATED
from bot.store import promises, timers
from bot.store.timers import Due
from tests.integration.conftest import Clock

ALICE = Actor.person("U0ALICE")


async def _resolved(muster: Muster) -> int:
    done = await muster.execute(c.Declare(by=ALICE, title="Checkout is down", severity="P1"))
    await muster.execute(c.Resolve(by=ALICE, summary="rolled back"), incident_id=done.incident_id)
    return done.incident_id


async def _lost(muster: Muster) -> int:
    """How many jobs to write a review there were; they are lost by that."""
    async with muster.database.transaction() as connection:
        gone = await connection.execute(text("delete from pgqueuer where entrypoint = 'review' returning id"))
        return len(gone.all())


async def _renewed(muster: Muster) -> int:
    """How many of them upkeep puts into the queue."""
    async with muster.database.transaction() as connection:
        now = muster.now()
        await promises.renew(connection, now=now, before=now - timedelta(minutes=2), after=now - timedelta(days=1))
    return await _lost(muster)


async def _timer(muster: Muster, incident_id: int) -> Due | None:
    async with muster.database.transaction() as connection:
        return next((t for t in await timers.pending(connection, incident_id) if t.name == OUTDATED), None)


async def test_the_review_of_a_resolution_comes_though_its_job_was_lost(muster: Muster, clock: Clock) -> None:
    incident = await _resolved(muster)
    assert await _lost(muster) == 1
    assert await _renewed(muster) == 0
    clock.advance(minutes=3)
    assert (await _renewed(muster), await _renewed(muster)) == (1, 0)
    await write_review(muster, incident, {})
    clock.advance(hours=1)
    assert await _renewed(muster) == 0


async def test_what_is_outdated_is_written_though_its_job_was_lost_and_is_not_looked_for_all_day(
    muster: Muster, clock: Clock
) -> None:
    incident = await _resolved(muster)
    await write_review(muster, incident, {})
    await muster.execute(c.AddNote(by=ALICE, text="The pool was full"), incident_id=incident)
    timer = await _timer(muster, incident)
    assert timer is not None
    clock.advance(minutes=2)
    fired = c.FireTimer(by=MUSTER, name=OUTDATED, generation=timer.generation)
    await muster.execute(fired, incident_id=incident)
    assert await _lost(muster) == 2
    found = 0
    for _ in range(23 * 60 // 5):
        clock.advance(minutes=5)
        found += await _renewed(muster)
    assert 5 <= found <= 12
    await write_review(muster, incident, {})
    clock.advance(minutes=30)
    assert await _renewed(muster) == 0


async def test_what_goes_on_happening_does_not_put_off_that_the_review_is_written_again(
    muster: Muster, clock: Clock
) -> None:
    incident = await _resolved(muster)
    await write_review(muster, incident, {})
    await muster.execute(c.AddNote(by=ALICE, text="One"), incident_id=incident)
    timer = await _timer(muster, incident)
    assert timer is not None
    for number in range(5):  # it rings late, while people talk
        clock.advance(minutes=1)
        await muster.execute(c.AddNote(by=ALICE, text=f"And {number}"), incident_id=incident)
    assert await _timer(muster, incident) == timer
