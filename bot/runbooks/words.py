"""What Markdown says without its markup: titles, sentences, the names by which links find headings."""

import re
from unicodedata import category, combining, normalize

#: A title is cut here, as is what it is made from.
TITLE_LIMIT = 150
#: What is read of a line.
LINE_LIMIT = 1_000

#: What people put before what they call a thing.
QUALIFIERS = frozenset(
    """
    basic common detailed emergency first frequent immediate initial known likely main manual our possible quick
    recommended suggested the typical usual
    haufige mogliche typische wahrscheinliche
    """.split()  # noqa: SIM905 (words read better as words)
)

_MARKUP = re.compile(
    r"\\(?P<escaped>[!-/:-@\[-`{-~])"
    r"|!?\[(?P<label>[^\[\]]*)\]\([^()]*\)"
    r"|<(?P<auto>https?://[^<>\s]*)>"
    r"|(?P<space><br ?/?>)"
    r"|(?P<marks>(?<=\S)[*~]+|[*~]+(?=\S)|(?<!\w)_+(?=\S)|(?<=\S)_+(?!\w))"
)
_SPECIAL = re.compile(r"[\\`*_~\[<\0]")
#: Stands for code while the rest is read: a character that no text has (`parse_runbook` sees to it).
_CODE = "\0"
#: They make one letter or sign of several.
_JOINERS = "\u200c\u200d"
_TICKS = re.compile(r"`+")
_NUMBER = re.compile(
    r"(?:(?:step|schritt|étape|cause|option|case|problem|issue|reason|resolution|solution|fix|scenario|phase|part)"
    r"\s*#?\d+\s*(?:[:.)\u2013\u2014-]+\s*|$)|(?:\d\ufe0f?\u20e3\s*)+|\d+(?:\.\d+)*\s*[.):\u2013\u2014]\s+|\d{1,2}(?:\.\d{1,2})+\s+(?=[^\W\d]))",
    re.IGNORECASE,
)
_STEP = re.compile(r"(?:step|schritt|étape)\s*#?\d+(?!\w)", re.IGNORECASE)
_SENTENCE = re.compile(r"[.!?…](?=\s)")
_BOLD = re.compile(r"(\*\*|__)(?=\S)((?:\\.|`[^`]*`|(?!\1)[^\\])++)\1")
_NO_SLUG = re.compile(r"[^\w\- ]")
_HYPHENS = re.compile(r"-{2,}")


def plain(markup: str, limit: int = TITLE_LIMIT) -> str:
    """One line of text without markup, at most `limit` characters."""
    text = " ".join(markup[:LINE_LIMIT].split())
    if _SPECIAL.search(text) or not text.isprintable():
        rest, codes = without_code(text)
        said = iter(codes)
        text = _MARKUP.sub(_said, rest)
        text = "".join(
            next(said, "") if ch == _CODE else ch if ch.isprintable() or ch in _JOINERS else " " for ch in text
        )
    return " ".join(text.split())[:limit].rstrip()


def _said(found: re.Match[str]) -> str:
    if found["label"] is not None:
        return _MARKUP.sub(_said, found["label"])
    return found["escaped"] or found["auto"] or (" " if found["space"] else "")


def without_code(text: str) -> tuple[str, list[str]]:
    """A text with a NUL for each stretch of code in it, and what those are; in time that grows as the text does."""
    runs = [(found.start(), found.end()) for found in _TICKS.finditer(text)]
    later: dict[int, list[int]] = {}
    for start, end in reversed(runs):
        later.setdefault(end - start, []).append(start)
    kept: list[str] = []
    codes: list[str] = []
    at = 0
    for start, end in runs:
        if start < at:
            continue
        begins = start + _escapes(text, start) % 2
        closing = later.get(end - begins, [])
        while closing and closing[-1] < end:
            closing.pop()
        if begins < end and closing:
            kept += (text[at:begins], _CODE)
            codes.append(_trimmed(text[end : closing[-1]]))
            at = closing[-1] + end - begins
    kept.append(text[at:])
    return "".join(kept), codes


def _escapes(text: str, at: int) -> int:
    """How many backslashes stand right before a place."""
    before = at
    while before and text[before - 1] == "\\":
        before -= 1
    return at - before


def _trimmed(code: str) -> str:
    return code[1:-1] if code[:1] == code[-1:] == " " and code.strip() else code


def step_number(title: str) -> bool:
    """Whether a heading, without markup, is called `Step 3`."""
    return _STEP.match(_bare(title)) is not None


def unnumbered(title: str) -> str:
    """A heading without markup, and without what counts or decorates it: `3. 🔍 Investigation:` is `Investigation`."""
    said = _bare(title)
    found = _NUMBER.match(said)
    rest = _bare(said[found.end() :]) if found else said
    return rest or said or title


def _bare(title: str) -> str:
    """Without what stands at its ends and is no word, as far as that leaves something."""
    begins = next(
        (place for place, ch in enumerate(title) if ch.isalnum() or ch in "(\"'`\u201c\u2018\u201e\u00ab<[{$/.@#&+-%"),
        0,
    )
    return title[begins:].rstrip(" :").strip() or title


def title_of(item: str) -> str:
    """The title of an item: its bold beginning, or its first sentence."""
    text = " ".join(item[:LINE_LIMIT].split())
    bold = _BOLD.match(text)
    if bold and (title := plain(bold[2]).rstrip(" .:")):
        return title
    said = plain(text, LINE_LIMIT)
    ends = _SENTENCE.search(said)
    sentence = said[: ends.end()] if ends else said
    return sentence.rstrip(" .:")[:TITLE_LIMIT].rstrip() or sentence[:TITLE_LIMIT]


def slug(heading: str) -> str:
    """What a link to a heading, without markup, is called as GitHub makes it, were it the only one."""
    said = heading.lower()
    if said.isascii():
        return _NO_SLUG.sub("", said).replace(" ", "-")
    return "".join("-" if ch == " " else ch for ch in said if ch in " -" or _in_slug(category(ch)))


def anchor(heading: str, seen: dict[str, int]) -> str:
    """The name of the next heading in a file, without markup; `seen` counts those that would be called alike."""
    name = slug(heading)
    seen[name] = seen.get(name, -1) + 1
    return f"{name}-{seen[name]}" if seen[name] else name


def _in_slug(kind: str) -> bool:
    """Letters, marks (also the one that makes a picture of a sign), digits, and what joins words."""
    return kind[0] in "LM" or kind in ("Nd", "Nl", "Pc")


def loose_slug(name: str) -> str:
    """What links to one heading have in common, whichever forge they were written for.

    GitLab has one hyphen where GitHub has several, and who types a link leaves out what cannot be seen.
    """
    seen = name if name.isascii() else "".join(ch for ch in name if category(ch) != "Mn")
    return _HYPHENS.sub("-", seen)


def folded(text: str) -> str:
    """In small letters, without what stands above or below them."""
    if text.isascii():
        return text.lower()
    return "".join(ch for ch in normalize("NFKD", text) if not combining(ch)).casefold()


def bold_line(line: str) -> str:
    """What a line says that is nothing but bold, as a heading is; empty where it is anything else."""
    text = line.strip()[:LINE_LIMIT].rstrip(" :")
    marks = text[:2]
    inner = text[2:-2].strip(" ") if marks in ("**", "__") and text.endswith(marks) else ""
    if not inner or marks in inner or inner.endswith((".", "!", "\\")) or text[2:3].isspace():
        return ""
    return inner
