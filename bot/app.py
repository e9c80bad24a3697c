"""The composition root: builds everything, owns the clock, starts it and stops it."""

import asyncio
import contextlib
import logging
import os
import socket
import time
from collections.abc import Coroutine, Mapping
from dataclasses import replace
from functools import partial
from importlib.metadata import version
from typing import Any
from uuid import uuid4

from aiohttp import web

from bot.application import outbox
from bot.application.actions import Actions
from bot.application.diagnose import Diagnostics
from bot.application.execute import Muster
from bot.application.in_force import InForce
from bot.application.ingest_alerts import Ingest
from bot.application.on_call import OnCall
from bot.application.pace import SharedPace
from bot.application.ports import Refused, TryAgain, Unclear
from bot.application.reading import PackOnDisk
from bot.application.replanning import replan
from bot.core import Core, mailer, named_settings, unanswered, untold
from bot.jobs.alert_cards import AlertCards
from bot.jobs.alert_tells import AlertTells
from bot.jobs.carry import Carrier
from bot.jobs.delivery import Delivery
from bot.jobs.desk import Desk, no_mail
from bot.jobs.presence import Presence
from bot.jobs.reviews import Reviews
from bot.jobs.sources import Asking
from bot.jobs.surfaces import Surfaces
from bot.jobs.timers import Timers
from bot.jobs.upkeep import Upkeep
from bot.jobs.worker import Worker
from bot.messages import Mails, Messages
from bot.notices.oncall import Providers
from bot.notices.sources import Sources
from bot.notices.trackers.exporting import Exporter
from bot.notices.webhook import Webhooks
from bot.postmortem.lines import forget_templates
from bot.settings import SettingsFault
from bot.slack.app import SlackApp, SlackRoom
from bot.slack.calls import Manners
from bot.slack.gateway import SlackWeb
from bot.slack.limits import LIMITS, Limit
from bot.slack.reconcile import Reconciler
from bot.slack.socket import Watch
from bot.store import migrate
from bot.store.database import Database, DatabaseUnavailable
from bot.store.replicas import Replica
from bot.web.health import health_routes
from bot.web.metrics import Metrics
from bot.web.server import Server, Traffic
from bot.web.webhooks.routes import webhook_routes

_logger = logging.getLogger(__name__)

#: Seconds that a job's transaction may take. Nobody waits for it, and a storm makes a queue.
_JOBS_PATIENCE = 20.0

#: Seconds for what is being done when the process is told to stop: requests, jobs, and answers on their way.
_FAREWELL = 5.0
#: Seconds that providers get to say who is on call before the bot begins to work.
_FIRST_ANSWERS = 3.0
#: Seconds that jobs get to give back what they could not finish.
_CUT_OFF = 1.5


