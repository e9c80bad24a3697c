"""Rules that change while incidents are open."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from bot.application.execute import Muster
from bot.application.replanning import replan
from bot.domain import commands as c
from bot.domain.actor import Actor
from bot.domain.errors import UnknownSeverity
from bot.domain.events import Replanned
from bot.domain.rules import Policy
from bot.store import timeline as log
from bot.store.tables import timers
from tests.integration.conftest import Clock

ALICE = Actor.person("U0ALICE")
STEP = "p1-unacknowledged"
MINUTE = timedelta(minutes=1)


def slower(policy: Policy) -> Policy:
    """The same rules, and the first call for a P1 comes after eight minutes in place of five."""
    steps = tuple(replace(step, after=8 * MINUTE) if step.name == STEP else step for step in policy.escalation)
    return replace(policy, escalation=steps)


async def due(muster: Muster, incident_id: int) -> datetime | None:
    """When somebody is called."""
    async with muster.database.transaction() as connection:
        query = select(timers.c.due_at).where(
            timers.c.incident_id == incident_id, timers.c.name.contains(STEP), ~timers.c.name.contains("lead")
        )
        found: datetime | None = await connection.scalar(query)
        return found


async def planned(muster: Muster, incident_id: int) -> int:
    """How often the clocks were set anew."""
    async with muster.database.transaction() as connection:
        entries = await log.entries_of(connection, incident_id)
    return sum(isinstance(entry.event, Replanned) for entry in entries)


async def test_clocks_of_open_incidents_are_set_by_the_new_rules(muster: Muster, clock: Clock) -> None:
    declared = await muster.execute(c.Declare(by=ALICE, title="It is down", severity="P1"))
    closed = await muster.execute(c.Declare(by=ALICE, title="It was down", severity="P1"))
    await muster.execute(c.Resolve(by=ALICE, summary="It is up"), ref=closed.incident.ref)
    await muster.execute(c.Close(by=ALICE), ref=closed.incident.ref)
    assert await due(muster, declared.incident_id) == clock() + 5 * MINUTE
    muster.policy = slower(muster.policy)
    clock.advance(minutes=1)
    await replan(muster, muster.policy)
    assert await due(muster, declared.incident_id) == clock() + 7 * MINUTE
    assert await planned(muster, closed.incident_id) == 0


async def test_several_processes_that_read_the_same_pack_plan_once(muster: Muster) -> None:
    declared = await muster.execute(c.Declare(by=ALICE, title="It is down", severity="P1"))
    muster.policy = slower(muster.policy)
    other = replace(muster)
    await replan(muster, muster.policy)
    await replan(other, other.policy)
    assert await planned(muster, declared.incident_id) == 1


async def test_what_was_done_by_old_rules_between_two_processes_reading_is_planned_again(
    muster: Muster, policy: Policy
) -> None:
    declared = await muster.execute(c.Declare(by=ALICE, title="It is down", severity="P1"))
    other, muster.policy = replace(muster, policy=policy), slower(policy)
    await replan(muster, muster.policy)
    await other.execute(c.ChangeSeverity(by=ALICE, severity="P2"), ref=declared.incident.ref)
    other.policy = muster.policy
    await replan(other, other.policy)
    assert await planned(muster, declared.incident_id) == 2


async def test_a_step_that_the_pack_has_dropped_calls_nobody(muster: Muster, policy: Policy, clock: Clock) -> None:
    declared = await muster.execute(c.Declare(by=ALICE, title="It is down", severity="P1"))
    async with muster.database.transaction() as connection:
        rows = (await connection.execute(select(timers.c.name, timers.c.generation))).all()
    assert any(STEP in row.name for row in rows)
    muster.policy = replace(policy, escalation=())
    clock.advance(days=1)
    for row in rows:
        if STEP in row.name:
            ring = c.FireTimer(by=ALICE, name=row.name, generation=row.generation)
            assert not (await muster.execute(ring, incident_id=declared.incident_id)).entries


async def test_a_declaration_in_flight_ends_by_the_rules_that_it_began_with(muster: Muster, policy: Policy) -> None:
    """The clock is asked when the transaction has begun: at that moment others are put in force."""
    others = replace(policy, severities=tuple(s for s in policy.severities if s.name != "P1"), default_severity="P2")

    def changes() -> datetime:
        muster.policy = others
        return clock()

    clock, muster.now = muster.now, changes
    declared = await muster.execute(c.Declare(by=ALICE, title="It is down", severity="P1"))
    assert declared.incident.severity == "P1"
    assert await due(muster, declared.incident_id) == clock() + 5 * MINUTE
    with pytest.raises(UnknownSeverity):
        await muster.execute(c.Declare(by=ALICE, title="It is down", severity="P1"))
