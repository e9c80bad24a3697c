"""Alerts: names that nothing has, rules that nothing reaches, times that never come, and sources that say nothing."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from fnmatch import fnmatchcase

from bot.domain.alert_rules import Decision, Hours, TellKind
from bot.domain.rules import nearest, spoken
from bot.domain.scopes import ALL
from bot.policy.alerts import (
    AlertRuleSection,
    AlertsSection,
    MaintenanceSection,
    MatchSection,
    SourceSection,
    TellBackSection,
)
from bot.policy.faults import quoted
from bot.policy.paths import path_fault
from bot.policy.schema import PolicyFile
from bot.policy.sense.finding import Finding, Place, each_known, known, names, reachable, repeated, repeated_names

#: Monitors whose format is known, and the one for what tells alerts in our own JSON.
BUILT_IN = ("alertmanager", "grafana", "sentry", "pagerduty", "datadog", "generic")
#: What of a generic source can be told, by a path for each.
FIELDS = (
    "title", "status", "severity", "service", "fingerprint", "starts_at", "ends_at", "text", "reference", "graph",
    "silence", "dashboard", "runbook", "source",
)  # fmt: skip
_WILD = "*?["
_TITLE = "title"


def alerts(file: PolicyFile) -> Iterator[Finding]:
    """What is wrong with the section `alerts`, besides its shape."""
    section = file.alerts
    yield from _repetitions(section)
    yield from _severities(section, file)
    for index, rule in enumerate(section.rules):
        yield from _rule(("alerts", "rules", index), rule, file)
    yield from _unreachable(section.rules)
    for index, maintenance in enumerate(section.maintenance):
        place: Place = ("alerts", "maintenance", index)
        yield from _matcher((*place, "when"), maintenance.when, file)
        yield from _maintenance(place, maintenance)
    for index, source in enumerate(section.sources):
        yield from _source(("alerts", "sources", index), source)
    for index, told in enumerate(section.tell_back):
        yield from _tell_back(("alerts", "tell_back", index), told, file)


def _repetitions(section: AlertsSection) -> Iterator[Finding]:
    yield from repeated_names(("alerts", "rules"), section.rules, "rule")
    yield from repeated_names(("alerts", "maintenance"), section.maintenance, "maintenance")
    yield from repeated_names(("alerts", "sources"), section.sources, "source")
    yield from repeated_names(("alerts", "tell_back"), section.tell_back, "entry")


def _severities(section: AlertsSection, file: PolicyFile) -> Iterator[Finding]:
    there = names(file.severities)
    seen: set[str] = set()
    for word, severity in section.severities.items():
        if word.casefold() in seen:
            yield (
                ("alerts", "severities", word),
                f"There is another word {quoted(word)}: case makes no difference. Drop one.",
            )
        seen.add(word.casefold())
        yield from known(("alerts", "severities", word), "severity", severity, there)
    ended: set[str] = set()
    for index, ending in enumerate(section.endings):
        place: Place = ("alerts", "endings", index)
        yield from each_known((*place, "severities"), "severity", ending.severities, there)
        if ended >= set(ending.severities or there):
            yield place, "It never ends an incident: an entry above says it for all of its severities. Drop it."
        ended |= set(ending.severities or there)


def _rule(place: Place, rule: AlertRuleSection, file: PolicyFile) -> Iterator[Finding]:
    yield from _matcher((*place, "when"), rule.when, file)
    if rule.severity is not None:
        yield from known((*place, "severity"), "severity", rule.severity, names(file.severities))
    if rule.service is not None:
        yield from known((*place, "service"), "service", rule.service, names(file.services))
    if rule.owner is not None:
        anybody = [*file.contacts, *names(file.roles)]
        for _, message in reachable((), "contact or role", (rule.owner,), anybody):
            yield (*place, "owner"), message
    diagnosable = [*names(file.targets), *(one.name for one in file.services if one.targets), ALL]
    yield from each_known((*place, "run"), "target or service with targets", rule.run, diagnosable)
    if rule.do is Decision.IGNORE:
        for key in ("severity", "owner", "runbook", "run", "window"):
            if key in rule.model_fields_set:
                yield (*place, key), f"`{key}` does nothing with `do: {rule.do}`. Drop it, or write another `do`."


def _matcher(place: Place, when: MatchSection, file: PolicyFile) -> Iterator[Finding]:
    yield from _fitting((*place, "sources"), "source", when.sources, _sources(file))
    yield from _fitting((*place, "services"), "service", when.services, names(file.services))


def _sources(file: PolicyFile) -> list[str]:
    return [*BUILT_IN, *names(file.alerts.sources)]


def _fitting(place: Place, kind: str, patterns: Sequence[str], there: Sequence[str]) -> Iterator[Finding]:
    """Patterns that fit nothing which is there, and so keep a rule from ever fitting."""
    for at, pattern in enumerate(patterns):
        if any(_fits(name, pattern) for name in there):
            continue
        if _wild(pattern):
            yield (*place, at), f"No {kind} fits {quoted(pattern)}. Known: {', '.join(there) or 'none yet'}."
        else:
            yield from known((*place, at), kind, pattern, there)


def _unreachable(rules: Sequence[AlertRuleSection]) -> Iterator[Finding]:
    """A rule that stands below one which takes all that would come to it."""
    for index, rule in enumerate(rules):
        above = next((one for one in rules[:index] if _takes_all_of(one, rule)), None)
        if above is not None:
            message = f"No alert comes to it: what fits here fits {quoted(above.name)} above. Move it up, or drop it."
            yield ("alerts", "rules", index, "name"), message


def _takes_all_of(above: AlertRuleSection, rule: AlertRuleSection) -> bool:
    if above.hours not in (Hours.ALWAYS, rule.hours):
        return False
    one, other = above.when, rule.when
    listed = ((one.sources, other.sources), (one.alerts, other.alerts), (one.severities, other.severities))
    plain = all(_covers(wide, narrow) for wide, narrow in (*listed, (one.services, other.services)))
    return plain and all(_covers(values, other.labels.get(label, ())) for label, values in one.labels.items())


def _covers(wide: Sequence[str], narrow: Sequence[str]) -> bool:
    """Whether what fits one of `narrow` surely fits one of `wide`; an empty list fits everything."""
    if not wide:
        return True
    same = {large.casefold() for large in wide}
    patterns = [large for large in wide if _wild(large)]
    return bool(narrow) and all(small.casefold() in same or _within(small, patterns) for small in narrow)


def _within(small: str, patterns: Iterable[str]) -> bool:
    """Whether all that fits a word surely fits a pattern: of two patterns that is known only of the widest."""
    return any(large == "*" or (not _wild(small) and _fits(small, large)) for large in patterns)


def _fits(name: str, pattern: str) -> bool:
    return fnmatchcase(name.casefold(), pattern.casefold())


def _wild(pattern: str) -> bool:
    return any(sign in pattern for sign in _WILD)


def _maintenance(place: Place, one: MaintenanceSection) -> Iterator[Finding]:
    """It has to be once or weekly, whole, and not over before it begins."""
    once = [key for key in ("begins", "ends") if getattr(one, key) is not None]
    weekly = [key for key in ("days", "at", "lasts") if getattr(one, key)]
    # Midnight is a time of day, too.
    if one.at is not None and "at" not in weekly:
        weekly.append("at")
    if once and weekly:
        both = f"`{once[0]}` is for a time that comes once, and `{weekly[0]}` for one that comes every week"
        yield (*place, weekly[0]), f"{both}. Keep one of the two."
        return
    missing = [key for key in (("begins", "ends") if once else ("days", "at", "lasts")) if key not in once + weekly]
    if not once and not weekly:
        yield place, "It never comes: add `begins` and `ends`, or `days`, `at` and `lasts`."
    elif missing:
        listed = " and ".join(f"`{key}`" for key in missing)
        yield place, f"It never comes: add {listed}."
    elif one.begins is not None and one.ends is not None and one.ends - one.begins <= timedelta():
        yield (
            (*place, "ends"),
            f"It is over before it begins: `ends` has to be later than {one.begins:%Y-%m-%dT%H:%MZ}.",
        )


def _source(place: Place, source: SourceSection) -> Iterator[Finding]:
    taken = next((name for name in BUILT_IN if spoken(name) == spoken(source.name)), None)
    if taken is not None:
        yield (*place, "name"), f"{quoted(taken)} is known without being declared. Choose another name."
    if "items" in source.model_fields_set and (wrong := path_fault(source.items, such_as="$.alerts[*]")):
        yield (*place, "items"), f"`items`: {quoted(source.items)} {wrong}."
    for name in source.fields:
        yield from known((*place, "fields", name), "field", name, FIELDS)
    if _TITLE not in source.fields and not nearest(_TITLE, [name for name in source.fields if name not in FIELDS]):
        yield (*place, "fields"), "It has no `title`, without which nobody knows what it is about. Add its path."
    yield from _paths((*place, "fields"), source.fields)
    yield from _paths((*place, "labels"), source.labels)


def _paths(place: Place, paths: Mapping[str, str]) -> Iterator[Finding]:
    for name, path in paths.items():
        if wrong := path_fault(path, such_as="$.event.title"):
            yield (*place, name), f"`{name}`: {quoted(path)} {wrong}."


def _tell_back(place: Place, told: TellBackSection, file: PolicyFile) -> Iterator[Finding]:
    yield from each_known((*place, "sources"), "source", told.sources, _sources(file))
    yield from repeated(((*place, "sources", at) for at in range(len(told.sources))), told.sources, "source")
    needed = ("token_from", "sender") if told.kind is TellKind.PAGERDUTY else ("url_from",)
    for key in needed:
        if getattr(told, key) is None:
            yield (*place, "kind"), f"With `kind: {told.kind}` it needs `{key}`, {_NEEDED[key]}. Add it."
    for key, kind in (("silence", TellKind.ALERTMANAGER), ("sender", TellKind.PAGERDUTY)):
        if key in told.model_fields_set and told.kind is not kind:
            yield (*place, key), f"`{key}` does nothing with `kind: {told.kind}`: it is for {kind}. Drop it."


_NEEDED = {
    "url_from": "the setting with the address to which it goes",
    "token_from": "the setting with the token",
    "sender": "the e-mail address of the user in whose name it is done",
}
