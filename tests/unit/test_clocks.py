"""The clocks: what sets, silences, extends and answers them."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.domain import commands as c
from bot.domain import errors
from bot.domain import events as e
from bot.domain.actor import Actor
from bot.domain.calendar import Appointment
from bot.domain.clocks import deadline, running
from bot.domain.procedures import Audience, Checklist, Condition, FollowUp, Item, Letter, Moment, Requirement
from bot.domain.rules import (
    Category,
    EscalationStep,
    Policy,
    Role,
    Severity,
    Since,
    Status,
    StatusPage,
    Trigger,
)
from bot.domain.timetable import Act, simulate
from bot.domain.timetable import Moment as Happening

AT = datetime(2026, 2, 2, 14, 2, tzinfo=UTC)  # a Monday
BOB, EVE = Actor.person("U0BOB"), Actor.person("U0EVE")
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def minutes(number: float) -> timedelta:
    return timedelta(minutes=number)


POLICY = Policy(
    name="clocks",
    severities=(
        Severity(
            name="S1",
            rank=0,
            acknowledge_within=minutes(5),
            resolve_within=HOUR,
            update_every=minutes(15),
            review_within=2 * DAY,
            status_page=StatusPage.PUBLIC,
            status_page_within=minutes(10),
        ),
        Severity(name="S2", rank=1, acknowledge_within=Appointment("next-business-day"), resolve_within=4 * HOUR),
    ),
    statuses=(
        Status(name="looking", category=Category.TRIAGE),
        Status(name="known", category=Category.ACTIVE, cause_known=True),
        Status(name="watching", category=Category.MONITORING),
        Status(
            name="over",
            category=Category.RESOLVED,
            requires=Requirement(watched=minutes(15), watched_if={"rollback": minutes(30)}, checklists=("before",)),
        ),
        Status(name="overdone", category=Category.RESOLVED),
        Status(name="filed", category=Category.CLOSED),
    ),
    roles=(Role(name="lead", title="Lead", contacts=("first",)),),
    commander="lead",
    default_severity="S2",
    contacts={"first": ("U0FIRST",), "boss": ("U0BOSS",), "dba": ("U0DBA",), "security": ("U0SEC",)},
    escalation=(
        EscalationStep(name="told", trigger=Trigger.DECLARED, severities=("S1",), notify=("boss",)),
        EscalationStep(
            name="nobody", trigger=Trigger.UNACKNOWLEDGED, notify=("lead",), repeats=2, repeat_every=minutes(5)
        ),
        EscalationStep(name="lasting", trigger=Trigger.UNRESOLVED, after=minutes(30), notify=("boss",)),
        EscalationStep(
            name="unclear",
            trigger=Trigger.UNIDENTIFIED,
            after=minutes(15),
            since=Since.ACKNOWLEDGED,
            notify=("dba",),
            why="the cause is still unclear",
        ),
        EscalationStep(
            name="breach", trigger=Trigger.CONDITION, conditions=("security",), notify=("security",), severities=("S1",)
        ),
        EscalationStep(name="ask-dba", trigger=Trigger.REQUEST, aliases=("dba",), notify=("dba",)),
        EscalationStep(name="ask-boss", trigger=Trigger.REQUEST, aliases=("boss",), notify=("boss",)),
    ),
    conditions=(
        Condition(name="security", title="Somebody broke in", suggests="S1"),
        Condition(name="rollback", title="It was rolled back"),
    ),
    checklists=(
        Checklist(
            name="before",
            title="Before it is over",
            at=Moment.STATUS,
            statuses=("watching",),
            items=(Item(text="Look"),),
            severities=("S1",),
        ),
        Checklist(name="after", title="Afterwards", at=Moment.RESOLVED, items=(Item(text="Write"), Item(text="Thank"))),
    ),
    letters=(
        Letter(
            name="page",
            title="Status page",
            audience=Audience.STATUS_PAGE,
            body="{{ title }}",
            severities=("S1",),
            within=minutes(10),
            every=minutes(30),
        ),
    ),
    follow_ups=(FollowUp(name="week", title="Look at the items", after=7 * DAY, notify=("boss",), checklist="after"),),
)


def play(severity: str, acts: Sequence[Act] = (), until: timedelta = DAY, policy: Policy = POLICY) -> list[Happening]:
    declaration = c.Declare(by=EVE, title="Checkout is down", severity=severity)
    return list(simulate(policy, declaration, AT, acts=acts, until=until))


def calls(happenings: Sequence[Happening]) -> list[tuple[float, str | None]]:
    """Who is called, by the step's name, and after how many minutes."""
    return [(h.after / minutes(1), h.entry.event.step) for h in happenings if isinstance(h.entry.event, e.Escalated)]


