"""Walking a runbook: what may be said of a step, where it leads, and what becomes of a run."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.domain import commands as c
from bot.domain import effects as f
from bot.domain import errors
from bot.domain import events as e
from bot.domain import walking_errors as wrong
from bot.domain.actor import MUSTER, Actor
from bot.domain.evolve import fold
from bot.domain.react import react
from bot.domain.rules import Policy, TargetRule
from bot.domain.runbook_run import Branch, Course, Outcome, Place, RunbookRun, RunKind, Runnable, StepRule
from bot.domain.walked import what_was_tried
from tests.support.timelines import Story
from tests.unit.test_acting import ANN, BOB, CYD, rules

CHECK = Runnable(kind=RunKind.CHECK, does="db locks")
ACTION = Runnable(kind=RunKind.ACTION, does="end", given={"pid": "4711"})
#: Look, which leads to the mitigation or to the end of it; a question; an action; and a last look.
STEPS = (
    StepRule(
        title="Who waits?", phase=0, runs=(CHECK,), then=2,
        branches=(Branch(on="CRITICAL", to=3), Branch(on="OK", to=4)),
    ),
    StepRule(
        title="Which is it?", phase=1, pick=True, then=4,
        branches=(Branch(on="A lock", to=3), Branch(on="None of these", to=4)),
    ),
    StepRule(title="End it", phase=1, runs=(ACTION,), then=4, branches=(Branch(on="FAILED", to=0),)),
    StepRule(title="Nobody waits", phase=2, then=0),
)  # fmt: skip


def policy(**changes: Any) -> Policy:
    """Rules with the target and the action that the runbook names."""
    return replace(rules(**changes), targets=(TargetRule(name="db", kind="postgres"),))


def walked(**changes: Any) -> Story:
    """An incident in which Ann walks the runbook."""
    story = Story(policy(**changes)).do(c.Declare(by=ANN, title="Checkout hangs", severity="P1"))
    return story.do(start())


def start(name: str = "locks", *, again: bool = False) -> c.StartRunbook:
    """The command that begins."""
    phases = ("Investigation", "Causes", "Verification")
    return c.StartRunbook(by=ANN, name=name, title="Locks", digest="d", phases=phases, steps=STEPS, again=again)


def mark(step: int, outcome: Outcome = Outcome.DONE, by: Actor = BOB, **more: Any) -> c.MarkStep:
    """What Bob says of a step."""
    return c.MarkStep(by=by, number=1, step=step, outcome=outcome, **more)


def run(story: Story) -> RunbookRun:
    """The run as it stands."""
    found = story.incident.runbook(1)
    assert found is not None
    return found


def look(story: Story, verdict: str) -> Story:
    """The first step's check is run, and comes to a verdict."""
    story.do(c.RunStep(by=BOB, number=1, step=1, place=0, run="r1"))
    return story.do(
        c.RecordDiagnostic(
            by=MUSTER, target="db locks", run="r1", evidence=1, digest="x", verdict=verdict, findings=(), took_ms=1
        )
    )


def last(story: Story) -> Any:
    """The last event."""
    return story.entries[-1].event


@pytest.mark.parametrize(("verdict", "leads"), [("CRITICAL", 3), ("OK", 4), ("WARN", 2)])
def test_a_step_that_is_done_leads_where_its_check_says_or_else_to_the_next(verdict: str, leads: int) -> None:
    story = look(walked(), verdict).do(mark(1))
    assert run(story).current == leads
    assert last(story).next_item == STEPS[leads - 1].title
    assert last(story).picked == ("" if verdict == "WARN" else verdict)


def test_people_may_say_which_branch_it_is_whatever_was_found() -> None:
    assert run(look(walked(), "CRITICAL").do(mark(1, picked="ok"))).current == 4


def test_a_question_has_to_be_answered() -> None:
    story = walked().do(mark(1))
    with pytest.raises(wrong.NoSuchBranch) as problem:
        story.do(mark(2))
    assert problem.value.details["known"] == ["A lock", "None of these"]
    with pytest.raises(wrong.NoSuchBranch):
        story.do(mark(2, picked="The moon"))
    assert run(story.do(mark(2, picked="a lock"))).current == 3


@pytest.mark.parametrize("outcome", [Outcome.SKIPPED, Outcome.FAILED])
def test_whoever_passes_a_step_over_says_why(outcome: Outcome) -> None:
    story = walked()
    with pytest.raises(errors.MissingText):
        story.do(mark(1, outcome))
    assert run(story.do(mark(1, outcome, why="No access"))).marks[0].why == "No access"


def test_a_step_that_did_not_help_leads_where_it_says() -> None:
    story = look(walked(), "CRITICAL").do(mark(1)).do(mark(3, Outcome.FAILED, why="It came back"))
    assert run(story).course is Course.FINISHED
    assert (last(story).done, last(story).failed) == (1, 1)


def test_the_last_step_ends_the_run_and_nothing_may_be_said_of_it_any_more() -> None:
    story = look(walked(), "OK").do(mark(1)).do(mark(4))
    assert run(story).over
    with pytest.raises(wrong.RunOver):
        story.do(mark(4))


def test_two_people_who_do_one_step_are_told_who_was_first() -> None:
    story = walked().do(mark(1, by=BOB))
    with pytest.raises(wrong.StepMarkedAlready) as problem:
        story.do(mark(1, by=CYD))
    assert BOB.id in problem.value.sentence
    with pytest.raises(wrong.NotTheStep):
        story.do(mark(4))
    with pytest.raises(wrong.NotTheStep):
        story.do(mark(99))


