"""The statements and queries that a pack has its targets asked: what a block of a runbook may show and have run."""

import json
from collections.abc import Iterator
from dataclasses import dataclass

from bot.domain.rules import Policy
from bot.policy.targets.logs import LokiTarget, PatternRule
from bot.policy.targets.prometheus import PrometheusTarget
from bot.policy.targets.queue import QueueTarget
from bot.policy.targets.sql import SqlTarget
from bot.policy.targets.webhooks import WebhooksTarget
from bot.runbooks.blocks import LOGQL, PROMQL, SQL

#: The one check of a target of webhooks that has a statement.
DELIVERIES = "deliveries"


@dataclass(frozen=True, slots=True)
class Asked:
    """A statement or query of the pack, by the names of its target and its check; `text` as `plain` makes it."""

    target: str
    check: str
    language: str
    text: str


def asked(policy: Policy) -> tuple[Asked, ...]:
    """Everything that the pack writes down to be asked, in its order."""
    return tuple(
        Asked(target.name, check, language, plain(text))
        for target in policy.targets
        for check, language, text in _of(target.options)
    )


def plain(statement: str) -> str:
    """A statement for comparing: how it is broken into lines, and a semicolon behind it, do not count."""
    return " ".join(statement.split()).rstrip("; ")


def _of(options: object) -> Iterator[tuple[str, str, str]]:
    match options:
        case SqlTarget():
            yield from ((question.name, SQL, question.sql) for question in options.queries)
        case PrometheusTarget():
            yield from ((query.name, PROMQL, query.query) for query in options.queries)
        case LokiTarget():
            yield from ((pattern.name, LOGQL, _lines(options.selector, pattern)) for pattern in options.patterns)
        case QueueTarget():
            yield from ((queue.name, SQL, queue.sql) for queue in options.queues if queue.sql is not None)
        case WebhooksTarget() if options.sql is not None:
            yield DELIVERIES, SQL, options.sql


def _lines(selector: str, pattern: PatternRule) -> str:
    """The lines that are counted, as LogQL says it. JSON's strings are Go's too."""
    return f"{selector} {'|~' if pattern.regex else '|='} {json.dumps(pattern.match)}"
