"""Clocks that begin again after they were extended, silenced or answered, and steps that ring by other rules."""

from dataclasses import replace
from datetime import timedelta

from bot.domain import commands as c
from bot.domain import events as e
from bot.domain.clocks import deadline, running
from bot.domain.decide import decide
from bot.domain.rules import EscalationStep, Policy
from tests.unit.test_clocks import ACK, AT, BOB, EVE, HOUR, KNOWN, POLICY, at, calls, minutes, play

LONGER = c.ExtendClock(by=BOB, clock="text:page", span=minutes(20), why="Nobody there can write yet")
SENT = c.RecordText(by=BOB, text="page", body="We are looking into it")
BREACH = c.SetCondition(by=BOB, condition="security", why="An unknown key was used")
FALSE_ALARM = c.ClearCondition(by=BOB, condition="security", why="It was ours")


def test_a_text_that_was_given_more_time_is_due_again_after_it_was_sent() -> None:
    last = play("S1", [ACK, at(5, LONGER), at(25, SENT)], minutes(26))[-1].incident
    due = deadline(last, POLICY, "text:page")
    assert due is not None
    assert (due.due_at, due.rings_at, due.extended) == (AT + minutes(55), AT + minutes(55), False)


def test_a_text_that_was_given_more_time_and_is_not_sent_is_asked_for_again_and_again() -> None:
    rang = [h.after / minutes(1) for h in play("S1", [ACK, at(5, LONGER)], minutes(95)) if is_text(h.entry.event)]
    assert rang == [30, 60, 90]


def is_text(event: e.Event) -> bool:
    return isinstance(event, e.TextDue)


def test_watching_anew_counts_anew_whatever_the_first_time_was_given() -> None:
    watch, back = c.ChangeStatus(by=BOB, status="watching"), c.ChangeStatus(by=BOB, status="known")
    longer = c.ExtendClock(by=BOB, clock="watch", span=minutes(15), why="One more batch")
    happenings = play("S1", [ACK, at(10, watch), at(12, longer), at(20, back), at(60, watch)], minutes(90))
    ended = [h.after / minutes(1) for h in happenings if isinstance(h.entry.event, e.WatchEnded)]
    assert ended == [75]


def test_a_condition_that_is_set_again_after_a_false_alarm_calls_again() -> None:
    acts = [ACK, KNOWN, at(20, BREACH), at(25, FALSE_ALARM), at(50, BREACH)]
    happenings = play("S1", acts, minutes(55))
    assert [after for after, step in calls(happenings) if step == "breach"] == [20, 50]
    rounds = [
        h.entry.event.round
        for h in happenings
        if isinstance(h.entry.event, e.Escalated) and h.entry.event.step == "breach"
    ]
    assert rounds == [1, 1]


def test_a_second_condition_of_the_same_step_does_not_call_again() -> None:
    either = tuple(
        replace(s, conditions=("security", "rollback")) if s.name == "breach" else s for s in POLICY.escalation
    )
    more = at(30, c.SetCondition(by=BOB, condition="rollback"))
    less = at(40, FALSE_ALARM)
    happenings = play("S1", [ACK, KNOWN, at(20, BREACH), more, less], minutes(55), replace(POLICY, escalation=either))
    assert [after for after, step in calls(happenings) if step == "breach"] == [20]


def test_calls_that_were_silenced_are_heard_at_a_new_severity() -> None:
    quiet = at(3, c.SnoozeClock(by=BOB, clock="escalation", span=timedelta(hours=20)))
    worse = at(40, c.ChangeSeverity(by=BOB, severity="S1", why="It is everybody"))
    assert (40, "told") in calls(play("S2", [ACK, quiet, worse], HOUR))


def slower(policy: Policy) -> Policy:
    steps = (replace(s, after=HOUR) if s.name == "lasting" else s for s in policy.escalation)
    return replace(policy, escalation=tuple(steps))


def fired(step: EscalationStep) -> c.FireTimer:
    return c.FireTimer(by=EVE, name=f"escalate:{step.name}", generation=1, due_at=AT + minutes(30))


def test_a_step_that_rings_too_early_by_new_rules_is_set_anew_and_calls_nobody() -> None:
    incident = play("S1", [ACK, KNOWN], minutes(29))[-1].incident
    policy = slower(POLICY)
    [lasting] = [s for s in policy.escalation if s.name == "lasting"]
    assert decide(incident, fired(lasting), policy, AT + minutes(30)) == [e.Replanned()]
    assert running(incident, policy)["escalate:lasting"] == AT + HOUR


def test_a_process_whose_clock_is_a_moment_behind_calls_all_the_same() -> None:
    incident = play("S1", [ACK, KNOWN], minutes(29))[-1].incident
    [lasting] = [s for s in POLICY.escalation if s.name == "lasting"]
    [call] = decide(incident, fired(lasting), POLICY, AT + minutes(30) - timedelta(seconds=1))
    assert isinstance(call, e.Escalated)


def test_a_step_that_has_called_as_often_as_it_should_calls_no_more() -> None:
    incident = play("S1", [ACK, KNOWN], minutes(35))[-1].incident
    [lasting] = [s for s in POLICY.escalation if s.name == "lasting"]
    assert incident.escalated_steps["lasting"] == 1
    assert decide(incident, fired(lasting), POLICY, AT + minutes(40)) == []
