"""What becomes of a review: people write in it, meet about it, approve it, publish it, and ask later if it helped."""

from dataclasses import dataclass
from datetime import datetime

from bot.domain.event import BaseEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewRequested(BaseEvent):
    """Somebody asked for the post-incident review."""

    quiet = True


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewOutdated(BaseEvent):
    """The timeline says more than the review: it is to be written again."""

    quiet = True


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewDrafted(BaseEvent):
    """A version (from 1) of the review was written from the timeline's first `upto` entries.

    `asked` says whether somebody waits for it; `changes`, what is new since the version before, in a sentence.
    """

    version: int
    digest: str
    upto: int
    asked: bool = True
    changes: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewNudged(BaseEvent):
    """The review is due and not published. People were reminded of it `before` so often."""

    due_at: datetime
    before: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewEdited(BaseEvent):
    """Somebody wrote in the review: `sections` by their titles; `via` is `slack` or `file`."""

    version: int
    digest: str
    sections: tuple[str, ...] = ()
    via: str = "slack"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewApproved(BaseEvent):
    """Somebody agrees with a version of the review; `left` more have to."""

    version: int
    digest: str
    left: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewPublished(BaseEvent):
    """The review is for everybody to read; `channels` are told, with the summary."""

    version: int
    digest: str
    summary: str = ""
    channels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewScheduled(BaseEvent):
    """The meeting about the review; a `turn` (from 0) counts how often it was moved. `people` come, `names` say so."""

    starts_at: datetime
    minutes: int
    turn: int = 0
    names: tuple[str, ...] = ()
    people: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewFiling(BaseEvent):
    """The review is to be filed elsewhere, by the system's name."""

    quiet = True
    system: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewFiled(BaseEvent):
    """A version of the review is elsewhere, too."""

    version: int
    system: str
    url: str
    key: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class EffectivenessAsked(BaseEvent):
    """People are asked whether what was done has helped."""

    due_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class EffectivenessJudged(BaseEvent):
    """Whether what was done has helped: `yes`, `partly` or `no`."""

    helped: str
    why: str = ""


ReviewEvent = (
    ReviewRequested
    | ReviewOutdated
    | ReviewDrafted
    | ReviewNudged
    | ReviewEdited
    | ReviewApproved
    | ReviewPublished
    | ReviewScheduled
    | ReviewFiling
    | ReviewFiled
    | EffectivenessAsked
    | EffectivenessJudged
)
