"""`muster serve` and `muster migrate`."""

import contextlib
import os
import socket

from bot import core
from bot.cli.logs import LogFormat, configure
from bot.cli.outcome import USAGE, stop
from bot.cli.terminal import say
from bot.settings import read_settings
from bot.store import migrate as schema


async def serve(*, host: str | None, port: int | None, web: bool, worker: bool) -> None:
    """Serve until told to stop. Raises SettingsFault or PolicyFault when it cannot start."""
    given = {"muster_host": host, "muster_port": port}
    from bot.cli import process

    settings = read_settings(**{name: value for name, value in given.items() if value is not None})
    configure(LogFormat(settings.muster_log_format), settings.muster_log_level)
    try:
        await process.serve(settings, web_part=web, worker_part=worker)
    except OSError as error:
        if error.errno is None or error.filename is not None:
            raise
        place = f"{settings.muster_host}:{settings.muster_port}"
        stop(f"MUSTER_HOST and MUSTER_PORT: {place} cannot be listened on: {_why(error)}.", status=USAGE)


def _why(error: OSError) -> str:
    """Asyncio puts the whole address into the text; a name that does not resolve has a number of its own kind."""
    if isinstance(error, socket.gaierror) or error.errno is None:
        return error.strerror or str(error)
    return os.strerror(error.errno)


async def migrate() -> None:
    """Bring the schema to head. Raises SettingsFault, or DatabaseUnavailable when nobody answers."""
    settings = read_settings()
    async with contextlib.AsyncExitStack() as stack:
        await schema.upgrade(await core.database_url(settings, stack))
    say(f"The schema is at {schema.head()}.")
