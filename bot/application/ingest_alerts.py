"""Taking alerts in: judged, grouped and stored in one transaction, and answered for after its commit.

Requests that come while a transaction is under way share the next one, so that under a storm the transactions grow and
not their number. One at a time decides, however many replicas there are: see `bot.store.alerts.lock`.
"""

import asyncio
import hashlib
import logging
from collections.abc import AsyncIterator, Container, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TypeVar

import asyncpg
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.application.alert_telling import tell
from bot.application.execute import Muster
from bot.application.together import Together
from bot.domain import commands as c
from bot.domain.actor import Actor
from bot.domain.alert import Alert
from bot.domain.alert_course import Change
from bot.domain.alert_group import Group
from bot.domain.alert_sorting import STORM, STORM_WITHIN, Identity, Plan, Sorted, Sorting
from bot.domain.judging import Judge, Reason
from bot.domain.text import TEXT_LIMIT, TITLE_LIMIT, legible
from bot.store import alert_groups, alerts
from bot.store.database import DatabaseUnavailable

_logger = logging.getLogger(__name__)

_Item = TypeVar("_Item")

#: Seconds that one transaction may take: nobody waits for it but a monitor, which comes again.
_WITHIN = 8.0
#: How many alerts share a transaction, unless one request alone has more, and how many may wait in all.
_TOGETHER, _MOST = 8_000, 40_000
#: After how many of them everything else gets its turn: people type commands meanwhile.
_AT_ONCE = 250
#: An alert that only comes and goes is told of so much later than others.
_FLAPPING_LATER = 10
#: What Postgres says of a value that it can't keep, or that is too long for an index.
_UNKEEPABLE = (asyncpg.DataError, asyncpg.IntegrityConstraintViolationError, asyncpg.ProgramLimitExceededError)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What some alerts of a request came to, together: those of one group with one reason.

    Attributes:
        incident: the reference of the incident that has them, if any that is not private.
        group: the group's number, if any.
        alerts: how many.
        title: one of their titles.
        why: the reason in words, with the rule that decided.
    """

    reason: Reason
    alerts: int
    title: str
    why: str = ""
    incident: str | None = None
    group: int | None = None


class Overloaded(Exception):
    """More alerts wait than can be kept; nothing of this request was."""


def _is_down(error: Exception) -> bool:
    """Whether the database is what is wrong, so that others fare no better; else it is something that was said."""
    return isinstance(error, DatabaseUnavailable) and not isinstance(error.__cause__, _UNKEEPABLE)


@dataclass(slots=True)
class Ingest:
    """Takes alerts in, for one process."""

    muster: Muster
    _waiting: int = 0
    _together: "Together[Sequence[Alert], Sequence[Told] | Exception]" = field(init=False)

    def __post_init__(self) -> None:
        """Requests go together from here."""
        self._together = Together(self._store, most=_TOGETHER, weigh=len)

    async def take(self, told: Sequence[Alert], sender: str) -> Sequence[Told]:
        """Take a request's alerts; when this returns, they are committed.

        Args:
            told: the alerts, bounded.
            sender: the name of the token with which they came, for the log.

        Raises:
            DatabaseUnavailable: nothing was recorded, or nobody knows; the sender is to come again.
            DomainError: the rules can't be followed for these; nothing of them was recorded.
            Overloaded: too many wait already.
        """
        if not told:
            return []
        if self._waiting + len(told) > _MOST:
            raise Overloaded
        self._waiting += len(told)
        try:
            answer = await self._together.ask(told)
        finally:
            self._waiting -= len(told)
        if isinstance(answer, Exception):
            # By its kind only: what a database says of a value holds the value.
            _logger.error(
                "%s: %d alert(s) can't be kept: %s", sender, len(told), type(answer.__cause__ or answer).__name__
            )
            raise answer
        for one in answer:
            _logger.info("%s: %d alert(s) %s %s", sender, one.alerts, one.reason, one.incident or "")
        return answer

    async def _store(self, requests: Sequence[Sequence[Alert]]) -> list[Sequence[Told] | Exception]:
        try:
            return [*await self._stored(requests)]
        except Exception as error:
            if _is_down(error):
                raise
            if len(requests) == 1:
                return [error]
        # Something in one of them can't be kept: the others are not to be held up by it.
        half = len(requests) // 2
        return [*await self._store(requests[:half]), *await self._store(requests[half:])]

    async def _stored(self, requests: Sequence[Sequence[Alert]]) -> list[Sequence[Told]]:
        digested: list[tuple[Alert, bytes]] = []
        async for some in _in_turns([alert for request in requests for alert in request]):
            digested += [(alert, digest_of(alert)) for alert in some]
        # By one set of rules from its beginning to its end: others may be put in force meanwhile.
        muster = replace(self.muster)
        async with muster.database.transaction(_WITHIN) as connection:
            await alerts.lock(connection)
            plan, before = await _sorted(muster, connection, digested)
            await _write(muster, connection, plan, before)
        found: list[Sequence[Told]] = []
        at = 0
        for request in requests:
            found.append(_told(plan.sorted[at : at + len(request)]))
            at += len(request)
        return found


async def _write(muster: Muster, connection: AsyncConnection, plan: Plan, before: Container[Identity]) -> None:
    now = muster.now()
    for group in plan.declared:
        await declare(muster, connection, group, Actor.monitor(group.source), _text_of(plan, group))
    await alert_groups.write(connection, plan.groups)
    kept, again = _rows(plan.sorted)
    await alerts.write(connection, kept, before)
    await alerts.seen(connection, again, now)
    joined = {group.running.id: group for group in plan.attached if group.running and group.running.id}
    opened = {group.running.id: group for group in plan.declared if group.running and group.running.id}
    for incident_id in [*opened, *(one for one in joined if one not in opened)]:
        await tell(muster, connection, incident_id, opened=opened.get(incident_id))
    happened = _happened(plan)
    for group in plan.grown:
        if group.running and group.running.id not in {*opened, *joined} and group.id is not None:
            news = happened.get(group, ())
            # A clock that ends an incident which is quiet runs on until it hears that it is not.
            woken = _first_to_fire(group, news) and await alert_groups.quiet(connection, group.running.id)
            at = now if woken else _when(muster, group, news, now)
            await alert_groups.tell_later(connection, group.id, at, now)


def _when(muster: Muster, group: Group, happened: Sequence[Sorted], now: datetime) -> datetime:
    """When the incident of a group hears of what is new: at once if it has not for a while, else once for many."""
    if group.told_at is None:
        return now
    wait = muster.policy.alerts.tell_every
    if happened and all(one.known.flapping for one in happened):
        wait *= _FLAPPING_LATER
    return max(now, group.told_at + wait)


async def declare(muster: Muster, connection: AsyncConnection, group: Group, by: Actor, text: str) -> None:
    """Declare an incident for a group, which then knows it."""
    muster = replace(muster)  # other rules may be put in force meanwhile
    title = " ".join(legible(group.title).split())[:TITLE_LIMIT] or "An alert without a title"
    if muster.policy.find_severity(group.severity) is None:
        # The pack has dropped it since the group began.
        group.severity = muster.policy.default_severity
    command = c.Declare(
        by=by,
        title=title,
        severity=group.severity,
        service=(group.service or "")[:TITLE_LIMIT] or None,
        description=legible(text)[:TEXT_LIMIT],
    )
    outcome = await muster.execute_in(connection, command)
    assert group.running is not None, "what is declared has its incident to come"
    group.running.id, group.running.ref = outcome.incident_id, outcome.incident.ref


async def _sorted(
    muster: Muster, connection: AsyncConnection, told: Sequence[tuple[Alert, bytes]]
) -> tuple[Plan, Container[Identity]]:
    """Everything that is known is read, and then it is decided; with the alerts of which there is a row."""
    now, rules = muster.now(), muster.policy.alerts
    identities = list(dict.fromkeys((alert.source, alert.fingerprint) for alert, _ in told))
    known = await alerts.known(connection, identities)
    before = frozenset(known)
    around = await alert_groups.around(connection, now, now - STORM_WITHIN)
    judge = Judge(muster.policy, around.mutes, now)
    firing = [alert for alert, _ in told if alert.firing]
    keys = {STORM}
    async for some in _in_turns(firing):
        keys.update(judge.judge(alert).key for alert in some)
    groups, by_id = await alert_groups.concerned(
        connection, keys, {one.group for one in known.values() if one.group is not None}
    )
    sorting = Sorting(
        known=known,
        groups=groups,
        by_id=by_id,
        running=around.running,
        judge=judge,
        now=now,
        flapping=rules.flapping,
        begun=around.begun,
    )
    plan = Plan()
    async for part in _in_turns(told):
        plan = sorting.sort(part)
    return plan, before


async def _in_turns(items: Sequence[_Item]) -> AsyncIterator[Sequence[_Item]]:
    """Some after the others, with everybody else's turn in between."""
    for first in range(0, len(items), _AT_ONCE):
        yield items[first : first + _AT_ONCE]
        await asyncio.sleep(0)


