"""One incident in a bot and a workspace of its own, while time stands still: what happens, and what is heard of it."""

import asyncio
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import text

from bot.domain.clocks import deadlines
from bot.domain.incident import Incident
from bot.domain.rules import Policy
from bot.messages.letters import left_to_fill_in
from bot.sandbox.model import Channel, Message
from bot.sandbox.records import Reply
from bot.sandbox.server import Sandbox
from tests.scenario.heard import (
    ANNOUNCED,
    ROOM,
    Expectation,
    Heard,
    News,
    checkbox_elements,
    place_of,
    problems,
    text_of,
)
from tests.scenario.stage import Clock, Stage
from tests.support.mailbox import Mailbox
from tests.support.mailbox import text_of as words_of
from tests.support.patience import patient

#: A Monday afternoon: the office is open for three hours more.
MONDAY = datetime(2026, 2, 2, 14, 0, tzinfo=UTC)
_SPAN = re.compile(r"(\d+)([smhdw])")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
#: What is still on its way. Surfaces follow when it suits them; whoever looks at one waits for it.
_UNDERWAY = text(
    """
    select 'outbox: ' || kind || ' in ' || lane from outbox where status in ('waiting', 'sending')
    union all select 'job: ' || entrypoint from pgqueuer where entrypoint in ('review', 'check')
    """
)
_NEXT = text("select min(due_at) from timers where armed")
_BEHIND = text("select count(*) from surfaces where shown < wanted and name = :name")


@dataclass
class Still(Clock):
    """A clock that stands still until a test moves it."""

    time: datetime = MONDAY

    def __call__(self) -> datetime:
        return self.time + self.ahead


def span(words: str) -> timedelta:
    """A length of time, such as `15m` or `1h 30m`."""
    return timedelta(**{_UNITS[unit]: int(number) for number, unit in _SPAN.findall(words)})


def _is_of(name: str, boxes: Mapping[str, Any]) -> bool:
    """Whether tick boxes are a checklist's; each ten are numbered from the second."""
    return str(boxes["action_id"]).split(":")[:2] == ["tick", name]


