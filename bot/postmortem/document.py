"""The document that a review is: which sections it has, what they are called, and in which order they stand.

A generated section is a template in `sections/`; one that comes to nothing is left out with its heading. A pack orders
them as it likes, calls them what it likes, and puts questions to people between them.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any, Final

from jinja2 import Environment, TemplateNotFound

from bot.domain.procedures import DocumentPart, ReviewRule
from bot.postmortem.text import Md, inline

#: Where what the pack asks besides stands; it has no template of its own.
ASKED: Final = "asked"
#: The generated sections in their usual order, with what each is usually called.
SECTIONS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "glance": "At a glance",
        "summary": "Summary",
        "seen": "What people saw",
        "impact": "Impact",
        "metrics": "Metrics",
        "promises": "What was promised",
        "conditions": "What was so",
        "picture": "The course of it",
        "alerts": "Alerts",
        "timeline": "Timeline",
        "roles": "Roles and who took part",
        "escalations": "Escalations",
        "cause": "Root cause",
        "factors": "Contributing factors",
        "whys": "Five whys",
        "detection": "Detection",
        "diagnostics": "Diagnostics",
        "actions": "What was done",
        "runbooks": "Runbooks",
        "checklists": "Checklists",
        "texts": "What was sent",
        "items": "Action items",
        "well": "What went well",
        "lucky": "Where we were lucky",
        "improve": "What to improve",
        "lessons": "Lessons",
        "prevention": "Prevention",
        "similar": "Similar incidents",
        ASKED: "Questions",
        "meeting": "The meeting",
        "reading": "How to read this",
    }
)
#: The document of a pack that orders nothing.
USUAL: Final = tuple(DocumentPart(section=name) for name in SECTIONS)
#: What the document is usually called.
TITLE: Final = "Post-incident review"
#: Characters of a heading.
_HEADING_LIMIT: Final = 120


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the document as it stands there: its heading and what is below it, both Markdown."""

    title: Md
    body: Md


def faults(rule: ReviewRule) -> Iterator[str]:
    """What is wrong with the document that a pack asks for, a sentence each."""
    for part in rule.document:
        if part.section and part.section not in SECTIONS:
            yield f"there is no section “{part.section}” in a review; there are {', '.join(sorted(SECTIONS))}"
        elif not part.section and not part.ask:
            yield f"the part “{part.title}” of the review has neither a section nor a question"
        elif not part.section and not part.title:
            yield f"the question “{part.ask}” of the review has no title"
    named = [part.section for part in rule.document if part.section]
    titles = [part.title or SECTIONS.get(part.section, "") for part in rule.document]
    for what, found in (("the section", named), ("the title", titles)):
        twice = dict.fromkeys(one for one in found if one and found.count(one) > 1)
        yield from (f"{what} “{one}” is in the review twice" for one in twice)


def parts(rule: ReviewRule) -> tuple[DocumentPart, ...]:
    """The parts of a pack's document in their order, each with its title; a generated one may have a question too.

    What the pack asks in `review.sections` stands where `asked` does. A question whose title a section has already
    joins that section: a heading is in the document once.

    Raises:
        ValueError: a section is unknown, or something else of `faults` is so.
    """
    if wrong := "; ".join(faults(rule)):
        raise ValueError(wrong)
    found: dict[str, DocumentPart] = {}
    questions: list[DocumentPart] = []
    for part in rule.document or USUAL:
        if part.section == ASKED:
            questions = [DocumentPart(title=one.title, ask=one.prompt, role=one.role) for one in rule.sections]
            for one in questions:
                found.setdefault(one.title, one)
        else:
            title = part.title or SECTIONS[part.section]
            found[title] = replace(part, title=title)
    for one in questions:
        part = found[one.title]
        if part is not one:
            found[one.title] = replace(part, ask=f"{part.ask} {one.ask}".strip(), role=part.role or one.role)
    return tuple(found.values())


def written(
    document: Sequence[DocumentPart],
    templates: Environment,
    context: Mapping[str, Any],
    ask: Callable[[DocumentPart], Md],
) -> list[Section]:
    """The sections of a document that have something to say.

    Args:
        document: its parts, with their titles.
        templates: where the sections' templates are.
        context: what they may use; each is given its `title` besides.
        ask: how a part's question reads.

    Raises:
        jinja2.TemplateError: a template is faulty.
    """
    found = []
    for part in document:
        texts = [_generated(part, templates, context)] if part.section else []
        if part.ask:
            texts.append(ask(part))
        if body := "\n\n".join(text for text in texts if text):
            found.append(Section(inline(part.title, _HEADING_LIMIT, begins=False), Md(body)))
    return found


def _generated(part: DocumentPart, templates: Environment, context: Mapping[str, Any]) -> str:
    name = f"sections/{part.section}.md.j2"
    try:
        template = templates.get_template(name)
    except TemplateNotFound as missing:
        if missing.name != name:
            raise
        return ""
    return template.render({**context, "title": part.title}).strip()
