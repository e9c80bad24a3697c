"""How late timers ring: ten thousand of them pending, two replicas, and people's updates coming due all the time."""

import asyncio
import statistics
from datetime import UTC, datetime, timedelta

from sqlalchemy import insert, text

from benchmarks.commands import ALICE, now
from benchmarks.life import bot, fresh_database
from benchmarks.rows import Row
from bot.application.execute import Muster
from bot.domain import commands as c
from bot.domain.clocks import UPDATE
from bot.paths import RUNBOOKS
from bot.policy.read import read_pack
from bot.sandbox import Sandbox, channels
from bot.store import queue
from bot.store.database import Database
from bot.store.queue import Job
from bot.store.tables import timers

_PENDING = 10_000
_DUE, _WITHIN_S = 600, 20.0
_SIDE_BY_SIDE = 8
_MOST_MS = 250.0
_MS = 1000


async def measure(server_url: str) -> list[Row]:
    """Declare, set the clocks, start two replicas, and read from the timelines when each clock rang."""
    url = await fresh_database(server_url, "bench_timers")
    sandbox = Sandbox(now=lambda: datetime.now(UTC))
    await sandbox.start()
    database = Database(url, connections=_SIDE_BY_SIDE, patience=30)
    try:
        incidents = await _incidents(database, sandbox)
        async with bot(url, sandbox), bot(url, sandbox):
            await _set(database, incidents, datetime.now(UTC) + timedelta(seconds=8))
            late = await _rung(database)
    finally:
        await database.close()
        await sandbox.stop()
    late.sort()
    return [
        Row(
            f"timers: lateness, 99 of 100, {_PENDING:,} pending, 2 replicas", late[int(len(late) * 0.99)] * _MS, "ms",
            _MOST_MS, beside=f"{len(late)} rang within {_WITHIN_S:.0f} s; the latest {late[-1] * _MS:.0f} ms",
        ),
        Row("timers: lateness, median", statistics.median(late) * _MS, "ms"),
    ]  # fmt: skip


async def _incidents(database: Database, sandbox: Sandbox) -> list[int]:
    """Incidents with a channel each, and nothing left to do for them."""
    muster = Muster(database, read_pack("default", root=RUNBOOKS), now)
    workspace = sandbox.workspace

    async def some(numbers: range) -> list[int]:
        found = []
        for number in numbers:
            done = await muster.execute(c.Declare(by=ALICE, title=f"Incident {number}", severity="P2"))
            room = channels.create(workspace, f"room-{number}", workspace.bot, is_private=False)
            opened = c.RecordChannel(by=ALICE, channel=room.id, name=room.name)
            await muster.execute(opened, incident_id=done.incident_id)
            found.append(done.incident_id)
        return found

    made = await asyncio.gather(*(some(range(start, _DUE, _SIDE_BY_SIDE)) for start in range(_SIDE_BY_SIDE)))
    async with database.transaction() as connection:
        for table in ("outbox", "surfaces", "timers", "lanes", "pgqueuer"):
            await connection.execute(text(f"delete from {table}"))
    return [incident_id for some_of_them in made for incident_id in some_of_them]


async def _set(database: Database, incidents: list[int], start: datetime) -> None:
    """One clock of each incident comes due soon, one after the other; the others are hours away."""
    clocks = [
        (one, UPDATE, start + timedelta(seconds=_WITHIN_S * n / len(incidents))) for n, one in enumerate(incidents)
    ]
    others = _PENDING - len(clocks)
    clocks += [
        (incidents[n % len(incidents)], f"pending:{n}", start + timedelta(hours=1, seconds=n)) for n in range(others)
    ]
    rows = [{"incident_id": one, "name": name, "due_at": due_at} for one, name, due_at in clocks]
    clock = datetime.now(UTC)
    jobs = [
        Job(queue.TIMER, {"incident": one, "name": name, "generation": 1}, 50, due_at - clock)
        for one, name, due_at in clocks
    ]
    async with database.transaction() as connection:
        await connection.execute(insert(timers), rows)
        await queue.enqueue(connection, jobs)


async def _rung(database: Database) -> list[float]:
    """Seconds between when each clock was due and when that was recorded, once all have rung."""
    rang = text(
        "select extract(epoch from recorded_at - (payload->>'due_at')::timestamptz)::float8 from timeline"
        " where kind = 'update_overdue'"
    )
    async with asyncio.timeout(120):
        while True:
            await asyncio.sleep(1)
            async with database.transaction() as connection:
                late = list((await connection.execute(rang)).scalars())
            if len(late) >= _DUE:
                return late
