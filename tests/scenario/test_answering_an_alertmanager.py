"""A real Alertmanager and the whole bot: silenced once somebody is at it, asked what it keeps to itself, and let go."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from yarl import URL

from bot.domain import events as e
from bot.domain.alert_events import AlertsCleared
from bot.domain.alert_rules import TellBack, TellKind
from bot.domain.rules import Policy
from tests.scenario.alarms import state
from tests.scenario.stage import Stage, stage
from tests.scenario.test_real_alertmanager import SETTINGS, posting, room, rules
from tests.support.alertmanager import Alertmanager, alertmanager
from tests.support.web import answering

DOWN = {"alertname": "QueueTooLong", "severity": "critical", "service": "payments", "queue": "cards"}
BACK = TellBack(
    name="alertmanager",
    kind=TellKind.ALERTMANAGER,
    sources=("alertmanager",),
    url_from="MUSTER_ALERTMANAGER_URL",
)


def answered(policy: Policy) -> Policy:
    """The same rules, by which people resolve what they work on, and the Alertmanager is told of it."""
    made = rules(policy)
    return replace(made, alerts=replace(made.alerts, endings=(), tell_back=(BACK,)))


@dataclass
class Between:
    """What stands between two programs: it passes on what one asks, and knows what the other answered."""

    session: aiohttp.ClientSession
    to: str = ""
    seen: list[tuple[str, str, int]] = field(default_factory=list)
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    async def handle(self, request: web.Request) -> web.Response:
        """Passes one question on, as it is."""
        headers = {name: request.headers[name] for name in ("Authorization", "Content-Type") if name in request.headers}
        url = URL(f"{self.to}{request.raw_path}", encoded=True)
        async with self.session.request(request.method, url, data=await request.read(), headers=headers) as answer:
            body, status, kind = await answer.read(), answer.status, answer.content_type
        self.seen.append((request.method, request.path, status))
        self._news.set()
        return web.Response(status=status, body=body, content_type=kind)

    async def until(self, method: str, path: str) -> None:
        """Waits until this was asked, and answered with consent."""

        def there() -> bool:
            return any(one == method and at.startswith(path) and status < 300 for one, at, status in self.seen)

        async with asyncio.timeout(30):
            while not there():
                self._news.clear()
                await self._news.wait()


@dataclass
class Play:
    """The bot, the Alertmanager that posts to it, and what stands between them each way."""

    bot: Stage
    manager: Alertmanager
    posts: Between
    answers: Between

    async def active(self) -> Sequence[dict[str, Any]]:
        """The silences that hold."""
        return [one for one in await self.manager.silences() if one["status"]["state"] == "active"]

    async def until_clear(self, group: int) -> None:
        """Lets minutes pass, in each of which the bot asks, until none of a group's alerts fires."""
        async with asyncio.timeout(30):
            while (await state(self.bot, group)).group.firing:
                self.bot.clock.advance(minutes=1)
                await self.bot.app.asking.once()


@asynccontextmanager
async def play(database: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Play]:
    async with aiohttp.ClientSession() as session:
        posts, answers = Between(session), Between(session)
        async with answering(posts.handle) as hook, alertmanager(posting(hook)) as manager:
            answers.to = manager.url
            async with answering(answers.handle) as back:
                monkeypatch.setenv(BACK.url_from or "", back)
                async with stage(database, rules=answered, settings=SETTINGS) as bot:
                    posts.to = bot.app.url
                    yield Play(bot, manager, posts, answers)


async def test_an_alertmanager_is_silenced_while_somebody_works_and_what_clears_meanwhile_is_told(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with play(database, monkeypatch) as staged:
        bot, manager = staged.bot, staged.manager
        await manager.fire(DOWN)
        channel = await bot.until(room)
        await bot.hear(channel, "one alert opened this")
        assert await manager.silences() == []

        await bot.command("bob", "ack", channel.name or "")
        await staged.answers.until("POST", "/api/v2/silences")
        [silence] = await staged.active()
        incident = await bot.incident()
        assert silence["comment"].startswith(f"[{incident.ref}] {incident.title}. Acknowledged by Bob Lindqvist.")
        assert {one["name"]: one["value"] for one in silence["matchers"]} == DOWN
        [alert] = await manager.alerts()
        assert alert["status"]["silencedBy"] == [silence["id"]]

        await manager.clear(DOWN)
        posted = len(staged.posts.seen)
        await staged.until_clear(group=1)
        await bot.hear(channel, "the alert has cleared")
        assert len(staged.posts.seen) == posted, "it says nothing of what is silenced"
        assert len(await bot.events(AlertsCleared)) == 1
        assert not (await bot.incident()).over
        assert len(await staged.active()) == 1

        await bot.command("bob", "resolve The consumer was restarted", channel.name or "")
        await staged.answers.until("DELETE", "/api/v2/silence/")
        assert await staged.active() == []
        assert len(await bot.events(e.Resolved)) == 1
        assert await bot.events(e.DeliveryFailed) == []
