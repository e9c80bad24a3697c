"""The forms of an incident's course: an update, and its resolution with what is missing yet."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from bot.domain import commands as c
from bot.domain.actor import Actor
from bot.domain.clocks import next_update
from bot.domain.incident import Incident, Tally
from bot.domain.procedures import Form
from bot.domain.requirements import FIELDS, missing
from bot.domain.rules import Category, Policy, Status
from bot.slack.views import details
from bot.slack.views.parts import Block, View, modal, paragraph, select, text_input
from bot.slack.views.says import advice, at, words

UPDATE, RESOLVE = "update", "resolve"
#: How many open items of a checklist, and how many lists, a form shows.
_ITEMS, _LISTS = 10, 5
_QUESTIONS: Mapping[str, str] = {
    "summary": "How was it resolved?",
    "impact": "Who felt what, and for how long?",
    "root_cause": "What caused it?",
    "contributing_factors": "What made it worse, or slower to mend?",
}


def update(policy: Policy, incident: Incident, now: datetime) -> View:
    """Asks for an update; says which one it is, and when the next will be due."""
    statuses = ((s.name, s.name) for s in policy.statuses if not s.category.over)
    due = None if incident.over else next_update(policy, incident.severity, now)
    then = f" The next one is then due at {at(due)}." if due else ""
    return modal(
        UPDATE,
        "Post an update",
        "Post",
        [
            *paragraph(f"*Update {incident.updates + 1}.*{then}"),
            text_input("text", "What should people know?", hint="What they see, and what you do.", multiline=True),
            select("status", "New status, if it changed", statuses, optional=True),
            *details.inputs(policy, Form.UPDATE),
        ],
        ref=incident.ref,
    )


def resolution(policy: Policy, incident: Incident, now: datetime, override: str = "") -> View:
    """Asks how it was resolved; says what is missing yet, and asks why it is resolved all the same."""
    status = policy.first_status(Category.RESOLVED)
    lacking = missing(incident, status, policy, now, dict.fromkeys(FIELDS, "asked for below"))
    return modal(
        RESOLVE,
        "Resolve the incident",
        "Resolve",
        [
            *paragraph("\n".join(_yet(status, lacking))),
            *(block for tally in _open(incident, status) for block in paragraph(_left(tally))),
            *(_question(name, status, incident) for name in _QUESTIONS),
            *details.inputs(policy, Form.RESOLVE),
            *_anyway(status, lacking, override),
        ],
        ref=incident.ref,
    )


def read_update(given: Mapping[str, Any], by: Actor) -> c.PostUpdate:
    """The update that a filled-in form is."""
    text, status = given.get("text") or "", given.get("status")
    return c.PostUpdate(by=by, text=text, status=status, details=details.read(given))


def read_resolution(given: Mapping[str, Any], by: Actor) -> c.Resolve:
    """The resolution that a filled-in form is."""
    return c.Resolve(
        by=by,
        summary=given.get("summary") or "",
        impact=given.get("impact") or "",
        root_cause=given.get("root_cause") or "",
        contributing_factors=given.get("contributing_factors") or "",
        override=given.get("override") or "",
        details=details.read(given),
    )


def _yet(status: Status, lacking: tuple[str, ...]) -> Iterator[str]:
    if lacking:
        yield f"*Before it is “{words(status.name)}”, this is missing yet:*"
        yield from (f"• {advice(one, 300)}" for one in lacking[:20])


def _open(incident: Incident, status: Status) -> list[Tally]:
    """The checklists with something left, those first that the status waits for."""
    left = [tally for tally in incident.checklists if not tally.complete]
    return sorted(left, key=lambda tally: tally.name not in status.requires.checklists)[:_LISTS]


def _left(tally: Tally) -> str:
    """A checklist's open items."""
    done = tally.done
    left = [item for number, item in enumerate(tally.items, start=1) if number not in done]
    more = [f"… and {len(left) - _ITEMS} more"] if len(left) > _ITEMS else []
    head = f"*{words(tally.title, 150)}*: {len(left)} of {len(tally.items)} left"
    return "\n".join([head, *(f"☐ {advice(item, 150)}" for item in left[:_ITEMS]), *more])


def _question(name: str, status: Status, incident: Incident) -> Block:
    first = name == "summary"
    wanted = name in status.requires.fields and not getattr(incident, name)
    hint = "In plain words: what ended it?" if first else "The policy asks for it." if wanted else ""
    return text_input(
        name, _QUESTIONS[name], hint=hint, optional=not first, multiline=True, initial=getattr(incident, name)
    )


def _anyway(status: Status, lacking: tuple[str, ...], override: str) -> list[Block]:
    """A reason is asked for where something is missing, or may be by the time that the form comes back."""
    wanted = status.requires
    others = [name for name in wanted.fields if name != "summary"]
    if not (lacking or override or others or wanted.watched or wanted.watched_if or wanted.checklists):
        return []
    hint = "Needed while something is missing. It stands in the timeline and in the review."
    return [text_input("override", "Resolve anyway, because", hint=hint, optional=True, initial=override)]
