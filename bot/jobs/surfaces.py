"""Surfaces: what Slack shows of an incident's present state. Only the latest matters, and only a difference is sent."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.application import logs
from bot.application.execute import urgency
from bot.application.ports import HELD_BACK, Paced, Refused, TryAgain, Unclear, calling_for
from bot.application.present import about
from bot.domain import commands as c
from bot.domain import effects as f
from bot.domain.actor import MUSTER
from bot.domain.effects import Surface
from bot.domain.incident import Incident
from bot.jobs import cards
from bot.jobs.desk import Desk
from bot.jobs.threads import or_in_the_channel
from bot.postmortem.canvas import to_canvas
from bot.store import incidents, lanes, queue, surfaces
from bot.store.codec import digest_of
from bot.store.queue import Job
from bot.store.surfaces import PutOff, Shown

_logger = logging.getLogger(__name__)

#: After a change was shown, the next waits this long for others to join it.
_PAUSE = timedelta(seconds=1)
#: The longest wait between two tries.
_LONGEST = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class _Look:
    """A surface as it is in Slack, and the incident that it should show."""

    incident: Incident
    shown: Shown
    thread: tuple[str, str] | None
    more: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class Surfaces:
    """Keeps surfaces current."""

    desk: Desk
    courtesy: Callable[[], Awaitable[None]]
    on_outcome: Callable[[str, str], None]
    #: The leases of the surfaces that are being shown, by lane: `Rounds` renews them, however long Slack takes.
    held: dict[str, UUID] = field(default_factory=dict)

    async def channel_of(self, lane: str) -> str | None:
        """The id of the channel that a shared lane goes to: the announce channel, or one that the policy names.

        None for an incident's own lanes. Raises Refused when there is no such channel that the bot can see.
        """
        if lane == f.ANNOUNCE:
            name, remedy = self.desk.announce_channel, "or set MUSTER_ANNOUNCE_CHANNEL to one that exists"
        elif lane.startswith(f.CHANNEL):
            name, remedy = lane.removeprefix(f.CHANNEL), "or name one that exists in the policy"
        else:
            return None
        found = await self.desk.slack.find_channel(name)
        if found is None:
            raise Refused("channel_not_found", f"Create #{name}, {remedy}. A private channel needs the bot invited.")
        return found

    async def publish(self, incident_id: int, name: str, lane: str, under: str = "") -> None:
        """Show a card for the first time; a second call goes on where the first was cut off.

        Args:
            incident_id: the incident's row.
            name: the surface.
            lane: where it stands in order.
            under: the surface in whose message's thread it is shown; empty for the channel itself.
        """
        look = await self._look(incident_id, name)
        if look is None:
            return
        channel = await self.channel_of(lane) or look.incident.channel_id
        if channel is None:
            raise Refused("no_channel")
        content = self._content(look, name)
        assert content is not None, "a card can always be drawn"
        thread = await self._thread(incident_id, under, channel) if under else None
        if look.shown.ts is None:
            mark = f"surface-{incident_id}-{name}"
            known = look.shown.ids.get("sending")
            look_for = partial(self.desk.slack.find_post, channel, mark)
            found = await or_in_the_channel(look_for, thread) if known else None
            # One that an earlier try brought there shows the incident as it was then.
            shown, digest = 0, b""
            if found is None:
                await self._note(incident_id, name, shown=0, digest=b"", ids={"sending": True})
                post = partial(self.desk.slack.post, channel, content["text"], content["blocks"], outbox_id=mark)
                found = await or_in_the_channel(post, thread)
                shown, digest = look.shown.wanted, digest_of(content)
            await self._note(incident_id, name, shown=shown, digest=digest, channel=found.channel, ts=found.ts, ids={})
            channel, ts = found.channel, found.ts
        else:
            ts = look.shown.ts
        if name == Surface.SUMMARY:
            await self.desk.slack.pin(channel, ts)
        # What was there already changed a while ago.
        wait = timedelta() if look.shown.ts else _PAUSE
        await self._look_again(incident_id, name, wait, self._priority(look.incident))

    async def _thread(self, incident_id: int, under: str, channel: str) -> str | None:
        """The message under which a card is shown; None where that is not there, or elsewhere."""
        async with self.desk.muster.database.transaction() as connection:
            shown = await surfaces.find(connection, incident_id, under)
        return shown.ts if shown is not None and shown.channel == channel else None

    async def refresh(self, incident_id: int, name: str) -> None:
        """Bring a surface up to date, if it is not.

        Raises:
            DatabaseUnavailable: the job is to be tried again.
        """
        await self.courtesy()
        holder = uuid4()
        look = await self._take(incident_id, name, holder)
        if look is None:
            return
        lane = surfaces.lane_of(incident_id, name)
        logs.note(incident=look.incident.ref, lane=lane)
        self.held[lane] = holder
        try:
            await self._refresh(incident_id, look, name, holder)
        finally:
            if self.held.get(lane) == holder:
                del self.held[lane]

    async def _refresh(self, incident_id: int, look: _Look, name: str, holder: UUID) -> None:
        priority, put_off, now = self._priority(look.incident), look.shown.put_off, self.desk.muster.now()
        try:
            with calling_for(lanes.aged(priority, put_off.since if put_off else now, now)):
                changed = await self._send(incident_id, look, name)
        except (TryAgain, Unclear) as error:  # doing it twice is harmless
            await self._later(incident_id, look, holder, error)
            return
        except Refused as error:
            _logger.error("%s: surface %s refused: %s", look.incident.ref, name, error.reason)  # noqa: TRY400 (a refusal is no fault of ours)
            what = f"{cards.called(name)} could not be shown"
            failure = c.RecordFailure(by=MUSTER, outbox=0, what=what, reason=error.reason, remedy=error.remedy)
            key = f"surface:{incident_id}:{name}:{error.reason}"
            await self.desk.muster.execute(failure, incident_id=incident_id, key=key)
            await self._note(incident_id, name, shown=look.shown.wanted, digest=b"", ids=dict(look.shown.ids))
            changed = True
        # By kind: there is no end to runs and actions.
        self.on_outcome(name.partition(":")[0], "sent" if changed else "same")
        await self._finish(incident_id, name, holder, _PAUSE if changed else timedelta(), priority)

    async def _take(self, incident_id: int, name: str, holder: UUID) -> _Look | None:
        """What has to be shown, with the surface's lease; None when there is nothing to do, or somebody does it."""
        lane = surfaces.lane_of(incident_id, name)
        async with self.desk.muster.database.transaction() as connection:
            if not await lanes.take(connection, lane, holder):
                return None
            look = await self._look_in(connection, incident_id, name)
            if look is None or not look.shown.stale or not _ready(look, name):
                await lanes.release(connection, lane, holder)
                return None
            # Killed after the call, it would take what was shown before for what is shown now.
            await surfaces.doubt(connection, incident_id, name)
            return look

    async def _later(self, incident_id: int, look: _Look, holder: UUID, error: TryAgain | Unclear) -> None:
        """Put the surface off, for ever longer while it goes wrong."""
        put_off, wait = look.shown.put_off or PutOff(self.desk.muster.now()), error.wait
        if error.reason not in HELD_BACK:
            wait = min(wait * 2 ** min(put_off.failures, 8), _LONGEST)
            put_off = replace(put_off, failures=put_off.failures + 1)
        async with self.desk.muster.database.transaction() as connection:
            await surfaces.put_off(
                connection, incident_id, look.shown.name, holder, wait, put_off=put_off,
                priority=self._priority(look.incident), each=error.each if isinstance(error, Paced) else None,
            )  # fmt: skip

    def _priority(self, incident: Incident) -> int:
        return urgency(self.desk.muster.policy.find_severity(incident.severity))

    async def _finish(self, incident_id: int, name: str, holder: UUID, wait: timedelta, priority: int) -> None:
        """Give the surface back, and come again if it changed meanwhile."""
        lane = surfaces.lane_of(incident_id, name)
        async with self.desk.muster.database.transaction() as connection:
            await lanes.renew(connection, lane, holder)  # takes the row's lock, so that no change slips by
            shown = await surfaces.find(connection, incident_id, name)
            await lanes.release(connection, lane, holder)
            if shown and shown.stale:
                await _come_again(connection, incident_id, name, wait, priority)

    async def _look_again(self, incident_id: int, name: str, wait: timedelta, priority: int) -> None:
        """A change while the card was being published, or since, refreshes it."""
        async with self.desk.muster.database.transaction() as connection:
            shown = await surfaces.find(connection, incident_id, name)
            if shown and shown.stale:
                await _come_again(connection, incident_id, name, wait, priority)

    async def _look(self, incident_id: int, name: str) -> _Look | None:
        async with self.desk.muster.database.transaction() as connection:
            return await self._look_in(connection, incident_id, name)

    async def _look_in(self, connection: AsyncConnection, incident_id: int, name: str) -> _Look | None:
        shown = await surfaces.find(connection, incident_id, name)
        stored = await incidents.by_id(connection, incident_id)
        if shown is None or stored is None:
            return None
        thread = await lanes.delivered(connection, incident_id, "alert") if name == Surface.BOOKMARKS else None
        more = await cards.more_of(connection, stored, name, self.desk)
        return None if more is None else _Look(stored.incident, shown, thread, more)

    async def _send(self, incident_id: int, look: _Look, name: str) -> bool:
        """Send the surface if it differs from what was last sent; says whether it did."""
        # A long review takes a while to become a canvas, and others wait for answers.
        drawing = asyncio.to_thread(self._content, look, name) if name == Surface.CANVAS else None
        content = await drawing if drawing else self._content(look, name)
        digest = digest_of(content)
        if digest == look.shown.digest:
            await self._note(incident_id, name, shown=look.shown.wanted, digest=digest, ids=dict(look.shown.ids))
            return False
        slack, ids = self.desk.slack, dict(look.shown.ids)
        room = look.incident.channel_id
        match name:
            case Surface.TOPIC:
                assert room is not None
                await slack.set_topic(room, content["text"])
            case Surface.PURPOSE:
                assert room is not None
                await slack.set_purpose(room, content["text"])
            case Surface.CANVAS:
                assert room is not None
                ids = {"canvas": await slack.put_canvas(room, content["title"], content["text"], ids.get("canvas"))}
            case Surface.BOOKMARKS:
                assert room is not None
                ids = await self._bookmark(incident_id, room, look, content["text"])
            case _:
                assert look.shown.channel is not None
                assert look.shown.ts is not None
                await slack.update(look.shown.channel, look.shown.ts, content["text"], content["blocks"])
        await self._note(incident_id, name, shown=look.shown.wanted, digest=digest, ids=ids)
        return True

    async def _bookmark(self, incident_id: int, room: str, look: _Look, title: str) -> dict[str, Any]:
        """Put the link to the updates' thread into the channel's bar; returns its id as the surface keeps it."""
        assert look.thread is not None
        known, tried = look.shown.ids.get("updates"), bool(look.shown.ids.get("tried"))
        if known is None and not tried:
            await self._note(incident_id, Surface.BOOKMARKS, shown=look.shown.shown, digest=b"", ids={"tried": True})
        link = await self.desk.slack.permalink(*look.thread)
        return {"updates": await self.desk.slack.put_bookmark(room, title, link, known, look=tried)}

    def _content(self, look: _Look, name: str) -> dict[str, Any]:
        """What the surface says: a pure function of the incident."""
        incident = look.incident
        context = about(incident, self.desk.muster.policy, self.desk.links_of(incident))
        if f.is_card(name):
            template = str(name).partition(":")[0]
            context |= look.more
            card = self.desk.messages.render_safely(template, ref=incident.ref, **context)
            return {"text": card.text, "blocks": card.blocks}
        if name == Surface.CANVAS:
            shown = to_canvas(look.more["markdown"])
            return {"title": shown.title, "text": shown.markdown}
        if name == Surface.BOOKMARKS:
            return {"text": self.desk.messages.line_safely("bookmark", **context), "thread": look.thread}
        return {"text": self.desk.messages.line_safely(name, **context)}

    async def _note(
        self,
        incident_id: int,
        name: str,
        *,
        shown: int,
        digest: bytes,
        channel: str | None = None,
        ts: str | None = None,
        ids: dict[str, Any] | None = None,
    ) -> None:
        async with self.desk.muster.database.transaction() as connection:
            await surfaces.record(
                connection, incident_id, name, shown=shown, digest=digest, channel=channel, ts=ts, ids=ids
            )


async def _come_again(connection: AsyncConnection, incident_id: int, name: str, wait: timedelta, priority: int) -> None:
    job = Job(queue.SURFACE, {"incident": incident_id, "surface": str(name)}, priority, wait)
    await queue.enqueue(connection, [job])


def _ready(look: _Look, name: str) -> bool:
    """Whether Slack has what the surface is shown on."""
    if f.is_card(name):
        return look.shown.ts is not None
    if name == Surface.BOOKMARKS:
        return look.incident.channel_id is not None and look.thread is not None
    return look.incident.channel_id is not None
