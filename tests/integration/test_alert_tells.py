"""What an incident hears of alerts that joined it: once for many, in their time, and whatever becomes of a process."""

import asyncio
import json
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import text

from bot.application.execute import Muster
from bot.application.ingest_alerts import Ingest
from bot.domain.alert import AlertStatus
from bot.domain.alert_events import AlertsJoined
from bot.domain.rules import Service
from bot.jobs.alert_tells import AlertTells
from bot.jobs.timers import Timers
from bot.jobs.upkeep import Upkeep
from bot.jobs.worker import Worker
from bot.store import alert_groups
from bot.store import timeline as log
from bot.store.database import Database, DatabaseUnavailable
from tests.integration.alerts_shown import RULES, alert
from tests.integration.conftest import Clock
from tests.integration.post import Post


@dataclass
class Hearing:
    """An incident that alerts opened, and what it heard of them."""

    muster: Muster
    clock: Clock
    tells: AlertTells
    ingest: Ingest
    group: int = 0
    incident: int = 0

    async def take(self, *instances: str) -> None:
        await self.ingest.take([alert(self.clock, one, severity="critical") for one in instances], "test")

    async def clear(self, instance: str, since: datetime) -> None:
        one = replace(alert(self.clock, instance, severity="critical"), starts_at=since)
        await self.ingest.take([replace(one, status=AlertStatus.RESOLVED, ends_at=self.clock())], "test")

    async def joined(self) -> list[AlertsJoined]:
        async with self.muster.database.transaction() as connection:
            entries = await log.entries_of(connection, self.incident)
        return [entry.event for entry in entries if isinstance(entry.event, AlertsJoined)]

    async def tell_at(self) -> datetime | None:
        async with self.muster.database.transaction() as connection:
            found = await alert_groups.find(connection, self.group)
        assert found is not None
        return found.tell_at

    async def jobs(self) -> list[tuple[int, timedelta]]:
        """The jobs that are to tell, by group and delay; they are lost by that."""
        lost = "delete from pgqueuer where entrypoint = 'alert_tell' returning payload, execute_after - created as wait"
        async with self.muster.database.transaction() as connection:
            found = await connection.execute(text(lost))
        return [(json.loads(job.payload)["group"], job.wait) for job in found]


@pytest.fixture
async def hearing(muster: Muster, clock: Clock) -> Hearing:
    services = (*muster.policy.services, Service(name="web"))
    muster.policy = replace(muster.policy, alerts=RULES, services=services)
    made = Hearing(muster, clock, AlertTells(muster), Ingest(muster))
    [told] = await made.ingest.take([alert(clock, "first", severity="critical")], "test")
    async with muster.database.transaction() as connection:
        found = await alert_groups.find(connection, told.group or 0)
    assert found is not None
    assert found.group.running is not None
    made.group, made.incident = found.group.id or 0, found.group.running.id or 0
    return made


async def test_many_that_join_are_told_of_once_when_the_time_has_come(hearing: Hearing) -> None:
    hearing.clock.advance(seconds=10)
    for number in range(5):
        await hearing.take(*(f"{number}-{one}" for one in range(20)))
    assert await hearing.jobs() == [(hearing.group, timedelta(seconds=50))]
    await hearing.tells.tell(hearing.group)
    assert len(await hearing.joined()) == 1, "it is not time yet"
    hearing.clock.advance(seconds=50)
    await hearing.tells.tell(hearing.group)
    await hearing.tells.tell(hearing.group)
    assert [(event.new, event.total) for event in await hearing.joined()] == [(1, 1), (100, 101)]
    assert await hearing.tell_at() is None


async def test_two_processes_at_once_tell_once(hearing: Hearing) -> None:
    hearing.clock.advance(seconds=10)
    await hearing.take("a", "b")
    hearing.clock.advance(minutes=1)
    await asyncio.gather(*(AlertTells(hearing.muster).tell(hearing.group) for _ in range(3)))
    assert [event.new for event in await hearing.joined()] == [1, 2]