class App:
    """The running bot."""

    def __init__(
        self,
        core: Core,
        *,
        web_part: bool = True,
        worker_part: bool = True,
        limits: Mapping[str, Limit | None] = LIMITS,
        watch: Watch | None = None,
    ) -> None:
        """Build every part; nothing listens and nothing is called yet.

        Args:
            core: the application without Slack.
            web_part: whether this process listens to Slack.
            worker_part: whether it works on the queue.
            limits: Slack's; tests shrink them.
            watch: when the socket counts as lost; tests are in a hurry.

        Raises:
            SettingsFault: a setting that serving needs is missing.
        """
        settings = core.settings.to_serve()
        assert settings.slack_bot_token is not None
        self.core, self._settings = core, settings
        self.metrics, self.traffic = Metrics(), Traffic()
        token = settings.slack_bot_token.get_secret_value()
        # One statement for each call to Slack, on connections that nothing else keeps busy.
        self._pace_database = Database(core.database.url, connections=3, autocommit=True)
        manners = Manners(
            pace=SharedPace(self._pace_database),
            limits=limits,
            on_paced=self.metrics.paced,
            on_limited=self.metrics.limited,
        )
        self.slack = SlackWeb(token, settings.slack_api_url, manners)
        self.messages = Messages(
            pack=core.muster.policy.name, public_url=settings.muster_public_url, command=settings.muster_command
        )
        self.mails = Mails(
            pack=core.muster.policy.name, public_url=settings.muster_public_url, command=settings.muster_command
        )
        # Work that nobody waits for has connections of its own, so that it cannot take those of the people who do.
        self._background_database = Database(core.database.url, connections=8, patience=_JOBS_PATIENCE)
        # Alerts take their turn on a connection of their own: a storm keeps nobody's commands from theirs.
        self._alerts_database = Database(core.database.url, connections=1, patience=_JOBS_PATIENCE)
        # A lease that is not renewed in time is somebody else's, however much there is to do.
        self._lease_database = Database(core.database.url, connections=1)
        core.muster.on_executed = self.metrics.executed
        self._backstage = backstage = Muster(
            self._background_database, core.muster.policy, core.muster.now, on_executed=self.metrics.executed
        )
        sender = mailer(settings)
        self._value_of = named_settings(core.muster.policy)
        self.webhooks = Webhooks(core.muster.policy.webhooks, self._setting, core.muster.now)
        self.providers = Providers(self._setting)
        self.sources = Sources(core.muster.policy.alerts.tell_back, self._setting, core.muster.now)
        self.rules = InForce(core.muster.policy)
        self.on_call = OnCall(
            self.rules,
            self.providers.ask,
            self.slack.member_with,
            core.muster.now,
            on_asked=self.metrics.on_call,
        )
        self.exporter = Exporter(settings)
        desk = Desk(
            muster=backstage,
            slack=self.slack,
            messages=self.messages,
            catalogue=core.catalogue,
            announce_channel=settings.muster_announce_channel,
            mails=self.mails,
            send_mail=sender.send if sender else no_mail,
            call_webhook=self.webhooks.call,
            tell_source=self.sources.tell,
            file_ticket=self.exporter.file_ticket,
            file_paper=self.exporter.file_paper,
            close_ticket=self.exporter.close_ticket,
        )
        self.surfaces = Surfaces(desk, self.traffic.courtesy, self.metrics.delivered)
        self.delivery = Delivery(
            desk,
            Carrier(desk, self.surfaces),
            self.traffic.courtesy,
            self.metrics.delivered,
            ahead=self.traffic.waited_for,
        )
        self.timers = Timers(backstage, on_fired=self.metrics.fired)
        cards, tells = self._alerts(desk)
        self.upkeep = Upkeep(self.timers, self.delivery, self.surfaces, cards, tells, self.slack.has_left)
        looking = Diagnostics(backstage, core.diagnostics.value_of)
        self.worker = Worker(
            core.database.url,
            drain=self.delivery.drain,
            refresh=self.surfaces.refresh,
            fire=self.timers.fire,
            diagnose=looking.diagnose_incident,
            act=Actions(backstage, looking).carry,
            review=Reviews(desk).write,
            show_alerts=cards.refresh,
            tell_alerts=tells.tell,
            upkeep=self._look_after,
            keep=partial(self.delivery.rounds.keep, self._lease_database),
        )
        self.reconciler = Reconciler(backstage, self.slack, self.traffic.courtesy)
        self._catching_up: asyncio.Task[None] | None = None
        self._background: set[asyncio.Task[None]] = set()
        self._reloading = asyncio.Lock()
        self.room = SlackRoom(
            muster=core.muster,
            diagnostics=core.diagnostics,
            messages=self.messages,
            catalogue=core.catalogue,
            gateway=self.slack,
            command=settings.muster_command,
            spawn=self._spawn,
            exports_to=settings.exports_to,
        )
        secret = settings.slack_signing_secret.get_secret_value() if settings.slack_signing_secret else None
        app_token = settings.slack_app_token.get_secret_value() if settings.slack_app_token else None
        self.bolt = SlackApp(
            self.room,
            token=token,
            signing_secret=secret,
            app_token=app_token,
            api_url=settings.slack_api_url,
            on_event=self.metrics.lagged,
            on_gap=self.reconciler.gap,
            watch=watch,
        )
        self.presence = Presence(self._background_database, core.muster.now, _this_process(core, web_part, worker_part))
        self._present: asyncio.Task[None] | None = None
        self._asking: asyncio.Task[None] | None = None
        for muster in (core.muster, backstage, self.ingest.muster):
            self.rules.follow(partial(setattr, muster, "policy"))
        self.rules.follow(lambda policy: self.webhooks.take(policy.webhooks))
        self.rules.follow(lambda policy: self.sources.take(policy.alerts.tell_back))
        self.pack = PackOnDisk(settings.muster_pack, core.muster.now)
        self.server = Server(self._routes())
        self._parts = (web_part, worker_part)
        self.working: asyncio.Task[None] | None = None

    def _alerts(self, desk: Desk) -> tuple[AlertCards, AlertTells]:
        """What takes alerts in and asks about them; returns what shows them, and what tells their incidents."""
        self.ingest = Ingest(replace(desk.muster, database=self._alerts_database))
        self.asking = Asking(desk.muster, self.sources.firing, self.ingest.take)
        cards = AlertCards(desk, self.traffic.courtesy, self.metrics.delivered, self.surfaces.held)
        return cards, AlertTells(self.ingest.muster)

    def _routes(self) -> list[web.RouteDef]:
        routes = health_routes(
            {"database": self._database_ready, "queue": self._queue_ready, "slack": self._slack_ready},
            {"pack": self.pack.trouble},
        )
        routes.append(self.metrics.route(lambda: outbox.pressure(self.core.muster)))
        tokens = {name: secret.get_secret_value() for name, secret in self._settings.muster_webhook_tokens.items()}
        routes += webhook_routes(
            tokens=tokens,
            take=self.ingest.take,
            sources=lambda: self.core.muster.policy.alerts.sources,
            now=self.core.muster.now,
            courtesy=self.traffic.courtesy,
            count=self.metrics.posted,
        )
        if not self._settings.socket_mode:
            routes.append(web.post("/slack/events", self._slack_request))
        return routes

    async def _look_after(self, group: asyncio.TaskGroup) -> None:
        """Upkeep, with what monitors have to be asked. Raises DatabaseUnavailable."""
        group.create_task(self.asking.once())
        await self.upkeep.begin(group)

    async def _slack_request(self, request: web.Request) -> web.StreamResponse:
        """Slack's requests, counted: background work lets them pass."""
        self.traffic.begin()
        started, status = time.perf_counter(), "500"
        try:
            response = await self.bolt.handle(request)
            status = str(response.status)
            return response
        finally:
            self.traffic.end()
            self.metrics.requests.labels(status).observe(time.perf_counter() - started)

    async def start(self) -> None:
        """Start listening and working. Raises OSError when the port is taken."""
        web_part, worker_part = self._parts
        self._say_what_lacks()
        await asyncio.to_thread(self.core.catalogue.list)  # the first look reads every file
        self._asking = asyncio.create_task(self.on_call.keep())
        self._asking.add_done_callback(self._ended)
        if self.rules.pack.providers:
            # Whoever is called in the first second should be whoever is on call; when nobody answers we go on.
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.on_call.asked.wait(), _FIRST_ANSWERS)
        if worker_part:
            self.working = asyncio.create_task(self.worker.run(), name="worker")
        await self.server.start(self._settings.muster_host, self._settings.muster_port)
        await self.core.database.warm_up()
        self._present = asyncio.create_task(self.presence.show())
        self._present.add_done_callback(self._ended)
        self._spawn(self._warm_up())
        if web_part:
            self._catching_up = asyncio.create_task(self.reconciler.run())
            self._catching_up.add_done_callback(self._ended)
            if self._settings.socket_mode:
                await self.bolt.start_socket()  # which tells of the gap once it is open
            else:
                self.reconciler.gap()

    async def _warm_up(self) -> None:
        """Learn ahead what the first incident would have to ask Slack for. Without Slack it asks then."""
        await self._pace_database.warm_up()
        with contextlib.suppress(TryAgain, Unclear, Refused):
            await self.slack.identity()
            await self.slack.find_channel(self._settings.muster_announce_channel)

    async def stop(self) -> None:
        """Take no new work, finish what is being done, and close everything: in ten seconds, whatever hangs."""
        over = asyncio.get_running_loop().time() + _FAREWELL
        self.reconciler.stop()
        self.delivery.closing = True
        self.worker.stop()
        await self.bolt.stop_socket()
        await self.server.stop()
        if held := self._background | ({self.working} if self.working else set()):
            # A call to Slack that hangs is left: whoever takes its row over looks before sending it again.
            await asyncio.wait(held, timeout=max(over - asyncio.get_running_loop().time(), 0))
        # Its failure, if that is why we stop, is told by who waited for it.
        if left := held | {task for task in (self._catching_up, self._present, self._asking) if task}:
            for task in left:
                task.cancel()
            await asyncio.wait(left, timeout=_CUT_OFF)
        if self._present is not None:
            await self.presence.leave()
        databases = self._background_database, self._pace_database, self._lease_database, self._alerts_database
        await asyncio.gather(*(database.close() for database in databases))
        await self.slack.close()
        await self.webhooks.close()
        await self.providers.close()
        await self.sources.close()
        await self.exporter.close()

    def reload_soon(self) -> None:
        """Have the pack read again: what SIGHUP means."""
        self._spawn(self.reload())

    async def reload(self) -> None:
        """Read the pack again, all of it. What is right is put in force; else the old one stays, and it is said why."""
        async with self._reloading:
            policy = await asyncio.to_thread(self.pack.read)
            self.metrics.pack_faults.set(len(self.pack.faults))
            if policy is None:
                return
            try:
                self._value_of = named_settings(policy)
            except SettingsFault as error:
                _logger.error("the pack was not put in force, the old one stays: %s", error)  # noqa: TRY400 (one line)
                return
            for templates in (self.messages, self.mails):
                templates.reread(policy.name)
            forget_templates()
            changed = policy != self.rules.pack
            self.rules.take(policy)
            self.on_call.ask_again()
            if changed:
                await replan(self._backstage, policy)
            _logger.info("the pack %s was read again and is in force", policy.name)
            self._say_what_lacks()

    def _setting(self, name: str) -> str | None:
        return self._value_of(name)

    def _say_what_lacks(self) -> None:
        for lack in untold(self.core.muster.policy, self._settings):
            _logger.warning("escalations will not reach everybody when Slack is down: %s", lack)
        for lack in unanswered(self.core.muster.policy):
            _logger.warning("a monitor will not be told what became of its alerts: %s", lack)

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://{self._settings.muster_host}:{self.server.port}"

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Run something nobody waits for, and see it end."""
        task = asyncio.create_task(work)
        self._background.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._background.discard(task)
        if not task.cancelled() and (error := task.exception()):
            _logger.error("work in the background failed", exc_info=error)

    async def _database_ready(self) -> str | None:
        try:
            async with self.core.database.transaction() as connection:
                at = await migrate.revision_of(connection)
        except DatabaseUnavailable:
            return "the database does not answer"
        return f"the schema is at {at}, not {migrate.head()}: run muster migrate" if migrate.is_behind(at) else None

    async def _queue_ready(self) -> str | None:
        working = self._parts[1]
        return None if not working or self.worker.running.is_set() else "the queue is not connected"

    async def _slack_ready(self) -> str | None:
        listens = self._parts[0]
        return await self.slack.trouble() or (await self.bolt.trouble() if listens else None)


def _this_process(core: Core, listens: bool, works: bool) -> Replica:  # noqa: FBT001 (its two parts)
    now = core.muster.now()
    return Replica(
        id=uuid4(),
        host=socket.gethostname(),
        pid=os.getpid(),
        version=version("muster"),
        listens=listens,
        works=works,
        started_at=now,
        seen_at=now,
    )
