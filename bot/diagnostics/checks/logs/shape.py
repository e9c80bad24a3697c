"""The shape of a line of a log: what it says, without what differs each time, and without what nobody should see."""

import json
import re
from collections import Counter
from collections.abc import Iterable

from bot.diagnostics import redact

#: Characters of a line that are looked at, and of its shape.
MOST_LINE = 4096
_LOOKED_AT = 600
_SHOWN = 200
#: Shapes that are shown.
TOP = 10

#: Where a line of JSON says what happened; the first that is there.
_SAYING = ("message", "msg", "error", "err", "exception", "event", "log", "text")
_LOGFMT = re.compile(r'\b(?:message|msg|error|err)="((?:[^"\\]|\\.)+)"')
_TIME = r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?(?:\s?(?:Z\b|[+-]\d\d:?\d\d\b))?"
_LEADING = re.compile(rf"^\W*{_TIME}\W*")
_VARIES = re.compile(
    rf"""
      (?P<kept>(?<="\ )[1-5]\d\d(?=\s))  # the status in a web server's line, and before it what was asked for
    | (?P<asked>"(?:GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS)\ [^"\n]*")
    | "[^"\n]*"
    | (?<!\w)'[^'\n]*'(?!\w)
    | {_TIME}
    | \b[0-9a-fA-F]{{8}}(?:-[0-9a-fA-F]{{4}}){{3}}-[0-9a-fA-F]{{12}}\b
    | \b(?P<amount>\d+(?:[.,:/]\d+)*)(?P<unit>(?:[kKMGT]?i?B|[mµnu]?s|min|h|%)(?![A-Za-z0-9]))
    | \b[0-9a-fA-F]{{16,}}\b
    | (?<![A-Za-z0-9])[A-Za-z]*\d[A-Za-z0-9]*(?:[.,:/]\d[A-Za-z0-9]*)*
    """,
    re.VERBOSE,
)


def shape(line: str) -> str:
    """What a line says: numbers, ids, hexadecimal and quoted text become `?`; redacted, 200 characters at most."""
    return _shape(_bare(line))


def top(lines: Iterable[str]) -> list[tuple[str, int]]:
    """The ten commonest shapes of lines, with how many have each; of equals the one that came first."""
    shapes: Counter[str] = Counter()
    # Many are the same but for their time, and redaction is slow.
    for said, number in Counter(_bare(line) for line in lines).items():
        shapes[_shape(said)] += number
    return shapes.most_common(TOP)


def _bare(line: str) -> str:
    """What a line says, without the time at its beginning."""
    return _LEADING.sub("", _said(line[:MOST_LINE].strip()))[:_LOOKED_AT]


def _shape(said: str) -> str:
    shown = redact.text(said, most=_LOOKED_AT)
    return " ".join(_VARIES.sub(_blank, shown).split())[:_SHOWN] or "(empty)"


def _said(line: str) -> str:
    """The message of a line that is JSON or logfmt; of any other the line itself."""
    if line.startswith("{"):
        try:
            told = json.loads(line)
        except (ValueError, RecursionError):
            return line
        for key in _SAYING:
            if isinstance(told.get(key), str) and told[key]:
                return str(told[key])
    found = _LOGFMT.search(line)
    return found[1] if found else line


def _blank(found: re.Match[str]) -> str:
    if asked := found["asked"]:
        return f'"{_VARIES.sub(_blank, asked[1:-1])}"'
    return found["kept"] or f"?{found['unit'] or ''}"
