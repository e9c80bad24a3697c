"""The form that calls more people: who will be told, how and why, before they are."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from bot.domain import commands as c
from bot.domain import events as e
from bot.domain.actor import Actor
from bot.domain.decide import decide
from bot.domain.errors import DomainError
from bot.domain.escalation import asked_for
from bot.domain.incident import Incident
from bot.domain.procedures import Form
from bot.domain.rules import EscalationStep, Policy, Trigger, Via, spoken
from bot.slack.views import details
from bot.slack.views.parts import (
    OPTIONS,
    TICKS,
    Block,
    View,
    checkboxes,
    metadata,
    modal,
    paragraph,
    paragraphs,
    people_select,
    select,
    text_input,
    values,
)
from bot.slack.views.says import people, words
from bot.slack.wording import readable

ESCALATE = "escalate"
_USER = re.compile(r"[UW][A-Z0-9]{6,20}")
#: Characters of what was typed that a form remembers.
_METADATA = 1500
_HOW: Mapping[Via, str] = {
    Via.MENTION: "mentioned in the incident's channel",
    Via.INVITE: "invited into it",
    Via.DIRECT: "written to directly",
}
#: The most names of the policy's, and people behind one of them, that are shown.
_NAMES, _PEOPLE = 40, 30


def escalation(policy: Policy, incident: Incident, command: c.Escalate, now: datetime) -> View:
    """Asks why and whom, and shows who will be told; it is the confirmation too."""
    wanted = spoken(command.step or "")
    asked_by_name = (s for s in policy.escalation if s.trigger is Trigger.REQUEST and wanted)
    named = next((s for s in asked_by_name if wanted in {spoken(w) for w in (s.name, *s.aliases)}), None)
    first = named or asked_for(incident, policy)
    # Who was named is called, unless it is a step that was asked for.
    asked = command.people if named is None else ()
    given = {
        "why": command.why,
        "step": first.name if first else None,
        "people": [who for who in asked if _USER.fullmatch(who)][:OPTIONS],
        "named": [who for who in asked if not _USER.fullmatch(who)][:TICKS],
    }
    return _form(policy, incident, given, command.by, now)


def redrawn(policy: Policy, incident: Incident, view: Mapping[str, Any], by: Actor, now: datetime) -> View:
    """The same form with who will be told by what is chosen now."""
    given = values(view) | {"offered": [name for name in metadata(view).get("named", "").split(",") if name]}
    return _form(policy, incident, given, by, now)


def read(given: Mapping[str, Any], by: Actor) -> c.Escalate:
    """The escalation that a filled-in form is: whoever is chosen is called and nobody else, or else the step."""
    chosen = (*(given.get("named") or ()), *(given.get("people") or ()))
    step = None if chosen else given.get("step")
    return c.Escalate(by=by, why=given.get("why") or "", people=chosen, step=step, details=details.read(given))


def _form(policy: Policy, incident: Incident, given: Mapping[str, Any], by: Actor, now: datetime) -> View:
    # Slack's menu has people only: groups and contacts that were typed stand beside it.
    named = list(dict.fromkeys([*(given.get("offered") or ()), *(given.get("named") or ())]))[:TICKS]
    steps = [(s.name, f"{s.name}: {s.why}" if s.why else s.name) for s in _steps(policy, incident, given.get("step"))]
    nobody = "Nobody chosen: those of the step above." if steps else "Nobody chosen: those whom the policy names."
    return modal(
        ESCALATE,
        "Call more people",
        "Call them",
        [
            text_input(
                "why", "Why?", hint="They read this first.", optional=True, multiline=True, initial=given.get("why")
            ),
            *([select("step", "Which step?", steps, initial=given.get("step"), live=True)] if steps else []),
            people_select(
                "people",
                "Or whom instead?" if steps else "Whom?",
                hint=nobody,
                initial=given.get("people") or (),
                live=True,
            ),
            *(
                [
                    checkboxes(
                        "named",
                        "And of those that you named?",
                        ((n, n) for n in named),
                        initial=given["named"],
                        live=True,
                    )
                ]
                if named
                else []
            ),
            *_preview(policy, incident, read(given, by), now),
            *details.inputs(policy, Form.ESCALATE, given),
        ],
        ref=incident.ref,
        named=",".join(named)[:_METADATA] or None,
    )


def _steps(policy: Policy, incident: Incident, named: str | None) -> list[EscalationStep]:
    """The steps that can be asked for in an incident: those that are meant for it, and one that somebody `named`."""
    asked = (s for s in policy.escalation if s.trigger is Trigger.REQUEST)
    return [s for s in asked if s.name == named or s.meant_for(incident.severity, incident.service)]


def _preview(policy: Policy, incident: Incident, command: c.Escalate, now: datetime) -> Sequence[Block]:
    """What the escalation would come to: nothing of it is recorded."""
    bare = replace(command, details={}, why=command.why[:1000])
    try:
        event = next(found for found in decide(incident, bare, policy, now) if isinstance(found, e.Escalated))
    except DomainError as error:
        said = " ".join(part for part in (error.sentence, error.hint) if part)
        return paragraph(f":warning: {words(readable(said, people=False))}")
    return paragraphs(_lines(policy, incident, command, event, now), 4)


def _lines(policy: Policy, incident: Incident, command: c.Escalate, event: e.Escalated, now: datetime) -> Iterator[str]:
    severity = policy.find_severity(incident.severity)
    told = [*_called(policy, incident, event, now)]
    yield "*Who is told when you press “Call them”*"
    yield from told or ["• nobody: the policy names no one for this"]
    if event.people:
        ways = [said for via, said in _HOW.items() if via in event.via]
        who = "Each of them is" if len(event.people) > 1 else "They are"
        yield f"{who} {_and(ways)}." if ways else "Nobody is called in Slack."
    elif not event.emails and not event.webhooks:
        yield ":warning: Nobody would come. Choose somebody above."
    if not incident.private and (severity is None or severity.announced):
        yield "Where incidents are announced, people read of it too."
    if event.why and not command.why:
        yield f"*Why*, if you write nothing above: {words(' '.join(event.why.split()), 300)}"


def _called(policy: Policy, incident: Incident, event: e.Escalated, now: datetime) -> Iterator[str]:
    for name in event.names[:_NAMES]:
        found = policy.people((name,), incident.roles, service=incident.service, at=now)
        if found == (name,):
            yield f"• {people(found)}"
        elif found:
            more = f" and {len(found) - _PEOPLE} more" if len(found) > _PEOPLE else ""
            yield f"• {words(name)}: {people(found[:_PEOPLE])}{more}"
        else:
            yield f"• {words(name)}: nobody is behind this name yet"
    if len(event.names) > _NAMES:
        yield f"• … and {len(event.names) - _NAMES} more"
    if event.emails:
        known = len(policy.addresses(event.emails))
        at = f"{known} address{'' if known == 1 else 'es'}" if known else "no address yet"
        yield f"• by e-mail: {words(', '.join(event.emails), 300)} ({at})"
    if event.webhooks:
        yield f"• by webhook: {words(', '.join(dict.fromkeys(event.webhooks)), 300)}"


def _and(parts: list[str]) -> str:
    return " and ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)
