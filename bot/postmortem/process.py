"""What the organisation asks for besides: promises, conditions, checklists, texts, and how its review is held."""

from datetime import datetime
from typing import Any

from bot.domain import events as e
from bot.domain.clocks import FOLLOW_UP, TEXT
from bot.domain.incident import Incident
from bot.domain.rules import Policy
from bot.domain.timeline import Entry
from bot.postmortem.lines import Lines
from bot.postmortem.promises import promises, scores
from bot.postmortem.record import Record
from bot.postmortem.text import Md, People, cite, inline
from bot.postmortem.wording import moment

Row = dict[str, Any]


def process(
    incident: Incident, record: Record, policy: Policy, people: People, lines: Lines, *, now: datetime
) -> dict[str, Any]:
    """The variables of the review's sections about the organisation's own process."""
    return {
        "promises": _promises(record, policy, lines, now),
        "conditions": _conditions(record, policy, people),
        "checklists": _checklists(incident, record, people),
        "texts": _texts(record, people),
        "attendees": [_attendee(name, incident, policy, people) for name in policy.review.attendees],
        "agenda": policy.review.agenda,
        "minutes": sum(item.minutes for item in policy.review.agenda),
    }


def _promises(record: Record, policy: Policy, lines: Lines, now: datetime) -> list[Row]:
    return [
        {
            "name": lines.promise(score.clock, title(score.clock, policy)),
            "due": moment(score.worst.due_at),
            "verdict": getattr(lines, f"verdict_{score.worst.verdict}")(score.worst),
            "kept": score.kept,
            "count": len(score.promises),
            "extended": cite(*(seq for promise in score.promises for seq in promise.extended)),
            "cites": cite(*record.corrections.citing(*score.cites)),
        }
        for score in scores(promises(record.entries, policy, now=now, record=record))
    ]


def title(clock: str, policy: Policy) -> str | None:
    """What a clock of a text or a follow-up is called by the policy; None for the others."""
    named = {f"{TEXT}{one.name}": one.title for one in policy.letters}
    named |= {f"{FOLLOW_UP}{one.name}": one.title for one in policy.follow_ups}
    return named.get(clock)


def _conditions(record: Record, policy: Policy, people: People) -> list[Row]:
    """What turned out to be so, or not to be so, with those that the declaration brought."""
    titles = {rule.name: rule.title for rule in policy.conditions}
    rows: list[Row] = [
        {"title": titles.get(name, name), "so": True, "why": None, "at": moment(record.declared.at), "cites": cite(1)}
        for name in record.opening.conditions
    ]
    for entry in record.some(e.ConditionSet, e.ConditionCleared):
        if isinstance(entry.event, e.ConditionSet | e.ConditionCleared):
            why = inline(people.words(entry.event.why)) if entry.event.why else None
            rows.append(
                {
                    "title": entry.event.title,
                    "so": isinstance(entry.event, e.ConditionSet),
                    "why": why,
                    "at": moment(entry.at),
                    "cites": cite(entry.seq),
                }
            )
    return rows


def _checklists(incident: Incident, record: Record, people: People) -> list[Row]:
    """Each checklist as it was left: what is done, by whom and when, and what is not."""
    ticked = {(event.checklist, event.number): entry for entry, event in record.each(e.ItemTicked)}
    return [
        {
            "title": tally.title,
            "done": len(tally.done),
            "items": [
                _item(text, ticked.get((tally.name, number)) if number in tally.done else None, people)
                for number, text in enumerate(tally.items, start=1)
            ],
        }
        for tally in incident.checklists
    ]


def _item(text: str, tick: Entry | None, people: People) -> Row:
    # The policy's own words may have a command in them; they were reviewed with it, and are no one's from outside.
    line = Md(" ".join(text.split()))
    if tick is None:
        return {"text": line, "done": False, "who": None, "at": None, "cites": Md("")}
    return {
        "text": line,
        "done": True,
        "who": people.actor(tick.by),
        "at": moment(tick.at),
        "cites": cite(tick.seq),
    }


def _texts(record: Record, people: People) -> list[Row]:
    """What went out to whom, and when."""
    return [
        {
            "at": moment(entry.at),
            "title": event.title,
            "audience": event.audience.replace("-", " "),
            "by": people.actor(entry.by),
            "cites": cite(entry.seq),
        }
        for entry, event in record.each(e.TextSent)
    ]


def _attendee(name: str, incident: Incident, policy: Policy, people: People) -> Md:
    """Somebody who comes to the review: who holds the role, or what the policy calls them."""
    role = next((r for r in policy.roles if r.name == name), None)
    if role is None:
        return inline(name.replace("-", " "))
    holder = incident.roles.get(name)
    return Md(f"{inline(role.title)} ({people.person(holder)})") if holder else inline(role.title)


def asked(role: str | None, incident: Incident, policy: Policy, people: People) -> Md:
    """To whom a question goes: whoever has a role, or leads. With what they are, as in “the scribe (Dana Moss)”.

    What nobody has the role for is asked of whoever leads: somebody is to know of it.
    """
    wanted = role or policy.commander
    if wanted not in incident.roles and policy.commander in incident.roles:
        wanted = policy.commander
    name = next((r.title for r in policy.roles if r.name == wanted), wanted)
    holder = incident.roles.get(wanted)
    who = people.person(holder) if holder else Md("nobody yet")
    return Md(f"the {inline(name.lower())} ({who})")
