"""The sections of a printed policy about what monitors tell: what an alert comes to, what is quiet, who hears of it."""

from collections.abc import Iterator, Mapping

from bot.cli.sections import Part, only, span, words
from bot.domain.alert_rules import AlertRules, GenericSource, Hours, Maintenance, Matcher, TellBack, TellKind
from bot.domain.rules import Policy

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_HOURS = {Hours.ALWAYS: "", Hours.BUSINESS: "in office hours", Hours.OUTSIDE: "outside of office hours"}


def monitoring(policy: Policy) -> Iterator[Part]:
    """Those sections; one that the policy has nothing for has no rows."""
    rules = policy.alerts
    yield Part(
        "Alerts",
        ("suggestions go to", "are one by", "wait for more", "joined are told every", "asks once clear for", "flaps"),
        [_together(rules)],
    )
    rest = ("", "any other", "every alert", "", rules.otherwise.value, "", "")
    yield Part(
        "Rules for alerts, the first that fits",
        ("", "name", "which", "when", "decision", "severity", "why"),
        [*_table(rules), rest],
    )
    yield Part(
        "What those rules give",
        ("rule", "service", "owner", "runbook", "looks at", "are one by", "wait for more"),
        _given(rules),
    )
    yield Part("Monitors' words for a severity", ("severity", "words"), _meant(rules))
    yield Part("Labels of alerts", ("what", "the first that is there"), [
        ("names the service", words(rules.service_labels)), ("says how bad it is", words(rules.severity_labels)),
    ])  # fmt: skip
    yield Part("Maintenance", ("name", "which alerts", "when", "why"), (
        (one.name, _which(one.when), _time(one, policy.calendar.zone), one.why) for one in rules.maintenance
    ))  # fmt: skip
    yield Part("Incidents that resolve themselves", ("severities", "once their alerts are clear for"), (
        (words(one.severities) or "any", span(one.after)) for one in rules.endings
    ))  # fmt: skip
    yield Part("Monitors of another format", ("name", "alerts", "fields", "labels", "words for over"), (
        _mapped(one) for one in rules.sources
    ))  # fmt: skip
    yield Part("Monitors that are told back", ("name", "how", "whose alerts", "address from", "token from", "also"), (
        (one.name, one.kind.value, words(one.sources), one.url_from or "", one.token_from or "", _also(one))
        for one in rules.tell_back
    ))  # fmt: skip


def _together(rules: AlertRules) -> tuple[str, ...]:
    flaps = f"{rules.flapping.changes} changes within {span(rules.flapping.within)}"
    channel = f"#{rules.channel.removeprefix('#')}"
    return (channel, words(rules.group_by), span(rules.window), span(rules.tell_every), span(rules.clear_after), flaps)


def _table(rules: AlertRules) -> Iterator[tuple[str, ...]]:
    for number, rule in enumerate(rules.rules, 1):
        which, hours = _which(rule.when), _HOURS[rule.hours]
        yield str(number), rule.name, which, hours, rule.do.value, rule.severity or "", rule.why


def _given(rules: AlertRules) -> Iterator[tuple[str, ...]]:
    for rule in rules.rules:
        one_by, window = words(rule.group_by), span(rule.window)
        given = rule.service or "", rule.owner, rule.runbook or "", words(rule.run), one_by, window
        yield (rule.name, *given) if any(given) else ()


def _which(matcher: Matcher) -> str:
    """Which alerts are meant, with all the alternatives; `*` and `?` stand as the pack has them."""
    kinds = {"": matcher.alerts, "severity": matcher.severities, "service": matcher.services, "from": matcher.sources}
    return only(kinds | {f"{label} is": values for label, values in matcher.labels.items()}) or "every alert"


def _meant(rules: AlertRules) -> Iterator[tuple[str, ...]]:
    for severity in dict.fromkeys(rules.severities.values()):
        yield severity, words(word for word, meant in rules.severities.items() if meant == severity)


def _time(one: Maintenance, zone: str) -> str:
    if one.begins and one.ends:
        return f"{one.begins:%Y-%m-%d %H:%M} to {one.ends:%Y-%m-%d %H:%M} UTC"
    at = f"{one.at:%H:%M} {zone}" if one.at else ""
    return f"{words(_DAYS[day] for day in one.days)} {at} for {span(one.lasts)}"


def _mapped(one: GenericSource) -> tuple[str, ...]:
    return one.name, one.items or "the whole document", _pairs(one.fields), _pairs(one.labels), words(one.resolved)


def _pairs(paths: Mapping[str, str]) -> str:
    return words(f"{name} {path}" for name, path in paths.items())


def _also(one: TellBack) -> str:
    if one.kind is TellKind.ALERTMANAGER:
        return f"silenced for {span(one.silence)} at most" if one.silence else "not silenced"
    return f"in the name of {one.sender}" if one.sender else ""
