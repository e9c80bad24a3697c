"""A runbook of the pack `schedgen`, walked to the end: too many jobs wait in a real Redis, and more workers help."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from aiohttp import web

from bot.domain import events as e
from bot.domain.rules import Policy
from bot.domain.runbook_run import Course
from bot.sandbox.model import Message
from tests.scenario.stage import Stage, shown, stage
from tests.scenario.stepping import Walking, program, restarted, rules_of, walking
from tests.support.needs import needs
from tests.support.redis import OwnRedis, own_redis
from tests.support.web import answering

WAITING = "bull:pdf-processing:wait"
#: What the runbook's checks ask of Docker, while a worker runs and its log is clean.
DOCKER = '#!/bin/sh\ncase "$1" in\nps) echo pdf-worker-1 ;;\nlogs) echo "Job 4711 completed" ;;\nesac\n'
#: More workers take all but three of the jobs.
COMPOSE = """\
#!/bin/sh
echo "$*" >> {called}
case "$*" in
*" up "*) {redis} -s {socket} LTRIM {queue} 0 2 ;;
*) echo "pdf-worker-1  Up 3 days" ;;
esac
"""
#: How the program is called each time.
COMPOSED = "--file /path/to/schedgen/docker-compose.yml"


def schedgen(default: Policy) -> Policy:
    """The pack's rules; the health of its services has addresses of this machine, where others may listen."""
    policy = rules_of("schedgen", default)
    return replace(policy, services=tuple(replace(service, health=()) for service in policy.services))


@asynccontextmanager
async def backend(redis: OwnRedis) -> AsyncIterator[str]:
    """The backend, which counts the jobs of the queue, and a Prometheus whose alert fires above 500 of them."""

    async def handle(request: web.Request) -> web.Response:
        waiting = await redis.client.llen(WAITING)
        if request.path == "/api/jobs/metrics":
            return web.json_response({"waiting": waiting, "active": 4, "completed": 4711})
        if request.path.startswith("/-/"):
            return web.Response(text="Ready.")
        result = [{"metric": {}, "value": [1772334000, str(int(waiting > 500))]}]
        return web.json_response({"status": "success", "data": {"resultType": "vector", "result": result}})

    async with answering(handle) as url:
        yield url


@pytest.fixture
async def queue() -> AsyncIterator[OwnRedis]:
    """A queue in which 600 jobs wait; more than 500 raise the alert."""
    async with own_redis() as redis:
        await redis.client.rpush(WAITING, *range(600))
        yield redis


@pytest.fixture
async def bot(database: str, queue: OwnRedis, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Stage]:
    """The bot beside all that, with the pack."""
    program(tmp_path, "docker", DOCKER)
    program(
        tmp_path,
        "docker-compose",
        COMPOSE.format(
            called=tmp_path / "called", redis=needs("redis-cli"), socket=queue.folder / "redis", queue=WAITING
        ),
    )
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    async with backend(queue) as url:
        monkeypatch.setenv("MUSTER_DIAG_REDIS_URL", queue.url)
        monkeypatch.setenv("MUSTER_DIAG_BACKEND_URL", url)
        monkeypatch.setenv("MUSTER_DIAG_PROMETHEUS_URL", url)
        async with stage(database, rules=schedgen, settings={"muster_pack": "schedgen"}) as made:
            yield made


LONG, RUN, WELL, STUCK, ELSE, TEN, WORKERS, DRAINS, ENDED = STEPS = [
    "How long is the queue?",
    "Do workers run?",
    "Are the workers well?",
    "Are jobs stuck in processing?",
    "What else is different?",
    "Run ten workers",
    "Workers run",
    "The queue drains",
    "The alert has ended",
]
TICKS = [
    ("RunbookStarted", "queue-depth", "bob"),
    ("StepMarked", f"done {LONG}", "carol"),
    ("StepMarked", f"done {RUN}", "bob"),
    ("StepMarked", f"done {WELL}", "bob"),
    ("RunbookHandedOver", "carol", "bob"),
    ("StepMarked", f"done {STUCK}", "carol"),
    ("StepMarked", f"done {ELSE}: Neither", "carol"),
    ("RunbookPaused", "", "carol"),
    ("RunbookResumed", "", "erin"),
    ("StepMarked", f"done {TEN}", "carol"),
    ("StepMarked", f"done {WORKERS}", "carol"),
    ("StepMarked", f"done {DRAINS}", "bob"),
    ("StepMarked", f"done {ENDED}", "carol"),
    ("RunbookFinished", "9 0 0", "carol"),
]
ACTIONS = [
    "ActionRequested",
    "ActionProposed",
    "ActionDeclined",
    "ActionRequested",
    "ActionProposed",
    "ActionApproved",
    "ActionStarted",
    "ActionFinished",
]


