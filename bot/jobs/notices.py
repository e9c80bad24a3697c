"""Telling an escalation outside of Slack: by e-mail and by webhook, while it is of use; and a meeting by e-mail."""

from collections.abc import Awaitable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.application.ports import Attachment, Mail, Notice, Refused, TryAgain, Unclear
from bot.application.present import about_entry
from bot.domain import commands as c
from bot.domain.actor import MUSTER
from bot.domain.events import Escalated, ReviewScheduled, kind_of
from bot.domain.incident import Incident
from bot.domain.rules import Policy
from bot.domain.timeline import LATE, Entry
from bot.jobs.desk import Desk
from bot.messages import MailText
from bot.policy.types import is_slack_id
from bot.store.lanes import Letter

#: For how long it is tried to reach a mail server or a webhook. Then somebody is told that it could not be done: an
#: escalation that comes later than this has been overtaken by the ones after it.
USEFUL = timedelta(hours=4)
#: After how long people are told that it has not worked yet.
SLOW = timedelta(minutes=10)
#: The version of a webhook's body: docs/notices.md. Fields are added to it; what changes or goes makes a new version.
VERSION = 1

_HOURS = int(USEFUL.total_seconds()) // 3600
_CALL = "Call people by telephone if they are needed now; `muster doctor` looks why."
_CHANNEL = "https://slack.com/app_redirect?channel="


async def send_mail(
    desk: Desk, letter: Letter, incident: Incident, entry: Entry, files: tuple[Attachment, ...] = ()
) -> None:
    """Deliver a row of the kind `mail`, with `files`. Raises TryAgain, Unclear or Refused."""
    text = _render(desk, letter.payload["message"], incident, entry)
    mail = Mail(
        id=delivery_id(letter),
        thread=f"{incident.ref}-{incident.declared_at:%H%M%S%f}",
        to=letter.payload["address"],
        subject=text.subject,
        text=text.text,
        html=text.html,
        said_at=entry.recorded_at,
        files=files,
    )
    await hand_over(desk, letter, "an e-mail could not be sent yet", desk.send_mail(mail))


async def call_webhook(desk: Desk, letter: Letter, incident: Incident, entry: Entry) -> None:
    """Deliver a row of the kind `webhook`. Raises TryAgain, Unclear or Refused."""
    number = delivery_id(letter)
    summary = _render(desk, "escalation", incident, entry).subject
    body = body_of(number, summary, incident, entry, link_of(incident))
    notice = Notice(webhook=letter.payload["name"], id=number, body=body)
    await hand_over(desk, letter, f"the webhook “{notice.webhook}” could not be called yet", desk.call_webhook(notice))


def delivery_id(letter: Letter) -> str:
    """The same at every try, and of no other delivery: two installations may share a number, and not the time too."""
    return f"{letter.id}-{round(letter.created_at.timestamp() * 1_000_000):x}"


def body_of(delivery: str, summary: str, incident: Incident, entry: Entry, link: str | None) -> Mapping[str, Any]:
    """What a webhook is told: of a private incident nothing that somebody wrote."""
    event = entry.event
    assert isinstance(event, Escalated)
    # What has a time is the policy's own words; a step that somebody asked for may have theirs.
    public = not incident.private
    ours = public or event.due_at is not None
    return {
        "version": VERSION,
        "id": delivery,
        "event": kind_of(type(event)),
        "summary": summary,
        "said_at": _time(entry.recorded_at),
        "due_at": _time(event.due_at),
        "escalation": {
            "level": event.level,
            "step": event.step,
            "round": event.round,
            "why": event.why if ours else None,
            "names": list(event.names) if ours else [],
            "emails": list(event.emails),
            "webhooks": list(event.webhooks),
        },
        "incident": {
            "ref": incident.ref,
            "title": incident.title if public else None,
            "service": incident.service if public else None,
            "severity": incident.severity,
            "status": incident.status,
            "category": incident.category.value,
            "private": incident.private,
            "drill": incident.drill,
            "declared_at": _time(incident.declared_at),
            "acknowledged_at": _time(incident.acknowledged_at),
            "resolved_at": _time(incident.resolved_at),
            "link": link,
        },
    }


def asked(event: Escalated | ReviewScheduled, policy: Policy) -> tuple[str, ...]:
    """Who was asked, by the names of the policy: a Slack id says nothing to somebody who is not in Slack."""
    names = dict.fromkeys([*event.names, *event.emails])
    return tuple(name for name in names if name in policy.contacts or not is_slack_id(name))


async def hand_over(desk: Desk, letter: Letter, what: str, sending: Awaitable[None]) -> None:
    """One try, however late it is. When it fails for long people are told, and in the end it is given up.

    Raises:
        TryAgain, Unclear: as `sending` does.
        Refused: as `sending` does, or it has been tried for too long.
    """
    try:
        await sending
    except (TryAgain, Unclear) as error:
        waited = desk.muster.now() - letter.created_at
        if waited >= USEFUL:
            raise Refused(error.reason, f"It was tried for {_HOURS} hours. {_CALL}") from error
        if waited >= SLOW:
            # Not the row's number: there is nothing to retry yet. Once for each incident and way, not for each address.
            remedy = f"It is tried for {_HOURS} hours. {_CALL}"
            told = c.RecordFailure(by=MUSTER, outbox=0, what=what, reason=error.reason, remedy=remedy, final=False)
            key = f"waits:{letter.incident_id}:{letter.kind}:{letter.payload.get('name', '')}"
            await desk.muster.execute(told, incident_id=letter.incident_id, key=key)
        raise


def _render(desk: Desk, name: str, incident: Incident, entry: Entry) -> MailText:
    event = entry.event
    due_at = event.due_at if isinstance(event, Escalated) else None
    late = desk.muster.now() - (due_at or entry.recorded_at)
    context = about_entry(incident, entry, desk.muster.policy, desk.links_of(incident))
    return desk.mails.render_safely(
        name,
        ref=incident.ref,
        **context,
        asked=asked(event, desk.muster.policy) if isinstance(event, Escalated | ReviewScheduled) else (),
        link=link_of(incident),
        late=late if late > LATE else None,
    )


def link_of(incident: Incident) -> str | None:
    """What leads to the incident's channel; None while there is none."""
    return f"{_CHANNEL}{incident.channel_id}" if incident.channel_id else None


def _time(moment: datetime | None) -> str | None:
    return moment.astimezone(UTC).isoformat() if moment else None
