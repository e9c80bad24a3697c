"""What whoever is paged for the delivery would rather know beforehand."""

import asyncio
from uuid import uuid4

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.application.execute import Muster
from bot.domain import commands as c
from bot.domain.actor import Actor
from bot.domain.effects import Surface
from bot.domain.rules import Policy
from bot.jobs.timers import Timers
from bot.jobs.upkeep import Upkeep
from bot.store import incidents, lanes, queue, rounds, surfaces
from bot.store.database import Database, DatabaseUnavailable, raw
from bot.store.queue import Job
from bot.store.tables import lanes as leases
from bot.store.tables import outbox
from tests.integration.conftest import Clock
from tests.integration.post import Post
from tests.integration.test_recovery import at_work
from tests.scenario.stage import stage
from tests.support.own_server import OwnServer


def upkeep(post: Post) -> Upkeep:
    return Upkeep(Timers(post.muster), post.delivery, post.surfaces)


async def renew(database: Database) -> None:
    async with database.transaction() as connection:
        await rounds.keep(connection, {"1:room": uuid4()})


async def test_a_round_that_fails_has_taken_nothing_up(post: Post) -> None:
    done = await post.declare()
    lane, failed = f"{done.incident_id}:room", RuntimeError("in the middle")

    async def begin() -> None:
        async with post.muster.database.transaction() as connection:
            assert await rounds.begin(connection, {lane: uuid4()})
            raise failed

    with pytest.raises(RuntimeError):
        await begin()
    async with post.muster.database.transaction() as connection:
        assert not (await connection.execute(select(leases))).all()
        assert {*(await connection.execute(select(outbox.c.status, outbox.c.attempts))).all()} == {("waiting", 0)}


async def test_a_round_that_a_frozen_database_does_not_answer_ends_in_time(own: OwnServer) -> None:
    database = Database(own.url, connections=1, patience=0.5)

    async def frozen_between() -> None:
        async with asyncio.timeout(5), database.transaction() as connection:
            await rounds.keep(connection, {"1:room": uuid4()})
            with own.frozen():
                await rounds.keep(connection, {"1:room": uuid4()})

    with pytest.raises(DatabaseUnavailable):
        await frozen_between()
    await renew(database)
    await database.close()


async def test_asyncpgs_own_statement_on_a_lost_connection_is_the_database_not_answering(store: Database) -> None:
    lost = asyncio.Event()

    async def lost_between() -> None:
        async with store.transaction() as connection:
            one = await raw(connection)
            one.add_termination_listener(lambda _: lost.set())
            async with store.transaction() as other:
                await other.execute(text("select pg_terminate_backend(:pid)"), {"pid": one.get_server_pid()})
            await lost.wait()
            await rounds.keep(connection, {"1:room": uuid4()})

    with pytest.raises(DatabaseUnavailable):
        await lost_between()
    await renew(store)


async def test_a_database_that_may_only_be_read_is_one_that_does_not_answer_until_another_may_be_written(
    database: str, policy: Policy, clock: Clock
) -> None:
    muster = Muster(Database(database, connections=1), policy, clock)
    async with muster.database.transaction() as connection:
        await connection.execute(text("set session characteristics as transaction read only"))
    declare = c.Declare(by=Actor.person("U0ALICE"), title="It is down", severity="P1")
    with pytest.raises(DatabaseUnavailable):
        await muster.execute(declare)
    await muster.execute(declare)
    await muster.database.close()


async def test_upkeep_forgets_what_became_of_old_jobs(post: Post) -> None:
    noted = text(
        "insert into pgqueuer_log (created, job_id, status, priority, entrypoint)"
        " select now() - make_interval(hours => old), old, 'successful', 0, 'deliver' from unnest(array[1, 25]) as old"
    )
    async with post.muster.database.transaction() as connection:
        await connection.execute(noted)
    await upkeep(post).once()
    async with post.muster.database.transaction() as connection:
        kept = await connection.execute(text("select job_id from pgqueuer_log where status = 'successful'"))
        assert kept.scalars().all() == [1]


