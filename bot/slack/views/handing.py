"""The forms of who does what: a role, a diagnostic, an action."""

from collections.abc import Mapping
from typing import Any

from bot.domain import commands as c
from bot.domain.actor import Actor
from bot.domain.rules import Policy
from bot.domain.scopes import scopes
from bot.slack.views.parts import View, modal, person_select, select

ROLE, DIAGNOSE = "role", "diagnose"


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
    offered = [(scope.name, f"{scope.name}: {what}") for scope, what in scopes(policy)]
    asks = select("target", "Of what?", offered, initial=offered[0][0])
    return modal(DIAGNOSE, "Run a diagnostic", "Run", [asks], ref=ref)


def read_role(given: Mapping[str, Any], by: Actor) -> c.AssignRole:
    """The role that a filled-in form gives."""
    return c.AssignRole(by=by, role=given.get("role") or "", user=given.get("user") or "")


def read_diagnosis(given: Mapping[str, Any], by: Actor, run: str) -> c.RequestDiagnostic:
    """The diagnostic that a filled-in form asks for, which `run` names."""
    return c.RequestDiagnostic(by=by, target=given.get("target") or "", run=run)
