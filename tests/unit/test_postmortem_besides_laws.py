"""What holds for everything that a review computes besides, of any timeline, whatever people wrote."""

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from bot.domain import commands as c
from bot.domain.action_rules import ActionRule, Approvals
from bot.domain.actor import MUSTER, Actor
from bot.domain.alert_commands import RecordAlerts
from bot.domain.alert_events import AlertLine
from bot.domain.digest import digest_of
from bot.domain.errors import DomainError
from bot.domain.procedures import Condition, Detail, Form
from bot.domain.runbook_run import Outcome, StepRule
from bot.domain.timeline import Entry
from bot.postmortem.draft import draft
from bot.postmortem.luck import lucky
from bot.postmortem.metrics import measure
from bot.postmortem.observe import Observation, to_improve, went_well
from bot.postmortem.record import read
from tests.support.any_story import ACTOR, COMMANDS, NASTY, POLICY, TEXT, USER, stories
from tests.support.timelines import START, Story
from tests.support.walking import walked

PARSER = MarkdownIt("commonmark", {"html": True}).enable("table")
FORMS = (Form.DECLARE, Form.UPDATE, Form.RESOLVE)
#: The same rules, with all that these sections are computed from besides.
RULES = replace(
    POLICY,
    conditions=(Condition(name="data-loss", title="Data | may *be* lost"), Condition(name="users", title="<b>Users")),
    details=tuple(
        Detail(name=name, title=f"{name} | *x*", forms=FORMS)
        for name in ("users", "symptoms", "detected", "lessons", "prevention", "taken", "revenue")
    ),
    actions=(
        ActionRule(
            name="end",
            kind="end_session",
            does="Ends it.",
            title="End | it",
            approvals=Approvals(count=1, emergency=True),
        ),
    ),
)
MONITOR = Actor.monitor("am|*")
NUMBER = st.integers(1, 2)
NAMES = st.lists(TEXT.filter(lambda text: bool(text.strip())), min_size=1, max_size=3, unique=True).map(tuple)
DETAILS = st.dictionaries(st.sampled_from([detail.name for detail in RULES.details]), TEXT, max_size=3)
VERDICTS = st.sampled_from(["OK", "WARN", "CRITICAL", "ERROR"])


def alerts(names: tuple[str, ...], firing: int, flapping: int, text: str) -> c.Command:
    lines = tuple(AlertLine(name=name, title=text, source="am", starts_at=START, text=text) for name in names)
    return RecordAlerts(
        by=MONITOR, group=1, total=len(names), firing=firing, lines=lines, names=names, sources=("am",),
        first_at=START, flapping=flapping,
    )  # fmt: skip


def diagnosed(run: str, verdict: str) -> c.Command:
    return c.RecordDiagnostic(
        by=MUSTER, target="db", run=run, evidence=1, digest="d", verdict=verdict, findings=(), took_ms=1
    )


WHO = USER.map(Actor.person)
CONDITION = st.sampled_from(["data-loss", "users"])
READY = st.builds(
    c.RecordRehearsal, by=st.just(MUSTER), number=NUMBER, ready=st.booleans(), why=TEXT, ran=TEXT,
    would=st.lists(TEXT, max_size=2).map(tuple),
)  # fmt: skip
CARRIED = st.builds(
    c.RecordAction, by=st.just(MUSTER), number=NUMBER, verdict=st.sampled_from(["done", "failed", "unknown"]), said=TEXT
)
#: What happens one after the other: random commands alone would hardly ever carry an action to its end.
SCRIPTS: st.SearchStrategy[tuple[c.Command, ...]] = st.one_of(
    st.tuples(COMMANDS),
    st.tuples(COMMANDS),
    st.tuples(st.builds(c.RecordCause, by=WHO, text=TEXT)),
    st.tuples(st.builds(c.PostUpdate, by=WHO, text=TEXT, details=DETAILS)),
    st.tuples(st.builds(c.Resolve, by=WHO, summary=TEXT, details=DETAILS, root_cause=TEXT, impact=TEXT)),
    st.tuples(st.builds(alerts, NAMES, st.integers(0, 2), st.integers(0, 2), TEXT)),
    st.tuples(st.builds(diagnosed, st.just("r1"), VERDICTS), st.builds(diagnosed, st.just("r2"), VERDICTS)),
    st.tuples(
        st.builds(c.SetCondition, by=WHO, condition=CONDITION, why=TEXT),
        st.builds(c.ClearCondition, by=WHO, condition=CONDITION, why=TEXT),
    ),
    st.tuples(
        st.builds(c.RequestAction, by=WHO, action=st.just("end")),
        READY,
        st.builds(c.ApproveAction, by=WHO, number=NUMBER) | st.builds(c.DeclineAction, by=WHO, number=NUMBER, why=TEXT),
        st.builds(c.StartAction, by=WHO, number=NUMBER, emergency=TEXT),
        CARRIED,
        st.builds(diagnosed, st.sampled_from(["verify-1", "verify-2"]), VERDICTS),
    ),
    st.tuples(
        st.builds(c.StartRunbook, by=WHO, name=TEXT, title=TEXT, digest=TEXT, phases=st.just(("Look",)),
                  steps=st.just((StepRule(title="One |", phase=0),)), again=st.just(True)),
        st.builds(c.MarkStep, by=WHO, number=NUMBER, step=st.just(1), outcome=st.sampled_from(Outcome), why=TEXT),
    ),
)  # fmt: skip


