"""What hangs on the card of a diagnostic: its reply, its charts, how far it is; whatever becomes of the card."""

import asyncio
import json
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from sqlalchemy import delete, insert, select, text

from bot.application.diagnose import Diagnostics
from bot.charts import ChartFailed
from bot.diagnostics.result import Chart, Line, Report, Result, Verdict
from bot.domain import commands as c
from bot.domain import effects as f
from bot.domain.rules import TargetRule
from bot.jobs import cards
from bot.jobs.timers import Timers
from bot.jobs.upkeep import Upkeep
from bot.policy.targets.web import HttpTarget
from bot.sandbox import Fault
from bot.sandbox.model import Channel, File, Message
from bot.store import evidence, incidents, runs
from bot.store.runs import Far
from bot.store.tables import evidence as kept
from bot.store.tables import outbox, surfaces
from tests.integration.conftest import Clock
from tests.integration.post import Post
from tests.support.sickness import until

RUN = "run-1"
CARD = f.diagnostic(RUN)
PICTURE = b"\x89PNG\r\n\x1a\n of timeouts"
TIMEOUTS = Chart(
    lines=(Line(label="timeouts", points=((0.0, 1.0), (60.0, 41.0))),), says="Timeouts: 1, then 41 a minute."
)


class Brush:
    """Draws: always the same picture, or none."""

    def __init__(self, fails: str = "") -> None:
        self.fails, self.drawn = fails, list[tuple[Chart, str]]()

    async def __call__(self, chart: Chart, title: str) -> bytes:
        self.drawn.append((chart, title))
        if self.fails:
            raise ChartFailed(self.fails)
        return PICTURE


@pytest.fixture
def brush(post: Post) -> Brush:
    post.desk.draw = made = Brush()
    return made


def found(chart: Chart | None = TIMEOUTS, **more: Any) -> Result:
    """A result that is red."""
    made = Result(
        check="timeouts",
        title="Timeouts",
        verdict=Verdict.CRITICAL,
        value=41,
        unit="lines",
        threshold="critical at 10",
        ran="timeout in /var/log/app.log",
        against="app.log",
        took_ms=3,
        explanation="There were 41 timeouts.",
        next_step="Restart it.",
        chart=chart,
    )
    return replace(made, **more)


async def record(post: Post, incident_id: int, *results: Result, run: str = RUN) -> None:
    """A run of a diagnostic comes to its end."""
    report = Report(
        target="app", kind="log_files", against="app.log", started_at=post.muster.now(), took_ms=4, results=results
    )
    async with post.muster.database.transaction() as connection:
        number, _ = await evidence.keep(
            connection, incident_id, run=run, target="app", report=report.to_dict(), digest=report.digest()
        )
    recorded = c.RecordDiagnostic(
        by=post.alice,
        target="app",
        run=run,
        evidence=number,
        digest=report.digest(),
        verdict=report.verdict.value,
        findings=report.findings,
        took_ms=report.took_ms,
        charts=tuple(place for place, result in enumerate(results) if result.chart),
    )
    await post.muster.execute(recorded, incident_id=incident_id)


async def furnished(post: Post) -> tuple[int, Channel]:
    """An incident with its channel."""
    done = await post.declare()
    await post.everything()
    return done.incident_id, post.sandbox.channel(str(done.incident.channel_name))


def card(room: Channel) -> Message:
    return next(message for message in room.messages if "Diagnostics of app" in message.text)


def files(room: Channel) -> list[tuple[Message, File]]:
    return [(message, file) for message in room.messages for file in message.files]


def details(room: Channel) -> list[Message]:
    return [message for message in room.messages if "What was run" in message.text]


async def rows(post: Post, *kinds: str) -> Sequence[Any]:
    wanted = select(outbox.c.kind, outbox.c.status, outbox.c.error, outbox.c.attempts).order_by(outbox.c.id)
    async with post.muster.database.transaction() as connection:
        return (await connection.execute(wanted.where(outbox.c.kind.in_(kinds)))).all()


