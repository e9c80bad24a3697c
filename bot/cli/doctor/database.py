"""The database: reachable, migrated, its queue whole, its clock right, nothing waiting too long; and who is at work."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta

from bot.cli.doctor import work
from bot.cli.doctor.finding import Finding, fault
from bot.core import Core
from bot.diagnostics import redact
from bot.messages.filters import plural
from bot.store import health, lanes, letters, migrate
from bot.store.database import DatabaseUnavailable

#: Timers ring by this clock and messages are stamped by it.
OFFSET = timedelta(seconds=5)
#: A post that waits longer than this is not on its way any more.
WAITED = timedelta(minutes=2)
_STRANDED = timedelta(seconds=30)


async def look(core: Core) -> AsyncIterator[Finding]:
    """What is found; stops where nothing more can be seen."""
    place = redact.dsn(core.database.url)
    try:
        async with core.database.transaction() as connection:
            there = await health.clock(connection)
            here = core.muster.now()
            revision = await migrate.revision_of(connection)
    except DatabaseUnavailable as error:
        yield fault(
            "Database",
            f"{place} does not answer ({_cause(error)})",
            costs="nothing can be recorded: every command is refused",
            mend="check DATABASE_URL, that Postgres runs, and that this machine may connect to it",
        )
        return
    yield Finding(about="Database", what=f"{place} answers")
    yield clock_finding("Database's clock", there, here)
    newest = migrate.head()
    if migrate.is_behind(revision):
        yield fault(
            "Migrations",
            f"the schema is at {revision or 'nothing'}, this version needs {newest}",
            costs="the bot is not ready, and commands fail",
            mend="run muster migrate",
        )
        return
    yield Finding(about="Migrations", what=_schema(revision, newest))
    async for finding in _queue(core):
        yield finding
    async for finding in work.look(core):
        yield finding


async def _queue(core: Core) -> AsyncIterator[Finding]:
    async with core.database.transaction() as connection:
        broken = await health.queue_fault(connection)
        stranded = await lanes.stranded(connection, _STRANDED)
        backlog = await health.backlog(connection)
        waiting = work.waiting(await letters.backlog(connection), core.muster.policy, core.muster.now())
    if broken:
        yield fault(
            "Queue",
            broken,
            costs="timers do not ring and Slack is told nothing",
            mend="run muster migrate; if the tables were changed by hand, restore them from a backup",
        )
        return
    counted = plural(backlog.waiting, "message")
    waited = core.muster.now() - backlog.oldest if backlog.oldest else timedelta()
    if stranded and waited > WAITED:
        yield fault(
            "Queue",
            f"{counted} wait, the oldest since {_span(waited)}, and nobody is at work on them ({waiting})",
            costs="people in Slack do not see what was recorded",
            mend="start muster serve; it takes them up within 20 seconds",
        )
    elif waited > WAITED:
        reason = f" ({backlog.reason})" if backlog.reason else ""
        yield fault(
            "Queue",
            f"{counted} wait, the oldest since {_span(waited)}{reason} ({waiting})",
            costs="people in Slack see what was recorded late",
            mend="see what Slack says, above or in the bot's log; nothing is lost meanwhile",
        )
    else:
        yield Finding(about="Queue", what=f"whole, {counted} on the way" + (f" ({waiting})" if waiting else ""))


def clock_finding(about: str, there: datetime, here: datetime) -> Finding:
    """Whether another clock agrees with this machine's."""
    offset = there - here
    if abs(offset) <= OFFSET:
        return Finding(about=about, what=f"agrees with this machine's ({offset.total_seconds():+.1f} s)")
    return fault(
        about,
        f"is {offset.total_seconds():+.0f} s off this machine's",
        costs="timers ring at the wrong time, and beyond five minutes Slack's requests are refused",
        mend="keep both machines' clocks with NTP",
    )


def _cause(error: BaseException) -> str:
    cause = error.__cause__
    said = " ".join(str(cause).split()) if cause else ""
    return redact.text(said, most=160) or type(cause or error).__name__


def _span(length: timedelta) -> str:
    minutes = int(length.total_seconds()) // 60
    return f"{minutes} min" if minutes < 120 else f"{minutes // 60} h"


def _schema(revision: str | None, newest: str) -> str:
    if revision == newest:
        return f"the schema is at {newest}, the newest"
    return f"the schema is at {revision}, of a newer version; this one goes on with it until it is replaced"
