"""Rate limits as data: which tier each method is in, and who has had too much.

Tiers are those of each method's page in Slack's reference and of `MethodsRateLimits` in Slack's own Java SDK. Slack
allows that much "or more", with occasional bursts; here it is that much and no more in any minute.
"""

from __future__ import annotations

import math
from collections import deque

#: Calls a minute, per method and workspace.
TIERS = {1: 1, 2: 20, 3: 50, 4: 100}

#: Methods with "hundreds of requests per minute", as many as Slack's own Java SDK makes of that.
SPECIAL = {"auth.test": 600, "chat.getPermalink": 600}

#: The tier of each method; None has a special limit.
TIER_OF: dict[str, int | None] = {
    "api.test": 4,
    "apps.connections.open": 1,
    "auth.test": None,
    "bookmarks.add": 2,
    "bookmarks.edit": 2,
    "bookmarks.list": 3,
    "bookmarks.remove": 2,
    "bots.info": 3,
    "canvases.create": 2,
    "canvases.edit": 3,
    "canvases.sections.lookup": 3,
    "chat.delete": 3,
    "chat.getPermalink": None,
    "chat.postEphemeral": 4,
    "chat.postMessage": None,
    "chat.update": 3,
    "conversations.archive": 2,
    "conversations.canvases.create": 2,
    "conversations.create": 2,
    "conversations.history": 3,
    "conversations.info": 3,
    "conversations.invite": 3,
    "conversations.join": 3,
    "conversations.kick": 3,
    "conversations.leave": 3,
    "conversations.list": 2,
    "conversations.members": 4,
    "conversations.open": 3,
    "conversations.rename": 2,
    "conversations.replies": 3,
    "conversations.setPurpose": 2,
    "conversations.setTopic": 2,
    "conversations.unarchive": 2,
    "files.completeUploadExternal": 4,
    "files.getUploadURLExternal": 4,
    "files.info": 4,
    "files.list": 3,
    "files.upload": 2,
    "pins.add": 2,
    "pins.list": 2,
    "pins.remove": 2,
    "reactions.add": 3,
    "reactions.get": 3,
    "reactions.remove": 2,
    "team.info": 3,
    "usergroups.list": 2,
    "usergroups.users.list": 2,
    "users.conversations": 2,
    "users.info": 4,
    "users.list": 2,
    "users.lookupByEmail": 3,
    "views.open": 4,
    "views.publish": 4,
    "views.push": 4,
    "views.update": 4,
}

#: chat.postMessage: one message a second in each channel, and this many at once after a pause.
POST_BURST = 3


class RateLimiter:
    """Counts calls. Times are seconds on any clock that only moves forward.

    Args:
        minute: How many of them a minute has; less where a test has no minute to wait.
    """

    def __init__(self, minute: float = 60.0) -> None:
        self._minute = minute
        self._calls: dict[str, deque[float]] = {}
        self._tokens: dict[str, tuple[float, float]] = {}

    def wait(self, method: str, channel: str, now: float) -> int:
        """Counts one call and says how many whole seconds too early it came: 0 is in time."""
        if method == "chat.postMessage":
            return self._post(channel, now)
        tier = TIER_OF.get(method)
        most = SPECIAL.get(method) if tier is None else TIERS[tier]
        if most is None:
            return 0
        calls = self._calls.setdefault(method, deque())
        while calls and calls[0] <= now - self._minute:
            calls.popleft()
        if len(calls) >= most:
            return max(1, math.ceil(calls[0] + self._minute - now))
        calls.append(now)
        return 0

    def _post(self, channel: str, now: float) -> int:
        tokens, then = self._tokens.get(channel, (float(POST_BURST), now))
        a_second = 60 / self._minute
        tokens = min(float(POST_BURST), tokens + (now - then) * a_second)
        if tokens < 1:
            self._tokens[channel] = (tokens, now)
            return max(1, math.ceil((1 - tokens) / a_second))
        self._tokens[channel] = (tokens - 1, now)
        return 0
