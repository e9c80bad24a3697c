"""The forms of a group of alerts: an incident of its own, part of one, silence, or none; and what came of them."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.application.alert_words import said_of
from bot.domain.alert_rules import Mute
from bot.domain.errors import DomainError
from bot.domain.incident import Incident
from bot.domain.rules import Policy
from bot.domain.text import TITLE_LIMIT, legible
from bot.messages import Message
from bot.slack.views.parts import Block, View, metadata, modal, moment_input, paragraph, select, text_input
from bot.slack.views.says import words
from bot.store.alert_reading import Found

DECLARE, ATTACH, MUTE, DISMISS = FORMS = ("alert_declare", "alert_attach", "alert_mute", "alert_dismiss")
#: Characters of a reason.
_REASON = 1000
#: For how long a mute lasts, as a form offers it; the first of them is chosen at first.
_SPANS: Mapping[str, tuple[timedelta, str]] = {
    "1h": (timedelta(hours=1), "One hour"),
    "15m": (timedelta(minutes=15), "15 minutes"),
    "4h": (timedelta(hours=4), "4 hours"),
    "24h": (timedelta(hours=24), "24 hours"),
}
_UNTIL = "until"
#: Of a time in seconds, digits.
_DIGITS = 11


class NothingToJoin(DomainError):
    """No incident is open that these alerts could be part of. If they are one, declare it."""


class NoTimeChosen(DomainError):
    """Choose until when they are to be quiet."""


class TimeIsOver(DomainError):
    """That time is over. Choose a later one."""


def declaring(found: Found, policy: Policy) -> View:
    """Asks for what an incident of a group is called, and how bad it is; what the rules say is filled in."""
    group = found.group
    known = policy.find_severity(group.severity)
    asks: list[Block] = [
        *paragraph(_about(found)),
        text_input("title", "What is wrong?", initial=_line(group.title), limit=TITLE_LIMIT),
        select(
            "severity",
            "How bad is it?",
            ((s.name, f"{s.name} {s.title}".rstrip()) for s in policy.severities),
            initial=known.name if known else policy.default_severity,
        ),
        *paragraph(f"Service: *{words(group.service, 150)}*" if group.service else ""),
        *paragraph(f"Why people are asked: {words(group.why, 300)}." if group.why else ""),
    ]
    return modal(DECLARE, "Declare an incident", "Declare", asks, group=str(group.id))


def attaching(found: Found, incidents: Sequence[Incident]) -> View:
    """Asks which incident a group is part of: those of its service come first, each the newest first.

    Raises:
        NothingToJoin: none is open.
    """
    if not incidents:
        raise NothingToJoin
    group = found.group
    ordered = sorted(incidents, key=lambda one: not (group.service and one.service == group.service))
    asks: list[Block] = [
        *paragraph(_about(found)),
        select(
            "incident",
            "Which incident are they part of?",
            ((one.ref, _option(one)) for one in ordered),
            initial=ordered[0].ref,
            hint="Its channel hears of them, also of those that come later.",
        ),
    ]
    return modal(ATTACH, "Attach to an incident", "Attach", asks, group=str(group.id))


def muting(found: Found) -> View:
    """Asks for how long a group's alerts are to be quiet, and why."""
    offered = [(name, label) for name, (_, label) in _SPANS.items()]
    offered = [*sorted(offered, key=lambda one: _SPANS[one[0]][0]), (_UNTIL, "Until the time below")]
    asks: list[Block] = [
        *paragraph(_about(found)),
        select("lasts", "For how long?", offered, initial=next(iter(_SPANS))),
        moment_input("until", "Or until when?", hint="30 days from now at most. A time here counts."),
        _why("Who looks at `mutes` reads it."),
    ]
    return modal(MUTE, "Mute these alerts", "Mute", asks, group=str(found.group.id))


def dismissing(found: Found) -> View:
    """Asks why a group is no incident."""
    said = "They are counted on, and nobody hears of them."
    asks: list[Block] = [*paragraph(f"{_about(found)}\n{said}"), _why("It stands on the card.")]
    return modal(DISMISS, "Not an incident", "Not an incident", asks, group=str(found.group.id))


def group_named(view: Mapping[str, Any]) -> str:
    """What a form says of the group that it is about."""
    return str(metadata(view).get("group", ""))


def read_lasts(given: Mapping[str, Any], now: datetime) -> timedelta:
    """For how long a filled-in form wants silence; `now` is UTC. Raises NoTimeChosen or TimeIsOver."""
    until = given.get("until") or ""
    if not until:
        span = _SPANS.get(str(given.get("lasts")))
        if span is None:
            raise NoTimeChosen
        return span[0]
    if not (until.isascii() and until.isdigit() and len(until) <= _DIGITS):
        raise NoTimeChosen
    lasts = datetime.fromtimestamp(int(until), UTC) - now
    if lasts <= timedelta():
        raise TimeIsOver
    return lasts


def taken(incident: Incident | None) -> Message:
    """An incident has a group's alerts; None: one that is not for whoever asks."""
    if incident is None:
        return plain(":information_source: A private incident has these alerts already.")
    return plain(f":information_source: *{incident.ref}* has these alerts already. {_where(incident)}")


def no_incident(found: Found) -> Message:
    """Somebody said that a group is no incident."""
    who = f"<@{found.settled_by}>" if (found.settled_by or "").isalnum() else "Somebody"
    because = f": {words(found.settled_why, 300)}" if found.settled_why else ""
    return plain(f":information_source: {who} said already that these alerts are no incident{because}.")


def attached(incident: Incident) -> Message:
    """A group is part of an incident from now on."""
    return plain(f":link: These alerts are part of *{incident.ref}* now. {_where(incident)}")


def unmuted(mute: Mute) -> Message:
    """A mute has ended before its time."""
    which = words(said_of(mute.when), 500)
    return plain(f":loud_sound: Mute {mute.id} has ended. What it kept quiet is heard again: {which}.")


def plain(mrkdwn: str) -> Message:
    """A private answer of a sentence or two."""
    return Message(mrkdwn, [{"type": "section", "text": {"type": "mrkdwn", "text": mrkdwn}}])


def _about(found: Found) -> str:
    group = found.group
    many = "1 alert" if group.alerts == 1 else f"{group.alerts} alerts"
    return f"*{words(_line(group.title), 150)}* · {many}, {group.firing} firing"


def _why(hint: str) -> Block:
    return text_input("why", "Why?", hint=hint, optional=True, multiline=True, limit=_REASON)


def _option(incident: Incident) -> str:
    # A form is for one person, but people share their screens.
    title = "a private incident" if incident.private else incident.title
    return f"{incident.ref} · {incident.severity} · {'drill: ' if incident.drill else ''}{title}"


def _where(incident: Incident) -> str:
    return f"It goes on in <#{incident.channel_id}>." if incident.channel_id else "Its channel is being opened."


def _line(text: str) -> str:
    return " ".join(legible(text).split())[:TITLE_LIMIT]
