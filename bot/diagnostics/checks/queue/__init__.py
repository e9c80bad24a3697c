"""How much work waits, wherever that can be counted."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from bot.diagnostics.check import Asking
from bot.diagnostics.checks.queue.measuring import in_a_document, in_a_redis, in_a_table
from bot.diagnostics.checks.sources import kind_of
from bot.policy.targets.queue import QueueRule, QueueTarget

_MEASURED: Mapping[str, Callable[[QueueRule], Asking[Any]]] = {
    "redis": in_a_redis,
    "sql": in_a_table,
    "json": in_a_document,
}


def _checks(options: QueueTarget) -> Sequence[Asking[Any]]:
    return [_MEASURED[options.source](rule) for rule in options.queues]


QUEUE = kind_of("queue", QueueTarget, _checks)

__all__ = ["QUEUE"]
