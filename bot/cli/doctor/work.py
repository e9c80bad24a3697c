"""Who does the work and how far they are: processes, what waits, what was refused, timers, Slack's limits."""

from collections import Counter
from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import datetime

from bot.application.execute import urgency
from bot.cli.doctor.finding import Finding, fault
from bot.core import Core
from bot.domain.rules import Policy
from bot.domain.timeline import LATE
from bot.jobs.presence import SILENT
from bot.messages.filters import duration, plural
from bot.store import health, letters, replicas
from bot.store.letters import Backlog
from bot.store.replicas import Replica

#: The most processes and closed methods that are named.
_NAMED = 8


async def look(core: Core) -> AsyncIterator[Finding]:
    """What is found, once the database is there and migrated. Raises DatabaseUnavailable."""
    now = core.muster.now()
    async with core.database.transaction() as connection:
        known = await replicas.known(connection)
        backlog = await letters.backlog(connection)
        clocks = await health.clocks(connection, due_before=now - LATE)
        closed = await health.closed(connection)
        there = await health.clock(connection)
    for finding in processes(known, now):
        yield finding
    if backlog.refused:
        yield fault(
            "Refused",
            f"{plural(backlog.refused, 'message or change', 'messages or changes')} refused for good",
            costs="people do not get to see them until somebody acts",
            mend="muster outbox list says what helps each; then muster outbox retry --refused, or drop them",
        )
    if clocks.overdue and clocks.first:
        yield fault(
            "Timers",
            f"{clocks.overdue} of {clocks.armed} should have rung, the first {duration(now - clocks.first)} ago",
            costs="nobody is called and nobody is reminded",
            mend="start muster serve: it fires them at once, and they say that they are late",
        )
    else:
        yield Finding(about="Timers", what=f"{clocks.armed} set, none overdue")
    if closed:
        shut = [f"{_place(name)} for {duration(until - there)}" for name, until in closed[:_NAMED]]
        yield Finding(
            about="Slack's limits",
            what=f"Slack wants no more of {', '.join(shut)}",
            costs="what needs them waits; nothing is lost",
            mend="nothing: it goes on by itself; if it comes often, see what else uses the app's token",
        )


def waiting(backlog: Backlog, policy: Policy, now: datetime) -> str:
    """What waits by severity, the most urgent first: `P1: 3, the oldest 6 min; P3: 38, the oldest 2 min`."""
    names = {urgency(severity): severity.name for severity in reversed(policy.severities)}
    parts = [
        f"{names.get(priority, 'others')}: {rows}, the oldest {duration(max(now - oldest, now - now))}"
        for priority, (rows, oldest) in sorted(backlog.waiting.items(), reverse=True)
    ]
    return "; ".join(parts)


def processes(known: Sequence[Replica], now: datetime) -> Iterator[Finding]:
    """Who is there, and what nobody does."""
    here = [one for one in known if now - one.seen_at < SILENT]
    if not here:
        yield Finding(
            about="Processes",
            what=f"none is running{_last(known, now)}",
            costs="Slack's commands go unanswered, and Slack is told nothing",
            mend="start muster serve",
        )
        return
    listed = "; ".join(_process(one, now) for one in here[:_NAMED])
    more = f"; and {len(here) - _NAMED} more" if len(here) > _NAMED else ""
    count = plural(len(here), "process", "processes")
    if not any(one.works for one in here):
        yield fault(
            "Processes",
            f"nobody works on the queue: {listed}{more}",
            costs="nothing is delivered to Slack, no timer rings, no diagnostic runs",
            mend="start muster serve --only worker beside them, or muster serve without --only",
        )
    elif not any(one.listens for one in here):
        yield fault(
            "Processes",
            f"nobody listens to Slack: {listed}{more}",
            costs="commands, buttons and messages do not reach the bot",
            mend="start muster serve --only web beside them, or muster serve without --only",
        )
    else:
        yield Finding(about="Processes", what=f"{count}: {listed}{more}")
    if len(versions := Counter(one.version for one in here)) > 1:
        yield Finding(
            about="Versions",
            what=", ".join(f"{version} ({number})" for version, number in versions.items()),
            costs="what only the newer one knows waits for it",
            mend="finish the rolling restart",
        )


def _process(one: Replica, now: datetime) -> str:
    does = "web and worker" if one.listens and one.works else "web" if one.listens else "worker"
    return f"{one.host}/{one.pid} {does} {one.version}, for {duration(now - one.started_at)}"


def _last(known: Sequence[Replica], now: datetime) -> str:
    if not known:
        return ""
    last = max(known, key=lambda one: one.seen_at)
    return f"; {last.host}/{last.pid} was last seen {duration(now - last.seen_at)} ago"


def _place(name: str) -> str:
    method, _, channel = name.partition("|")
    return f"{method} in {channel}" if channel else method
