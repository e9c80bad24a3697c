"""Incidents in every state, as `bot.messages.samples` renders the templates with them."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final

from bot.domain.action_item import ActionItem
from bot.domain.actor import Actor
from bot.domain.incident import Incident, Tally, Tick
from bot.domain.rules import Category

REF: Final = "INC-2026-11-21-001"
NOW: Final = datetime(2026, 11, 21, 3, 15, tzinfo=UTC)
BEA, ALI = "U0BEA", "U0ALI"


def tally(text: str) -> Tally:
    """A checklist of which something is done."""
    return Tally(
        name="first",
        title="The first ten minutes",
        items=("Say that you are on it", "Look at the dashboards", text[:200], "Tell customer care"),
        roles=("commander", "", "", "scribe"),
        ticks=(
            Tick(number=1, by=BEA, at=NOW + timedelta(minutes=5)),
            Tick(number=3, by="ops@laptop", at=NOW + timedelta(minutes=7)),
        ),
    )


def incidents(text: str) -> Iterator[Incident]:
    """A fresh one, one under way, a drill, a private one, a resolved one, a closed one, and others."""
    fresh = Incident(
        ref=REF,
        seq=1,
        title=text[:200],
        severity="P1",
        status="investigating",
        category=Category.TRIAGE,
        declared_by=Actor.person(ALI),
        declared_at=NOW,
        status_at=NOW,
    )
    busy = replace(
        fresh,
        service=text[:80],
        channel_id="C0ROOM",
        channel_name="inc-2026-11-21-001-checkout",
        acknowledged_at=NOW + timedelta(minutes=4),
        acknowledged_by=Actor.person(BEA),
        roles={"commander": BEA, "scribe": ALI},
        updates=2,
        last_update=text,
        last_update_at=NOW + timedelta(minutes=9),
        next_update_at=NOW + timedelta(minutes=24),
        escalations=1,
        action_items=tuple(ActionItem(number=n, text=text, owner=BEA) for n in range(1, 4)),
        diagnostics=1,
        last_verdict="CRITICAL",
        troubles=1,
        conditions={"data-loss": NOW + timedelta(minutes=6)},
        checklists=(tally(text),),
    )
    over = replace(
        busy,
        category=Category.RESOLVED,
        status="resolved",
        resolved_at=NOW + timedelta(hours=1),
        summary=text,
        next_update_at=None,
    )
    yield from (fresh, busy, replace(busy, drill=True), replace(busy, private=True), over)
    yield replace(over, category=Category.CLOSED, status="closed", closed_at=NOW + timedelta(days=2), action_items=())
    # A pack may drop a severity, a status, a condition and a text that an old incident has.
    yield replace(
        busy,
        severity="SEV-OLD",
        status="mending",
        declared_by=Actor.monitor("alertmanager"),
        conditions={"dropped": NOW},
        extended={"text:dropped": NOW},
    )
    yield _watched(busy, text)


def _watched(busy: Incident, text: str) -> Incident:
    """One that is being watched, with clocks that were missed, extended and silenced."""
    since = NOW + timedelta(minutes=50)
    return replace(
        busy,
        service="checkout",
        category=Category.MONITORING,
        status="monitoring",
        status_at=since,
        watched_since=since,
        identified_at=NOW + timedelta(minutes=30),
        mitigated_at=since,
        root_cause=text,
        conditions={"data-loss": NOW + timedelta(minutes=6), "rollback": since - timedelta(minutes=2)},
        texts={"customers": NOW + timedelta(minutes=40)},
        rang={"status-page": NOW + timedelta(minutes=20)},
        snoozed={"update": NOW + timedelta(minutes=70), "escalation": NOW + timedelta(hours=3)},
        extended={"resolve": NOW + timedelta(hours=6)},
    )
