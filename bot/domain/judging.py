"""What is done about an alert: the first rule of the pack's table that fits decides, and says why. Pure."""

import hashlib
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from zoneinfo import ZoneInfo

from bot.domain.alert import NAME, Alert
from bot.domain.alert_rules import AlertRule, Decision, Hours, Maintenance, Matcher, Mute
from bot.domain.rules import Policy, Severity
from bot.domain.text import TITLE_LIMIT, legible

#: The key of a group by the pack's `service`, besides labels.
SERVICE = "service"
#: A group's key holds no more of a label than this.
_KEY_LIMIT = 200
#: Bytes of a key: an index of Postgres's takes no more than 2,704.
_KEY_BYTES = 2_000
#: How many answers one judge remembers: a storm is thousands of the same in all that matters.
_REMEMBERED = 10_000


class Reason(StrEnum):
    """What an alert came to."""

    NEW = "NEW"  # it opened an incident
    SUGGESTED = "SUGGESTED"  # people are asked whether it is one
    JOINED = "JOINED"  # an incident that runs took it up
    REPEAT = "REPEAT"  # it was told before
    RESOLVED = "RESOLVED"  # it is over
    STALE = "STALE"  # something later is known of it
    FLAPPING = "FLAPPING"  # it changes too often to be told each time
    MUTED = "MUTED"  # somebody asked for silence
    MAINTENANCE = "MAINTENANCE"  # it is expected now
    BELOW_THRESHOLD = "BELOW_THRESHOLD"  # the pack ignores it
    NO_INCIDENT = "NO_INCIDENT"  # it would join an incident, and none runs
    DISMISSED = "DISMISSED"  # somebody said that it is no incident


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What the rules say of an alert, before it is known what else is going on.

    Attributes:
        quiet: why nobody is told: MUTED, MAINTENANCE or BELOW_THRESHOLD; None where somebody is.
        severity: the pack's, by name; `rank` is its place, 0 the worst.
        key: what makes it one group with others.
        owner: names for `Policy.people`; empty: the service's owners.
        rule: the rule that decided; empty where none fits.
        why: the reason in words.
    """

    decision: Decision
    severity: str
    rank: int
    service: str | None
    key: str
    window: timedelta
    quiet: Reason | None = None
    owner: str = ""
    runbook: str | None = None
    run: tuple[str, ...] = ()
    rule: str = ""
    why: str = ""


class Judge:
    """A policy's table and the mutes in force, at one time: made for one batch of alerts."""

    def __init__(self, policy: Policy, mutes: Sequence[Mute], now: datetime) -> None:
        """Take what holds at `now` (UTC); nothing else is asked afterwards."""
        rules = policy.alerts
        self._policy, self._rules, self._now = policy, rules, now
        self._table = [rule for rule in rules.rules if _holds(rule.hours, policy, now)]
        self._mutes = [mute for mute in mutes if mute.since <= now < mute.until]
        self._maintenance = [one for one in rules.maintenance if under_way(one, policy.calendar.zone, now)]
        matchers = [rule.when for rule in self._table] + [mute.when for mute in self._mutes]
        matchers += [one.when for one in self._maintenance]
        keys = {*rules.group_by, *(key for rule in self._table for key in rule.group_by)} - {SERVICE, NAME}
        looked_at = {label for matcher in matchers for label in matcher.labels} | keys
        self._labels = sorted(looked_at | {*rules.service_labels, *rules.severity_labels})
        self._known: dict[tuple[str | None, ...], Judgement] = {}
        self._asked: dict[int, Judgement] = {}

    def judge(self, alert: Alert) -> Judgement:
        """What the rules say of an alert."""
        # Asked for its key first, and then for itself.
        found = self._asked.get(id(alert))
        if found is None:
            found = self._asked[id(alert)] = self._remembered(alert)
        return found

    def _remembered(self, alert: Alert) -> Judgement:
        labels = alert.labels
        told = (alert.source, alert.name, alert.severity, alert.service, *map(labels.get, self._labels))
        found = self._known.get(told)
        if found is None:
            found = self._judged(alert)
            if len(self._known) < _REMEMBERED:
                self._known[told] = found
        return found

    def _judged(self, alert: Alert) -> Judgement:
        word = alert.severity or next((v for key in self._rules.severity_labels if (v := alert.labels.get(key))), "")
        named = self._service(alert)
        about = _About(alert, word.casefold(), named)
        rule = next((rule for rule in self._table if about.fits(rule.when)), None)
        service = rule.service if rule and rule.service else named
        severity = self._severity(rule, word)
        group_by = (rule.group_by if rule else ()) or self._rules.group_by
        decision = rule.do if rule else self._rules.otherwise
        quiet, why = self._quiet(about, replace(about, service=service))
        if quiet is None and decision is Decision.IGNORE:
            quiet = Reason.BELOW_THRESHOLD
        return Judgement(
            decision=decision,
            severity=severity.name,
            rank=severity.rank,
            service=service,
            key=_key(alert, service, group_by),
            window=(rule.window if rule else None) or self._rules.window,
            quiet=quiet,
            owner=rule.owner if rule else "",
            runbook=rule.runbook if rule else None,
            run=rule.run if rule else (),
            rule=rule.name if rule else "",
            why=why or _why(rule, decision),
        )

    def _service(self, alert: Alert) -> str | None:
        words = [alert.service, *(alert.labels.get(label, "") for label in self._rules.service_labels)]
        said = [word for word in (legible(word)[:TITLE_LIMIT].strip() for word in words) if word]
        known = next((service.name for word in said if (service := self._policy.service(word))), None)
        # A word that is no service of the pack's still keeps apart what is apart.
        return known or (said[0] if said else None)

    def _severity(self, rule: AlertRule | None, word: str) -> Severity:
        given = rule.severity if rule else None
        meant = self._rules.severities.get(word.casefold()) if word else None
        for name in (given, meant, word, self._policy.default_severity):
            if name and (found := self._policy.find_severity(name)):
                return found
        return self._policy.severities[-1]

    def _quiet(self, *about: "_About") -> tuple[Reason | None, str]:
        """Why nobody is told: by the service that its labels name, or by the one that its rule gives."""
        for mute in self._mutes:
            if any(one.fits(mute.when) for one in about):
                return Reason.MUTED, f"muted until {mute.until:%Y-%m-%d %H:%M} UTC" + (f": {mute.why}" * bool(mute.why))
        for one in self._maintenance:
            if any(each.fits(one.when) for each in about):
                return Reason.MAINTENANCE, f"maintenance “{one.name}”" + (f": {one.why}" * bool(one.why))
        return None, ""


