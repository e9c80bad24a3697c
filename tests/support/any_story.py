"""Any timeline, whatever people wrote: a declaration, and whatever of thirty random commands the core allows."""

from contextlib import suppress
from datetime import date

from hypothesis import strategies as st

from bot.domain import commands as c
from bot.domain.actor import MUSTER, Actor
from bot.domain.errors import DomainError
from bot.domain.runbook_run import Outcome, StepRule
from bot.domain.standing import DeliveryFacts, Standing
from tests.support.policies import a_policy
from tests.support.timelines import Story

POLICY = a_policy()
NASTY = [
    "| a | b |\n|---|---|",
    "# Heading\n\n---",
    "<script>alert(1)</script>",
    "(#1) #99",
    "```\nopen",
    "[x](https://evil.example) ![i](x)",
    "\u202etxet\u202c מצב חירום",
    "<@U0DANA> <!channel> &lt;b&gt; \\",
    "- item\n1. item\n> quote\n    code",
    "👩‍🚒 _bold_ **x** ~~y~~ `z`",
    "line one\nline two\n\nline three \\",
]
TEXT = st.sampled_from(NASTY) | st.text(min_size=1, max_size=40)
USER = st.sampled_from(["U0DANA", "U0BOB", "U0SAM", "U0|<b>"])
ACTOR = USER.map(Actor.person) | st.sampled_from([Actor.cli("root`|"), Actor.monitor("<grafana>")])
MESSAGE = {"channel": st.just("C1"), "ts": st.sampled_from(["1.1", "2.2"])}
DELIVERY = st.builds(
    DeliveryFacts, what=TEXT, standing=st.sampled_from(Standing), trouble=st.booleans(), behind=st.integers(0, 2)
)
RUN, STEP = st.integers(1, 2), st.integers(1, 4)
COMMANDS: st.SearchStrategy[c.Command] = st.one_of(
    st.builds(c.Acknowledge, by=ACTOR),
    st.builds(c.PostUpdate, by=ACTOR, text=TEXT),
    st.builds(c.ChangeStatus, by=ACTOR, status=st.sampled_from([s.name for s in POLICY.statuses]), note=TEXT),
    st.builds(c.ChangeSeverity, by=ACTOR, severity=st.sampled_from(["P1", "P2", "P3"]), why=TEXT),
    st.builds(c.AssignRole, by=ACTOR, role=st.sampled_from(["commander", "scribe"]), user=USER),
    st.builds(c.Escalate, by=ACTOR, why=TEXT, people=st.lists(USER, max_size=2).map(tuple)),
    st.builds(c.AddNote, by=ACTOR, text=TEXT),
    st.builds(c.CaptureMessage, by=ACTOR, user=USER, text=TEXT, **MESSAGE),
    st.builds(c.EditMessage, by=ACTOR, text=TEXT, **MESSAGE),
    st.builds(c.DeleteMessage, by=ACTOR, **MESSAGE),
    st.builds(c.PinMessage, by=ACTOR, user=USER, **MESSAGE),
    st.builds(c.UnpinMessage, by=ACTOR, user=USER, **MESSAGE),
    st.builds(c.AddActionItem, by=ACTOR, text=TEXT, owner=USER | st.none(), due=st.just(date(2026, 3, 1)) | st.none()),
    st.builds(c.FinishActionItem, by=ACTOR, number=st.integers(1, 3)),
    st.builds(c.RequestDiagnostic, by=ACTOR, target=st.just("db"), run=st.just("r1")),
    st.builds(
        c.RecordDiagnostic,
        by=st.just(MUSTER),
        target=TEXT,
        run=st.just("r1"),
        evidence=st.integers(1, 9),
        digest=TEXT,
        verdict=TEXT,
        findings=st.lists(TEXT, max_size=2).map(tuple),
        took_ms=st.integers(0, 99),
    ),
    st.builds(c.OpenRunbook, by=ACTOR, name=TEXT, title=TEXT, digest=TEXT),
    st.builds(
        c.StartRunbook,
        by=ACTOR,
        name=TEXT,
        title=TEXT,
        digest=TEXT,
        phases=st.just(("Investigation",)),
        steps=st.lists(TEXT, min_size=1, max_size=4).map(
            lambda titles: tuple(
                StepRule(title=title, phase=0, then=(at + 1) % (len(titles) + 1)) for at, title in enumerate(titles, 1)
            )
        ),
        again=st.booleans(),
    ),
    st.builds(c.MarkStep, by=ACTOR, number=RUN, step=STEP, outcome=st.sampled_from(Outcome), why=TEXT),
    st.builds(c.GoBack, by=ACTOR, number=RUN, step=STEP),
    st.builds(c.PauseRunbook, by=ACTOR, number=RUN, why=TEXT),
    st.builds(c.ResumeRunbook, by=ACTOR, number=RUN),
    st.builds(c.HandOverRunbook, by=ACTOR, number=RUN, user=USER, note=TEXT),
    st.builds(c.StopRunbook, by=ACTOR, number=RUN, why=TEXT),
    st.builds(c.Resolve, by=ACTOR, summary=TEXT, root_cause=TEXT, contributing_factors=TEXT, impact=TEXT),
    st.builds(c.Reopen, by=ACTOR, why=TEXT),
    st.builds(c.Close, by=ACTOR, note=TEXT),
    st.builds(c.RequestReview, by=ACTOR),
    st.builds(c.RecordJoin, by=st.just(MUSTER), user=USER),
    st.builds(
        c.FireTimer,
        by=st.just(MUSTER),
        name=st.sampled_from(["update", "review", "escalate:on-call"]),
        generation=st.just(1),
        due_at=st.just(Story(POLICY).now),
    ),
    st.builds(c.RecordFailure, by=st.just(MUSTER), outbox=st.just(1), what=TEXT, reason=TEXT),
    st.builds(c.RetryDelivery, by=ACTOR, outbox=st.just(1), facts=DELIVERY),
    st.builds(c.DropDelivery, by=ACTOR, outbox=st.just(1), facts=DELIVERY, why=TEXT),
)


@st.composite
def stories(make: st.DrawFn) -> Story:
    """A declaration and whatever of thirty random commands the core allows."""
    story = Story(POLICY)
    severity = make(st.sampled_from(["P1", "P2", "P3"]))
    title = make(TEXT.filter(lambda text: bool(text.strip()) and text.strip().isprintable())) or "Down"
    story.do(c.Declare(by=make(ACTOR), title=title, severity=severity, service=make(TEXT), description=make(TEXT)))
    for command, minutes in make(st.lists(st.tuples(COMMANDS, st.integers(0, 50)), max_size=30)):
        with suppress(DomainError):
            story.do(command, minutes=minutes)
    return story
