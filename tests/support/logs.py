"""The log of a serving process, written where a test can read it."""

import io
import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from bot.cli.logs import LogFormat, configure


class Written:
    """What was logged so far."""

    def __init__(self) -> None:
        self.stream = io.StringIO()

    @property
    def text(self) -> str:
        return self.stream.getvalue()

    @property
    def records(self) -> list[dict[str, Any]]:
        """The lines of a log in JSON."""
        return [json.loads(line) for line in self.text.splitlines()]

    def about(self, **fields: object) -> list[dict[str, Any]]:
        """The records that have these fields."""
        return [one for one in self.records if all(one.get(name) == value for name, value in fields.items())]


@contextmanager
def as_it_was() -> Iterator[None]:
    """Whatever sets logging up meanwhile, the process logs afterwards as it did before."""
    root, ours = logging.getLogger(), logging.getLogger("bot")
    handlers, level, our_level = root.handlers[:], root.level, ours.level
    try:
        yield
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)
        ours.setLevel(our_level)


@contextmanager
def logged(form: LogFormat = LogFormat.JSON, level: str = "DEBUG") -> Iterator[Written]:
    """As `muster serve` logs, and afterwards as it was."""
    written = Written()
    with as_it_was():
        configure(form, level, written.stream)
        yield written
