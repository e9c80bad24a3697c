"""Corrections of the record, as `bot.messages.samples` renders the templates with them."""

from datetime import timedelta
from types import SimpleNamespace

from bot.domain import events as e
from bot.domain.actor import Actor
from bot.domain.timeline import Entry
from bot.messages.sample_incidents import BEA, NOW

_EARLIER = NOW - timedelta(minutes=5)


def corrections(text: str) -> dict[str, list[e.Event]]:
    """The events of the message about them."""
    return {
        "entry_corrected": [
            e.EntryAdded(happened_at=_EARLIER, text=text, why=text),
            e.EntryAdded(happened_at=_EARLIER, text=text),
            e.EntryMoved(about=2, happened_at=_EARLIER, before=NOW, why=text),
            e.EntryHidden(about=3, why=text),
            e.EntryShown(about=3),
            e.EntryAnnotated(about=2, text=text),
        ]
    }


def corrected(text: str) -> SimpleNamespace:
    """What templates read of a record that was corrected: the second entry was moved and has a word about it."""
    told = corrections(text)["entry_corrected"]
    added, _, moved, hidden, _, note = (
        Entry(seq=seq, at=NOW, recorded_at=NOW, by=Actor.person(BEA), event=event) for seq, event in enumerate(told, 30)
    )
    return SimpleNamespace(
        moved={2: (moved,)}, notes={2: (note,)}, hides={3: hidden, 4: hidden}, added=(added,), before=lambda _seq: NOW
    )
