"""How much work waits: the lengths of the keys that the policy names."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.diagnostics import redact
from bot.diagnostics.check import Asking
from bot.diagnostics.checks.redis.session import RedisSession
from bot.diagnostics.judging import count, judged, limits
from bot.diagnostics.result import Measurement, Rows, Verdict
from bot.policy.targets.redis import QueueRule

#: Keys that one step of a search looks at, how many steps there are, and how many keys are measured.
_STEP, _STEPS, _KEYS = 1000, 100, 100

_LENGTH_OF = {"list": "LLEN", "zset": "ZCARD", "stream": "XLEN", "set": "SCARD", "hash": "HLEN"}
_GLOB = re.compile(r"[*?\[\\]")


@dataclass(frozen=True, slots=True)
class Lengths:
    """What a search found.

    Attributes:
        of: each key's length.
        others: keys that have none, such as a string.
        complete: whether all keys were looked at.
        ran: exactly what was run.
    """

    of: Mapping[str, int]
    others: tuple[str, ...] = ()
    complete: bool = True
    ran: str = field(default="")


def queue_check(rule: QueueRule) -> Asking[RedisSession]:
    """The check of one entry of `queues`."""

    async def ask(session: RedisSession, _thresholds: Mapping[str, float]) -> Measurement:
        return judge_queue(await lengths(session, rule.key), rule)

    return Asking(name=f"queue_{rule.name}", title=rule.title or f"Queue {rule.name}", ask=ask, ran=_search(rule.key))


def judge_queue(found: Lengths, rule: QueueRule) -> Measurement:
    """By the longest key; what was not looked at is not well."""
    longest = max(found.of, key=found.of.__getitem__, default="")
    value, total = found.of.get(longest, 0), sum(found.of.values())
    by_length = sorted(found.of.items(), key=lambda item: (-item[1], item[0]))
    verdict = judged(value, rule.warn, rule.critical)
    shown = redact.text(rule.key, most=100)
    if not found.of and found.others:
        verdict = Verdict.ERROR
        explanation = f"“{shown}” is no list, set, hash or stream, so it has no length."
        step = "Name the key that holds the entries in `key` in the policy pack."
    elif not found.complete and verdict is Verdict.OK:
        verdict = Verdict.NO_DATA
        explanation = f"The search for “{shown}” was given up before its end; the longest found has {value} entries."
        step = "Write the whole key without a pattern in `key` in the policy pack."
    else:
        explanation = _explained(found, shown, longest, value, total)
        step = (
            ""
            if verdict is Verdict.OK
            else "See whether its workers run and keep up; start more, or stop what fills it."
        )
    return Measurement(
        verdict=verdict,
        value=value,
        unit="entries",
        threshold=limits(rule.warn, rule.critical, "entries") or "none set",
        explanation=explanation,
        next_step=step,
        rows=Rows.of(("key", "entries"), by_length) if by_length else None,
        ran=found.ran,
    )


def _explained(found: Lengths, shown: str, longest: str, value: int, total: int) -> str:
    match len(found.of):
        case 0:
            # Redis has no empty lists: a queue without work is a key that is not there.
            return f"Nothing waits: there is no key “{shown}”."
        case 1:
            return f"{count(value, 'entry', 'entries')} in {redact.text(longest, most=100)}."
        case keys:
            most = redact.text(longest, most=100)
            return f"{count(total, 'entry', 'entries')} in {keys} keys; most, {value}, in {most}."


def _search(key: str) -> str:
    return f"SCAN 0 MATCH {key} COUNT {_STEP}" if _GLOB.search(key) else f"TYPE {key}"


async def lengths(session: RedisSession, key: str) -> Lengths:
    """The lengths of a key, or of those that match a pattern.

    Raises:
        ResponseError: the server refuses it.
        SessionLost: the connection broke.
    """
    keys, complete = await _matching(session, key) if _GLOB.search(key) else ([key], True)
    types = await session.ask_all([("TYPE", each) for each in keys]) if keys else []
    asked = [(each, _LENGTH_OF[kind]) for each, kind in zip(keys, types, strict=True) if kind in _LENGTH_OF]
    answers = await session.ask_all([(command, each) for each, command in asked]) if asked else []
    for answer in (*types, *answers):
        if isinstance(answer, Exception):
            raise answer
    searched = (_search(key), *(["TYPE of each"] if _GLOB.search(key) else []))
    return Lengths(
        of={each: answer for (each, _), answer in zip(asked, answers, strict=True)},
        others=tuple(each for each, kind in zip(keys, types, strict=True) if kind not in _LENGTH_OF and kind != "none"),
        complete=complete,
        ran="\n".join((*searched, *(f"{command} {each}" for each, command in asked[:20]))),
    )


async def _matching(session: RedisSession, pattern: str) -> tuple[list[str], bool]:
    """The keys of a pattern, and whether these are all."""
    found: dict[str, None] = {}
    cursor = "0"
    for _ in range(_STEPS):
        cursor, keys = await session.ask("SCAN", cursor, "MATCH", pattern, "COUNT", _STEP)
        found.update(dict.fromkeys(keys))
        if len(found) > _KEYS:
            return list(found)[:_KEYS], False
        if str(cursor) == "0":
            return list(found), True
    return list(found), False
