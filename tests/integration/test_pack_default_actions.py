"""The actions of `default` on a real Postgres: each ends what its own check found, and nothing else."""

import asyncio

import pytest

from bot.diagnostics.actions import Action, Ending, perform, rehearse
from bot.domain.action_rules import ActionRule
from bot.paths import RUNBOOKS
from bot.policy.read import read_pack
from tests.support.sickness import connected, running, until
from tests.support.targets import asked, by_check, postgres

POLICY = read_pack("default", root=RUNBOOKS)
IDLES = "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE application_name = 'forgetful' AND state LIKE 'idle in%')"
THERE = "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE pid = $1)"


def rule(name: str) -> ActionRule:
    found = POLICY.action(name)
    assert found is not None
    return found


async def ended(name: str, url: str) -> int:
    """Ends whom the action's check names; returns the number of that session."""
    ill = postgres(url, idle_in_transaction_warn_s=0, long_statement_warn_s=0)
    (check,) = rule(name).offered_on
    result = by_check(await asked(ill))[check]
    pid = int(rule(name).filled(check, result.facts)["pid"])
    action = Action(rule=rule(name), target=ill, value_of=ill.value_of)
    rehearsal = await rehearse(action, {"pid": pid})
    assert rehearsal.ready, rehearsal.why_not
    outcome = await perform(action, {"pid": pid}, rehearsal.bound)
    assert outcome.verdict is Ending.DONE, outcome
    return pid


async def test_what_idles_is_ended_and_not_who_blocks_others_at_the_same_time(empty_database: str) -> None:
    async with connected(empty_database, "doctor") as doctor, connected(empty_database, "forgetful") as idle:
        await idle.execute("BEGIN; SELECT 1")
        await until(empty_database, IDLES)
        async with connected(empty_database, "migration") as root:
            await root.execute("CREATE TABLE orders (id int)")
            await root.execute("BEGIN; LOCK TABLE orders")
            async with running(empty_database, "api", "SELECT count(*) FROM orders"):
                assert await ended("end-idle", empty_database) == idle.get_server_pid()
                assert await doctor.fetchval(THERE, root.get_server_pid())
                assert not await doctor.fetchval(THERE, idle.get_server_pid())


async def test_a_statement_is_cancelled_and_its_session_stays(empty_database: str) -> None:
    async with (
        connected(empty_database, "doctor") as doctor,
        running(empty_database, "report", "SELECT pg_sleep(60)") as report,
    ):
        assert await ended("cancel-statement", empty_database) == report.get_server_pid()
        async with asyncio.timeout(20):
            while await doctor.fetchval(
                "SELECT state FROM pg_stat_activity WHERE pid = $1", report.get_server_pid()
            ) not in ("idle", None):
                await doctor.execute("SELECT pg_sleep(0.01)")
        assert await doctor.fetchval(THERE, report.get_server_pid())


async def test_the_session_at_the_root_is_ended_and_who_waited_goes_on(empty_database: str) -> None:
    async with connected(empty_database, "migration") as root:
        await root.execute("CREATE TABLE orders (id int)")
        await root.execute("BEGIN; LOCK TABLE orders")
        async with running(empty_database, "api", "SELECT count(*) FROM orders"):
            assert await ended("end-session", empty_database) == root.get_server_pid()
            await until(
                empty_database,
                "SELECT NOT EXISTS (SELECT FROM pg_stat_activity WHERE application_name = 'api' AND state = 'active')",
            )


@pytest.mark.parametrize("action", [action.name for action in POLICY.actions])
def test_one_person_more_agrees_and_what_is_lost_is_said(action: str) -> None:
    assert rule(action).approvals.count == 1
    assert rule(action).approvals.other_person
    assert "rolled back" in rule(action).does or "rolls it back" in rule(action).does
