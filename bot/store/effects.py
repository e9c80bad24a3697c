"""Effects as rows and jobs: written in the transaction of the events that they follow from."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import false, insert, or_, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain import effects as f
from bot.store import letters, queue
from bot.store.queue import Job
from bot.store.tables import outbox, surfaces, timers

#: An outbox row's `kind` by its effect; `bot/jobs` delivers by kind.
KINDS: dict[type[f.Delivery], str] = {
    f.OpenChannel: "open_channel",
    f.Post: "post",
    f.Reply: "reply",
    f.DrawChart: "chart",
    f.Publish: "publish",
    f.Invite: "invite",
    f.React: "react",
    f.FetchMessage: "fetch",
    f.UploadReview: "upload",
    f.DrawReview: "picture",
    f.UploadInvitation: "invitation",
    f.FileItem: "file_item",
    f.FileReview: "file_review",
    f.SendMail: "mail",
    f.CallWebhook: "webhook",
    f.TellSource: "tell_source",
}


@dataclass(frozen=True, slots=True)
class Follows:
    """An effect, and the timeline entry (by number) that it follows from."""

    seq: int
    effect: f.Effect


def lane_of(incident_id: int, effect: f.Delivery) -> str:
    """The lane's name in the database. Each channel of announcements has one; every other is an incident's own."""
    match effect:
        case f.Post(lane=lane) | f.Publish(lane=lane) if lane == f.ANNOUNCE or lane.startswith(f.CHANNEL):
            return lane
        case (
            f.Post(lane=lane)
            | f.Reply(lane=lane)
            | f.DrawChart(lane=lane)
            | f.DrawReview(lane=lane)
            | f.Publish(lane=lane)
            | f.Invite(lane=lane)
        ):
            return f"{incident_id}:{lane}"
        case f.React(channel=channel, ts=ts) | f.FetchMessage(channel=channel, ts=ts):
            return f"{incident_id}:message:{channel}|{ts}"
        case f.SendMail(address=address):
            return f"{incident_id}:mail:{address}"
        case f.CallWebhook(name=name):
            return f"{incident_id}:webhook:{name}"
        case f.TellSource(name=name):
            return f"{incident_id}:source:{name}"
        case f.FileItem(system=system) | f.FileReview(system=system):
            return f"{incident_id}:tracker:{system}"
        case f.OpenChannel() | f.UploadReview() | f.UploadInvitation():
            return f"{incident_id}:{f.ROOM}"


async def write(
    connection: AsyncConnection, incident_id: int, follows: Sequence[Follows], *, urgency: int, now: datetime
) -> None:
    """Write effects down and enqueue their jobs.

    Args:
        connection: inside the incident's transaction.
        incident_id: the incident's row.
        follows: the effects in the order they are to happen.
        urgency: the jobs' priority, higher first.
        now: the time, in UTC.
    """
    jobs = await _deliveries(connection, incident_id, follows, urgency, now)
    jobs += await _surfaces(connection, incident_id, follows, urgency)
    jobs += await _timers(connection, incident_id, follows, urgency, now)
    jobs += await _letters(connection, follows, urgency, now)
    for one in follows:
        match one.effect:
            case f.RunCheck(target=target, run=run, watch=watch):
                about = {"incident": incident_id, "target": target, "run": run, "watch": watch}
                jobs.append(Job(queue.CHECK, about, urgency))
            case f.CarryAction(number=number):
                jobs.append(Job(queue.ACTION, {"incident": incident_id, "number": number}, urgency))
            case f.DraftReview():
                jobs.append(Job(queue.REVIEW, {"incident": incident_id}, urgency))
            case _:
                pass
    await queue.enqueue(connection, jobs)


async def _deliveries(
    connection: AsyncConnection, incident_id: int, follows: Sequence[Follows], urgency: int, now: datetime
) -> list[Job]:
    rows: list[dict[str, Any]] = [
        {
            "incident_id": incident_id,
            "lane": lane_of(incident_id, one.effect),
            "kind": KINDS[type(one.effect)],
            "seq": one.seq,
            "payload": asdict(one.effect),
            "priority": urgency,
            "created_at": now,
        }
        for one in follows
        if isinstance(one.effect, f.Delivery)
    ]
    if not rows:
        return []
    await connection.execute(insert(outbox), rows)
    # One job drains its lane, so rows of one lane in one transaction need only one.
    return [Job(queue.DELIVER, {"lane": lane}, urgency) for lane in dict.fromkeys(row["lane"] for row in rows)]


async def _letters(connection: AsyncConnection, follows: Sequence[Follows], urgency: int, now: datetime) -> list[Job]:
    """Rows that were written before: put back into their lanes, or given up."""
    woken: list[str] = []
    for one in follows:
        match one.effect:
            case f.Requeue(outbox=number):
                woken += await letters.requeue(connection, number)
            case f.GiveUp(outbox=number):
                woken += await letters.give_up(connection, number, now=now)
            case _:
                pass
    return [Job(queue.DELIVER, {"lane": lane}, urgency) for lane in dict.fromkeys(woken)]


async def _surfaces(
    connection: AsyncConnection, incident_id: int, follows: Sequence[Follows], urgency: int
) -> list[Job]:
    refreshed = {one.effect.surface for one in follows if isinstance(one.effect, f.Refresh)}
    published = {one.effect.surface for one in follows if isinstance(one.effect, f.Publish)}
    if not refreshed | published:
        return []
    rows = [{"incident_id": incident_id, "name": str(name)} for name in sorted(refreshed | published)]
    wanted = upsert(surfaces).on_conflict_do_update(
        index_elements=["incident_id", "name"], set_={"wanted": surfaces.c.wanted + 1}
    )
    await connection.execute(wanted, rows)
    # A surface that is being published is shown as it then is; its place in the lane is its job.
    return [
        Job(queue.SURFACE, {"incident": incident_id, "surface": str(name)}, urgency)
        for name in sorted(refreshed - published)
    ]


async def _timers(
    connection: AsyncConnection, incident_id: int, follows: Sequence[Follows], urgency: int, now: datetime
) -> list[Job]:
    last: dict[str, f.SetTimer | f.CancelTimer] = {
        one.effect.name: one.effect for one in follows if isinstance(one.effect, f.SetTimer | f.CancelTimer)
    }
    gone = [name for name, effect in last.items() if isinstance(effect, f.CancelTimer)]
    if gone:
        forget = update(timers).where(timers.c.incident_id == incident_id, timers.c.name.in_(gone), timers.c.armed)
        await connection.execute(forget.values(armed=False, generation=timers.c.generation + 1))
    wanted = [effect for effect in last.values() if isinstance(effect, f.SetTimer)]
    if not wanted:
        return []
    rows = [{"incident_id": incident_id, "name": effect.name, "due_at": effect.due_at} for effect in wanted]
    stays = [timers.c.name == effect.name for effect in wanted if effect.sooner]
    put = upsert(timers)
    put = put.on_conflict_do_update(
        index_elements=["incident_id", "name"],
        set_={"due_at": put.excluded.due_at, "armed": True, "generation": timers.c.generation + 1},
        # The same clock set to the same time again is the same clock. So is one that should have rung by now, and is
        # asked to ring now: it keeps the time at which it was due, and its job.
        where=~timers.c.armed
        | (
            (timers.c.due_at != put.excluded.due_at)
            & ((timers.c.due_at > now) | (put.excluded.due_at > now))
            & (~or_(false(), *stays) | (timers.c.due_at > put.excluded.due_at))
        ),
    )
    returned = put.returning(timers.c.name, timers.c.generation, timers.c.due_at)
    return [
        Job(
            queue.TIMER,
            {"incident": incident_id, "name": row.name, "generation": row.generation},
            urgency,
            max(row.due_at - now, timedelta()),
        )
        for row in await connection.execute(returned, rows)
    ]
