"""How a serving process writes its log: a line for each record, for people or for machines, without anybody's words."""

import logging
import re
import traceback
from collections.abc import Iterator
from datetime import UTC, datetime
from enum import StrEnum
from typing import IO, Any

from pythonjsonlogger.json import JsonFormatter

from bot.application.logs import FIELDS, Labels
from bot.diagnostics import redact

#: The most of an exception's message, and of a line's.
_MESSAGE, _LINE = 300, 2000
#: What is in quotes and has several words is somebody's text; a single one is a name of ours.
#: Whoever cut it short took its end away.
_QUOTED = re.compile(r"(?<!\w)(?:'(?:[^'\\]|\\.)*(?:'|\Z)|\"(?:[^\"\\]|\\.)*(?:\"|\Z)|“[^”]*(?:”|\Z))")
#: The most exceptions of a chain or a group that are written.
_CHAIN = 8


class LogFormat(StrEnum):
    """How a record is written."""

    TEXT = "text"
    JSON = "json"


def configure(form: LogFormat, level: str, stream: IO[str] | None = None) -> None:
    """Write the log of this process to `stream`, in place of whatever wrote it before.

    Args:
        form: how.
        level: from which level on. It is for what we say ourselves: below INFO, libraries write whole requests down,
            and with them what people said.
        stream: standard error by default.
    """
    handler = logging.StreamHandler(stream)
    handler.setFormatter(_Json() if form is LogFormat.JSON else _Text())
    handler.addFilter(Labels())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(max(logging.getLevelNamesMapping()[level], logging.INFO))
    logging.getLogger("bot").setLevel(level)
    logging.getLogger("aiohttp.access").setLevel(logging.WARNING)
    logging.getLogger("slack_bolt.AsyncApp").addFilter(_is_news)


def trouble(error: BaseException | None) -> str:
    """An exception with those that caused it: types, the beginnings of their messages, and where they came from.

    A message goes on below its first line with what it is about: a row's values, an input. That has no place in a log.
    """
    return "".join(part for one in _chain(error) for part in _told(one)).rstrip()


class _Text(logging.Formatter):
    """`2026-01-31T03:14:07Z WARNING bot.jobs.delivery: [INC-2026-01-31-001 outbox=41] what happened`."""

    def format(self, record: logging.LogRecord) -> str:
        found = _labels(record).items()
        labels = " ".join(str(value) if name == "incident" else f"{name}={value}" for name, value in found)
        told = f"{_time(record)} {record.levelname} {record.name}: {f'[{labels}] ' if labels else ''}{_message(record)}"
        return f"{told}\n{trouble(record.exc_info[1])}" if record.exc_info else told


class _Json(JsonFormatter):
    """One object a line: `time`, `level`, `logger`, `message`, what it is about, and `exc_info` if something broke."""

    def add_fields(self, log_data: dict[str, Any], record: logging.LogRecord, message_dict: dict[str, Any]) -> None:
        log_data |= {"time": _time(record), "level": record.levelname, "logger": record.name}
        log_data |= {"message": _message(record), **_labels(record)}
        if record.exc_info:
            log_data["exc_info"] = message_dict["exc_info"]

    def formatException(self, ei: Any) -> str:  # noqa: N802 (logging's own name)
        return trouble(ei[1])


def _labels(record: logging.LogRecord) -> dict[str, str | int]:
    return {name: value for name in FIELDS if (value := getattr(record, name, None)) is not None}


def _message(record: logging.LogRecord) -> str:
    """The message in one line."""
    return _wordless(" ".join(record.getMessage().split()), _LINE)


def _wordless(text: str, most: int) -> str:
    """Without secrets, and without quoted words: an exception's message may hold what somebody wrote."""
    shown = _QUOTED.sub(_without_words, redact.credentials(text, most=8 * most))
    return shown if len(shown) <= most else shown[: most - 1] + "…"


def _without_words(quoted: re.Match[str]) -> str:
    return "'…'" if any(character.isspace() for character in quoted[0]) else quoted[0]


def _time(record: logging.LogRecord) -> str:
    return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """The exception, those in it where it is a group, and what caused them."""
    waiting, seen = [error], 0
    while waiting and seen < _CHAIN:
        one = waiting.pop(0)
        if one is None:
            continue
        yield one
        seen += 1
        if isinstance(one, BaseExceptionGroup):
            waiting += one.exceptions
        waiting.append(one.__cause__ or (None if one.__suppress_context__ else one.__context__))


def _told(error: BaseException) -> Iterator[str]:
    said = _wordless(str(error).strip().partition("\n")[0], _MESSAGE)
    yield f"{type(error).__name__}: {said}\n" if said else f"{type(error).__name__}\n"
    yield from traceback.format_tb(error.__traceback__)


def _is_news(record: logging.LogRecord) -> bool:
    """Not Bolt's advice about SLACK_BOT_TOKEN: it finds the token in the environment as well, and the two are one."""
    return "SLACK_BOT_TOKEN" not in record.getMessage()