async def test_a_filled_queue_is_walked_from_its_alert_through_a_refusal_a_handover_and_a_restart_to_the_end(
    bot: Stage, queue: OwnRedis, tmp_path: Path
) -> None:
    room = await bot.declare("SEV-3 HighQueueDepth")
    await bot.command("alice", "lead @carol", room.name)
    assert "many waiting jobs*: alert highqueuedepth" in shown(await bot.command("bob", "runbook", room.name))
    offered = bot.sandbox.ephemerals("bob")[-1]
    await bot.sandbox.click("bob", room.name, offered.ts, "runbook")
    run = await walking(bot, room, "Many waiting jobs")
    assert f"Led by <@{bot.sandbox.people['bob'].id}>" in run.card.text
    assert "0 of 9 steps" in run.card.text

    await found_out(run)
    await handed_over(run)
    action = await asked_for(run)
    step = await run.step(TEN)
    await over_a_restart(run, step)
    await run.decides("bob", action, "agree", "Run it now")
    await run.decides("carol", action, "run", "Run more PDF workers: done")
    assert await queue.client.llen(WAITING) == 3
    again = await bot.hear(room, "Diagnostics of containers workers: OK")
    assert again.thread_ts == run.card.ts
    await bot.until(lambda _: "Run more PDF workers: done" in step.text or None)
    await run.done("carol", step)

    await verified(run)
    assert await run.ticks() == TICKS
    assert run.shown == STEPS
    await run.signed()
    (seventh,) = [marked for marked in await bot.events(e.StepMarked) if marked.item == TEN]
    assert seventh.took_ms < timedelta(minutes=5) / timedelta(milliseconds=1), "the time of the pause was counted"
    names = [type(entry.event).__name__ for entry in await bot.entries()]
    assert [name for name in names if name.startswith("Action")] == ACTIONS
    assert (tmp_path / "called").read_text().splitlines() == [f"{COMPOSED} ps pdf-worker"] * 2 + [
        f"{COMPOSED} up -d --scale pdf-worker=10"
    ]


async def found_out(run: Walking) -> None:
    """Too many jobs wait, and the workers are well; two people tick, and one of them presses what is done already."""
    first = await run.step(LONG)
    await run.looks("bob", first, "CRITICAL", "CRITICAL")
    assert "600 entries in bull:pdf-processing:wait" in first.text
    await run.done("carol", first)
    second = await run.step(RUN)
    await run.late("bob", first, "done")
    await run.late("bob", first, "check", 1)
    await run.refused("bob", "“How long is the queue?” was marked done already, by <@", times=2)
    assert "Skip" in str(second.blocks)
    run.bot.clock.advance(minutes=3)
    await run.looks("bob", second, "OK")
    assert "leads to" not in second.text
    await run.done("bob", second)
    third = await run.step(WELL)
    await run.looks("bob", third, "OK")
    await run.done("bob", third)
    marks = (await run.run()).marks
    assert marks[1].at - marks[0].at >= timedelta(minutes=3)


async def handed_over(run: Walking) -> None:
    """Bob hands the run to Carol, who finds out which cause it is."""
    bot, carol = run.bot, run.bot.sandbox.people["carol"].id
    await run.press("bob", run.card, "handover")
    await bot.sandbox.submit("bob", {"user": carol, "note": "I have to go"})
    await bot.until(lambda _: f"Led by <@{carol}>, begun by <@" in run.card.text or None)
    fourth = await run.step(STUCK)
    await run.looks("carol", fourth, "OK")
    await run.done("carol", fourth)
    fifth = await run.step(ELSE)
    await run.picks("carol", fifth, "Neither")
    await bot.until(lambda _: f". {TEN}\n" in run.card.text or None)
    assert "5 of 9 steps" in run.card.text


async def asked_for(run: Walking) -> Message:
    """Who asks for the action may not approve of it, somebody else says no, and it is asked for again."""
    step = await run.step(TEN)
    first = await run.asks("carol", step, "Run more PDF workers")
    await run.decides("carol", first, "agree", "not run yet")
    await run.refused("carol", "somebody else has to approve")
    await run.decides("erin", first, "decline", "Run more PDF workers: declined")
    await run.bot.until(lambda _: "Run more PDF workers: declined" in step.text or None)
    run.sees(step)
    again = await run.asks("carol", step, "Run more PDF workers")
    await run.late("bob", step, "check", 0)
    await run.refused("bob", "do scale-workers workers=10 is at work already")
    return again


async def over_a_restart(run: Walking, step: Message) -> None:
    """It rests while the bot is another process, where nothing is done; then it goes on where it was."""
    bot = run.bot
    run.sees(step)
    await run.press("carol", run.card, "pause")
    await bot.until(lambda _: ("Paused before" in run.card.text and "Paused: resume" in step.text) or None)
    await restarted(bot)
    bot.clock.advance(minutes=5)
    await run.late("bob", step, "done")
    await run.refused("bob", "is paused")
    assert (await run.run()).course is Course.PAUSED
    await run.press("erin", run.card, "resume")
    await bot.until(lambda _: (f". {TEN}\n" in run.card.text and "Skip" in str(step.blocks)) or None)


async def verified(run: Walking) -> None:
    """The workers run, the queue drains and the alert has ended, as the same systems say now."""
    workers = await run.step(WORKERS)
    await run.looks("carol", workers, "OK")
    await run.done("carol", workers)
    drains = await run.step(DRAINS)
    await run.looks("bob", drains, "OK")
    await run.done("bob", drains)
    alert = await run.step(ENDED)
    await run.looks("carol", alert, "OK")
    await run.done("carol", alert)
    await run.bot.until(lambda _: "walked to the end, in 9 steps" in run.card.text or None)
    (over,) = await run.bot.recorded(e.RunbookFinished)
    assert (over.done, over.skipped, over.failed) == (9, 0, 0)
