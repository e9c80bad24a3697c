"""A runbook's front matter: its catalogue card."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from bot.domain.rules import nearest, spoken
from bot.policy.document import Document, read_yaml
from bot.policy.faults import Fault, quoted

#: Front matter is a catalogue card: beyond this many characters it is something else, and shown as text.
FRONT_MATTER_LIMIT = 16 * 1024
_ENTRY_LIMIT = 200
_ENTRIES_LIMIT = 100

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

#: Where PyYAML was built without libyaml there is only the slow way.
_QUICK = getattr(yaml, "CSafeLoader", None)
_MOST_NESTED = 1_000
_TEXT = "tag:yaml.org,2002:str"
_SEQUENCE = "tag:yaml.org,2002:seq"
#: A date stays as it is written, as `read_yaml` has it.
_TEXTS_TOO = frozenset({_TEXT, "tag:yaml.org,2002:timestamp"})


@dataclass(slots=True)
class Card:
    """What the front matter said. `unread` is the last line of one that could not be read, else 0."""

    texts: dict[str, str] = field(default_factory=dict)
    lists: dict[str, Any] = field(default_factory=dict)
    reviewed: date | None = None
    lines: dict[str, int] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    unread: int = 0


def split_card(source: str, path: Path, faults: list[Fault]) -> tuple[Card, str, int]:
    """Front matter, the text after it without the empty lines above it, and the text's first line.

    A file that merely begins with a rule (`---`) has no front matter, and what cannot be read stays in the text:
    nothing that somebody wrote is lost.
    """
    whole = source.lstrip("\n")
    begin = 1 + len(source) - len(whole)
    first, _, rest = whole.partition("\n")
    if first.rstrip() == "+++":
        faults.append(Fault(str(path), begin, "Front matter is YAML here. Write it between two lines of “---”."))
    if first.rstrip() != "---":
        return Card(), whole, begin
    end = re.search(r"^(?:---|\.\.\.)[ \t]*(?:\n|\Z)", rest, re.MULTILINE)
    if end is None or end.start() > FRONT_MATTER_LIMIT:
        if re.match(r"[A-Za-z_ -]+:", rest):
            faults.append(Fault(str(path), begin, "The front matter does not end. Close it with a line of “---”."))
        return Card(), whole, begin
    written = rest[: end.start()]
    document = _quick(written, path, begin + 1) or read_yaml(written, file=str(path), first_line=begin + 1)
    if document.faults:
        faults.extend(document.faults)
        return Card(unread=begin + 1 + written.count("\n")), whole, begin
    if document.value is not None and not isinstance(document.value, dict):
        return Card(), whole, begin
    text = rest[end.end() :].lstrip("\n")
    return _card(document), text, begin + 1 + rest.count("\n", 0, len(rest) - len(text))


def _quick(written: str, path: Path, first_line: int) -> Document | None:
    """The card by libyaml, which is ten times as fast, where it is as plain as most: texts, and lists of texts.

    None for anything else, and for what nests: libyaml does that on the stack, which has an end.
    """
    if _QUICK is None or sum(map(written.count, "[{-?:")) > _MOST_NESTED:
        return None
    try:
        root = yaml.compose(written, Loader=_QUICK)
    except (yaml.YAMLError, ValueError, LookupError):
        return None
    if not isinstance(root, yaml.MappingNode):
        return None
    values = {key.value: _plain_value(value) for key, value in root.value if key.tag == _TEXT}
    whole = len(values) == len(root.value) and None not in values.values()
    return Document(str(path), first_line, values, (), root) if whole else None


def _plain_value(node: yaml.Node) -> str | list[str] | None:
    if isinstance(node, yaml.SequenceNode) and node.tag == _SEQUENCE:
        values = [one.value for one in node.value if one.tag in _TEXTS_TOO and one.value.isprintable()]
        return values if len(values) == len(node.value) else None
    if isinstance(node, yaml.ScalarNode) and node.tag in _TEXTS_TOO and node.value.isprintable():
        return str(node.value)
    return None


def _card(document: Document) -> Card:
    card = Card()
    values: Mapping[str, Any] = document.value or {}
    for written, value in values.items():
        key = _key(written)
        if key in card.lines:
            message = f"`{key}` is here twice, the other time in line {card.lines[key]}. Keep one of the two."
            card.faults.append(document.fault((written,), message))
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
            card.texts[key] = one_line(value)
    return card


@lru_cache(maxsize=256)
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
        elif entry is not None and (line := one_line(entry)):
            yield line


def _date(document: Document, key: str, value: Any, faults: list[Fault]) -> date | None:
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        faults.append(document.fault((key,), f"`{key}`: {quoted(value)} is not a date. Write it as 2026-01-31."))
        return None


def one_line(value: Any) -> str:
    """Anything as a line of text, cut where it is longer than an entry may be."""
    return " ".join(str(value).split())[:_ENTRY_LIMIT].rstrip()