@st.composite
def rich(make: st.DrawFn) -> Story:
    """A declaration, and whatever the core allows of all that these sections tell of."""
    story = Story(RULES)
    by, description, details = make(ACTOR), make(TEXT), make(DETAILS)
    story.do(c.Declare(by=by, title="Down", severity="P1", description=description, details=details), minutes=0)
    for script, minutes in make(st.lists(st.tuples(SCRIPTS, st.integers(0, 30)), max_size=12)):
        for command in script:
            with suppress(DomainError):
                story.do(command, minutes=minutes)
    return story


OURS = ("What people saw", "Impact", "Detection", "What was done", "Where we were lucky", "Prevention")


def observed(story: Story) -> Iterator[Observation]:
    record = read(story.entries)
    metrics = measure(record, story.policy, now=story.now)
    yield from went_well(record, metrics, story.policy)
    yield from to_improve(record, metrics, story.policy)
    yield from lucky(record, metrics)


def text(story: Story, **more: object) -> str:
    return draft(story.incident, story.entries, story.policy, now=story.now, **more).markdown  # type: ignore[arg-type] # each test says which


@settings(max_examples=150, deadline=None)
@given(rich() | stories() | walked(POLICY))
def test_every_observation_rests_on_entries_that_exist(story: Story) -> None:
    numbers = {entry.seq for entry in story.entries}
    for one in observed(story):
        assert one.cites, one.sentence
        assert set(one.cites) <= numbers, one.sentence


@settings(max_examples=100, deadline=None)
@given(rich())
def test_every_fact_of_these_sections_cites_entries_that_exist(story: Story) -> None:
    written = text(story)
    kinds = {token.type for token in PARSER.parse(written)}
    assert not kinds & {"html_block", "fence", "code_block", "hr", "ordered_list_open"}
    for part in written.split("\n## ")[1:]:
        title, _, body = part.partition("\n")
        if title not in OURS:
            continue
        for line in body.split("\n"):
            if title == "What was done" and line.startswith("|") and not line.startswith("|---"):
                assert re.sub(r"\\[^\w\s]", "", line).count("|") == 9, line
            if line.startswith(("- ", "— ")):
                cited = re.findall(r"#(\d+)", re.sub(r"\\[^\w\s]", "", line).rpartition("(")[2])
                assert cited, line
                assert all(1 <= int(number) <= len(story.entries) for number in cited), line


@settings(max_examples=40, deadline=None)
@given(stories(), st.sampled_from(NASTY), st.sampled_from(NASTY))
def test_an_earlier_incident_with_any_title_is_one_row_and_the_same_each_time(
    story: Story, title: str, cause: str
) -> None:
    mine = digest_of(story.incident)
    other = replace(mine, ref="INC-2026-01-01-001", title=title, cause=cause, declared_at=story.now - timedelta(9))
    written = text(story, extra={"similar": [other]})
    assert written == text(story, extra={"similar": [other]})
    rows = [line for line in written.split("\n") if line.startswith("| `INC-2026-01-01-001` |")]
    assert len(rows) == len(re.findall(r"(?m)^## Similar incidents$", written))
    assert all(re.sub(r"\\[^\w\s]", "", row).count("|") == 8 for row in rows)


@settings(max_examples=40, deadline=None)
@given(rich(), st.data())
def test_a_timeline_from_which_entries_were_taken_is_read_all_the_same(story: Story, data: st.DataObject) -> None:
    """What was hidden leaves gaps in the numbers, and never an observation that points into one."""
    hidden = data.draw(st.sets(st.integers(2, max(len(story.entries), 2))))
    left: list[Entry] = [entry for entry in story.entries if entry.seq not in hidden]
    numbers = {entry.seq for entry in left}
    record = read(left)
    metrics = measure(record, RULES, now=story.now)
    for one in (*went_well(record, metrics, RULES), *to_improve(record, metrics, RULES), *lucky(record, metrics)):
        assert set(one.cites) <= numbers, one.sentence
    draft(story.incident, left, RULES, now=story.now)
