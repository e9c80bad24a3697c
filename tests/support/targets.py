"""Diagnostics targets for tests, and the running of their checks."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from bot.diagnostics.check import Check
from bot.diagnostics.kinds import KINDS
from bot.diagnostics.result import Report, Result
from bot.diagnostics.runner import run
from bot.diagnostics.target import Target
from bot.policy.targets import SECTIONS

NOW = datetime(2026, 3, 1, 3, 0, tzinfo=UTC)


def a_target(kind: str, settings: dict[str, str | None] | None = None, **section: Any) -> Target:
    """A target as the pack would declare it.

    Args:
        kind: such as `http`.
        settings: the values of the settings that it names.
        section: the keys of its section in the pack; `timeout` and `check_timeout` in seconds.
    """
    # The file has no times under a second, and tests should not wait longer.
    timeout_s, check_timeout_s = section.pop("timeout", 10), section.pop("check_timeout", 5)
    made = SECTIONS[kind].model_validate({"kind": kind, "name": "it", **section})
    assert not list(made.wrong()), list(made.wrong())
    return Target(
        name=made.name,
        kind=kind,
        options=made,
        title=made.title,
        thresholds=made.thresholds,
        timeout_s=timeout_s,
        check_timeout_s=check_timeout_s,
        value_of=(settings or {}).get,
    )


def postgres(url: str | None, *, timeout_s: float = 10, **thresholds: float) -> Target:
    """A Postgres at an address."""
    section = {"name": "db", "url_from": "MUSTER_DIAG_DB_URL", "thresholds": thresholds, "timeout": timeout_s}
    return a_target("postgres", {"MUSTER_DIAG_DB_URL": url}, **section)


async def asked(target: Target, *, checks: Sequence[Check[Any]] | None = None) -> Report:
    """What a target's checks, or these, found."""
    kinds = dict(KINDS)
    if checks is not None:
        kinds[target.kind] = replace(KINDS[target.kind], checks=lambda _options: checks)
    return await run([target], now=NOW, kinds=kinds)


def by_check(report: Report) -> dict[str, Result]:
    """A report's results by the names of their checks."""
    return {result.check: result for result in report.results}
