"""The section `alerts` of `policy.yaml`: what is done about what monitors tell.

The names are those of `bot.domain.alert_rules`, which is what a valid section becomes.
"""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, WithJsonSchema

from bot.domain.alert_rules import (
    AlertRule,
    AlertRules,
    Decision,
    Ending,
    Flapping,
    GenericSource,
    Hours,
    Maintenance,
    Matcher,
    TellBack,
    TellKind,
)
from bot.policy.durations import PATTERN, format_duration, parse_duration
from bot.policy.types import (
    Address,
    Channel,
    Line,
    Name,
    Secret,
    Section,
    Setting,
    Text,
    TimeOfDay,
    Weekday,
)

#: A table that is longer than this is a slip; each alert of a storm is held against all of it.
_MOST_RULES = 200
_MOST_WORDS = 100
_LONGEST_WORD = 150
_FIRST_YEAR, _LAST_YEAR = 1970, 2200
_MOMENT = r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(:[0-9]{2})?(Z|[+-][0-9]{2}:[0-9]{2})?"
_NOTHING = r"0[smhd]"
_MINUTE, _HOUR, _DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def _word(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError("should be text; put it in quotes")  # noqa: TRY004 (pydantic collects ValueErrors)
    text = value.strip()
    if not text or len(text) > _LONGEST_WORD or not text.isprintable():
        raise ValueError(f"is no word; write what a monitor says, on one line, {_LONGEST_WORD} characters at most")
    return text


def _words(value: Any) -> Any:
    return (_word(value),) if isinstance(value, str) else value


def _small(value: Any) -> str:
    return _word(value).casefold()


def _moment(value: Any) -> datetime:
    text = str(value)
    try:
        found = datetime.fromisoformat(text) if re.fullmatch(_MOMENT, text) else None
    except ValueError:
        found = None
    if found is None:
        raise ValueError("is not a date and a time; write them in UTC, as 2026-12-25T22:00Z")
    if not _FIRST_YEAR <= found.year <= _LAST_YEAR:
        raise ValueError(f"is too far away; write a date from {_FIRST_YEAR} to {_LAST_YEAR}")
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)


def _between(least: timedelta, most: timedelta) -> Callable[[Any], timedelta]:
    """A duration within bounds; where nothing at all is allowed, `0s` says so."""

    def read(value: Any) -> timedelta:
        text = str(value)
        found = timedelta() if not least and re.fullmatch(_NOTHING, text) else parse_duration(text)
        if found < least:
            raise ValueError(f"is too short: {format_duration(least)} is the least")
        if found > most:
            raise ValueError(f"is too long: {format_duration(most)} is the most")
        return found

    return read


_DURATION = WithJsonSchema({"type": "string", "pattern": PATTERN})
_TEXT = WithJsonSchema({"type": "string", "minLength": 1, "maxLength": _LONGEST_WORD})

Word = Annotated[str, BeforeValidator(_word), _TEXT]
#: A list of words, or one word by itself.
Words = Annotated[
    tuple[Word, ...],
    BeforeValidator(_words, json_schema_input_type=Word | tuple[Word, ...]),
    Field(max_length=_MOST_WORDS),
]
#: A monitor's own word, which is compared without regard to case.
Small = Annotated[str, BeforeValidator(_small), _TEXT]
Moment = Annotated[datetime, BeforeValidator(_moment), WithJsonSchema({"type": "string", "pattern": f"^{_MOMENT}$"})]
Window = Annotated[timedelta, BeforeValidator(_between(_MINUTE, _DAY)), _DURATION]
Often = Annotated[timedelta, BeforeValidator(_between(timedelta(seconds=10), _HOUR)), _DURATION]
Calm = Annotated[timedelta, BeforeValidator(_between(timedelta(), _DAY)), _DURATION]
Weekly = Annotated[timedelta, BeforeValidator(_between(_MINUTE, 7 * _DAY)), _DURATION]
Quiet = Annotated[timedelta, BeforeValidator(_between(timedelta(), 7 * _DAY)), _DURATION]
GroupBy = Annotated[
    tuple[Word, ...],
    BeforeValidator(_words, json_schema_input_type=Word | tuple[Word, ...]),
    Field(max_length=10),
]


class MatchSection(Section):
    """Which alerts are meant: all that is given has to fit, and `*` and `?` stand for what they do in files' names."""

    sources: Words = Field(
        (), description="alertmanager, grafana, sentry, pagerduty, datadog, generic, or one of yours."
    )
    alerts: Words = Field((), description="Alerts' names.")
    severities: Words = Field((), description="The monitors' own words, such as critical.")
    services: Words = Field((), description="Services of the pack.")
    labels: dict[Word, Words] = Field(
        default_factory=dict, description="For each label, the values of which it has to have one.", max_length=20
    )

    def matcher(self) -> Matcher:
        """It as the core sees it."""
        return Matcher(**dict(self))


class AlertRuleSection(Section):
    """One line of the table. The first that fits decides."""

    name: Name
    do: Decision = Field(description="Open an incident, ask people, join one that runs, or nothing.")
    when: MatchSection = Field(MatchSection(), description="Which alerts; left out, all of them.")
    hours: Hours = Field(Hours.ALWAYS, description="In the office's hours, outside of them, or always.")
    severity: Name | None = Field(None, description="Left out: what the monitor's word stands for, else the default.")
    service: Name | None = Field(None, description="Left out: the one that the labels name.")
    owner: Name | None = Field(None, description="The contact, role or Slack id who is mentioned, not the owners.")
    runbook: Name | None = Field(None, description="Left out: the runbook that names the alert.")
    run: tuple[Name, ...] = Field((), description="Targets, services or `all`: diagnosed when it opens an incident.")
    group_by: GroupBy = Field((), description="Labels that make alerts one; left out: as for all.")
    window: Window | None = Field(None, description="How long a group waits for its next alert once none fires.")
    why: Line = Field("", description="In words, for people.")

    def rule(self) -> AlertRule:
        """It as the core sees it."""
        return AlertRule(**dict(self) | {"when": self.when.matcher(), "owner": self.owner or ""})


