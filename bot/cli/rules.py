"""The work of `muster policy …`."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta

from bot.cli.outcome import USAGE, stop
from bot.cli.terminal import say, table
from bot.core import wall_clock
from bot.diagnostics.runner import known_thresholds
from bot.domain import commands as c
from bot.domain import events as e
from bot.domain.actor import Actor
from bot.domain.rules import Policy, Severity
from bot.domain.timetable import Act, Moment
from bot.domain.timetable import simulate as moments
from bot.paths import RUNBOOKS
from bot.policy.durations import ADVICE, format_duration, parse_duration
from bot.policy.read import read_pack
from bot.settings import read_settings

#: Who acts in a simulation; no contact has this id.
_SOMEBODY = Actor.person("U0SOMEBODY")
#: The most rows of a timetable: a clock that rings every minute for a year is a slip of the keyboard.
_MOST = 500


def _policy(pack: str | None) -> Policy:
    name = pack or read_settings().muster_pack
    return read_pack(name, root=RUNBOOKS, thresholds_of=known_thresholds)


async def show(pack: str | None) -> None:
    """Print a pack's rules. Raises PolicyFault or SettingsFault."""
    policy = _policy(pack)
    say(f"Pack {policy.name}", style="bold")
    _part("Severities", ("name", "also", "acknowledge", "mitigate", "resolve", "update every", "review", "who comes"), (
        (s.name, ", ".join(s.aliases), _span(s.acknowledge_within), _span(s.mitigate_within), _span(s.resolve_within),
         _span(s.update_every), _span(s.review_within), ", ".join(s.responders))
        for s in policy.severities
    ))  # fmt: skip
    _part("Escalation", ("step", "severities", "when", "after", "who is told", "again"), (
        (s.name, ", ".join(s.severities), s.trigger.value, _span(s.after),
         ", ".join((*s.notify, *(f"{name} by e-mail" for name in s.email), *(f"webhook {w}" for w in s.webhooks))),
         f"every {_span(s.repeat_every)}, {_times(s.repeats)}" if s.repeat_every and s.repeats else "")
        for s in policy.escalation
    ))  # fmt: skip
    statuses = ((s.name, s.category.value, ", ".join(s.aliases)) for s in policy.statuses)
    _part("Statuses", ("name", "means", "also"), statuses)
    _part("Roles", ("name", "title", "also"), ((r.name, r.title, ", ".join(r.aliases)) for r in policy.roles))
    contacts = ((name, ", ".join(ids) or "nobody yet") for name, ids in policy.contacts.items())
    _part("Contacts", ("name", "Slack ids"), contacts)
    services = ((s.name, ", ".join(s.aliases), ", ".join(s.owners), ", ".join(s.targets)) for s in policy.services)
    _part("Services", ("name", "also", "owners", "targets"), services)


def _part(title: str, columns: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> None:
    listed = list(rows)
    if listed:
        say("")
        say(title, style="bold")
        table(columns, listed)


def _times(number: int) -> str:
    return {1: "once", 2: "twice"}.get(number, f"{number} times")


def _span(span: timedelta | None) -> str:
    return format_duration(span) if span else ""


async def simulate(
    severity: str | None,
    *,
    at: datetime | None,
    service: str | None,
    spans: Mapping[str, str | None],
    pack: str | None,
) -> None:
    """Print a policy as a timetable.

    Args:
        severity: as somebody types it; the pack's default where not given.
        at: when it is declared; without a zone in UTC, and now where not given.
        service: what it is about.
        spans: `ack`, `resolve`, `close`: how long after the declaration; `update`: how often; `for`: how far to look.
        pack: by name or directory; that of the settings where not given.

    Raises:
        DomainError: the pack knows no such severity, or an act cannot be done.
    """
    policy = _policy(pack)
    known = {name: _read(name, text) for name, text in spans.items() if text is not None}
    started = (at or wall_clock()).replace(microsecond=0)
    started = started.replace(tzinfo=UTC) if started.tzinfo is None else started.astimezone(UTC)
    declaration = c.Declare(by=_SOMEBODY, title="A rehearsal", severity=severity, service=service)
    until = known["for"]
    rule = policy.severity(severity or policy.default_severity)
    play = moments(policy, declaration, started, acts=list(_acts(known)), until=until)
    say(f"{rule.name} declared {started:%A %d %B %Y, %H:%M} UTC, by the pack {policy.name}.", style="bold")
    rows = [row for moment in _first(play, _MOST) for row in _row(moment, rule)]
    table(("after", "at (UTC)", "what", "who"), rows)
    if len(rows) == 1:
        say(f"No clock rings within {format_duration(until)}.")


def _read(name: str, text: str) -> timedelta:
    try:
        return parse_duration(text)
    except ValueError:
        stop(f"--{name}: “{text}” is no duration; {ADVICE}.", status=USAGE)


def _acts(spans: Mapping[str, timedelta]) -> Iterator[Act]:
    if "ack" in spans:
        yield Act(spans["ack"], c.Acknowledge(by=_SOMEBODY))
    if every := spans.get("update"):
        end = spans.get("resolve", spans["for"])
        for number in range(1, min(end // every, _MOST) + 1):
            if every * number < end:
                yield Act(every * number, c.PostUpdate(by=_SOMEBODY, text=f"Update {number}"))
    if "resolve" in spans:
        yield Act(spans["resolve"], c.Resolve(by=_SOMEBODY, summary="It works again."))
    if "close" in spans:
        yield Act(spans["close"], c.Close(by=_SOMEBODY))


def _first(moments: Iterator[Moment], most: int) -> Iterator[Moment]:
    for number, moment in enumerate(moments):
        if number == most:
            say(f"More than {most} rows: the rest is left out. --for looks less far.", style="yellow")
            return
        yield moment


def _row(moment: Moment, rule: Severity) -> Iterator[tuple[str, str, str, str]]:
    event, day = moment.entry.event, moment.incident.declared_at.date()
    clock = f"{moment.entry.at:%H:%M}" if moment.entry.at.date() == day else f"{moment.entry.at:%a %d %b %H:%M}"
    said = _said(event, rule)
    if said:
        yield (_after(moment.after), clock, *said)


def _said(event: e.Event, rule: Severity) -> tuple[str, str] | None:
    match event:
        case e.Declared(responders=people):
            return "declared", ", ".join(rule.responders) or ", ".join(people)
        case e.Acknowledged():
            return "acknowledged", "somebody"
        case e.UpdatePosted(number=number):
            return f"update {number}", "somebody"
        case e.Escalated(names=names, why=why, round=number, emails=mail, webhooks=hooks):
            again = f", round {number}" if number > 1 else ""
            who = (*names, *(f"{name} by e-mail" for name in mail), *(f"webhook {name}" for name in hooks))
            return f"escalates: {why}{again}", ", ".join(who)
        case e.UpdateOverdue():
            return "asks for an update", "the channel"
        case e.Resolved():
            return "resolved", "somebody"
        case e.ReviewNudged():
            return "reminds of the review", "the channel"
        case e.Closed():
            return "closed", "somebody"
        case _:
            return None


def _after(span: timedelta) -> str:
    minutes, seconds = divmod(int(span.total_seconds()), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    parts = ((days, "d"), (hours, "h"), (minutes, "m"), (seconds, "s"))
    return "+" + "".join(f"{number}{unit}" for number, unit in parts if number) if span else "0"
