"""`muster serve` in processes that can be killed, each forked from one that has imported everything already.

Started as `python -m tests.chaos.victim`, it reads one line of JSON for each process to start (`environment`, `log`,
and perhaps `marks` and `kill`) and writes one with its number. A process is the bot as it is; with `marks` or `kill`
somebody looks over its shoulder: a *boundary* is a moment before or after a commit, a statement of the queue's, or a
call to Slack. Each is written to the file `marks`; at the one called `kill` the process kills itself.
"""

import asyncio
import json
import os
import re
import signal
import sys
from collections import Counter
from collections.abc import MutableMapping
from pathlib import Path
from typing import Any, cast

import aiohttp
import asyncpg
from sqlalchemy import Connection, event
from sqlalchemy.engine import Engine
from sqlalchemy.pool import Pool

import bot.app  # noqa: F401 (so that a fork has it)
from bot.cli.serving import serve
from bot.slack.limits import LIMITS

_WRITES = re.compile(r"\b(insert into|delete from|update) +\"?(?!set\b|of\b|skip\b|pgqueuer_log\b)(\w+)", re.IGNORECASE)
#: What the queue does by the clock rather than for a job, and may do at any time.
_BY_THE_CLOCK = re.compile(r"heartbeat|pg_notify|pgqueuer_schedules", re.IGNORECASE)


class Boundaries:
    """Counts boundaries by name, and dies at one of them."""

    def __init__(self, marks: str | None, kill: str | None) -> None:
        self._file = Path(marks).open("a", buffering=1) if marks else None  # noqa: SIM115 (open as long as the process)
        self._kill = kill
        self._counts: Counter[str] = Counter()

    def cross(self, name: str) -> None:
        """One more boundary of a name."""
        self._counts[name] += 1
        place = f"{name} #{self._counts[name]}"
        if self._file is not None:
            self._file.write(f"{place}\n")
        if place == self._kill:
            os.kill(os.getpid(), signal.SIGKILL)

    def watch(self) -> None:
        """Looks at every commit, at the queue and at the calls to Slack, and changes nothing."""
        self._watch_transactions()
        self._watch_queue()
        self._watch_slack()

    def _watch_transactions(self) -> None:
        written: dict[int, set[str]] = {}  # by connection

        @event.listens_for(Pool, "connect")
        def connected(connection: Any, _record: object) -> None:
            driver = connection.driver_connection
            mine = written[id(driver)] = set()

            def look(query: Any) -> None:
                if query.query.startswith("COMMIT"):
                    if mine:
                        self.cross(f"after commit of {_told(mine)}")
                    mine.clear()
                else:
                    mine.update(_writes(query.query))

            driver.add_query_logger(look)

        @event.listens_for(Engine, "begin")
        def beginning(connection: Connection) -> None:
            # Here, because asyncpg tells of its BEGIN and ROLLBACK when the first statement has been noted already.
            written[id(connection.connection.driver_connection)].clear()

        @event.listens_for(Engine, "before_cursor_execute")
        def executing(connection: Connection, _cursor: object, statement: str, *_: object) -> None:
            written[id(connection.connection.driver_connection)].update(_writes(statement))

        @event.listens_for(Engine, "commit")
        def committing(connection: Connection) -> None:
            if mine := written[id(connection.connection.driver_connection)]:
                self.cross(f"before commit of {_told(mine)}")

    def _watch_queue(self) -> None:
        connect = asyncpg.connect

        def look(query: Any) -> None:
            if not _BY_THE_CLOCK.search(query.query) and (writes := set(_writes(query.query))):
                self.cross(f"after the queue's {_told(writes)}")

        async def connected(*args: Any, **kwargs: Any) -> Any:
            connection = await connect(*args, **kwargs)
            if kwargs.get("server_settings", {}).get("application_name") == "muster-jobs":
                connection.add_query_logger(look)
            return connection

        asyncpg.connect = connected

    def _watch_slack(self) -> None:
        tracing = aiohttp.TraceConfig()

        async def begins(_session: object, _context: object, call: aiohttp.TraceRequestStartParams) -> None:
            self.cross(f"before {_method(call.url.path)}")

        async def ended(_session: object, _context: object, call: aiohttp.TraceRequestEndParams) -> None:
            self.cross(f"after {_method(call.url.path)}")

        tracing.on_request_start.append(begins)
        tracing.on_request_end.append(ended)
        made = aiohttp.ClientSession.__init__

        def make(session: aiohttp.ClientSession, *args: Any, **kwargs: Any) -> None:
            traced = [*(kwargs.pop("trace_configs", None) or ()), tracing]
            made(session, *args, trace_configs=traced, **kwargs)

        aiohttp.ClientSession.__init__ = make  # type: ignore[method-assign, assignment] # made inside of the bot


def _writes(query: str) -> list[str]:
    return [f"{' '.join(verb.lower().split())} {table}" for verb, table in _WRITES.findall(query)]


def _told(writes: set[str]) -> str:
    return ", ".join(sorted(writes))


def _method(path: str) -> str:
    return "upload" if path.startswith("/upload/") else path.rpartition("/")[2]


def be(order: dict[str, Any]) -> None:
    """Becomes one bot."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.environ.update(order["environment"])
    log = os.open(order["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    nowhere = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nowhere, 0)
    os.dup2(log, 1)
    os.dup2(log, 2)
    # Slack's limits would stretch the story over minutes.
    limits = cast("MutableMapping[str, Any]", LIMITS)
    limits.update(dict.fromkeys(limits))
    if order.get("marks") or order.get("kill"):
        Boundaries(order.get("marks"), order.get("kill")).watch()
    asyncio.run(serve(host=None, port=None, web=True, worker=True))


def main() -> None:
    """Forks a bot for each line that is read; ends with its input."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for the children here
    for line in sys.stdin:
        number = os.fork()
        if number == 0:
            try:
                be(json.loads(line))
            finally:
                os._exit(1)
        sys.stdout.write(f"{number}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
