"""Ending a session of a real Postgres: that one, and no other."""

import asyncio
import secrets
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import pytest

from bot.diagnostics.actions import Action, Ending, perform, rehearse
from bot.diagnostics.result import Verdict
from bot.domain.action_rules import parse
from bot.store.embedded import EmbeddedPostgres
from tests.support.actions import an_action, as_rehearsed
from tests.support.ports import nobody, serving, silent
from tests.support.postgres import cutting
from tests.support.sickness import chain_of_locks, connected, running, until
from tests.support.targets import asked, by_check, postgres

THE_CHAIN = ["migration", "api", "worker", "report"]


def ending(url: str | None, acting: str | None = None, **section: Any) -> Action:
    own = {"url_from": "MUSTER_ACT_DB_URL"} if acting else {}
    return an_action("end_session", postgres(url), {"MUSTER_ACT_DB_URL": acting}, **own, **section)


async def pid_of(url: str, application: str) -> int:
    async with connected(url) as connection:
        found = "SELECT pid FROM pg_stat_activity WHERE application_name = $1 AND datname = current_database()"
        pid: int = await connection.fetchval(found, application)
        return pid


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """A server of its own: who waits for whom is seen in all of it."""
    # Not under pytest's own folder: every further run closes that to the user that root's Postgres runs as.
    with (
        tempfile.TemporaryDirectory(prefix="muster-pg-") as folder,
        asyncio.Runner(loop_factory=asyncio.new_event_loop) as runner,
    ):
        postgres = EmbeddedPostgres(fast=True)
        yield runner.run(postgres.start(Path(folder)))
        runner.run(postgres.stop())


@pytest.fixture(autouse=True)
async def calm(server: str) -> None:
    """Lets the sessions of the test before end: a server notices only after a moment that a client hung up."""
    await until(
        server,
        "SELECT NOT EXISTS (SELECT FROM pg_stat_activity "
        "WHERE backend_type = 'client backend' AND pid <> pg_backend_pid())",
    )


@pytest.fixture
async def role(server: str) -> AsyncIterator[str]:
    """The address of the database for a role that may do nothing in particular; its name ends the address's login."""
    name = f"act_{secrets.token_hex(4)}"
    async with connected(server) as connection:
        await connection.execute(f"CREATE ROLE {name} LOGIN")
        yield urlunsplit(urlsplit(server)._replace(netloc=f"{name}@"))
        await connection.execute(f"DROP ROLE {name}")


def name_of(role: str) -> str:
    return str(urlsplit(role).username)


async def test_a_lock_three_deep_is_freed_by_ending_the_session_at_its_root(server: str) -> None:
    async with chain_of_locks(server, THE_CHAIN):
        locks = by_check(await asked(postgres(server)))["locks"]
        root = str(locks.rows.rows[0][0]) if locks.rows else ""
        action = ending(server)
        rehearsal = await rehearse(action, {"pid": root})
        still = by_check(await asked(postgres(server)))["locks"]
        outcome = await perform(action, {"pid": root}, rehearsal.bound)
        async with connected(server) as doctor:
            freed = "SELECT NOT EXISTS (SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = $1)"
            # The next in the chain goes on by itself, and still holds what those behind it wait for.
            waiting = "SELECT application_name FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = $1"
            name = urlsplit(server).path[1:]
            async with asyncio.timeout(10):
                while len(left := await doctor.fetch(waiting, name)) > 2:
                    await doctor.execute("SELECT pg_sleep(0.01)")
            assert {row[0] for row in left} == {"worker", "report"}
            assert not await doctor.fetchval(freed, name)
    assert rehearsal.ready
    assert rehearsal.lines[0].startswith(f"Ends session {root} of ")
    assert "(migration)" in rehearsal.lines[0]
    assert "idle in transaction" in rehearsal.lines[1]
    assert "UPDATE chained SET n = n WHERE n = ?" in rehearsal.lines[2]
    assert rehearsal.lines[3] == "It blocks 1 session, and behind these 2 more, which can go on then."
    assert rehearsal.rows is not None
    assert [row[4] for row in rehearsal.rows.rows] == THE_CHAIN
    assert rehearsal.ran == outcome.ran
    assert rehearsal.ran.splitlines() == [
        f"SELECT pg_terminate_backend({root}, 4000)",
        f"-- only where it is the session that connected at {rehearsal.bound['backend_start']} UTC",
    ]
    assert rehearsal.against == locks.against
    assert still.verdict in (Verdict.WARN, Verdict.CRITICAL)
    assert still.value == 3
    assert outcome.verdict is Ending.DONE
    assert outcome.said.startswith(f"Ended session {root} (")
    assert outcome.took_ms > 0


