"""A deletion that Slack tells before the message waits for it, on a real database."""

from datetime import timedelta
from typing import Any

from bot.application.execute import Muster
from bot.application.integrity import verify
from bot.domain import commands as c
from bot.domain import events as e
from bot.domain.actor import Actor
from bot.store import timeline as log
from tests.integration.conftest import Clock

ALICE, BOB = Actor.person("U0ALICE"), Actor.person("U0BOB")
PLACE: dict[str, Any] = {"channel": "C0ROOM", "ts": "1773457200.000100"}


async def _declared(muster: Muster) -> int:
    return (await muster.execute(c.Declare(by=ALICE, title="Checkout is down"))).incident_id


async def _told(muster: Muster, incident_id: int) -> list[Any]:
    async with muster.database.transaction() as connection:
        return await log.entries_of(connection, incident_id)


async def test_the_late_message_is_recorded_and_so_is_its_end(muster: Muster, clock: Clock) -> None:
    incident_id = await _declared(muster)
    gone_at = clock()
    deletion = c.DeleteMessage(by=BOB, at=gone_at, ours=True, **PLACE)
    assert not (await muster.execute(deletion, incident_id=incident_id, key="event:2")).entries
    clock.advance(minutes=5)
    capture = c.CaptureMessage(by=BOB, at=gone_at - timedelta(minutes=1), user="U0BOB", text="It is DNS", **PLACE)
    done = await muster.execute(capture, incident_id=incident_id, key="event:1")

    captured, deleted = (await _told(muster, incident_id))[-2:]
    assert [type(entry.event) for entry in done.entries] == [e.MessageCaptured, e.MessageDeleted]
    assert done.incident.seq == deleted.seq
    assert (captured.at, deleted.at) == (gone_at - timedelta(minutes=1), gone_at)
    assert not (await verify(muster.database, done.incident.ref)).faults

    for command in (capture, deletion):
        assert not (await muster.execute(command, incident_id=incident_id)).entries


async def test_a_deletion_outside_of_our_threads_is_forgotten(muster: Muster) -> None:
    incident_id = await _declared(muster)
    await muster.execute(c.DeleteMessage(by=BOB, **PLACE), incident_id=incident_id)
    capture = c.CaptureMessage(by=BOB, user="U0BOB", text="It is DNS", **PLACE)
    done = await muster.execute(capture, incident_id=incident_id)
    assert [type(entry.event) for entry in done.entries] == [e.MessageCaptured]
