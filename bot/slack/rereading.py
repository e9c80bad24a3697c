"""Reading one incident's channel and threads again, page by page."""

import logging
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Protocol, TypeVar

from bot.application.ports import Refused
from bot.slack.heard import Said, moment
from bot.slack.missed import Known, Place, Present, Stretch
from bot.slack.reading import Reading

_logger = logging.getLogger(__name__)

#: Pages of a channel's history that are read although they were read before: old messages may have changed.
_PAGES_AGAIN = 25
#: Pages of one thread, and of a channel's members.
_MOST_PAGES = 50
#: What Slack's clock and ours may differ by.
_SKEW = timedelta(minutes=1)
#: What Slack calls a thread of which nothing is left.
_GONE = frozenset({"thread_not_found", "message_not_found"})
#: Later than the `ts` of any message: a stretch that begins then shows nothing to be missing.
_NEVER = "9" * 12

_FoundT = TypeVar("_FoundT")


class Ask(Protocol):
    """Makes a call that only reads, as often as Slack's limits make it necessary."""

    async def __call__(self, call: Callable[[], Awaitable[_FoundT]], /) -> _FoundT:
        """What the call returns. Raises TryAgain, Unclear or Refused."""
        ...


@dataclass(frozen=True, slots=True)
class Rereader:
    """Reads what Slack shows of an incident.

    Attributes:
        slack: where to read.
        ask: makes the calls.
        now: the time, in UTC.
        thorough: whether nobody listened for a while: then all threads are read, else ours and those that grew.
        upto: until when it was read before; None when it never was.
    """

    slack: Reading
    ask: Ask
    now: Callable[[], datetime]
    thorough: bool
    upto: datetime | None

    async def read(self, before: Known) -> tuple[list[Stretch], Present | None]:
        """The channel and its threads, and who is there (None where there are too many to tell).

        Raises:
            TryAgain: Slack does not answer now.
            Unclear: like TryAgain.
            Refused: the channel can't be read.
        """
        room = before.incident.channel_id
        assert room is not None, "an incident without a channel is not read"
        history, hidden = await self._history(room)
        stretches = [history]
        for channel, thread in sorted(set(self._threads(before, history))):
            try:
                found = await self._thread(channel, thread)
            except Refused as refusal:
                if channel == room:
                    raise
                # Where the bot is not let in, it hears nothing in other times either.
                _logger.info("a thread of %s can't be read: %s", before.incident.ref, refusal.reason)
            else:
                if found.said or not hidden:  # where Slack hides what is old, a thread may be hidden with all of it
                    stretches.append(found)
        return stretches, await self._present(room)

    def _threads(self, before: Known, history: Stretch) -> Iterator[Place]:
        """What hangs threads that may hold something for the record."""
        for (channel, ts), root in before.threads.items():
            if not before.messages[channel, ts].deleted:
                yield channel, root
        for channel, ts in before.posts:
            if channel != history.channel or not history.covers(ts):
                yield channel, ts
        for ts, said in history.said.items():
            if said.get("reply_count") and (self._grew(said) or (history.channel, ts) in before.posts):
                yield history.channel, ts

    def _grew(self, said: Said) -> bool:
        """Whether there may be something new in a thread that is not ours."""
        latest = moment(said.get("latest_reply"))
        return self.thorough or self.upto is None or latest is None or latest > self.upto - _SKEW

    async def _history(self, channel: str) -> tuple[Stretch, bool]:
        """The channel itself, and whether Slack hides some of it."""
        at, said, hidden = self.now(), dict[str, Said](), False
        cursor: str | None = None
        for pages in range(1, 1_000_000):
            page = await self.ask(partial(self.slack.history, channel, cursor))
            said |= {message["ts"]: message for message in page.messages}
            cursor, first = page.cursor, min(said, default=None)
            hidden = hidden or page.hidden
            if cursor is None:
                since = first or _NEVER if hidden else None
                return Stretch(channel=channel, thread=None, said=said, at=at, since=since), hidden
            if pages >= _PAGES_AGAIN and self._was_read(first):
                break
        return Stretch(channel=channel, thread=None, said=said, at=at, since=first), hidden

    def _was_read(self, ts: str | None) -> bool:
        at = moment(ts)
        return at is not None and self.upto is not None and at < self.upto - _SKEW

    async def _thread(self, channel: str, thread: str) -> Stretch:
        at, said, hidden = self.now(), dict[str, Said](), False
        cursor: str | None = None
        for _ in range(_MOST_PAGES):
            try:
                page = await self.ask(partial(self.slack.replies, channel, thread, cursor))
            except Refused as refusal:
                if refusal.reason not in _GONE:
                    raise
                break
            said |= {message["ts"]: message for message in page.messages}
            hidden = hidden or page.hidden
            if (cursor := page.cursor) is None:
                break
        until = max(said, default=None) if cursor else None
        # What is hidden of a thread lies between what it hangs on and the rest: nothing can be said of what is absent.
        return Stretch(channel=channel, thread=thread, said=said, at=at, since=_NEVER if hidden else None, until=until)

    async def _present(self, channel: str) -> Present | None:
        at, users = self.now(), set[str]()
        cursor: str | None = None
        for _ in range(_MOST_PAGES):
            page, cursor = await self.ask(partial(self.slack.members, channel, cursor))
            users.update(page)
            if cursor is None:
                return Present(users=users, at=at)
        return None