async def test_once_the_root_of_three_waiting_sessions_is_ended_all_of_them_finish(server: str) -> None:
    async with AsyncExitStack() as stack:
        root = await stack.enter_async_context(connected(server, "migration"))
        await root.execute(
            "DROP TABLE IF EXISTS chained; CREATE TABLE chained AS SELECT n FROM generate_series(0, 3) AS n"
        )
        await root.execute("BEGIN; UPDATE chained SET n = n WHERE n = 0")
        for number, name in enumerate(THE_CHAIN[1:], start=1):
            begun = f"BEGIN; UPDATE chained SET n = n WHERE n = {number}"
            last = f"UPDATE chained SET n = n WHERE n = {number - 1}; COMMIT"
            await stack.enter_async_context(running(server, name, begun, last))
        red = by_check(await asked(postgres(server)))["locks"]
        given = parse(ending(None).rule, ending(None).rule.filled("locks", red.facts))
        action = ending(server)
        outcome = await perform(action, given, (await rehearse(action, given)).bound)
        await until(
            server,
            "SELECT NOT EXISTS (SELECT FROM pg_stat_activity WHERE state <> 'idle' AND pid <> pg_backend_pid() "
            "AND datname = current_database())",
        )
        green = by_check(await asked(postgres(server)))["locks"]
    assert (red.verdict, red.value) == (Verdict.WARN, 3)
    assert outcome.verdict is Ending.DONE
    assert (green.verdict, green.value) == (Verdict.OK, 0)


async def test_all_that_wait_for_one_session_go_on_when_it_is_ended(server: str) -> None:
    async with chain_of_locks(server, ["migration", "api"]):
        action, given = ending(server), {"pid": await pid_of(server, "migration")}
        outcome = await perform(action, given, (await rehearse(action, given)).bound)
        assert outcome.verdict is Ending.DONE
        await until(
            server,
            "SELECT state = 'idle in transaction' FROM pg_stat_activity "
            "WHERE application_name = 'api' AND datname = current_database()",
        )


async def test_a_session_that_does_something_else_by_now_is_left_alone(server: str) -> None:
    async with connected(server, "shop") as shop:
        await shop.execute("BEGIN; CREATE TABLE held (n int)")
        action, given = ending(server), {"pid": shop.get_server_pid()}
        bound = (await rehearse(action, given)).bound
        await shop.execute("COMMIT")
        moved = await perform(action, given, bound)
        assert moved.verdict is Ending.REFUSED
        assert "has finished what it did" in moved.said
        another = await perform(action, given, {**bound, "backend_start": "2001-01-01 00:00:00.000000"})
        assert another.verdict is Ending.REFUSED
        assert "is another one by now" in another.said
        assert await shop.fetchval("SELECT 1") == 1
    await until(server, f"SELECT NOT EXISTS (SELECT FROM pg_stat_activity WHERE pid = {given['pid']})")
    gone = await perform(action, given, bound)
    assert gone.verdict is Ending.REFUSED
    assert "There is no session" in gone.said


async def test_a_session_that_runs_the_same_statement_again_is_still_the_one(server: str) -> None:
    async with connected(server, "shop") as shop:
        await shop.fetchval("SELECT 4711")
        action, given = ending(server), {"pid": shop.get_server_pid()}
        bound = (await rehearse(action, given)).bound
        await shop.fetchval("SELECT 4712")
        assert (await perform(action, given, bound)).verdict is Ending.DONE


async def test_what_was_rehearsed_is_what_is_run_and_nothing_else(server: str) -> None:
    async with connected(server, "shop") as shop, connected(server, "other") as other:
        action = ending(server)
        bound = (await rehearse(action, {"pid": shop.get_server_pid()})).bound
        swapped = await perform(action, {"pid": other.get_server_pid()}, bound)
        changed = await perform(ending(server, mode="cancel"), {"pid": shop.get_server_pid()}, bound)
        unseen = await perform(action, {"pid": shop.get_server_pid()}, {})
        assert {swapped.verdict, changed.verdict, unseen.verdict} == {Ending.REFUSED}
        assert "is not what was rehearsed" in swapped.said
        assert await shop.fetchval("SELECT 1") + await other.fetchval("SELECT 1") == 2