class Playing:
    """One incident, one bot, one workspace. `reply` is what the last command was answered."""

    def __init__(self, bot: Stage, clock: Still, box: Mailbox, announce: str) -> None:
        self.bot, self.clock, self.box = bot, clock, box
        self.reply: Reply | None = None
        self.room: Channel | None = None
        self.announce = announce
        self.began = clock()
        self.news: list[Heard] = []
        self._seen: set[tuple[str, str]] = set()
        self._inside: set[str] = set()
        self._mails = 0

    @property
    def sandbox(self) -> Sandbox:
        """The workspace."""
        return self.bot.sandbox

    @property
    def policy(self) -> Policy:
        """The rules."""
        return self.bot.core.muster.policy

    async def incident(self) -> Incident:
        """The incident as it is."""
        return await self.bot.incident()

    async def run_to(self, when: datetime) -> None:
        """Goes on to a time. Fails when something was said before."""
        assert when >= self.clock(), f"{when:%a %H:%M} is over"
        while (due := await self._next()) is not None and due < when:
            self.clock.time = max(due, self.clock())
            await self.settle()
            self.nothing_pending()
        self.clock.time = when
        await self.settle()

    def nothing_pending(self) -> None:
        """Fails when something was heard that nobody expects."""
        self.check()

    def check(self, *expectations: Expectation) -> None:
        """Everything that was heard since the last look is expected, and all that is expected was heard."""
        members = self.room.members if self.room else []
        news = News(self.news, self.sandbox.workspace, self.policy, members)
        self.news = []
        found = problems(news, expectations)
        if found:
            raise AssertionError("\n".join([f"{self.moment()}:", *found]))

    def moment(self) -> str:
        """The time, for people."""
        after = self.clock() - self.began
        return f"{self.clock():%a %d %b %H:%M:%S}, {after} after the declaration"

    async def settle(self) -> None:
        """Waits until every clock that is due has rung and everything is delivered, and takes note of it."""
        try:
            async with asyncio.timeout(40):
                while True:
                    due = await self._next()
                    if due is not None and due <= self.clock():
                        await self.bot.app.upkeep.once()
                    elif not await self._underway():
                        await self.sandbox.quiet(timeout=30, for_seconds=0.02)
                        if not await self._underway():
                            break
                    else:
                        await self.sandbox.quiet(timeout=30, for_seconds=0.02)
        except TimeoutError:
            raise AssertionError(f"{self.moment()}: still on its way: {await self._underway()}") from None
        self._listen()

    async def typed(self, who: str, words: str, where: str | None = None) -> None:
        """Somebody types the slash command, in the room once there is one."""
        self.nothing_pending()
        place = where or (self.room.name if self.room else "general")
        self.reply = await self.bot.command(who, words, place)
        await self.settle()

    async def pressed(self, who: str, action: str, words: str) -> None:
        """Somebody presses a button of the newest message in the room with these words."""
        self.nothing_pending()
        message = self._message(words)
        self.reply = await self.sandbox.click(who, self._room().name, message.ts, action)
        assert self.reply.error is None, self.reply
        await self.settle()

    async def submitted(self, who: str, typed: Mapping[str, Any]) -> None:
        """Somebody fills in the form that is open and sends it."""
        self.nothing_pending()
        self.reply = await self.sandbox.submit(who, dict(typed))
        assert self.reply.error is None, self.reply
        refused = isinstance(self.reply.body, dict) and self.reply.body.get("response_action") == "errors"
        assert not refused, f"{self.moment()}: {self.reply.body}"
        await self.settle()

    async def filled_in(self, who: str, brackets: Mapping[str, str], others: str | None) -> None:
        """Somebody puts words in the place of the brackets of the text that is open, and sends it."""
        view = self.sandbox.view(who)
        assert view is not None, f"{self.moment()}: {who} has no form open"

        letter = self.policy.letter(json.loads(view.private_metadata)["text"])
        typed: dict[str, str] = {}
        for name, state in ((name, state) for block in view.values.values() for name, state in block.items()):
            typed[name] = state["value"] or ""
            while left := left_to_fill_in(letter, typed[name], self.policy):
                said = next((said for start, said in brackets.items() if left[1:].startswith(start)), others)
                assert said is not None, f"{self.moment()}: nobody says what stands for {left}"
                typed[name] = typed[name].replace(left, said)
        await self.submitted(who, typed)

    async def ticked(self, who: str, name: str, numbers: tuple[int, ...]) -> None:
        """Somebody ticks these items of a checklist (all of them without numbers), one after the other."""
        self.nothing_pending()
        await self.shown(f"checklist:{name}")
        wanted = set(numbers or range(1, len(self.policy.checklist(name).items) + 1))
        message = next(m for m in self._room().messages if any(_is_of(name, box) for box in checkbox_elements(m)))
        clicks = 0
        for element in checkbox_elements(message):
            before = [option["value"] for option in element.get("initial_options", ())]
            offered = [option["value"] for option in element["options"]]
            new = [value for value in offered if int(value.rpartition(" ")[2]) in wanted and value not in before]
            if new:
                action, values = element["action_id"], [*before, *new]
                self.reply = await self.sandbox.click(who, self._room().name, message.ts, action, value=values)
                assert self.reply.error is None, self.reply
                clicks += len(new)
        assert clicks == len(wanted), f"{self.moment()}: of {wanted} in {name}, only {clicks} were there to tick"
        await self.settle()

    def answered(self, words: tuple[str, ...]) -> None:
        """What the last command was answered has these words; no more was said."""
        assert self.reply is not None
        answer = f"{self.reply.text}\n{text_of(self.sandbox.workspace, self.reply.blocks, '')}\n{self.reply.body}"
        missing = [word for word in words if word.casefold() not in answer.casefold()]
        assert not missing, f"{self.moment()}: no {missing} in the answer:\n{answer}"

    def form_shows(self, who: str, words: tuple[str, ...]) -> None:
        """The form that somebody has open has these words."""
        view = self.sandbox.view(who)
        assert view is not None, f"{self.moment()}: {who} has no form open"
        content = text_of(self.sandbox.workspace, [view.title, *view.blocks])
        missing = [word for word in words if word.casefold() not in content.casefold()]
        assert not missing, f"{self.moment()}: no {missing} in the form:\n{content}"

    async def clocks(self, expected: Mapping[str, str]) -> None:
        """What is to be done by when, counted from the declaration: `{"acknowledge": "5m"}`, and nothing else."""
        found = {one.clock: one.due_at - self.began for one in deadlines(await self.incident(), self.policy)}
        assert found == {clock: span(due) for clock, due in expected.items()}, self.moment()

    async def card(self, words: tuple[str, ...], surface: str = "summary") -> None:
        """The pinned card, once it is up to date, has these words."""
        await self.shown(surface)
        message = self._room().message(self._room().pins[0].ts)
        assert message is not None
        content = text_of(self.sandbox.workspace, message.blocks)
        missing = [word for word in words if word.casefold() not in content.casefold()]
        assert not missing, f"{self.moment()}: no {missing} on the card:\n{content}"

    @patient
    async def shown(self, surface: str) -> None:
        """Waits until a surface shows how it stands."""
        async with asyncio.timeout(40):
            while True:
                async with self.bot.core.database.transaction(within=30) as connection:
                    if not await connection.scalar(_BEHIND, {"name": surface}):
                        return
                await self.sandbox.quiet(timeout=30, for_seconds=0.05)

    async def tally(self, name: str) -> dict[int, tuple[str, timedelta]]:
        """Who ticked which item of a checklist, and how long after the declaration."""
        tally = (await self.incident()).tally(name)
        assert tally is not None, f"{name} was not shown"
        people = {person.id: person.name for person in self.sandbox.workspace.people.values()}
        return {tick.number: (people[tick.by], tick.at - self.began) for tick in tally.ticks}

    async def review(self) -> str:
        """The last review that is in the room, as Markdown."""
        files = [f for message in self._room().messages for f in message.files if (f.name or "").endswith(".md")]
        assert files, "no review is there"
        return (files[-1].content or b"").decode()

    @patient
    async def _next(self) -> datetime | None:
        async with self.bot.core.database.transaction(within=30) as connection:
            due: datetime | None = await connection.scalar(_NEXT)
        return due

    @patient
    async def _underway(self) -> list[str]:
        async with self.bot.core.database.transaction(within=30) as connection:
            return list(await connection.scalars(_UNDERWAY))

    def _listen(self) -> None:
        """Takes note of what is new in Slack and in the mail."""
        workspace, bot = self.sandbox.workspace, self.sandbox.workspace.bot.id
        if self.room is None:
            self.room = next((c for c in workspace.channels.values() if (c.name or "").startswith("inc-")), None)
        for channel in workspace.channels.values():
            for message in channel.messages:
                if message.user != bot or message.subtype not in {None, "thread_broadcast"}:
                    continue
                if (channel.id, message.ts) not in self._seen:
                    self._seen.add((channel.id, message.ts))
                    place = ANNOUNCED if channel.name == self.announce else place_of(channel, workspace, self.room)
                    words = text_of(workspace, message.blocks, message.text)
                    words += "".join(f"\nfile {file.name}" for file in message.files)
                    self.news.append(Heard(place, words, message))
        if self.room is not None:
            for member in self.room.members:
                person = workspace.user(member)
                if member not in self._inside and person is not None and member != bot:
                    self.news.append(Heard(ROOM, "", joined=person.name))
            self._inside = set(self.room.members)
        for mail in self.box.mails[self._mails :]:
            self.news.append(Heard(f"mail to {mail['To']}", f"{mail['Subject']}\n{words_of(mail)}"))
        self._mails = len(self.box.mails)

    def _room(self) -> Channel:
        assert self.room is not None, "there is no incident yet"
        return self.room

    def _message(self, words: str) -> Message:
        workspace, bot = self.sandbox.workspace, self.sandbox.workspace.bot.id
        mine = [message for message in reversed(self._room().messages) if message.user == bot]
        found = (m for m in mine if words.casefold() in text_of(workspace, m.blocks, m.text).casefold())
        message = next(found, None)
        assert message is not None, f"{self.moment()}: no message in the room has {words!r}"
        return message
