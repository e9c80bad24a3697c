"""The whole bot beside a sandbox Slack: what people do, and what they then see."""

from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import pairwise
from typing import Any, TypeVar

from pydantic import SecretStr

from bot.app import App
from bot.core import Core, core
from bot.domain.events import Event
from bot.domain.incident import Incident
from bot.domain.rules import Policy
from bot.domain.timeline import Entry
from bot.paths import RUNBOOKS
from bot.policy.read import read_pack
from bot.sandbox.api.limits import RateLimiter
from bot.sandbox.model import Channel, Message
from bot.sandbox.records import Fault, Reply
from bot.sandbox.server import Sandbox
from bot.settings import Settings
from bot.slack.limits import LIMITS, Limit
from bot.slack.manifest import SHORTCUTS
from bot.slack.socket import Watch
from bot.store import incidents
from bot.store import timeline as log
from tests.support.patience import patient

T = TypeVar("T")

#: How often somebody declares again what a busy database did not take.
_DECLARED_AGAIN = 3


@dataclass
class Clock:
    """A clock that a test moves: it also runs, so that Slack's three seconds are three seconds."""

    ahead: timedelta = field(default_factory=timedelta)

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    def advance(self, **parts: float) -> None:
        self.ahead += timedelta(**parts)


class Stage:
    """One bot, one workspace."""

    def __init__(self, sandbox: Sandbox, core: Core, app: App, clock: Clock) -> None:
        self.sandbox, self.core, self.app, self.clock = sandbox, core, app, clock

    async def command(self, who: str, text: str, channel: str = "general") -> Reply:
        """Types the slash command; it was taken in time."""
        reply = await self.sandbox.command(who, text, channel)
        assert reply.error is None, reply
        assert reply.status == 200
        return reply

    async def declare(self, text: str = "P1 Checkout is down", who: str = "alice") -> Channel:
        """Declares an incident and waits until its channel is furnished."""
        reply = await self.command(who, f"declare {text}")
        for _ in range(_DECLARED_AGAIN):
            # The server that all tests share has just made a database, and may take long over that; it says so itself.
            if "nothing was recorded" not in (reply.text or ""):
                break
            reply = await self.command(who, f"declare {text}")
        ref = _reference(reply.text or "")
        channel: Channel = await self.until(lambda s: _room(s, ref))
        await self.until(lambda _: channel.pins)
        # The announcement and the bookmark may still be on their way, and a fault would hit them instead.
        await self.sandbox.quiet(timeout=30)
        return channel

    async def until(self, seen: Callable[[Sandbox], T | None]) -> T:
        """Waits until something is to be seen in Slack."""
        found = await self.sandbox.wait_for(seen, timeout=30)
        assert found is not None
        return found

    async def hear(self, channel: Channel | str, words: str) -> Message:
        """Waits for a message of the bot's with these words."""
        place = self.sandbox.channel(channel) if isinstance(channel, str) else channel
        return await self.until(lambda s: said(s, place, words))

    @patient
    async def incident(self, ref: str | None = None) -> Incident:
        """An incident as it is in the database; the newest without a reference."""
        async with self.core.database.transaction(within=30) as connection:
            if ref is None:
                return (await incidents.recent(connection, open_only=False))[0]
            stored = await incidents.by_ref(connection, ref)
        assert stored is not None
        return stored.incident

    @patient
    async def count(self) -> int:
        """How many incidents there are."""
        async with self.core.database.transaction(within=30) as connection:
            return len(await incidents.recent(connection, open_only=False))

    @patient
    async def entries(self, ref: str | None = None) -> list[Entry]:
        """An incident's timeline."""
        ref = ref or (await self.incident()).ref
        async with self.core.database.transaction(within=30) as connection:
            stored = await incidents.by_ref(connection, ref)
            assert stored is not None
            entries = await log.entries_of(connection, stored.id)
        assert all(after.seq == before.seq + 1 for before, after in pairwise(entries))
        return entries

    async def events(self, kind: type[Event], ref: str | None = None) -> list[Any]:
        """The events of one type in an incident's timeline."""
        return [entry.event for entry in await self.entries(ref) if isinstance(entry.event, kind)]

    async def recorded(self, kind: type[Event], count: int = 1) -> list[Any]:
        """The events of one type, once what is on its way has arrived."""
        found: list[Any] = []
        for patience in (0.1, 0.3, 1.0):  # a busy machine is quiet for a moment before it goes on
            await self.sandbox.quiet(timeout=30, for_seconds=patience)
            found = await self.events(kind)
            if len(found) == count:
                break
        assert len(found) == count, [type(entry.event).__name__ for entry in await self.entries()]
        return found


