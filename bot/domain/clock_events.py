"""What clocks bring, and what people do about them. `clock` is a timer's name, as `bot.domain.clocks` gives it."""

from dataclasses import dataclass
from datetime import datetime

from bot.domain.event import BaseEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockMissed(BaseEvent):
    """What was to be done by `due_at` was not."""

    clock: str
    due_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockSnoozed(BaseEvent):
    """The commander asked a clock, or with `escalate` all of the escalation, to be silent until then."""

    clock: str
    until: datetime
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockExtended(BaseEvent):
    """Somebody gave it more time, and said why."""

    clock: str
    before: datetime
    due_at: datetime
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchEnded(BaseEvent):
    """It was watched for as long as the policy asks."""

    since: datetime
    due_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class TextDue(BaseEvent):
    """A text that is to be sent by `due_at` was not."""

    text: str
    title: str
    due_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowUpDue(BaseEvent):
    """Something is to be looked at now that it has been over for so long. `names` and `people` are asked to."""

    follow_up: str
    title: str
    due_at: datetime
    names: tuple[str, ...] = ()
    people: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Replanned(BaseEvent):
    """The clocks were set anew, because the policy changed. `rules` are those that were read, in short."""

    quiet = True
    rules: str = ""
