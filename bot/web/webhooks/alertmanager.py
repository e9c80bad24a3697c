"""What Prometheus's Alertmanager posts: version 4 of its webhook's JSON, each of whose entries is an alert.

https://prometheus.io/docs/alerting/latest/configuration/#webhook_config
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated as Also
from typing import Any, Literal, NotRequired
from urllib.parse import urlsplit

from pydantic import FailFast, Field, TypeAdapter, with_config
from typing_extensions import TypedDict

from bot.domain.alert import Alert, LinkKind
from bot.web.webhooks.annotated import said
from bot.web.webhooks.bounds import Notes, bounded, digest_of, first_of, is_link
from bot.web.webhooks.payload import CONFIG, Payload, in_utc, parsed

SOURCE = "alertmanager"


@with_config(CONFIG)
class Entry(TypedDict):
    """One alert. A mapping and no model: a storm is a hundred thousand of them."""

    status: Literal["firing", "resolved"]
    labels: dict[str, Any]
    annotations: NotRequired[dict[str, Any] | None]
    startsAt: NotRequired[datetime | None]
    endsAt: NotRequired[datetime | None]
    generatorURL: NotRequired[str | None]
    fingerprint: NotRequired[str | None]


class Notification(Payload):
    """A notification about a group of alerts."""

    alerts: Also[list[Entry], FailFast()]
    external_url: str | None = Field(None, alias="externalURL")
    truncated: Any = Field(0, alias="truncatedAlerts")


_SCHEMA = TypeAdapter(Notification)


def read(body: bytes, *, now: datetime, notes: Notes) -> Sequence[Alert]:
    """The alerts of a notification. Raises BadPayload.

    The form for a silence is made of the labels where it is shown: see `bot.domain.alert_links`.
    """
    told = parsed(_SCHEMA, body)
    note_truncated(told.truncated, "Alertmanager left out {}: see max_alerts in its webhook_configs", notes)
    base = base_of(told.external_url)
    found: list[Alert] = []
    for number, alert in first_of(told.alerts, notes):
        where = f"alerts[{number}]"
        title, text, links = said(alert.get("annotations"), where, notes)
        links.append((LinkKind.GRAPH, alert.get("generatorURL")))
        found.append(
            bounded(
                notes, where, now=now, source=SOURCE,
                fingerprint=alert.get("fingerprint") or digest_of(alert["labels"]),
                firing=alert["status"] == "firing", title=title, labels=alert["labels"],
                starts_at=in_utc(alert.get("startsAt"), f"{where}.startsAt"),
                ends_at=in_utc(alert.get("endsAt"), f"{where}.endsAt"),
                text=text, links=links, reference=base,
            )
        )  # fmt: skip
    return found


def note_truncated(count: Any, note: str, notes: Notes) -> None:
    """Note how many alerts the sender itself left out, where it says so."""
    if isinstance(count, int) and 0 < count < 10**9:
        notes.add(note.format("1 alert" if count == 1 else f"{count} alerts"))


def base_of(address: str | None) -> str:
    """An address without what comes after its path; empty where it is none."""
    if not address or not is_link(address):
        return ""
    try:
        parts = urlsplit(address)
    except ValueError:
        return ""
    return f"{parts.scheme}://{parts.netloc}{parts.path}".rstrip("/")
