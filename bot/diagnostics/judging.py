"""How values are judged by limits, and how both are said to people."""

from bot.diagnostics.result import Measurement, Rows, Verdict


def judged(value: float, warn: float | None, critical: float | None, *, below: bool = False) -> Verdict:
    """The verdict on a value that should stay under its limits, or over them (`below`); None is no limit."""

    def past(limit: float | None) -> bool:
        return limit is not None and (value <= limit if below else value >= limit)

    if past(critical):
        return Verdict.CRITICAL
    return Verdict.WARN if past(warn) else Verdict.OK


def seconds(value: float) -> str:
    """A length of time as people say it: `0.4 s`, `75 s`, `12 min`, `3.5 h`, `9 days`."""
    if value < 10:
        return f"{value:.1f} s"
    if value < 120:
        return f"{value:.0f} s"
    if value < 7200:
        return f"{value / 60:.0f} min"
    if value < 172_800:
        return f"{value / 3600:.1f} h"
    return f"{value / 86_400:.0f} days"


def count(number: int, one: str, many: str = "") -> str:
    """A number with its noun: `1 session`, `3 sessions`."""
    return f"{number} {one if number == 1 else many or one + 's'}"


def limits(warn: float | str | None, critical: float | str | None, unit: str = "", *, below: bool = False) -> str:
    """Limits as people read them: `warn at 80 %, critical at 95 %`; empty where there are none.

    Args:
        warn: a number in `unit`, or how it is spelt.
        critical: as `warn`.
        unit: such as `%`.
        below: whether low values are the bad ones.
    """
    named = (("warn", warn), ("critical", critical))
    under = " or less" if below else ""
    said = (f"{name} at {_spelt(limit)} {unit}".rstrip() + under for name, limit in named if limit is not None)
    return ", ".join(said)


def _spelt(limit: float | str) -> str:
    return limit if isinstance(limit, str) else f"{limit:.12g}"


def by_limits(
    value: float,
    unit: str,
    said: str,
    advice: str,
    *,
    warn: float,
    critical: float,
    digits: int = 1,
    rows: Rows | None = None,
    ran: str = "",
) -> Measurement:
    """The measurement of a value that should stay under two limits.

    Args:
        value: in `unit`, as the limits are.
        unit: such as `%`.
        said: what was measured, in a sentence.
        advice: what to do where it is past a limit.
        warn: from which value on it is a warning.
        critical: from which on it is critical.
        digits: of the value behind its point.
        rows: the details.
        ran: exactly what was run.
    """
    verdict = judged(value, warn, critical)
    return Measurement(
        verdict=verdict,
        value=round(value, digits),
        unit=unit,
        threshold=limits(warn, critical, unit),
        explanation=said,
        next_step="" if verdict is Verdict.OK else advice,
        rows=rows,
        ran=ran,
    )
