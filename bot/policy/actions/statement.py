"""A statement of SQL with named parameters, `:name`, as Postgres takes it: `$1`, and the names in their order."""

import re
from dataclasses import dataclass

_SQL = re.compile(
    r"""
      (?P<comment> --[^\n]* | /\*.*?(?:\*/|\Z) )
    | (?P<dollar> (?P<tag>\$(?:[^\W\d]\w*)?\$) .*? (?:(?P=tag)|\Z) )
    | (?P<string> \b[eE]'(?:[^'\\]|''|\\.)*(?:'|\Z) | '(?:[^']|'')*(?:'|\Z) | "(?:[^"]|"")*(?:"|\Z) )
    | (?P<cast> :: | := )
    | : (?P<name> [a-z][a-z0-9_]* ) \b
    | (?P<number> \$\d+ )
    | (?P<word> [^\W\d][\w$]* )
    | (?P<rest> . )
    """,
    re.VERBOSE | re.DOTALL,
)
#: What a roll-back undoes.
CHANGES = frozenset({"insert", "update", "delete", "merge", "with"})


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement.

    Attributes:
        sql: with `$1`, `$2` in the places of its parameters, without a semicolon at its end.
        names: of the parameters, in the order of their numbers.
        first: its first word, in small letters.
        numbered: whether it had `$1` itself.
        several: whether another statement follows.
    """

    sql: str
    names: tuple[str, ...]
    first: str
    numbered: bool = False
    several: bool = False


def parse_statement(text: str) -> Statement:
    """Reads a statement. Texts in quotes, comments and casts are left as they are."""
    names: list[str] = []
    pieces: list[str] = []
    first, position, numbered, ended, several = "", 0, False, False, False
    while found := _SQL.match(text, position):
        position = found.end()
        piece = found[0]
        if name := found["name"]:
            if name not in names:
                names.append(name)
            piece = f"${names.index(name) + 1}"
        elif found["number"]:
            numbered = True
        elif found["word"] and not first:
            first = piece.casefold()
        several = several or (ended and bool(piece.strip()) and not found["comment"])
        ended = ended or piece == ";"
        pieces.append(piece)
    sql = "".join(pieces).strip()
    # A comment at its end may have hidden the semicolon, which does no harm.
    return Statement(sql.removesuffix(";").rstrip(), tuple(names), first, numbered, several)
