"""Alerts that are posted to the application on a real database, and what is then stored of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select, text

from bot.application.alert_desk import AlertDesk
from bot.application.execute import Muster
from bot.application.ingest_alerts import Ingest, Told
from bot.domain import commands as c
from bot.domain.actor import MUSTER
from bot.domain.alert import Alert, AlertStatus
from bot.domain.alert_group import Group
from bot.domain.alert_rules import AlertRule, AlertRules, Decision, Ending, Matcher
from bot.domain.event import BaseEvent
from bot.domain.incident import Incident
from bot.domain.rules import Service
from bot.jobs.alert_tells import AlertTells
from bot.store import alert_groups, incidents, timers
from bot.store import timeline as log
from bot.store.tables import alert_groups as groups
from bot.store.tables import incidents as table
from tests.integration.conftest import Clock

RULES = AlertRules(
    rules=(
        AlertRule(name="down", do=Decision.DECLARE, when=Matcher(severities=("critical",)), severity="P1"),
        AlertRule(name="bad", do=Decision.DECLARE, when=Matcher(severities=("error",)), severity="P3"),
        AlertRule(name="quiet", do=Decision.IGNORE, when=Matcher(severities=("info",))),
        AlertRule(name="only-with", do=Decision.ATTACH, when=Matcher(severities=("notice",))),
    ),
    endings=(Ending(after=timedelta(minutes=10)),),
)


def ruled(muster: Muster, rules: AlertRules = RULES) -> Muster:
    """The application with a table, and a service that alerts name."""
    services = (*muster.policy.services, Service(name="payments"))
    muster.policy = replace(muster.policy, alerts=rules, services=services)
    return muster


@dataclass
class Alerted:
    """The application, what posts to it, and a clock."""

    muster: Muster
    clock: Clock

    def __post_init__(self) -> None:
        """One process."""
        self.ingest, self.desk = Ingest(self.muster), AlertDesk(self.muster)

    def alert(
        self,
        name: str = "Slow",
        *,
        instance: str = "a",
        severity: str = "critical",
        service: str = "payments",
        at: datetime | None = None,
        **labels: str,
    ) -> Alert:
        """One that fires since now."""
        said = {"alertname": name, "instance": instance, "severity": severity, "service": service, **labels}
        return Alert(
            source="alertmanager",
            fingerprint=f"{name}-{instance}",
            status=AlertStatus.FIRING,
            title=f"{name} on {instance}",
            labels={label: value for label, value in said.items() if value},
            starts_at=at or self.clock(),
        )

    def over(self, one: Alert) -> Alert:
        """It, resolved now."""
        return replace(one, status=AlertStatus.RESOLVED, ends_at=self.clock())

    async def take(self, *alerts: Alert) -> Sequence[Told]:
        """Posts them."""
        return await self.ingest.take(alerts, "test")

    async def reasons(self, *alerts: Alert) -> list[str]:
        """What they came to."""
        return [told.reason.value for told in await self.take(*alerts)]

    async def hear(self, **parts: float) -> None:
        """Lets time pass; incidents hear of what they were to hear of by then."""
        self.clock.advance(**parts)
        async with self.muster.database.transaction() as connection:
            due = await connection.execute(select(groups.c.id).where(groups.c.tell_at <= self.clock()))
            ids = due.scalars().all()
        for group_id in ids:
            await AlertTells(self.muster).tell(group_id)

    async def ring(self, name: str, incident_id: int = 1) -> None:
        """Lets a timer's time come, and rings it."""
        async with self.muster.database.transaction() as connection:
            timer = next(one for one in await timers.pending(connection, incident_id) if one.name == name)
        self.clock.time = max(self.clock.time, timer.due_at)
        fire = c.FireTimer(by=MUSTER, name=name, generation=timer.generation)
        await self.muster.execute(fire, incident_id=incident_id)

    async def waiting(self, incident_id: int = 1) -> list[str]:
        """The clocks of an incident's alerts that wait."""
        async with self.muster.database.transaction() as connection:
            pending = await timers.pending(connection, incident_id)
        return sorted(one.name for one in pending if one.name.startswith("alerts:"))

    async def incident(self, incident_id: int = 1) -> Incident:
        """An incident as it is stored."""
        async with self.muster.database.transaction() as connection:
            stored = await incidents.by_id(connection, incident_id)
        assert stored is not None
        return stored.incident

    async def events(self, kind: type[BaseEvent] = BaseEvent, incident_id: int = 1) -> list[Any]:
        """Its timeline's events of a kind."""
        async with self.muster.database.transaction() as connection:
            entries = await log.entries_of(connection, incident_id)
        return [entry.event for entry in entries if isinstance(entry.event, kind)]

    async def group(self, number: int = 1) -> Group:
        """A group as it is stored."""
        async with self.muster.database.transaction() as connection:
            found = await alert_groups.find(connection, number)
        assert found is not None
        return found.group

    async def counts(self) -> Mapping[str, int]:
        """How many rows there are of what alerts bring about."""
        async with self.muster.database.transaction() as connection:
            found = {}
            for name in ("alerts", "alert_groups", "incidents", "timeline", "outbox", "pgqueuer", "inbox"):
                found[name] = int(await connection.scalar(text(f"select count(*) from {name}")) or 0)
        return found

    async def declared(self) -> int:
        """How many incidents there are."""
        async with self.muster.database.transaction() as connection:
            return int(await connection.scalar(select(func.count()).select_from(table)) or 0)
