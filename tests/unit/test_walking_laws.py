"""Laws of walking a runbook, whatever the order in which people speak."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from bot.domain import commands as c
from bot.domain import errors
from bot.domain import events as e
from bot.domain.actor import MUSTER
from bot.domain.evolve import fold
from bot.domain.runbook_run import END, Course, Outcome
from tests.unit.test_acting import ANN, BOB, CYD
from tests.unit.test_walking import STEPS, walked

_BY = st.sampled_from((ANN, BOB, CYD))
_RUN, _STEP = st.integers(1, 2), st.integers(0, len(STEPS) + 1)
_COMMANDS = st.one_of(
    st.builds(
        c.MarkStep,
        by=_BY,
        number=st.just(1),
        step=_STEP,
        outcome=st.sampled_from(Outcome),
        why=st.sampled_from(("", "No access")),
        picked=st.sampled_from(("", "", "A lock", "None of these", "CRITICAL", "The moon")),
    ),
    st.builds(c.RunStep, by=_BY, number=_RUN, step=_STEP, place=st.integers(-1, 1), run=st.sampled_from(("a", "b"))),
    st.builds(
        c.RecordDiagnostic,
        by=st.just(MUSTER),
        target=st.just("db locks"),
        run=st.sampled_from(("a", "b")),
        evidence=st.just(1),
        digest=st.just("x"),
        verdict=st.sampled_from(("OK", "WARN", "CRITICAL", "NO_DATA")),
        findings=st.just(()),
        took_ms=st.just(1),
    ),
    st.builds(c.GoBack, by=_BY, number=_RUN, step=_STEP),
    st.builds(c.PauseRunbook, by=_BY, number=_RUN),
    st.builds(c.ResumeRunbook, by=_BY, number=_RUN),
    st.builds(c.HandOverRunbook, by=_BY, number=_RUN, user=st.sampled_from(("U0EVE", "U0ANN"))),
    st.builds(c.StopRunbook, by=_BY, number=st.just(2)),
)


@given(st.lists(_COMMANDS, max_size=40))
def test_a_run_goes_forwards_step_by_step_and_a_step_is_marked_once_until_somebody_goes_back(
    commands: list[c.Command],
) -> None:
    story = walked()
    marked: set[int] = set()
    for command in commands:
        known = len(story.entries)
        before = story.incident.runbook(1)
        assert before is not None
        try:
            story.do(command)
        except errors.DomainError:
            assert len(story.entries) == known
        for entry in story.entries[known:]:
            event = entry.event
            if isinstance(event, e.StepMarked):
                assert event.step == before.current
                assert before.course is Course.GOING
                assert event.step not in marked
                assert event.then == END or event.then > event.step
                assert event.why or event.outcome is Outcome.DONE
                marked.add(event.step)
            elif isinstance(event, e.WentBack):
                marked = {step for step in marked if step < event.step}
    run = story.incident.runbook(1)
    assert run is not None
    assert run.marked == marked
    assert (run.current == END) == (run.course is Course.FINISHED)
    assert all(one.step < two.step for one, two in pairwise(run.marks))
    assert fold(story.entries) == story.incident
