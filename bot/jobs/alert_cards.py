"""The message of a group of alerts in the alerts' channel: posted once, and kept current without a call too many.

Its number travels in the message's metadata, so that after an unclear outcome the next try looks in Slack first. After
a call its lane rests for a while, and one job comes back: a storm of changes costs a call now and then. Whatever job
comes looks anew: an incident that ended, or a mute that is over, changes no group, but does change what is to be said.
"""

import contextlib
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.application import logs
from bot.application.alert_view import differing_labels, shared_labels
from bot.application.execute import urgency
from bot.application.ports import HELD_BACK, Refused, SlackMessage, TryAgain, Unclear, calling_for
from bot.domain.alert_rules import Mute
from bot.domain.rules import SERVICE_OWNERS
from bot.jobs.alert_look import mute_of, shown_of
from bot.jobs.desk import Desk
from bot.store import alert_groups, alerts, lanes, mutes, queue
from bot.store.alert_reading import Found
from bot.store.alerts import Stored
from bot.store.codec import digest_of
from bot.store.queue import Job

_logger = logging.getLogger(__name__)

#: The template of the message, and what its calls are counted as.
CARD = "alert_group"
#: How long a message is left as it is once it was sent; all that changes meanwhile is shown together.
_PAUSE = timedelta(seconds=3)
#: A mute surely is over so long after its end, by whatever clock.
_AFTER_MUTE = timedelta(seconds=5)
#: The longest wait between two tries.
_LONGEST = timedelta(minutes=2)
#: How many of a group's alerts are looked at.
_ALERTS = 50
#: Where the channel is what is wrong, another may do.
_ELSEWHERE = frozenset(
    {
        "channel_is_limited_access",
        "channel_not_found",
        "is_archived",
        "not_in_channel",
        "restricted_action",
        "restricted_action_read_only_channel",
    }
)
#: Somebody deleted the message: they don't want it.
_GONE = "message_not_found"


@dataclass(frozen=True, slots=True)
class _Look:
    """A group as its message should show it."""

    found: Found
    alerts: Sequence[Stored]
    mutes: Sequence[Mute]

    @property
    def id(self) -> int:
        assert self.found.group.id is not None, "what was found has its number"
        return self.found.group.id


@dataclass(frozen=True, slots=True)
class _Done:
    """What came of a look: which change Slack shows by now, and where. `outcome` is for the metrics."""

    outcome: str
    shown: int
    digest: bytes
    channel: str | None = None
    ts: str | None = None


