"""What the row of a group of alerts says: the group, as people see it and as it stands in the alerts' channel."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, select

from bot.domain.alert_group import Group, GroupState, Running
from bot.store.tables import alert_groups as table
from bot.store.tables import incidents


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """How a group stands in the alerts' channel.

    Attributes:
        wanted: the change that is wanted, and `shown` the one last sent.
        tried_at: since when its first message may have reached Slack without an answer.
    """

    wanted: int
    shown: int
    digest: bytes | None
    channel: str | None
    ts: str | None
    tried_at: datetime | None
    failures: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A group as people see it.

    Attributes:
        private: whether its incident is private, so that nothing of it may be shown.
        settled_by: the Slack user who declared, attached or dismissed it, if anybody did.
    """

    group: Group
    card: Card
    private: bool
    incident_title: str
    channel_id: str | None
    settled_by: str | None
    settled_at: datetime | None
    settled_why: str
    tell_at: datetime | None


def with_incident() -> Select[Any]:
    """Groups, each with what is shown of its incident, if it has one."""
    about = (
        incidents.c.ref,
        incidents.c.private,
        incidents.c.category,
        incidents.c.channel_id.label("room"),
        incidents.c.state["title"].astext.label("incident_title"),
        incidents.c.state["service"].astext.label("incident_service"),
    )
    return select(table, *about).outerjoin(incidents, incidents.c.id == table.c.incident_id)


def group_of(row: Mapping[str, Any]) -> Group:
    """The group of a row, by the columns of the table and of its incident."""
    running = None
    if row["incident_id"] is not None:
        running = Running(row["incident_service"], row["incident_id"], row["ref"], row["private"])
    return Group(
        id=row["id"],
        key=row["key"],
        state=GroupState(row["state"]),
        title=row["title"],
        severity=row["severity"],
        rank=row["rank"],
        service=row["service"],
        window=row["for"],
        source=row["source"],
        owner=row["owner"],
        runbook=row["runbook"],
        run=tuple(row["run"]),
        rule=row["rule"],
        why=row["why"],
        running=running,
        ended=running is not None and row["category"] in ("resolved", "closed"),
        alerts=row["alerts"],
        firing=row["firing"],
        first_seen=row["first_seen"],
        last_seen=row["last_seen"],
        card=row["wanted"] > 0,
        told_at=row["told_at"],
    )


def found_of(row: Row[Any]) -> Found:
    """The group of a row of `with_incident`, as people see it."""
    card = Card(
        wanted=row.wanted, shown=row.shown, digest=row.digest, channel=row.channel, ts=row.ts,
        tried_at=row.tried_at, failures=row.failures,
    )  # fmt: skip
    return Found(
        group=group_of(dict(row._mapping)),  # noqa: SLF001 (a row by its names)
        card=card,
        private=bool(row.private),
        incident_title=row.incident_title or "",
        channel_id=row.room,
        settled_by=row.settled_by,
        settled_at=row.settled_at,
        settled_why=row.settled_why,
        tell_at=row.tell_at,
    )
