"""The laws that the clocks of every pack keep, whatever people do."""

from collections import Counter
from datetime import datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain import commands as c
from bot.domain import errors
from bot.domain import events as e
from bot.domain.clocks import deadlines, running
from bot.domain.incident import Incident
from bot.domain.rules import Policy, Trigger
from bot.domain.timetable import Act
from bot.domain.timetable import Moment as Happening
from bot.paths import RUNBOOKS
from bot.policy.read import read_pack
from tests.unit.test_clocks import BOB, DAY, HOUR, POLICY, at, minutes, play

PACKS = ("default", "sme-booking", "ai-booking", "journey", "mais", "schedgen")


def _commands(policy: Policy) -> list[c.Command]:
    """What people may do under a policy, of every kind that a clock could mind."""
    return [
        c.Acknowledge(by=BOB),
        c.PostUpdate(by=BOB, text="Failing over"),
        c.RecordCause(by=BOB, text="The pool"),
        c.Escalate(by=BOB, why="stuck"),
        c.Reopen(by=BOB, why="back"),
        c.Close(by=BOB, override="enough"),
        c.Replan(by=BOB),
        *(c.ChangeSeverity(by=BOB, severity=s.name) for s in policy.severities),
        *(c.ChangeStatus(by=BOB, status=s.name, note="so", override="so") for s in policy.statuses),
        *(c.SetCondition(by=BOB, condition=one.name) for one in policy.conditions),
        *(c.ClearCondition(by=BOB, condition=one.name) for one in policy.conditions),
        *(c.RecordText(by=BOB, text=one.name, body="so") for one in policy.letters),
        *(c.ShowChecklist(by=BOB, checklist=one.name) for one in policy.checklists),
        *(c.TickItems(by=BOB, checklist=one.name, done=tuple(range(1, 31))) for one in policy.checklists),
        *(c.SnoozeClock(by=BOB, clock=clock, span=minutes(20)) for clock in ("update", "resolve", "escalation")),
        *(
            c.ExtendClock(by=BOB, clock=clock, span=HOUR, why="so")
            for clock in ("update", "resolve", "acknowledge", "review")
        ),
    ]


POLICIES = {"clocks": POLICY} | {name: read_pack(name, root=RUNBOOKS) for name in PACKS}
#: When, of which kind, and which of that kind.
_ACTS = st.lists(st.tuples(st.integers(0, 120), st.integers(0, 20), st.integers(0, 20)), min_size=3, max_size=12)


@settings(max_examples=120, deadline=None)
@given(st.sampled_from(sorted(POLICIES)), st.integers(0, 10), _ACTS)
def test_under_every_pack_the_clocks_keep_their_laws(pack: str, rank: int, wanted: list[tuple[int, int, int]]) -> None:
    policy = POLICIES[pack]
    severity = policy.severities[rank % len(policy.severities)].name
    happenings = _doable(policy, severity, wanted)
    rung: Counter[tuple[str, object]] = Counter()
    before: Incident | None = None
    for one in happenings:
        assert_what_is_set_is_what_runs(one, policy)
        if before is not None:
            assert_nothing_rings_without_reason(before, one, policy)
        match one.entry.event:
            case e.Reopened():
                rung.clear()
            case e.ClockMissed(clock=clock, due_at=due_at):
                rung[clock, due_at] += 1
            case e.Escalated(step=str(step), round=number, due_at=datetime()):
                rung[step, number] += 1
            case e.TextDue(text=text, due_at=due_at):
                rung[text, due_at] += 1
            case e.FollowUpDue(follow_up=name, due_at=due_at):
                rung[name, due_at] += 1
            case _:
                pass
        before = one.incident
    assert all(count == 1 for count in rung.values()), "a clock rang twice"


def assert_what_is_set_is_what_runs(one: Happening, policy: Policy) -> None:
    """A new plan loses no clock, keeps none that nobody waits for, and moves none by itself."""
    rings = running(one.incident, policy)
    if isinstance(one.entry.event, e.ChecklistShown):
        return  # its entry comes with another's, which has set the clocks
    assert set(one.clocks) == set(rings)
    for clock, due in rings.items():
        assert one.clocks[clock] == due or due <= one.clocks[clock] <= one.entry.recorded_at


def assert_nothing_rings_without_reason(before: Incident, one: Happening, policy: Policy) -> None:
    event = one.entry.event
    if isinstance(event, e.Escalated) and event.due_at is not None:
        step = policy.step(event.step or "")
        assert step is not None
        assert step.trigger is not Trigger.UNACKNOWLEDGED or before.acknowledged_at is None, "somebody had it already"
        assert step.trigger is not Trigger.UNIDENTIFIED or before.identified_at is None, "the cause was known"
        assert not before.over, "it was over"
        assert step.meant_for(before.severity, before.service)
    if isinstance(event, e.ClockMissed):
        assert event.clock in {d.clock for d in deadlines(before, policy)}, "it was answered"
        assert event.due_at <= one.entry.recorded_at, "before its time"


def _doable(policy: Policy, severity: str, wanted: list[tuple[int, int, int]]) -> list[Happening]:
    kinds: dict[type, list[c.Command]] = {}
    for command in _commands(policy):
        kinds.setdefault(type(command), []).append(command)
    choices = list(kinds.values())
    acts: list[Act] = []
    for minute, kind, number in sorted(wanted):
        of_kind = choices[kind % len(choices)]
        act = at(minute, of_kind[number % len(of_kind)])
        try:
            play(severity, [*acts, act], act.after, policy)
        except errors.DomainError:
            continue
        acts.append(act)
    return play(severity, acts, DAY, policy)
