"""Servers that are dead, deaf or no Postgres at all: each is a result."""

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from urllib.parse import parse_qs, urlsplit

import asyncpg
import pytest

from bot.diagnostics.checks.postgres.refusals import judge_refusal
from bot.diagnostics.result import Report, Verdict
from bot.diagnostics.target import Target
from tests.support.targets import asked, postgres

Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def listening(handler: Handler) -> AsyncIterator[int]:
    """A TCP server on a free port; at the end it drops whoever is still connected."""
    conversations: set[asyncio.Task[None]] = set()

    async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        conversations.add(task)
        try:
            await handler(reader, writer)
        except asyncio.CancelledError:
            return
        finally:
            writer.close()

    async with await asyncio.start_server(converse, "127.0.0.1", 0) as server:
        yield server.sockets[0].getsockname()[1]
        for conversation in conversations:
            conversation.cancel()
        await asyncio.gather(*conversations)


def target(port: int, timeout_s: float = 5) -> Target:
    return postgres(f"postgresql://bob:hunter2@127.0.0.1:{port}/shop", timeout_s=timeout_s)


def nothing_else_was_asked(report: Report) -> bool:
    return {result.verdict for result in report.results[1:]} == {Verdict.NO_DATA}


async def test_a_port_where_nobody_listens_is_critical() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        report = await asked(target(taken.getsockname()[1]))
    assert report.results[0].verdict is Verdict.CRITICAL
    assert "No connection" in report.results[0].explanation
    assert report.against == f"postgresql://127.0.0.1:{report.against.split(':')[2].split('/')[0]}/shop"
    assert nothing_else_was_asked(report)
    assert "hunter2" not in str(report.to_dict())


async def test_a_name_that_nobody_knows_is_critical() -> None:
    report = await asked(postgres("postgresql://db.invalid/shop"))
    assert report.results[0].verdict is Verdict.CRITICAL
    assert nothing_else_was_asked(report)


async def test_a_server_that_never_answers_costs_no_more_than_the_time_out() -> None:
    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()

    async with listening(silent) as port:
        report = await asked(target(port, timeout_s=0.3))
    assert report.results[0].verdict is Verdict.CRITICAL
    assert "did not answer" in report.results[0].explanation
    assert report.took_ms < 2000
    assert nothing_else_was_asked(report)


@pytest.mark.parametrize(
    "said", [b"", b"HTTP/1.1 400 Bad Request\r\n\r\n", b"N" + b"\xff" * 4096, b"NR\x00\x00\x00\x08"]
)
async def test_garbage_or_a_closed_door_is_a_result(said: bytes) -> None:
    async def odd(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(8)
        writer.write(said)

    async with listening(odd) as port:
        report = await asked(target(port))
    assert report.results[0].verdict in (Verdict.CRITICAL, Verdict.ERROR)
    assert nothing_else_was_asked(report)


async def test_a_server_that_falls_silent_after_the_login_is_a_result(postgres_server: str) -> None:
    directory = parse_qs(urlsplit(postgres_server).query)["host"][0]

    async def until_asked(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        answers, asks = await asyncio.open_unix_connection(f"{directory}/.s.PGSQL.5432")

        async def forward() -> None:
            while (said := await reader.read(4096)) and b"READ ONLY" not in said:
                asks.write(said)
            await reader.read()

        async def back() -> None:
            while said := await answers.read(4096):
                writer.write(said)

        try:
            await asyncio.gather(forward(), back())
        finally:
            asks.close()

    async with listening(until_asked) as port:
        url = f"postgresql://postgres@127.0.0.1:{port}/postgres?sslmode=disable"
        report = await asked(postgres(url, timeout_s=0.5))
    assert report.results[0].verdict is Verdict.CRITICAL
    assert "connection was lost" in report.results[0].explanation
    assert nothing_else_was_asked(report)
    assert report.took_ms < 3000


@pytest.mark.parametrize(
    "url", [None, "", "postgresql://u:hunter2@db:port/x", "host=db password=hunter2", "mysql://u@h/x"]
)
async def test_an_address_that_is_none_is_an_error_that_names_the_setting(url: str | None) -> None:
    report = await asked(postgres(url))
    assert report.results[0].verdict is Verdict.ERROR
    assert "MUSTER_DIAG_DB_URL" in report.results[0].explanation + report.results[0].next_step
    assert "hunter2" not in str(report.to_dict())


@pytest.mark.parametrize(
    ("refusal", "verdict", "said"),
    [
        (asyncpg.CannotConnectNowError("the database system is starting up"), Verdict.CRITICAL, "not open"),
        (asyncpg.TooManyConnectionsError("sorry, too many clients already"), Verdict.CRITICAL, "all its connections"),
        (asyncpg.InsufficientPrivilegeError("permission denied for database"), Verdict.ERROR, "permission denied"),
        (ConnectionResetError("reset by peer"), Verdict.CRITICAL, "reset by peer"),
        (ValueError("invalid DSN"), Verdict.ERROR, "address is not usable"),
    ],
)
def test_each_refusal_says_what_it_means_and_what_to_do(refusal: Exception, verdict: Verdict, said: str) -> None:
    found = judge_refusal(refusal, target(5432)).first
    assert found.verdict is verdict
    assert said in found.explanation
    assert found.next_step.endswith(".")


async def test_a_kind_without_checks_is_an_error() -> None:
    report = await asked(Target(name="sun", kind="sundial", options=None))
    assert report.verdict is Verdict.ERROR
    assert "sundial" in report.results[0].explanation