def missed(happenings: Sequence[Happening]) -> list[tuple[float, str]]:
    return [(h.after / minutes(1), h.entry.event.clock) for h in happenings if isinstance(h.entry.event, e.ClockMissed)]


def at(number: float, command: c.Command) -> Act:
    return Act(minutes(number), command)


ACK = at(2, c.Acknowledge(by=BOB))
KNOWN = at(3, c.ChangeStatus(by=BOB, status="known"))


def test_who_is_to_be_told_at_once_is_called_with_the_declaration() -> None:
    assert calls(play("S1", until=minutes(1))) == [(0, "told")]


def test_an_untaken_role_is_called_at_its_contacts() -> None:
    events = [h.entry.event for h in play("S1", until=minutes(5))]
    [call] = [event for event in events if isinstance(event, e.Escalated) and event.step == "nobody"]
    assert call.people == ("U0FIRST",)


def test_a_cause_that_stays_unknown_is_escalated_so_long_after_somebody_began_to_look() -> None:
    assert (17, "unclear") in calls(play("S1", [ACK], minutes(20)))
    assert "unclear" not in [step for _, step in calls(play("S1", until=minutes(60)))]


@pytest.mark.parametrize(
    "known",
    [
        c.ChangeStatus(by=BOB, status="known"),
        c.ChangeStatus(by=BOB, status="watching"),
        c.RecordCause(by=BOB, text="The pool is too small"),
    ],
)
def test_once_the_cause_is_known_nobody_is_called_for_it(known: c.Command) -> None:
    assert "unclear" not in [step for _, step in calls(play("S1", [ACK, at(10, known)], minutes(60)))]


def test_a_condition_calls_at_once_when_it_turns_out_to_be_so_and_no_more_when_it_does_not() -> None:
    found = at(20, c.SetCondition(by=BOB, condition="security", why="An unknown key was used"))
    assert (20, "breach") in calls(play("S1", [ACK, KNOWN, found], minutes(25)))
    assert "breach" not in [step for _, step in calls(play("S2", [ACK, KNOWN, found], minutes(25)))]


def test_a_condition_that_is_known_at_the_declaration_calls_then() -> None:
    declaration = c.Declare(by=EVE, title="Somebody is in", conditions=("security",))
    happenings = list(simulate(POLICY, declaration, AT, until=minutes(1)))
    assert happenings[0].incident.severity == "S1", "the answers suggest it"
    assert {step for _, step in calls(happenings)} == {"told", "breach"}


def test_somebody_who_asks_for_help_is_given_the_next_and_then_the_last_again() -> None:
    asked = [at(number, c.Escalate(by=BOB, why="stuck")) for number in (3, 4, 5)]
    happenings = play("S2", [ACK, *asked], minutes(6))
    assert [step for _, step in calls(happenings)] == ["ask-dba", "ask-boss", "ask-boss"]


def test_somebody_may_ask_for_one_by_what_people_call_them() -> None:
    happenings = play("S2", [at(3, c.Escalate(by=BOB, step="Boss", why="stuck"))], minutes(4))
    assert calls(happenings) == [(3, "ask-boss")]
    with pytest.raises(errors.UnknownStep, match="nobody to call"):
        play("S2", [at(3, c.Escalate(by=BOB, step="plumber"))])


