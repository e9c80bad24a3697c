"""What people want of the record."""

from dataclasses import dataclass, field
from datetime import datetime

from bot.domain.command import BaseCommand
from bot.domain.timeline import Entry


@dataclass(frozen=True, slots=True, kw_only=True)
class AddEntry(BaseCommand):
    """Something that nobody recorded then."""

    happened_at: datetime
    text: str
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrectionFacts:
    """What the timeline has of an entry, and whether it is hidden; the store fills it in."""

    entry: Entry | None = None
    happened_at: datetime | None = None
    hidden: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveEntry(BaseCommand):
    """An entry happened at another time."""

    about: int
    happened_at: datetime
    why: str
    facts: CorrectionFacts = field(default_factory=CorrectionFacts)


@dataclass(frozen=True, slots=True, kw_only=True)
class HideEntry(BaseCommand):
    """An entry is to be left out of what people read."""

    about: int
    why: str
    facts: CorrectionFacts = field(default_factory=CorrectionFacts)


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowEntry(BaseCommand):
    """An entry is to be read again."""

    about: int
    why: str = ""
    facts: CorrectionFacts = field(default_factory=CorrectionFacts)


@dataclass(frozen=True, slots=True, kw_only=True)
class AnnotateEntry(BaseCommand):
    """A word about an entry."""

    about: int
    text: str
    facts: CorrectionFacts = field(default_factory=CorrectionFacts)


CorrectionCommand = MoveEntry | HideEntry | ShowEntry | AnnotateEntry
