"""What is done to systems: who may ask, agree and run, when that is too late, and that it happens once at most."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.domain import acting, errors
from bot.domain import commands as c
from bot.domain import effects as f
from bot.domain import events as e
from bot.domain.action import Action, Stage
from bot.domain.action_rules import ActionRule, Allowed, Approvals, WrongParameter
from bot.domain.actor import MUSTER, Actor
from bot.domain.params import Param, ParamType
from bot.domain.react import react
from bot.domain.rules import Policy
from tests.support.policies import a_policy
from tests.support.timelines import Story

ANN, BOB, CYD, DEE = (Actor.person(f"U0{name}") for name in ("ANN", "BOB", "CYD", "DEE"))
TERMINAL = Actor.cli("root")
PID = Param(name="pid", type=ParamType.INTEGER, min=1)
END = ActionRule(name="end", kind="end_session", does="Ends a session.", title="End a session", params=(PID,))
APPROVE_1, RUN_1 = (c.ApproveAction(by=BOB, number=1), c.StartAction(by=ANN, number=1))
READY = c.RecordRehearsal(by=MUSTER, number=1, ready=True, would=("Ends session 4711.",), bound={"start": "noon"})
DONE = c.RecordAction(by=MUSTER, number=1, verdict="done", said="Ended it.", output="ok")


def rules(**changes: Any) -> Policy:
    """A policy with one action, of which one thing or another is otherwise."""
    return replace(a_policy(), actions=(replace(END, **changes),))


def asked(policy: Policy, *, by: Actor = ANN, drill: bool = False) -> Story:
    """An incident in which somebody asked for the action."""
    story = Story(policy).do(c.Declare(by=ANN, title="Checkout hangs", severity="P1", drill=drill))
    return story.do(c.RequestAction(by=by, action="end", said=("4711",)))


def proposed(policy: Policy, *, by: Actor = ANN, drill: bool = False) -> Story:
    """The same, rehearsed."""
    return asked(policy, by=by, drill=drill).do(READY, minutes=0)


def the(story: Story) -> Action:
    """The action as it stands."""
    action = story.incident.action(1)
    assert action is not None
    return action


def events(story: Story, kind: type[e.Event]) -> list[Any]:
    """The events of a kind so far."""
    return [entry.event for entry in story.entries if isinstance(entry.event, kind)]


def following(story: Story) -> list[f.Effect]:
    """What follows from the last entry."""
    return react(story.incident, story.entries[-1], story.policy)


def test_what_was_given_is_kept_as_it_was_read_and_rehearsed_in_the_background() -> None:
    story = asked(rules())
    assert (the(story).stage, dict(the(story).given), the(story).by) == (Stage.REHEARSING, {"pid": "4711"}, ANN)
    assert following(story) == [f.CarryAction(number=1)]


@pytest.mark.parametrize("said", [("0",), (), ("1", "2"), {"pid": "-1"}, {"pid": 1, "who": "me"}, {"pid": True}])
def test_values_that_the_policy_does_not_allow_are_refused_before_anything_is_asked(said: Any) -> None:
    story = Story(rules()).do(c.Declare(by=ANN, title="Checkout hangs"))
    with pytest.raises(WrongParameter):
        story.do(c.RequestAction(by=ANN, action="end", said=said))
    assert not story.incident.actions


def test_an_action_that_is_not_there_is_answered_with_the_nearest() -> None:
    story = Story(rules()).do(c.Declare(by=ANN, title="Checkout hangs"))
    with pytest.raises(errors.UnknownAction) as refused:
        story.do(c.RequestAction(by=ANN, action="ends"))
    assert refused.value.details["nearest"] == "end"


@pytest.mark.parametrize(
    "command", [APPROVE_1, c.DeclineAction(by=BOB, number=1), RUN_1, replace(RUN_1, emergency="Orders are lost")]
)
def test_nobody_agrees_to_or_runs_what_is_still_being_rehearsed(command: c.Command) -> None:
    story = asked(rules(approvals=Approvals(emergency=True)))
    with pytest.raises(errors.ActionOver):
        story.do(command)


@pytest.mark.parametrize("number", [0, 2, 10**9, -1])
def test_a_number_that_no_action_has_is_answered(number: int) -> None:
    story = proposed(rules())
    with pytest.raises(errors.NoSuchAction):
        story.do(c.ApproveAction(by=BOB, number=number))


def test_a_rehearsal_that_is_told_twice_counts_once() -> None:
    story = proposed(rules()).do(READY, replace(READY, ready=False, why="Gone"))
    assert len(events(story, e.ActionProposed)) == 1
    assert not events(story, e.ActionImpossible)


def test_what_cannot_be_run_says_why_and_cannot_be_approved() -> None:
    story = asked(rules()).do(replace(READY, ready=False, why="There is no session 4711 any more."))
    assert (the(story).stage, the(story).said) == (Stage.IMPOSSIBLE, "There is no session 4711 any more.")
    with pytest.raises(errors.ActionOver):
        story.do(APPROVE_1)


def test_whoever_asked_is_not_who_agrees_unless_the_policy_says_so() -> None:
    with pytest.raises(errors.OwnAction):
        proposed(rules()).do(c.ApproveAction(by=ANN, number=1))
    assert the(proposed(rules(approvals=Approvals(other_person=False))).do(c.ApproveAction(by=ANN, number=1))).left == 0


def test_nobody_agrees_twice() -> None:
    story = proposed(rules(approvals=Approvals(count=2))).do(APPROVE_1)
    with pytest.raises(errors.ApprovedAlready):
        story.do(APPROVE_1)
    assert the(story).left == 1


@pytest.mark.parametrize("by", [TERMINAL, MUSTER, Actor.monitor("grafana")])
def test_only_people_in_slack_agree(by: Actor) -> None:
    with pytest.raises(errors.InSlackOnly):
        proposed(rules()).do(c.ApproveAction(by=by, number=1))


def test_somebody_at_a_terminal_needs_the_approvals_too() -> None:
    story = proposed(rules(), by=TERMINAL)
    with pytest.raises(errors.ApprovalMissing):
        story.do(c.StartAction(by=TERMINAL, number=1))


@pytest.mark.parametrize(
    ("approvals", "groups"),
    [(Approvals(roles=("scribe",)), frozenset[str]()), (Approvals(groups=("S0DBA",)), frozenset({"S0DBA"}))],
)
def test_only_those_whom_the_policy_names_agree(approvals: Approvals, groups: frozenset[str]) -> None:
    story = proposed(rules(approvals=approvals))
    with pytest.raises(errors.NotAllowed):
        story.do(APPROVE_1)
    story.do(c.AssignRole(by=ANN, role="scribe", user="U0BOB")).do(replace(APPROVE_1, groups=groups))
    assert the(story).approved_by == (BOB,)


def test_those_who_may_not_ask_may_not_run_what_others_asked_for() -> None:
    story = asked(rules(allowed=Allowed(groups=("U0ANN",)))).do(READY).do(APPROVE_1)
    with pytest.raises(errors.NotAllowed):
        story.do(c.StartAction(by=BOB, number=1))
    with pytest.raises(errors.NotAllowed):
        story.do(c.RequestAction(by=BOB, action="end", said=("1",)))
    assert the(story.do(RUN_1)).stage is Stage.RUNNING


@pytest.mark.parametrize(
    ("approvals", "why", "refused"),
    [
        (Approvals(), "", errors.ApprovalMissing),
        (Approvals(emergency=True), "", errors.ApprovalMissing),
        (Approvals(emergency=True), " \n ", errors.ApprovalMissing),
        (Approvals(), "Orders are lost", errors.EmergencyRefused),
    ],
)
def test_without_its_approvals_it_is_not_run(approvals: Approvals, why: str, refused: type[Exception]) -> None:
    story = proposed(rules(approvals=approvals))
    with pytest.raises(refused):
        story.do(replace(RUN_1, emergency=why))
    assert the(story).stage is Stage.PROPOSED


def test_an_emergency_is_told_with_its_reason_and_only_where_something_was_missing() -> None:
    story = proposed(rules(approvals=Approvals(emergency=True))).do(replace(RUN_1, emergency="Orders are lost"))
    assert (the(story).emergency, events(story, e.ActionStarted)[0].missing) == ("Orders are lost", 1)
    story = proposed(rules(approvals=Approvals(emergency=True))).do(APPROVE_1)
    assert the(story.do(replace(RUN_1, emergency="Orders are lost"))).emergency == ""


def test_a_drill_runs_nothing_not_even_in_an_emergency() -> None:
    story = proposed(rules(approvals=Approvals(emergency=True)), drill=True).do(APPROVE_1)
    for command in (RUN_1, replace(RUN_1, emergency="Orders are lost")):
        with pytest.raises(errors.ADrill):
            story.do(command)


def test_a_proposal_may_be_run_until_its_time_is_over_and_an_approval_gives_more() -> None:
    story = proposed(rules())
    with pytest.raises(errors.ActionOver):
        proposed(rules()).do(APPROVE_1, minutes=15)
    story.do(APPROVE_1, minutes=14)
    assert not events(story.fire(acting.timer_of(1), minutes=2), e.ActionExpired), "the approval gave it more time"
    assert the(story.do(RUN_1, minutes=12)).stage is Stage.RUNNING
    assert not events(story.fire(acting.timer_of(1), minutes=60), e.ActionExpired)


def test_a_proposal_that_nobody_ran_is_over_however_late_its_timer_rings() -> None:
    for late in (15, 600):
        story = proposed(rules()).fire(acting.timer_of(1), minutes=late)
        assert the(story).stage is Stage.EXPIRED


def test_anybody_may_say_no_and_then_it_is_over() -> None:
    story = proposed(rules(allowed=Allowed(groups=("U0ANN",)))).do(
        c.DeclineAction(by=DEE, number=1, why="Not that one")
    )
    assert (the(story).stage, the(story).said) == (Stage.DECLINED, "Not that one")
    with pytest.raises(errors.ActionOver):
        story.do(APPROVE_1)


def test_what_runs_is_not_started_declined_or_approved_again() -> None:
    story = proposed(rules()).do(APPROVE_1, RUN_1)
    for command in (RUN_1, c.DeclineAction(by=BOB, number=1), c.ApproveAction(by=CYD, number=1)):
        with pytest.raises(errors.ActionOver):
            story.do(command)
    assert len(events(story, e.ActionStarted)) == 1


def test_an_outcome_is_told_once_and_looked_at_once() -> None:
    story = proposed(rules(verify="db locks")).do(APPROVE_1, RUN_1, DONE, DONE, replace(DONE, verdict="failed"))
    assert [done.verdict for done in events(story, e.ActionFinished)] == ["done"]
    assert [(one.target, one.run) for one in events(story, e.DiagnosticRequested)] == [("db locks", "verify-1")]


def test_what_nobody_could_say_may_become_known_later_and_never_unknown_again() -> None:
    unknown = replace(DONE, verdict="unknown", said="Nobody knows.")
    story = proposed(rules(verify="db")).do(APPROVE_1, RUN_1, unknown, unknown, DONE, unknown)
    assert [done.verdict for done in events(story, e.ActionFinished)] == ["unknown", "done"]
    assert len(events(story, e.DiagnosticRequested)) == 1


def test_an_outcome_of_what_was_never_started_is_nobodys() -> None:
    assert the(proposed(rules()).do(DONE)).stage is Stage.PROPOSED


def test_where_nothing_was_done_there_is_nothing_to_look_at() -> None:
    story = proposed(rules(verify="db")).do(APPROVE_1, RUN_1, replace(DONE, verdict="refused"))
    assert not events(story, e.DiagnosticRequested)


def test_an_outcome_is_recorded_even_where_the_pack_has_lost_the_action_or_what_it_looks_at_afterwards() -> None:
    story = proposed(rules(verify="db")).do(APPROVE_1, RUN_1)
    story.policy = replace(story.policy, targets=())
    assert the(story.do(DONE)).stage is Stage.DONE
    story = proposed(rules(verify="db")).do(APPROVE_1, RUN_1)
    story.policy = a_policy()
    assert the(story.do(DONE)).stage is Stage.DONE


# --- what the pack, or the incident, has become in between --------------------------------------------------------


def test_an_action_that_the_pack_has_dropped_is_neither_approved_nor_run() -> None:
    story = proposed(rules()).do(APPROVE_1)
    story.policy = a_policy()
    for command in (RUN_1, c.ApproveAction(by=CYD, number=1)):
        with pytest.raises(errors.UnknownAction):
            story.do(command)
    assert the(story.do(c.DeclineAction(by=BOB, number=1))).stage is Stage.DECLINED


def test_a_pack_that_asks_for_more_approvals_by_now_gets_them() -> None:
    story = proposed(rules(approvals=Approvals(count=0)))
    story.policy = rules(approvals=Approvals(count=2))
    with pytest.raises(errors.ApprovalMissing):
        story.do(RUN_1)
    story.do(APPROVE_1)
    assert events(story, e.ActionApproved)[-1].left == 1
    with pytest.raises(errors.ApprovalMissing):
        story.do(RUN_1)
    assert the(story.do(c.ApproveAction(by=CYD, number=1), RUN_1)).stage is Stage.RUNNING


def test_a_pack_that_asks_for_fewer_does_not_let_what_was_shown_pass_with_fewer() -> None:
    story = proposed(rules(approvals=Approvals(count=2))).do(APPROVE_1)
    story.policy = rules(approvals=Approvals(count=1))
    with pytest.raises(errors.ApprovalMissing):
        story.do(RUN_1)


def test_ones_own_approval_counts_no_more_where_the_pack_wants_somebody_else_by_now() -> None:
    story = proposed(rules(approvals=Approvals(other_person=False))).do(c.ApproveAction(by=ANN, number=1))
    story.policy = rules()
    with pytest.raises(errors.ApprovalMissing):
        story.do(RUN_1)
    assert the(story.do(APPROVE_1, RUN_1)).stage is Stage.RUNNING


def test_nothing_is_asked_for_agreed_to_or_run_once_the_incident_is_over() -> None:
    story = proposed(rules(approvals=Approvals(emergency=True))).do(c.Resolve(by=ANN, summary="It went away"))
    for command in (APPROVE_1, RUN_1, replace(RUN_1, emergency="Orders"), c.RequestAction(by=ANN, action="end")):
        with pytest.raises(errors.IncidentOver):
            story.do(command)
    assert the(story.do(c.DeclineAction(by=BOB, number=1))).stage is Stage.DECLINED


def test_what_runs_when_the_incident_ends_is_told_all_the_same() -> None:
    story = proposed(rules()).do(APPROVE_1, RUN_1, c.Resolve(by=ANN, summary="It went away"), DONE)
    assert the(story).stage is Stage.DONE


def test_cards_of_what_waits_are_drawn_anew_when_the_incident_ends_and_when_it_goes_on() -> None:
    story = proposed(rules()).do(c.Resolve(by=ANN, summary="It went away"))
    assert f.Refresh(surface=f.action(1)) in [
        effect for entry in story.entries[-2:] for effect in react(story.incident, entry, story.policy)
    ]
    story.do(c.Reopen(by=ANN))
    assert f.Refresh(surface=f.action(1)) in following(story)


def test_the_time_that_an_approval_gives_is_the_policys() -> None:
    story = proposed(rules(expires=timedelta(minutes=3))).do(APPROVE_1, minutes=2)
    assert the(story).expires_at == story.now + timedelta(minutes=3)
