"""The one door, on a real database."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import insert, select, text
from sqlalchemy.exc import DBAPIError

from bot.application.execute import Muster
from bot.domain import commands as c
from bot.domain.actor import MUSTER, Actor
from bot.domain.errors import AlreadyAcknowledged, UnknownIncident, UnknownSeverity
from bot.store import incidents, queue, timers
from bot.store import timeline as log
from bot.store.database import DatabaseUnavailable, raw
from bot.store.tables import outbox
from tests.integration.conftest import Clock

ALICE = Actor.person("U0ALICE")
BOB = Actor.person("U0BOB")


def declaration(**more: Any) -> c.Declare:
    return replace(c.Declare(by=ALICE, title="Checkout is down", severity="p1"), **more)


async def letters(muster: Muster, incident_id: int) -> list[tuple[str, str, str | None]]:
    async with muster.database.transaction() as connection:
        rows = await connection.execute(
            select(outbox.c.lane, outbox.c.kind, outbox.c.payload["message"].astext)
            .where(outbox.c.incident_id == incident_id)
            .order_by(outbox.c.id)
        )
        return [(lane.partition(":")[2] or lane, kind, message) for lane, kind, message in rows]


async def queued(muster: Muster) -> int:
    async with muster.database.transaction() as connection:
        return int(await connection.scalar(text("select count(*) from pgqueuer")) or 0)


async def test_a_declaration_commits_its_row_timeline_timers_outbox_and_jobs_together(muster: Muster) -> None:
    done = await muster.execute(declaration())

    assert done.incident.ref == "INC-2026-03-14-001"
    assert done.incident.channel_name == "inc-2026-03-14-001-checkout-is-down"
    assert await letters(muster, done.incident_id) == [
        ("room", "open_channel", None),
        ("room", "post", "alert"),
        ("room", "publish", None),
    ]
    async with muster.database.transaction() as connection:
        names = [timer.name for timer in await timers.pending(connection, done.incident_id)]
    assert any(name.startswith("escalate:") for name in names)
    assert "update" in names
    assert await queued(muster) == 1 + len(names)  # one job for the lane, one a timer


async def test_references_are_counted_per_day(muster: Muster, clock: Clock) -> None:
    refs = [(await muster.execute(declaration())).incident.ref for _ in range(2)]
    clock.advance(days=1)
    refs.append((await muster.execute(declaration())).incident.ref)
    assert refs == ["INC-2026-03-14-001", "INC-2026-03-14-002", "INC-2026-03-15-001"]


async def test_a_refused_declaration_takes_no_number_and_leaves_nothing(muster: Muster) -> None:
    with pytest.raises(UnknownSeverity):
        await muster.execute(declaration(severity="p9"), key="command:1")
    assert await queued(muster) == 0
    done = await muster.execute(declaration(), key="command:1")
    assert done.incident.ref == "INC-2026-03-14-001"
    assert not done.duplicate


async def test_the_same_key_twice_has_one_effect(muster: Muster) -> None:
    first = await muster.execute(declaration(), key="command:1")
    again = await muster.execute(declaration(), key="command:1")
    assert again.duplicate
    assert again.incident.ref == first.incident.ref
    assert len(await letters(muster, first.incident_id)) == 3


async def test_the_same_key_at_once_has_one_effect(muster: Muster) -> None:
    outcomes = await asyncio.gather(*(muster.execute(declaration(), key="command:1") for _ in range(8)))
    assert len({outcome.incident.ref for outcome in outcomes}) == 1
    assert sum(not outcome.duplicate for outcome in outcomes) == 1


async def test_people_who_declare_at_once_get_different_references(muster: Muster) -> None:
    outcomes = await asyncio.gather(*(muster.execute(declaration()) for _ in range(20)))
    assert sorted(o.incident.ref for o in outcomes) == [f"INC-2026-03-14-{n:03d}" for n in range(1, 21)]


async def test_only_one_of_two_who_acknowledge_at_once_succeeds(muster: Muster) -> None:
    ref = (await muster.execute(declaration())).incident.ref
    outcomes = await asyncio.gather(
        *(muster.execute(c.Acknowledge(by=who), ref=ref) for who in (ALICE, BOB)), return_exceptions=True
    )
    assert [type(outcome) for outcome in outcomes if isinstance(outcome, Exception)] == [AlreadyAcknowledged]


async def test_notes_written_at_once_make_a_gapless_timeline(muster: Muster) -> None:
    done = await muster.execute(declaration())
    await asyncio.gather(
        *(muster.execute(c.AddNote(by=BOB, text=f"note {n}"), ref=done.incident.ref) for n in range(20))
    )
    async with muster.database.transaction() as connection:
        entries = await log.entries_of(connection, done.incident_id)
    assert [entry.seq for entry in entries] == list(range(1, 22))


async def test_a_private_incident_answers_strangers_as_if_it_were_not_there(muster: Muster) -> None:
    done = await muster.execute(declaration(private=True))
    with pytest.raises(UnknownIncident) as private:
        await muster.execute(c.AddNote(by=BOB, text="hello"), ref=done.incident.ref)
    with pytest.raises(UnknownIncident) as missing:
        await muster.execute(c.AddNote(by=BOB, text="hello"), ref="INC-2026-03-14-999")
    assert str(private.value).replace("001", "999") == str(missing.value)
    await muster.execute(c.RecordJoin(by=MUSTER, user="U0BOB"), ref=done.incident.ref)
    await muster.execute(c.AddNote(by=BOB, text="hello"), ref=done.incident.ref)


async def test_a_private_title_is_in_no_channel_name_and_announced_nowhere(muster: Muster) -> None:
    done = await muster.execute(declaration(private=True, title="Alice took the money"))
    await muster.execute(
        c.RecordChannel(by=MUSTER, channel="C1", name=str(done.incident.channel_name)), ref=done.incident.ref
    )
    await muster.execute(c.Escalate(by=ALICE, why="need help"), ref=done.incident.ref)
    assert "alice" not in str(done.incident.channel_name)
    assert not [lane for lane, _, _ in await letters(muster, done.incident_id) if lane == "announce"]


async def test_an_acknowledgement_silences_the_escalation_clock(muster: Muster, clock: Clock) -> None:
    done = await muster.execute(declaration())
    await muster.execute(c.Acknowledge(by=BOB), ref=done.incident.ref)
    async with muster.database.transaction() as connection:
        names = [timer.name for timer in await timers.pending(connection, done.incident_id)]
    unacknowledged = {f"escalate:{step.name}" for step in muster.policy.escalation if step.trigger == "unacknowledged"}
    assert not unacknowledged & set(names)


async def test_a_timer_of_an_older_generation_does_nothing(muster: Muster, clock: Clock) -> None:
    done = await muster.execute(declaration())
    async with muster.database.transaction() as connection:
        update = next(t for t in await timers.pending(connection, done.incident_id) if t.name == "update")
    clock.advance(minutes=5)
    await muster.execute(c.PostUpdate(by=BOB, text="working on it"), ref=done.incident.ref)
    late = c.FireTimer(by=MUSTER, name="update", generation=update.generation)
    assert not (await muster.execute(late, incident_id=done.incident_id)).entries


async def test_a_timer_that_fires_twice_escalates_once(muster: Muster, clock: Clock) -> None:
    done = await muster.execute(declaration())
    async with muster.database.transaction() as connection:
        pending = await timers.pending(connection, done.incident_id)
    first = next(timer for timer in pending if timer.name.startswith("escalate:"))
    clock.advance(minutes=6)
    fire = c.FireTimer(by=MUSTER, name=first.name, generation=first.generation)
    outcomes = await asyncio.gather(*(muster.execute(fire, incident_id=done.incident_id) for _ in range(3)))
    assert sum(len(outcome.entries) for outcome in outcomes) == 1
    async with muster.database.transaction() as connection:
        stored = await incidents.by_id(connection, done.incident_id)
    assert stored is not None
    assert stored.incident.escalations == 1


async def test_a_connection_that_breaks_before_the_jobs_are_written_records_nothing(muster: Muster) -> None:
    broken = asyncio.Event()
    with pytest.raises(DatabaseUnavailable):  # noqa: PT012 (it breaks in the middle)
        async with muster.database.transaction() as connection:
            (await raw(connection)).add_termination_listener(lambda _: broken.set())
            pid = await connection.scalar(text("select pg_backend_pid()"))
            async with muster.database.transaction() as other:
                await other.execute(text("select pg_terminate_backend(:pid)"), {"pid": pid})
            await broken.wait()
            await queue.enqueue(connection, [queue.Job(queue.DELIVER, {"lane": "1:room"})])
    assert await queued(muster) == 0


async def test_a_fault_says_nothing_of_what_was_being_written(muster: Muster) -> None:
    with pytest.raises(DBAPIError) as fault:
        async with muster.database.transaction() as connection:
            await connection.execute(insert(outbox).values(kind="post", payload={"title": "Alice took it\x00"}))
    assert "Alice" not in str(fault.value)


async def test_a_lock_that_is_held_too_long_is_told_in_time_and_records_nothing(muster: Muster) -> None:
    done = await muster.execute(declaration())
    async with muster.database.engine.connect() as holder:
        await holder.begin()
        await incidents.lock(holder, ref=done.incident.ref)
        with pytest.raises(DatabaseUnavailable):
            await muster.execute(c.AddNote(by=BOB, text="hello"), ref=done.incident.ref, within=0.2)
        await holder.rollback()
    note = await muster.execute(c.AddNote(by=BOB, text="hello"), ref=done.incident.ref)
    assert note.entries[0].seq == 2
