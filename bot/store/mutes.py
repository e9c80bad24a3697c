"""Mutes: silence that somebody asked for, with who and why."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.alert_rules import Matcher, Mute
from bot.store.tables import mutes


@dataclass(frozen=True, slots=True)
class Kept:
    """A mute, and who ended it before its time, if anybody did."""

    mute: Mute
    ended_by: str | None


async def in_force(connection: AsyncConnection, now: datetime) -> list[Mute]:
    """The mutes that hold now, the oldest first."""
    rows = await connection.execute(select(mutes).where(mutes.c.until > now).order_by(mutes.c.id))
    return [_mute(row) for row in rows]


async def add(
    connection: AsyncConnection, matcher: Matcher, *, by: str, why: str, since: datetime, until: datetime
) -> Mute:
    """Keep a mute."""
    values = {"matcher": asdict(matcher), "by": by, "why": why, "since": since, "until": until}
    return _mute((await connection.execute(insert(mutes).values(**values).returning(mutes))).one())


async def end(connection: AsyncConnection, number: int, *, by: str, now: datetime) -> Mute | None:
    """End a mute that holds; None where none of that number does."""
    mine = update(mutes).where(mutes.c.id == number, mutes.c.until > now)
    row = (await connection.execute(mine.values(until=now, ended_by=by).returning(mutes))).one_or_none()
    return _mute(row) if row else None


async def latest(connection: AsyncConnection, limit: int = 20) -> list[Kept]:
    """The last mutes, whether they hold or not, the newest first."""
    rows = await connection.execute(select(mutes).order_by(mutes.c.id.desc()).limit(limit))
    return [Kept(_mute(row), row.ended_by) for row in rows]


def mute_of(kept: Mapping[str, Any]) -> Mute:
    """A mute of a row, by its columns; times as they are, or in ISO 8601."""
    since, until = (
        at if isinstance(at, datetime) else datetime.fromisoformat(at) for at in (kept["since"], kept["until"])
    )
    return Mute(id=kept["id"], when=_matcher(kept["matcher"]), by=kept["by"], why=kept["why"], since=since, until=until)


def _mute(row: Row[Any]) -> Mute:
    return mute_of(dict(row._mapping))  # noqa: SLF001 (a row by its names)


def _matcher(kept: Mapping[str, Any]) -> Matcher:
    lists = {name: tuple(kept.get(name, ())) for name in ("sources", "alerts", "severities", "services")}
    return Matcher(**lists, labels={label: tuple(values) for label, values in kept.get("labels", {}).items()})
