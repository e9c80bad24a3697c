"""Alerts in any order, repeated, at two bots at once, with connections that break: the same incidents in the end."""

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from sqlalchemy import select, text

from bot.application.execute import Muster
from bot.application.ingest_alerts import Ingest
from bot.domain.alert import Alert, AlertStatus
from bot.domain.alert_rules import AlertRule, AlertRules, Decision, Matcher
from bot.domain.rules import Policy, Service
from bot.jobs.alert_tells import AlertTells
from bot.paths import RUNBOOKS
from bot.policy.read import read_pack
from bot.store.database import Database, DatabaseUnavailable
from bot.store.tables import alert_groups, incidents
from tests.chaos.conftest import Fresh
from tests.chaos.seed import SEED, dice

_logger = logging.getLogger(__name__)

NOW = datetime(2026, 3, 14, 3, 0, tzinfo=UTC)
SERVICES, INSTANCES, SENDERS, ROUNDS = 7, 30, 6, 3
#: A connection breaks after so many posts that were answered.
BREAKS_AFTER = 12
#: How often a sender comes again with the same.
_TRIES = 200

RULES = AlertRules(
    rules=(
        AlertRule(name="down", do=Decision.DECLARE, when=Matcher(severities=("critical",)), severity="P1"),
        AlertRule(name="bad", do=Decision.DECLARE, when=Matcher(severities=("error",)), severity="P3"),
        AlertRule(name="quiet", do=Decision.IGNORE, when=Matcher(severities=("info",))),
    ),
)
_BREAK = text(
    "select pg_terminate_backend(pid) from pg_stat_activity "
    "where datname = current_database() and pid <> pg_backend_pid()"
)


def policy() -> Policy:
    """The default pack's, with a short table."""
    services = tuple(Service(name=f"service-{number}") for number in range(SERVICES))
    return replace(read_pack("default", root=RUNBOOKS), services=services, alerts=RULES)


def fired() -> list[Alert]:
    """What fires: of one service all is bad, of others a part, of one nothing that anybody declares."""
    words = ("critical", "error", "warning", "info")
    found = []
    for service in range(SERVICES):
        for instance in range(INSTANCES):
            word = words[min((instance * (service + 1)) % 4 if service else 0, 3)]
            word = "warning" if service == SERVICES - 1 and word != "info" else word
            said = {"alertname": f"Name{instance % 3}", "service": f"service-{service}", "severity": word}
            found.append(
                Alert(
                    source="alertmanager",
                    fingerprint=f"{service}-{instance}",
                    status=AlertStatus.FIRING,
                    title=f"Name{instance % 3} on {instance}",
                    labels=said,
                    starts_at=NOW,
                )
            )
    return found


def over(one: Alert) -> Alert:
    """It, resolved."""
    return replace(one, status=AlertStatus.RESOLVED, ends_at=NOW + timedelta(minutes=3))


def posts(alerts: Sequence[Alert], chance: Random, *, times: int) -> list[list[Alert]]:
    """Requests of several alerts each, shuffled, each alert in some of them."""
    many = [one for one in alerts for _ in range(chance.randint(1, times))]
    chance.shuffle(many)
    found = []
    while many:
        size = chance.randint(1, 12)
        found.append(many[:size])
        many = many[size:]
    return found


@dataclass
class Replicas:
    """Bots on one database, and who posts to them."""

    database: Database
    there: list[Ingest]
    now: datetime = NOW
    answered: int = 0
    again: int = 0
    broken: int = 0
    _left: list[list[Alert]] = field(default_factory=list)

    async def post(self, requests: list[list[Alert]], *, breaks: bool) -> None:
        """All of them, by several senders who take turns at the bots, and come again where one is not answered."""
        self._left = list(reversed(requests))
        async with asyncio.TaskGroup() as group:
            for number in range(SENDERS):
                group.create_task(self._send(number, breaks=breaks))

    async def _send(self, number: int, *, breaks: bool) -> None:
        while self._left:
            request = self._left.pop()
            for attempt in range(_TRIES):
                try:
                    await self.there[(number + attempt) % len(self.there)].take(request, f"sender-{number}")
                    break
                except DatabaseUnavailable:
                    self.again += 1
            else:
                pytest.fail("The database never came back.")
            self.answered += 1
            if breaks and self.answered % BREAKS_AFTER == 0:
                await self._break()

    async def _break(self) -> None:
        async with self.database.transaction(within=30) as connection:
            self.broken += len((await connection.execute(_BREAK)).all())

    async def tell(self) -> None:
        """An hour goes by, and every incident hears of what is new."""
        self.now += timedelta(hours=1)
        async with self.database.transaction(within=30) as connection:
            due = select(alert_groups.c.id).where(alert_groups.c.tell_at.is_not(None))
            ids = (await connection.execute(due)).scalars().all()
        for group_id in ids:
            await AlertTells(self.there[0].muster).tell(group_id)

    async def ended(self) -> list[tuple[object, ...]]:
        """The incidents and the groups, as a person would call them the same."""
        async with self.database.transaction(within=30) as connection:
            rows = await connection.execute(
                select(
                    alert_groups.c.key, alert_groups.c.state, alert_groups.c.severity, alert_groups.c.alerts,
                    alert_groups.c.firing, incidents.c.state["service"].astext, incidents.c.state["severity"].astext,
                    incidents.c.state["alerts"]["total"].astext, incidents.c.state["alerts"]["firing"].astext,
                )
                .outerjoin(incidents, incidents.c.id == alert_groups.c.incident_id)
                .order_by(alert_groups.c.key, alert_groups.c.id)
            )  # fmt: skip
            found: list[tuple[object, ...]] = [tuple(row) for row in rows]
            found.append(("alerts", *(await connection.execute(_COUNTED)).one()))
            found.append(("incidents", await connection.scalar(text("select count(*) from incidents"))))
        return found


_COUNTED = text("select count(*), count(*) filter (where status = 'firing'), count(group_id) from alerts")


@asynccontextmanager
async def replicas(url: str, count: int, rules: Policy) -> AsyncIterator[Replicas]:
    """So many bots on a database."""
    pools = [Database(url, connections=4) for _ in range(count)]
    looking = Database(url, connections=2)
    made = Replicas(looking, [])
    made.there = [Ingest(Muster(pool, rules, lambda: made.now)) for pool in pools]
    try:
        yield made
    finally:
        for pool in [*pools, looking]:
            await pool.close()


@pytest.mark.parametrize("turn", range(ROUNDS))
async def test_two_bots_with_shuffled_posts_end_in_the_same_incidents_as_one_that_gets_them_in_order(
    fresh: Fresh, turn: int
) -> None:
    _logger.warning("MUSTER_CHAOS_SEED=%d", SEED)
    chance, alerts, rules = dice(f"alerts-{turn}"), fired(), policy()
    stopping = chance.sample(alerts, len(alerts) * 2 // 3)
    async with replicas(await fresh(), 1, rules) as one:
        await one.post([alerts], breaks=False)
        await one.tell()
        firing = await one.ended()
        await one.post([[over(alert) for alert in stopping]], breaks=False)
        await one.tell()
        expected = await one.ended()
    async with replicas(await fresh(), 2, rules) as two:
        await two.post(posts(alerts, chance, times=3), breaks=True)
        await two.tell()
        assert await two.ended() == firing
        late = [*map(over, stopping), *map(over, stopping[::2]), *stopping, *alerts[::3]]
        await two.post(posts(late, chance, times=2), breaks=True)
        await two.tell()
        assert await two.ended() == expected
        assert two.broken
        assert two.again