def test_a_block_is_asked_for_as_if_it_was_typed_and_from_its_step() -> None:
    story = look(walked(), "CRITICAL").do(mark(1))
    story.do(c.RunStep(by=BOB, number=1, step=3, place=0, run="r2"))
    event = last(story)
    assert isinstance(event, e.ActionRequested)
    assert (event.action, event.given, event.at_step) == ("end", {"pid": "4711"}, Place(run=1, step=3))
    with pytest.raises(wrong.StepAtWork):
        story.do(c.RunStep(by=CYD, number=1, step=3, place=0, run="r3"))
    with pytest.raises(wrong.NoSuchBlock):
        story.do(c.RunStep(by=CYD, number=1, step=3, place=1, run="r3"))


def test_what_the_pack_has_dropped_since_does_not_run() -> None:
    story = look(walked(), "CRITICAL").do(mark(1))
    story.policy = replace(story.policy, actions=())
    with pytest.raises(errors.UnknownAction):
        story.do(c.RunStep(by=BOB, number=1, step=3, place=0, run="r2"))


def test_a_parameter_that_a_check_found_goes_with_what_the_runbook_says() -> None:
    story = look(walked(), "CRITICAL").do(mark(1))
    with pytest.raises(errors.DomainError):
        story.do(c.RunStep(by=BOB, number=1, step=3, place=0, run="r2", said={"pid": "none"}))
    story.do(c.RunStep(by=BOB, number=1, step=3, place=0, run="r2", said={"pid": "12"}))
    assert last(story).given == {"pid": "12"}


def test_going_back_forgets_what_was_said_since() -> None:
    story = look(walked(), "WARN").do(mark(1)).do(mark(2, picked="A lock")).do(c.GoBack(by=BOB, number=1, step=1))
    assert (run(story).current, run(story).marks) == (1, ())
    assert last(story).undone == (1, 2, 3)
    with pytest.raises(wrong.NotThere):
        story.do(c.GoBack(by=BOB, number=1, step=2))
    assert run(story.do(mark(1)).do(mark(2, picked="None of these")).do(mark(4))).over
    assert run(story.do(c.GoBack(by=BOB, number=1, step=4))).course is Course.GOING


def test_a_run_that_rests_counts_no_time() -> None:
    story = walked().do(c.PauseRunbook(by=BOB, number=1), minutes=5)
    with pytest.raises(wrong.RunPaused):
        story.do(mark(1))
    story.do(c.ResumeRunbook(by=CYD, number=1), minutes=60).do(mark(1), minutes=2)
    assert last(story).took_ms == timedelta(minutes=7) / timedelta(milliseconds=1)
    with pytest.raises(wrong.NotPaused):
        story.do(c.ResumeRunbook(by=CYD, number=1))


def test_whoever_is_handed_a_run_leads_it_and_takes_part() -> None:
    story = walked().do(c.HandOverRunbook(by=ANN, number=1, user="U0EVE", note="Lunch"))
    assert run(story).holder == Actor.person("U0EVE")
    assert "U0EVE" in story.incident.participants
    with pytest.raises(errors.AlreadySo):
        story.do(c.HandOverRunbook(by=ANN, number=1, user="U0EVE"))


def test_a_second_run_of_the_same_runbook_is_begun_on_purpose_and_does_not_mix_with_the_first() -> None:
    story = walked()
    with pytest.raises(wrong.WalkedAlready) as problem:
        story.do(start())
    assert "--again" in problem.value.sentence
    story.do(start(again=True)).do(mark(1))
    assert [one.current for one in story.incident.runbooks] == [2, 1]


def test_there_is_an_end_to_the_runs_of_an_incident() -> None:
    story = walked()
    for number in range(4):
        story.do(start(f"other-{number}"))
    with pytest.raises(wrong.TooManyRuns):
        story.do(start("one-more"))


def test_help_is_called_with_what_was_tried_and_what_came_of_it() -> None:
    story = look(walked(), "CRITICAL").do(mark(1)).do(mark(3, Outcome.SKIPPED, why="I may not"))
    told = what_was_tried(story.incident, run(story))
    assert "step 4 of 4: Nobody waits" in told
    assert "Who waits?: done; diag db locks: CRITICAL" in told
    assert "End it: skipped (I may not)" in told


def test_a_closed_incident_walks_nothing() -> None:
    story = walked().do(c.Resolve(by=ANN, summary="Over"))
    story.do(mark(1))
    story.do(c.Close(by=ANN))
    with pytest.raises(errors.IncidentOver):
        story.do(mark(2, picked="A lock"))
    with pytest.raises(errors.IncidentOver):
        story.do(start("other"))


def test_everything_of_a_run_is_in_its_thread() -> None:
    story = look(walked(), "CRITICAL").do(mark(1)).do(c.RunStep(by=BOB, number=1, step=3, place=0, run="r2"))
    story.do(c.RecordRehearsal(by=MUSTER, number=1, ready=True)).do(c.ApproveAction(by=CYD, number=1))
    story.do(c.StartAction(by=BOB, number=1)).do(c.RecordAction(by=MUSTER, number=1, verdict="done", said="So."))
    of_the_run = (e.RunbookStarted, e.StepMarked, e.DiagnosticRequested, e.ActionProposed, e.ActionFinished)
    effects = [
        effect
        for place, entry in enumerate(story.entries, 1)
        for effect in react(fold(story.entries[:place]), entry, story.policy)
        if isinstance(entry.event, of_the_run)
    ]
    shown = [one for one in effects if isinstance(one, f.Publish) and one.surface != f.walk(1)]
    assert shown
    assert {one.under for one in shown} == {f.walk(1)}
    assert {one.under for one in effects if isinstance(one, f.Reply)} == {f.walk(1)}
