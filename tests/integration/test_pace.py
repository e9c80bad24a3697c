"""Slack's limits in the database: laws of one bucket, shared by whoever asks."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from itertools import count
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.application.execute import Muster
from bot.application.pace import SharedPace
from bot.application.ports import calling_for
from bot.domain import commands as c
from bot.domain.actor import Actor
from bot.slack.limits import LIMITS, Limit, tier
from bot.store import lanes, pace, rounds
from bot.store.database import Database
from bot.store.tables import outbox
from bot.store.tables import pace as buckets
from tests.integration.conftest import Clock
from tests.support.own_server import OwnServer

NOTHING = timedelta()
P1, P2, P3, P4 = 60, 50, 40, 30
_names = count()


def fresh() -> str:
    """A bucket that nobody has used."""
    return f"method-{next(_names)}"


async def let_pass(connection: AsyncConnection, seconds: float) -> None:
    """As if so many seconds had passed: all that the buckets remember is that much longer ago."""
    ago = timedelta(seconds=seconds)
    await connection.execute(
        update(buckets).values(free_at=buckets.c.free_at - ago, closed_until=buckets.c.closed_until - ago)
    )


@pytest.fixture(scope="module")
def runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as made:
        yield made


laws = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
bursts = st.integers(1, 12)
intervals = st.integers(1, 60)
urgencies = st.sampled_from([0, 10, 20, P4, P3, P2, P1])


@laws
@given(
    burst=bursts, interval=intervals, steps=st.lists(st.tuples(st.integers(0, 90), urgencies), min_size=1, max_size=40)
)
def test_no_window_lets_more_through_than_a_burst_and_one_each_interval(
    database: str, runner: asyncio.Runner, burst: int, interval: int, steps: list[tuple[int, int]]
) -> None:
    async def run() -> None:
        store, name = Database(database, autocommit=True), fresh()
        passed, began, let_in = 0.0, time.perf_counter(), list[float]()
        async with store.transaction(30) as connection:
            for pause, urgency in steps:
                await let_pass(connection, pause)
                passed += pause
                if await pace.take(connection, name, timedelta(seconds=interval), burst, urgency=urgency) == NOTHING:
                    let_in.append(passed + time.perf_counter() - began)
        await store.close()
        for first, start in enumerate(let_in):
            for last, end in enumerate(let_in[first:], start=first):
                # The test's clock reads a moment later than the database's.
                assert last - first + 1 <= burst + (end - start + 0.5) / interval

    runner.run(run())


@laws
@given(
    limit=st.builds(Limit, bursts, st.builds(timedelta, seconds=intervals)),
    urgency=urgencies,
    before=st.lists(urgencies, max_size=20),
)
def test_whoever_comes_back_when_they_were_told_gets_in(
    database: str, runner: asyncio.Runner, limit: Limit, urgency: int, before: list[int]
) -> None:
    async def run() -> None:
        store, name, apart, burst = Database(database, autocommit=True), fresh(), limit.interval, limit.burst
        async with store.transaction(30) as connection:
            for other in before:
                await pace.take(connection, name, apart, burst, urgency=other)
            wait = await pace.take(connection, name, apart, burst, urgency=urgency)
            assert wait <= apart * burst
            await let_pass(connection, wait.total_seconds())
            # A turn that was granted at once used one up; one that was not used nothing up.
            assert wait == NOTHING or await pace.take(connection, name, apart, burst, urgency=urgency) == NOTHING
        await store.close()

    runner.run(run())


@given(burst=st.integers(1, 1000), urgency=st.integers(-10, 100))
def test_whatever_is_left_to_others_is_never_everything(burst: int, urgency: int) -> None:
    left = pace.reserve(burst, urgency)
    assert 0 <= left <= burst / 2
    assert left == 0 or urgency < P2


@pytest.fixture
async def pacing(database: str) -> AsyncIterator[AsyncConnection]:
    store = Database(database, autocommit=True)
    async with store.transaction(30) as connection:
        yield connection
    await store.close()


async def takes(connection: AsyncConnection, name: str, urgency: int, times: int = 8) -> int:
    """How many of so many calls in a row may be made, of eight at once and one each five seconds."""
    limit = tier(20)
    waits = [await pace.take(connection, name, limit.interval, limit.burst, urgency=urgency) for _ in range(times)]
    return waits.count(NOTHING)


async def test_the_less_urgent_leave_room_for_the_more_urgent(pacing: AsyncConnection) -> None:
    name = fresh()
    assert await takes(pacing, name, P4, 40) == 4
    assert await takes(pacing, name, P3, 40) == 2
    assert await takes(pacing, name, P2) == 2
    assert await takes(pacing, name, P1) == 0
    await let_pass(pacing, 5.1)
    assert await takes(pacing, name, P4) == 0
    assert await takes(pacing, name, P1) == 1


async def test_a_tier_is_kept_to_in_every_minute() -> None:
    for calls in (1, 20, 50, 100):
        limit = tier(calls)
        assert limit.burst + timedelta(minutes=1) // limit.interval <= max(calls, 2)
    assert all(limit is None or limit.burst >= 1 for limit in LIMITS.values())


async def test_what_slack_closed_is_closed_for_everybody_and_opens_slowly(database: str) -> None:
    one, another = (SharedPace(Database(database, autocommit=True)) for _ in range(2))
    limit, name, other = tier(20), fresh(), fresh()
    asked = (limit.interval, limit.burst)
    await one.close(name, timedelta(seconds=30), *asked)
    wait = await another.take(name, *asked)
    assert timedelta(seconds=29) < wait <= timedelta(seconds=30)
    assert await another.take(other, *asked) == NOTHING
    async with another._database.transaction() as connection:
        await let_pass(connection, 30.1)
        assert await takes(connection, name, P4, 40) == 1
        assert await takes(connection, name, P1, 40) == 4
    for each in (one, another):
        await each._database.close()


async def test_a_closed_method_closes_every_channel_and_a_closed_channel_no_other(pacing: AsyncConnection) -> None:
    method, apart = fresh(), timedelta(seconds=1)
    await pace.close(pacing, f"{method}|C1", timedelta(seconds=30), apart, 3)
    assert await pace.take(pacing, f"{method}|C1", apart, 3) > timedelta(seconds=29)
    assert await pace.take(pacing, f"{method}|C2", apart, 3) == NOTHING
    await pace.close(pacing, method, timedelta(seconds=60), apart, 3)
    assert await pace.take(pacing, f"{method}|C2", apart, 3) > timedelta(seconds=59)
    assert await pace.take(pacing, f"{method}|C3", apart, 3) > timedelta(seconds=59)


async def test_a_shorter_word_of_slacks_does_not_open_what_a_longer_one_closed(pacing: AsyncConnection) -> None:
    name, apart = fresh(), timedelta(seconds=1)
    await pace.close(pacing, name, timedelta(seconds=60), apart, 3)
    await pace.close(pacing, name, timedelta(seconds=1), apart, 3)
    assert await pace.take(pacing, name, apart, 3) > timedelta(seconds=59)


async def test_eighty_at_once_get_no_more_than_the_burst(database: str) -> None:
    stores = [Database(database, connections=4, autocommit=True) for _ in range(3)]
    name, limit = fresh(), tier(20)

    async def ask(number: int) -> timedelta:
        async with stores[number % 3].transaction(30) as connection:
            return await pace.take(connection, name, limit.interval, limit.burst, urgency=P1)

    waits = await asyncio.gather(*(ask(number) for number in range(80)))
    assert waits.count(NOTHING) == limit.burst
    assert all(wait <= limit.interval for wait in waits)
    for store in stores:
        await store.close()


async def test_a_database_that_does_not_answer_holds_no_call_up(own: OwnServer) -> None:
    store = Database(own.url, autocommit=True)
    shared = SharedPace(store)
    with own.frozen():
        async with asyncio.timeout(2):
            assert await shared.take("chat.update", timedelta(minutes=1), 1) == NOTHING
            await shared.close("chat.update", timedelta(minutes=1), timedelta(minutes=1), 1)
    await own.stop()
    with calling_for(P4):
        assert await shared.take("chat.update", timedelta(minutes=1), 1) == NOTHING
    await store.close()


async def test_buckets_that_are_full_again_are_forgotten(pacing: AsyncConnection) -> None:
    apart = timedelta(seconds=1)
    await pace.take(pacing, "chat.postMessage|C1", apart, 3)
    await let_pass(pacing, 3700)
    await pace.take(pacing, "chat.postMessage|C2", apart, 3)
    await pace.forget(pacing)
    assert list((await pacing.execute(select(buckets.c.name))).scalars()) == ["chat.postMessage|C2"]


def test_the_first_come_in_turn_and_the_others_are_spread() -> None:
    each = timedelta(seconds=5)
    assert [lanes.in_turn(each, ahead) for ahead in range(4)] == [each * ahead for ahead in range(4)]
    rest = sorted(lanes.in_turn(each, ahead).total_seconds() for ahead in range(4, 84))
    assert rest[0] >= 7.5
    assert rest[-1] <= 15
    seconds = [int(wait) for wait in rest]
    assert max(seconds.count(second) for second in seconds) <= 12, "they don't come all at once"


async def put_off(muster: Muster, severity: str, title: str) -> lanes.Letter:
    """An incident whose channel had to wait for its turn, as its row was when it was tried."""
    done = await muster.execute(c.Declare(by=Actor.person("U0ALICE"), title=title, severity=severity))
    lane, holder = f"{done.incident_id}:room", uuid4()
    async with muster.database.transaction() as connection:
        [letter] = (await rounds.begin(connection, {lane: holder}))[lane]
        await paced(connection, muster, letter)
    return letter


async def paced(connection: AsyncConnection, muster: Muster, letter: lanes.Letter) -> timedelta:
    """Puts a row off for want of room; says for how long beyond the first."""
    first, each = timedelta(seconds=1), timedelta(seconds=2)
    await connection.execute(text("delete from pgqueuer"))
    await lanes.later(connection, letter, uuid4(), first, clear=True, reason="paced", now=muster.now(), each=each)
    job = (await connection.execute(text("select priority, execute_after - now() as wait from pgqueuer"))).one()
    assert job.priority == letter.priority
    wait: timedelta = job.wait
    return wait - first


async def test_those_who_wait_come_back_by_urgency_and_then_by_age(muster: Muster) -> None:
    low, lower = await put_off(muster, "P4", "first"), await put_off(muster, "P4", "second")
    high = await put_off(muster, "P1", "third")
    async with muster.database.transaction() as connection:
        assert await paced(connection, muster, high) == NOTHING
        assert await paced(connection, muster, low) == timedelta(seconds=2)
        assert await paced(connection, muster, lower) == timedelta(seconds=4)


async def test_the_least_urgent_get_their_turn_when_they_have_waited_long_enough(muster: Muster, clock: Clock) -> None:
    low = await put_off(muster, "P4", "waits")
    for minute in range(5):
        clock.advance(minutes=1)
        newer = [await put_off(muster, "P1", f"{minute}-{number}") for number in range(3)]
        async with muster.database.transaction() as connection:
            if await paced(connection, muster, low) == NOTHING:
                assert await paced(connection, muster, newer[0]) > NOTHING
                break
    else:
        pytest.fail("others were always let in before")
    urgency = lanes.aged(low.priority, low.created_at, clock())
    assert pace.reserve(8, urgency) == 0, "by then it may use all that there is"


async def test_waiting_for_ones_turn_is_no_try(muster: Muster) -> None:
    letter = await put_off(muster, "P2", "waits")
    async with muster.database.transaction() as connection:
        row = (await connection.execute(select(outbox).where(outbox.c.id == letter.id))).one()
    assert (row.attempts, row.status, row.error) == (0, "waiting", "paced")


async def test_a_lane_that_is_handed_over_keeps_its_urgency(muster: Muster) -> None:
    done = await muster.execute(c.Declare(by=Actor.person("U0ALICE"), title="Down", severity="P2"))
    lane, holder = f"{done.incident_id}:room", uuid4()
    async with muster.database.transaction() as connection:
        await lanes.take(connection, lane, holder)
        await connection.execute(text("delete from pgqueuer"))
        await lanes.hand_over(connection, lane, holder)
        assert await connection.scalar(text("select priority from pgqueuer")) == P2
