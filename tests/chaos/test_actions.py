"""What is done to a system is done once at most, whatever fails in Slack and wherever the bot dies."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

from sqlalchemy import text

from bot.application.actions import Actions
from bot.application.diagnose import Diagnostics
from bot.application.execute import Muster
from bot.domain import events as e
from bot.domain.rules import Policy
from bot.paths import RUNBOOKS
from bot.policy.read import read_pack
from bot.sandbox import Sandbox
from tests.chaos.audit import Record, audit
from tests.chaos.conftest import Fresh
from tests.chaos.script import CallName
from tests.chaos.story import Story
from tests.chaos.test_faults import PASSING, live
from tests.chaos.test_kill import Persistent
from tests.chaos.theatre import Theatre, rules, theatre, workspace
from tests.chaos.troupe import Actor, Troupe, pack, troupe
from tests.support.actions import a_rule
from tests.support.doing import Doing, a_server

_logger = logging.getLogger(__name__)

#: The posts of an action that fail: its card, that it is run, and how it went.
_POSTS = (3, 5, 6)
#: How many bots die.
_FALLS = 5
#: In a pack: what is done is to ask a server of the test's.
_FLUSH = """
actions:
  - name: flush-it
    kind: http
    title: Flush it
    does: Flushes it.
    url: {url}
    path: /do-it
    timeout: 20s
"""
#: The queue's jobs that go on with actions.
_JOBS = text("SELECT count(*) FROM pgqueuer WHERE entrypoint = 'action'")


async def act(story: Story) -> None:
    """People do something about an incident, and look at something again and again."""
    await story.declare()
    await story.watch.settled(story.ref)
    await ask(story)
    await story.watch.settled(story.ref)
    await story.say("bob", "do run 1")
    await story.watch.settled(story.ref)
    await story.say("bob", "diag db --watch 5m")
    await story.watch.settled(story.ref)
    await story.say("bob", "diag db --stop")
    await story.watch.settled(story.ref)


async def ask(story: Story) -> None:
    """Somebody asks for it, and somebody else agrees."""
    await story.say("bob", "do flush-it")
    await story.watch.settled(story.ref)
    await story.say("carol", "do approve 1")


def flushing(server: Doing, sandbox: Sandbox) -> Policy:
    """The theatre's rules, with the action."""
    rule = a_rule("http", name="flush-it", title="Flush it", url=server.url, path="/do-it", verify="db")
    return replace(rules(sandbox), actions=(rule,))


async def test_what_fails_in_slack_makes_an_action_no_more_and_no_less_than_done_once(database: str) -> None:
    faults = list(PASSING.values())
    plans = [
        {CallName("chat.postMessage", "room", nth): fault for nth in _POSTS}
        | {CallName("chat.update", "room", nth): other for nth in (1, 2)}
        for fault, other in zip(faults, [*faults[1:], faults[0]], strict=True)
    ]
    async with (
        a_server() as server,
        theatre(database, bots=2, policy=lambda sandbox: flushing(server, sandbox)) as made,
    ):
        records = await live(made, plans, act)
    assert server.done == {f"{record.incident.ref}-1": 1 for record in records}
    for record in records:
        assert [one.verdict for one in record.events(e.ActionFinished)] == ["done"], record.incident.ref
        assert not record.events(e.DeliveryFailed), record.incident.ref
        assert len(record.events(e.DiagnosticRecorded)) == 2, "what came of it, and what was watched"


@dataclass
class Company:
    """Bots of which one is there at a time, each with the boundary at which it dies."""

    cast: Troupe
    made: Theatre
    database: str
    up: asyncio.Event = field(default_factory=asyncio.Event)

    async def enter(self, *, kill: str | None = None, marks: Path | None = None) -> Actor:
        """The next bot."""
        actor = await self.cast.start(self.made.sandbox, self.database, kill=kill, marks=marks)
        assert await actor.ready(), actor.log.read_text()
        self.made.sandbox.deliver_to(f"{actor.url}/slack/events")
        self.up.set()
        return actor

    async def leave(self, actor: Actor) -> None:
        """Waits until a bot has died."""
        await actor.died()
        self.up.clear()


