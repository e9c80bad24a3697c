"""What shares a transaction: everybody is answered once, whoever fails or leaves meanwhile."""

import asyncio
from collections.abc import Sequence

import pytest

from bot.application.together import Together
from bot.store.database import DatabaseUnavailable


class Gate:
    """Answers with the double of each number, when it is opened; notes who went together."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.open = asyncio.Event()
        self.failure: Exception | None = None

    async def answer(self, asked: Sequence[int]) -> list[int]:
        self.batches.append(list(asked))
        await self.open.wait()
        if self.failure is not None:
            failure, self.failure = self.failure, None
            raise failure
        return [2 * number for number in asked]


async def begin(together: Together[int, int], numbers: range) -> list[asyncio.Task[int]]:
    tasks = [asyncio.create_task(together.ask(number)) for number in numbers]
    await asyncio.sleep(0)
    return tasks


async def test_one_alone_does_not_wait_for_others() -> None:
    gate = Gate()
    gate.open.set()
    assert await Together(gate.answer).ask(3) == 6
    assert gate.batches == [[3]]


async def test_whoever_comes_while_one_is_under_way_goes_into_the_next() -> None:
    gate = Gate()
    tasks = await begin(Together(gate.answer), range(6))
    gate.open.set()
    assert await asyncio.gather(*tasks) == [0, 2, 4, 6, 8, 10]
    assert gate.batches == [[0], [1, 2, 3, 4, 5]]


async def test_no_more_than_so_many_go_together() -> None:
    gate = Gate()
    tasks = await begin(Together(gate.answer, most=2), range(6))
    gate.open.set()
    assert await asyncio.gather(*tasks) == [0, 2, 4, 6, 8, 10]
    assert gate.batches == [[0], [1, 2], [3, 4], [5]]


async def test_a_failure_is_told_to_everybody_who_went_along_and_to_nobody_else() -> None:
    gate = Gate()
    together = Together(gate.answer)
    tasks = await begin(together, range(2))
    gate.failure = DatabaseUnavailable()
    gate.open.set()
    outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    assert isinstance(outcomes[0], DatabaseUnavailable)
    assert outcomes[1] == 2
    assert await together.ask(5) == 10


async def test_one_who_leads_and_is_cancelled_leaves_the_others_an_answer_and_a_leader() -> None:
    gate = Gate()
    together = Together(gate.answer)
    first, *rest = await begin(together, range(4))
    first.cancel()
    await asyncio.sleep(0)
    gate.open.set()
    assert await asyncio.gather(*rest) == [2, 4, 6]
    with pytest.raises(asyncio.CancelledError):
        await first
    assert await together.ask(5) == 10


async def test_whoever_is_led_by_one_that_is_cancelled_hears_that_the_database_did_not_answer() -> None:
    gate, second = Gate(), asyncio.Event()

    async def answer(asked: Sequence[int]) -> list[int]:
        if gate.batches:
            second.set()
            await asyncio.Event().wait()
        return await gate.answer(asked)

    together = Together(answer)
    tasks = await begin(together, range(3))
    gate.open.set()
    await tasks[0]
    await second.wait()
    tasks[1].cancel()
    with pytest.raises(DatabaseUnavailable):
        await tasks[2]
    together.answer = gate.answer
    assert await together.ask(5) == 10


async def test_a_waiter_that_is_cancelled_is_not_asked_for() -> None:
    gate = Gate()
    together = Together(gate.answer)
    tasks = await begin(together, range(4))
    tasks[2].cancel()
    gate.open.set()
    assert await tasks[3] == 6
    assert gate.batches == [[0], [1, 3]]


async def test_a_leader_that_is_cancelled_the_moment_it_is_named_names_the_next() -> None:
    gate = Gate()
    together = Together(gate.answer)
    first, second, third = await begin(together, range(3))

    def named(_: object) -> None:
        second.cancel()

    first.add_done_callback(named)
    gate.open.set()
    assert await first == 0
    assert await third == 4
    assert await together.ask(5) == 10