def test_a_clock_that_waits_for_the_office_waits_over_the_weekend() -> None:
    friday = AT + 4 * DAY
    declaration = c.Declare(by=EVE, title="Slow", severity="S2")
    first = next(iter(simulate(POLICY, declaration, friday, until=minutes(1))))
    due = deadline(first.incident, POLICY, "acknowledge")
    assert due is not None
    assert due.due_at == datetime(2026, 2, 9, 9, 0, tzinfo=UTC)


def test_each_promise_that_is_not_kept_is_said_once() -> None:
    assert missed(play("S1", until=3 * HOUR)) == [(5, "acknowledge"), (10, "status-page"), (60, "resolve")]


def test_a_text_for_the_status_page_answers_its_clock() -> None:
    sent = at(8, c.RecordText(by=BOB, text="page", body="We look into it"))
    happenings = play("S1", [ACK, KNOWN, sent], minutes(50))
    assert missed(happenings) == []
    dues = [h.after / minutes(1) for h in happenings if isinstance(h.entry.event, e.TextDue)]
    assert dues == [38], "it is due again half an hour after it was sent"


def test_a_text_that_nobody_sends_is_asked_for_as_often_as_it_is_due() -> None:
    happenings = play("S1", [ACK], minutes(75))
    assert [h.after / minutes(1) for h in happenings if isinstance(h.entry.event, e.TextDue)] == [10, 40, 70]


def test_the_commander_can_silence_a_clock_and_nobody_else_can() -> None:
    quiet = c.SnoozeClock(by=BOB, clock="update", span=minutes(30))
    happenings = play("S1", [ACK, at(10, quiet)], minutes(60))
    assert [h.after / minutes(1) for h in happenings if isinstance(h.entry.event, e.UpdateOverdue)] == [40, 55]
    with pytest.raises(errors.OnlyCommander, match="Only <@U0BOB>"):
        play("S1", [ACK, at(10, replace(quiet, by=EVE))])


def test_all_of_the_escalation_can_be_silenced_at_once() -> None:
    quiet = at(10, c.SnoozeClock(by=BOB, clock="escalation", span=HOUR))
    assert calls(play("S1", [ACK, quiet], minutes(80))) == [(0, "told"), (70, "lasting"), (70, "unclear")]


def test_more_time_needs_a_reason_and_moves_the_clock() -> None:
    with pytest.raises(errors.MissingText):
        play("S1", [ACK, at(10, c.ExtendClock(by=EVE, clock="resolve", span=HOUR, why=" "))])
    longer = at(10, c.ExtendClock(by=EVE, clock="resolve", span=HOUR, why="The vendor is at it"))
    assert (120, "resolve") in missed(play("S1", [ACK, longer], 3 * HOUR))
    late = at(90, c.ExtendClock(by=EVE, clock="resolve", span=HOUR, why="The vendor is at it"))
    assert [m for m in missed(play("S1", [ACK, late], 4 * HOUR)) if m[1] == "resolve"] == [
        (60, "resolve"),
        (150, "resolve"),
    ]


def test_a_clock_that_does_not_run_cannot_be_changed() -> None:
    with pytest.raises(errors.UnknownClock) as raised:
        play("S2", [ACK, at(10, c.SnoozeClock(by=BOB, clock="updaet", span=HOUR))])
    assert "lasting" in str(raised.value.details["known"])


def test_a_new_severity_promises_its_own_times() -> None:
    raised = at(10, c.ChangeSeverity(by=BOB, severity="S1"))
    assert (60, "resolve") in missed(play("S2", [ACK, raised], 2 * HOUR))
    assert (10, "told") in calls(play("S2", [ACK, raised], minutes(20)))


def test_watching_begins_with_the_status_and_ends_with_a_word() -> None:
    watched = at(10, c.ChangeStatus(by=BOB, status="watching"))
    happenings = play("S1", [ACK, watched], HOUR)
    assert [h.after / minutes(1) for h in happenings if isinstance(h.entry.event, e.WatchEnded)] == [25]
    again = at(20, c.SetCondition(by=BOB, condition="rollback"))
    happenings = play("S1", [ACK, watched, again], HOUR)
    assert [h.after / minutes(1) for h in happenings if isinstance(h.entry.event, e.WatchEnded)] == [50]
    ended = next(h.entry.event for h in happenings if isinstance(h.entry.event, e.WatchEnded))
    assert ended.due_at - ended.since == minutes(30)


