"""What corrections of the record come to, and what follows. Pure, as `decide` and `react`, which call it.

Only what people said and what was noted may be left out. What made the incident what it was stays, perhaps with a word
about it.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from bot.domain import correction_commands as c
from bot.domain import correction_events as e
from bot.domain import effects as f
from bot.domain import errors, review_events
from bot.domain import events as every
from bot.domain.effects import Effect
from bot.domain.incident import Incident
from bot.domain.rules import Policy
from bot.domain.text import said, text_or
from bot.domain.timeline import Entry

#: How long before the declaration something may have happened that belongs to the incident.
EARLIEST = timedelta(days=90)
#: What may be left out. All else made the incident what it is, or is what other entries build upon.
_MAY_BE_HIDDEN = (
    every.MessageCaptured | every.MessageEdited | every.MessageDeleted | every.MessagePinned | every.MessageUnpinned
    | every.NoteAdded | every.PersonJoined | every.PersonLeft | e.EntryAdded | e.EntryAnnotated
)  # fmt: skip
#: What has no other time than its own: the declaration is when Muster heard of it, and corrections are no news.
_FIXED = every.Declared | review_events.ReviewEvent | e.EntryMoved | e.EntryHidden | e.EntryShown | e.EntryAnnotated


def add(incident: Incident, command: c.AddEntry, _policy: Policy, now: datetime) -> list[e.CorrectionEvent]:
    """Something that nobody recorded then. Raises MissingText, TooLong or WrongTime."""
    text = said(command.text, "entry", "what happened, such as `timeline add 22:40 Deploy 482 went out`")
    _happened(incident, command.happened_at, now)
    return [e.EntryAdded(happened_at=command.happened_at, text=text, why=text_or(command.why, "reason"))]


def move(incident: Incident, command: c.MoveEntry, _policy: Policy, now: datetime) -> list[e.CorrectionEvent]:
    """An entry happened at another time. Raises UnknownEntry, EntryStands, MissingText or WrongTime."""
    entry = _entry(incident, command)
    if isinstance(entry.event, _FIXED):
        raise errors.EntryStands(number=entry.seq, what="its time is when Muster heard of it")
    why = said(command.why, "reason", "how it is known, such as `timeline move #12 22:41 The log says so`")
    _happened(incident, command.happened_at, now)
    before = command.facts.happened_at or entry.at
    if command.happened_at == before:
        return []
    return [e.EntryMoved(about=entry.seq, happened_at=command.happened_at, before=before, why=why)]


def hide(incident: Incident, command: c.HideEntry, _policy: Policy, _now: datetime) -> list[e.CorrectionEvent]:
    """An entry is left out. Raises UnknownEntry, EntryStands or MissingText; nothing where it is hidden already."""
    entry = _entry(incident, command)
    if not isinstance(entry.event, _MAY_BE_HIDDEN):
        raise errors.EntryStands(number=entry.seq, what="it is part of the incident's course")
    why = said(command.why, "reason", "why it should not be read, such as `timeline hide #12 Wrong channel`")
    return [] if command.facts.hidden else [e.EntryHidden(about=entry.seq, why=why)]


def show(incident: Incident, command: c.ShowEntry, _policy: Policy, _now: datetime) -> list[e.CorrectionEvent]:
    """A hidden entry is read again. Raises UnknownEntry."""
    entry = _entry(incident, command)
    return [e.EntryShown(about=entry.seq, why=text_or(command.why, "reason"))] if command.facts.hidden else []


def annotate(incident: Incident, command: c.AnnotateEntry, _policy: Policy, _now: datetime) -> list[e.CorrectionEvent]:
    """A word about an entry. Raises UnknownEntry, MissingText or TooLong."""
    entry = _entry(incident, command)
    text = said(command.text, "annotation", "what is to be known, such as `timeline annotate #12 This was a test`")
    return [e.EntryAnnotated(about=entry.seq, text=text)]


def followed() -> Iterator[Effect]:
    """Whoever follows the incident sees that its record was corrected, by whom and why."""
    yield f.Post(message="entry_corrected", thread=True)


def _entry(incident: Incident, command: c.CorrectionCommand) -> Entry:
    entry = command.facts.entry
    if entry is None:
        raise errors.UnknownEntry(number=command.about, ref=incident.ref, last=incident.seq)
    return entry


def _happened(incident: Incident, at: datetime, now: datetime) -> None:
    """Raises WrongTime for what is yet to come, and for what is too long ago to be part of it."""
    if at > now:
        raise errors.WrongTime(what="That is yet to come")
    if at < incident.declared_at - EARLIEST:
        raise errors.WrongTime(what=f"That is more than {EARLIEST.days} days before the declaration")
