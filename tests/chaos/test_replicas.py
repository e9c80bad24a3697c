"""Three bots on one database, two hundred incidents, deaths at random, and a Postgres that is restarted in between."""

import asyncio
import contextlib
import logging
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import text

from bot.domain import events as e
from bot.store.database import DatabaseUnavailable
from tests.chaos.audit import audit
from tests.chaos.script import tag
from tests.chaos.seed import SEED, dice
from tests.chaos.story import Story
from tests.chaos.theatre import Theatre, workspace
from tests.chaos.troupe import Actor, Troupe, policy, troupe
from tests.support.own_server import OwnServer

_logger = logging.getLogger(__name__)

INCIDENTS, REPLICAS, AT_ONCE = 200, 3, 12
#: Every so many-th incident is left alone until its clocks have rung, all of them.
LEFT_ALONE = 10
#: A P2 that nobody acknowledges rings once, and twice again.
RINGS = 3
#: Seconds between two deaths, and until somebody else is started.
_LIVES, _MISSED = (3.0, 6.0), (0.5, 3.0)

_RUNG = text(
    "SELECT count(*) FROM timeline t JOIN incidents i ON i.id = t.incident_id "
    "WHERE i.ref = :ref AND t.kind = 'escalated'"
)
_LOOK_S = 0.2
_DONE = text("SELECT count(*) FROM incidents WHERE category = 'resolved'")


@dataclass
class Replicas:
    """The bots that are there now. Somebody dies now and then, and somebody else comes."""

    cast: Troupe
    made: Theatre
    database: str
    chance: Random
    there: list[Actor] = field(default_factory=list)
    deaths: int = 0
    _turn: int = 0

    async def add(self) -> None:
        """One more, once it serves."""
        actor = await self.cast.start(self.made.sandbox, self.database)
        if await actor.ready():
            self.there.append(actor)

    def next(self) -> None:
        """The load balancer: whatever Slack sends next goes to the next bot that is there."""
        if self.there:
            self._turn += 1
            self.made.sandbox.deliver_to(f"{self.there[self._turn % len(self.there)].url}/slack/events")

    async def run(self) -> None:
        """Kills one after the other, until it is cancelled."""
        while True:
            await asyncio.sleep(self.chance.uniform(*_LIVES))
            actor = self.there.pop(self.chance.randrange(len(self.there)))
            actor.kill()
            self.deaths += 1
            await asyncio.sleep(self.chance.uniform(*_MISSED))
            await self.add()


@dataclass
class Short(Story):
    """An incident in a few words, from somebody who says them until they are heard."""

    replicas: Replicas | None = None

    async def live(self) -> None:
        """Declares, acknowledges or waits, updates and resolves."""
        await self.declare()
        if self.number % LEFT_ALONE == 0:
            await self._rung()
        await self.say("bob", "ack")
        await self.say("bob", "update Cards fail; we look at the pool")
        await self.say("bob", "resolve The pool was raised")

    async def declare(self) -> None:
        """Somebody sees that something is wrong."""
        said = (await self.type("alice", f"declare P2 {tag(self.number)} is down")).text or ""
        start = said.index("INC-")
        self.ref = said[start : start + len("INC-2026-01-31-001")]

    async def reach(self) -> None:
        """Whatever comes next goes to the next bot."""
        assert self.replicas is not None
        self.replicas.next()

    async def _rung(self) -> None:
        rung = 0
        while rung < RINGS:
            with contextlib.suppress(DatabaseUnavailable):
                async with self.door.database.transaction() as connection:
                    rung = await connection.scalar(_RUNG, {"ref": self.ref}) or 0
            await asyncio.sleep(_LOOK_S)


async def restart(own: OwnServer, made: Theatre) -> None:
    """Restarts Postgres when half of the incidents are over."""
    done = 0
    while done < INCIDENTS // 2:
        async with made.door.database.transaction() as connection:
            done = await connection.scalar(_DONE) or 0
        await asyncio.sleep(_LOOK_S)
    await own.stop()
    await own.start()


@pytest.mark.timeout(240)  # twice what it takes with nothing beside it, and again
async def test_two_hundred_incidents_survive_deaths_and_a_restart_of_postgres(own: OwnServer, tmp_path: Path) -> None:
    _logger.warning("MUSTER_CHAOS_SEED=%d", SEED)
    async with (
        troupe(tmp_path) as cast,
        workspace(own.url, policy=lambda sandbox: policy(tmp_path, sandbox)) as made,
    ):
        replicas = Replicas(cast, made, own.url, dice("deaths"))
        for _ in range(REPLICAS):
            await replicas.add()
        stories = [Short(made.sandbox, made.door, made.watch, number, replicas=replicas) for number in range(INCIDENTS)]
        at_once = asyncio.Semaphore(AT_ONCE)

        async def live(story: Short) -> None:
            async with at_once:
                await story.live()

        async with asyncio.TaskGroup() as group:
            killing = group.create_task(replicas.run())
            restarting = group.create_task(restart(own, made))
            async with asyncio.TaskGroup() as lives:
                for story in stories:
                    lives.create_task(live(story))
            await restarting
            killing.cancel()
        await made.watch.all_settled()
        records = await audit(made.door, made.sandbox, [story.ref for story in stories])
    assert len({story.ref for story in stories}) == INCIDENTS
    assert replicas.deaths >= 3
    for story, record in zip(stories, records, strict=True):
        if story.number % LEFT_ALONE == 0:
            rung = [(event.step, event.round) for event in record.events(e.Escalated)]
            assert rung == [("p2-unacknowledged", n + 1) for n in range(RINGS)], story.ref
