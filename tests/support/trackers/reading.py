"""How a forge reads Markdown: what it would show, and what in it would act.

After GitHub's and GitLab's documentation: mentions and references are looked for in the text that Markdown has become,
outside of code; addresses become links by themselves.
"""

import re

from markdown_it import MarkdownIt
from markdown_it.token import Token

_MARKDOWN = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
_ACTS = re.compile(
    r"""(?<![\w`])@[\w"']            # somebody, a group, everyone
    |\#\d|(?<!\w)gh-\d               # an issue, here or in another repository
    |(?<!\w)!\d|(?<!\w)~["'\w]|(?<!\w)%["'\w{]|(?<!\w)\$\d|(?<!\w)&\d|\*iteration:
    |\[(?:issue|vulnerability|epic|contact|work_item):|[\[{][+-]
    |:[\w+-]*[a-z][\w+-]*:           # an emoji
    |\b[0-9a-f]{7,40}\b              # a commit
    |\b[a-z]+://|\bwww\.\w|\w@\w       # an address
    """,
    re.IGNORECASE | re.VERBOSE,
)
_OURS = re.compile(r"<!-- muster:[A-Za-z0-9:._-]+ -->\n?")


def acts(markdown: str) -> list[str]:
    """What in a body would mention, refer, link by itself or be HTML; empty where nothing would."""
    found = [line for line in markdown.splitlines() if line.startswith(("/", "::", ">>>"))]
    for token in _tokens(markdown):
        if token.type in ("html_block", "html_inline") and not _OURS.fullmatch(token.content):
            found.append(token.content)
        if token.type == "text":
            found += [one[0] for one in _ACTS.finditer(token.content)]
        if token.type == "image":
            found.append("an image")
    return found


def reads(markdown: str) -> str:
    """What people read, with single spaces and without word joiners."""
    parts = []
    for token in _tokens(markdown):
        parts.append(token.content if token.type in ("text", "code_inline", "fence", "code_block") else "")
        if token.type in ("softbreak", "hardbreak", "inline_end"):
            parts.append(" ")
    return " ".join("".join(parts).replace("\u2060", "").split())


def links(markdown: str) -> list[str]:
    """Where it leads."""
    return [str(token.attrs["href"]) for token in _tokens(markdown) if token.type == "link_open"]


def kinds(markdown: str) -> list[str]:
    """The kinds of its blocks, such as `paragraph_open`."""
    return [token.type for token in _MARKDOWN.parse(markdown) if token.type.endswith("_open") or not token.nesting]


def _tokens(markdown: str) -> list[Token]:
    found = []
    for block in _MARKDOWN.parse(markdown):
        found.append(block)
        if block.type == "inline":
            found += block.children or []
            found.append(Token("inline_end", "", 0))
    return found
