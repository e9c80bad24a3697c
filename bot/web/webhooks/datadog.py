"""What Datadog's Webhooks integration posts with the payload that docs/alerts.md has: one alert.

Datadog puts in what its variables stand for; what it does not know it leaves empty, or as `$NAME`.

https://docs.datadoghq.com/integrations/webhooks/
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter

from bot.domain.alert import NAME, Alert, LinkKind
from bot.web.webhooks.bounds import Notes, bounded, digest
from bot.web.webhooks.payload import BadPayload, Payload, parsed, time_of

SOURCE = "datadog"


class Notification(Payload):
    """A monitor's notification, as our payload has it."""

    title: str
    transition: str
    alert_id: str | None = None
    alert_title: str | None = None
    aggreg_key: str | None = None
    scope: str | None = None
    status: str | None = None
    text: str | None = None
    alert_type: str | None = None
    priority: str | None = None
    alert_priority: str | None = None
    tags: str | None = None
    hostname: str | None = None
    link: str | None = None
    snapshot: str | None = None
    date: Any = None


_SCHEMA = TypeAdapter(Notification)


def read(body: bytes, *, now: datetime, notes: Notes) -> Sequence[Alert]:
    """The alert of a notification. Raises BadPayload."""
    told = parsed(_SCHEMA, body)
    transition = _known(told.transition).lower()
    if not transition:
        raise BadPayload("transition", "is empty: the payload has to hold $ALERT_TRANSITION, as docs/alerts.md has it")
    firing = not ("recovered" in transition or "resolved" in transition)
    title, scope = _known(told.title), _known(told.scope)
    monitor, together = _known(told.alert_id), _known(told.aggreg_key)
    happened = time_of(_known(told.date) if isinstance(told.date, str) else told.date, "date")
    labels = _labels(_known(told.tags), notes)
    for name, value in ((NAME, told.alert_title), ("host", told.hostname), ("scope", told.scope)):
        if known := _known(value):
            labels.setdefault(name, known)
    alert = bounded(
        notes, "", now=now, source=SOURCE,
        # All three: what belongs together for Datadog may still be about several hosts.
        fingerprint=f"{monitor}:{together}:{scope}" if monitor or together else digest((title, scope)),
        firing=firing, title=title, labels=labels, starts_at=happened, ends_at=None if firing else happened,
        severity=_known(told.alert_priority) or _known(told.alert_type) or _known(told.priority),
        service=labels.get("service", ""), text="\n".join(filter(None, (_known(told.status), _known(told.text)))),
        links=[(LinkKind.SOURCE, _known(told.link)), (LinkKind.GRAPH, _known(told.snapshot))],
    )  # fmt: skip
    return [alert]


def _known(value: str | None) -> str:
    """What a variable stands for; empty where Datadog did not know it."""
    if value is None:
        return ""
    value = value.strip()
    return "" if value[:1] == "$" and value[1:].isidentifier() and value[1:].isupper() else value


def _labels(tags: str, notes: Notes) -> dict[str, str]:
    """The labels that `a:b, c:d` stands for. A tag without a value is none."""
    labels: dict[str, str] = {}
    again: set[str] = set()
    for tag in tags.split(","):
        name, colon, value = tag.partition(":")
        name = name.strip()
        if not colon or not name or not value.strip():
            continue
        if labels.setdefault(name, value.strip()) != value.strip():
            again.add(name)
    if again:
        notes.add(f"the alert: of tags with several values the first was kept ({len(again)} of them)")
    return labels
