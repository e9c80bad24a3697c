"""What background work does after a death, a fault of ours, or one failure upon another."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import insert, select, text, update

from bot.application.diagnose import Diagnostics
from bot.diagnostics.result import Report, Verdict
from bot.domain import commands as c
from bot.domain.effects import Surface
from bot.domain.errors import UnknownTarget
from bot.domain.events import DiagnosticRecorded
from bot.jobs.timers import Timers
from bot.jobs.upkeep import Upkeep
from bot.jobs.worker import Worker
from bot.sandbox import Fault
from bot.store import evidence, lanes, queue
from bot.store import timeline as log
from bot.store.database import Database, DatabaseUnavailable
from bot.store.tables import incidents, outbox
from bot.store.tables import lanes as leases
from tests.integration.post import Post


def upkeep(post: Post) -> Upkeep:
    return Upkeep(Timers(post.muster), post.delivery, post.surfaces)


async def delivery_jobs(post: Post, lane: str) -> int:
    async with post.muster.database.transaction() as connection:
        counted = text("select count(*) from pgqueuer where entrypoint = 'deliver' and payload = :payload")
        return int(await connection.scalar(counted, {"payload": f'{{"lane": "{lane}"}}'.encode()}) or 0)


async def test_a_lost_answer_and_then_a_failing_search_still_post_once(post: Post) -> None:
    done = await post.declare()
    await post.everything()
    name = str(done.incident.channel_name)
    await post.muster.execute(c.Escalate(by=post.alice, why="need hands"), ref=done.incident.ref)
    room = post.sandbox.channel(name).id
    post.sandbox.faults.add(
        Fault(method="chat.postMessage", lose_answer=True, when=lambda call: call["channel"] == room)
    )
    post.sandbox.faults.add(Fault(method="conversations.history", http_status=429, retry_after=0))
    await post.everything()
    assert sum("need hands" in text for text in post.texts(name)) == 1


async def test_a_lane_that_slack_put_off_is_left_alone_until_then(post: Post) -> None:
    done = await post.declare()
    lane = f"{done.incident_id}:room"
    post.sandbox.faults.add(Fault(method="conversations.create", http_status=429, retry_after=120, times=-1))
    await post.delivery.drain(lane)
    assert post.methods().count("conversations.create") == 1
    jobs = await delivery_jobs(post, lane)
    for number in range(3):
        await post.muster.execute(c.AddActionItem(by=post.alice, text=f"item {number}"), ref=done.incident.ref)
        await post.delivery.drain(lane)
        await upkeep(post).once()
    assert post.methods().count("conversations.create") == 1
    assert await delivery_jobs(post, lane) == jobs + 3, "each job that finds the lane put off leaves no other behind"


async def test_a_lane_left_in_an_outage_is_taken_up_again_when_the_database_is_back(post: Post) -> None:
    done = await post.declare()
    patient, courtesy, lane = post.muster.database, post.delivery.courtesy, f"{done.incident_id}:room"
    post.muster.database = Database(patient.url, patience=0.3)
    async with patient.engine.connect() as outage:

        async def begin() -> None:
            await outage.execute(select(leases).with_for_update())

        post.delivery.courtesy = begin  # asked before the lane is taken, and again once it is
        with pytest.raises(DatabaseUnavailable):
            await post.delivery.drain(lane)
        await outage.rollback()
    await post.muster.database.close()
    post.muster.database, post.delivery.courtesy = patient, courtesy
    await post.delivery.drain(lane)
    assert len(post.texts(str(done.incident.channel_name))) == 2
    assert post.methods().count("conversations.create") == 1


async def test_a_surface_whose_process_died_is_shown_by_upkeep(post: Post) -> None:
    done = await post.declare()
    await post.everything()
    await post.muster.execute(c.ChangeSeverity(by=post.alice, severity="P2"), ref=done.incident.ref)
    async with post.muster.database.transaction() as connection:
        assert await lanes.take(connection, f"{done.incident_id}:surface:topic", uuid4())
    await post.surfaces.refresh(done.incident_id, Surface.TOPIC)
    room = post.sandbox.channel(str(done.incident.channel_name))
    assert "P1" in room.topic
    await upkeep(post).once()
    assert "P1" in room.topic, "somebody may still be at it"
    await post.let_leases_run_out()
    await upkeep(post).once()
    assert "P2" in room.topic


async def test_a_change_taken_back_while_slack_was_silent_is_shown_as_taken_back(post: Post) -> None:
    done = await post.declare()
    await post.everything()
    await post.muster.execute(c.ChangeSeverity(by=post.alice, severity="P2"), ref=done.incident.ref)
    post.sandbox.faults.add(Fault(method="conversations.setTopic", lose_answer=True))
    await post.surfaces.refresh(done.incident_id, Surface.TOPIC)
    room = post.sandbox.channel(str(done.incident.channel_name))
    assert "P2" in room.topic
    await post.muster.execute(c.ChangeSeverity(by=post.alice, severity="P1"), ref=done.incident.ref)
    await post.everything()
    assert "P1" in room.topic


async def test_a_row_that_only_a_newer_version_knows_waits_for_it(post: Post) -> None:
    done = await post.declare()
    await post.everything()
    lane = f"{done.incident_id}:room"
    row = {"incident_id": done.incident_id, "lane": lane, "kind": "hologram", "seq": 1, "payload": {}, "priority": 0}
    async with post.muster.database.transaction() as connection:
        await connection.execute(insert(outbox).values(**row, created_at=post.muster.now()))
    await post.delivery.drain(lane)
    async with post.muster.database.transaction() as connection:
        status = await connection.scalar(text("select status from outbox where kind = 'hologram'"))
    assert status == "waiting"
    assert (await post.row(done.incident_id)).troubles == 0


async def test_an_incident_that_cannot_be_read_keeps_upkeep_from_nothing_else(
    post: Post, caplog: pytest.LogCaptureFixture
) -> None:
    sick, well = await post.declare(), await post.declare()
    async with post.muster.database.transaction() as connection:
        await connection.execute(update(outbox).values(created_at=outbox.c.created_at - timedelta(days=9000)))
        bad = update(incidents).where(incidents.c.id == sick.incident_id)
        await connection.execute(bad.values(state=text("jsonb_set(state, '{declared_at}', '\"yesterday\"')")))
    await upkeep(post).once()
    assert (await post.row(well.incident_id)).channel_id
    assert "tried again" in caplog.text


async def test_a_diagnostic_that_died_before_it_was_recorded_cites_the_report_that_was_kept(post: Post) -> None:
    done = await post.declare()
    diagnostics = Diagnostics(post.muster, lambda _name: None)
    first = await diagnostics.diagnose("db")
    well = replace(first, results=tuple(replace(result, verdict=Verdict.WARN) for result in first.results))
    async with post.muster.database.transaction() as connection:
        await evidence.keep(
            connection, done.incident_id, run="run-1", target="db", report=well.to_dict(), digest=well.digest()
        )
    await diagnostics.diagnose_incident(done.incident_id, "db", "run-1")
    async with post.muster.database.transaction() as connection:
        event = (await log.entries_of(connection, done.incident_id))[-1].event
        assert isinstance(event, DiagnosticRecorded)
        kept = await evidence.report(connection, event.evidence)
    assert kept is not None
    report = Report.from_dict(kept)
    assert (event.digest, event.verdict, event.findings) == (report.digest(), "WARN", report.findings)


async def test_updates_go_on_in_the_channel_when_the_alert_was_deleted(post: Post) -> None:
    done = await post.declare()
    await post.everything()
    room = post.sandbox.channel(str(done.incident.channel_name))
    alert = next(m for m in room.messages if m.blocks)
    room.messages.remove(alert)
    await post.muster.execute(c.PostUpdate(by=post.alice, text="failing over"), ref=done.incident.ref)
    await post.everything()
    assert any("failing over" in text for text in post.texts(room.name))
    assert (await post.row(done.incident_id)).troubles == 0


@asynccontextmanager
async def at_work(url: str, diagnose: Callable[[int, str, str, bool], Awaitable[None]]) -> AsyncIterator[None]:
    """A worker that knows diagnostics only; at the end it gets a moment to finish, as when a process is stopped."""

    async def nothing(*_: object) -> None: ...

    idle = dict.fromkeys(("drain", "refresh", "fire", "act", "review", "upkeep", "keep"), nothing)
    made = Worker(url, diagnose=diagnose, **idle)
    running = asyncio.create_task(made.run())
    async with asyncio.timeout(40):
        yield
        made.stop()
        await asyncio.wait({running}, timeout=1)
        running.cancel()
        await asyncio.wait({running})


async def test_a_job_that_is_cut_off_by_a_restart_is_done_by_the_next_process(post: Post) -> None:
    begun, done = asyncio.Event(), asyncio.Event()

    async def hang(*_: object) -> None:
        begun.set()
        await asyncio.Event().wait()

    async def finish(*_: object) -> None:
        done.set()

    async with post.muster.database.transaction() as connection:
        job = queue.Job(queue.CHECK, {"incident": 1, "target": "db", "run": "run-1"})
        await queue.enqueue(connection, [job])
    async with at_work(post.muster.database.url, hang):
        await begun.wait()
    async with at_work(post.muster.database.url, finish):
        await done.wait()


async def test_a_job_that_the_rules_refuse_is_not_tried_for_ever(post: Post, caplog: pytest.LogCaptureFixture) -> None:
    asked = asyncio.Event()

    async def refuse(_incident: int, target: str, _run: str, _watch: bool) -> None:
        asked.set()
        raise UnknownTarget(typed=target)

    async with post.muster.database.transaction() as connection:
        job = queue.Job(queue.CHECK, {"incident": 1, "target": "moon", "run": "run-1"})
        await queue.enqueue(connection, [job])
    async with at_work(post.muster.database.url, refuse):
        await asked.wait()
    async with post.muster.database.transaction() as connection:
        assert await connection.scalar(text("select count(*) from pgqueuer")) == 0
    assert "“moon”" in caplog.text
