"""The law that the design stands on: folding a timeline gives the incident's row."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.application.execute import Muster
from bot.domain import commands as c
from bot.domain.actor import MUSTER, Actor
from bot.domain.errors import DomainError
from bot.domain.evolve import fold
from bot.domain.rules import Policy
from bot.store import incidents, letters, timers
from bot.store import timeline as log
from bot.store.chain import verify
from bot.store.codec import incident_to_json
from bot.store.database import Database

USERS = ["U0ALICE", "U0BOB", "U0CAROL"]
people = st.sampled_from([Actor.person(user) for user in USERS] + [Actor.cli("root"), MUSTER])
words = st.text(max_size=40)
ts = st.sampled_from(["1700000000.000100", "1700000001.000200"])
severities = st.sampled_from(["p1", "SEV2", "p3", "P4", "p9"])
statuses = st.sampled_from(["investigating", "identified", "monitoring", "resolved", "closed", "nonsense"])

commands = st.one_of(
    st.builds(c.Acknowledge, by=people),
    st.builds(c.PostUpdate, by=people, text=words, status=st.none() | statuses),
    st.builds(c.ChangeStatus, by=people, status=statuses, note=words),
    st.builds(c.ChangeSeverity, by=people, severity=severities, why=words),
    st.builds(c.AssignRole, by=people, role=st.sampled_from(["ic", "scribe", "ghost"]), user=st.sampled_from(USERS)),
    st.builds(c.Escalate, by=people, why=words, people=st.just(()) | st.just(("U0BOB",))),
    st.builds(c.AddNote, by=people, text=words),
    st.builds(c.CaptureMessage, by=people, channel=st.just("C1"), ts=ts, user=st.sampled_from(USERS), text=words),
    st.builds(c.EditMessage, by=people, channel=st.just("C1"), ts=ts, text=words),
    st.builds(c.DeleteMessage, by=people, channel=st.just("C1"), ts=ts),
    st.builds(c.PinMessage, by=people, channel=st.just("C1"), ts=ts, user=st.sampled_from(USERS)),
    st.builds(c.UnpinMessage, by=people, channel=st.just("C1"), ts=ts, user=st.sampled_from(USERS)),
    st.builds(c.AddActionItem, by=people, text=words, due=st.none() | st.dates(date(2026, 1, 1), date(2027, 1, 1))),
    st.builds(c.FinishActionItem, by=people, number=st.integers(1, 3)),
    st.builds(c.RequestDiagnostic, by=people, target=st.sampled_from(["db", "moon"]), run=st.just("r1")),
    st.builds(c.Resolve, by=people, summary=words, root_cause=words, impact=words),
    st.builds(c.Reopen, by=people, why=words),
    st.builds(c.Close, by=people, note=words),
    st.builds(c.RecordJoin, by=st.just(MUSTER), user=st.sampled_from(USERS)),
    st.builds(c.RecordLeave, by=st.just(MUSTER), user=st.sampled_from(USERS)),
    st.builds(c.RecordChannel, by=st.just(MUSTER), channel=st.just("C1"), name=st.just("inc-1")),
    st.builds(c.RecordFailure, by=st.just(MUSTER), outbox=st.just(1), what=words, reason=words),
    st.builds(c.DropDelivery, by=people, outbox=st.integers(0, 9), why=words),
    st.builds(c.FireTimer, by=st.just(MUSTER), name=st.just("(next due)"), generation=st.just(0)),
)


@pytest.fixture(scope="module")
def runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as made:
        yield made


@settings(
    max_examples=60,
    deadline=None,
    # The database outlives the examples on purpose: every example declares an incident of its own.
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    private=st.booleans(),
    steps=st.lists(st.tuples(st.integers(0, 90), commands), max_size=25),
)
def test_folding_a_timeline_gives_the_incident_row(
    database: str, policy: Policy, runner: asyncio.Runner, private: bool, steps: list[tuple[int, c.Command]]
) -> None:
    runner.run(_live(database, policy, private, steps))


async def _live(url: str, policy: Policy, private: bool, steps: list[tuple[int, c.Command]]) -> None:
    store = Database(url, connections=1)
    time = [datetime(2026, 3, 14, 3, 0, tzinfo=UTC)]
    muster = Muster(store, policy, lambda: time[0])
    try:
        alice = Actor.person("U0ALICE")
        done = await muster.execute(c.Declare(by=alice, title="It's down", severity="P1", private=private))
        for minutes, command in steps:
            time[0] += timedelta(minutes=minutes)
            await _try(muster, done.incident_id, command)
        async with store.transaction() as connection:
            stored = await incidents.by_id(connection, done.incident_id)
            entries = await log.entries_of(connection, done.incident_id)
            rows = await log.rows_of(connection, done.incident_id)
        assert stored is not None
        assert incident_to_json(fold(entries)) == incident_to_json(stored.incident)
        assert [entry.seq for entry in entries] == list(range(1, stored.incident.seq + 1))
        assert verify(stored.incident.ref, rows, seq=stored.incident.seq, head=stored.head) == []
        steps_rung = [e.event.step for e in entries if type(e.event).__name__ == "Escalated" and e.event.step]  # type: ignore[union-attr]
        if stored.incident.acknowledged_at and entries[1:2] and type(entries[1].event).__name__ == "Acknowledged":
            unanswered = {s.name for s in policy.escalation if s.trigger == "unacknowledged"}
            assert not unanswered & set(steps_rung), "an acknowledged incident was escalated for want of one"
    finally:
        await store.close()


async def _try(muster: Muster, incident_id: int, command: c.Command) -> None:
    if isinstance(command, c.FireTimer):
        async with muster.database.transaction() as connection:
            pending = [t for t in await timers.pending(connection, incident_id) if t.due_at <= muster.now()]
        if not pending:
            return
        command = c.FireTimer(by=MUSTER, name=pending[0].name, generation=pending[0].generation)
    if isinstance(command, c.DropDelivery):
        async with muster.database.transaction() as connection:
            rows = await letters.shown(connection, incident_id=incident_id, everything=True, limit=99)
        command = replace(command, outbox=rows[command.outbox % len(rows)].id)
    if isinstance(command, c.RecordChannel):
        command = replace(command, channel=f"C{incident_id}")
    try:
        await muster.execute(command, incident_id=incident_id)
    except DomainError as refused:
        assert refused.sentence  # noqa: PT017 (every refusal is a sentence, with its details filled in)
