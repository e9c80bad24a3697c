"""What is asked of a Redis, in the order in which it is asked."""

from collections.abc import Sequence

from bot.diagnostics import redact
from bot.diagnostics.check import Asking
from bot.diagnostics.checks.redis.queues import queue_check
from bot.diagnostics.checks.redis.refusals import judge_failure, judge_refusal
from bot.diagnostics.checks.redis.server import CLIENTS, EVICTIONS, MEMORY, PERSISTENCE, REACHABILITY
from bot.diagnostics.checks.redis.session import RedisSession, connected
from bot.diagnostics.checks.redis.slow import SLOW_LOG
from bot.diagnostics.kind import Kind
from bot.diagnostics.target import Target
from bot.policy.targets.redis import RedisTarget

_ALWAYS: tuple[Asking[RedisSession], ...] = (REACHABILITY, MEMORY, EVICTIONS, CLIENTS, PERSISTENCE, SLOW_LOG)


def _checks(options: RedisTarget) -> Sequence[Asking[RedisSession]]:
    return (*_ALWAYS, *(queue_check(rule) for rule in options.queues))


def _against(target: Target) -> str:
    url = target.value_of(target.options.url_from)
    return redact.dsn(url) if url else f"({target.options.url_from} is not set)"


REDIS = Kind(
    name="redis",
    options=RedisTarget,
    checks=_checks,
    connect=connected,
    against=_against,
    refused=judge_refusal,
    means=judge_failure,
    in_turn=True,
    thresholds=frozenset().union(*(check.defaults for check in _ALWAYS)),
)

__all__ = ["REDIS"]
