"""What holds for the review of any timeline, whatever people wrote."""

import re
from collections.abc import Iterator
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from bot.domain.runbook_run import Course, Outcome
from bot.domain.timeline import Entry
from bot.postmortem.document import SECTIONS
from bot.postmortem.draft import Draft, draft
from bot.postmortem.record import read
from bot.postmortem.walks import walks
from tests.support.any_story import POLICY, TEXT, USER, stories
from tests.support.timelines import Story
from tests.support.walking import walked

PARSER = MarkdownIt("commonmark", {"html": True}).enable("table")


def written(story: Story, names: dict[str, str] | None = None) -> Draft:
    return draft(
        story.incident, story.entries, POLICY, now=story.now, names=names or {"U0BOB": "B|b`\n# <i>"}, head="ab" * 32
    )


def bare(line: str) -> str:
    """A line without what is escaped."""
    return re.sub(r"\\[^\w\s]", "", line)


def claims(markdown: str) -> Iterator[str]:
    """Every line that the generator wrote, but headings, heads of tables, questions, quotations and how to read it."""
    lines = markdown.split("\n## How to read this", maxsplit=1)[0].split("\n")
    for line, following in zip(lines, [*lines[1:], ""], strict=True):
        head = following.startswith("|---") or line.startswith("|---")
        asks = line.startswith("_To be filled in by ") or (line.startswith("**Why ") and line.endswith("?"))
        if line and not (head or asks or line.startswith("#") or quotes(line)):
            yield line


def quotes(line: str) -> bool:
    """Whether a line is of a quotation. The remarks at the top are ours, and begin in bold."""
    return line.startswith(">") and not line.startswith(
        ("> **This was a drill**", "> **Private**", "> **Not resolved.**")
    )


@settings(max_examples=100, deadline=None)
@given(stories())
def test_every_generated_line_cites_an_entry_that_exists(story: Story) -> None:
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
    titles = [
        tokens[at + 1].content for at, token in enumerate(tokens) if token.type == "heading_open" and token.tag == "h2"
    ]
    assert set(titles) <= set(SECTIONS.values())
    assert titles == sorted(titles, key=list(SECTIONS.values()).index), "each once, in their order"


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


@settings(max_examples=20, deadline=None)
@given(walked(POLICY))
def test_the_runs_of_runbooks_agree_with_the_folded_incident(story: Story) -> None:
    found = walks(read(story.entries))
    for run, walk in zip(story.incident.runbooks, found, strict=True):
        assert {m.step: m.outcome for m in run.marks} == {n: said.event.outcome for n, said in walk.marks.items()}
        assert (run.holder, run.current, run.over) == (walk.leader, walk.at_step, walk.ended is not None)
        assert (run.course is Course.PAUSED) == (walk.paused is not None)
        assert sum(walk.count(outcome) for outcome in Outcome) + walk.unreached == len(run.steps)