async def test_the_details_and_the_chart_hang_on_the_card_and_the_picture_says_what_it_shows(
    post: Post, brush: Brush
) -> None:
    incident_id, room = await furnished(post)
    await record(post, incident_id, found())
    await post.everything()
    [reply] = details(room)
    [(message, file)] = files(room)
    assert reply.thread_ts == message.thread_ts == card(room).ts
    assert (file.content, file.title) == (PICTURE, "Timeouts")
    assert file.alt_txt == "Timeouts: 1, then 41 a minute."
    assert file.name.endswith(f"-{RUN}-timeouts.png")
    [(chart, title)] = brush.drawn
    assert title == "Timeouts"
    assert chart.mark == (await post.row(incident_id)).declared_at.timestamp()


async def test_what_a_picture_shows_is_cut_where_slack_takes_no_more(post: Post, brush: Brush) -> None:
    incident_id, room = await furnished(post)
    await record(post, incident_id, found(replace(TIMEOUTS, says="Timeouts. " * 101)))
    await post.everything()
    [(_, file)] = files(room)
    assert len(brush.drawn) == 1
    assert len(file.alt_txt) == 1000
    assert (await post.row(incident_id)).troubles == 0


async def test_without_the_card_the_reply_and_the_chart_come_into_the_channel(post: Post, brush: Brush) -> None:
    incident_id, room = await furnished(post)
    await post.muster.execute(c.RequestDiagnostic(by=post.alice, target="db", run=RUN), incident_id=incident_id)
    await post.everything()
    room.messages.remove(next(message for message in room.messages if "Diagnostics of db" in message.text))
    await record(post, incident_id, found())
    await post.everything()
    [reply] = details(room)
    [(message, file)] = files(room)
    assert (reply.thread_ts, message.thread_ts) == (None, None)
    assert file.alt_txt
    assert len(brush.drawn) == 1
    assert {row.status for row in await rows(post, "reply", "chart")} == {"sent"}


async def test_a_card_that_slack_refuses_keeps_nothing_else_from_the_channel(post: Post, brush: Brush) -> None:
    incident_id, room = await furnished(post)
    post.sandbox.faults.add(
        Fault(
            method="chat.postMessage",
            error="restricted_action",
            when=lambda call: "surface" in str(call.get("metadata")),
        )
    )
    await record(post, incident_id, found())
    await post.everything()
    assert [row.status for row in await rows(post, "publish")][-1] == "refused"
    [reply] = details(room)
    [(message, _)] = files(room)
    assert (reply.thread_ts, message.thread_ts) == (None, None)
    assert len(brush.drawn) == 1
    assert (await post.row(incident_id)).troubles == 1, "the card's"


async def test_a_chart_waits_for_its_card_a_while(post: Post, brush: Brush) -> None:
    incident_id, room = await furnished(post)
    await record(post, incident_id, found())
    lane = f"{incident_id}:{f.CHARTS}"
    for _ in range(2):
        await post.delivery.drain(lane)
        await post.let_leases_run_out()
    [row] = await rows(post, "chart")
    assert (row.status, row.error) == ("waiting", "its card is not there yet")
    assert not brush.drawn
    await post.everything()
    [(message, _)] = files(room)
    assert message.thread_ts == card(room).ts


async def test_a_chart_that_cannot_be_drawn_is_left_out_and_told_to_nobody(
    post: Post, brush: Brush, caplog: pytest.LogCaptureFixture
) -> None:
    incident_id, room = await furnished(post)
    brush.fails = "The chart has no values to draw"
    await record(post, incident_id, found())
    await post.everything()
    assert not files(room)
    assert [row.status for row in await rows(post, "chart")] == ["sent"]
    assert (await post.row(incident_id)).troubles == 0
    assert "a chart is left out: The chart has no values to draw" in caplog.text


