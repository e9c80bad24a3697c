"""Lets people act, and waits for what has to come of it."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeVar

import aiohttp

from bot.cli.demo.monitor import ALERT, PATH
from bot.cli.demo.screen import Screen
from bot.cli.demo.stage import Failed, Stage
from bot.sandbox.model import Channel, Message
from bot.sandbox.records import Reply
from bot.sandbox.server import Sandbox
from bot.store import health

#: Seconds that anything may take before the story is given up.
_PATIENCE_S = 10.0

T = TypeVar("T")


class Director:
    """Each method is one gesture, shown on the screen and sent to the bot as a signed request."""

    def __init__(self, stage: Stage, screen: Screen) -> None:
        self.stage = stage
        self.sandbox = stage.sandbox
        self._screen = screen
        self._began = "0"

    async def later(self, minutes: float, aside: str = "") -> None:
        """Let time pass, perhaps with a word to the audience. Slack is told everything first, or it would hear late.

        Raises:
            Failed: it does not come.
        """
        loop = asyncio.get_running_loop()
        deadline = loop.time() + _PATIENCE_S
        while waiting := await self._waiting():
            if loop.time() > deadline:
                raise Failed(f"{waiting} messages did not come in time.\n{self.sandbox.recent_calls()}")
            await self.sandbox.workspace.changes.next(0.05)
        self.stage.clock.skip(minutes)
        if aside:
            self._screen.aside(aside)

    async def ring(self) -> None:
        """Have every clock ring whose time has come by the story's own: the bot looks for that now and then."""
        await self.stage.app.upkeep.once()

    async def fires(self, pods: Mapping[str, int]) -> None:
        """Have the monitor post that checkout takes so many seconds on some more pods. Raises Failed."""
        self._post(f"{ALERT} fires on {', '.join(pods)}")
        self._answered(await _posted(self.stage.monitor.fires(pods)))

    async def clears(self) -> None:
        """Have the monitor post that all of it is over. Raises Failed."""
        self._post(f"{ALERT} is over everywhere")
        self._answered(await _posted(self.stage.monitor.clears()))

    def again(self, message: Message) -> None:
        """Show a message once more, as it reads by now."""
        self._screen.again(message)

    async def command(self, who: str, text: str, channel: str) -> None:
        """Type the slash command. Raises Failed when it is not taken."""
        shown = f"{self.stage.command} {text}".strip()
        self._gesture(who, self._place(channel), shown)
        _taken(await self.sandbox.command(who, text, channel), shown)

    async def say(self, who: str, text: str, channel: str, thread: str | None = None) -> Message:
        """Write a message, in a channel or a thread of it."""
        ts = await self.sandbox.say(who, channel, text, thread)
        message = self.sandbox.channel(channel).message(ts)
        assert message is not None
        return message

    async def pin(self, who: str, message: Message) -> None:
        """React with :pushpin:, and wait for the bot's own."""
        await self.sandbox.react(who, message.channel, message.ts, "pushpin")
        bot = self.sandbox.workspace.bot.id
        await self.until(lambda _: bot in message.reactions.get("pushpin", []), "the bot's own :pushpin:")

    async def press(self, who: str, label: str, action: str, channel: Channel) -> None:
        """Press a button, whose text begins so, on the latest message that has it. Raises Failed."""
        message, button = await self.until(
            lambda _: _with_button(channel, action, label), f"a message with the button {label}"
        )
        self._gesture(who, self._place(channel.name), f"presses [{label}]")
        _taken(await self.sandbox.click(who, channel.id, message.ts, button), label)

    async def tick(self, who: str, name: str, channel: Channel) -> None:
        """Tick everything off on a checklist, which is asked for where it is not there. Raises Failed."""
        if _with_ticks(channel, name) is None:
            await self.command(who, f"checklist {name}", channel.name)
        message = await self.until(lambda _: _with_ticks(channel, name), f"the checklist {name}")
        self._gesture(who, self._place(channel.name), f"ticks off “{name}”")
        for element in _ticks(message, name):
            every = [option["value"] for option in element["options"]]
            ticked = await self.sandbox.click(who, channel.id, message.ts, element["action_id"], value=every)
            _taken(ticked, name)

    async def fill_in(self, who: str, values: Mapping[str, str]) -> None:
        """Fill in the form that is open and send it. Raises Failed."""
        view = await self.until(lambda sandbox: _form(sandbox, who, values), "the form")
        title = str((view.title or {}).get("text", ""))
        self._gesture(who, "form", f"“{title}”, filled in and sent")
        _taken(await self.sandbox.submit(who, dict(values), view), title)

    async def until(self, condition: Callable[[Sandbox], T | None], what: str) -> T:
        """Wait for something to be so. Raises Failed when it does not come."""
        try:
            found = await self.sandbox.wait_for(condition, timeout=_PATIENCE_S)
        except TimeoutError as error:
            raise Failed(f"{what} did not come within {_PATIENCE_S:g} s.\n{error}") from None
        assert found is not None
        return found

    async def hear(self, channel: Channel, words: str, *, ever: bool = False) -> Message:
        """Wait for a message of the bot's that has these words: since the last gesture, or `ever`."""
        bot = self.sandbox.workspace.bot.id
        return await self.until(lambda _: _saying(channel, bot, words, "0" if ever else self._began), f"“{words}”")

    async def _waiting(self) -> int:
        async with self.stage.app.core.database.transaction() as connection:
            return (await health.backlog(connection)).waiting

    def _gesture(self, who: str, where: str, what: str) -> None:
        self._screen.gesture(self.sandbox.people[who], where, what)
        self._began = self.sandbox.workspace.next_ts()

    def _post(self, what: str) -> None:
        self._screen.request("Alertmanager", f"POST {PATH}: {what}")
        self._began = self.sandbox.workspace.next_ts()

    def _answered(self, answer: str) -> None:
        self._screen.request("Muster", answer)

    def _place(self, channel: str) -> str:
        return self._screen.place(self.sandbox.channel(channel))


