"""What Grafana's alerting posts to a webhook contact point: each of its entries is an alert.

https://grafana.com/docs/grafana/latest/alerting/configure-notifications/manage-contact-points/integrations/webhook-notifier/
"""

from collections.abc import Sequence
from datetime import datetime
from itertools import islice
from typing import Annotated as Also
from typing import Any

from pydantic import FailFast, Field, TypeAdapter

from bot.domain.alert import Alert, LinkKind
from bot.web.webhooks.alertmanager import note_truncated
from bot.web.webhooks.annotated import Annotated, said
from bot.web.webhooks.bounds import Notes, bounded, digest_of, first_of
from bot.web.webhooks.payload import Payload, in_utc, parsed

SOURCE = "grafana"
#: Values that are shown of a rule's queries.
_MOST_VALUES = 10


class Entry(Annotated):
    """One alert."""

    silence_url: str | None = Field(None, alias="silenceURL")
    dashboard_url: str | None = Field(None, alias="dashboardURL")
    panel_url: str | None = Field(None, alias="panelURL")
    values: Any = None
    value_string: str | None = Field(None, alias="valueString")


class Notification(Payload):
    """A notification about a group of alerts."""

    alerts: Also[list[Entry], FailFast()]
    truncated: Any = Field(0, alias="truncatedAlerts")


_SCHEMA = TypeAdapter(Notification)


def read(body: bytes, *, now: datetime, notes: Notes) -> Sequence[Alert]:
    """The alerts of a notification. Raises BadPayload."""
    told = parsed(_SCHEMA, body)
    note_truncated(told.truncated, "Grafana left out {}: see “Max Alerts” of its contact point", notes)
    found: list[Alert] = []
    for number, alert in first_of(told.alerts, notes):
        where = f"alerts[{number}]"
        title, text, links = said(alert.annotations, where, notes)
        seen = _values(alert)
        found.append(
            bounded(
                notes, where, now=now, source=SOURCE, fingerprint=alert.fingerprint or digest_of(alert.labels),
                firing=alert.status == "firing", title=title, labels=alert.labels,
                starts_at=in_utc(alert.starts_at, f"{where}.startsAt"),
                ends_at=in_utc(alert.ends_at, f"{where}.endsAt"),
                text=f"{text}\n{seen}" if text and seen else text or seen, links=[*links, *_links(alert)],
            )
        )  # fmt: skip
    return found


def _links(alert: Entry) -> list[tuple[LinkKind, str | None]]:
    # `generatorURL` leads to the rule, whose page has a graph too.
    return [
        (LinkKind.GRAPH, alert.panel_url or alert.generator_url),
        (LinkKind.SOURCE, alert.generator_url),
        (LinkKind.DASHBOARD, alert.dashboard_url),
        (LinkKind.SILENCE, alert.silence_url),
    ]


def _values(alert: Entry) -> str:
    if isinstance(alert.values, dict) and alert.values:
        numbers = ((name, value) for name, value in alert.values.items() if isinstance(value, float | int))
        said_so = [f"{name[:64]} = {_number(value)}" for name, value in islice(numbers, _MOST_VALUES)]
        more = f", and {left} more" if (left := len(alert.values) - _MOST_VALUES) > 0 else ""
        return f"Values: {', '.join(said_so)}{more}" if said_so else ""
    return f"Values: {alert.value_string}" if alert.value_string else ""


def _number(value: float) -> str:
    try:
        return f"{value:.6g}"
    except OverflowError:
        return "beyond all measure"