@pytest.mark.parametrize(
    ("method", "fault"),
    [
        ("files.getUploadURLExternal", {"http_status": 500}),
        ("upload", {"lose_answer": True}),
        ("files.completeUploadExternal", {"lose_answer": True}),
        ("files.completeUploadExternal", {"refuse_connection": True}),
    ],
)
async def test_a_chart_is_there_once_whatever_fails_on_the_way(
    post: Post, brush: Brush, method: str, fault: dict[str, Any]
) -> None:
    incident_id, room = await furnished(post)
    await record(post, incident_id, found(), found(replace(TIMEOUTS, says="Others."), check="others"))
    post.sandbox.faults.add(Fault(method=method, **fault))
    await post.everything()
    assert [file.alt_txt for _, file in files(room)] == ["Timeouts: 1, then 41 a minute.", "Others."]
    assert {message.thread_ts for message, _ in files(room)} == {card(room).ts}
    assert len(brush.drawn) <= 3, "one that is found is not drawn again"


async def test_a_reply_is_there_once_whatever_fails_on_the_way(post: Post, brush: Brush) -> None:
    incident_id, room = await furnished(post)
    await record(post, incident_id, found(chart=None))
    mark = "What was run"
    post.sandbox.faults.add(
        Fault(method="chat.postMessage", lose_answer=True, when=lambda call: mark in str(call.get("blocks")))
    )
    await post.everything()
    [reply] = details(room)
    assert reply.thread_ts == card(room).ts
    assert not brush.drawn


async def test_without_its_evidence_a_run_still_says_what_it_found(post: Post, brush: Brush) -> None:
    incident_id, room = await furnished(post)
    await record(post, incident_id, found())
    async with post.muster.database.transaction() as connection:
        await connection.execute(delete(kept))
    await post.everything()
    assert "There were 41 timeouts." in card(room).text
    [reply] = [message for message in room.messages if message.thread_ts == card(room).ts and message is not card(room)]
    assert "is not there any more" in reply.text
    assert not brush.drawn
    assert (await post.row(incident_id)).troubles == 0


async def test_a_result_that_an_older_version_has_yet_to_tell_is_told(post: Post, brush: Brush) -> None:
    incident_id, room = await furnished(post)
    await record(post, incident_id, found(chart=None))
    async with post.muster.database.transaction() as connection:
        # As the version that knew no cards wrote it: one message, by the same template.
        last = select(outbox.c.seq).where(outbox.c.kind == "reply").scalar_subquery()
        row = {"incident_id": incident_id, "lane": f"{incident_id}:room", "kind": "post", "seq": last}
        row |= {"payload": {"message": "diagnostic", "lane": "room"}, "priority": 0, "created_at": post.muster.now()}
        await connection.execute(insert(outbox).values(row))
        await connection.execute(delete(outbox).where(outbox.c.kind.in_(("publish", "reply"))))
        await connection.execute(delete(surfaces).where(surfaces.c.name == CARD))
    await post.everything()
    assert "There were 41 timeouts." in card(room).text
    assert "sent instead" not in card(room).text
    assert not brush.drawn


async def test_the_card_of_a_run_offers_nothing_any_more_once_there_is_a_newer_one(post: Post, brush: Brush) -> None:
    incident_id, room = await furnished(post)
    watch = c.WatchDiagnostic(by=post.alice, target="db", every=timedelta(minutes=5))
    ours = Diagnostics(post.muster, lambda _name: None)  # it cannot be reached: red, and the same each time
    await ours.diagnose_incident(incident_id, "db", RUN)
    await post.muster.execute(watch, incident_id=incident_id)
    await post.everything()
    first, *_ = shown = [message for message in room.messages if "Diagnostics of db" in message.text]
    assert len(shown) == 1
    assert "Stop watching" in str(first.blocks)
    await ours.diagnose_incident(incident_id, "db", "run-2")
    await post.everything()
    [second] = [message for message in room.messages if "Diagnostics of db" in message.text and message is not first]
    assert "Stop watching" in str(second.blocks)
    assert "Stop watching" not in str(first.blocks)
    assert "Looked at every" not in str(first.blocks)
    await post.muster.execute(c.StopWatching(by=post.alice, target="db"), incident_id=incident_id)
    await post.everything()
    assert "Watch'" in str(second.blocks)
    assert "Watch'" not in str(first.blocks)
    assert "Run again" in str(first.blocks)
    assert not brush.drawn


