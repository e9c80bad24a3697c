"""The forms: how each is drawn, and the command that it comes back as."""

from collections.abc import Callable, Mapping
from typing import Any

from bot.domain import commands as c
from bot.domain.actor import Actor
from bot.domain.rules import Policy
from bot.domain.text import TITLE_LIMIT
from bot.messages import to_mrkdwn
from bot.slack.intents import FillDeclaration
from bot.slack.views.parts import (
    View,
    checkboxes,
    modal,
    paragraph,
    people_select,
    person_select,
    select,
    text_input,
    values,
)

DECLARE, UPDATE, RESOLVE, ESCALATE, ROLE, DIAGNOSE = "declare", "update", "resolve", "escalate", "role", "diagnose"


def declaration(policy: Policy, typed: FillDeclaration) -> View:
    """Asks for a declaration, with what was typed already filled in."""
    severities = ((s.name, f"{s.name} {s.title}".rstrip()) for s in policy.severities)
    definitions = [f"*{to_mrkdwn(s.name)}* {to_mrkdwn(s.definition)}" for s in policy.severities if s.definition]
    ticked = [name for name, on in (("private", typed.private), ("drill", typed.drill)) if on]
    return modal(
        DECLARE,
        "Declare an incident",
        "Declare",
        [
            text_input("title", "What is wrong?", hint="One sentence, such as “Checkout is down”.", limit=TITLE_LIMIT),
            select("severity", "How bad is it?", severities, initial=typed.severity or policy.default_severity),
            *paragraph("\n".join(definitions)),
            text_input("service", "Which service?", optional=True, initial=typed.service, limit=100),
            text_input("description", "What do you know so far?", optional=True, multiline=True),
            checkboxes(
                "options",
                "Anything special?",
                (("private", "Private: only those who are invited see it"), ("drill", "A drill: nothing is broken")),
                initial=ticked,
            ),
        ],
    )


def update(policy: Policy, ref: str) -> View:
    """Asks for an update."""
    statuses = ((s.name, s.name) for s in policy.statuses if not s.category.over)
    return modal(
        UPDATE,
        "Post an update",
        "Post",
        [
            text_input("text", "What should people know?", hint="What they see, and what you do.", multiline=True),
            select("status", "New status, if it changed", statuses, optional=True),
        ],
        ref=ref,
    )


def resolution(_policy: Policy, ref: str) -> View:
    """Asks how it was resolved."""
    return modal(
        RESOLVE,
        "Resolve the incident",
        "Resolve",
        [
            text_input("summary", "How was it resolved?", hint="In plain words: what ended it?", multiline=True),
            text_input("impact", "Who felt what, and for how long?", optional=True, multiline=True),
            text_input("root_cause", "What caused it?", optional=True, multiline=True),
            text_input("contributing_factors", "What made it worse, or slower to mend?", optional=True, multiline=True),
        ],
        ref=ref,
    )


def escalation(_policy: Policy, ref: str) -> View:
    """Asks why and whom, and is the confirmation too."""
    return modal(
        ESCALATE,
        "Call more people",
        "Call them",
        [
            text_input("why", "Why?", hint="They read this first.", optional=True, multiline=True),
            people_select("people", "Whom?", hint="Nobody chosen: those whom the policy names."),
        ],
        ref=ref,
    )


def role(policy: Policy, ref: str, user: str | None = None) -> View:
    """Asks who takes which role."""
    roles = ((r.name, r.title) for r in policy.roles)
    return modal(
        ROLE,
        "Give a role",
        "Give",
        [
            select("role", "Which role?", roles, initial=policy.commander),
            person_select("user", "To whom?", initial=user),
        ],
        ref=ref,
    )


def diagnosis(policy: Policy, ref: str) -> View:
    """Asks what to diagnose."""
    targets = ((t.name, f"{t.name}: {t.title or t.kind}") for t in policy.targets)
    first = policy.targets[0].name
    return modal(DIAGNOSE, "Run a diagnostic", "Run", [select("target", "Of what?", targets, initial=first)], ref=ref)


def _read_declaration(given: Mapping[str, Any], by: Actor, _run: str) -> c.Command:
    return c.Declare(
        by=by,
        title=given.get("title") or "",
        severity=given.get("severity"),
        service=given.get("service") or None,
        description=given.get("description") or "",
        private="private" in (given.get("options") or ()),
        drill="drill" in (given.get("options") or ()),
    )


def _read_update(given: Mapping[str, Any], by: Actor, _run: str) -> c.Command:
    return c.PostUpdate(by=by, text=given.get("text") or "", status=given.get("status"))


def _read_resolution(given: Mapping[str, Any], by: Actor, _run: str) -> c.Command:
    return c.Resolve(
        by=by,
        summary=given.get("summary") or "",
        impact=given.get("impact") or "",
        root_cause=given.get("root_cause") or "",
        contributing_factors=given.get("contributing_factors") or "",
    )


def _read_escalation(given: Mapping[str, Any], by: Actor, _run: str) -> c.Command:
    return c.Escalate(by=by, why=given.get("why") or "", people=tuple(given.get("people") or ()))


def _read_role(given: Mapping[str, Any], by: Actor, _run: str) -> c.Command:
    return c.AssignRole(by=by, role=given.get("role") or "", user=given.get("user") or "")


def _read_diagnosis(given: Mapping[str, Any], by: Actor, run: str) -> c.Command:
    return c.RequestDiagnostic(by=by, target=given.get("target") or "", run=run)


_READ: Mapping[str, Callable[[Mapping[str, Any], Actor, str], c.Command]] = {
    DECLARE: _read_declaration,
    UPDATE: _read_update,
    RESOLVE: _read_resolution,
    ESCALATE: _read_escalation,
    ROLE: _read_role,
    DIAGNOSE: _read_diagnosis,
}

#: Every form's `callback_id`.
FORMS = tuple(_READ)


def command_of(view: Mapping[str, Any], by: Actor, run: str) -> c.Command:
    """The command that a filled-in form is. `run` names the diagnostic, where it is one."""
    return _READ[view["callback_id"]](values(view), by, run)


#: Which field a problem is shown at, by what the problem says is too long.
FIELD_OF = {
    "title": "title",
    "description": "description",
    "update": "text",
    "summary": "summary",
    "impact": "impact",
    "root cause": "root_cause",
    "contributing factors": "contributing_factors",
    "reason": "why",
    "severity": "severity",
    "status": "status",
    "role": "role",
}
