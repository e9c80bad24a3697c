"""Slack's rate limits as data: how often each method that the bot calls may be called.

Slack counts the calls of an app by method and workspace, in tiers of 1, 20, 50 and 100 or more calls a minute, "with
occasional bursts" (https://docs.slack.dev/apis/web-api/rate-limits). Which tier a method is in stands in its reference
page, and in one table in Slack's own Java SDK (`MethodsRateLimits`), where also the figures of the special limits are:
60 messages a minute for each channel, some hundreds of calls of `auth.test`. What Slack promises is the least: we keep
to it in every minute, so that a burst and the calls after it are together no more than the tier.

Slack also limits the messages in a whole workspace to "several hundred" a minute, without a figure. That one is not
kept ahead: it is obeyed when Slack says so (`message_limit_exceeded`), and then for the whole method.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

_MINUTE = timedelta(minutes=1)
#: The part of a tier that may be called at once after a pause. The more this is, the less comes after it: with four
#: tenths eight incidents at once have their channels at once, and twelve more a minute have theirs after that.
_AT_ONCE = 0.4

POST = "chat.postMessage"
#: Stands for `files.getUploadURLExternal` and `files.completeUploadExternal`: slack_sdk calls each once an upload.
UPLOAD = "files.upload"
#: Characters of what a picture shows.
ALT_TEXT = 1000


@dataclass(frozen=True, slots=True)
class Limit:
    """`burst` calls at once after a pause, and one each `interval` in the long run."""

    burst: int
    interval: timedelta


@dataclass(frozen=True, slots=True)
class Bucket:
    """Where calls are counted: `name` is the method, or `method|channel`."""

    name: str
    limit: Limit


def tier(calls: int) -> Limit:
    """The limit that keeps any minute to so many calls."""
    burst = max(int(calls * _AT_ONCE), 1)
    return Limit(burst, _MINUTE / max(calls - burst, 1))


_TIER_2, _TIER_3, _TIER_4 = tier(20), tier(50), tier(100)

#: Every method that the bot calls. None is not held back.
LIMITS: Mapping[str, Limit | None] = {
    # One message a second in a channel, "short bursts" allowed. A little slower than that, because two messages that
    # leave a second apart may arrive closer together.
    POST: Limit(3, timedelta(seconds=1.25)),
    UPLOAD: _TIER_4,
    "bookmarks.add": _TIER_2,
    "bookmarks.edit": _TIER_2,
    "bookmarks.list": _TIER_3,
    "canvases.create": _TIER_2,
    "canvases.edit": _TIER_3,
    "chat.update": _TIER_3,
    "conversations.canvases.create": _TIER_2,
    "conversations.create": _TIER_2,
    "conversations.history": _TIER_3,
    "conversations.info": _TIER_3,
    "conversations.invite": _TIER_3,
    "conversations.join": _TIER_3,
    "conversations.list": _TIER_2,
    "conversations.members": _TIER_4,
    "conversations.open": _TIER_3,
    "conversations.replies": _TIER_3,
    "conversations.setPurpose": _TIER_2,
    "conversations.setTopic": _TIER_2,
    "files.info": _TIER_4,
    "files.list": _TIER_3,
    "pins.add": _TIER_2,
    "reactions.add": _TIER_3,
    "reactions.remove": _TIER_2,
    "usergroups.users.list": _TIER_2,
    "users.conversations": _TIER_2,
    "users.info": _TIER_4,
    "users.lookupByEmail": _TIER_3,
    "views.publish": _TIER_4,
    # Some hundreds a minute are allowed, and it is asked for once a minute.
    "auth.test": None,
    # The person who pressed has a trigger that lives three seconds: a form that comes later does not come at all.
    "views.open": None,
    "views.update": None,
    # slack_sdk's own socket client asks for it, and waits by itself.
    "apps.connections.open": None,
}
#: For a Slack that has no limits, and a clock that jumps.
UNLIMITED: Mapping[str, Limit | None] = dict.fromkeys(LIMITS)
#: Answers through a `response_url` are no method: each has five uses in thirty minutes, and they are not held back.


def bucket(method: str, channel: str | None, limits: Mapping[str, Limit | None] = LIMITS) -> Bucket | None:
    """Where a call of a method is counted; None where it is not held back.

    Args:
        method: its name.
        channel: where it posts, for messages: their limit is each channel's own.
        limits: the table. A method that is not in it counts as one of the second tier, in which most are.
    """
    limit = limits.get(method, _TIER_2)
    if limit is None:
        return None
    return Bucket(f"{method}|{channel}" if method == POST else method, limit)