OVER = c.Resolve(by=BOB, summary="It works again")
TICK = at(12, c.TickItems(by=BOB, checklist="before", done=(1,)))
WATCH = at(10, c.ChangeStatus(by=BOB, status="watching"))


@pytest.mark.parametrize(
    ("acts", "lacking"),
    [
        (
            [],
            "it was not watched for 15 min (`status watching` starts that); the checklist “Before it is over” was not",
        ),
        ([WATCH], "it is to be watched for another 5 min; the checklist “Before it is over” has 1 of 1 left"),
        ([WATCH, TICK], "it is to be watched for another 5 min"),
        ([WATCH, TICK, at(15, c.SetCondition(by=BOB, condition="rollback"))], "it is to be watched for another 25 min"),
    ],
)
def test_a_status_is_not_entered_before_all_is_so(acts: list[Act], lacking: str) -> None:
    with pytest.raises(errors.NotYet) as raised:
        play("S1", [ACK, *acts, at(20, OVER)])
    assert lacking in str(raised.value.details["what"])


def test_it_is_entered_when_all_is_so_and_before_with_a_reason_that_is_kept() -> None:
    assert play("S1", [ACK, WATCH, TICK, at(25, OVER)], HOUR)[-1].incident.over
    happenings = play("S1", [ACK, WATCH, at(20, replace(OVER, override="The vendor confirmed it"))], HOUR)
    [resolved] = [h.entry.event for h in happenings if isinstance(h.entry.event, e.Resolved)]
    assert resolved.because == "The vendor confirmed it"
    assert len(resolved.overrode) == 2
    clean = play("S1", [ACK, WATCH, TICK, at(25, replace(OVER, override="why not"))], HOUR)
    [resolved] = [h.entry.event for h in clean if isinstance(h.entry.event, e.Resolved)]
    assert (resolved.overrode, resolved.because) == ((), ""), "there was nothing to pass over"


def test_every_resolved_status_can_be_entered_by_its_name() -> None:
    named = at(5, c.ChangeStatus(by=BOB, status="overdone", note="Never mind"))
    assert play("S1", [ACK, named], HOUR)[-1].incident.status == "overdone"


def test_a_follow_up_is_asked_for_unless_its_list_is_done() -> None:
    over = at(30, c.ChangeStatus(by=BOB, status="overdone", note="Done"))
    happenings = play("S2", [ACK, over], 8 * DAY)
    assert [h.after for h in happenings if isinstance(h.entry.event, e.FollowUpDue)] == [minutes(30) + 7 * DAY]
    ticks = at(60, c.TickItems(by=BOB, checklist="after", done=(1, 2)))
    happenings = play("S2", [ACK, over, ticks], 8 * DAY)
    assert not [h for h in happenings if isinstance(h.entry.event, e.FollowUpDue)]


def test_a_follow_up_brings_its_list_where_it_is_not_there() -> None:
    lists = tuple(replace(rule, at=Moment.STATUS, statuses=("filed",)) for rule in POLICY.checklists)
    over = at(30, c.ChangeStatus(by=BOB, status="overdone", note="Done"))
    happenings = play("S2", [ACK, over], 8 * DAY, replace(POLICY, checklists=lists))
    assert [type(h.entry.event) for h in happenings[-2:]] == [e.FollowUpDue, e.ChecklistShown]
    assert not running(happenings[-1].incident, POLICY), "it was asked once"


def test_two_people_who_tick_the_same_item_make_one_tick() -> None:
    twice = [
        at(11, c.TickItems(by=BOB, checklist="before", done=(1,))),
        at(12, c.TickItems(by=EVE, checklist="before", done=(1,))),
    ]
    happenings = play("S1", [ACK, WATCH, *twice], HOUR)
    assert sum(isinstance(h.entry.event, e.ItemTicked) for h in happenings) == 1
    tally = happenings[-1].incident.tally("before")
    assert tally is not None
    assert [tick.by for tick in tally.ticks] == ["U0BOB"]
