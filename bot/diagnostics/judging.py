"""How values are judged by two limits, and said to people."""

from bot.diagnostics.result import Verdict


def judged(value: float, warn: float, critical: float) -> Verdict:
    """The verdict on a value that should stay under two limits."""
    if value >= critical:
        return Verdict.CRITICAL
    return Verdict.WARN if value >= warn else Verdict.OK


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


def limits(warn: float, critical: float, unit: str) -> str:
    """Two limits as people read them: `warn at 80 %, critical at 95 %`."""
    return f"warn at {warn:g} {unit}, critical at {critical:g} {unit}"
