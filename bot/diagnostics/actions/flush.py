"""Throws the keys of a pattern of a Redis away, some at a time."""

import contextlib
from collections.abc import AsyncGenerator

from redis.exceptions import ResponseError

from bot.diagnostics import redact
from bot.diagnostics.actions.action import Attempt, Ending, NotReady, Outcome, Rehearsal
from bot.diagnostics.actions.filling import pattern
from bot.diagnostics.actions.kind import ActionKind
from bot.diagnostics.actions.postgres import lost
from bot.diagnostics.checks.redis.refusals import judge_refusal
from bot.diagnostics.checks.redis.session import RedisSession, connected
from bot.diagnostics.judging import count
from bot.diagnostics.kind import SessionLost
from bot.diagnostics.result import Measurement, Rows
from bot.policy.actions.redis import FlushAction

#: Keys that one step looks at, and how many steps a rehearsal takes: about half a million keys.
_LOOKED_AT, _STEPS = 1000, 500
_SAMPLES = 10


def _keys(attempt: Attempt) -> str:
    options: FlushAction = attempt.options
    return pattern(options.pattern, attempt.given)


def ran(attempt: Attempt) -> str:
    """What is looked for, and what is done with what is found."""
    return f"SCAN 0 MATCH {_keys(attempt)} COUNT {_LOOKED_AT}\nUNLINK key …, for all that it finds"


def against(attempt: Attempt) -> str:
    """The address without credentials."""
    where = attempt.action.where()
    url = where.value_of(where.options.url_from)
    return redact.dsn(url) if url else f"({where.options.url_from} is not set)"


async def _found(session: RedisSession, keys: str) -> AsyncGenerator[list[str], None]:
    """The keys of a pattern, step by step; the same key may come twice."""
    cursor = "0"
    while True:
        cursor, found = await session.ask("SCAN", cursor, "MATCH", keys, "COUNT", _LOOKED_AT)
        yield list(found)
        if str(cursor) == "0":
            return


async def rehearse(attempt: Attempt) -> Rehearsal:
    """How many keys there are, and some of them."""
    options: FlushAction = attempt.options
    keys = _keys(attempt)
    there: set[str] = set()
    whole = True
    async with connected(attempt.action.where()) as session:
        steps = 0
        async with contextlib.aclosing(_found(session, keys)) as found:
            async for some in found:
                there.update(some)
                steps += 1
                if steps >= _STEPS or len(there) > options.most_keys:
                    whole = False
                    break
    samples = sorted(there)[:_SAMPLES]
    more = "" if whole else " or more"
    line = f"Unlinks {count(len(there), 'key')}{more}: {keys}"
    rows = Rows.of(("key",), ((_legible(key),) for key in samples)) if samples else None
    if len(there) > options.most_keys:
        return Rehearsal(
            ready=False,
            lines=(line,),
            why_not=f"That is over the {count(options.most_keys, 'key')} which the policy allows at once.",
            next_step="Narrow the pattern down, or raise `most_keys` in the policy pack.",
            rows=rows,
        )
    return Rehearsal(
        ready=True,
        lines=(attempt.action.rule.does, line, f"They go {_LOOKED_AT} or so at a time, so that others can go on."),
        rows=rows,
    )


def _legible(key: str) -> str:
    return key.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


async def perform(attempt: Attempt) -> Outcome:
    """Unlinks what matches, until there is nothing left, or as many are gone as may be."""
    options: FlushAction = attempt.options
    gone = 0
    async with (
        connected(attempt.action.where()) as session,
        contextlib.aclosing(_found(session, _keys(attempt))) as found,
    ):
        async for some in found:
            if not some:
                continue
            if gone + len(some) > options.most_keys:
                return _stopped(gone, f"there are more than the {options.most_keys} keys which the policy allows")
            attempt.sent = True
            try:
                gone += int(await session.ask("UNLINK", *some))
            except ResponseError as error:
                if gone:
                    return _stopped(gone, f"the server refused to go on: {error}")
                attempt.sent = False
                raise
    return Outcome(verdict=Ending.DONE, said=f"Unlinked {count(gone, 'key')}.")


def _stopped(gone: int, why: str) -> Outcome:
    if not gone:
        raise NotReady(f"It stopped before the first key: {why}", "Narrow the pattern down.")
    return Outcome(
        verdict=Ending.FAILED,
        said=f"Unlinked {count(gone, 'key')}, and stopped: {why}.",
        next_step="Ask for it again for the rest, if that is what you want.",
    )


def means(error: Exception, attempt: Attempt) -> Measurement | None:
    """What a refused login or a lost connection means."""
    if isinstance(error, NotReady):
        return None
    if isinstance(error, SessionLost):
        return lost(error)
    return judge_refusal(error, attempt.action.where()).first


FLUSH = ActionKind(
    name="flush",
    options=FlushAction,
    ran=ran,
    against=against,
    rehearse=rehearse,
    perform=perform,
    means=means,
)
