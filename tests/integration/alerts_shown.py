"""Alerts that are taken in beside a sandbox, and their messages in the alerts' channel."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from sqlalchemy import text

from bot.application.ingest_alerts import Ingest
from bot.domain.alert import Alert, AlertStatus
from bot.domain.alert_rules import AlertRule, AlertRules, Decision, Matcher
from bot.domain.rules import Service
from bot.jobs.alert_cards import AlertCards
from bot.jobs.timers import Timers
from bot.jobs.upkeep import Upkeep
from bot.sandbox.model import Message
from bot.store import alert_groups
from bot.store.alert_reading import Found
from tests.integration.conftest import Clock
from tests.integration.post import Post

RULES = AlertRules(rules=(AlertRule(name="down", do=Decision.DECLARE, when=Matcher(severities=("critical",))),))
BUTTONS = {"alert_declare", "alert_attach", "alert_mute", "alert_dismiss"}


def alert(clock: Clock, instance: str = "a", **labels: str) -> Alert:
    said = {"alertname": "Slow", "instance": instance, "severity": "warning", "service": "web", **labels}
    return Alert(
        source="alertmanager",
        fingerprint=instance,
        status=AlertStatus.FIRING,
        title=f"Slow answers on {instance}",
        labels=said,
        starts_at=clock(),
    )


@dataclass
class Showing:
    """Alerts that are taken in beside a sandbox, and their messages."""

    post: Post
    clock: Clock
    cards: AlertCards
    ingest: Ingest

    async def take(self, *instances: str, **labels: str) -> int:
        """Take alerts in; returns their group."""
        told = await self.ingest.take([alert(self.clock, one, **labels) for one in instances], "test")
        assert told[0].group is not None
        return told[0].group

    async def show(self, group: int) -> None:
        """As its job does once its time has come."""
        await self.post.let_leases_run_out()
        await self.cards.refresh(group)

    async def found(self, group: int) -> Found:
        async with self.post.muster.database.transaction() as connection:
            found = await alert_groups.find(connection, group)
        assert found is not None
        return found

    async def jobs(self) -> list[tuple[timedelta, int]]:
        """The jobs of messages, with their delay and priority; they are taken out of the queue."""
        query = (
            "delete from pgqueuer where entrypoint = 'alert_card' returning execute_after - created as wait, priority"
        )
        async with self.post.muster.database.transaction() as connection:
            return [(job.wait, job.priority) for job in await connection.execute(text(query))]

    async def want(self, group: int) -> None:
        async with self.post.muster.database.transaction() as connection:
            await alert_groups.want(connection, group)

    def messages(self, channel: str = "alerts") -> Sequence[Message]:
        mine = self.post.sandbox.people["muster"].id
        return [one for one in self.post.sandbox.channel(channel).messages if one.user == mine and not one.subtype]

    def calls(self, since: int = 0) -> list[str]:
        return [one for one in self.post.methods(since) if one in ("chat.postMessage", "chat.update")]

    def another(self) -> AlertCards:
        """The messages as another process keeps them."""
        return AlertCards(self.post.desk, self.cards.courtesy, self.cards.on_outcome, {})

    def upkeep(self) -> Upkeep:
        return Upkeep(Timers(self.post.muster), self.post.delivery, self.post.surfaces, self.cards)


async def showing_of(post: Post, clock: Clock) -> Showing:
    """Alerts of a service `web`, with no channel for them yet."""
    services = (*post.muster.policy.services, Service(name="web", owners=(post.sandbox.people["carol"].id,)))
    post.muster.policy = replace(post.muster.policy, alerts=RULES, services=services)
    cards = AlertCards(post.desk, post.surfaces.courtesy, post.surfaces.on_outcome, post.surfaces.held)
    return Showing(post, clock, cards, Ingest(post.muster))


def pressable(message: Message) -> set[str]:
    blocks = [block for block in message.blocks if block["type"] == "actions"]
    return {element["action_id"].partition(":")[0] for block in blocks for element in block["elements"]}


def whole(message: Message) -> str:
    return message.text + json.dumps(message.blocks, ensure_ascii=False)
