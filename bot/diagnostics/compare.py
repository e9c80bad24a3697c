"""What a diagnostic found beside what it found before. Pure."""

from collections.abc import Mapping
from dataclasses import replace

from bot.diagnostics.result import Earlier, Report, Result

#: By target and check.
Known = Mapping[tuple[str, str], Earlier]


def compared(report: Report, only: str, last: Known, healthy: Known) -> Report:
    """The report, each of whose results says what it said before.

    Args:
        report: as it was found.
        only: the target's name, where it is of a single one, whose results do not name it.
        last: what was measured the last time.
        healthy: what was measured while all was well.
    """
    results = (
        replace(
            result,
            last=last.get(_key(result, only), result.last),
            healthy=healthy.get(_key(result, only), result.healthy),
        )
        for result in report.results
    )
    return replace(report, results=tuple(results))


def noted(report: Report, only: str) -> dict[tuple[str, str], Earlier]:
    """What is remembered of a report for the next one, by target and check."""
    return {
        _key(result, only): Earlier(verdict=result.verdict, value=result.value, at=report.started_at)
        for result in report.results
    }


def changes(before: Report | None, now: Report) -> tuple[str, ...]:
    """What came out otherwise than the time before, worst first: `Blocked sessions: CRITICAL → OK`.

    A value that went up or down within its limits is no change; a check that was not there before is one.
    """
    if before is None:
        return tuple(f"{result.label}: {result.verdict}" for result in now.worst_first)
    earlier = {(result.target, result.check): result.verdict for result in before.results}
    return tuple(
        f"{result.label}: {earlier[key]} → {result.verdict}" if key in earlier else f"{result.label}: {result.verdict}"
        for result in now.worst_first
        if earlier.get(key := (result.target, result.check)) != result.verdict
    )


def _key(result: Result, only: str) -> tuple[str, str]:
    return result.target or only, result.check
