"""Taking alerts in: judged, grouped and stored in one transaction, and answered for after its commit."""

from dataclasses import dataclass

from bot.domain.judging import Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What some alerts of a request came to, together: those of one group with one reason.

    Attributes:
        incident: the reference of the incident that has them, if any.
        group: the group's number, if any.
        alerts: how many.
        title: one of their titles.
        why: the reason in words, with the rule that decided.
    """

    reason: Reason
    alerts: int
    title: str
    why: str = ""
    incident: str | None = None
    group: int | None = None


class Overloaded(Exception):
    """More alerts wait than can be kept; nothing of this request was."""
