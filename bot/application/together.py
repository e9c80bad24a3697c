"""Many who each need a transaction share one: whoever comes while one is under way goes into the next.

Nobody waits for others to come, so one alone is as quick as without; under a load the transactions grow, and not
their number.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from bot.store.database import DatabaseUnavailable

Ask = TypeVar("Ask")
Answer = TypeVar("Answer")


def _one(_: object) -> int:
    return 1


class _Lead(Exception):
    """The one before is done: it is your turn to ask, for yourself and for all who wait."""


@dataclass(slots=True)
class Together(Generic[Ask, Answer]):
    """Gathers what is asked and has it answered in one go.

    Attributes:
        answer: answers all of them, in order, or fails for all of them.
        most: how many go together at most; with `weigh`, how much, but for one that is more alone.
        weigh: how much one of them is.
    """

    answer: Callable[[Sequence[Ask]], Awaitable[Sequence[Answer]]]
    most: int = 100
    weigh: Callable[[Ask], int] = _one
    _busy: bool = False
    _waiting: deque[tuple[Ask, asyncio.Future[Answer]]] = field(default_factory=deque)

    async def ask(self, what: Ask) -> Answer:
        """Get an answer, alone or together with others. Raises what `answer` raises."""
        if self._busy:
            mine: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
            self._waiting.append((what, mine))
            try:
                return await mine
            except _Lead:
                pass
            except asyncio.CancelledError:
                if mine.done() and not mine.cancelled() and isinstance(mine.exception(), _Lead):
                    self._hand_over()
                raise
        self._busy = True
        others: list[tuple[Ask, asyncio.Future[Answer]]] = []
        room = self.most - self.weigh(what)
        while self._waiting and self.weigh(self._waiting[0][0]) <= room:
            if not (entry := self._waiting.popleft())[1].done():  # who was cancelled wants nothing any more
                others.append(entry)
                room -= self.weigh(entry[0])
        try:
            answers = await self.answer([what, *(asked for asked, _ in others)])
        except BaseException as error:
            # A cancellation is ours alone: for the others the database has merely not answered.
            _fail(others, error if isinstance(error, Exception) else DatabaseUnavailable())
            raise
        finally:
            self._hand_over()
        for (_, future), answer in zip(others, answers[1:], strict=True):
            if not future.done():
                future.set_result(answer)
        return answers[0]

    def _hand_over(self) -> None:
        while self._waiting:
            # The one who leads takes itself along, so it leaves the queue.
            _, future = self._waiting.popleft()
            if not future.done():
                future.set_exception(_Lead())
                return
        self._busy = False


def _fail(others: Sequence[tuple[object, asyncio.Future[Answer]]], error: Exception) -> None:
    for _, future in others:
        if not future.done():
            future.set_exception(error)
