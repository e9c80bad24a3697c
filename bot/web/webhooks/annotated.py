"""Alerts with labels and annotations, as Prometheus made them and Alertmanager and Grafana send them."""

from collections.abc import Mapping
from datetime import datetime
from itertools import islice
from typing import Any, Literal

from pydantic import Field

from bot.domain.alert import LinkKind
from bot.web.webhooks.bounds import Notes, is_link
from bot.web.webhooks.payload import BadPayload, Payload

#: Annotations that are a link, where they hold one.
_LINKS = {
    "runbook_url": LinkKind.RUNBOOK,
    "runbook": LinkKind.RUNBOOK,
    "dashboard_url": LinkKind.DASHBOARD,
    "dashboard": LinkKind.DASHBOARD,
}
#: Those that come first: the title, and what opens the text.
_SUMMARY, _FIRST = "summary", ("description", "message")
#: Further annotations that stand in the text.
_MOST = 20


class Annotated(Payload):
    """One alert.

    Labels and annotations are looked at by us, and of many only some: for pydantic, each wrong one of a hundred
    thousand would be an error of its own.
    """

    status: Literal["firing", "resolved"]
    labels: dict[str, Any]
    annotations: dict[str, Any] | None = None
    starts_at: datetime | None = Field(None, alias="startsAt")
    ends_at: datetime | None = Field(None, alias="endsAt")
    generator_url: str | None = Field(None, alias="generatorURL")
    fingerprint: str | None = None


def said(
    given: Mapping[str, Any] | None, where: str, notes: Notes
) -> tuple[str, str, list[tuple[LinkKind, str | None]]]:
    """An alert's title (perhaps empty), its text and its links, from its annotations. Raises BadPayload."""
    if not given:
        return "", "", []
    lines: list[str] = []
    links: list[tuple[LinkKind, str | None]] = []
    for name in _FIRST:
        if text := _value(given, name, where):
            lines.append(text)
            break
    if len(given) > _MOST:
        notes.add(f"{where}: of its {len(given)} annotations only {_MOST} are shown")
    for name in islice(given, _MOST):
        if name == _SUMMARY or name in _FIRST or name.startswith("__"):
            continue
        value = _value(given, name, where)
        kind = _LINKS.get(name)
        if kind and is_link(value):
            links.append((kind, value))
        elif value:
            lines.append(f"{name}: {value}")
    return _value(given, _SUMMARY, where), "\n".join(lines), links


def _value(given: Mapping[str, Any], name: str, where: str) -> str:
    value = given.get(name, "")
    if not isinstance(value, str):
        raise BadPayload(f"{where}.annotations.{name[:64]}", "has to be text")
    return value
