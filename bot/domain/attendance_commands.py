"""The incident's channel, and who comes into it and leaves it."""

from dataclasses import dataclass

from bot.domain.command import BaseCommand
from bot.domain.timeline import NEVER_SEEN, PersonFacts


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordChannel(BaseCommand):
    """The channel was opened, or an adopted one was found."""

    channel: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _PersonCommand(BaseCommand):
    """Who is in the channel; `facts` is what the timeline knows of them, given by the store under the lock.

    `noticed`: it was seen by who is there, and `at` is when that was; nobody told of the coming or going itself.
    """

    user: str
    facts: PersonFacts = NEVER_SEEN
    noticed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordJoin(_PersonCommand):
    """Somebody came into the channel."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordLeave(_PersonCommand):
    """Somebody left the channel."""
