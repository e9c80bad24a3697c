"""What is counted of runs of runbooks, over all incidents."""

from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain import commands as c
from bot.domain.runbook_run import Outcome
from bot.domain.timeline import Entry
from bot.runbooks.runbook import Runbook
from bot.runbooks.stats import Stats, Use, stats
from bot.runbooks.structure import Step, Structure
from tests.support.policies import a_policy
from tests.support.timelines import BOB, DANA, START, Story
from tests.support.walking import begin, mark, walked

POLICY = a_policy()
TODAY = date(2026, 2, 12)
SKIPPED, FAILED = Outcome.SKIPPED, Outcome.FAILED
A_STEP = Structure(steps=(Step(title="Look", phase=0, first=1, last=1),))


def runbook(name: str, reviewed: date | None = TODAY, *, structure: Structure = A_STEP) -> Runbook:
    return Runbook(
        name=name, title=name, text="", digest="d", path=Path(f"{name}.md"), reviewed=reviewed, structure=structure
    )


def told(stories: Sequence[Story]) -> list[tuple[str, Entry]]:
    """The stories' entries as the store has them, each story an incident of its own."""
    return [(f"INC-{number}", entry) for number, story in enumerate(stories) for entry in story.entries]


def counted(*stories: Story, pack: Sequence[Runbook] = ()) -> Stats:
    return stats(told(stories), pack, today=TODAY)


def use(*stories: Story) -> Use:
    [found] = counted(*stories).used
    return found


def begun() -> Story:
    return Story(POLICY).do(c.Declare(by=DANA, title="Mail is late", severity="P1"), minutes=0).do(begin(BOB))


def through(minutes: float = 1) -> Story:
    """A run to its end, past three steps, each of which takes so long."""
    story = begun().do(mark(BOB, 1), minutes=minutes).do(mark(BOB, 2, picked="All"), minutes=minutes)
    return story.do(mark(BOB, 5), minutes=minutes).do(mark(BOB, 6), minutes=minutes)


def test_a_runbook_is_counted_with_how_its_runs_ended() -> None:
    stopped, going = begun().do(c.StopRunbook(by=BOB, number=1)), begun()
    found = use(through(), through(), stopped, going)
    assert (found.name, found.title) == ("queue-backlog", "Queue backlog")
    assert (found.runs, found.finished, found.stopped) == (4, 2, 1)
    assert found.last_used == START + timedelta(minutes=1)


def test_how_long_a_runbook_takes_is_the_median_of_those_that_were_finished() -> None:
    assert use(through(1), through(2), through(30)).median == timedelta(minutes=8)
    assert use(through(1), through(2)).median == timedelta(minutes=6)
    assert use(begun()).median is None


def test_a_rest_is_no_part_of_how_long_it_takes() -> None:
    story = begun().do(c.PauseRunbook(by=BOB, number=1)).do(c.ResumeRunbook(by=BOB, number=1), minutes=90)
    story.do(mark(BOB, 1)).do(mark(BOB, 2, picked="All")).do(mark(BOB, 5)).do(mark(BOB, 6))
    assert use(story).median == timedelta(minutes=5)


def test_a_run_that_is_gone_back_into_is_not_finished_until_it_is_again() -> None:
    story = through().do(c.GoBack(by=BOB, number=1, step=6))
    assert use(story).finished == 0
    assert use(story.do(mark(BOB, 6), minutes=5)).median == timedelta(minutes=10)


def test_the_step_that_was_skipped_or_failed_most_comes_first() -> None:
    first = begun().do(mark(BOB, 1)).do(mark(BOB, 2)).do(mark(BOB, 3, FAILED, why="No"), minutes=4)
    second = begun().do(mark(BOB, 1)).do(mark(BOB, 2, SKIPPED, why="Known")).do(mark(BOB, 3, SKIPPED, why="No"))
    third = begun().do(mark(BOB, 1), minutes=3).do(mark(BOB, 2), minutes=7).do(mark(BOB, 3), minutes=2)
    worst, second_worst, best = use(first, second, third).steps
    assert (worst.title, worst.phase, worst.done, worst.skipped, worst.failed) == (
        "Restart the workers",
        "Resolution",
        1,
        1,
        1,
    )
    assert worst.median == timedelta(minutes=3)
    assert (second_worst.title, second_worst.median) == ("Who works it off?", timedelta(minutes=4))
    assert (best.title, best.times, best.troubled, best.median) == ("Is the queue growing?", 3, 0, timedelta(minutes=1))


def test_a_step_that_everybody_skips_takes_no_time() -> None:
    [step] = use(begun().do(mark(BOB, 1, SKIPPED, why="Known"))).steps
    assert step.median is None


def test_what_was_gone_back_to_counts_once() -> None:
    story = begun().do(mark(BOB, 1, FAILED, why="No")).do(c.GoBack(by=BOB, number=1, step=1)).do(mark(BOB, 1))
    [step] = use(story).steps
    assert (step.done, step.failed) == (1, 0)


def test_runs_of_one_number_in_two_incidents_do_not_mix() -> None:
    assert use(begun().do(mark(BOB, 1)), begun().do(mark(BOB, 1, SKIPPED, why="Known"))).steps[0].times == 2


def test_a_run_whose_beginning_is_too_long_ago_is_passed_over() -> None:
    entries = [entry for entry in told([through()]) if entry[1].seq > 2]
    assert stats(entries, [], today=TODAY).used == ()


def test_runbooks_that_were_never_walked_are_those_of_the_pack_that_can_be() -> None:
    read = runbook("to-read", structure=Structure())
    found = counted(begun(), pack=[runbook("queue-backlog"), runbook("memory-leak"), read])
    assert [one.name for one in found.never] == ["memory-leak"]
    assert found.gone == frozenset()


def test_a_runbook_that_left_the_pack_is_known_by_name() -> None:
    assert counted(begun(), pack=[runbook("memory-leak")]).gone == {"queue-backlog"}


def test_a_runbook_is_stale_that_nobody_reviewed_for_a_year() -> None:
    year = TODAY - timedelta(days=365)
    pack = [runbook("a-year", year), runbook("older", year - timedelta(days=1)), runbook("never", None)]
    assert [one.name for one in counted(pack=pack).stale] == ["never", "older"]


STORIES = st.lists(walked(POLICY), max_size=2)


@settings(max_examples=15, deadline=None)
@given(STORIES)
def test_every_mark_that_counts_in_an_incident_is_counted_once(stories: list[Story]) -> None:
    runs = [run for story in stories for run in story.incident.runbooks]
    used = counted(*stories).used
    assert sum(one.runs for one in used) == len(runs)
    assert sum(one.finished + one.stopped for one in used) == sum(run.over for run in runs)
    for outcome in Outcome:
        said = sum(getattr(step, outcome.value) for one in used for step in one.steps)
        assert said == sum(mark.outcome is outcome for run in runs for mark in run.marks)


@settings(max_examples=10, deadline=None)
@given(STORIES)
def test_the_order_of_incidents_does_not_matter(stories: list[Story]) -> None:
    assert counted(*stories).used == counted(*reversed(stories)).used
