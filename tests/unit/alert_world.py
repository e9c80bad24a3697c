"""What is stored of alerts, without a database: batches are sorted against it, and what the plan says is written."""

from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from bot.domain.alert import Alert, AlertStatus, Known
from bot.domain.alert_course import Change
from bot.domain.alert_group import Group, GroupState, Running
from bot.domain.alert_rules import AlertRule, AlertRules, Decision, Matcher, Mute
from bot.domain.alert_sorting import STORM_WITHIN, Identity, Plan, Sorting
from bot.domain.judging import Judge
from bot.domain.rules import Policy, Service
from tests.support.policies import a_policy

NOW = datetime(2026, 3, 14, 3, 0, tzinfo=UTC)

RULES = AlertRules(
    rules=(
        AlertRule(name="down", do=Decision.DECLARE, when=Matcher(severities=("critical",)), severity="P1"),
        AlertRule(name="bad", do=Decision.DECLARE, when=Matcher(severities=("error",)), severity="P2"),
        AlertRule(name="quiet", do=Decision.IGNORE, when=Matcher(severities=("info",))),
        AlertRule(name="only-with", do=Decision.ATTACH, when=Matcher(severities=("notice",)), severity="P3"),
        AlertRule(name="by-name", do=Decision.SUGGEST, when=Matcher(severities=("debug",)), group_by=("alertname",)),
        AlertRule(name="ask", do=Decision.SUGGEST, severity="P3"),
    ),
)


def alert(
    fingerprint: str = "a",
    *,
    severity: str = "critical",
    service: str = "payments",
    name: str = "Slow",
    since: int = 0,
    firing: bool = True,
    labels: Mapping[str, str] | None = None,
) -> Alert:
    """One that fires since so many minutes after the beginning, or stopped a minute later."""
    said = {"alertname": name, "severity": severity, "service": service, **(labels or {})}
    starts_at = NOW + timedelta(minutes=since)
    return Alert(
        source="alertmanager",
        fingerprint=fingerprint,
        status=AlertStatus.FIRING if firing else AlertStatus.RESOLVED,
        title=name,
        labels={label: value for label, value in said.items() if value},
        starts_at=starts_at,
        ends_at=None if firing else starts_at + timedelta(minutes=1),
    )


def digest_of(one: Alert) -> bytes:
    """What it says."""
    return repr(one).encode()


def over(one: Alert) -> Alert:
    """It, resolved a minute after it began."""
    return replace(one, status=AlertStatus.RESOLVED, ends_at=one.starts_at + timedelta(minutes=1))


def policy(rules: AlertRules = RULES) -> Policy:
    """A small one, with two services."""
    return replace(a_policy(), services=(Service(name="payments"), Service(name="web")), alerts=rules)


@dataclass
class World:
    """Rows: of alerts, of groups by their numbers, and of incidents, each with its service."""

    rules: Policy = field(default_factory=policy)
    now: datetime = NOW
    known: dict[Identity, Known] = field(default_factory=dict)
    groups: dict[int, Group] = field(default_factory=dict)
    incidents: dict[int, str | None] = field(default_factory=dict)
    ended: set[int] = field(default_factory=set)
    mutes: list[Mute] = field(default_factory=list)

    def take(self, *told: Alert) -> Plan:
        """Sort a batch, and write what comes of it as the store does."""
        loaded = {number: self._loaded(group) for number, group in self.groups.items()}
        plan = Sorting(
            known={one: self.known[one] for one in {(a.source, a.fingerprint) for a in told} if one in self.known},
            groups={group.key: group for group in loaded.values() if group.state is not GroupState.OVER},
            by_id=loaded,
            running={
                service: Running(service, number, f"INC-{number}")
                for number, service in self.incidents.items()
                if service and number not in self.ended
            },
            judge=Judge(self.rules, self.mutes, self.now),
            now=self.now,
            flapping=self.rules.alerts.flapping,
            begun=sum(group.first_seen > self.now - STORM_WITHIN for group in self.groups.values()),
        ).sort([(one, digest_of(one)) for one in told])
        self._write(plan)
        return plan

    def reasons(self, *told: Alert) -> list[str]:
        """What each of a batch came to."""
        return [one.reason.value for one in self.take(*told).sorted]

    def advance(self, **parts: float) -> None:
        """Time goes on."""
        self.now += timedelta(**parts)

    def live(self) -> list[Group]:
        """The groups that are not over."""
        return [group for group in self.groups.values() if group.state is not GroupState.OVER]

    def summary(self) -> list[tuple[object, ...]]:
        """What a person would call the same: the groups that there are, and how they stand."""
        return sorted(
            (group.key, group.state.value, group.severity, group.service or "", group.alerts, group.firing)
            for group in self.groups.values()
        )

    def wrong(self) -> list[str]:
        """What is not as the alerts themselves say, counted anew."""
        found = []
        for number, group in self.groups.items():
            mine = [one for one in self.known.values() if one.group == number]
            firing = sum(one.firing for one in mine)
            if group.firing != firing:
                found.append(f"{group.key} says that {group.firing} fire, and {firing} do")
            over_by_now = group.state is GroupState.OVER or self._has_ended(group)
            if group.alerts != len(mine) and not (over_by_now and group.alerts > len(mine)):
                found.append(f"{group.key} says that it has {group.alerts} alerts, and it has {len(mine)}")
        return found

    def _has_ended(self, group: Group) -> bool:
        return group.running is not None and group.running.id in self.ended

    def _loaded(self, group: Group) -> Group:
        mine = copy(group)
        mine.ended = self._has_ended(group)
        return mine

    def _write(self, plan: Plan) -> None:
        for group in plan.declared:
            assert group.running is not None
            group.running.id = len(self.incidents) + 1
            group.running.ref = f"INC-{group.running.id}"
            self.incidents[group.running.id] = group.service
        for group in plan.groups:
            group.id = group.id or len(self.groups) + 1
            self.groups[group.id] = copy(group)
            keys = [one.key for one in self.live()]
            assert len(keys) == len({*keys}), "two groups of one key, and neither is over"
        for one in plan.sorted:
            if one.change is Change.STALE or (one.change is Change.SAME and one.judgement is None):
                continue
            group_id = one.group.id if one.group is not None else one.known.group
            assert one.group is None or group_id in self.groups, "a group that nobody wrote"
            self.known[one.alert.source, one.alert.fingerprint] = replace(one.known, group=group_id)


def split(told: Sequence[Alert], at: Sequence[int]) -> list[Sequence[Alert]]:
    """A batch in pieces."""
    cuts = sorted({0, len(told), *(place % (len(told) + 1) for place in at)})
    return [told[a:b] for a, b in pairwise(cuts)]
