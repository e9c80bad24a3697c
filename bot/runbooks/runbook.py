"""One runbook, as it is known before anybody runs it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from bot.runbooks.structure import Structure


@dataclass(frozen=True, slots=True, kw_only=True)
class Runbook:
    """A runbook and its front matter, which is its only catalogue.

    `text` is the Markdown without the front matter, and `structure` what it is made of. `digest` is the SHA-256 of
    the whole file, in hex, so that a review can say which version was followed. `text_line` is the file's line in
    which `text` begins, and `lines` has those of the front matter's fields, for faults.
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
    structure: Structure = field(default_factory=Structure)
    lines: Mapping[str, int] = field(default_factory=dict, compare=False, repr=False)
