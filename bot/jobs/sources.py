"""Telling monitors what became of an incident, and asking those who could not say it whether alerts still fire."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from bot.application.execute import Muster
from bot.application.ingest_alerts import Overloaded, Told
from bot.application.ports import MOST_CONCERNED, Answer, AskSource, Concerned, Happened, Refused, TryAgain, Unclear
from bot.domain.actor import MUSTER, Actor
from bot.domain.alert import Alert, AlertStatus
from bot.domain.alert_rules import TellKind
from bot.domain.incident import Incident
from bot.domain.timeline import Entry
from bot.jobs.desk import Desk
from bot.jobs.notices import delivery_id, hand_over, link_of
from bot.store import alert_groups, alerts
from bot.store.alerts import Stored
from bot.store.database import DatabaseUnavailable
from bot.store.lanes import Letter

_logger = logging.getLogger(__name__)

#: How often an Alertmanager is asked whether what it was silenced about still fires, and of how many groups at once.
ASKED_EVERY = timedelta(minutes=1)
_GROUPS = 20
#: For how long it has to say that it does not have an alert: one that was started anew has none until they are told to
#: it again, which takes a Prometheus a minute or two.
GONE_FOR = timedelta(minutes=2)

Take = Callable[[Sequence[Alert], str], Awaitable[Sequence[Told]]]


async def tell_source(desk: Desk, letter: Letter, incident: Incident, entry: Entry) -> None:
    """Deliver a row of the kind `tell_source`. Raises TryAgain, Unclear or Refused."""
    rule, what = letter.payload["name"], Happened(letter.payload["what"])
    async with desk.muster.database.transaction() as connection:
        groups = await alert_groups.of_incident(connection, letter.incident_id)
        ids = [group.id for group in groups if group.id is not None]
        mine = await alerts.first_of_groups(connection, ids, limit=MOST_CONCERNED)
    public = not incident.private
    answer = Answer(
        rule=rule,
        id=delivery_id(letter),
        what=what,
        incident=incident.ref,
        at=entry.at,
        alerts=[concerned(one) for one in mine],
        title=incident.title if public else "",
        severity=incident.severity if public else "",
        link=(link_of(incident) or "") if public else "",
        by=await _name_of(desk, entry.by) if public else "",
    )
    await hand_over(desk, letter, f"the monitor's rule “{rule}” could not be followed yet", _told(desk, answer))


async def _told(desk: Desk, answer: Answer) -> None:
    _logger.info("%s: %s", answer.rule, await desk.tell_source(answer))


async def _name_of(desk: Desk, who: Actor) -> str:
    """What people elsewhere call somebody; empty where Slack does not say."""
    if who == MUSTER:
        return "Muster"
    if who.user is None:
        return who.id
    try:
        return await desk.slack.name_of(who.user) or ""
    except (TryAgain, Unclear, Refused):  # a monitor is told all the same
        return ""


def concerned(one: Stored) -> Concerned:
    """An alert as its monitor knows it."""
    alert = one.alert
    return Concerned(
        source=alert.source,
        fingerprint=alert.fingerprint,
        name=alert.name,
        labels=alert.labels,
        reference=alert.reference,
    )


@dataclass(slots=True)
class Asking:
    """Asks Alertmanagers about alerts of incidents that run: one that is silenced tells nobody that they cleared."""

    muster: Muster
    ask: AskSource
    take: Take
    _asked_at: datetime | None = None
    #: Since when a rule's Alertmanager does not have an alert that fires since then, at each asking.
    _gone: dict[tuple[str, str, datetime], datetime] = field(default_factory=dict)
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def once(self) -> None:
        """Ask about what fires in incidents that somebody has taken up, if it is time; what does not is over."""
        if self._turn.locked():  # slow ones may take longer than until it is time again
            return
        try:
            async with self._turn:
                await self._once()
        except (DatabaseUnavailable, Overloaded) as error:
            _logger.warning("monitors are asked about their alerts the next time: %s", error.__doc__)

    async def _once(self) -> None:
        now, rules = self.muster.now(), self.muster.policy.alerts.tell_back
        mine = [rule for rule in rules if rule.kind is TellKind.ALERTMANAGER and rule.silence]
        if not mine or (self._asked_at is not None and now - self._asked_at < ASKED_EVERY):
            return
        self._asked_at = now
        async with self.muster.database.transaction() as connection:
            groups = await alert_groups.acknowledged(connection, _GROUPS)
            stored = await alerts.first_of_groups(connection, groups, limit=MOST_CONCERNED, firing=True)
        before, self._gone = self._gone, {}
        for rule in mine:
            asked = {concerned(one).fingerprint: one for one in stored if one.alert.source in rule.sources}
            if not asked:
                continue
            try:
                left = await self.ask(rule.name, [concerned(one) for one in asked.values()])
            except (TryAgain, Refused) as error:
                _logger.warning("%s could not be asked which alerts still fire: %s", rule.name, error)
                continue
            firing = {one.fingerprint for one in left}
            over: list[Alert] = []
            for alert in (one.alert for name, one in asked.items() if name not in firing):
                key = rule.name, alert.fingerprint, alert.starts_at
                since = self._gone[key] = before.get(key, now)
                if now - since >= GONE_FOR:
                    over.append(_over(alert, since))
            await self.take(over, rule.name)


def _over(alert: Alert, since: datetime) -> Alert:
    return replace(alert, status=AlertStatus.RESOLVED, ends_at=since)
