"""Markdown with optional front matter → Runbook. Whatever a file holds loads; what was not understood is a fault."""

import hashlib
from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from dataclasses import dataclass
from pathlib import Path

from bot.policy.faults import Fault
from bot.runbooks.card import split_card
from bot.runbooks.chapters import chapter_kind
from bot.runbooks.compose import compose
from bot.runbooks.outline import BOLD, Outline, outline
from bot.runbooks.runbook import Runbook
from bot.runbooks.structure import ChapterKind
from bot.runbooks.words import TITLE_LIMIT


@dataclass(frozen=True, slots=True)
class Parsed:
    """A runbook and what was not understood in its file."""

    runbook: Runbook
    faults: tuple[Fault, ...] = ()


def parse_runbook(content: bytes, *, name: str, path: Path) -> Parsed:
    """Reads a runbook; raises nothing for what is in it.

    Args:
        content: the file's bytes. What is not UTF-8 is replaced and reported.
        name: how it is called, usually the file's name without its ending.
        path: where it is, for the faults.
    """
    faults: list[Fault] = []
    source = _decoded(content, path, faults).replace("\r\n", "\n").replace("\r", "\n").replace("\0", "\ufffd")
    card, text, text_line = split_card(source, path, faults)
    read = outline(text, text_line)
    called = name.replace("-", " ").replace("_", " ").strip().capitalize()
    title = (card.texts.get("title") or _heading(read, card.unread) or called)[:TITLE_LIMIT].rstrip()
    structure, wrong = compose(read, title)
    runbook = Runbook(
        name=name,
        title=title,
        text=text,
        text_line=text_line,
        digest=hashlib.sha256(content).hexdigest(),
        path=path,
        severity_hint=card.texts.get("severity_hint", ""),
        owner=card.texts.get("owner", ""),
        reviewed=card.reviewed,
        structure=structure,
        lines=card.lines,
        **card.lists,
    )
    return Parsed(runbook, (*faults, *card.faults, *(Fault(str(path), line, message) for line, message in wrong)))


def _decoded(content: bytes, path: Path, faults: list[Fault]) -> str:
    """The file's text, as far as it is any; what is not UTF-8 is told."""
    if content.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
        faults.append(Fault(str(path), 1, "This is UTF-16. Save the file as UTF-8."))
        return content.decode("utf-16", errors="replace")
    bad = content.find(b"\0")
    try:
        source = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        bad = error.start
        source = content.decode("utf-8", errors="replace").removeprefix("\ufeff")
    if bad >= 0:
        line = content[:bad].replace(b"\r\n", b"\n").replace(b"\r", b"\n").count(b"\n") + 1
        faults.append(Fault(str(path), line, "This is not UTF-8 text. Save the file as UTF-8."))
    return source


def _heading(read: Outline, unread: int) -> str:
    """The first heading that says something, a line of bold only on top of all; empty where there is none.

    Front matter that cannot be read, up to the line `unread`, looks like a heading by the line below it.
    """
    headings = [heading for heading in read.headings if heading.last > unread]
    first = headings[0] if headings else None
    on_top = first.text if first and first.line == read.first and chapter_kind(first.text) is ChapterKind.OTHER else ""
    return next((heading.text for heading in headings if heading.text and heading.level != BOLD), on_top)