def said(sandbox: Sandbox, channel: Channel, words: str) -> Message | None:
    """The bot's latest message in a channel that has these words, whatever their case."""
    wanted, bot = words.casefold(), sandbox.workspace.bot.id
    mine = (m for m in reversed(channel.messages) if m.user == bot and m.subtype in {None, "thread_broadcast"})
    return next((m for m in mine if wanted in f"{m.text}{m.blocks}".casefold()), None)


def shown(reply: Reply) -> str:
    """Everything that an ephemeral answer shows, in lower case."""
    return f"{reply.text}{reply.blocks}".casefold()


def _room(sandbox: Sandbox, ref: str) -> Channel | None:
    channels = sandbox.workspace.channels.values()
    return next((channel for channel in channels if (channel.name or "").startswith(ref.lower())), None)


def _reference(text: str) -> str:
    start = text.index("INC-")
    return text[start : start + len("INC-2026-01-31-001")]


#: A minute that is so short, in seconds, that its limits are still asked and hardly ever hold anything up.
_NO_TIME = 0.6


def shrunk(minute: float) -> Mapping[str, Limit | None]:
    """Slack's limits in a minute of so many seconds."""
    part = minute / 60
    return {name: limit and Limit(limit.burst, limit.interval * part) for name, limit in LIMITS.items()}


@cache
def _default() -> Policy:
    """The default pack, which nothing changes: read once for all tests."""
    return read_pack("default", root=RUNBOOKS)


@asynccontextmanager
async def stage(
    database: str,
    *,
    socket: bool = False,
    scopes: frozenset[str] | None = None,
    faults: Iterable[Fault] = (),
    rate_limited: float | None = None,
    watch: Watch | None = None,
    rules: Callable[[Policy], Policy] = lambda policy: policy,
    settings: Mapping[str, Any] | None = None,
    clock: Clock | None = None,
) -> AsyncIterator[Stage]:
    """The bot and the sandbox, talking over real HTTP or a real socket.

    Args:
        database: the URL of a migrated database.
        socket: whether Slack delivers through a socket.
        scopes: what the workspace granted; everything by default.
        faults: what goes wrong from the start.
        rate_limited: Slack's rate limits hold, with a minute of so many seconds; else hardly anything is held back.
        watch: when a socket counts as lost.
        rules: makes other rules of the default pack's.
        settings: more settings.
        clock: the time; one that runs from now on by default.
    """
    clock = clock or Clock()
    sandbox = Sandbox(now=clock, retry_delays=(0, 0, 0), scopes=scopes, shortcuts=SHORTCUTS)
    for fault in faults:
        sandbox.faults.add(fault)
    if watch is not None:
        sandbox.courier.sockets.ping_every = watch.silence / 6
    if rate_limited is not None:
        sandbox.rate_limited, sandbox.limiter = True, RateLimiter(rate_limited)
    await sandbox.start()
    try:
        all_settings = Settings(
            _env_file=None,
            slack_bot_token=SecretStr(sandbox.bot_token),
            slack_signing_secret=None if socket else SecretStr(sandbox.signing_secret),
            slack_app_token=SecretStr(sandbox.app_token) if socket else None,
            slack_api_url=sandbox.api_url,
            database_url=SecretStr(database),
            muster_port=0,
            **(settings or {}),
        )
        people = {person.name: person.id for person in sandbox.people.values()}
        contacts = {"on-call": (people["dave"],), "engineering-lead": (people["carol"],)}
        policy = rules(_default().with_contacts(contacts))
        async with core(all_settings, now=clock, policy=policy) as built:
            app = App(built, limits=shrunk(_NO_TIME if rate_limited is None else rate_limited), watch=watch)
            await app.start()
            staged = Stage(sandbox, built, app, clock)
            try:
                if not socket:
                    sandbox.deliver_to(f"{app.url}/slack/events")
                yield staged
            finally:
                sandbox.deliver_to(None)
                await staged.app.stop()  # a test may have started it anew
    finally:
        await sandbox.stop()