async def test_how_far_a_run_is_is_noted_at_most_once_a_second_and_forgotten_when_it_is_over(
    post: Post, database: str
) -> None:
    turns = asyncio.Semaphore(0)

    async def answer(_request: web.Request) -> web.Response:
        await turns.acquire()
        return web.Response()

    app = web.Application()
    app.router.add_get("/", answer)
    incident_id, _ = await furnished(post)
    async with TestServer(app) as server, asyncio.TaskGroup() as group:
        url = str(server.make_url("/"))
        section = HttpTarget(kind="http", name="api", url=url, tries=1)
        names = [f"api-{number}" for number in range(6)]
        rules = tuple(
            TargetRule(name=name, kind="http", options=section, check_timeout=timedelta(seconds=9)) for name in names
        )
        post.muster.policy = replace(post.muster.policy, targets=rules)
        await post.muster.execute(c.RequestDiagnostic(by=post.alice, target="all", run=RUN), incident_id=incident_id)
        started = time.perf_counter()
        ours = Diagnostics(post.muster, lambda _name: None)
        group.create_task(ours.diagnose_incident(incident_id, "all", RUN))
        turns.release()
        await until(database, f"SELECT EXISTS (SELECT FROM runs WHERE run = '{RUN}' AND done < total)")
        async with post.muster.database.transaction() as connection:
            far = await runs.how_far(connection, incident_id, RUN)
        assert isinstance(far, Far)
        assert 0 < len(far.waiting) <= far.total - far.done
        for _ in names[1:]:
            turns.release()
    async with post.muster.database.transaction() as connection:
        wanted = await connection.scalar(select(surfaces.c.wanted).where(surfaces.c.name == CARD))
        assert await runs.how_far(connection, incident_id, RUN) is None
        assert await connection.scalar(text("select count(*) from runs")) == 0
    assert wanted is not None
    noted = wanted - 2  # without that it was asked for, and that it is done
    assert 0 < noted <= time.perf_counter() - started


async def test_a_look_at_what_is_watched_whose_job_was_lost_is_made_all_the_same_and_stays_a_look(
    post: Post, clock: Clock
) -> None:
    incident_id, _ = await furnished(post)
    watch = c.WatchDiagnostic(by=post.alice, target="db", every=timedelta(minutes=5))
    await post.muster.execute(watch, incident_id=incident_id)
    keep = Upkeep(Timers(post.muster), post.delivery, post.surfaces)
    clock.advance(minutes=5, seconds=1)
    await keep.once()
    [look] = await lost_checks(post)
    assert look["watch"]
    clock.advance(minutes=2, seconds=1)
    await keep.once()
    assert await lost_checks(post) == [look]


async def lost_checks(post: Post) -> list[dict[str, Any]]:
    """The jobs of diagnostics that are in the queue; they are lost by that."""
    lost = text("delete from pgqueuer where entrypoint = 'check' returning convert_from(payload, 'utf8')")
    async with post.muster.database.transaction() as connection:
        return [json.loads(one) for one in (await connection.execute(lost)).scalars()]


async def test_a_result_that_comes_while_its_card_is_drawn_is_left_for_the_next_look(post: Post) -> None:
    """The incident was read before it: the card would have the result, and none of what can be done about it."""
    incident_id, _ = await furnished(post)
    async with post.muster.database.transaction() as connection:
        before = await incidents.by_id(connection, incident_id)
        assert before is not None
        await record(post, incident_id, found())
        assert await cards.more_of(connection, before, CARD, post.desk) is None
        after = await incidents.by_id(connection, incident_id)
        assert after is not None
        assert (await cards.more_of(connection, after, CARD, post.desk) or {})["latest"]
