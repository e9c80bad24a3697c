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
from bot.domain.alert_rules import TellBack, TellKind
from bot.domain.alert_sorting import Identity
from bot.domain.incident import Incident
from bot.domain.timeline import Entry
from bot.jobs.desk import Desk
from bot.jobs.notices import delivery_id, hand_over, link_of
from bot.store import alert_groups, alerts
from bot.store.alerts import Stored
from bot.store.database import DatabaseUnavailable
from bot.store.lanes import Letter

_logger = logging.getLogger(__name__)

#: How often an Alertmanager is asked whether what it was silenced about still fires; of how many groups, and of how
#: many alerts of each. A silence may cover more alerts than it was made for.
ASKED_EVERY = timedelta(minutes=1)
_GROUPS, _ALERTS = 20, 500
#: For how long it has to say that it does not have an alert: one that was started anew has none until they are told to
#: it again, which takes a Prometheus a minute or two.
GONE_FOR = timedelta(minutes=2)

Take = Callable[[Sequence[Alert], str], Awaitable[Sequence[Told]]]
#: Since when an alert that fires since then is had by no Alertmanager, at each asking.
Gone = dict[tuple[str, str, datetime], datetime]


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
    _gone: Gone = field(default_factory=dict)
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
            # One by one: what goes on firing in one keeps no other from being asked about.
            stored = [await alerts.first_of_groups(connection, [one], limit=_ALERTS, firing=True) for one in groups]
        before, self._gone = self._gone, {}
        silent: set[str] = set()
        over: list[Alert] = []
        for group in stored:
            for alert in await self._had_by_none(group, mine, silent):
                key = alert.source, alert.fingerprint, alert.starts_at
                since = self._gone[key] = before.get(key, now)
                if now - since >= GONE_FOR:
                    over.append(_over(alert, since))
        await self.take(over, "asked")

    async def _had_by_none(self, group: Sequence[Stored], rules: Sequence[TellBack], silent: set[str]) -> list[Alert]:
        """The alerts of a group that are had by none of their Alertmanagers: a source may have several."""
        asked: dict[Identity, Alert] = {}
        firing: set[Identity] = set()
        for rule in rules:
            ours = [one for one in group if one.alert.source in rule.sources]
            if ours:
                asked |= {(one.alert.source, one.alert.fingerprint): one.alert for one in ours}
                left = await self._left(rule, [concerned(one) for one in ours], silent)
                firing |= {(one.source, one.fingerprint) for one in left}
        return [alert for identity, alert in asked.items() if identity not in firing]

    async def _left(self, rule: TellBack, alerts: Sequence[Concerned], silent: set[str]) -> Sequence[Concerned]:
        """Those that may still fire by what a rule's Alertmanager says: all, once it does not answer."""
        if rule.name in silent:
            return alerts
        try:
            return await self.ask(rule.name, alerts)
        except (TryAgain, Refused) as error:
            _logger.warning("%s could not be asked which alerts still fire: %s", rule.name, error)
            silent.add(rule.name)
            return alerts


def _over(alert: Alert, since: datetime) -> Alert:
    return replace(alert, status=AlertStatus.RESOLVED, ends_at=since)