class MaintenanceSection(Section):
    """A time in which alerts are expected: once, with `begins` and `ends`, or weekly, with `days`, `at`, `lasts`."""

    name: Name
    when: MatchSection = Field(MatchSection(), description="Which alerts; left out, all of them.")
    begins: Moment | None = Field(None, description="In UTC.")
    ends: Moment | None = Field(None, description="In UTC.")
    days: tuple[Weekday, ...] = Field((), description="Every week, on these days,")
    at: TimeOfDay | None = Field(None, description="at this time, in the calendar's zone,")
    lasts: Weekly | None = Field(None, description="for so long.")
    why: Line = Field("", description="In words, for people.")

    def rule(self) -> Maintenance:
        """It as the core sees it."""
        return Maintenance(**dict(self) | {"when": self.when.matcher()})


class FlappingSection(Section):
    """An alert that changes so often within such a time is said once, and no more until it calms down."""

    changes: int = Field(Flapping().changes, ge=2, le=20, strict=True, description="So many changes")
    within: Window = Field(Flapping().within, description="within such a time.")


class EndingSection(Section):
    """Incidents that alerts opened, and that are resolved without a person once all of these have been clear."""

    severities: tuple[Name, ...] = Field((), description="Left out: of any severity.")
    after: Window = Field(description="For how long all have been clear.")


class SourceSection(Section):
    """A monitor that has no format of its own here: where in its JSON what stands."""

    name: Name
    items: Text = Field("", description="A JSONPath to the alerts; left out: the whole document is one.")
    fields: dict[Word, Text] = Field(description="A JSONPath for each field, of which only `title` is needed.")
    labels: dict[Word, Text] = Field(default_factory=dict, description="A JSONPath for each label.", max_length=50)
    resolved: Annotated[tuple[Small, ...], Field(min_length=1, max_length=20)] = Field(
        GenericSource(name="").resolved, description="The words of `status` that say that it is over."
    )


class TellBackSection(Section):
    """How a source is told that somebody has taken an incident up, or that it is over."""

    name: Name
    kind: TellKind
    sources: tuple[Name, ...] = Field(min_length=1, max_length=20, description="Whose alerts it is about.")
    url_from: Setting | None = Field(None, description="The setting with the address.")
    token_from: Secret | None = Field(None, description="The setting with the token.")
    silence: Quiet = Field(
        timedelta(hours=2), description="For how long an Alertmanager is silenced at most; 0s: not at all."
    )
    sender: Address | None = Field(None, description="The PagerDuty user in whose name it is done.")

    def rule(self) -> TellBack:
        """It as the core sees it."""
        return TellBack(**dict(self) | {"sender": self.sender or ""})


_DEFAULT = AlertRules()


class AlertsSection(Section):
    """What is done about alerts: the table, and what holds for all of them."""

    channel: Channel = Field(_DEFAULT.channel, description="Where suggestions go.")
    rules: tuple[AlertRuleSection, ...] = Field((), max_length=_MOST_RULES, description="The first that fits decides.")
    otherwise: Decision = Field(_DEFAULT.otherwise, description="What is done where no rule fits.")
    service_labels: Words = Field(_DEFAULT.service_labels, description="Labels that may name a service.")
    severity_labels: Words = Field(_DEFAULT.severity_labels, description="Labels that may say how bad it is.")
    severities: dict[Word, Name] = Field(
        default_factory=dict, max_length=_MOST_WORDS, description="The severity for a monitor's word."
    )
    group_by: GroupBy = Field(_DEFAULT.group_by, description="Labels, service and alertname among them.")
    window: Window = Field(_DEFAULT.window, description="How long a group waits for its next alert once none fires.")
    tell_every: Often = Field(
        _DEFAULT.tell_every, description="How often a channel hears of alerts that join, at most."
    )
    clear_after: Calm = Field(
        _DEFAULT.clear_after, description="For how long all have to be clear before the commander is asked."
    )
    flapping: FlappingSection = Field(FlappingSection(), description="When an alert changes too often to be told.")
    maintenance: tuple[MaintenanceSection, ...] = Field(
        (), max_length=_MOST_RULES, description="Times in which alerts are expected, and nobody is told."
    )
    endings: tuple[EndingSection, ...] = Field(
        (), max_length=20, description="Which incidents are resolved without a person; left out: none."
    )
    sources: tuple[SourceSection, ...] = Field((), max_length=20, description="Monitors without a format of their own.")
    tell_back: tuple[TellBackSection, ...] = Field((), max_length=20, description="What monitors are told back.")

    def rules_of_alerts(self) -> AlertRules:
        """The section as the core sees it."""
        return AlertRules(
            **dict(self)
            | {
                "severities": {word.casefold(): severity for word, severity in self.severities.items()},
                "rules": tuple(one.rule() for one in self.rules),
                "flapping": Flapping(**dict(self.flapping)),
                "maintenance": tuple(one.rule() for one in self.maintenance),
                "endings": tuple(Ending(**dict(one)) for one in self.endings),
                "sources": tuple(GenericSource(**dict(one)) for one in self.sources),
                "tell_back": tuple(one.rule() for one in self.tell_back),
            }
        )
