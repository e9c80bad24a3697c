"""Failed deliveries as a Postgres or a JSON document lists them."""

import asyncio
from datetime import datetime
from operator import itemgetter
from typing import Any

import asyncpg

from bot.diagnostics.check import Asking, Thresholds
from bot.diagnostics.checks import document, entries
from bot.diagnostics.checks.document import Document
from bot.diagnostics.checks.postgres.check import Asks
from bot.diagnostics.checks.webhooks.failures import Failure, Found, judge
from bot.diagnostics.result import Measurement, Verdict
from bot.diagnostics.target import Target
from bot.policy.targets.sql import MOST_FOUND
from bot.policy.targets.webhooks import WebhooksTarget

_NAME, _TITLE = "deliveries", "Failed deliveries"
#: Characters of an endpoint or an error that are read.
_CHARACTERS = 1000


def in_a_table(options: WebhooksTarget) -> Asking[Asks]:
    """The check of a SELECT of failed deliveries."""
    asked = statement(str(options.sql), options.within.total_seconds())

    async def ask(session: Asks, _thresholds: Thresholds) -> Measurement:
        rows = (await session.ask(asked)).rows
        failures = [Failure.of(*(row[name] for name in ("at", "now", "endpoint", "status", "error"))) for row in rows]
        return judge(Found(failures=failures, more=len(rows) >= MOST_FOUND, ran=asked), options)

    return Asking(name=_NAME, title=_TITLE, ask=ask, ran=asked)


def statement(sql: str, within_s: float) -> str:
    """A statement around a pack's own: the newest of the failures that it finds, no more than are counted.

    The pack's stands on lines of its own, so that a comment at its end does not swallow what follows.

    Args:
        sql: the pack's.
        within_s: how old a failure may be, in seconds; by the database's clock, which mostly set its time too.
    """
    cells = ",\n       ".join(
        f"left(to_jsonb(newest) ->> '{name}', {_CHARACTERS}) AS {name}" for name in ("endpoint", "status", "error")
    )
    return (
        f"SELECT now() AS now, newest.at::timestamptz AS at,\n       {cells}\n"  # noqa: S608 - the pack's, read-only
        "FROM (\n"
        f"SELECT found.* FROM (\n{sql.strip().rstrip(';').rstrip()}\n) AS found\n"
        f"WHERE found.at::timestamptz > now() - interval '{within_s:.0f} seconds'\n"
        f"ORDER BY found.at::timestamptz DESC LIMIT {MOST_FOUND}\n"
        ") AS newest\n"
        "ORDER BY newest.at::timestamptz DESC"
    )


def in_a_document(options: WebhooksTarget) -> Asking[Document]:
    """The check of a list of failed deliveries in a JSON document."""

    async def ask(session: Document, _thresholds: Thresholds) -> Measurement:
        # In a thread: a path through a megabyte of JSON takes a while.
        return await asyncio.to_thread(judge_document, session, options)

    return Asking(name=_NAME, title=_TITLE, ask=ask, ran=str(options.path))


def judge_document(session: Document, options: WebhooksTarget) -> Measurement:
    """By the deliveries at the path that failed in the time that is looked at."""
    path, ran = str(options.path), f"{session.asked}\n{options.path}"
    try:
        listed = entries.listed(path, session.data)
        there = bool(listed) or bool(document.found(document.trunk(path), session.data))
        dated = [(entries.moment(entries.field(entry, options.fields.at)), entry) for entry in listed]
        since = session.asked_at - options.within
        recent = [(at, entry) for at, entry in dated if at is not None and at > since]
        recent.sort(key=itemgetter(0), reverse=True)
        failures = [_read(entry, at, session.asked_at, options) for at, entry in recent[:MOST_FOUND]]
    except ValueError as error:
        return _unreadable(f"the path could not be followed: {error}", ran)
    if not there:
        return _unreadable(f"there is nothing at {document.trunk(path)}", ran)
    unread = sum(at is None for at, _ in dated)
    return judge(Found(failures=failures, unread=unread, more=len(recent) > MOST_FOUND, ran=ran), options)


def _read(entry: Any, at: datetime, now: datetime, options: WebhooksTarget) -> Failure:
    fields = options.fields
    return Failure.of(at, now, *(entries.field(entry, each) for each in (fields.endpoint, fields.status, fields.error)))


def _unreadable(why: str, ran: str) -> Measurement:
    return Measurement(
        verdict=Verdict.ERROR,
        explanation=f"The failures were not found: {why}.",
        next_step="Correct `path` in the policy pack, or see what the address answers now.",
        ran=ran,
    )


def means(error: Exception, _target: Target) -> Measurement | None:
    """What it means that the pack's SELECT has no time that is one."""
    match error:
        case asyncpg.UndefinedColumnError() if "found.at " in str(error):
            why = "its SELECT has no column `at`"
        case asyncpg.CannotCoerceError() | asyncpg.InvalidDatetimeFormatError() | asyncpg.DatetimeFieldOverflowError():
            why = "the column `at` of its SELECT is no time"
        case _:
            return None
    return Measurement(
        verdict=Verdict.ERROR,
        explanation=f"The query failed: {why}.",
        next_step="Name the time of a failure so: SELECT failed_at AS at, …; to_timestamp() makes one of a number.",
    )
