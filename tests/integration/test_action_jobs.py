"""The jobs of actions: what was asked for is run once at most, whatever becomes of who runs it."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from bot.application.actions import Actions
from bot.application.diagnose import Diagnostics
from bot.application.execute import Muster
from bot.domain import commands as c
from bot.domain import events as e
from bot.domain.action import Action, Stage
from bot.domain.actor import Actor
from bot.domain.rules import Policy
from bot.store import inbox, incidents, promises
from bot.store import timeline as log
from bot.store.database import Database, DatabaseUnavailable
from tests.integration.conftest import Clock
from tests.support.actions import a_rule
from tests.support.doing import Doing, a_server
from tests.support.own_server import OwnServer

ALICE = Actor.person("U0ALICE")
#: How long a run may take, and how long after that nobody is waited for any more.
TIMEOUT, GRACE = timedelta(seconds=20), timedelta(minutes=1)


@dataclass
class Scene:
    """A database, a server that something is done to, and as many processes as a test wants."""

    policy: Policy
    clock: Clock
    server: Doing
    databases: list[Database] = field(default_factory=list)
    incident_id: int = 0

    def process(self, url: str, **more: Any) -> Actions:
        """Another process: its own connections to the database."""
        self.databases.append(Database(url, connections=3, **more))
        muster = Muster(self.databases[-1], self.policy, self.clock)
        return Actions(muster, Diagnostics(muster, lambda _name: None))

    async def started(self, actions: Actions) -> None:
        """An action that was rehearsed, and that somebody has had run."""
        muster = actions.muster
        done = await muster.execute(c.Declare(by=ALICE, title="The cache is stale", severity="P1"))
        self.incident_id = done.incident_id
        await muster.execute(c.RequestAction(by=ALICE, action="flush-it"), incident_id=self.incident_id)
        await actions.carry(self.incident_id, 1)
        await muster.execute(c.StartAction(by=ALICE, number=1), incident_id=self.incident_id)

    async def action(self) -> Action:
        """How it stands."""
        async with self.databases[0].transaction() as connection:
            stored = await incidents.by_id(connection, self.incident_id)
        assert stored is not None
        found = stored.incident.action(1)
        assert found is not None
        return found

    async def told(self, kind: type[e.Event] = e.ActionFinished) -> list[Any]:
        """The events of a type in the timeline."""
        async with self.databases[0].transaction() as connection:
            entries = await log.entries_of(connection, self.incident_id)
        return [entry.event for entry in entries if isinstance(entry.event, kind)]

    async def jobs(self) -> list[dict[str, Any]]:
        """The jobs of actions that are in the queue; they are lost by that."""
        lost = text("delete from pgqueuer where entrypoint = 'action' returning convert_from(payload, 'utf8')")
        async with self.databases[0].transaction() as connection:
            return [json.loads(one) for one in (await connection.execute(lost)).scalars()]

    async def renewed(self) -> list[dict[str, Any]]:
        """What upkeep puts into the queue again."""
        async with self.databases[0].transaction() as connection:
            now = self.clock()
            await promises.renew(connection, now=now, before=now - timedelta(minutes=2), after=now - timedelta(days=1))
        return await self.jobs()


@pytest.fixture
async def scene(policy: Policy, clock: Clock) -> AsyncIterator[Scene]:
    async with a_server() as server:
        rule = a_rule(
            "http",
            name="flush-it",
            title="Flush it",
            does="Flushes it.",
            url=server.url,
            path="/do-it",
            timeout="20s",
            approvals={"count": 0},
            verify="db",
        )
        made = Scene(replace(policy, actions=(rule,)), clock, server)
        yield made
        for database in made.databases:
            await database.close()


@pytest.fixture
async def first(scene: Scene, database: str) -> Actions:
    return scene.process(database)


@pytest.fixture
async def second(scene: Scene, database: str) -> Actions:
    return scene.process(database)


async def test_of_many_that_come_at_once_one_runs_it_and_tells_it(
    scene: Scene, first: Actions, second: Actions
) -> None:
    await scene.started(first)
    await asyncio.gather(*(actions.carry(scene.incident_id, 1) for actions in (first, second) * 4))
    assert [*scene.server.done.values()] == [1]
    [done] = await scene.told()
    assert (done.verdict, done.output) == ("done", "flushed")
    [verifying] = await scene.told(e.DiagnosticRequested)
    assert (verifying.target, verifying.run) == ("db", "verify-1")


async def test_whoever_comes_while_it_is_run_leaves_it_to_who_runs_it(
    scene: Scene, first: Actions, second: Actions
) -> None:
    await scene.started(first)
    asked, go_on = asyncio.Event(), asyncio.Event()

    async def slowly() -> None:
        asked.set()
        await go_on.wait()

    scene.server.meanwhile = slowly
    async with asyncio.TaskGroup() as group:
        group.create_task(first.carry(scene.incident_id, 1))
        await asked.wait()
        await second.carry(scene.incident_id, 1)
        assert not await scene.told()
        go_on.set()
    assert [one.verdict for one in await scene.told()] == ["done"]
    assert [*scene.server.done.values()] == [1]


async def cut_off(scene: Scene, actions: Actions) -> None:
    """Whoever runs it ends in the middle of it: it was done, and nobody says so."""
    asked = asyncio.Event()

    async def for_ever() -> None:
        asked.set()
        await asyncio.Event().wait()

    scene.server.meanwhile = for_ever
    running = asyncio.ensure_future(actions.carry(scene.incident_id, 1))
    await asked.wait()
    running.cancel()
    await asyncio.wait({running})


async def test_what_a_process_died_of_is_unknown_once_nobody_can_be_at_it_any_more_and_never_run_again(
    scene: Scene, first: Actions, second: Actions
) -> None:
    await scene.started(first)
    await cut_off(scene, first)
    for wait in (timedelta(), TIMEOUT + GRACE - timedelta(seconds=1)):
        scene.clock.time += wait
        await second.carry(scene.incident_id, 1)
        assert (await scene.action()).stage is Stage.RUNNING
    scene.clock.advance(seconds=1)
    for _ in range(2):
        await second.carry(scene.incident_id, 1)
    [done] = await scene.told()
    assert done.verdict == "unknown"
    assert "before you ask for it again" in done.said
    assert [*scene.server.done.values()] == [1]
    assert len(await scene.told(e.DiagnosticRequested)) == 1, "what came of it can be looked at"


async def test_one_that_waited_long_for_a_process_is_not_called_lost_while_it_is_run(
    scene: Scene, first: Actions, second: Actions
) -> None:
    await scene.started(first)
    scene.clock.advance(minutes=5)  # nobody was there, and then two come for it
    asked, go_on = asyncio.Event(), asyncio.Event()

    async def slowly() -> None:
        asked.set()
        await go_on.wait()

    scene.server.meanwhile = slowly
    async with asyncio.TaskGroup() as group:
        group.create_task(first.carry(scene.incident_id, 1))
        await asked.wait()
        await second.carry(scene.incident_id, 1)
        go_on.set()
    assert [one.verdict for one in await scene.told()] == ["done"]


async def test_one_that_nobody_could_run_for_as_long_as_a_proposal_holds_is_not_run_any_more(
    scene: Scene, first: Actions
) -> None:
    await scene.started(first)
    scene.clock.advance(minutes=15, seconds=1)
    await first.carry(scene.incident_id, 1)
    [done] = await scene.told()
    assert (done.verdict, scene.server.done.total()) == ("refused", 0)
    assert "nobody could run it in time" in done.said
    assert not await scene.told(e.DiagnosticRequested), "there is nothing to look at"


async def test_a_rehearsal_and_a_run_whose_jobs_were_lost_are_done_all_the_same(scene: Scene, first: Actions) -> None:
    done = await first.muster.execute(c.Declare(by=ALICE, title="The cache is stale", severity="P1"))
    scene.incident_id = done.incident_id
    job = {"incident": done.incident_id, "number": 1}
    for command, stage in (
        (c.RequestAction(by=ALICE, action="flush-it"), Stage.PROPOSED),
        (c.StartAction(by=ALICE, number=1), Stage.DONE),
    ):
        await first.muster.execute(command, incident_id=done.incident_id)
        assert await scene.jobs() == [job]
        assert await scene.renewed() == [], "it may only be waiting for its turn"
        scene.clock.advance(minutes=2, seconds=1)
        assert await scene.renewed() == [job]
        assert await scene.renewed() == [], "once, however often it is looked"
        await first.carry(job["incident"], job["number"])
        assert (await scene.action()).stage is stage
        scene.clock.advance(minutes=10)
        assert await scene.renewed() == [], "it has come to something"
    assert [*scene.server.done.values()] == [1]


async def test_a_run_whose_process_died_is_found_by_upkeep_until_it_is_told(
    scene: Scene, first: Actions, second: Actions
) -> None:
    await scene.started(first)
    await cut_off(scene, first)
    await scene.jobs()
    scene.clock.advance(minutes=3)
    for job in await scene.renewed():
        await second.carry(job["incident"], job["number"])
    assert [one.verdict for one in await scene.told()] == ["unknown"]
    scene.clock.advance(minutes=10)
    assert await scene.renewed() == []
    assert [*scene.server.done.values()] == [1]


async def test_an_outcome_that_comes_after_all_takes_the_place_of_not_knowing(
    scene: Scene, first: Actions, second: Actions
) -> None:
    await scene.started(first)

    async def long() -> None:
        scene.clock.advance(minutes=3)
        await second.carry(scene.incident_id, 1)

    scene.server.meanwhile = long
    await first.carry(scene.incident_id, 1)
    assert [one.verdict for one in await scene.told()] == ["unknown", "done"]
    assert (await scene.action()).stage is Stage.DONE
    assert len(await scene.told(e.DiagnosticRequested)) == 1, "it was looked at when nobody knew"
    await second.carry(scene.incident_id, 1)
    assert len(await scene.told()) == 2
    assert [*scene.server.done.values()] == [1]


async def test_an_outcome_is_kept_until_the_database_is_back(scene: Scene, own: OwnServer) -> None:
    actions, missed = scene.process(own.url), asyncio.Event()
    await scene.started(actions)

    def note(how: str, _seconds: float) -> None:
        if how in ("unavailable", "unknown"):
            missed.set()

    actions.muster.on_executed = note
    scene.server.meanwhile = own.stop
    async with asyncio.TaskGroup() as group:
        group.create_task(actions.carry(scene.incident_id, 1))
        await missed.wait()
        await own.start()
    assert [one.verdict for one in await scene.told()] == ["done"]
    assert [*scene.server.done.values()] == [1]


async def test_a_run_that_the_database_does_not_let_begin_has_done_nothing(
    scene: Scene, first: Actions, database: str
) -> None:
    await scene.started(first)
    hasty = scene.process(database, patience=0.3)
    async with first.muster.database.transaction() as connection:
        await inbox.first_time(connection, f"action:{scene.incident_id}:1")
        with pytest.raises(DatabaseUnavailable):
            await hasty.carry(scene.incident_id, 1)
        await connection.rollback()
    assert not scene.server.done
    await first.carry(scene.incident_id, 1)
    assert [*scene.server.done.values()] == [1]