async def test_only_the_statement_is_cancelled_where_that_is_what_the_policy_says(server: str) -> None:
    action = ending(server, mode="cancel")
    async with running(server, "slow", "SELECT pg_sleep(60)") as slow:
        given = {"pid": slow.get_server_pid()}
        rehearsal = await rehearse(action, given)
        outcome = await perform(action, given, rehearsal.bound)
        nothing = await rehearse(action, given)
        async with connected(server) as doctor:
            there = await doctor.fetchval("SELECT state FROM pg_stat_activity WHERE pid = $1", given["pid"])
    assert rehearsal.lines[0].startswith("Cancels the statement of session")
    assert rehearsal.ran.startswith(f"SELECT pg_cancel_backend({given['pid']})\n-- only where")
    assert outcome.verdict is Ending.DONE, outcome
    assert there == "idle"
    assert not nothing.ready
    assert "runs no statement that could be cancelled: it is idle" in nothing.why_not
    assert "mode: terminate" in nothing.next_step


async def test_what_must_not_be_ended_is_refused_with_its_reason(server: str) -> None:
    action = ending(server)
    async with connected(server, "muster-diag") as own, connected(server) as doctor:
        writer = await doctor.fetchval("SELECT pid FROM pg_stat_activity WHERE backend_type = 'background writer'")
        found = [await rehearse(action, {"pid": pid}) for pid in (own.get_server_pid(), writer, 2**30, "0", "abc")]
    assert [one.ready for one in found] == [False] * 5
    assert "is Muster's own (muster-diag)" in found[0].why_not
    assert "is no client's session but Postgres's own (background writer)" in found[1].why_not
    assert "There is no session 1073741824 any more." in found[2].why_not
    assert "is too little: 1 is the least" in found[3].why_not
    assert "is not a whole number" in found[4].why_not
    assert all(one.bound == {} for one in found)


async def test_a_right_that_is_missing_is_named_with_its_grant(server: str, role: str) -> None:
    other = f"other_{secrets.token_hex(4)}"
    async with connected(server) as doctor:
        await doctor.execute(f"CREATE ROLE {other} LOGIN")
        try:
            as_other = urlunsplit(urlsplit(server)._replace(netloc=f"{other}@"))
            async with connected(as_other, "shop") as shop:
                action = ending(server, acting=role)
                given = {"pid": shop.get_server_pid()}
                blind = await rehearse(action, given)
                await doctor.execute(f"GRANT pg_read_all_stats TO {name_of(role)}")
                bound = await rehearse(action, given)
                await doctor.execute(f"GRANT pg_signal_backend TO {name_of(role)}")
                seen = await rehearse(action, given)
                superuser = await rehearse(action, {"pid": doctor.get_server_pid()})
                await doctor.execute(f"REVOKE pg_signal_backend FROM {name_of(role)}")
                late = await perform(action, given, seen.bound)
                await doctor.execute(f"GRANT pg_signal_backend TO {name_of(role)}")
                done = await perform(action, given, seen.bound)
        finally:
            await doctor.execute(f"DROP ROLE {other}")
    assert not blind.ready
    assert f'GRANT pg_read_all_stats TO "{name_of(role)}"' in blind.next_step
    assert not bound.ready
    assert f'GRANT pg_signal_backend TO "{name_of(role)}"' in bound.next_step
    assert seen.ready
    assert "is a superuser's" in superuser.why_not
    assert late.verdict is Ending.REFUSED
    assert done.verdict is Ending.DONE


async def test_a_server_that_cannot_be_reached_is_told_and_nothing_was_done() -> None:
    async with serving(silent) as port:
        hangs = f"postgresql://me:hunter2@127.0.0.1:{port}/x"
        dead = f"postgresql://me:hunter2@127.0.0.1:{nobody()}/x"
        for url in (hangs, dead, "hunter2", None):
            action = ending(url, timeout=0.3)
            rehearsal = await rehearse(action, {"pid": 1})
            assert not rehearsal.ready
            assert rehearsal.why_not.endswith(".")
            assert rehearsal.next_step
            outcome = await perform(action, {"pid": 1}, as_rehearsed(action, {"pid": 1}))
            assert outcome.verdict is Ending.REFUSED
            assert outcome.said == f"Nothing was done. {rehearsal.why_not}"
            assert "hunter2" not in str(rehearsal) + str(outcome)


async def test_a_connection_that_breaks_while_it_ends_a_session_leaves_it_unknown(server: str) -> None:
    async with connected(server, "shop") as shop, cutting(server, b"pg_terminate_backend(pid") as url:
        action, given = ending(url), {"pid": shop.get_server_pid()}
        rehearsal = await rehearse(action, given)
        outcome = await perform(action, given, rehearsal.bound)
    assert rehearsal.ready
    assert outcome.verdict is Ending.UNKNOWN
    assert outcome.said.startswith("It was sent, and nobody knows what became of it. The connection was lost: ")
    assert outcome.next_step.startswith("See for yourself")
