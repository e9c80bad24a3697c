"""A runbook as a file: its front matter in one form, then its text as it stands."""

import re
from collections.abc import Iterator, Sequence
from datetime import date

from bot.runbooks.runbook import Runbook

#: What YAML reads as text without quotes, whoever reads it.
_BARE = re.compile(r"[A-Za-z][A-Za-z0-9_./-]*(?: [A-Za-z0-9_./-]+)*")
_NOT_TEXT = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null"})


def print_runbook(runbook: Runbook) -> str:
    """The file that reads as this runbook: with all that its front matter said, and its text unchanged."""
    card = print_card(
        title=runbook.title,
        services=runbook.services,
        alerts=runbook.alerts,
        symptoms=runbook.symptoms,
        tags=runbook.tags,
        severity_hint=runbook.severity_hint,
        owner=runbook.owner,
        reviewed=runbook.reviewed,
    )
    return f"{card}\n{runbook.text}" if runbook.text else card


def print_card(
    *,
    title: str = "",
    services: Sequence[str] = (),
    alerts: Sequence[str] = (),
    symptoms: Sequence[str] = (),
    tags: Sequence[str] = (),
    severity_hint: str = "",
    owner: str = "",
    reviewed: date | None = None,
) -> str:
    """Front matter, in the order of the documentation; what is empty is left out."""
    lines = [
        *_text("title", title),
        *_list("services", services),
        *_list("alerts", alerts),
        *_list("symptoms", symptoms),
        *_list("tags", tags),
        *_text("severity_hint", severity_hint),
        *_text("owner", owner),
        *([f"reviewed: {reviewed.isoformat()}"] if reviewed else []),
    ]
    return "\n".join(("---", *lines, "---", ""))


def _text(key: str, value: str) -> Iterator[str]:
    if value:
        yield f"{key}: {_scalar(value)}"


def _list(key: str, values: Sequence[str]) -> Iterator[str]:
    if values:
        yield f"{key}: [{', '.join(map(_scalar, values))}]"


def _scalar(value: str) -> str:
    """A value that YAML reads as this very text."""
    if _BARE.fullmatch(value) and value.casefold() not in _NOT_TEXT:
        return value
    return '"' + "".join(map(_character, value)) + '"'


def _character(ch: str) -> str:
    if ch in '"\\':
        return f"\\{ch}"
    return ch if ch.isprintable() else f"\\U{ord(ch):08x}"
