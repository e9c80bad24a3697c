"""Who may do something, and who has to agree to it."""

from pydantic import Field

from bot.domain.action_rules import Allowed, Approvals
from bot.policy.types import Name, Section


class AllowedRule(Section):
    """Who may. Left out, everybody in the incident."""

    roles: tuple[Name, ...] = Field((), description="Roles; whoever holds one of them may.")
    groups: tuple[Name, ...] = Field((), description="Contacts or Slack ids; whoever is among them may.")

    def allowed(self) -> Allowed:
        """The rule as the core sees it."""
        return Allowed(**dict(self))


class ApprovalsRule(Section):
    """Who has to agree before an action runs."""

    count: int = Field(1, ge=0, le=3, strict=True, description="How many people have to agree.")
    other_person: bool = Field(True, strict=True, description="Whether each is somebody else than who asked.")
    roles: tuple[Name, ...] = Field((), description="Roles, any of whose holders may agree. Left out: everybody may.")
    groups: tuple[Name, ...] = Field((), description="Contacts or Slack ids that may agree.")
    emergency: bool = Field(False, strict=True, description="Whether it may be run without them by whoever says why.")

    def approvals(self) -> Approvals:
        """The rule as the core sees it."""
        return Approvals(**dict(self))
