"""One runbook, as it is known before anybody runs it."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Runbook:
    """A runbook and its front matter, which is its only catalogue.

    `text` is the Markdown without the front matter. `digest` is the SHA-256 of the whole file, in hex, so that
    a review can say which version was followed. `text_line` is the file's line in which `text` begins.
    """

    name: str
    title: str
    text: str
    digest: str
    path: Path
    text_line: int = 1
    services: tuple[str, ...] = ()
    alerts: tuple[str, ...] = ()
    symptoms: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    severity_hint: str = ""
    owner: str = ""
    reviewed: date | None = None
