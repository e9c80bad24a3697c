"""Alerts: how many a second are stored, beside bare asyncpg; what people notice of a storm; how soon one is read."""

import asyncio
import json
import statistics
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import aiohttp
import asyncpg

from benchmarks.life import LATENCY_S, bot, fresh_database
from benchmarks.rows import Row
from bot.domain.alert import AlertStatus
from bot.sandbox import Sandbox
from bot.store.alerts import COLUMNS

TOKEN = "a-token-of-the-benchmark"
#: How many posts are under way at once, of monitors that wait for their answers.
SENDERS = 32
MANY, IN_ONE = 60_000, 500
SINGLES = 8_000
STORM = 100_000
_READABLE = 9
#: How often somebody types a command during the storm.
_EACH_S = 0.2
_MS = 1000


def entry(number: int, service: str = "payments") -> dict[str, object]:
    """An alert as Alertmanager tells it, of one of many pods."""
    return {
        "status": "firing",
        "labels": {
            "alertname": "HighErrorRate", "severity": "warning", "service": service, "env": "prod",
            "instance": f"10.0.{number // 250 % 250}.{number % 250}:9090", "pod": f"payments-{number:06d}",
            "region": "eu-central-1", "job": "payments",
        },
        "annotations": {
            "summary": f"The error rate of payments-{number:06d} is high",
            "description": "More than 5 % of the requests of the last five minutes failed.",
        },
        "startsAt": "2026-03-14T03:00:00.000Z",
        "endsAt": "0001-01-01T00:00:00Z",
        "generatorURL": "http://prometheus.example.com/graph?g0.expr=rate%28errors%5B5m%5D%29&g0.tab=1",
        "fingerprint": f"{number:016x}",
    }  # fmt: skip


def post(numbers: Sequence[int], service: str = "payments") -> bytes:
    """A post of Alertmanager's, version 4."""
    alerts = [entry(number, service) for number in numbers]
    body = {
        "version": "4", "groupKey": "{}:{}", "truncatedAlerts": 0, "status": "firing", "receiver": "muster",
        "groupLabels": {}, "commonLabels": {}, "commonAnnotations": {},
        "externalURL": "http://alertmanager.example.com", "alerts": alerts,
    }  # fmt: skip
    return json.dumps(body).encode()


async def measure(server_url: str) -> list[Row]:
    """Bare asyncpg, then the bot with many alerts a request, with one, with people at work, and one alone."""
    database = await fresh_database(server_url, "bench_alerts")
    # One transaction after the other, as alerts are decided; and as many at once as there are senders.
    bare_many = await _bare(database, IN_ONE, MANY, 1)
    at_once = await _bare(database, IN_ONE, MANY, SENDERS)
    bare_one = await _bare(database, 1, SINGLES, SENDERS)
    many, acks, calls = await _storm(server_url)
    one = await _singles(server_url)
    readable = await _readable(server_url)
    trip = LATENCY_S * _MS
    return [
        Row(
            f"alerts stored a second, {IN_ONE} a request, of bare", many / bare_many * 100, "%", 60.0, least=True,
            beside=f"{many:,.0f}; asyncpg alone, batch after batch {bare_many:,.0f}, {SENDERS} at once {at_once:,.0f}",
        ),
        Row(
            "alerts stored a second, one a request, of bare", one / bare_one * 100, "%", 40.0, least=True,
            beside=f"{one:,.0f}; asyncpg alone, {SENDERS} at once, {bare_one:,.0f}",
        ),
        Row(
            "acks of commands during the storm, p99", _p99(acks) * _MS, "ms", 300.0,
            beside=f"of {len(acks)}; median {statistics.median(acks) * _MS:.0f} ms",
        ),
        Row(f"calls to Slack for {MANY + STORM:,} alerts", calls, "calls", beside="one incident, told once a minute"),
        Row(
            "webhook → the incident's alert can be read", statistics.median(readable) * _MS, "ms", 2 * trip + 100,
            beside=f"2 round trips: {2 * trip:.0f} ms",
        ),
    ]  # fmt: skip


def _p99(values: Sequence[float]) -> float:
    return sorted(values)[int(len(values) * 0.99)]


async def _bare(database: str, batch: int, count: int, connections: int) -> float:
    """Rows a second of asyncpg's `executemany`, a transaction for each `batch`, on so many connections at once."""
    statement = (
        f"insert into alerts ({', '.join(COLUMNS)}) values ({', '.join(f'${at}' for at in range(1, len(COLUMNS) + 1))})"
    )
    pool = await asyncpg.create_pool(database, min_size=connections, max_size=connections)
    try:
        await pool.execute("truncate alerts")
        batches = [[entry(number) for number in range(first, first + batch)] for first in range(0, count, batch)]

        async def store(told: Sequence[Mapping[str, Any]]) -> None:
            rows = [_row(one) for one in told]
            async with pool.acquire() as connection, connection.transaction():
                await connection.executemany(statement, rows)

        began = time.perf_counter()
        await _by_senders([lambda one=one: store(one) for one in batches])  # type: ignore[misc]
        return count / (time.perf_counter() - began)
    finally:
        await pool.close()


