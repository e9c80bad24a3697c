"""What the incident did: to users, services, revenue, data and agreements; from what people said, never guessed."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final

from bot.domain import events as e
from bot.domain.rules import Policy
from bot.domain.timeline import Entry
from bot.postmortem.filled import Filled, Topic, topic_of
from bot.postmortem.lines import Lines
from bot.postmortem.metrics import Clock, Metrics
from bot.postmortem.record import Record
from bot.postmortem.text import Md, People, cite, quoted

Row = dict[str, Any]
#: In the order in which they are read.
TOPICS: Final = (Topic.USERS, Topic.SERVICES, Topic.REVENUE, Topic.DATA, Topic.SLA)
#: The targets that say for how long it may last.
_CLOCKS: Final = (Clock.MITIGATE, Clock.RESOLVE)
#: Of what was said of one thing again and again, so much is shown: the first, and the last of the others.
_SAID: Final = 4


def impact(
    record: Record, policy: Policy, people: People, lines: Lines, *, metrics: Metrics, found: list[Filled]
) -> dict[str, Any]:
    """The variables of the section: what was said of it as a whole, the facts by topic, and what is not known.

    Args:
        record: the timeline.
        policy: what it calls its conditions, and what it promises.
        people: how they are called.
        lines: the sentences.
        metrics: the clocks.
        found: what was filled in.
    """
    known: dict[Topic, list[Row]] = {topic: [] for topic in TOPICS}
    for topic, row in (*_filled(found, lines), *_conditions(record, policy, lines)):
        known[topic].append(row)
    # What turned out not to be so leaves the question open.
    open_ = [topic for topic in TOPICS if all(row.get("past") for row in known[topic])]
    known[Topic.SERVICES][:0] = _service(record, lines)
    facts = [{"label": lines.impact_label(topic)} | row for topic in TOPICS for row in known[topic]]
    return {
        "said": _said(record, people),
        "facts": [*facts, *({"label": lines.impact_label("targets")} | row for row in _clocks(metrics, lines))],
        "questions": [lines.impact_question(topic, _promised(policy) if topic is Topic.SLA else []) for topic in open_],
    }


def _said(record: Record, people: People) -> Row | None:
    """The impact as it was said at the last resolution that says one."""
    for entry, event in reversed(record.each(e.Resolved)):
        if text := quoted(people.words(event.impact)):
            return {"text": text, "who": people.actor(entry.by), "cites": cite(entry.seq)}
    return None


def _filled(found: list[Filled], lines: Lines) -> Iterator[tuple[Topic, Row]]:
    """Each field with what it said, again where it said something else later."""
    by_title: dict[str, list[Filled]] = {}
    for one in found:
        if one.topic in TOPICS:
            of_it = by_title.setdefault(one.title, [])
            if not of_it or of_it[-1].text != one.text:
                of_it.append(one)
    for title, of_it in by_title.items():
        shown = [*of_it[:1], *of_it[1:][-(_SAID - 1) :]]
        topic = shown[0].topic
        assert topic is not None, "only what is about something is kept"
        text = lines.impact_filled(title, [one.text for one in shown], len(of_it) - len(shown))
        yield topic, {"text": text, "cites": cite(*(one.entry.seq for one in shown))}


def _conditions(record: Record, policy: Policy, lines: Lines) -> Iterator[tuple[Topic, Row]]:
    """Conditions that say whom or what it concerned, since when, and until when where they were no longer so."""
    titles = {rule.name: rule.title for rule in policy.conditions}
    stood: dict[str, tuple[str, Entry]] = {
        name: (titles.get(name, name), record.declared) for name in record.opening.conditions
    }
    told: list[tuple[str, str, Entry, Entry | None]] = []
    for entry in record.some(e.ConditionSet, e.ConditionCleared):
        match entry.event:
            case e.ConditionSet(condition=name, title=title):
                stood.setdefault(name, (title, entry))
            case e.ConditionCleared(condition=name) if name in stood:
                told.append((name, *stood.pop(name), entry))
            case _:
                pass
    told += [(name, title, since, None) for name, (title, since) in stood.items()]
    for name, title, since, until in sorted(told, key=lambda one: one[2].seq):
        topic = topic_of(name, title)
        if topic in TOPICS:
            ends: tuple[datetime | None, tuple[int, ...]] = (until.at, (until.seq,)) if until else (None, ())
            text = lines.impact_condition(title, since.at, ends[0])
            yield topic, {"text": text, "cites": cite(since.seq, *ends[1]), "past": until is not None}


def _service(record: Record, lines: Lines) -> list[Row]:
    name = record.opening.service
    return [{"text": lines.impact_service(name), "cites": cite(record.declared.seq)}] if name and name.strip() else []


def _clocks(metrics: Metrics, lines: Lines) -> Iterator[Row]:
    """What became of the targets for mending it: what the organisation promised itself."""
    for measure in metrics.clocks:
        if measure.clock in _CLOCKS and measure.target is not None and measure.value is not None:
            name: Md = getattr(lines, f"clock_{measure.clock}")()
            verdict: Md = getattr(lines, f"verdict_{measure.verdict}")(measure)
            yield {"text": lines.impact_clock(name, measure, verdict), "cites": cite(*measure.cites)}


def _promised(policy: Policy) -> list[str]:
    """What the rules say of agreements, in their own words: `Uptime: 99.9 %, which is promised`."""
    return [f"{one.title}: {one.normal}" for one in policy.measures if topic_of(one.title) is Topic.SLA and one.normal]