def _rows(done: Iterable[Sorted]) -> tuple[Iterable[Sorted], list[Identity]]:
    """Those whose row is written, each once and as it is in the end, and those that were only told again."""
    kept: dict[Identity, Sorted] = {}
    again: dict[Identity, None] = {}
    for one in done:
        identity = one.alert.source, one.alert.fingerprint
        if one.change is Change.STALE:
            continue
        if one.change is Change.SAME and one.judgement is None:
            again[identity] = None
        else:
            before = kept.get(identity)
            if one.reason is Reason.REPEAT and before is not None:
                # Why it is where it is was said when it came.
                kept[identity] = replace(one, reason=before.reason, judgement=before.judgement)
            else:
                kept[identity] = one
    return kept.values(), [identity for identity in again if identity not in kept]


def _told(done: Iterable[Sorted]) -> list[Told]:
    """What a request's alerts came to, each group and reason once."""
    first: dict[tuple[int, Reason], Sorted] = {}
    count: dict[tuple[int, Reason], int] = {}
    for one in done:
        place = id(one.group), one.reason
        first.setdefault(place, one)
        count[place] = count.get(place, 0) + 1
    return [_told_of(one, count[place]) for place, one in first.items()]


def _told_of(one: Sorted, number: int) -> Told:
    group = one.group
    running = group.running if group is not None else None
    return Told(
        reason=one.reason,
        alerts=number,
        title=one.alert.title,
        why=_told_why(one),
        incident=running.ref if running and not running.private else None,
        group=group.id if group is not None else None,
    )


