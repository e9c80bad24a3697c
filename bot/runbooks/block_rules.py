"""markdown-it's parser for blocks alone, with each rule asked only about lines that can begin with it."""

from collections.abc import Callable
from typing import Final

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock, blockquote, fence, heading, hr, html_block, lheading, list_block

_Rule = Callable[[StateBlock, int, int, bool], bool]
_QUOTED: Final = ["paragraph", "reference", "blockquote"]

#: The rules by name: what a line begins with that they are for, and which blocks they end without a blank line.
_RULES: Final[tuple[tuple[str, _Rule, str, list[str]], ...]] = (
    ("fence", fence, "`~", [*_QUOTED, "list"]),
    ("blockquote", blockquote, ">", [*_QUOTED, "list"]),
    ("list", list_block, "*-+0123456789", _QUOTED),
    ("html_block", html_block, "<", _QUOTED),
    ("heading", heading, "#", _QUOTED),
)
_DRAWN: Final = frozenset("*-_")
_DRAWN_END: Final = frozenset("*-_ \t")


def block_parser() -> MarkdownIt:
    """Blocks only: what is within a line is read where it is needed, and where links lead to is none of ours.

    Every line would be looked at by a dozen rules, those of a paragraph twice. The tokens are the same.
    """
    parser = MarkdownIt("commonmark").enable("table")
    parser.core.ruler.enableOnly(["normalize", "block"])
    rules = parser.block.ruler
    rules.disable("reference")
    for name, rule, begins, ends in _RULES:
        rules.at(name, _only(rule, frozenset(begins)), {"alt": ends})
    rules.at("hr", _drawn, {"alt": [*_QUOTED, "list"]})
    rules.at("lheading", _underlined, {"alt": []})
    return parser


def _only(rule: _Rule, begins: frozenset[str]) -> _Rule:
    def asked(state: StateBlock, first: int, last: int, silent: bool) -> bool:  # noqa: FBT001 (markdown-it calls it)
        at = state.bMarks[first] + state.tShift[first]
        return state.src[at : at + 1] in begins and rule(state, first, last, silent)

    return asked


def _drawn(state: StateBlock, first: int, last: int, silent: bool) -> bool:  # noqa: FBT001 (markdown-it calls it)
    """A line across: only where it also ends like one, as most items of a list do not."""
    at, end = state.bMarks[first] + state.tShift[first], state.eMarks[first]
    drawn = state.src[at : at + 1] in _DRAWN and state.src[end - 1 : end] in _DRAWN_END
    return drawn and hr(state, first, last, silent)


def _underlined(state: StateBlock, first: int, last: int, silent: bool) -> bool:  # noqa: FBT001 (markdown-it calls it)
    """A heading by a line of `=` or `-` below it: only where some line of the paragraph begins like one."""
    for line in range(first + 1, last):
        if state.isEmpty(line):
            return False
        if state.src[state.bMarks[line] + state.tShift[line]] in "=-":
            return lheading(state, first, last, silent)
    return False
