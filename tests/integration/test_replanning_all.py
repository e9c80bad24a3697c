"""Rules that change several times, and incidents that cannot be planned by them."""

from sqlalchemy import text

from bot.application.execute import Muster
from bot.application.replanning import replan
from bot.domain import commands as c
from bot.domain.rules import Policy
from tests.integration.conftest import Clock
from tests.integration.test_replanning import ALICE, MINUTE, due, planned, slower


async def test_rules_that_are_put_in_force_again_set_the_clocks_again(
    muster: Muster, policy: Policy, clock: Clock
) -> None:
    declared = await muster.execute(c.Declare(by=ALICE, title="It is down", severity="P1"))
    for rules in (slower(policy), policy, slower(policy)):
        muster.policy = rules
        await replan(muster, rules)
    assert await due(muster, declared.incident_id) == clock() + 8 * MINUTE
    assert await planned(muster, declared.incident_id) == 3


async def test_an_incident_that_cannot_be_planned_keeps_no_other_from_it(
    muster: Muster, policy: Policy, clock: Clock
) -> None:
    first, second = [await muster.execute(c.Declare(by=ALICE, title="It is down", severity="P1")) for _ in range(2)]
    muster.policy = slower(policy)
    async with muster.database.transaction(within=30) as connection:
        lock = text("select 1 from incidents where id = :id for update")
        await connection.execute(lock, {"id": first.incident_id})
        await replan(muster, muster.policy)
    assert await due(muster, first.incident_id) == clock() + 5 * MINUTE
    assert await due(muster, second.incident_id) == clock() + 8 * MINUTE
