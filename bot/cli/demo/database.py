"""A database with nothing in it that is not the demo's."""

import fcntl
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

from bot.cli.demo.monitor import SERVICE
from bot.domain.incident import Incident
from bot.sandbox.cast import PEOPLE
from bot.settings import Settings, SettingsFault
from bot.store import alert_groups, incidents, migrate
from bot.store.database import Database
from bot.store.embedded import EmbeddedMissing, EmbeddedPostgres


@asynccontextmanager
async def clean_database(settings: Settings) -> AsyncIterator[str]:
    """The URL of a database at head: the one that was given, or the embedded one, emptied of earlier stories.

    An earlier story's timers would ring in this one, in channels that its sandbox does not have.

    Raises:
        SettingsFault: the database that was given has real incidents, or one that a story left open; or the embedded
            one is in use or missing.
    """
    if settings.database_url:
        url = settings.database_url.get_secret_value()
        await migrate.upgrade(url)
        cast, known = {person.id for person in PEOPLE}, await _incidents(url)
        if any(incident.declared_by.user not in cast for incident in known):
            raise SettingsFault(
                "DATABASE_URL has real incidents in it: unset it, or give the demo a database of its own."
            )
        left = next((one.ref for one in known if one.service == SERVICE and not one.over), None)
        if left:
            raise SettingsFault(
                f"DATABASE_URL has {left} in it, of a story that was broken off, and this one's alerts would join it: "
                "resolve it, or give the demo an empty database."
            )
        yield url
        return
    with _alone(settings.muster_data_dir):
        server = EmbeddedPostgres()
        try:
            url = await server.start(settings.muster_data_dir)
        except EmbeddedMissing as error:
            raise SettingsFault(f"DATABASE_URL is missing. {error}") from None
        try:
            await migrate.upgrade(url)
            if await _is_told(url):
                await migrate.downgrade(url)
                await migrate.upgrade(url)
            yield url
        finally:
            await server.stop()


async def _incidents(url: str) -> list[Incident]:
    database = Database(url, connections=1)
    try:
        async with database.transaction() as connection:
            return await incidents.recent(connection, open_only=False)
    finally:
        await database.close()


async def _is_told(url: str) -> bool:
    """Whether a story was told there, or begun: its alerts come before its incident."""
    database = Database(url, connections=1)
    try:
        async with database.transaction() as connection:
            groups = await alert_groups.listing(connection, limit=1)
            return bool(groups or await incidents.recent(connection, open_only=False))
    finally:
        await database.close()


@contextmanager
def _alone(directory: Path) -> Iterator[None]:
    """Keep another demo from emptying this one's database."""
    directory.mkdir(parents=True, exist_ok=True)
    with (directory / "demo.lock").open("ab") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise SettingsFault(
                f"MUSTER_DATA_DIR: another demo is running in {directory}. End it, or set another directory."
            ) from None
        yield
