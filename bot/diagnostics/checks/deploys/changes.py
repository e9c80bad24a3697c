"""Changes of the last hours, and whether one of them is a likely cause."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.diagnostics import redact
from bot.diagnostics.judging import count, seconds
from bot.diagnostics.result import Measurement, Rows, Verdict
from bot.policy.targets.deploys import DeploysTarget, Of

#: Characters of a version and of what changed that are shown.
_VERSION, _WHAT, _WHO = 40, 120, 60
#: A commit's id is known by fewer characters than it has.
_HASH, _SHORT = 40, 10
#: States of a deployment that never became one.
_FAILED = frozenset({"failure", "error"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A deploy or a commit; `state` is how the deploy went, where that is known."""

    at: datetime
    what: str
    who: str
    version: str
    state: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What was read.

    Attributes:
        changes: the newest first; they may go further back than is asked for.
        more: whether there are more than were read.
        unread: how many have no time that can be read.
        ran: exactly what was run.
        took_ms: milliseconds that it took.
    """

    changes: Sequence[Change]
    more: bool = False
    unread: int = 0
    ran: str = ""
    took_ms: float = 0.0


def judge(found: Found, now: datetime, options: DeploysTarget) -> Measurement:
    """By the age of the newest one."""
    noun = "commit" if options.of is Of.COMMITS else "deploy"
    if not found.changes:
        return _nothing(found, noun)
    ages = [max(timedelta(), now - change.at) for change in found.changes]  # a clock may be ahead
    number = sum(age <= options.within for age in ages)
    verdict = Verdict.WARN if ages[0] <= options.suspect else Verdict.OK
    recent, latest = found.changes[:number], found.changes[0]
    many = f"{number} or more {noun}s" if found.more and number == len(ages) else count(number, noun)
    said = f"{many} in the last" if number else f"No {noun} in the last"
    unread = f" {count(found.unread, 'entry', 'entries')} had no time that can be read." if found.unread else ""
    return Measurement(
        verdict=verdict,
        explanation=f"{said} {_span(options.within)}, the latest {_span(ages[0])} ago{_named(latest)}.{unread}",
        next_step="" if verdict is Verdict.OK else options.next_step or _advice(found.changes),
        value=number,
        unit=f"{noun}s",
        threshold=f"warn at one in the last {_span(options.suspect)}",
        rows=_rows(recent) if recent else None,
        ran=found.ran,
        facts=_facts(found.changes),
    )


def _nothing(found: Found, noun: str) -> Measurement:
    if found.unread:
        return Measurement(
            verdict=Verdict.ERROR,
            explanation=f"None of {count(found.unread, 'entry', 'entries')} has a time that can be read.",
            next_step="Name in the policy pack where the time of a change stands, and see what stands there now.",
            ran=found.ran,
        )
    advice = "" if noun == "commit" else " Where deploys are kept nowhere, `of: commits` looks at a branch instead."
    return Measurement(
        verdict=Verdict.NO_DATA,
        explanation=f"It knows of no {noun} at all.",
        next_step=f"See whether this is the right place to look.{advice}",
        unit=f"{noun}s",
        ran=found.ran,
    )


def _advice(changes: Sequence[Change]) -> str:
    back = f" to {_short(before.version)}" if (before := _before(changes)) else ""
    return f"See whether it began with this change. If so, roll back{back} first, and look for the reason afterwards."


def _before(changes: Sequence[Change]) -> Change | None:
    """What there was before the latest change, as far as that became anything."""
    others = (each for each in changes if each.version != changes[0].version and each.state not in _FAILED)
    return next((each for each in others if each.version), None)


def _facts(changes: Sequence[Change]) -> dict[str, str]:
    """The versions that an action may take up: the latest, and the one to go back to."""
    before = _before(changes)
    versions = {"latest": changes[0].version, "previous": before.version if before else ""}
    return {name: redact.text(version, most=100) for name, version in versions.items() if version}


def _named(change: Change) -> str:
    who = f" by {_shown(change.who, _WHO)}" if change.who else ""
    version = f" ({_short(change.version)})" if change.version else ""
    failed = f", which ended in {change.state}" if change.state in _FAILED else ""
    what = f": {_shown(change.what, _WHAT).rstrip('.')}" if change.what else ""
    return f"{who}{version}{failed}{what}"


def _rows(changes: Sequence[Change]) -> Rows:
    stated = any(change.state for change in changes)
    return Rows.of(
        ("when (UTC)", "what", "who", "version", *(["state"] if stated else [])),
        (
            (
                f"{change.at:%Y-%m-%d %H:%M:%S}",
                _shown(change.what, _WHAT),
                _shown(change.who, _WHO),
                _short(change.version),
                *([change.state] if stated else []),
            )
            for change in changes
        ),
    )


def _short(version: str) -> str:
    plain = len(version) >= _HASH and all(character in "0123456789abcdef" for character in version)
    return version[:_SHORT] if plain else _shown(version, _VERSION)


def _shown(text: str, most: int) -> str:
    return redact.text(" ".join(text.split()), most=most)


def _span(age: timedelta) -> str:
    return seconds(age.total_seconds()).replace(".0 ", " ")
