"""What is wanted of a review."""

from dataclasses import dataclass
from datetime import datetime

from bot.domain.command import BaseCommand


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestReview(BaseCommand):
    """Write the review and bring it to the channel."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordReview(BaseCommand):
    """A version of the review is written and kept."""

    version: int
    digest: str
    upto: int
    changes: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordReviewEdit(BaseCommand):
    """Somebody's words are in a version of the review, which is kept."""

    version: int
    digest: str
    sections: tuple[str, ...] = ()
    via: str = "slack"


@dataclass(frozen=True, slots=True, kw_only=True)
class ApproveReview(BaseCommand):
    """Somebody agrees with a version: the one that they saw, where `version` says which."""

    version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishReview(BaseCommand):
    """The review is for everybody to read."""

    summary: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleReview(BaseCommand):
    """When people meet about the review. `minutes` None takes what the agenda needs; `people` are asked besides."""

    starts_at: datetime
    minutes: int | None = None
    people: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FileReview(BaseCommand):
    """The review is to be filed elsewhere, by the system's name."""

    system: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordReviewFiled(BaseCommand):
    """A version of the review is elsewhere."""

    version: int
    system: str
    url: str
    key: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgeEffectiveness(BaseCommand):
    """Whether what was done has helped: `yes`, `partly` or `no`."""

    helped: str
    why: str = ""
