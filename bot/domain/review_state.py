"""How an incident's review stands."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import assert_never

from bot.domain import review_events as e
from bot.domain.timeline import Entry


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewState:
    """How a review stands.

    Attributes:
        version: the newest version; 0 while there is none. `digest` is its text's.
        upto: the last entry that it tells of.
        asked: whether somebody waits for the next one.
        edited_by: who wrote in it last, by Slack id; None where nobody did. `edits`: how often people did.
        approvals: who agreed, and with which version.
        published: the version that was published last; 0 while none was. `published_at`: when.
        meeting_at: when people meet about it; `meetings`: how often that was said.
        filed: where it is besides, by the system's name; `filed_as`: its key there.
        nudges: how often people were reminded of it; `nudged_at`: when they were last.
        helped: what people said of it later; empty while nobody did.
    """

    version: int = 0
    digest: str = ""
    upto: int = 0
    asked: bool = False
    edited_by: str | None = None
    edits: int = 0
    approvals: Mapping[str, int] = field(default_factory=dict)
    published: int = 0
    published_at: datetime | None = None
    meeting_at: datetime | None = None
    meetings: int = 0
    filed: Mapping[str, str] = field(default_factory=dict)
    filed_as: Mapping[str, str] = field(default_factory=dict)
    nudges: int = 0
    nudged_at: datetime | None = None
    helped: str = ""

    @property
    def approvers(self) -> tuple[str, ...]:
        """Who agreed with the newest version, in the order in which they did."""
        return tuple(user for user, version in self.approvals.items() if version == self.version)

    @property
    def over(self) -> bool:
        """Whether it is published as it is."""
        return 0 < self.published == self.version


def taken_up_again(now: ReviewState) -> ReviewState:
    """The review of an incident that goes on: it is written again when that is over, and needs all of it anew."""
    return replace(
        now, approvals={}, published=0, published_at=None, nudges=0, nudged_at=None, helped="",
    )  # fmt: skip


def with_review(now: ReviewState, entry: Entry, event: e.ReviewEvent) -> ReviewState:  # noqa: C901 (a table)
    """The review after one more entry about it."""
    match event:
        case e.ReviewRequested():
            return replace(now, asked=True)
        case e.ReviewDrafted():
            return replace(now, version=event.version, digest=event.digest, upto=event.upto, asked=False)
        case e.ReviewEdited():
            return replace(
                now, version=event.version, digest=event.digest, edited_by=entry.by.user or entry.by.id,
                edits=now.edits + 1,
            )  # fmt: skip
        case e.ReviewApproved():
            return replace(now, approvals={**now.approvals, entry.by.id: event.version})
        case e.ReviewPublished():
            return replace(now, published=event.version, published_at=now.published_at or entry.at)
        case e.ReviewScheduled():
            return replace(now, meeting_at=event.starts_at, meetings=event.turn + 1)
        case e.ReviewFiled():
            filed, keys = {**now.filed, event.system: event.url}, {**now.filed_as, event.system: event.key}
            return replace(now, filed=filed, filed_as=keys)
        case e.ReviewNudged():
            return replace(now, nudges=now.nudges + 1, nudged_at=entry.at)
        case e.EffectivenessJudged():
            return replace(now, helped=event.helped)
        case e.ReviewOutdated() | e.ReviewFiling() | e.EffectivenessAsked():
            return now
        case _:
            assert_never(event)
