"""Slack's limits, kept by all processes together: one row for each bucket, one statement for each call.

A bucket is kept as the generic cell rate algorithm keeps it, as one time. `free_at` is when the bucket is full again;
each call moves it on by one interval, and a call may be made while it is no more than a burst ahead. Nothing has to be
refilled, a call that has to wait changes nothing, and whoever is first to lock the row goes first. The time is the
database's, so that the processes' clocks need not agree.
"""

from datetime import timedelta

from sqlalchemy import Interval, Text, bindparam, delete, func, text
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.tables import pace

#: From this urgency on, all of a burst may be used. Whoever is less urgent leaves some of it to those who are more.
_URGENT = 50
#: How much less urgent has to leave the half of a burst, which is the most.
_FAR = 20
#: A bucket that nobody asked for in this time is full, and its row is not needed.
_KEPT = timedelta(hours=1)

# `mine` waits for the row's lock and then looks at the row as it is. What is read below it is the row as it was before,
# which is what is wanted: the answer is only read where nothing was taken.
_TAKE = text(
    """
    with mine as (
        insert into pace as bucket (name, free_at)
        select :name, clock_timestamp() + :interval
        where not exists (select from pace where name = :method and closed_until > clock_timestamp())
        on conflict (name) do update set free_at = greatest(bucket.free_at, clock_timestamp()) + :interval
        where bucket.free_at <= clock_timestamp() + :ahead
          and coalesce(bucket.closed_until <= clock_timestamp(), true)
        returning true
    )
    select exists (select from mine), (
        select max(greatest(case when name = :name then free_at - :ahead end, closed_until)) - clock_timestamp()
        from pace where name in (:name, :method)
    )
    """
).bindparams(
    bindparam("name", type_=Text()),
    bindparam("method", type_=Text()),
    bindparam("interval", type_=Interval()),
    bindparam("ahead", type_=Interval()),
)

_CLOSE = text(
    """
    insert into pace as bucket (name, free_at, closed_until)
    values (:name, clock_timestamp() + :wait + :ahead, clock_timestamp() + :wait)
    on conflict (name) do update set
        free_at = greatest(bucket.free_at, excluded.free_at),
        closed_until = greatest(bucket.closed_until, excluded.closed_until)
    """
).bindparams(bindparam("name", type_=Text()), bindparam("wait", type_=Interval()), bindparam("ahead", type_=Interval()))


def reserve(burst: int, urgency: int) -> int:
    """How many of a burst a call of an urgency leaves to more urgent ones: the half at most, and never all."""
    less = min(max(_URGENT - urgency, 0), _FAR)
    return burst * less // (2 * _FAR)


async def take(
    connection: AsyncConnection, name: str, interval: timedelta, burst: int, *, urgency: int = _URGENT
) -> timedelta:
    """Count a call, if there is room for it.

    Args:
        connection: one that commits each statement, so that the row is not locked for longer.
        name: the bucket: a method, or `method|channel`, which is closed when its method is.
        interval: between two calls in the long run.
        burst: how many may be made at once after a pause.
        urgency: the caller's; less urgent ones leave some of the burst to the others.

    Returns:
        Nothing when the call may be made now. Else how long to wait before asking again; nothing was counted.
    """
    ahead = interval * (burst - 1 - reserve(burst, urgency))
    asked = {"name": name, "method": name.partition("|")[0], "interval": interval, "ahead": ahead}
    taken, wait = (await connection.execute(_TAKE, asked)).one()
    if taken:
        return timedelta()
    # Not there, or already past, is what somebody else changed while we waited for them.
    return max(wait or timedelta(), timedelta(milliseconds=1))


async def close(connection: AsyncConnection, name: str, wait: timedelta, interval: timedelta, burst: int) -> None:
    """Close a bucket for everybody: Slack said how long it wants no more of it.

    Slack has counted more calls than we have, so what is open afterwards is not the whole burst: one call for the least
    urgent, and what they leave for the others.

    Args:
        connection: a transaction.
        name: a method, or `method|channel`.
        wait: Slack's `Retry-After`.
        interval: the bucket's.
        burst: the bucket's.
    """
    ahead = interval * (burst - 1 - reserve(burst, 0))
    await connection.execute(_CLOSE, {"name": name, "wait": wait, "ahead": ahead})


async def forget(connection: AsyncConnection) -> None:
    """Drop the rows of buckets that are full, such as those of channels in which nothing is said any more."""
    past = func.clock_timestamp() - _KEPT
    await connection.execute(delete(pace).where(func.greatest(pace.c.free_at, pace.c.closed_until) < past))
