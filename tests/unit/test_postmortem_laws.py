"""What holds for the review of any timeline, whatever people wrote."""

import re
from collections.abc import Iterator
from contextlib import suppress
from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from bot.domain import commands as c
from bot.domain.actor import MUSTER, Actor
from bot.domain.errors import DomainError
from bot.domain.standing import DeliveryFacts, Standing
from bot.domain.timeline import Entry
from bot.postmortem.draft import Draft, draft
from bot.postmortem.record import read
from tests.support.policies import a_policy
from tests.support.timelines import Story

POLICY = a_policy()
PARSER = MarkdownIt("commonmark", {"html": True}).enable("table")
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


def written(story: Story, names: dict[str, str] | None = None) -> Draft:
    return draft(
        story.incident, story.entries, POLICY, now=story.now, names=names or {"U0BOB": "B|b`\n# <i>"}, head="ab" * 32
    )


def bare(line: str) -> str:
    """A line without what is escaped."""
    return re.sub(r"\\[^\w\s]", "", line)


def claims(markdown: str) -> Iterator[str]:
    """Everything generated that states a fact: table rows, bullets, the summary's sentences and attributions."""
    after_head = False
    for line in markdown.split("\n## How to read this", maxsplit=1)[0].split("\n"):
        if line.startswith("|---"):
            after_head = True
        elif not line.startswith("|"):
            after_head = False
        elif after_head:
            yield line
        if line.startswith(("- ", "— ")):
            yield line
    for line in markdown.split("\n## Summary\n\n")[1].split("\n\n", maxsplit=1)[0].split("\n"):
        yield line


@settings(max_examples=150, deadline=None)
@given(stories())
def test_every_generated_claim_cites_an_entry_that_exists(story: Story) -> None:
    for claim in claims(written(story).markdown):
        numbers = [int(number) for number in re.findall(r"#(\d+)", bare(claim))]
        assert numbers, claim
        assert all(1 <= number <= len(story.entries) for number in numbers), claim


@settings(max_examples=150, deadline=None)
@given(stories())
def test_no_text_breaks_a_table_or_brings_in_markup(story: Story) -> None:
    markdown = written(story).markdown
    width = 0
    for line in markdown.split("\n"):
        if line.startswith("|"):
            width = width or bare(line).count("|")
            assert bare(line).count("|") == width, line
        else:
            width = 0
    tokens = PARSER.parse(markdown)
    assert {token.type for token in tokens} & {"html_block", "fence", "code_block", "hr", "ordered_list_open"} == set()
    children = {child.type for token in tokens for child in token.children or []}
    assert children <= {"text", "softbreak", "hardbreak", "code_inline"} | {
        f"{style}_{end}" for style in ("strong", "em") for end in ("open", "close")
    }
    tables = sum(token.type == "table_open" for token in tokens)
    assert tables == markdown.count("\n|---")
    assert sum(token.type == "heading_open" for token in tokens) == len(re.findall(r"(?m)^#+ ", markdown))
    assert sum(token.type == "heading_open" and token.tag != "h3" for token in tokens) == 16


@settings(max_examples=60, deadline=None)
@given(stories(), st.dictionaries(USER, TEXT))
def test_the_same_timeline_gives_the_same_text(story: Story, names: dict[str, str]) -> None:
    backwards = dict(reversed(names.items()))
    assert written(story, names) == written(story, backwards)
    if story.incident.over:
        later = draft(story.incident, story.entries, POLICY, now=story.now + timedelta(days=9), names=names)
        assert later == draft(story.incident, story.entries, POLICY, now=story.now, names=names)


@settings(max_examples=60, deadline=None)
@given(stories())
def test_the_record_agrees_with_the_folded_incident(story: Story) -> None:
    record, incident = read(story.entries), story.incident

    def at(entry: Entry | None) -> object:
        return entry.at if entry else None

    assert (at(record.acknowledged), at(record.mitigated), at(record.resolved)) == (
        incident.acknowledged_at,
        incident.mitigated_at,
        incident.resolved_at,
    )
    assert record.severities[-1][0] == incident.severity
    assert {role: holders[-1][0] for role, holders in record.holders.items()} == dict(incident.roles)
    assert record.upto == incident.seq
