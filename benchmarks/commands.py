"""The one door beside bare asyncpg, which writes the same rows and knows nothing."""

import asyncio
import json
import time
from datetime import UTC, datetime
from typing import Any

import asyncpg
from pgqueuer import PgQueuer
from pgqueuer.types import QueueExecutionMode

from benchmarks.life import fresh_database
from benchmarks.rows import Row
from bot.application.execute import Muster
from bot.domain import commands as c
from bot.domain.actor import Actor
from bot.paths import RUNBOOKS
from bot.policy.read import read_pack
from bot.store.database import Database

_NOTES = 1000
_JOBS = 5000
_SIDE_BY_SIDE = 8
ALICE = Actor.person("U0ALICE")


async def measure(server_url: str) -> list[Row]:
    """Notes a second through `execute`, against bare statements; jobs a second of bare PgQueuer."""
    url = await fresh_database(server_url, "bench_commands")
    ours = await _notes(url)
    bare = await _bare_notes(url)
    jobs = await bare_jobs(url)
    return [
        Row(
            "commands a second (a note, on 8 incidents)", ours, "/s",
            beside=f"bare asyncpg, the same rows: {bare:,.0f} /s ({ours / bare:.0%})",
        ),
        Row("bare PgQueuer, empty jobs", jobs, "/s", beside="what any delivery is measured against"),
    ]  # fmt: skip


async def _notes(url: str) -> float:
    muster = Muster(Database(url, connections=_SIDE_BY_SIDE), read_pack("default", root=RUNBOOKS), now)
    try:
        declared = [
            await muster.execute(c.Declare(by=ALICE, title=f"Incident {n}", severity="P2"))
            for n in range(_SIDE_BY_SIDE)
        ]

        async def write(ref: str) -> None:
            for number in range(_NOTES // _SIDE_BY_SIDE):
                await muster.execute(c.AddNote(by=ALICE, text=f"note {number}"), ref=ref, key=f"{ref}:{number}")

        began = time.perf_counter()
        await asyncio.gather(*(write(done.incident.ref) for done in declared))
        return _NOTES / (time.perf_counter() - began)
    finally:
        await muster.database.close()


async def _bare_notes(url: str) -> float:
    """The statements of a note with their parameters ready: claim the key, lock, append, write back."""
    pool = await asyncpg.create_pool(url, min_size=_SIDE_BY_SIDE, max_size=_SIDE_BY_SIDE)
    rows = await pool.fetch("select id, state, head, seq from incidents order by id")

    async def write(row: Any) -> None:
        for number in range(_NOTES // _SIDE_BY_SIDE):
            async with pool.acquire() as connection, connection.transaction():
                await connection.execute(
                    "insert into inbox (key, incident_id) values ($1, $2) on conflict do nothing",
                    f"bare:{row['id']}:{number}", row["id"],
                )  # fmt: skip
                await connection.fetchrow("select id, state, head from incidents where id = $1 for update", row["id"])
                await connection.execute(
                    "insert into timeline (incident_id, seq, at, recorded_at, actor_kind, actor_id, kind, payload,"
                    " digest, previous, hash) values ($1, $2, now(), now(), 'person', 'U0ALICE', 'note_added', $3,"
                    " $4, $4, $4)",
                    row["id"], row["seq"] + number + 1, json.dumps({"text": f"note {number}"}), row["head"],
                )  # fmt: skip
                await connection.execute(
                    "update incidents set state = $2, head = $3 where id = $1", row["id"], row["state"], row["head"]
                )

    try:
        began = time.perf_counter()
        await asyncio.gather(*(write(row) for row in rows))
        return _NOTES / (time.perf_counter() - began)
    finally:
        await pool.close()


async def bare_jobs(url: str) -> float:
    """Jobs a second of PgQueuer with a handler that does nothing."""
    connection = await asyncpg.connect(url)
    try:
        await connection.execute("delete from pgqueuer")
        queue = PgQueuer.from_asyncpg_connection(connection)

        async def nothing(_job: object) -> None: ...

        queue.entrypoint("bench", accepts_context=False)(nothing)
        await queue.qm.queries.enqueue(["bench"] * _JOBS, [None] * _JOBS, [0] * _JOBS)
        began = time.perf_counter()
        await queue.qm.run(mode=QueueExecutionMode.drain, batch_size=100)
        return _JOBS / (time.perf_counter() - began)
    finally:
        await connection.close()


def now() -> datetime:
    """The time, in UTC."""
    return datetime.now(UTC)
