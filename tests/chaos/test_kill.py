"""The bot is killed at every kind of boundary of an incident, and the next process takes over within fifteen seconds.

A dry run finds the boundaries. Each incident then has a bot that dies at one of them, and so does the bot after it,
until one may live.
"""

import asyncio
import itertools
import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.chaos.audit import audit
from tests.chaos.conftest import Fresh
from tests.chaos.seed import SEED, dice
from tests.chaos.story import Story
from tests.chaos.theatre import Theatre, workspace
from tests.chaos.troupe import Actor, Troupe, policy, troupe

_logger = logging.getLogger(__name__)

#: What is promised: a process killed with SIGKILL has its work taken over within this, in seconds.
TAKEN_OVER_S = 15.0
#: How many bots of one incident die.
_DEATHS_EACH = 3
#: The least number of boundaries at which a bot has died, in each half of the test.
_DEATHS = 20
#: Calls that may not happen twice: for them the bot dies before they arrive, before they are answered, and after.
_ONCE = frozenset({"conversations.create", "chat.postMessage", "bookmarks.add", "files.completeUploadExternal"})
_PHASES = ("before", "during", "after")


@dataclass
class Persistent(Story):
    """People who wait while there is no bot."""

    up: asyncio.Event = field(default_factory=asyncio.Event)

    async def reach(self) -> None:
        """Waits until there is a bot to talk to."""
        await self.up.wait()


def chains(marks: list[str]) -> list[list[str]]:
    """Boundaries of every kind, some for each incident: what ends early in the story comes first.

    Args:
        marks: the boundaries that a dry run crossed, in their order.
    """
    last: dict[str, int] = {}
    times: dict[str, int] = {}
    for position, mark in enumerate(marks):
        name, _, nth = mark.rpartition(" #")
        last[name], times[name] = position, int(nth)
    wanted = sorted(_wanted(last), key=lambda name: last[_observed(name)])
    length, chance = len(wanted) // _DEATHS_EACH, dice("places")
    found = []
    for i in range(length):
        first, *others = wanted[i::length][:_DEATHS_EACH]
        # The next bot counts from one again, and what is done once in the story may be behind it.
        which = chance.randint(1, times[_observed(first)])
        found.append([f"{first} #{which}", *(f"{name} #1" for name in others)])
    return found


def _wanted(names: dict[str, int]) -> Iterator[str]:
    """Each kind of commit before or after it, each method before, during or after a call; what chance has it."""
    chance = dice("phases")
    commits = {name.partition(" ")[2] for name in names if "commit" in name}
    for what in sorted(commits):
        yield chance.choice([f"{phase} {what}" for phase in ("before", "after") if f"{phase} {what}" in names])
    for name in sorted(names):
        phase, _, what = name.partition(" ")
        if what.startswith("the queue"):
            yield name
        elif phase == "before" and what not in commits:
            yield from (f"{phase} {what}" for phase in (_PHASES if what in _ONCE else [chance.choice(_PHASES)]))


def _observed(name: str) -> str:
    """The boundary that the bot sees when the sandbox sees a call arrive."""
    return name.replace("during ", "before ")


@asynccontextmanager
async def stage(fresh: Fresh, folder: Path) -> AsyncIterator[tuple[Theatre, str]]:
    """A workspace without a bot, and its database."""
    database = await fresh()
    async with workspace(database, policy=lambda sandbox: policy(folder, sandbox)) as made:
        yield made, database


async def boundaries(cast: Troupe, fresh: Fresh, folder: Path) -> list[str]:
    """A dry run: every boundary of the story."""
    marks = folder / "marks"
    async with stage(fresh, folder) as (made, database):
        actor = await cast.start(made.sandbox, database, marks=marks)
        assert await actor.ready(), actor.log.read_text()
        made.sandbox.deliver_to(f"{actor.url}/slack/events")
        await Story(made.sandbox, made.door, made.watch, 0).live()
        await made.watch.all_settled()
        actor.kill()
        await actor.died()
    return marks.read_text().splitlines()


@dataclass
class Fall:
    """An incident whose bots die."""

    cast: Troupe
    made: Theatre
    database: str
    chain: list[str]
    story: Persistent = field(init=False)
    died_at: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.story = Persistent(self.made.sandbox, self.made.door, self.made.watch, 1)

    async def live(self) -> list[str]:
        """Lives it; returns the boundaries at which somebody died."""
        async with asyncio.TaskGroup() as group:
            keeping = group.create_task(self._keep_alive())
            await self.story.live()
            keeping.cancel()
        await self.made.watch.all_settled()
        await audit(self.made.door, self.made.sandbox, [self.story.ref])
        return self.died_at

    async def _keep_alive(self) -> None:
        """Starts a bot, and the next when it has died."""
        actor = await self._start(self.chain[0])
        await actor.ready()
        self.story.up.set()
        for place, then in itertools.pairwise([*self.chain, None]):
            await actor.died()
            self.died_at.append(str(place))
            self.story.up.clear()
            actor = await self._take_over(then)
            self.story.up.set()
        await actor.died()
        raise AssertionError(f"a bot that was to live died: {actor.log.read_text()[-2000:]}")

    async def _take_over(self, then: str | None) -> Actor:
        """The next bot; whatever the one before left undone is in its hands in time, unless this one dies of it."""
        actor = await self._start(then)
        dying = asyncio.ensure_future(actor.died())
        settling = asyncio.ensure_future(self.made.watch.all_settled())
        done, _ = await asyncio.wait({dying, settling}, timeout=TAKEN_OVER_S, return_when=asyncio.FIRST_COMPLETED)
        if not done:
            orphans = await self.made.watch.orphans()
            assert not orphans, f"{self.chain}: {orphans}"
            await asyncio.wait({dying, settling}, return_when=asyncio.FIRST_COMPLETED)
        dying.cancel()
        if not settling.cancel():
            settling.result()
        return actor

    async def _start(self, kill: str | None) -> Actor:
        actor = await self.cast.start(self.made.sandbox, self.database, kill=kill)
        phase, _, call = (kill or "").partition(" ")
        left = int(call.rpartition("#")[2]) if phase == "during" else 0

        def arrives(method: str) -> None:
            # The call is still acted upon: its answer finds nobody.
            nonlocal left
            if phase == "during" and method == call.partition(" ")[0]:
                left -= 1
                if left == 0:
                    actor.kill()

        self.made.script.on_call = arrives
        self.made.sandbox.deliver_to(f"{actor.url}/slack/events")
        return actor


@pytest.mark.timeout(240)
@pytest.mark.parametrize("part", [0, 1])
async def test_a_killed_process_has_its_work_taken_over(fresh: Fresh, tmp_path: Path, part: int) -> None:
    async def fall(chain: list[str]) -> list[str]:
        async with stage(fresh, tmp_path) as (made, database):
            return await Fall(cast, made, database, chain).live()

    async with troupe(tmp_path) as cast:
        mine = chains(await boundaries(cast, fresh, tmp_path))[part::2]
        listed = "\n".join("; then ".join(chain) for chain in mine)
        _logger.warning("MUSTER_CHAOS_SEED=%d\n%s", SEED, listed)
        async with asyncio.TaskGroup() as group:
            falls = [group.create_task(fall(chain)) for chain in mine]
    died_at = [place for done in falls for place in done.result()]
    assert len(died_at) >= _DEATHS, f"only {died_at}"