async def test_what_comes_and_goes_is_told_of_later_and_a_job_that_comes_early_leaves_it(hearing: Hearing) -> None:
    for _ in range(3):
        await hearing.take("flapping")
        began = hearing.clock()
        hearing.clock.advance(seconds=70)
        await hearing.tells.tell(hearing.group)
        await hearing.clear("flapping", began)
        hearing.clock.advance(seconds=70)
        await hearing.tells.tell(hearing.group)
    heard, now = len(await hearing.joined()), hearing.clock()
    await hearing.take("flapping")
    at = await hearing.tell_at()
    assert at is not None
    assert at > now + timedelta(minutes=5)
    hearing.clock.advance(seconds=70)
    await hearing.tells.tell(hearing.group)
    assert (len(await hearing.joined()), await hearing.tell_at()) == (heard, at)
    hearing.clock.time = at
    await hearing.tells.tell(hearing.group)
    assert await hearing.tell_at() is None


async def test_what_fires_again_after_all_was_clear_is_named(hearing: Hearing) -> None:
    began = hearing.clock()
    for minutes in (1, 2):
        hearing.clock.advance(minutes=minutes)
        await hearing.clear("first", began)
        await hearing.tells.tell(hearing.group)
        hearing.clock.advance(minutes=minutes)
        began = hearing.clock()
        await hearing.take("first")
        await hearing.tells.tell(hearing.group)
    _, *again = await hearing.joined()
    assert [(event.new, event.names, len(event.lines)) for event in again] == [(0, ("Slow",), 1)] * 2


async def test_a_group_that_no_incident_has_is_told_to_nobody(hearing: Hearing) -> None:
    [told] = await hearing.ingest.take([alert(hearing.clock, "other", service="db")], "test")
    await hearing.tells.tell(told.group or 0)
    await hearing.tells.tell(4711)
    assert len(await hearing.joined()) == 1


async def test_what_a_killed_process_was_to_tell_is_found_by_upkeep(hearing: Hearing, post: Post) -> None:
    hearing.clock.advance(seconds=10)
    await hearing.take("a")
    await hearing.jobs()
    keep = Upkeep(Timers(post.muster), post.delivery, post.surfaces, alert_tells=hearing.tells)
    hearing.clock.advance(minutes=1)
    await keep.once()
    assert len(await hearing.joined()) == 1, "its job may only be waiting for its turn"
    hearing.clock.advance(seconds=30)
    await keep.once()
    await keep.once()
    assert [event.new for event in await hearing.joined()] == [1, 1]


async def test_while_the_database_is_down_the_job_is_to_come_again(hearing: Hearing) -> None:
    gone = Database("postgresql://nobody@127.0.0.1:1/none")
    with pytest.raises(DatabaseUnavailable):
        await AlertTells(Muster(gone, hearing.muster.policy, hearing.clock)).tell(hearing.group)
    await gone.close()


async def test_a_worker_shows_and_tells_of_the_groups_that_its_jobs_name(hearing: Hearing) -> None:
    shown, told = asyncio.Queue[int](), asyncio.Queue[int]()

    async def nothing(*_: object) -> None: ...

    kinds = ("drain", "refresh", "fire", "diagnose", "act", "review", "upkeep", "keep")
    worker = Worker(
        hearing.muster.database.url, **dict.fromkeys(kinds, nothing), show_alerts=shown.put, tell_alerts=told.put
    )
    [suggested] = await hearing.ingest.take([alert(hearing.clock, "other", service="db")], "test")
    hearing.clock.advance(minutes=2)
    await hearing.take("a")
    running = asyncio.create_task(worker.run())
    async with asyncio.timeout(40):
        assert (await shown.get(), await told.get()) == (suggested.group, hearing.group)
    worker.stop()
    with suppress(asyncio.CancelledError):
        await running
