"""What a log line is about: the incident's reference and where in the machinery, without anybody's words.

A scope is entered where a piece of work begins; what is learnt on the way is noted in it. Whatever is logged within,
here or in a library, carries it, so that `grep INC-2026-01-31-001` finds everything that was done for an incident.
"""

import contextlib
import logging
from collections.abc import Iterator
from contextvars import ContextVar
from typing import Final

#: What a record may carry, in the order in which it is written. `timer` and `lane` are names, `event` is Slack's id.
FIELDS: Final = ("incident", "outbox", "lane", "timer", "event")

_SCOPE: ContextVar[dict[str, str | int] | None] = ContextVar("what is being worked on", default=None)


@contextlib.contextmanager
def about(**fields: str | int) -> Iterator[None]:
    """A piece of work. What is known from outside of it stays known, what is noted in it is forgotten at its end.

    Args:
        fields: any of `FIELDS`. Names, numbers and references only: a private incident's words have no place in a log.
    """
    token = _SCOPE.set({**(_SCOPE.get() or {}), **fields})
    try:
        yield
    finally:
        _SCOPE.reset(token)


def note(**fields: str | int) -> None:
    """Add to what the present piece of work is about; outside of any, nothing is kept."""
    scope = _SCOPE.get()
    if scope is not None:
        scope.update(fields)


class Labels(logging.Filter):
    """Puts what is being worked on into each record; what a record says of itself goes before."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Let everything pass, labelled."""
        for name, value in (_SCOPE.get() or {}).items():
            if not hasattr(record, name):
                setattr(record, name, value)
        return True
