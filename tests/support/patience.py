"""Asking a database that a busy machine keeps from answering in time."""

from collections.abc import Awaitable, Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from bot.store.database import DatabaseUnavailable

P = ParamSpec("P")
T = TypeVar("T")

#: How often it is asked.
_TRIES = 5


def patient(ask: Callable[P, Awaitable[T]]) -> Callable[P, Awaitable[T]]:
    """A question that changes nothing, asked again where its answer did not come within a commit's short time."""

    @wraps(ask)
    async def asking(*args: P.args, **kwargs: P.kwargs) -> T:
        for _ in range(_TRIES - 1):
            try:
                return await ask(*args, **kwargs)
            except DatabaseUnavailable:
                continue
        return await ask(*args, **kwargs)

    return asking
