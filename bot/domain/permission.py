"""Who may do what: holders of roles, and people of contacts, as the policy names them."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Protocol

from bot.domain.actor import Actor, ActorKind
from bot.domain.incident import Incident
from bot.domain.rules import Policy


class Named(Protocol):
    """Those who are named: nobody in particular is everybody."""

    @property
    def roles(self) -> Sequence[str]:
        """Names of roles, any of whose holders may."""

    @property
    def groups(self) -> Sequence[str]:
        """Names of contacts, or Slack ids of people and of user groups."""


def may(
    named: Named, by: Actor, groups: Collection[str], *, policy: Policy, incident: Incident | None, now: datetime
) -> bool:
    """Whether somebody is among those who are named.

    Args:
        named: by the policy.
        by: who wants it. The bot and somebody at a terminal may everything: they have its passwords. A monitor has not.
        groups: Slack's user groups that they are in.
        policy: the rules.
        incident: whose roles count; None outside of any, where nobody has a role.
        now: for rotations, in UTC.
    """
    if by.kind in (ActorKind.BOT, ActorKind.CLI) or not (named.roles or named.groups):
        return True
    roles = incident.roles if incident else {}
    if by.user is None:
        return False
    if any(roles.get(role) == by.user for role in named.roles):
        return True
    people = policy.people(named.groups, roles, service=incident.service if incident else None, at=now)
    return by.user in people or any(group in people for group in groups)


def permitted_groups(policy: Policy, now: datetime) -> tuple[str, ...]:
    """Slack's user groups among all who are named for diagnostics and actions; only Slack knows their members."""
    named: list[Named] = [*(target.allowed for target in policy.targets), *(rule.allowed for rule in policy.actions)]
    named += [rule.approvals for rule in policy.actions]
    people = policy.people(dict.fromkeys(group for one in named for group in one.groups), {}, at=now)
    return tuple(person for person in people if person.startswith("S"))


def meant(named: Named, policy: Policy) -> str:
    """Those who are named, in words: `Incident commander, database-team`."""
    titles = {role.name: role.title or role.name for role in policy.roles}
    return ", ".join((*(titles.get(role, role) for role in named.roles), *named.groups))
