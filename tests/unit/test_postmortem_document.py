"""The parts of the review's document: their order, their titles, and what people are asked between them."""

from dataclasses import replace

import pytest

from bot.domain import commands as c
from bot.domain.procedures import AgendaItem, DocumentPart, ReviewRule, ReviewSection
from bot.paths import TEMPLATES
from bot.postmortem.document import ASKED, SECTIONS, USUAL, faults, parts
from bot.postmortem.draft import draft
from tests.support.policies import a_policy
from tests.support.timelines import BOB, DANA, NAMES, Story


def review(rule: ReviewRule) -> str:
    """What is written of a small incident by such a rule."""
    policy = replace(a_policy(), review=rule)
    story = Story(policy).do(c.Declare(by=DANA, title="Checkout is down", severity="P1"))
    story.do(c.Acknowledge(by=BOB)).do(c.AssignRole(by=BOB, role="scribe", user="U0DANA"))
    story.do(c.Resolve(by=BOB, summary="Fixed"))
    return draft(story.incident, story.entries, policy, now=story.now, names=NAMES).markdown


def headings(markdown: str) -> list[str]:
    return [line[3:] for line in markdown.split("\n") if line.startswith("## ")]


def test_a_pack_orders_its_document_and_calls_its_parts_what_it_likes() -> None:
    document = (
        DocumentPart(section="timeline", title="1. What happened"),
        DocumentPart(title="2. Why | how", ask="Why did it *happen*?", role="scribe"),
        DocumentPart(title="3. Money", ask="What did it cost?"),
        DocumentPart(section="glance"),
    )
    text = review(ReviewRule(title="Response record", document=document))
    assert text.startswith("# Response record: Checkout is down\n")
    assert headings(text) == ["1. What happened", "2. Why \\| how", "3. Money", "At a glance"]
    assert "_To be filled in by the scribe (Dana Moss): Why did it \\*happen\\*?_" in text
    assert "_To be filled in by the incident commander (Bob Okafor): What did it cost?_" in text


def test_a_section_that_has_nothing_to_say_is_left_out_with_its_heading() -> None:
    document = tuple(DocumentPart(section=name) for name in ("alerts", "checklists", "texts", "meeting", "roles"))
    assert headings(review(ReviewRule(document=document))) == ["Roles and who took part"]


def test_without_an_order_the_parts_stand_as_usual_and_what_the_pack_asks_stands_before_the_meeting() -> None:
    rule = ReviewRule(
        sections=(ReviewSection(title="Lessons for sales", prompt="What do we tell sales?"),),
        agenda=(AgendaItem(title="Timeline", minutes=10, questions=("What surprised us?",)),),
    )
    text = review(rule)
    assert headings(text)[-3:] == ["Lessons for sales", "The meeting", "How to read this"]
    order = [SECTIONS[part.section] for part in USUAL]
    assert [title for title in order if title in headings(text)] == [h for h in headings(text) if h in order]


def test_a_question_whose_title_a_section_has_already_joins_it() -> None:
    asked = (
        ReviewSection(title="Impact", prompt="Which tenants?", role="scribe"),
        ReviewSection(title="Cost", prompt="How much?"),
        ReviewSection(title="Cost", prompt="Whose?"),
    )
    found = {part.title: part for part in parts(ReviewRule(sections=asked))}
    assert (found["Impact"].section, found["Impact"].ask, found["Impact"].role) == (
        "impact",
        "Which tenants?",
        "scribe",
    )
    assert found["Cost"].ask == "How much? Whose?"
    text = review(ReviewRule(sections=asked))
    assert headings(text).count("Impact") == headings(text).count("Cost") == 1
    assert (
        "_To be filled in by the scribe (Dana Moss): Which tenants?_"
        in text.split("\n## Impact\n")[1].split("\n## ")[0]
    )


@pytest.mark.parametrize(
    ("part", "says"),
    [
        (DocumentPart(section="moon"), "no section “moon”"),
        (DocumentPart(title="Why"), "neither a section nor a question"),
        (DocumentPart(ask="Why?"), "has no title"),
        (DocumentPart(section="glance", title="Here"), "the section “glance” is in the review twice"),
        (DocumentPart(title="At a glance", ask="What?"), "the title “At a glance” is in the review twice"),
    ],
)
def test_a_document_that_cannot_be_written_says_what_is_wrong_with_it(part: DocumentPart, says: str) -> None:
    rule = ReviewRule(document=(DocumentPart(section="glance"), part))
    assert [fault for fault in faults(rule) if says in fault]
    with pytest.raises(ValueError, match=says):
        parts(rule)


def test_every_section_has_its_template_and_every_template_its_section() -> None:
    files = sorted(file.name.removesuffix(".md.j2") for file in (TEMPLATES / "postmortem/sections").glob("*.md.j2"))
    assert [name for name in files if name not in SECTIONS] == []
    assert [name for name in SECTIONS if name not in (*files, ASKED)] == []
