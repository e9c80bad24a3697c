"""Open action items across incidents: whose they are, and by when. Only incidents that have any are looked at."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import ColumnElement, and_, func, or_, select, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.action_item import ActionItem
from bot.domain.incident import Incident
from bot.store.codec import incident_from_json
from bot.store.tables import incidents

_ITEM = TypeAdapter(ActionItem)
#: Of incidents, without that of the ones that have nothing left to do.
_OPEN: ColumnElement[bool] = text("item_owners <> '[]'")  # type: ignore[assignment] # as the index has it
_PARTICIPANTS = incidents.c.state["participants"]


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenItem:
    """An action item that is to be done, and of its incident what a line about it needs."""

    ref: str
    severity: str
    private: bool
    drill: bool
    channel_id: str | None
    item: ActionItem


async def find(
    connection: AsyncConnection,
    *,
    viewer: str | None,
    owner: str | None = None,
    unowned: bool = False,
    before: date | None = None,
    limit: int = 50,
) -> tuple[list[OpenItem], int]:
    """Open items, those that are due first before the others, and how many there are in all.

    Args:
        connection: a transaction.
        viewer: the Slack user who reads them: of private incidents only those that they take part in. None sees all.
        owner: only this user's.
        unowned: only those that nobody has.
        before: only those that were due before this day.
        limit: so many at most.
    """
    each = func.jsonb_array_elements(incidents.c.state["action_items"]).table_valued("value").lateral("each")
    item = each.c.value.cast(JSONB)
    due = item["due"].astext
    where: list[ColumnElement[bool]] = [_OPEN, item["done"].astext == "false"]
    if viewer is not None:
        where.append(or_(~incidents.c.private, _PARTICIPANTS.cast(JSONB).has_key(viewer)))
    if owner is not None:
        # The first is a look at a small column; the second at the item itself.
        where += [incidents.c.item_owners.has_key(owner), item["owner"].astext == owner]
    if unowned:
        where.append(item["owner"].astext.is_(None))
    if before is not None:
        where.append(due < before.isoformat())
    state = incidents.c.state
    query = (
        select(
            incidents.c.ref,
            incidents.c.private,
            incidents.c.channel_id,
            state["severity"].astext.label("severity"),
            state["drill"].astext.label("drill"),
            item.label("item"),
            func.count().over().label("total"),
        )
        .select_from(incidents.join(each, text("true")))
        .where(and_(*where))
        .order_by(due.nulls_last(), incidents.c.id, item["number"].as_integer())
        .limit(limit)
    )
    rows = (await connection.execute(query)).all()
    return [_open(row) for row in rows], rows[0].total if rows else 0


async def incidents_of(connection: AsyncConnection, owner: str, limit: int = 1000) -> list[int]:
    """The row ids of the incidents with open items of somebody, the oldest first."""
    query = select(incidents.c.id).where(_OPEN, incidents.c.item_owners.has_key(owner)).order_by(incidents.c.id)
    return list((await connection.execute(query.limit(limit))).scalars())


async def owners(connection: AsyncConnection, after: str = "", limit: int = 1000) -> list[str]:
    """Everybody who has an open item, in an order in which some come `after` another; so many at most."""
    each = func.jsonb_array_elements_text(incidents.c.item_owners).table_valued("value").lateral("each")
    query = select(each.c.value).distinct().select_from(incidents.join(each, text("true"))).where(_OPEN)
    found = await connection.execute(query.where(each.c.value > after).order_by(each.c.value).limit(limit))
    return [str(owner) for owner in found.scalars()]


async def taking_part(connection: AsyncConnection, user: str, limit: int = 10) -> Sequence[Incident]:
    """The incidents that are not over and that somebody takes part in, the newest first."""
    query = (
        select(incidents.c.state)
        .where(incidents.c.category.not_in(("resolved", "closed")), _PARTICIPANTS.cast(JSONB).has_key(user))
        .order_by(incidents.c.id.desc())
        .limit(limit)
    )
    return [incident_from_json(state) for state in (await connection.execute(query)).scalars()]


def _open(row: Any) -> OpenItem:
    return OpenItem(
        ref=row.ref,
        severity=row.severity or "",
        private=row.private,
        drill=row.drill == "true",
        channel_id=row.channel_id,
        item=_ITEM.validate_python(row.item),
    )
