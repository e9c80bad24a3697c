"""Reading what is in Slack: a channel's history, a thread, who is there. One page a call."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.slack.directory import Directory

#: Slack advises no more.
PAGE = 200


@dataclass(frozen=True, slots=True)
class Page:
    """Messages as Slack has them. `cursor` leads to the next page; `hidden` says that Slack keeps older ones back."""

    messages: Sequence[Mapping[str, Any]]
    cursor: str | None = None
    hidden: bool = False


class Reading(Directory):
    """Every method raises TryAgain, Unclear or Refused, and nothing else."""

    async def history(self, channel: str, cursor: str | None = None) -> Page:
        """A page of what was said in a channel itself, the newest first, with reactions and what hangs on it."""
        answer = await self._call("conversations.history", repeatable=True, channel=channel, limit=PAGE, cursor=cursor)
        return _page(answer)

    async def replies(self, channel: str, thread: str, cursor: str | None = None) -> Page:
        """A page of a thread, the oldest first and what it hangs on before."""
        answer = await self._call(
            "conversations.replies", repeatable=True, channel=channel, ts=thread, limit=PAGE, cursor=cursor
        )
        return _page(answer)

    async def members(self, channel: str, cursor: str | None = None) -> tuple[Sequence[str], str | None]:
        """A page of the users in a channel, and the cursor of the next."""
        answer = await self._call("conversations.members", repeatable=True, channel=channel, limit=PAGE, cursor=cursor)
        return [user for user in answer.get("members") or () if isinstance(user, str)], _next(answer)


def _page(answer: Mapping[str, Any]) -> Page:
    messages = [found for found in answer.get("messages") or () if isinstance(found.get("ts"), str)]
    return Page(messages, _next(answer), hidden=bool(answer.get("is_limited")))


def _next(answer: Mapping[str, Any]) -> str | None:
    return (answer.get("response_metadata") or {}).get("next_cursor") or None
