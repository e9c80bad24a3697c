"""How many lines with a pattern are bad, and how that is said: the same for every source of logs."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from bot.diagnostics.checks.logs.counting import Span
from bot.diagnostics.judging import count, judged, limits
from bot.diagnostics.result import Chart, Line, Measurement, Rows, Verdict
from bot.policy.durations import format_duration
from bot.policy.targets.logs import PatternRule

_UNIT = "a minute"


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What a source saw of a pattern.

    Attributes:
        span: the window, and the one before it.
        counts: lines by bin of both, the oldest first.
        first: seconds since 1970 of the first line in the window.
        top: the commonest shapes, with how many lines have each.
        shaped: of how many lines of the window `top` is: the newest.
        known_from: seconds since 1970 from which on nothing is missing; None where nothing is at all.
        note: what else is to be said, as a sentence.
    """

    span: Span
    counts: Sequence[int]
    first: float | None = None
    top: Sequence[tuple[str, int]] = ()
    shaped: int = 0
    known_from: float | None = None
    note: str = ""

    @property
    def within(self) -> int:
        """Lines in the window."""
        return sum(self.counts[self.span.bins :])

    @property
    def before(self) -> int | None:
        """Lines in the window before; None where not all of them are known."""
        return None if self._missing_after(self.span.before) else sum(self.counts[: self.span.bins])

    @property
    def whole(self) -> bool:
        """Whether all lines of the window are known."""
        return not self._missing_after(self.span.start)

    def _missing_after(self, moment: float) -> bool:
        return self.known_from is not None and self.known_from > moment


def judge(rule: PatternRule, seen: Seen) -> Measurement:
    """By the lines within the window: how many, since when, how often before, and what they say."""
    number = seen.within
    verdict = judged(number, rule.warn, rule.critical)
    if verdict is Verdict.OK and not seen.whole:
        verdict = Verdict.NO_DATA  # there may have been more
    return Measurement(
        verdict=verdict,
        explanation=" ".join(part for part in (_explained(rule, seen), seen.note) if part),
        next_step=_advice(rule, seen, verdict),
        value=number,
        unit="lines",
        threshold=_limits(rule),
        rows=_rows(seen),
        facts={"first_seen": _moment(seen.first)} if seen.first is not None else {},
        chart=_chart(rule, seen),
    )


def _explained(rule: PatternRule, seen: Seen) -> str:
    window = format_duration(rule.within)
    number, before = seen.within, seen.before
    if not seen.whole:
        known = _clock(seen, seen.known_from)
        return f"At least {count(number, 'line')} in the last {window}: what was read begins at {known} only."
    if before is None:
        rate = f"{rated(number, rule)} a minute, and what was read does not go back further than the window"
    else:
        rate = f"{rated(before, rule)} → {rated(number, rule)} a minute against the {window} before"
    if not number:
        was = "" if before is None else f", {before or 'nor any'} in the {window} before"
        return f"No line in the last {window}{was}."
    first = f", the first at {_clock(seen, seen.first)}" if seen.first is not None else ""
    return f"{count(number, 'line')} in the last {window}{first}: {rate}."


def rated(number: int, rule: PatternRule) -> str:
    """So many lines in a window as lines a minute: `0.2`, `3`, `41`."""
    rate = number / (rule.within.total_seconds() / 60)
    if not rate or rate >= 10:
        return f"{rate:.0f}"
    return f"{rate:.1f}".removesuffix(".0") if rate >= 0.1 else f"{rate:.1g}"


def _advice(rule: PatternRule, seen: Seen, verdict: Verdict) -> str:
    if verdict is Verdict.OK:
        return ""
    if verdict is Verdict.NO_DATA:
        return "Raise `read_mib` in the policy pack, or shorten `within`."
    if rule.next_step:
        return rule.next_step
    since = f" at {_clock(seen, seen.first)}" if seen.first is not None else ""
    return f"Read what the lines say, and look for what changed{since}."


def _limits(rule: PatternRule) -> str:
    said = limits(rule.warn, rule.critical)
    return f"{said} lines in {format_duration(rule.within)}" if said else "none"


def _rows(seen: Seen) -> Rows | None:
    if not seen.top:
        return None
    of = f"of {seen.within}" if seen.shaped >= seen.within else f"of the newest {seen.shaped}"
    return Rows.of((of, "message"), ((number, said) for said, number in seen.top))


def _chart(rule: PatternRule, seen: Seen) -> Chart:
    span = seen.span
    minutes = span.width_s / 60
    starts = [span.before + index * span.width_s for index in range(2 * span.bins)]
    points = tuple(
        (round(start, 3), round(number / minutes, 3) if seen.known_from is None or start >= seen.known_from else None)
        for start, number in zip(starts, seen.counts, strict=True)
    )
    window = rule.within.total_seconds() / 60
    known = [value for _, value in points if value is not None]
    highest = f", {max(known):g} a minute at the most" if known else ""
    return Chart(
        lines=(Line(label=rule.title or rule.name, points=points),),
        unit=_UNIT,
        warn=None if rule.warn is None else round(rule.warn / window, 2),
        critical=None if rule.critical is None else round(rule.critical / window, 2),
        says=f"Lines a minute over {format_duration(2 * rule.within)}{highest}.",
    )


def _clock(seen: Seen, moment: float | None) -> str:
    """A time of day, with the day where that is not the window's last."""
    at, end = (datetime.fromtimestamp(each, UTC) for each in (moment or 0, seen.span.at))
    return at.strftime("%H:%M:%S UTC" if at.date() == end.date() else "%Y-%m-%d %H:%M:%S UTC")


def _moment(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).isoformat(timespec="seconds")
