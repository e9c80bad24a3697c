"""What can be measured in more than one kind of place: a Redis, a Postgres, a JSON document."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace
from typing import Any

from bot.diagnostics.check import Asking, Check, Thresholds
from bot.diagnostics.checks import document, fetching, postgres, redis, sql
from bot.diagnostics.checks.postgres.server import REACHABILITY as POSTGRES_REACHABILITY
from bot.diagnostics.checks.redis.server import REACHABILITY as REDIS_REACHABILITY
from bot.diagnostics.kind import Kind, Refusal
from bot.diagnostics.result import Measurement, Verdict
from bot.diagnostics.target import Target
from bot.policy.targets.source import FromSource


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A kind of place, as a `Kind` has it; its one check says whether it can be reached."""

    connect: Callable[[Target], AbstractAsyncContextManager[Any]]
    against: Callable[[Target], str]
    refused: Callable[[Exception, Target], Refusal]
    means: Callable[[Exception, Target], Measurement | None]
    reachability: Check[Any]


def _reachability(check: Check[Any], advice: str) -> Check[Any]:
    """Another kind's first check, with advice that points at none of the checks that come after it there."""

    async def ask(session: Any, thresholds: Thresholds) -> Measurement:
        measured = await check.run(session, thresholds)
        return measured if measured.verdict is Verdict.OK else replace(measured, next_step=advice)

    return Asking(name=check.name, title=check.title, ask=ask, ran=check.ran, defaults=check.defaults)


SOURCES: Mapping[str, Source] = {
    "redis": Source(
        connect=redis.REDIS.connect,
        against=redis.REDIS.against,
        refused=redis.REDIS.refused,
        means=redis.REDIS.means,
        reachability=_reachability(
            REDIS_REACHABILITY, "Diagnose it as a `redis` to see what blocks it; then its host's CPU and the network."
        ),
    ),
    "sql": Source(
        connect=postgres.POSTGRES.connect,
        against=postgres.POSTGRES.against,
        refused=postgres.POSTGRES.refused,
        means=sql.means,
        reachability=_reachability(
            POSTGRES_REACHABILITY, "Diagnose it as a `postgres` to see what slows it; then its host and the network."
        ),
    ),
    "json": Source(
        connect=document.read,
        against=fetching.against,
        refused=document.refused,
        means=fetching.means,
        reachability=document.REACHABILITY,
    ),
}


def kind_of(
    name: str,
    options: type[FromSource],
    checks: Callable[[Any], Sequence[Check[Any]]],
    means: Callable[[Exception, Target], Measurement | None] | None = None,
) -> Kind:
    """A kind of target whose section says in `source` where it is measured.

    Args:
        name: as the pack writes it.
        options: the pack's section for it.
        checks: what is asked once it is reached, by the section.
        means: what a failure means that its source says nothing better of.
    """

    def source(target: Target) -> Source:
        return SOURCES[target.options.source]

    def meaning(error: Exception, target: Target) -> Measurement | None:
        return (means and means(error, target)) or source(target).means(error, target)

    return Kind(
        name=name,
        options=options,
        checks=lambda section: (SOURCES[section.source].reachability, *checks(section)),
        connect=lambda target: source(target).connect(target),
        against=lambda target: source(target).against(target),
        refused=lambda error, target: source(target).refused(error, target),
        means=meaning,
        in_turn=True,  # a Redis and a Postgres are asked over one connection
        thresholds=frozenset().union(*(each.reachability.defaults for each in SOURCES.values())),
    )
