"""Who did something: a person in Slack, the bot itself, a monitor, or somebody at a terminal."""

from dataclasses import dataclass
from enum import StrEnum


class ActorKind(StrEnum):
    """Where an actor comes from."""

    PERSON = "person"
    BOT = "bot"
    MONITOR = "monitor"
    CLI = "cli"


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody or something that acts; `id` is a Slack user id for a person and a plain name otherwise."""

    kind: ActorKind
    id: str

    @classmethod
    def person(cls, user_id: str) -> "Actor":
        """A Slack user, by id (`U…` or `W…`)."""
        return cls(ActorKind.PERSON, user_id)

    @classmethod
    def monitor(cls, name: str) -> "Actor":
        """A monitoring system, by the name of its webhook."""
        return cls(ActorKind.MONITOR, name)

    @classmethod
    def cli(cls, name: str) -> "Actor":
        """Somebody at a terminal, by the name that they log in with."""
        return cls(ActorKind.CLI, name)

    @property
    def user(self) -> str | None:
        """The Slack user id, when this is a person."""
        return self.id if self.kind is ActorKind.PERSON else None

    def __str__(self) -> str:
        return self.id if self.kind is ActorKind.BOT else f"{self.kind}:{self.id}"


#: The bot acting by itself: a timer, a delivery, a finished check.
MUSTER = Actor(ActorKind.BOT, "muster")
