"""Walking a runbook where things cross: answers that come late, branches that sound alike, long runs, old versions."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain import commands as c
from bot.domain import effects as f
from bot.domain import errors
from bot.domain import events as e
from bot.domain import walking_errors as wrong
from bot.domain.actor import MUSTER
from bot.domain.evolve import evolve
from bot.domain.react import react
from bot.domain.runbook_run import END, Branch, Outcome, Place, RunKind, Runnable, StepRule
from bot.domain.timeline import Entry
from bot.domain.walked import selected, what_was_tried
from bot.slack.views.parts import INPUT
from tests.support.timelines import Story
from tests.unit.test_acting import ANN, BOB, CYD
from tests.unit.test_walking import CHECK, last, look, mark, policy, run, start, walked


def of(*steps: StepRule) -> Story:
    """An incident in which Ann walks a runbook of these steps."""
    story = Story(policy()).do(c.Declare(by=ANN, title="Checkout hangs", severity="P1"))
    return story.do(replace(start(), phases=("Investigation",), steps=steps))


def press(story: Story, place: int = 0, run: str = "r1", step: int = 1) -> Story:
    """Bob presses the button of a block."""
    return story.do(c.RunStep(by=BOB, number=1, step=step, place=place, run=run))


def comes_back(story: Story, verdict: str, run: str = "r1") -> Story:
    """A diagnostic is over."""
    return story.do(
        c.RecordDiagnostic(
            by=MUSTER, target="db locks", run=run, evidence=1, digest="x", verdict=verdict, findings=(), took_ms=1
        )
    )


def effects(story: Story) -> list[f.Effect]:
    """What follows from the last entry."""
    return react(story.incident, story.entries[-1], story.policy)


ASKS = StepRule(
    title="How full is it?", phase=0, pick=True,
    branches=(
        Branch(on="> 80 %", to=2), Branch(on="< 80 %", to=3), Branch(on="✅", to=2), Branch(on="❌", to=3),
        Branch(on="Timeout", to=2), Branch(on="Timeout", to=3), Branch(on="Yes", to=3), Branch(on="yes!", to=3),
    ),
)  # fmt: skip
REST = (StepRule(title="Full", phase=0), StepRule(title="Not full", phase=0))


@pytest.mark.parametrize(("place", "leads"), [(0, 2), (1, 3), (2, 2), (3, 3), (4, 2), (5, 3)])
def test_a_button_takes_its_own_branch_however_much_it_sounds_like_another(place: int, leads: int) -> None:
    assert run(of(ASKS, *REST).do(mark(1, branch=place))).current == leads


@pytest.mark.parametrize("place", [-1, 8, 999_999])
def test_a_branch_that_is_not_there_leads_nowhere(place: int) -> None:
    with pytest.raises(wrong.NoSuchBranch):
        of(ASKS, *REST).do(mark(1, branch=place))


@pytest.mark.parametrize(("said", "leads"), [("> 80 %", 2), ("< 80 %", 3), ("❌", 3), ("YES", 3)])
def test_words_that_are_written_as_the_branch_is_mean_it(said: str, leads: int) -> None:
    assert run(of(ASKS, *REST).do(mark(1, picked=said))).current == leads


@pytest.mark.parametrize("said", ["80", "Timeout", "timeout", "?", "!!"])
def test_words_that_mean_two_branches_or_none_mean_neither(said: str) -> None:
    with pytest.raises(wrong.NoSuchBranch):
        of(ASKS, *REST).do(mark(1, picked=said))


TWO_LOOKS = StepRule(
    title="Who waits?", phase=0, then=2,
    runs=(CHECK, Runnable(kind=RunKind.CHECK, does="db")),
    branches=(Branch(on="OK", to=END), Branch(on="CRITICAL", to=3)),
)  # fmt: skip


def test_that_all_is_well_holds_once_all_checks_of_a_step_have_answered() -> None:
    story = comes_back(press(of(TWO_LOOKS, *REST)), "OK")
    assert selected(story.incident, run(story), 1) is None
    press(story, place=1, run="r2")
    assert selected(story.incident, run(story), 1) is None
    comes_back(story, "OK", run="r2")
    assert selected(story.incident, run(story), 1) == Branch(on="OK", to=END)


def test_what_is_wrong_is_wrong_whatever_else_is_still_to_come() -> None:
    story = comes_back(press(of(TWO_LOOKS, *REST)), "CRITICAL")
    assert selected(story.incident, run(story), 1) == Branch(on="CRITICAL", to=3)


def test_of_two_actions_the_worse_end_decides() -> None:
    ends = (Branch(on="DONE", to=2), Branch(on="FAILED", to=3))
    acts = tuple(Runnable(kind=RunKind.ACTION, does="end", given={"pid": pid}) for pid in ("1", "2"))
    story = of(StepRule(title="End them", phase=0, then=2, runs=acts, branches=ends), *REST)
    for number, verdict in ((1, "done"), (2, "failed")):
        press(story, place=number - 1)
        story.do(c.RecordRehearsal(by=MUSTER, number=number, ready=True)).do(c.ApproveAction(by=CYD, number=number))
        story.do(c.StartAction(by=BOB, number=number))
        story.do(c.RecordAction(by=MUSTER, number=number, verdict=verdict, said="So."))
    assert selected(story.incident, run(story), 1) == Branch(on="FAILED", to=3)


def test_a_check_that_comes_back_after_its_step_was_gone_back_from_is_told_in_the_runs_thread() -> None:
    story = press(of(StepRule(title="First", phase=0, then=2), TWO_LOOKS).do(mark(1)), step=2)
    story.do(c.GoBack(by=CYD, number=1, step=1))
    assert run(story).tries(2) == ()
    comes_back(story, "CRITICAL")
    assert last(story).at_step == Place(run=1)
    assert f.Publish(surface=f.diagnostic("r1"), under=f.walk(1)) in effects(story)
    assert run(story).tried == (), "and nothing is left of it"


def test_a_check_that_was_asked_again_answers_twice_and_its_step_shows_the_second() -> None:
    story = press(walked())
    press(story.do(c.AddNote(by=ANN, text="No answer"), minutes=3), run="r2")
    comes_back(story, "CRITICAL")
    assert f.Publish(surface=f.diagnostic("r1"), under=f.walk(1)) in effects(story)
    assert [one.verdict for one in run(story).tries(1)] == [""]
    comes_back(story, "OK", run="r2")
    assert f.Refresh(surface=f.step(1, 1)) in effects(story)
    assert [one.verdict for one in run(story).tries(1)] == ["OK"]


@pytest.mark.parametrize("ends", [c.StopRunbook(by=ANN, number=1), mark(1)])
def test_a_check_that_comes_back_after_its_step_is_over_is_shown_there(ends: c.Command) -> None:
    story = comes_back(press(walked()).do(ends), "CRITICAL")
    assert f.Refresh(surface=f.step(1, 1)) in effects(story)
    assert run(story).tries(1)[0].verdict == "CRITICAL"


def test_what_an_older_version_recorded_reaches_the_step_all_the_same() -> None:
    story = press(walked())
    recorded = e.DiagnosticRecorded(
        target="db locks", run="r1", evidence=1, digest="x", verdict="WARN", findings=(), took_ms=1
    )
    at = story.entries[-1].at
    entry = Entry(seq=story.incident.seq + 1, at=at, recorded_at=at, by=MUSTER, event=recorded)
    found = evolve(story.incident, entry).runbook(1)
    assert found is not None
    assert found.tries(1)[0].verdict == "WARN"


def test_a_clock_that_goes_backwards_takes_no_time_away() -> None:
    story = walked().do(mark(1), minutes=-90)
    assert last(story).took_ms == 0
    story.do(c.PauseRunbook(by=ANN, number=1)).do(c.ResumeRunbook(by=ANN, number=1), minutes=-30)
    assert run(story).since >= story.entries[-2].at - timedelta(minutes=1)


def test_nobody_is_handed_nothing() -> None:
    with pytest.raises(errors.MissingText):
        walked().do(c.HandOverRunbook(by=ANN, number=1, user=""))


def test_going_back_into_a_run_that_was_over_needs_room_among_those_that_are_open() -> None:
    story = look(walked(), "OK").do(mark(1)).do(mark(4))
    for number in range(5):
        story.do(start(f"other-{number}"))
    with pytest.raises(wrong.TooManyRuns):
        story.do(c.GoBack(by=BOB, number=1, step=4))


def test_whatever_happens_to_a_run_shows_on_the_incidents_card() -> None:
    story = walked()
    for command in (
        mark(1),
        c.PauseRunbook(by=ANN, number=1),
        c.ResumeRunbook(by=ANN, number=1),
        c.HandOverRunbook(by=ANN, number=1, user="U0EVE"),
        c.GoBack(by=ANN, number=1, step=1),
        c.StopRunbook(by=ANN, number=1),
    ):
        assert f.Refresh(surface=f.Surface.SUMMARY) in effects(story.do(command)), command


@pytest.mark.parametrize("over", [False, True])
def test_when_an_incident_is_closed_nothing_of_a_runbook_can_be_pressed_any_more(over: bool) -> None:
    story = walked().do(c.Resolve(by=ANN, summary="Over"))
    if over:
        story.do(c.StopRunbook(by=ANN, number=1))
    found = effects(story.do(c.Close(by=ANN)))
    assert f.Refresh(surface=f.walk(1)) in found
    assert (f.Refresh(surface=f.step(1, 1)) in found) != over


def test_help_is_called_with_the_last_steps_of_a_long_run() -> None:
    steps = tuple(StepRule(title=f"Step number {n} " + "x" * 130, phase=0, then=n + 1) for n in range(1, 101))
    story = of(*steps)
    for number in range(1, 60):
        story.do(mark(number, Outcome.SKIPPED, why="I may not\n" * 100))
    told = what_was_tried(story.incident, run(story))
    assert len(told) <= INPUT
    assert "Step number 59 " in told.splitlines()[-1]
    assert "at step 60 of 100" in told.splitlines()[0]
    assert "steps before these" in told.splitlines()[1]
    assert all(line.startswith("•") for line in told.splitlines()[1:]), "a step is a line"
    said = "We need somebody who knows the pool. " * 20
    assert len(said) + len(what_was_tried(story.incident, run(story), besides=said)) + 2 <= INPUT
