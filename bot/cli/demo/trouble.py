"""A real fault for the diagnostics to find: a report that holds a lock on the shop's orders."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import asyncpg

_SHOP = "demo_shop"
_MAKE = (
    f"drop schema if exists {_SHOP} cascade; create schema {_SHOP}; create table {_SHOP}.orders (id int, state text)"
)
_LOCK = f"begin; lock table {_SHOP}.orders in access exclusive mode"
_PAY = f"update {_SHOP}.orders set state = 'paid' where id = 4711"  # noqa: S608 (a constant)
_WAITING = "select count(*) from pg_stat_activity where application_name = 'checkout-api' and wait_event_type = 'Lock'"
_PAYMENTS = 3


class Trouble:
    """Payments that wait for a report. The story ends it; whatever is left ends with the block."""

    def __init__(self, report: Any, payments: list[asyncio.Task[Any]]) -> None:
        self._report = report
        self._payments = payments

    async def end(self) -> None:
        """End the report, and let the payments through; nothing happens when that was done, by whomever."""
        if not self._report.is_closed() and self._report.is_in_transaction():
            await self._report.execute("rollback")
        await asyncio.gather(*self._payments)


@asynccontextmanager
async def trouble(url: str) -> AsyncIterator[Trouble]:
    """Block some payments in a shop of our own beside the bot's tables; it is removed afterwards."""
    async with AsyncExitStack() as stack:
        operator = await stack.enter_async_context(_connected(url, "operator"))
        await operator.execute(_MAKE)
        stack.push_async_callback(operator.execute, f"drop schema if exists {_SHOP} cascade")
        group = await stack.enter_async_context(asyncio.TaskGroup())
        report = await stack.enter_async_context(_connected(url, "nightly-report"))
        await report.execute(_LOCK)
        payments = []
        for _ in range(_PAYMENTS):
            connection = await stack.enter_async_context(_connected(url, "checkout-api"))
            payments.append(group.create_task(connection.execute(_PAY)))
        found = Trouble(report, payments)
        try:
            # Postgres tells nobody of a wait, so it is asked until it is so.
            while await operator.fetchval(_WAITING) < _PAYMENTS:
                await operator.execute("select pg_sleep(0.01)")
            yield found
        finally:
            await found.end()


@asynccontextmanager
async def _connected(url: str, application: str) -> AsyncIterator[Any]:
    connection = await asyncpg.connect(url, server_settings={"application_name": application})
    try:
        yield connection
    finally:
        await connection.close()
