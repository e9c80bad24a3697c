"""Branches: items that say in which case to go on where. `**CRITICAL** → [End it](#end-it)`, `If …, go to [X](#x)`."""

import re
from dataclasses import dataclass
from unicodedata import category
from urllib.parse import unquote

from bot.runbooks.words import plain

#: What checks and actions come to. Said in any case, they are written like this.
VERDICTS = ("OK", "WARN", "CRITICAL", "NO_DATA", "ERROR", "DONE", "REFUSED", "FAILED", "UNKNOWN")
_MEANT = {"WARNING": "WARN", "NODATA": "NO_DATA"}
_READ = 600

_LINK = re.compile(r"\[[^\[\]]*\]\(<?#(?P<slug>[^()<>\s]+)>?(?: (?:\"[^\"]*\"|'[^']*'))?\)\s*(?:\([^()]*\))?[\s.;]*$")
_JOINT = re.compile(
    r"(?P<sign>→|->|=>|⇒|➜|➡|:|,|\u2013|\u2014)?\s*(?:then\s+)?"
    r"(?P<go>(?:go(?: on)? (?:to|with|at)|continue (?:with|at)|jump to|skip to)\s*)?(?P<see>see\s*)?:?\s*$",
    re.IGNORECASE,
)
_ARROWS = frozenset({"→", "->", "=>", "⇒", "➜", "➡"})
_WORD = re.compile(r"\*\*(?P<bold>[^*]+)\*\*|__(?P<under>[^_]+)__|`(?P<code>[^`]+)`")
_WORDS_ONLY = re.compile(
    r"(?:(?:if|on|when|is|it is|it says)\s+)*\0(?:\s*(?:,|/|\||or|and)\s*(?:or\s+)?\0)*\s*(?:\([^()]*\))?",
    re.IGNORECASE,
)
_IF = re.compile(r"(?:if|when|in case(?: of)?)\s+(?P<case>\S.*)", re.IGNORECASE)
_ELSE = re.compile(r"(?:(?:otherwise|else|if not|afterwards|then)\b[\s,:]*)?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Lead:
    """Where a text leads: to a heading's `slug`, in the cases `on`; in any case, where there are none."""

    on: tuple[str, ...]
    slug: str


def read_lead(text: str, *, item: bool) -> Lead | None:
    """What a text leads to, or None where it is no branch.

    Args:
        text: an item of a list, or a line of a paragraph, as Markdown.
        item: whether it is an item: a line has to say with an arrow, or in words, that it leads there.
    """
    said = " ".join(text[:_READ].split())
    link = _LINK.search(said)
    joint = _JOINT.search(said[: link.start()]) if link else None
    if link is None or joint is None:
        return None
    slug = unquote(link["slug"]).lower()
    head = _undecorated(said[: joint.start()].replace("\0", ""))
    leads = joint["sign"] in _ARROWS or bool(joint["go"])
    if leads and _ELSE.fullmatch(head):
        return Lead((), slug)
    if words := _words(head, signed=leads or (item and bool(joint["sign"])), item=item):
        return Lead(words, slug)
    case = _IF.fullmatch(head)
    if case and (leads or joint["see"]):
        return Lead((case_of(plain(case["case"])),), slug)
    if joint["sign"] in _ARROWS and (on := plain(head)):
        return Lead((case_of(on),), slug)
    return None


def row_lead(cell: str) -> str:
    """The heading that a table's cell leads to; empty where it leads nowhere."""
    said = " ".join(cell[:_READ].split())
    link = _LINK.search(said)
    joint = _JOINT.search(said[: link.start()]) if link else None
    if link is None or joint is None:
        return ""
    leads = joint["sign"] in _ARROWS or joint["go"] or joint["see"] or not joint.start()
    return unquote(link["slug"]).lower() if leads else ""


def case_of(words: str) -> str:
    """A case as it is kept: a verdict as verdicts are written, anything else as it stands."""
    key = "_".join(words.upper().replace("_", " ").replace("-", " ").split()).strip(".:")
    key = _MEANT.get(key, key)
    return key if key in VERDICTS else words.strip(" :,")


def _undecorated(text: str) -> str:
    """Without pictures at its ends: `✅ **OK**` is the case OK."""
    if text.isascii():
        return text.strip()
    drawn = {ch for ch in text if category(ch) in ("So", "Sk", "Cf") or ch == "\ufe0f"}
    return text.strip("".join((" ", *drawn)))


def _words(head: str, *, signed: bool, item: bool) -> tuple[str, ...]:
    """The bold words, and those in code, where there is nothing else than words that join them."""
    found = [word["bold"] or word["under"] or word["code"] for word in _WORD.finditer(head)]
    rest = _WORD.sub("\0", head).strip()
    inside = item and bool(found) and found[-1].rstrip().endswith(":")
    if not found or not (signed or inside) or not _WORDS_ONLY.fullmatch(rest):
        return ()
    return tuple(dict.fromkeys(case for word in found if (case := case_of(plain(word)))))
