"""Diagnostics: all questions to a Postgres beside its slowest alone, and what fifty targets at once cost the bot."""

import asyncio
import math
import shutil
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import asyncpg
import yaml
from aiohttp import web

from benchmarks.life import bot, fresh_database
from benchmarks.rows import Row
from bot.diagnostics.checks.postgres.session import APPLICATION_NAME
from bot.diagnostics.result import Verdict
from bot.diagnostics.runner import checks_of, run
from bot.diagnostics.target import Target
from bot.paths import RUNBOOKS
from bot.policy.targets.postgres import PostgresTarget
from bot.sandbox import Sandbox

#: Milliseconds to a database in the next data hall, one way, as the relay is told.
_AWAY_MS = 2
_TURNS = 9
_TABLES = 40
_TARGETS = 50
_RUNS = 8
_SETTING = "MUSTER_DIAG_DB_URL"
#: The role of docs/diagnostics.md.
_ROLE = """
DROP ROLE IF EXISTS muster_diag;
CREATE ROLE muster_diag LOGIN CONNECTION LIMIT 3 PASSWORD 'bench';
GRANT pg_monitor TO muster_diag;
ALTER ROLE muster_diag SET default_transaction_read_only = on;
ALTER ROLE muster_diag SET statement_timeout = '5s';
"""


async def measure(server_url: str) -> list[Row]:
    """The whole set beside its slowest question, near and far; its connections; acks while fifty targets are asked."""
    url = await _well(server_url)
    async with _away(url) as far:
        trip = await _round_trip(far)
        whole, slowest, name = await _whole_and_slowest(far)
    near, near_slowest, near_name = await _whole_and_slowest(_as_role(url))
    connections = await _connections(url)
    acks, took = await _acks(server_url, url)
    return [
        Row(
            "diagnosis: the whole postgres set, to its slowest check alone", whole / slowest, "times", 1.5,
            beside=f"{whole:.0f} ms; “{name}” {slowest:.0f} ms; with a password, {trip:.1f} ms away",
        ),
        Row(
            "diagnosis: the same over the machine's own socket", near / near_slowest, "times",
            beside=f"{near:.0f} ms; “{near_name}” {near_slowest:.0f} ms",
        ),
        Row("diagnosis: connections that it adds to the Postgres", connections, "", 1),
        Row(
            f"acks while {_TARGETS} targets are diagnosed, 99 of 100", _ninety_nine(acks) * 1000, "ms", 300.0,
            beside=f"{len(acks)} notes; all targets in {took:.1f} s",
        ),
        Row(f"acks while {_TARGETS} targets are diagnosed, median", statistics.median(acks) * 1000, "ms"),
    ]  # fmt: skip


async def _well(server_url: str) -> str:
    """A database that is well and has something in it, and the documented role, which needs its password."""
    url = await fresh_database(server_url, "bench_diagnosed")
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(_ROLE)
        for number in range(_TABLES):
            await connection.execute(
                f"CREATE TABLE shop_{number} (id int PRIMARY KEY, name text);"
                f"INSERT INTO shop_{number} SELECT n, md5(n::text) FROM generate_series(1, 2000) AS n;"
                f"CREATE INDEX ON shop_{number} (name); ANALYZE shop_{number}"
            )
        await asyncio.to_thread(_ask_for_passwords, Path(await connection.fetchval("SHOW hba_file")))
        await connection.execute("SELECT pg_reload_conf()")
    finally:
        await connection.close()
    return url


def _ask_for_passwords(rules: Path) -> None:
    rules.write_text("local all muster_diag scram-sha-256\n" + rules.read_text())


def _as_role(url: str) -> str:
    return url.replace("postgres@", "muster_diag:bench@")


def _target(url: str) -> Target:
    options = PostgresTarget(kind="postgres", name="db", url_from=_SETTING)
    return Target(name="db", kind="postgres", options=options, value_of={_SETTING: url}.get)


