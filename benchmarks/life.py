"""The whole bot as people meet it: `muster serve` in a process of its own, against a Slack that answers in 100 ms."""

import asyncio
import os
import socket
import statistics
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime

import aiohttp
import asyncpg
import psutil

from benchmarks.rows import Row
from bot.sandbox import Sandbox
from bot.slack.limits import LIMITS, tier
from bot.store import migrate

LATENCY_S = 0.1
BURST = 100
#: Slack's limit for making channels, which the bot keeps to.
ROOMS = LIMITS["conversations.create"] or tier(20)
_SINGLES = 9
_MS = 1000


@dataclass
class Bot:
    """A running `muster serve`, and how long it took to be ready."""

    process: asyncio.subprocess.Process
    url: str
    ready_s: float

    @property
    def memory_mb(self) -> float:
        """Resident memory, in MiB."""
        return float(psutil.Process(self.process.pid).memory_info().rss) / 2**20


async def fresh_database(server_url: str, name: str) -> str:
    """A new migrated database on the server."""
    connection = await asyncpg.connect(server_url)
    try:
        await connection.execute(f"drop database if exists {name} with (force)")
        await connection.execute(f"create database {name}")
    finally:
        await connection.close()
    url = server_url.replace("/postgres?", f"/{name}?")
    await migrate.upgrade(url)
    return url


@asynccontextmanager
async def bot(database_url: str, sandbox: Sandbox, **settings: str) -> AsyncIterator[Bot]:
    """Start the bot as an operator does, perhaps with more settings, and stop it again."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = os.environ | {
        "SLACK_BOT_TOKEN": sandbox.bot_token,
        "SLACK_SIGNING_SECRET": sandbox.signing_secret,
        "SLACK_API_URL": sandbox.api_url,
        "DATABASE_URL": database_url,
        "MUSTER_PORT": str(port),
        "MUSTER_LOG_LEVEL": "ERROR",
        **settings,
    }
    environment.pop("SLACK_APP_TOKEN", None)
    url, started = f"http://127.0.0.1:{port}", time.perf_counter()
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot", "serve", env=environment, stdout=asyncio.subprocess.DEVNULL
    )
    try:
        async with aiohttp.ClientSession() as session, asyncio.timeout(30):
            while not await _ready(session, url):  # noqa: ASYNC110 (another process has no event to wait for)
                await asyncio.sleep(0.01)
        sandbox.deliver_to(f"{url}/slack/events")
        yield Bot(process, url, time.perf_counter() - started)
    finally:
        with suppress(ProcessLookupError):
            process.terminate()
        await process.wait()


async def _ready(session: aiohttp.ClientSession, url: str) -> bool:
    try:
        async with session.get(f"{url}/readyz") as answer:
            return answer.status == 200
    except aiohttp.ClientError:
        return False


async def measure(server_url: str) -> list[Row]:
    """Start, declare one by one, declare a hundred at once."""
    database = await fresh_database(server_url, "bench_life")
    sandbox = Sandbox(now=lambda: datetime.now(UTC))
    await sandbox.start()
    try:
        async with bot(database, sandbox) as running:
            start = running.ready_s
            sandbox.latency = LATENCY_S
            before = running.memory_mb
            readable, complete = await _singles(sandbox, database)
            await _rested(database)
            acks, burst_s = await _burst(sandbox)
            memory = running.memory_mb
    finally:
        await sandbox.stop()
    trip = LATENCY_S * _MS
    return [
        Row("from start to ready, the database up", start, "s", 2.0, beside="python starts in about 0.02 s"),
        Row(
            "declare → the alert can be read",
            statistics.median(readable) * _MS, "ms", 2 * trip + 50, beside=f"2 round trips: {2 * trip:.0f} ms",
        ),
        Row(
            "declare → the alert can be read, slowest",
            max(readable) * _MS, "ms", beside=f"of {len(readable)}, one after the other",
        ),
        Row(
            "declare → everything set up",
            statistics.median(complete) * _MS, "ms", 4 * trip + 100, beside=f"4 round trips: {4 * trip:.0f} ms",
        ),
        Row(f"{BURST} declarations at once: slowest ack", max(acks), "s", 1.0, beside="Slack waits 3 s"),
        Row(f"{BURST} declarations at once: median ack", statistics.median(acks), "s"),
        Row(
            f"{BURST} declarations at once: the first {ROOMS.burst} alerts readable", burst_s, "s",
            beside=f"20 a minute: {ROOMS.burst} at once, then one each {ROOMS.interval.total_seconds():.0f} s",
        ),
        Row("memory after it", memory, "MiB", 150.0, beside=f"{before:.0f} MiB before"),
    ]  # fmt: skip


async def _rested(database_url: str) -> None:
    """As if nothing had been asked of Slack for some minutes, so that its limits hold nothing back."""
    connection = await asyncpg.connect(database_url)
    try:
        await connection.execute("delete from pace")
    finally:
        await connection.close()


async def _singles(sandbox: Sandbox, database: str) -> tuple[list[float], list[float]]:
    """Declarations one after the other: seconds until the alert was answered for, and until all was set up."""
    readable, complete = [], []

    def pinned(s: Sandbox) -> int:
        return sum(call.method == "pins.add" and call.ok for call in s.calls)

    for number in range(_SINGLES):
        await _rested(database)
        seen = len(sandbox.calls)
        began = time.perf_counter()
        reply = await sandbox.command("alice", f"declare P1 Checkout is down {number}")
        assert reply.status == 200, reply
        assert reply.error is None, reply
        await sandbox.wait_for(lambda s: pinned(s) > number, timeout=10)  # noqa: B023 (awaited in the same turn)
        await sandbox.quiet(timeout=10, for_seconds=0.5)
        calls = [call for call in sandbox.calls[seen:] if call.seconds is not None]
        ends = {id(call): call.started + (call.seconds or 0) - began for call in calls}
        room = next(call for call in calls if call.method == "conversations.create")
        first = next(call for call in calls if call.method == "chat.postMessage" and call.started > room.started)
        readable.append(ends[id(first)])
        # The refresh that follows a second later shows what changed meanwhile; it sets nothing up.
        complete.append(max(end for call, end in ((c, ends[id(c)]) for c in calls) if call.method != "chat.update"))
    return readable[1:], complete[1:]


async def _burst(sandbox: Sandbox) -> tuple[list[float], float]:
    """A hundred declarations at once: each ack's seconds, and those until as many alerts as may could be read."""
    began, seen = time.perf_counter(), len(sandbox.calls)
    replies = await asyncio.gather(*(sandbox.command("alice", f"declare P2 Burst {number}") for number in range(BURST)))
    assert all(reply.status == 200 and reply.error is None for reply in replies), replies

    def alerts(s: Sandbox) -> bool:
        return sum(call.method == "pins.add" and call.ok for call in s.calls[seen:]) >= ROOMS.burst

    await sandbox.wait_for(alerts, timeout=60)
    return [reply.seconds for reply in replies], time.perf_counter() - began
