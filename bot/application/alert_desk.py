"""What people make of alerts: an incident, part of one, none, or silence."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.application.alert_telling import tell
from bot.application.execute import Muster, Outcome
from bot.application.ingest_alerts import declare
from bot.domain import alert_errors as errors
from bot.domain.actor import Actor
from bot.domain.alert import NAME
from bot.domain.alert_group import Group, GroupState, Running
from bot.domain.alert_rules import Matcher, Mute
from bot.domain.errors import IncidentOver, UnknownIncident
from bot.domain.incident import Incident
from bot.domain.judging import literal
from bot.domain.text import TITLE_LIMIT, text_or
from bot.store import alert_groups, alerts, inbox, incidents, mutes, timeline
from bot.store.alert_reading import Found
from bot.store.alerts import Stored
from bot.store.mutes import Kept

#: How long a mute may last.
SHORTEST, LONGEST = timedelta(minutes=1), timedelta(days=30)
#: How many alerts of a group are shown.
_SHOWN = 50


@dataclass(frozen=True, slots=True)
class Shown:
    """A group with the first of its alerts."""

    found: Found
    alerts: Sequence[Stored]


@dataclass(slots=True)
class AlertDesk:
    """Everything that people do with alerts, each in one transaction."""

    muster: Muster

    async def declare(
        self, group_id: int, by: Actor, *, severity: str | None = None, title: str = "", key: str | None = None
    ) -> Outcome:
        """Make a group an incident.

        Args:
            group_id: the group's number.
            by: who.
            severity: the pack's, where it is not to be the one that the rules gave.
            title: of the incident; else the group's.
            key: the id of what came in; a second time has no second effect.

        Raises:
            DomainError: there is no such group, or an incident has it.
            DatabaseUnavailable: nothing was recorded.
        """
        async with self.muster.database.transaction() as connection:
            found, first = await self._open(connection, group_id, key)
            group = found.group
            if first:
                group.title = text_or(title, "title", TITLE_LIMIT) or group.title
                group.severity = self.muster.policy.severity(severity).name if severity else group.severity
                group.running, group.state = Running(group.service), GroupState.INCIDENT
                group.window = group.window or self.muster.policy.alerts.window
                await declare(self.muster, connection, group, by, await self._text(connection, group))
                await alert_groups.write(connection, [group])
                await self._settled(connection, group, by, "")
                assert group.running.id is not None
                await tell(self.muster, connection, group.running.id, opened=group)
            stored = await incidents.by_id(connection, group.running.id or 0) if group.running else None
            entries = await timeline.entries_of(connection, stored.id) if first and stored else ()
        if stored is None:
            raise errors.UnknownGroup
        return Outcome(stored.id, stored.incident, entries, duplicate=not first)

    async def attach(self, group_id: int, ref: str, by: Actor, *, key: str | None = None) -> Incident:
        """Make a group part of an incident that runs. Raises as `declare` does, and IncidentOver or UnknownIncident."""
        async with self.muster.database.transaction() as connection:
            found, first = await self._open(connection, group_id, key)
            stored = await incidents.lock(connection, ref=ref)
            if stored is None or not stored.incident.seen_by(by):
                raise UnknownIncident(typed=ref)
            incident = stored.incident
            if not first:
                return incident
            if incident.over:
                raise IncidentOver(ref=incident.ref, status=incident.status)
            group = found.group
            group.running = Running(incident.service, stored.id, incident.ref, incident.private)
            group.state, group.window = GroupState.INCIDENT, group.window or self.muster.policy.alerts.window
            await alert_groups.write(connection, [group])
            await self._settled(connection, group, by, "")
            await tell(self.muster, connection, stored.id)
        return incident

    async def dismiss(self, group_id: int, by: Actor, why: str = "", *, key: str | None = None) -> Group:
        """Say that a group is no incident: what joins it is counted, and nobody hears of it. Raises as `declare`."""
        async with self.muster.database.transaction() as connection:
            found, first = await self._open(connection, group_id, key)
            if first:
                found.group.state = GroupState.DISMISSED
                await alert_groups.write(connection, [found.group])
                await self._settled(connection, found.group, by, text_or(why, "reason"))
        return found.group

    async def mute(
        self, matcher: Matcher, lasts: timedelta, by: Actor, why: str = "", *, key: str | None = None
    ) -> Mute:
        """Ask for silence; a second time, by `key`, is the first. Raises NothingToMute, MuteTooLong or TooLong."""
        async with self.muster.database.transaction() as connection:
            await alerts.lock(connection)
            if key is not None and not await inbox.first_time(connection, key):
                before = (kept.mute for kept in await mutes.latest(connection))
                if mute := next((one for one in before if (one.when, one.by) == (matcher, str(by))), None):
                    return mute
            return await self._mute(connection, matcher, lasts, by, why)

    async def mute_group(
        self, group_id: int, lasts: timedelta, by: Actor, why: str = "", *, key: str | None = None
    ) -> Mute | None:
        """Ask for silence about what a group's alerts have in common; the group is dismissed. None: it was done."""
        async with self.muster.database.transaction() as connection:
            found, first = await self._open(connection, group_id, key)
            if not first:
                return None
            group = found.group
            some = await alerts.of_groups(connection, [group_id], limit=_SHOWN)
            if not some:
                raise errors.NothingToMute
            mute = await self._mute(connection, common(group, some), lasts, by, why)
            # It waits for nothing: what still fires when the mute is over is told then.
            group.state, group.window = GroupState.DISMISSED, timedelta()
            await alert_groups.write(connection, [group])
            said = f"muted until {mute.until:%Y-%m-%d %H:%M} UTC" + (f": {mute.why}" if mute.why else "")
            await self._settled(connection, group, by, said)
        return mute

    async def unmute(self, number: int, by: Actor) -> Mute:
        """End a mute before its time. Raises UnknownMute."""
        async with self.muster.database.transaction() as connection:
            await alerts.lock(connection)
            ended = await mutes.end(connection, number, by=str(by), now=self.muster.now())
            await alert_groups.want_all(connection)
        if ended is None:
            raise errors.UnknownMute
        return ended

    async def mutes(self) -> list[Mute]:
        """The mutes that hold."""
        async with self.muster.database.transaction() as connection:
            return await mutes.in_force(connection, self.muster.now())

    async def past_mutes(self) -> list[Kept]:
        """The last mutes, whether they hold or not."""
        async with self.muster.database.transaction() as connection:
            return await mutes.latest(connection)

    async def listing(self, *, incident_id: int | None = None, firing: bool = False, limit: int = 20) -> list[Found]:
        """Groups, the latest first; see `bot.store.alert_groups.listing`."""
        async with self.muster.database.transaction() as connection:
            return await alert_groups.listing(connection, incident_id=incident_id, firing=firing, limit=limit)

    async def show(self, group_id: int, by: Actor) -> Shown:
        """A group with its first alerts. Raises UnknownGroup, also of one that a private incident has."""
        async with self.muster.database.transaction() as connection:
            found = await alert_groups.find(connection, group_id)
            if found is None or not await self._may_see(connection, found, by):
                raise errors.UnknownGroup
            return Shown(found, await alerts.of_groups(connection, [group_id], limit=_SHOWN))

    async def _may_see(self, connection: AsyncConnection, found: Found, by: Actor) -> bool:
        if not found.private or found.group.running is None or found.group.running.id is None:
            return True
        stored = await incidents.by_id(connection, found.group.running.id)
        return stored is not None and stored.incident.seen_by(by)

    async def _open(self, connection: AsyncConnection, group_id: int, key: str | None) -> tuple[Found, bool]:
        """A group that can still be settled, under the lock, and whether the key is new.

        Raises:
            UnknownGroup: there is none.
            GroupOver: it takes no more alerts.
            GroupTaken: an incident has it.
        """
        await alerts.lock(connection)
        first = key is None or await inbox.first_time(connection, key)
        found = await alert_groups.find(connection, group_id)
        if found is None:
            raise errors.UnknownGroup
        if first and found.group.state is GroupState.OVER:
            raise errors.GroupOver
        if found.group.running is not None and first:
            raise errors.GroupTaken(ref="A private incident" if found.private else found.group.running.ref or "")
        return found, first

    async def _mute(self, connection: AsyncConnection, matcher: Matcher, lasts: timedelta, by: Actor, why: str) -> Mute:
        if matcher == Matcher():
            raise errors.NothingToMute
        if not SHORTEST <= lasts <= LONGEST:
            raise errors.MuteTooLong
        now, said = self.muster.now(), text_or(why, "reason")
        made = await mutes.add(connection, matcher, by=str(by), why=said, since=now, until=now + lasts)
        await alert_groups.want_all(connection)
        return made

    async def _settled(self, connection: AsyncConnection, group: Group, by: Actor, why: str) -> None:
        assert group.id is not None, "what was found has its number"
        now = self.muster.now()
        await alert_groups.settle(connection, group.id, group.state, by=by.user or str(by), why=why, now=now)

    async def _text(self, connection: AsyncConnection, group: Group) -> str:
        some = await alerts.of_groups(connection, [group.id or 0], limit=1)
        return next((one.alert.text for one in some), "")


def common(group: Group, some: Sequence[Stored]) -> Matcher:
    """What fits a group's alerts and little else: their names, with its service or the labels that all of them have."""
    names = tuple(dict.fromkeys(literal(one.alert.name) for one in some))[:_SHOWN]
    if group.service:
        return Matcher(alerts=names, services=(literal(group.service),))
    shared = dict(some[0].alert.labels) if some else {}
    for one in some[1:]:
        shared = {label: value for label, value in shared.items() if one.alert.labels.get(label) == value}
    labels = {label: (literal(value),) for label, value in sorted(shared.items()) if label != NAME}
    return replace(Matcher(alerts=names), labels=dict(list(labels.items())[:_LABELS]))


#: How many labels a mute of a group asks for.
_LABELS = 4