async def _posted(post: Awaitable[str]) -> str:
    try:
        return await post
    except (aiohttp.ClientError, TimeoutError) as error:
        raise Failed(f"The monitor's alerts were not taken: {error}") from None


def _taken(reply: Reply, what: str) -> None:
    if reply.error or reply.status != 200:
        raise Failed(f"“{what}” was answered with {reply.error or reply.status}: {reply.text or reply.body}")


def _saying(channel: Channel, user: str, words: str, since: str) -> Message | None:
    wanted = words.casefold()
    for message in channel.messages:
        # Slack's timestamps have ten digits before the point until 2286, so they compare as they are.
        if message.user == user and message.ts > since and wanted in f"{message.text}{message.blocks}".casefold():
            return message
    return None


def _with_button(channel: Channel, action: str, label: str) -> tuple[Message, str] | None:
    """The latest message with a button, and the button's id: the second of a kind has its number behind it."""
    for message in reversed(channel.messages):
        for block in message.blocks:
            for element in block.get("elements", ()):
                known = str(element.get("action_id"))
                if known.partition(":")[0] == action and element["text"]["text"].startswith(label):
                    return message, known
    return None


def _with_ticks(channel: Channel, name: str) -> Message | None:
    return next((message for message in reversed(channel.messages) if _ticks(message, name)), None)


def _ticks(message: Message, name: str) -> list[dict[str, Any]]:
    """The tick boxes of a checklist: Slack takes ten in one element."""
    return [
        element
        for block in message.blocks
        for element in block.get("elements", ())
        if element.get("type") == "checkboxes" and element["action_id"].split(":")[:2] == ["tick", name]
    ]


def _form(sandbox: Sandbox, who: str, values: Mapping[str, str]) -> Any:
    """The open form, once it has the fields: it is opened first and filled afterwards."""
    view = sandbox.view(who)
    if view is None:
        return None
    fields = {block.get("element", {}).get("action_id") for block in view.blocks}
    fields |= {block.get("block_id") for block in view.blocks}
    return view if set(values) <= fields else None
