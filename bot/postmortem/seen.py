"""What people saw: the words of the declaration, what was filled in, the alerts, and the first messages."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any, Final

from bot.domain.alert_events import AlertsJoined
from bot.postmortem.filled import Filled, Topic
from bot.postmortem.lines import Lines
from bot.postmortem.record import Record
from bot.postmortem.text import Md, People, cite, quoted

#: Messages of so long after the declaration still report it; and how many of those, and of alerts, are shown.
_FIRST: Final = timedelta(minutes=10)
_MESSAGES, _ALERTS = 5, 5


def seen(record: Record, people: People, lines: Lines, found: list[Filled]) -> dict[str, Any]:
    """The variables of the section: a quotation of the declaration, the facts, and whether nobody said what they saw.

    Args:
        record: the timeline.
        people: how they are called.
        lines: the sentences.
        found: what was filled in.
    """
    opening = record.opening
    described = quoted(people.words(opening.description))
    noticed = list(_filled(found, lines))
    reports = list(_messages(record, people, lines))
    return {
        "said": {
            "text": described or quoted(people.words(opening.title)),
            "who": people.actor(record.declared.by),
            "cites": cite(record.declared.seq),
        },
        "facts": [*noticed, *_alerts(record, lines), *reports],
        "unsaid": not (described or noticed or reports),
    }


def _filled(found: list[Filled], lines: Lines) -> Iterator[Md]:
    """What was filled in of it first: later it may have been something else that they saw."""
    first = {one.title: one for one in reversed(found) if one.topic is Topic.SEEN}
    for one in sorted(first.values(), key=lambda one: one.entry.seq):
        yield _cited(lines.impact_filled(one.title, [one.text], 0), one.entry.seq)


def _alerts(record: Record, lines: Lines) -> Iterator[Md]:
    """The first alerts in their own words."""
    shown: dict[str, Md] = {}
    for entry, event in record.each(AlertsJoined):
        for line in event.lines:
            if line.name not in shown and len(shown) < _ALERTS:
                shown[line.name] = _cited(lines.seen_alert(line), entry.seq)
    yield from shown.values()


def _messages(record: Record, people: People, lines: Lines) -> Iterator[Md]:
    """The first messages of the record that were written when it began."""
    until = record.declared.at + _FIRST
    early = (one for one in record.messages.values() if one.captured.at <= until and one.deleted is None)
    for message in sorted(early, key=lambda one: (one.captured.at, one.captured.seq))[:_MESSAGES]:
        user = getattr(message.captured.event, "user", None)
        who = people.person(user) if user else people.actor(message.captured.by)
        said = lines.seen_message(who, message.captured.at, message.text)
        yield _cited(said, message.captured.seq, *message.edits[-1:])


def _cited(text: Md, *seqs: int) -> Md:
    return Md(f"{text} ({cite(*seqs)})")
