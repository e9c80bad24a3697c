"""Whatever changes on a card of a runbook is shown: the law that keeps the cards of runs and of steps current."""

from contextlib import suppress

from hypothesis import given
from hypothesis import strategies as st

from bot.domain import commands as c
from bot.domain import effects as f
from bot.domain import errors
from bot.domain.actor import MUSTER
from bot.domain.evolve import evolve
from bot.domain.incident import Incident
from bot.domain.react import react
from bot.domain.rules import Category
from bot.domain.runbook_run import Course, Outcome, RunbookRun
from bot.domain.timeline import Entry
from bot.domain.walked import ahead, selected, verdict_of
from tests.support.timelines import Story
from tests.unit.test_acting import ANN, BOB, CYD
from tests.unit.test_walking import STEPS, start, walked

_BY = st.sampled_from((ANN, BOB, CYD))
_RUN, _STEP, _ONE = st.integers(1, 2), st.integers(1, len(STEPS)), st.integers(1, 3)
_NAMES = st.sampled_from(("a", "b", "c"))
_COMMANDS = st.one_of(
    st.builds(
        c.MarkStep, by=_BY, number=_RUN, step=_STEP, outcome=st.sampled_from(Outcome), why=st.just("No access"),
        branch=st.sampled_from((None, None, 0, 1)),
    ),
    st.builds(c.RunStep, by=_BY, number=_RUN, step=_STEP, place=st.just(0), run=_NAMES),
    st.builds(
        c.RecordDiagnostic, by=st.just(MUSTER), target=st.just("db locks"), run=_NAMES, evidence=st.just(1),
        digest=st.just("x"), verdict=st.sampled_from(("OK", "WARN", "CRITICAL")), findings=st.just(()),
        took_ms=st.just(1),
    ),
    st.builds(c.RecordRehearsal, by=st.just(MUSTER), number=_ONE, ready=st.booleans()),
    st.builds(c.ApproveAction, by=_BY, number=_ONE),
    st.builds(c.DeclineAction, by=_BY, number=_ONE),
    st.builds(c.StartAction, by=_BY, number=_ONE),
    st.builds(
        c.RecordAction, by=st.just(MUSTER), number=_ONE, verdict=st.sampled_from(("done", "failed")),
        said=st.just("So."),
    ),
    st.builds(c.GoBack, by=_BY, number=_RUN, step=_STEP),
    st.builds(c.PauseRunbook, by=_BY, number=_RUN),
    st.builds(c.ResumeRunbook, by=_BY, number=_RUN),
    st.builds(c.HandOverRunbook, by=_BY, number=_RUN, user=st.sampled_from(("U0EVE", "U0ANN"))),
    st.builds(c.StopRunbook, by=_BY, number=st.just(2)),
    st.builds(c.Resolve, by=_BY, summary=st.just("Over")),
    st.builds(c.Reopen, by=_BY, why=st.just("Not over")),
    st.builds(c.Close, by=_BY),
)  # fmt: skip


def shown(incident: Incident) -> dict[str, object]:
    """What each card has on it, by surface: the run's, and that of each step that came up; and the incident's."""
    found: dict[str, object] = {
        f.Surface.SUMMARY: [(run.current, run.holder, run.course) for run in incident.runbooks if not run.over]
    }
    closed = incident.category is Category.CLOSED
    for run in incident.runbooks:
        rest = (run.marks, run.paused_at, ahead(run, run.current), closed)
        found[f.walk(run.number)] = (run.course, run.current, run.holder, rest)
        for number in {*run.marked, run.current, *(tried.step for tried in run.tried)} - {0}:
            found[f.step(run.number, number)] = _step(incident, run, number)
    return found


def _step(incident: Incident, run: RunbookRun, number: int) -> object:
    tries = [(tried.place, verdict_of(incident, tried)) for tried in run.tries(number)]
    if run.mark(number):
        return run.mark(number), tries
    if number != run.current:
        return None
    if run.over:
        return run.course, tries, selected(incident, run, number)
    doing = run.course is Course.GOING
    closed = incident.category is Category.CLOSED
    return run.course, closed, doing and incident.over, tries, selected(incident, run, number)


def said(incident: Incident, entry: Entry, story: Story) -> set[str]:
    """The surfaces that are brought up to date with an entry."""
    return {
        str(effect.surface)
        for effect in react(incident, entry, story.policy)
        if isinstance(effect, f.Refresh | f.Publish)
    }


@given(st.lists(_COMMANDS, max_size=14))
def test_whatever_changes_on_a_card_of_a_runbook_is_shown(commands: list[c.Command]) -> None:
    story = walked().do(start(again=True))
    for command in commands:
        before, known = story.incident, len(story.entries)
        with suppress(errors.DomainError):
            story.do(command)
        incident, current = before, set[str]()
        for entry in story.entries[known:]:
            incident = evolve(incident, entry)
            current |= said(incident, entry, story)
        was, now = shown(before), shown(story.incident)
        behind = {name for name in {*was, *now} if was.get(name) != now.get(name)} - current
        assert not behind, (command, behind)
