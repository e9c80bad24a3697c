"""What people do as they walk a runbook, and what its cards and the timeline then show of it."""

import re
from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bot.app import App
from bot.domain import events as e
from bot.domain.rules import Policy
from bot.domain.runbook_run import RunbookRun
from bot.sandbox.model import Channel, Message
from tests.scenario import walked
from tests.scenario.stage import Stage, shrunk

#: A minute of Slack's limits, in seconds, for a bot that is started anew.
_NO_TIME = 0.6
#: How the card of a step begins, whatever became of it.
_STEP = re.compile(r"(?::\w+: )?(?P<number>\d+)\. (?P<title>.+?)(?: · .+)?(?:\n|$)")


def rules_of(pack: str, default: Policy) -> Policy:
    """The rules of a pack of ours, with the people of the sandbox."""
    return walked.rules(Path(pack), default)


@dataclass
class Walking:
    """A run of a runbook, as people see it: the card in the channel, and its steps in the thread.

    Attributes:
        seen: what the cards of steps had on them before something became of the step, by their timestamps.
    """

    bot: Stage
    room: Channel
    ref: str
    card: Message
    number: int = 1
    seen: dict[str, list[Any]] = field(default_factory=dict)

    @property
    def thread(self) -> list[Message]:
        """What stands in its thread, in order."""
        return [message for message in self.room.messages if message.thread_ts == self.card.ts and message != self.card]

    async def run(self) -> RunbookRun:
        """How far it is, by the database."""
        run = (await self.bot.incident(self.ref)).runbook(self.number)
        assert run is not None
        return run

    async def step(self, title: str) -> Message:
        """The card of a step, once it is the next one."""
        heading = f". {title}\n"
        return await self.bot.until(
            lambda _: next((m for m in self.thread if heading in m.text and "Skip" in str(m.blocks)), None)
        )

    async def press(self, who: str, message: Message, button: str, place: int | None = None) -> None:
        """Somebody presses a button of the run's card or of a step's; `place` is that of the block or branch."""
        step = None if message is self.card or button == "assist" else number_of(message)
        value = f"{self.ref} " + ".".join(str(part) for part in (self.number, step, place) if part is not None)
        shown = [element for block in message.blocks for element in block.get("elements", ())]
        # The second of several in one block is called `check:2`.
        named = [one["action_id"] for one in shown if str(one.get("action_id")).split(":")[0] == button]
        fitting = [one["action_id"] for one in shown if one.get("value") == value and one["action_id"] in named]
        assert len(fitting) == 1, (button, value, shown)
        reply = await self.bot.sandbox.click(who, self.room.name, message.ts, fitting[0], value=value)
        assert (reply.status, reply.error) == (200, None), reply

    async def looks(self, who: str, message: Message, *verdicts: str) -> None:
        """Somebody has the first checks of a step run, and its card says that they come to these verdicts."""
        runs = (await self.run()).steps[number_of(message) - 1].runs
        for place, verdict in enumerate(verdicts):
            await self.press(who, message, "check", place)
            said = f"{runs[place].does}: {verdict}"
            await self.bot.until(lambda _, said=said: said in message.text or None)  # type: ignore[misc]

    async def asks(self, who: str, message: Message, title: str) -> Message:
        """Somebody asks for the action that a step begins with; its card, once it is known what it would do."""
        before = self.thread
        await self.press(who, message, "check", 0)
        return await self.proposed(before, title)

    async def proposed(self, before: list[Message], title: str) -> Message:
        """The card of an action that was not there before, once it is known what it would do."""
        wanted = f"{title}: not run yet"
        return await self.bot.until(
            lambda _: next((m for m in self.thread if m not in before and wanted in m.text), None)
        )

    async def decides(self, who: str, action: Message, button: str, shows: str) -> None:
        """Somebody presses a button of an action's card, which then shows something."""
        reply = await self.bot.sandbox.click(who, self.room.name, action.ts, button)
        assert (reply.status, reply.error) == (200, None), reply
        await self.bot.until(lambda _: shows in f"{action.text}{action.blocks}" or None)

    def sees(self, message: Message) -> None:
        """What is on the card of a step now is what somebody will still see later."""
        self.seen[message.ts] = deepcopy(message.blocks)

    async def done(self, who: str, message: Message) -> None:
        """Somebody says that a step is done, and its card says who."""
        self.sees(message)
        await self.press(who, message, "done")
        await self.told(message, who)

    async def picks(self, who: str, message: Message, words: str) -> None:
        """Somebody says which branch of a step it is, and its card says so."""
        self.sees(message)
        branches = (await self.run()).steps[number_of(message) - 1].branches
        await self.press(who, message, "pick", next(at for at, branch in enumerate(branches) if branch.on == words))
        await self.told(message, who, words)

    async def told(self, message: Message, who: str, words: str = "") -> None:
        """Waits until a step's card is nothing but what somebody said of it."""
        person = f"<@{self.bot.sandbox.people[who].id}>"
        await self.bot.until(
            lambda _: (
                ("Skip" not in str(message.blocks) and person in str(message.blocks) and words in message.text) or None
            )
        )

    async def late(self, who: str, message: Message, button: str, place: int | None = None) -> None:
        """Somebody who still sees a step's card as it was before presses a button of it."""
        before = deepcopy(self.seen[message.ts])
        now, message.blocks = message.blocks, before
        try:
            await self.press(who, message, button, place)
        finally:
            if message.blocks is before:  # the bot has not drawn it anew meanwhile
                message.blocks = now

    async def refused(self, who: str, words: str, *, times: int = 1) -> None:
        """Waits until somebody, and nobody else, has been told something so often."""
        await self.bot.until(lambda s: sum(words in m.text for m in s.ephemerals(who)) == times or None)

    @property
    def shown(self) -> list[str]:
        """The titles of the steps that have a card in the thread, in its order."""
        found = (_STEP.match(message.text) for message in self.thread)
        return [one["title"] for one in found if one]

    async def signed(self) -> None:
        """Each step's card says who said what became of it, and when."""
        for mark in (await self.run()).marks:
            person, moment = f"<@{mark.by.user}>", f"<!date^{int(mark.at.timestamp())}^"
            cards = [m for m in self.thread if f" {mark.step}. " in m.text and person in m.text and moment in m.text]
            assert len(cards) == 1, (mark, [m.text for m in self.thread])

    async def ticks(self) -> list[tuple[str, str, str]]:
        """What the timeline says of this run: what it was, of which step or what else, and by whom."""
        people = {person.id: name for name, person in self.bot.sandbox.people.items()}
        found = []
        for entry in await self.bot.entries(self.ref):
            event = entry.event
            if getattr(event, "number", 0) != self.number:
                continue
            match event:
                case e.StepMarked(item=item, outcome=outcome, picked=picked):
                    what = f"{outcome.value} {item}" + (f": {picked}" if picked else "")
                case e.WentBack(item=what):
                    pass
                case e.RunbookHandedOver(user=user):
                    what = people[user]
                case e.RunbookStarted(name=name):
                    what = name
                case e.RunbookPaused(why=why) | e.RunbookStopped(why=why):
                    what = why
                case e.RunbookResumed():
                    what = ""
                case e.RunbookFinished(done=done, skipped=skipped, failed=failed):
                    what = f"{done} {skipped} {failed}"
                case _:
                    continue
            found.append((type(event).__name__, what, people[entry.by.user or ""]))
        return found


def number_of(message: Message) -> int:
    """Which step a card is of."""
    found = _STEP.match(message.text)
    assert found, message.text
    return int(found["number"])


async def walking(bot: Stage, room: Channel, title: str, number: int = 1, before: Sequence[Message] = ()) -> Walking:
    """A run, as soon as its card is there, which was not there before."""
    card = await bot.until(
        lambda _: next((m for m in room.messages if m not in before and m.text.startswith(f":compass: {title}")), None)
    )
    return Walking(bot, room, (await bot.incident()).ref, card, number)


async def restarted(bot: Stage) -> None:
    """The process ends, and another one goes on with the same database."""
    await bot.sandbox.quiet(timeout=30)
    bot.sandbox.deliver_to(None)
    await bot.app.stop()
    bot.app = App(bot.core, limits=shrunk(_NO_TIME))
    await bot.app.start()
    bot.sandbox.deliver_to(f"{bot.app.url}/slack/events")


def program(folder: Path, name: str, lines: str) -> None:
    """Puts a program into a folder.

    Args:
        folder: where it is found before any other.
        name: what it is called.
        lines: the whole of it, from `#!` on.
    """
    path = folder / name
    path.write_text(lines)
    path.chmod(0o755)
