"""What a fenced block's first line says: a language, words, and names with values."""

import re
from collections.abc import Mapping

from bot.runbooks.structure import Block

CHECK, ACTION, TARGET, NAME = "check", "action", "target", "name"
#: Blocks of these languages run whatever else they say, if the pack has it.
_RUN = frozenset({CHECK, ACTION})
#: Blocks of these may, where a target of the pack is asked exactly that.
SQL, PROMQL, LOGQL = "sql", "promql", "logql"
LANGUAGES = frozenset({SQL, PROMQL, LOGQL})
_WORD = re.compile(r'(?:[^\s"]|"[^"]*(?:"|$))+')
_INFO_LIMIT = 1_000


def read_block(info: str, body: str, line: int) -> Block | None:
    """The block that a fence is, or None where it is there to be copied and nothing else.

    Args:
        info: what stands behind the fence's marks.
        body: the text within.
        line: the file's line in which it begins.
    """
    language, words, named = _read(info[:_INFO_LIMIT])
    if language not in _RUN and language not in LANGUAGES and TARGET not in named:
        return None
    return Block(language=language, words=words, named=named, body=body.removesuffix("\n"), line=line)


def runs(block: Block) -> bool:
    """Whether a block says that it runs something, whatever the pack asks."""
    return block.language in _RUN or TARGET in block.named


def _read(info: str) -> tuple[str, tuple[str, ...], Mapping[str, str]]:
    """The language, the words and the names; a name that is there again is a word, for nobody knows which is meant."""
    words: list[str] = []
    named: dict[str, str] = {}
    first, *rest = _WORD.findall(info) or [""]
    for word in rest:
        name, equals, value = word.partition("=")
        if equals and name and '"' not in name and name not in named:
            named[name] = value.replace('"', "")
        else:
            words.append(word.replace('"', ""))
    return first.replace('"', "").lower(), tuple(words), named