async def test_a_worker_whose_connection_broke_works_on_while_a_job_of_before_goes_on(post: Post) -> None:
    slow, go_on, quick = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def diagnose(_incident: int, target: str, _run: str, _watch: bool) -> None:
        if target == "slow":
            slow.set()
            await go_on.wait()
        else:
            quick.set()

    async def ask(target: str) -> None:
        async with post.muster.database.transaction() as connection:
            await queue.enqueue(connection, [Job(queue.CHECK, {"incident": 1, "target": target, "run": target})])

    async with at_work(post.muster.database.url, diagnose):
        await ask("slow")
        await slow.wait()
        # It breaks in the middle of a statement: the queue's next look waits for whoever holds its table.
        async with post.muster.database.transaction(within=20) as connection:
            await connection.execute(text("lock table pgqueuer"))
            await until_it_waits(connection)
            await connection.execute(text(f"select pg_terminate_backend(pid) {WORKER}"))
        await ask("quick")
        await quick.wait()
        go_on.set()


WORKER = "from pg_stat_activity where datname = current_database() and application_name = 'muster-jobs'"


async def until_it_waits(connection: AsyncConnection) -> None:
    async with asyncio.timeout(20):
        while not await connection.scalar(text(f"select count(*) {WORKER} and wait_event_type = 'Lock'")):
            await connection.execute(text("select pg_stat_clear_snapshot(), pg_sleep(0.02)"))


async def test_a_process_that_is_told_to_stop_stops_in_time_though_the_database_hangs(own: OwnServer) -> None:
    async with stage(own.url) as s:
        await s.declare()
        with own.frozen():
            async with asyncio.timeout(30):
                await s.app.stop()
                await s.core.database.close()


async def test_whoever_lost_a_lane_to_another_here_is_not_given_the_others_rows(post: Post) -> None:
    done = await post.declare()
    lane, first, second, delivery_rounds = f"{done.incident_id}:room", uuid4(), uuid4(), post.delivery.rounds
    assert await delivery_rounds.begin(lane, first)
    await post.let_leases_run_out()
    assert await delivery_rounds.begin(lane, second)
    leading = asyncio.ensure_future(delivery_rounds.go_on("nobody's", uuid4(), ()))
    await asyncio.sleep(0)  # these two share the next round
    lost, kept = await asyncio.gather(delivery_rounds.go_on(lane, first, ()), delivery_rounds.go_on(lane, second, ()))
    await leading
    delivery_rounds.let_go(lane, first)
    assert not lost
    assert [matter.letter.kind for matter in kept] == ["open_channel"]
    assert delivery_rounds.held == {lane: second}


async def test_a_lane_whose_holder_goes_on_keeps_no_other_lease_from_being_renewed(post: Post) -> None:
    mine, database = {"1:room": uuid4(), "2:room": uuid4()}, post.muster.database
    async with database.transaction() as connection:
        for name, holder in mine.items():
            assert await lanes.take(connection, name, holder)
    await post.let_leases_run_out()
    async with database.transaction() as going_on:
        assert await rounds.keep(going_on, {"1:room": mine["1:room"]})
        async with database.transaction() as renewing:
            await rounds.renew(renewing, mine)
    async with database.transaction() as connection:
        kept = await connection.execute(select(leases.c.name).where(leases.c.until > func.now()))
        assert sorted(kept.scalars()) == ["1:room", "2:room"]


async def test_a_process_that_is_told_to_stop_takes_no_lane_up_any_more(post: Post) -> None:
    done = await post.declare()
    lane = f"{done.incident_id}:room"
    post.delivery.closing, before = True, len(post.sandbox.calls)
    await post.delivery.drain(lane)
    await upkeep(post).once()
    assert len(post.sandbox.calls) == before
    post.delivery.closing = False
    await post.delivery.drain(lane)
    assert len(post.texts(str(done.incident.channel_name))) == 2, (
        "nobody holds the lane, and nothing has to be waited for"
    )


async def test_what_belongs_to_an_incident_is_written_while_somebody_changes_it(post: Post) -> None:
    done = await post.declare()
    async with post.muster.database.transaction() as changing:
        await incidents.lock(changing, id=done.incident_id)
        async with post.muster.database.transaction() as writing:
            await writing.execute(text("set local lock_timeout = '2s'"))
            await surfaces.want(writing, done.incident_id, Surface.BOOKMARKS, 60)
