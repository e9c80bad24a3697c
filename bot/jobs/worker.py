"""The worker: PgQueuer with our entry points, started again when its connection breaks, and upkeep."""

import asyncio
import json
import logging
import random
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import nullcontext, suppress
from datetime import timedelta
from functools import partial
from typing import Any

import asyncpg
from pgqueuer import Job, PgQueuer
from pgqueuer.errors import RetryRequested

from bot.application import logs
from bot.domain.effects import is_known
from bot.domain.errors import DomainError
from bot.jobs.turns import Turns
from bot.store import queue
from bot.store.database import DatabaseUnavailable

_logger = logging.getLogger(__name__)

#: A process that says nothing for this long has its jobs taken over.
HEARTBEAT = timedelta(seconds=8)
#: The longest that the queue goes without looking for jobs, should a notification get lost.
_POLL = timedelta(seconds=2)
#: How often lost jobs are looked for; each process shifts it a little so that they don't all look at once.
UPKEEP_S = 3.0
_RECONNECT_S = 1.0
#: How often a connection is looked at whether it is still one.
_LOOK_S = 1.0
#: Seconds until a statement of the queue's is given up: a connection that hangs is opened again.
_STATEMENT_S = 10
#: How long a job of a kind that only a newer version knows is left for others.
_UPGRADE = timedelta(seconds=10)
_BATCH = 100
#: How many jobs of a kind are done at once where there may be thousands: the others wait for their turn, and not for a
#: connection that a new incident's alert needs. A timer is a command; a surface waits for Slack in between.
#: Of those that tell of alerts one has the alerts' lock, and others would wait for it with a connection each.
_AT_ONCE = {queue.TIMER: 4, queue.SURFACE: 16, queue.ALERT_CARD: 8, queue.ALERT_TELL: 1}

#: What asyncpg and the network raise where the database does not answer.
_UNANSWERED = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, TimeoutError)

Handler = Callable[[dict[str, Any]], Awaitable[None]]


