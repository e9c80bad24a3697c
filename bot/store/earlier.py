"""Earlier incidents in short, for finding those that were like one."""

from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import ColumnElement, cast, func, select
from sqlalchemy.dialects.postgresql import JSONPATH
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.digest import Digest
from bot.store.tables import incidents

_DIGESTS = TypeAdapter(list[Digest])


async def earlier(connection: AsyncConnection, before: int, limit: int = 500) -> list[Digest]:
    """The incidents that were declared before one, the newest first; private ones are left out.

    Only what is compared is read of each: a row's state may have long runs of runbooks in it.

    Args:
        connection: only reads.
        before: the row's id of the incident.
        limit: how many at most.
    """
    state = incidents.c.state
    query = (
        select(
            *(state[name].label(name) for name in ("ref", "title", "declared_at", "service", "resolved_at", "drill")),
            state["root_cause"].label("cause"),
            state["conditions"].label("conditions"),
            state["alerts"]["names"].label("alerts"),
            _each("runbooks", "name").label("runbooks"),
            _each("action_items", "done").label("done"),
        )
        .where(incidents.c.id < before, incidents.c.private.is_(False))
        .order_by(incidents.c.id.desc())
        .limit(limit)
    )
    rows = (await connection.execute(query)).mappings().all()
    return _DIGESTS.validate_python([_plain(dict(row)) for row in rows])


def _each(things: str, key: str) -> ColumnElement[Any]:
    """One key of each of the things that a row's state has a list of."""
    return func.jsonb_path_query_array(incidents.c.state[things], cast(f"$[*].{key}", JSONPATH))


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    """A row as a digest is made of it. What an older version wrote may lack what came later."""
    done = row.pop("done") or ()
    known = {name: value for name, value in row.items() if value is not None}
    return known | {
        "conditions": tuple(known.get("conditions", ())),
        "runbooks": tuple(dict.fromkeys(known.get("runbooks", ()))),
        "open_items": sum(not one for one in done),
    }
