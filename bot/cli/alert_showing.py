"""The work of `muster alerts list`, `show`, `mute`, `mutes` and `unmute`."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.application.alert_desk import AlertDesk
from bot.application.alert_words import parse_matcher, said_of
from bot.cli.acting import application, me
from bot.cli.outcome import USAGE, stop
from bot.cli.terminal import advise, say, table
from bot.domain.alert_group import GroupState
from bot.domain.alert_rules import Matcher, Mute
from bot.domain.errors import DomainError
from bot.messages.alert_words import asker, came_to
from bot.policy.durations import ADVICE, parse_duration
from bot.store.alert_reading import Found
from bot.store.alerts import Stored

#: Groups that are listed.
_MOST = 50
_GROUPS = (
    "Number",
    "Alerts",
    "Title",
    "Severity",
    "Service",
    "From",
    "What became of it",
    "First",
    "Last (UTC)",
    "Why",
)
_ALERTS = ("Alert", "Title", "State", "Since (UTC)", "Fired", "Labels", "Came to", "Why")
_MUTES = ("Number", "What", "Until (UTC)", "By", "Why")


def read_mute(what: Sequence[str], lasts: str) -> tuple[Matcher, timedelta]:
    """What is to be quiet and for how long, from what was typed.

    Raises:
        typer.Exit: it cannot be read; the reason has been printed.
    """
    try:
        span = parse_duration(lasts)
    except ValueError:
        stop(f"--for: “{lasts}” is no duration; {ADVICE}.", status=USAGE)
    try:
        return parse_matcher(what), span
    except DomainError as error:
        stop(error.sentence, error.hint, status=USAGE)


async def show_list(*, firing: bool, as_json: bool) -> None:
    """Print groups, the latest first. Raises DatabaseUnavailable."""
    async with application() as built:
        found = await AlertDesk(built.muster).listing(firing=firing, limit=_MOST)
    if as_json:
        _dump([_data(one) for one in found])
    elif found:
        table(_GROUPS, [_row(one) for one in found])
    else:
        say("No alert fires." if firing else "No monitor has told of an alert yet.")
    if len(found) == _MOST:
        advise(f"There may be more than these {_MOST}, the latest.")


async def show(number: int, *, as_json: bool) -> None:
    """Print a group with its first alerts. Raises UnknownGroup or DatabaseUnavailable."""
    async with application() as built:
        shown = await AlertDesk(built.muster).show(number, me())
    if as_json:
        _dump(_data(shown.found) | {"first_alerts": [_alert(one) for one in shown.alerts]})
        return
    group = shown.found.group
    say(f"{group.id}: {group.title}", style="bold")
    facts = {
        "alerts": f"{group.firing} of {group.alerts} fire",
        "severity": group.severity,
        "service": group.service,
        "owner": group.owner,
        "runbook": group.runbook,
        "group": group.key,
        "what became of it": _became(shown.found),
        "settled by": asker(shown.found.settled_by or ""),
        "because": shown.found.settled_why,
        "why": group.why,
        "first": _time(group.first_seen),
        "last": _time(group.last_seen),
    }
    say("\n".join(f"  {name}: {value}" for name, value in facts.items() if value))
    table(_ALERTS, [_alert_row(one) for one in shown.alerts])
    if (left := group.alerts - len(shown.alerts)) > 0:
        advise(f"{left} more {'is' if left == 1 else 'are'} not shown.")


async def mute(matcher: Matcher, lasts: timedelta, why: str) -> None:
    """Ask for silence, and say until when. Raises DomainError or DatabaseUnavailable."""
    async with application() as built:
        made = await AlertDesk(built.muster).mute(matcher, lasts, me(), why)
    say(f"Muted until {_time(made.until)} UTC: {said_of(made.when)}. `muster alerts unmute {made.id}` ends it.")


async def show_mutes(*, everything: bool, as_json: bool) -> None:
    """Print the mutes that hold, or the last ones. Raises DatabaseUnavailable."""
    async with application() as built:
        desk, now = AlertDesk(built.muster), built.muster.now()
        kept = await desk.past_mutes() if everything else []
        found = [one.mute for one in kept] if everything else await desk.mutes()
    ended = {one.mute.id: one.ended_by for one in kept}
    if as_json:
        _dump([_mute(one, now) | {"ended_by": ended.get(one.id)} for one in found])
    elif not found:
        say("Nothing was ever muted." if everything else "Nothing is muted.")
    elif everything:
        rows = [(*_mute_row(one), "yes" if one.until > now else "", asker(ended.get(one.id) or "")) for one in found]
        table((*_MUTES, "Holds", "Ended by"), rows)
    else:
        table(_MUTES, [_mute_row(one) for one in found])


async def unmute(number: int) -> None:
    """End a mute. Raises UnknownMute or DatabaseUnavailable."""
    async with application() as built:
        ended = await AlertDesk(built.muster).unmute(number, me())
    say(f"No longer muted: {said_of(ended.when)}.")


def _row(found: Found) -> Sequence[object]:
    group = found.group
    return (
        group.id,
        f"{group.firing} of {group.alerts} fire" if group.firing else f"{group.alerts}, clear",
        group.title,
        group.severity,
        group.service,
        group.source,
        _became(found),
        _time(group.first_seen),
        _time(group.last_seen),
        found.settled_why or group.why,
    )


def _became(found: Found) -> str:
    """The incident that has a group, or its state in a word or two."""
    group = found.group
    if group.running is not None and group.running.ref:
        return group.running.ref
    words = {GroupState.SUGGESTED: "suggested", GroupState.DISMISSED: "no incident", GroupState.OVER: "over"}
    return words.get(group.state, "an incident")


def _alert_row(one: Stored) -> Sequence[object]:
    alert, known = one.alert, one.known
    labels = " ".join(f"{name}={value}" for name, value in sorted(alert.labels.items()))
    since = known.starts_at if known.firing or known.ends_at is None else known.ends_at
    state = f"{known.status}, flapping" if known.flapping else str(known.status)
    return (alert.name, alert.title, state, _time(since), known.firings, labels, came_to(one.reason), one.why)


def _mute_row(one: Mute) -> Sequence[object]:
    return one.id, said_of(one.when), _time(one.until), asker(one.by), one.why


def _data(found: Found) -> dict[str, Any]:
    group = found.group
    return {
        "number": group.id,
        "key": group.key,
        "state": group.state.value,
        "title": group.title,
        "severity": group.severity,
        "service": group.service,
        "source": group.source,
        "alerts": group.alerts,
        "firing": group.firing,
        "incident": group.running.ref if group.running else None,
        "owner": group.owner,
        "runbook": group.runbook,
        "rule": group.rule,
        "why": group.why,
        "first_seen": _iso(group.first_seen),
        "last_seen": _iso(group.last_seen),
        "settled_by": found.settled_by,
        "settled_at": _iso(found.settled_at),
        "settled_why": found.settled_why,
    }


def _alert(one: Stored) -> dict[str, Any]:
    alert, known = one.alert, one.known
    return {
        "source": alert.source,
        "fingerprint": alert.fingerprint,
        "name": alert.name,
        "title": alert.title,
        "text": alert.text,
        "status": known.status.value,
        "labels": dict(alert.labels),
        "links": {kind.value: url for kind, url in alert.links.items()},
        "starts_at": _iso(known.starts_at),
        "ends_at": _iso(known.ends_at),
        "firings": known.firings,
        "flapping": known.flapping,
        "reason": one.reason,
        "why": one.why,
    }


def _mute(one: Mute, now: datetime) -> dict[str, Any]:
    when = one.when
    return {
        "number": one.id,
        "what": said_of(when),
        "sources": list(when.sources),
        "alerts": list(when.alerts),
        "severities": list(when.severities),
        "services": list(when.services),
        "labels": {label: list(values) for label, values in when.labels.items()},
        "by": one.by,
        "why": one.why,
        "since": _iso(one.since),
        "until": _iso(one.until),
        "holds": one.until > now,
    }


def _dump(data: object) -> None:
    say(json.dumps(data, indent=2, ensure_ascii=False))


def _time(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S}"


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.astimezone(UTC).isoformat()
