"""A real Prometheus, a real Alertmanager and the whole bot: a number is too high, and is an incident until it falls."""

import asyncio
import json
import tempfile
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web
from sqlalchemy import text

from bot.domain import events as e
from bot.domain.alert_events import AlertsCleared, AlertsJoined
from bot.domain.alert_rules import AlertRule, AlertRules, Decision, Ending, Matcher
from bot.domain.rules import Policy, Service
from bot.sandbox.model import Channel
from bot.sandbox.server import Sandbox
from tests.scenario.stage import Stage, stage
from tests.support.alertmanager import Alertmanager, alertmanager
from tests.support.needs import needs
from tests.support.own_server import OwnServer
from tests.support.web import answering

TOKEN = "al3rts-t0ken"
SETTINGS = {"muster_webhook_tokens": f"prometheus:{TOKEN}"}
_STARTS_IN_S = 30


def rules(policy: Policy) -> Policy:
    """What is critical is an incident, which is over soon after its alerts are."""
    table = AlertRules(
        rules=(AlertRule(name="down", do=Decision.DECLARE, when=Matcher(severities=("critical",)), severity="P1"),),
        tell_every=timedelta(milliseconds=200),
        clear_after=timedelta(milliseconds=200),
        endings=(Ending(after=timedelta(seconds=2)),),
    )
    return replace(policy, alerts=table, services=(*policy.services, Service(name="payments")))


def posting(url: str) -> Mapping[str, Any]:
    """An Alertmanager's configuration that posts what it has at once."""
    hook = {
        "url": f"{url}/webhooks/alertmanager",
        "send_resolved": True,
        "http_config": {"authorization": {"credentials": TOKEN}},
    }
    return {
        "route": {"receiver": "muster", "group_wait": "100ms", "group_interval": "300ms", "repeat_interval": "1h"},
        "receivers": [{"name": "muster", "webhook_configs": [hook]}],
    }


@dataclass
class Queue:
    """A program with a number that Prometheus reads."""

    length: int = 0

    async def handle(self, _request: web.Request) -> web.Response:
        """What it answers."""
        return web.Response(text=f"# TYPE queue_length gauge\nqueue_length {self.length}\n")


@asynccontextmanager
async def prometheus(program_url: str, alertmanager_url: str) -> AsyncIterator[None]:
    """A Prometheus that reads the number, and finds it too high above 10."""
    host, manager = program_url.removeprefix("http://"), alertmanager_url.removeprefix("http://")
    config = {
        "global": {"scrape_interval": "200ms", "scrape_timeout": "200ms", "evaluation_interval": "200ms"},
        "rule_files": ["rules.yml"],
        "scrape_configs": [{"job_name": "queue", "static_configs": [{"targets": [host]}]}],
        "alerting": {"alertmanagers": [{"static_configs": [{"targets": [manager]}]}]},
    }
    rule = {
        "alert": "QueueTooLong",
        "expr": "queue_length > 10",
        "labels": {"severity": "critical", "service": "payments"},
        "annotations": {"summary": "{{ $value }} payments wait <!channel>"},
    }
    with tempfile.TemporaryDirectory(prefix="muster-prometheus-") as name:
        folder = Path(name)
        (folder / "prometheus.yml").write_text(json.dumps(config))
        (folder / "rules.yml").write_text(json.dumps({"groups": [{"name": "all", "rules": [rule]}]}))
        process = await asyncio.create_subprocess_exec(
            needs("prometheus"), f"--config.file={folder / 'prometheus.yml'}",
            f"--storage.tsdb.path={folder / 'data'}", "--web.listen-address=127.0.0.1:0",
            stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        ready = asyncio.Event()
        reading = asyncio.create_task(_read(process, ready))
        try:
            async with asyncio.timeout(_STARTS_IN_S):
                await ready.wait()
            yield
        finally:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()
            await reading


async def _read(process: asyncio.subprocess.Process, ready: asyncio.Event) -> None:
    assert process.stderr is not None
    async for line in process.stderr:
        if b"Server is ready" in line:
            ready.set()


@dataclass
class Relay:
    """What stands between an Alertmanager and the bot, and counts what the bot answered."""

    bot: Stage
    session: aiohttp.ClientSession
    answers: list[int] = field(default_factory=list)
    _answered: asyncio.Event = field(default_factory=asyncio.Event)

    async def handle(self, request: web.Request) -> web.Response:
        """Passes a post on, as it is."""
        headers = {name: request.headers[name] for name in ("Authorization", "Content-Type")}
        url = f"{self.bot.app.url}{request.path}"
        async with self.session.post(url, data=await request.read(), headers=headers) as answer:
            body, status = await answer.read(), answer.status
        self.answers.append(status)
        self._answered.set()
        return web.Response(status=status, body=body)

    async def until(self, enough: Callable[[list[int]], bool]) -> None:
        """Waits for answers."""
        async with asyncio.timeout(60):
            while not enough(self.answers):
                self._answered.clear()
                await self._answered.wait()


@asynccontextmanager
async def relayed(bot: Stage) -> AsyncIterator[tuple[Relay, Alertmanager]]:
    """An Alertmanager whose posts are counted on their way."""
    async with aiohttp.ClientSession() as session:
        relay = Relay(bot, session)
        async with answering(relay.handle) as url, alertmanager(posting(url)) as manager:
            yield relay, manager


def room(sandbox: Sandbox) -> Channel | None:
    """The channel of the only incident."""
    found = (one for one in sandbox.workspace.channels.values() if (one.name or "").startswith("inc-"))
    return next(found, None)


async def test_a_number_that_is_too_high_is_an_incident_until_it_falls(database: str) -> None:
    queue = Queue(length=42)
    async with (
        stage(database, rules=rules, settings=SETTINGS) as bot,
        answering(queue.handle) as url,
        alertmanager(posting(bot.app.url)) as manager,
        prometheus(url, manager.url),
    ):
        channel = await bot.until(room)
        opened = await bot.hear(channel, "one alert opened this")
        shown = f"{opened.text}{opened.blocks}"
        assert "42 payments wait" in shown
        assert "<!channel>" not in shown
        assert "rule “down”" in shown
        incident = await bot.incident()
        assert (incident.severity, incident.service, incident.alerts.firing) == ("P1", "payments", 1)
        assert incident.declared_by.id == "alertmanager"

        queue.length = 3
        await bot.hear(channel, "the alert has cleared")
        await bot.hear(channel, "resolved without a person")
        assert (await bot.incident()).over
        assert len(await bot.events(AlertsJoined)) == len(await bot.events(AlertsCleared)) == 1
        assert len(await bot.events(e.Resolved)) == 1
        assert await bot.count() == 1


async def test_what_alertmanager_could_not_post_while_the_database_was_down_comes_in_once(own: OwnServer) -> None:
    async with stage(own.url, rules=rules, settings=SETTINGS) as bot, relayed(bot) as (relay, manager):
        await own.stop()
        await manager.fire({"alertname": "Down", "severity": "critical", "service": "payments"})
        await relay.until(lambda answers: len(answers) >= 3)
        assert {*relay.answers} == {503}
        await own.start()
        await relay.until(lambda answers: 202 in answers)
        channel = await bot.until(room)
        await bot.hear(channel, "one alert opened this")
        assert await bot.count() == 1
        (joined,) = await bot.recorded(AlertsJoined)
        assert (joined.opened, joined.total, joined.new) == (True, 1, 1)
        async with bot.core.database.transaction(within=30) as connection:
            kept = (await connection.execute(text("select status, firings, reason from alerts"))).all()
        assert [tuple(row) for row in kept] == [("firing", 1, "NEW")]
