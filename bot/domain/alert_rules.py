"""What a pack says of alerts: which are an incident, which are a suggestion, who owns them, and what is quiet."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from enum import StrEnum


class Decision(StrEnum):
    """What is done about an alert."""

    DECLARE = "declare"
    SUGGEST = "suggest"
    ATTACH = "attach"
    IGNORE = "ignore"


class Hours(StrEnum):
    """When a rule holds, by the pack's calendar."""

    ALWAYS = "always"
    BUSINESS = "business"
    OUTSIDE = "outside"


@dataclass(frozen=True, slots=True, kw_only=True)
class Matcher:
    """Which alerts are meant: all that is given has to fit; nothing given fits every alert.

    Names, words and label values are compared without regard to case, and `*` and `?` stand for what they do in files'
    names. Each attribute lists alternatives.

    Attributes:
        sources: monitors' kinds.
        alerts: alerts' names.
        severities: the monitors' own words.
        services: services of the pack.
        labels: for each label, the values of which it has to have one.
    """

    sources: tuple[str, ...] = ()
    alerts: tuple[str, ...] = ()
    severities: tuple[str, ...] = ()
    services: tuple[str, ...] = ()
    labels: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertRule:
    """One line of the table: the first whose matcher fits and whose hours hold decides.

    Attributes:
        severity: the pack's severity to give; None: what the monitor's word stands for, else the default.
        service: the pack's service to give; None: the one that the labels name.
        owner: the contact who is mentioned; empty: the service's owners.
        runbook: the runbook that is shown; else the one that names the alert.
        run: targets or services that are diagnosed when it opens an incident.
        group_by: labels (`service` and `alertname` among them) that make alerts one; none: as the pack has it.
        window: how long a group waits for its next alert once none of it fires; None: as the pack has it.
        why: in words, for people.
    """

    name: str
    do: Decision
    when: Matcher = field(default_factory=Matcher)
    hours: Hours = Hours.ALWAYS
    severity: str | None = None
    service: str | None = None
    owner: str = ""
    runbook: str | None = None
    run: tuple[str, ...] = ()
    group_by: tuple[str, ...] = ()
    window: timedelta | None = None
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Maintenance:
    """A time in which alerts are expected.

    Once, from `begins` to `ends` (UTC); or weekly, on `days` (Monday is 0) at `at` in the calendar's zone, for `lasts`.
    """

    name: str
    when: Matcher = field(default_factory=Matcher)
    begins: datetime | None = None
    ends: datetime | None = None
    days: tuple[int, ...] = ()
    at: time | None = None
    lasts: timedelta | None = None
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mute:
    """Somebody asked for silence about some alerts, until a time."""

    id: int
    when: Matcher
    by: str
    why: str
    since: datetime
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Flapping:
    """An alert that changes `changes` times within `within` flaps: it is said once, and no more until it calms down."""

    changes: int = 4
    within: timedelta = timedelta(minutes=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """What an alert opened is resolved without a person, once all of its alerts have been clear for `after`.

    It holds for incidents of these severities; none: of any.
    """

    after: timedelta
    severities: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class GenericSource:
    """A monitor that has no format of its own here: where in its JSON (by JSONPath) what stands.

    Attributes:
        items: where the alerts are; empty: the whole document is one.
        fields: a path for each of `title`, `status`, `severity`, `service`, `fingerprint`, `starts_at`, `ends_at`,
            `text`, `reference`, `graph`, `silence`, `dashboard`, `runbook` and `source`; only `title` is needed.
        labels: a path for each label.
        resolved: the words of `status` that say that it is over.
    """

    name: str
    items: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    resolved: tuple[str, ...] = ("resolved", "ok", "recovered", "up", "closed")


class TellKind(StrEnum):
    """How a source is told that somebody has taken it up, or that it is over."""

    ALERTMANAGER = "alertmanager"
    PAGERDUTY = "pagerduty"
    CALLBACK = "callback"


@dataclass(frozen=True, slots=True, kw_only=True)
class TellBack:
    """What is told to a source: settings hold its address and its token.

    Attributes:
        sources: the monitors' kinds whose alerts it is about.
        silence: for how long an Alertmanager is silenced when an incident is acknowledged, at most; zero: not at all.
        sender: the e-mail address of the PagerDuty user in whose name it is done.
    """

    name: str
    kind: TellKind
    sources: tuple[str, ...]
    url_from: str | None = None
    token_from: str | None = None
    silence: timedelta = timedelta(hours=2)
    sender: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertRules:
    """The pack's table, and what holds for all alerts.

    Attributes:
        channel: where suggestions go.
        otherwise: what is done where no rule fits.
        service_labels: the labels that may name a service, the first that does.
        severity_labels: the labels that may hold the monitor's word for how bad it is.
        severities: the pack's severity for a monitor's word.
        group_by: what makes alerts one; where none of it is known, their name does.
        window: how long a group waits for its next alert once none of it fires.
        tell_every: how often an incident's channel hears of alerts that join, at most.
        clear_after: for how long all have to be clear before the commander is asked.
    """

    channel: str = "alerts"
    rules: tuple[AlertRule, ...] = ()
    otherwise: Decision = Decision.SUGGEST
    service_labels: tuple[str, ...] = ("service", "app", "application", "job")
    severity_labels: tuple[str, ...] = ("severity", "priority", "level")
    severities: Mapping[str, str] = field(default_factory=dict)
    group_by: tuple[str, ...] = ("service",)
    window: timedelta = timedelta(minutes=30)
    tell_every: timedelta = timedelta(minutes=1)
    clear_after: timedelta = timedelta(minutes=2)
    flapping: Flapping = field(default_factory=Flapping)
    maintenance: tuple[Maintenance, ...] = ()
    endings: tuple[Ending, ...] = ()
    sources: tuple[GenericSource, ...] = ()
    tell_back: tuple[TellBack, ...] = ()

    def ending(self, severity: str) -> Ending | None:
        """How incidents of a severity end by themselves; None where they don't."""
        return next((one for one in self.endings if not one.severities or severity in one.severities), None)

    def told_back(self, source: str) -> tuple[TellBack, ...]:
        """How alerts of a source are answered."""
        return tuple(one for one in self.tell_back if source in one.sources)