def _row(told: Mapping[str, Any]) -> tuple[Any, ...]:
    """An alert that was read as asyncpg takes it: its labels as JSON."""
    now = datetime.now(UTC)
    return (
        "alertmanager", told["fingerprint"], AlertStatus.FIRING.value, "HighErrorRate", told["annotations"]["summary"],
        told["annotations"]["description"], json.dumps(told["labels"]), json.dumps({"graph": told["generatorURL"]}),
        "http://alertmanager.example.com", now, None, now, now, 1, "[1.0]", False, b"0" * 16, "JOINED", "a rule", None,
    )  # fmt: skip


async def _by_senders(work: Sequence[Callable[[], Awaitable[None]]]) -> None:
    left = iter(work)

    async def sender() -> None:
        for one in left:
            await one()

    await asyncio.gather(*(sender() for _ in range(SENDERS)))


@asynccontextmanager
async def _running(server_url: str, name: str) -> AsyncIterator[tuple[Sandbox, str, str]]:
    database = await fresh_database(server_url, name)
    sandbox = Sandbox(now=lambda: datetime.now(UTC))
    await sandbox.start()
    try:
        async with bot(database, sandbox, MUSTER_WEBHOOK_TOKENS=f"bench:{TOKEN}") as running:
            sandbox.latency = LATENCY_S
            yield sandbox, running.url, database
    finally:
        await sandbox.stop()


async def _send(url: str, bodies: Sequence[bytes]) -> float:
    """Posts of all senders; returns the seconds that they took."""
    headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}
    async with aiohttp.ClientSession(headers=headers) as session:

        async def send(body: bytes) -> None:
            async with session.post(f"{url}/webhooks/alertmanager", data=body) as answer:
                assert answer.status == 202, await answer.text()

        began = time.perf_counter()
        await _by_senders([lambda body=body: send(body) for body in bodies])  # type: ignore[misc]
        return time.perf_counter() - began


async def _storm(server_url: str) -> tuple[float, list[float], float]:
    """Alerts a second; then, during another storm, seconds until commands are acknowledged; the calls to Slack."""
    bodies = [post(range(first, first + IN_ONE)) for first in range(0, MANY, IN_ONE)]
    async with _running(server_url, "bench_storm") as (sandbox, url, database):
        await sandbox.command("alice", "declare P2 Payments are slow --service payments")
        await sandbox.quiet(timeout=10, for_seconds=0.5)
        seconds = await _send(url, bodies)
        stored = await _count(database)
        assert stored == MANY, stored
        # And then as many more in a minute, while people are at work.
        again = asyncio.create_task(_paced(url))
        acks: list[float] = []
        while not again.done():
            reply = await sandbox.command("alice", f"note Something was seen, {len(acks)}", channel=_room(sandbox))
            assert reply.status == 200, reply
            acks.append(reply.seconds)
            await asyncio.sleep(_EACH_S)
        await again
        calls = len(sandbox.calls)
    return MANY / seconds, acks, calls


def _room(sandbox: Sandbox) -> str:
    return next(one.name for one in sandbox.workspace.channels.values() if one.name.startswith("inc-"))


async def _paced(url: str) -> None:
    """A hundred thousand alerts in a minute."""
    began, each = time.perf_counter(), IN_ONE * 60 / STORM
    for number in range(STORM // IN_ONE):
        numbers = range(MANY + number * IN_ONE, MANY + (number + 1) * IN_ONE)
        await _send(url, [post(numbers)])
        await asyncio.sleep(max(began + (number + 1) * each - time.perf_counter(), 0))


async def _singles(server_url: str) -> float:
    bodies = [post([number]) for number in range(SINGLES)]
    async with _running(server_url, "bench_singles") as (_, url, _database):
        return SINGLES / await _send(url, bodies)


async def _readable(server_url: str) -> list[float]:
    """Seconds from a post that opens an incident until its alert was answered for by Slack."""
    found = []
    async with _running(server_url, "bench_readable") as (sandbox, url, database):
        for number in range(_READABLE):
            await _rested(database)
            seen = len(sandbox.calls)
            body = post([number], service=f"service-{number}").replace(b'"warning"', b'"critical"')
            began = time.perf_counter()
            await _send(url, [body])
            await sandbox.wait_for(lambda s, seen=seen: _alert(s, seen) is not None, timeout=10)  # type: ignore[misc]
            await sandbox.quiet(timeout=10, for_seconds=0.5)
            call = _alert(sandbox, seen)
            assert call is not None
            found.append(call - began)
    return found[1:]


def _alert(sandbox: Sandbox, seen: int) -> float | None:
    """When the first message into a new channel was answered for."""
    calls = [call for call in sandbox.calls[seen:] if call.seconds is not None]
    room = next((call for call in calls if call.method == "conversations.create"), None)
    if room is None:
        return None
    first = next((c for c in calls if c.method == "chat.postMessage" and c.started > room.started), None)
    return first.started + (first.seconds or 0) if first else None


async def _count(database: str) -> int:
    connection = await asyncpg.connect(database)
    try:
        return int(await connection.fetchval("select count(*) from alerts"))
    finally:
        await connection.close()


async def _rested(database: str) -> None:
    connection = await asyncpg.connect(database)
    try:
        await connection.execute("delete from pace")
    finally:
        await connection.close()
