"""A batch of alerts, sorted: what is known of each afterwards, which group it is in, and what has to happen. Pure.

Whoever calls it holds the lock under which alerts are decided, and writes what it says in the same transaction. So two
replicas with a storm of the same make one incident, never by luck.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from bot.domain.alert import Alert, Known
from bot.domain.alert_course import Change, advance
from bot.domain.alert_group import Group, GroupState, Running
from bot.domain.alert_rules import Decision, Flapping
from bot.domain.judging import Judge, Judgement, Reason

#: An alert's identity: its source and its fingerprint.
Identity = tuple[str, str]

#: The key of the group that takes what would begin one more, where so many began lately: a storm of things that have
#: nothing in common is one matter too.
STORM = "*"
STORM_AFTER, STORM_WITHIN = 10, timedelta(minutes=5)


@dataclass(slots=True)
class Sorted:
    """What became of one alert; `judgement` is None where it was not judged anew."""

    alert: Alert
    known: Known
    change: Change
    reason: Reason
    group: Group | None = None
    judgement: Judgement | None = None
    digest: bytes = b""


@dataclass(slots=True)
class Plan:
    """What has to be written and done.

    Attributes:
        sorted: one for each alert, in their order.
        groups: those that are new or changed.
        declared: the groups that open an incident, in order.
        attached: the groups that an incident takes up.
        grown: the groups of incidents in which something changed.
    """

    sorted: list[Sorted] = field(default_factory=list)
    groups: list[Group] = field(default_factory=list)
    declared: list[Group] = field(default_factory=list)
    attached: list[Group] = field(default_factory=list)
    grown: list[Group] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Last:
    """An alert that joined a group of this batch, and what that depended on."""

    judgement: Judgement
    group: Group
    state: GroupState
    reason: Reason
    running: Running | None


@dataclass(slots=True)
class Sorting:
    """One batch being sorted.

    Attributes:
        known: what is known of its alerts.
        groups: those of its keys that are not over, by key; `by_id` those that its alerts are in.
        running: the incidents that alerts may join, by service.
        judge: the pack's table at `now`.
        begun: how many groups began within `STORM_WITHIN`.
    """

    known: dict[Identity, Known]
    groups: dict[str, Group]
    by_id: Mapping[int, Group]
    running: dict[str, Running]
    judge: Judge
    now: datetime
    flapping: Flapping
    begun: int = 0
    _in: dict[Identity, Group] = field(default_factory=dict)
    _plan: Plan = field(default_factory=Plan)
    _over: list[Group] = field(default_factory=list)
    _grown: dict[Group, None] = field(default_factory=dict)
    _touched: dict[Group, None] = field(default_factory=dict)
    _last: "_Last | None" = None

    def sort(self, alerts: Sequence[tuple[Alert, bytes]]) -> Plan:
        """Sort alerts, each with the digest of all that is said of it; returns the plan for all that were so far."""
        for alert, digest in alerts:
            self._plan.sorted.append(self._one(alert, digest))
        # What is over makes room for what begins with the same key.
        self._plan.groups = list(dict.fromkeys([*self._over, *self._touched]))
        self._plan.grown = list(self._grown)
        return self._plan

    def _one(self, alert: Alert, digest: bytes) -> Sorted:
        identity = alert.source, alert.fingerprint
        before = self.known.get(identity)
        known, change = advance(before, alert, digest, self.now, self.flapping)
        group = self._in.get(identity) or (self.by_id.get(known.group) if known.group is not None else None)
        self.known[identity] = known
        if change is Change.STALE:
            return Sorted(alert, known, change, Reason.STALE, group)
        if before is None and (sorted_ := self._as_the_last(alert, known, change, identity)) is not None:
            return sorted_
        if not alert.firing:
            if change is Change.STOPPED and group is not None:
                group.firing = max(group.firing - 1, 0)
                self._touch(group)
            return Sorted(alert, known, change, Reason.RESOLVED, group)
        # What nobody was told of is new to everybody, however long it has fired.
        later = alert.dated and before is not None and alert.starts_at > before.starts_at
        fresh = change is Change.FIRED or group is None or later
        if not fresh and not self._anew(alert, change, group):
            if change is Change.TOLD and group is not None:
                self._touch(group)
            return Sorted(alert, known, change, Reason.REPEAT, group)
        judgement = self.judge.judge(alert)
        if judgement.quiet is not None:
            known = self._alone(identity, known, group, counted=change is not Change.FIRED)
            return Sorted(alert, known, change, judgement.quiet, None, judgement)
        counted = group is not None and change is not Change.FIRED
        joined, reason = self._settle(alert, judgement, known, group)
        if joined is None:
            known = self._alone(identity, known, group, counted=counted)
            return Sorted(alert, known, change, reason, None, judgement)
        self._join(joined, group, identity, judgement, counted=counted)
        if reason in (Reason.JOINED, Reason.SUGGESTED):
            running = self.running.get(judgement.service) if judgement.service else None
            self._last = _Last(judgement, joined, joined.state, reason, running)
        return Sorted(alert, known, change, reason, joined, judgement)

    def _as_the_last(self, alert: Alert, known: Known, change: Change, identity: Identity) -> Sorted | None:
        """What a new alert comes to that differs from the last in nothing that matters: a storm is made of those."""
        last = self._last
        if last is None or not alert.firing or identity in self._in:
            return None
        judgement, group = self.judge.judge(alert), last.group
        if judgement is not last.judgement or group.state is not last.state:
            return None
        if (self.running.get(judgement.service) if judgement.service else None) is not last.running:
            return None
        group.alerts += 1
        group.firing += 1
        self._in[identity] = group
        return Sorted(alert, known, change, last.reason, group, judgement)

    def _anew(self, alert: Alert, change: Change, group: Group | None) -> bool:
        """Whether an alert that fires as before is judged anew: it makes its group worse, or is muted no more."""
        if group is None or (change is Change.SAME and not group.muted):
            return False
        judgement = self.judge.judge(alert)
        return judgement.quiet is None and (group.muted or judgement.rank < group.rank)

    def _settle(
        self, alert: Alert, judgement: Judgement, known: Known, own: Group | None
    ) -> tuple[Group | None, Reason]:
        """The group that an alert belongs to from now on, if any, and why; `own` is the one that it was in."""
        running = self.running.get(judgement.service) if judgement.service else None
        group, before = self._living(judgement.key)
        if group is None and running is None and (self.begun >= STORM_AFTER or self._storms_on(own)):
            judgement = replace(judgement, key=STORM, service=None, why="many alerts at once; " + judgement.why)
            group, before = self._living(STORM)
        if group is None:
            return self._begin(alert, judgement, known, running, before)
        match group.state:
            case GroupState.SUGGESTED if judgement.decision is Decision.DECLARE and not known.flapping:
                return group, self._open(_by(group, judgement), running)
            case GroupState.SUGGESTED if running is not None:
                return group, self._attach(group, running)
            case GroupState.SUGGESTED:
                return group, Reason.FLAPPING if known.flapping else Reason.SUGGESTED
            case GroupState.DISMISSED if self._undone(group, judgement, known):
                return group, self._open(_by(group, judgement), running)
            case GroupState.DISMISSED:
                return group, Reason.DISMISSED
            case _:
                return group, Reason.FLAPPING if known.flapping else Reason.JOINED

    def _storms_on(self, own: Group | None) -> bool:
        """Whether a storm goes on: until nothing has happened in it for a while, and for what was part of it longer.

        Else it would be ten incidents every five minutes, and each alert that fires again one more.
        """
        storm, _ = self._living(STORM)
        if storm is None or storm.state is GroupState.DISMISSED:
            return False
        return storm is own or self.now - storm.last_seen <= STORM_WITHIN

    @staticmethod
    def _undone(group: Group, judgement: Judgement, known: Known) -> bool:
        """Whether an alert is worse than what somebody has dismissed."""
        return judgement.decision is Decision.DECLARE and judgement.rank < group.rank and not known.flapping

    def _living(self, key: str) -> tuple[Group | None, Group | None]:
        """The group that takes an alert of a key now, and the one that no longer does."""
        group = self.groups.get(key)
        if group is None or (group.live(self.now) and not group.ended):
            return group, None
        group.state = GroupState.OVER
        self._over.append(group)
        del self.groups[key]
        return None, group

    def _begin(
        self, alert: Alert, judgement: Judgement, known: Known, running: Running | None, before: Group | None
    ) -> tuple[Group | None, Reason]:
        if judgement.decision is Decision.ATTACH and running is None:
            return None, Reason.NO_INCIDENT
        self.begun += 1
        why = judgement.why
        last = before.running if before is not None and before.ended else None
        if last is not None and last.ref and not last.private:
            why += f"; it was {last.ref} before"
        group = self.groups[judgement.key] = Group(
            key=judgement.key,
            state=GroupState.SUGGESTED,
            title=f"Many alerts at once, such as {alert.title}" if judgement.key == STORM else alert.title,
            severity=judgement.severity,
            rank=judgement.rank,
            service=judgement.service,
            window=judgement.window,
            source=alert.source,
            first_seen=self.now,
            last_seen=self.now,
            owner=judgement.owner,
            runbook=judgement.runbook,
            run=judgement.run,
            rule=judgement.rule,
            why=why,
        )
        if running is not None:
            return group, self._attach(group, running)
        if judgement.decision is Decision.DECLARE and not known.flapping:
            return group, self._open(group, None)
        # What flaps has been an incident before: whether it is one again is for people to say.
        group.card = True
        return group, Reason.FLAPPING if known.flapping else Reason.SUGGESTED

    def _open(self, group: Group, running: Running | None) -> Reason:
        if running is not None:
            return self._attach(group, running)
        group.state = GroupState.INCIDENT
        group.running = Running(group.service)
        if group.service:
            self.running[group.service] = group.running
        self._plan.declared.append(group)
        return Reason.NEW

    def _attach(self, group: Group, running: Running) -> Reason:
        group.state, group.running = GroupState.INCIDENT, running
        self._plan.attached.append(group)
        return Reason.JOINED

    def _join(
        self, group: Group, before: Group | None, identity: Identity, judgement: Judgement, *, counted: bool
    ) -> None:
        if group is not before:
            group.alerts += 1
            self._leave(before, counted=counted)
        if group is not before or not counted:
            group.firing += 1
        # What was dismissed stays as it was then: what is worse has to be worse than that.
        if judgement.rank < group.rank and group.state is not GroupState.DISMISSED:
            group.rank, group.severity = judgement.rank, judgement.severity
        self._in[identity] = group
        self._touch(group)

    def _alone(self, identity: Identity, known: Known, group: Group | None, *, counted: bool) -> Known:
        """An alert that belongs to no group from now on."""
        self._leave(group, counted=counted)
        self._in.pop(identity, None)
        self.known[identity] = replace(known, group=None)
        return self.known[identity]

    def _leave(self, group: Group | None, *, counted: bool) -> None:
        """An alert leaves its group. One that is over has had it; to any other it may come back, and counts once."""
        if group is None:
            return
        group.firing = max(group.firing - counted, 0)
        if group.state is not GroupState.OVER and not group.ended:
            group.alerts = max(group.alerts - 1, 0)
        # Nothing happened in it: what it waits for is not put off.
        self._touched[group] = None
        if counted and group.state is GroupState.INCIDENT:
            self._grown[group] = None

    def _touch(self, group: Group) -> None:
        group.last_seen = max(group.last_seen, self.now)
        self._touched[group] = None
        if group.state is GroupState.INCIDENT:
            self._grown[group] = None


def _by(group: Group, judgement: Judgement) -> Group:
    """A group that was no incident, with what is said by the rule that makes it one."""
    group.owner, group.rule, group.why = judgement.owner or group.owner, judgement.rule, judgement.why
    group.runbook, group.run = judgement.runbook or group.runbook, judgement.run or group.run
    return group
