"""Takes out of evidence what must not be shown in a channel: credentials, tokens, people's data in query texts."""

import re
from collections.abc import Iterable
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

HIDDEN = "***"

#: What may stay of an address's query: where it leads, never who goes there.
_HARMLESS_OPTIONS = frozenset({"host", "port", "dbname", "sslmode", "target_session_attrs"})

_SECRETS = (
    # A private key, also one whose end was cut off.
    (re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.DOTALL), HIDDEN),
    # Credentials in an address. A password may hold an @: the last one before the path counts.
    (re.compile(r"\b([a-z][a-z0-9+.-]{1,20}://)[^\s/?#'\"<>]*@", re.IGNORECASE), rf"\1{HIDDEN}@"),
    (re.compile(r"\b((?:bearer|basic)\s+)[\w.~+/=-]{6,}", re.IGNORECASE), rf"\1{HIDDEN}"),
    # name=value, name: value, "name": "value"; the name may have more to it (DB_PASSWORD, x-api-key).
    (
        re.compile(
            r"(?P<name>[\w-]{0,40}(?:passw(?:or)?d|passphrase|pwd|secret|token|credential|api[_-]?key|access[_-]?key"
            r"|private[_-]?key|authorization|session[_-]?id|cookie)[\w-]{0,40}[\"']?\s{0,8}[=:]\s{0,8})"
            r"(?P<value>\"(?:[^\"\\]|\\.)*(?:\"|\Z)|'(?:[^'\\]|\\.)*(?:'|\Z)|[^\s,;&)}\]]+)",
            re.IGNORECASE,
        ),
        rf"\g<name>{HIDDEN}",
    ),
    # Tokens that say by their form what they are: Slack, GitHub, GitLab, Stripe and kin, AWS, Google, SendGrid, JWT.
    (re.compile(r"\bx(?:ox[a-z](?:\.xox[a-z])?|app)-[\w-]{8,}", re.IGNORECASE), HIDDEN),
    (re.compile(r"\b(?:gh[opusr]_|github_pat_|glpat-)\w[\w-]{15,}"), HIDDEN),
    (re.compile(r"\b(?:sk|pk|rk|whsec)_(?:(?:live|test)_)?\w{12,}"), HIDDEN),
    (re.compile(r"\bsk-[\w-]{16,}"), HIDDEN),
    (re.compile(r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b"), HIDDEN),
    (re.compile(r"\bAIza[\w-]{30,}"), HIDDEN),
    (re.compile(r"\bSG\.[\w-]{16,}\.[\w-]{16,}"), HIDDEN),
    (re.compile(r"\beyJ[\w-]{8,}\.[\w-]{4,}(?:\.[\w-]*)?"), HIDDEN),
)
_PERSONAL = (
    (re.compile(r"[\w.+%#&*!?^~-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+"), HIDDEN),
    # Card and account numbers.
    (re.compile(r"\b\d(?:[ -]?\d){12,18}\b"), HIDDEN),
)

_SQL = re.compile(
    r"""
      (?P<line_comment> --[^\n]* )
    | (?P<block_comment> /\* )
    | (?P<dollar> (?P<tag>\$(?:[^\W\d]\w*)?\$) .*? (?:(?P=tag)|\Z) )
    | (?P<escaped> \b[eE]'(?:[^'\\]|''|\\.)*(?:'|\Z) )
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
    return _without((*_SECRETS, *_PERSONAL), value, most)


def credentials(value: str, *, most: int = 2000) -> str:
    """The text without credentials, tokens and keys, at most `most` characters; numbers and addresses of ours stay."""
    return _without(_SECRETS, value, most)


def _without(patterns: Iterable[tuple[re.Pattern[str], str]], value: str, most: int) -> str:
    bounded = value[: 8 * most]
    shown = "".join(character if character.isprintable() or character in "\n\t" else " " for character in bounded)
    for pattern, replacement in patterns:
        shown = pattern.sub(replacement, shown)
    return shown if len(shown) <= most else shown[: most - 1] + "…"


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
