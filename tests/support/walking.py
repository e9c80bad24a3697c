"""A runbook with six steps in three chapters, as a run keeps it, for tests that walk it."""

from contextlib import suppress
from datetime import datetime
from typing import Final

from hypothesis import strategies as st

from bot.domain import commands as c
from bot.domain.actor import Actor
from bot.domain.errors import DomainError
from bot.domain.rules import Policy
from bot.domain.runbook_run import END, Branch, Outcome, StepRule
from tests.support.timelines import BOB, DANA, START, Story

PHASES: Final = ("Investigation", "Resolution", "Verification")
STEPS: Final = (
    StepRule(title="Is the queue growing?", phase=0, then=2),
    StepRule(title="Who works it off?", phase=0, branches=(Branch(on="Nobody", to=3), Branch(on="All", to=5)), then=3),
    StepRule(title="Restart the workers", phase=1, then=4),
    StepRule(title="Add a worker", phase=1, then=6),
    StepRule(title="Hold the senders back", phase=1, then=6),
    StepRule(title="Look again", phase=2, then=END),
)
DIGEST: Final = "4be1c7d09a00" + "0" * 52


def begin(by: Actor, *, name: str = "queue-backlog", title: str = "Queue backlog", again: bool = False) -> c.Command:
    """The beginning of a run."""
    return c.StartRunbook(by=by, name=name, title=title, digest=DIGEST, phases=PHASES, steps=STEPS, again=again)


def mark(
    by: Actor, step: int, outcome: Outcome = Outcome.DONE, *, number: int = 1, why: str = "", picked: str = ""
) -> c.Command:
    """What somebody says of a step."""
    return c.MarkStep(by=by, number=number, step=step, outcome=outcome, why=why, picked=picked)


@st.composite
def walked(make: st.DrawFn, policy: Policy, start: datetime = START) -> Story:
    """An incident in which a runbook is walked, forwards and back, perhaps by two at once."""
    story = Story(policy, start=start).do(c.Declare(by=DANA, title="Mail is late", severity="P1"))
    story.do(begin(DANA)).do(begin(BOB, again=True))
    who, outcome = st.sampled_from([DANA, BOB]), st.sampled_from(Outcome)
    why = st.sampled_from(["Seen", "| *No* <b>", "@channel\n# x"])
    for _ in range(make(st.integers(0, 25))):
        run = make(st.sampled_from(story.incident.runbooks))
        number = st.just(run.number)
        command = make(
            st.one_of(
                st.builds(mark, who, st.just(run.current), outcome, number=number, why=why),
                st.builds(mark, who, st.just(run.current), outcome, number=number, why=why),
                st.builds(c.GoBack, by=who, number=number, step=st.integers(1, len(STEPS))),
                st.builds(c.PauseRunbook, by=who, number=number),
                st.builds(c.ResumeRunbook, by=who, number=number),
                st.builds(c.HandOverRunbook, by=who, number=number, user=st.sampled_from(["U0SAM", "U0DANA"])),
                st.builds(c.StopRunbook, by=who, number=number),
            )
        )
        with suppress(DomainError):
            story.do(command, minutes=make(st.integers(0, 9)))
    return story