@dataclass(slots=True)
class AlertCards:
    """Keeps the messages of groups current."""

    desk: Desk
    courtesy: Callable[[], Awaitable[None]]
    on_outcome: Callable[[str, str], None]
    #: The leases at work in this process, by lane: those of `Surfaces`, which `Rounds` renews however long Slack takes.
    held: dict[str, UUID]
    #: What was refused, and logged.
    _refused: set[tuple[str, str]] = field(default_factory=set)

    async def refresh(self, group_id: int) -> None:
        """Bring a group's message up to date, if it is not; the first time it is posted.

        Args:
            group_id: the group's row.

        Raises:
            DatabaseUnavailable: the job is to be tried again.
        """
        await self.courtesy()
        lane, holder = alert_groups.lane_of(group_id), uuid4()
        logs.note(lane=lane)
        look = await self._take(group_id, lane, holder)
        if look is None:
            return
        self.held[lane] = holder
        try:
            await self._refresh(look, lane, holder)
        finally:
            if self.held.get(lane) == holder:
                del self.held[lane]

    async def _take(self, group_id: int, lane: str, holder: UUID) -> _Look | None:
        """What has to be shown, with the lease; None when there is nothing to do, or somebody does it, or will."""
        now = self.desk.muster.now()
        async with self.desk.muster.database.transaction() as connection:
            if not await lanes.take(connection, lane, holder):
                return None
            found = await alert_groups.find(connection, group_id)
            # What was sent is looked at by every job; what could not be posted waits until something changes.
            if found is None or (found.card.ts is None and found.card.shown >= found.card.wanted):
                await lanes.release(connection, lane, holder)
                return None
            some = await alerts.of_groups(connection, [group_id], limit=_ALERTS)
            quiet = await mutes.in_force(connection, now)
            if found.card.ts is None:
                await alert_groups.trying(connection, group_id, now)
        return _Look(found, some, quiet)

    async def _refresh(self, look: _Look, lane: str, holder: UUID) -> None:
        priority = urgency(self.desk.muster.policy.find_severity(look.found.group.severity))
        try:
            with calling_for(priority):
                done = await self._show(look, lane)
        except (TryAgain, Unclear) as error:
            self.on_outcome(CARD, "later")
            await self._later(look, lane, holder, error, priority)
            return
        self.on_outcome(CARD, done.outcome)
        muted, now = mute_of(look.mutes, look.alerts, self.desk.muster.policy), self.desk.muster.now()
        async with self.desk.muster.database.transaction() as connection:
            if done.outcome == "same" and look.found.card.shown >= look.found.card.wanted:
                await lanes.release(connection, lane, holder)
                # Whoever found the lane taken meanwhile left what is new to this one.
                if _told_by(await alert_groups.find(connection, look.id)) != _told_by(look.found):
                    await queue.enqueue(connection, [Job(queue.ALERT_CARD, {"group": look.id}, priority)])
                return
            await alert_groups.sent(
                connection, look.id, shown=done.shown, digest=done.digest, channel=done.channel, ts=done.ts
            )
            await _come_again(connection, look.id, holder, _PAUSE, priority)
            if muted is not None:
                over = max(muted.until - now, timedelta()) + _AFTER_MUTE
                await queue.enqueue(connection, [Job(queue.ALERT_CARD, {"group": look.id}, priority, over)])

    async def _show(self, look: _Look, lane: str) -> _Done:
        """Post the message or change it, if it differs. Raises TryAgain or Unclear."""
        card, wanted = look.found.card, self.desk.muster.policy.alerts.channel
        if card.channel is not None and card.ts is not None:
            content = self._content(look, wanted if await self._is_elsewhere(card.channel) else None)
            digest = digest_of(content)
            outcome = "same" if digest == card.digest else await self._update(card.channel, card.ts, content)
            return _Done(outcome, card.wanted, digest, card.channel, card.ts)
        if card.tried_at is not None and (there := await self._find(lane)):
            # It shows the group as it was then, and is changed by the job that comes back.
            return _Done("same", card.shown, b"", there.channel, there.ts)
        for name in self._places():
            content = self._content(look, wanted if name != wanted else None)
            try:
                channel = await self._channel(name)
                posted = await self.desk.slack.post(channel, content["text"], content["blocks"], outbox_id=lane)
            except Refused as error:
                self._complain(f"#{name}", error)
                if error.reason not in _ELSEWHERE:
                    break
            else:
                return _Done("sent", card.wanted, digest_of(content), posted.channel, posted.ts)
        return _Done("refused", card.wanted, b"")

    async def _update(self, channel: str, ts: str, content: Mapping[str, Any]) -> str:
        """Change the message; one that Slack will not change is left as it is, or gone."""
        try:
            await self.desk.slack.update(channel, ts, content["text"], content["blocks"])
        except Refused as error:
            if error.reason == _GONE:
                _logger.info("somebody deleted the message of a group of alerts; it stays deleted")
            else:
                self._complain(channel, error)
            return "refused"
        return "sent"

    async def _find(self, lane: str) -> SlackMessage | None:
        """The message that an earlier try may have brought to Slack."""
        for name in self._places():
            try:
                channel = await self._channel(name)
                if found := await self.desk.slack.find_post(channel, lane):
                    return found
            except Refused as error:
                # What may not be read here may have gone to the other one.
                self._complain(f"#{name}", error)
        return None

    def _places(self) -> Sequence[str]:
        """Where the message may stand, by name or id: the alerts' channel, or else where incidents are announced."""
        return tuple(dict.fromkeys((self.desk.muster.policy.alerts.channel, self.desk.announce_channel)))

    async def _is_elsewhere(self, channel: str) -> bool:
        """Whether a message stands where incidents are announced, and the pack wants it somewhere else."""
        wanted, *others = self._places()
        if channel == wanted:
            return False
        with contextlib.suppress(Refused):
            return channel in [await self.desk.slack.find_channel(name) for name in others]
        return False

    async def _channel(self, name: str) -> str:
        found = await self.desk.slack.find_channel(name)
        if found is None:
            remedy = f"Create #{name}, or name one that exists in the pack, under `alerts`."
            raise Refused("channel_not_found", f"{remedy} A private channel needs the bot invited.")
        return found

    def _complain(self, where: str, error: Refused) -> None:
        """Log a refusal, once: it is the same for every group."""
        if (where, error.reason) not in self._refused:
            self._refused.add((where, error.reason))
            _logger.error("alerts can't be shown in %s: %s. %s", where, error.reason, error.remedy)

    async def _later(self, look: _Look, lane: str, holder: UUID, error: TryAgain | Unclear, priority: int) -> None:
        """Put it off, for ever longer while it goes wrong."""
        card, wait = look.found.card, error.wait
        # It may be the search for an earlier, unclear try that has to be tried again.
        clear = isinstance(error, TryAgain) and card.tried_at is None
        async with self.desk.muster.database.transaction() as connection:
            if error.reason not in HELD_BACK:
                failures = await alert_groups.failed(connection, look.id, clear=clear)
                wait = min(wait * 2 ** min(failures - 1, 8), _LONGEST)
                _logger.warning("%s is put off for %.1f s: %s", lane, wait.total_seconds(), error.reason)
            elif clear and card.ts is None:
                await alert_groups.sent(connection, look.id, shown=card.shown, digest=b"", channel=None, ts=None)
            await _come_again(connection, look.id, holder, wait, priority)

    def _content(self, look: _Look, instead_of: str | None) -> dict[str, Any]:
        """What the message says; `instead_of` is the channel in which it should stand, where it does not."""
        policy, now, found = self.desk.muster.policy, self.desk.muster.now(), shown_of(look.found)
        group = found.group
        names = (group.owner,) if group.owner else (SERVICE_OWNERS,)
        card = self.desk.messages.render_safely(
            CARD,
            group=group,
            found=found,
            alerts=look.alerts,
            shared=shared_labels(look.alerts),
            differing=differing_labels(look.alerts),
            policy=policy,
            severity=policy.find_severity(group.severity),
            owners=policy.people(names, {}, service=group.service, at=now),
            muted=mute_of(look.mutes, look.alerts, policy),
            instead_of=instead_of,
        )
        return {"text": card.text, "blocks": card.blocks}


async def _come_again(connection: AsyncConnection, group_id: int, holder: UUID, wait: timedelta, priority: int) -> None:
    """Give the lane back that nobody may take before `wait` is over; then one job looks what has changed."""
    await lanes.put_off(connection, alert_groups.lane_of(group_id), holder, wait)
    await queue.enqueue(connection, [Job(queue.ALERT_CARD, {"group": group_id}, priority, wait)])


def _told_by(found: Found | None) -> tuple[object, ...]:
    """What jobs come for: a change of the group, or of its incident."""
    if found is None:
        return ()
    return found.card.wanted, found.group.ended, found.private, found.incident_title, found.channel_id