class Worker:
    """Runs the queue until it is told to stop."""

    def __init__(
        self,
        url: str,
        *,
        drain: Callable[[str], Awaitable[None]],
        refresh: Callable[[int, str], Awaitable[None]],
        fire: Callable[[int, str, int], Awaitable[None]],
        diagnose: Callable[[int, str, str, bool], Awaitable[None]],
        act: Callable[[int, int], Awaitable[None]],
        review: Callable[[int], Awaitable[None]],
        upkeep: Callable[[asyncio.TaskGroup], Awaitable[None]],
        keep: Callable[[], Awaitable[None]],
        show_alerts: Callable[[int], Awaitable[None]] | None = None,
        tell_alerts: Callable[[int], Awaitable[None]] | None = None,
    ) -> None:
        """Take the handlers of each kind of job.

        Args:
            url: `postgresql://…`; the worker listens on a connection of its own.
            drain: delivers a lane.
            refresh: brings a surface up to date.
            fire: fires a timer.
            diagnose: runs a diagnostic for an incident, perhaps only because it is being watched.
            act: goes on with an action of an incident.
            review: writes an incident's review.
            upkeep: finds what fell between, and sees to it in the group that it is given.
            keep: keeps the leases of what is being delivered, until cancelled.
            show_alerts: brings a group's message in the alerts' channel up to date; None: other processes do.
            tell_alerts: tells an incident of the alerts that joined it; None: other processes do.
        """
        self._url = url
        self._handlers: dict[str, Handler] = {
            queue.DELIVER: lambda p: drain(p["lane"]),
            queue.SURFACE: lambda p: refresh(p["incident"], _known(p["surface"])),
            queue.TIMER: lambda p: fire(p["incident"], p["name"], p["generation"]),
            queue.CHECK: lambda p: diagnose(p["incident"], p["target"], p["run"], p.get("watch", False)),
            queue.ACTION: lambda p: act(p["incident"], p["number"]),
            queue.REVIEW: lambda p: review(p["incident"]),
        }
        for kind, handler in ((queue.ALERT_CARD, show_alerts), (queue.ALERT_TELL, tell_alerts)):
            if handler is not None:
                self._handlers[kind] = partial(_of_group, handler)
        self._turns = {kind: Turns(at_once) for kind, at_once in _AT_ONCE.items()}
        self._keep_up, self._keep = upkeep, keep
        self._stopping = asyncio.Event()
        self._queue: PgQueuer | None = None
        self.running = asyncio.Event()

    async def run(self) -> None:
        """Work until `stop`. A broken database connection is opened again, for as long as it takes."""
        async with asyncio.TaskGroup() as group:
            upkeep, keeping = group.create_task(self._upkeep(group)), group.create_task(self._kept())
            try:
                async with asyncio.TaskGroup() as queues:
                    while not self._stopping.is_set():
                        await self._work(queues)
            finally:
                upkeep.cancel()
                keeping.cancel()

    def stop(self) -> None:
        """Finish what is being done and take nothing new."""
        self._stopping.set()
        if self._queue is not None:
            self._queue.shutdown.set()

    async def _work(self, queues: asyncio.TaskGroup) -> None:
        """Work until told to stop, or until the connection breaks: what was begun on it is finished in `queues`."""
        try:
            connection = await asyncpg.connect(
                self._url,
                timeout=5,
                command_timeout=_STATEMENT_S,
                server_settings={"application_name": "muster-jobs"},
            )
        except _UNANSWERED as error:
            _logger.warning("the queue cannot reach the database: %s", error)
            await self._pause(_RECONNECT_S)
            return
        self._queue = pgq = PgQueuer.from_asyncpg_connection(connection)
        for name, handler in self._handlers.items():
            pgq.entrypoint(name, accepts_context=False)(_entry(handler, self._turns.get(name)))
        connection.add_termination_listener(lambda _: pgq.shutdown.set())
        if self._stopping.is_set():
            pgq.shutdown.set()
        self.running.set()
        serving = queues.create_task(_serve(pgq, connection))
        serving.add_done_callback(lambda _: pgq.shutdown.set())
        await _lost_or_stopped(pgq, connection)
        self.running.clear()
        self._queue = None
        if not self._stopping.is_set():
            await self._pause(_RECONNECT_S)

    async def _upkeep(self, group: asyncio.TaskGroup) -> None:
        while not self._stopping.is_set():
            try:
                await self._keep_up(group)
            except DatabaseUnavailable as error:
                _logger.warning("upkeep: %s", error.__doc__)
            await self._pause(UPKEEP_S * random.uniform(0.8, 1.2))  # noqa: S311 (spreading, not secrecy)

    async def _kept(self) -> None:
        await self._keep()

    async def _pause(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._stopping.wait()
        except TimeoutError:
            pass


async def _lost_or_stopped(pgq: PgQueuer, connection: "asyncpg.Connection[Any]") -> None:
    # A connection that breaks in the middle of a statement does not always tell its listeners, and the queue, which
    # ends with the statement, waits for the jobs that it has begun: without a look the next ones would wait for those.
    while not pgq.shutdown.is_set() and not connection.is_closed():
        with suppress(TimeoutError):
            async with asyncio.timeout(_LOOK_S):
                await pgq.shutdown.wait()
    pgq.shutdown.set()


async def _serve(pgq: PgQueuer, connection: "asyncpg.Connection[Any]") -> None:
    try:
        await pgq.qm.run(
            dequeue_timeout=_POLL,
            batch_size=_BATCH,
            heartbeat_timeout=HEARTBEAT,
            log_aggregation_interval=timedelta(),  # nobody reads the statistics, and nothing drops them
        )
    except _UNANSWERED as error:
        _logger.warning("the queue lost the database: %s", error)
    except ExceptionGroup as group:
        _, rest = group.split(_UNANSWERED)
        if rest is not None:
            raise
        _logger.warning("the queue lost the database: %s", group)
    finally:
        connection.terminate()


async def _of_group(handler: Callable[[int], Awaitable[None]], payload: dict[str, Any]) -> None:
    await handler(payload["group"])


def _known(surface: str) -> str:
    if not is_known(surface):
        raise RetryRequested(delay=_UPGRADE, reason=f"unknown surface {surface}")
    return surface


def _entry(handler: Handler, turns: Turns | None) -> Callable[[Job], Coroutine[Any, Any, None]]:
    async def entry(job: Job) -> None:
        with logs.about():
            await _attempt(handler, job, turns)

    return entry


async def _attempt(handler: Handler, job: Job, turns: Turns | None) -> None:
    try:
        async with turns.turn(job.priority) if turns else nullcontext():
            await handler(json.loads(job.payload or b"{}"))
    except DatabaseUnavailable as error:
        raise RetryRequested(delay=timedelta(seconds=2), reason="database") from error
    except DomainError as error:
        # What the rules refuse now they refuse the next time too.
        _logger.error("job %s %s was refused: %s", job.entrypoint, job.payload, error)  # noqa: TRY400 (no fault)
    except asyncio.CancelledError as error:
        # We are being stopped. PgQueuer would take a cancelled job for one that nobody wants any more.
        raise RetryRequested(reason="stopped") from error
    except RetryRequested:
        raise
    except Exception as error:
        # A fault of ours must not lose what was promised: it is tried again, ever more slowly, and seen in the log.
        _logger.exception("job %s failed, try %d", job.entrypoint, job.attempts + 1)
        raise RetryRequested(
            delay=timedelta(seconds=min(2 ** (job.attempts + 1), 300)), reason=type(error).__name__
        ) from error
