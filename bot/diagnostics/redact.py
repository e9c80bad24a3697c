"""Takes out of evidence what must not be shown in a channel: credentials, tokens, people's data in query texts."""

import re
from collections.abc import Sequence
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

from bot.diagnostics.secret_shapes import HIDDEN, PERSONAL, SECRETS, Shape

__all__ = ["HIDDEN", "credentials", "dsn", "query", "text"]

#: How often hiding begins again: what one secret leaves behind may look like another.
_ROUNDS = 4

#: What may stay of an address's query: where it leads, never who goes there.
_HARMLESS_OPTIONS = frozenset({"host", "port", "dbname", "sslmode", "target_session_attrs"})

_SQL = re.compile(
    r"""
      (?P<line_comment> --[^\n]* )
    | (?P<block_comment> /\* )
    | (?P<dollar> (?P<tag>\$(?:[^\W\d]\w*)?\$) .*? (?:(?P=tag)|\Z) )
    | (?P<escaped> \b[eE]'(?:[^'\\]|''|\\.)*(?:'|\\?\Z) )
    | (?P<string> (?:\b(?:[bBxXnN]|[uU]&))?'(?:[^']|'')*(?:'|\Z) )
    | (?P<identifier> "(?:[^"]|"")*" )
    | (?P<cut_identifier> "[^"]*\Z )
    | (?P<parameter> \$\d+ )
    | (?P<word> [^\W\d][\w$]* )
    | (?P<number> (?:\d|\.\d)[\w.]* )
    | (?P<rest> . )
    """,
    re.VERBOSE | re.DOTALL,
)
_BLOCK_COMMENT_EDGE = re.compile(r"/\*|\*/")


def text(value: str, *, most: int = 2000) -> str:
    """The text without credentials, tokens, keys, e-mail addresses and card numbers, at most `most` characters."""
    return _without((*SECRETS, *PERSONAL), value, most)


def credentials(value: str, *, most: int = 2000) -> str:
    """The text without credentials, tokens and keys, at most `most` characters; numbers and addresses of ours stay."""
    return _without(SECRETS, value, most)


def _without(shapes: Sequence[Shape], value: str, most: int) -> str:
    bounded = value[: 8 * most]
    shown = "".join(character if character.isprintable() or character in "\n\t" else " " for character in bounded)
    for _ in range(_ROUNDS):
        before, folded = shown, shown.casefold()
        for shape in shapes:
            shown = shape.hidden(shown, folded)
        if len(shown) > most:  # not in the middle of a mark
            shown = shown[: most - 1].rstrip(HIDDEN) + "…"
        if shown == before:
            break
    return shown


def dsn(url: str) -> str:
    """An address without user, password and options that could hold either; a placeholder for what is none."""
    try:
        parts = urlsplit(url)
        host = f"[{parts.hostname}]" if parts.hostname and ":" in parts.hostname else parts.hostname or ""
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return "(not a valid address)"
    if not parts.scheme or not (parts.netloc or parts.path.startswith("/")):
        return "(not a valid address)"
    options = [(name, value) for name, value in parse_qsl(parts.query) if name in _HARMLESS_OPTIONS]
    query = urlencode(options, safe="/:,", quote_via=quote)
    # "//" always stands, also before the empty host of a Unix socket, so that people know it for an address.
    return text(urlunsplit((parts.scheme, "", f"//{host}{port}{parts.path}", query, "")))


def query(sql: str, *, most: int = 240) -> str:
    """A statement with its shape and without its data: literals become `?`, comments go, spaces collapse.

    Meant for `pg_stat_activity.query`, which may be cut off in the middle of a literal or a comment.
    """
    kept: list[str] = []
    position = 0
    while match := _SQL.match(sql, position):
        position = match.end()
        match match.lastgroup:
            case "line_comment":
                kept.append(" ")
            case "block_comment":
                kept.append(" ")
                position = _after_block_comment(sql, position)
            case "dollar" | "escaped" | "string" | "cut_identifier" | "number":
                kept.append("?")
            case _:
                kept.append(match.group())
    return text(" ".join("".join(kept).split()), most=most)


def _after_block_comment(sql: str, position: int) -> int:
    """Where a block comment ends that was opened just before `position`. They nest."""
    depth = 1
    for edge in _BLOCK_COMMENT_EDGE.finditer(sql, position):
        depth += 1 if edge.group() == "/*" else -1
        if depth == 0:
            return edge.end()
    return len(sql)
