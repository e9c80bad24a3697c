"""Deliveries of webhooks that failed."""

from collections.abc import Sequence
from typing import Any

from bot.diagnostics.check import Asking
from bot.diagnostics.checks.sources import kind_of
from bot.diagnostics.checks.webhooks.reading import in_a_document, in_a_table, means
from bot.policy.targets.webhooks import WebhooksTarget


def _checks(options: WebhooksTarget) -> Sequence[Asking[Any]]:
    return (in_a_table(options) if options.source == "sql" else in_a_document(options),)


WEBHOOKS = kind_of("webhooks", WebhooksTarget, _checks, means)

__all__ = ["WEBHOOKS"]
