"""What a command costs when there are ten incidents, and when there are ten thousand."""

import statistics
import time

import asyncpg

from benchmarks.commands import ALICE, now
from benchmarks.life import fresh_database
from benchmarks.rows import Row
from bot.application.execute import Muster
from bot.domain import commands as c
from bot.paths import RUNBOOKS
from bot.policy.read import read_pack
from bot.store.database import Database

_FEW, _MANY = 10, 10_000
_NOTES, _TIMES = 60, 5
_MOST = 1.3

#: As many more of each table's rows as there are of an incident in its middle age. Refs and channels differ.
_GROW = (
    """insert into incidents (state, head)
       select state || jsonb_build_object('ref', 'OLD-' || n, 'channel_id', 'COLD' || n,
                                          'category', case when n % 50 = 0 then 'active' else 'closed' end), head
       from (select state, head from incidents order by id limit 1) as one, generate_series(1, $1) as n""",
    """insert into timeline (incident_id, seq, at, recorded_at, actor_kind, actor_id, kind, payload, digest, previous,
                             hash, subject)
       select i.id, n, now(), now(), 'person', 'U0ALICE', 'note_added', '{"text": "an old note"}', '\\x00', '\\x00',
              '\\x00', case when n % 2 = 0 then 'COLD|' || i.id || '.' || n end
       from incidents as i, generate_series(1, 20) as n where i.ref like 'OLD-%'""",
    """insert into outbox (incident_id, lane, kind, seq, payload, priority, status, channel, ts, created_at)
       select i.id, i.id || ':room', 'post', 1, '{"message": "update"}', 40, 'sent', 'COLD' || i.id, '1.' || n, now()
       from incidents as i, generate_series(1, 10) as n where i.ref like 'OLD-%'""",
    """insert into surfaces (incident_id, name, wanted, shown)
       select i.id, name, 3, 3 from incidents as i, unnest(array['topic', 'purpose', 'summary']) as name
       where i.ref like 'OLD-%'""",
    """insert into timers (incident_id, name, due_at, armed)
       select i.id, name, now() + interval '1 day', i.category = 'active'
       from incidents as i, unnest(array['update', 'review', 'escalate:unacknowledged']) as name
       where i.ref like 'OLD-%'""",
    "insert into inbox (key, incident_id) select 'old:' || i.id, i.id from incidents as i where i.ref like 'OLD-%'",
    "analyze",
)


async def measure(server_url: str) -> list[Row]:
    """The ratio of the two costs, of a note and of a declaration."""
    url = await fresh_database(server_url, "bench_growth")
    muster = Muster(Database(url, connections=2), read_pack("default", root=RUNBOOKS), now)
    try:
        refs = [
            (await muster.execute(c.Declare(by=ALICE, title=f"Incident {n}", severity="P2"))).incident.ref
            for n in range(_FEW)
        ]
        few = await _costs(muster, refs, "few")
        await _grow(url, _MANY - _FEW)
        many = await _costs(muster, refs, "many")
    finally:
        await muster.database.close()
    return [
        Row(
            f"a {what}: its cost with {_MANY:,} incidents, to that with {_FEW}", after / before, "times", _MOST,
            beside=f"{before * 1000:.2f} ms, then {after * 1000:.2f} ms",
        )
        for what, before, after in zip(("note", "declaration"), few, many, strict=True)
    ]  # fmt: skip


async def _costs(muster: Muster, refs: list[str], when: str) -> tuple[float, float]:
    """Seconds of a note and of a declaration, one after the other: the median of several rounds after a first."""
    notes, declarations = [], []
    for turn in range(_TIMES + 1):
        began = time.perf_counter()
        for number in range(_NOTES):
            note = c.AddNote(by=ALICE, text=f"note {number}")
            await muster.execute(note, ref=refs[number % len(refs)], key=f"{when}:{turn}:{number}")
        notes.append((time.perf_counter() - began) / _NOTES)
        began = time.perf_counter()
        for number in range(_NOTES // 4):
            await muster.execute(c.Declare(by=ALICE, title=f"One more {number}", severity="P2"))
        declarations.append((time.perf_counter() - began) / (_NOTES // 4))
    return statistics.median(notes[1:]), statistics.median(declarations[1:])


async def _grow(url: str, by: int) -> None:
    connection = await asyncpg.connect(url)
    try:
        for statement in _GROW:
            await connection.execute(statement, *((by,) if "$1" in statement else ()))
    finally:
        await connection.close()