def deaths(marks: Sequence[str]) -> list[str]:
    """Where bots are to die: around what a dry run crossed from the claim of a run to what is told of it."""
    done = marks.index("after do-it #1")
    told = [next(mark for mark in marks[done:] if _tells(mark, phase)) for phase in ("before", "after")]
    return [
        "before commit of insert into inbox #1",
        "after commit of insert into inbox #1",
        "during do-it",
        *(f"{mark.rpartition(' #')[0]} #1" for mark in told),
    ]


def _tells(mark: str, phase: str) -> bool:
    return mark.startswith(f"{phase} commit") and "insert into timeline" in mark


def packed(folder: Path, sandbox: Sandbox, url: str) -> Policy:
    """The troupe's pack, with the action."""
    policy = pack(folder, sandbox) / "policy.yaml"
    before, _, after = policy.read_text().partition("\nactions:\n")
    policy.write_text(f"{before}{_FLUSH.format(url=url)}{after}")
    return read_pack(str(policy.parent), root=RUNBOOKS)


async def test_wherever_a_bot_dies_an_action_is_done_once_at_most_and_all_hear_what_became_of_it(
    fresh: Fresh, tmp_path: Path
) -> None:
    database, marks = await fresh(), tmp_path / "marks"
    async with (
        a_server() as server,
        workspace(database, policy=lambda sandbox: packed(tmp_path, sandbox, server.url)) as made,
        troupe(tmp_path) as cast,
    ):
        company = Company(cast, made, database)
        dry, *people = [Persistent(made.sandbox, made.door, made.watch, n, up=company.up) for n in range(_FALLS + 1)]
        actor = await company.enter(marks=marks)
        for step in (Persistent.declare, ask):
            await asyncio.gather(*(step(story) for story in (dry, *people)))
            await made.watch.all_settled()
        await dry.say("bob", "do run 1")
        await made.watch.all_settled()
        actor.kill()
        await company.leave(actor)

        places = deaths(marks.read_text().splitlines())
        _logger.warning("\n".join(places))
        async with asyncio.TaskGroup() as saying:
            for story, place in zip(people, places, strict=True):
                during = place == "during do-it"
                actor = await company.enter(kill=None if during else place)
                if during:
                    server.meanwhile = _dying(actor)
                saying.create_task(story.say("bob", "do run 1"))
                await company.leave(actor)
            await company.enter()
        records = await _known(made, [story.ref for story in (dry, *people)])
    told = [[one.verdict for one in record.events(e.ActionFinished)] for record in records]
    for record, verdicts in zip(records, told, strict=True):
        done = server.done[f"{record.incident.ref}-1"]
        assert verdicts in (["done"], ["unknown"]), record.incident.ref
        assert done == 1 or (done == 0 and verdicts == ["unknown"]), record.incident.ref
    assert {*map(tuple, told)} == {("done",), ("unknown",)}


def _dying(actor: Actor) -> Callable[[], Awaitable[None]]:
    async def die() -> None:
        actor.kill()

    return die


async def _known(made: Theatre, refs: Sequence[str]) -> list[Record]:
    """Waits until nobody is at any of them, and lets those be told of whose bot died, as if their time had passed."""
    jobs = 1
    while jobs:
        async with made.door.database.transaction() as connection:
            jobs = await connection.scalar(_JOBS)
            await connection.execute(text("SELECT pg_sleep(0.1)"))
    later = Muster(made.door.database, made.door.policy, lambda: made.clock() + timedelta(minutes=2))
    carrying = Actions(later, Diagnostics(later, lambda _name: None))
    async with made.door.database.transaction() as connection:
        found = text("SELECT id FROM incidents WHERE ref = ANY(:refs)")
        ids = (await connection.execute(found, {"refs": list(refs)})).scalars().all()
    for incident_id in ids:
        await carrying.carry(incident_id, 1)
    await made.watch.all_settled()
    return await audit(made.door, made.sandbox, refs)
