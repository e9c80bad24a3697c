"""Corrections of the record. What was recorded stays as it was; these say how it is to be read."""

from dataclasses import dataclass
from datetime import datetime

from bot.domain.event import BaseEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryAdded(BaseEvent):
    """Something that nobody recorded then happened at `happened_at`; `why` says how it is known."""

    happened_at: datetime
    text: str
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryMoved(BaseEvent):
    """Entry `about` happened at `happened_at`, not `before`."""

    about: int
    happened_at: datetime
    before: datetime
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryHidden(BaseEvent):
    """Entry `about` is left out of what people read."""

    about: int
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryShown(BaseEvent):
    """Entry `about` is read again."""

    about: int
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryAnnotated(BaseEvent):
    """A word about entry `about`."""

    about: int
    text: str


CorrectionEvent = EntryAdded | EntryMoved | EntryHidden | EntryShown | EntryAnnotated
