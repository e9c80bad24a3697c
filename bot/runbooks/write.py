"""A runbook's Markdown from what is known of it: what people wrote is escaped, so that it stays text."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from bot.runbooks.chapters import chapter_kind
from bot.runbooks.print import print_card
from bot.runbooks.structure import ChapterKind
from bot.runbooks.words import step_number

_MARKUP = re.compile(r"([\\`*_\[\]<>|~&#])")
#: What makes a line something else than a paragraph.
_BEGINS = re.compile(r"(\d{0,9})([+=:-]|(?<=\d)[.)])")
_TICKS = re.compile(r"`+")


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenItem:
    """A step.

    Attributes:
        text: its title in the first line, and below it what else there is to say.
        block: what stands behind a fence's marks, and what the fenced block holds.
        done: for an item of a checklist, whether it is ticked off. In a chapter with one such item all are such.
    """

    text: str
    block: tuple[str, str] | None = None
    done: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A chapter: its heading, paragraphs with blank lines between them, and its steps."""

    heading: str
    prose: str = ""
    items: tuple[WrittenItem, ...] = ()


def write_runbook(
    title: str,
    chapters: Sequence[Written],
    *,
    services: Sequence[str] = (),
    alerts: Sequence[str] = (),
    symptoms: Sequence[str] = (),
    severity_hint: str = "",
    owner: str = "",
    reviewed: date | None = None,
) -> str:
    """Markdown that reads as these chapters and steps.

    Args:
        title: one line of text, as all of these are: nothing in them is Markdown.
        chapters: in order. Steps are walked in those that Muster walks.
        services: for the front matter, as is what follows.
        alerts: names of alerts.
        symptoms: what people say when this helps.
        severity_hint: a severity's name.
        owner: who looks after it.
        reviewed: when it was last gone through.
    """
    card = print_card(
        title=_line(title),
        services=[_line(service) for service in services],
        alerts=[_line(alert) for alert in alerts],
        symptoms=[_line(symptom) for symptom in symptoms],
        severity_hint=_line(severity_hint),
        owner=_line(owner),
        reviewed=reviewed,
    )
    # A title that reads like a chapter or a step would be one: the front matter has it.
    named = not _line(title) or chapter_kind(_line(title)) is not ChapterKind.OTHER or step_number(_line(title))
    parts = [] if named else [f"# {_text(title)}"]
    for chapter in chapters:
        parts.append(f"## {_text(chapter.heading)}".rstrip())
        parts += _paragraphs(chapter.prose)
        parts += _items(chapter.items)
    return card + "\n" + "\n\n".join(parts) + "\n"


def _items(items: Sequence[WrittenItem]) -> Iterator[str]:
    boxes = any(item.done is not None for item in items)
    for number, item in enumerate(items, 1):
        mark = f"- [{'x' if item.done else ' '}] " if boxes else f"{number}. "
        # Below an item of a checklist the text begins under the box.
        indent = " " * (2 if boxes else len(mark))
        first, *rest = [line for line in item.text.split("\n") if line.strip()] or ["Step"]
        blocks = [f"**{_text(first) or 'Step'}**", *(_paragraph(line) for line in rest)]
        if item.block is not None:
            blocks.append(_fence(*item.block))
        said = "\n\n".join(blocks)
        yield mark + "\n".join(indent + line if line and place else line for place, line in enumerate(said.split("\n")))


def _fence(info: str, body: str) -> str:
    longest = max((len(run) for run in _TICKS.findall(body)), default=0)
    marks = "`" * max(3, longest + 1)
    kept = body.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "\ufffd").removesuffix("\n")
    return f"{marks}{_line(info).replace('`', '')}\n{kept}\n{marks}"


def _paragraphs(prose: str) -> Iterator[str]:
    """Lines that stand together stay together."""
    for paragraph in re.split(r"\n[^\S\n]*\n", prose):
        if lines := [_paragraph(line) for line in paragraph.split("\n") if line.strip()]:
            yield "\n".join(lines)


def _paragraph(line: str) -> str:
    text = _text(line)
    begins = _BEGINS.match(text)
    return f"{begins[1]}\\{text[begins.start(2) :]}" if begins else text


def _text(text: str) -> str:
    """One line, escaped."""
    return _MARKUP.sub(r"\\\1", _line(text))


def _line(text: str) -> str:
    return " ".join(text.replace("\0", "\ufffd").split())