@asynccontextmanager
async def _away(url: str) -> AsyncIterator[str]:
    """The database behind a way that takes its time."""
    socket = f"{parse_qs(urlsplit(url).query)['host'][0]}/.s.PGSQL.5432"
    loop = asyncio.get_running_loop()

    async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        answers, asks = await asyncio.open_unix_connection(socket)

        async def carry(what: asyncio.StreamReader, where: asyncio.StreamWriter) -> None:
            while said := await what.read(65_536):
                loop.call_later(_AWAY_MS / 1000, where.write, said)
            loop.call_later(_AWAY_MS / 1000, where.close)

        await asyncio.gather(carry(reader, asks), carry(answers, writer), return_exceptions=True)

    async with await asyncio.start_server(converse, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        yield f"postgresql://muster_diag:bench@127.0.0.1:{port}{urlsplit(url).path}?sslmode=disable"


async def _round_trip(url: str) -> float:
    connection = await asyncpg.connect(url)
    try:
        times = []
        for _ in range(_TURNS):
            began = time.perf_counter()
            await connection.execute("SELECT 1")
            times.append((time.perf_counter() - began) * 1000)
        return statistics.median(times)
    finally:
        await connection.close()


async def _whole_and_slowest(url: str) -> tuple[float, float, str]:
    """Milliseconds of the whole set, and of the check that is slowest when it is run by itself, with its name."""
    target = _target(url)
    await _took(target)
    whole: list[float] = []
    alone: dict[str, list[float]] = {check.name: [] for check in checks_of(target)}
    for _ in range(_TURNS):  # in turn, so that what else this machine does falls on all of them
        whole.append(await _took(target))
        for name, times in alone.items():
            times.append(await _took(target, [name]))
    each = {name: statistics.median(times) for name, times in alone.items()}
    slowest = max(each, key=lambda name: each[name])
    return statistics.median(whole), each[slowest], slowest


async def _took(target: Target, only: Collection[str] = ()) -> float:
    began = time.perf_counter()
    report = await run([target], now=datetime.now(UTC), only=only)
    took = (time.perf_counter() - began) * 1000
    assert report.verdict in (Verdict.OK, Verdict.NO_DATA), report.findings
    return took


async def _connections(url: str) -> int:
    """The most connections of the diagnosis that the server has seen at once."""
    connection, most = await asyncpg.connect(url), 0
    count = "SELECT count(*) FROM pg_stat_activity WHERE application_name = $1"
    try:
        for _ in range(_TURNS):
            diagnosis = asyncio.ensure_future(_took(_target(_as_role(url))))
            while not diagnosis.done():
                most = max(most, await connection.fetchval(count, APPLICATION_NAME))
            await diagnosis
            while await connection.fetchval(count, APPLICATION_NAME):
                pass  # a server says goodbye a moment after its client
    finally:
        await connection.close()
    return most


async def _acks(server_url: str, diagnosed: str) -> tuple[list[float], float]:
    """Seconds of each ack while the targets are diagnosed by the bot that gives it, and of the diagnosis itself."""
    database = await fresh_database(server_url, "bench_acks")
    sandbox = Sandbox(now=lambda: datetime.now(UTC))
    await sandbox.start()
    with tempfile.TemporaryDirectory(prefix="muster-pack-") as folder:
        try:
            async with _endpoint() as endpoint:
                pack = _pack(Path(folder), endpoint)
                async with bot(database, sandbox, MUSTER_PACK=str(pack), **{_SETTING: diagnosed}):
                    return await _acks_of(sandbox, database)
        finally:
            await sandbox.stop()


async def _acks_of(sandbox: Sandbox, database: str) -> tuple[list[float], float]:
    before = set(sandbox.workspace.channels)
    await sandbox.command("alice", "declare P2 Everything is slow")
    rooms = await sandbox.wait_for(lambda s: set(s.workspace.channels) - before, timeout=10)
    room = rooms.pop()
    await sandbox.quiet(timeout=20, for_seconds=0.5)
    acks: list[float] = []
    took: list[float] = []
    connection = await asyncpg.connect(database)
    try:
        for number in range(1, _RUNS + 1):
            began = time.perf_counter()
            acks.append((await sandbox.command("alice", "diag all", room)).seconds)
            while await connection.fetchval("SELECT count(*) FROM evidence") < number:
                acks.append((await sandbox.command("alice", f"note {len(acks)} seen", room)).seconds)
            took.append(time.perf_counter() - began)
        reports = [row["report"] for row in await connection.fetch("SELECT report::text FROM evidence")]
        assert all("not reached" not in report for report in reports), reports
    finally:
        await connection.close()
    return acks, statistics.median(took)


@asynccontextmanager
async def _endpoint() -> AsyncIterator[str]:
    async def healthy(_request: web.Request) -> web.Response:
        return web.json_response({"status": "ok"})

    app = web.Application()
    app.router.add_get("/health", healthy)
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/health"
    finally:
        await runner.cleanup()


def _pack(folder: Path, endpoint: str) -> Path:
    """The default pack with fifty targets, a Postgres and an endpoint by turns."""
    pack = folder / "ours"
    shutil.copytree(RUNBOOKS / "default", pack)
    policy: dict[str, Any] = yaml.safe_load((pack / "policy.yaml").read_text())
    for number in range(_TARGETS - len(policy["targets"])):
        place = {"kind": "postgres", "url_from": _SETTING} if number % 2 else {"kind": "http", "url": endpoint}
        policy["targets"].append({"name": f"target-{number}", **place})
    (pack / "policy.yaml").write_text(yaml.safe_dump(policy, sort_keys=False))
    return pack


def _ninety_nine(values: list[float]) -> float:
    return sorted(values)[math.ceil(0.99 * len(values)) - 1]
