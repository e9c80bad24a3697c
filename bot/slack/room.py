"""What the listeners share, and one request as they see it."""

import asyncio
import contextlib
import hashlib
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from bot.application import logs, queries
from bot.application.alert_desk import AlertDesk
from bot.application.diagnose import Diagnostics
from bot.application.execute import Muster, Outcome
from bot.application.ports import Refused, TryAgain, Unclear
from bot.domain import commands as c
from bot.domain.actor import MUSTER, Actor
from bot.domain.errors import NoIncidentHere, UnknownIncident
from bot.domain.permission import permitted_groups
from bot.messages import Messages
from bot.runbooks.catalogue import Catalogue
from bot.slack.gateway import SlackWeb
from bot.slack.homes import Homes
from bot.slack.redrawing import Redrawing
from bot.store.database import DEADLINE
from bot.store.incidents import Stored

#: Seconds after which Slack gives a request up, less what the answer needs to get back.
ANSWERED_WITHIN = 2.7
#: What the policy may let only some do.
_FOR_SOME = (c.RequestDiagnostic, c.WatchDiagnostic, c.RequestAction, c.ApproveAction, c.StartAction, c.RunStep)
#: The least that a try is worth making for.
_LEAST = 0.2


@dataclass(frozen=True, slots=True)
class SlackRoom:
    """Built once by the composition root. `spawn` runs what nobody waits for; `exports_to` are systems to file in."""

    muster: Muster
    diagnostics: Diagnostics
    messages: Messages
    catalogue: Catalogue
    gateway: SlackWeb
    command: str
    spawn: Callable[[Coroutine[Any, Any, None]], None]
    exports_to: tuple[str, ...] = ()
    redrawing: Redrawing = field(default_factory=Redrawing)
    homes: Homes = field(default_factory=Homes)

    @property
    def alerts(self) -> AlertDesk:
        """What people do with alerts."""
        return AlertDesk(self.muster)


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One thing that somebody did in Slack.

    Attributes:
        room: what there is to answer it with.
        by: who did it.
        key: its id: the same thing told twice is done once.
        channel: where, by id.
        trigger_id: opens one modal within three seconds.
        response_url: answers privately, later.
        body: as Slack sent it.
        started: on the event loop's clock.
    """

    room: SlackRoom
    by: Actor
    key: str
    channel: str | None = None
    trigger_id: str = ""
    response_url: str | None = None
    body: Mapping[str, Any] = field(default_factory=dict)
    started: float = field(default_factory=lambda: asyncio.get_running_loop().time())

    @property
    def run(self) -> str:
        """A diagnostic's name, the same for the same request told twice."""
        return hashlib.sha256(self.key.encode()).hexdigest()[:16]

    def left(self, until: float = DEADLINE) -> float:
        """Seconds left of the first `until`; never less than it takes to try."""
        return max(_LEAST, until - (asyncio.get_running_loop().time() - self.started))

    async def incident(self, ref: str | None = None, channel: str | None = None) -> Stored:
        """The incident that is meant: by reference, by the channel that was named, or the one of this channel.

        Raises:
            UnknownIncident: there is none, or it is not for them.
            NoIncidentHere: the channel belongs to none.
            DatabaseUnavailable: nothing could be read.
        """
        database = self.room.muster.database
        place = channel or self.channel
        if ref is not None:
            try:
                return await queries.find(database, self.by, ref=ref, within=self.left())
            except UnknownIncident:
                # A button in the incident's own channel names it too, and may be pressed by somebody new in there.
                stored = await queries.of_channel(database, place, within=self.left()) if place else None
                if stored is None or stored.incident.ref != ref:
                    raise
        else:
            stored = await queries.of_channel(database, place, within=self.left()) if place else None
        if stored is None:
            raise NoIncidentHere
        logs.note(incident=stored.incident.ref)
        if not stored.incident.seen_by(self.by):
            if place != self.channel:
                raise NoIncidentHere
            await self._welcome(stored)
        return stored

    async def incident_if_any(self, ref: str | None, channel: str | None) -> Stored | None:
        """The incident that is meant, or None where nobody named one and this channel belongs to none."""
        try:
            return await self.incident(ref, channel)
        except NoIncidentHere:
            if channel is not None:
                raise
            return None

    async def _welcome(self, stored: Stored) -> None:
        """Whoever acts in a private channel is in it, even when Slack never told us that they came."""
        assert self.by.user is not None, "only people are strangers"
        joined = c.RecordJoin(by=MUSTER, user=self.by.user)
        await self.room.muster.execute(joined, incident_id=stored.id, within=self.left())

    async def groups(self) -> frozenset[str]:
        """Those of Slack's user groups that they are in, of those that the policy lets diagnose, act and approve."""
        policy, found = self.room.muster.policy, set()
        for group in permitted_groups(policy, self.room.muster.now()):
            # Who is in it cannot be known: then they are not, and whoever else may can.
            with contextlib.suppress(TryAgain, Unclear, Refused):
                async with asyncio.timeout(self.left(ANSWERED_WITHIN)):
                    if self.by.user in await self.room.gateway.members_of_group(group):
                        found.add(group)
        return frozenset(found)

    async def carry_out(self, command: c.Command, *, ref: str | None = None, channel: str | None = None) -> Outcome:
        """Execute a command on the incident that is meant.

        Raises:
            DomainError: it cannot be done, and says why.
            DatabaseUnavailable: nothing was recorded.
        """
        execute = self.room.muster.execute
        if isinstance(command, _FOR_SOME):
            command = replace(command, groups=await self.groups())
        if isinstance(command, c.Declare):
            return await execute(command, key=self.key, within=self.left())
        if ref is None:
            stored = await self.incident(channel=channel)
            return await execute(command, incident_id=stored.id, key=self.key, within=self.left())
        try:
            return await execute(command, ref=ref, key=self.key, within=self.left())
        except UnknownIncident:
            stored = await self.incident(ref)  # else it raises the same with the nearest reference
            return await execute(command, incident_id=stored.id, key=self.key, within=self.left())
