"""How an alert goes on: it fires, stops, fires again. In whatever order posts come, it ends the same. Pure."""

from dataclasses import replace
from datetime import datetime
from enum import StrEnum

from bot.domain.alert import Alert, Known
from bot.domain.alert_rules import Flapping

#: How many changes are remembered of an alert.
_REMEMBERED = 20


class Change(StrEnum):
    """What a post says that was not known."""

    FIRED = "fired"  # it fires, for the first time or again
    STOPPED = "stopped"  # it fired, and does not any more
    OVER = "over"  # it is heard of for the first time, and is over
    TOLD = "told"  # it fires as before, and what is said of it is different
    SAME = "same"  # nothing
    STALE = "stale"  # something later is known


def advance(known: Known | None, alert: Alert, digest: bytes, now: datetime, rule: Flapping) -> tuple[Known, Change]:
    """What is known of an alert after a post, and what is new about it.

    An alert goes on by `starts_at`, and for the same one from firing to resolved; what would lead back is stale. So
    posts that are repeated or overtake each other make no difference.

    Args:
        known: what was known before; None of one that was never heard of.
        alert: what the post says.
        digest: of what the post says, all of it.
        now: the time, in UTC.
        rule: when it is said to flap.
    """
    if known is None:
        first = Known(
            status=alert.status, starts_at=alert.starts_at, ends_at=alert.ends_at, digest=digest, firings=1,
            first_seen=now, last_seen=now, changes=(now,),
        )  # fmt: skip
        return first, Change.FIRED if alert.firing else Change.OVER
    seen = replace(known, last_seen=max(now, known.last_seen))
    if digest == known.digest:
        return seen, Change.SAME
    before, after = (known.starts_at, not known.firing), (alert.starts_at, not alert.firing)
    if after < before:
        return known, Change.STALE
    if after == before:
        return replace(seen, ends_at=alert.ends_at, digest=digest), Change.TOLD if alert.firing else Change.SAME
    again = alert.starts_at > known.starts_at
    changes = (*known.changes, now)[-_REMEMBERED:]
    recent = sum(1 for at in changes if now - at <= rule.within)
    grown = replace(
        seen,
        status=alert.status,
        starts_at=alert.starts_at,
        ends_at=alert.ends_at,
        digest=digest,
        firings=known.firings + again,
        changes=changes,
        flapping=recent > rule.changes,
    )
    if alert.firing:
        # Where it fires since later and was never told to have stopped, it went on without us.
        return grown, Change.FIRED if not known.firing else Change.TOLD
    return grown, Change.STOPPED if known.firing else Change.SAME
