"""Commands that took long: a Redis does one at a time, and everybody else waits."""

import re
from collections.abc import Sequence
from typing import Any

from bot.diagnostics import redact
from bot.diagnostics.check import Asking, Thresholds
from bot.diagnostics.checks.redis.session import RedisSession
from bot.diagnostics.judging import by_limits, count
from bot.diagnostics.result import Measurement, Rows

_MOST = 20
_HOUR_S = 3600

#: Whose second word is a command of its own, and harmless.
_OF_TWO_WORDS = frozenset({"ACL", "CLIENT", "CLUSTER", "CONFIG", "DEBUG", "FUNCTION", "LATENCY", "SCRIPT", "SLOWLOG"})
#: Whose second word is a command of its own, and the third a key.
_WITH_KEY_THIRD = frozenset({"MEMORY", "OBJECT", "XGROUP", "XINFO"})
#: Scripts, whose keys come after their number.
_SCRIPTS = frozenset({"EVAL", "EVALSHA", "EVAL_RO", "EVALSHA_RO", "FCALL", "FCALL_RO"})
#: Streams, whose keys come after a word.
_STREAMS = frozenset({"XREAD", "XREADGROUP"})
#: What comes first is no key, and may be a password or a message.
_WITHOUT_KEY = frozenset({"AUTH", "ECHO", "HELLO", "INFO", "MIGRATE", "PING", "SCAN", "SELECT", "WAIT"})
#: A part of a key that may be somebody's login: a session's id, a token.
_OPAQUE = re.compile(r"(?=[\w+/=-]*[0-9])[\w+/=-]{16,}")


def named(words: Sequence[str]) -> str:
    """A command as it may be shown: its name and its first key, without values."""
    name, *rest = [str(word) for word in words] or ["(unknown)"]
    name, key = name.upper(), ""
    if name in _OF_TWO_WORDS:
        name = " ".join([name, *(word.upper() for word in rest[:1])])
    elif name in _WITH_KEY_THIRD:
        name, key = " ".join([name, *(word.upper() for word in rest[:1])]), "".join(rest[1:2])
    elif name in _SCRIPTS:
        key = "".join(rest[2:3]) if rest[1:2] not in ([], ["0"]) else ""
    elif name in _STREAMS:
        upper = [word.upper() for word in rest]
        key = "".join(rest[upper.index("STREAMS") + 1 :][:1]) if "STREAMS" in upper else ""
    elif name not in _WITHOUT_KEY:
        key = "".join(rest[:1])
    shown = _OPAQUE.sub(redact.HIDDEN, key)
    return redact.text(f"{name} {shown}".strip(), most=120)


def judge_slow_log(entries: Sequence[Sequence[Any]], now: float, thresholds: Thresholds) -> Measurement:
    """By the longest command of the last hour.

    Args:
        entries: as SLOWLOG GET has them: id, when, microseconds, words, …; the latest first.
        now: the server's clock, in seconds since 1970.
        thresholds: in milliseconds.
    """
    warn, critical = thresholds["slow_command_warn_ms"], thresholds["slow_command_crit_ms"]
    recent = sorted((entry for entry in entries if now - entry[1] <= _HOUR_S), key=lambda entry: -entry[2])
    longest_ms = recent[0][2] / 1000 if recent else 0.0
    if recent:
        more = " or more" if len(recent) >= _MOST else ""
        explanation = (
            f"{count(len(recent), 'slow command')}{more} in the last hour; "
            f"the longest, {named(recent[0][3])}, took {longest_ms:.1f} ms."
        )
    else:
        explanation = "No slow command in the last hour."
    rows = Rows.of(
        ("seconds ago", "ms", "command"),
        ((max(0.0, round(now - when)), took / 1000, named(words)) for _, when, took, words, *_ in recent),
    )
    return by_limits(
        longest_ms,
        "ms",
        explanation,
        "Everybody waits for such a command: have its owner use SCAN, smaller ranges or UNLINK instead.",
        warn=warn,
        critical=critical,
        rows=rows if recent else None,
    )


async def _ask(session: RedisSession, thresholds: Thresholds) -> Measurement:
    entries = await session.ask("SLOWLOG", "GET", _MOST)
    return judge_slow_log(entries, await session.now(), thresholds)


SLOW_LOG = Asking(
    name="slow_log",
    title="Slow commands",
    ask=_ask,
    ran=f"SLOWLOG GET {_MOST}\nTIME",
    defaults={"slow_command_warn_ms": 100, "slow_command_crit_ms": 1000},
)
