"""What PagerDuty's V3 webhooks post: one event of an incident, which is one alert.

An incident that was acknowledged still fires. Events about other things are taken and give no alerts.

https://developer.pagerduty.com/docs/webhooks-overview
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from pydantic import Field, TypeAdapter

from bot.domain.alert import Alert, LinkKind
from bot.web.webhooks.bounds import Notes, bounded
from bot.web.webhooks.payload import Payload, checked, in_utc, parsed

SOURCE = "pagerduty"


class Event(Payload):
    """What happened; what `data` holds depends on it."""

    event_type: str
    occurred_at: datetime | None = None
    data: Any = None


class Delivery(Payload):
    """One delivery."""

    event: Event


class Named(Payload):
    """Something that an incident refers to."""

    summary: str | None = None


class Incident(Payload):
    """An incident of PagerDuty's."""

    id: str = Field(min_length=1)
    status: str | None = None
    title: str | None = None
    created_at: datetime | None = None
    html_url: str | None = None
    number: int | None = None
    urgency: str | None = None
    service: Named | None = None
    priority: Named | None = None
    escalation_policy: Named | None = None
    teams: list[Named | None] | None = None


_SCHEMA = TypeAdapter(Delivery)
_INCIDENT = TypeAdapter(Incident)


def read(body: bytes, *, now: datetime, notes: Notes) -> Sequence[Alert]:
    """The alert of a delivery; none where its event is about something else. Raises BadPayload."""
    event = parsed(_SCHEMA, body).event
    kind = event.event_type
    if not kind.startswith("incident.") or not _is_incident(event.data):
        return []
    incident = checked(_INCIDENT, event.data, "event.data")
    happened = in_utc(event.occurred_at, "event.occurred_at")
    created = in_utc(incident.created_at, "event.data.created_at")
    resolved = (incident.status or kind.removeprefix("incident.")) == "resolved"
    # It may be reopened, and then counts from there; a resolution does not say since when it was open.
    starts = happened or created if resolved or kind == "incident.reopened" else created or happened
    priority, service = _summary(incident.priority), _summary(incident.service)
    labels = {
        "service": service,
        "urgency": incident.urgency or "",
        "priority": priority,
        "escalation_policy": _summary(incident.escalation_policy),
        "team": ", ".join(filter(None, map(_summary, incident.teams or ()))),
    }
    alert = bounded(
        notes, "", now=now, source=SOURCE, fingerprint=incident.id, firing=not resolved,
        title=incident.title or f"PagerDuty incident {incident.number or incident.id}",
        labels={name: value for name, value in labels.items() if value}, starts_at=starts,
        ends_at=happened if resolved else None, severity=priority or incident.urgency or "", service=service,
        links=[(LinkKind.SOURCE, incident.html_url)], reference=incident.id,
    )  # fmt: skip
    return [alert]


def _is_incident(data: Any) -> bool:
    # Notes, status updates and responders have events of their own, and say in `data` whose they are.
    return not isinstance(data, dict) or data.get("type", "incident") == "incident"


def _summary(named: Named | None) -> str:
    return (named.summary or "") if named else ""
