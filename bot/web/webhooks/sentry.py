"""What Sentry's integration platform posts: issue alerts, metric alerts, and issues that come and go.

The header `Sentry-Hook-Resource` says which. Other resources are taken and give no alerts.

https://docs.sentry.io/organization/integrations/integration-platform/webhooks/
"""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from pydantic import Field, TypeAdapter

from bot.domain.alert import NAME, Alert, LinkKind
from bot.web.webhooks.bounds import Notes, bounded
from bot.web.webhooks.payload import BadPayload, Payload, checked, in_utc, parsed, time_of

SOURCE = "sentry"
_PROJECT = re.compile(r"/projects/[^/]{1,200}/([^/]{1,200})/")
_ISSUE = re.compile(r"/issues/([^/]{1,200})/?$")
#: Whether an issue fires after what was done to it; of other actions nothing follows.
_ISSUE_ACTIONS = {"created": True, "unresolved": True, "resolved": False, "archived": False, "ignored": False}
_METRIC_ACTIONS = {"critical": True, "warning": True, "resolved": False}
#: By how much Sentry's clock may be ahead of ours. The header that has its time is not signed: whoever posts again what
#: they once saw could put any there, and all that comes after it would look old.
_AHEAD = timedelta(minutes=5)


class Hook(Payload):
    """What was posted; `data` depends on the resource."""

    action: str
    data: dict[str, Any]


class Event(Payload):
    """An event of an issue, which a rule was about."""

    title: str | None = None
    message: str | None = None
    culprit: str | None = None
    level: str | None = None
    environment: str | None = None
    happened: datetime | None = Field(None, alias="datetime")
    issue_id: str | None = None
    issue_url: str | None = None
    url: str | None = None
    web_url: str | None = None
    tags: Any = None


class Project(Payload):
    """A project."""

    slug: str | None = None


class Issue(Payload):
    """An issue."""

    id: str = Field(min_length=1)
    title: str | None = None
    culprit: str | None = None
    level: str | None = None
    short_id: str | None = Field(None, alias="shortId")
    first_seen: datetime | None = Field(None, alias="firstSeen")
    project: Project | None = None
    web_url: str | None = None
    permalink: str | None = None


class Rule(Payload):
    """A metric alert's rule."""

    id: str = Field(min_length=1)
    name: str | None = None
    environment: str | None = None


class MetricAlert(Payload):
    """A metric alert, which Sentry calls an incident within."""

    alert_rule: Rule
    date_started: datetime | None = None
    date_closed: datetime | None = None
    projects: Any = None


_SCHEMA = TypeAdapter(Hook)
_EVENT, _ISSUES, _METRIC = TypeAdapter(Event), TypeAdapter(Issue), TypeAdapter(MetricAlert)


def read(body: bytes, *, now: datetime, notes: Notes, resource: str = "", sent: str = "") -> Sequence[Alert]:
    """The alert of a hook; none where it is about something else. Raises BadPayload.

    Args:
        body: as it came.
        now: the time, in UTC.
        notes: takes what had to be cut.
        resource: the header `Sentry-Hook-Resource`; without it, what `data` holds says so.
        sent: the header `Sentry-Hook-Timestamp`, in seconds since 1970, if any.
    """
    hook = parsed(_SCHEMA, body)
    at = _moment(sent)
    if at is None or at - now > _AHEAD:
        at = now
    match resource or _resource(hook.data):
        case "event_alert" if hook.action == "triggered":
            return [_event(hook.data, now, notes)]
        case "metric_alert" if hook.action in _METRIC_ACTIONS:
            return [_metric(hook, now, at, notes)]
        case "issue" if hook.action in _ISSUE_ACTIONS:
            return [_issue(hook, now, at, notes)]
    return []


def _moment(sent: str) -> datetime | None:
    is_one = sent.isascii() and sent.isdigit() and len(sent) < 12
    return time_of(int(sent), "Sentry-Hook-Timestamp") if is_one else None


def _resource(data: dict[str, Any]) -> str:
    pairs = (("event", "event_alert"), ("metric_alert", "metric_alert"), ("issue", "issue"))
    return next((resource for key, resource in pairs if key in data), "")


