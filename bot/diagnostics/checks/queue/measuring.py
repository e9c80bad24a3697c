"""A queue's depth, measured where its target says: in a Redis, by SQL, or in a JSON document."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from functools import partial

from bot.diagnostics.check import Asking, Thresholds
from bot.diagnostics.checks import document, sql
from bot.diagnostics.checks.document import Document
from bot.diagnostics.checks.postgres.check import Answer, Asks
from bot.diagnostics.checks.queue.depth import ADVICE, Depth, judge, no_data, number, shown, unusable
from bot.diagnostics.checks.redis.queues import judge_queue, lengths, queue_check
from bot.diagnostics.checks.redis.session import RedisSession
from bot.diagnostics.checks.sql import bounded
from bot.diagnostics.result import Measurement, Verdict
from bot.policy.targets import redis as in_redis
from bot.policy.targets.queue import QueueRule


def in_a_redis(rule: QueueRule) -> Asking[RedisSession]:
    """The check of a queue in a Redis, which is measured as the kind `redis` does it."""
    theirs = in_redis.QueueRule(
        name=rule.name, title=rule.title or rule.name, key=str(rule.key), warn=rule.warn, critical=rule.critical
    )

    async def ask(session: RedisSession, _thresholds: Thresholds) -> Measurement:
        measured = judge_queue(await lengths(session, theirs.key), theirs)
        past = measured.verdict in (Verdict.WARN, Verdict.CRITICAL)
        return replace(
            measured,
            next_step=(rule.next_step or ADVICE) if past else measured.next_step,
            facts={"queue": rule.name},
        )

    return replace(queue_check(theirs), name=rule.name, ask=ask)


def in_a_table(rule: QueueRule) -> Asking[Asks]:
    """The check of a queue in a Postgres: one question, which is asked as the kind `sql` does it."""
    statement = bounded(str(rule.sql))

    async def ask(session: Asks, _thresholds: Thresholds) -> Measurement:
        return judge_row(await session.ask(statement), rule, statement)

    return Asking(name=rule.name, title=rule.title or rule.name, ask=ask, ran=statement)


def judge_row(answer: Answer, rule: QueueRule, ran: str) -> Measurement:
    """By the one row that the statement should give: how many wait, and perhaps the oldest's age in seconds."""
    if len(answer.rows) > 1:
        return unusable(
            f"the SELECT gives {len(answer.rows)} rows and not one", "Have it count: SELECT count(*), …", rule, ran
        )
    cells = answer.rows[0]["cells"] if answer.rows else ()
    if not cells or cells[0] is None:
        return no_data(
            "The SELECT gives no number.", "Have it count: count(*) or coalesce() always gives one.", rule, ran
        )
    depth = sql.number(cells[0])
    if depth is None:
        return unusable(f"the first column is no number: {shown(cells[0])}", "Have it count first.", rule, ran)
    said = cells[1] if len(cells) > 1 else None
    oldest = None if said is None else sql.number(said)
    if said is not None and oldest is None:
        return unusable(
            f"the second column is no number of seconds: {shown(said)}",
            "Write extract(epoch FROM now() - min(created_at)) for the oldest's age.",
            rule,
            ran,
        )
    if len(cells) == 1 and not (rule.oldest_warn_s is rule.oldest_crit_s is None):
        return unusable(
            "the SELECT has no second column with the oldest's age, and there are limits for that",
            "Add extract(epoch FROM now() - min(created_at)), or leave the limits out.",
            rule,
            ran,
        )
    return judge(Depth([("", depth)], None if oldest is None else max(0.0, oldest), ran), rule)


def in_a_document(rule: QueueRule) -> Asking[Document]:
    """The check of a queue in a JSON document."""

    async def ask(session: Document, _thresholds: Thresholds) -> Measurement:
        # In a thread: a path through a megabyte of JSON takes a while.
        return await asyncio.to_thread(judge_document, session, rule)

    return Asking(name=rule.name, title=rule.title or rule.name, ask=ask, ran=_paths(rule))


def judge_document(session: Document, rule: QueueRule) -> Measurement:
    """By the numbers at the paths; of several, by the deepest and by the oldest."""
    ran = f"{session.asked}\n{_paths(rule)}"
    failing = partial(unusable, rule=rule, ran=ran)
    try:
        depths = _numbers(str(rule.path), session)
        ages = _numbers(rule.oldest, session, may_be_null=True) if rule.oldest else {}
    except ValueError as error:
        return failing(str(error), "Correct the path in the policy pack, or see what the address answers now.")
    return judge(Depth(list(depths.items()), max(0.0, *ages.values()) if ages else None, ran), rule)


def _numbers(path: str, session: Document, *, may_be_null: bool = False) -> Mapping[str, float]:
    """The numbers at a path, by where they stand.

    Raises:
        ValueError: there are none, or something else stands there too.
    """
    found = document.found(path, session.data)
    if not found:
        raise ValueError(f"there is nothing at {path}")
    numbers = {}
    for where, value in found:
        if value is None and may_be_null:  # nobody is the oldest in an empty queue
            continue
        known = number(value)
        if known is None:
            raise ValueError(f"at {where} stands no number but {shown(value)}")
        numbers[where] = known
    return numbers


def _paths(rule: QueueRule) -> str:
    return "\n".join(path for path in (rule.path, rule.oldest) if path)