@dataclass(frozen=True, slots=True)
class _About:
    alert: Alert
    word: str
    service: str | None

    def fits(self, matcher: Matcher) -> bool:
        alert = self.alert
        return (
            _one_of(alert.source, matcher.sources)
            and _one_of(alert.name, matcher.alerts)
            and _one_of(self.word, matcher.severities)
            and _one_of(self.service or "", matcher.services)
            and all(_one_of(alert.labels.get(label, ""), values) for label, values in matcher.labels.items())
        )


def _one_of(value: str, patterns: Iterable[str]) -> bool:
    folded, said = value.casefold(), False
    for pattern in patterns:
        said = True
        if pattern == value or _pattern(pattern).fullmatch(folded):
            return True
    return not said


@lru_cache(maxsize=4096)
def _pattern(pattern: str) -> re.Pattern[str]:
    """What a pattern means: `*` and `?` as in files' names, and after a backslash as they are."""
    pieces = [""]
    for place, part in enumerate(re.split(r"(\\[*?\\]|[*?])", pattern.casefold())):
        if part == "*":
            pieces.append("")
        else:  # every second one is what it was split by
            pieces[-1] += "." if part == "?" else re.escape(part[-1] if place % 2 else part)
    first, *others = pieces
    if not others:
        return re.compile(first, re.DOTALL)
    *between, last = others
    # What stands between two stars is taken where it comes first, and never looked for again: any number of stars
    # costs no more than reading the value a few times.
    return re.compile(first + "".join(f"(?>.*?{one})" for one in between if one) + ".*" + last, re.DOTALL)


def literal(value: str) -> str:
    """A pattern that fits a value and no other."""
    return re.sub(r"([*?\\])", r"\\\1", value)


def _holds(hours: Hours, policy: Policy, now: datetime) -> bool:
    return hours is Hours.ALWAYS or policy.calendar.is_open(now) is (hours is Hours.BUSINESS)


def under_way(one: Maintenance, zone: str, now: datetime) -> bool:
    """Whether a maintenance is going on at `now` (UTC); `zone` is the calendar's."""
    if one.begins is not None and one.ends is not None:
        return one.begins <= now < one.ends
    if one.at is None or one.lasts is None:
        return False
    local = ZoneInfo(zone)
    today = now.astimezone(local).date()
    for ago in range(one.lasts.days + 2):
        day = today - timedelta(days=ago)
        # It lasts so long in real time, also in the night in which the clocks are put forward or back.
        begun = datetime.combine(day, one.at, tzinfo=local).astimezone(UTC)
        if day.weekday() in one.days and begun <= now < begun + one.lasts:
            return True
    return False


def _key(alert: Alert, service: str | None, group_by: Iterable[str]) -> str:
    values: Mapping[str, Callable[[], str]] = {SERVICE: lambda: service or "", NAME: lambda: alert.name}
    parts = []
    for label in group_by:
        value = values[label]() if label in values else alert.labels.get(label, "")
        if value:
            parts.append(f"{label}={value[:_KEY_LIMIT].casefold()}")
    key = "|".join(parts) or f"{NAME}={alert.name[:_KEY_LIMIT].casefold()}"
    if len(key.encode()) <= _KEY_BYTES:
        return key
    return f"{key[:_KEY_LIMIT]}…{hashlib.blake2b(key.encode(), digest_size=16).hexdigest()}"


def _why(rule: AlertRule | None, decision: Decision) -> str:
    if rule is None:
        return f"no rule of the pack fits, so it would {decision}" if decision is Decision.ATTACH else "no rule fits"
    return f"rule “{rule.name}”" + (f": {rule.why}" * bool(rule.why))
