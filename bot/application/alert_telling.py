"""What an incident hears of its alerts: told in the transaction in which they join, and later once for many."""

from dataclasses import replace

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.application.execute import Muster
from bot.domain import commands as c
from bot.domain.actor import Actor
from bot.domain.alert_events import AlertLine
from bot.domain.alert_group import Group
from bot.domain.errors import DomainError
from bot.domain.incident import Incident
from bot.store import alert_groups, alerts
from bot.store.alerts import Stored

#: How many of the new ones an event has whole, and how many it has by name.
LINES, NAMES = 5, 10
#: Of a label and of a text that an event has, characters.
_LABELS, _TEXT = 12, 500


async def tell(muster: Muster, connection: AsyncConnection, incident_id: int, *, opened: Group | None = None) -> None:
    """Tell an incident how its alerts stand, and what is new since it last heard.

    Args:
        muster: the application.
        connection: a transaction that holds the alerts' lock.
        incident_id: the incident's row.
        opened: the group because of which it was just declared.
    """
    muster = replace(muster)  # other rules may be put in force meanwhile
    groups = await alert_groups.of_incident(connection, incident_id)
    if not groups:
        return
    ids = [group.id for group in groups if group.id is not None]
    fresh = await alerts.unheard(connection, ids)
    by = Actor.monitor((opened or groups[-1]).source)
    worst = min(groups, key=lambda group: group.rank)
    firing = [one for one in fresh if one.known.firing] or fresh
    if not fresh and any(group.firing for group in groups):
        # Nothing is new. If none fired when it last heard, it reads which of them do again.
        firing = await alerts.first_of_groups(connection, ids, limit=NAMES, firing=True)
    command = c.RecordAlerts(
        by=by,
        group=(opened or groups[-1]).id or 0,
        total=sum(group.alerts for group in groups),
        firing=sum(group.firing for group in groups),
        opened=opened is not None,
        lines=tuple(line(one) for one in firing[:LINES]),
        names=tuple(dict.fromkeys(one.alert.name for one in fresh or firing))[:NAMES],
        sources=tuple(dict.fromkeys([*(group.source for group in groups), *(one.alert.source for one in fresh)])),
        first_at=min((one.alert.starts_at for one in fresh), default=None),
        why=opened.why if opened else _why_here(groups[-1]),
        severity=worst.severity,
        runbook=next((group.runbook for group in (opened, *groups) if group and group.runbook), ""),
        flapping=await alerts.flapping(connection, ids),
        run=opened.run if opened else (),
    )
    outcome = await muster.execute_in(connection, command, incident_id=incident_id)
    await alert_groups.told(connection, incident_id, muster.now())
    if _is_worse(muster, outcome.incident, worst):
        why = f"an alert that joined is {worst.severity} by the pack's rules"
        raised = c.ChangeSeverity(by=by, severity=worst.severity, why=why)
        await muster.execute_in(connection, raised, incident_id=incident_id)
    for group in [opened] if opened else [group for group in groups if group.told_at is None]:
        await _look(muster, connection, incident_id, group)


def _why_here(group: Group) -> str:
    """Why the latest group is part of the incident: most have only its service in common with it."""
    if group.service and group.running and group.service == group.running.service:
        return f"same service, {group.service}"
    return group.why


def _is_worse(muster: Muster, incident: Incident, group: Group) -> bool:
    """Whether alerts are worse than their incident, while nobody has taken it up: after that, people decide."""
    now, after = muster.policy.find_severity(incident.severity), muster.policy.find_severity(group.severity)
    taken = incident.over or incident.acknowledged_at is not None
    return not taken and now is not None and after is not None and after.rank < now.rank


def line(one: Stored) -> AlertLine:
    """An alert as an event keeps it."""
    alert = one.alert
    return AlertLine(
        name=alert.name,
        title=alert.title,
        source=alert.source,
        starts_at=alert.starts_at,
        labels=dict(sorted(alert.labels.items())[:_LABELS]),
        links={str(kind): url for kind, url in alert.links.items()},
        text=alert.text[:_TEXT],
    )


async def _look(muster: Muster, connection: AsyncConnection, incident_id: int, group: Group) -> None:
    """Run what the rule that decided wants to be looked at."""
    by = Actor.monitor(group.source)
    for number, target in enumerate(group.run, start=1):
        look = c.RequestDiagnostic(by=by, target=target, run=f"alert-{group.id}-{number}")
        try:
            await muster.execute_in(connection, look, incident_id=incident_id)
        except DomainError:
            # The pack was changed since, or lets only people have it diagnosed: the alert is what matters.
            continue
