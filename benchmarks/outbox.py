"""The outbox against a Slack that answers at once, beside bare PgQueuer with jobs that do nothing."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any, cast

from sqlalchemy import insert, text

from benchmarks.commands import ALICE, bare_jobs, now
from benchmarks.life import fresh_database
from benchmarks.rows import Row
from bot.application.execute import Muster
from bot.application.ports import SlackGateway, SlackMessage
from bot.domain import commands as c
from bot.jobs.carry import Carrier
from bot.jobs.delivery import Delivery
from bot.jobs.desk import Desk
from bot.jobs.surfaces import Surfaces
from bot.jobs.worker import Worker
from bot.messages import Messages
from bot.paths import RUNBOOKS
from bot.policy.read import read_pack
from bot.runbooks.catalogue import Catalogue
from bot.store import queue
from bot.store.database import Database
from bot.store.queue import Job
from bot.store.tables import outbox

_ROWS = 8000
_INCIDENTS = 20
_LANES = 100
_LEAST = 0.6


class Instant:
    """A Slack without a way to it: what is left is the outbox. It counts what it is told."""

    def __init__(self) -> None:
        self.told = 0
        self.done = asyncio.Event()

    async def post(self, channel: str, text: str, _blocks: object, **_: object) -> SlackMessage:
        """Take a message."""
        self._one_more()
        return SlackMessage(channel=channel, ts=f"1.{self.told:06d}", user="U0MUSTER", text=text)

    async def react(self, *_: object, **__: object) -> None:
        """Take a reaction."""
        self._one_more()

    def _one_more(self) -> None:
        self.told += 1
        if self.told == _ROWS:
            self.done.set()


async def measure(server_url: str) -> list[Row]:
    """Rows a second: a backlog after an outage, rows that each have a lane and a job, and messages with their text."""
    url = await fresh_database(server_url, "bench_outbox")
    backlog = await _rows_a_second(url, lambda n: (f"x{n % _LANES}", "react", _reaction(n)), jobs_a_row=False)
    bare = await bare_jobs(url)
    apart = await _rows_a_second(url, lambda n: (f"y{n}", "react", _reaction(n)), jobs_a_row=True)
    posts = await _rows_a_second(url, lambda n: (f"z{n % _LANES}", "post", _UPDATE), jobs_a_row=True)
    return [
        Row(
            "outbox: a backlog, instant Slack", backlog, "/s", bare * _LEAST, least=True,
            beside=f"bare PgQueuer, empty jobs: {bare:,.0f} /s ({backlog / bare:.0%})",
        ),
        Row("outbox: each row a lane and a job", apart, "/s", beside=f"{apart / bare:.0%} of bare PgQueuer"),
        Row("outbox: messages, rendered", posts, "/s", beside="Slack takes about one a second a channel"),
    ]  # fmt: skip


_UPDATE = {"message": "update", "lane": "room", "thread": True, "broadcast": True, "person": None}


def _reaction(number: int) -> dict[str, Any]:
    return {"channel": "C0", "ts": f"1.{number}", "emoji": "pushpin", "on": True}


async def _rows_a_second(
    url: str, row: Callable[[int], tuple[str, str, Mapping[str, Any]]], *, jobs_a_row: bool
) -> float:
    muster = Muster(Database(url, connections=8, patience=20), read_pack("default", root=RUNBOOKS), now)
    slack = Instant()
    desk = Desk(
        muster=muster,
        slack=cast("SlackGateway", slack),
        messages=Messages(pack="default"),
        catalogue=Catalogue([]),
        announce_channel="incidents",
    )
    delivery = Delivery(desk, Carrier(desk, Surfaces(desk, _nothing, _unheard)), _nothing, _unheard)
    try:
        await _fill(muster, row, jobs_a_row=jobs_a_row)
        idle: dict[str, Callable[..., Awaitable[None]]] = dict.fromkeys(
            ("refresh", "fire", "diagnose", "act", "review", "upkeep"), _nothing
        )
        worker = Worker(url, drain=delivery.drain, keep=partial(delivery.rounds.keep, muster.database), **idle)
        began = time.perf_counter()
        async with asyncio.TaskGroup() as group:
            group.create_task(worker.run())
            await slack.done.wait()
            took = time.perf_counter() - began
            worker.stop()
        return _ROWS / took
    finally:
        await muster.database.close()


async def _fill(muster: Muster, row: Callable[[int], tuple[str, str, Mapping[str, Any]]], *, jobs_a_row: bool) -> None:
    """Incidents with an update each, and rows of the outbox that follow from it."""
    updates: list[tuple[int, int]] = []
    for number in range(_INCIDENTS):
        declared = await muster.execute(c.Declare(by=ALICE, title=f"Incident {number}", severity="P2"))
        incident_id = declared.incident_id
        name = f"{incident_id}-{declared.incident.ref}"
        await muster.execute(c.RecordChannel(by=ALICE, channel=f"C{incident_id}", name=name), incident_id=incident_id)
        told = await muster.execute(c.PostUpdate(by=ALICE, text="Failing over, ten minutes."), incident_id=incident_id)
        updates.append((incident_id, told.entries[-1].seq))
    rows: list[dict[str, Any]] = []
    for number in range(_ROWS):
        lane, kind, payload = row(number)
        incident_id, seq = updates[number % _INCIDENTS]
        about = {"incident_id": incident_id, "seq": seq, "priority": 40, "created_at": muster.now()}
        rows.append(about | {"lane": f"{incident_id}:{lane}", "kind": kind, "payload": payload})
    lanes = [one["lane"] for one in rows]
    async with muster.database.transaction() as connection:
        for table in ("outbox", "lanes", "pgqueuer"):
            await connection.execute(text(f"delete from {table}"))
        await connection.execute(insert(outbox), rows)
        wanted = lanes if jobs_a_row else list(dict.fromkeys(lanes))
        await queue.enqueue(connection, [Job(queue.DELIVER, {"lane": lane}, 40) for lane in wanted])


async def _nothing(*_: object) -> None: ...


def _unheard(*_: object) -> None: ...
