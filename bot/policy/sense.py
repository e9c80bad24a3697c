"""What no single field shows: names that clash or are unknown, and clocks that can never ring."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import timedelta
from itertools import pairwise
from typing import Protocol

from bot.domain.rules import Category, nearest, spoken
from bot.policy.durations import format_duration
from bot.policy.faults import quoted
from bot.policy.schema import PolicyFile, SeverityRule, StepRule, is_slack_id

Place = tuple[str | int, ...]
Finding = tuple[Place, str]


class _Named(Protocol):
    @property
    def name(self) -> str: ...
    @property
    def aliases(self) -> tuple[str, ...]: ...


#: The thresholds that a kind of target knows, or None where there is no such kind.
ThresholdsOf = Callable[[str], frozenset[str] | None]


def findings(file: PolicyFile, thresholds_of: ThresholdsOf | None = None) -> Iterator[Finding]:
    """Every contradiction in a policy whose shape is right, each with its place."""
    yield from _clashes("severities", file.severities)
    yield from _clashes("statuses", file.statuses)
    yield from _clashes("roles", file.roles)
    yield from _clashes("services", file.services)
    yield from _clashes("targets", file.targets)
    yield from _categories(file)
    yield from _choices(file)
    yield from _people(file)
    yield from _outside(file)
    for index, severity in enumerate(file.severities):
        yield from _targets_of(("severities", index), severity)
    yield from _steps(file)
    targets = [target.name for target in file.targets]
    for index, service in enumerate(file.services):
        for at, name in enumerate(service.targets):
            yield from _known(("services", index, "targets", at), "diagnostics target", name, targets)
    if thresholds_of:
        yield from _diagnosable(file, thresholds_of)


def _clashes(section: str, things: Sequence[_Named]) -> Iterator[Finding]:
    """Names and aliases are compared as they are said: `SEV-1` and `sev1` are one word."""
    taken: dict[str, int] = {}
    for index, thing in enumerate(things):
        words: list[tuple[Place, str]] = [((section, index, "name"), thing.name)]
        words += [((section, index, "aliases", at), alias) for at, alias in enumerate(thing.aliases)]
        for place, word in words:
            other = taken.setdefault(spoken(word), index)
            if other != index:
                yield place, f"{quoted(word)} already means {quoted(things[other].name)}. Choose another word."


def _categories(file: PolicyFile) -> Iterator[Finding]:
    present = {status.category for status in file.statuses}
    for category in Category:
        if category not in present:
            yield (
                ("statuses",),
                f"No status has the category “{category}”. Add one: an incident has to pass through it.",
            )


def _choices(file: PolicyFile) -> Iterator[Finding]:
    yield from _known(("commander",), "role", file.commander, [role.name for role in file.roles])
    severities = [severity.name for severity in file.severities]
    yield from _known(("default_severity",), "severity", file.default_severity, severities)


def _people(file: PolicyFile) -> Iterator[Finding]:
    """Roles have no holder before the incident runs, so whom a declaration invites are contacts or ids."""
    roles = [role.name for role in file.roles]
    for name in file.contacts:
        if name in roles:
            yield ("contacts", name), f"{quoted(name)} is a role as well. Give the contact another name."
    contacts = list(file.contacts)
    for index, severity in enumerate(file.severities):
        yield from _reachable(("severities", index, "responders"), "contact", severity.responders, contacts)
    for index, service in enumerate(file.services):
        yield from _reachable(("services", index, "owners"), "contact", service.owners, contacts)
    yield from _reachable(("manual_escalation",), "contact or role", file.manual_escalation, [*contacts, *roles])
    for index, step in enumerate(file.escalation):
        yield from _reachable(("escalation", index, "notify"), "contact or role", step.notify, [*contacts, *roles])


def _outside(file: PolicyFile) -> Iterator[Finding]:
    """Whom and what an escalation reaches outside of Slack."""
    for name in file.emails:
        yield from _known(("emails", name), "contact", name, list(file.contacts))
    webhooks = [webhook.name for webhook in file.webhooks]
    for index, name in enumerate(webhooks):
        if name in webhooks[:index]:
            yield ("webhooks", index, "name"), f"There is another webhook {quoted(name)}. Give this one another name."
    for index, step in enumerate(file.escalation):
        yield from _each(("escalation", index, "email"), "contact with `emails`", step.email, list(file.emails))
        yield from _each(("escalation", index, "webhooks"), "webhook", step.webhooks, webhooks)
    yield from _each(("manual_email",), "contact with `emails`", file.manual_email, list(file.emails))
    yield from _each(("manual_webhooks",), "webhook", file.manual_webhooks, webhooks)


def _each(place: Place, kind: str, names: Iterable[str], known: list[str]) -> Iterator[Finding]:
    for at, name in enumerate(names):
        yield from _known((*place, at), kind, name, known)


def _reachable(place: Place, kind: str, names: Iterable[str], known: list[str]) -> Iterator[Finding]:
    for at, name in enumerate(names):
        if not is_slack_id(name):
            yield from _known((*place, at), kind, name, known)


def _targets_of(place: Place, severity: SeverityRule) -> Iterator[Finding]:
    """A later act cannot have the earlier target, or one of the two clocks says nothing."""
    order = ("acknowledge_within", "mitigate_within", "resolve_within")
    given = [(key, value) for key in order if isinstance(value := getattr(severity, key), timedelta)]
    for (before, earlier), (after, later) in pairwise(given):
        if later < earlier:
            spans = f"`{after}` ({format_duration(later)}) ends before `{before}` ({format_duration(earlier)})"
            yield (*place, after), f"{spans}. Make it the same or longer."


def _steps(file: PolicyFile) -> Iterator[Finding]:
    severities = [severity.name for severity in file.severities]
    named: dict[str, int] = {}
    for index, step in enumerate(file.escalation):
        place: Place = ("escalation", index)
        if named.setdefault(step.name, index) != index:
            yield (
                (*place, "name"),
                f"There is another step {quoted(step.name)}, and one would replace the other's clock.",
            )
        for at, name in enumerate(step.severities):
            yield from _known((*place, "severities", at), "severity", name, severities)
        yield from _repetition(place, step)


def _repetition(place: Place, step: StepRule) -> Iterator[Finding]:
    if step.repeats and step.repeat_every is None:
        yield (*place, "repeats"), "It can never repeat: add `repeat_every`, such as 5m, or drop `repeats`."
    if step.repeat_every is not None and not step.repeats:
        yield (*place, "repeat_every"), "It can never repeat: add `repeats`, such as 3, or drop `repeat_every`."


def _diagnosable(file: PolicyFile, thresholds_of: ThresholdsOf) -> Iterator[Finding]:
    for index, target in enumerate(file.targets):
        place: Place = ("targets", index)
        names = thresholds_of(target.kind)
        if names is None:
            yield (*place, "kind"), f"There are no checks for the kind {quoted(target.kind)}. See docs/diagnostics.md."
            continue
        for name in target.thresholds:
            yield from _known((*place, "thresholds", name), "threshold", name, sorted(names))


def _known(place: Place, kind: str, name: str, known: list[str]) -> Iterator[Finding]:
    if name in known:
        return
    close = nearest(name, known)
    hint = f"Did you mean {quoted(close)}?" if close else f"Known: {', '.join(known) or 'none yet'}."
    yield place, f"There is no {kind} {quoted(name)}. {hint}"
