"""A policy as a timetable, and the laws that its clocks keep whatever people do and whenever they do it."""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain import commands as c
from bot.domain import events as e
from bot.domain.actor import Actor
from bot.domain.errors import DomainError
from bot.domain.rules import Trigger
from bot.domain.timetable import Act, Moment, simulate
from bot.paths import RUNBOOKS
from bot.policy.read import read_pack

POLICY = read_pack("default", root=RUNBOOKS)
AT = datetime(2026, 2, 2, 14, 2, tzinfo=UTC)
BOB = Actor.person("U0BOB")
DAY = timedelta(days=1)


def minutes(number: float) -> timedelta:
    return timedelta(minutes=number)


def play(severity: str, acts: Sequence[Act] = (), until: timedelta = DAY) -> list[Moment]:
    declaration = c.Declare(by=BOB, title="Checkout is down", severity=severity)
    return list(simulate(POLICY, declaration, AT, acts=acts, until=until))


def rings(moments: list[Moment], kind: type[e.Event] = e.Escalated) -> list[float]:
    return [one.after / minutes(1) for one in moments if isinstance(one.entry.event, kind)]


def test_a_p1_that_nobody_sees_is_escalated_by_the_packs_minutes() -> None:
    assert rings(play("P1", until=minutes(60))) == [5, 10, 15, 15, 20, 60]


def test_an_acknowledgement_silences_the_clock_and_an_update_winds_it_up_again() -> None:
    acts = [Act(minutes(4), c.Acknowledge(by=BOB)), Act(minutes(10), c.PostUpdate(by=BOB, text="Failing over"))]
    moments = play("P1", acts, minutes(59))
    assert rings(moments) == []
    assert rings(moments, e.UpdateOverdue) == [25, 40, 55]


def test_who_acts_in_the_very_minute_was_in_time() -> None:
    assert rings(play("P1", [Act(minutes(5), c.Acknowledge(by=BOB))], minutes(59))) == []


def test_after_the_resolution_only_the_review_is_asked_for() -> None:
    acts = [Act(minutes(2), c.Acknowledge(by=BOB)), Act(minutes(9), c.Resolve(by=BOB, summary="It works again"))]
    moments = play("P1", acts, 3 * DAY)
    assert [type(one.entry.event) for one in moments[3:]] == [e.ReviewNudged]
    assert moments[-1].after == minutes(9) + 2 * DAY


def test_it_stops_where_it_is_told_to() -> None:
    assert play("P4", until=minutes(1))[-1].after == timedelta()


def test_an_act_that_cannot_be_done_says_why() -> None:
    with pytest.raises(DomainError):
        play("P1", [Act(minutes(1), c.Close(by=BOB))])


_COMMANDS = st.sampled_from(
    [
        c.Acknowledge(by=BOB),
        c.PostUpdate(by=BOB, text="Failing over"),
        c.ChangeSeverity(by=BOB, severity="P1"),
        c.ChangeSeverity(by=BOB, severity="P2"),
        c.ChangeSeverity(by=BOB, severity="P4"),
        c.Resolve(by=BOB, summary="It works again"),
        c.Reopen(by=BOB, why="It is back"),
    ]
)
_ACTS = st.lists(st.tuples(st.integers(0, 600), _COMMANDS), max_size=8)


@given(st.sampled_from(["P1", "P2", "P3", "P4"]), _ACTS)
def test_whatever_people_do_the_clocks_keep_their_laws(severity: str, wanted: list[tuple[int, c.Command]]) -> None:
    moments = _with_those_that_can_be_done(severity, wanted)
    steps = {step.name: step for step in POLICY.escalation}
    acknowledged = over = False
    rung: Counter[tuple[str, int]] = Counter()
    for one in moments:
        match one.entry.event:
            case e.Acknowledged():
                acknowledged = True
            case e.Escalated(step=str(name), round=number):
                rung[name, number] += 1
                step = steps[name]
                assert not (acknowledged and step.trigger is Trigger.UNACKNOWLEDGED), "somebody had it already"
                assert not over, "it was over"
                assert one.incident.severity in step.severities, "the step is of another severity"
                assert not isinstance(step.after, timedelta) or one.after >= step.after, "before its time"
            case e.Reopened():
                rung.clear()
            case e.UpdateOverdue():
                assert not over, "it was over"
            case _:
                pass
        over = one.incident.over
    assert all(count == 1 for count in rung.values()), "a clock rang twice"


@given(_ACTS)
def test_a_new_plan_never_loses_a_later_clock(wanted: list[tuple[int, c.Command]]) -> None:
    """As long as it is a P1 that nobody resolves, it is escalated for that, whatever else changes meanwhile."""
    kept = [(minute, command) for minute, command in wanted if not isinstance(command, c.Resolve | c.Reopen)]
    moments = _with_those_that_can_be_done("P1", [*kept, (0, c.ChangeSeverity(by=BOB, severity="P1"))])
    last = next((one for one in reversed(moments) if isinstance(one.entry.event, e.SeverityChanged)), moments[0])
    for step in POLICY.escalation:
        if step.trigger is Trigger.UNRESOLVED and last.incident.severity in step.severities:
            assert step.name in moments[-1].incident.escalated_steps


def _with_those_that_can_be_done(severity: str, wanted: list[tuple[int, c.Command]]) -> list[Moment]:
    acts: list[Act] = []
    for minute, command in sorted(wanted, key=lambda one: one[0]):
        try:
            play(severity, [*acts, Act(minutes(minute), command)], minutes(minute))
        except DomainError:
            continue
        acts.append(Act(minutes(minute), command))
    return play(severity, acts)
