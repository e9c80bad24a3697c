"""Slack is gone for an hour, and the work goes on at the terminal."""

from collections import Counter
from datetime import timedelta

from sqlalchemy import text

from bot.domain import commands as c
from bot.domain import events as e
from bot.domain.actor import Actor
from bot.sandbox import Fault
from tests.chaos.audit import audit, record_of
from tests.chaos.story import Story
from tests.chaos.theatre import Theatre, theatre

ME = Actor.cli("root")
MINUTES, STEP = 60, 10

#: As if the time that lanes and jobs were put off for had passed: it is the database's, and can't be moved on.
_DUE = (
    text("UPDATE lanes SET until = now() WHERE holder = '00000000-0000-0000-0000-000000000000'"),
    text("UPDATE pgqueuer SET execute_after = now() WHERE status = 'queued' AND entrypoint <> 'timer'"),
)
_LATE = text("SELECT count(*) FROM timers WHERE armed AND due_at <= :now")


async def pass_time(made: Theatre, **parts: float) -> None:
    """Moves the clock on, and waits until every timer that came due has rung."""
    made.clock.advance(**parts)
    late = 1
    while late:
        async with made.door.database.transaction() as connection:
            late = await connection.scalar(_LATE, {"now": made.clock()})
            await connection.execute(text("SELECT pg_sleep(0.05)"))


async def test_an_hour_without_slack_loses_nothing(database: str) -> None:
    async with theatre(database) as made:
        sandbox, door = made.sandbox, made.door
        story = Story(sandbox, door, made.watch, 1)
        await story.declare()
        await made.watch.settled(story.ref)

        gone = Fault(method="*", refuse_connection=True, times=-1)
        made.script.add(gone)
        declared = await door.execute(c.Declare(by=ME, title="Mail is slow chaos-002", severity="P2"))
        for number in range(MINUTES // STEP):
            await story.execute(c.PostUpdate(by=ME, text=f"Update {number} without Slack"))
            await story.execute(c.AddActionItem(by=ME, text=f"Item {number}"))
            await pass_time(made, minutes=STEP)
        await story.execute(c.ChangeStatus(by=ME, status="identified", note="It is the pool"))
        await story.execute(c.ChangeSeverity(by=ME, severity="P2"))
        await door.execute(c.Acknowledge(by=Actor.person(sandbox.people["bob"].id)), ref=declared.incident.ref)
        await pass_time(made, seconds=1)  # another severity has other clocks, and these should have rung long ago

        gone.times, seen = 0, len(sandbox.calls)
        async with door.database.transaction() as connection:
            for statement in _DUE:
                await connection.execute(statement)
        await made.watch.all_settled()

        room = next(ch for ch in sandbox.workspace.channels.values() if ch.name.startswith(story.ref.lower()))
        announced = sandbox.channel("incidents").id
        shown = Counter(
            (call.method, call.params.get("channel"), call.params.get("ts"))
            for call in sandbox.calls[seen:]
            if call.method in {"chat.update", "conversations.setTopic"}
            and call.params.get("channel") in {room.id, announced}
        )
        assert len(shown) == 3, "the card, the announcement and the topic of the first incident"
        assert set(shown.values()) == {1}, "one call catches a surface up"

        first, second = await audit(door, sandbox, [story.ref, declared.incident.ref])
        updates = [f"{m.blocks}" for m in room.messages if m.thread_ts and "without Slack" in f"{m.blocks}"]
        assert len(updates) == MINUTES // STEP
        assert all(f"Update {number} without" in update for number, update in enumerate(updates))
        rung = [(event.step, event.round) for event in first.events(e.Escalated)]
        assert len(rung) == len(set(rung))
        assert {("p1-unacknowledged", 4), ("p1-unacknowledged-lead", 1), ("p2-unacknowledged-lead", 1)} <= set(rung)
        assert [event.step for event in second.events(e.Escalated)].count("p2-unacknowledged-lead") == 1
        assert timedelta(minutes=MINUTES) <= made.clock.ahead
        async with door.database.transaction() as connection:
            assert (await record_of(connection, story.ref)).incident.updates == MINUTES // STEP
