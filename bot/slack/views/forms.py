"""The forms: what each comes back as, and the field at which a problem is shown. Each topic has a module beside."""

from collections.abc import Mapping
from typing import Any

from bot.domain import commands as c
from bot.domain.actor import Actor
from bot.domain.alert_errors import MuteTooLong
from bot.domain.errors import (
    DomainError,
    MissingText,
    NotYet,
    SummaryNeeded,
    UnknownCondition,
    UnknownPriority,
    UnknownRole,
    UnknownSeverity,
    UnknownSort,
    UnknownStatus,
    UnknownStep,
    WrongLink,
)
from bot.domain.rules import Policy
from bot.slack.views import (
    alerting,
    declare,
    details,
    doing,
    escalate,
    handing,
    papers,
    posts,
    reviewing,
    tasking,
    walking,
)
from bot.slack.views.declare import DECLARE, declaration
from bot.slack.views.doing import ACT, EMERGENCY, action, emergency
from bot.slack.views.escalate import ESCALATE, escalation
from bot.slack.views.handing import DIAGNOSE, ROLE, diagnosis, role
from bot.slack.views.papers import CONDITION, TEXT, condition, text
from bot.slack.views.parts import View, values
from bot.slack.views.posts import RESOLVE, UPDATE, resolution, update
from bot.slack.views.walking import FAILED, HAND_OVER, SKIP, STOP, giving_up, handing_over, reason

__all__ = [
    "FORMS",
    "RESOLVE",
    "View",
    "action",
    "command_of",
    "condition",
    "declaration",
    "diagnosis",
    "emergency",
    "escalation",
    "field_of",
    "giving_up",
    "handing_over",
    "reason",
    "resolution",
    "role",
    "text",
    "update",
]

#: Every form's `callback_id`.
FORMS = (
    *(DECLARE, UPDATE, RESOLVE, ESCALATE, ROLE, DIAGNOSE, TEXT, CONDITION, ACT, EMERGENCY),
    *(SKIP, FAILED, STOP, HAND_OVER),
    *alerting.FORMS,
    *reviewing.FORMS,
    *tasking.FORMS,
)


def command_of(view: Mapping[str, Any], by: Actor, run: str) -> c.Command:  # noqa: C901, PLR0912 (a table)
    """The command that a filled-in form is. `run` names the diagnostic, where it is one.

    Raises:
        ValueError: it is none of our forms.
    """
    given = values(view)
    match view["callback_id"]:
        case declare.DECLARE:
            return declare.read(given, by)
        case posts.UPDATE:
            return posts.read_update(given, by)
        case posts.RESOLVE:
            return posts.read_resolution(given, by)
        case escalate.ESCALATE:
            return escalate.read(given, by)
        case handing.ROLE:
            return handing.read_role(given, by)
        case handing.DIAGNOSE:
            return handing.read_diagnosis(given, by, run)
        case doing.ACT:
            return doing.read_action(given, by, view, run)
        case doing.EMERGENCY:
            return doing.read_emergency(given, by, view)
        case walking.SKIP | walking.FAILED:
            return walking.read_reason(given, by, view)
        case walking.STOP:
            return walking.read_giving_up(given, by, view)
        case walking.HAND_OVER:
            return walking.read_handing_over(given, by, view)
        case papers.TEXT:
            return papers.read_text(given, by, view)
        case papers.CONDITION:
            return papers.read_condition(given, by)
        case other:
            raise ValueError(f"there is no form {other!r}")


#: Which field a problem is shown at, by what the problem says is too long or missing.
FIELD_OF = {
    "title": "title",
    "description": "description",
    "update": "text",
    "summary": "summary",
    "impact": "impact",
    "root cause": "root_cause",
    "contributing factors": "contributing_factors",
    "reason": "why",
    "action item": "text",
    "evidence": "evidence",
    "list of links": "links",
    "severity": "severity",
    "status": "status",
    "role": "role",
    "subject": "subject",
    "text": "body",
    "body": "body",
    "what went out": "body",
}


def field_of(error: Exception, policy: Policy, form: str) -> str | None:  # noqa: C901, PLR0912 (a table)
    """The field that a problem with a form is about; None where it is about all of it."""
    match error:
        case UnknownSeverity():
            return "severity"
        case UnknownStatus():
            return "status"
        case UnknownRole():
            return "role"
        case UnknownCondition():
            return "condition"
        case UnknownStep():
            return "step"
        case SummaryNeeded():
            return "summary"
        case NotYet():
            return "override" if form == RESOLVE else "status"
        case UnknownPriority():
            return "priority"
        case UnknownSort():
            return "sort"
        case WrongLink():
            return "links"
        case alerting.NoTimeChosen() | alerting.TimeIsOver() | MuteTooLong():
            return "until"
        case MissingText() | DomainError():
            what = str(error.details.get("what"))
            asked = next((d for d in policy.details if what in (d.title, f"“{d.title}”")), None)
            if form == RESOLVE and what == "reason":
                return "override"
            return details.field_of(asked) if asked else FIELD_OF.get(what)
        case _:
            return None