def _event(data: dict[str, Any], now: datetime, notes: Notes) -> Alert:
    event = checked(_EVENT, data.get("event"), "data.event")
    issue = event.issue_id or _found(_ISSUE, event.issue_url)
    if not issue:
        raise BadPayload("data.event.issue_id", "is missing: it says which issue the event belongs to")
    rule, project = data.get("triggered_rule"), _found(_PROJECT, event.url)
    labels = _tags(event.tags)
    _put(labels, project=project, environment=event.environment, level=event.level)
    _put(labels, rule=rule if isinstance(rule, str) else None)
    return bounded(
        notes, "", now=now, source=SOURCE, fingerprint=_issue_key(issue), firing=True,
        title=event.title or event.message or "An issue in Sentry", labels=labels,
        starts_at=in_utc(event.happened, "data.event.datetime"), severity=event.level or "", service=project,
        text=_lines(event.culprit, event.message), links=[(LinkKind.SOURCE, event.web_url)],
    )  # fmt: skip


def _issue(hook: Hook, now: datetime, at: datetime, notes: Notes) -> Alert:
    issue = checked(_ISSUES, hook.data.get("issue"), "data.issue")
    firing = _ISSUE_ACTIONS[hook.action]
    # It says when it was seen first. That it came back, or is over, happened when it was sent.
    starts = in_utc(issue.first_seen, "data.issue.firstSeen") if hook.action == "created" else at
    project = (issue.project.slug or "") if issue.project else ""
    labels: dict[str, str] = {}
    _put(labels, project=project, level=issue.level, issue=issue.short_id)
    return bounded(
        notes, "", now=now, source=SOURCE, fingerprint=_issue_key(issue.id), firing=firing,
        title=issue.title or "An issue in Sentry", labels=labels, starts_at=starts, ends_at=None if firing else at,
        severity=issue.level or "", service=project, text=issue.culprit or "",
        links=[(LinkKind.SOURCE, issue.web_url or issue.permalink)],
    )  # fmt: skip


def _metric(hook: Hook, now: datetime, at: datetime, notes: Notes) -> Alert:
    alert = checked(_METRIC, hook.data.get("metric_alert"), "data.metric_alert")
    firing = _METRIC_ACTIONS[hook.action]
    rule = alert.alert_rule
    projects = [one for one in alert.projects if isinstance(one, str)] if isinstance(alert.projects, list) else []
    labels: dict[str, str] = {}
    _put(labels, project=projects[0] if projects else None, environment=rule.environment)
    _put(labels, **{NAME: rule.name})
    title, text, link = (_text(hook.data.get(key)) for key in ("description_title", "description_text", "web_url"))
    closed = in_utc(alert.date_closed, "data.metric_alert.date_closed")
    return bounded(
        notes, "", now=now, source=SOURCE, fingerprint=f"metric:{rule.id}", firing=firing,
        title=title or rule.name or "A metric alert in Sentry", labels=labels,
        starts_at=in_utc(alert.date_started, "data.metric_alert.date_started"),
        ends_at=None if firing else closed or at, severity=hook.action if firing else "",
        service=projects[0] if projects else "", text=text, links=[(LinkKind.SOURCE, link)],
    )  # fmt: skip


def _issue_key(issue: str) -> str:
    # A rule's alert and the issue's own end are about one thing.
    return f"issue:{issue}"


def _found(pattern: re.Pattern[str], address: str | None) -> str:
    found = pattern.search(address[:2_000]) if address else None
    return found[1] if found else ""


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _lines(*lines: str | None) -> str:
    return "\n".join(line for line in lines if line)


def _put(labels: dict[str, str], **more: str | None) -> None:
    labels.update({name: value for name, value in more.items() if value})


def _tags(tags: Any) -> dict[str, str]:
    """Tags are pairs, or objects with `key` and `value`; what is neither is passed over."""
    labels: dict[str, str] = {}
    for tag in tags if isinstance(tags, list) else ():
        match tag:
            case [str(name), str(value)] | {"key": str(name), "value": str(value)}:
                labels[name] = value
    return labels
