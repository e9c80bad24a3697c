"""The work of `muster policy simulate`: what would ring, and when, by the rules that a real incident runs by."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from bot.cli.happening import said
from bot.cli.outcome import USAGE, stop
from bot.cli.packs import policy_of
from bot.cli.terminal import say, table
from bot.core import wall_clock
from bot.domain import commands as c
from bot.domain.actor import Actor
from bot.domain.rules import Policy
from bot.domain.timetable import Act, Moment
from bot.domain.timetable import simulate as moments
from bot.policy.durations import ADVICE, format_duration, parse_duration

#: Who acts in a simulation; no contact has this id.
_SOMEBODY = Actor.person("U0SOMEBODY")
#: The most rows of a timetable: a clock that rings every minute for a year is a slip of the keyboard.
_MOST = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Play:
    """What is declared, and what people do then.

    Attributes:
        severity: as somebody types it; the pack's default where not given.
        at: when it is declared; without a zone in the calendar's, and now where not given.
        service: what it is about.
        spans: `ack`, `cause`, `resolve`, `reopen`, `close`: how long after the declaration; `update`: how often;
            `for`: how far to look.
        acts: `flag`, `status`, `severity`, `text`, `tick`, `escalate`: each `NAME@DURATION` that was given.
    """

    severity: str | None = None
    at: datetime | None = None
    service: str | None = None
    spans: Mapping[str, str | None]
    acts: Mapping[str, Sequence[str]]


async def simulate(play: Play, pack: str | None) -> None:
    """Print a policy as a timetable.

    Args:
        play: what happens.
        pack: by name or directory; that of the settings where not given.

    Raises:
        DomainError: the pack knows no such severity, or an act cannot be done.
    """
    policy = policy_of(pack)
    spans = {name: _span(name, text) for name, text in play.spans.items() if text is not None}
    named = [_named(name, text) for name, given in play.acts.items() for text in given]
    zone, until = ZoneInfo(policy.calendar.zone), spans["for"]
    started = (play.at or wall_clock()).replace(microsecond=0)
    started = (started.replace(tzinfo=zone) if started.tzinfo is None else started).astimezone(UTC)
    severity = policy.severity(play.severity or policy.default_severity)
    declaration = c.Declare(by=_SOMEBODY, title="A rehearsal", severity=severity.name, service=play.service)
    coming = [*_acts(spans), *(_act(policy, *one) for one in named)]
    happening = moments(policy, declaration, started, acts=coming, until=until)
    say(f"{severity.name} declared {_begins(started, zone)}, by the pack {policy.name}.", style="bold")
    rows = list(_first(happening, policy))
    if any(at.astimezone(zone).utcoffset() for _, at, _, _ in rows):
        columns = ("after", "at", "UTC", "what", "who")
        table(columns, [(_after(span), _time(at.astimezone(zone)), _time(at), *rest) for span, at, *rest in rows])
    else:
        table(("after", "at (UTC)", "what", "who"), [(_after(span), _time(at), *rest) for span, at, *rest in rows])
    if len(rows) == 1:
        say(f"No clock rings within {format_duration(until)}.")


def _begins(started: datetime, zone: ZoneInfo) -> str:
    """When it begins, in the calendar's zone, and in UTC where that is another time."""
    local = started.astimezone(zone)
    if zone.key == "UTC":
        return f"{local:%A} {local.day} {local:%B %Y, %H:%M} UTC"
    return f"{local:%A} {local.day} {local:%B %Y, %H:%M} in {zone.key} ({started:%H:%M} UTC)"


def _first(happening: Iterator[Moment], policy: Policy) -> Iterator[tuple[timedelta, datetime, str, str]]:
    number = 0
    for moment in happening:
        told = said(moment, policy)
        if told is None:
            continue
        if (number := number + 1) > _MOST:
            say(f"More than {_MOST} rows: the rest is left out. --for looks less far.", style="yellow")
            return
        yield (moment.after, moment.entry.at, *told)


def _span(option: str, text: str) -> timedelta:
    try:
        return parse_duration(text)
    except ValueError:
        stop(f"--{option}: “{text}” is no duration; {ADVICE}.", status=USAGE)


def _named(option: str, text: str) -> tuple[str, str, timedelta]:
    name, at, span = text.rpartition("@")
    # Who calls for help need not say whom.
    if not at or not (name or option == "escalate"):
        stop(f"--{option}: “{text}” says not when. Write it like NAME@10m.", status=USAGE)
    return option, name, _span(option, span)


def _act(policy: Policy, option: str, name: str, after: timedelta) -> Act:
    """What somebody does to a thing that the policy knows by name. Raises DomainError where it knows none."""
    command: c.Command
    match option:
        case "flag":
            command = c.SetCondition(by=_SOMEBODY, condition=policy.condition(name).name)
        case "status":
            command = c.ChangeStatus(by=_SOMEBODY, status=policy.status(name).name, note="It goes on.")
        case "severity":
            command = c.ChangeSeverity(by=_SOMEBODY, severity=policy.severity(name).name)
        case "text":
            command = c.RecordText(by=_SOMEBODY, text=policy.letter(name).name, body="What went out.")
        case "tick":
            rule = policy.checklist(name)
            command = c.TickItems(by=_SOMEBODY, checklist=rule.name, done=tuple(range(1, len(rule.items) + 1)))
        case _:
            command = c.Escalate(by=_SOMEBODY, step=name or None, why="somebody asks for it")
    return Act(after, command)


def _acts(spans: Mapping[str, timedelta]) -> Iterator[Act]:
    over = "It works again."
    known: Mapping[str, c.Command] = {
        "ack": c.Acknowledge(by=_SOMEBODY),
        "cause": c.RecordCause(by=_SOMEBODY, text="The cause was found."),
        "resolve": c.Resolve(by=_SOMEBODY, summary=over, root_cause=over, contributing_factors=over, impact=over),
        "reopen": c.Reopen(by=_SOMEBODY, why="It is back."),
        "close": c.Close(by=_SOMEBODY),
    }
    yield from (Act(spans[name], command) for name, command in known.items() if name in spans)
    if every := spans.get("update"):
        end = spans.get("resolve", spans["for"])
        for number in range(1, min(end // every, _MOST) + 1):
            if every * number < end:
                yield Act(every * number, c.PostUpdate(by=_SOMEBODY, text=f"Update {number}"))


def _time(at: datetime) -> str:
    return f"{at:%a %d %b %H:%M}" + (f":{at:%S}" if at.second else "")


def _after(span: timedelta) -> str:
    minutes, seconds = divmod(int(span.total_seconds()), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    parts = ((days, "d"), (hours, "h"), (minutes, "m"), (seconds, "s"))
    return "+" + "".join(f"{number}{unit}" for number, unit in parts if number) if span else "0"
