"""The rows of the review's tables, made from the record; the words in them come from the templates."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from bot.diagnostics.result import Report, Result, Verdict
from bot.domain import events as e
from bot.domain.actor import ActorKind
from bot.domain.events import kind_of
from bot.domain.timeline import Entry
from bot.postmortem.lines import Lines
from bot.postmortem.record import Record
from bot.postmortem.text import Md, People, cite, code, inline
from bot.postmortem.wording import day, moment

Row = dict[str, Any]
#: Characters of a person's words in a row; the whole text stays in the timeline.
ROW_LIMIT: Final = 600
#: Characters of a digest that tell two versions apart for a reader.
SHORT: Final = 12
#: Citations in one place; somebody who acted a hundred times is cited at the first of them.
CITED: Final = 12
#: What people do, in the order in which it is told.
_PARTS: Final = (
    e.Declared,
    e.Acknowledged,
    e.Resolved,
    e.Reopened,
    e.Closed,
    e.UpdatePosted,
    e.StatusChanged,
    e.SeverityChanged,
    e.RoleAssigned,
    e.Escalated,
    e.NoteAdded,
    e.MessageCaptured,
    e.MessagePinned,
    e.DiagnosticRequested,
    e.ActionRequested,
    e.ActionApproved,
    e.ActionStarted,
    e.RunbookOpened,
    e.RunbookStarted,
    e.StepMarked,
    e.ActionItemAdded,
    e.ActionItemDone,
    e.PersonJoined,
)


def roles(record: Record, people: People, title: Callable[[str], str]) -> list[Row]:
    """Who has each role, since when, and who had it before."""
    rows = []
    for role, holders in record.holders.items():
        user, entry = holders[-1]
        before = dict.fromkeys(earlier for earlier, _ in holders[:-1])
        rows.append(
            {
                "title": title(role),
                "who": people.person(user),
                "since": moment(entry.at),
                "before": Md(", ".join(people.person(u) for u in before)) if before else None,
                "cites": cite(*record.corrections.citing(*(entry.seq for _, entry in holders))),
            }
        )
    return rows


def parts(record: Record, people: People, lines: Lines) -> list[Row]:
    """Who took part and how, in the order in which they first appear. The bot itself is left out."""
    done: dict[tuple[ActorKind, str], dict[type[e.Event], list[int]]] = {}
    for entry in record.entries:
        kind = type(entry.event)
        actor = (entry.by.kind, entry.by.id)
        if isinstance(entry.event, e.MessageCaptured | e.PersonJoined):
            actor = (ActorKind.PERSON, entry.event.user)
        if kind in _PARTS and actor[0] is not ActorKind.BOT:
            done.setdefault(actor, {}).setdefault(kind, []).append(entry.seq)
    actors = {(entry.by.kind, entry.by.id): entry.by for entry in record.entries}
    return [
        {
            "who": people.actor(actors[actor]) if actor in actors else people.person(actor[1]),
            "part": Md(", ".join(lines.part(kind_of(k), len(deeds[k])) for k in _PARTS if k in deeds)),
            "cites": cite(*(seq for seqs in deeds.values() for seq in seqs), most=CITED),
        }
        for actor, deeds in done.items()
    ]


def escalations(record: Record, people: People, lines: Lines) -> list[Row]:
    """Who was called, why, and whether that was answered."""
    answer = record.acknowledged
    rows = []
    for entry, event in record.each(e.Escalated):
        answered = answer is not None and entry.seq < answer.seq and entry.at <= answer.at
        rows.append(
            {
                "time": moment(entry.at),
                "called": called(event, people),
                "why": _why(entry, event, people, lines),
                "answer": lines.answer(entry=entry, ack=answer),
                "cites": cite(*record.corrections.citing(entry.seq, *([answer.seq] if answer and answered else []))),
            }
        )
    return rows


def _why(entry: Entry, event: e.Escalated, people: People, lines: Lines) -> Md | None:
    why = [inline(people.words(event.why))] if event.why else []
    return Md("; ".join([*why, *([lines.rang_late(entry)] if entry.late else [])])) or None


def called(event: e.Escalated, people: People) -> Md:
    """Those whom an escalation called."""
    return Md(", ".join(people.person(name) for name in event.people or event.names))


def runs(record: Record, people: People) -> list[Row]:
    """The diagnostics that ran."""
    rows = []
    for entry, event in record.each(e.DiagnosticRecorded):
        asked = record.asked.get(event.run)
        rows.append(
            {
                "time": moment(entry.at),
                "target": event.target,
                "verdict": event.verdict,
                "by": people.actor((asked or entry).by),
                "evidence": event.evidence,
                "digest": code(event.digest[:SHORT]),
                "cites": cite(entry.seq, asked.seq) if asked else cite(entry.seq),
            }
        )
    return rows


def findings(record: Record, reports: Mapping[int, Mapping[str, Any]]) -> list[Row]:
    """What the diagnostics found, worst first within a run: from the full reports where they are given."""
    return [
        row | {"cites": cite(entry.seq)}
        for entry, event in record.each(e.DiagnosticRecorded)
        for row in _found(event, reports.get(event.evidence))
    ]


def _found(event: e.DiagnosticRecorded, data: Mapping[str, Any] | None) -> Iterator[Row]:
    report = _report(data)
    if report is None:
        for finding in event.findings:
            yield {"check": None, "verdict": None, "says": finding, "threshold": None}
        return
    for result in report.worst_first:
        if result.verdict is not Verdict.OK:
            yield _finding(result)
    if well := [result.label for result in report.results if result.verdict is Verdict.OK]:
        yield {"check": ", ".join(well), "verdict": Verdict.OK, "says": None, "threshold": None}


def _finding(result: Result) -> Row:
    known = result.threshold if result.threshold != "none" else None
    return {"check": result.label, "verdict": result.verdict, "says": result.explanation, "threshold": known}


def _report(data: Mapping[str, Any] | None) -> Report | None:
    """The report as the engine wrote it; None for one that another version wrote, whose findings the entry has."""
    if data is None:
        return None
    try:
        return Report.from_dict(data)
    except (KeyError, TypeError, ValueError):
        return None


def items(record: Record, people: People, lines: Lines) -> list[Row]:
    """The action items, as they stand by now."""
    return [
        {
            "number": item.event.number,
            "text": inline(people.words(item.event.text), ROW_LIMIT),
            "sort": item.event.sort or None,
            "priority": item.event.priority or None,
            "owner": people.person(item.event.owner) if item.event.owner else None,
            "due": day(item.event.due) if item.event.due else None,
            "state": lines.item_state(item.done and item.done.event, item.filed and item.filed.event),
            "cites": cite(*item.cites, most=CITED),
        }
        for item in record.items.values()
    ]
