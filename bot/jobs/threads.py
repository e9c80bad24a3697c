"""Saying something in a message's thread, whatever has become of the message."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from bot.application.ports import Refused

_Made = TypeVar("_Made")


async def or_in_the_channel(call: Callable[..., Awaitable[_Made]], thread: str | None) -> _Made:
    """A call about a thread (`thread_ts`), or about the channel itself where somebody deleted what the thread hangs on.

    Raises:
        Refused, TryAgain, Unclear: what became of the call.
    """
    try:
        return await call(thread_ts=thread)
    except Refused as error:
        if error.reason != "thread_not_found" or thread is None:
            raise
    return await call(thread_ts=None)