def _happened(plan: Plan) -> dict[Group, list[Sorted]]:
    """What was news of each group."""
    found: dict[Group, list[Sorted]] = {}
    for one in plan.sorted:
        if one.group is not None and one.change not in (Change.SAME, Change.STALE):
            found.setdefault(one.group, []).append(one)
    return found


def _first_to_fire(group: Group, happened: Sequence[Sorted]) -> bool:
    """Whether nothing in a group fired before."""
    return len({one.alert.fingerprint for one in happened if one.change is Change.FIRED}) >= group.firing > 0


def _told_why(one: Sorted) -> str:
    """Why, for the monitor: what people wrote of a mute is for people."""
    why = one.judgement.why if one.judgement else ""
    return why.partition(": ")[0] if one.reason is Reason.MUTED else why


def _text_of(plan: Plan, group: Group) -> str:
    """What the monitor says of the alert that opened a group's incident."""
    return next((one.alert.text for one in plan.sorted if one.group is group and one.alert.text), "")


def digest_of(alert: Alert) -> bytes:
    """What an alert says, in 16 bytes: the same again is no news."""
    ends_at = alert.ends_at.isoformat() if alert.ends_at else ""
    labels, links = alert.labels, alert.links
    said = (
        alert.status, alert.title, alert.starts_at.isoformat() if alert.dated else "", ends_at, alert.severity,
        alert.service, alert.text,
        *labels, "", *labels.values(), "", *links, "", *links.values(),
    )  # fmt: skip
    # None of them has a control character in it.
    return hashlib.blake2b("\0".join(said).encode(errors="replace"), digest_size=16).digest()
