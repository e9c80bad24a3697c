"""What people type in Slack, read: its tokens, its entities, and the characters that keyboards put in."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

#: Slack's own markup. `a < b and c > d` reaches us with entities, so angle brackets are always Slack's.
TOKEN = re.compile(r"<([@#!]?)([^<>|]*)(?:\|([^<>]*))?>")
_ENTITY = re.compile(r"&(amp|lt|gt);")
_ENTITIES = {"amp": "&", "lt": "<", "gt": ">"}

#: Spaces that keyboards and copying put in for the ordinary one.
_SPACES = re.compile("[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]")
#: Characters that take no room and mean nothing here. The joiners of emoji (U+200D, U+FE0F) stay.
_INVISIBLE = re.compile("[\u00ad\u061c\u180e\u200b\u200c\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff]")
#: A word; a token of Slack's is one word, whatever spaces are in its label.
WORD = re.compile(r"(?:<[^<>\n]*>|\S)+")
#: Straight, curly, low and angled quotes, and backticks.
OPENING = "\"'`\u201c\u201d\u201e\u2018\u2019\u201a\u00ab\u00bb"
CLOSING = "\"'`\u201c\u201d\u2018\u2019\u00bb\u00ab"
#: What may close each opening quote.
_PAIRS = {
    '"': '"',
    "'": "'",
    "`": "`",
    "\u201c": "\u201d",
    "\u201d": "\u201d",
    "\u201e": "\u201c\u201d",
    "\u2018": "\u2019",
    "\u2019": "\u2019",
    "\u00ab": "\u00bb",
}
_PERSON = re.compile(r"<@([UW][A-Z0-9]+)(?:\|[^<>]*)?>|<!subteam\^(S[A-Z0-9]+)(?:\|[^<>]*)?>")
#: The end of what a message's files and attachments add to its text.
_MOST_PARTS = 20


def tidy(text: str) -> str:
    """Text with ordinary spaces and nothing invisible; lines stay."""
    return _INVISIBLE.sub("", _SPACES.sub(" ", text.replace("\r\n", "\n").replace("\r", "\n"))).strip()


def unescape(text: str) -> str:
    """Slack's three entities as the characters that they stand for, once."""
    return _ENTITY.sub(lambda found: _ENTITIES[found[1]], text)


def readable(text: str, *, people: bool = True) -> str:
    """Text from Slack as it is kept: entities and links decoded.

    Args:
        text: as Slack sends it.
        people: whether people stay tokens (`<@U1|bob>`), so that they can be shown by name later; else `@bob`.
    """
    parts: list[str] = []
    end = 0
    for found in TOKEN.finditer(text):
        parts += [unescape(text[end : found.start()]), _said(found, people=people)]
        end = found.end()
    return "".join([*parts, unescape(text[end:])])


def words_of(message: Mapping[str, Any]) -> str:
    """What a Slack message says, with its files named; for one that only has attachments, what they say."""
    text = message.get("text")
    said = readable(text) if isinstance(text, str) else ""
    if not said.strip():
        said = "\n".join(_attached(message.get("attachments")))
    named = [f"[file: {_name(file)}]" for file in _dicts(message.get("files"))]
    return "\n".join(part for part in (said, *named) if part)


def first_word(text: str) -> tuple[str, str]:
    """The first word, and what comes after it."""
    found = WORD.search(text)
    return (found[0], text[found.end() :].strip()) if found else ("", "")


def bare(word: str) -> str:
    """A word without the quotes and the punctuation around it."""
    return readable(word, people=False).strip(OPENING + CLOSING + "*_~,;:.!?()[]").strip()


def person(word: str) -> str | None:
    """The Slack id of the person or user group that a word mentions; None where it mentions nobody."""
    found = _PERSON.search(word)
    return (found[1] or found[2]) if found and not word[: found.start()].strip("(,;:") else None


def unquoted(text: str) -> str:
    """The text without the one pair of quotes around all of it."""
    closing = _PAIRS.get(text[:1])
    if len(text) > 1 and closing and text[-1] in closing and not set(text[1:-1]) & set(text[0] + closing):
        return text[1:-1]
    return text


def _said(found: re.Match[str], *, people: bool) -> str:
    sigil, target, label = found[1], unescape(found[2]), unescape(found[3] or "")
    match sigil:
        case "@":
            if people:
                return f"<@{target}|{label}>" if label else f"<@{target}>"
            return f"@{label or target}"
        case "#":
            return f"#{label or target}"
        case "!":
            word = target.partition("^")[0]
            return label if label.startswith("@") or (label and word == "date") else f"@{label or word}"
        case _:
            address = target.removeprefix("mailto:").removeprefix("tel:")
            bare = address.removeprefix("https://").removeprefix("http://").rstrip("/")
            return address if not label or label.rstrip("/") in {address, bare} else f"{label} ({address})"


def _attached(attachments: object) -> list[str]:
    found = (a.get("fallback") or a.get("text") or a.get("title") for a in _dicts(attachments))
    return [readable(words) for words in found if isinstance(words, str)]


def _name(file: Mapping[str, Any]) -> str:
    return str(file.get("name") or file.get("title") or "without a name")


def _dicts(value: object) -> Sequence[Mapping[str, Any]]:
    return [item for item in value[:_MOST_PARTS] if isinstance(item, dict)] if isinstance(value, list) else []
