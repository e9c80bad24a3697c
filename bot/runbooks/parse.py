"""Markdown with optional front matter → Runbook. Whatever a file holds loads; what was not understood is a fault."""

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from bot.domain.rules import nearest, spoken
from bot.policy.document import Document, read_yaml
from bot.policy.faults import Fault, quoted
from bot.runbooks.runbook import Runbook

#: Front matter is a catalogue card: beyond this many characters it is something else, and shown as text.
FRONT_MATTER_LIMIT = 16 * 1024
_TITLE_LIMIT = 150
_ENTRY_LIMIT = 200
_ENTRIES_LIMIT = 100
_LINE_LIMIT = 1_000

_TEXTS = ("title", "severity_hint", "owner")
_LISTS = ("services", "alerts", "symptoms", "tags")
_KEYS = (*_TEXTS, *_LISTS, "reviewed")
_SYNONYMS = {
    "severity": "severity_hint",
    "service": "services",
    "alert": "alerts",
    "symptom": "symptoms",
    "tag": "tags",
    "owners": "owner",
    "lastreviewed": "reviewed",
}
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})(.*)")
_HEADING = re.compile(r" {0,3}#{1,6}[ \t]+(.*)")
_UNDERLINE = re.compile(r" {0,3}(?:=+|-+)[ \t]*")
_PROSE = re.compile(r" {0,3}[^\s>#*+|<-].*")
#: Only ever run on a line that has been cut: on a long one without an end it would take its time.
_LINK = re.compile(r"!?\[([^\]]*)\]\([^)]*\)")


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
    try:
        source = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        faults.append(Fault(str(path), line, "This is not UTF-8 text. Save the file as UTF-8."))
        source = content.decode("utf-8", errors="replace").removeprefix("\ufeff")
    source = source.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "\ufffd")
    card, text, text_line = _split(source, path, faults)
    title = card.texts.get("title") or _heading(text) or name.replace("-", " ").replace("_", " ").strip().capitalize()
    runbook = Runbook(
        name=name,
        title=title[:_TITLE_LIMIT],
        text=text,
        text_line=text_line,
        digest=hashlib.sha256(content).hexdigest(),
        path=path,
        severity_hint=card.texts.get("severity_hint", ""),
        owner=card.texts.get("owner", ""),
        reviewed=card.reviewed,
        lines=card.lines,
        **card.lists,
    )
    return Parsed(runbook, (*faults, *card.faults))


@dataclass(slots=True)
class _Card:
    """What the front matter said."""

    texts: dict[str, str] = field(default_factory=dict)
    lists: dict[str, Any] = field(default_factory=dict)
    reviewed: date | None = None
    lines: dict[str, int] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)


def _split(source: str, path: Path, faults: list[Fault]) -> tuple[_Card, str, int]:
    """Front matter, the text after it, and the text's first line.

    A file that merely begins with a rule (`---`) has no front matter, and what cannot be read stays in the text:
    nothing that somebody wrote is lost.
    """
    first, _, rest = source.partition("\n")
    if first.rstrip() != "---":
        return _Card(), source, 1
    end = re.search(r"^(?:---|\.\.\.)[ \t]*(?:\n|\Z)", rest, re.MULTILINE)
    if end is None or end.start() > FRONT_MATTER_LIMIT:
        if re.match(r"[A-Za-z_ -]+:", rest):
            faults.append(Fault(str(path), 1, "The front matter does not end. Close it with a line of “---”."))
        return _Card(), source, 1
    document = read_yaml(rest[: end.start()], file=str(path), first_line=2)
    if document.faults:
        faults.extend(document.faults)
        return _Card(), source, 1
    if document.value is not None and not isinstance(document.value, dict):
        return _Card(), source, 1
    text = rest[end.end() :]
    blank = len(text) - len(text.lstrip("\n"))
    return _card(document), text[blank:], 2 + rest.count("\n", 0, end.end()) + blank


def _card(document: Document) -> _Card:
    card = _Card()
    values: Mapping[str, Any] = document.value or {}
    for written, value in values.items():
        key = _key(written)
        card.lines[key or written] = document.line((written,))
        if key is None:
            close = nearest(written, _KEYS)
            hint = f"Did you mean `{close}`?" if close else f"Known: {', '.join(_KEYS)}."
            card.faults.append(document.fault((written,), f"The key {quoted(written)} is not used. {hint}"))
        elif value is None:
            continue
        elif key in _LISTS:
            card.lists[key] = tuple(_entries(document, written, value, card.faults))
        elif key == "reviewed":
            card.reviewed = _date(document, written, value, card.faults)
        elif isinstance(value, dict | list):
            card.faults.append(document.fault((written,), f"`{written}` should be one line of text."))
        else:
            card.texts[key] = _one_line(value)
    return card


def _key(written: str) -> str | None:
    """The key that is meant, whatever the case and however its words are joined."""
    said = spoken(written)
    return next((key for key in _KEYS if spoken(key) == said), _SYNONYMS.get(said))


def _entries(document: Document, key: str, value: Any, faults: list[Fault]) -> Iterator[str]:
    """A list of short texts; one text alone is a list of one."""
    entries = value if isinstance(value, list) else [value]
    if len(entries) > _ENTRIES_LIMIT:
        faults.append(document.fault((key,), f"`{key}` has more than {_ENTRIES_LIMIT} entries; the first ones count."))
    for index, entry in enumerate(entries[:_ENTRIES_LIMIT]):
        if isinstance(entry, dict | list):
            place = (key, index) if isinstance(value, list) else (key,)
            faults.append(document.fault(place, f"An entry of `{key}` should be text. Put it in quotes."))
        elif entry is not None and (line := _one_line(entry)):
            yield line


def _date(document: Document, key: str, value: Any, faults: list[Fault]) -> date | None:
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        faults.append(document.fault((key,), f"`{key}`: {quoted(value)} is not a date. Write it as 2026-01-31."))
        return None


def _heading(text: str) -> str:
    """The first heading outside a fenced block, without its markup; empty where there is none."""
    fence, before = "", ""
    for line in text.split("\n"):
        marks = _fence(line)
        if fence or marks:
            closes = marks.startswith(fence) and line.strip() == marks
            fence = "" if fence and closes else fence or marks
            before = ""
            continue
        heading = _HEADING.fullmatch(line)
        written = heading[1].rstrip(" \t#") if heading else before if _UNDERLINE.fullmatch(line) else ""
        if plain := _plain(written):
            return plain
        before = line if _PROSE.fullmatch(line) else ""
    return ""


def _fence(line: str) -> str:
    """The marks that open or close a fenced block, or nothing: backticks on both sides are code within a line."""
    found = _FENCE.fullmatch(line)
    return "" if found is None or (found[1][0] == "`" and "`" in found[2]) else found[1]


def _plain(markup: str) -> str:
    return _one_line(_LINK.sub(r"\1", markup[:_LINE_LIMIT]).replace("`", "").replace("**", "").strip(" *_"))


def _one_line(value: Any) -> str:
    return " ".join(str(value).split())[:_ENTRY_LIMIT]
