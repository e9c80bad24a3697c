"""How an alert goes on: it fires, stops, fires again. In whatever order posts come, it ends the same. Pure."""

from dataclasses import replace
from datetime import datetime
from enum import StrEnum

from bot.domain.alert import Alert, Known
from bot.domain.alert_rules import Flapping

#: How many changes are remembered of an alert: a pack may ask for 20, after the first.
_REMEMBERED = 21


class Change(StrEnum):
    """What a post says that was not known."""

    FIRED = "fired"  # it fires, for the first time or again
    STOPPED = "stopped"  # it fired, and does not any more
    OVER = "over"  # it is heard of for the first time, and is over
    TOLD = "told"  # it fires as before, and what is said of it is different
    NOTED = "noted"  # it is over as before, and what is said of that is different
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
            status=alert.status, starts_at=alert.starts_at, ends_at=_end(alert), digest=digest, firings=1,
            first_seen=now, last_seen=now, changes=(now,),
        )  # fmt: skip
        return first, Change.FIRED if alert.firing else Change.OVER
    if alert.firing and known.firing and not alert.dated:
        # Its monitor does not say since when: it goes on.
        alert = replace(alert, starts_at=known.starts_at)
    seen = replace(known, last_seen=max(now, known.last_seen))
    if digest == known.digest:
        return seen, Change.SAME
    before, after = (known.starts_at, not known.firing), (alert.starts_at, not alert.firing)
    if after < before:
        return known, Change.STALE
    if after == before:
        # Of two who say when it stopped, the later is believed, whichever came first.
        ends_at = max((end for end in (known.ends_at, _end(alert)) if end), default=None)
        return replace(seen, ends_at=ends_at, digest=digest), Change.TOLD if alert.firing else Change.NOTED
    # A monitor that says when it ended and not since when it fired has not told of another firing.
    again = alert.starts_at > known.starts_at and (alert.firing or alert.starts_at != alert.ends_at)
    # What fires since later, as everything does of which its monitor does not say since when, has not come and gone.
    changes = (*known.changes, now)[-_REMEMBERED:] if alert.firing is not known.firing else known.changes
    recent = sum(1 for at in changes if now - at <= rule.within)
    grown = replace(
        seen,
        status=alert.status,
        starts_at=alert.starts_at,
        ends_at=_end(alert),
        digest=digest,
        firings=known.firings + again,
        changes=changes,
        flapping=recent > rule.changes,
    )
    if alert.firing:
        # Where it fires since later and was never told to have stopped, it went on without us.
        return grown, Change.FIRED if not known.firing else Change.TOLD
    return grown, Change.STOPPED if known.firing else Change.NOTED


def _end(alert: Alert) -> datetime | None:
    """When it stopped: what fires has not, whatever its monitor expects."""
    return None if alert.firing else alert.ends_at
