"""The alerts of an incident as its review tells them: which, from which monitor, since when, how many, when clear.

How an alert stands comes from the events that the incident heard; a storm is told in a few of them, so of most alerts
the review knows how many there were, and of the first ones their names and since when they fired.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from bot.domain.actor import ActorKind
from bot.domain.alert import source_name
from bot.domain.alert_events import AlertsCleared, AlertsCounted, AlertsJoined
from bot.domain.alert_tally import AlertTally
from bot.domain.alerting import tallied
from bot.domain.timeline import Entry
from bot.postmortem.record import Record
from bot.postmortem.text import cite
from bot.postmortem.wording import moment, span

#: Names in the table of facts, and rows in that of the alerts.
_NAMED, _ROWS = 5, 20
_NOTHING: Final = timedelta()


@dataclass(slots=True)
class Named:
    """Alerts of one name: their monitor and since when the first fires, where an event says so, and the entries."""

    name: str
    source: str | None = None
    since: datetime | None = None
    cites: list[int] = field(default_factory=list)


@dataclass(slots=True)
class Course:
    """How the alerts of an incident went.

    Attributes:
        joined: the entry with which the first of them came.
        first: the entry that tells of the one that fired first, and `first_at` since when, as its monitor says.
        counted: the entry that counted them last.
        tally: how they stand after the last entry, as the incident itself keeps it.
        cleared: the entry by which none fires: the one that told people so, or until then the quiet one that counted
            them; None while one fires.
    """

    joined: Entry
    first: Entry
    first_at: datetime
    counted: Entry
    tally: AlertTally
    names: dict[str, Named] = field(default_factory=dict)
    cleared: Entry | None = None

    def before(self, entry: Entry) -> timedelta:
        """For how long the first alert had fired by an entry; negative where it came before the alert.

        What alerts opened was not declared before them: the monitor's clock is ahead of ours then.
        """
        length = entry.at - self.first_at
        return max(length, _NOTHING) if self.tally.opened else length

    @property
    def by_hand(self) -> bool:
        """Whether it ran already when its first alert joined."""
        return not (isinstance(self.joined.event, AlertsJoined) and self.joined.event.opened)


def course(record: Record) -> Course | None:
    """How the alerts of an incident went; None where it had none."""
    found: Course | None = None
    tally = AlertTally()
    for entry in record.some(AlertsJoined, AlertsCounted, AlertsCleared):
        event = entry.event
        if not isinstance(event, AlertsJoined | AlertsCounted | AlertsCleared):
            continue
        before, tally = tally, tallied(tally, entry, event)
        if isinstance(event, AlertsJoined):
            found = _joined(found, entry, event, tally)
        if found is None:
            continue
        found.tally = tally
        if tally.quiet_since is None:
            found.cleared = None
        elif tally.quiet_since != before.quiet_since or isinstance(event, AlertsCleared):
            found.cleared = entry
        if not isinstance(event, AlertsCleared):
            found.counted = entry
    return found


def _joined(found: Course | None, entry: Entry, event: AlertsJoined, tally: AlertTally) -> Course:
    found = found or Course(entry, entry, event.first_at, entry, tally)
    if event.first_at < found.first_at:
        found.first, found.first_at = entry, event.first_at
    for line in event.lines:
        named = found.names.setdefault(line.name, Named(line.name))
        named.source = named.source or line.source
        named.since = min(named.since or line.starts_at, line.starts_at)
    for name in dict.fromkeys((*(line.name for line in event.lines), *event.names)):
        found.names.setdefault(name, Named(name)).cites.append(entry.seq)
    return found


def alerted(record: Record) -> dict[str, Any]:
    """The variables of what the review says of alerts: `alerts` is None where the incident had none."""
    found = course(record)
    if found is None:
        return {"alerts": None}
    names, tally = list(found.names.values()), found.tally
    return {
        "alerts": {
            "total": tally.total,
            "names": ", ".join(named.name for named in names[:_NAMED]),
            "more_names": len(names[_NAMED:]),
            "sources": ", ".join(source_name(source) for source in tally.sources),
            "cites": cite(found.joined.seq, found.counted.seq),
            "first": moment(found.first_at),
            "beside": ", ".join(_beside(found, record)),
            "first_cites": cite(*_first_cites(found, record)),
            "firing": tally.firing,
            "counted": cite(found.counted.seq),
            "quiet_since": None if tally.quiet_since is None else moment(tally.quiet_since),
            "cleared": None if found.cleared is None else cite(found.cleared.seq),
            "rows": [_row(named, found) for named in names[:_ROWS]],
            "more_rows": len(names[_ROWS:]),
        }
    }


def _beside(found: Course, record: Record) -> Iterator[str]:
    """Where the first alert stands beside the declaration and the acknowledgement."""
    for entry, called in ((record.declared, "declaration"), (record.acknowledged, "acknowledgement")):
        if entry is None:
            continue
        length = found.before(entry)
        yield f"{span(abs(length))} {'after' if length < _NOTHING else 'before'} the {called}"


def _first_cites(found: Course, record: Record) -> tuple[int, ...]:
    taken = (record.acknowledged.seq,) if record.acknowledged else ()
    return (found.first.seq, record.declared.seq, *taken)


def _row(named: Named, found: Course) -> dict[str, Any]:
    # Where there is but one monitor, all of them are from it.
    source = named.source or (found.tally.sources[0] if len(found.tally.sources) == 1 else None)
    return {
        "name": named.name,
        "source": None if source is None else source_name(source),
        "since": None if named.since is None else moment(named.since),
        "cites": cite(*named.cites),
    }


def by_a_person(record: Record) -> bool:
    """Whether somebody declared it, rather than a monitor."""
    return record.declared.by.kind in (ActorKind.PERSON, ActorKind.CLI)
