"""What people filled in as a policy's further fields, by what it is about; the same for its conditions.

A pack names its fields and conditions as it likes. The words of the name and the title say what each is about; what
they do not say is nowhere guessed from the text itself.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from bot.domain import events as e
from bot.domain.rules import Policy
from bot.domain.timeline import Entry
from bot.postmortem.record import Record
from bot.postmortem.text import People, cite, clean, quoted


class Topic(StrEnum):
    """What a field or a condition is about."""

    DETECTION = "detection"
    LESSONS = "lessons"
    PREVENTION = "prevention"
    SEEN = "seen"
    DONE = "done"
    REVENUE = "revenue"
    SLA = "sla"
    DATA = "data"
    SERVICES = "services"
    USERS = "users"


#: The words that say so. The first topic that has one of a title's words counts: “What users see” is what is seen.
_WORDS: Final[dict[Topic, frozenset[str]]] = {
    Topic.DETECTION: frozenset({"detected", "detection", "noticed"}),
    Topic.LESSONS: frozenset({"lesson", "lessons", "learned", "learnt"}),
    Topic.PREVENTION: frozenset({"prevent", "prevention", "recurrence", "again"}),
    Topic.SEEN: frozenset({"see", "seen", "symptom", "symptoms", "error", "errors"}),
    Topic.DONE: frozenset({"taken", "done", "contained", "containment", "resolution"}),
    Topic.REVENUE: frozenset({
        "revenue", "cost", "costs", "money", "sales", "payment", "payments", "paid", "orders", "bookings",
    }),
    Topic.SLA: frozenset({"sla", "slas", "agreement", "agreements", "uptime"}),
    Topic.DATA: frozenset({"data"}),
    Topic.SERVICES: frozenset({"service", "services", "feature", "features", "system", "systems", "api"}),
    Topic.USERS: frozenset({
        "user", "users", "customer", "customers", "client", "clients", "everybody", "everyone", "people",
    }),
}  # fmt: skip
#: What is to be done about somebody is not what happened to them: “A customer escalates”, “Users have to be told”.
_ELSE: Final = frozenset({"escalate", "escalates", "escalated", "escalation", "told", "tell"})
_WORD: Final = re.compile(r"[a-z]+")


def topic_of(*names: str) -> Topic | None:
    """What something of these names and titles is about; None where its words do not say."""
    words = set(_WORD.findall(" ".join(names).casefold()))
    if words & _ELSE:
        return None
    return next((topic for topic, of_it in _WORDS.items() if words & of_it), None)


@dataclass(frozen=True, slots=True)
class Filled:
    """What somebody filled in: the field's title, what it is about, the text, and the entry that has it."""

    title: str
    topic: Topic | None
    text: str
    entry: Entry


def filled(record: Record, policy: Policy) -> list[Filled]:
    """Everything that was filled in of forms, in order; what an escalation was told with is told there."""
    names = {detail.title: detail.name for detail in policy.details}
    found = []
    for entry in record.some(e.Declared, e.UpdatePosted, e.Resolved):
        if isinstance(event := entry.event, e.Declared | e.UpdatePosted | e.Resolved):
            for title, text in event.details.items():
                if clean(text).strip():
                    found.append(Filled(title, topic_of(names.get(title, ""), title), text, entry))
    return found


def quotes(found: Iterable[Filled], topic: Topic, people: People) -> list[dict[str, str]]:
    """What was filled in about something, as quotations under the field's title: of each, what it said last."""
    last = {one.title: one for one in found if one.topic is topic}
    return [
        {
            "title": one.title,
            "text": quoted(people.words(one.text)),
            "who": people.actor(one.entry.by),
            "cites": cite(one.entry.seq),
        }
        for one in last.values()
    ]
