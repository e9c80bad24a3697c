"""Reviews as people see them, as `bot.messages.samples` renders the templates with them."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

from bot.domain import events as e
from bot.domain.actor import MUSTER, Actor
from bot.domain.incident import Incident
from bot.domain.review_state import ReviewState
from bot.messages.sample_incidents import ALI, BEA, NOW

Sample = dict[str, Any]


def review_events(text: str) -> dict[str, list[e.Event]]:
    """The events of each template about a review, by the template's name."""
    published = e.ReviewPublished(version=4, digest="d" * 64, summary=text, channels=("incident-reviews",))
    met = e.ReviewScheduled(
        starts_at=NOW + timedelta(days=2), minutes=30, names=("commander", "on-call"), people=(BEA, "S0ONCALL1"),
        emails=("lead",),
    )  # fmt: skip
    return {
        "review_nudge": [e.ReviewNudged(due_at=NOW)],
        "review_published": [published, e.ReviewPublished(version=1, digest="d" * 64)],
        "review_shared": [published],
        "review_scheduled": [met, e.ReviewScheduled(starts_at=NOW + timedelta(days=3), minutes=45, turn=1)],
        "effectiveness": [e.EffectivenessAsked(due_at=NOW + timedelta(days=14))],
        "effectiveness_judged": [
            e.EffectivenessJudged(helped="yes"),
            e.EffectivenessJudged(helped="partly", why=text),
            e.EffectivenessJudged(helped="no", why=text),
        ],
    }


def told_of_reviews(text: str) -> Iterator[e.Event]:
    """Events of a review that are told only in a timeline."""
    yield e.ReviewRequested()
    yield e.ReviewOutdated()
    yield e.ReviewDrafted(version=1, digest="d", upto=20)
    yield e.ReviewDrafted(version=2, digest="d", upto=24, asked=False, changes=f"{text[:60]}: 3 lines new")
    yield e.ReviewEdited(version=3, digest="d", sections=("Lessons", text[:120]))
    yield e.ReviewEdited(version=4, digest="d", via="file")
    yield e.ReviewApproved(version=4, digest="d", left=1)
    yield e.ReviewFiling(system="github")
    yield e.ReviewFiled(version=4, system="github", url="https://forge.example/issues/1")


def reviews(text: str, over: Incident) -> dict[str, list[Sample]]:
    """What the card and the answers about a review have besides, in each state. `over` is a resolved incident."""
    first = _version(1, "draft")
    later = _version(4, "slack", text)
    asks = [("Root cause", 1), (text[:120], 2)]
    draft = ReviewState(version=1, digest="d", upto=20)
    agreed = replace(
        draft, version=4, approvals={BEA: 4, ALI: 2}, meeting_at=NOW + timedelta(days=2), edits=3,
        filed={"confluence": "https://wiki.example/pages/1"},
    )  # fmt: skip
    out = replace(agreed, published=4, published_at=NOW + timedelta(days=3), helped="partly")
    fresh = {"newest": first, "open": 9, "asks": asks, "changed": "", "writers": []}
    written = {"newest": later, "open": 0, "asks": [], "changed": text, "writers": [BEA, "ops@laptop"]}
    changed = replace(out, version=5)
    versions = [(later, text), (_version(2, "file", text), text[:80]), (first, "")]
    diff = f"@@ Lessons\n-{text[:300]}\n+{text}\n"
    return {
        "review": [
            fresh,
            fresh | {"incident": replace(over, review=draft)},
            *(written | {"incident": replace(over, review=state)} for state in (agreed, out, changed)),
        ],
        "review_nudge": [
            {"open": 3, "asks": asks, "incident": replace(over, review=draft)},
            {"open": 0, "asks": [], "incident": replace(over, review=agreed)},
        ],
        "review_history": [
            {"versions": versions, "more": 3, "incident": replace(over, review=out)},
            {"versions": [], "more": 0},
        ],
        "review_diff": [
            {"older": 1, "newer": 4, "difference": diff},
            {"older": 1, "newer": 1, "difference": ""},
        ],
    }


def _version(number: int, via: str, text: str = "") -> SimpleNamespace:
    return SimpleNamespace(
        version=number,
        upto=20,
        by=MUSTER if via == "draft" else Actor.person(BEA),
        via=via,
        sections=("Lessons", text[:120]),
        created_at=NOW + timedelta(hours=number),
    )
